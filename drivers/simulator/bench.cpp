// SPDX-License-Identifier: MIT
#include "drivers/simulator/bench.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

namespace relaxd::simulator {
namespace {

constexpr double reference_K = 298.15;
constexpr double least = 1e-15;  // of a stiffness or a compliance: keeps both finite

std::complex<double> inverse(std::complex<double> z) {
    return std::abs(z) < least ? std::complex<double>(1.0 / least, 0.0) : 1.0 / z;
}

double omega_of(double frequency_Hz) {
    return 2.0 * std::numbers::pi * frequency_Hz;
}

template <typename Body>
struct Rule {
    std::string_view key;
    double Body::* member;
    double low = 0.0;
    double high = 0.0;
    bool whole = false;
};

constexpr Rule<FurnaceOptions> furnace_rules[] = {
    {"heat_capacity_J_per_K", &FurnaceOptions::heat_capacity_J_per_K, 1.0, 1e5},
    {"power_max_W", &FurnaceOptions::power_max_W, 1.0, 1e5},
    {"heater_lag_s", &FurnaceOptions::heater_lag_s, 0.0, 1000.0},
    {"loss_W_per_K", &FurnaceOptions::loss_W_per_K, 1e-4, 1000.0},
    {"cooling_max_W", &FurnaceOptions::cooling_max_W, 0.0, 1e5},
    {"specimen_lag_s", &FurnaceOptions::specimen_lag_s, 0.0, 1000.0},
    {"heating_max_K_per_min", &FurnaceOptions::heating_max_K_per_min, 0.1, 20.0},
    {"cooling_max_K_per_min", &FurnaceOptions::cooling_max_K_per_min, 0.1, 10.0},
    {"approach_s", &FurnaceOptions::approach_s, 0.0, 1000.0},
    {"gain_W_per_K", &FurnaceOptions::gain_W_per_K, 0.0, 1e4},
    {"integral_W_per_K_s", &FurnaceOptions::integral_W_per_K_s, 0.0, 1e3},
    {"derivative_W_s_per_K", &FurnaceOptions::derivative_W_s_per_K, 0.0, 1e4},
    {"feed_forward", &FurnaceOptions::feed_forward, 0.0, 2.0},
};

constexpr Rule<ThermocoupleOptions> thermocouple_rules[] = {
    {"offset_K", &ThermocoupleOptions::offset_K, -50.0, 50.0},
    {"gain_error", &ThermocoupleOptions::gain_error, -0.1, 0.1},
    {"lag_s", &ThermocoupleOptions::lag_s, 0.0, 100.0},
    {"noise_K", &ThermocoupleOptions::noise_K, 0.0, 10.0},
};

constexpr Rule<ChannelOptions> force_rules[] = {
    {"gain", &ChannelOptions::gain, 0.5, 2.0},
    {"noise_N", &ChannelOptions::noise, 0.0, 1.0},
    {"resolution_N", &ChannelOptions::resolution, 0.0, 0.1},
    {"drift_N_per_s", &ChannelOptions::drift_per_s, -1e-3, 1e-3},
    {"pickup_N", &ChannelOptions::pickup, 0.0, 1.0},
    {"max_N", &ChannelOptions::max, 0.001, force_limit_N},
};

constexpr Rule<ChannelOptions> displacement_rules[] = {
    {"gain", &ChannelOptions::gain, 0.5, 2.0},
    {"noise_m", &ChannelOptions::noise, 0.0, 1e-4},
    {"resolution_m", &ChannelOptions::resolution, 0.0, 1e-6},
    {"drift_m_per_s", &ChannelOptions::drift_per_s, -1e-6, 1e-6},
    {"pickup_m", &ChannelOptions::pickup, 0.0, 1e-4},
    {"max_m", &ChannelOptions::max, 1e-6, displacement_limit_m},
};

constexpr Rule<AnalyserOptions> analyser_rules[] = {
    {"samples_per_cycle", &AnalyserOptions::samples_per_cycle, 8.0, 4096.0, true},
    {"line_Hz", &AnalyserOptions::line_Hz, 1.0, 1000.0},
};

// The first three stand in [clamp], the others in [analyser]; all in [calibration].
constexpr Rule<Machine> machine_rules[] = {
    {"compliance_m_per_N", &Machine::compliance_m_per_N, 0.0, 1e-3},
    {"compliance_loss", &Machine::compliance_loss, 0.0, 1.0},
    {"mass_kg", &Machine::mass_kg, 0.0, 10.0},
    {"phase_offset_rad", &Machine::phase_offset_rad, -0.5, 0.5},
    {"phase_delay_s", &Machine::phase_delay_s, -0.001, 0.001},
    {"tan_delta", &Machine::tan_delta, 0.0, 0.5},
    {"tan_delta_per_decade", &Machine::tan_delta_per_decade, -0.1, 0.1},
};
constexpr std::size_t clamp_rules = 3;

template <typename Body>
void add(
    std::vector<BenchKey>& keys,
    std::string_view section,
    Body& body,
    std::span<const Rule<Body>> rules
) {
    for (const Rule<Body>& rule : rules) {
        BenchKey key;
        key.section = section;
        key.key = rule.key;
        key.number = &(body.*rule.member);
        key.low = rule.low;
        key.high = rule.high;
        key.whole = rule.whole;
        keys.push_back(key);
    }
}

}  // namespace

double ThermocoupleOptions::shown_K(double true_K_in) const {
    return exact() ? true_K_in : true_K_in + offset_K + gain_error * (true_K_in - reference_K);
}

double ThermocoupleOptions::true_K(double shown_K_in) const {
    return exact() ? shown_K_in
                   : reference_K + (shown_K_in - offset_K - reference_K) / (1.0 + gain_error);
}

double Machine::background(double frequency_Hz) const {
    return std::max(0.0, tan_delta + tan_delta_per_decade * std::log10(frequency_Hz));
}

double Machine::phase_rad(double frequency_Hz) const {
    return phase_offset_rad + omega_of(frequency_Hz) * phase_delay_s;
}

std::complex<double> Machine::driven_N_per_m(
    std::complex<double> specimen_N_per_m, double frequency_Hz
) const {
    const double omega = omega_of(frequency_Hz);
    const std::complex<double> clamp =
        compliance_m_per_N * std::complex<double>(1.0, -compliance_loss);
    const std::complex<double> series = inverse(inverse(specimen_N_per_m) + clamp);
    return series * std::complex<double>(1.0, background(frequency_Hz)) - mass_kg * omega * omega;
}

std::complex<double> Machine::raw_N_per_m(
    std::complex<double> specimen_N_per_m, double frequency_Hz
) const {
    return driven_N_per_m(specimen_N_per_m, frequency_Hz) *
           std::polar(1.0, phase_rad(frequency_Hz));
}

std::complex<double> Machine::series_N_per_m(std::complex<double> raw_N_per_m, double frequency_Hz)
    const {
    const double omega = omega_of(frequency_Hz);
    const std::complex<double> driven = raw_N_per_m * std::polar(1.0, -phase_rad(frequency_Hz));
    return (driven + mass_kg * omega * omega) / std::complex<double>(1.0, background(frequency_Hz));
}

std::complex<double> Machine::specimen_N_per_m(
    std::complex<double> raw_N_per_m, double frequency_Hz
) const {
    const std::complex<double> clamp =
        compliance_m_per_N * std::complex<double>(1.0, -compliance_loss);
    return inverse(inverse(series_N_per_m(raw_N_per_m, frequency_Hz)) - clamp);
}

bool Bench::ideal_analyser() const {
    const Bench plain;
    return force == plain.force && displacement == plain.displacement && machine == plain.machine &&
           calibration == plain.calibration;
}

void Bench::silence() {
    thermocouple.noise_K = 0.0;
    force.noise = 0.0;
    displacement.noise = 0.0;
}

std::vector<BenchKey> bench_keys(Bench& bench) {
    std::vector<BenchKey> keys;
    BenchKey heater;
    heater.section = "furnace";
    heater.key = "heater";
    heater.flag = &bench.furnace.heater;
    keys.push_back(heater);
    const std::span<const Rule<Machine>> machine(machine_rules);
    add<FurnaceOptions>(keys, "furnace", bench.furnace, furnace_rules);
    add<ThermocoupleOptions>(keys, "thermocouple", bench.thermocouple, thermocouple_rules);
    add<ChannelOptions>(keys, "force", bench.force, force_rules);
    add<ChannelOptions>(keys, "displacement", bench.displacement, displacement_rules);
    add<Machine>(keys, "clamp", bench.machine, machine.first(clamp_rules));
    add<Machine>(keys, "analyser", bench.machine, machine.subspan(clamp_rules));
    add<AnalyserOptions>(keys, "analyser", bench.analyser, analyser_rules);
    add<Machine>(keys, "calibration", bench.calibration, machine);
    return keys;
}

}  // namespace relaxd::simulator
