// SPDX-License-Identifier: MIT
#include "model/estimate/loss_peak.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <vector>

namespace relaxd::model {

namespace {

constexpr double half_window_K = 6.0;
constexpr std::size_t points_min = 5;
constexpr double clear_sd = 3.0;
constexpr double alpha_tan_delta = 0.15;

struct Parabola {
    double centre = 0.0;
    Eigen::Vector3d coefficient;  ///< In (T - centre).
    Eigen::Matrix3d covariance;
    double chi2 = 0.0;
    std::size_t n = 0;

    [[nodiscard]] double value() const { return coefficient[0]; }
    [[nodiscard]] double variance() const { return covariance(0, 0); }
};

std::optional<Parabola> parabola_at(std::span<const CurvePoint> curve, double centre) {
    const auto first = std::lower_bound(
        curve.begin(),
        curve.end(),
        centre - half_window_K,
        [](const CurvePoint& p, double T) { return p.temperature_K < T; }
    );
    Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
    Eigen::Vector3d right = Eigen::Vector3d::Zero();
    double square = 0.0;
    Parabola out;
    out.centre = centre;
    double low = 1e300;
    double high = -1e300;
    for (auto it = first; it != curve.end() && it->temperature_K <= centre + half_window_K; ++it) {
        const double x = it->temperature_K - centre;
        const double w = 1.0 / (it->sigma_Pa * it->sigma_Pa);
        const Eigen::Vector3d basis(1.0, x, x * x);
        normal += w * basis * basis.transpose();
        right += w * it->loss_Pa * basis;
        square += w * it->loss_Pa * it->loss_Pa;
        low = std::min(low, x);
        high = std::max(high, x);
        ++out.n;
    }
    // A centre at the edge of the data has no parabola: it would extrapolate.
    if (out.n < points_min || low > -1.0 || high < 1.0) {
        return std::nullopt;
    }
    const Eigen::Vector3d unit = normal.diagonal().cwiseSqrt().cwiseInverse();
    const Eigen::LLT<Eigen::Matrix3d> factor(
        Eigen::Matrix3d(unit.asDiagonal() * normal * unit.asDiagonal())
    );
    if (factor.info() != Eigen::Success) {
        return std::nullopt;
    }
    const Eigen::Matrix3d inverse = factor.solve(Eigen::Matrix3d::Identity());
    out.covariance = unit.asDiagonal() * inverse * unit.asDiagonal();
    out.coefficient = out.covariance * right;
    out.chi2 = std::max(0.0, square - right.dot(out.coefficient));
    if (!out.coefficient.allFinite() || !out.covariance.allFinite()) {
        return std::nullopt;
    }
    return out;
}

struct Smoothed {
    double temperature_K;
    double value;
    double variance;
};

std::vector<Smoothed> smoothed(std::span<const CurvePoint> curve) {
    std::vector<Smoothed> out;
    for (double T = curve.front().temperature_K; T <= curve.back().temperature_K; T += 1.5) {
        if (const auto fit = parabola_at(curve, T)) {
            out.push_back({T, fit->value(), fit->variance()});
        }
    }
    return out;
}

bool is_below(const Smoothed& a, const Smoothed& top) {
    return a.value < top.value - clear_sd * std::sqrt(a.variance + top.variance);
}

double storage_near(std::span<const CurvePoint> curve, double T_K) {
    const auto near = std::min_element(
        curve.begin(),
        curve.end(),
        [T_K](const CurvePoint& a, const CurvePoint& b) {
            return std::abs(a.temperature_K - T_K) < std::abs(b.temperature_K - T_K);
        }
    );
    return near->storage_Pa;
}

/// The vertex, found by moving the window onto it.
std::optional<LossPeak> vertex_near(std::span<const CurvePoint> curve, double start_K) {
    double centre = start_K;
    std::optional<Parabola> fit;
    for (int k = 0; k < 8; ++k) {
        fit = parabola_at(curve, centre);
        if (!fit || !(fit->coefficient[2] < 0.0)) {
            return std::nullopt;
        }
        const double move = -fit->coefficient[1] / (2.0 * fit->coefficient[2]);
        centre += std::clamp(move, -half_window_K, half_window_K);
        if (std::abs(move) < 1e-3) {
            break;
        }
    }
    if (std::abs(centre - start_K) > 2.0 * half_window_K) {
        return std::nullopt;
    }
    const double b = fit->coefficient[1];
    const double c = fit->coefficient[2];
    // Noise may bend a flat shoulder back and forth: such a vertex lies anywhere.
    if (!(std::abs(0.5 * b / c) <= half_window_K)) {
        return std::nullopt;
    }
    const Eigen::Vector3d gradient(0.0, -0.5 / c, 0.5 * b / (c * c));
    const double degrees = static_cast<double>(fit->n) - 3.0;
    const double scale = degrees > 0.0 ? std::max(1.0, fit->chi2 / degrees) : 1.0;
    LossPeak peak;
    peak.temperature_K = fit->centre - 0.5 * b / c;
    peak.temperature_se_K = std::sqrt(scale * gradient.dot(fit->covariance * gradient));
    peak.loss_Pa = fit->value() - 0.25 * b * b / c;
    return peak;
}

}  // namespace

std::optional<LossPeak> find_beta_peak(std::span<const CurvePoint> curve, std::string& reason) {
    if (curve.size() < points_min) {
        reason = "fewer than 5 points at this frequency";
        return std::nullopt;
    }
    const std::vector<Smoothed> line = smoothed(curve);
    if (line.size() < 3) {
        reason = "no 5 points within ±6 K anywhere";
        return std::nullopt;
    }
    const Smoothed* top = line.data();
    const Smoothed* foot = line.data();  // lowest before the top
    for (const auto& now : line) {
        if (now.value > top->value) {
            top = &now;
        } else if (is_below(now, *top)) {
            if (is_below(*foot, *top)) {
                break;
            }
            foot = &now;  // falling from the start: no peak yet, begin again here
            top = &now;
        }
    }
    if (!is_below(*foot, *top) || !is_below(line.back(), *top)) {
        // The loop also ends at the last point while the curve still rises.
        bool falls = false;
        for (const auto& now : line) {
            falls = falls || (now.temperature_K > top->temperature_K && is_below(now, *top));
        }
        if (!falls || !is_below(*foot, *top)) {
            reason = "the loss has no maximum that is 3 s.d. above both sides";
            return std::nullopt;
        }
    }
    auto peak = vertex_near(curve, top->temperature_K);
    if (!peak) {
        reason = "the maximum is not a parabola within ±6 K";
        return std::nullopt;
    }
    if (!(peak->loss_Pa > 0.0)) {
        reason = "the loss is negative at its maximum";
        return std::nullopt;
    }
    if (!(peak->loss_Pa < alpha_tan_delta * storage_near(curve, peak->temperature_K))) {
        reason = "the only maximum is the alpha peak; the beta process is a shoulder or wing";
        return std::nullopt;
    }
    return peak;
}

std::optional<LossPeak> find_alpha_peak(std::span<const CurvePoint> curve, std::string& reason) {
    if (curve.size() < points_min) {
        reason = "fewer than 5 points at this frequency";
        return std::nullopt;
    }
    const std::vector<Smoothed> line = smoothed(curve);
    if (line.size() < 3) {
        reason = "no 5 points within ±6 K anywhere";
        return std::nullopt;
    }
    const auto top =
        std::max_element(line.begin(), line.end(), [](const Smoothed& a, const Smoothed& b) {
            return a.value < b.value;
        });
    const auto is_lower = [&top](const Smoothed& s) { return is_below(s, *top); };
    if (std::none_of(line.begin(), top, is_lower)) {
        reason = "the loss does not rise to a maximum";
        return std::nullopt;
    }
    if (std::none_of(top, line.end(), is_lower)) {
        reason = "the loss still rises at the highest temperature: the alpha peak lies above";
        return std::nullopt;
    }
    auto peak = vertex_near(curve, top->temperature_K);
    if (!peak || !(peak->loss_Pa > 0.0)) {
        reason = "the maximum is not a parabola within ±6 K";
        return std::nullopt;
    }
    if (!(peak->loss_Pa >= alpha_tan_delta * storage_near(curve, peak->temperature_K))) {
        reason = "the highest maximum is a beta peak; the alpha peak lies above the data";
        return std::nullopt;
    }
    return peak;
}

}  // namespace relaxd::model
