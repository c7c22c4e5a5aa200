// SPDX-License-Identifier: MIT
//
// Creep and recovery (ANALYSIS 4.2 D; S1 Eqs. 17-21, 25a; PHYSICS 2).
#include "model/domain.hpp"
#include "model/series/creep_residuals.hpp"
#include "model/series/series.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace relaxd::model {

namespace {

using record::FitResult;
using record::ParameterEstimate;

constexpr double outlier_sd = 6.0;   ///< Of single rows, in units of their scatter.
constexpr double known_error = 0.3;  ///< Of the logarithm of a combination.
constexpr double much_better = 0.5;  ///< Than each of its members.
constexpr int evaluations_alternative = 60;

FitResult no_estimate(FitResult result, std::string reason) {
    result.status = "no_estimate";
    result.reason = std::move(reason);
    return result;
}

class Creep {
  public:
    Creep(const record::FitOptions& options, CreepData data, CreepSetup setup)
        : options_(options), data_(std::move(data)), setup_(std::move(setup)) {}

    FitResult run() {
        FitResult out;
        fill_head(out);
        if (!fit_all()) {
            return no_estimate(std::move(out), failure());
        }
        if (mark_outliers() && !fit_all()) {
            return no_estimate(std::move(out), failure());
        }
        if (!fit_.q.allFinite() || !std::isfinite(fit_.reduced_chi2)) {
            return no_estimate(std::move(out), "the fit has no finite result");
        }
        out.status = "converged";
        out.reduced_chi2 = fit_.reduced_chi2;
        out.residuals = fit_.check;
        add_parameters(out);
        add_derived(out);
        add_correlations(out);
        add_combinations(out);
        if (options_.wants_alternatives) {
            add_alternatives(out);
        }
        count_rows(out);
        for (std::size_t k = 0; k < setup_.coordinates.size(); ++k) {
            out.warm_start[setup_.coordinates[k].name] = fit_.q[static_cast<Eigen::Index>(k)];
        }
        return out;
    }

  private:
    void fill_head(FitResult& out) const {
        out.model = "creep";
        out.form = to_word(options_.form);
        out.formulation = to_word(setup_.laws.formulation);
        out.warnings = data_.warnings;
        out.warnings.insert(out.warnings.end(), setup_.warnings.begin(), setup_.warnings.end());
        if (!data_.sigma_given) {
            out.warnings.push_back(
                data_.is_smooth
                    ? "sigmas: none given and no scatter seen; 2e-5 of the largest strain"
                    : "sigmas: from the scatter of neighbouring rows"
            );
        }
        if (!data_.stress_known) {
            out.warnings.push_back("no stress given: the compliance is taken as it stands");
        }
    }

    [[nodiscard]] std::string failure() const {
        return "the fit found no optimum (" + std::string(to_word(fit_.termination)) + ")";
    }

    [[nodiscard]] NamedFitOptions fit_options(const CreepResiduals& model) const {
        NamedFitOptions o;
        o.evaluations_max = options_.iterations_max;
        o.series_ends = model.series_ends();
        o.sigma_is_relative = data_.sigma_is_relative();
        return o;
    }

    /// From the warm start where there is one, else (or when that ends badly) from the data.
    bool fit_all() {
        CreepResiduals model(data_, setup_);
        const NamedFitOptions o = fit_options(model);
        const bool is_warm = take_warm_start();
        if (!is_warm) {
            set_starts(model.start());
        }
        fit_ = fit_named(model, setup_.coordinates, o);
        const bool is_bad =
            !fit_.is_usable() || (!data_.sigma_is_relative() && fit_.reduced_chi2 > 4.0);
        if (is_warm && is_bad) {
            const NamedFit first = fit_;
            set_starts(model.start());
            fit_ = fit_named(model, setup_.coordinates, o);
            if (first.is_usable() && (!fit_.is_usable() || first.cost < fit_.cost)) {
                fit_ = first;
            }
        }
        if (!fit_.is_usable() && set_prior_starts()) {
            fit_ = fit_named(model, setup_.coordinates, o);
        }
        return fit_.is_usable();
    }

    void set_starts(const Eigen::VectorXd& q) {
        for (std::size_t k = 0; k < creep_main_count; ++k) {
            if (!setup_.coordinates[k].is_fixed) {
                setup_.coordinates[k].start = q[static_cast<Eigen::Index>(k)];
            }
        }
    }

    bool set_prior_starts() {
        for (std::size_t k = 0; k < creep_main_count; ++k) {
            NamedCoordinate& c = setup_.coordinates[k];
            c.start = c.is_fixed ? c.start : std::clamp(c.prior_mean, c.low, c.high);
        }
        return true;
    }

    bool take_warm_start() {
        const auto& from = own_start_.empty() ? options_.start : own_start_;
        bool all = !from.empty();
        for (std::size_t k = 0; k < creep_main_count && all; ++k) {
            NamedCoordinate& c = setup_.coordinates[k];
            const auto found = from.find(c.name);
            all = c.is_fixed || (found != from.end() && std::isfinite(found->second));
            if (all && !c.is_fixed) {
                c.start = std::clamp(found->second, c.low, c.high);
            }
        }
        return all;
    }

    /// Rows far from the curve leave their bins; a bin of one row is the robust loss's business.
    bool mark_outliers() {
        bool any = false;
        std::size_t bin = 0;
        for (CreepTest& test : data_.tests) {
            const std::size_t first = bin;
            bin += test.bins.size();
            if (test.rows.size() < 2 * test.bins.size()) {
                continue;
            }
            std::vector<double> z = deviations(test, first);
            std::vector<double> sorted = z;
            const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
            std::nth_element(sorted.begin(), middle, sorted.end());
            const double least = data_.sigma_is_relative() ? 0.0 : 1.0;
            const double limit = outlier_sd * std::max(least, 1.4826 * *middle);
            bool here = false;
            for (std::size_t k = 0; k < z.size(); ++k) {
                test.rows[k].is_out = z[k] > limit;
                here = here || test.rows[k].is_out;
            }
            if (here) {
                bin_rows(test);
                any = true;
            }
        }
        for (std::size_t k = 0; any && k < creep_main_count; ++k) {
            own_start_[setup_.coordinates[k].name] = fit_.q[static_cast<Eigen::Index>(k)];
        }
        return any;
    }

    /// |row - curve| in standard deviations, the curve between the bins straight in time.
    [[nodiscard]] std::vector<double> deviations(const CreepTest& test, std::size_t first) const {
        const double unit = data_.sigma_is_relative() ? fit_.sigma_unit : 1.0;
        std::vector<double> curve;
        for (std::size_t k = 0; k < test.bins.size(); ++k) {
            const double r = fit_.residuals[static_cast<Eigen::Index>(first + k)];
            curve.push_back(test.bins[k].strain + r * unit * test.bins[k].sigma);
        }
        std::vector<double> z(test.rows.size(), 0.0);
        for (std::size_t b = 0; b < test.bins.size(); ++b) {
            const CreepRow& bin = test.bins[b];
            const std::size_t piece = test.history.piece_at(bin.time_s);
            for (std::size_t k = bin.first; k < bin.first + bin.count && bin.count > 1; ++k) {
                const CreepRow& row = test.rows[k];
                std::size_t other = row.time_s < bin.time_s ? b - 1 : b + 1;
                const auto is_near = [&](std::size_t o) {
                    return o < test.bins.size() &&
                           test.history.piece_at(test.bins[o].time_s) == piece;
                };
                if (!is_near(other)) {
                    other = row.time_s < bin.time_s ? b + 1 : b - 1;
                }
                double value = curve[b];
                if (is_near(other)) {
                    value += (curve[other] - curve[b]) * (row.time_s - bin.time_s) /
                             (test.bins[other].time_s - bin.time_s);
                }
                z[k] = std::abs(row.strain - value) / row.sigma;
            }
        }
        return z;
    }

    // --- the answer

    [[nodiscard]] Eigen::VectorXd unit(CreepCoordinate which) const {
        Eigen::VectorXd g = Eigen::VectorXd::Zero(fit_.q.size());
        g[which] = 1.0;
        return g;
    }

    [[nodiscard]] ParameterEstimate estimate(
        std::string name, double value, const Eigen::VectorXd& gradient, bool is_logarithm
    ) const {
        return report(fit_, setup_.coordinates, std::move(name), value, gradient, is_logarithm);
    }

    /// ln tau_max in the coordinates.
    [[nodiscard]] Eigen::VectorXd tau_max_gradient() const {
        double by_chi = 0.0;
        (void)setup_.ln_tau_max(fit_.q, &by_chi);
        Eigen::VectorXd g = Eigen::VectorXd::Zero(fit_.q.size());
        if (setup_.fixed_t0) {
            g[creep_chi] = by_chi;
        } else {
            g[creep_ln_tau_max] = 1.0;
        }
        return g;
    }

    [[nodiscard]] CreepCoordinate flow() const {
        return setup_.is_A_vp_tied ? creep_ln_A_an : creep_ln_A_vp;
    }

    void add_parameters(FitResult& out) {
        const auto& q = fit_.q;
        auto& p = out.parameters;
        p.push_back(estimate("J_0_per_Pa", q[creep_ln_J_0], unit(creep_ln_J_0), true));
        p.push_back(estimate("A_an_per_Pa", q[creep_ln_A_an], unit(creep_ln_A_an), true));
        p.push_back(estimate("chi", q[creep_chi], unit(creep_chi), false));
        p.push_back(estimate("tau_max_s", setup_.ln_tau_max(q), tau_max_gradient(), true));
        p.push_back(estimate("A_vp_per_Pa", q[flow()], unit(flow()), true));
        const bool recovers = std::any_of(
            data_.tests.begin(), data_.tests.end(), [](const auto& t) { return t.has_recovery; }
        );
        if (recovers) {
            p.push_back(
                estimate("recovery_time_ratio", q[creep_ln_ratio], unit(creep_ln_ratio), true)
            );
        }
        if (options_.wants_profiles) {
            add_profiles(out);
        }
    }

    void add_profiles(FitResult& out) {
        CreepResiduals model(data_, setup_);
        const NamedFitOptions o = fit_options(model);
        for (ParameterEstimate& p : out.parameters) {
            for (std::size_t k = 0; k < creep_main_count; ++k) {
                const NamedCoordinate& c = setup_.coordinates[k];
                if (c.name != p.name || c.is_fixed) {
                    continue;
                }
                const auto ends = profile_interval(model, setup_.coordinates, o, fit_, k);
                if (ends) {
                    const bool is_log = k != creep_chi;
                    p.profile_low = is_log ? std::exp(ends->first) : ends->first;
                    p.profile_high = is_log ? std::exp(ends->second) : ends->second;
                }
            }
        }
    }

    void add_derived(FitResult& out) const {
        const CreepTest& test = data_.tests.back();
        const double last_s = test.rows.back().time_s;
        const CreepResiduals model(data_, setup_);
        CreepParts parts;
        if (model.parts(fit_.q, test, last_s, parts)) {
            auto& d = out.derived;
            d.push_back(estimate("eps_el", parts.el, parts.d_el, false));
            if (setup_.laws.has_beta) {
                d.push_back(
                    estimate("eps_beta", parts.beta, Eigen::VectorXd::Zero(fit_.q.size()), false)
                );
            } else {
                ParameterEstimate beta;
                beta.name = "eps_beta";
                d.push_back(beta);
                out.warnings.push_back("eps_el holds the beta part: E_u_Pa and A_beta are not known"
                );
            }
            d.push_back(estimate("eps_an", parts.an, parts.d_an, false));
            d.push_back(estimate("eps_vp", parts.vp, parts.d_vp, false));
            if (test.has_recovery) {
                d.push_back(estimate("eps_permanent", parts.vp, parts.d_vp, false));
            }
            for (std::size_t k = 0; k < d.size(); ++k) {
                d[k].method = "at " + shown(last_s) + " s of " + test.name;
            }
        }
        // Elongation carries three times the viscosity of shear.
        const Eigen::VectorXd viscosity = tau_max_gradient() - unit(flow());
        const double ln_viscosity = setup_.ln_tau_max(fit_.q) - fit_.q[flow()];
        const bool is_shear = is_shear_;
        out.derived.push_back(estimate(
            "viscosity_flow_Pa_s", ln_viscosity - (is_shear ? 0.0 : std::log(3.0)), viscosity, true
        ));
        if (setup_.laws.has_beta) {
            const double chi = fit_.q[creep_chi];
            const double ln_max = setup_.ln_tau_max(fit_.q);
            const double above = ln_max - setup_.laws.ln_tau_beta;
            const double height = chi / (1.0 - chi) * above;
            Eigen::VectorXd g = -chi / (1.0 - chi) * tau_max_gradient();
            g[creep_chi] -= above / ((1.0 - chi) * (1.0 - chi));
            out.derived.push_back(estimate("t0_s", setup_.laws.ln_tau_beta - height, g, true));
        }
    }

    void add_correlations(FitResult& out) const {
        std::vector<std::size_t> free;
        for (std::size_t k = 0; k < setup_.coordinates.size(); ++k) {
            const auto i = static_cast<Eigen::Index>(k);
            if (!setup_.coordinates[k].is_fixed && fit_.covariance(i, i) > 0.0) {
                free.push_back(k);
                out.correlation_names.push_back(setup_.coordinates[k].name);
            }
        }
        for (const std::size_t a : free) {
            for (const std::size_t b : free) {
                const auto i = static_cast<Eigen::Index>(a);
                const auto j = static_cast<Eigen::Index>(b);
                const double c = fit_.covariance(i, j) /
                                 std::sqrt(fit_.covariance(i, i) * fit_.covariance(j, j));
                out.correlations.push_back(std::clamp(c, -1.0, 1.0));
            }
        }
    }

    [[nodiscard]] double sd(const Eigen::VectorXd& gradient) const {
        return std::sqrt(std::max(0.0, gradient.dot(fit_.covariance * gradient)));
    }

    /// Adds exp(`value`) where it is known and its members are not.
    void add_combination(
        FitResult& out,
        std::string expression,
        std::vector<std::string> names,
        double value,
        const Eigen::VectorXd& gradient,
        std::string experiment
    ) const {
        const double error = sd(gradient);
        double weakest = 0.0;
        for (Eigen::Index k = 0; k < gradient.size(); ++k) {
            weakest = std::max(weakest, std::abs(gradient[k]) * std::sqrt(fit_.covariance(k, k)));
        }
        const bool is_open = std::any_of(
            out.parameters.begin(),
            out.parameters.end(),
            [&](const ParameterEstimate& p) {
                return p.state != record::ParameterState::determined &&
                       p.state != record::ParameterState::fixed &&
                       std::find(names.begin(), names.end(), p.name) != names.end();
            }
        );
        if (!is_open || !(error < known_error) || !(error < much_better * weakest)) {
            return;
        }
        record::KnownCombination c;
        c.expression = std::move(expression);
        c.names = std::move(names);
        c.value = std::exp(value);
        c.standard_error = c.value * error;
        c.experiment = std::move(experiment);
        out.known_combinations.push_back(std::move(c));
    }

    void add_combinations(FitResult& out) const {
        const double ln_max = setup_.ln_tau_max(fit_.q);
        const double chi = fit_.q[creep_chi];
        if (!setup_.is_A_vp_tied) {
            add_combination(
                out,
                "A_vp_per_Pa / tau_max_s",
                {"A_vp_per_Pa", "tau_max_s"},
                fit_.q[creep_ln_A_vp] - ln_max,
                unit(creep_ln_A_vp) - tau_max_gradient(),
                "Remove the load and follow the recovery for three times the loading time (or tie "
                "A_vp to A_an): what comes back is anelastic and fixes tau_max."
            );
        }
        Eigen::VectorXd early = unit(creep_ln_A_an) - chi * tau_max_gradient();
        early[creep_chi] -= ln_max + 1.0 / chi;
        add_combination(
            out,
            "A_an_per_Pa tau_max_s^-chi / chi",
            {"A_an_per_Pa", "tau_max_s", "chi"},
            fit_.q[creep_ln_A_an] - chi * ln_max - std::log(chi),
            early,
            "Load for longer than tau_an, or at a higher temperature: before t = tau_an only the "
            "rise as t^chi is seen."
        );
        if (out.known_combinations.empty()) {
            add_traded_pair(out);
        }
    }

    /// What is left of a traded pair: a power of one times the other.
    void add_traded_pair(FitResult& out) const {
        for (std::size_t a = 0; a < creep_main_count; ++a) {
            const std::size_t b = fit_.traded_with[a];
            if (b <= a || b >= creep_main_count || a == creep_chi || b == creep_chi ||
                fit_.states[a] != record::ParameterState::traded) {
                continue;
            }
            const auto i = static_cast<Eigen::Index>(a);
            const auto j = static_cast<Eigen::Index>(b);
            const double power = -fit_.covariance(i, j) / fit_.covariance(j, j);
            Eigen::VectorXd g = Eigen::VectorXd::Zero(fit_.q.size());
            g[i] = 1.0;
            g[j] = power;
            const std::string rounded = shown(std::round(100.0 * power) / 100.0);
            const auto& c = setup_.coordinates;
            add_combination(
                out,
                c[a].name + " " + c[b].name + "^" + rounded,
                {c[a].name, c[b].name},
                fit_.q[i] + std::round(100.0 * power) / 100.0 * fit_.q[j],
                g,
                "Follow the recovery after the load for three times the loading time: what comes "
                "back is anelastic."
            );
            return;
        }
    }

    /// A_vp tied and free, on the same rows.
    void add_alternatives(FitResult& out) const {
        const auto& vp = setup_.coordinates[creep_ln_A_vp];
        if (vp.is_fixed && !setup_.is_A_vp_tied) {
            return;
        }
        CreepSetup other = setup_;
        for (std::size_t k = 0; k < other.coordinates.size(); ++k) {
            other.coordinates[k].start = fit_.q[static_cast<Eigen::Index>(k)];
        }
        other.is_A_vp_tied = !setup_.is_A_vp_tied;
        other.coordinates[creep_ln_A_vp].is_fixed = other.is_A_vp_tied;
        if (!other.is_A_vp_tied) {
            other.coordinates[creep_ln_A_vp].start = fit_.q[creep_ln_A_an];
        }
        CreepResiduals model(data_, other);
        NamedFitOptions o = fit_options(model);
        o.evaluations_max = evaluations_alternative;
        const NamedFit fit = fit_named(model, other.coordinates, o);
        if (!fit.is_usable() || !std::isfinite(fit.bic)) {
            return;
        }
        const auto add = [&](bool is_tied, const NamedFit& f, bool is_chosen) {
            out.alternatives.push_back(
                {is_tied ? "A_vp = A_an" : "A_vp free", f.chi2, f.n_free, f.aic, f.bic, is_chosen}
            );
        };
        add(setup_.is_A_vp_tied, fit_, true);
        add(other.is_A_vp_tied, fit, false);
    }

    void count_rows(FitResult& out) const {
        std::size_t bin = 0;
        for (const CreepTest& test : data_.tests) {
            out.n_points += test.rows.size();
            for (const CreepRow& r : test.rows) {
                if (r.is_out) {
                    out.flagged_seqs.push_back(r.seq);
                }
                out.first_seq = out.first_seq == 0 ? r.seq : std::min(out.first_seq, r.seq);
                out.last_seq = std::max(out.last_seq, r.seq);
            }
            for (const CreepRow& b : test.bins) {
                const bool is_flagged =
                    std::find(fit_.flagged.begin(), fit_.flagged.end(), bin) != fit_.flagged.end();
                for (std::size_t k = 0; is_flagged && k < b.count; ++k) {
                    if (!test.rows[b.first + k].is_out) {
                        out.flagged_seqs.push_back(test.rows[b.first + k].seq);
                    }
                }
                ++bin;
            }
        }
        std::sort(out.flagged_seqs.begin(), out.flagged_seqs.end());
        out.n_flagged = out.flagged_seqs.size();
    }

  public:
    void set_shear(bool is_shear) { is_shear_ = is_shear; }

  private:
    const record::FitOptions& options_;
    CreepData data_;
    CreepSetup setup_;
    NamedFit fit_;
    bool is_shear_ = false;
    std::map<std::string, double> own_start_;
};

}  // namespace

FitResult fit_creep(const record::SeriesData& data, const record::FitOptions& options) {
    FitResult out;
    out.model = "creep";
    out.form = to_word(options.form);
    auto prepared = prepare_creep(data);
    if (!prepared) {
        return no_estimate(std::move(out), prepared.error().message);
    }
    auto setup = set_up_creep(*prepared, options);
    if (!setup) {
        return no_estimate(std::move(out), setup.error().message);
    }
    Creep creep(options, std::move(*prepared), std::move(*setup));
    creep.set_shear(std::any_of(data.points.begin(), data.points.end(), [](const auto& p) {
        return p.is_shear;
    }));
    return creep.run();
}

}  // namespace relaxd::model
