// SPDX-License-Identifier: MIT
#include "schema/method/torsion_cost.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace relaxd::method {

namespace {

constexpr double seconds_a_minute = 60.0;
constexpr double settled = 6.907755278982137;  // ln(1000): the transient is a per mille

/// Two digits are enough to decide by.
std::string two_digits(double value) {
    if (!std::isfinite(value) || value == 0.0) {
        return "0";
    }
    const double step = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 1.0);
    const double rounded = std::round(value / step) * step;
    // Powers of ten below 1 are not exact: what is left of them would be 17 digits.
    const double scale = std::round(1.0 / step);
    return to_text(step < 1.0 && scale < 1e15 ? std::round(rounded * scale) / scale : rounded);
}

std::string periods(double cycles) {
    constexpr std::array<const char*, 5> words{"", "one", "two", "three", "four"};
    const auto whole = static_cast<std::size_t>(std::clamp(cycles, 0.0, 5.0));
    const bool has_word = whole > 0 && whole < words.size() && cycles == std::floor(cycles);
    return (has_word ? std::string(words[whole]) : two_digits(cycles)) + "-period";
}

std::string duration(double seconds) {
    return seconds < seconds_a_minute ? two_digits(seconds) + " s"
                                      : two_digits(seconds / seconds_a_minute) + " min";
}

}  // namespace

TorsionCost torsion_cost(const TorsionPoint& point) {
    TorsionCost out;
    if (!(point.frequency_Hz > 0.0)) {
        return out;
    }
    const double period_s = 1.0 / point.frequency_Hz;
    out.settling_s = period_s;
    if (point.eigenfrequency_Hz > 0.0 && point.tan_phi > 0.0) {
        const double decay_s =
            settled / (std::numbers::pi * point.eigenfrequency_Hz * point.tan_phi);
        out.settling_s = std::max(period_s, decay_s);
    }
    out.window_s = std::max(point.cycles, 0.0) * period_s;
    out.total_s = out.settling_s + std::max(point.windows, 1.0) * out.window_s;
    out.smeared_K = std::abs(point.heating_rate_K_per_min) / seconds_a_minute * out.window_s;
    const double relative = std::hypot(
        point.angle_noise_rad_per_sqrtHz / point.amplitude_rad,
        point.torque_noise_relative_per_sqrtHz
    );
    // N = rate window samples of sigma = density sqrt(rate/2): sqrt(2/N) sigma/A.
    const double sigma = relative * point.stiffness_ratio / std::sqrt(out.window_s);
    if (std::isfinite(sigma)) {
        out.tan_phi_sigma = sigma;
    }
    return out;
}

std::string cost_sentence(const TorsionPoint& point) {
    const TorsionCost cost = torsion_cost(point);
    return "A point at " + to_text(point.frequency_Hz) + " Hz takes " + duration(cost.total_s) +
           ": " + duration(cost.settling_s) + " until it has settled, " +
           two_digits(std::max(point.windows, 1.0)) + " windows of " + duration(cost.window_s);
}

std::vector<TorsionRemark> torsion_remarks(const TorsionPoint& point) {
    std::vector<TorsionRemark> out;
    if (!(point.frequency_Hz > 0.0)) {
        return out;
    }
    const TorsionCost cost = torsion_cost(point);
    const std::string f = to_text(point.frequency_Hz) + " Hz";
    if (cost.smeared_K > smeared_warning_K) {
        const bool is_refusal = cost.smeared_K > smeared_refusal_K;
        out.emplace_back(
            is_refusal,
            "At " + f + " and " + to_text(std::abs(point.heating_rate_K_per_min)) + " K/min a " +
                periods(point.cycles) + " point smears " + two_digits(cost.smeared_K) +
                " K: isothermal steps are " + (is_refusal ? "needed" : "better")
        );
    }
    if (cost.tan_phi_sigma > tan_phi_sigma_warning) {
        const double windows = std::pow(cost.tan_phi_sigma / tan_phi_sigma_warning, 2);
        out.emplace_back(
            false,
            "At " + f + " and an amplitude of " + two_digits(point.amplitude_rad) +
                " rad the noise of tan phi is " + two_digits(cost.tan_phi_sigma) +
                ": a larger amplitude, or windows " + two_digits(windows) +
                " times as long, bring it to " + two_digits(tan_phi_sigma_warning)
        );
    }
    return out;
}

}  // namespace relaxd::method
