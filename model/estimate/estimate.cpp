// SPDX-License-Identifier: MIT
#include "model/estimate/estimate.hpp"

#include "model/estimate/transitions.hpp"
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
    return text;
}

record::FitResult fit(
    std::span<const record::DynamicPoint> points,
    const record::FitOptions& options,
    const record::FitResult* dynamic
) {
    if (options.model == "dynamic" || options.model == "isochronal" ||
        options.model == "isothermal") {
        return fit_dynamic(points, options);
    }
    if (options.model == "chi-slope") {
        return fit_chi_slope(points, options, dynamic);
    }
    if (options.model == "beta-peaks") {
        return fit_beta_peaks(points, options, dynamic);
    }
    if (options.model == "transitions") {
        return fit_transitions(points);
    }
    record::FitResult result;
    result.model = options.model;
    result.reason = "there is no model \"" + options.model +
                    "\" here; known are dynamic, chi-slope, beta-peaks and transitions";
    return result;
}

}  // namespace relaxd::model
