// SPDX-License-Identifier: MIT
//
// A lock-in's dialect and its simulated device on a pendulum without noise; both kinds.
#pragma once

#include "drivers/simulator/pendulum_rig.hpp"
#include "tests/parts/part_bench.hpp"

#include <map>
#include <string>

namespace relaxd::test {

using Options = std::map<std::string, std::string>;

inline simulator::PendulumSetup still_pendulum() {
    simulator::PendulumSetup setup(simulator::ShearMaterial::elastic(3.0e10));
    setup.sensors = simulator::PendulumSensors::ideal();
    return setup;
}

/// All that `Device` and `make_dialect` of one kind need.
template <typename Device>
class LockInBench : public PartBench {
  public:
    LockInBench(simulator::PendulumRig& rig, Device& simulated) : PartBench(simulated), rig_(rig) {}

    template <typename MakeDialect>
    drivers::Part& opened(MakeDialect make_dialect, const Options& options = {}) {
        auto dialect = make_dialect(options);
        REQUIRE(dialect.has_value());
        drivers::Part& lock_in = make(std::move(*dialect));
        must(lock_in.open());
        return lock_in;
    }
    [[nodiscard]] std::vector<drivers::PartValue> read(std::vector<std::string> names) {
        return must(part->read(std::move(names)));
    }
    double set(const std::string& name, double value) { return must(part->set(name, value)); }
    [[nodiscard]] simulator::PendulumRig& rig() { return rig_; }

  private:
    simulator::PendulumRig& rig_;
};

/// What a device says to these bytes at once.
inline std::string said(simulator::SimDevice& device, const std::string& bytes) {
    device.receive(bytes, SteadyTime{0});
    return device.take_output();
}

}  // namespace relaxd::test
