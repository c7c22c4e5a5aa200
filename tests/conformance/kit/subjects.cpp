// SPDX-License-Identifier: MIT
//
// The table of what the instrument suite is run against. A new driver: one function, one line.
#include "drivers/q800_class/instrument.hpp"
#include "drivers/simulator/q800_device.hpp"
#include "drivers/simulator/record_file.hpp"
#include "schema/base/number.hpp"
#include "tests/conformance/kit/subject.hpp"
#include "tests/simulator/table1.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace relaxd::test::kit {
namespace {

// --- q800_class: a line protocol with checksums and request numbers

Unit q800_unit(const UnitOptions& asked) {
    simulator::SimOptions options;
    options.params = table1();
    options.speed = asked.speed;
    options.keeps = asked.keeps;
    options.serial = asked.serial;
    auto device = std::make_unique<simulator::Q800Device>(options);
    Unit unit;
    unit.record = std::make_shared<std::vector<std::string>>();
    device->on_reading([record = unit.record](
                           const simulator::SimReading& reading, const std::string& token
                       ) { record->push_back(simulator::record_line(reading, token)); });
    const simulator::Q800Device* seen = device.get();
    unit.state = [seen] { return std::string(seen->state_word()); };
    unit.is_safe = [seen] { return seen->state_word() == "idle" || seen->state_word() == "fault"; };
    unit.device = std::move(device);
    return unit;
}

std::unique_ptr<drivers::Instrument> q800_driver(
    const boost::asio::any_io_executor& executor,
    std::unique_ptr<drivers::link::Opener> way,
    drivers::link::Timing& timing,
    const DriverOptions& asked
) {
    drivers::q800_class::Options options;
    options.heartbeat_s = asked.heartbeat_s;
    options.deadlines.reply = asked.reply;
    options.deadlines.commit = 2 * asked.reply;
    return std::make_unique<drivers::q800_class::Q800Instrument>(
        executor, std::move(way), timing, options
    );
}

bool q800_is_command(std::string_view line) {
    static const std::set<std::string_view> questions{
        "identify", "status", "heartbeat", "resend", "truth"
    };
    const auto blank = line.find(' ');
    const std::string_view rest = blank == line.npos ? line : line.substr(blank + 1);
    return !questions.contains(rest.substr(0, rest.find(' ')));
}

std::string q800_question(std::uint64_t count) {
    return simulator::framed(std::to_string(count) + " status");
}

std::optional<double> q800_answer(std::string_view line) {
    const std::string_view key = " time_s=";
    const auto at = line.find(key);
    if (!line.starts_with("= ") || at == line.npos) {
        return std::nullopt;
    }
    const std::string_view rest = line.substr(at + key.size());
    return to_double(rest.substr(0, rest.find(' ')));
}

std::string q800_method(const std::string& changed, const std::string& segments) {
    return "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\n" + changed +
           "segments = [\"Equilibrate at 300 K\", " + segments + "]\n";
}

Subject q800_class() {
    const std::string usual = "amplitude = \"15 um\"\nfrequencies = [\"1 Hz\", \"4 Hz\"]\n";
    Subject s;
    s.driver = "q800_class";
    s.unit = &q800_unit;
    s.make = &q800_driver;
    s.serial_query = "?baudrate=115200";
    s.method = q800_method(usual, "\"Isothermal for 30 min\", \"Ramp 10 K/min to 320 K\"");
    s.long_method = q800_method(usual, "\"Isothermal for 6000 min\"");
    s.too_much = {
        q800_method(usual, "\"Ramp 30 K/min to 320 K\""),
        q800_method(usual, "\"Ramp 10 K/min to 900 K\""),
        q800_method(
            "amplitude = \"20 mm\"\nfrequencies = [\"1 Hz\"]\n", "\"Isothermal for 1 min\""
        ),
        q800_method(
            "amplitude = \"15 um\"\nfrequencies = [\"300 Hz\"]\n", "\"Isothermal for 1 min\""
        )
    };
    s.detects.checksum = true;
    s.detects.tags = true;
    s.is_command = &q800_is_command;
    // Three attempts, the proof of being in step before, and a beat of the heartbeat's before that.
    s.longest_call = [](milliseconds reply) { return 9 * reply + 100ms; };
    s.stamp = [](const drivers::Status& status) { return status.time_s; };
    s.stamp_now = [](const simulator::SimDevice& device) { return device.run_position().time_s; };
    s.naive_question = &q800_question;
    s.naive_answer = &q800_answer;
    return s;
}

}  // namespace

const std::vector<Subject>& subjects() {
    static const std::vector<Subject> table{q800_class()};
    return table;
}

std::vector<std::string> subject_names() {
    std::vector<std::string> names;
    for (const Subject& one : subjects()) {
        names.push_back(one.driver);
    }
    return names;
}

const Subject& subject(const std::string& name) {
    const auto found = std::ranges::find(subjects(), name, &Subject::driver);
    if (found == subjects().end()) {
        throw std::invalid_argument("no subject '" + name + "' in tests/conformance/kit");
    }
    return *found;
}

}  // namespace relaxd::test::kit
