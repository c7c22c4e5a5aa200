// SPDX-License-Identifier: MIT
//
// One simulated device of a pendulum as it is served: the rig's clock begins when a host says its
// first byte to any of them, and faults at a time mean the rig's time. Around any SimDevice.

#pragma once

#include "drivers/simulator/pendulum_rig.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd::simulator {

class PendulumEndpoint final : public SimDevice {
  public:
    /// `rig` outlives it.
    PendulumEndpoint(std::unique_ptr<SimDevice> device, PendulumRig& rig)
        : device_(std::move(device)), rig_(rig) {}

    void receive(std::string_view bytes, SteadyTime now) override {
        rig_.begin();
        rig_.follow(now);
        device_->receive(bytes, now);
    }
    void advance_to(SteadyTime now) override {
        rig_.follow(now);
        device_->advance_to(now);
    }
    [[nodiscard]] std::string take_output() override { return device_->take_output(); }
    [[nodiscard]] SteadyTime next_wake() const override { return device_->next_wake(); }
    void connect() override { device_->connect(); }
    void disconnect() override { device_->disconnect(); }
    [[nodiscard]] bool connected() const override { return device_->connected(); }
    [[nodiscard]] bool take_hang_up() override { return device_->take_hang_up(); }
    [[nodiscard]] bool accepting() const override { return device_->accepting(); }
    [[nodiscard]] bool reading() const override { return device_->reading(); }
    [[nodiscard]] RunPosition run_position() const override {
        RunPosition position;
        position.run = rig_.has_begun() ? 1 : 0;
        position.time_s = rig_.time_s();
        return position;
    }

  private:
    std::unique_ptr<SimDevice> device_;
    PendulumRig& rig_;
};

}  // namespace relaxd::simulator
