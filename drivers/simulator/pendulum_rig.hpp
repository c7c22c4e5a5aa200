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
#include <functional>
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
///
/// The phase runs from the bench's time 0, also while the output is off, and is continuous where
/// the frequency changes. It is the lock-ins' reference: what is in phase with this sine has Y = 0.
/// (The bench counts from the maximum: its phase is this one less a quarter of a turn.)
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
    double time_s = 0.0;    ///< Of the rig's clock: a whole number of scans after its time 0.
    RigScan() = default;
};

class PendulumRig {
  public:
    /// `setup` and its parts must have passed `checked`; 0 < speed.
    explicit PendulumRig(const PendulumSetup& setup, double speed = 1.0, RigWiring wiring = {});
    PendulumRig(const PendulumRig&) = delete;
    PendulumRig& operator=(const PendulumRig&) = delete;

    /// The bench runs up to this host time. Every device calls it first, with its own `now`.
    /// The first call begins the clock, after await_host() the first after begin().
    void follow(SteadyTime now);
    /// Time 0 stays until begin(): for those who serve the devices (a device need not know).
    void await_host() { is_awaiting_ = true; }
    void begin() { is_awaiting_ = false; }
    [[nodiscard]] bool has_begun() const { return is_begun_; }
    /// No follow() takes much more than 20 ms of this clock, nor more than three quarters of the
    /// host time that passed: a bench that cannot keep up falls behind and does not catch up.
    void stay_within(const Clock& clock) { work_clock_ = &clock; }
    /// The last follow() stopped before the present.
    [[nodiscard]] bool is_behind() const { return is_behind_; }
    /// Called at every whole multiple of `every_s` of the rig's time, before anything later.
    void on_interval(double every_s, std::function<void(const PendulumRig&)> call);

    /// Instrument seconds since the first host connected; 0 before.
    [[nodiscard]] double time_s() const { return time_s_; }
    [[nodiscard]] double speed() const { return speed_; }
    /// Host time at which the bench will be at `time_s`, if nothing holds it; never in the past.
    [[nodiscard]] SteadyTime host_time_of(double time_s) const;
    /// A device whose output waits holds the clock (speed other than 1), until it lets go.
    void hold(const void* device, bool is_held);

    /// All numbers finite, the frequency not negative. What is faster than 1 kHz the current source
    /// does not follow; beyond the coil's current limit it is cut.
    void excite(const RigExcitation& excitation);
    [[nodiscard]] const RigExcitation& excitation() const { return excitation_; }

    /// X + iY in V rms at angle and torque inputs, relative to the excitation's phase.
    struct LockIn {
        double frequency_Hz = 0.0;
        std::complex<double> angle_V;
        std::complex<double> torque_V;
        bool is_overloaded = false;  ///< An input was clipped within the last time constant.
        double clipped_s = -1.0;     ///< When one was clipped last; below 0: never.
        LockIn() = default;
    };
    /// Both channels; settings that LockInSettings::checked refuses change nothing.
    void set_lock_in(double time_constant_s, int slope_dB_per_octave);
    [[nodiscard]] LockIn lock_in() const;
    /// The settled ratio angle/torque at the present excitation (closed form): a fixed point of a
    /// frequency-response analyser after many cycles. 0 where nothing oscillates.
    [[nodiscard]] std::complex<double> settled_ratio() const;

    /// Scans from now on at this rate; 0 stops. What was taken since the last call.
    void digitise(double rate_Hz);
    [[nodiscard]] std::vector<RigScan> take_scans();
    /// Scans that found the memory (2^20) full since digitise().
    [[nodiscard]] std::uint64_t lost_scans() const { return bench_.lost_samples(); }

    /// The furnace as its controller sees it.
    [[nodiscard]] double temperature_K() const { return bench_.shown_K(); }
    /// On its way to the target while the heater is on; the target while it is off.
    [[nodiscard]] double set_point_K() const;
    [[nodiscard]] double target_K() const { return target_K_; }
    /// Rate 0: a jump. Does not switch the heater on; a ramp that finds it off begins, when it is
    /// switched on, where the furnace is. Target above 0 K, rate not negative.
    void set_temperature(double target_K, double rate_K_per_s);
    void heater(bool is_on);
    [[nodiscard]] bool heater_is_on() const { return bench_.heater_on(); }
    /// Of the heater's full power, 0 to 100.
    [[nodiscard]] double heater_percent() const { return 100.0 * bench_.heater_share(); }

    /// Nothing where the gauge is out of its range.
    [[nodiscard]] GaugeReading gauge() const { return bench_.gauge(); }

    [[nodiscard]] const PendulumSetup& setup() const { return setup_; }
    [[nodiscard]] const RigWiring& wiring() const { return wiring_; }
    [[nodiscard]] PendulumBench& bench() { return bench_; }
    [[nodiscard]] const PendulumBench& bench() const { return bench_; }

  private:
    void run_to(double goal_s, double passed_s);

    PendulumSetup setup_;
    PendulumBench bench_;
    RigWiring wiring_;
    double speed_;
    RigExcitation excitation_;
    LockInSettings lock_in_;
    std::vector<const void*> holders_;
    bool is_awaiting_ = false;
    bool is_begun_ = false;
    bool is_behind_ = false;
    SteadyTime last_;
    double time_s_ = 0.0;
    const Clock* work_clock_ = nullptr;
    double every_s_ = 0.0;
    std::uint64_t intervals_ = 0;
    std::function<void(const PendulumRig&)> on_interval_;
    double target_K_ = ambient_K;
    double rate_K_per_s_ = 0.0;
};

}  // namespace relaxd::simulator
