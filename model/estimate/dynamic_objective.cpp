// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_objective.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

constexpr Eigen::Index columns = static_cast<Eigen::Index>(q_count) + 1;
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

}  // namespace

DynamicObjective::DynamicObjective(
    const Layout& layout, record::Form form, std::span<const DynamicRow> rows, CauchyLoss loss
)
    : layout_(layout),
      rows_(rows),
      loss_(loss),
      model_(form, layout.T_ref_K),
      sums_(columns, columns),
      block_(block_rows, columns) {}

bool DynamicObjective::is_inside(const Coordinates& q) const {
    // The physical box of ANALYSIS 4.1: a step out of it is refused, nothing is ever clipped.
    const bool B_is_free = layout_.mode[q_ln_B] == Mode::free;
    return q[q_chi_Tg] > chi_box_low && q[q_chi_Tg] < chi_box_high &&
           (!B_is_free || (q[q_ln_B] > ln_B_low && q[q_ln_B] < ln_B_high)) && q[q_U] > 0.0 &&
           q[q_U] < 1e6 && q[q_T_g] > 1.0 &&
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
        for (std::size_t i = 0; i < q_count; ++i) {
            const double g = imaginary ? value.gradient[i].imag() : value.gradient[i].real();
            block_(filled, static_cast<Eigen::Index>(i)) = scale * g;
        }
        block_(filled, columns - 1) = weight * r / curvature;
        cost.add(loss, r);
        ++filled;
    };
    for (const auto& row : rows_) {
        if (!model_.at(row.temperature_K, row.ln_omega, value)) {
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
    const auto n = static_cast<Eigen::Index>(q_count);
    Eigen::VectorXd gradient = sums_.col(n).head(n);
    Eigen::MatrixXd curvature = sums_.topLeftCorner(n, n);
    out.cost = cost_;
    for (const auto& term : layout_.priors) {
        const Scalar s = quantity_of(term, q, layout_.T_ref_K);
        const double r = (s.value - term.mean) / term.sd;
        const Eigen::Map<const Eigen::VectorXd> g(s.gradient.data(), n);
        out.cost += r * r;
        gradient += (r / term.sd) * g;
        curvature += (1.0 / (term.sd * term.sd)) * g * g.transpose();
    }
    out.gradient = derivative_.transpose() * gradient;
    out.curvature = derivative_.transpose() * curvature * derivative_;
    return std::isfinite(out.cost);
}

bool DynamicObjective::residuals(const Coordinates& q, std::vector<RowResidual>& out) {
    model_.set(q);
    out.clear();
    LiveModel::Value value;
    for (const auto& row : rows_) {
        if (!model_.at(row.temperature_K, row.ln_omega, value)) {
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
    const auto n = static_cast<Eigen::Index>(q_count);
    out = sums_.topLeftCorner(n, n);
    return true;
}

}  // namespace relaxd::model
