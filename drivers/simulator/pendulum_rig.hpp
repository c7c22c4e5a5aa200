// SPDX-License-Identifier: MIT
//
// The wires between the simulated devices of a pendulum: one bench, one clock, and what each device
// of its electronics sees and drives, in volts at its own terminals. A simulated device of a part
// (drivers/simulator/parts/*) holds a reference to one PendulumRig and knows nothing else.
//
// The bench's clock is `speed` times the host's from the first host that connects to any of the
// devices. At a speed other than 1 it stands still while a stream cannot be written (hold), so that
// nothing is lost; at 1 a stream overflows as a real one does. One thread; outlives the devices.

#pragma once

#include "drivers/simulator/pendulum_bench.hpp"
#include "schema/base/clock.hpp"

#include <complex>
#include <cstdint>
#include <optional>
#include <vector>

namespace relaxd::simulator {

/// How the electronics are wired.
struct RigWiring {
    double coil_A_per_V = 0.01;  ///< The current source that the excitation's voltage commands.
    double input_range_V = 10.0;
    RigWiring() = default;
};

/// The excitation's voltage: offset + amplitude sin(phase) while on (peak, not rms).
struct RigExcitation {
    double offset_V = 0.0;
    double amplitude_V = 0.0;
    double frequency_Hz = 0.0;
    bool is_on = false;
    RigExcitation() = default;
};

/// One scan of the digitiser.
struct RigScan {
    double angle_V = 0.0;
    double torque_V = 0.0;  ///< At the sense resistor.
    RigScan() = default;
};

class PendulumRig {
  public:
    explicit PendulumRig(const PendulumSetup& setup, double speed = 1.0, RigWiring wiring = {});

    /// The bench runs up to this host time. Every device calls it first, with its own `now`.
    void follow(SteadyTime now);
    /// Instrument seconds since the first host connected; 0 before.
    [[nodiscard]] double time_s() const;
    [[nodiscard]] double speed() const { return speed_; }
    /// Host time at which the bench will be at `time_s`, if nothing holds it.
    [[nodiscard]] SteadyTime host_time_of(double time_s) const;
    /// A device whose output waits holds the clock (speed other than 1), until it lets go.
    void hold(const void* device, bool is_held);

    void excite(const RigExcitation& excitation);
    [[nodiscard]] const RigExcitation& excitation() const { return excitation_; }

    /// X + iY in V rms at angle and torque inputs, relative to the excitation's phase.
    struct LockIn {
        double frequency_Hz = 0.0;
        std::complex<double> angle_V;
        std::complex<double> torque_V;
        bool is_overloaded = false;
        LockIn() = default;
    };
    void set_lock_in(double time_constant_s, int slope_dB_per_octave);
    [[nodiscard]] LockIn lock_in() const;
    /// The settled ratio angle/torque at the present excitation (closed form): a fixed point of a
    /// frequency-response analyser after many cycles.
    [[nodiscard]] std::complex<double> settled_ratio() const;

    /// Scans from now on at this rate; 0 stops. What was taken since the last call.
    void digitise(double rate_Hz);
    [[nodiscard]] std::vector<RigScan> take_scans();

    /// The furnace as its controller sees it.
    [[nodiscard]] double temperature_K() const;
    [[nodiscard]] double set_point_K() const;
    void set_temperature(double target_K, double rate_K_per_s);  ///< Rate 0: a jump.
    void heater(bool is_on);
    [[nodiscard]] bool heater_is_on() const;
    [[nodiscard]] double heater_percent() const;

    /// Nothing where the gauge is out of its range.
    [[nodiscard]] GaugeReading gauge() const;

    [[nodiscard]] PendulumBench& bench() { return bench_; }
    [[nodiscard]] const PendulumBench& bench() const { return bench_; }

  private:
    PendulumSetup setup_;
    PendulumBench bench_;
    RigWiring wiring_;
    double speed_;
    RigExcitation excitation_;
    std::vector<const void*> holders_;
    bool is_begun_ = false;
    SteadyTime last_;
};

}  // namespace relaxd::simulator
