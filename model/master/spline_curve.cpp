// SPDX-License-Identifier: MIT
#include "model/master/spline_curve.hpp"

#include "model/fit/distributions.hpp"
#include "model/master/pivoted_gain.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {

namespace {

constexpr double penalty = 1e-3;
constexpr double margin = 4.6;  ///< Two decades on either side: where shifts may go.
constexpr Eigen::Index intervals_max = 400;
constexpr double dependent = 1e-4;  ///< A pivot below this share of its column is no new direction.

}  // namespace

SplineCurve::SplineCurve(const Sweeps& sweeps, double knots_per_decade)
    : sweeps_(sweeps), step_(std::numbers::ln10 / knots_per_decade), places_(sweeps.rows.size()) {}

void SplineCurve::recentre(const Eigen::VectorXd& full) {
    double low = 1e300;
    double high = -1e300;
    for (const auto& row : sweeps_.rows) {
        const double x = row.ln_omega + full[static_cast<Eigen::Index>(row.isotherm)];
        low = std::min(low, x);
        high = std::max(high, x);
    }
    low_ = std::floor((low - margin) / step_) * step_;
    const double n = std::ceil((high + margin - low_) / step_);
    intervals_ = std::clamp<Eigen::Index>(
        std::isfinite(n) ? static_cast<Eigen::Index>(std::min(n, 1e6)) : 1, 1, intervals_max
    );
    const Eigen::Index size = intervals_ + 3;
    penalty_ = Eigen::MatrixXd::Zero(size, size);
    const double second[3] = {1.0, -2.0, 1.0};
    for (Eigen::Index i = 0; i + 2 < size; ++i) {
        for (Eigen::Index a = 0; a < 3; ++a) {
            for (Eigen::Index b = 0; b < 3; ++b) {
                penalty_(i + a, i + b) += penalty * second[a] * second[b];
            }
        }
    }
}

bool SplineCurve::place_all(const Eigen::VectorXd& shifts) {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const SweepRow& row = sweeps_.rows[i];
        const double x = row.ln_omega + shifts[static_cast<Eigen::Index>(row.isotherm)];
        const double position = (x - low_) / step_;
        if (!(position >= 0.0 && position < static_cast<double>(intervals_))) {
            return false;
        }
        Place& place = places_[i];
        place.first = static_cast<Eigen::Index>(position);
        const double t = position - static_cast<double>(place.first);
        const double u = 1.0 - t;
        place.value[0] = u * u * u / 6.0;
        place.value[1] = (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0;
        place.value[2] = (3.0 * u * u * u - 6.0 * u * u + 4.0) / 6.0;
        place.value[3] = t * t * t / 6.0;
        place.slope[0] = -0.5 * u * u / step_;
        place.slope[1] = (1.5 * t * t - 2.0 * t) / step_;
        place.slope[2] = -(1.5 * u * u - 2.0 * u) / step_;
        place.slope[3] = 0.5 * t * t / step_;
    }
    return true;
}

void SplineCurve::accumulate(const PerValue& weights) {
    for (std::size_t channel = 0; channel < 2; ++channel) {
        normal_[channel] = penalty_;
        right_[channel] = Eigen::VectorXd::Zero(penalty_.rows());
        for (std::size_t i = 0; i < places_.size(); ++i) {
            const SweepRow& row = sweeps_.rows[i];
            const Place& place = places_[i];
            const double w = weights[2 * i + channel] * row.inverse[channel] * row.inverse[channel];
            for (int a = 0; a < 4; ++a) {
                const double wa = w * place.value[a];
                right_[channel][place.first + a] += wa * row.y[channel];
                for (int b = 0; b < 4; ++b) {
                    normal_[channel](place.first + a, place.first + b) += wa * place.value[b];
                }
            }
        }
    }
}

bool SplineCurve::solve() {
    for (std::size_t channel = 0; channel < 2; ++channel) {
        factor_[channel].compute(normal_[channel]);
        if (factor_[channel].info() != Eigen::Success) {
            return false;
        }
        coefficients_[channel] = factor_[channel].solve(right_[channel]);
        if (!coefficients_[channel].allFinite()) {
            return false;
        }
    }
    return true;
}

bool SplineCurve::evaluate(
    const Eigen::VectorXd& full, const PerValue& weights, Evaluation& out, PerValue& r
) {
    if (penalty_.size() == 0) {
        recentre(full);
    }
    if (!place_all(full)) {
        return false;
    }
    accumulate(weights);
    if (!solve()) {
        return false;
    }
    const auto n = static_cast<Eigen::Index>(sweeps_.isotherms.size());
    out.cost = 0.0;
    out.gradient = Eigen::VectorXd::Zero(n);
    out.curvature = Eigen::MatrixXd::Zero(n, n);
    r.resize(2 * places_.size());
    for (std::size_t channel = 0; channel < 2; ++channel) {
        const Eigen::VectorXd& c = coefficients_[channel];
        Eigen::MatrixXd mixed = Eigen::MatrixXd::Zero(c.size(), n);
        for (std::size_t i = 0; i < places_.size(); ++i) {
            const SweepRow& row = sweeps_.rows[i];
            const Place& place = places_[i];
            const auto k = static_cast<Eigen::Index>(row.isotherm);
            double value = 0.0;
            double slope = 0.0;
            for (int a = 0; a < 4; ++a) {
                value += place.value[a] * c[place.first + a];
                slope += place.slope[a] * c[place.first + a];
            }
            const double residual = (value - row.y[channel]) * row.inverse[channel];
            const double weight = weights[2 * i + channel];
            const double scaled = slope * row.inverse[channel];
            r[2 * i + channel] = residual;
            out.cost += weight * residual * residual;
            out.gradient[k] += weight * residual * scaled;
            out.curvature(k, k) += weight * scaled * scaled;
            for (int a = 0; a < 4; ++a) {
                mixed(place.first + a, k) +=
                    weight * scaled * row.inverse[channel] * place.value[a];
            }
        }
        out.cost += c.dot(penalty_ * c);
        factor_[channel].matrixL().solveInPlace(mixed);
        out.curvature.noalias() -= mixed.transpose() * mixed;
    }
    return true;
}

double SplineCurve::inner_size() const {
    double size = 0.0;
    for (std::size_t channel = 0; channel < 2; ++channel) {
        size += static_cast<double>(penalty_.rows()) - factor_[channel].solve(penalty_).trace();
    }
    return size;
}

/// The least squares problem that the shape test extends: own coordinates and extra ones.
struct SplineCurve::Extended {
    Eigen::MatrixXd own;        ///< Own by own: two splines, then the shifts.
    Eigen::MatrixXd mixed;      ///< Own by extra.
    Eigen::MatrixXd square;     ///< Extra by extra.
    Eigen::VectorXd own_right;  ///< Own by robust residual: not quite 0 short of the optimum.
    Eigen::VectorXd right;      ///< Extra by robust residual.
    double rest = 0.0;          ///< Robust residuals squared.

    Extended(Eigen::Index own_size, Eigen::Index extra)
        : own(Eigen::MatrixXd::Zero(own_size, own_size)),
          mixed(Eigen::MatrixXd::Zero(own_size, extra)),
          square(Eigen::MatrixXd::Zero(extra, extra)),
          own_right(Eigen::VectorXd::Zero(own_size)),
          right(Eigen::VectorXd::Zero(extra)) {}
};

ShapeTest SplineCurve::shape_test(const SweepFit& fit) {
    ShapeTest test;
    Evaluation at;
    PerValue r;
    recentre(fit.full);  // other fits may have moved the range since
    if (!evaluate(fit.full, fit.weights, at, r)) {
        return test;
    }
    const Eigen::Index size = penalty_.rows();
    const auto n = static_cast<Eigen::Index>(sweeps_.isotherms.size());
    Extended e(2 * size + n, 6 * n);  // three in each modulus of each isotherm
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const SweepRow& row = sweeps_.rows[i];
        const Place& place = places_[i];
        const auto k = static_cast<Eigen::Index>(row.isotherm);
        const Isotherm& isotherm = sweeps_.isotherms[row.isotherm];
        const double first = sweeps_.rows[isotherm.first].ln_omega;
        const double half = 0.5 * (sweeps_.rows[isotherm.last - 1].ln_omega - first);
        const double u = half > 0.0 ? (row.ln_omega - first) / half - 1.0 : 0.0;
        const double bend[3] = {1.0, u, u * u - 1.0 / 3.0};
        for (std::size_t channel = 0; channel < 2; ++channel) {
            const auto block = static_cast<Eigen::Index>(channel) * size + place.first;
            const Eigen::Index column = 6 * k + 3 * static_cast<Eigen::Index>(channel);
            const double scale = fit.scale[channel];
            const double inverse = row.inverse[channel] / scale;
            const double psi = fit.weights[2 * i + channel] * scale * r[2 * i + channel];
            const double weight = inverse * inverse;
            double slope = 0.0;
            for (int a = 0; a < 4; ++a) {
                slope += place.slope[a] * coefficients_[channel][place.first + a];
            }
            e.rest += psi * psi;
            e.own_right[2 * size + k] += psi * inverse * slope;
            e.own(2 * size + k, 2 * size + k) += weight * slope * slope;
            for (int a = 0; a < 3; ++a) {
                e.right[column + a] += psi * inverse * bend[a];
                e.mixed(2 * size + k, column + a) += weight * slope * bend[a];
                for (int b = 0; b < 3; ++b) {
                    e.square(column + a, column + b) += weight * bend[a] * bend[b];
                }
            }
            for (int a = 0; a < 4; ++a) {
                e.own(2 * size + k, block + a) += weight * slope * place.value[a];
                e.own_right[block + a] += psi * inverse * place.value[a];
                for (int b = 0; b < 3; ++b) {
                    e.mixed(block + a, column + b) += weight * place.value[a] * bend[b];
                }
            }
        }
    }
    judge(e, fit, test);
    return test;
}

/// The gain of the extra directions beyond the model's own, and its p.
void SplineCurve::judge(Extended& e, const SweepFit& fit, ShapeTest& test) {
    const Eigen::Index size = penalty_.rows();
    const Eigen::Index n = e.own.rows() - 2 * size;
    PerValue plain(fit.weights.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
        plain[i] = 1.0 / (fit.scale[i % 2] * fit.scale[i % 2]);
    }
    accumulate(plain);
    for (std::size_t channel = 0; channel < 2; ++channel) {
        const auto begin = static_cast<Eigen::Index>(channel) * size;
        e.own.block(begin, begin, size, size) = normal_[channel];
    }
    e.own.block(0, 2 * size, 2 * size, n) = e.own.block(2 * size, 0, n, 2 * size).transpose();
    // A common shift of all isotherms is no direction of its own, and gaps hang on the penalty.
    e.own.diagonal() *= 1.0 + 1e-9;
    const Eigen::LLT<Eigen::MatrixXd> factor(e.own);
    if (factor.info() != Eigen::Success) {
        return;
    }
    factor.matrixL().solveInPlace(e.mixed);
    factor.matrixL().solveInPlace(e.own_right);
    e.right -= e.mixed.transpose() * e.own_right;
    const Eigen::MatrixXd reduced = e.square - e.mixed.transpose() * e.mixed;
    test.gain = pivoted_gain(reduced, e.square.diagonal(), e.right, dependent, test.n_extra);
    test.rest = std::max(0.0, e.rest - test.gain);
    test.degrees = fit.n_values - fit.n_free - test.n_extra;
    if (test.degrees >= 1.0 && test.n_extra >= 1.0 && test.rest > 0.0) {
        const double F = (test.gain / test.n_extra) / (test.rest / test.degrees);
        test.p_value = fisher_upper(F, test.n_extra, test.degrees);
    }
}

}  // namespace relaxd::model
