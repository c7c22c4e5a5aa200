// SPDX-License-Identifier: MIT
#include "daemon/run/static_elongation.hpp"

#include "schema/base/number.hpp"
#include "schema/record/estimate_rows.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace relaxd::daemon {

namespace {

/// Per cent to four digits behind the point.
std::string percent(double share) {
    return to_text(std::round(share * 1e6) / 1e4) + " %";
}

}  // namespace

StaticElongation::StaticElongation(
    const method::Method& method,
    const std::vector<method::Executed>& executed,
    const record::Specimen& specimen
)
    : alarm_(method.static_elongation_alarm) {
    const std::string& clamp = specimen.clamp.empty() ? method.clamp : specimen.clamp;
    is_watching_ = is_oscillation(method.mode) && (clamp == "tension" || clamp == "compression");
    reference_m_ = clamp == "tension" ? specimen.length_m : specimen.thickness_m;
    for (const method::Executed& one : executed) {
        if (one.segment.kind == method::SegmentKind::measure_length) {
            measures_.push_back(one.number);
        }
    }
}

std::optional<record::Event> StaticElongation::look(const record::Reading& reading) {
    const double length_m = reading.values[record::Channel::length_m];
    if (!is_watching_ || !(length_m > 0.0) || record::is_unfit(reading.flags)) {
        return std::nullopt;
    }
    const bool is_measured = std::any_of(measures_.begin(), measures_.end(), [&](int measure) {
        return segment_ < measure && measure < reading.segment;
    });
    segment_ = reading.segment;
    if (is_measured || !(reference_m_ > 0.0)) {
        reference_m_ = length_m;
    }
    const double elongation = length_m / reference_m_ - 1.0;
    if (!(std::abs(elongation) > alarm_)) {
        return std::nullopt;
    }
    is_watching_ = false;
    const double factor = (1.0 + elongation) * (1.0 + elongation);
    record::Event event;
    event.severity = record::Severity::minor;
    event.code = static_elongation_code;
    event.message = "the specimen is " + percent(std::abs(elongation)) +
                    (elongation > 0.0 ? " longer" : " shorter") +
                    " than the length that strain and modulus refer to (alarm at " +
                    percent(alarm_) + "): at constant volume its modulus is " +
                    to_text(std::round(factor * 1e4) / 1e4) +
                    " times the one shown. \"Measure length\" with reference_length = \"current\" "
                    "makes the reference anew, less preload or force_track stretches less";
    event.detail = "length_m=" + to_text(length_m) + " reference_m=" + to_text(reference_m_) +
                   " elongation=" + to_text(elongation);
    return event;
}

}  // namespace relaxd::daemon
