// SPDX-License-Identifier: MIT
//
// The SR830's status bits and tables. Pure. README.md has the page for each fact; the grammar of
// its replies is that of all SRS lock-ins (../polled/srs_lock_in.hpp).

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace relaxd::drivers::parts::sr830 {

inline constexpr std::string_view terminator = "\r";  ///< Of commands and replies on RS-232.

/// Bits of LIAS?.
enum Lias : unsigned {
    input_overload = 1U << 0U,
    filter_overload = 1U << 1U,
    output_overload = 1U << 2U,
    unlocked = 1U << 3U,
    range_crossed = 1U << 4U,
    time_constant_changed = 1U << 5U,
    triggered = 1U << 6U,
};

/// Why X and Y are no numbers; empty where they are. The worst comes first.
[[nodiscard]] std::string status_word(unsigned lias);

/// OEXP?: offset in percent of full scale and place of the expansion; are both 0?
[[nodiscard]] std::optional<bool> is_plain_output(std::string_view frame);

[[nodiscard]] std::span<const double> time_constants_s();  ///< OFLT 0 … 19
[[nodiscard]] std::span<const double> sensitivities_V();   ///< SENS 0 … 26
[[nodiscard]] std::span<const double> slopes_dB();         ///< OFSL 0 … 3

inline constexpr double amplitude_step_V = 0.002;  ///< rms, as the next two
inline constexpr double least_amplitude_V = 0.004;
inline constexpr double most_amplitude_V = 5.0;

}  // namespace relaxd::drivers::parts::sr830
