// SPDX-License-Identifier: MIT
//
// Rows of a creep, recovery, relaxation, tension or ageing test, or of master data, for the fits.
#include "schema/base/number.hpp"
#include "schema/record/estimate_rows.hpp"
#include "schema/table/table.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

namespace relaxd::table {

namespace {

using record::Channel;

constexpr const char* rate_key = "strain_rate_per_s";
constexpr const char* load_time_key = "load_time_s";
/// More distinct rates than this are a measured column, not the rates of several tests.
constexpr std::size_t rates_max = 20;

double first_of(const record::Channels& values, std::initializer_list<Channel> channels) {
    for (const Channel channel : channels) {
        if (values.has(channel)) {
            return values[channel];
        }
    }
    return record::unknown;
}

bool is_shear_row(const record::Channels& values) {
    // Compliance and relaxation modulus have one name in both: beside a shear strain of shear.
    const bool has_tensile =
        values.has(Channel::storage_modulus_Pa) || values.has(Channel::loss_modulus_Pa) ||
        values.has(Channel::strain) ||
        (!values.has(Channel::shear_strain) &&
         (values.has(Channel::compliance_per_Pa) || values.has(Channel::relaxation_modulus_Pa)));
    const bool has_shear = values.has(Channel::shear_storage_modulus_Pa) ||
                           values.has(Channel::shear_loss_modulus_Pa) ||
                           values.has(Channel::shear_strain);
    return has_shear && !has_tensile;
}

/// Absolute moduli before relative ones; E'' from tan delta where only that was recorded.
void put_moduli(record::SeriesPoint& point, const record::Channels& values) {
    point.storage_modulus =
        values[point.is_shear ? Channel::shear_storage_modulus_Pa : Channel::storage_modulus_Pa];
    point.loss_modulus =
        values[point.is_shear ? Channel::shear_loss_modulus_Pa : Channel::loss_modulus_Pa];
    point.storage_modulus_sigma = values
        [point.is_shear ? Channel::shear_storage_modulus_sigma_Pa
                        : Channel::storage_modulus_sigma_Pa];
    point.loss_modulus_sigma = values
        [point.is_shear ? Channel::shear_loss_modulus_sigma_Pa : Channel::loss_modulus_sigma_Pa];
    if (std::isnan(point.storage_modulus) && std::isnan(point.loss_modulus)) {
        point.is_relative = values.has(Channel::storage_modulus_relative) ||
                            values.has(Channel::loss_modulus_relative);
        point.storage_modulus = values[Channel::storage_modulus_relative];
        point.loss_modulus = values[Channel::loss_modulus_relative];
        point.storage_modulus_sigma = values[Channel::storage_modulus_relative_sigma];
        point.loss_modulus_sigma = values[Channel::loss_modulus_relative_sigma];
    }
    point.tan_delta = values[Channel::tan_delta];
    point.tan_delta_sigma = values[Channel::tan_delta_sigma];
    if (std::isnan(point.loss_modulus)) {
        point.loss_modulus = point.storage_modulus * point.tan_delta;
    }
    if (std::isnan(point.tan_delta) && point.storage_modulus > 0.0) {
        point.tan_delta = point.loss_modulus / point.storage_modulus;
        point.tan_delta_sigma = std::hypot(
            point.loss_modulus_sigma / point.storage_modulus,
            point.tan_delta * point.storage_modulus_sigma / point.storage_modulus
        );
    }
}

record::SeriesPoint point_from(const record::Reading& row) {
    const record::Channels& values = row.values;
    record::SeriesPoint point;
    point.seq = row.number;
    point.segment = row.segment;
    point.time_s = row.time_s;
    point.is_shear = is_shear_row(values);
    point.temperature_K = values[Channel::temperature_K];
    point.omega_rad_s = values.has(Channel::omega_rad_s)
                            ? values[Channel::omega_rad_s]
                            : 2.0 * std::numbers::pi * values[Channel::frequency_Hz];
    const bool shear = point.is_shear;
    point.strain = values[shear ? Channel::shear_strain : Channel::strain];
    point.strain_sigma = values[shear ? Channel::shear_strain_sigma : Channel::strain_sigma];
    // The key `stress_Pa` is the stress of a shear test too.
    point.stress_Pa = shear ? first_of(values, {Channel::shear_stress_Pa, Channel::stress_Pa})
                            : values[Channel::stress_Pa];
    point.stress_sigma_Pa =
        shear ? first_of(values, {Channel::shear_stress_sigma_Pa, Channel::stress_sigma_Pa})
              : values[Channel::stress_sigma_Pa];
    point.compliance_per_Pa = values[Channel::compliance_per_Pa];
    point.compliance_sigma_per_Pa = values[Channel::compliance_sigma_per_Pa];
    point.relaxation_modulus_Pa = values[Channel::relaxation_modulus_Pa];
    if (std::isnan(point.relaxation_modulus_Pa) && std::isfinite(point.strain) &&
        point.strain != 0.0) {
        point.relaxation_modulus_Pa = point.stress_Pa / point.strain;
    }
    put_moduli(point, values);
    return point;
}

double key_of(const Table& table, const char* name) {
    const auto found = table.keys.find(name);
    return found == table.keys.end() ? record::unknown
                                     : to_double(found->second).value_or(record::unknown);
}

double extra_of(const record::Reading& row, const char* name) {
    const auto found = row.extra.find(name);
    return found == row.extra.end() ? record::unknown : found->second;
}

/// Where the load came on, if rows before it were recorded without (or at a preload): times of a
/// run count from its start, those of the fits from the load (CONTRACT 4). Readings at logarithmic
/// times point back at it; otherwise it is one sampling interval before the first under load, never
/// before the last without. 0 = the times are those of the load already. A stress that takes its
/// time to rise is no load of a creep test.
double load_began_s(const std::vector<record::SeriesPoint>& points) {
    constexpr double risen = 0.5;
    constexpr double longest_rise = 0.05;  // of the time that follows
    double highest_Pa = 0.0;
    for (const auto& point : points) {
        if (std::isfinite(point.stress_Pa)) {
            highest_Pa = std::fmax(highest_Pa, std::fabs(point.stress_Pa));
        }
    }
    const auto is_below = [&](std::size_t i, double share) {
        return !(std::fabs(points[i].stress_Pa) > share * highest_Pa);
    };
    std::size_t loaded = 0;
    while (loaded < points.size() && is_below(loaded, risen)) {
        ++loaded;
    }
    if (loaded == 0 || loaded + 2 >= points.size() || highest_Pa == 0.0) {
        return 0.0;
    }
    const double base = std::fabs(points.front().stress_Pa) / highest_Pa;
    std::size_t before = loaded - 1;
    while (before > 0 && !is_below(before, base + 0.1 * (1.0 - base))) {
        --before;
    }
    const double before_s = points[before].time_s;
    const double loaded_s = points[before + 1].time_s;
    const double rest_s = points.back().time_s - points[loaded].time_s;
    if (!(before_s >= 0.0) || !(loaded_s > before_s) ||
        !(points[loaded].time_s - before_s < longest_rise * rest_s)) {
        return 0.0;
    }
    const double step_s = points[before + 2].time_s - loaded_s;
    const double ratio = (points[before + 3].time_s - points[before + 2].time_s) / step_s;
    const double back_s = ratio > 1.01 ? step_s / (ratio - 1.0) : step_s;
    return std::isfinite(back_s) ? std::clamp(loaded_s - back_s, before_s, loaded_s) : loaded_s;
}

bool is_creep(const std::vector<record::SeriesPoint>& points) {
    return std::any_of(points.begin(), points.end(), [](const auto& point) {
        return std::isfinite(point.compliance_per_Pa) || std::isfinite(point.strain);
    });
}

/// Stress against strain without times: at a constant rate, loading and unloading, the path is the
/// time.
void put_times_of_strain(std::vector<record::SeriesPoint>& points, double rate_per_s) {
    const bool has_times = std::any_of(points.begin(), points.end(), [](const auto& point) {
        return std::isfinite(point.time_s);
    });
    if (has_times || !(std::fabs(rate_per_s) > 0.0) || !std::isfinite(rate_per_s)) {
        return;
    }
    double time_s = 0.0;
    double last = 0.0;
    for (auto& point : points) {
        if (std::isfinite(point.strain)) {
            time_s += std::fabs(point.strain - last) / std::fabs(rate_per_s);
            last = point.strain;
            point.time_s = time_s;
        }
    }
}

record::SeriesInput input_from(const Table& table, const std::string& name) {
    record::SeriesInput input;
    input.name = name;
    input.strain_rate_per_s = key_of(table, rate_key);
    input.load_time_s = key_of(table, load_time_key);
    input.stress_Pa = key_of(table, "stress_Pa");
    if (const auto kind = table.keys.find("stress"); kind != table.keys.end()) {
        input.stress_kind = kind->second;
    }
    input.length_m = key_of(table, "specimen_length_m");
    input.area_m2 = key_of(table, "specimen_width_m") * key_of(table, "specimen_thickness_m");
    if (std::isnan(input.area_m2)) {
        input.area_m2 = key_of(table, "specimen_area_m2");
    }
    for (const record::Reading& row : table.rows) {
        if (std::isnan(input.load_time_s)) {
            input.load_time_s = extra_of(row, load_time_key);
        }
    }
    return input;
}

bool has_column_of_rates(const Table& table) {
    std::set<double> rates;
    for (const record::Reading& row : table.rows) {
        const double rate_per_s = extra_of(row, rate_key);
        if (std::isfinite(rate_per_s)) {
            rates.insert(std::fabs(rate_per_s));
        }
    }
    return !rates.empty() && rates.size() <= rates_max;
}

/// Ends the input that `points` belong to.
void close_input(
    record::SeriesData& data,
    const record::SeriesInput& input,
    std::vector<record::SeriesPoint>& points
) {
    if (points.empty()) {
        return;
    }
    if (std::isnan(input.strain_rate_per_s) && is_creep(points)) {
        const double began_s = load_began_s(points);
        for (auto& point : points) {
            point.time_s -= began_s;
        }
    }
    put_times_of_strain(points, input.strain_rate_per_s);
    data.points.insert(data.points.end(), points.begin(), points.end());
    data.inputs.push_back(input);
    points.clear();
}

}  // namespace

void add_series(record::SeriesData& data, const Table& table, const std::string& name) {
    record::SeriesInput input = input_from(table, name);
    const bool has_rates = has_column_of_rates(table);
    const std::uint64_t seq = data.points.empty() ? 0 : data.points.back().seq;
    int segment = 0;
    for (const auto& point : data.points) {
        segment = std::max(segment, point.segment);
    }
    std::vector<record::SeriesPoint> points;
    for (const record::Reading& row : table.rows) {
        if (row.time_s < 0.0 && table.format != "csv") {
            continue;  // a marker row of an instrument's own file
        }
        if (record::is_unfit(row.flags)) {
            continue;
        }
        const double rate_per_s = has_rates ? std::fabs(extra_of(row, rate_key)) : record::unknown;
        if (std::isfinite(rate_per_s) && rate_per_s != input.strain_rate_per_s) {
            close_input(data, input, points);
            input.strain_rate_per_s = rate_per_s;
        }
        record::SeriesPoint point = point_from(row);
        point.seq += seq;
        point.segment += segment;
        point.input = static_cast<int>(data.inputs.size());
        points.push_back(point);
    }
    close_input(data, input, points);
}

}  // namespace relaxd::table
