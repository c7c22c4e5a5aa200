// SPDX-License-Identifier: MIT
//
// Digitised periods as the digitiser took them: its own codes, so that everything computed from
// them can be computed again. All channels are of the same instants, on one clock.
//
// Plain values; one waveform belongs to one reading and is never changed.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/records.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::record {

enum class WaveformKind : std::uint8_t {
    forced,  ///< Whole or broken periods of a drive of `frequency_Hz`.
    decay,   ///< Free, the drive is off.
    steady,  ///< Constant torque: mean values count.
};
[[nodiscard]] std::string_view to_word(WaveformKind kind);

/// One channel: volt = offset_V + volt_per_code · code.
struct WaveformChannel {
    std::string name;  ///< What it shows: "angle", "torque".
    double volt_per_code = unknown;
    double offset_V = 0.0;
    double low_V = unknown;  ///< A sample at or beyond these is clipped.
    double high_V = unknown;
    std::vector<std::int32_t> codes;
    WaveformChannel() = default;
    [[nodiscard]] double volt(std::size_t sample) const {
        return offset_V + volt_per_code * static_cast<double>(codes[sample]);
    }
};

struct Waveform {
    WaveformKind kind = WaveformKind::forced;
    double rate_Hz = unknown;               ///< Samples a second of each channel.
    double first_time_s = unknown;          ///< Of sample 0, instrument seconds since run start.
    double frequency_Hz = unknown;          ///< Of the drive; unknown for a decay.
    std::vector<WaveformChannel> channels;  ///< Equally long.
    Waveform() = default;
    [[nodiscard]] std::size_t samples() const {
        return channels.empty() ? 0 : channels.front().codes.size();
    }
    /// Null where there is none of this name.
    [[nodiscard]] const WaveformChannel* channel(std::string_view name) const;
};

/// As stored (docs/pendulum.md has the layout): differences of codes, compressed by zlib. Every
/// double keeps its value, unknown stays unknown. Empty where it cannot be stored: channels of
/// different length, more than 16 channels, 2^24 samples or 255 bytes of a name.
[[nodiscard]] std::string pack(const Waveform& waveform);
/// What `pack` wrote. `corrupt` where bytes are missing, too many or impossible.
[[nodiscard]] Result<Waveform> unpack(std::string_view bytes);

}  // namespace relaxd::record
