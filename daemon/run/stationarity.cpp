// SPDX-License-Identifier: MIT
#include "daemon/run/stationarity.hpp"

#include "schema/base/number.hpp"
#include "schema/record/estimate_rows.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::daemon {

namespace {

using record::Channel;

constexpr double significant = 3.0;  // standard errors
constexpr std::size_t readings_for_steady = 4;

double storage_of(const record::Reading& reading) {
    const double shear_Pa = reading.values[Channel::shear_storage_modulus_Pa];
    return std::isfinite(shear_Pa) ? shear_Pa : reading.values[Channel::storage_modulus_Pa];
}

double storage_sigma_of(const record::Reading& reading) {
    const double shear_Pa = reading.values[Channel::shear_storage_modulus_sigma_Pa];
    return std::isfinite(shear_Pa) ? shear_Pa : reading.values[Channel::storage_modulus_sigma_Pa];
}

std::string per_cent(double share) {
    return to_text(std::round(share * 1e5) / 1e3) + " %";
}

bool is_drifting(const std::optional<Drift>& drift) {
    return drift && std::abs(drift->relative) > drift_tolerance &&
           std::abs(drift->relative) > significant * drift->sigma;
}

std::string text_of(const char* name, const std::optional<Drift>& drift) {
    return drift ? std::string(name) + " by " + per_cent(drift->relative) + " ± " +
                       per_cent(drift->sigma)
                 : std::string(name) + " by what is not known";
}

std::string number_or_null(const std::optional<Drift>& drift, double Drift::* member) {
    return drift && std::isfinite((*drift).*member) ? to_text((*drift).*member) : "null";
}

/// Weighted mean of relative changes; its error also from their scatter.
class MeanChange {
  public:
    void add(double was, double was_sigma, double now, double now_sigma) {
        const double change = now / was - 1.0;
        const double sigma = std::hypot(now_sigma / was, now * was_sigma / (was * was));
        if (std::isfinite(change) && sigma > 0.0 && std::isfinite(sigma)) {
            rows_.emplace_back(change, sigma);
        }
    }
    [[nodiscard]] std::optional<Drift> drift() const {
        double weights = 0.0;
        double sum = 0.0;
        for (const auto& [change, sigma] : rows_) {
            weights += 1.0 / (sigma * sigma);
            sum += change / (sigma * sigma);
        }
        if (rows_.empty()) {
            return std::nullopt;
        }
        Drift out;
        out.relative = sum / weights;
        out.readings = rows_.size();
        double chi2 = 0.0;
        for (const auto& [change, sigma] : rows_) {
            chi2 += (change - out.relative) * (change - out.relative) / (sigma * sigma);
        }
        const double scatter =
            rows_.size() > 1 ? chi2 / static_cast<double>(rows_.size() - 1) : 1.0;
        out.sigma = std::sqrt(std::max(1.0, scatter) / weights);
        return out;
    }

  private:
    std::vector<std::pair<double, double>> rows_;
};

}  // namespace

void DriftWatch::add(double time_s, double value, double sigma) {
    if (std::isfinite(time_s) && std::isfinite(value)) {
        rows_.push_back({time_s, value, std::isfinite(sigma) && sigma > 0.0 ? sigma : 0.0});
    }
}

double DriftWatch::span_s() const {
    return rows_.empty() ? 0.0 : rows_.back().time_s - rows_.front().time_s;
}

std::optional<Drift> DriftWatch::drift(double window_s, std::size_t at_least) const {
    auto first = rows_.begin();
    if (window_s > 0.0 && !rows_.empty()) {
        const double from_s = rows_.back().time_s - window_s;
        first = std::find_if(rows_.begin(), rows_.end(), [from_s](const Row& row) {
            return row.time_s >= from_s;
        });
    }
    const auto n = static_cast<std::size_t>(rows_.end() - first);
    if (n < std::max<std::size_t>(at_least, 2)) {
        return std::nullopt;
    }
    const bool all_have_errors =
        std::all_of(first, rows_.end(), [](const Row& row) { return row.sigma > 0.0; });
    double sum_w = 0.0;
    double sum_t = 0.0;
    double sum_v = 0.0;
    for (auto row = first; row != rows_.end(); ++row) {
        const double w = all_have_errors ? 1.0 / (row->sigma * row->sigma) : 1.0;
        sum_w += w;
        sum_t += w * row->time_s;
        sum_v += w * row->value;
    }
    const double mean_t = sum_t / sum_w;
    const double mean_v = sum_v / sum_w;
    double s_tt = 0.0;
    double s_tv = 0.0;
    for (auto row = first; row != rows_.end(); ++row) {
        const double w = all_have_errors ? 1.0 / (row->sigma * row->sigma) : 1.0;
        s_tt += w * (row->time_s - mean_t) * (row->time_s - mean_t);
        s_tv += w * (row->time_s - mean_t) * (row->value - mean_v);
    }
    Drift out;
    out.span_s = rows_.back().time_s - first->time_s;
    out.readings = n;
    if (!(s_tt > 0.0) || mean_v == 0.0 || !(out.span_s > 0.0)) {
        return std::nullopt;
    }
    const double slope = s_tv / s_tt;
    double chi2 = 0.0;
    for (auto row = first; row != rows_.end(); ++row) {
        const double w = all_have_errors ? 1.0 / (row->sigma * row->sigma) : 1.0;
        const double left = row->value - mean_v - slope * (row->time_s - mean_t);
        chi2 += w * left * left;
    }
    double variance = all_have_errors ? 1.0 : 0.0;
    if (n > 2) {
        variance = std::max(variance, chi2 / static_cast<double>(n - 2));
    }
    out.relative = slope * out.span_s / mean_v;
    out.sigma = std::sqrt(variance / s_tt) * out.span_s / std::abs(mean_v);
    return out;
}

void Stationarity::add(const record::Reading& reading) {
    if (!record::has_flag(reading.flags, flag_reference) || record::is_unfit(reading.flags)) {
        return;
    }
    storage_.add(reading.time_s, storage_of(reading), storage_sigma_of(reading));
    tan_delta_.add(
        reading.time_s, reading.values[Channel::tan_delta], reading.values[Channel::tan_delta_sigma]
    );
}

void Stationarity::clear() {
    storage_ = DriftWatch();
    tan_delta_ = DriftWatch();
}

std::optional<StationarityVerdict> Stationarity::verdict(int segment) const {
    const auto storage = storage_.drift(0.0, 2);
    const auto tan_delta = tan_delta_.drift(0.0, 2);
    if (!storage && !tan_delta) {
        return std::nullopt;
    }
    StationarityVerdict out;
    out.is_stationary = !is_drifting(storage) && !is_drifting(tan_delta);
    out.message = "segment " + std::to_string(segment) +
                  (out.is_stationary ? ": stationary, " : ": not stationary, ") +
                  text_of("G'", storage) + " and " + text_of("tan delta", tan_delta) +
                  " at the reference frequency over the sweep";
    out.detail = "{\"segment\":" + std::to_string(segment) +
                 ",\"storage_drift\":" + number_or_null(storage, &Drift::relative) +
                 ",\"storage_drift_sigma\":" + number_or_null(storage, &Drift::sigma) +
                 ",\"tan_delta_drift\":" + number_or_null(tan_delta, &Drift::relative) +
                 ",\"tan_delta_drift_sigma\":" + number_or_null(tan_delta, &Drift::sigma) +
                 ",\"span_s\":" + number_or_null(storage ? storage : tan_delta, &Drift::span_s) +
                 ",\"tolerance\":" + to_text(drift_tolerance) + "}";
    return out;
}

void CheckIsotherm::add(const record::Reading& reading) {
    const double frequency_Hz = reading.values[Channel::frequency_Hz];
    if (!std::isfinite(frequency_Hz) || record::is_unfit(reading.flags)) {
        return;
    }
    Row row;
    row.storage_Pa = storage_of(reading);
    row.storage_sigma_Pa = storage_sigma_of(reading);
    row.tan_delta = reading.values[Channel::tan_delta];
    row.tan_delta_sigma = reading.values[Channel::tan_delta_sigma];
    segments_[reading.segment][frequency_Hz] = row;
}

std::optional<StationarityVerdict> CheckIsotherm::verdict(int first, int segment) const {
    const auto before = segments_.find(first);
    const auto after = segments_.find(segment);
    if (before == segments_.end() || after == segments_.end()) {
        return std::nullopt;
    }
    MeanChange storage;
    MeanChange tan_delta;
    for (const auto& [frequency_Hz, now] : after->second) {
        const auto was = before->second.find(frequency_Hz);
        if (was != before->second.end()) {
            const Row& then = was->second;
            storage.add(
                then.storage_Pa, then.storage_sigma_Pa, now.storage_Pa, now.storage_sigma_Pa
            );
            tan_delta.add(then.tan_delta, then.tan_delta_sigma, now.tan_delta, now.tan_delta_sigma);
        }
    }
    const auto of_storage = storage.drift();
    const auto of_tan_delta = tan_delta.drift();
    if (!of_storage && !of_tan_delta) {
        return std::nullopt;
    }
    StationarityVerdict out;
    out.is_stationary = !is_drifting(of_storage) && !is_drifting(of_tan_delta);
    out.message = std::string("the first isotherm again, after the hottest one: ") +
                  (out.is_stationary ? "unchanged, " : "changed, ") + text_of("G'", of_storage) +
                  " and " + text_of("tan delta", of_tan_delta);
    out.detail = "{\"first\":" + std::to_string(first) + ",\"segment\":" + std::to_string(segment) +
                 ",\"storage_change\":" + number_or_null(of_storage, &Drift::relative) +
                 ",\"storage_change_sigma\":" + number_or_null(of_storage, &Drift::sigma) +
                 ",\"tan_delta_change\":" + number_or_null(of_tan_delta, &Drift::relative) +
                 ",\"tan_delta_change_sigma\":" + number_or_null(of_tan_delta, &Drift::sigma) + "}";
    return out;
}

void SteadyWatch::add(const record::Reading& reading) {
    const double frequency_Hz = reading.values[Channel::frequency_Hz];
    if (std::isfinite(frequency_Hz) && !record::is_unfit(reading.flags)) {
        by_frequency_[frequency_Hz].add(
            reading.time_s,
            reading.values[Channel::tan_delta],
            reading.values[Channel::tan_delta_sigma]
        );
    }
}

void SteadyWatch::clear() {
    by_frequency_.clear();
}

std::optional<std::string> SteadyWatch::steady(double tolerance, double per_s) const {
    std::string said;
    for (const auto& [frequency_Hz, watch] : by_frequency_) {
        bool is_steady = false;
        for (const double windows : {1.0, 2.0, 4.0, 8.0}) {
            if (watch.span_s() < windows * per_s) {
                break;  // not waited for so long
            }
            const auto drift = watch.drift(windows * per_s, readings_for_steady);
            if (!drift) {
                continue;
            }
            const double per_time = per_s / drift->span_s;
            const double change = std::abs(drift->relative) * per_time;
            const double error = drift->sigma * per_time;
            if (error > 0.5 * tolerance) {
                continue;  // too noisy for a verdict: a longer window
            }
            if (change + error <= tolerance) {
                is_steady = true;
                said += (said.empty() ? "" : ", ") + per_cent(change) + " ± " + per_cent(error) +
                        " at " + to_text(frequency_Hz) + " Hz";
            }
            break;
        }
        if (!is_steady) {
            return std::nullopt;
        }
    }
    if (said.empty()) {
        return std::nullopt;
    }
    return "tan_delta changes per " + to_text(per_s / 60.0) + " min by " + said + ", wanted " +
           per_cent(tolerance);
}

}  // namespace relaxd::daemon
