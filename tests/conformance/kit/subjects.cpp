// SPDX-License-Identifier: MIT
//
// The table of what the instrument suite is run against. A new driver: one function, one line.
#include "drivers/protocol_file/instrument.hpp"
#include "drivers/q800_class/instrument.hpp"
#include "drivers/simulator/protocol_device.hpp"
#include "drivers/simulator/q800_device.hpp"
#include "drivers/simulator/record_file.hpp"
#include "schema/base/number.hpp"
#include "tests/conformance/kit/subject.hpp"
#include "tests/simulator/table1.hpp"

#include <algorithm>
#include <cmath>
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

// --- protocol_file: a described text device, whose method the host executes

constexpr const char* described_box = R"(
[identity]
vendor = "Kit"
model = "box"
query = "ID?"
answer = "BOX SN{serial:word} FW{firmware:word}"
[link]
terminator = "\r\n"
gap_ms = 2
first_byte_ms = 100
between_bytes_ms = 50
reply_ms = 150
worst_latency_ms = 650
checksum = "crc16_ccitt"
checksum_mark = "*"
[[query]]
command = "M? {tag}"
reply = "M {tag} {angle_mrad:number} {force_mN:number} {temperature_degC:number} {status:word}"
good = ["OK"]
bad = { OVL = "overload" }
[[query]]
command = "T? {tag}"
reply = "T {tag} {set_temperature_degC:number}"
every_s = 5
[[set]]
quantity = "set_temperature_degC"
command = "TS {value:2}"
reply = "OK"
lowest = 0
highest = 450
[safe]
set = { set_temperature_degC = 0 }
[verify]
every_s = 5
[simulate]
temperature_degC = { value = 0, follows = "set_temperature_degC", decimals = 2 }
set_temperature_degC = { value = 0, decimals = 2 }
angle_mrad = { value = 0, decimals = 3 }
force_mN = { value = 0, decimals = 3 }
)";

protocol::Description box_description() {
    auto description = protocol::parse(described_box, "subjects.cpp");
    if (!description) {
        throw std::invalid_argument(description.error().sentence());
    }
    return *description;
}

/// Shows another number with each command that it hears, and its double as the force.
class CountingBox final : public simulator::SimDevice {
  public:
    explicit CountingBox(const std::string& serial) : box(box_description(), 1, serial) {}
    void receive(std::string_view bytes, SteadyTime now) override {
        ++heard_;
        box.turn("angle_mrad", heard_);
        box.turn("force_mN", 2.0 * heard_);
        box.receive(bytes, now);
    }
    void advance_to(SteadyTime now) override { box.advance_to(now); }
    std::string take_output() override { return box.take_output(); }
    SteadyTime next_wake() const override { return box.next_wake(); }
    void connect() override { box.connect(); }
    void disconnect() override { box.disconnect(); }
    bool connected() const override { return box.connected(); }
    simulator::RunPosition run_position() const override { return box.run_position(); }

    simulator::ProtocolDevice box;

  private:
    double heard_ = 0.0;
};

Unit box_unit(const UnitOptions& asked) {
    auto device = std::make_unique<CountingBox>(asked.serial);
    const CountingBox* seen = device.get();
    Unit unit;
    unit.is_safe = [seen] { return seen->box.value("set_temperature_degC") == 0.0; };
    unit.state = [] { return std::string("a device without states"); };
    unit.is_true = [last = 0.0](const record::Reading& reading) mutable {
        const double angle_rad = reading.values[record::Channel::angle_rad];
        const double force_N = reading.values[record::Channel::force_N];
        if (std::isnan(angle_rad) && std::isnan(force_N)) {
            return !reading.flags.empty();  // absent, and it says why
        }
        const bool is_true = angle_rad > last && std::abs(force_N - 2.0 * angle_rad) < 1e-9;
        last = angle_rad;
        return is_true;
    };
    unit.device = std::move(device);
    return unit;
}

std::unique_ptr<drivers::Instrument> box_driver(
    const boost::asio::any_io_executor& executor,
    std::unique_ptr<drivers::link::Opener> way,
    drivers::link::Timing& timing,
    const DriverOptions& asked
) {
    drivers::protocol_file::Options options;
    options.heartbeat_s = asked.heartbeat_s;
    options.serial_number = "UNIT-A";
    return std::make_unique<drivers::protocol_file::FileInstrument>(
        executor,
        std::move(way),
        timing,
        std::make_shared<const protocol::Description>(box_description()),
        std::move(options)
    );
}

Subject protocol_file() {
    const std::string head = "mode = \"torsion-creep\"\nclamp = \"torsion\"\n";
    Subject s;
    s.driver = "protocol_file";
    s.unit = &box_unit;
    s.make = &box_driver;
    s.serial_query = "?baudrate=9600";
    s.is_polled = true;
    s.method = head +
               "segments = [\"Jump to 300 K\", \"Sampling interval 0.05 s/pt\", "
               "\"Isothermal for 0.1 min\"]\n";
    s.long_method = head +
                    "segments = [\"Jump to 300 K\", \"Sampling interval 0.05 s/pt\", "
                    "\"Isothermal for 6000 min\"]\n";
    s.too_much = {head + "segments = [\"Jump to 900 K\"]\n"};
    s.detects.checksum = true;
    s.detects.tags = true;
    s.detects.terminator = "\r\n";
    s.is_command = [](std::string_view line) { return line.starts_with("TS "); };
    s.own_reply = 100ms;
    // Its deadlines are its description's: silence, three sentinels, then the call's exchanges.
    s.longest_call = [](milliseconds) { return 8000ms; };
    return s;
}

}  // namespace

const std::vector<Subject>& subjects() {
    static const std::vector<Subject> table{q800_class(), protocol_file()};
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
