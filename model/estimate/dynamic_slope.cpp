// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_slope.hpp"

#include "model/estimate/dynamic_objective.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double normal_loss_per_chi2 = 0.679;  ///< Cauchy loss with c = 2 and normal residuals.

}  // namespace

double loss_per_chi2(
    const std::vector<DynamicRow>& rows,
    record::Form form,
    const Layout& layout,
    const SolverResult& fit
) {
    DynamicObjective objective(layout, form, rows, CauchyLoss{});
    Coordinates q{};
    std::vector<RowResidual> residuals;
    if (!layout.expand(fit.p, q, nullptr) || !objective.residuals(q, residuals)) {
        return record::unknown;
    }
    RobustScale robust;
    for (const auto& r : residuals) {
        robust.add(r.storage, CauchyLoss{});
        robust.add(r.loss, CauchyLoss{});
    }
    // Where most residuals exceed c, psi' vanishes: then plain squares.
    const double ratio =
        robust.psi1 > 0.1 * robust.n ? robust.psi2 / robust.psi1 : robust.square / robust.n;
    return std::max(normal_loss_per_chi2, ratio);
}

record::Alternative criteria_of(
    std::string name,
    const DynamicData& data,
    const Layout& layout,
    const SolverResult& fit,
    double per_chi2
) {
    record::Alternative out;
    out.name = std::move(name);
    out.n_free = static_cast<int>(layout.free.size());
    Coordinates q{};
    if (!layout.expand(fit.p, q, nullptr)) {
        return out;
    }
    double chi2 = fit.at.cost;
    for (const auto& term : layout.priors) {
        const double r = (quantity_of(term, q, layout.T_ref_K).value - term.mean) / term.sd;
        chi2 -= r * r;
    }
    out.chi2 = chi2 / per_chi2;
    out.aic = out.chi2 + 2.0 * out.n_free;
    out.bic = out.chi2 + std::log(2.0 * static_cast<double>(data.rows.size())) * out.n_free;
    return out;
}

Result<Layout> with_other_slope(
    const Layout& layout, DynamicStart start, const record::FitOptions& options
) {
    start.q[q_E_u_slope] = start.prior_sd[q_E_u_slope] = 0.0;
    if (layout.mode[q_E_u_slope] == Mode::fixed) {
        start.free_slope();
    }
    return dynamic_layout(start, options);
}

Layout with_free_slope(const Layout& layout) {
    constexpr std::size_t slope = q_E_u_slope;
    DynamicStart usual;
    usual.free_slope();
    Layout out = layout;
    out.mode[slope] = Mode::free;
    out.free.insert(std::lower_bound(out.free.begin(), out.free.end(), slope), slope);
    out.active.insert(std::lower_bound(out.active.begin(), out.active.end(), slope), slope);
    out.priors.push_back({Quantity::coordinate, slope, usual.q[slope], usual.prior_sd[slope]});
    return out;
}

SolverResult step_to_other_slope(
    const DynamicData& data,
    record::Form form,
    const Layout& layout,
    const SolverResult& fit,
    const Layout& other
) {
    Coordinates q{};
    Eigen::VectorXd p = fit.p;
    const auto place = std::find(layout.free.begin(), layout.free.end(), q_E_u_slope);
    Eigen::MatrixXd covariance;
    // Of a fit that a box stopped the curvature lacks the coordinate that was held.
    const bool is_whole = fit.at.curvature.rows() == p.size();
    if (place != layout.free.end() && is_whole && invert_positive(fit.at.curvature, covariance)) {
        // To slope 0 along the straight path on which the others follow.
        const auto k = static_cast<Eigen::Index>(place - layout.free.begin());
        p -= (p[k] / covariance(k, k)) * covariance.col(k);
    }
    if (!layout.expand(p, q, nullptr)) {
        return {};
    }
    DynamicObjective objective(other, form, data.rows, CauchyLoss{});
    SolverOptions few;
    few.evaluations_max = 8;
    few.cost_tolerance = 0.0;
    few.decrement_tolerance = 0.0;
    few.decrement_absolute = 0.1;
    return minimize(objective, other.collect(q), few);
}

}  // namespace relaxd::model
