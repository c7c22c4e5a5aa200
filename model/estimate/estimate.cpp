// SPDX-License-Identifier: MIT
#include "model/estimate/estimate.hpp"

#include "model/estimate/data_check.hpp"
#include "model/estimate/series_check.hpp"
#include "model/estimate/systematic.hpp"
#include "model/estimate/transitions.hpp"
#include "model/master/master.hpp"
#include "model/series/series.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

std::string number(double value) {
    return std::isfinite(value) ? to_text(value) : "null";
}

std::string prior_text(const record::Prior& prior) {
    return number(prior.mean) + "+-" + number(prior.sd);
}

/// Options that came later say nothing while they are not set: stored hashes keep.
void append_later_options(const record::FitOptions& options, std::string& text) {
    if (!options.formulation.empty()) {
        text += "formulation=" + options.formulation + "\n";
    }
    for (const auto& [name, value] : options.material) {
        text += "material " + name + "=" + number(value) + "\n";
    }
    if (options.wants_profiles) {
        text += "profiles\n";
    }
    if (options.wants_alternatives) {
        text += "alternatives\n";
    }
    if (options.modulus_scale_relative_sd != 0.0) {
        text += "modulus_scale_relative_sd=" + number(options.modulus_scale_relative_sd) + "\n";
    }
    if (options.temperature_offset_sd_K != 0.0) {
        text += "temperature_offset_sd_K=" + number(options.temperature_offset_sd_K) + "\n";
    }
}

record::FitResult refused(
    const record::FitOptions& options, std::string reason, std::size_t n_points
) {
    record::FitResult result;
    result.model = options.model;
    result.reason = std::move(reason);
    result.n_points = n_points;
    return result;
}

record::FitResult no_such_model(const record::FitOptions& options, std::string_view known) {
    record::FitResult result;
    result.model = options.model;
    result.reason = "there is no model \"" + options.model + "\" here; known are ";
    result.reason += known;
    return result;
}

}  // namespace

std::string canonical_text(const record::FitOptions& options) {
    // std::map keeps the names in order; the start vector belongs to the estimate, not to the
    // options.
    std::string text = "model=" + options.model + "\nform=" + std::string(to_word(options.form));
    for (const auto& [name, value] : options.fixed) {
        text += "\nfix " + name + "=" + number(value);
    }
    std::vector<std::string> freed = options.freed;
    std::sort(freed.begin(), freed.end());
    freed.erase(std::unique(freed.begin(), freed.end()), freed.end());
    for (const auto& name : freed) {
        text += "\nfree " + name;
    }
    for (const auto& [name, prior] : options.priors) {
        text += "\nprior " + name + "=" + prior_text(prior);
    }
    if (options.T_g_fixed_K) {
        text += "\nT_g_fixed_K=" + number(*options.T_g_fixed_K);
    }
    if (options.T_g_prior_K) {
        text += "\nT_g_prior_K=" + prior_text(*options.T_g_prior_K);
    }
    text += "\nT_max_K=" + number(options.T_max_K);
    text += "\niterations_max=" + std::to_string(options.iterations_max) + "\n";
    append_later_options(options, text);
    return text;
}

namespace {

record::FitResult fit_recipe(
    std::span<const record::DynamicPoint> points,
    const record::FitOptions& options,
    const record::FitResult* dynamic
) {
    if (options.model == "chi-slope") {
        return fit_chi_slope(points, options, dynamic);
    }
    if (options.model == "beta-peaks") {
        return fit_beta_peaks(points, options, dynamic);
    }
    if (options.model == "alpha-peaks") {
        return fit_alpha_peaks(points, options);
    }
    if (options.model == "transitions") {
        return fit_transitions(points);
    }
    if (options.model == "master-curve") {
        return fit_master_curve(points, options);
    }
    return no_such_model(
        options, "dynamic, chi-slope, beta-peaks, alpha-peaks, transitions and master-curve"
    );
}

record::FitResult fit_one_series(
    const record::SeriesData& data, const record::FitOptions& options
) {
    if (options.model == "creep") {
        return fit_creep(data, options);
    }
    if (options.model == "aging") {
        return fit_aging(data, options);
    }
    if (options.model == "relaxation") {
        return fit_relaxation(data, options);
    }
    if (options.model == "tension") {
        return fit_tension(data, options);
    }
    if (options.model == "qpd") {
        return fit_qpd(data, options);
    }
    if (options.model == "kww") {
        return fit_kww(data, options);
    }
    if (options.model == "bergman") {
        return fit_bergman(data, options);
    }
    return no_such_model(options, "creep, aging, relaxation, tension, qpd, kww and bergman");
}

}  // namespace

bool is_dynamic(std::string_view model) {
    return model == "dynamic" || model == "isochronal" || model == "isothermal";
}

record::FitResult fit(
    std::span<const record::DynamicPoint> points,
    const record::FitOptions& options,
    const record::FitResult* dynamic
) {
    if (is_dynamic(options.model)) {
        return fit_dynamic(points, options);
    }
    // T_x is looked for above the mask, which is made of it.
    const double T_max_K = options.model == "transitions" ? record::unknown : options.T_max_K;
    if (std::string problem = what_is_wrong(points, T_max_K); !problem.empty()) {
        return refused(options, std::move(problem), points.size());
    }
    record::FitResult result = fit_recipe(points, options, dynamic);
    add_recipe_systematic_errors(points, options, dynamic, result);
    return result;
}

record::FitResult fit_series(const record::SeriesData& data, const record::FitOptions& options) {
    const record::SeriesData kept = below_mask(data, options.T_max_K);
    if (kept.points.empty() && !data.points.empty()) {
        return refused(
            options,
            "all " + std::to_string(data.points.size()) +
                " rows are masked: they lie above T_max_K",
            0
        );
    }
    if (std::string problem = what_is_wrong(kept, options.model); !problem.empty()) {
        return refused(options, std::move(problem), kept.points.size());
    }
    record::FitResult result = fit_one_series(kept, options);
    add_series_systematic_errors(kept, options, result);
    return result;
}

}  // namespace relaxd::model
