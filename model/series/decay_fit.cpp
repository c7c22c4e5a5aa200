// SPDX-License-Identifier: MIT
#include "model/series/decay_fit.hpp"

#include "model/fit/short_text.hpp"
#include "model/series/decay_model.hpp"
#include "model/series/decay_second.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {

namespace {

constexpr double ln_tau_prior_sd = 3.0;
constexpr double ln_tau_reach = 12.0;  ///< Box: e^12 beyond the last time, e^24 before it.
constexpr double beta_low = 0.1;
constexpr double beta_high = 1.0;
constexpr double beta_prior_mean = 0.5;
constexpr double beta_prior_sd = 0.25;
constexpr std::size_t rows_min = 8;
constexpr double gain_min = 25.0;     ///< In chi2 against a constant: else no change is seen.
constexpr double known_share = 0.5;   ///< Error of a combination: above it is not known.
constexpr double master_decades = 8;  ///< Of time: no single test lasts so long.

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

NamedFitOptions frame_options(const DecayRows& rows, const record::FitOptions& options) {
    NamedFitOptions out;
    out.evaluations_max = std::max(20, options.iterations_max);
    out.series_ends = rows.group_ends();
    out.sigma_is_relative = !rows.has_sigmas;
    return out;
}

double ln_first_time(const DecayRows& rows) {
    double first = rows.last_time_s();
    for (const auto& row : rows.rows) {
        first = row.time_s > 0.0 ? std::min(first, row.time_s) : first;
    }
    return std::log(first);
}

/// What to do with a master curve that is no stretched exponential; empty of a single test.
std::string advice_on_spectra(const DecayRows& rows) {
    const double ln_span = std::log(rows.last_time_s()) - ln_first_time(rows);
    const double decades = ln_span / std::numbers::ln10;
    return decades < master_decades
               ? std::string()
               : "; over " + short_text(std::round(decades), 2) +
                     " decades of time a spectrum of processes is seen and not one: give the "
                     "moduli against omega_rad_s to kww, bergman or qpd, the isotherms themselves "
                     "to master-curve, or relaxation the rows of a few decades";
}

/// What to do where one stretched exponential is not the law.
std::string advice(const DecayRows& rows) {
    const std::string spectra = advice_on_spectra(rows);
    return !spectra.empty() ? spectra
                            : "; leave out the loading, or fit a part of the times by itself";
}

class Decay {
  public:
    Decay(const DecayRows& rows, const DecaySetup& setup, const record::FitOptions& options)
        : rows_(rows), setup_(setup), options_(options) {}

    DecayFit run() {
        out_.reason = problem_of_rows();
        if (out_.reason.empty()) {
            out_.reason = problem_of_options();
        }
        if (!out_.reason.empty()) {
            return out_;
        }
        out_.last_time_s = rows_.last_time_s();
        double largest = 0.0;
        for (const auto& row : rows_.rows) {
            largest = std::max(largest, std::abs(row.value));
        }
        out_.unit = largest;
        auto ln_tau = fixed(setup_.name_tau);
        if (ln_tau) {
            ln_tau = std::log(*ln_tau);
        }
        const auto starts = decay_starts(rows_, out_.unit, ln_tau, fixed(setup_.name_beta));
        if (starts.empty() || !is_change_seen(starts.front())) {
            out_.reason = "no change of " + setup_.what + " with time is seen above its noise";
            return out_;
        }
        DecayModel model(rows_, out_.unit);
        for (const auto& start : starts) {
            const auto coordinates = coordinates_from(start);
            const NamedFit fit = fit_named(model, coordinates, frame_options(rows_, options_));
            if (fit.is_usable() && (!out_.fit.is_usable() || fit.cost < out_.fit.cost)) {
                out_.fit = fit;
                out_.coordinates = coordinates;
            }
        }
        judge();
        return out_;
    }

  private:
    [[nodiscard]] std::string problem_of_rows() const {
        if (rows_.rows.size() < rows_min) {
            return "too few rows: " + std::to_string(rows_.rows.size()) + " of " + setup_.what +
                   " against time where " + std::to_string(rows_min) + " are needed";
        }
        std::size_t times = 0;
        for (std::size_t i = 0; i < rows_.rows.size(); ++i) {
            times += i == 0 || rows_.rows[i].time_s != rows_.rows[i - 1].time_s ? 1U : 0U;
        }
        if (times < rows_min || !(rows_.last_time_s() > 0.0)) {
            return "too few different times: give rows over a span of time_s";
        }
        return {};
    }

    [[nodiscard]] std::string problem_of_options() const {
        for (const auto& name : options_.freed) {
            if (!is_known(name)) {
                return "--free " + name + ": " + names();
            }
        }
        for (const auto& [name, value] : options_.fixed) {
            if (!is_known(name)) {
                return "--fix " + name + ": " + names();
            }
            const bool is_time = name == setup_.name_tau;
            const bool is_shape = name == setup_.name_beta;
            if (!std::isfinite(value) || (is_time && value <= 0.0) ||
                (is_shape && (value < beta_low || value > beta_high))) {
                return "--fix " + name + " is outside its range (tau_s > 0, beta 0.1 to 1)";
            }
        }
        for (const auto& [name, prior] : options_.priors) {
            if (!is_known(name)) {
                return "--prior " + name + ": " + names();
            }
            const bool is_time = name == setup_.name_tau;
            if (!std::isfinite(prior.mean) || !(prior.sd > 0.0) || !std::isfinite(prior.sd) ||
                (is_time && prior.mean <= 0.0)) {
                return "--prior " + name + " needs a finite mean and a standard deviation above 0";
            }
        }
        return {};
    }

    [[nodiscard]] bool is_known(const std::string& name) const {
        return name == setup_.name_0 || name == setup_.name_inf || name == setup_.name_tau ||
               name == setup_.name_beta;
    }
    [[nodiscard]] std::string names() const {
        return "the parameters are " + setup_.name_0 + ", " + setup_.name_inf + ", " +
               setup_.name_tau + ", " + setup_.name_beta;
    }
    [[nodiscard]] std::optional<double> fixed(const std::string& name) const {
        const auto found = options_.fixed.find(name);
        return found == options_.fixed.end() ? std::nullopt : std::optional(found->second);
    }

    /// Against a constant, in units of the noise: given, or what the best start leaves.
    [[nodiscard]] bool is_change_seen(const DecayStart& start) const {
        const double n = static_cast<double>(rows_.rows.size());
        const double freedom = n - 2.0 - 2.0 * static_cast<double>(rows_.groups());
        const double noise = rows_.has_sigmas ? std::max(1.0, start.chi2 / std::max(1.0, freedom))
                                              : start.chi2 / std::max(1.0, freedom);
        return start.chi2_constant - start.chi2 > gain_min * noise;
    }

    /// The option's value in units of the coordinate.
    void apply(NamedCoordinate& c, double unit, bool is_logarithm) const {
        if (const auto value = fixed(c.name)) {
            c.is_fixed = true;
            c.start = is_logarithm ? std::log(*value) : *value / unit;
        }
        if (const auto found = options_.priors.find(c.name); found != options_.priors.end()) {
            const auto& p = found->second;
            c.prior_mean = is_logarithm ? std::log(p.mean) : p.mean / unit;
            c.prior_sd = is_logarithm ? p.sd / p.mean : p.sd / unit;
        }
    }

    [[nodiscard]] std::vector<NamedCoordinate> coordinates_from(const DecayStart& start) const {
        const double ln_last = std::log(out_.last_time_s);
        std::vector<NamedCoordinate> all(2 + 2 * rows_.groups());
        auto& tau = all[decay_ln_tau];
        tau.name = setup_.name_tau;
        tau.start = start.ln_tau;
        // A test ends somewhere near tau; a master curve of more than ten decades anywhere about
        // it.
        const double beyond = std::max(0.0, ln_last - ln_first_time(rows_) - 2.0 * ln_tau_reach);
        tau.prior_mean = ln_last - 0.5 * beyond;
        tau.prior_sd = ln_tau_prior_sd + 0.5 * beyond;
        tau.low = ln_last - 2.0 * ln_tau_reach - beyond;
        tau.high = ln_last + ln_tau_reach;
        apply(tau, 1.0, true);
        auto& beta = all[decay_beta];
        beta.name = setup_.name_beta;
        beta.start = start.beta;
        beta.prior_mean = beta_prior_mean;
        beta.prior_sd = beta_prior_sd;
        beta.low = beta_low;
        beta.high = beta_high;
        apply(beta, 1.0, false);
        for (std::size_t g = 0; g < rows_.groups(); ++g) {
            auto& first = all[decay_value_0(g)];
            first.name = setup_.name_0;
            first.start = std::max(0.0, start.ends[2 * g]);
            first.prior_mean = first_value(g);
            first.prior_sd = std::max(0.5, first.prior_mean);
            first.low = 0.0;
            auto& inf = all[decay_value_inf(g)];
            inf.name = setup_.name_inf;
            inf.start = std::max(0.0, start.ends[2 * g + 1]);
            inf.prior_mean = setup_.inf_prior_mean * last_value(g);
            inf.prior_sd = setup_.inf_prior_sd * last_value(g);
            inf.low = 0.0;
            if (g == 0) {
                apply(first, out_.unit, false);
                apply(inf, out_.unit, false);
            }
        }
        return all;
    }

    [[nodiscard]] double first_value(std::size_t group) const {
        const auto row = std::find_if(rows_.rows.begin(), rows_.rows.end(), [group](const auto& r) {
            return r.group == group;
        });
        return std::abs(row->value) / out_.unit;
    }
    [[nodiscard]] double last_value(std::size_t group) const {
        const auto row =
            std::find_if(rows_.rows.rbegin(), rows_.rows.rend(), [group](const auto& r) {
                return r.group == group;
            });
        return std::abs(row->value) / out_.unit;
    }

    void judge() {
        if (!out_.fit.is_usable()) {
            out_.reason =
                "the fit did not converge: the rows do not follow one stretched exponential" +
                advice(rows_);
            return;
        }
        if (2 * out_.fit.flagged.size() > rows_.rows.size()) {
            out_.reason =
                "more than half of the rows would be outliers: they do not follow one "
                "stretched exponential" +
                advice(rows_);
            return;
        }
        const double fall = out_.fit.q[at(decay_value_0(0))] - out_.fit.q[at(decay_value_inf(0))];
        if (setup_.must_fall && fall <= 0.0) {
            out_.reason = setup_.what + " does not fall with time";
        }
    }

    const DecayRows& rows_;
    const DecaySetup& setup_;
    const record::FitOptions& options_;
    DecayFit out_;
};

Eigen::VectorXd unit_vector(const DecayFit& decay, std::size_t i, double value) {
    Eigen::VectorXd g = Eigen::VectorXd::Zero(at(decay.coordinates.size()));
    g[at(i)] = value;
    return g;
}

}  // namespace

record::ParameterEstimate DecayFit::tau(std::string name) const {
    const auto g = unit_vector(*this, decay_ln_tau, 1.0);
    return report(fit, coordinates, std::move(name), fit.q[at(decay_ln_tau)], g, true);
}

record::ParameterEstimate DecayFit::beta(std::string name) const {
    const auto g = unit_vector(*this, decay_beta, 1.0);
    return report(fit, coordinates, std::move(name), fit.q[at(decay_beta)], g, false);
}

record::ParameterEstimate DecayFit::value_0(std::string name, std::size_t group) const {
    const std::size_t i = decay_value_0(group);
    const auto g = unit_vector(*this, i, unit);
    return report(fit, coordinates, std::move(name), unit * fit.q[at(i)], g, false);
}

record::ParameterEstimate DecayFit::value_inf(std::string name, std::size_t group) const {
    const std::size_t i = decay_value_inf(group);
    const auto g = unit_vector(*this, i, unit);
    return report(fit, coordinates, std::move(name), unit * fit.q[at(i)], g, false);
}

record::ParameterEstimate DecayFit::progress(std::string name) const {
    const auto g = unit_vector(*this, decay_ln_tau, -1.0);
    const double value = std::log(last_time_s) - fit.q[at(decay_ln_tau)];
    return report(fit, coordinates, std::move(name), value, g, true);
}

record::ParameterEstimate DecayFit::time_to_10_percent(std::string name) const {
    const double lnln10 = std::log(std::numbers::ln10);
    const double beta = fit.q[at(decay_beta)];
    auto g = unit_vector(*this, decay_ln_tau, 1.0);
    g[at(decay_beta)] = -lnln10 / (beta * beta);
    const double value = fit.q[at(decay_ln_tau)] + lnln10 / beta;
    return report(fit, coordinates, std::move(name), value, g, true);
}

std::optional<record::KnownCombination> DecayFit::initial_curvature(const DecaySetup& setup) const {
    const auto is_known = [this](std::size_t i) {
        return fit.states[i] == record::ParameterState::determined ||
               fit.states[i] == record::ParameterState::fixed;
    };
    if (is_known(decay_ln_tau) && is_known(decay_value_inf(0))) {
        return std::nullopt;
    }
    const double ln_tau = fit.q[at(decay_ln_tau)];
    const double beta = fit.q[at(decay_beta)];
    const double amplitude = fit.q[at(decay_value_0(0))] - fit.q[at(decay_value_inf(0))];
    const double rate = unit * std::exp(-beta * ln_tau);
    auto g = unit_vector(*this, decay_ln_tau, -beta * rate * amplitude);
    g[at(decay_beta)] = -ln_tau * rate * amplitude;
    g[at(decay_value_0(0))] = rate;
    g[at(decay_value_inf(0))] = -rate;
    record::KnownCombination out;
    out.expression = "(" + setup.name_0 + " - " + setup.name_inf + ") / " + setup.name_tau + "^" +
                     setup.name_beta;
    out.names = {setup.name_0, setup.name_inf, setup.name_tau, setup.name_beta};
    out.value = rate * amplitude;
    out.standard_error = std::sqrt(std::max(0.0, g.dot(fit.covariance * g)));
    out.experiment =
        "Hold on until t is about 2 tau, or repeat at a higher temperature where tau "
        "is shorter.";
    if (!std::isfinite(out.value) || !(out.standard_error < known_share * std::abs(out.value))) {
        return std::nullopt;
    }
    return out;
}

DecayFit fit_decay(
    const DecayRows& rows, const DecaySetup& setup, const record::FitOptions& options
) {
    return Decay(rows, setup, options).run();
}

namespace {

void publish_profiles(
    const DecayRows& rows,
    const record::FitOptions& options,
    const DecayFit& decay,
    record::FitResult& result
) {
    const std::size_t places[] = {decay_value_0(0), decay_value_inf(0), decay_ln_tau, decay_beta};
    DecayModel model(rows, decay.unit);
    for (std::size_t k = 0; k < result.parameters.size(); ++k) {
        const auto interval = profile_interval(
            model, decay.coordinates, frame_options(rows, options), decay.fit, places[k]
        );
        if (!interval) {
            continue;
        }
        const bool is_tau = places[k] == decay_ln_tau;
        const bool is_end = places[k] != decay_beta && !is_tau;
        const double unit = is_end ? decay.unit : 1.0;
        auto& e = result.parameters[k];
        e.profile_low = is_tau ? std::exp(interval->first) : unit * interval->first;
        e.profile_high = is_tau ? std::exp(interval->second) : unit * interval->second;
    }
}

/// The longest run of one sign, in time and size.
std::string where_it_fails(const DecayRows& rows, const DecayFit& decay, const std::string& what) {
    std::size_t best_first = 0;
    std::size_t best_last = 0;
    std::size_t first = 0;
    const auto sign = [&decay](std::size_t i) { return decay.fit.residuals[at(i)] > 0.0; };
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        if (i > 0 && (sign(i) != sign(i - 1) || rows.rows[i].group != rows.rows[i - 1].group)) {
            first = i;
        }
        if (i - first > best_last - best_first) {
            best_first = first;
            best_last = i;
        }
    }
    double sum = 0.0;
    for (std::size_t i = best_first; i <= best_last; ++i) {
        sum += std::abs(decay.fit.residuals[at(i)]);
    }
    return "one stretched exponential stays " +
           std::string(sign(best_first) ? "above " : "below ") + what +
           " from t = " + short_text(rows.rows[best_first].time_s) + " s to " +
           short_text(rows.rows[best_last].time_s) + " s, by " +
           short_text(sum / static_cast<double>(best_last - best_first + 1), 2) +
           " standard deviations";
}

/// Of the coordinates that are free and not undetermined, in the order of the parameters.
void publish_correlations(const DecayFit& decay, record::FitResult& result) {
    const std::size_t places[] = {decay_value_0(0), decay_value_inf(0), decay_ln_tau, decay_beta};
    std::vector<std::size_t> shown;
    for (std::size_t k = 0; k < result.parameters.size(); ++k) {
        const auto state = result.parameters[k].state;
        if (state != record::ParameterState::fixed &&
            state != record::ParameterState::undetermined) {
            result.correlation_names.push_back(result.parameters[k].name);
            shown.push_back(places[k]);
        }
    }
    const auto& C = decay.fit.covariance;
    for (const std::size_t a : shown) {
        for (const std::size_t b : shown) {
            const double scale = std::sqrt(C(at(a), at(a)) * C(at(b), at(b)));
            result.correlations.push_back(a == b ? 1.0 : C(at(a), at(b)) / scale);
        }
    }
}

}  // namespace

void publish_decay(
    const DecayRows& rows,
    const DecaySetup& setup,
    const record::FitOptions& options,
    const DecayFit& decay,
    record::FitResult& result
) {
    if (!decay.is_usable()) {
        result.status = "no_estimate";
        result.reason = decay.reason;
        return;
    }
    result.status = "converged";
    result.parameters = {
        decay.value_0(setup.name_0, 0),
        decay.value_inf(setup.name_inf, 0),
        decay.tau(setup.name_tau),
        decay.beta(setup.name_beta)
    };
    if (options.wants_profiles) {
        publish_profiles(rows, options, decay, result);
    }
    publish_correlations(decay, result);
    result.reduced_chi2 = decay.fit.reduced_chi2;
    result.flagged_seqs = rows.outliers;
    result.n_flagged = rows.outliers.size();
    for (const std::size_t i : decay.fit.flagged) {
        result.flagged_seqs.push_back(rows.rows[i].seq);
        result.n_flagged += static_cast<std::uint64_t>(rows.rows[i].count);
    }
    std::sort(result.flagged_seqs.begin(), result.flagged_seqs.end());
    if (const auto known = decay.initial_curvature(setup)) {
        result.known_combinations.push_back(*known);
    }
    result.residuals = decay.fit.check;
    if (result.residuals->is_alarm) {
        result.residuals->sentence += "; " + where_it_fails(rows, decay, setup.what);
        const auto second = second_process(rows, decay, frame_options(rows, options));
        result.alternatives = second.alternatives;
        result.residuals->sentence += second.sentence.empty() ? "" : "; " + second.sentence;
        result.residuals->sentence += advice_on_spectra(rows);
    }
    result.warm_start = {
        {setup.name_tau, std::exp(decay.fit.q[at(decay_ln_tau)])},
        {setup.name_beta, decay.fit.q[at(decay_beta)]}
    };
    if (!rows.has_sigmas) {
        result.warnings.push_back(
            "no standard deviations of " + setup.what +
            " are given: the errors come from the scatter of the residuals"
        );
    }
}

}  // namespace relaxd::model
