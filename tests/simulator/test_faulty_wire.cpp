// SPDX-License-Identifier: MIT
// Byte faults on the bytes of a device that says a hundred readings.
#include "tests/simulator/fault_host.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <numeric>

namespace relaxd::simulator {
namespace {

using test::FaultHost;
using test::lines_of;
using test::Talker;

std::string reading(std::uint64_t number) {
    return "R " + std::to_string(number) + " 1.5 2 300 300 1 0 0.1 1e-05 0.1 1 0.1 0.1 1e-3 5 -";
}

Fault at_reading(FaultKind kind, std::uint64_t number) {
    Fault fault = fault_of(kind);
    fault.at_reading = number;
    return fault;
}

FaultScript one(const Fault& fault) {
    FaultScript script;
    script.seed = 5;
    script.faults.push_back(fault);
    return script;
}

/// A talker behind a wire with one fault.
struct Bench {
    explicit Bench(const Fault& fault) : wire(talker, one(fault)), host(wire) {}
    void say(std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t n = first; n <= last; ++n) {
            talker.say(reading(n));
            said.push_back(framed(reading(n)));
        }
        host.collect();
    }
    std::string all() const { return std::accumulate(said.begin(), said.end(), std::string()); }
    Talker talker;
    FaultyWire wire;
    FaultHost host;
    std::vector<std::string> said;
};

TEST_CASE("a wire without faults passes every byte on, both ways", "[faults]") {
    Talker talker;
    FaultyWire wire(talker, FaultScript());
    FaultHost host(wire);
    talker.say(reading(1));
    host.send("1 ident");
    host.send("ify *00000000\n");
    CHECK(host.bytes == framed(reading(1)));
    CHECK(talker.heard == "1 identify *00000000\n");
    CHECK(wire.next_wake() == talker.next_wake());
}

TEST_CASE("late: the line and what follows comes later, in order", "[faults]") {
    Fault fault = at_reading(FaultKind::late, 3);
    fault.delay_s = 0.4;
    Bench bench(fault);
    bench.say(1, 5);
    CHECK(bench.host.bytes == bench.said[0] + bench.said[1]);
    CHECK(bench.wire.next_wake().ns == 400'000'000);
    bench.host.advance_s(0.399);
    CHECK(lines_of(bench.host.bytes).size() == 2);
    bench.host.advance_s(0.001);
    CHECK(bench.host.bytes == bench.all());
}

TEST_CASE("split: a line comes in pieces, whose sum is the line", "[faults]") {
    Fault fault = at_reading(FaultKind::split, 2);
    fault.pieces = 4;
    fault.delay_s = 0.01;
    Bench bench(fault);
    bench.say(1, 3);
    for (int i = 0; i < 4; ++i) {
        bench.host.advance_s(0.01);
    }
    CHECK(bench.host.bytes == bench.all());
    REQUIRE(bench.host.portions.size() == 6);  // line 1, four pieces, line 3
    for (int i = 1; i <= 4; ++i) {
        CHECK(bench.host.portions[static_cast<std::size_t>(i)].size() < bench.said[1].size() / 3);
    }
}

TEST_CASE("merged: lines said apart come together", "[faults]") {
    Fault fault = at_reading(FaultKind::merged, 2);
    fault.together = 3;
    Bench bench(fault);
    for (std::uint64_t n = 1; n <= 5; ++n) {
        bench.say(n, n);
    }
    CHECK(bench.host.bytes == bench.all());
    REQUIRE(bench.host.portions.size() == 3);
    CHECK(bench.host.portions[1] == bench.said[1] + bench.said[2] + bench.said[3]);
    SECTION("a line that nothing follows is not kept for ever") {
        Bench waiting(fault);
        waiting.say(1, 2);
        CHECK(lines_of(waiting.host.bytes).size() == 1);
        CHECK(waiting.wire.next_wake().ns == 200'000'000);
        waiting.host.advance_s(0.2);
        CHECK(waiting.host.bytes == waiting.all());
    }
}

TEST_CASE("duplicated: without the repeats the lines are the original's", "[faults]") {
    Fault fault = at_reading(FaultKind::duplicated, 2);
    fault.copies = 3;
    fault.count = 2;
    Bench bench(fault);
    bench.say(1, 5);
    auto lines = lines_of(bench.host.bytes);
    CHECK(lines.size() == 9);
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    CHECK(lines == bench.said);
}

TEST_CASE("reordered: a line comes so many places later", "[faults]") {
    Fault fault = at_reading(FaultKind::reordered, 2);
    fault.places = 2;
    Bench bench(fault);
    bench.say(1, 5);
    const auto& s = bench.said;
    CHECK(lines_of(bench.host.bytes) == std::vector<std::string>{s[0], s[2], s[3], s[1], s[4]});
}

TEST_CASE("garbled: exactly the named number of bits differ", "[faults]") {
    Fault fault = at_reading(FaultKind::garbled, 2);
    Bench bench(fault);
    bench.say(1, 3);
    const std::string original = bench.all();
    REQUIRE(bench.host.bytes.size() == original.size());
    int bits = 0;
    for (std::size_t i = 0; i < original.size(); ++i) {
        const unsigned difference = static_cast<unsigned char>(original[i]) ^
                                    static_cast<unsigned char>(bench.host.bytes[i]);
        bits += std::popcount(difference);
        CHECK((difference == 0 || i >= bench.said[0].size()));
    }
    CHECK(bits == 1);
}

TEST_CASE("truncated: a line loses its end", "[faults]") {
    Bench bench(at_reading(FaultKind::truncated, 2));
    bench.say(1, 4);
    const auto lines = lines_of(bench.host.bytes);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0] == bench.said[0]);
    CHECK(lines[2] == bench.said[3]);
    CHECK(lines[1].ends_with(bench.said[2]));
    const std::string left = lines[1].substr(0, lines[1].size() - bench.said[2].size());
    CHECK_FALSE(left.empty());
    CHECK(bench.said[1].starts_with(left));
    CHECK(left.size() + 1 < bench.said[1].size());
}

TEST_CASE("endless_line: a megabyte without a line end stands before a line", "[faults]") {
    Bench bench(at_reading(FaultKind::endless_line, 2));
    bench.say(1, 3);
    CHECK(bench.host.bytes.size() == bench.all().size() + 1'000'000);
    const auto lines = lines_of(bench.host.bytes);
    REQUIRE(lines.size() == 3);
    CHECK(lines[1].size() == bench.said[1].size() + 1'000'000);
    CHECK(lines[1].ends_with(bench.said[1]));
}

TEST_CASE("baud_garbage: so many lines are noise, line ends included", "[faults]") {
    Fault fault = at_reading(FaultKind::baud_garbage, 11);
    fault.count = 20;
    Bench bench(fault);
    bench.say(1, 60);
    const std::string original = bench.all();
    REQUIRE(bench.host.bytes.size() == original.size());
    std::size_t begin = 0;
    for (std::size_t i = 0; i < bench.said.size(); ++i) {
        const std::string here = bench.host.bytes.substr(begin, bench.said[i].size());
        CHECK((here == bench.said[i]) == (i < 10 || i >= 30));
        begin += bench.said[i].size();
    }
}

TEST_CASE("silence: requests are heard, nothing is said", "[faults]") {
    Fault fault = at_reading(FaultKind::silence, 3);
    fault.duration_s = 2.0;
    Bench bench(fault);
    bench.say(1, 4);
    CHECK(lines_of(bench.host.bytes).size() == 2);
    bench.host.send("9 status\n");
    CHECK(bench.talker.heard == "9 status\n");
    bench.host.advance_s(1.9);
    bench.say(5, 5);
    bench.host.advance_s(0.1);
    bench.say(6, 6);
    CHECK(bench.host.bytes == bench.said[0] + bench.said[1] + bench.said[5]);
}

TEST_CASE("hang_up: what was said before is delivered, then the session ends", "[faults]") {
    Fault fault = at_reading(FaultKind::hang_up, 3);
    fault.refused_s = 2.0;
    Bench bench(fault);
    bench.say(1, 4);
    CHECK(bench.host.bytes == bench.said[0] + bench.said[1]);
    CHECK(bench.host.hang_ups == 1);
    CHECK_FALSE(bench.wire.connected());
    bench.host.advance_s(1.9);
    CHECK_FALSE(bench.host.reconnect());
    bench.host.advance_s(0.2);
    CHECK(bench.host.reconnect());
    bench.say(5, 5);
    CHECK(bench.host.bytes.ends_with(bench.said[4]));
    CHECK(bench.host.hang_ups == 1);
}

TEST_CASE("half_open: nothing is read or written, then everything comes", "[faults]") {
    Fault fault = at_reading(FaultKind::half_open, 3);
    SECTION("for its duration") {
        fault.duration_s = 2.0;
        Bench bench(fault);
        bench.say(1, 4);
        CHECK(bench.host.bytes.empty());  // two lines stood in the buffers of the same instant
        CHECK_FALSE(bench.wire.reading());
        bench.host.advance_s(2.0);
        CHECK(bench.wire.reading());
        CHECK(bench.host.bytes == bench.all());
    }
    SECTION("without a duration until the host connects again") {
        Bench bench(fault);
        bench.say(1, 4);
        bench.host.advance_s(3600.0);
        CHECK_FALSE(bench.wire.reading());
        bench.wire.disconnect();
        REQUIRE(bench.host.reconnect());
        CHECK(bench.wire.reading());
        bench.say(5, 5);
        CHECK(bench.host.bytes == bench.said[4]);
    }
}

TEST_CASE("wrong_device: after the hang-up another unit answers, for its duration", "[faults]") {
    Fault fault = at_reading(FaultKind::wrong_device, 2);
    fault.serial = "SIM-9";
    fault.duration_s = 10.0;
    Talker talker;
    Talker* other = nullptr;
    FaultyWire wire(talker, one(fault), [&other](const std::string& serial) {
        CHECK(serial == "SIM-9");
        auto made = std::make_unique<Talker>();
        other = made.get();
        return made;
    });
    FaultHost host(wire);
    talker.say(reading(1));
    talker.say(reading(2));
    host.collect();
    CHECK(host.hang_ups == 1);
    REQUIRE(host.reconnect());
    REQUIRE(other != nullptr);
    host.send("1 identify\n");
    CHECK(other->heard == "1 identify\n");
    CHECK(talker.heard.empty());
    CHECK_FALSE(talker.connected());
    host.advance_s(10.0);
    CHECK(host.hang_ups == 2);
    REQUIRE(host.reconnect());
    host.send("2 identify\n");
    CHECK(talker.heard == "2 identify\n");
}

TEST_CASE("a request is hurt on its way to the instrument", "[faults]") {
    Fault fault = fault_of(FaultKind::duplicated);
    fault.probability = 1.0;
    fault.direction = FaultDirection::to_instrument;
    Bench bench(fault);
    bench.host.send("1 sta");
    bench.host.send("tus\n2 stop\n");
    CHECK(bench.talker.heard == "1 status\n1 status\n2 stop\n2 stop\n");
    bench.say(1, 1);
    CHECK(bench.host.bytes == bench.all());
    SECTION("late: it is obeyed later") {
        Fault late = fault_of(FaultKind::late);
        late.probability = 1.0;
        late.direction = FaultDirection::both;
        Bench slow(late);
        slow.host.send("1 status\n");
        CHECK(slow.talker.heard.empty());
        CHECK(slow.wire.next_wake().ns == 400'000'000);
        slow.host.advance_s(0.4);
        CHECK(slow.talker.heard == "1 status\n");
    }
}

TEST_CASE("`lines` chooses which sort is hurt", "[faults]") {
    Fault fault = fault_of(FaultKind::duplicated);
    fault.probability = 1.0;
    fault.lines = FaultLines::replies;
    Bench bench(fault);
    bench.talker.say("= 1 status state=idle");
    bench.talker.say("S idle 0 - 0 -");
    bench.say(1, 1);
    const auto lines = lines_of(bench.host.bytes);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == lines[1]);
}

TEST_CASE("`at` stops the device's clock there, and `every` comes again", "[faults]") {
    Fault fault = fault_of(FaultKind::hang_up);
    fault.at_s = 100.0;
    fault.every_s = 50.0;
    Bench bench(fault);
    CHECK(bench.talker.pause_s == 100.0);
    bench.talker.position.time_s = 100.0;
    bench.say(1, 1);
    bench.host.advance_s(1.0);
    CHECK(bench.host.bytes == bench.said[0]);  // said before that time
    CHECK(bench.host.hang_ups == 1);
    CHECK(bench.talker.pause_s == 150.0);
    SECTION("a new run meets the script from its beginning") {
        bench.talker.position = RunPosition{2, 0.0};
        bench.host.advance_s(1.0);
        CHECK(bench.talker.pause_s == 100.0);
    }
}

TEST_CASE("what chance does to a reading does not depend on the other lines", "[faults]") {
    Fault fault = fault_of(FaultKind::garbled);
    fault.probability = 0.2;
    Bench plain(fault);
    plain.say(1, 200);
    Bench busy(fault);
    for (std::uint64_t n = 1; n <= 200; ++n) {
        busy.talker.say("= " + std::to_string(n) + " status state=running");
        busy.say(n, n);
        busy.talker.say(reading(1 + n / 2));  // resent
    }
    const auto hurt = [](const FaultHost& host, const std::vector<std::string>& said) {
        std::vector<bool> result;
        for (const std::string& line : said) {
            result.push_back(host.bytes.find(line) == std::string::npos);
        }
        return result;
    };
    const auto without_resent = hurt(plain.host, plain.said);
    CHECK(std::count(without_resent.begin(), without_resent.end(), true) > 20);
    CHECK(std::count(without_resent.begin(), without_resent.end(), true) < 60);
    // The first sending of each reading is hurt alike: look at the order of good first sendings.
    std::vector<std::string> plain_lines = lines_of(plain.host.bytes);
    std::erase_if(plain_lines, [](const std::string& line) {
        return line.size() > 100;  // a flipped line end: what follows depends on the host
    });
    CHECK(plain_lines.size() > 190);
    std::size_t hits = 0;
    for (const std::string& line : plain_lines) {
        hits += busy.host.bytes.find(line) != std::string::npos ? 1 : 0;
    }
    CHECK(hits == plain_lines.size());  // hurt lines too: the same bits were flipped
}

TEST_CASE("faults that lose nothing give the original lines back", "[faults]") {
    CHECK(rc::check("late, split, merged, duplicated, reordered in any mixture", [] {
        FaultScript script;
        script.seed = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
        const std::vector<FaultKind> kinds{
            FaultKind::late,
            FaultKind::split,
            FaultKind::merged,
            FaultKind::duplicated,
            FaultKind::reordered,
        };
        for (const FaultKind kind : kinds) {
            Fault fault = fault_of(kind);
            fault.probability = 0.01 * *rc::gen::inRange(1, 30);
            fault.places = *rc::gen::inRange<std::uint64_t>(1, 5);
            script.faults.push_back(fault);
        }
        Talker talker;
        FaultyWire wire(talker, script);
        FaultHost host(wire);
        std::vector<std::string> said;
        for (std::uint64_t n = 1; n <= 100; ++n) {
            talker.say(reading(n));
            said.push_back(framed(reading(n)));
            host.advance_s(0.01 * *rc::gen::inRange(0, 50));
        }
        for (int i = 0; i < 1000; ++i) {
            host.advance_s(0.1);
        }
        for (std::uint64_t n = 101; n <= 110; ++n) {  // what is still overtaken comes now
            talker.say("S idle " + std::to_string(n) + " - 0 -");
        }
        for (int i = 0; i < 100; ++i) {
            host.advance_s(0.1);
        }
        auto lines = lines_of(host.bytes);
        std::erase_if(lines, [](const std::string& line) { return line.starts_with("S "); });
        std::sort(lines.begin(), lines.end());
        lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
        std::sort(said.begin(), said.end());
        RC_ASSERT(lines == said);
    }));
}

}  // namespace
}  // namespace relaxd::simulator
