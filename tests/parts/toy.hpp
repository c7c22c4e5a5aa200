// SPDX-License-Identifier: MIT
//
// A toy device, its dialect, and both on a bench: what the tests of the engine of polled parts need
// to look into.
#pragma once

#include "schema/base/number.hpp"
#include "tests/parts/part_bench.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

namespace link = drivers::link;
using drivers::parts::Dialect;
using drivers::parts::Group;
using drivers::parts::Preparation;
using drivers::parts::RebootCheck;
using drivers::parts::Replies;
using drivers::parts::SafeState;

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

inline link::Query question(const std::string& text, const std::string& begins) {
    link::Query query(text + "\n");
    query.fits = [begins](std::string_view frame) { return frame.starts_with(begins); };
    return query;
}

inline link::Query command(const std::string& text) {
    link::Query query(text + "\n");
    query.is_answered = false;
    return query;
}

/// Behind "V ".
inline std::string said(const std::string& frame) {
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

}  // namespace relaxd::test
