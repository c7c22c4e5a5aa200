// SPDX-License-Identifier: MIT
//
// Do residuals look like noise? Runs of equal signs (Wald & Wolfowitz, Ann. Math. Stat. 11, 147,
// 1940), correlation of neighbours, size.

#include "model/fit/distributions.hpp"
#include "model/fit/named_fit.hpp"
#include "model/fit/short_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace relaxd::model {

namespace {

constexpr std::size_t exact_rows_max = 400;
constexpr double outlier_sd = 4.0;
constexpr double alarm_runs_p = 1e-4;
constexpr double alarm_lag1 = 0.3;
constexpr double alarm_chi2_p = 1e-6;
constexpr double fewest_neighbours = 10.0;

/// One more pair of bounds a series; without ends everything is one.
std::vector<std::pair<std::size_t, std::size_t>> series_of(
    std::size_t rows, std::span<const std::size_t> ends
) {
    std::vector<std::pair<std::size_t, std::size_t>> series;
    std::size_t first = 0;
    for (const std::size_t end : ends) {
        const std::size_t last = std::min(end, rows);
        if (last > first) {
            series.emplace_back(first, last);
            first = last;
        }
    }
    if (first < rows) {
        series.emplace_back(first, rows);
    }
    return series;
}

/// Robust standard deviation about zero.
double robust_sd(std::span<const double> residuals) {
    std::vector<double> sizes;
    for (const double r : residuals) {
        sizes.push_back(std::abs(r));
    }
    if (sizes.empty()) {
        return 0.0;
    }
    const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
    std::nth_element(sizes.begin(), middle, sizes.end());
    return 1.4826 * *middle;
}

struct SignRuns {
    double plus = 0.0;
    double minus = 0.0;
    double runs = 0.0;
    std::size_t longest = 0;
    std::size_t longest_first = 0;

    [[nodiscard]] double mean() const { return 1.0 + 2.0 * plus * minus / (plus + minus); }
    [[nodiscard]] double variance() const {
        const double n = plus + minus;
        return n < 2.0 ? 0.0 : (mean() - 1.0) * (mean() - 2.0) / (n - 1.0);
    }
};

/// Residuals of exactly zero have no sign and are left out.
SignRuns runs_of(std::span<const double> residuals, std::size_t first, std::size_t last) {
    SignRuns out;
    int before = 0;
    std::size_t length = 0;
    std::size_t start = first;
    for (std::size_t i = first; i < last; ++i) {
        const int sign = residuals[i] > 0.0 ? 1 : (residuals[i] < 0.0 ? -1 : 0);
        if (sign == 0) {
            continue;
        }
        (sign > 0 ? out.plus : out.minus) += 1.0;
        if (sign != before) {
            out.runs += 1.0;
            length = 0;
            start = i;
        }
        before = sign;
        if (++length > out.longest) {
            out.longest = length;
            out.longest_first = start;
        }
    }
    return out;
}

double ln_choose(double n, double k) {
    return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0);
}

/// P(number of runs = k), k = 0, 1, …, for all orders of the signs equally likely.
std::vector<double> distribution_of(const SignRuns& s) {
    const auto most = static_cast<std::size_t>(2.0 * std::min(s.plus, s.minus)) + 1;
    std::vector<double> p(most + 1, 0.0);
    if (s.plus == 0.0 || s.minus == 0.0) {
        p[s.plus + s.minus > 0.0 ? 1 : 0] = 1.0;
        return p;
    }
    const double all = ln_choose(s.plus + s.minus, s.plus);
    const auto ways = [all](double a, double i, double b, double j) {
        return i > a || j > b
                   ? 0.0
                   : std::exp(ln_choose(a - 1.0, i - 1.0) + ln_choose(b - 1.0, j - 1.0) - all);
    };
    for (std::size_t k = 2; k <= most; ++k) {
        const std::size_t pairs = k / 2;
        const auto half = static_cast<double>(pairs);
        p[k] = k % 2 == 0 ? 2.0 * ways(s.plus, half, s.minus, half)
                          : ways(s.plus, half + 1.0, s.minus, half) +
                                ways(s.plus, half, s.minus, half + 1.0);
    }
    return p;
}

double exact_runs_p(const std::vector<SignRuns>& series, double runs) {
    std::vector<double> total = {1.0};
    for (const auto& s : series) {
        const auto p = distribution_of(s);
        std::vector<double> next(total.size() + p.size() - 1, 0.0);
        for (std::size_t a = 0; a < total.size(); ++a) {
            for (std::size_t b = 0; b < p.size(); ++b) {
                next[a + b] += total[a] * p[b];
            }
        }
        total = std::move(next);
    }
    double low = 0.0;
    double high = 0.0;
    for (std::size_t k = 0; k < total.size(); ++k) {
        low += static_cast<double>(k) <= runs ? total[k] : 0.0;
        high += static_cast<double>(k) >= runs ? total[k] : 0.0;
    }
    return std::min(1.0, 2.0 * std::min(low, high));
}

struct Neighbours {
    double product = 0.0;
    double square = 0.0;
    double n = 0.0;

    [[nodiscard]] bool has_value() const { return n > 0.0 && square > 0.0; }
    [[nodiscard]] double correlation() const { return product / square; }
};

/// About zero, outliers held to four robust standard deviations.
Neighbours neighbours_of(
    std::span<const double> residuals, std::span<const std::size_t> series_ends
) {
    const double sd = robust_sd(residuals);
    const double bound = sd > 0.0 ? outlier_sd * sd : 1e300;
    Neighbours out;
    for (const auto& [first, last] : series_of(residuals.size(), series_ends)) {
        for (std::size_t i = first; i + 1 < last; ++i) {
            const double a = std::clamp(residuals[i], -bound, bound);
            const double b = std::clamp(residuals[i + 1], -bound, bound);
            out.product += a * b;
            out.square += 0.5 * (a * a + b * b);
            out.n += 1.0;
        }
    }
    return out;
}

}  // namespace

double correlation_factor(
    std::span<const double> residuals, std::span<const std::size_t> series_ends
) {
    const Neighbours pairs = neighbours_of(residuals, series_ends);
    if (pairs.n < fewest_neighbours || !pairs.has_value()) {
        return 1.0;
    }
    const double r = std::min(pairs.correlation(), 0.95);
    return r > 2.0 / std::sqrt(pairs.n) ? (1.0 + r) / (1.0 - r) : 1.0;
}

record::ResidualCheck check_residuals(
    std::span<const double> residuals,
    std::span<const std::size_t> series_ends,
    int n_free,
    bool sigma_is_known
) {
    record::ResidualCheck out;
    std::vector<SignRuns> series;
    double runs = 0.0;
    double mean = 0.0;
    double variance = 0.0;
    double signs = 0.0;
    SignRuns longest;
    for (const auto& [first, last] : series_of(residuals.size(), series_ends)) {
        const SignRuns s = runs_of(residuals, first, last);
        if (s.plus + s.minus == 0.0) {
            continue;
        }
        runs += s.runs;
        mean += s.mean();
        variance += s.variance();
        signs += s.plus + s.minus;
        longest = s.longest > longest.longest ? s : longest;
        series.push_back(s);
    }
    if (signs > 0.0 && signs <= static_cast<double>(exact_rows_max)) {
        out.runs_p = exact_runs_p(series, runs);
    } else if (variance > 0.0) {
        out.runs_p = normal_two_sided((runs - mean) / std::sqrt(variance));
    }
    const Neighbours pairs = neighbours_of(residuals, series_ends);
    if (pairs.has_value()) {
        out.lag1 = pairs.correlation();
    }
    const double sd = robust_sd(residuals);
    double chi2 = 0.0;
    double n = 0.0;
    for (const double r : residuals) {
        if (sd <= 0.0 || std::abs(r) <= outlier_sd * sd) {
            chi2 += r * r;
            n += 1.0;
        }
    }
    if (sigma_is_known && n > n_free) {
        out.chi2_p = chi2_upper(chi2, n - n_free);
    }
    const bool is_pattern =
        out.runs_p < alarm_runs_p && out.lag1 > -1.0 && std::abs(out.lag1) > alarm_lag1;
    const bool is_large = out.chi2_p < alarm_chi2_p;
    out.is_alarm = is_pattern || is_large;
    if (is_pattern) {
        out.sentence = "the residuals are no noise: " + short_text(runs) +
                       " runs of equal sign where " + short_text(mean) +
                       " are expected (p = " + short_text(out.runs_p) +
                       "), correlation of neighbours " + short_text(out.lag1) + ", longest run " +
                       short_text(static_cast<double>(longest.longest)) + " from row " +
                       short_text(static_cast<double>(longest.longest_first + 1));
    }
    if (is_large) {
        out.sentence += (is_pattern ? "; " : "") + std::string("the residuals are ") +
                        short_text(std::sqrt(chi2 / (n - n_free))) +
                        " times the given standard deviations (p = " + short_text(out.chi2_p) +
                        "): the model misses something or these are too small";
    }
    return out;
}

}  // namespace relaxd::model
