// SPDX-License-Identifier: MIT
#include "schema/record/estimate_rows.hpp"
#include "schema/table/table.hpp"

#include <cmath>
#include <numbers>

namespace relaxd::table {

namespace {

using record::Channel;

/// Where a modulus and its uncertainty stand.
struct Moduli {
    Channel storage;
    Channel loss;
    Channel storage_sigma;
    Channel loss_sigma;
};

constexpr Moduli tensile{
    Channel::storage_modulus_Pa,
    Channel::loss_modulus_Pa,
    Channel::storage_modulus_sigma_Pa,
    Channel::loss_modulus_sigma_Pa,
};
constexpr Moduli shear{
    Channel::shear_storage_modulus_Pa,
    Channel::shear_loss_modulus_Pa,
    Channel::shear_storage_modulus_sigma_Pa,
    Channel::shear_loss_modulus_sigma_Pa,
};

/// E'' or, where only tan delta was recorded, E' tan delta.
double loss_of(const record::Channels& values, const Moduli& moduli) {
    return values.has(moduli.loss) ? values[moduli.loss]
                                   : values[moduli.storage] * values[Channel::tan_delta];
}

double frequency_of(const record::Channels& values) {
    return values.has(Channel::frequency_Hz)
               ? values[Channel::frequency_Hz]
               : values[Channel::omega_rad_s] / (2.0 * std::numbers::pi);
}

bool is_usable(const record::DynamicPoint& point) {
    return std::isfinite(point.storage_modulus_Pa) && std::isfinite(point.loss_modulus_Pa) &&
           std::isfinite(point.frequency_Hz) && point.frequency_Hz > 0.0 &&
           std::isfinite(point.temperature_K) && point.temperature_K > 0.0;
}

}  // namespace

std::vector<record::DynamicPoint> dynamic_points(const std::vector<record::Reading>& rows) {
    std::vector<record::DynamicPoint> points;
    for (const record::Reading& row : rows) {
        if (row.time_s < 0.0 || record::is_unfit(row.flags)) {
            continue;
        }
        const bool is_shear = !row.values.has(Channel::storage_modulus_Pa) &&
                              row.values.has(Channel::shear_storage_modulus_Pa);
        const Moduli& moduli = is_shear ? shear : tensile;
        record::DynamicPoint point;
        point.is_shear = is_shear;
        point.seq = row.number;
        point.segment = row.segment;
        point.time_s = std::isfinite(row.time_s) ? row.time_s : 0.0;
        point.temperature_K = row.values[Channel::temperature_K];
        point.frequency_Hz = frequency_of(row.values);
        point.storage_modulus_Pa = row.values[moduli.storage];
        point.loss_modulus_Pa = loss_of(row.values, moduli);
        point.storage_modulus_sigma_Pa = row.values[moduli.storage_sigma];
        point.loss_modulus_sigma_Pa = row.values[moduli.loss_sigma];
        if (is_usable(point)) {
            points.push_back(point);
        }
    }
    return points;
}

}  // namespace relaxd::table
