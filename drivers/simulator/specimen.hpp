// SPDX-License-Identifier: MIT
//
// The simulated glass: S1's linear model, form `exact` (PHYSICS 1, E1-10), as discrete modes.
//
// Small-strain oscillation is the exact periodic steady state; load steps are followed by exact
// exponential steps of the same modes' state. Linear: stress acts on neither tau_beta nor chi.
// Units in names. One object, one thread.

#pragma once

#include "drivers/simulator/spectrum.hpp"
#include "schema/material/material.hpp"

#include <complex>
#include <vector>

namespace relaxd::simulator {

/// chi and the times at one temperature (S1 Eqs. 8, 11b, 17b, 22).
struct SpecimenTimes {
    SpecimenTimes() = default;
    double chi = 0.0;
    double tau_beta_s = 0.0;
    double tau_max_s = 0.0;
    double tau_an_s = 0.0;
};

/// Checks that the parameters describe a specimen; the error names the first that does not.
[[nodiscard]] Result<material::Params> checked_params(const material::Params& params);

class Specimen {
  public:
    /// `params` must have passed `checked_params`.
    explicit Specimen(const material::Params& params);

    [[nodiscard]] const material::Params& params() const { return params_; }

    /// chi is kept within 0.02 to 0.98.
    [[nodiscard]] SpecimenTimes times_at(double temperature_K) const;

    /// J* = J' - i J'' in 1/Pa at omega = 2 pi f.
    [[nodiscard]] std::complex<double> compliance_per_Pa(double temperature_K, double omega_rad_s);

    /// E* = 1/J* = E' + i E'' in Pa.
    [[nodiscard]] std::complex<double> modulus_Pa(double temperature_K, double omega_rad_s);

    [[nodiscard]] double elastic_compliance_per_Pa(double temperature_K) const;
    [[nodiscard]] double beta_compliance_per_Pa() const { return A_beta_per_Pa_; }
    [[nodiscard]] const std::vector<SpectrumLine>& beta_lines() const { return beta_; }

  private:
    material::Params params_;
    double A_beta_per_Pa_;
    std::vector<SpectrumLine> beta_;
    std::vector<SpectrumLine> stretched_;  ///< At `stretched_chi_`; rebuilt when chi moves.
    double stretched_chi_ = 0.0;
};

/// The same specimen under a stress history: the state of every mode.
class LoadedSpecimen {
  public:
    /// `T_max_K`: the highest temperature of the programme (it fixes how fine the modes lie).
    LoadedSpecimen(const Specimen& specimen, double T_max_K);

    void set_stress_Pa(double stress_Pa) { stress_Pa_ = stress_Pa; }
    [[nodiscard]] double stress_Pa() const { return stress_Pa_; }

    /// `dt_s` later, at the constant temperature `temperature_K`. Exact for constant stress.
    void advance(double dt_s, double temperature_K);

    /// Elastic + beta + anelastic + flow strain now.
    [[nodiscard]] double strain(double temperature_K) const;

  private:
    void retune(double dt_s, double temperature_K);

    const Specimen* specimen_;
    SpectrumGrid grid_;
    std::vector<SpectrumLine> anelastic_;
    double anelastic_chi_ = 0.0;
    std::vector<double> beta_strain_;
    std::vector<double> anelastic_strain_;
    double flow_strain_ = 0.0;
    double stress_Pa_ = 0.0;
    bool at_rest_ = true;  ///< No recoverable strain: nothing happens until a stress acts.
    // Decay factors of the last step, reused while step and temperature stay.
    double tuned_dt_s_ = -1.0;
    double tuned_T_K_ = -1.0;
    double tuned_tau_max_s_ = 1.0;
    std::vector<double> beta_decay_;
    std::vector<double> anelastic_decay_;
};

}  // namespace relaxd::simulator
