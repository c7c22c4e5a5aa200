// SPDX-License-Identifier: MIT
//
// Eurotherm 2400 on each of its wires. Modbus RTU has a checksum. Modbus TCP numbers its requests
// and rests on TCP's checksum; a value takes two of them, so the line is not doubled at every
// third. The XOR of EI-Bisynch does not find two equal bytes that are lost: it is not counted as a
// checksum.
#include "drivers/parts/eurotherm/dialect.hpp"
#include "drivers/simulator/parts/eurotherm_device.hpp"
#include "schema/base/number.hpp"
#include "tests/conformance/kit/own_rig.hpp"
#include "tests/conformance/kit/part_subject.hpp"

#include <bit>
#include <cstdint>
#include <utility>

namespace relaxd::test::kit {

namespace {

using Wire = simulator::EurothermOptions::Wire;

constexpr double zero_C_K = 273.15;

PartUnit eurotherm_unit(Wire wire, const std::string& serial) {
    simulator::EurothermOptions options;
    options.wire = wire;
    options.customer_number = serial == "UNIT-A" ? 4711 : 4712;
    auto held = std::make_unique<OnOwnRig<simulator::EurothermDevice>>(options);
    simulator::EurothermDevice* seen = &held->device;
    PartUnit unit;
    unit.shows = [seen](double temperature_K) { seen->show(temperature_K); };
    unit.set_point = [seen] { return seen->set_point_K(); };
    unit.is_safe = [seen] { return seen->is_off(); };
    unit.is_turned = [seen](double set_K) { seen->turn_set_point(set_K); };
    unit.says_bad = [seen] { seen->break_sensor(true); };
    unit.device = std::move(held);
    return unit;
}

PartSubject subject(const char* name, Wire wire, const char* word) {
    PartSubject s;
    s.name = name;
    s.unit = [wire](const std::string& serial) { return eurotherm_unit(wire, serial); };
    s.make = polled_part(&drivers::parts::eurotherm::make_dialect, {{"wire", word}}, "4711");
    s.serial_query = "?baudrate=9600";
    s.polled = "temperature_K";
    for (int i = 0; i < 997; ++i) {  // on the grid of the display, three digits before the point
        s.shown.push_back(zero_C_K + 100.0 + 0.3 * i);
    }
    s.told_within = 1e-3;
    s.settable = "set_temperature_K";
    s.set_to = {310.15, 350.65, 700.15};
    s.too_far = {272.0, 900.0, 1e9};
    s.detects.terminator = "";
    s.longest_call = 20s;
    return s;
}

/// High byte first.
std::optional<double> float_at(std::string_view frame, std::size_t at) {
    if (frame.size() < at + 4) {
        return std::nullopt;
    }
    std::uint32_t bits = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        bits = bits << 8U | static_cast<std::uint8_t>(frame[i]);
    }
    return zero_C_K + static_cast<double>(std::bit_cast<float>(bits));
}

PartSubject on_rtu() {
    PartSubject s = subject("eurotherm, Modbus RTU", Wire::rtu, "modbus_rtu");
    s.detects.checksum = true;
    s.is_command = [](std::string_view frame) { return frame.size() > 1 && frame[1] == 16; };
    s.naive_question = [](std::uint64_t) {
        return std::string("\x01\x03\x80\x02\x00\x02\x4c\x0b", 8);
    };
    s.naive_answer = [](std::string_view frame) { return float_at(frame, 3); };
    s.naive_frame_bytes = 9;
    return s;
}

PartSubject on_tcp() {
    PartSubject s = subject("eurotherm, Modbus TCP", Wire::tcp, "modbus_tcp");
    s.detects.is_intact = true;
    s.is_command = [](std::string_view frame) { return frame.size() > 7 && frame[7] == 16; };
    s.naive_question = [](std::uint64_t) {
        return std::string("\x00\x01\x00\x00\x00\x06\x01\x03\x80\x02\x00\x02", 12);
    };
    s.naive_answer = [](std::string_view frame) { return float_at(frame, 9); };
    s.naive_frame_bytes = 13;
    return s;
}

PartSubject on_bisynch() {
    PartSubject s = subject("eurotherm, EI-Bisynch", Wire::bisynch, "ei_bisynch");
    s.is_command = [](std::string_view frame) {
        return frame.find('\x02') != std::string_view::npos;
    };
    s.naive_question = [](std::uint64_t) {
        return std::string(
            "\x04"
            "0011PV\x05"
        );
    };
    s.naive_answer = [](std::string_view frame) -> std::optional<double> {
        const auto number = to_double(frame.substr(3, 5));
        return number ? std::optional(zero_C_K + *number) : std::nullopt;
    };
    s.naive_frame_bytes = 10;
    return s;
}

}  // namespace

std::vector<PartSubject> subjects_of_eurotherm() {
    return {on_rtu(), on_tcp(), on_bisynch()};
}

}  // namespace relaxd::test::kit
