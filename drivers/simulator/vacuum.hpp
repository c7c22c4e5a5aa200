// SPDX-License-Identifier: MIT
//
// The simulated vacuum of the pendulum: one chamber with pump valve, vent valve, a leak and gas
// that the walls give off, and what a gauge shows of it.
//
//     V dp/dt = -S (p - p_ultimate) + (c_leak + c_vent) (p_room - p) + W / tau,  dW/dt = -W / tau
//
// S counts while the pump valve is open, c_vent while the vent is; W (Pa m^3 on the walls) fills
// up again in venting. Every step is exact, however long. SI. One object, one thread.

#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <optional>

namespace relaxd::simulator {

inline constexpr double room_pressure_Pa = 101325.0;

struct VacuumOptions {
    VacuumOptions() = default;
    double volume_m3 = 0.02;
    double pump_m3_per_s = 0.01;   ///< Pumping speed at the chamber.
    double ultimate_Pa = 1e-3;     ///< Of the pump alone.
    double leak_m3_per_s = 1e-10;  ///< Conductance to the room: with this pump 1e-3 Pa more.
    double vent_m3_per_s = 5e-4;   ///< Conductance of the open vent.
    double walls_Pa_m3 = 2.0;      ///< Gas on the walls after a long stay at the room's pressure.
    double walls_time_s = 1800.0;

    /// Error `invalid` names the first number that is impossible.
    [[nodiscard]] static Result<VacuumOptions> checked(const VacuumOptions& options);
};

class Vacuum {
  public:
    /// At the room's pressure, both valves closed. `options` must have passed `checked`.
    explicit Vacuum(const VacuumOptions& options)
        : options_(options), walls_Pa_m3_(options.walls_Pa_m3) {}

    void open_pump(bool open) { pump_open_ = open; }
    void open_vent(bool open) { vent_open_ = open; }
    [[nodiscard]] bool pump_open() const { return pump_open_; }
    [[nodiscard]] bool vent_open() const { return vent_open_; }

    void advance(double dt_s);

    [[nodiscard]] double pressure_Pa() const { return pressure_Pa_; }
    [[nodiscard]] double walls_Pa_m3() const { return walls_Pa_m3_; }

    /// Where the pressure goes with these valves once the walls are dry.
    [[nodiscard]] double end_Pa() const;

  private:
    VacuumOptions options_;
    bool pump_open_ = false;
    bool vent_open_ = false;
    double pressure_Pa_ = room_pressure_Pa;
    double walls_Pa_m3_;
};

enum class GaugeState : std::uint8_t { in_range, under_range, over_range };

struct GaugeReading {
    GaugeReading() = default;
    GaugeState state = GaugeState::in_range;
    std::optional<double> pressure_Pa;  ///< Nothing outside the range.
};

/// A gauge: what it shows is p times `factor` (gas, age), with noise, within its range.
struct VacuumGauge {
    VacuumGauge() = default;
    double min_Pa = 5e-7;  ///< A combined Pirani and cold-cathode gauge.
    double max_Pa = 1e5;
    double factor = 1.0;
    double noise_relative = 0.02;  ///< Standard deviation of ln p.

    /// Of seed and reading number only.
    [[nodiscard]] GaugeReading read(double true_Pa, std::uint64_t seed, std::uint64_t number) const;
};

}  // namespace relaxd::simulator
