// SPDX-License-Identifier: MIT
#include "tools/ctl/fit_protocol.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr double ramp_min_K_min = 0.1;
constexpr double same_rate = 0.2;  // relative
constexpr int inputs_max = 6;      // that an offset has a name for

std::string rate_text(double rate_K_min) {
    return (rate_K_min > 0.0 ? "heated at " : "cooled at ") +
           to_text(std::round(std::abs(rate_K_min) * 100.0) / 100.0) + " K/min";
}

bool is_same(double a_K_min, double b_K_min) {
    const double larger = std::max(std::abs(a_K_min), std::abs(b_K_min));
    return std::abs(a_K_min - b_K_min) <= same_rate * larger;  // another sign differs by more
}

bool is_said(const record::FitOptions& options, const std::string& name) {
    return options.fixed.contains(name) || options.priors.contains(name) ||
           std::find(options.freed.begin(), options.freed.end(), name) != options.freed.end();
}

}  // namespace

double ramp_rate_K_min(std::span<const record::DynamicPoint> points, int input) {
    std::vector<double> rates;
    std::map<std::pair<int, double>, const record::DynamicPoint*> newest;
    for (const record::DynamicPoint& point : points) {
        if (point.input != input) {
            continue;
        }
        const record::DynamicPoint*& before = newest[{point.segment, point.frequency_Hz}];
        if (before != nullptr) {
            const double minutes = (point.time_s - before->time_s) / 60.0;
            const double rate = (point.temperature_K - before->temperature_K) / minutes;
            if (minutes > 0.0 && std::isfinite(rate)) {
                rates.push_back(rate);
            }
        }
        before = &point;
    }
    if (rates.empty()) {
        return record::unknown;
    }
    const auto middle = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
    std::nth_element(rates.begin(), middle, rates.end());
    return std::abs(*middle) > ramp_min_K_min ? *middle : record::unknown;
}

std::vector<std::string> separate_T_g(
    record::FitOptions& options,
    std::span<const record::DynamicPoint> points,
    const std::vector<std::string>& names,
    bool is_tied
) {
    std::vector<std::string> said;
    double first_K_min = record::unknown;
    std::size_t first = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const double rate_K_min = ramp_rate_K_min(points, static_cast<int>(i));
        if (std::isnan(rate_K_min)) {
            continue;
        }
        if (std::isnan(first_K_min)) {
            first_K_min = rate_K_min;
            first = i;
            continue;
        }
        const std::string name = "T_g_offset_" + std::to_string(i + 1) + "_K";
        if (is_same(first_K_min, rate_K_min) || i >= inputs_max || is_said(options, name)) {
            continue;
        }
        std::string told = names[i];
        told += " was " + rate_text(rate_K_min) + ", ";
        told += names[first] + " " + rate_text(first_K_min) + ": ";
        if (is_tied) {
            told += "one T_g is fitted to both, as asked (--tie T_g)";
        } else {
            options.freed.push_back(name);
            told += "it has a T_g of its own, " + name;
            told += " above the first input's; --tie T_g fits one T_g to both";
        }
        said.push_back(std::move(told));
    }
    return said;
}

}  // namespace relaxd::ctl
