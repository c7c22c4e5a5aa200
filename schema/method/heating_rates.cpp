// SPDX-License-Identifier: MIT
#include "schema/method/heating_rates.hpp"

#include <limits>

namespace relaxd::method {

std::vector<double> heating_rates(const std::vector<Executed>& executed) {
    std::vector<double> rates;
    rates.reserve(executed.size());
    double before_K = -std::numeric_limits<double>::infinity();
    for (const Executed& one : executed) {
        const Segment& segment = one.segment;
        double rate = 0.0;
        if (segment.kind == SegmentKind::ramp) {
            rate = segment.temperature_K < before_K ? -segment.rate_K_per_s : segment.rate_K_per_s;
        }
        const bool has_goal = segment.kind == SegmentKind::ramp ||
                              segment.kind == SegmentKind::equilibrate ||
                              segment.kind == SegmentKind::jump;
        before_K = has_goal ? segment.temperature_K : before_K;
        rates.push_back(rate);
    }
    return rates;
}

}  // namespace relaxd::method
