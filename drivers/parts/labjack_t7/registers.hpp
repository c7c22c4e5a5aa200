// SPDX-License-Identifier: MIT
//
// Modbus addresses of the LabJack T7 that this driver uses, by LabJack's names (ljm_constants.json,
// see README.md). Numbers of 32 bits take two registers, the high word first.

#pragma once

#include <cstddef>
#include <cstdint>

namespace relaxd::drivers::parts::labjack_t7::reg {

inline constexpr std::uint16_t ain0 = 0;     ///< FLOAT32, V; input n at 2 n.
inline constexpr std::uint16_t dac0 = 1000;  ///< FLOAT32, V; DAC1 at 1002.

inline constexpr std::uint16_t stream_scanrate_Hz = 4002;  ///< FLOAT32; reads the actual one.
inline constexpr std::uint16_t stream_trigger_index = 4024;
inline constexpr std::uint16_t stream_autorecover_disable = 4028;
inline constexpr std::uint16_t stream_scanlist = 4100;  ///< UINT32 each.
inline constexpr std::uint16_t stream_data_cr = 4500;
inline constexpr std::uint16_t stream_enable = 4990;

inline constexpr std::uint16_t ain_all_range = 43900;  ///< Range, negative channel, resolution …
inline constexpr std::size_t ain_all_registers = 6;    ///< … and settling.
inline constexpr std::uint16_t power_ain = 48005;

inline constexpr std::uint16_t test = 55100;
inline constexpr std::uint32_t test_reads = 0x00112233;
inline constexpr std::uint16_t product_id = 60000;     ///< FLOAT32.
inline constexpr std::uint16_t firmware = 60004;       ///< FLOAT32.
inline constexpr std::uint16_t serial_number = 60028;  ///< UINT32.

inline constexpr std::uint16_t system_timer_20Hz = 61522;  ///< UINT32, since it was switched on.

inline constexpr std::uint16_t watchdog_enable = 61600;
inline constexpr std::uint16_t watchdog_advanced = 61602;
inline constexpr std::uint16_t watchdog_timeout_s = 61604;
inline constexpr std::uint16_t watchdog_strict_enable = 61610;
inline constexpr std::uint16_t watchdog_reset_enable = 61620;
inline constexpr std::uint16_t watchdog_dac0_enable = 61640;  ///< Its voltage behind it, at + 2 …
inline constexpr std::uint16_t watchdog_dac1_enable = 61650;  ///< … FLOAT32.

inline constexpr std::uint16_t flash_read_pointer = 61810;
inline constexpr std::uint16_t flash_read = 61812;
inline constexpr std::uint32_t flash_calibration = 0x3C4000;

}  // namespace relaxd::drivers::parts::labjack_t7::reg
