// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <tuple>

namespace relaxd::model {

namespace {

constexpr double neighbour_K = 3.0;  ///< Rows closer than this describe the same modulus.
constexpr std::size_t distances_min = 20;
constexpr double scale_least = 0.2;
constexpr double scale_most = 100.0;
constexpr double sd_per_median = 1.4826;  ///< Of |x|, normal.

/// Of ratios of a distance and its declared sigma; nothing where they are few.
std::optional<double> scale_of(std::vector<double>& ratios) {
    if (ratios.size() < distances_min) {
        return std::nullopt;
    }
    const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
    std::nth_element(ratios.begin(), middle, ratios.end());
    return std::clamp(sd_per_median * *middle, scale_least, scale_most);
}

/// Median of the neighbours of row i, the row itself excluded so that its noise does not set its
/// own weight; its own value where it has fewer than two.
double expected(const std::vector<DynamicRow>& rows, std::size_t i, double DynamicRow::* member) {
    std::vector<double> near;
    const auto take = [&](std::size_t j) {
        if (rows[j].group == rows[i].group &&
            std::abs(rows[j].temperature_K - rows[i].temperature_K) <= neighbour_K) {
            near.push_back(rows[j].*member);
        }
    };
    for (std::size_t d = 1; d <= 2; ++d) {
        if (i >= d) {
            take(i - d);
        }
        if (i + d < rows.size()) {
            take(i + d);
        }
    }
    if (near.size() < 2) {
        return rows[i].*member;
    }
    std::sort(near.begin(), near.end());
    return 0.5 * (near[(near.size() - 1) / 2] + near[near.size() / 2]);
}

/// Distance of b to the line through its neighbours; nothing where they are too far apart.
struct Distance {
    double value = 0.0;
    double w = 0.0;  ///< Weight of c in the line; that of a is 1 - w.
};

std::optional<Distance> distance(
    const DynamicRow& a, const DynamicRow& b, const DynamicRow& c, double DynamicRow::* value
) {
    const double span_K = c.temperature_K - a.temperature_K;
    if (span_K > neighbour_K || span_K <= 0.0) {
        return std::nullopt;
    }
    const double w = (b.temperature_K - a.temperature_K) / span_K;
    return Distance{b.*value - (1.0 - w) * (a.*value) - w * (c.*value), w};
}

/// Robust scale of the noise of one frequency against its declared sigma, from the distance of each
/// row to the line through its neighbours; 1 where too few rows are dense.
double noise_scale(
    std::span<const DynamicRow> rows, double DynamicRow::* value, double DynamicRow::* sigma
) {
    std::vector<double> ratio;
    for (std::size_t i = 1; i + 1 < rows.size(); ++i) {
        const DynamicRow& b = rows[i];
        if (const auto d = distance(rows[i - 1], b, rows[i + 1], value)) {
            const double variance = 1.0 + d->w * d->w + (1.0 - d->w) * (1.0 - d->w);
            ratio.push_back(std::abs(d->value) / (b.*sigma * std::sqrt(variance)));
        }
    }
    return scale_of(ratio).value_or(1.0);
}

}  // namespace

std::size_t number_inputs(std::vector<DynamicRow>& rows) {
    std::map<int, int> number;
    for (const auto& row : rows) {
        number.emplace(row.input, 0);
    }
    int next = 0;
    for (auto& [input, place] : number) {
        place = next++;
    }
    if (number.size() > 1 || !number.contains(0)) {
        for (auto& row : rows) {
            row.input = number.at(row.input);
        }
    }
    return std::max<std::size_t>(1, number.size());
}

void sort_rows(std::vector<DynamicRow>& rows) {
    std::sort(rows.begin(), rows.end(), [](const DynamicRow& a, const DynamicRow& b) {
        return std::tie(a.group, a.temperature_K, a.seq, a.loss_Pa) <
               std::tie(b.group, b.temperature_K, b.seq, b.loss_Pa);
    });
}

void number_groups(std::vector<DynamicRow>& rows) {
    std::sort(rows.begin(), rows.end(), [](const DynamicRow& a, const DynamicRow& b) {
        return std::tie(a.input, a.is_shear, a.ln_omega) <
               std::tie(b.input, b.is_shear, b.ln_omega);
    });
    int group = -1;
    const DynamicRow* first = nullptr;
    for (auto& row : rows) {
        if (first == nullptr || row.input != first->input || row.is_shear != first->is_shear ||
            row.ln_omega > first->ln_omega + 1e-3) {
            ++group;
            first = &row;
        }
        row.group = group;
    }
}

double declared_storage_sigma_Pa(double storage_Pa) {
    constexpr double relative = 0.003;
    return std::max(relative * std::abs(storage_Pa), 1.0);
}

double declared_loss_sigma_Pa(double loss_Pa) {
    constexpr double relative = 0.01;
    constexpr double floor_Pa = 3e6;
    return relative * std::abs(loss_Pa) + floor_Pa;
}

bool is_sigma(double sigma) {
    return std::isfinite(sigma) && sigma > 0.0;
}

std::optional<double> noise_scale_of_means(
    std::span<const DynamicRow> rows, double DynamicRow::* value, double DynamicRow::* sigma
) {
    std::vector<double> ratio;
    for (std::size_t i = 1; i + 1 < rows.size(); ++i) {
        if (const auto d = distance(rows[i - 1], rows[i], rows[i + 1], value)) {
            const double of_a = (1.0 - d->w) * (rows[i - 1].*sigma);
            const double of_c = d->w * (rows[i + 1].*sigma);
            ratio.push_back(std::abs(d->value) / std::hypot(rows[i].*sigma, of_a, of_c));
        }
    }
    return scale_of(ratio);
}

void assign_sigmas(std::vector<DynamicRow>& rows) {
    std::vector<bool> storage_given;
    std::vector<bool> loss_given;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        storage_given.push_back(is_sigma(rows[i].storage_sigma_Pa));
        loss_given.push_back(is_sigma(rows[i].loss_sigma_Pa));
        if (!storage_given[i]) {
            rows[i].storage_sigma_Pa =
                declared_storage_sigma_Pa(expected(rows, i, &DynamicRow::storage_Pa));
        }
        if (!loss_given[i]) {
            rows[i].loss_sigma_Pa = declared_loss_sigma_Pa(expected(rows, i, &DynamicRow::loss_Pa));
        }
    }
    for (std::size_t first = 0; first < rows.size();) {
        std::size_t last = first;
        while (last < rows.size() && rows[last].group == rows[first].group) {
            ++last;
        }
        const std::span<const DynamicRow> group(&rows[first], last - first);
        const double storage =
            noise_scale(group, &DynamicRow::storage_Pa, &DynamicRow::storage_sigma_Pa);
        const double loss = noise_scale(group, &DynamicRow::loss_Pa, &DynamicRow::loss_sigma_Pa);
        for (std::size_t i = first; i < last; ++i) {
            rows[i].storage_sigma_Pa *= storage_given[i] ? 1.0 : storage;
            rows[i].loss_sigma_Pa *= loss_given[i] ? 1.0 : loss;
        }
        first = last;
    }
}

}  // namespace relaxd::model
