// SPDX-License-Identifier: MIT
//
// The memory of a simulated LabJack T7: addresses, what they hold after it was switched on, and the
// converter with the calibration constants that are in its flash.

#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace relaxd::simulator::labjack_t7_registers {

inline constexpr std::uint16_t dac0 = 1000;
inline constexpr std::uint16_t scan_rate = 4002;
inline constexpr std::uint16_t num_addresses = 4004;
inline constexpr std::uint16_t stream_resolution = 4010;
inline constexpr std::uint16_t buffer_bytes = 4012;
inline constexpr std::uint16_t auto_target = 4016;
inline constexpr std::uint16_t data_type = 4018;
inline constexpr std::uint16_t scan_list = 4100;
inline constexpr std::uint16_t stream_data = 4500;
inline constexpr std::uint16_t stream_enable = 4990;
inline constexpr std::uint16_t ain_all_range = 43900;
inline constexpr std::uint16_t ain_all_negative = 43902;
inline constexpr std::uint16_t ain_all_resolution = 43903;
inline constexpr std::uint16_t ain_all_settling = 43904;
inline constexpr std::uint16_t power_ain = 48005;
inline constexpr std::uint16_t last_error = 55000;
inline constexpr std::uint16_t test = 55100;
inline constexpr std::uint16_t product_id = 60000;
inline constexpr std::uint16_t firmware_version = 60004;
inline constexpr std::uint16_t serial_number = 60028;
inline constexpr std::uint16_t core_timer = 61520;
inline constexpr std::uint16_t system_timer = 61522;
inline constexpr std::uint16_t watchdog_enable = 61600;
inline constexpr std::uint16_t watchdog_timeout_s = 61604;
inline constexpr std::uint16_t watchdog_dac0_enable = 61640;
inline constexpr std::uint16_t watchdog_last = 61653;
inline constexpr std::uint16_t flash_pointer = 61810;
inline constexpr std::uint16_t flash_read = 61812;

using Memory = std::vector<std::pair<std::uint16_t, std::uint32_t>>;

/// Of 32 bits: what is there when it was switched on.
[[nodiscard]] Memory after_power_up();
/// Of 32 bits: what outlives a power failure, as it left the factory.
[[nodiscard]] Memory kept_in_flash();
/// Of 16 bits.
[[nodiscard]] const std::vector<std::uint16_t>& single_words();
[[nodiscard]] std::uint16_t single_word_after_power_up(std::uint16_t address);

[[nodiscard]] bool is_read_only(std::uint16_t address);
/// What the device makes of a scan rate: a whole number of ticks of its clock.
[[nodiscard]] double actual_rate_Hz(double wanted_Hz);

/// 32 bits of its internal flash; all ones where nothing was written.
[[nodiscard]] std::uint32_t flash_at(std::uint32_t address);
/// The fast converter at a range of 10 V.
[[nodiscard]] std::uint16_t code_of(double volt);
[[nodiscard]] double volt_of(std::uint16_t code);
/// A polled reading: of more bits, and within what the input can show.
[[nodiscard]] double shown_V(double volt);

}  // namespace relaxd::simulator::labjack_t7_registers
