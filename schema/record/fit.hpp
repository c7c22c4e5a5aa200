// SPDX-License-Identifier: MIT
//
// What a fit is asked and what it answers (CONTRACT 4): plain values between model/, the fit
// worker, relaxctl, the store and the wire.

#pragma once

#include "schema/record/records.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::record {

/// The three forms of the anelastic term (PHYSICS E1-10).
enum class Form : std::uint8_t { printed, gamma, exact };
[[nodiscard]] std::string_view to_word(Form form);
[[nodiscard]] std::optional<Form> form_from(std::string_view word);

/// One measured complex modulus. Sigmas are one standard deviation; NaN = not given.
struct DynamicPoint {
    std::uint64_t seq = 0;
    int segment = 0;
    double time_s = 0.0;
    double temperature_K = 0.0;
    double frequency_Hz = 0.0;
    double storage_modulus_Pa = 0.0;
    double loss_modulus_Pa = 0.0;
    double storage_modulus_sigma_Pa = unknown;
    double loss_modulus_sigma_Pa = unknown;
    int input = 0;          ///< Which input of a joint fit, from 0; all of one input share a scale.
    bool is_shear = false;  ///< The moduli are G' and G''.
};

/// One row of a creep, recovery, relaxation, tension or ageing test, or of master data. NaN = not
/// there. Sigmas are one standard deviation.
struct SeriesPoint {
    std::uint64_t seq = 0;
    int segment = 0;
    int input = 0;        ///< Index into SeriesData::inputs.
    double time_s = 0.0;  ///< Since the start of the test (load, deformation, band entered …).
    double temperature_K = unknown;
    double omega_rad_s = unknown;
    double stress_Pa = unknown;
    double stress_sigma_Pa = unknown;
    double strain = unknown;
    double strain_sigma = unknown;
    double compliance_per_Pa = unknown;
    double compliance_sigma_per_Pa = unknown;
    double relaxation_modulus_Pa = unknown;
    double storage_modulus = unknown;  ///< Pa, or of unit strength where is_relative.
    double loss_modulus = unknown;
    double storage_modulus_sigma = unknown;
    double loss_modulus_sigma = unknown;
    double tan_delta = unknown;
    double tan_delta_sigma = unknown;
    bool is_shear = false;     ///< Moduli, stress, strain and compliance are those of shear.
    bool is_relative = false;  ///< Reduced master data (CONTRACT 2).
};

/// What one input says of all its rows; NaN = the rows or the options must say it.
struct SeriesInput {
    std::string name;
    double strain_rate_per_s = unknown;
    double load_time_s = unknown;  ///< A row at this time is still under load.
    double stress_Pa = unknown;
    std::string stress_kind;    ///< "engineering", "true", or empty = not said.
    double length_m = unknown;  ///< Of the specimen before the test, as its area.
    double area_m2 = unknown;
};

struct SeriesData {
    std::vector<SeriesPoint> points;  ///< In order of input, segment, time.
    std::vector<SeriesInput> inputs;
};

struct Prior {
    double mean = unknown;
    double sd = unknown;
};

/// Options of every fit; hashed (options_sha256) and stored with each estimate.
struct FitOptions {
    std::string model = "dynamic";
    Form form = Form::exact;
    std::map<std::string, double> fixed;  ///< --fix NAME=V, by reported name.
    std::vector<std::string> freed;       ///< --free NAME
    std::map<std::string, Prior> priors;  ///< --prior NAME=MEAN+-SD
    std::optional<double> T_g_fixed_K;    ///< --t-g
    std::optional<Prior> T_g_prior_K;     ///< From a specimen record or a file's # T_g_K key.
    double T_max_K = unknown;             ///< Points above are masked (T_x - 5 K); NaN = no mask.
    int iterations_max = 200;             ///< Bounds the work; never the clock.
    /// --formulation: hereditary, eq16 or linear; empty = not said (CONTRACT 4).
    std::string formulation;
    /// Parameters that the data cannot give (--material, DMA results), by name of `params`.
    std::map<std::string, double> material;
    bool wants_profiles = false;  ///< Profile intervals beside the quadratic ones.
    /// Fit the listed alternatives too (FitResult::alternatives): several fits, so not live.
    bool wants_alternatives = false;
    /// Standard uncertainty of what multiplies every modulus (dimensions, calibration); 0 = not
    /// said.
    double modulus_scale_relative_sd = 0.0;
    double temperature_offset_sd_K = 0.0;  ///< The same of a common offset of T; 0 = not said.
    std::map<std::string, double>
        start;  ///< Warm start, centred coordinates by name; may be empty.
};

struct ParameterEstimate {
    std::string name;
    double value = unknown;
    double standard_error = unknown;
    double systematic_error = unknown;
    double lower_95 = unknown;
    double upper_95 = unknown;
    ParameterState state = ParameterState::undetermined;
    double shrinkage = unknown;  ///< Posterior s.d. / prior s.d.
    std::string traded_with;
    std::string method;            ///< How a T_g, T_x or T_p was found, with its rate or frequency.
    double profile_low = unknown;  ///< 95 % by profile, where wanted.
    double profile_high = unknown;
    /// Root of the squares of standard and systematic error; unknown where the latter is.
    double combined_error = unknown;
};

/// For a traded pair: the combination that is known, and what would tell the two apart.
struct KnownCombination {
    std::string expression;          ///< e.g. "A_vp_per_Pa / tau_max_s"
    std::vector<std::string> names;  ///< The parameters in it.
    double value = unknown;
    double standard_error = unknown;
    std::string experiment;  ///< One sentence: the measurement that breaks the trade.
};

/// One listed alternative of a model on the same data.
struct Alternative {
    std::string name;  ///< e.g. "beta: one time"
    double chi2 = unknown;
    int n_free = 0;
    double aic = unknown;
    double bic = unknown;
    bool is_chosen = false;
};

/// Do the residuals look like noise? In the order of measurement, per series.
struct ResidualCheck {
    double lag1 = unknown;    ///< Correlation of neighbours.
    double runs_p = unknown;  ///< Wald-Wolfowitz, two-sided.
    double chi2_p = unknown;  ///< Of chi2 being so large by chance.
    bool is_alarm = false;    ///< The model stopped describing the specimen.
    std::string sentence;     ///< What the alarm says, with the statistic and where.
};

/// Does time-temperature superposition hold? p of a common shape against one a temperature.
struct SuperpositionTest {
    bool holds = false;
    double p_value = unknown;
};

struct ShiftEstimate {
    double temperature_K = unknown;
    ParameterEstimate ln_aT;
};

struct IsothermEstimate {
    double temperature_K = unknown;
    int segment = 0;
    std::uint64_t n_points = 0;
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    ParameterEstimate chi_slope;
    std::optional<ParameterEstimate> chi;
};

struct PeakEstimate {
    double frequency_Hz = unknown;
    ParameterEstimate temperature_K;
};

/// The answer of one fit. `status` is "converged" or "no_estimate" with `reason`.
struct FitResult {
    std::string model;
    std::string status = "no_estimate";
    std::string reason;
    std::uint64_t n_points = 0;
    std::uint64_t n_flagged = 0;
    int n_free = 0;  ///< Free coordinates of the dynamic fit.
    double reduced_chi2 = unknown;
    std::string form;
    double wall_ms = unknown;
    std::vector<ParameterEstimate> parameters;
    std::vector<std::string> correlation_names;
    std::vector<double> correlations;  ///< Row major, size names^2.
    std::vector<ParameterEstimate> derived;
    std::vector<IsothermEstimate> isotherms;
    std::vector<PeakEstimate> peaks;
    std::vector<ShiftEstimate> shifts;
    std::optional<SuperpositionTest> tts_holds;
    std::vector<KnownCombination> known_combinations;
    std::vector<Alternative> alternatives;
    std::optional<ResidualCheck> residuals;
    std::string formulation;  ///< Of creep and tension.
    std::vector<std::string> warnings;
    std::vector<std::uint64_t> flagged_seqs;   ///< Down-weighted as outliers.
    std::map<std::string, double> warm_start;  ///< Centred coordinates, for FitOptions::start.
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;

    [[nodiscard]] bool is_usable() const { return status == "converged"; }
};

}  // namespace relaxd::record
