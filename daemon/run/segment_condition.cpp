// SPDX-License-Identifier: MIT
#include "daemon/run/segment_condition.hpp"

#include "schema/base/number.hpp"

#include <cmath>
#include <string_view>

namespace relaxd::daemon {

namespace {

constexpr int digits = 4;

/// The row of this parameter for this segment or for the whole run; null where there is none.
const record::Estimate* row_of(
    std::span<const record::Row> rows, std::string_view parameter, int executed
) {
    for (const record::Row& row : rows) {
        const auto* estimate = std::get_if<record::Estimate>(&row);
        if (estimate != nullptr && estimate->parameter == parameter &&
            (estimate->segment == 0 || estimate->segment == executed)) {
            return estimate;
        }
    }
    return nullptr;
}

const record::Estimate* wanted_row(
    const method::Segment& segment,
    int executed,
    SegmentRole role,
    std::span<const record::Row> rows
) {
    if (segment.parameter != "chi") {
        return row_of(rows, segment.parameter, executed);
    }
    if (role != SegmentRole::isotherm && role != SegmentRole::sweep) {
        return row_of(rows, "chi_Tg", executed);
    }
    const record::Estimate* chi = row_of(rows, "chi", executed);
    return chi != nullptr ? chi : row_of(rows, "chi_slope", executed);
}

/// To four significant digits.
std::string short_text(double value) {
    if (value == 0.0) {
        return "0";
    }
    const double unit = std::pow(10.0, digits - 1 - std::floor(std::log10(std::abs(value))));
    const double rounded = std::round(value * unit) / unit;
    return to_text(std::isfinite(rounded) ? rounded : value);
}

}  // namespace

std::optional<ConditionMet> condition_met(
    const method::Segment& segment,
    int executed,
    SegmentRole role,
    std::span<const record::Row> rows
) {
    if (segment.kind != method::SegmentKind::isothermal_until || segment.per_s > 0.0) {
        return std::nullopt;
    }
    const record::Estimate* row = wanted_row(segment, executed, role, rows);
    if (row == nullptr || row->state != record::ParameterState::determined) {
        return std::nullopt;
    }
    const bool is_known = std::isfinite(row->value) && std::isfinite(row->standard_error) &&
                          row->standard_error <= segment.tolerance;
    if (!is_known) {
        return std::nullopt;
    }
    return ConditionMet{row->parameter, row->value, row->standard_error};
}

std::string text_of(const ConditionMet& met, double tolerance) {
    return met.parameter + " = " + short_text(met.value) + " ± " + short_text(met.standard_error) +
           ", wanted to " + to_text(tolerance);
}

}  // namespace relaxd::daemon
