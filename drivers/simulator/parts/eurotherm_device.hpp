// SPDX-License-Identifier: MIT
//
// A simulated Eurotherm 2400 (or nanodac) on the rig's furnace, on one of its three wires, as
// drivers/parts/eurotherm/README.md describes the instrument. Its customer number is 9990. In
// manual the furnace is off unless the output is above 0.

#pragma once

#include "drivers/simulator/parts/thermal_device.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd::simulator {

struct EurothermOptions {
    enum class Wire : std::uint8_t { rtu, tcp, bisynch };
    Wire wire = Wire::rtu;
    bool is_nanodac = false;
    int address = 1;
    int customer_number = 9990;
    bool is_kelvin = false;
    int decimals = 1;           ///< Of the display; set points are rounded to it.
    bool is_broken_off = true;  ///< A broken sensor switches the output off.
    EurothermOptions() = default;
};

class EurothermDevice final : public ThermalDevice {
  public:
    EurothermDevice(PendulumRig& rig, EurothermOptions options);

    /// The process value shows this instead of the furnace; nothing: the furnace.
    void show(std::optional<double> temperature_K) { shown_K_ = temperature_K; }
    /// A broken sensor still has a number.
    void break_sensor(bool is_broken);
    /// Power lost and back: everything is kept, it goes on.
    void reboot();

    // As somebody at its front panel does.
    void turn_set_point(double set_K);
    void press_manual(bool is_manual, double output_percent);
    void press_unit(bool is_kelvin) { options_.is_kelvin = is_kelvin; }
    void select_remote(bool is_remote);

    [[nodiscard]] double set_point_K() const;
    [[nodiscard]] bool is_off() const;
    [[nodiscard]] bool is_manual() const { return is_manual_; }
    /// Writes to the memory that wears out.
    [[nodiscard]] int wear() const { return wear_; }

  private:
    enum class What : std::uint8_t {
        none,
        process_value,
        target,
        output,
        working_output,
        working_set_point,
        remote,
        remote_select,
        rate,
        rate_unit,
        status,
        unit,
        decimals,
        customer,
        identifier,
        manual,
        inhibit,
        sensor_break,
    };
    struct Entry {
        What what;
        int address;
        const char* mnemonic;
        bool is_float;
    };
    [[nodiscard]] static const Entry& entry_of(int address, bool is_nanodac);
    [[nodiscard]] static const Entry& entry_of(std::string_view mnemonic);

    void hear() override;
    void hear_bisynch();
    void hear_rtu();
    void hear_tcp();
    void poll(std::string_view mnemonic);
    [[nodiscard]] int select(std::string_view mnemonic, std::string_view data);
    [[nodiscard]] std::string answer(const std::string& request);
    [[nodiscard]] std::string answer_read(const std::string& request);
    [[nodiscard]] std::string answer_write(const std::string& request);

    [[nodiscard]] double value_of(What what) const;
    /// 0 or the code of EE: 2 read only, 8 outside the limits.
    [[nodiscard]] int put(What what, double value);
    [[nodiscard]] double rounded(double shown) const;
    [[nodiscard]] double to_shown(double kelvin) const;
    [[nodiscard]] double to_K(double shown) const;
    void drive();

    EurothermOptions options_;
    std::optional<double> shown_K_;
    double target_K_;
    double remote_K_;
    bool is_remote_ = false;
    double rate_per_min_ = 0.0;
    bool is_manual_ = false;
    bool is_inhibited_ = false;
    bool is_broken_ = false;
    double output_percent_ = 0.0;  ///< In manual.
    int error_ = 0;                ///< EE
    int wear_ = 0;
};

}  // namespace relaxd::simulator
