// SPDX-License-Identifier: MIT
//
// A simulated Solartron 1260, 1255B or 1250 behind a GPIB adapter, as
// drivers/parts/solartron/README.md describes it: two letters and a number, no reply to sets, a
// single measurement that lasts whole cycles of the rig's time. Channel 1 is the torque, channel 2
// the angle. It says that it is simulated by a serial number (the 1250: a version) that begins with
// SIM unless another is given. Not owned; one thread.

#pragma once

#include "drivers/simulator/pendulum_rig.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <complex>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd::simulator {

enum class SolartronModel : std::uint8_t { m1250, m1255, m1260 };

class SolartronDevice final : public SimDevice {
  public:
    /// `rig` outlives it. `is_source`: its generator commands the coil's current.
    SolartronDevice(
        PendulumRig& rig,
        SolartronModel model,
        bool is_source,
        std::string serial_number = "SIM01260"
    );

    void receive(std::string_view bytes, SteadyTime now) override;
    void advance_to(SteadyTime now) override;
    [[nodiscard]] std::string take_output() override;
    [[nodiscard]] SteadyTime next_wake() const override;
    void connect() override;
    void disconnect() override { is_connected_ = false; }
    [[nodiscard]] bool connected() const override { return is_connected_; }

    /// Power lost and back: everything as after a reset.
    void reboot();
    /// As somebody at its front panel: "VA" ("AM"), "FR" …; device units.
    void turn(const std::string& code, double value);
    [[nodiscard]] double held(const std::string& code) const { return settings_.at(code); }
    /// Channel 2 over channel 1 from now on, whatever the rig shows; nothing: the rig again.
    void pretend(std::optional<std::complex<double>> ratio) { pretended_ = ratio; }
    /// From now on a channel is overloaded.
    void overload(bool is_overloaded) { is_forced_ = is_overloaded; }

  private:
    void obey(std::string_view command);
    void ask(std::string_view code);
    void set(std::string_view code, std::string_view arguments);
    void apply();
    void begin();
    void finish();
    [[nodiscard]] std::complex<double> shown_ratio() const;
    void say(const std::string& text) { output_ += text + "\r"; }

    PendulumRig& rig_;
    SolartronModel model_;
    bool is_source_;
    std::string serial_number_;
    std::map<std::string, double, std::less<>> settings_;
    int numerator_ = 1;  ///< SO: which channel over which; 0: none.
    int denominator_ = 0;
    std::optional<double> ends_s_;  ///< Of the rig's time, while it measures.
    double began_s_ = 0.0;
    std::optional<std::complex<double>> pretended_;
    bool is_forced_ = false;
    std::string received_;
    std::string output_;
    bool is_connected_ = false;
};

}  // namespace relaxd::simulator
