// SPDX-License-Identifier: MIT
#include "model/master/master_rows.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

namespace relaxd::model {

namespace {

constexpr std::size_t rows_min = 5;
constexpr std::size_t frequencies_min = 4;
// Without given sigmas: the shape of the noise, its size comes from the residuals.
constexpr double storage_noise = 0.01;
constexpr double loss_noise = 0.02;
constexpr std::size_t learnt_from_rows = 15;
constexpr double outlier_sd = 4.0;
constexpr double floor_share = 0.003;  ///< Of the largest value of the same modulus.

bool is_given(double sigma) {
    return std::isfinite(sigma) && sigma > 0.0;
}

bool is_frequency(double omega_rad_s) {
    return std::isfinite(omega_rad_s) && omega_rad_s > 0.0;
}

double largest_of(const std::vector<MasterValue>& values) {
    double largest = 0.0;
    for (const auto& v : values) {
        largest = std::max(largest, std::abs(v.value));
    }
    return largest;
}

void assign_sigmas(std::vector<MasterValue>& values, double noise, bool& has_sigmas) {
    const double floor = floor_share * largest_of(values);
    for (auto& v : values) {
        if (!is_given(v.sigma)) {
            has_sigmas = false;
            v.has_sigma = false;
            v.sigma = noise * std::abs(v.value) + floor;
        }
    }
}

/// Mean square over sigma above what noise alone gives (5 standard deviations of chi2).
bool is_above_noise(const std::vector<MasterValue>& values) {
    double sum = 0.0;
    for (const auto& v : values) {
        sum += v.value * v.value / (v.sigma * v.sigma);
    }
    const auto n = static_cast<double>(values.size());
    return sum > n + 5.0 * std::sqrt(2.0 * n);
}

std::size_t positive(const std::vector<MasterValue>& values) {
    return static_cast<std::size_t>(std::count_if(
        values.begin(), values.end(), [](const MasterValue& v) { return v.value > 0.0; }
    ));
}

std::size_t frequencies_of(const std::vector<MasterValue>& values) {
    std::set<long long> distinct;
    for (const auto& v : values) {
        distinct.insert(std::llround(v.ln_omega * 1e3));
    }
    return distinct.size();
}

std::string reason_against(const MasterRows& rows, bool with_storage) {
    const auto& loss = rows.loss;
    if (loss.empty()) {
        return "no row has omega_rad_s and a loss modulus";
    }
    if (loss.size() < rows_min || frequencies_of(loss) < frequencies_min) {
        return "too few rows: at least 5 at 4 frequencies are needed, here are " +
               to_text(static_cast<double>(loss.size())) + " at " +
               to_text(static_cast<double>(frequencies_of(loss)));
    }
    if (2 * positive(loss) < loss.size()) {
        return "most loss moduli are zero or negative: this is no relaxation";
    }
    if (with_storage && !rows.storage.empty() && 2 * positive(rows.storage) < rows.storage.size()) {
        return "most storage moduli are zero or negative: this is no modulus";
    }
    if (rows.has_sigmas && !is_above_noise(loss)) {
        return "the loss modulus does not rise above its standard deviations";
    }
    return {};
}

}  // namespace

double MasterRows::lowest() const {
    return std::min(
        loss.empty() ? 1e300 : loss.front().ln_omega,
        storage.empty() ? 1e300 : storage.front().ln_omega
    );
}

double MasterRows::highest() const {
    return std::max(
        loss.empty() ? -1e300 : loss.back().ln_omega,
        storage.empty() ? -1e300 : storage.back().ln_omega
    );
}

double MasterRows::largest() const {
    return std::max(largest_of(storage), largest_of(loss));
}

bool learn_noise(std::vector<MasterValue>& values, const std::vector<double>& model) {
    std::vector<std::size_t> which;
    double largest = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!values[i].has_sigma) {
            which.push_back(i);
        }
        largest = std::max(largest, std::abs(model[i]));
    }
    if (which.size() < learnt_from_rows) {
        return false;
    }
    const auto n = static_cast<double>(which.size());
    double best = -std::numeric_limits<double>::infinity();
    double best_share = 0.0;
    double best_scale = 0.0;
    for (const double share : {0.0, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0}) {
        std::vector<double> ratios;
        double ln_sigma = 0.0;
        for (const std::size_t i : which) {
            const double sigma = std::max(std::hypot(model[i], share * largest), 1e-9 * largest);
            ratios.push_back(std::abs(values[i].value - model[i]) / sigma);
            ln_sigma += std::log(sigma);
        }
        const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
        std::nth_element(ratios.begin(), middle, ratios.end());
        const double scale = 1.4826 * *middle;
        double robust = 0.0;
        for (const double ratio : ratios) {
            robust += std::min(ratio / std::max(scale, 1e-300), outlier_sd);
        }
        // A Laplace density: outliers neither decide nor vanish.
        const double likelihood = -ln_sigma - n * std::log(robust * std::max(scale, 1e-300));
        if (scale > 0.0 && likelihood > best) {
            best = likelihood;
            best_share = share;
            best_scale = scale;
        }
    }
    for (const std::size_t i : which) {
        values[i].sigma =
            best_scale * std::max(std::hypot(model[i], best_share * largest), 1e-9 * largest);
    }
    return best_scale > 0.0;
}

MasterRows read_master(const record::SeriesData& data, bool with_storage) {
    MasterRows out;
    std::size_t left_out = 0;
    for (const auto& p : data.points) {
        if (p.is_relative != data.points.front().is_relative ||
            p.is_shear != data.points.front().is_shear) {
            out.refusal = p.is_relative != data.points.front().is_relative
                              ? "relative and absolute moduli cannot be fitted together"
                              : "tensile and shear moduli cannot be fitted together";
            return out;
        }
        const bool has_loss = std::isfinite(p.loss_modulus);
        const bool has_storage = with_storage && std::isfinite(p.storage_modulus);
        if (!is_frequency(p.omega_rad_s) || (!has_loss && !has_storage)) {
            ++left_out;
            continue;
        }
        const double ln_omega = std::log(p.omega_rad_s);
        if (has_loss) {
            out.loss.push_back({ln_omega, p.loss_modulus, p.loss_modulus_sigma, p.seq});
        }
        if (has_storage) {
            out.storage.push_back({ln_omega, p.storage_modulus, p.storage_modulus_sigma, p.seq});
        }
        out.first_seq = out.n_rows == 0 ? p.seq : std::min(out.first_seq, p.seq);
        out.last_seq = std::max(out.last_seq, p.seq);
        ++out.n_rows;
    }
    const auto by_omega = [](const MasterValue& a, const MasterValue& b) {
        return std::tie(a.ln_omega, a.seq) < std::tie(b.ln_omega, b.seq);
    };
    std::sort(out.loss.begin(), out.loss.end(), by_omega);
    std::sort(out.storage.begin(), out.storage.end(), by_omega);
    assign_sigmas(out.loss, loss_noise, out.has_sigmas);
    assign_sigmas(out.storage, storage_noise, out.has_sigmas);
    if (left_out > 0) {
        out.warnings.push_back(
            to_text(static_cast<double>(left_out)) +
            " rows left out: omega_rad_s or the modulus is missing, not positive or not a number"
        );
    }
    if (!out.has_sigmas && out.n_rows > 0) {
        out.warnings.emplace_back(
            "standard deviations are missing in the data: their size comes from the residuals"
        );
    }
    out.refusal = reason_against(out, with_storage);
    return out;
}

}  // namespace relaxd::model
