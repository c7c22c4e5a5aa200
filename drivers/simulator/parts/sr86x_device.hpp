// SPDX-License-Identifier: MIT
//
// A simulated SRS SR860 (TCP or RS-232), as drivers/parts/sr86x/README.md describes it: LF, a blank
// before the argument, replies of one line joined by semicolons, its own status bits. Its serial
// number begins with SIM unless another is given. Not owned; one thread.

#pragma once

#include "drivers/simulator/parts/lock_in_unit.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd::simulator {

class Sr86xDevice final : public SimDevice {
  public:
    /// `rig` outlives it. `is_source`: its sine output commands the coil's current.
    Sr86xDevice(
        PendulumRig& rig, LockInInput input, bool is_source, std::string serial_number = "SIM00860"
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
    /// What a query says; nothing: it is not executed, or there is no such query.
    using Answer = std::optional<std::string>;

    void obey_line(std::string_view line);
    [[nodiscard]] Answer answer(std::string_view mnemonic, std::string_view arguments);
    void set(std::string_view mnemonic, std::string_view arguments);
    void apply();
    void look();
    [[nodiscard]] Answer output_of(std::string_view place) const;
    [[nodiscard]] Answer snap(std::string_view arguments) const;

    LockInUnit unit_;
    std::string serial_number_;
    std::map<std::string, double, std::less<>> settings_;
    unsigned lias_ = 0;
    unsigned esr_ = 0;
    LockInView view_;
    std::string received_;
    std::string output_;
    bool is_connected_ = false;
};

}  // namespace relaxd::simulator
