// SPDX-License-Identifier: MIT
//
// A simulated device in this process behind links in memory, in whatever time the test has: what
// SimServer does for TCP and ptys. One connection at a time; a new one takes the place of the last.
#pragma once

#include "drivers/link/link.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <memory>

namespace relaxd::test::kit {

/// What serves a device; keep it as long as the test needs the device. `device` and `timing`
/// outlive it.
class DeviceHost {
  public:
    DeviceHost(
        boost::asio::any_io_executor executor,
        drivers::link::Timing& timing,
        simulator::SimDevice& device
    );
    ~DeviceHost();
    DeviceHost(const DeviceHost&) = delete;
    DeviceHost& operator=(const DeviceHost&) = delete;

    /// Outlived by this.
    [[nodiscard]] std::unique_ptr<drivers::link::Opener> make_opener();
    void stop();

    struct Shared;

  private:
    std::shared_ptr<Shared> shared_;
};

}  // namespace relaxd::test::kit
