// SPDX-License-Identifier: MIT
#include "drivers/simulator/static_drive.hpp"

#include <cmath>

namespace relaxd::simulator {
namespace {

constexpr double slack = 1.0 + 1e-9;  // a bound that is asked for exactly is not beyond it

}  // namespace

StaticDrive::StaticDrive(
    const Specimen& specimen, const Mounting& mounting, const Bench& bench, double T_max_K
)
    : specimen_(&specimen),
      mounting_(mounting),
      force_(bench.force),
      displacement_(bench.displacement),
      compliance_m_per_N_(bench.machine.compliance_m_per_N),
      load_(specimen, T_max_K) {}

void StaticDrive::hold_stress_Pa(double asked_Pa) {
    by_displacement_ = false;
    asked_ = asked_Pa;
    load_.set_stress_Pa(asked_Pa * (1.0 / force_.gain));
}

void StaticDrive::hold_displacement_m(double asked_m, double temperature_K) {
    by_displacement_ = true;
    asked_ = asked_m;
    load_.advance_strain(
        0.0, goal(asked_m, temperature_K), temperature_K, series_per_Pa(temperature_K)
    );
}

void StaticDrive::advance(double dt_s, double asked_end, double middle_K, double end_K) {
    asked_ = asked_end;
    if (by_displacement_) {
        load_.advance_strain(dt_s, goal(asked_end, end_K), middle_K, series_per_Pa(end_K));
    } else {
        load_.advance_stress(dt_s, asked_end * (1.0 / force_.gain), middle_K);
    }
}

// The strain of glass and clamp together, in the glass's own measure, at which the drive stands at
// this displacement: position = (e / (share (1 + thermal)) + axial thermal) / s + c F.
double StaticDrive::goal(double asked_m, double temperature_K) const {
    const double thermal = specimen_->thermal_strain(temperature_K);
    const double position = zero_m_ + asked_m / displacement_.gain;
    const double seen =
        position * mounting_.strain_per_displacement() - mounting_.axial() * thermal;
    return mounting_.modulus_share() * (1.0 + thermal) * seen;
}

double StaticDrive::series_per_Pa(double temperature_K) const {
    const double thermal = specimen_->thermal_strain(temperature_K);
    return mounting_.modulus_share() * (1.0 + thermal) * compliance_m_per_N_ /
           mounting_.modulus_per_stiffness();
}

double StaticDrive::strain(double temperature_K) const {
    return load_.strain(temperature_K) / mounting_.modulus_share();
}

double StaticDrive::ends_m(double temperature_K) const {
    const double thermal = specimen_->thermal_strain(temperature_K);
    const double seen = strain(temperature_K) / (1.0 + thermal) + mounting_.axial() * thermal;
    return seen / mounting_.strain_per_displacement();
}

double StaticDrive::position_m(double temperature_K) const {
    return ends_m(temperature_K) + compliance_m_per_N_ * force_N();
}

bool StaticDrive::beyond_limits(double temperature_K) const {
    const double shown_m = displacement_.gain * (position_m(temperature_K) - zero_m_);
    return std::abs(force_N()) > force_.max * slack ||
           std::abs(shown_m) > displacement_.max * slack;
}

}  // namespace relaxd::simulator
