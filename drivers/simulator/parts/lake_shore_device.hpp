// SPDX-License-Identifier: MIT
//
// A simulated Lake Shore 335, 336 or 350 on the rig's furnace, as
// drivers/parts/lake_shore/README.md describes the instrument. Its input A is the furnace's
// thermocouple, its output 1 the heater; the others are there and connected to nothing. Its serial
// number begins with "SIM".

#pragma once

#include "drivers/simulator/parts/thermal_device.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd::simulator {

struct LakeShoreOptions {
    std::string model = "336";  ///< "335", "336", "350"
    std::string serial_number = "SIM0001";
    std::string reply_end = "\r\n";
    bool says_blank = false;  ///< A blank line after each command, as some do.
    LakeShoreOptions() = default;
};

class LakeShoreDevice final : public ThermalDevice {
  public:
    LakeShoreDevice(PendulumRig& rig, LakeShoreOptions options);

    /// Input A shows this instead of the furnace; nothing: the furnace.
    void show(std::optional<double> temperature_K) { shown_K_ = temperature_K; }
    /// RDGST? of input A from now on.
    void say_status(unsigned bits) { status_ = bits; }
    /// HTRST? of output 1; the output switches itself off.
    void break_heater(unsigned code);
    /// Power lost and back: the heater is off, the power-on bit set, the settings are kept.
    void reboot();

    // As somebody at its front panel does.
    void turn_set_point(double set_K);
    void press_range(int range);
    void press_units(unsigned units) { units_ = units; }
    void press_input(unsigned input) { loops_[0].input = input; }

    [[nodiscard]] double set_point_K() const { return loops_[0].target_K; }
    [[nodiscard]] int range() const { return loops_[0].range; }
    /// Commands that came within 50 ms of the last character, which the manual forbids.
    [[nodiscard]] int hurried() const { return hurried_; }

  private:
    struct Loop {
        double target_K = 0.0;
        bool ramps = false;
        double rate_K_per_min = 1.0;
        int range = 0;
        unsigned input = 1;
        unsigned mode = 1;
        unsigned heater_code = 0;
    };

    void hear() override;
    void obey(const std::string& line);
    [[nodiscard]] std::string answer(const std::string& word, const std::string& of);
    [[nodiscard]] std::string answer_input(const std::string& word, const std::string& input);
    [[nodiscard]] std::string answer_loop(const std::string& word, std::size_t output);
    [[nodiscard]] bool command(const std::string& word, const std::string& arguments);
    [[nodiscard]] bool command_loop(
        const std::string& word, std::size_t output, const std::array<double, 2>& numbers
    );
    [[nodiscard]] std::size_t outputs() const { return options_.model == "335" ? 2 : 4; }
    [[nodiscard]] int most_range(std::size_t output) const;
    [[nodiscard]] double temperature_K() const;
    void drive();
    void refuse();

    LakeShoreOptions options_;
    std::array<Loop, 4> loops_;
    std::optional<double> shown_K_;
    unsigned status_ = 0;
    unsigned units_ = 1;
    unsigned events_ = 0;  ///< *ESR?
    SteadyTime last_said_;
    int hurried_ = 0;
};

}  // namespace relaxd::simulator
