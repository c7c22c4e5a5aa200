// SPDX-License-Identifier: MIT
//
// The simulated glass: S1's model, form `exact` (PHYSICS 1, E1-10), as discrete modes. Here its
// parameters, its times and its small-strain oscillation (the exact periodic steady state);
// specimen_load.hpp is the same glass under a history of stress or strain, glass.hpp what its
// thermal history makes of it.
//
// Units in names. One object, one thread.

#pragma once

#include "drivers/simulator/glass_options.hpp"
#include "drivers/simulator/spectrum.hpp"
#include "schema/material/material.hpp"

#include <complex>
#include <cstddef>
#include <utility>
#include <vector>

namespace relaxd::simulator {

inline constexpr double gas_constant_J_mol_K = 8.31446261815324;  ///< CODATA 2018, k N_A.

/// chi and the times at one temperature (S1 Eqs. 8, 11b, 17b, 22).
struct SpecimenTimes {
    SpecimenTimes() = default;
    double chi = 0.0;
    double tau_beta_s = 0.0;
    double tau_max_s = 0.0;
    double tau_an_s = 0.0;
};

/// What the thermal history has made of the glass (`GlassState::structure`).
struct Structure {
    Structure() = default;
    double chi = 0.0;  ///< The structural part: chi(T) of S1, or the relaxing chi.
    double defect_share =
        1.0;  ///< Of the compliances of all defects; below 1 when aged, crystallised.
    double crystal_share = 0.0;  ///< Crystallised fraction, 0 to 1.
};

/// Checks that the parameters describe a specimen; the error names the first that does not.
[[nodiscard]] Result<material::Params> checked_params(const material::Params& params);

/// Checks the fast beta processes (S1 Fig. 6a); the error names `fast_beta[i].NAME`.
[[nodiscard]] Result<std::vector<material::FastBeta>> checked_fast_beta(
    const std::vector<material::FastBeta>& processes
);

class Specimen {
  public:
    /// One fast beta process with its modes.
    struct FastProcess {
        FastProcess() = default;
        material::FastBeta numbers;
        std::vector<SpectrumLine> lines;
    };

    /// `params`, `fast_beta` and `options` must have passed `checked_params`, `checked_fast_beta`
    /// and `checked_glass`.
    explicit Specimen(
        const material::Params& params,
        const std::vector<material::FastBeta>& fast_beta = {},
        const GlassOptions& options = GlassOptions()
    );

    [[nodiscard]] const material::Params& params() const { return params_; }
    [[nodiscard]] const GlassOptions& options() const { return options_; }

    /// S1's chi(T) without thermal history, kept within 0.02 to 0.98.
    [[nodiscard]] double chi_at(double temperature_K) const;

    /// The times without thermal history: at `chi_at`.
    [[nodiscard]] SpecimenTimes times_at(double temperature_K) const;

    /// The times at a given chi (kept within 0.02 to 0.98) and stress. The stress acts (S1 Eq. 9)
    /// only where `options().nonlinear` is on and the material has sigma1_Pa.
    [[nodiscard]] SpecimenTimes times_at(double temperature_K, double chi, double stress_Pa = 0.0)
        const;

    /// tau of one fast beta process.
    [[nodiscard]] double fast_beta_s(
        std::size_t index, double temperature_K, double stress_Pa = 0.0
    ) const;

    /// chi of the equilibrium liquid, the goal of structural relaxation: chi_Tg + a1 (T - T_g),
    /// going on below T_g with the same slope for `equilibrium_depth_K` and constant from there.
    /// Below T_g because a line that stopped at T_g would let every slow cooling end at the same
    /// chi; bounded because chi -> 0 is a time that diverges (Kauzmann), and no experiment reaches
    /// it.
    [[nodiscard]] double equilibrium_chi(double temperature_K) const;

    /// Lowest and highest structural chi of a programme that goes up to `T_max_K`.
    [[nodiscard]] std::pair<double, double> chi_range(double T_max_K) const;

    /// The structure without thermal history.
    [[nodiscard]] Structure structure_at(double temperature_K) const;

    /// J* = J' - i J'' in 1/Pa at omega = 2 pi f.
    [[nodiscard]] std::complex<double> compliance_per_Pa(double temperature_K, double omega_rad_s);
    [[nodiscard]] std::complex<double> compliance_per_Pa(
        double temperature_K, double omega_rad_s, const Structure& structure
    );

    /// E* = 1/J* = E' + i E'' in Pa.
    [[nodiscard]] std::complex<double> modulus_Pa(double temperature_K, double omega_rad_s);
    [[nodiscard]] std::complex<double> modulus_Pa(
        double temperature_K, double omega_rad_s, const Structure& structure
    );

    /// Of the glass, and of glass and crystals in series.
    [[nodiscard]] double elastic_compliance_per_Pa(double temperature_K) const;
    [[nodiscard]] double elastic_compliance_per_Pa(double temperature_K, const Structure& structure)
        const;
    [[nodiscard]] double beta_compliance_per_Pa() const { return A_beta_per_Pa_; }
    [[nodiscard]] const std::vector<SpectrumLine>& beta_lines() const { return beta_; }
    [[nodiscard]] const std::vector<FastProcess>& fast_processes() const { return fast_; }

    /// Strain of free thermal expansion against the length at 298.15 K; 0 unless the option is set.
    /// Not part of any strain of `LoadedSpecimen`: it is the clamp that sees it.
    [[nodiscard]] double thermal_strain(double temperature_K) const;

    /// True where stress or strain changes the times.
    [[nodiscard]] bool stress_acts() const { return stress_acts_; }
    [[nodiscard]] bool strain_acts() const { return strain_acts_; }

  private:
    [[nodiscard]] double barrier_left(double stress_Pa) const;

    material::Params params_;
    GlassOptions options_;
    double A_beta_per_Pa_;
    std::vector<SpectrumLine> beta_;
    std::vector<FastProcess> fast_;
    bool stress_acts_;
    bool strain_acts_;
    std::vector<SpectrumLine> stretched_;  ///< At `stretched_chi_`; rebuilt when chi moves.
    double stretched_chi_ = 0.0;
};

}  // namespace relaxd::simulator
