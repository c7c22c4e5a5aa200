// SPDX-License-Identifier: MIT
//
// A simulated LabJack T7 as its Modbus/TCP port sees it, written from drivers/parts/labjack_t7's
// README: functions 3, 4, 6, 16 and 76, its registers, the stream that is fetched by commands, and
// the watchdog. The pendulum's angle is on one input, the voltage of the coil's sense resistor on
// another; all others are grounded. DAC0 and DAC1 are connected to nothing.
//
// Serial numbers 999000 to 999999 say that it is simulated. One thread.

#pragma once

#include "drivers/simulator/parts/labjack_t7_stream.hpp"
#include "drivers/simulator/pendulum_rig.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::simulator {

struct LabJackT7Options {
    std::uint32_t serial = 999'007;
    std::size_t angle_input = 0;   ///< AIN0 …
    std::size_t torque_input = 1;  ///< … AIN13.
    LabJackT7Options() = default;
};

class LabJackT7Device final : public SimDevice {
  public:
    /// `rig` outlives it.
    explicit LabJackT7Device(PendulumRig& rig, const LabJackT7Options& options = {});
    ~LabJackT7Device() override;

    void receive(std::string_view bytes, SteadyTime now) override;
    void advance_to(SteadyTime now) override;
    [[nodiscard]] std::string take_output() override;
    [[nodiscard]] SteadyTime next_wake() const override;
    void connect() override;
    void disconnect() override;
    [[nodiscard]] bool connected() const override { return is_connected_; }

    /// This voltage is on an input from now on instead of what is wired to it.
    void feed(std::size_t input, double volt) { fed_.at(input) = volt; }
    /// From the next stream on: volts of scan 0, 1, 2 … at an input, instead of what is wired.
    void play(std::function<double(std::uint64_t scan, std::size_t input)> signal) {
        signal_ = std::move(signal);
    }
    /// Power lost and back; the connection is kept, unlike a real one's.
    void reboot();
    /// As another program does, without any check.
    void poke_float(std::uint16_t address, double value);
    [[nodiscard]] double output_V(std::size_t output) const;
    /// FLOAT32, UINT32 and one word of what is in its memory.
    [[nodiscard]] double number_at(std::uint16_t address) const;
    [[nodiscard]] std::uint32_t count_at(std::uint16_t address) const;
    [[nodiscard]] bool is_streaming() const { return stream_.is_on(); }
    /// Scans that its stream has lost since it was started.
    [[nodiscard]] std::uint64_t lost_scans() const { return stream_.lost(); }
    /// Volts that a code stands for, by the calibration constants in its flash.
    [[nodiscard]] static double volt_of(std::uint16_t code);

    static constexpr std::size_t inputs = 14;

  private:
    using Words = std::vector<std::uint16_t>;
    /// What is answered: registers, or a Modbus exception with LabJack's own code of the error.
    struct Outcome {
        Words words;
        std::uint8_t exception = 0;
        Outcome() = default;
        explicit Outcome(std::uint8_t code) : exception(code) {}
    };

    void answer(std::string_view frame);
    [[nodiscard]] std::string answer_pdu(std::string_view pdu);
    [[nodiscard]] std::string answer_feedback(std::string_view data);
    [[nodiscard]] Outcome refuse(std::uint8_t exception, std::uint16_t labjack_error);
    [[nodiscard]] Outcome read(std::uint16_t address, std::size_t count);
    [[nodiscard]] Outcome write(std::uint16_t address, const Words& words);
    [[nodiscard]] std::optional<Outcome> read_special(std::uint16_t address, std::size_t count);
    [[nodiscard]] Outcome write_known(std::uint16_t address, const Words& words);
    [[nodiscard]] Outcome enable_stream(bool on);
    [[nodiscard]] Outcome start_stream();
    void put_u32(std::uint16_t address, std::uint32_t value);
    void put_float(std::uint16_t address, double value);
    void power_up();
    void follow_stream();
    void watch();
    [[nodiscard]] double volt_at(std::size_t input);
    [[nodiscard]] double wired_V(const RigScan& scan, std::size_t input) const;

    PendulumRig& rig_;
    LabJackT7Options options_;
    std::map<std::uint16_t, std::uint16_t> registers_;
    std::array<std::optional<double>, inputs> fed_;
    std::function<double(std::uint64_t, std::size_t)> signal_;
    std::vector<std::size_t> scanned_;  ///< Inputs of the stream that is on …
    std::uint64_t scans_ = 0;           ///< … and how many scans of it were taken.
    LabJackT7Stream stream_;
    std::string received_;
    std::string output_;
    SteadyTime now_;
    SteadyTime booted_;
    SteadyTime heard_;    ///< The last command: the watchdog's.
    SteadyTime fetched_;  ///< The last samples.
    std::uint64_t readings_ = 0;
    bool is_begun_ = false;
    bool is_connected_ = false;
};

}  // namespace relaxd::simulator
