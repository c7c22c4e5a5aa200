// SPDX-License-Identifier: MIT
//
// protocol_file in the part suite: any text device that a file describes; here one of each kind.
#include "drivers/protocol_file/part.hpp"
#include "drivers/simulator/protocol_device.hpp"
#include "schema/base/number.hpp"
#include "schema/protocol/description.hpp"
#include "schema/protocol/wire.hpp"
#include "tests/conformance/kit/part_subject.hpp"

#include <stdexcept>
#include <utility>

namespace relaxd::test::kit {
namespace {

constexpr double zero_C_K = 273.15;

/// Numbered questions and a checksum: nothing can be mistaken.
constexpr const char* numbered = R"(
[identity]
vendor = "Kit"
model = "numbered box"
query = "ID?"
answer = "BOX SN{serial:word} FW{firmware:word}"
[link]
terminator = "\r\n"
gap_ms = 2
first_byte_ms = 50
between_bytes_ms = 30
reply_ms = 60
worst_latency_ms = 260
checksum = "crc16_ccitt"
checksum_mark = "*"
[[query]]
command = "M? {tag}"
reply = "M {tag} {angle_mrad:number} {status:word}"
good = ["OK"]
bad = { OVL = "overload" }
limits = { angle_mrad = [-500, 500] }
[[query]]
command = "T? {tag}"
reply = "T {tag} {set_temperature_degC:number}"
[[set]]
quantity = "set_temperature_degC"
command = "TS {value:2}"
reply = "OK"
lowest = 0
highest = 450
[safe]
set = { set_temperature_degC = 0 }
[reboot]
query = "P?"
answer = "P {state:word}"
rebooted = "P NEW"
clear = "PC"
[verify]
every_s = 5
[simulate]
set_temperature_degC = { value = 0, decimals = 2 }
angle_mrad = { value = 1, decimals = 4 }
)";

/// Neither: only silence and the sentinel tell a late reply from the right one.
constexpr const char* plain = R"(
[identity]
vendor = "Kit"
model = "plain box"
query = "*IDN?"
answer = "KIT BOX {serial:word} {firmware:word}"
[link]
terminator = "\r\n"
gap_ms = 2
first_byte_ms = 50
between_bytes_ms = 30
reply_ms = 60
worst_latency_ms = 260
[[query]]
command = "M?"
reply = "M {angle_mrad:number} {status:word}"
good = ["OK"]
bad = { OVL = "overload" }
limits = { angle_mrad = [-500, 500] }
[[query]]
command = "T?"
reply = "T {set_temperature_degC:number}"
[[set]]
quantity = "set_temperature_degC"
command = "TS {value:2}"
lowest = 0
highest = 450
[safe]
set = { set_temperature_degC = 0 }
[verify]
every_s = 5
[simulate]
set_temperature_degC = { value = 0, decimals = 2 }
angle_mrad = { value = 1, decimals = 4 }
)";

protocol::Description described(const char* toml) {
    auto description = protocol::parse(toml, "subject_of_protocol_file.cpp");
    if (!description) {
        throw std::invalid_argument(description.error().sentence());
    }
    return *description;
}

PartUnit file_unit(const char* toml, const std::string& serial) {
    auto device = std::make_unique<simulator::ProtocolDevice>(described(toml), 1, serial);
    simulator::ProtocolDevice* seen = device.get();
    PartUnit unit;
    unit.shows = [seen](double angle_rad) { seen->turn("angle_mrad", 1e3 * angle_rad); };
    unit.set_point = [seen] { return seen->value("set_temperature_degC") + zero_C_K; };
    unit.is_safe = [seen] { return seen->value("set_temperature_degC") == 0.0; };
    unit.reboots = [seen] { seen->reboot(); };
    unit.is_turned = [seen](double set_K) { seen->turn("set_temperature_degC", set_K - zero_C_K); };
    unit.says_bad = [seen] { seen->say_status("OVL"); };
    unit.device = std::move(device);
    return unit;
}

std::vector<double> angles() {
    std::vector<double> shown;
    for (int i = 0; i < 997; ++i) {
        shown.push_back(1e-7 * (1000.0 + 7.0 * i));
    }
    return shown;
}

/// Both kinds; they differ in the description and in where the number stands in a reply.
PartSubject file_part(const char* name, const char* toml, bool is_numbered) {
    PartSubject s;
    s.name = name;
    s.unit = [toml](const std::string& serial) { return file_unit(toml, serial); };
    s.make = [toml](const auto& executor, auto way, drivers::link::Timing& timing) {
        return std::make_unique<drivers::protocol_file::FilePart>(
            executor,
            std::move(way),
            timing,
            std::make_shared<const protocol::Description>(described(toml)),
            "UNIT-A"
        );
    };
    s.serial_query = "?baudrate=9600";
    s.polled = "angle_rad";
    s.shown = angles();
    s.told_within = 1e-9;
    s.settable = "set_temperature_K";
    s.set_to = {310.0, 350.5, 700.0};
    s.too_far = {272.0, 724.0, 1e9};
    s.detects.checksum = is_numbered;
    s.detects.tags = is_numbered;
    s.detects.terminator = "\r\n";
    s.reply = 60ms;
    s.polls_in_real_time = 100;
    // Silence for longer than the worst latency, three sentinels, then a call of three exchanges.
    s.longest_call = 6s;
    s.is_command = [](std::string_view line) {
        return line.starts_with("TS ") || line.starts_with("PC");
    };
    const auto link = described(toml).link;
    s.naive_question = [link, is_numbered](std::uint64_t count) {
        const std::string text = is_numbered ? "M? " + std::to_string(count) : "M?";
        return protocol::on_wire(link, text, link.command_terminator);
    };
    s.naive_answer = [is_numbered](std::string_view line) -> std::optional<double> {
        if (!line.starts_with("M ")) {
            return std::nullopt;
        }
        line.remove_prefix(2);
        if (is_numbered) {
            line.remove_prefix(line.find(' ') + 1);
        }
        const auto number = to_double(line.substr(0, line.find(' ')));
        return number ? std::optional(1e-3 * *number) : std::nullopt;
    };
    return s;
}

}  // namespace

std::vector<PartSubject> subjects_of_protocol_file() {
    return {
        file_part("protocol_file, numbered and with checksums", numbered, true),
        file_part("protocol_file, plain", plain, false)
    };
}

}  // namespace relaxd::test::kit
