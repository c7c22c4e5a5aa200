// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_body.hpp"

#include "drivers/simulator/number_rule.hpp"
#include "schema/base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;
constexpr double retune_chi = 2e-6;  // 2e-4 of tau_max where chi is 0.4
constexpr double retune_share = 1e-6;

}  // namespace

double PendulumParameters::damping_N_m_s(double pressure_Pa) const {
    return eddy_N_m_s + gas_N_m_s * pressure_Pa / (pressure_Pa + gas_half_Pa);
}

Result<PendulumParameters> PendulumParameters::checked(const PendulumParameters& parameters) {
    using P = PendulumParameters;
    const NumberRule<P> rules[] = {
        {"inertia_kg_m2", &P::inertia_kg_m2, 0.0, false, 1.0},
        {"wire_N_m", &P::wire_N_m, 0.0, true, 1e3},
        {"wire_tan_phi", &P::wire_tan_phi, 0.0, true, 0.05},
        {"field_N_m", &P::field_N_m, -1e3, true, 1e3},
        {"eddy_N_m_s", &P::eddy_N_m_s, 0.0, true, 1e3},
        {"gas_N_m_s", &P::gas_N_m_s, 0.0, true, 1e3},
        {"gas_half_Pa", &P::gas_half_Pa, 0.0, false, 1e6},
        {"clamp_rad_per_N_m", &P::clamp_rad_per_N_m, 0.0, true, 1e6},
        {"torque_N_m_per_A", &P::torque_N_m_per_A, 0.0, false, 1e3},
        {"current_limit_A", &P::current_limit_A, 0.0, false, 1e3},
        {"step_s", &P::step_s, 1e-7, true, 0.1},
        {"retune_K", &P::retune_K, 0.0, true, 1.0},
    };
    return checked_numbers<P>(parameters, rules, "the pendulum's");
}

std::complex<double> wire_stiffness_N_m(const PendulumParameters& parameters, double omega_rad_s) {
    // As stiffness: K* = K_1 + sum k_j [i x_j / (1 + i x_j) - its real part at 1 Hz].
    std::complex<double> sum = parameters.wire_N_m;
    for (const ShearMode& mode : constant_loss_modes(parameters.wire_tan_phi)) {
        const double k_N_m = parameters.wire_N_m * mode.strength_per_Pa;
        const double x = omega_rad_s * mode.tau_s;
        const double x_1Hz = two_pi * mode.tau_s;
        sum += k_N_m * std::complex<double>(x * x, x) / (1.0 + x * x);
        sum -= k_N_m * x_1Hz * x_1Hz / (1.0 + x_1Hz * x_1Hz);
    }
    return sum;
}

PendulumBody::PendulumBody(
    const PendulumParameters& parameters, const TorsionBar& bar, const ShearMaterial& material
)
    : parameters_(parameters),
      bar_(bar),
      material_(material),
      step_s_(parameters.step_s),
      twist_(parameters.step_s, parameters.clamp_rad_per_N_m) {
    if (const Specimen* glass = material_.specimen()) {
        if (glass->options().thermal_expansion_per_K != 0.0) {
            bar_.set_expansion_per_K(glass->options().thermal_expansion_per_K);
        }
    }
    tune_wire();
    structure_ = material_.structure_at(temperature_K_);
    retune();
}

void PendulumBody::tune_wire() {
    wire_static_N_m_ = wire_stiffness_N_m(parameters_, 0.0).real();
    if (parameters_.wire_N_m == 0.0) {
        return;
    }
    for (const ShearMode& mode : constant_loss_modes(parameters_.wire_tan_phi)) {
        const ModeStep one(step_s_ / mode.tau_s);
        wire_N_m_.push_back(parameters_.wire_N_m * mode.strength_per_Pa);
        wire_decay_.push_back(one.decay);
        wire_gain_N_m_.push_back(wire_N_m_.back() * (1.0 - one.from_new));
    }
    wire_torque_N_m_.assign(wire_decay_.size(), 0.0);
}

void PendulumBody::retune() {
    tuned_K_ = temperature_K_;
    tuned_structure_ = structure_;
    if (material_.present()) {
        spectrum_ = material_.at(temperature_K_, structure_);
        twist_.tune(spectrum_, bar_.form_m3(temperature_K_), angle_rad_);
    }
}

void PendulumBody::set_surroundings(double temperature_K, double pressure_Pa) {
    set_surroundings(temperature_K, pressure_Pa, material_.structure_at(temperature_K));
}

void PendulumBody::set_surroundings(
    double temperature_K, double pressure_Pa, const Structure& structure
) {
    RELAXD_ASSERT(temperature_K > 0.0 && pressure_Pa >= 0.0);
    temperature_K_ = temperature_K;
    pressure_Pa_ = pressure_Pa;
    structure_ = structure;
    if (!material_.thermal()) {
        return;
    }
    const double grown = structure_.crystal_share - tuned_structure_.crystal_share;
    const double defects = structure_.defect_share - tuned_structure_.defect_share;
    if (std::abs(temperature_K_ - tuned_K_) > parameters_.retune_K ||
        std::abs(structure_.chi - tuned_structure_.chi) > retune_chi ||
        std::abs(grown) > retune_share || std::abs(defects) > retune_share) {
        if (grown > 0.0 && tuned_structure_.crystal_share < 1.0) {
            twist_.freeze(1.0 - grown / (1.0 - tuned_structure_.crystal_share));
        }
        retune();
    }
}

PendulumBody::DriveAt PendulumBody::drive_at(double time_s) const {
    DriveAt at;
    const double cycles = drive_start_cycles_ + drive_.frequency_Hz * (time_s - drive_start_s_);
    at.cycles = cycles - std::floor(cycles);
    const double wished_A = drive_.offset_A + drive_.amplitude_A * std::cos(two_pi * at.cycles);
    at.current_A = std::clamp(wished_A, -parameters_.current_limit_A, parameters_.current_limit_A);
    at.limited = at.current_A != wished_A;
    return at;
}

void PendulumBody::set_drive(const CoilDrive& drive) {
    drive_start_cycles_ = drive_at(time_s()).cycles;
    drive_start_s_ = time_s();
    drive_ = drive;
}

void PendulumBody::deflect(double angle_rad) {
    const double jump = angle_rad - angle_rad_;
    angle_rad_ = angle_rad;
    last_angle_rad_ = angle_rad;
    velocity_rad_s_ = 0.0;
    last_velocity_rad_s_ = 0.0;
    if (material_.present()) {
        twist_.jump(jump);
    }
    for (std::size_t j = 0; j < wire_N_m_.size(); ++j) {
        wire_torque_N_m_[j] += jump * wire_N_m_[j];
    }
}

void PendulumBody::break_specimen() {
    material_ = ShearMaterial::none();
}

void PendulumBody::step() {
    const double h = step_s_;
    const double I = parameters_.inertia_kg_m2;
    const double C = parameters_.damping_N_m_s(pressure_Pa_);
    const double K = wire_static_N_m_ + parameters_.field_N_m;
    // The mean torque of the step, everything that is known of it, over what each radian adds.
    double known = 0.5 * parameters_.torque_N_m_per_A *
                   (drive_at(time_s()).current_A + drive_at(time_s() + h).current_A);
    known += 2.0 * I / h * velocity_rad_s_ - K * angle_rad_;
    double per_rad = 2.0 * I / (h * h) + C / h + 0.5 * K;
    for (std::size_t j = 0; j < wire_decay_.size(); ++j) {
        known -= 0.5 * (1.0 + wire_decay_[j]) * wire_torque_N_m_[j];
        per_rad += 0.5 * wire_gain_N_m_[j];
    }
    if (material_.present()) {
        const double old_torque_N_m = twist_.torque_N_m();
        const double per_N_m = twist_.response_rad_per_N_m();
        const double torque_N_m = (angle_rad_ - twist_.begin_step()) / per_N_m;
        known -= 0.5 * (old_torque_N_m + torque_N_m);
        per_rad += 0.5 / per_N_m;
    }
    const double turn = known / per_rad;

    last_angle_rad_ = angle_rad_;
    last_velocity_rad_s_ = velocity_rad_s_;
    angle_rad_ += turn;
    velocity_rad_s_ = 2.0 * turn / h - velocity_rad_s_;
    for (std::size_t j = 0; j < wire_decay_.size(); ++j) {
        wire_torque_N_m_[j] = wire_decay_[j] * wire_torque_N_m_[j] + wire_gain_N_m_[j] * turn;
    }
    if (material_.present()) {
        twist_.end_step(angle_rad_);
    }
    ++steps_;
}

PendulumMotion PendulumBody::motion() const {
    return motion_at(time_s());
}

PendulumMotion PendulumBody::motion_at(double time_s_in) const {
    PendulumMotion motion;
    motion.time_s = time_s_in;
    const double s = std::clamp(1.0 - (time_s() - time_s_in) / step_s_, 0.0, 1.0);
    const double rise = angle_rad_ - last_angle_rad_;
    const double v0 = last_velocity_rad_s_ * step_s_;
    const double v1 = velocity_rad_s_ * step_s_;
    // Hermite: theta_0 + s v0 + s^2 (3 rise - 2 v0 - v1) + s^3 (v0 + v1 - 2 rise).
    const double square = 3.0 * rise - 2.0 * v0 - v1;
    const double cube = v0 + v1 - 2.0 * rise;
    motion.angle_rad = last_angle_rad_ + s * (v0 + s * (square + s * cube));
    motion.velocity_rad_s = (v0 + s * (2.0 * square + 3.0 * s * cube)) / step_s_;
    if (s == 1.0) {
        motion.angle_rad = angle_rad_;
        motion.velocity_rad_s = velocity_rad_s_;
    }
    const DriveAt drive = drive_at(time_s_in);
    motion.current_A = drive.current_A;
    motion.phase_rad = two_pi * drive.cycles;
    motion.current_limited = drive.limited;
    return motion;
}

double PendulumBody::specimen_twist_rad() const {
    return angle_rad_ - parameters_.clamp_rad_per_N_m * specimen_torque_N_m();
}

double PendulumBody::stored_energy_J() const {
    const double K = wire_static_N_m_ + parameters_.field_N_m;
    double twice =
        parameters_.inertia_kg_m2 * velocity_rad_s_ * velocity_rad_s_ + K * angle_rad_ * angle_rad_;
    for (std::size_t j = 0; j < wire_decay_.size(); ++j) {
        twice += 0.5 * (1.0 + wire_decay_[j]) * wire_torque_N_m_[j] * wire_torque_N_m_[j] /
                 wire_gain_N_m_[j];
    }
    return 0.5 * twice + (material_.present() ? twist_.energy_J() : 0.0);
}

}  // namespace relaxd::simulator
