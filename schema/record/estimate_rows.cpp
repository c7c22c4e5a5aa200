// SPDX-License-Identifier: MIT
#include "schema/record/estimate_rows.hpp"

#include "schema/base/version.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace relaxd::record {

namespace {

/// A marker row of an instrument's own file (its time is below 0) is kept and is no measurement.
/// Where the correction dominates a modulus is the machine's (model/geometry/correction.hpp).
constexpr std::array<std::string_view, 7> unfit_flags{
    "overload",
    "clipped",
    "not_settled",
    "invalid",
    "marker",
    "correction_dominates",
    "settings_changed"
};

double finite_or_unknown(double value) {
    return std::isfinite(value) ? value : unknown;
}

/// What is known of a parameter that the data do not tell by itself, and what would tell it.
void add_combination(Estimate& row, const FitResult& result) {
    if (row.state == ParameterState::determined || row.state == ParameterState::fixed) {
        return;
    }
    for (const KnownCombination& known : result.known_combinations) {
        if (std::find(known.names.begin(), known.names.end(), row.parameter) != known.names.end()) {
            row.known_combination = known.expression;
            row.known_combination_value = finite_or_unknown(known.value);
            row.known_combination_standard_error = finite_or_unknown(known.standard_error);
            row.experiment = known.experiment;
            return;
        }
    }
}

Estimate row_of(
    const FitResult& result, const FitContext& context, const ParameterEstimate& parameter
) {
    Estimate row;
    row.fit_number = context.fit_number;
    row.time_utc = context.time_utc;
    row.model = result.model;
    row.parameter = parameter.name;
    row.value = finite_or_unknown(parameter.value);
    row.standard_error = finite_or_unknown(parameter.standard_error);
    row.lower_95 = finite_or_unknown(parameter.lower_95);
    row.upper_95 = finite_or_unknown(parameter.upper_95);
    row.state = parameter.state;
    row.systematic_error = finite_or_unknown(parameter.systematic_error);
    row.traded_with = parameter.traded_with;
    row.combined_error = finite_or_unknown(parameter.combined_error);
    row.method = parameter.method;
    add_combination(row, result);
    row.form = result.form;
    row.n_points = result.n_points;
    row.first_seq = result.first_seq;
    row.last_seq = result.last_seq;
    row.options_sha256 = context.options_sha256;
    row.code_version = std::string(code_version());
    row.simulated = context.simulated;
    row.segment = context.segment;
    row.temperature_K = finite_or_unknown(context.test_temperature_K);
    return row;
}

void add_isotherm(
    std::vector<Row>& rows,
    const FitResult& result,
    const FitContext& context,
    const IsothermEstimate& isotherm
) {
    const auto add = [&](ParameterEstimate parameter, const char* name) {
        parameter.name = name;
        Estimate row = row_of(result, context, parameter);
        row.segment = isotherm.segment;
        row.temperature_K = finite_or_unknown(isotherm.temperature_K);
        row.n_points = isotherm.n_points;
        if (isotherm.first_seq > 0) {
            row.first_seq = isotherm.first_seq;
            row.last_seq = isotherm.last_seq;
        }
        rows.emplace_back(std::move(row));
    };
    add(isotherm.chi_slope, "chi_slope");
    if (isotherm.chi) {
        add(*isotherm.chi, "chi");
    }
}

}  // namespace

std::vector<Row> estimate_rows(const FitResult& result, const FitContext& context) {
    std::vector<Row> rows;
    rows.reserve(result.parameters.size() + result.derived.size());
    for (const ParameterEstimate& parameter : result.parameters) {
        rows.emplace_back(row_of(result, context, parameter));
    }
    for (const ParameterEstimate& derived : result.derived) {
        Estimate row = row_of(result, context, derived);
        const bool is_of_last = derived.name == "tau_beta_s" || derived.name == "tau_max_s";
        if (is_of_last && context.segment == 0) {
            row.temperature_K = finite_or_unknown(context.last_temperature_K);
        }
        rows.emplace_back(std::move(row));
    }
    for (const IsothermEstimate& isotherm : result.isotherms) {
        add_isotherm(rows, result, context, isotherm);
    }
    for (const ShiftEstimate& shift : result.shifts) {
        ParameterEstimate parameter = shift.ln_aT;
        parameter.name = "ln_aT";
        Estimate row = row_of(result, context, parameter);
        row.temperature_K = finite_or_unknown(shift.temperature_K);
        rows.emplace_back(std::move(row));
    }
    for (const PeakEstimate& peak : result.peaks) {
        ParameterEstimate parameter = peak.temperature_K;
        parameter.name = "peak_temperature_K";
        Estimate row = row_of(result, context, parameter);
        row.frequency_Hz = finite_or_unknown(peak.frequency_Hz);
        rows.emplace_back(std::move(row));
    }
    return rows;
}

bool has_flag(std::string_view flags, std::string_view flag) {
    while (!flags.empty()) {
        const std::size_t blank = flags.find(' ');
        if (flags.substr(0, blank) == flag) {
            return true;
        }
        flags = blank == std::string_view::npos ? std::string_view{} : flags.substr(blank + 1);
    }
    return false;
}

bool is_unfit(std::string_view flags) {
    return std::any_of(unfit_flags.begin(), unfit_flags.end(), [flags](std::string_view flag) {
        return has_flag(flags, flag);
    });
}

std::optional<DynamicPoint> dynamic_point(const Point& point) {
    const Reading& reading = point.reading;
    const Channels& values = reading.values;
    const bool is_shear = !std::isfinite(values[Channel::storage_modulus_Pa]) &&
                          std::isfinite(values[Channel::shear_storage_modulus_Pa]);
    const auto of = [is_shear](Channel tensile, Channel shear) {
        return is_shear ? shear : tensile;
    };
    const Channel storage = of(Channel::storage_modulus_Pa, Channel::shear_storage_modulus_Pa);
    const Channel loss = of(Channel::loss_modulus_Pa, Channel::shear_loss_modulus_Pa);
    for (const Channel needed : {Channel::temperature_K, Channel::frequency_Hz, storage, loss}) {
        if (!std::isfinite(values[needed])) {
            return std::nullopt;
        }
    }
    if (is_unfit(reading.flags)) {
        return std::nullopt;
    }
    DynamicPoint out;
    out.seq = point.seq;
    out.segment = reading.segment;
    out.time_s = reading.time_s;
    out.temperature_K = values[Channel::temperature_K];
    out.frequency_Hz = values[Channel::frequency_Hz];
    out.is_shear = is_shear;
    out.storage_modulus_Pa = values[storage];
    out.loss_modulus_Pa = values[loss];
    out.storage_modulus_sigma_Pa =
        values[of(Channel::storage_modulus_sigma_Pa, Channel::shear_storage_modulus_sigma_Pa)];
    out.loss_modulus_sigma_Pa =
        values[of(Channel::loss_modulus_sigma_Pa, Channel::shear_loss_modulus_sigma_Pa)];
    return out;
}

std::vector<DynamicPoint> select_segments(
    std::span<const DynamicPoint> points, const std::vector<int>& segments
) {
    std::vector<DynamicPoint> selected;
    for (const DynamicPoint& point : points) {
        const bool is_wanted =
            segments.empty() ||
            std::find(segments.begin(), segments.end(), point.segment) != segments.end();
        if (is_wanted) {
            selected.push_back(point);
        }
    }
    return selected;
}

double temperature_at(std::span<const DynamicPoint> points, std::uint64_t seq) {
    const auto found = std::lower_bound(
        points.begin(),
        points.end(),
        seq,
        [](const DynamicPoint& point, std::uint64_t wanted) { return point.seq < wanted; }
    );
    const bool is_there = found != points.end() && found->seq == seq;
    return is_there ? found->temperature_K : unknown;
}

void note_window(FitResult& result, std::span<const DynamicPoint> points) {
    if (result.first_seq == 0 && !points.empty()) {
        result.first_seq = points.front().seq;
        result.last_seq = points.back().seq;
    }
}

}  // namespace relaxd::record
