// SPDX-License-Identifier: MIT
//
// A simulated temperature controller or gauge with a pendulum of its own, and a part that talks to
// it in a time that stands still until a test moves it.
#pragma once

#include "drivers/simulator/pendulum_rig.hpp"
#include "tests/parts/part_bench.hpp"

#include <map>
#include <string>
#include <utility>

namespace relaxd::test {

using PartOptions = std::map<std::string, std::string>;

template <typename Device, typename DeviceOptions>
class ThermalBench {
  public:
    explicit ThermalBench(DeviceOptions options = {}, double speed = 1.0)
        : rig(simulator::PendulumSetup(simulator::ShearMaterial::none()), speed),
          device(rig, std::move(options)),
          bench(device) {}

    /// Makes the part; options must be right.
    template <typename MakeDialect>
    drivers::Part& make(MakeDialect make_dialect, const PartOptions& options = {}) {
        auto dialect = make_dialect(options);
        INFO((dialect ? std::string() : dialect.error().sentence()));
        REQUIRE(dialect.has_value());
        return bench.make(std::move(*dialect));
    }
    template <typename MakeDialect>
    drivers::Identity open(MakeDialect make_dialect, const PartOptions& options = {}) {
        return bench.must(make(make_dialect, options).open());
    }
    [[nodiscard]] drivers::Part& part() { return *bench.part; }
    [[nodiscard]] drivers::PartValue value_of(const std::string& name) {
        return bench.value_of(name);
    }
    double set(const std::string& name, double value) {
        return bench.must(bench.part->set(name, value));
    }
    [[nodiscard]] Error refusal(const std::string& name, double value) {
        const Result<double> result = bench.run(bench.part->set(name, value));
        REQUIRE_FALSE(result.has_value());
        return result.error();
    }

    simulator::PendulumRig rig;
    Device device;
    PartBench bench;
};

}  // namespace relaxd::test
