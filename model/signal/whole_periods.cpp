// SPDX-License-Identifier: MIT
#include "model/signal/whole_periods.hpp"

#include "model/signal/turns.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace relaxd::model {
namespace {

// Trapezoids over `span` samples from `first`: samples first … last, weight `ends` at both ends.
struct Panels {
    Panels(std::size_t first_in, double span, std::size_t samples)
        : first(first_in),
          last(std::min(samples - 1, first + static_cast<std::size_t>(std::ceil(span)) - 1)),
          ends(0.5 * (1.0 + span - static_cast<double>(last - first))) {}
    [[nodiscard]] double weight(std::size_t sample) const {
        return sample == first || sample == last ? ends : 1.0;
    }
    std::size_t first;
    std::size_t last;
    double ends;
};

double mean_V(const record::WaveformChannel& channel, std::size_t first, double span) {
    const Panels panels(first, span, channel.codes.size());
    double sum = 0.0;
    for (std::size_t i = panels.first; i <= panels.last; ++i) {
        sum += panels.weight(i) * channel.volt(i);
    }
    return sum / span;
}

}  // namespace

std::complex<double> dft_amplitude_V(
    const record::WaveformChannel& channel,
    double rate_Hz,
    double frequency_Hz,
    double single_V_per_s
) {
    const std::size_t samples = channel.codes.size();
    const double period = rate_Hz / frequency_Hz;  // in samples
    const double periods = std::max(1.0, std::floor((static_cast<double>(samples) + 0.5) / period));
    const double span = periods * period;
    double slope = single_V_per_s / rate_Hz;
    if (periods >= 2.0) {
        const auto later = static_cast<std::size_t>((periods - 1.0) * period);
        slope = (mean_V(channel, later, period) - mean_V(channel, 0, period)) /
                static_cast<double>(later);
    }
    const double middle = 0.5 * span;
    const double level = mean_V(channel, 0, span);
    const Turns turns(frequency_Hz, rate_Hz);
    const Panels panels(0, span, samples);
    std::complex<double> sum;
    for (std::size_t i = panels.first; i <= panels.last; ++i) {
        const double straight = level + slope * (static_cast<double>(i) - middle);
        sum += panels.weight(i) * (channel.volt(i) - straight) * std::conj(turns.at(i));
    }
    return 2.0 / span * sum;
}

}  // namespace relaxd::model
