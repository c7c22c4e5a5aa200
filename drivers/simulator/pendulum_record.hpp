// SPDX-License-Identifier: MIT
//
// `--record` of the simulated pendulum: once a second of the rig's clock one JSON object a line
// with what is true (specimen, chamber, coil) and what furnace and gauge show of it. The first line
// also has `setup`: the numbers that a calibration should find.

#pragma once

#include "drivers/simulator/pendulum_rig.hpp"
#include "schema/base/result.hpp"

#include <fstream>
#include <memory>
#include <string>

namespace relaxd::simulator {

/// The line of this instant, without LF; what is unknown is null.
[[nodiscard]] std::string pendulum_record_line(const PendulumRig& rig);

/// `{"specimen":…}`: the pendulum's true numbers. `specimen` is the material's name.
[[nodiscard]] std::string pendulum_setup_json(const PendulumRig& rig, const std::string& specimen);

class PendulumRecord {
  public:
    /// Replaces what stands in `path`.
    [[nodiscard]] static Result<std::unique_ptr<PendulumRecord>> create(const std::string& path);

    /// From now on every second of this rig; must outlive it.
    void follow(PendulumRig& rig, const std::string& specimen);
    void flush() { stream_.flush(); }
    /// False after a failed write.
    [[nodiscard]] bool good() const { return stream_.good(); }

  private:
    explicit PendulumRecord(const std::string& path) : stream_(path, std::ios::trunc) {}
    std::ofstream stream_;
    bool is_first_ = true;
};

}  // namespace relaxd::simulator
