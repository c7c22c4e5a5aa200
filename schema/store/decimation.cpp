// SPDX-License-Identifier: MIT
#include "schema/store/decimation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>

namespace relaxd::store {

namespace {

void keep_corners(std::span<const Mark> stretch, std::vector<std::uint64_t>& kept) {
    const Mark* least = nullptr;
    const Mark* most = nullptr;
    for (const Mark& mark : stretch) {
        if (std::isnan(mark.value)) {
            continue;
        }
        if (least == nullptr || mark.value < least->value) {
            least = &mark;
        }
        if (most == nullptr || mark.value > most->value) {
            most = &mark;
        }
    }
    kept.push_back(stretch.front().seq);
    if (least != nullptr) {
        kept.push_back(least->seq);
        kept.push_back(most->seq);
    }
    kept.push_back(stretch.back().seq);
}

}  // namespace

std::vector<std::uint64_t> decimate(const std::vector<Mark>& marks, std::size_t max_points) {
    std::vector<std::uint64_t> kept;
    if (marks.size() <= max_points) {
        for (const Mark& mark : marks) {
            kept.push_back(mark.seq);
        }
        return kept;
    }
    std::map<double, std::vector<Mark>> groups;
    for (const Mark& mark : marks) {
        const double key = std::isnan(mark.frequency_Hz) ? -std::numeric_limits<double>::infinity()
                                                         : mark.frequency_Hz;
        groups[key].push_back(mark);
    }
    const std::size_t stretches = max_points / (4 * groups.size());
    if (stretches == 0) {
        return kept;
    }
    for (const auto& [frequency_Hz, group] : groups) {
        const std::span<const Mark> all(group);
        const std::size_t parts = std::min(stretches, group.size());
        for (std::size_t i = 0; i < parts; ++i) {
            const std::size_t from = i * group.size() / parts;
            const std::size_t to = (i + 1) * group.size() / parts;
            keep_corners(all.subspan(from, to - from), kept);
        }
    }
    std::sort(kept.begin(), kept.end());
    kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
    return kept;
}

}  // namespace relaxd::store
