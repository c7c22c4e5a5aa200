// SPDX-License-Identifier: MIT
//
// What the simulated temperature controllers and gauges have in common: a session, a clock, the rig
// behind them, and numbers as text. They answer at once and speak only when they are asked, but for
// what a device says of itself (tick).

#pragma once

#include "drivers/simulator/pendulum_rig.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd::simulator {

/// Digits behind the point, no exponent: "300.150".
[[nodiscard]] std::string fixed_point(double value, int decimals);
/// "1.234E-03": digits behind the point, exponent with a sign and at least so many digits.
[[nodiscard]] std::string scientific(double value, int decimals, int exponent_digits);

class ThermalDevice : public SimDevice {
  public:
    /// `rig` outlives it.
    explicit ThermalDevice(PendulumRig& rig) : rig_(rig) {}

    void receive(std::string_view bytes, SteadyTime now) override {
        advance_to(now);
        received_ += bytes;
        hear();
        if (received_.size() > received_max) {
            received_.clear();
        }
    }
    void advance_to(SteadyTime now) override {
        if (now.ns > now_.ns) {
            now_ = now;
        }
        rig_.follow(now_);
        tick();
    }
    [[nodiscard]] std::string take_output() override { return std::exchange(output_, {}); }
    [[nodiscard]] SteadyTime next_wake() const override {
        return SteadyTime{std::numeric_limits<std::int64_t>::max()};
    }
    void connect() override {
        is_connected_ = true;
        received_.clear();
        output_.clear();
    }
    void disconnect() override { is_connected_ = false; }
    [[nodiscard]] bool connected() const override { return is_connected_; }
    [[nodiscard]] RunPosition run_position() const override {
        return RunPosition{1, rig_.time_s()};
    }

  protected:
    /// Takes whole requests from received_ and says to output_ what belongs to them.
    virtual void hear() = 0;
    /// Time has passed.
    virtual void tick() {}

    PendulumRig& rig_;
    SteadyTime now_;
    std::string received_;
    std::string output_;

  private:
    static constexpr std::size_t received_max = 1024;
    bool is_connected_ = false;
};

}  // namespace relaxd::simulator
