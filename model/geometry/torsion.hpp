// SPDX-License-Identifier: MIT
//
// The torsion pendulum's specimen (INSTRUMENTS 8.1) and its readings: from digitised periods,
// lock-in or analyser to shear moduli of the specimen alone (8.2), with what is random and what is
// not. The machine itself is torsion_machine.hpp. Pure, SI.
//
// A reading comes in one of these ways; the first that is there counts:
//   waveform (forced, decay, steady)   demodulated here; the result is kept in `extra`, in volts
//   extra angle_V, torque_V, demodulated_phase_rad; decay_frequency_Hz, decrement, angle_V;
//     angle_mean_V, torque_mean_V      what an earlier demodulation kept
//   extra angle_x_V, angle_y_V, torque_x_V, torque_y_V   lock-ins, V rms, one reference
//   extra ratio_real, ratio_imag       analyser: angle over torque, V/V; strain stays unknown
//                                      unless torque_x_V, torque_y_V are there too
//   torque_N_m, angle_rad, phase_rad   SI already (phase: lag of angle behind torque)
// `angle_zero_V` and `torque_zero_V` in extra are what was shown before a creep load, and are
// subtracted from its means. Pressure is extra `pressure_Pa`.
//
// Raw values are never touched; what is computed replaces what the instrument said of the same
// quantity, which is kept as `instrument_…`. `torsion_reduction` (version of these equations) marks
// a reading that was reduced, so that applying again starts from the same numbers.

#pragma once

#include "model/geometry/clamp.hpp"
#include "model/geometry/correction.hpp"
#include "model/geometry/reduction.hpp"
#include "model/geometry/torsion_machine.hpp"
#include "schema/base/result.hpp"
#include "schema/record/calibration.hpp"
#include "schema/record/records.hpp"
#include "schema/record/run_fact.hpp"

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::model {

/// The word for a pendulum's specimen: facts, specimens and calibration sets of it.
inline constexpr const char* torsion_clamp = "torsion";
/// Flags. Free decay with tan phi above `decay_tan_phi_max`.
inline constexpr const char* flag_high_damping = "high_damping";
/// The waveform could not be demodulated; nothing is computed.
inline constexpr const char* flag_not_demodulated = "not_demodulated";
/// A published pendulum is "worse when tan delta > 0.3" (Rheologica Acta, INSTRUMENTS 7).
inline constexpr double decay_tan_phi_max = 0.3;
/// `correction_dominates` of a pendulum: the relative s.d. of |K_s|, random and systematic, is
/// above this, or K_s' is not above 0. The share of torque that inertia takes does not count, other
/// than in `specimen_share_min`: at 2 Hz in the soft state it is seven times the specimen's, and
/// known to a per mille (INSTRUMENTS 8.2).
inline constexpr double torsion_relative_sigma_max = 0.25;

/// beta and kappa of Saint-Venant's series (INSTRUMENTS 8.1; 20 terms).
struct SaintVenant {
    double beta = 0.0;        ///< J = beta a b^3.
    double kappa = 0.0;       ///< Largest shear strain = kappa theta b / L.
    double beta_slope = 0.0;  ///< d ln beta / d ln (a/b).
};
/// `a_over_b` above 0; below 1 the sides change places.
[[nodiscard]] SaintVenant saint_venant(double a_over_b);

/// From the specimen's dimensions at temperature T.
struct TorsionFactors {
    double J_over_L_m3 = 0.0;              ///< K_s* = G* J/L.
    double J_over_L_relative_sigma = 0.0;  ///< Dimensions and expansion; systematic.
    double strain_per_rad = 0.0;           ///< kappa b / L; of the specimen's own twist.
    double stress_per_N_m = 0.0;           ///< Largest shear stress per torque of an elastic bar.
    /// d ln J / d ln (longer side, shorter side): 1.14 and 2.86 at a/b = 5. Cylinder: 0 and 4.
    double by_width = 0.0;
    double by_thickness = 0.0;
    TorsionFactors() = default;
};
/// Width and thickness in either order. Further keys of the specimen: `diameter_m` (and
/// `diameter_sigma_m`) = a cylinder; `thermal_expansion_per_K` (and
/// `thermal_expansion_sigma_per_K`) = linear, from 298.15 K. An unknown temperature counts as that.
/// Errors `invalid` name the dimension that is missing or impossible.
[[nodiscard]] Result<TorsionFactors> torsion_factors(
    const record::Specimen& specimen, double temperature_K
);
/// False where the specimen says no dimension at all: the empty pendulum.
[[nodiscard]] bool has_dimensions(const record::Specimen& specimen);

/// What a reading shows before anything is taken off it: raw material of a calibration.
struct TorsionShown {
    enum class Kind : std::uint8_t { forced, decay, steady };
    Kind kind = Kind::forced;
    double frequency_Hz = record::unknown;  ///< Of a decay: damped.
    double temperature_K = record::unknown;
    double pressure_Pa = record::unknown;
    Complex stiffness_N_m;                              ///< Torque over angle; forced.
    double phase_rad = record::unknown;                 ///< Its argument.
    double stiffness_relative_sigma = record::unknown;  ///< Of each quadrature.
    double angle_rad = record::unknown;                 ///< Amplitude; steady: mean, with its sign.
    double torque_N_m = record::unknown;                ///< The same.
    double angle_sigma_rad = record::unknown;
    double torque_sigma_N_m = record::unknown;
    double frequency_sigma_Hz = record::unknown;  ///< Decay.
    double decrement = record::unknown;
    double decrement_sigma = record::unknown;
    TorsionShown() = default;
};

/// Do these facts, of an instrument or a run, belong to a pendulum?
[[nodiscard]] bool is_torsion(const std::vector<record::RunFact>& facts);

/// angle_V_per_rad and torque_N_m_per_V of a run's facts; not known where neither is said. Error
/// `invalid`: one of them is missing or not above 0.
[[nodiscard]] Result<PendulumScale> pendulum_scale(const std::vector<record::RunFact>& facts);
/// What a reading shows, uncorrected, whatever it was corrected with; nothing where it is no
/// measurement. `flags`, if any: those that are not of the correction.
[[nodiscard]] std::optional<TorsionShown> torsion_shown(
    record::Reading reading, const PendulumScale& scale, std::string* flags = nullptr
);

/// A run's numbers, from its facts and calibration sets, to moduli: the one code for live runs and
/// for `relaxctl recompute` and `reparse`.
class TorsionReduction {
  public:
    /// Computes nothing.
    TorsionReduction() = default;
    /// `facts`: what the instrument says (docs/pendulum.md: angle_V_per_rad, torque_N_m_per_V,
    /// inertia_kg_m2 …) and, of a stored run, the dimensions, which overrule the specimen's. Sets
    /// of kind pendulum_empty and pendulum_bar overrule the nominal numbers; one of kind
    /// temperature corrects the temperature (`rates_K_per_s` as in ReductionInput). Errors
    /// `invalid`: an impossible number or dimension, no inertia, a set of another kind or clamp,
    /// two of one kind.
    [[nodiscard]] static Result<TorsionReduction> make(
        record::Specimen specimen,
        std::vector<record::RunFact> facts,
        std::vector<record::Calibration> sets,
        std::vector<double> rates_K_per_s = {}
    );
    /// A reading with a waveform is demodulated first (model/signal); then, from frequency_Hz,
    /// torque_N_m, angle_rad and phase_rad, to shear moduli, strain and stress with their errors.
    /// Without a set: flag `background_uncorrected` and the nominal numbers.
    void apply(record::Reading& reading) const;

    /// False: no dimensions (an empty pendulum): torque, angle and phase only.
    [[nodiscard]] bool computes() const { return computes_; }
    /// What is recorded with the run: those given, dimensions, clamp, and which sets.
    [[nodiscard]] const std::vector<record::RunFact>& facts() const { return facts_; }
    [[nodiscard]] const record::Specimen& specimen() const { return specimen_; }
    [[nodiscard]] const PendulumScale& scale() const { return scale_; }
    /// The nominal numbers, or the set's.
    [[nodiscard]] const PendulumMachine& machine() const { return machine_; }
    [[nodiscard]] double temperature_sigma_K(double shown_K) const {
        return temperature_.temperature_sigma_K(shown_K);
    }

  private:
    [[nodiscard]] Result<void> take_sets(std::vector<record::Calibration> sets);
    void put_forced(record::Reading& reading, const TorsionShown& shown) const;
    void put_decay(record::Reading& reading, const TorsionShown& shown) const;
    void put_steady(record::Reading& reading, const TorsionShown& shown) const;
    [[nodiscard]] double relative_sigma_of(
        const TorsionShown& shown, const PendulumAt& at, double& torque, double& angle
    ) const;

    bool computes_ = false;
    bool is_known_ = false;  ///< Made, not default.
    record::Specimen specimen_;
    std::vector<record::RunFact> facts_;
    PendulumScale scale_;
    PendulumMachine machine_;
    Reduction temperature_;
};

}  // namespace relaxd::model
