// SPDX-License-Identifier: MIT
//
// The LabJack T7. Modbus/TCP numbers its requests and rests on TCP's checksum: no byte is altered.
#include "drivers/parts/labjack_t7/labjack_t7.hpp"
#include "drivers/simulator/parts/labjack_t7_device.hpp"
#include "tests/conformance/kit/part_subject.hpp"

#include <bit>
#include <cstdint>
#include <utility>

namespace relaxd::test::kit {

namespace {

/// A device with a pendulum of its own, whose clock hardly moves: its inputs are fed.
class OnOwnRig final : public simulator::SimDevice {
  public:
    explicit OnOwnRig(const simulator::LabJackT7Options& options)
        : rig_(simulator::PendulumSetup(simulator::ShearMaterial::none()), 1e-6),
          device(rig_, options) {}

    void receive(std::string_view bytes, SteadyTime now) override { device.receive(bytes, now); }
    void advance_to(SteadyTime now) override { device.advance_to(now); }
    [[nodiscard]] std::string take_output() override { return device.take_output(); }
    [[nodiscard]] SteadyTime next_wake() const override { return device.next_wake(); }
    void connect() override { device.connect(); }
    void disconnect() override { device.disconnect(); }
    [[nodiscard]] bool connected() const override { return device.connected(); }

  private:
    simulator::PendulumRig rig_;

  public:
    simulator::LabJackT7Device device;
};

constexpr std::uint16_t dac0 = 1000;

PartUnit t7_unit(const std::string& serial) {
    simulator::LabJackT7Options options;
    options.serial = serial == "UNIT-A" ? 999'001 : 999'002;
    auto held = std::make_unique<OnOwnRig>(options);
    simulator::LabJackT7Device* seen = &held->device;
    PartUnit unit;
    unit.shows = [seen](double volt) { seen->feed(0, volt); };
    unit.set_point = [seen] { return seen->output_V(0); };
    unit.is_safe = [seen] { return seen->output_V(0) == 0.0 && seen->output_V(1) == 0.0; };
    unit.reboots = [seen] { seen->reboot(); };
    unit.is_turned = [seen](double volt) { seen->poke_float(dac0, volt); };
    unit.says_bad = [seen] { seen->feed(0, 10.09); };
    unit.device = std::move(held);
    return unit;
}

std::size_t byte_at(std::string_view frame, std::size_t at) {
    return static_cast<std::uint8_t>(frame[at]);
}

/// Function 16: it is in every frame at the same place.
bool is_write(std::string_view frame) {
    return frame.size() > 7 && byte_at(frame, 7) == 16;
}

/// AIN0 by function 3.
std::string question(std::uint64_t count) {
    std::string frame{"\0\0\0\0\0\6\1\3\0\0\0\2", 12};
    frame[0] = static_cast<char>(count >> 8U & 0xFFU);
    frame[1] = static_cast<char>(count & 0xFFU);
    return frame;
}

/// The last four bytes, whatever they answer.
std::optional<double> last_float(std::string_view frame) {
    if (frame.size() < 13) {
        return std::nullopt;
    }
    std::uint32_t bits = 0;
    for (std::size_t at = frame.size() - 4; at < frame.size(); ++at) {
        bits = bits << 8U | static_cast<std::uint32_t>(byte_at(frame, at));
    }
    return static_cast<double>(std::bit_cast<float>(bits));
}

}  // namespace

std::vector<PartSubject> subjects_of_labjack_t7() {
    PartSubject s;
    s.name = "labjack_t7";
    s.unit = &t7_unit;
    s.make = [](const auto& executor, auto way, drivers::link::Timing& timing) {
        return std::make_unique<drivers::parts::labjack_t7::LabJackT7>(
            executor, std::move(way), timing, drivers::parts::labjack_t7::Settings(), "999001"
        );
    };
    s.serial_query = "?baudrate=115200";
    s.polled = "ain0_V";
    for (int i = 0; i < 997; ++i) {
        s.shown.push_back(-9.0 + 0.018 * i);
    }
    s.told_within = 1e-5;
    s.settable = "dac0_V";
    s.set_to = {1.0, 2.5, 4.75};
    s.too_far = {-0.1, 5.01, 1e9};
    s.prepares = true;
    s.detects.tags = false;  // its engine trusts no line on which replies come twice
    s.detects.is_intact = true;
    s.detects.terminator = "";
    s.reply = 1000ms;
    // A proof of being in step: silence of 2 s, up to three sentinels of 1 s; then the call itself.
    s.longest_call = 20s;
    s.is_command = &is_write;
    s.naive_question = &question;
    s.naive_answer = &last_float;
    s.naive_frame_bytes = 13;
    return {std::move(s)};
}

}  // namespace relaxd::test::kit
