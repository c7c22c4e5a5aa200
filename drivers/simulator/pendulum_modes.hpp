// SPDX-License-Identifier: MIT
//
// What the pendulum twists, in shear: the discrete modes of a glass (the same as the Q800's
// specimen, spectrum.hpp), an elastic bar for calibration, one standard linear solid, or nothing.
//
// Shear compliance = 2 (1 + nu) x tensile compliance at every time, nu constant: the simplest
// statement, and a choice (a real glass has a bulk modulus that does not relax, so its nu rises
// towards 1/2 where the shear modulus falls). Units in names. Plain values, no threads.

#pragma once

#include "drivers/simulator/specimen.hpp"

#include <complex>
#include <optional>
#include <vector>

namespace relaxd::simulator {

/// Metallic glasses: 0.33 to 0.4; the number that the Q800's geometry takes as well.
inline constexpr double default_poisson_ratio = 0.35;

/// One retardation mode: strain' = (strength stress - strain) / tau.
struct ShearMode {
    ShearMode() = default;
    ShearMode(double strength_in, double tau_in) : strength_per_Pa(strength_in), tau_s(tau_in) {}
    double strength_per_Pa = 0.0;
    double tau_s = 1.0;
};

/// J(t) = instant + sum strength (1 - exp(-t/tau)) + flow t.
struct ShearSpectrum {
    ShearSpectrum() = default;
    double instant_per_Pa = 0.0;
    double flow_per_Pa_s = 0.0;  ///< 1 / viscosity.
    std::vector<ShearMode> modes;

    /// J* = J' - i J'' in 1/Pa.
    [[nodiscard]] std::complex<double> compliance_per_Pa(double omega_rad_s) const;
    /// G* = 1/J* = G' + i G'' in Pa.
    [[nodiscard]] std::complex<double> modulus_Pa(double omega_rad_s) const;
    /// J(t) in 1/Pa after a step of stress.
    [[nodiscard]] double creep_per_Pa(double time_s) const;
};

/// Relative strengths of modes, two a decade from 1e5 s to 1e-5 s, whose loss is `tan_phi` within
/// 1 % from 1e-3 to 1e3 rad/s: a nearly constant internal friction that causality allows.
[[nodiscard]] std::vector<ShearMode> constant_loss_modes(double tan_phi);

class ShearMaterial {
  public:
    /// No specimen: no torque.
    [[nodiscard]] static ShearMaterial none();

    /// G' in Pa at 1 Hz and a small nearly constant loss (steel: 1e-4), at most 0.05.
    [[nodiscard]] static ShearMaterial elastic(double G_Pa, double tan_phi = 0.0);

    /// G_r + (G_u - G_r) i x / (1 + i x) with x = omega tau (relaxation time), G_r < G_u.
    [[nodiscard]] static ShearMaterial standard_linear(
        double G_unrelaxed_Pa, double G_relaxed_Pa, double tau_s
    );

    /// The glass of the Q800, always linear in stress. `T_max_K` is the highest temperature of the
    /// programme (it fixes how fine the modes lie).
    [[nodiscard]] static ShearMaterial glass(
        const Specimen& specimen, double T_max_K, double poisson_ratio = default_poisson_ratio
    );
    /// The same of parameters that have passed `checked_params`, without thermal history.
    [[nodiscard]] static ShearMaterial glass(
        const material::Params& params, double T_max_K, double poisson_ratio = default_poisson_ratio
    ) {
        return glass(Specimen(params), T_max_K, poisson_ratio);
    }

    /// Error `invalid` unless -1 < nu <= 0.5.
    [[nodiscard]] static Result<double> checked_poisson_ratio(double poisson_ratio);

    [[nodiscard]] bool present() const { return present_; }

    /// The modes at a temperature; as many, in the same order, at every temperature.
    [[nodiscard]] ShearSpectrum at(double temperature_K) const {
        return at(temperature_K, structure_at(temperature_K));
    }
    /// The same of a glass with this thermal history.
    [[nodiscard]] ShearSpectrum at(double temperature_K, const Structure& structure) const;

    /// True where the temperature changes the modes.
    [[nodiscard]] bool thermal() const { return glass_.has_value(); }

    /// The glass, null for the others; lives as long as this object.
    [[nodiscard]] const Specimen* specimen() const { return glass_ ? &*glass_ : nullptr; }

    /// The structure of a glass without thermal history.
    [[nodiscard]] Structure structure_at(double temperature_K) const {
        return glass_ ? glass_->structure_at(temperature_K) : Structure();
    }

  private:
    ShearMaterial() = default;

    bool present_ = true;
    ShearSpectrum fixed_;
    std::optional<Specimen> glass_;
    SpectrumGrid grid_;
    double shear_factor_ = 1.0;  ///< 2 (1 + nu).
};

}  // namespace relaxd::simulator
