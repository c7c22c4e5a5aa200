// SPDX-License-Identifier: MIT
//
// From the specimen's modulus to what the instrument says: force, displacement and phase as its
// signals show them, and the moduli that it computes from them with its calibration.
//
// Where nothing stands between (the plain bench) the moduli are shown as they are and the signals
// follow from them. Depends on bench, mounting, seed and reading only. SI; one thread.

#pragma once

#include "drivers/simulator/bench.hpp"
#include "drivers/simulator/clamp.hpp"
#include "drivers/simulator/sim_reading.hpp"

#include <complex>
#include <cstdint>

namespace relaxd::simulator {

/// How long the analyser averages at a frequency: 10 cycles, at least 1 s; below 1 Hz 3 cycles.
[[nodiscard]] double measurement_s(double frequency_Hz);

/// The whole cycles in it.
[[nodiscard]] double whole_cycles(double frequency_Hz);

/// The complex amplitude at `frequency_Hz` that multiply-average over `cycles` cycles of
/// `samples_per_cycle` samples makes of cos(2 pi tone_Hz t + phase_rad), t from the window's start.
/// Exact, with the aliases.
[[nodiscard]] std::complex<double> demodulated_tone(
    double tone_Hz, double phase_rad, double frequency_Hz, double cycles, double samples_per_cycle
);

/// The same of t: what a drift of 1 a second looks like.
[[nodiscard]] std::complex<double> demodulated_ramp(double frequency_Hz, double samples_per_cycle);

class Analyser {
  public:
    Analyser(const Bench& bench, const Mounting& mounting, std::uint64_t seed);

    /// Fills the reading's signals and moduli. `seen_Pa`: the modulus that the specimen shows;
    /// number, time (middle of the window) and frequency of the reading are set. Reduces the
    /// amplitude where the force would pass its bound (`overload`).
    void oscillate(SimReading& reading, std::complex<double> seen_Pa, double amplitude_m) const;

    /// Fills displacement, strain, stress and static force of a creep reading; its number and time
    /// are set. `seen_m`: displacement of the specimen's ends, `stress_Pa`: what is asked for.
    void creep(SimReading& reading, double seen_m, double stress_Pa) const;

    /// The true stress over what is asked for: the force is controlled by its channel.
    [[nodiscard]] double stress_share() const { return 1.0 / bench_.force.gain; }

  private:
    /// Where something stands between: the channels' signals.
    void oscillate_really(SimReading& reading, std::complex<double> seen_Pa, double amplitude_m)
        const;
    void creep_really(SimReading& reading, double seen_m) const;
    [[nodiscard]] double preload() const;
    [[nodiscard]] std::complex<double> disturbance(
        const ChannelOptions& channel, const SimReading& reading, std::uint64_t which
    ) const;
    [[nodiscard]] double pickup_phase_rad(std::uint64_t which, double time_s) const;

    Bench bench_;
    bool ideal_;
    Mounting mounting_;
    std::uint64_t seed_;
};

}  // namespace relaxd::simulator
