// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/labjack_t7_registers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace relaxd::simulator::labjack_t7_registers {

namespace {

/// Calibration of one range: up, down, code of 0 V, offset. This unit is a little off nominal.
struct Constants {
    float up = 0.000315805780F * 1.00012F;
    float down = -0.000315805800F * 1.00012F;
    float center = 33518.5F;
    float offset = -10.586956522F;
};

constexpr std::uint32_t calibration_begins = 0x3C4000;

double volts(double code) {
    static const Constants of;
    const double center = static_cast<double>(of.center);
    return code < center ? (center - code) * static_cast<double>(of.down)
                         : (code - center) * static_cast<double>(of.up);
}

std::uint32_t bits(float value) {
    return std::bit_cast<std::uint32_t>(value);
}

}  // namespace

Memory after_power_up() {
    Memory memory{
        {dac0, bits(0.0F)},
        {static_cast<std::uint16_t>(dac0 + 2), bits(0.0F)},
        {ain_all_range, bits(0.0F)},
        {ain_all_settling, bits(0.0F)},
        {stream_enable, 0},
        {product_id, bits(7.0F)},
        {static_cast<std::uint16_t>(product_id + 2), bits(1.30F)},
        {firmware_version, bits(1.0331F)},
        {test, 0x00112233},
        {flash_pointer, 0}
    };
    for (std::uint16_t address = scan_rate; address <= 4028; address += 2) {
        memory.emplace_back(address, 0);
    }
    for (std::uint16_t i = 0; i < 128; ++i) {
        memory.emplace_back(static_cast<std::uint16_t>(scan_list + 2 * i), 0);
    }
    return memory;
}

Memory kept_in_flash() {
    Memory memory;
    const std::array<std::uint16_t, 15> watchdog{
        61600,
        61602,
        61604,
        61606,
        61610,
        61612,
        61620,
        61630,
        61632,
        61634,
        61636,
        61640,
        61642,
        61650,
        61652
    };
    for (const std::uint16_t address : watchdog) {
        memory.emplace_back(address, 0);
    }
    return memory;
}

const std::vector<std::uint16_t>& single_words() {
    static const std::vector<std::uint16_t> all{
        ain_all_negative, ain_all_resolution, power_ain, last_error
    };
    return all;
}

std::uint16_t single_word_after_power_up(std::uint16_t address) {
    if (address == ain_all_negative) {
        return 199;
    }
    return address == power_ain ? 1 : 0;
}

bool is_read_only(std::uint16_t address) {
    return address == last_error || (address >= test && address <= 60100) ||
           (address >= core_timer && address < 61600) || address < dac0;
}

double actual_rate_Hz(double wanted_Hz) {
    // ljm_constants.json, STREAM_SCANRATE_HZ: ticks of 100 ns, longer ones below 152.588 Hz.
    double tick_s = 1e-7;
    while (wanted_Hz * tick_s * 65536.0 < 1.0 && tick_s < 1e-3) {
        tick_s *= 10.0;
    }
    const double ticks = std::max(1.0, std::floor(1.0 / (tick_s * wanted_Hz) + 1e-9));
    return 1.0 / (tick_s * ticks);
}

std::uint32_t flash_at(std::uint32_t address) {
    constexpr std::uint32_t set_bytes = 16;
    constexpr std::uint32_t sets = 8;
    if (address < calibration_begins || address >= calibration_begins + sets * set_bytes) {
        return 0xFFFFFFFF;
    }
    const std::uint32_t at = address - calibration_begins;
    const Constants of;
    const std::array<float, 4> gains{1.0F, 0.1F, 0.01F, 0.001F};
    const float gain = gains[at / set_bytes % 4];
    const std::array<float, 4> set{of.up * gain, of.down * gain, of.center, of.offset * gain};
    return bits(set[at % set_bytes / 4]);
}

std::uint16_t code_of(double volt) {
    const Constants of;
    const double slope = static_cast<double>(volt < 0.0 ? -of.down : of.up);
    const double code = std::round(static_cast<double>(of.center) + volt / slope);
    return static_cast<std::uint16_t>(std::clamp(code, 0.0, 65535.0));
}

double volt_of(std::uint16_t code) {
    return volts(code);
}

double shown_V(double volt) {
    constexpr double step = 1.0 / 32.0;  // of the fast converter's
    static const double step_V = step * static_cast<double>(Constants().up);
    return step_V * std::round(std::clamp(volt, volts(0.0), volts(65535.0)) / step_V);
}

}  // namespace relaxd::simulator::labjack_t7_registers
