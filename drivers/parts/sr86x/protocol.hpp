// SPDX-License-Identifier: MIT
//
// Status bits and tables of SR860, SR865 and SR865A. Pure. README.md has the source of each fact;
// the grammar of replies is that of all SRS lock-ins (../polled/srs_lock_in.hpp). Not the SR830's:
// outputs count from 0, status bits mean other things, sensitivities fall.

#pragma once

#include <span>
#include <string>
#include <string_view>

namespace relaxd::drivers::parts::sr86x {

inline constexpr std::string_view terminator = "\n";

/// Bits of LIAS?.
enum Lias : unsigned {
    channel_1_overload = 1U << 0U,
    channel_2_overload = 1U << 1U,
    unlocked = 1U << 3U,
    input_overload = 1U << 4U,
    sync_out_of_range = 1U << 5U,
    sync_overload = 1U << 6U,
};

/// Why X and Y are no numbers; empty where they are. The worst comes first.
[[nodiscard]] std::string status_word(unsigned lias);

[[nodiscard]] std::span<const double> time_constants_s();  ///< OFLT 0 … 21
[[nodiscard]] std::span<const double> sensitivities_V();   ///< SCAL 0 … 27, falling
[[nodiscard]] std::span<const double> input_ranges_V();    ///< IRNG 0 … 4, peak, falling
[[nodiscard]] std::span<const double> slopes_dB();         ///< OFSL 0 … 3

inline constexpr double least_amplitude_V = 1e-9;  ///< rms, as the next
inline constexpr double most_amplitude_V = 2.0;

}  // namespace relaxd::drivers::parts::sr86x
