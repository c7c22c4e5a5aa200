// SPDX-License-Identifier: MIT
//
// The Keysight 33500: lines without number or checksum, silence after what is set.
#include "drivers/parts/keysight_33500/dialect.hpp"
#include "drivers/simulator/parts/keysight_33500_device.hpp"
#include "schema/base/number.hpp"
#include "tests/conformance/kit/part_subject.hpp"

#include <utility>

namespace relaxd::test::kit {

namespace {

/// A device with a pendulum of its own.
class GeneratorOnOwnRig final : public simulator::SimDevice {
  public:
    explicit GeneratorOnOwnRig(const std::string& serial)
        : rig_(simulator::PendulumSetup(simulator::ShearMaterial::elastic(3.0e10))),
          device(rig_, serial) {}

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
    simulator::Keysight33500Device device;
};

PartUnit generator_unit(const std::string& serial) {
    auto held = std::make_unique<GeneratorOnOwnRig>("SIM-" + serial);
    GeneratorOnOwnRig* seen = held.get();
    PartUnit unit;
    unit.shows = [seen](double volt) { seen->device.turn_offset(volt); };
    unit.set_point = [seen] { return 0.5 * seen->device.state().amplitude_Vpp; };
    unit.is_safe = [seen] {
        const auto& state = seen->device.state();
        return !state.is_on && state.amplitude_Vpp <= 2e-3 && state.offset_V == 0.0;
    };
    unit.reboots = [seen] { seen->device.reboot(); };
    unit.is_turned = [seen](double volt) { seen->device.turn_amplitude(2.0 * volt); };
    unit.says_bad = [seen] { seen->device.turn_load(50.0); };
    unit.device = std::move(held);
    return unit;
}

}  // namespace

std::vector<PartSubject> subjects_of_keysight_33500() {
    PartSubject s;
    s.name = "keysight_33500";
    s.unit = &generator_unit;
    s.make = polled_part(&drivers::parts::keysight_33500::make_dialect, {}, "SIM-UNIT-A");
    s.serial_query = "?baudrate=9600";
    s.polled = "offset_V";
    for (int i = 0; i < 997; ++i) {
        s.shown.push_back(-4.0 + 0.008 * i);
    }
    s.settable = "amplitude_V";
    s.set_to = {0.5, 1.25, 3.0};
    s.too_far = {0.0, 10.1, -1.0, 1e9};
    s.prepares = true;
    s.detects.terminator = "\n";
    s.reply = 500ms;
    // Silence of 2.2 s before each of three sentinels, then a call of some exchanges.
    s.longest_call = 15s;
    s.is_command = [](std::string_view line) {
        return line.find('?') == std::string_view::npos && line.size() > 1;
    };
    s.naive_question = [](std::uint64_t) { return std::string(":SOUR1:VOLT:OFFS?\n"); };
    s.naive_answer = [](std::string_view line) { return to_double(line); };
    return {std::move(s)};
}

}  // namespace relaxd::test::kit
