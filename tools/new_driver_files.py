# SPDX-License-Identifier: MIT
"""What tools/new_driver makes: texts in which NAME, TYPE and FOLDER are replaced."""

README = """# FOLDER: (one line: what it drives, over what)

Written from: (manual, revision, where to get it). The grammar: docs/protocols/NAME.md. **Not written yet**: every call says so.

May include: KNOWS. `protocol.*` is pure: bytes in, values out, no Asio, no clock.
Read first: `protocol.hpp`, `DRIVER_FILE.hpp`. Not here: other devices, policy about when to reconnect (daemon).

| firmware seen | features | conformance kit | who has the hardware |
|---|---|---|---|
| none | none | not run | nobody |
"""

PROTOCOL_PAGE = """# NAME: what is on the wire

**Not written yet.** Fill in from the manual before any code; the driver and the simulator are each written from this page.

- Manual and revision:
- Link: baud rate, data bits, parity, stop bits, or TCP port; terminator both ways; checksum:
- Identity: question, answer, which part is the serial number:
- Timing: least time between two commands; a reply's worst latency; what answers slower, and how slow by which formula:
- Questions: command, answer, units, status words; an example of each, copied from the manual:
- Settings: command, limits, resolution, how they are read back:
- Safe state: which commands, in which order:
- How a reboot is told (power-on bit, counter), what a change at the front panel looks like:
- What the device sends without being asked:
- Quirks, each with the firmware that has it and a capture:
"""

PROTOCOL_HPP = """// SPDX-License-Identifier: MIT
//
// The protocol of NAME without I/O: bytes to send, and what a reply says. The law is
// docs/protocols/NAME.md.
//
// Pure: no descriptor, no clock, no thread, no log. A reply fits its grammar as a whole or is an
// error; nothing of a reply that does not fit is used. Numbers SI.

#pragma once

#include "schema/base/result.hpp"

#include <string>
#include <string_view>

namespace relaxd::drivers::NAME {

/// The question for the identity, terminator included.
[[nodiscard]] Result<std::string> identity_question();

/// The serial number in the answer to it. Error `corrupt`: not such an answer.
[[nodiscard]] Result<std::string> serial_number_in(std::string_view reply);

/// The number in a whole reply, with its status checked. Error `corrupt`: not such a reply.
[[nodiscard]] Result<double> value_in(std::string_view reply);

/// For all that is not written yet: `not_built`, naming file and function.
[[nodiscard]] Error not_written(const std::string& what);

}  // namespace relaxd::drivers::NAME
"""

PROTOCOL_CPP = """// SPDX-License-Identifier: MIT
#include "FOLDER/protocol.hpp"

namespace relaxd::drivers::NAME {

Error not_written(const std::string& what) {
    return Error{
        Errc::not_built,
        what + " is not written yet",
        "FOLDER",
        "write it from docs/protocols/NAME.md; docs/drivers.md tells the order"
    };
}

Result<std::string> identity_question() {
    return fail(not_written("identity_question() in protocol.cpp"));
}

Result<std::string> serial_number_in(std::string_view /*reply*/) {
    return fail(not_written("serial_number_in() in protocol.cpp"));
}

Result<double> value_in(std::string_view /*reply*/) {
    return fail(not_written("value_in() in protocol.cpp"));
}

}  // namespace relaxd::drivers::NAME
"""

DIALECT_HPP = """// SPDX-License-Identifier: MIT
//
// What NAME says and understands, for the engine of polled parts (drivers/parts/polled). The facts:
// docs/protocols/NAME.md.

#pragma once

#include "drivers/parts/polled/dialect.hpp"

#include <map>
#include <memory>
#include <string>

namespace relaxd::drivers::NAME {

/// Options: none yet. Error `invalid`: a value that cannot be.
[[nodiscard]] Result<std::unique_ptr<Dialect>> make_dialect(
    const std::map<std::string, std::string>& options
);

}  // namespace relaxd::drivers::NAME
"""

DIALECT_CPP = """// SPDX-License-Identifier: MIT
#include "FOLDER/dialect.hpp"

#include "FOLDER/protocol.hpp"

#include <chrono>
#include <utility>

namespace relaxd::drivers::NAME {

namespace {

using std::chrono_literals::operator""ms;

constexpr const char* terminator = "\\n";

class TYPEDialect final : public Dialect {
  public:
    explicit TYPEDialect(std::string ask_identity) : ask_identity_(std::move(ask_identity)) {}

    [[nodiscard]] std::string name() const override { return "NAME"; }
    [[nodiscard]] link::ExchangeSettings exchange() const override;
    [[nodiscard]] std::vector<link::Query> identify() override { return {who()}; }
    [[nodiscard]] Result<Identity> identity(Replies replies) override;
    [[nodiscard]] std::vector<Quantity> quantities() const override;
    [[nodiscard]] Group group_of(const std::string& quantity) override;
    [[nodiscard]] Result<std::vector<PartValue>> decode(
        const Group& group, Replies replies
    ) override;
    [[nodiscard]] Result<std::vector<link::Query>> write(
        const std::string& quantity, double value
    ) override;
    [[nodiscard]] SafeState safe_state() override;

  private:
    [[nodiscard]] link::Query who() const;
    std::string ask_identity_;
};

/// The identity is also the sentinel: no other reply may fit it.
link::Query TYPEDialect::who() const {
    link::Query query(ask_identity_);
    query.fits = [](std::string_view reply) { return serial_number_in(reply).has_value(); };
    return query;
}

link::ExchangeSettings TYPEDialect::exchange() const {
    link::ExchangeSettings settings;  // gap, deadlines, worst_latency: from the manual
    settings.framing = link::by_terminator(terminator);
    settings.deadlines.first_byte = settings.deadlines.overall = 400ms;
    settings.worst_latency = 2000ms;
    settings.sentinel = who();
    return settings;
}

Result<Identity> TYPEDialect::identity(Replies replies) {
    const Result<std::string> serial_number = serial_number_in(replies[0]);
    if (!serial_number) {
        return fail(serial_number.error());
    }
    Identity identity;  // `refused` where it is another device
    identity.model = "NAME";
    identity.serial_number = *serial_number;
    identity.simulated = serial_number->starts_with("SIM");
    return identity;
}

std::vector<Quantity> TYPEDialect::quantities() const {
    Quantity temperature;  // what drives or heats comes last
    temperature.name = "temperature_K";
    temperature.unit = "K";
    return {temperature};
}

Group TYPEDialect::group_of(const std::string& quantity) {
    Group group;  // and the query that asks for its status
    group.quantities = {quantity};
    group.queries = {link::Query(std::string("?") + terminator)};
    group.queries[0].fits = [](std::string_view reply) { return value_in(reply).has_value(); };
    return group;
}

Result<std::vector<PartValue>> TYPEDialect::decode(const Group& group, Replies replies) {
    const Result<double> number = value_in(replies[0]);
    if (!number) {
        return fail(number.error());
    }
    PartValue value;
    value.quantity = group.quantities[0];
    value.number = *number;
    return std::vector{value};
}

Result<std::vector<link::Query>> TYPEDialect::write(
    const std::string& /*quantity*/, double /*value*/
) {
    return fail(not_written("write() in dialect.cpp"));
}

SafeState TYPEDialect::safe_state() {
    SafeState safe;  // urgent, writes, and the queries that read them back
    safe.queries = {who()};
    safe.is_safe = [](Replies /*replies*/) -> Result<void> {
        return fail(not_written("safe_state() in dialect.cpp"));
    };
    return safe;
}

}  // namespace

Result<std::unique_ptr<Dialect>> make_dialect(
    const std::map<std::string, std::string>& /*options*/
) {
    const Result<std::string> question = identity_question();
    if (!question) {
        return fail(question.error());
    }
    return std::make_unique<TYPEDialect>(*question);
}

}  // namespace relaxd::drivers::NAME
"""

DRIVER_HEAD = """// SPDX-License-Identifier: MIT
#include "FOLDER/DRIVER_FILE.hpp"

#include "FOLDER/protocol.hpp"

#include <utility>

namespace relaxd::drivers::NAME {

/// What the driver and its coroutines share; every coroutine takes the pointer by value.
struct CLASS::Core {
    Core(
        boost::asio::any_io_executor on,
        std::unique_ptr<link::Opener> way,
        link::Timing& time,
        std::string serial
    )
        : executor(std::move(on)),
          opener(std::move(way)),
          timing(time),
          serial_number(std::move(serial)) {}
    boost::asio::any_io_executor executor;
    std::unique_ptr<link::Opener> opener;
    link::Timing& timing;
    std::string serial_number;
    LinkCounters counters;
};

namespace {

template <typename T>
Awaitable<Result<T>> missing(std::string what) {
    co_return fail(not_written(what + "() in DRIVER_FILE.cpp"));
}

}  // namespace

CLASS::CLASS(
    boost::asio::any_io_executor executor,
    std::unique_ptr<link::Opener> opener,
    link::Timing& timing,
    std::string serial_number
)
    : core_(std::make_shared<Core>(
          std::move(executor), std::move(opener), timing, std::move(serial_number)
      )) {}

CLASS::~CLASS() = default;

Awaitable<Result<Identity>> CLASS::open() {
    return missing<Identity>("open");
}

void CLASS::close() {}

LinkCounters CLASS::counters() const {
    return core_->counters;
}
"""

INSTRUMENT_HPP = """// SPDX-License-Identifier: MIT
//
// NAME behind drivers/api/instrument.hpp (clauses I-1 … of CONTRACT.md).
//
// All calls on the one io thread. Its state is shared with the coroutines in flight: destroying it
// ends them with `cancelled`.

#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/link/link.hpp"
#include "drivers/link/timing.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace relaxd::drivers::NAME {

class TYPEInstrument final : public Instrument {
  public:
    /// Nothing is opened. `timing` outlives it. `serial_number`: of the instrument that is
    /// expected; empty = any.
    TYPEInstrument(
        boost::asio::any_io_executor executor,
        std::unique_ptr<link::Opener> opener,
        link::Timing& timing,
        std::string serial_number = {}
    );
    ~TYPEInstrument() override;
    TYPEInstrument(const TYPEInstrument&) = delete;
    TYPEInstrument& operator=(const TYPEInstrument&) = delete;

    Awaitable<Result<Identity>> open() override;
    void close() override;
    bool is_open() const override;
    Awaitable<Result<Status>> status() override;
    Result<void> check(const method::Method& method, const record::Specimen& specimen)
        const override;
    Awaitable<Result<void>> load(
        const method::Method& method, const record::Specimen& specimen, std::string run_token
    ) override;
    Awaitable<Result<void>> start() override;
    Awaitable<Result<void>> hold() override;
    Awaitable<Result<void>> resume() override;
    Awaitable<Result<void>> stop() override;
    Awaitable<Result<void>> safe() override;
    Awaitable<Result<Delivery>> next() override;
    Awaitable<Result<void>> fetch_from(std::uint64_t first_number) override;
    void acknowledge(std::uint64_t number) override;
    void allow_until(std::uint64_t number) override;
    Awaitable<Result<void>> end_segment_after(std::uint64_t number) override;
    Awaitable<Result<std::vector<record::Truth>>> truth(
        std::uint64_t first_number, std::uint64_t last_number
    ) override;
    LinkCounters counters() const override;

    struct Core;  ///< Internal.

  private:
    std::shared_ptr<Core> core_;
};

}  // namespace relaxd::drivers::NAME
"""

INSTRUMENT_CPP = DRIVER_HEAD + """
bool TYPEInstrument::is_open() const {
    return false;
}

Awaitable<Result<Status>> TYPEInstrument::status() {
    return missing<Status>("status");
}

Result<void> TYPEInstrument::check(
    const method::Method& /*method*/, const record::Specimen& /*specimen*/
) const {
    return fail(not_written("check() in instrument.cpp"));
}

Awaitable<Result<void>> TYPEInstrument::load(
    const method::Method& /*method*/,
    const record::Specimen& /*specimen*/,
    std::string /*run_token*/
) {
    return missing<void>("load");
}

Awaitable<Result<void>> TYPEInstrument::start() {
    return missing<void>("start");
}

Awaitable<Result<void>> TYPEInstrument::hold() {
    return missing<void>("hold");
}

Awaitable<Result<void>> TYPEInstrument::resume() {
    return missing<void>("resume");
}

Awaitable<Result<void>> TYPEInstrument::stop() {
    return missing<void>("stop");
}

Awaitable<Result<void>> TYPEInstrument::safe() {
    return missing<void>("safe");
}

Awaitable<Result<Delivery>> TYPEInstrument::next() {
    return missing<Delivery>("next");
}

Awaitable<Result<void>> TYPEInstrument::fetch_from(std::uint64_t /*first_number*/) {
    return missing<void>("fetch_from");
}

void TYPEInstrument::acknowledge(std::uint64_t /*number*/) {}

void TYPEInstrument::allow_until(std::uint64_t /*number*/) {}

Awaitable<Result<void>> TYPEInstrument::end_segment_after(std::uint64_t /*number*/) {
    return missing<void>("end_segment_after");
}

Awaitable<Result<std::vector<record::Truth>>> TYPEInstrument::truth(
    std::uint64_t /*first_number*/, std::uint64_t /*last_number*/
) {
    return missing<std::vector<record::Truth>>("truth");
}

}  // namespace relaxd::drivers::NAME
"""

DEVICE_HPP = """// SPDX-License-Identifier: MIT
//
// NAME as its wire sees it, written from docs/protocols/NAME.md and sharing no code with the
// driver. **Dumb until answer_to() is written**: it hears every line and says nothing.

#pragma once

#include "drivers/simulator/sim_device.hpp"

#include <string>
#include <string_view>

namespace relaxd::simulator {

class TYPEDevice final : public SimDevice {
  public:
    explicit TYPEDevice(std::string serial_number);

    void receive(std::string_view bytes, SteadyTime now) override;
    void advance_to(SteadyTime now) override;
    [[nodiscard]] std::string take_output() override;
    [[nodiscard]] SteadyTime next_wake() const override;
    void connect() override;
    void disconnect() override { is_connected_ = false; }
    [[nodiscard]] bool connected() const override { return is_connected_; }
    [[nodiscard]] const std::string& serial_number() const { return serial_number_; }

  private:
    /// With its terminator; empty: it says nothing to this.
    [[nodiscard]] std::string answer_to(std::string_view line) const;

    std::string serial_number_;
    std::string received_;
    std::string output_;
    SteadyTime now_;
    bool is_connected_ = false;
};

}  // namespace relaxd::simulator
"""

DEVICE_CPP = """// SPDX-License-Identifier: MIT
#include "DEVICE_FOLDER/NAME_device.hpp"

#include <cstdint>
#include <limits>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr char terminator = '\\n';
constexpr std::size_t line_max = 4096;  ///< Bytes without an end are thrown away.

}  // namespace

TYPEDevice::TYPEDevice(std::string serial_number)
    : serial_number_(std::move(serial_number)) {}

std::string TYPEDevice::answer_to(std::string_view /*line*/) const {
    return {};  // not written yet: a dumb device, which no driver can open
}

void TYPEDevice::receive(std::string_view bytes, SteadyTime now) {
    advance_to(now);
    received_ += bytes;
    for (auto end = received_.find(terminator); end != std::string::npos;
         end = received_.find(terminator)) {
        output_ += answer_to(std::string_view(received_).substr(0, end));
        received_.erase(0, end + 1);
    }
    if (received_.size() > line_max) {
        received_.clear();
    }
}

void TYPEDevice::advance_to(SteadyTime now) {
    if (now > now_) {
        now_ = now;  // and what changes by itself
    }
}

std::string TYPEDevice::take_output() {
    return std::exchange(output_, std::string());
}

SteadyTime TYPEDevice::next_wake() const {
    return SteadyTime{std::numeric_limits<std::int64_t>::max()};  // it only answers
}

void TYPEDevice::connect() {
    is_connected_ = true;
    received_.clear();
    output_.clear();
}

}  // namespace relaxd::simulator
"""

TEST = """// SPDX-License-Identifier: MIT
//
// The protocol of NAME against the examples of its manual. Fails until protocol.cpp is written; put
// the manual's examples, with their pages, in place of the empty lines.
#include "FOLDER/protocol.hpp"
#include "tests/support/catch.hpp"

namespace NAME = relaxd::drivers::NAME;

TEST_CASE("NAME: the identity is asked for as the manual says", "[NAME]") {
    const auto question = NAME::identity_question();
    INFO((question ? std::string() : question.error().sentence()));
    CHECK(question.has_value());
}

TEST_CASE("NAME: the manual's example of an identity is understood", "[NAME]") {
    const auto serial_number = NAME::serial_number_in("");
    INFO((serial_number ? std::string() : serial_number.error().sentence()));
    CHECK(serial_number.has_value());
}

TEST_CASE("NAME: the manual's example of a value is understood", "[NAME]") {
    const auto value = NAME::value_in("");
    INFO((value ? std::string() : value.error().sentence()));
    CHECK(value.has_value());
}

TEST_CASE("NAME: half a reply is no value", "[NAME]") {
    const auto value = NAME::value_in("1");
    REQUIRE_FALSE(value.has_value());
    INFO(value.error().sentence());
    CHECK(value.error().code == relaxd::Errc::corrupt);
}
"""

PART_ENTRY = """// SPDX-License-Identifier: MIT
//
// NAME in the part suite. Every member says in part_subject.hpp what it is; those left out here are
// to be written. Until the driver is, the suite fails and says so.
#include "FOLDER/dialect.hpp"
#include "DEVICE_FOLDER/NAME_device.hpp"
#include "tests/conformance/kit/part_subject.hpp"

#include <optional>
#include <utility>

namespace relaxd::test::kit {
namespace {

PartUnit NAME_unit(const std::string& serial) {
    PartUnit unit;
    unit.device = std::make_unique<simulator::TYPEDevice>("SIM-" + serial);
    unit.shows = [](double) {};               // the polled quantity, from now on
    unit.set_point = [] { return 0.0; };      // as it is inside the device
    unit.is_safe = [] { return false; };      // as it is inside the device
    return unit;
}

}  // namespace

std::vector<PartSubject> subjects_of_NAME() {
    PartSubject s;
    s.name = "NAME";
    s.unit = &NAME_unit;
    s.make = polled_part(&drivers::NAME::make_dialect, {}, "SIM-UNIT-A");
    s.serial_query = "?baudrate=9600";
    s.polled = "temperature_K";
    s.shown = {300.0, 301.0};
    s.settable = "set_temperature_K";
    s.set_to = {310.0, 320.0};
    s.too_far = {1e9};
    s.detects.checksum = false;
    s.detects.tags = false;
    s.is_command = [](std::string_view) { return true; };
    s.naive_question = [](std::uint64_t) { return std::string(); };
    s.naive_answer = [](std::string_view) { return std::optional<double>(); };
    return {std::move(s)};
}

}  // namespace relaxd::test::kit
"""

INSTRUMENT_ENTRY = """// SPDX-License-Identifier: MIT
//
// NAME in the instrument suite: entry of subjects.cpp. Every member says in subject.hpp what it is;
// those left out here are to be written. Until open() is, the suite fails and says so.
#include "FOLDER/instrument.hpp"
#include "DEVICE_FOLDER/NAME_device.hpp"
#include "tests/conformance/kit/subject.hpp"

#include <optional>
#include <utility>

namespace relaxd::test::kit {
namespace {

Unit NAME_unit(const UnitOptions& asked) {
    Unit unit;
    unit.device = std::make_unique<simulator::TYPEDevice>(asked.serial);
    unit.record = std::make_shared<std::vector<std::string>>();
    unit.is_safe = [] { return false; };                 // as it is inside the device
    unit.state = [] { return std::string("unknown"); };  // as it is inside the device
    return unit;
}

std::unique_ptr<drivers::Instrument> NAME_driver(
    const boost::asio::any_io_executor& executor,
    std::unique_ptr<drivers::link::Opener> way,
    drivers::link::Timing& timing,
    const DriverOptions& /*asked*/
) {
    return std::make_unique<drivers::NAME::TYPEInstrument>(executor, std::move(way), timing);
}

}  // namespace

Subject NAME_instrument() {
    const std::string head =
        "mode = \\"multi-frequency-strain\\"\\nclamp = \\"single-cantilever\\"\\n"
        "amplitude = \\"15 um\\"\\nfrequencies = [\\"1 Hz\\"]\\n";
    Subject s;
    s.driver = "NAME";
    s.unit = &NAME_unit;
    s.make = &NAME_driver;
    s.serial_query = "?baudrate=9600";
    s.method = head + "segments = [\\"Isothermal for 30 min\\"]\\n";
    s.long_method = head + "segments = [\\"Isothermal for 6000 min\\"]\\n";
    s.too_much = {head + "segments = [\\"Ramp 10 K/min to 5000 K\\"]\\n"};
    s.detects.checksum = false;
    s.detects.tags = false;
    s.is_command = [](std::string_view) { return true; };
    s.longest_call = [](milliseconds reply) { return 9 * reply + 100ms; };
    s.stamp = [](const drivers::Status& status) { return status.time_s; };
    s.stamp_now = [](const simulator::SimDevice& device) { return device.run_position().time_s; };
    s.naive_question = [](std::uint64_t) { return std::string(); };
    s.naive_answer = [](std::string_view) { return std::optional<double>(); };
    return s;
}

}  // namespace relaxd::test::kit
"""

BY_HAND = """By hand, when the first test passes (a line each):
  CMakeLists.txt        relaxd_layer(NAME FOLDER LINKS PUBLIC relaxd_api relaxd_link)
  tests/CMakeLists.txt  relaxd_test(test_NAME unit NAME LINKS relaxd_NAME), and relaxd_NAME among the links of relaxd_kit
  tests/conformance/kit/subjects.cpp
                        Subject NAME_instrument();  // NAME_subject.cpp
                        NAME_instrument() in the table
"""
BY_HAND_PART = """By hand, when the first test passes (a line each):
  CMakeLists.txt        FOLDER among the folders of relaxd_layer(parts …)
  drivers/parts/parts.cpp
                        Entry(device("NAME", title, options, unproven), &NAME::make_dialect) in the table
  tests/conformance/kit/part_subjects.cpp
                        std::vector<PartSubject> subjects_of_NAME();
                        Entry{"NAME", &subjects_of_NAME}, in the table
Then: cmake --build build/dev --target test_parts test_kit && RELAXD_KIT_ONLY=NAME build/dev/bin/test_kit "[part]"
drivers/parts/README.md tells what is to be written, docs/drivers.md the order of the afternoon."""
BY_HAND_INSTRUMENT = """  drivers/registry/registry.cpp
                        a maker function and a line of known_drivers; relaxd_NAME among the links of relaxd_registry
  drivers/registry/proof.cpp
                        what has been shown of it, and on what
"""
BY_HAND_END = "Then: cmake --build build/dev --target test_NAME test_kit. docs/drivers.md tells the order of the afternoon."

KNOWS = "schema/base, units, record, method; drivers/api, link, modbus; Asio"


def filled(text, name, part):
    kind = "".join(word.capitalize() for word in name.split("_"))
    for word, value in (
        ("CLASS", kind + "Instrument"),
        ("DRIVER_FILE", "dialect" if part else "instrument"),
        ("DEVICE_FOLDER", "drivers/simulator/parts" if part else "drivers/simulator"),
        ("FOLDER", f"drivers/parts/{name}" if part else f"drivers/{name}"),
        ("KNOWS", KNOWS.replace("modbus;", "modbus, parts/polled;") if part else KNOWS),
        ("TYPE", kind),
        ("drivers::NAME", f"drivers::parts::{name}" if part else f"drivers::{name}"),
        ("NAME", name),
    ):
        text = text.replace(word, value)
    return text


def files_of(name, part):
    folder = f"drivers/parts/{name}" if part else f"drivers/{name}"
    device = f"drivers/simulator/parts/{name}_device" if part else f"drivers/simulator/{name}_device"
    subject = f"subject_of_{name}" if part else f"{name}_subject"
    driver = f"{folder}/dialect" if part else f"{folder}/instrument"
    texts = {
        f"{folder}/README.md": README,
        f"docs/protocols/{name}.md": PROTOCOL_PAGE,
        f"{folder}/protocol.hpp": PROTOCOL_HPP,
        f"{folder}/protocol.cpp": PROTOCOL_CPP,
        f"{driver}.hpp": DIALECT_HPP if part else INSTRUMENT_HPP,
        f"{driver}.cpp": DIALECT_CPP if part else INSTRUMENT_CPP,
        f"{device}.hpp": DEVICE_HPP,
        f"{device}.cpp": DEVICE_CPP,
        f"tests/parts/{name}_test.cpp" if part else f"tests/{name}/protocol_test.cpp": TEST,
        f"tests/conformance/kit/{subject}.cpp": PART_ENTRY if part else INSTRUMENT_ENTRY,
    }
    return {path: filled(text, name, part) for path, text in texts.items()}


def lines_by_hand(name, part):
    return filled(BY_HAND_PART if part else BY_HAND + BY_HAND_INSTRUMENT + BY_HAND_END, name, part)
