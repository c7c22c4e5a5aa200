// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_data.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <tuple>

namespace relaxd::model {

namespace {

constexpr std::size_t rows_max = 4000;
constexpr double neighbour_K = 3.0;  ///< Rows closer than this describe the same modulus.
constexpr double storage_noise = 0.003;
constexpr double loss_noise = 0.01;
constexpr double loss_floor_Pa = 3e6;

bool is_usable(const record::DynamicPoint& p) {
    return std::isfinite(p.temperature_K) && p.temperature_K > 0.0 &&
           std::isfinite(p.frequency_Hz) && p.frequency_Hz > 0.0 &&
           std::isfinite(p.storage_modulus_Pa) && std::isfinite(p.loss_modulus_Pa);
}

bool is_sigma(double sigma) {
    return std::isfinite(sigma) && sigma > 0.0;
}

/// Inputs become 0, 1, 2 … in the order of their numbers; how many there are.
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

/// Gives every row the number of its input, kind and frequency; frequencies within 0.1 % are one.
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

/// Robust scale of the noise of one frequency against its declared sigma, from the distance of each
/// row to the line through its neighbours; 1 where too few rows are dense.
double noise_scale(
    std::span<const DynamicRow> rows, double DynamicRow::* value, double DynamicRow::* sigma
) {
    std::vector<double> ratio;
    for (std::size_t i = 1; i + 1 < rows.size(); ++i) {
        const DynamicRow& a = rows[i - 1];
        const DynamicRow& b = rows[i];
        const DynamicRow& c = rows[i + 1];
        const double span_K = c.temperature_K - a.temperature_K;
        if (span_K > neighbour_K || span_K <= 0.0) {
            continue;
        }
        const double w = (b.temperature_K - a.temperature_K) / span_K;
        const double distance = b.*value - (1.0 - w) * (a.*value) - w * (c.*value);
        const double variance = 1.0 + w * w + (1.0 - w) * (1.0 - w);
        ratio.push_back(std::abs(distance) / (b.*sigma * std::sqrt(variance)));
    }
    if (ratio.size() < 20) {
        return 1.0;
    }
    const auto middle = ratio.begin() + static_cast<std::ptrdiff_t>(ratio.size() / 2);
    std::nth_element(ratio.begin(), middle, ratio.end());
    return std::clamp(1.4826 * *middle, 0.2, 100.0);
}

void assign_sigmas(std::vector<DynamicRow>& rows) {
    std::vector<bool> storage_given;
    std::vector<bool> loss_given;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        storage_given.push_back(is_sigma(rows[i].storage_sigma_Pa));
        loss_given.push_back(is_sigma(rows[i].loss_sigma_Pa));
        if (!storage_given[i]) {
            const double storage = std::abs(expected(rows, i, &DynamicRow::storage_Pa));
            rows[i].storage_sigma_Pa = std::max(storage_noise * storage, 1.0);
        }
        if (!loss_given[i]) {
            rows[i].loss_sigma_Pa =
                loss_noise * std::abs(expected(rows, i, &DynamicRow::loss_Pa)) + loss_floor_Pa;
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

/// Weighted means in cells of `width_K` and one frequency.
std::vector<DynamicRow> binned(const std::vector<DynamicRow>& rows, double width_K) {
    struct Sums {
        DynamicRow row;
        double weight_storage = 0.0;
        double weight_loss = 0.0;
        double temperature = 0.0;
        double ln_omega = 0.0;
        double storage = 0.0;
        double loss = 0.0;
    };
    std::map<std::pair<int, std::int64_t>, Sums> cells;
    for (const auto& row : rows) {
        auto& cell = cells[{row.group, std::llround(std::floor(row.temperature_K / width_K))}];
        const double n = static_cast<double>(row.count);
        const double a = 1.0 / (row.storage_sigma_Pa * row.storage_sigma_Pa);
        const double b = 1.0 / (row.loss_sigma_Pa * row.loss_sigma_Pa);
        if (cell.weight_loss == 0.0) {
            cell.row = row;
            cell.row.count = 0;
        }
        cell.row.count += row.count;
        cell.row.seq = std::min(cell.row.seq, row.seq);
        cell.weight_storage += a;
        cell.weight_loss += b;
        cell.temperature += n * row.temperature_K;
        cell.ln_omega += n * row.ln_omega;
        cell.storage += a * row.storage_Pa;
        cell.loss += b * row.loss_Pa;
    }
    std::vector<DynamicRow> out;
    for (auto& [key, cell] : cells) {
        const double n = static_cast<double>(cell.row.count);
        cell.row.temperature_K = cell.temperature / n;
        cell.row.ln_omega = cell.ln_omega / n;
        cell.row.storage_Pa = cell.storage / cell.weight_storage;
        cell.row.loss_Pa = cell.loss / cell.weight_loss;
        cell.row.storage_sigma_Pa = 1.0 / std::sqrt(cell.weight_storage);
        cell.row.loss_sigma_Pa = 1.0 / std::sqrt(cell.weight_loss);
        out.push_back(cell.row);
    }
    return out;
}

}  // namespace

DynamicData dynamic_data(std::span<const record::DynamicPoint> points, double T_max_K) {
    DynamicData data;
    data.rows.reserve(points.size());
    for (const auto& p : points) {
        if (!is_usable(p)) {
            ++data.n_refused;
            continue;
        }
        if (p.temperature_K > T_max_K) {
            ++data.n_masked;
            continue;
        }
        DynamicRow row;
        row.temperature_K = p.temperature_K;
        row.ln_omega = std::log(2.0 * std::numbers::pi * p.frequency_Hz);
        row.storage_Pa = p.storage_modulus_Pa;
        row.loss_Pa = p.loss_modulus_Pa;
        row.storage_sigma_Pa = p.storage_modulus_sigma_Pa;
        row.loss_sigma_Pa = p.loss_modulus_sigma_Pa;
        row.seq = p.seq;
        row.input = p.input;
        row.is_shear = p.is_shear;
        (p.is_shear ? data.has_shear : data.has_tensile) = true;
        const bool first = data.rows.empty();
        data.first_seq = first ? p.seq : std::min(data.first_seq, p.seq);
        data.last_seq = first ? p.seq : std::max(data.last_seq, p.seq);
        data.T_min_K = first ? p.temperature_K : std::min(data.T_min_K, p.temperature_K);
        data.T_max_K = first ? p.temperature_K : std::max(data.T_max_K, p.temperature_K);
        data.T_last_K = p.temperature_K;
        data.rows.push_back(row);
    }
    data.n_points = data.rows.size();
    data.n_inputs = number_inputs(data.rows);
    number_groups(data.rows);
    sort_rows(data.rows);
    assign_sigmas(data.rows);
    for (double width_K = 0.5; data.rows.size() > rows_max && width_K < 100.0; width_K *= 2.0) {
        data.rows = binned(data.rows, width_K);
        sort_rows(data.rows);
    }
    return data;
}

std::vector<DynamicRow> thinned(const std::vector<DynamicRow>& rows, std::size_t n) {
    const std::size_t stride = std::max<std::size_t>(1, rows.size() / std::max<std::size_t>(n, 1));
    std::vector<DynamicRow> out;
    for (std::size_t i = stride / 2; i < rows.size(); i += stride) {
        out.push_back(rows[i]);
    }
    return out;
}

}  // namespace relaxd::model
