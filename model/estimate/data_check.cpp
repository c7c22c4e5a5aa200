// SPDX-License-Identifier: MIT
#include "model/estimate/data_check.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace relaxd::model {

namespace {

constexpr double bad_share_max = 0.1;
/// Softer than a gel, stiffer than diamond: another unit, not another glass.
constexpr double softest_Pa = 1e4;
constexpr double stiffest_Pa = 5e12;
constexpr double range_of_a_solid_K = 50.0;
constexpr double sigma_largest = 3.0;    // of the modulus itself
constexpr double sigma_smallest = 1e-9;  // finer than any instrument writes

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

double median_of(const DynamicData& data, const std::function<double(const DynamicRow&)>& of) {
    std::vector<double> values;
    values.reserve(data.rows.size());
    for (const auto& row : data.rows) {
        values.push_back(of(row));
    }
    return median(std::move(values));
}

std::string rounded(double value) {
    const double unit = std::pow(10.0, std::floor(std::log10(std::fabs(value))) - 1.0);
    return to_text(unit > 0.0 ? std::round(value / unit) * unit : value);
}

}  // namespace

std::string what_is_wrong(const DynamicData& data) {
    if (data.rows.empty()) {
        return {};
    }
    const auto bad =
        static_cast<double>(std::count_if(data.rows.begin(), data.rows.end(), [](const auto& row) {
            return row.storage_Pa <= 0.0;
        }));
    const auto all = static_cast<double>(data.rows.size());
    if (bad > bad_share_max * all) {
        return to_text(bad) + " of " + to_text(all) +
               " storage moduli are zero or negative: these are no moduli";
    }
    const double storage_Pa = median_of(data, [](const auto& row) { return row.storage_Pa; });
    if (storage_Pa < softest_Pa || storage_Pa > stiffest_Pa) {
        return "the middle storage modulus is " + rounded(storage_Pa) +
               " Pa: no glass has that; moduli are expected in Pa";
    }
    // Noise about a loss that is not resolved yet is no fault.
    const double loss =
        median_of(data, [](const auto& row) { return row.loss_Pa / row.loss_sigma_Pa; });
    if (loss < -1.0 || loss == 0.0) {
        return "most loss moduli are zero or negative: these are no moduli";
    }
    // Above T_g a glass flows; a liquid does so over all temperatures.
    const double tan_delta =
        median_of(data, [](const auto& row) { return row.loss_Pa / row.storage_Pa; });
    double coldest = tan_delta;
    double coldest_K = data.T_max_K;
    for (const auto& row : data.rows) {
        if (row.temperature_K < coldest_K) {
            coldest_K = row.temperature_K;
            coldest = row.loss_Pa / row.storage_Pa;
        }
    }
    if (data.T_max_K - data.T_min_K > range_of_a_solid_K && tan_delta > 1.0 && coldest > 1.0) {
        return "the loss exceeds the storage modulus from the lowest temperature on: this is no "
               "glass, or the columns are exchanged";
    }
    const double sigma =
        median_of(data, [](const auto& row) { return row.storage_sigma_Pa / row.storage_Pa; });
    if (sigma > sigma_largest || sigma < sigma_smallest) {
        return "the given standard deviations are " + rounded(sigma) +
               " of the storage modulus: leave them out if they are not known";
    }
    return {};
}

std::string what_is_wrong(std::span<const record::DynamicPoint> points, double T_max_K) {
    std::vector<double> storage_sigmas;
    std::vector<double> loss_sigmas;
    double all = 0.0;
    double bad_storage = 0.0;
    double bad_loss = 0.0;
    for (const auto& p : points) {
        if (p.temperature_K > T_max_K) {
            continue;
        }
        all += 1.0;
        bad_storage += p.storage_modulus_Pa <= 0.0 ? 1.0 : 0.0;
        bad_loss += p.loss_modulus_Pa <= 0.0 ? 1.0 : 0.0;
        if (p.storage_modulus_sigma_Pa > 0.0 && p.storage_modulus_Pa > 0.0) {
            storage_sigmas.push_back(p.storage_modulus_sigma_Pa / p.storage_modulus_Pa);
        }
        if (p.loss_modulus_sigma_Pa > 0.0 && p.storage_modulus_Pa > 0.0) {
            loss_sigmas.push_back(p.loss_modulus_sigma_Pa / p.storage_modulus_Pa);
        }
    }
    if (!points.empty() && all == 0.0) {
        return "all " + to_text(static_cast<double>(points.size())) +
               " points are masked: they lie above T_max_K";
    }
    if (bad_storage > bad_share_max * all) {
        return to_text(bad_storage) + " of " + to_text(all) +
               " storage moduli are zero or negative: these are no moduli";
    }
    if (bad_loss > 0.5 * all) {
        return "most loss moduli are zero or negative: these are no moduli";
    }
    for (auto* sigmas : {&storage_sigmas, &loss_sigmas}) {
        if (sigmas->empty()) {
            continue;
        }
        const double sigma = median(std::move(*sigmas));
        if (sigma > sigma_largest || sigma < sigma_smallest) {
            return "the given standard deviations are " + rounded(sigma) +
                   " of the storage modulus: leave them out if they are not known";
        }
    }
    return {};
}

}  // namespace relaxd::model
