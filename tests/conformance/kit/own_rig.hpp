// SPDX-License-Identifier: MIT
//
// A simulated device with a pendulum of its own, for subjects of devices whose numbers the suite
// dictates: the pendulum's clock hardly moves, so that long runs in virtual time cost nothing.
#pragma once

#include "drivers/simulator/pendulum_rig.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace relaxd::test::kit {

inline constexpr double hardly = 1e-6;  ///< Speed of the pendulum's clock.

template <typename Device>
class OnOwnRig final : public simulator::SimDevice {
  public:
    template <typename... Arguments>
    explicit OnOwnRig(Arguments... arguments)
        : rig_(simulator::PendulumSetup(simulator::ShearMaterial::none()), hardly),
          device(rig_, std::move(arguments)...) {}

    void receive(std::string_view bytes, SteadyTime now) override { device.receive(bytes, now); }
    void advance_to(SteadyTime now) override { device.advance_to(now); }
    [[nodiscard]] std::string take_output() override { return device.take_output(); }
    [[nodiscard]] SteadyTime next_wake() const override { return device.next_wake(); }
    void connect() override { device.connect(); }
    void disconnect() override { device.disconnect(); }
    [[nodiscard]] bool connected() const override { return device.connected(); }

  private:
    simulator::PendulumRig rig_;

  public:
    Device device;
};

}  // namespace relaxd::test::kit
