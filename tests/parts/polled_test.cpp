// SPDX-License-Identifier: MIT
//
// The engine of polled parts with a toy device: the clauses P-1 … of drivers/api/CONTRACT.md where
// they need a look inside; the rest is tests/conformance.
#include "schema/base/number.hpp"
#include "tests/parts/part_bench.hpp"

#include <algorithm>
#include <limits>

using namespace relaxd;
using namespace relaxd::test;
using drivers::PartState;
using drivers::parts::Dialect;
using drivers::parts::Group;
using drivers::parts::Preparation;
using drivers::parts::RebootCheck;
using drivers::parts::Replies;
using drivers::parts::SafeState;

namespace {

namespace link = relaxd::drivers::link;

/// "V?" a value, "S?" its status, "A 2" and "A?" what drives, "F 10" and "F?" how fast, "U V" and
/// "U?" its unit, "P?" power-on bit, "E?" complaints, "ID?" who it is. Line feeds; silent when set.
class ToyDevice final : public simulator::SimDevice {
  public:
    void receive(std::string_view bytes, SteadyTime /*now*/) override {
        for (const char byte : bytes) {
            if (byte != '\n') {
                line_ += byte;
                continue;
            }
            take(std::exchange(line_, std::string()));
        }
    }
    void advance_to(SteadyTime /*now*/) override {}
    [[nodiscard]] std::string take_output() override { return std::exchange(output_, ""); }
    [[nodiscard]] SteadyTime next_wake() const override {
        return SteadyTime{std::numeric_limits<std::int64_t>::max()};
    }
    void connect() override { is_connected_ = true; }
    void disconnect() override { is_connected_ = false; }
    [[nodiscard]] bool connected() const override { return is_connected_; }

    void reboot() {
        amplitude = 0.0;
        frequency = 1.0;
        unit = "mV";
        is_new = true;
    }

    std::string serial = "SIM1";
    double value = 1.5;
    int status = 0;
    double amplitude = 0.0;
    double frequency = 1.0;
    double highest_amplitude = 5.0;
    std::string unit = "mV";
    bool is_new = true;
    bool is_deaf = false;  ///< It takes nothing and says nothing of it.
    std::vector<std::string> complaints;

  private:
    void take(const std::string& line) {
        if (line == "ID?") {
            say("TOY " + serial);
        } else if (line == "V?") {
            say("V " + to_text(value));
        } else if (line == "S?") {
            say("S " + std::to_string(status));
        } else if (line == "A?") {
            say("A " + to_text(amplitude));
        } else if (line == "F?") {
            say("F " + to_text(frequency));
        } else if (line == "U?") {
            say("U " + unit);
        } else if (line == "P?") {
            say(is_new ? "P 1" : "P 0");
            is_new = false;
        } else if (line == "E?") {
            say(complaints.empty() ? "E 0" : "E " + complaints.front());
            if (!complaints.empty()) {
                complaints.erase(complaints.begin());
            }
        } else if (!is_deaf) {
            put(line);
        }
    }
    void put(const std::string& line) {
        const std::string rest = line.size() > 2 ? line.substr(2) : "";
        if (line.starts_with("U ")) {
            unit = rest;
        } else if (line.starts_with("F ")) {
            frequency = to_double(rest).value_or(frequency);
        } else if (line.starts_with("A ") && to_double(rest).value_or(0.0) > highest_amplitude) {
            complaints.push_back("too much");
        } else if (line.starts_with("A ")) {
            amplitude = to_double(rest).value_or(amplitude);
        } else {
            complaints.push_back("what is " + line);
        }
    }
    void say(const std::string& text) { output_ += text + "\n"; }

    std::string line_;
    std::string output_;
    bool is_connected_ = false;
};

link::Query question(const std::string& text, const std::string& begins) {
    link::Query query(text + "\n");
    query.fits = [begins](std::string_view frame) { return frame.starts_with(begins); };
    return query;
}

link::Query command(const std::string& text) {
    link::Query query(text + "\n");
    query.is_answered = false;
    return query;
}

/// Behind "V ".
std::string said(const std::string& frame) {
    return frame.substr(2, frame.size() - 3);
}

class ToyDialect final : public Dialect {
  public:
    [[nodiscard]] std::string name() const override { return "toy"; }
    [[nodiscard]] link::ExchangeSettings exchange() const override {
        link::ExchangeSettings settings;
        settings.framing = link::by_terminator("\n");
        settings.deadlines.first_byte = settings.deadlines.overall = 100ms;
        settings.worst_latency = 300ms;
        settings.sentinel = question("ID?", "TOY ");
        return settings;
    }
    [[nodiscard]] std::vector<link::Query> identify() override { return {question("ID?", "TOY ")}; }
    [[nodiscard]] Result<drivers::Identity> identity(Replies replies) override {
        drivers::Identity identity;
        identity.model = "toy";
        identity.serial_number = replies[0].substr(4, replies[0].size() - 5);
        identity.simulated = true;
        return identity;
    }
    [[nodiscard]] std::vector<Preparation> preparations() override {
        Preparation unit;
        unit.what = "the unit";
        unit.ask = question("U?", "U ");
        unit.is_so = [](std::string_view reply) { return reply == "U V\n"; };
        unit.writes = {command("U V")};
        return {unit};
    }
    [[nodiscard]] std::vector<drivers::Quantity> quantities() const override {
        drivers::Quantity value;
        value.name = "value_V";
        value.unit = "V";
        drivers::Quantity frequency;
        frequency.name = "frequency_Hz";
        frequency.unit = "Hz";
        frequency.is_settable = true;
        frequency.lowest = 0.1;
        frequency.highest = 100.0;
        frequency.resolution = 1e-6;
        drivers::Quantity amplitude = frequency;
        amplitude.name = "amplitude_V";
        amplitude.unit = "V";
        amplitude.lowest = 0.0;
        amplitude.highest = 10.0;
        return {value, frequency, amplitude};
    }
    [[nodiscard]] Group group_of(const std::string& quantity) override {
        Group group;
        group.quantities = {quantity};
        if (quantity == "value_V") {
            group.queries = {question("V?", "V "), question("S?", "S ")};
        } else if (quantity == "frequency_Hz") {
            group.queries = {question("F?", "F ")};
        } else {
            group.queries = {question("A?", "A ")};
        }
        return group;
    }
    [[nodiscard]] Result<std::vector<drivers::PartValue>> decode(
        const Group& group, Replies replies
    ) override {
        drivers::PartValue value;
        value.quantity = group.quantities.front();
        value.number = to_double(said(replies[0])).value_or(record::unknown);
        if (replies.size() > 1 && said(replies[1]) != "0") {
            value.status = "overload";
        }
        return std::vector{value};
    }
    [[nodiscard]] Result<std::vector<link::Query>> write(const std::string& quantity, double value)
        override {
        return std::vector{command((quantity == "frequency_Hz" ? "F " : "A ") + to_text(value))};
    }
    [[nodiscard]] std::chrono::milliseconds settles_in(const std::string& quantity) override {
        return quantity == "frequency_Hz" ? 2000ms : 0ms;
    }
    [[nodiscard]] std::optional<drivers::parts::ErrorQueue> error_queue() override {
        drivers::parts::ErrorQueue queue;
        queue.ask = question("E?", "E ");
        queue.complaint = [](std::string_view reply) {
            return reply == "E 0\n" ? std::string() : said(std::string(reply));
        };
        return queue;
    }
    [[nodiscard]] RebootCheck reboot_check() override {
        RebootCheck check;
        check.queries = {question("P?", "P ")};
        check.has_rebooted = [](Replies replies) -> Result<bool> {
            return said(replies[0]) == "1";
        };
        return check;
    }
    [[nodiscard]] SafeState safe_state() override {
        SafeState safe;
        safe.urgent = "A 0\n";
        safe.writes = {command("A 0")};
        safe.queries = {question("A?", "A ")};
        safe.is_safe = [](Replies replies) -> Result<void> {
            if (said(replies[0]) != "0") {
                return fail(Errc::corrupt, "it still drives");
            }
            return {};
        };
        return safe;
    }
};

struct Toy {
    Toy() : bench(device) { part = &bench.make(std::make_unique<ToyDialect>()); }
    ToyDevice device;
    PartBench bench;
    drivers::Part* part;
};

}  // namespace

TEST_CASE("P-1 a polled part is identified, then prepared, then ready", "[polled]") {
    Toy toy;
    CHECK(toy.part->state() == PartState::absent);
    CHECK(toy.bench.run(toy.part->read({})).error().code == Errc::unreachable);
    CHECK(toy.bench.heard.empty());
    CHECK(toy.bench.must(toy.part->open()).serial_number == "SIM1");
    CHECK(toy.part->state() == PartState::ready);
    CHECK(toy.part->trouble().empty());
    CHECK(toy.device.unit == "V");
    // Sentinel, identity, old complaints, power-on bit, then the preparation with its read-back.
    CHECK(toy.bench.heard == "ID?\nID?\nE?\nP?\nU?\nU V\nE?\nU?\n");
    CHECK(toy.bench.must(toy.part->verify()).is_as_set());
}

TEST_CASE("P-1 a polled part with another serial number is refused and not prepared", "[polled]") {
    Toy toy;
    toy.part = &toy.bench.make(std::make_unique<ToyDialect>(), "0417");
    const auto opened = toy.bench.run(toy.part->open());
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::refused);
    CHECK(toy.part->state() == PartState::absent);
    CHECK(toy.bench.heard == "ID?\nID?\n");
    CHECK(toy.bench.run(toy.part->set("amplitude_V", 1.0)).error().code == Errc::unreachable);
}

TEST_CASE("P-1 what cannot be prepared is not opened", "[polled]") {
    Toy toy;
    toy.device.is_deaf = true;
    const auto opened = toy.bench.run(toy.part->open());
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().sentence().find("the unit") != std::string::npos);
    CHECK_FALSE(toy.part->is_open());
}

TEST_CASE("P-2 P-4 a polled value has a number or a word, bytes and clocks", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    const auto all = toy.bench.must(toy.part->read({}));
    REQUIRE(all.size() == 3);
    CHECK(all[0].quantity == "value_V");
    CHECK(all[0].number == 1.5);
    CHECK(all[0].raw == "V 1.5\nS 0\n");
    CHECK(all[0].received_steady.ns > 0);
    CHECK(all[0].received_utc.ns > 0);
    toy.device.status = 1;
    const auto bad = toy.bench.value_of("value_V");
    CHECK(bad.status == "overload");
    CHECK(std::isnan(bad.number));
    toy.bench.heard.clear();
    const auto some = toy.bench.must(toy.part->read({"amplitude_V", "amplitude_V"}));
    REQUIRE(some.size() == 2);
    CHECK(toy.bench.heard == "A?\n");  // asked once
    CHECK(toy.bench.run(toy.part->read({"force_N"})).error().code == Errc::refused);
}

TEST_CASE("P-3 the queries of one value stand together", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.heard.clear();
    toy.bench.latency_s = 0.01;
    auto one = std::make_shared<std::optional<Result<std::vector<drivers::PartValue>>>>();
    auto two = std::make_shared<std::optional<Result<std::vector<drivers::PartValue>>>>();
    toy.bench.spawn(toy.part->read({"value_V"}), one);
    toy.bench.spawn(toy.part->read({"value_V"}), two);
    toy.bench.pass(1.0);
    REQUIRE(one->has_value());
    REQUIRE(two->has_value());
    CHECK(toy.bench.heard == "V?\nS?\nV?\nS?\n");
}

TEST_CASE("P-3 a late answer is nobody's", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.latency_s = 0.2;
    CHECK(toy.bench.run(toy.part->read({"value_V"})).error().code == Errc::timeout);
    CHECK(toy.part->state() == PartState::suspect);
    CHECK_FALSE(toy.part->trouble().empty());
    toy.bench.latency_s = 0.0;
    toy.device.value = 7.0;
    CHECK(toy.bench.value_of("value_V").number == 7.0);
    CHECK(toy.part->counters().timeouts == 1);
    CHECK(toy.part->counters().late_replies == 1);
    CHECK(toy.part->state() == PartState::ready);
}

TEST_CASE("P-5 P-6 a polled part sets, waits, reads back and says what was wrong", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.heard.clear();
    const auto high = toy.bench.run(toy.part->set("amplitude_V", 10.5));
    REQUIRE_FALSE(high.has_value());
    CHECK(high.error().code == Errc::refused);
    CHECK(high.error().message.find("amplitude_V = 10.5 is above 10") == 0);
    CHECK(toy.bench.run(toy.part->set("value_V", 1.0)).error().code == Errc::refused);
    CHECK(
        toy.bench.run(toy.part->set("amplitude_V", record::unknown)).error().code == Errc::refused
    );
    CHECK(toy.bench.heard.empty());
    const auto begun = toy.bench.timing.clock().steady();
    CHECK(toy.bench.must(toy.part->set("frequency_Hz", 20.0)) == 20.0);
    CHECK(toy.bench.heard == "F 20\nE?\nF?\n");
    CHECK(toy.bench.timing.clock().steady().ns - begun.ns >= 2'000'000'000);  // it settles
    const auto refused = toy.bench.run(toy.part->set("amplitude_V", 6.0));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::corrupt);
    CHECK(refused.error().message.find("too much") != std::string::npos);
    CHECK(toy.part->state() == PartState::degraded);
    toy.device.is_deaf = true;
    const auto deaf = toy.bench.run(toy.part->set("amplitude_V", 2.0));
    REQUIRE_FALSE(deaf.has_value());
    CHECK(deaf.error().message == "amplitude_V reads back as 0 and was set to 2");
}

TEST_CASE("P-7 a reboot is found, told, prepared and set again in the right order", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.must(toy.part->set("amplitude_V", 2.0));
    toy.bench.must(toy.part->set("frequency_Hz", 20.0));
    toy.device.reboot();
    toy.bench.heard.clear();
    const drivers::PartCheck check = toy.bench.must(toy.part->verify());
    CHECK(check.has_rebooted);
    CHECK(check.is_restored);
    CHECK(toy.device.unit == "V");
    CHECK(toy.device.amplitude == 2.0);
    CHECK(toy.device.frequency == 20.0);
    CHECK(toy.bench.heard.find("F 20") < toy.bench.heard.find("A 2"));  // what drives comes last
    CHECK(toy.part->state() == PartState::ready);
    CHECK(toy.part->counters().resent == 2);
    CHECK(toy.bench.must(toy.part->verify()).is_as_set());
}

TEST_CASE("P-7 a turned knob is told with both numbers and only it is set again", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.must(toy.part->set("amplitude_V", 2.0));
    toy.bench.must(toy.part->set("frequency_Hz", 20.0));
    toy.device.amplitude = 3.0;
    toy.bench.heard.clear();
    const drivers::PartCheck check = toy.bench.must(toy.part->verify());
    CHECK_FALSE(check.has_rebooted);
    REQUIRE(check.changed.size() == 1);
    CHECK(check.changed[0] == "amplitude_V is 3, was set to 2");
    CHECK(toy.bench.heard.find("F 20") == std::string::npos);
    CHECK(toy.device.amplitude == 2.0);
    toy.device.unit = "mV";
    const drivers::PartCheck unit = toy.bench.must(toy.part->verify());
    REQUIRE(unit.changed.size() == 1);
    CHECK(unit.changed[0].find("the unit") == 0);
    CHECK(toy.device.unit == "V");
    CHECK(unit.is_restored);
}

TEST_CASE("P-7 what cannot be restored stays degraded until it can", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.must(toy.part->set("amplitude_V", 2.0));
    toy.device.reboot();
    toy.device.is_deaf = true;
    const drivers::PartCheck check = toy.bench.must(toy.part->verify());
    CHECK(check.has_rebooted);
    CHECK_FALSE(check.is_restored);
    CHECK(toy.part->state() == PartState::degraded);
    toy.device.is_deaf = false;
    const drivers::PartCheck again = toy.bench.must(toy.part->verify());
    CHECK(again.has_rebooted);  // still not as it was set
    CHECK(again.is_restored);
    CHECK(toy.device.amplitude == 2.0);
    CHECK(toy.bench.must(toy.part->verify()).is_as_set());
}

TEST_CASE("P-8 safe() ends what is being set, and nothing brings that back", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.latency_s = 0.05;
    auto setting = std::make_shared<std::optional<Result<double>>>();
    auto queued = std::make_shared<std::optional<Result<double>>>();
    auto safe = std::make_shared<std::optional<Result<void>>>();
    toy.bench.spawn(toy.part->set("amplitude_V", 2.0), setting);
    toy.bench.spawn(toy.part->set("amplitude_V", 3.0), queued);
    toy.bench.pass(0.01);
    toy.bench.heard.clear();
    toy.bench.spawn(toy.part->safe(), safe);
    toy.bench.pass(5.0);
    CHECK(toy.bench.heard.starts_with("A 0\nID?\n"));  // what waited was not sent before
    CHECK(toy.bench.heard.find("A 3") == std::string::npos);
    REQUIRE(setting->has_value());
    CHECK((*setting)->error().code == Errc::cancelled);
    REQUIRE(queued->has_value());
    CHECK((*queued)->error().code == Errc::cancelled);
    REQUIRE(safe->has_value());
    CHECK((*safe)->has_value());
    CHECK(toy.device.amplitude == 0.0);
    CHECK(toy.bench.must(toy.part->verify()).is_restored);
    CHECK(toy.device.amplitude == 0.0);
    CHECK(toy.part->state() == PartState::ready);
    CHECK(toy.bench.must(toy.part->set("amplitude_V", 1.0)) == 1.0);
}

TEST_CASE("P-8 safe() that is not taken says so", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.must(toy.part->set("amplitude_V", 2.0));
    toy.device.is_deaf = true;
    const auto safe = toy.bench.run(toy.part->safe());
    REQUIRE_FALSE(safe.has_value());
    CHECK(safe.error().message == "it still drives");
    CHECK(toy.part->state() == PartState::degraded);
}

TEST_CASE("P-10 P-11 calls of a link that is gone say so and end", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.is_mute = true;
    auto one = std::make_shared<std::optional<Result<std::vector<drivers::PartValue>>>>();
    auto two = std::make_shared<std::optional<Result<double>>>();
    toy.bench.spawn(toy.part->read({"value_V"}), one);
    toy.bench.spawn(toy.part->set("amplitude_V", 1.0), two);
    toy.bench.run_ready();
    SECTION("unplugged") {
        toy.bench.unplug();
        REQUIRE(one->has_value());
        REQUIRE(two->has_value());
        CHECK((*one)->error().code == Errc::unreachable);
        CHECK((*two)->error().code == Errc::unreachable);
        CHECK(toy.part->state() == PartState::lost);
        CHECK(toy.bench.run(toy.part->safe()).error().code == Errc::unreachable);
    }
    SECTION("closed") {
        toy.part->close();
        toy.bench.run_ready();
        REQUIRE(one->has_value());
        REQUIRE(two->has_value());
        CHECK((*one)->error().code == Errc::cancelled);
        CHECK((*two)->error().code == Errc::cancelled);
    }
    SECTION("destroyed") {
        toy.bench.part.reset();
        toy.bench.run_ready();
        REQUIRE(one->has_value());
        REQUIRE(two->has_value());
        CHECK((*one)->error().code == Errc::cancelled);
        CHECK((*two)->error().code == Errc::cancelled);
        return;
    }
    toy.bench.is_mute = false;
    toy.bench.must(toy.part->open());
    CHECK(toy.bench.value_of("value_V").number == 1.5);
    CHECK(toy.part->counters().reconnects == 1);
}

TEST_CASE("P-10 another device of no fixed serial number counts as restarted", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.must(toy.part->set("amplitude_V", 2.0));
    toy.bench.unplug();
    toy.device.serial = "SIM2";
    toy.device.is_new = false;
    toy.device.amplitude = 0.0;
    toy.bench.must(toy.part->open());
    const drivers::PartCheck check = toy.bench.must(toy.part->verify());
    CHECK(check.has_rebooted);
    CHECK(check.is_restored);
    CHECK(toy.device.amplitude == 2.0);
}
