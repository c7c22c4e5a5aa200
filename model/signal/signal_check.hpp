// SPDX-License-Identifier: MIT
//
// What every reduction of a waveform asks of it first. Pure; internal to model/signal.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/waveform.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace relaxd::model {

/// Frequencies above this share of the sample rate are not used: Nyquist's half less what an
/// anti-alias filter needs.
inline constexpr double usable_share_of_rate = 0.45;

/// The mains frequency (50 or 60 Hz) that `rate_Hz` samples a second show within `distance_Hz` of
/// `frequency_Hz`; 0 where there is none. An alias below half of `distance_Hz` counts as a drift.
[[nodiscard]] double mains_near_Hz(double frequency_Hz, double rate_Hz, double distance_Hz);
/// Where a line appears among samples of this rate.
[[nodiscard]] double aliased_Hz(double line_Hz, double rate_Hz);

/// The channel of this name with usable numbers, of a waveform with a usable rate. Never null.
[[nodiscard]] Result<const record::WaveformChannel*> usable_channel(
    const record::Waveform& waveform, std::string_view name
);

/// Share of the samples at or beyond the channel's limits; 0 where it has none.
[[nodiscard]] double clipped_share(const record::WaveformChannel& channel);

/// In V^2: what the width of a code adds, as white noise.
[[nodiscard]] double rounding_variance(const record::WaveformChannel& channel);

/// `invalid`, about a waveform.
[[nodiscard]] tl::unexpected<Error> bad_signal(std::string message, std::string hint);

}  // namespace relaxd::model
