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

/// The channel of this name with usable numbers, of a waveform with a usable rate. Never null.
[[nodiscard]] Result<const record::WaveformChannel*> usable_channel(
    const record::Waveform& waveform, std::string_view name
);

/// Share of the samples at or beyond the channel's limits; 0 where it has none.
[[nodiscard]] double clipped_share(const record::WaveformChannel& channel);

/// `invalid`, about a waveform.
[[nodiscard]] tl::unexpected<Error> bad_signal(std::string message, std::string hint);

}  // namespace relaxd::model
