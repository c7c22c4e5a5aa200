// SPDX-License-Identifier: MIT
//
// What rows of strain say of their own noise, and of a drift before the load.
#include "model/domain.hpp"
#include "model/series/creep_data.hpp"
#include "model/series/median.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace relaxd::model {

namespace {

constexpr std::size_t half_window = 30;  ///< Of the running scale, in rows.
constexpr double mad_to_sd = 1.4826;
constexpr std::size_t group_rows = 25;  ///< Of one look at how noise grows with strain.
constexpr std::size_t most_groups = 10;
constexpr double straight_within = 1.6;  ///< Factor, of a large group from the line …
constexpr double straight_sd = 3.5;      ///< … and how many errors of a small group's own.
constexpr double curved_at = 3.5;        ///< Standard errors of the quadratic term.

/// What a row differs from the line between its neighbours, in units of its own error's size.
std::vector<double> roughness(const std::vector<CreepRow>& rows) {
    std::vector<double> out(rows.size(), 0.0);
    for (std::size_t k = 1; k + 1 < rows.size(); ++k) {
        const double span = rows[k + 1].time_s - rows[k - 1].time_s;
        const double w = span > 0.0 ? (rows[k].time_s - rows[k - 1].time_s) / span : 0.5;
        const double line = (1.0 - w) * rows[k - 1].strain + w * rows[k + 1].strain;
        out[k] = std::abs(rows[k].strain - line) / std::sqrt(1.0 + w * w + (1.0 - w) * (1.0 - w));
    }
    if (rows.size() > 2) {
        out.front() = out[1];
        out.back() = out[rows.size() - 2];
    }
    return out;
}

/// Weighted least squares of strain on powers of (t - centre)/scale; normal equations of `n` <= 3.
struct Powers {
    double coefficient[3] = {0.0, 0.0, 0.0};
    double variance[3] = {0.0, 0.0, 0.0};
    double chi2 = 0.0;
};

Powers fit_powers(const std::vector<CreepRow>& rows, double centre, double scale, int n) {
    // Gram-Schmidt on the fly: the powers are few and centred.
    std::vector<std::vector<double>> basis;
    Powers out;
    std::vector<double> along_basis;
    for (int p = 0; p < n; ++p) {
        std::vector<double> v(rows.size());
        for (std::size_t k = 0; k < rows.size(); ++k) {
            v[k] = std::pow((rows[k].time_s - centre) / scale, p) / rows[k].sigma;
        }
        for (const auto& b : basis) {
            double dot = 0.0;
            for (std::size_t k = 0; k < v.size(); ++k) {
                dot += v[k] * b[k];
            }
            for (std::size_t k = 0; k < v.size(); ++k) {
                v[k] -= dot * b[k];
            }
        }
        double norm = 0.0;
        for (const double x : v) {
            norm += x * x;
        }
        norm = std::sqrt(norm);
        double along = 0.0;
        for (std::size_t k = 0; k < v.size(); ++k) {
            v[k] /= norm;
            along += v[k] * rows[k].strain / rows[k].sigma;
        }
        out.coefficient[p] = along / norm;  // of the power made orthogonal to the lower ones
        out.variance[p] = 1.0 / (norm * norm);
        along_basis.push_back(along);
        basis.push_back(std::move(v));
    }
    for (std::size_t k = 0; k < rows.size(); ++k) {
        double r = rows[k].strain / rows[k].sigma;
        for (std::size_t p = 0; p < basis.size(); ++p) {
            r -= along_basis[p] * basis[p][k];
        }
        out.chi2 += r * r;
    }
    return out;
}

/// Standard deviation of those within three robust ones (of normal values 98.67 % of the truth).
double clipped_sd(const std::vector<double>& sizes) {
    const double limit = 3.0 * mad_to_sd * median(sizes);
    double sum = 0.0;
    double count = 0.0;
    for (const double x : sizes) {
        if (x <= limit) {
            sum += x * x;
            count += 1.0;
        }
    }
    return std::sqrt(sum / std::max(1.0, count)) / 0.9867;
}

/// sigma = a + b |strain|, through the medians of groups of equal strain; false where noise does
/// not go so, or the rows are few.
bool grows_with_strain(
    const std::vector<CreepRow>& rows, const std::vector<double>& rough, double& a, double& b
) {
    const std::size_t count = std::min(most_groups, rows.size() / group_rows);
    if (count < 2) {
        return false;
    }
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
        return std::abs(rows[i].strain) < std::abs(rows[j].strain);
    });
    std::vector<double> size;
    std::vector<double> sigma;
    for (std::size_t g = 0; g < count; ++g) {
        const std::size_t first = g * rows.size() / count;
        const std::size_t last = (g + 1) * rows.size() / count;
        std::vector<double> values;
        double mean = 0.0;
        for (std::size_t k = first; k < last; ++k) {
            values.push_back(rough[order[k]]);
            mean += std::abs(rows[order[k]].strain) / static_cast<double>(last - first);
        }
        size.push_back(mean);
        sigma.push_back(clipped_sd(values));
        if (!(sigma.back() > 0.0)) {
            return false;
        }
    }
    double w = 0.0;
    double x = 0.0;
    double y = 0.0;
    double xx = 0.0;
    double xy = 0.0;
    for (std::size_t g = 0; g < count; ++g) {
        const double weight = 1.0 / (sigma[g] * sigma[g]);
        w += weight;
        x += weight * size[g];
        y += weight * sigma[g];
        xx += weight * size[g] * size[g];
        xy += weight * size[g] * sigma[g];
    }
    const double det = w * xx - x * x;
    b = det > 1e-6 * w * xx ? (w * xy - x * y) / det : 0.0;
    b = std::clamp(b, 0.0, y / x);
    a = (y - b * x) / w;
    // Neighbouring second differences overlap: the error of ln sigma of n of them is 1/sqrt(n).
    const double group = static_cast<double>(rows.size()) / static_cast<double>(count);
    const double within = std::max(straight_within, std::exp(straight_sd / std::sqrt(group)));
    for (std::size_t g = 0; g < count; ++g) {
        const double ratio = sigma[g] / (a + b * size[g]);
        if (!(ratio < within && ratio > 1.0 / within)) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool running_sigma(std::vector<CreepRow>& rows, double floor) {
    const std::vector<double> rough = roughness(rows);
    double a = 0.0;
    double b = 0.0;
    if (grows_with_strain(rows, rough, a, b)) {
        for (CreepRow& r : rows) {
            r.sigma = std::max(floor, a + b * std::abs(r.strain));
        }
        return std::all_of(rows.begin(), rows.end(), [&](const CreepRow& r) {
            return r.sigma <= floor;
        });
    }
    const std::size_t block = half_window / 3;  // of rows that share a window
    double sigma = floor;
    std::size_t at_floor = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        if (k % block == 0) {
            const std::size_t first = k > half_window ? k - half_window : 0;
            const std::size_t last = std::min(rows.size(), k + half_window + 1);
            const std::vector<double> window(
                rough.begin() + static_cast<std::ptrdiff_t>(first),
                rough.begin() + static_cast<std::ptrdiff_t>(last)
            );
            sigma = std::max(floor, clipped_sd(window));
        }
        rows[k].sigma = sigma;
        at_floor += sigma <= floor ? 1 : 0;
    }
    return 2 * at_floor > rows.size();
}

namespace {

/// What one to three rows say: where the strain of this load begins.
void mean_baseline(const std::vector<CreepRow>& before, CreepBaseline& out, double& offset) {
    double weight = 0.0;
    double sum = 0.0;
    for (const CreepRow& r : before) {
        weight += 1.0 / (r.sigma * r.sigma);
        sum += r.strain / (r.sigma * r.sigma);
    }
    offset = sum / weight;
    out.is_there = true;
    out.centre_s = before.back().time_s;
    out.offset_sd = 1.0 / std::sqrt(weight);
}

}  // namespace

Result<CreepBaseline> fit_baseline(
    const std::vector<CreepRow>& before, bool sigma_given, double& offset, double& drift
) {
    CreepBaseline out;
    if (before.empty()) {
        return out;
    }
    if (before.size() < least_baseline) {
        mean_baseline(before, out, offset);  // no drift from so few
        return out;
    }
    const double first = before.front().time_s;
    const double scale = 0.5 * (before.back().time_s - first);
    if (!(scale > 0.0)) {
        return out;
    }
    double weight = 0.0;
    double centre = 0.0;
    for (const CreepRow& r : before) {
        weight += 1.0 / (r.sigma * r.sigma);
        centre += r.time_s / (r.sigma * r.sigma);
    }
    centre /= weight;
    const Powers line = fit_powers(before, centre, scale, 2);
    const double free = static_cast<double>(before.size()) - 2.0;
    const double scatter = sigma_given ? std::max(1.0, line.chi2 / free) : line.chi2 / free;
    if (before.size() >= 6) {
        const Powers bent = fit_powers(before, centre, scale, 3);
        const double left = bent.chi2 / (free - 1.0);
        const double share = sigma_given ? std::max(1.0, left) : left;
        const double t = std::abs(bent.coefficient[2]) / std::sqrt(bent.variance[2] * share);
        if (t > curved_at) {
            return fail(
                Errc::invalid,
                "the strain at preload is curved (its quadratic term is " + shown(std::round(t)) +
                    " standard errors): its drift cannot be carried on into the creep; wait until "
                    "it is straight"
            );
        }
    }
    offset = line.coefficient[0];
    drift = line.coefficient[1] / scale;
    out.is_there = true;
    out.centre_s = centre;
    out.offset_sd = std::sqrt(line.variance[0] * scatter);
    out.drift_per_s = drift;
    out.drift_sd_per_s = std::sqrt(line.variance[1] * scatter) / scale;
    return out;
}

}  // namespace relaxd::model
