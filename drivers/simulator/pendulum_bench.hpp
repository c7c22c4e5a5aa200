// SPDX-License-Identifier: MIT
//
// The whole simulated pendulum without any protocol: body, furnace, vacuum, sensors, digitiser,
// two lock-in channels and a programme of frequencies on one clock. What simulated lock-ins,
// temperature controllers, gauges and digitisers read and set.
//
// Everything happens on the body's grid; a command given after `advance_to(t)` acts from the first
// grid instant not before t. So readings depend on the commands' times and the seed, never on how
// often somebody looks or how the time is cut. SI. One object, one thread.

#pragma once

#include "drivers/simulator/furnace.hpp"
#include "drivers/simulator/glass.hpp"
#include "drivers/simulator/pendulum_body.hpp"
#include "drivers/simulator/pendulum_lock_in.hpp"
#include "drivers/simulator/pendulum_sensor.hpp"
#include "drivers/simulator/pendulum_steady.hpp"
#include "drivers/simulator/vacuum.hpp"

#include <complex>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace relaxd::simulator {

/// The pendulum's furnace: resistance heating in vacuum, cooled by nothing but its losses.
[[nodiscard]] FurnaceOptions pendulum_furnace();

/// Everything that makes one pendulum. All parts must have passed their `checked`.
struct PendulumSetup {
    explicit PendulumSetup(const ShearMaterial& material_in) : material(material_in) {}
    PendulumParameters body;
    TorsionBar bar;
    ShearMaterial material;
    PendulumSensors sensors;
    VacuumOptions vacuum;
    VacuumGauge gauge;
    FurnaceOptions furnace = pendulum_furnace();
    ThermocoupleOptions thermocouple;
    std::uint64_t seed = 0;
};

/// Both lock-ins at one instant, rms, relative to the generator's phase.
struct LockInReading {
    LockInReading() = default;
    double time_s = 0.0;
    double frequency_Hz = 0.0;  ///< Of the reference now.
    std::complex<double> angle_rad;
    std::complex<double> current_A;
    double clipped_s = -1.0;  ///< When an input was last clipped; below 0: never.
};

class PendulumBench {
  public:
    explicit PendulumBench(const PendulumSetup& setup);
    PendulumBench(const PendulumBench&) = delete;
    PendulumBench& operator=(const PendulumBench&) = delete;

    [[nodiscard]] double time_s() const { return body_.time_s(); }
    void advance_to(double time_s);

    /// The coil from now on. All numbers must be finite.
    void set_drive(const CoilDrive& drive) { body_.set_drive(drive); }
    /// The coil from `at_s` on: the programme. A second drive at the same time replaces the first.
    void plan_drive(double at_s, const CoilDrive& drive) { plan_[at_s] = drive; }
    void clear_plan() { plan_.clear(); }
    /// By hand, for free decay.
    void deflect(double angle_rad) { body_.deflect(angle_rad); }
    void break_specimen();

    /// The controller's set point, reached at a rate; a rate of 0 is a jump.
    void set_temperature(double target_K, double rate_K_per_min);
    void heater_off() { heater_on_ = false; }
    [[nodiscard]] bool heater_on() const { return heater_on_; }
    /// The heater's power now, as a share of what it has.
    [[nodiscard]] double heater_share() const;
    /// The controller's set point now, on its way to the target.
    [[nodiscard]] double set_point_K() const { return set_K_; }
    /// What the thermocouple shows, with its noise: a new value every 0.1 s.
    [[nodiscard]] double shown_K() const;

    /// Somebody opened the pump valve so long ago. Before the first step only.
    void pump_for(double seconds);
    void open_pump(bool open) { vacuum_.open_pump(open); }
    void open_vent(bool open) { vacuum_.open_vent(open); }
    /// The gauge: a new value every 0.1 s.
    [[nodiscard]] GaugeReading gauge() const;

    /// `settings` must have passed `checked`; both channels.
    void set_lock_in(const LockInSettings& settings);
    [[nodiscard]] LockInReading lock_in() const;

    /// Starts anew at this rate, above 0 and at most 1 MHz; 0 stops.
    void digitise(double rate_Hz);
    /// What the digitiser took since the last call; nothing while it is stopped.
    [[nodiscard]] std::vector<RawSample> take_samples();
    [[nodiscard]] std::uint64_t lost_samples() const;

    /// The body's state now, as no sensor shows it.
    [[nodiscard]] const PendulumBody& body() const { return body_; }
    /// At the frequency of the drive.
    [[nodiscard]] PendulumTruth truth() const;

  private:
    void follow_climate();
    void furnace_step();
    void feed_lock_in();

    PendulumSetup setup_;
    PendulumBody body_;
    Furnace furnace_;
    Vacuum vacuum_;
    std::int64_t climate_every_;  ///< In steps of the body.
    std::int64_t lock_in_every_;
    std::optional<GlassState> glass_;  ///< Looks at the body's specimen.
    double glass_s_ = 0.0;
    bool heater_on_ = false;
    double set_K_ = ambient_K;
    double target_K_ = ambient_K;
    double rate_K_per_s_ = 0.0;
    std::uint64_t climate_steps_ = 0;
    std::map<double, CoilDrive> plan_;
    LockInDetector angle_detector_;
    LockInDetector current_detector_;
    double clipped_s_ = -1.0;
    std::optional<PendulumDigitiser> digitiser_;
};

}  // namespace relaxd::simulator
