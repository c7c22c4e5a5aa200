// SPDX-License-Identifier: MIT
//
// The physics faults of a script, asked by the instrument as its run goes on: what the heater is
// really told, what a reading says, when the unit gives up.
//
// A function of script, seed, time of the run and reading number; the truth behind a reading is
// never touched. SI. One object, one thread.

#pragma once

#include "drivers/simulator/fault_script.hpp"
#include "drivers/simulator/sim_reading.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::simulator {

/// What the furnace is told in one step.
struct HeaterOrder {
    double set_K = 0.0;
    bool on = false;
};

/// What a fault does to the unit as a whole.
struct UnitFault {
    UnitFault() = default;
    std::string cause;  ///< `fault:…`: the run ends, the state is fault. Empty: no.
    bool reboots = false;
    double back_after_s = 0.0;  ///< Host time.
};

class PhysicsFaults {
  public:
    PhysicsFaults() = default;
    explicit PhysicsFaults(const FaultScript& script);

    /// A run begins: the script from its beginning on a sound instrument.
    void begin_run();

    /// What becomes of an order to the heater.
    [[nodiscard]] HeaterOrder heater(double time_s, HeaterOrder order) const;
    [[nodiscard]] bool heater_is_stuck(double time_s) const;

    /// What the thermocouple shows of a temperature.
    [[nodiscard]] double shown_K(double time_s, double temperature_K) const;

    /// The next time after `time_s` at which `meet` must be asked; infinity: none.
    [[nodiscard]] double next_s(double time_s) const;

    /// What is due at this time. `furnace_K` is the true temperature. Without a run nothing new
    /// begins.
    [[nodiscard]] UnitFault meet(double time_s, double furnace_K, bool in_run);

    /// Why the state is fault; empty when the cause has gone.
    [[nodiscard]] std::string standing_cause(double time_s) const;

    /// The reading as the faulty unit reports it.
    [[nodiscard]] SimReading reported(const SimReading& taken, double strain_per_m);

  private:
    /// A fault at work.
    struct Active {
        Fault fault;
        double since_s = 0.0;
        double until_s = 0.0;
        std::uint64_t left = 0;  ///< Readings; only if the fault has a count.
        double stuck = 0.0;      ///< The value that stays.
        bool has_stuck = false;
        bool tripped = false;  ///< The unit has noticed.
    };

    struct Armed {
        Fault fault;
        std::uint64_t index = 0;
        double next_s = 0.0;
        bool waits = false;
    };

    void begin(const Armed& armed, double time_s);
    void begin_with(const SimReading& reading);
    [[nodiscard]] bool is_on(const Active& active, double time_s) const;
    void distort(Active& active, SimReading& reading, double strain_per_m) const;
    void remember(const SimReading& reading);

    std::uint64_t seed_ = 1;
    std::vector<Armed> faults_;
    std::vector<Active> active_;
    std::map<std::string, double, std::less<>> last_;  ///< Columns of the reading before.
};

}  // namespace relaxd::simulator
