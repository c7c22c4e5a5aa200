// SPDX-License-Identifier: MIT
//
// Windows of the tape, and what can be seen in them without a model: only to choose a drive by.
// Internal to drivers/torsion_pendulum.

#pragma once

#include "drivers/torsion_pendulum/host.hpp"
#include "schema/record/waveform.hpp"

#include <memory>
#include <string_view>

namespace relaxd::drivers::torsion_pendulum {

/// An amplitude that is wanted need not be met more closely.
inline constexpr double rescale_beyond = 0.1;

/// A window, or why there is none.
struct Window {
    Wake wake = Wake::due;
    std::shared_ptr<record::Waveform> signals;  ///< Not null where `wake` is due.
    double from_s = 0.0;                        ///< Of the clock.
    double to_s = 0.0;
    Window() = default;
};

/// `length_s` from `from_s` on (of the clock; not before what the tape still has). A window with
/// lost scans is thrown away, counted, and the next taken. Times in the waveform are the run's.
[[nodiscard]] Awaitable<Window> take_window(
    HostPtr host, std::uint64_t mine, std::uint64_t calm, double from_s, double length_s
);

/// Half of what lies between highest and lowest.
[[nodiscard]] double half_span_V(const record::Waveform& signals, std::string_view channel);
[[nodiscard]] double mean_V(const record::Waveform& signals, std::string_view channel);
/// Does a sample of any channel lie at or beyond its range?
[[nodiscard]] bool is_clipped(const record::Waveform& signals);

/// From 0 to the limit of the excitation.
[[nodiscard]] double within_limit_V(const Host& host, double drive_V);
/// Of a wanted angle from what was seen before at the nearest frequency; small where nothing was.
[[nodiscard]] double first_drive_V(const Host& host, double frequency_Hz);

}  // namespace relaxd::drivers::torsion_pendulum
