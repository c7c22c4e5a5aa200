// SPDX-License-Identifier: MIT
#include "model/master/shape_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace relaxd::model {

namespace {

const ShapeParameter* find(std::span<const ShapeParameter> parameters, const std::string& name) {
    const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) {
        return name == p.name;
    });
    return found == parameters.end() ? nullptr : &*found;
}

bool contains(std::span<const char* const> names, const std::string& name) {
    return std::any_of(names.begin(), names.end(), [&](const char* n) { return name == n; });
}

std::string unknown_name(
    const std::string& name,
    std::span<const ShapeParameter> parameters,
    std::span<const char* const> others
) {
    std::string known;
    for (const auto& p : parameters) {
        known += std::string(known.empty() ? "" : ", ") + p.name;
    }
    for (const char* other : others) {
        known += std::string(known.empty() ? "" : ", ") + other;
    }
    return "there is no parameter \"" + name + "\" in this model; known are " + known;
}

/// The coordinate at which the parameter has this value; NaN where there is none.
double coordinate_of(const ShapeParameter& p, double value) {
    const double scaled = value / p.unit;
    return !p.is_logarithm ? scaled : (p.is_inverse ? -1.0 : 1.0) * std::log(scaled);
}

/// A prior of ln x is that of x to first order.
void set_prior(const ShapeParameter& p, const record::Prior& prior, NamedCoordinate& c) {
    c.prior_mean = coordinate_of(p, prior.mean);
    c.prior_sd = p.is_logarithm ? prior.sd / prior.mean : prior.sd / p.unit;
}

double pull_of_priors(const NamedFit& fit, std::span<const NamedCoordinate> coordinates) {
    double sum = 0.0;
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
        const auto& c = coordinates[i];
        if (!c.is_fixed && std::isfinite(c.prior_sd)) {
            const double z = (fit.q[static_cast<Eigen::Index>(i)] - c.prior_mean) / c.prior_sd;
            sum += z * z;
        }
    }
    return sum;
}

}  // namespace

std::string apply_options(
    const record::FitOptions& options,
    std::span<const ShapeParameter> parameters,
    std::span<const char* const> others,
    std::vector<NamedCoordinate>& coordinates
) {
    for (const auto& [name, value] : options.fixed) {
        const ShapeParameter* p = find(parameters, name);
        if (p == nullptr && !contains(others, name)) {
            return unknown_name(name, parameters, others);
        }
        if (p == nullptr) {
            continue;
        }
        NamedCoordinate& c = coordinates[p->coordinate];
        const double q = coordinate_of(*p, value);
        if (!std::isfinite(q) || (!p->is_logarithm && (q < c.low || q > c.high))) {
            return name + " cannot be fixed at this value";
        }
        c.start = q;
        c.is_fixed = true;
    }
    for (const auto& [name, prior] : options.priors) {
        const ShapeParameter* p = find(parameters, name);
        if (p == nullptr) {
            return contains(others, name) ? name + " takes no prior"
                                          : unknown_name(name, parameters, others);
        }
        if (!(prior.sd > 0.0) || !std::isfinite(prior.mean) ||
            (p->is_logarithm && !(prior.mean > 0.0))) {
            return "the prior of " + name + " needs a mean in its domain and a standard deviation";
        }
        set_prior(*p, prior, coordinates[p->coordinate]);
    }
    for (const auto& name : options.freed) {
        if (find(parameters, name) == nullptr && !contains(others, name)) {
            return unknown_name(name, parameters, others);
        }
    }
    return {};
}

NamedFit fit_from_starts(
    ResidualModel& model,
    std::vector<NamedCoordinate>& coordinates,
    std::span<const Eigen::VectorXd> starts,
    const NamedFitOptions& options
) {
    NamedFitOptions quick = options;
    quick.wants_profile_check = false;
    NamedFit best;
    double least = 0.0;
    for (const auto& start : starts) {
        for (std::size_t i = 0; i < coordinates.size(); ++i) {
            if (!coordinates[i].is_fixed) {
                coordinates[i].start = start[static_cast<Eigen::Index>(i)];
            }
        }
        NamedFit now = fit_named(model, coordinates, quick);
        if (!now.is_usable()) {
            continue;
        }
        const double badness = now.bic + pull_of_priors(now, coordinates);
        if (!best.is_usable() || badness < least) {
            least = badness;
            best = std::move(now);
        }
    }
    if (!best.is_usable() || !options.wants_profile_check) {
        return best;
    }
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
        coordinates[i].start = best.q[static_cast<Eigen::Index>(i)];
    }
    NamedFit checked = fit_named(model, coordinates, options);
    return checked.is_usable() ? checked : best;
}

NamedFit fit_with_noise(
    ResidualModel& model,
    std::vector<NamedCoordinate>& coordinates,
    std::span<const Eigen::VectorXd> starts,
    const NamedFitOptions& options,
    MasterRows& rows
) {
    if (rows.has_sigmas) {
        return fit_from_starts(model, coordinates, starts, options);
    }
    NamedFitOptions quick = options;
    quick.wants_profile_check = false;
    NamedFit fit = fit_from_starts(model, coordinates, starts, quick);
    for (int pass = 0; pass < 2 && fit.is_usable(); ++pass) {
        Eigen::VectorXd r;
        if (!model.residuals(fit.q, r, nullptr)) {
            return fit;
        }
        Eigen::Index row = 0;
        bool has_learnt = false;
        for (auto* values : {&rows.storage, &rows.loss}) {
            std::vector<double> predicted;
            for (const auto& v : *values) {
                predicted.push_back(v.value + r[row++] * v.sigma);
            }
            has_learnt = learn_noise(*values, predicted) || has_learnt;
        }
        if (!has_learnt && pass > 0) {
            break;
        }
        const Eigen::VectorXd from = fit.q;
        NamedFit again =
            fit_from_starts(model, coordinates, {&from, 1}, pass == 0 ? quick : options);
        if (!again.is_usable()) {
            break;
        }
        fit = std::move(again);
    }
    return fit;
}

NamedFitOptions frame_options(const MasterRows& rows, const record::FitOptions& options) {
    NamedFitOptions frame;
    frame.evaluations_max = options.iterations_max;
    frame.series_ends = {rows.storage.size(), rows.storage.size() + rows.loss.size()};
    frame.sigma_is_relative = !rows.has_sigmas;
    return frame;
}

record::FitResult result_for(const char* model, const MasterRows& rows) {
    record::FitResult result;
    result.model = model;
    result.n_points = rows.n_rows;
    result.first_seq = rows.first_seq;
    result.last_seq = rows.last_seq;
    result.warnings = rows.warnings;
    result.reason = rows.refusal;
    return result;
}

bool report_fit(
    const NamedFit& fit,
    std::span<const NamedCoordinate> coordinates,
    const MasterRows& rows,
    record::FitResult& result
) {
    if (!fit.is_usable()) {
        result.reason = "the fit did not converge: the data do not have this shape";
        return false;
    }
    if (2 * fit.flagged.size() > rows.storage.size() + rows.loss.size()) {
        result.reason =
            "more than half of the values would be outliers: the data do not have this shape";
        return false;
    }
    result.reduced_chi2 = fit.reduced_chi2;
    result.residuals = fit.check;
    std::set<std::uint64_t> flagged;
    for (const std::size_t i : fit.flagged) {
        flagged.insert(
            i < rows.storage.size() ? rows.storage[i].seq : rows.loss[i - rows.storage.size()].seq
        );
    }
    result.flagged_seqs.assign(flagged.begin(), flagged.end());
    result.n_flagged = result.flagged_seqs.size();
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
        result.warm_start[coordinates[i].name] = fit.q[static_cast<Eigen::Index>(i)];
    }
    result.status = "converged";
    return true;
}

ShapeQuantity quantity_of(const ShapeParameter& parameter, const NamedFit& fit) {
    ShapeQuantity out;
    const auto i = static_cast<Eigen::Index>(parameter.coordinate);
    out.name = parameter.name;
    out.is_logarithm = parameter.is_logarithm;
    const double sign = parameter.is_inverse ? -1.0 : 1.0;
    out.value = parameter.is_logarithm ? sign * fit.q[i] + std::log(parameter.unit)
                                       : fit.q[i] * parameter.unit;
    out.gradient = Eigen::VectorXd::Zero(fit.q.size());
    out.gradient[i] = parameter.is_logarithm ? sign : parameter.unit;
    return out;
}

void report_parameters(
    ResidualModel& model,
    const NamedFit& fit,
    std::span<const NamedCoordinate> coordinates,
    std::span<const ShapeQuantity> quantities,
    const NamedFitOptions& frame,
    const record::FitOptions& options,
    record::FitResult& result
) {
    const auto variance = [&](const ShapeQuantity& a, const ShapeQuantity& b) {
        return a.gradient.dot(fit.covariance * b.gradient);
    };
    std::vector<const ShapeQuantity*> free;
    for (const auto& quantity : quantities) {
        record::ParameterEstimate e = report(
            fit,
            coordinates,
            quantity.name,
            quantity.value,
            quantity.gradient,
            quantity.is_logarithm
        );
        if (variance(quantity, quantity) > 0.0) {
            free.push_back(&quantity);
        }
        Eigen::Index which = 0;
        quantity.gradient.cwiseAbs().maxCoeff(&which);
        const double by = quantity.gradient[which];
        const bool is_coordinate = (quantity.gradient.array() != 0.0).count() == 1;
        if (options.wants_profiles && is_coordinate && std::isfinite(e.value) &&
            e.state != record::ParameterState::fixed) {
            const auto ends =
                profile_interval(model, coordinates, frame, fit, static_cast<std::size_t>(which));
            if (ends) {
                const double a = quantity.value + by * (ends->first - fit.q[which]);
                const double b = quantity.value + by * (ends->second - fit.q[which]);
                const double low = std::min(a, b);
                const double high = std::max(a, b);
                e.profile_low = quantity.is_logarithm ? std::exp(low) : low;
                e.profile_high = quantity.is_logarithm ? std::exp(high) : high;
            }
        }
        result.parameters.push_back(std::move(e));
    }
    for (const ShapeQuantity* a : free) {
        result.correlation_names.push_back(a->name);
        for (const ShapeQuantity* b : free) {
            const double scale = std::sqrt(variance(*a, *a) * variance(*b, *b));
            result.correlations.push_back(a == b ? 1.0 : variance(*a, *b) / scale);
        }
    }
}

record::KnownCombination known_combination(
    const NamedFit& fit, const ShapeQuantity& quantity, std::vector<std::string> names
) {
    record::KnownCombination out;
    const double sd =
        std::sqrt(std::max(0.0, quantity.gradient.dot(fit.covariance * quantity.gradient)));
    out.expression = quantity.name;
    out.names = std::move(names);
    out.value = quantity.is_logarithm ? std::exp(quantity.value) : quantity.value;
    out.standard_error = quantity.is_logarithm ? out.value * sd : sd;
    return out;
}

record::Alternative alternative_of(const char* name, const NamedFit& fit, bool is_chosen) {
    record::Alternative out;
    out.name = name;
    out.chi2 = fit.chi2;
    out.n_free = fit.n_free;
    out.aic = fit.aic;
    out.bic = fit.bic;
    out.is_chosen = is_chosen;
    return out;
}

}  // namespace relaxd::model
