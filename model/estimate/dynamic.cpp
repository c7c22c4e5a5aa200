// SPDX-License-Identifier: MIT
//
// fit_dynamic: the full Eq. 25b fit (ANALYSIS 4.1, 4.2 C). The course of a fit is a function of the
// points, the options and the start vector alone: no clock, no random numbers.

#include "model/estimate/ascending.hpp"
#include "model/estimate/data_check.hpp"
#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/estimate/dynamic_more.hpp"
#include "model/estimate/dynamic_names.hpp"
#include "model/estimate/dynamic_objective.hpp"
#include "model/estimate/dynamic_polish.hpp"
#include "model/estimate/dynamic_report.hpp"
#include "model/estimate/dynamic_residuals.hpp"
#include "model/estimate/dynamic_search.hpp"
#include "model/estimate/dynamic_slope.hpp"
#include "model/estimate/dynamic_start.hpp"
#include "model/estimate/estimate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

namespace relaxd::model {

namespace {

constexpr std::uint64_t points_min = 3;
constexpr std::size_t frequencies_min = 3;  ///< At one temperature.
constexpr double cold_growth = 1.05;        ///< A cold fit checks the warm one when data grew so …
constexpr double alarm_growth = 1.02;       ///< … the same for residuals that run together.
constexpr double factor_growth = 1.1;       ///< … or when the misfit grew so.
constexpr double slope_evidence = 4.0;      ///< In BIC, that a slope of E_u must bring.
constexpr double T_g_detection = 25.0;      ///< Gain in chi2 that a break of chi(T) must bring.
constexpr double other_valley = 10.0;       ///< Cost on few rows up to which one is tried on all.
constexpr double poor_cost = 3.0;           ///< A row, of two numbers; noise makes 1.4.
constexpr int next_tries = 3;
constexpr double same_place = 2.0;  ///< Below, in cost, two solutions on few rows are one.

class DynamicFit {
  public:
    DynamicFit(const DynamicData& data, const record::FitOptions& options)
        : options_(options),
          data_(data),
          search_(data_.rows, options.form, options.iterations_max),
          polish_(data_.rows, options.form, options.iterations_max) {}

    record::FitResult run() {
        result_.model = "dynamic";
        result_.form = std::string(record::to_word(options_.form));
        result_.n_points = data_.n_points;
        result_.first_seq = data_.first_seq;
        result_.last_seq = data_.last_seq;
        if (!has_points()) {
            return result_;
        }
        if (data_.n_refused > 0) {
            result_.warnings.push_back(
                std::to_string(data_.n_refused) +
                " points without a finite temperature, frequency or modulus were left out"
            );
        }
        DynamicStart start = start_from_data(data_, options_);
        if (start.slope_is_automatic && options_.start.contains("E_u_slope_per_K")) {
            start.free_slope();  // as the fit before
        }
        if (!is_told_apart(start)) {
            return result_;
        }
        auto layout = dynamic_layout(start, options_);
        if (!layout) {
            result_.reason = layout.error().sentence();
            return result_;
        }
        if (start.T_g_is_from_data) {
            detect_T_g(start);
            layout = dynamic_layout(start, options_);
            if (!layout) {
                result_.reason = layout.error().sentence();
                return result_;
            }
        }
        if (layout->is_joint_shear && !(layout->bulk_modulus_Pa > 0.0)) {
            result_.warnings.push_back(
                "shear follows from tension by a constant Poisson's ratio, a shortcut: "
                "G* = E*/(2 (1 + poisson_ratio)); bulk_modulus_Pa is the better way"
            );
        }
        solve(*layout, start);
        return result_;
    }

  private:
    bool has_points() {
        if (data_.n_inputs > inputs_max) {
            result_.reason = std::to_string(data_.n_inputs) + " inputs with a scale each are too " +
                             "many for one fit; join at most " + std::to_string(inputs_max);
            return false;
        }
        if (data_.n_points >= points_min) {
            result_.reason = what_is_wrong(data_);
            return result_.reason.empty();
        }
        result_.reason = "only " + std::to_string(data_.n_points) + " usable points";
        if (data_.n_masked > 0) {
            result_.reason += " (" + std::to_string(data_.n_masked) + " above T_max_K are masked)";
        }
        if (data_.n_refused > 0) {
            result_.reason += " (" + std::to_string(data_.n_refused) + " are not finite)";
        }
        return false;
    }

    /// At one temperature two frequencies are too few; of a ramp one is, unless the operator knows
    /// the beta process: U_beta and B both widen its peak in T, and only frequencies tell them
    /// apart.
    bool is_told_apart(const DynamicStart& start) {
        std::set<long long> seen;  // to 0.1 %
        for (const auto& row : data_.rows) {
            seen.insert(std::llround(1e3 * row.ln_omega));
        }
        if (start.is_one_temperature && seen.size() < frequencies_min) {
            result_.reason =
                "one temperature and fewer than three frequencies: only the priors "
                "would tell the parameters apart; measure a ramp, or five frequencies "
                "in one decade";
        } else if (seen.size() == 1 && !is_beta_given()) {
            result_.reason =
                "one frequency: U_beta and B both come from the shape of one peak, which nothing "
                "tests; measure three or more, or give U_beta_J_mol, tau_beta0_s or B with --fix "
                "or --prior";
        }
        return result_.reason.empty();
    }

    [[nodiscard]] bool is_beta_given() const {
        constexpr std::array<const char*, 3> names = {"U_beta_J_mol", "tau_beta0_s", "B"};
        return std::any_of(names.begin(), names.end(), [this](const char* name) {
            return options_.fixed.contains(name) || options_.priors.contains(name);
        });
    }

    /// T_g from the fit itself: the gain in chi2 of a break of chi(T) inside the data against none.
    void detect_T_g(DynamicStart& start) {
        const double range = data_.T_max_K - data_.T_min_K;
        DynamicStart trial = start;
        trial.T_g_is_fixed = true;
        const Coordinates first = trial.q;
        trial.q[q_T_g] = data_.T_max_K + 50.0;
        const Coordinates without_break = with_T_g(first, trial.q[q_T_g]);
        const auto none = dynamic_layout(trial, options_);
        if (!none) {
            return;
        }
        trial.q = without_break;
        SolverResult fit = search_.cold(*none, trial);
        if (fit.termination == Termination::bad_start) {
            return;
        }
        double without = fit.at.cost;
        Coordinates q{};
        if (!none->expand(fit.p, q, nullptr)) {
            return;
        }
        double best = without;
        double best_T_g = 0.0;
        Coordinates best_q = q;
        const double step = std::max(6.0, range / 16.0);
        for (double T_g = data_.T_max_K - 5.0; T_g > data_.T_min_K + 0.3 * range; T_g -= step) {
            trial.q[q_T_g] = T_g;
            const auto layout = dynamic_layout(trial, options_);
            Coordinates from = with_T_g(q, T_g);
            from[q_a1] = std::max(from[q_a1], 0.0005);
            const SolverResult at = search_.solve(*layout, from);
            if (at.termination == Termination::bad_start) {
                continue;
            }
            (void)layout->expand(at.p, q, nullptr);
            if (at.at.cost < best) {
                best = at.at.cost;
                best_T_g = T_g;
                best_q = q;
            }
        }
        if (without - best < T_g_detection) {
            return;
        }
        // The same parameters without the break, and the whole list: one start may be unlucky.
        Coordinates flat = with_T_g(best_q, data_.T_max_K + 50.0);
        flat[q_a1] = first[q_a1];
        std::vector<Coordinates> others = extra_starts(without_break);
        others.push_back(flat);
        for (const auto& other : others) {
            fit = search_.solve(*none, other);
            if (fit.termination != Termination::bad_start) {
                without = std::min(without, fit.at.cost);
            }
        }
        if (without - best < T_g_detection || best_q[q_a1] <= 0.0) {
            return;
        }
        q = best_q;
        start.q[q_T_g] = best_T_g;
        start.prior_sd[q_T_g] = 2.0 * step;
        const auto refined = dynamic_layout(start, options_);
        const SolverResult at = search_.solve(*refined, with_T_g(q, best_T_g));
        if (at.termination != Termination::bad_start && refined->expand(at.p, q, nullptr)) {
            start.q[q_T_g] = std::clamp(q[q_T_g], data_.T_min_K, data_.T_max_K);
        }
        start.prior_sd[q_T_g] = 5.0;
        start.T_g_is_detected = true;
        result_.warnings.push_back("T_g was detected from the break of chi(T); give it to be sure");
    }

    /// The start vector of the caller in this fit's centre; false when it does not fit.
    bool warm_start(const Layout& layout, Coordinates& q) const {
        const auto& given = options_.start;
        const auto T_ref = given.find("T_ref_K");
        if (T_ref == given.end() || !(T_ref->second > 0.0)) {
            return false;
        }
        for (std::size_t i = 0; i < q_count; ++i) {
            const auto it = given.find(std::string(coordinate_name(i)));
            if (it == given.end() && i >= q_plain_count) {
                q[i] = layout.start[i];  // was off
                continue;
            }
            if (it == given.end() || !std::isfinite(it->second)) {
                return false;
            }
            q[i] = it->second;
        }
        if (layout.has_fast && q[q_fast_T_ref] > 0.0) {
            q[q_ln_tau_fast_ref] += q[q_U_fast] *
                                    (1.0 / layout.value[q_fast_T_ref] - 1.0 / q[q_fast_T_ref]) /
                                    gas_constant_J_mol_K;
        }
        q[q_ln_tau_beta_ref] +=
            q[q_U] * (1.0 / layout.T_ref_K - 1.0 / T_ref->second) / gas_constant_J_mol_K;
        return true;
    }

    void solve(Layout layout, const DynamicStart& origin) {
        const double n = static_cast<double>(data_.n_points);
        double checked = noted("n_checked");
        Coordinates warm{};
        const bool has_warm = warm_start(layout, warm);
        SolverResult fit;
        if (has_warm && n <= cold_growth * checked) {
            fit = polish_.polish(layout, layout.collect(warm));
        } else {
            fit = polished_cold(layout, origin, has_warm ? &warm : nullptr);
            checked = n;
        }
        double factor = search_.variance_factor(layout, fit.p);
        double alarmed_at = noted("n_alarm_checked");
        const bool looks = has_warm && checked < n && n > alarm_growth * alarmed_at;
        const bool is_alarm = looks && is_alarmed(data_.rows, layout, options_.form, fit.p, factor);
        alarmed_at = looks ? n : alarmed_at;
        const bool is_worse = has_warm && checked < n && factor > factor_growth * checked_factor();
        if (is_worse || is_alarm || (!fit.converged() && has_warm)) {
            SolverResult other = polish_.polish(layout, search_.afresh(layout, origin).p);
            if (!fit.converged() || (other.converged() && other.at.cost < fit.at.cost)) {
                fit = std::move(other);
            }
            factor = search_.variance_factor(layout, fit.p);
            checked = n;
        }
        if (layout.slope_is_automatic && fit.converged()) {
            decide_slope(layout, origin, checked == n, fit);
        }
        if (!fit.converged() && !polish_.is_near(fit)) {
            result_.reason = why_not(fit);
            return;
        }
        if (!report_dynamic(data_, layout, options_, fit.p, result_)) {
            return;
        }
        result_.warm_start["n_checked"] = checked;
        if (alarmed_at > 0.0) {
            result_.warm_start["n_alarm_checked"] = alarmed_at;
        }
        result_.warm_start["factor_checked"] = checked == n ? factor : checked_factor();
        result_.status = "converged";
    }

    /// The better of a cold fit and one from the warm start; then of the valleys beside it.
    [[nodiscard]] SolverResult polished_cold(
        const Layout& layout, const DynamicStart& origin, const Coordinates* warm
    ) const {
        std::vector<SolverResult> all;
        SolverResult few = search_.cold(layout, origin, warm, &all);
        SolverResult fit = polish_.polish(layout, few.p);
        if (!fit.converged() && !polish_.is_near(fit)) {
            if (auto other = next_best(layout, std::move(all), few)) {
                fit = std::move(*other);
            }
        }
        for (const SolverResult& other : search_.beside(layout, few)) {
            const Eigen::VectorXd apart = other.p - few.p;
            if (other.at.cost > few.at.cost + other_valley ||
                apart.dot(few.at.curvature * apart) < same_place) {
                continue;
            }
            SolverResult trial = polish_.polish(layout, other.p);
            if (trial.converged() && (!fit.converged() || trial.at.cost < fit.at.cost)) {
                fit = std::move(trial);
            }
        }
        return fit;
    }

    /// Where the best on few rows has no end, as two processes that are the same one: the next of
    /// those about as good.
    [[nodiscard]] std::optional<SolverResult> next_best(
        const Layout& layout, std::vector<SolverResult> all, const SolverResult& best
    ) const {
        all = ascending(std::move(all), [](const SolverResult& fit) { return fit.at.cost; });
        int tries = 0;
        for (const SolverResult& other : all) {
            const Eigen::VectorXd apart = other.p - best.p;
            if (other.at.cost > best.at.cost + other_valley || tries == next_tries) {
                break;
            }
            if (apart.dot(best.at.curvature * apart) < same_place) {
                continue;
            }
            ++tries;
            SolverResult trial = polish_.polish(layout, other.p);
            if (trial.converged()) {
                return trial;
            }
        }
        return std::nullopt;
    }

    /// No slope of E_u, or a free one: free where the BIC is lower by `slope_evidence`; a slope
    /// that the fit before had is kept until the BIC speaks against it.
    void decide_slope(Layout& layout, const DynamicStart& origin, bool is_cold, SolverResult& fit) {
        const bool was_free = layout.mode[q_E_u_slope] == Mode::free;
        auto other = with_other_slope(layout, origin, options_);
        if (!other) {
            return;
        }
        SolverResult trial = step_to_other_slope(data_, options_.form, layout, fit, *other);
        if (trial.termination == Termination::bad_start) {
            return;
        }
        const char* held_name = "E_u_slope_per_K = 0";
        const char* free_name = "E_u_slope_per_K free";
        const auto compare = [&](double& gain) {
            const Layout& free = was_free ? layout : *other;
            const Layout& held = was_free ? *other : layout;
            const SolverResult& with = was_free ? fit : trial;
            const SolverResult& without = was_free ? trial : fit;
            const double unit = loss_per_chi2(search_.rows(), options_.form, free, with);
            std::vector<record::Alternative> out;
            out.push_back(criteria_of(held_name, data_, held, without, unit));
            out.push_back(criteria_of(free_name, data_, free, with, unit));
            gain = out[0].bic - out[1].bic;
            return out;
        };
        double gain = 0.0;
        auto alternatives = compare(gain);
        bool is_free = gain > (was_free ? 0.0 : slope_evidence);
        if (is_free != was_free) {
            trial = polish_.polish(*other, trial.p);
        }
        if (is_cold && !was_free && (is_free || is_doubtful(layout, fit))) {
            // What was found without the slope may be another valley.
            DynamicStart with_slope = origin;
            with_slope.q = other->start;
            SolverResult afresh = polish_.polish(*other, search_.cold(*other, with_slope).p);
            if (afresh.converged() && afresh.at.cost < trial.at.cost) {
                trial = std::move(afresh);
            }
            alternatives = compare(gain);
            is_free = is_free || (trial.converged() && gain > slope_evidence);
        }
        if (is_free != was_free) {
            alternatives = compare(gain);
            if (trial.converged()) {
                fit = std::move(trial);
                layout = std::move(*other);
            } else {
                is_free = was_free;
            }
        }
        alternatives[is_free ? 1 : 0].is_chosen = true;
        result_.alternatives = std::move(alternatives);
    }

    /// Poor, or its residuals are no noise.
    [[nodiscard]] bool is_doubtful(const Layout& layout, const SolverResult& fit) const {
        const double factor = search_.variance_factor(layout, fit.p);
        return !(factor < poor_factor) ||
               is_alarmed(data_.rows, layout, options_.form, fit.p, factor);
    }

    /// What the fit before noted for this one; 0 = nothing.
    [[nodiscard]] double noted(const char* name) const {
        const auto it = options_.start.find(name);
        return it != options_.start.end() && std::isfinite(it->second) ? it->second : 0.0;
    }
    /// Variance factor when a cold fit last looked for a better optimum.
    [[nodiscard]] double checked_factor() const { return noted("factor_checked"); }

    [[nodiscard]] std::string why_not(const SolverResult& fit) const {
        if (fit.termination == Termination::bad_start) {
            return "the model has no value at the start: check what is fixed and the priors";
        }
        std::string text = "the fit did not converge (" + std::string(to_word(fit.termination)) +
                           " after " + std::to_string(fit.evaluations) + " evaluations)";
        if (fit.at.cost > poor_cost * static_cast<double>(data_.rows.size())) {
            text +=
                ": the model does not describe these data, look for a second process "
                "(--free fast_beta), ageing or crystals";
        }
        return text;
    }

    const record::FitOptions& options_;
    const DynamicData& data_;
    DynamicSearch search_;
    DynamicPolish polish_;
    record::FitResult result_;
};

}  // namespace

record::FitResult fit_dynamic_data(const DynamicData& data, const record::FitOptions& options) {
    const auto inside = with_inner_names(options, data.is_all_shear);
    if (!inside) {
        record::FitResult result;
        result.model = "dynamic";
        result.form = std::string(record::to_word(options.form));
        result.n_points = data.n_points;
        result.reason = inside.error().sentence();
        return result;
    }
    record::FitResult result = DynamicFit(data, *inside).run();
    if (data.is_all_shear) {
        give_shear_names(result);
    }
    add_systematic_errors(data, options, result);
    add_alternatives(data, options, result);
    return result;
}

record::FitResult fit_dynamic(
    std::span<const record::DynamicPoint> points, const record::FitOptions& options
) {
    return fit_dynamic_data(dynamic_data(points, options.T_max_K), options);
}

}  // namespace relaxd::model
