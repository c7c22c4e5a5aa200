// SPDX-License-Identifier: MIT
//
// A simulated SRS SR830 on RS-232, as drivers/parts/sr830/README.md describes it: CR, no reply to
// sets, queries on one line answered one by one, latched status bytes, an input queue that
// overflows. Its serial number begins with SIM unless another is given. Not owned; one thread.

#pragma once

#include "drivers/simulator/parts/lock_in_unit.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd::simulator {

class Sr830Device final : public SimDevice {
  public:
    /// `rig` outlives it. `is_source`: its sine output commands the coil's current.
    Sr830Device(
        PendulumRig& rig, LockInInput input, bool is_source, std::string serial_number = "SIM00830"
    );

    void receive(std::string_view bytes, SteadyTime now) override;
    void advance_to(SteadyTime now) override;
    [[nodiscard]] std::string take_output() override;
    [[nodiscard]] SteadyTime next_wake() const override;
    void connect() override;
    void disconnect() override { is_connected_ = false; }
    [[nodiscard]] bool connected() const override { return is_connected_; }

    /// Power lost and back, its memory too: standard settings, PON.
    void reboot();
    /// As somebody at its front panel: "SLVL", "FREQ" …; device units, within its limits.
    void turn(const std::string& mnemonic, double value);
    [[nodiscard]] double held(const std::string& mnemonic) const { return settings_.at(mnemonic); }
    [[nodiscard]] LockInUnit& unit() { return unit_; }

  private:
    void obey(std::string_view command);
    void answer(std::string_view mnemonic, std::string_view arguments);
    void set(std::string_view mnemonic, std::string_view arguments);
    void put(std::string_view mnemonic, double value);
    void apply();
    void look();
    [[nodiscard]] std::string snap(std::string_view arguments);
    [[nodiscard]] std::string output_of(int which);
    void say(const std::string& text);

    LockInUnit unit_;
    std::string serial_number_;
    std::map<std::string, double, std::less<>> settings_;
    std::map<int, std::pair<double, double>> offsets_;  ///< OEXP: percent and place, by output.
    unsigned lias_ = 0;
    unsigned esr_ = 0;
    bool is_low_range_ = true;
    LockInView view_;
    std::string received_;
    std::string output_;
    bool is_connected_ = false;
};

}  // namespace relaxd::simulator
