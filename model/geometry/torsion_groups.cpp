// SPDX-License-Identifier: MIT
#include "model/geometry/torsion_groups.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <set>
#include <tuple>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;
constexpr double pressure_step = 0.1;  // relative: one pressure
constexpr int steps_max = 40;
constexpr double settled = 1e-9;
constexpr double slope_step = 1e-4;
constexpr double eigenvalue_min = 1e-12;  // of a matrix of correlations

/// Ascending; what is within `pressure_step` is one (its geometric mean).
std::vector<double> pressures_of(const std::vector<const TorsionRun*>& runs) {
    std::vector<double> logs;
    for (const TorsionRun* run : runs) {
        for (const TorsionShown& one : run->readings) {
            if (one.pressure_Pa > 0.0 && std::isfinite(one.pressure_Pa)) {
                logs.push_back(std::log(counted_pressure_Pa(one.pressure_Pa)));
            }
        }
    }
    std::sort(logs.begin(), logs.end());
    std::vector<double> out;
    for (std::size_t k = 0; k < logs.size();) {
        double sum = 0.0;
        std::size_t end = k;
        while (end < logs.size() && logs[end] - logs[k] <= 2.0 * pressure_step) {
            sum += logs[end++];
        }
        out.push_back(std::exp(sum / static_cast<double>(end - k)));
        k = end;
    }
    return out;
}

std::size_t nearest(const std::vector<double>& pressures, double shown_Pa) {
    const double pressure_Pa = counted_pressure_Pa(shown_Pa);
    std::size_t best = 0;
    for (std::size_t k = 1; k < pressures.size(); ++k) {
        const double now = std::abs(std::log(pressures[k] / pressure_Pa));
        best = now < std::abs(std::log(pressures[best] / pressure_Pa)) ? k : best;
    }
    return best;
}

RawReading raw_of(const TorsionShown& shown) {
    RawReading raw;
    raw.frequency_Hz = shown.frequency_Hz;
    raw.temperature_K = shown.temperature_K;
    raw.force_N = std::abs(shown.stiffness_N_m) * shown.angle_rad;
    raw.displacement_m = shown.angle_rad;
    raw.phase_rad = std::arg(shown.stiffness_N_m);
    return raw;
}

/// As the demodulation says, else from the scatter: a few readings' own says little (the mean of
/// 1/s^2 is (n-1)/(n-3) times 1/sigma^2).
double variance_of_mean(
    const RawGroup& group, const std::vector<TorsionShown>& readings, ChiSquared& scatter
) {
    const auto n = static_cast<double>(group.n);
    const double seen = 0.5 * (group.scatter.rr + group.scatter.ii);
    double said = 0.0;
    for (const TorsionShown& one : readings) {
        const double sigma = one.stiffness_relative_sigma * std::abs(one.stiffness_N_m);
        said += sigma * sigma / n;
    }
    if (std::isfinite(said) && said > 0.0) {
        scatter.chi2 += 2.0 * (n - 1.0) * seen / said;
        scatter.degrees += 2.0 * (n - 1.0);
        return said / n;
    }
    return seen * (n > 3.0 ? (n - 1.0) / (n - 3.0) : 4.0) / n;
}

TorsionDecay decay_of(const TorsionShown& shown, std::size_t pressure) {
    TorsionDecay out;
    out.frequency_Hz = shown.frequency_Hz;
    out.decrement = shown.decrement;
    out.s_per_s = {-shown.decrement * shown.frequency_Hz, two_pi * shown.frequency_Hz};
    out.frequency_sigma_Hz =
        shown.frequency_sigma_Hz > 0.0 ? shown.frequency_sigma_Hz : 1e-6 * shown.frequency_Hz;
    out.decrement_sigma = shown.decrement_sigma > 0.0 ? shown.decrement_sigma : 1e-6;
    out.temperature_K = shown.temperature_K;
    out.pressure_Pa = shown.pressure_Pa;
    out.pressure = pressure;
    return out;
}

void grow(TorsionData& data) {
    const double factor = std::max(data.drift.factor(), data.scatter.factor());
    for (TorsionGroup& one : data.groups) {
        one.variance = std::max(one.variance * factor, 1e-300);
    }
}

}  // namespace

TorsionData torsion_data(const std::vector<const TorsionRun*>& runs) {
    TorsionData out;
    out.pressures_Pa = pressures_of(runs);
    double lowest_K = std::numeric_limits<double>::infinity();
    for (const TorsionRun* run : runs) {
        for (const TorsionShown& one : run->readings) {
            lowest_K = std::min(lowest_K, one.temperature_K);
        }
    }
    using Place = std::tuple<std::size_t, double, long long>;
    std::map<Place, std::vector<TorsionShown>> places;
    for (const TorsionRun* run : runs) {
        for (const TorsionShown& one : run->readings) {
            const bool has_pressure = one.pressure_Pa > 0.0 && std::isfinite(one.pressure_Pa);
            const std::size_t p = has_pressure ? nearest(out.pressures_Pa, one.pressure_Pa) : 0;
            if (one.kind == TorsionShown::Kind::decay) {
                out.decays.push_back(decay_of(one, p));
            } else if (one.kind == TorsionShown::Kind::forced && one.temperature_K > 0.0) {
                places[{p, one.frequency_Hz, bin_of(one.temperature_K, lowest_K)}].push_back(one);
            }
        }
    }
    std::set<double> frequencies;
    for (const auto& [place, readings] : places) {
        std::vector<RawReading> raw;
        for (const TorsionShown& one : readings) {
            raw.push_back(raw_of(one));
        }
        for (const RawGroup& group : raw_groups(raw, lowest_K, out.left_out)) {
            TorsionGroup one;
            one.pressure = std::get<0>(place);
            one.pressure_Pa = readings.front().pressure_Pa;
            one.variance = variance_of_mean(group, readings, out.scatter);
            out.drift.chi2 += group.has_halves ? group.halves_chi2 : 0.0;
            out.drift.degrees += group.has_halves ? 2.0 : 0.0;
            frequencies.insert(group.frequency_Hz);
            one.group = group;
            out.groups.push_back(one);
        }
    }
    out.frequencies = frequencies.size();
    for (const TorsionDecay& one : out.decays) {
        frequencies.insert(one.frequency_Hz);
    }
    if (!frequencies.empty()) {
        out.lowest_Hz = *frequencies.begin();
        out.highest_Hz = *frequencies.rbegin();
    }
    grow(out);
    return out;
}

std::optional<JointFit> joint_fit(
    const Residuals& residuals, Eigen::VectorXd start, const Eigen::VectorXd& scale
) {
    const Eigen::Index n = start.size();
    JointFit out;
    out.value = std::move(start);
    for (int step = 0;; ++step) {
        const Eigen::VectorXd now = residuals(out.value);
        Eigen::MatrixXd slopes(now.size(), n);
        for (Eigen::Index k = 0; k < n; ++k) {
            Eigen::VectorXd beside = out.value;
            beside(k) = out.value(k) + slope_step * scale(k);
            const Eigen::VectorXd above = residuals(beside);
            beside(k) = out.value(k) - slope_step * scale(k);
            slopes.col(k) = (above - residuals(beside)) / (2.0 * slope_step);
        }
        const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> solver(slopes);
        if (!now.allFinite() || !slopes.allFinite() || solver.rank() < n) {
            return std::nullopt;
        }
        const Eigen::VectorXd change = solver.solve(-now);
        const bool is_last = change.cwiseAbs().maxCoeff() < settled || step == steps_max;
        out.value += scale.cwiseProduct(change);
        if (!is_last) {
            continue;
        }
        const Eigen::MatrixXd inverse =
            (slopes.transpose() * slopes).ldlt().solve(Eigen::MatrixXd::Identity(n, n));
        out.covariance = scale.asDiagonal() * inverse * scale.asDiagonal();
        out.chi2 = residuals(out.value).squaredNorm();
        out.degrees = static_cast<double>(now.size() - n);
        const bool is_fine = out.covariance.allFinite() && out.value.allFinite() &&
                             change.cwiseAbs().maxCoeff() < 1e-3;
        return is_fine ? std::optional(out) : std::nullopt;
    }
}

Eigen::MatrixXd whitening(const Eigen::MatrixXd& covariance) {
    const Eigen::VectorXd inverse = covariance.diagonal().cwiseSqrt().cwiseInverse();
    const Eigen::MatrixXd alike = inverse.asDiagonal() * covariance * inverse.asDiagonal();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(alike);
    const Eigen::VectorXd weights =
        solver.eigenvalues().cwiseMax(eigenvalue_min).cwiseSqrt().cwiseInverse();
    return weights.asDiagonal() * solver.eigenvectors().transpose() * inverse.asDiagonal();
}

void decay_residuals(
    Eigen::VectorXd& out, Eigen::Index at, Complex sum, Complex slope, const TorsionDecay& decay
) {
    const Complex by_f = slope * Complex(-decay.decrement, two_pi) * decay.frequency_sigma_Hz;
    const Complex by_decrement = -slope * decay.frequency_Hz * decay.decrement_sigma;
    // sum = u by_f + v by_decrement with u and v of unit variance.
    const double det = by_f.real() * by_decrement.imag() - by_f.imag() * by_decrement.real();
    out(at) = (sum.real() * by_decrement.imag() - sum.imag() * by_decrement.real()) / det;
    out(at + 1) = (by_f.real() * sum.imag() - by_f.imag() * sum.real()) / det;
}

}  // namespace relaxd::model
