// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_objective.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

constexpr Eigen::Index block_rows = 256;

/// The weight of a residual in the curvature: the true second derivative where it is useful, never
/// below a tenth of the re-weighting weight, so that the matrix stays positive.
double curvature_weight(const CauchyLoss& loss, double r) {
    return std::max(loss.curvature(r), 0.1 * loss.weight(r));
}

/// Sum of the loss; logarithms of many residuals are taken at once, of their product.
class CostSum {
  public:
    void add(const CauchyLoss& loss, double r) {
        if (std::isinf(loss.c)) {
            sum_ += r * r;
            return;
        }
        product_ *= 1.0 + r * r / (loss.c * loss.c);
        if (product_ > 1e150) {
            sum_ += std::log(product_);
            product_ = 1.0;
        }
    }
    [[nodiscard]] double value(const CauchyLoss& loss) const {
        return std::isinf(loss.c) ? sum_ : loss.c * loss.c * (sum_ + std::log(product_));
    }

  private:
    double sum_ = 0.0;
    double product_ = 1.0;
};

/// The box of what real glasses and joint fits add. The fast process is the faster one.
bool added_are_inside(const Layout& layout, const Coordinates& q) {
    if (std::abs(q[q_E_u_slope]) > slope_box_per_K || std::abs(q[q_background]) > background_box) {
        return false;
    }
    for (std::size_t k = 0; k + 1 < layout.n_inputs; ++k) {
        if (std::abs(q[q_ln_scale_2 + k]) > 1.0 || std::abs(q[q_T_g_offset_2 + k]) > 100.0) {
            return false;
        }
    }
    if (!layout.has_fast) {
        return true;
    }
    const bool B_is_free = layout.mode[q_ln_B_fast] == Mode::free;
    const double ln_tau_beta =
        q[q_ln_tau_beta_ref] +
        q[q_U] * (1.0 / q[q_fast_T_ref] - 1.0 / layout.T_ref_K) / gas_constant_J_mol_K;
    return q[q_U_fast] > 0.0 && q[q_U_fast] < 1e6 && q[q_ln_tau_fast_ref] < ln_tau_beta &&
           (!B_is_free || (q[q_ln_B_fast] > ln_B_low && q[q_ln_B_fast] < ln_B_high));
}

}  // namespace

DynamicObjective::DynamicObjective(
    const Layout& layout, record::Form form, std::span<const DynamicRow> rows, CauchyLoss loss
)
    : layout_(layout),
      rows_(rows),
      loss_(loss),
      model_(layout, form),
      columns_(static_cast<Eigen::Index>(layout.active.size()) + 1),
      sums_(columns_, columns_),
      block_(block_rows, columns_) {}

bool DynamicObjective::is_inside(const Coordinates& q) const {
    // The physical box of ANALYSIS 4.1: a step out of it is refused, nothing is ever clipped.
    const bool B_is_free = layout_.mode[q_ln_B] == Mode::free;
    return q[q_chi_Tg] > chi_box_low && q[q_chi_Tg] < chi_box_high &&
           (!B_is_free || (q[q_ln_B] > ln_B_low && q[q_ln_B] < ln_B_high)) && q[q_U] > 0.0 &&
           q[q_U] < 1e6 && q[q_T_g] > 1.0 && added_are_inside(layout_, q) &&
           std::all_of(q.begin(), q.end(), [](double v) { return std::isfinite(v); });
}

bool DynamicObjective::accumulate(const Coordinates& q, CauchyLoss loss) {
    model_.set(q);
    sums_.setZero();
    CostSum cost;
    LiveModel::Value value;
    Eigen::Index filled = 0;
    const auto flush = [&] {
        sums_.selfadjointView<Eigen::Upper>().rankUpdate(block_.topRows(filled).transpose());
        filled = 0;
    };
    const auto put = [&](double r, double inverse_sigma, bool imaginary) {
        const double weight = loss.weight(r);
        const double curvature = std::sqrt(curvature_weight(loss, r));
        const double scale = curvature * inverse_sigma;
        const auto column = [&](std::size_t k, std::size_t i) {
            const double g = imaginary ? value.gradient[i].imag() : value.gradient[i].real();
            block_(filled, static_cast<Eigen::Index>(k)) = scale * g;
        };
        for (std::size_t i = 0; i < q_plain_count; ++i) {  // these are always active, and first
            column(i, i);
        }
        for (std::size_t k = q_plain_count; k < layout_.active.size(); ++k) {
            column(k, layout_.active[k]);
        }
        block_(filled, columns_ - 1) = weight * r / curvature;
        cost.add(loss, r);
        ++filled;
    };
    for (const auto& row : rows_) {
        if (!model_.at(row, value)) {
            return false;
        }
        const double inverse_storage = 1.0 / row.storage_sigma_Pa;
        const double inverse_loss = 1.0 / row.loss_sigma_Pa;
        put((value.modulus_Pa.real() - row.storage_Pa) * inverse_storage, inverse_storage, false);
        put((value.modulus_Pa.imag() - row.loss_Pa) * inverse_loss, inverse_loss, true);
        if (filled == block_rows) {
            flush();
        }
    }
    flush();
    sums_.triangularView<Eigen::StrictlyLower>() = sums_.transpose();
    cost_ = cost.value(loss);
    return std::isfinite(cost_);
}

bool DynamicObjective::evaluate(const Eigen::VectorXd& p, Evaluation& out) {
    Coordinates q{};
    if (!layout_.expand(p, q, &derivative_) || !is_inside(q) || !accumulate(q, loss_)) {
        return false;
    }
    const Eigen::Index n = columns_ - 1;
    Eigen::VectorXd gradient = sums_.col(n).head(n);
    Eigen::MatrixXd curvature = sums_.topLeftCorner(n, n);
    Eigen::VectorXd g(n);
    out.cost = cost_;
    for (const auto& term : layout_.priors) {
        const Scalar s = quantity_of(term, q, layout_.T_ref_K);
        const double r = (s.value - term.mean) / term.sd;
        for (Eigen::Index k = 0; k < n; ++k) {
            g[k] = s.gradient[layout_.active[static_cast<std::size_t>(k)]];
        }
        out.cost += r * r;
        gradient += (r / term.sd) * g;
        curvature += (1.0 / (term.sd * term.sd)) * g * g.transpose();
    }
    Eigen::MatrixXd derivative(n, derivative_.cols());
    for (Eigen::Index k = 0; k < n; ++k) {
        derivative.row(k) =
            derivative_.row(static_cast<Eigen::Index>(layout_.active[static_cast<std::size_t>(k)]));
    }
    out.gradient = derivative.transpose() * gradient;
    out.curvature = derivative.transpose() * curvature * derivative;
    return std::isfinite(out.cost);
}

bool DynamicObjective::residuals(const Coordinates& q, std::vector<RowResidual>& out) {
    model_.set(q);
    out.clear();
    LiveModel::Value value;
    for (const auto& row : rows_) {
        if (!model_.at(row, value)) {
            return false;
        }
        out.push_back(
            {(row.storage_Pa - value.modulus_Pa.real()) / row.storage_sigma_Pa,
             (row.loss_Pa - value.modulus_Pa.imag()) / row.loss_sigma_Pa}
        );
    }
    return true;
}

bool DynamicObjective::information(const Coordinates& q, Eigen::MatrixXd& out) {
    if (!is_inside(q) || !accumulate(q, CauchyLoss{std::numeric_limits<double>::infinity()})) {
        return false;
    }
    const auto all = static_cast<Eigen::Index>(q_count);
    out = Eigen::MatrixXd::Zero(all, all);
    for (std::size_t a = 0; a < layout_.active.size(); ++a) {
        for (std::size_t b = 0; b < layout_.active.size(); ++b) {
            out(static_cast<Eigen::Index>(layout_.active[a]),
                static_cast<Eigen::Index>(layout_.active[b])) =
                sums_(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b));
        }
    }
    return true;
}

}  // namespace relaxd::model
