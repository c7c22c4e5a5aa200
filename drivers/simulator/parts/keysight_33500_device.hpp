// SPDX-License-Identifier: MIT
//
// A simulated function generator of the Keysight 33500 family (33511B, one channel; 33512B where
// the coil is on the second, and the first is out of order) that drives the pendulum's coil: SCPI
// as its manual has it, LF both ways, error queue, event status register, voltages that depend on
// the declared load. Sine and DC only: other functions are refused.
//
// Its output sees a high impedance: with `OUTP:LOAD 50`, the state at power-on, the coil's source
// gets twice the voltage that the display shows. One object, one thread.

#pragma once

#include "drivers/simulator/pendulum_rig.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::simulator {

class Keysight33500Device final : public SimDevice {
  public:
    /// `rig` outlives it. The serial number should begin with SIM.
    explicit Keysight33500Device(
        PendulumRig& rig, std::string serial = "SIM33500", int channel = 1
    );

    void receive(std::string_view bytes, SteadyTime now) override;
    void advance_to(SteadyTime now) override { rig_.follow(now); }
    [[nodiscard]] std::string take_output() override;
    [[nodiscard]] SteadyTime next_wake() const override;
    void connect() override;
    void disconnect() override { is_connected_ = false; }
    [[nodiscard]] bool connected() const override { return is_connected_; }

    /// Power lost and back: the state at power-on, output off, bit 7 of `*ESR?` set.
    void reboot();
    /// As somebody at its front panel does.
    void turn_frequency(double frequency_Hz);
    void turn_output(bool is_on);
    void turn_amplitude(double amplitude_Vpp);
    void turn_offset(double offset_V);
    void turn_load(double load_ohm);  ///< Declared; 1 ohm to 10 kohm.

    /// What it shows and does, in the words of its display.
    struct State {
        double frequency_Hz = 1000.0;
        double amplitude_Vpp = 0.1;  ///< Into the declared load.
        double offset_V = 0.0;
        double load_ohm = 50.0;  ///< Infinity: high impedance.
        double phase_deg = 0.0;
        bool is_dc = false;
        bool is_on = false;
        bool is_rms = false;  ///< VOLT:UNIT VRMS.
        State() = default;
    };
    [[nodiscard]] const State& state() const { return state_; }

  private:
    using Words = std::vector<std::string>;

    void line(std::string_view text);
    void command(std::string_view text, Words& path);
    void common(const std::string& name, const std::string& argument);
    void asked(const std::string& header, const std::string& argument);
    void set(const std::string& header, const std::string& argument);
    void set_number(const std::string& header, const std::string& argument);
    void set_frequency(double frequency_Hz);
    void set_amplitude(double amplitude_Vpp);
    void set_offset(double offset_V);
    void set_load(const std::string& argument);
    void apply_sine(const std::string& argument);
    [[nodiscard]] double most_V() const;
    [[nodiscard]] double unit_per_Vpp() const;
    void drive();
    void complain(int number, const std::string& sentence);
    void clipped(const std::string& what, bool is_high);
    void reply(const std::string& text);

    PendulumRig& rig_;
    std::string serial_;
    int channel_;
    State state_;
    std::string received_;
    bool is_too_long_ = false;
    std::string answer_;  ///< Of the line that is being obeyed.
    std::string output_;
    std::deque<std::string> errors_;
    unsigned events_ = 0;  ///< Standard event register.
    unsigned events_enabled_ = 0;
    bool is_connected_ = false;
};

}  // namespace relaxd::simulator
