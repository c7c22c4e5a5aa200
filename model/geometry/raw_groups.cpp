// SPDX-License-Identifier: MIT
#include "model/geometry/raw_groups.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace relaxd::model {

namespace {

constexpr std::size_t halves_min = 8;
constexpr double improbable = 3.0;

bool is_usable(const RawReading& r) {
    return r.frequency_Hz > 0.0 && r.temperature_K > 0.0 && r.force_N > 0.0 &&
           r.displacement_m > 0.0 && std::isfinite(r.phase_rad);
}

Complex apparent(const RawReading& r) {
    return std::polar(r.force_N / r.displacement_m, r.phase_rad);
}

Complex mean_of(const std::vector<RawReading>& all, std::size_t begin, std::size_t end) {
    Complex sum{};
    for (std::size_t k = begin; k < end; ++k) {
        sum += apparent(all[k]);
    }
    return sum / static_cast<double>(end - begin);
}

RawGroup group_of(const std::vector<RawReading>& all) {
    RawGroup out;
    out.n = all.size();
    const auto n = static_cast<double>(all.size());
    out.frequency_Hz = all.front().frequency_Hz;
    out.mean_N_per_m = mean_of(all, 0, all.size());
    for (const RawReading& r : all) {
        out.temperature_K += r.temperature_K / n;
        out.displacement_m += r.displacement_m / n;
        out.force_N += r.force_N / n;
        const Complex d = apparent(r) - out.mean_N_per_m;
        out.scatter.rr += d.real() * d.real() / (n - 1.0);
        out.scatter.ri += d.real() * d.imag() / (n - 1.0);
        out.scatter.ii += d.imag() * d.imag() / (n - 1.0);
    }
    if (all.size() >= halves_min) {
        const std::size_t half = all.size() / 2;
        const Complex d = mean_of(all, half, all.size()) - mean_of(all, 0, half);
        const double share =
            1.0 / static_cast<double>(half) + 1.0 / static_cast<double>(all.size() - half);
        const double rr = out.scatter.rr * share;
        const double ii = out.scatter.ii * share;
        if (rr > 0.0 && ii > 0.0) {
            out.halves_chi2 = d.real() * d.real() / rr + d.imag() * d.imag() / ii;
            out.has_halves = true;
        }
    }
    return out;
}

}  // namespace

long long bin_of(double temperature_K, double lowest_K) {
    // Half a kelvin of play: readings on an isotherm scatter about the first one.
    return std::llround(std::floor((temperature_K - lowest_K + 0.5) / temperature_bin_K));
}

std::vector<RawGroup> raw_groups(
    const std::vector<RawReading>& readings, double lowest_K, std::size_t& left_out
) {
    std::map<std::pair<double, long long>, std::vector<RawReading>> bins;
    for (const RawReading& r : readings) {
        if (is_usable(r)) {
            bins[{r.frequency_Hz, bin_of(r.temperature_K, lowest_K)}].push_back(r);
        }
    }
    std::vector<RawGroup> out;
    for (const auto& [place, all] : bins) {
        if (all.size() < readings_min) {
            left_out += all.size();
        } else {
            out.push_back(group_of(all));
        }
    }
    return out;
}

double lowest_temperature(const std::vector<const RawRun*>& runs) {
    double lowest = std::numeric_limits<double>::quiet_NaN();
    for (const RawRun* run : runs) {
        for (const RawReading& r : run->readings) {
            if (is_usable(r) && !(r.temperature_K >= lowest)) {
                lowest = r.temperature_K;
            }
        }
    }
    return lowest;
}

double ChiSquared::deviate() const {
    if (degrees <= 0.0) {
        return 0.0;
    }
    const double spread = 2.0 / (9.0 * degrees);
    return (std::cbrt(chi2 / degrees) - (1.0 - spread)) / std::sqrt(spread);
}

double ChiSquared::factor() const {
    return deviate() > improbable ? std::max(1.0, chi2 / degrees) : 1.0;
}

}  // namespace relaxd::model
