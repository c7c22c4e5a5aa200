// SPDX-License-Identifier: MIT
#include "model/signal/signal_check.hpp"

#include <array>
#include <cmath>
#include <utility>

namespace relaxd::model {

double aliased_Hz(double line_Hz, double rate_Hz) {
    return std::abs(line_Hz - rate_Hz * std::nearbyint(line_Hz / rate_Hz));
}

double mains_near_Hz(double frequency_Hz, double rate_Hz, double distance_Hz) {
    constexpr std::array mains_Hz{50.0, 60.0};
    for (const double line_Hz : mains_Hz) {
        const double alias_Hz = aliased_Hz(line_Hz, rate_Hz);
        if (alias_Hz > 0.5 * distance_Hz && std::abs(alias_Hz - frequency_Hz) < distance_Hz) {
            return line_Hz;
        }
    }
    return 0.0;
}

tl::unexpected<Error> bad_signal(std::string message, std::string hint) {
    return fail(Errc::invalid, std::move(message), "waveform", std::move(hint));
}

Result<const record::WaveformChannel*> usable_channel(
    const record::Waveform& waveform, std::string_view name
) {
    if (!(waveform.rate_Hz > 0.0) || !std::isfinite(waveform.rate_Hz)) {
        return bad_signal("the waveform has no sample rate", "the digitiser's driver must say it");
    }
    const record::WaveformChannel* channel = waveform.channel(name);
    if (channel == nullptr) {
        return bad_signal(
            "the waveform has no channel \"" + std::string(name) + "\"",
            "give the digitiser's input this role in [[instrument.part]] (docs/pendulum.md)"
        );
    }
    if (channel->codes.size() != waveform.samples()) {
        return bad_signal(
            "channel \"" + std::string(name) + "\" has another number of samples than the first",
            "all channels are of the same instants"
        );
    }
    if (!std::isfinite(channel->offset_V) || !std::isfinite(channel->volt_per_code) ||
        channel->volt_per_code == 0.0) {
        return bad_signal(
            "channel \"" + std::string(name) + "\" has no scale in volts",
            "the digitiser's driver must say it"
        );
    }
    return channel;
}

double rounding_variance(const record::WaveformChannel& channel) {
    return channel.volt_per_code * channel.volt_per_code / 12.0;
}

double clipped_share(const record::WaveformChannel& channel) {
    std::size_t clipped = 0;
    for (std::size_t i = 0; i < channel.codes.size(); ++i) {
        const double volt = channel.volt(i);
        clipped += volt <= channel.low_V || volt >= channel.high_V ? 1U : 0U;  // false for NaN
    }
    return channel.codes.empty()
               ? 0.0
               : static_cast<double>(clipped) / static_cast<double>(channel.codes.size());
}

}  // namespace relaxd::model
