// SPDX-License-Identifier: MIT
#include "model/master/shape_curve.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;

constexpr double exponent_min = 0.05;
constexpr double chi_max = 0.98;
constexpr double times_max = 60.0;  ///< |ln(omega tau)| beyond which no shape is asked.
constexpr std::size_t grid_rows = 60;
constexpr double turn = 0.5 * std::numbers::pi;

/// ln of both parts of G and their derivative.
bool take_logarithms(Complex G, Complex by_x, double* y, double* y_x) {
    if (!(G.real() > 0.0 && G.imag() > 0.0)) {
        return false;
    }
    y[storage_channel] = std::log(G.real());
    y[loss_channel] = std::log(G.imag());
    y_x[storage_channel] = by_x.real() / G.real();
    y_x[loss_channel] = by_x.imag() / G.imag();
    return true;
}

}  // namespace

ShapeCurve::ShapeCurve(const Sweeps& sweeps, Shape shape) : sweeps_(sweeps), shape_(shape) {
    double highest = -1e300;
    for (const auto& row : sweeps.rows) {
        highest = std::max(highest, row.y[storage_channel]);
    }
    unit_ = std::exp(highest);
}

bool ShapeCurve::set(const Eigen::VectorXd& full) {
    ln_strength_ = full[0];
    strength_ = std::exp(ln_strength_);
    if (shape_ == Shape::kww) {
        const double beta = full[1];
        if (!(beta >= exponent_min && beta <= 1.0)) {
            return false;
        }
        kww_.set(beta, std::log(beta));
        return true;
    }
    relaxed_ = full[1] * unit_;
    chi_ = full[3];
    turned_eta_ = std::polar(std::exp(full[2]), -chi_ * turn);
    return chi_ >= exponent_min && chi_ <= chi_max && std::abs(full[2]) < 10.0;
}

bool ShapeCurve::value(double ln_omega_tau, ShapeValue& out) {
    if (!(std::abs(ln_omega_tau) < times_max)) {
        return false;
    }
    if (shape_ == Shape::kww) {
        const KwwValue F = kww_.value(ln_omega_tau);
        double by_beta[2];
        if (!take_logarithms(F.modulus, -F.d_ln_omega_tau, out.y, out.by_ln_omega_tau)) {
            return false;
        }
        by_beta[storage_channel] = -F.d_beta.real() / F.modulus.real();
        by_beta[loss_channel] = -F.d_beta.imag() / F.modulus.imag();
        for (std::size_t channel = 0; channel < 2; ++channel) {
            out.y[channel] += ln_strength_;
            out.by_shape[channel][0] = 1.0;
            out.by_shape[channel][1] = by_beta[channel];
        }
        return true;
    }
    // G = G_r + dG/D, D = 1 + eta (i x)^-chi + (i x)^-1
    const Complex power = turned_eta_ * std::exp(-chi_ * ln_omega_tau);
    const Complex flow{0.0, -std::exp(-ln_omega_tau)};
    const Complex D = 1.0 + power + flow;
    const Complex inverse = std::conj(D) / std::norm(D);
    const Complex part = strength_ * inverse;
    const Complex by_D = -part * inverse;
    const Complex G = relaxed_ + part;
    if (!take_logarithms(G, by_D * (-chi_ * power - flow), out.y, out.by_ln_omega_tau)) {
        return false;
    }
    const Complex by_chi = by_D * (-power * Complex(ln_omega_tau, turn));
    const Complex by_q[4] = {part, Complex(unit_, 0.0), by_D * power, by_chi};
    for (int a = 0; a < 4; ++a) {
        out.by_shape[storage_channel][a] = by_q[a].real() / G.real();
        out.by_shape[loss_channel][a] = by_q[a].imag() / G.imag();
    }
    return true;
}

bool ShapeCurve::evaluate(
    const Eigen::VectorXd& full, const PerValue& weights, Evaluation& out, PerValue& r
) {
    if (!set(full)) {
        return false;
    }
    const Eigen::Index p = shape_size();
    const Eigen::Index n = full.size();
    out.cost = 0.0;
    out.gradient = Eigen::VectorXd::Zero(n);
    out.curvature = Eigen::MatrixXd::Zero(n, n);
    r.resize(2 * sweeps_.rows.size());
    ShapeValue v;
    for (std::size_t i = 0; i < sweeps_.rows.size(); ++i) {
        const SweepRow& row = sweeps_.rows[i];
        const Eigen::Index k = p + static_cast<Eigen::Index>(row.isotherm);
        if (!value(row.ln_omega + full[k], v)) {
            return false;
        }
        for (std::size_t channel = 0; channel < 2; ++channel) {
            const double inverse = row.inverse[channel];
            const double residual = (v.y[channel] - row.y[channel]) * inverse;
            const double w = weights[2 * i + channel];
            const double weight = w * inverse * inverse;
            const double* by = v.by_shape[channel];
            const double by_k = v.by_ln_omega_tau[channel];
            r[2 * i + channel] = residual;
            out.cost += w * residual * residual;
            for (Eigen::Index a = 0; a < p; ++a) {
                out.gradient[a] += w * residual * inverse * by[a];
                for (Eigen::Index b = 0; b <= a; ++b) {
                    out.curvature(a, b) += weight * by[a] * by[b];
                }
                out.curvature(k, a) += weight * by_k * by[a];
            }
            out.gradient[k] += w * residual * inverse * by_k;
            out.curvature(k, k) += weight * by_k * by_k;
        }
    }
    out.curvature.triangularView<Eigen::StrictlyUpper>() = out.curvature.transpose();
    return std::isfinite(out.cost);
}

/// chi2 of every `stride`-th row when the curve may be moved up and down as a whole.
double ShapeCurve::level_chi2(const Eigen::VectorXd& full, std::size_t stride, double& level) {
    if (!set(full)) {
        return 1e300;
    }
    double sum_w = 0.0;
    double sum = 0.0;
    double square = 0.0;
    ShapeValue v;
    for (std::size_t i = stride / 2; i < sweeps_.rows.size(); i += stride) {
        const SweepRow& row = sweeps_.rows[i];
        const Eigen::Index k = shape_size() + static_cast<Eigen::Index>(row.isotherm);
        if (!value(row.ln_omega + full[k], v)) {
            return 1e300;
        }
        for (std::size_t channel = 0; channel < 2; ++channel) {
            const double w = row.inverse[channel] * row.inverse[channel];
            const double d = row.y[channel] - v.y[channel];
            sum_w += w;
            sum += w * d;
            square += w * d * d;
        }
    }
    level = sum_w > 0.0 ? sum / sum_w : 0.0;
    return sum_w > 0.0 ? square - sum * level : 1e300;
}

Eigen::VectorXd ShapeCurve::start(const Eigen::VectorXd& shifts) {
    double low = 1e300;
    double high = -1e300;
    for (const auto& row : sweeps_.rows) {
        const double x = row.ln_omega + shifts[static_cast<Eigen::Index>(row.isotherm)];
        low = std::min(low, x);
        high = std::max(high, x);
    }
    const Eigen::Index p = shape_size();
    const std::size_t stride = std::max<std::size_t>(1, sweeps_.rows.size() / grid_rows);
    Eigen::VectorXd best = Eigen::VectorXd::Zero(p + shifts.size());
    double least = 1e301;
    for (const double exponent : {0.3, 0.45, 0.6, 0.85}) {
        for (double ln_tau = -high - 5.0; ln_tau <= -low + 5.0; ln_tau += 1.0) {
            Eigen::VectorXd full = Eigen::VectorXd::Zero(p + shifts.size());
            full[p - 1] = exponent;
            full.tail(shifts.size()) = shifts.array() + ln_tau;
            double level = 0.0;
            const double chi2 = level_chi2(full, stride, level);
            if (chi2 < least) {
                least = chi2;
                best = full;
                best[0] = level;
            }
        }
    }
    return best;
}

}  // namespace relaxd::model
