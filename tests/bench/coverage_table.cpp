// SPDX-License-Identifier: MIT
#include "tests/bench/coverage_table.hpp"

#include "tests/bench/coverage_studies.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>

namespace relaxd::bench {

namespace {

constexpr double normal_95 = 1.959963984540054;

double share(double part, std::uint64_t whole) {
    return whole == 0 ? record::unknown : part / static_cast<double>(whole);
}

bool is_alarming(const record::FitResult& result) {
    return result.residuals && result.residuals->is_alarm;
}

}  // namespace

double Tally::share_inside() const {
    return share(static_cast<double>(inside), determined);
}

double Tally::mean_z() const {
    return share(sum, determined);
}

double Tally::rms_z() const {
    return std::sqrt(share(sum_square, determined));
}

double Tally::mean_combined() const {
    return share(combined, determined);
}

double Tally::mean_silent() const {
    return share(silent_combined, silent);
}

double z_of(const record::ParameterEstimate& e, double truth) {
    const double up = e.upper_95 - e.value;
    const double down = e.value - e.lower_95;
    if (truth > 0.0 && e.lower_95 > 0.0) {
        const double log_up = std::log(e.upper_95 / e.value);
        const double log_down = std::log(e.value / e.lower_95);
        if (std::abs(log_up - log_down) * (up + down) < std::abs(up - down) * (log_up + log_down)) {
            return std::log(e.value / truth) / (0.5 * (log_up + log_down) / normal_95);
        }
    }
    return (e.value - truth) / e.standard_error;
}

void CoverageTable::add(
    std::uint64_t seed, const record::FitResult& result, const Readings& readings
) {
    ++runs_;
    if (!result.is_usable()) {
        ++failed_;
        first_reason_ = first_reason_.empty() ? result.reason : first_reason_;
        return;
    }
    alarms_ += is_alarming(result) ? 1 : 0;
    for (const auto* list : {&result.parameters, &result.derived}) {
        for (const record::ParameterEstimate& e : *list) {
            if (e.state == record::ParameterState::fixed) {
                continue;
            }
            const double truth = truth_of(e.name, readings, result);
            if (std::isfinite(truth)) {
                count(seed, result, e, truth);
            } else if (std::find(untold_.begin(), untold_.end(), e.name) == untold_.end()) {
                untold_.push_back(e.name);
            }
        }
    }
}

void CoverageTable::count(
    std::uint64_t seed,
    const record::FitResult& result,
    const record::ParameterEstimate& e,
    double truth
) {
    Tally& tally = row(e.name);
    ++tally.estimates;
    if (e.state != record::ParameterState::determined || !std::isfinite(e.lower_95)) {
        return;
    }
    const double z = z_of(e, truth);
    ++tally.determined;
    tally.inside += e.lower_95 <= truth && truth <= e.upper_95 ? 1 : 0;
    tally.sum += z;
    tally.sum_square += z * z;
    tally.worst = std::max(tally.worst, std::abs(z));
    if (!(std::abs(z) <= 4.0)) {
        ++tally.beyond_4;
        beyond_4_.push_back({seed, e, truth, z, result.reduced_chi2});
    }
    const double in_combined = e.combined_error > 0.0 ? (e.value - truth) / e.combined_error : z;
    tally.combined += in_combined;
    if (!is_alarming(result)) {
        ++tally.silent;
        tally.silent_combined += in_combined;
    }
}

Tally& CoverageTable::row(const std::string& parameter) {
    const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Tally& one) {
        return one.parameter == parameter;
    });
    return found != rows_.end() ? *found : rows_.emplace_back(parameter);
}

void write_values(
    const Arguments& arguments,
    std::string_view study,
    const Glass& glass,
    std::uint64_t seed,
    const record::FitResult& result,
    const Readings& readings
) {
    if (arguments.values.empty()) {
        return;
    }
    std::ofstream file(arguments.values, std::ios::app);
    for (const auto* list : {&result.parameters, &result.derived}) {
        for (const record::ParameterEstimate& e : *list) {
            const double truth = truth_of(e.name, readings, result);
            file << study << ',' << glass.name << ',' << seed << ',' << e.name << ','
                 << to_word(e.state) << ',' << e.value << ',' << e.standard_error << ','
                 << e.combined_error << ',' << truth << ',' << z_of(e, truth) << ','
                 << is_alarming(result) << ',' << result.reduced_chi2 << '\n';
        }
    }
}

}  // namespace relaxd::bench
