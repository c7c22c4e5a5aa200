// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_profiles.hpp"

#include "model/estimate/dynamic_names.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace relaxd::model {

namespace {

using record::ParameterState;

constexpr double rise = 3.841458820694124;  ///< 95 % of chi2 with one degree of freedom.
constexpr double rise_tolerance = 0.02;
constexpr double normal_95 = 1.959963984540054;
constexpr double hold = 0.02;  ///< Of the standard error: width of the term that holds a value.
constexpr int steps_max = 8;

/// What a reported name is in coordinates.
struct Reported {
    PriorTerm term;
    bool is_logarithm = false;
};

std::optional<Reported> reported(const std::string& name) {
    Reported out;
    out.is_logarithm = true;
    if (name == "tau_beta0_s") {
        out.term.quantity = Quantity::ln_tau_beta0;
    } else if (name == "t0_s") {
        out.term.quantity = Quantity::ln_t0;
    } else if (name == "E_r_Pa") {
        out.term.quantity = Quantity::ln_E_r;
    } else if (name == "fast_beta.tau0_s") {
        out.term.quantity = Quantity::ln_tau_fast0;
    } else if (const DynamicName* n = dynamic_name(name)) {
        out.term.coordinate = n->coordinate;
        out.is_logarithm = n->is_logarithmic;
    } else {
        return std::nullopt;
    }
    return out;
}

class Profiles {
  public:
    Profiles(
        const DynamicData& data,
        const Layout& layout,
        record::Form form,
        const DynamicPosterior& known
    )
        : layout_(layout), form_(form), known_(known), rows_(data.rows) {
        // The cost over its factor is a cost with wider sigma and narrower loss.
        RobustScale robust;
        for (const RowResidual& r : known.residuals) {
            robust.add(r.storage, CauchyLoss{});
            robust.add(r.loss, CauchyLoss{});
        }
        const double factor = robust.factor(static_cast<double>(layout.free.size()));
        const bool is_far = robust.psi1 <= 0.1 * robust.n;
        double widening = known.robust_factor * known.correlation;
        if (!is_far) {
            // The robust cost bends with mean(psi'), not with 1.
            widening *= robust.psi1 / robust.n;
            loss_ = CauchyLoss{CauchyLoss{}.c / std::sqrt(widening)};
        } else {
            loss_ = CauchyLoss{std::numeric_limits<double>::infinity()};
        }
        is_valid_ = std::isfinite(factor) && widening > 0.0;
        for (DynamicRow& row : rows_) {
            row.storage_sigma_Pa *= std::sqrt(widening);
            row.loss_sigma_Pa *= std::sqrt(widening);
        }
    }

    /// The optimum of the widened cost, from which the rises count.
    [[nodiscard]] bool start() {
        if (!is_valid_ || layout_.free.empty()) {
            return false;
        }
        const SolverResult fit = solve(layout_, layout_.collect(known_.q));
        if (!fit.converged()) {
            return false;
        }
        p_ = fit.p;
        cost_ = fit.at.cost;
        return true;
    }

    void fill(record::ParameterEstimate& e) const {
        const auto what = reported(e.name);
        if (!what || !(e.standard_error > 0.0) || e.state == ParameterState::fixed) {
            return;
        }
        Coordinates q{};
        if (!layout_.expand(p_, q, nullptr)) {
            return;
        }
        const double best = quantity_of(what->term, q, layout_.T_ref_K).value;
        const double sd = what->is_logarithm ? e.standard_error / e.value : e.standard_error;
        const auto low = end(what->term, best, -sd);
        const auto high = end(what->term, best, sd);
        const auto shown = [&what](double s) { return what->is_logarithm ? std::exp(s) : s; };
        if (low && std::isfinite(shown(*low))) {
            e.profile_low = shown(*low);
        }
        if (high && std::isfinite(shown(*high))) {
            e.profile_high = shown(*high);
        }
    }

  private:
    [[nodiscard]] SolverResult solve(const Layout& layout, const Eigen::VectorXd& p) const {
        DynamicObjective objective(layout, form_, rows_, loss_);
        SolverOptions options;
        options.evaluations_max = 60;
        options.cost_tolerance = 0.0;
        options.decrement_tolerance = 0.0;
        options.decrement_absolute = 1e-4;
        options.damping = 1e-4;
        options.newton_after = 25;
        return minimize(objective, p, options);
    }

    /// A term that holds the quantity near `target`; where it ends up is a point of the profile
    /// exactly, because the others are at their optimum for that value.
    [[nodiscard]] std::optional<double> end(PriorTerm term, double best, double sd) const {
        Layout held = layout_;
        term.sd = hold * std::abs(sd);
        held.priors.push_back(term);
        Eigen::VectorXd p = p_;
        double reached = best;
        double root = 0.0;  // of the rise, at `reached`
        double target = best + normal_95 * sd;
        for (int k = 0; k < steps_max; ++k) {
            held.priors.back().mean = target;
            const SolverResult fit = solve(held, p);
            Coordinates q{};
            if (!fit.converged() || !layout_.expand(fit.p, q, nullptr)) {
                return std::nullopt;
            }
            const double now = quantity_of(term, q, layout_.T_ref_K).value;
            const double pull = (now - target) / term.sd;
            const double higher = fit.at.cost - pull * pull - cost_;
            if (!std::isfinite(higher) || higher < -0.1) {
                return std::nullopt;  // a better optimum elsewhere: no profile about this one
            }
            const double new_root = std::sqrt(std::max(0.0, higher));
            if (std::abs(higher - rise) < rise_tolerance) {
                return now;
            }
            const double slope = (new_root - root) / (now - reached);
            if (!(slope * sd > 0.0)) {
                return std::nullopt;
            }
            // Secant in the root of the rise, which is straight where the theory is.
            const double step = (std::sqrt(rise) - new_root) / slope;
            const double longest = 3.0 * std::abs(sd);
            reached = now;
            root = new_root;
            target = now + std::clamp(step, -longest, longest);
            p = fit.p;
        }
        return std::nullopt;
    }

    const Layout& layout_;
    record::Form form_;
    const DynamicPosterior& known_;
    std::vector<DynamicRow> rows_;
    CauchyLoss loss_;
    bool is_valid_ = false;
    Eigen::VectorXd p_;
    double cost_ = 0.0;
};

}  // namespace

void profile_intervals(
    const DynamicData& data,
    const Layout& layout,
    record::Form form,
    const DynamicPosterior& known,
    record::FitResult& result
) {
    Profiles profiles(data, layout, form, known);
    if (!profiles.start()) {
        return;
    }
    for (record::ParameterEstimate& e : result.parameters) {
        profiles.fill(e);
    }
    for (record::ParameterEstimate& e : result.derived) {
        profiles.fill(e);
    }
}

}  // namespace relaxd::model
