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

/// What the drive does in a static measurement, with the noise of the model in what answers.
struct StaticState {
    StaticState() = default;
    bool by_displacement = false;  ///< The displacement is held and the force answers; or reversed.
    double asked = 0.0;            ///< What is held, as its channel shows it: m or Pa.
    double displacement_m = 0.0;   ///< Of the drive from its zero.
    double force_N = 0.0;
};

class Analyser {
  public:
    Analyser(const Bench& bench, const Mounting& mounting, std::uint64_t seed)
        : Analyser(bench, mounting, seed, ForceControl(mounting)) {}
    Analyser(
        const Bench& bench, const Mounting& mounting, std::uint64_t seed, const ForceControl& forces
    );

    /// Fills the reading's signals and moduli. `seen_Pa`: the modulus that the specimen shows;
    /// number, time (middle of the window) and frequency of the reading are set. Reduces the
    /// amplitude where the force would pass its bound (`overload`).
    void oscillate(SimReading& reading, std::complex<double> seen_Pa, double amplitude_m) const;

    /// The static force, as its channel shows it, that goes with an oscillation of `amplitude_m`.
    [[nodiscard]] double static_force_N(
        std::complex<double> seen_Pa, double frequency_Hz, double amplitude_m
    ) const;

    /// Fills displacement, strain, stress and static force of a creep reading; its number and time
    /// are set. `seen_m`: displacement of the specimen's ends, `stress_Pa`: what is asked for.
    void creep(SimReading& reading, double seen_m, double stress_Pa) const;

    /// The same of the other static modes.
    void hold(SimReading& reading, const StaticState& state) const;

    /// Fills position and length of a static reading from its displacement, which counts from a
    /// position of `zero_m`.
    void place(SimReading& reading, double zero_m) const;

    /// The same of a reading of an oscillation from the mean position in its window, with the noise
    /// of the model.
    void place_mean(SimReading& reading, double position_m) const;

    /// From now on strain and modulus count on the length that is shown at this position.
    void refer_to(double position_m, double time_s);

    /// With the reference length, 1/m.
    [[nodiscard]] double strain_per_displacement() const {
        return reference_.strain_per_displacement();
    }

    /// The true stress over what is asked for: the force is controlled by its channel.
    [[nodiscard]] double stress_share() const { return 1.0 / bench_.force.gain; }

  private:
    /// Where something stands between: the channels' signals.
    void oscillate_really(SimReading& reading, std::complex<double> seen_Pa, double amplitude_m)
        const;
    void creep_really(SimReading& reading, double seen_m) const;
    /// The share of the static force that follows the dynamic one.
    [[nodiscard]] double preload() const { return forces_.track; }
    [[nodiscard]] double adjusted_m(SimReading& reading, double shown_N_per_m, double asked_m)
        const;
    [[nodiscard]] double driven_m(
        SimReading& reading, std::complex<double> driven_N_per_m, double asked_m
    ) const;
    [[nodiscard]] double shown_static_N(double driven_N_per_m, double true_m) const;
    [[nodiscard]] double static_signal(SimReading& reading, double value, std::uint64_t which)
        const;
    void set_position(SimReading& reading, double shown_m) const;
    [[nodiscard]] std::complex<double> disturbance(
        const ChannelOptions& channel, const SimReading& reading, std::uint64_t which
    ) const;
    [[nodiscard]] double pickup_phase_rad(std::uint64_t which, double time_s) const;

    Bench bench_;
    bool ideal_;
    Mounting mounting_;
    Mounting reference_;  ///< With the length that strain and modulus count on.
    ForceControl forces_;
    std::uint64_t seed_;
};

}  // namespace relaxd::simulator
