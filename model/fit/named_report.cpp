// SPDX-License-Identifier: MIT
#include "model/fit/badness.hpp"
#include "model/fit/named_fit.hpp"

#include <cmath>

namespace relaxd::model {

namespace {

using record::ParameterState;

}  // namespace

record::ParameterEstimate report(
    const NamedFit& fit,
    std::span<const NamedCoordinate> coordinates,
    std::string name,
    double value,
    const Eigen::VectorXd& gradient,
    bool is_logarithm
) {
    record::ParameterEstimate e;
    e.name = std::move(name);
    if (fit.states.size() != coordinates.size()) {
        return e;  // no fit
    }
    e.state = ParameterState::fixed;
    double prior_variance = 0.0;
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
        const double g = gradient[static_cast<Eigen::Index>(i)];
        if (g == 0.0 || coordinates[i].is_fixed) {
            continue;
        }
        prior_variance += g * g * coordinates[i].prior_sd * coordinates[i].prior_sd;
        if (badness(fit.states[i]) > badness(e.state)) {
            e.state = fit.states[i];
            const bool is_traded = e.state == ParameterState::traded && fit.traded_with[i] != i;
            e.traded_with = is_traded ? coordinates[fit.traded_with[i]].name : "";
        }
    }
    const double sd = std::sqrt(std::max(0.0, gradient.dot(fit.covariance * gradient)));
    if (e.state != ParameterState::fixed && std::isfinite(prior_variance)) {
        e.shrinkage = sd / std::sqrt(prior_variance);
    }
    if (e.state == ParameterState::undetermined) {
        return e;
    }
    e.value = is_logarithm ? std::exp(value) : value;
    if (e.state == ParameterState::fixed && std::isfinite(e.value)) {
        return e;
    }
    const double scale = is_logarithm ? e.value : 1.0;
    const double half = fit.quantile_95 * sd;
    const double low = is_logarithm ? std::exp(value - half) : value - half;
    const double high = is_logarithm ? std::exp(value + half) : value + half;
    if (!std::isfinite(e.value) || !std::isfinite(scale * sd) || !std::isfinite(low) ||
        !std::isfinite(high)) {
        e.value = record::unknown;
        e.state = ParameterState::undetermined;
        return e;
    }
    e.standard_error = scale * sd;
    e.lower_95 = low;
    e.upper_95 = high;
    return e;
}

}  // namespace relaxd::model
