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
    double reduced_chi2 = unknown;
    std::string form;
    double wall_ms = unknown;
    std::vector<ParameterEstimate> parameters;
    std::vector<std::string> correlation_names;
    std::vector<double> correlations;  ///< Row major, size names^2.
    std::vector<ParameterEstimate> derived;
    std::vector<IsothermEstimate> isotherms;
    std::vector<PeakEstimate> peaks;
    std::vector<std::string> warnings;
    std::vector<std::uint64_t> flagged_seqs;   ///< Down-weighted as outliers.
    std::map<std::string, double> warm_start;  ///< Centred coordinates, for FitOptions::start.
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;

    [[nodiscard]] bool is_usable() const { return status == "converged"; }
};

}  // namespace relaxd::record
