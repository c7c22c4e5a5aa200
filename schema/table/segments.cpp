// SPDX-License-Identifier: MIT
#include "schema/table/segments.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace relaxd::table {

namespace {

using record::Channel;

constexpr double isotherm_band_K = 0.5;
constexpr std::size_t frequencies_min = 3;

/// Rows [first, end) within ±0.5 K of the first.
struct Group {
    std::size_t first = 0;
    std::size_t end = 0;
    double lowest_K = 0.0;
    double highest_K = 0.0;
    std::size_t frequencies = 0;
};

bool has_frequency(const record::Reading& row) {
    return row.values.has(Channel::frequency_Hz) || row.values.has(Channel::omega_rad_s);
}

double any_frequency(const record::Reading& row) {
    return row.values.has(Channel::frequency_Hz) ? row.values[Channel::frequency_Hz]
                                                 : row.values[Channel::omega_rad_s];
}

Group group_from(const std::vector<record::Reading>& rows, std::size_t first) {
    Group group;
    group.first = first;
    group.end = first;
    const double first_K = rows[first].values[Channel::temperature_K];
    group.lowest_K = first_K;
    group.highest_K = first_K;
    std::set<double> frequencies;
    for (; group.end < rows.size(); ++group.end) {
        const double temperature_K = rows[group.end].values[Channel::temperature_K];
        if (std::abs(temperature_K - first_K) > isotherm_band_K) {
            break;
        }
        group.lowest_K = std::min(group.lowest_K, temperature_K);
        group.highest_K = std::max(group.highest_K, temperature_K);
        frequencies.insert(any_frequency(rows[group.end]));
    }
    group.frequencies = frequencies.size();
    return group;
}

/// Isotherms jump further between them than they drift within; most are real sweeps.
bool are_isotherms(const std::vector<record::Reading>& rows, const std::vector<Group>& groups) {
    std::size_t sweeps = 0;
    std::size_t jumps = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        sweeps += groups[i].frequencies >= frequencies_min ? 1U : 0U;
        if (i > 0) {
            const double jump_K = std::abs(
                rows[groups[i].first].values[Channel::temperature_K] -
                rows[groups[i].first - 1].values[Channel::temperature_K]
            );
            const double drift_K = groups[i - 1].highest_K - groups[i - 1].lowest_K;
            jumps += jump_K > drift_K ? 1U : 0U;
        }
    }
    return groups.size() > 1 && 2 * sweeps > groups.size() && 2 * jumps > groups.size() - 1;
}

}  // namespace

void mark_isotherms(std::vector<record::Reading>& rows) {
    for (const record::Reading& row : rows) {
        if (!has_frequency(row) || !row.values.has(Channel::temperature_K)) {
            return;
        }
    }
    std::vector<Group> groups;
    for (std::size_t first = 0; first < rows.size(); first = groups.back().end) {
        groups.push_back(group_from(rows, first));
    }
    if (!are_isotherms(rows, groups)) {
        return;
    }
    int segment = 0;
    for (const Group& group : groups) {
        ++segment;
        for (std::size_t i = group.first; i < group.end; ++i) {
            rows[i].segment = segment;
        }
    }
}

std::vector<Step> steps_of(const std::vector<record::Reading>& rows) {
    struct Sum {
        double temperature_K = 0.0;
        std::size_t count = 0;
    };
    std::map<int, Sum> segments;
    for (const record::Reading& row : rows) {
        Sum& sum = segments[row.segment];
        if (row.values.has(Channel::temperature_K)) {
            sum.temperature_K += row.values[Channel::temperature_K];
            ++sum.count;
        }
    }
    std::vector<Step> steps;
    for (const auto& [segment, sum] : segments) {
        Step step;
        step.segment = segment;
        step.text = "segment " + std::to_string(segment);
        if (segments.size() > 1 && sum.count > 0) {
            const double mean_K = sum.temperature_K / static_cast<double>(sum.count);
            step.text += " near " + relaxd::to_text(std::round(mean_K * 10.0) / 10.0) + " K";
        }
        steps.push_back(step);
    }
    if (steps.empty()) {
        steps.emplace_back();
        steps.back().text = "no rows";
    }
    return steps;
}

}  // namespace relaxd::table
