// SPDX-License-Identifier: MIT
//
// fit_dynamic: the full Eq. 25b fit (ANALYSIS 4.1, 4.2 C). The course of a fit is a function of the
// points, the options and the start vector alone: no clock, no random numbers.

#include "model/estimate/data_check.hpp"
#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/estimate/dynamic_objective.hpp"
#include "model/estimate/dynamic_report.hpp"
#include "model/estimate/dynamic_start.hpp"
#include "model/estimate/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace relaxd::model {

namespace {

constexpr std::uint64_t points_min = 3;
constexpr std::size_t thin_rows = 250;
constexpr double poor_factor = 1.7;  ///< Robust variance factor from which extra starts are tried.
constexpr double cold_growth =
    1.05;  ///< A warm fit is checked by a cold one when the data grew so.
constexpr double factor_growth = 1.1;   ///< … or when the misfit grew so.
constexpr double T_g_detection = 25.0;  ///< Gain in chi2 that a break of chi(T) must bring.

const CauchyLoss squares{std::numeric_limits<double>::infinity()};

class DynamicFit {
  public:
    DynamicFit(std::span<const record::DynamicPoint> points, const record::FitOptions& options)
        : options_(options), data_(dynamic_data(points, options.T_max_K)) {}

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
        thin_ = thinned(data_.rows, thin_rows);
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
        solve(*layout, start.q);
        return result_;
    }

  private:
    bool has_points() {
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

    /// Square loss, then Cauchy, loosely, on the thinned rows.
    SolverResult solve_thin(const Layout& layout, const Coordinates& start) const {
        DynamicObjective objective(layout, options_.form, thin_, squares);
        SolverOptions loose;
        loose.evaluations_max = std::min(60, options_.iterations_max);
        loose.cost_tolerance = 1e-3;
        loose.decrement_tolerance = 1e-4;
        SolverResult fit = minimize(objective, layout.collect(start), loose);
        if (fit.termination == Termination::bad_start) {
            return fit;
        }
        objective.set_loss(CauchyLoss{});
        loose.decrement_tolerance = 1e-5;
        return minimize(objective, fit.p, loose);
    }

    [[nodiscard]] double variance_factor(const Layout& layout, const Eigen::VectorXd& p) const {
        DynamicObjective objective(layout, options_.form, thin_, CauchyLoss{});
        Coordinates q{};
        std::vector<RowResidual> residuals;
        if (!layout.expand(p, q, nullptr) || !objective.residuals(q, residuals)) {
            return 1e9;
        }
        RobustScale robust;
        double inliers = 0.0;
        for (const auto& r : residuals) {
            robust.add(r.storage, CauchyLoss{});
            robust.add(r.loss, CauchyLoss{});
            inliers +=
                (std::abs(r.storage) < 2.0 ? 1.0 : 0.0) + (std::abs(r.loss) < 2.0 ? 1.0 : 0.0);
        }
        // Far from the data psi' vanishes and the factor means nothing.
        if (inliers < 0.7 * robust.n) {
            return 1e9;
        }
        return robust.factor(static_cast<double>(layout.free.size()));
    }

    /// The best of the start from the data and, where that is poor, of the fixed list.
    SolverResult solve_cold(const Layout& layout, const Coordinates& start) const {
        SolverResult best = solve_thin(layout, start);
        if (best.termination != Termination::bad_start &&
            variance_factor(layout, best.p) < poor_factor) {
            return best;
        }
        for (const auto& other : extra_starts(start)) {
            SolverResult fit = solve_thin(layout, other);
            const bool is_better =
                best.termination == Termination::bad_start || fit.at.cost < best.at.cost;
            if (fit.termination != Termination::bad_start && is_better) {
                best = std::move(fit);
            }
        }
        return best;
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
        SolverResult fit = solve_cold(*none, without_break);
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
            const SolverResult at = solve_thin(*layout, from);
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
            fit = solve_thin(*none, other);
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
        const SolverResult at = solve_thin(*refined, with_T_g(q, best_T_g));
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
            if (it == given.end() || !std::isfinite(it->second)) {
                return false;
            }
            q[i] = it->second;
        }
        q[q_ln_tau_beta_ref] +=
            q[q_U] * (1.0 / layout.T_ref_K - 1.0 / T_ref->second) / gas_constant_J_mol_K;
        return true;
    }

    void solve(const Layout& layout, const Coordinates& cold) {
        const double n = static_cast<double>(data_.n_points);
        double checked = 0.0;
        if (const auto it = options_.start.find("n_checked"); it != options_.start.end()) {
            checked = it->second;
        }
        Coordinates warm{};
        const bool has_warm = warm_start(layout, warm);
        Eigen::VectorXd start;
        if (has_warm && n <= cold_growth * checked) {
            start = layout.collect(warm);
        } else {
            start = cold_or_warm(layout, cold, has_warm ? &warm : nullptr);
            checked = n;
        }
        SolverResult fit = polish(layout, start);
        double factor = variance_factor(layout, fit.p);
        const bool is_worse = has_warm && checked < n && factor > factor_growth * checked_factor();
        if (is_worse || (!fit.converged() && has_warm)) {
            SolverResult other = polish(layout, cold_or_warm(layout, cold, nullptr));
            if (!fit.converged() || (other.converged() && other.at.cost < fit.at.cost)) {
                fit = std::move(other);
            }
            factor = variance_factor(layout, fit.p);
            checked = n;
        }
        if (!fit.converged() && !(fit.termination == Termination::evaluations && is_near(fit))) {
            result_.reason =
                fit.termination == Termination::bad_start
                    ? "the model has no value at the start: check what is fixed and the priors"
                    : "the fit did not converge (" + std::string(to_word(fit.termination)) +
                          " after " + std::to_string(fit.evaluations) + " evaluations)";
            return;
        }
        if (!report_dynamic(data_, layout, options_.form, fit.p, result_)) {
            return;
        }
        result_.warm_start["n_checked"] = checked;
        result_.warm_start["factor_checked"] = checked == n ? factor : checked_factor();
        result_.status = "converged";
    }

    /// Variance factor when a cold fit last looked for a better optimum.
    [[nodiscard]] double checked_factor() const {
        const auto it = options_.start.find("factor_checked");
        return it != options_.start.end() && std::isfinite(it->second) ? it->second : 0.0;
    }

    /// The better of a cold fit and one from the warm start, on the thinned rows.
    Eigen::VectorXd cold_or_warm(
        const Layout& layout, const Coordinates& cold, const Coordinates* warm
    ) const {
        SolverResult best = solve_cold(layout, cold);
        if (warm != nullptr) {
            SolverResult fit = solve_thin(layout, *warm);
            if (fit.termination != Termination::bad_start &&
                (best.termination == Termination::bad_start || fit.at.cost < best.at.cost)) {
                best = std::move(fit);
            }
        }
        return best.p;
    }

    /// The next step would move by less than 0.03 standard errors.
    [[nodiscard]] static bool is_near(const SolverResult& fit) {
        Eigen::MatrixXd inverse;
        return invert_positive(fit.at.curvature, inverse) &&
               fit.at.gradient.dot(inverse * fit.at.gradient) < 1e-3;
    }

    SolverResult polish(const Layout& layout, const Eigen::VectorXd& start) const {
        SolverResult fit = minimize_fully(layout, start);
        if (fit.converged() || fit.termination == Termination::bad_start) {
            return fit;
        }
        // An optimum outside the physical box: hold the coordinate where the box stopped it.
        Layout held = layout;
        for (std::size_t k = 0; k < layout.free.size(); ++k) {
            const std::size_t i = layout.free[k];
            const double value = fit.p[static_cast<Eigen::Index>(k)];
            if (is_at_box(i, value)) {
                held.mode[i] = Mode::fixed;
                held.value[i] = value;
                std::erase(held.free, i);
            }
        }
        Coordinates q{};
        if (held.free.size() == layout.free.size() || !layout.expand(fit.p, q, nullptr)) {
            return fit;
        }
        SolverResult inside = minimize_fully(held, held.collect(q));
        if (inside.converged() && held.expand(inside.p, q, nullptr)) {
            inside.p = layout.collect(q);
            return inside;
        }
        return fit;
    }

    [[nodiscard]] static bool is_at_box(std::size_t coordinate, double value) {
        const auto near = [value](double low, double high) {
            const double margin = 0.01 * (high - low);
            return value < low + margin || value > high - margin;
        };
        return (coordinate == q_chi_Tg && near(chi_box_low, chi_box_high)) ||
               (coordinate == q_ln_B && near(ln_B_low, ln_B_high));
    }

    [[nodiscard]] SolverResult minimize_fully(const Layout& layout, const Eigen::VectorXd& start)
        const {
        DynamicObjective objective(layout, options_.form, data_.rows, CauchyLoss{});
        SolverOptions tight;
        tight.evaluations_max = options_.iterations_max;
        tight.cost_tolerance = 0.0;
        tight.decrement_tolerance = 0.0;
        tight.decrement_absolute = 1e-7;
        tight.damping = 1e-4;
        tight.newton_after = 30;
        tight.polish = 2;
        return minimize(objective, start, tight);
    }

    const record::FitOptions& options_;
    DynamicData data_;
    std::vector<DynamicRow> thin_;
    record::FitResult result_;
};

}  // namespace

record::FitResult fit_dynamic(
    std::span<const record::DynamicPoint> points, const record::FitOptions& options
) {
    return DynamicFit(points, options).run();
}

}  // namespace relaxd::model
