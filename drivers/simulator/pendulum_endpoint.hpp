// SPDX-License-Identifier: MIT
//
// One simulated device of a pendulum as it is served: the rig's clock begins when a host says its
// first byte to any of them, faults at a time mean the rig's time, and the device can be away.
// Around any SimDevice.

#pragma once

#include "drivers/simulator/pendulum_rig.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
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
        advance_to(now);
        device_->receive(bytes, now);
    }
    void advance_to(SteadyTime now) override {
        now_ = now;
        rig_.follow(now);
        device_->advance_to(now);
        while (rig_.has_begun() && !events_.empty() && events_.begin()->first <= rig_.time_s()) {
            const auto call = std::move(events_.begin()->second);
            events_.erase(events_.begin());
            call();
        }
    }

    /// Calls at this time of the rig; may be used by what is called.
    void at(double time_s, std::function<void()> call) { events_.emplace(time_s, std::move(call)); }
    /// The session ends and none begins for so long (host time); a pty's name is gone meanwhile.
    void go_away(double host_s) {
        is_hung_up_ = device_->connected();
        back_ = SteadyTime{now_.ns + static_cast<std::int64_t>(1e9 * host_s)};
    }

    [[nodiscard]] std::string take_output() override { return device_->take_output(); }
    [[nodiscard]] SteadyTime next_wake() const override {
        SteadyTime wake = device_->next_wake();
        if (rig_.has_begun() && !events_.empty()) {
            wake = std::min(wake, rig_.host_time_of(events_.begin()->first));
        }
        return back_ > now_ ? std::min(wake, back_) : wake;
    }
    void connect() override { device_->connect(); }
    void disconnect() override { device_->disconnect(); }
    [[nodiscard]] bool connected() const override { return device_->connected(); }
    [[nodiscard]] bool take_hang_up() override {
        return std::exchange(is_hung_up_, false) || device_->take_hang_up();
    }
    [[nodiscard]] bool accepting() const override { return now_ >= back_ && device_->accepting(); }
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
    std::multimap<double, std::function<void()>> events_;
    bool is_hung_up_ = false;
    SteadyTime now_;
    SteadyTime back_;
};

}  // namespace relaxd::simulator
