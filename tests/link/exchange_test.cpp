// SPDX-License-Identifier: MIT
//
// Requests to devices that do not number their replies: which reply is believed, and when.
#include "tests/link/exchange_rig.hpp"

#include <string>
#include <vector>

using namespace relaxd::test;
using namespace relaxd::drivers::link;
using relaxd::Errc;
using relaxd::Result;
using relaxd::SteadyTime;

TEST_CASE("nothing is asked of a new opening before silence and a sentinel", "[link][exchange]") {
    Rig rig;
    std::optional<Result<Answer>> answer;
    rig.spawn(rig.exchange.ask(rig.generation, number_of("T?\r\n")), answer);
    rig.pass(30ms);
    rig.say("12.5\r\n");  // to somebody before us
    rig.pass(50ms);
    CHECK_FALSE(answer.has_value());
    rig.pass(2ms);
    CHECK(rig.heard() == "ID?\r\n");
    rig.say("BOX 7\r\n");
    CHECK(rig.heard() == "T?\r\n");
    rig.say("300.0\r\n");
    const auto got = rig.finish(answer);
    REQUIRE(got.has_value());
    CHECK(got->frame == "300.0\r\n");
    CHECK(got->received == rig.timing.clock().steady());
    CHECK(rig.exchange.counters().unmatched == 1);
}

TEST_CASE("a sentinel that is not recognised proves nothing", "[link][exchange]") {
    Rig rig;
    std::optional<Result<Answer>> answer;
    rig.spawn(rig.exchange.ask(rig.generation, number_of("T?\r\n")), answer);
    for (int attempt = 0; attempt < 3; ++attempt) {
        rig.pass(51ms);
        CHECK(rig.heard() == "ID?\r\n");
        rig.say("BOX 8\r\n");
    }
    const auto got = rig.finish(answer);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == Errc::corrupt);
    CHECK(rig.exchange.is_suspect());
}

TEST_CASE("requests wait their turn and keep the gap to the byte before", "[link][exchange]") {
    ExchangeSettings settings = settings_of_lines();
    settings.gap = 20ms;
    Rig rig(settings);
    rig.prove();
    std::optional<Result<Answer>> first;
    std::optional<Result<Answer>> second;
    rig.spawn(rig.exchange.ask(rig.generation, number_of("A?\r\n")), first);
    rig.spawn(rig.exchange.ask(rig.generation, number_of("B?\r\n")), second);
    rig.pass(20ms);
    CHECK(rig.heard() == "A?\r\n");
    rig.pass(3ms);
    rig.say("1\r\n");
    CHECK(rig.finish(first)->frame == "1\r\n");
    const SteadyTime replied = rig.timing.clock().steady();
    CHECK(rig.heard() == "B?\r\n");
    CHECK(rig.timing.clock().steady() == after(replied, 20ms));
    rig.say("2\r\n");
    CHECK(rig.finish(second)->frame == "2\r\n");
}

TEST_CASE(
    "a reply that comes in pieces is one, and a pause within it has its limit", "[link][exchange]"
) {
    Rig rig;
    rig.prove();
    std::optional<Result<Answer>> answer;
    rig.spawn(rig.exchange.ask(rig.generation, number_of("T?\r\n")), answer);
    rig.settle();
    CHECK(rig.heard() == "T?\r\n");
    for (const char* piece : {"3", "00", ".5", "\r"}) {
        rig.pass(4ms);
        rig.say(piece);
    }
    const bool is_whole = GENERATE(true, false);
    if (is_whole) {
        rig.say("\n");
        CHECK(rig.finish(answer)->frame == "300.5\r\n");
    } else {
        rig.pass(4ms);
        CHECK_FALSE(answer.has_value());
        rig.pass(1ms);
        REQUIRE(answer.has_value());
        REQUIRE_FALSE(answer->has_value());
        CHECK(answer->error().code == Errc::timeout);
        CHECK(rig.exchange.is_suspect());
    }
}

TEST_CASE("exactly one copy of an echoed command is taken away", "[link][exchange]") {
    ExchangeSettings settings = settings_of_lines();
    settings.echo = Echo::detect;
    Rig rig(settings);
    rig.prove();  // this device echoes nothing so far
    std::optional<Result<Answer>> answer;
    Query query("T?\r\n");
    rig.spawn(rig.exchange.ask(rig.generation, query), answer);
    rig.settle();
    (void)rig.heard();
    SECTION("echo and reply") {
        rig.say("T?");
        rig.say("\r\n300\r\n");
        CHECK(rig.finish(answer)->frame == "300\r\n");
    }
    SECTION("reply alone") {
        rig.say("300\r\n");
        CHECK(rig.finish(answer)->frame == "300\r\n");
    }
    SECTION("the command twice is no value") {
        rig.say("T?\r\nT?\r\n");
        const auto got = rig.finish(answer);
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error().code == Errc::corrupt);
    }
}

TEST_CASE("a command that comes back where no echo is expected is no value", "[link][exchange]") {
    Rig rig;
    rig.prove();
    std::optional<Result<Answer>> answer;
    Query query("T?\r\n");
    rig.spawn(rig.exchange.ask(rig.generation, query), answer);
    rig.settle();
    rig.say("T?\r\n");
    const auto got = rig.finish(answer);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == Errc::corrupt);
    CHECK(rig.exchange.is_suspect());
}

TEST_CASE("two replies to one request are none", "[link][exchange]") {
    Rig rig;
    rig.prove();
    std::optional<Result<Answer>> answer;
    rig.spawn(rig.exchange.ask(rig.generation, number_of("T?\r\n")), answer);
    rig.settle();
    rig.say("300\r\n301\r\n");
    const auto got = rig.finish(answer);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == Errc::corrupt);
    CHECK(rig.exchange.is_suspect());
}

TEST_CASE("what the device says of itself is told and is no reply", "[link][exchange]") {
    std::vector<std::string> told;
    ExchangeSettings settings = settings_of_lines();
    settings.is_unsolicited = [](std::string_view line) { return line.front() == '!'; };
    settings.on_unsolicited = [&told](std::string line) { told.push_back(std::move(line)); };
    Rig rig(settings);
    rig.prove();
    rig.say("!hot\r\n");
    std::optional<Result<Answer>> answer;
    rig.spawn(rig.exchange.ask(rig.generation, Query("T?\r\n")), answer);
    rig.settle();
    rig.say("!hotter\r\n300\r\n!hottest\r\n");
    CHECK(rig.finish(answer)->frame == "300\r\n");
    CHECK(told == std::vector<std::string>{"!hot\r\n", "!hotter\r\n", "!hottest\r\n"});
    CHECK_FALSE(rig.exchange.is_suspect());
}

TEST_CASE("bytes without end are bounded, counted and refused", "[link][exchange]") {
    Rig rig;
    rig.prove();
    std::optional<Result<Answer>> answer;
    rig.spawn(rig.exchange.ask(rig.generation, number_of("T?\r\n")), answer);
    rig.settle();
    rig.say(std::string(5000, '7'));
    const auto got = rig.finish(answer);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == Errc::corrupt);
    CHECK(rig.exchange.counters().dropped_bytes >= 4096);
}

TEST_CASE("a binary reply ends where its own function says", "[link][exchange]") {
    Rig rig;
    rig.prove();
    Query query(std::string("\x01\x03", 2));
    query.framing = [](std::string_view received) {
        if (received.empty()) {
            return FrameEnd();
        }
        if (received.front() != '\x01') {
            return FrameEnd::junk();
        }
        const std::size_t size =
            received.size() < 2 ? 2 : 2 + static_cast<std::size_t>(received[1]);
        return received.size() < size ? FrameEnd() : FrameEnd(size);
    };
    std::optional<Result<Answer>> answer;
    rig.spawn(rig.exchange.ask(rig.generation, query), answer);
    rig.settle();
    SECTION("whole") {
        rig.say(std::string("\x01\x03", 2));
        rig.say("\r\nx");
        CHECK(rig.finish(answer)->frame == std::string("\x01\x03\r\nx", 5));
    }
    SECTION("junk") {
        rig.say("\x02");
        CHECK(rig.finish(answer).error().code == Errc::corrupt);
        CHECK(rig.exchange.is_suspect());
    }
}

TEST_CASE("callers and replies of an earlier opening never meet a later one", "[link][exchange]") {
    Rig rig;
    rig.prove();
    std::optional<Result<Answer>> in_flight;
    std::optional<Result<Answer>> waiting;
    rig.spawn(rig.exchange.ask(rig.generation, number_of("A?\r\n")), in_flight);
    rig.spawn(rig.exchange.ask(rig.generation, number_of("B?\r\n")), waiting);
    rig.settle();
    const std::uint64_t old = rig.generation;
    rig.attach();
    CHECK(rig.finish(in_flight).error().code == Errc::unreachable);
    CHECK(rig.finish(waiting).error().code == Errc::unreachable);
    CHECK(rig.run(rig.exchange.ask(old, number_of("C?\r\n"))).error().code == Errc::unreachable);
    rig.prove();
    std::optional<Result<Answer>> answer;
    rig.spawn(rig.exchange.ask(rig.generation, number_of("D?\r\n")), answer);
    rig.settle();
    CHECK(rig.heard() == "D?\r\n");
    rig.say("4\r\n");
    CHECK(rig.finish(answer)->frame == "4\r\n");
}

TEST_CASE("an urgent command waits for nobody and leaves the link suspect", "[link][exchange]") {
    Rig rig;
    rig.prove();
    std::optional<Result<Answer>> in_flight;
    std::optional<Result<Answer>> waiting;
    std::optional<Result<void>> urgent;
    rig.spawn(rig.exchange.ask(rig.generation, number_of("A?\r\n")), in_flight);
    rig.settle();
    CHECK(rig.heard() == "A?\r\n");
    rig.spawn(rig.exchange.ask(rig.generation, number_of("B?\r\n")), waiting);
    rig.spawn(rig.exchange.urge(rig.generation, "OFF\r\n"), urgent);
    rig.settle();
    REQUIRE(urgent.has_value());
    CHECK(urgent->has_value());
    CHECK(rig.finish(in_flight).error().code == Errc::cancelled);
    CHECK(rig.heard() == "OFF\r\n");
    CHECK(rig.exchange.is_suspect());
    rig.say("1\r\n");  // of A?
    CHECK(rig.heard() == "ID?\r\n");
    rig.say("BOX 7\r\n");
    CHECK(rig.heard() == "B?\r\n");
    rig.say("2\r\n");
    CHECK(rig.finish(waiting)->frame == "2\r\n");
}

TEST_CASE("the end of the exchange ends every call", "[link][exchange]") {
    Rig rig;
    rig.prove();
    std::optional<Result<Answer>> in_flight;
    std::optional<Result<Answer>> waiting;
    rig.spawn(rig.exchange.ask(rig.generation, number_of("A?\r\n")), in_flight);
    rig.spawn(rig.exchange.ask(rig.generation, number_of("B?\r\n")), waiting);
    rig.settle();
    rig.exchange.close();
    rig.settle();
    REQUIRE(in_flight.has_value());
    REQUIRE(waiting.has_value());
    CHECK(in_flight->error().code == Errc::cancelled);
    CHECK(waiting->error().code == Errc::cancelled);
}

TEST_CASE("a device that hangs up ends the call in flight", "[link][exchange]") {
    Rig rig;
    rig.prove();
    std::optional<Result<Answer>> answer;
    rig.spawn(rig.exchange.ask(rig.generation, number_of("A?\r\n")), answer);
    rig.settle();
    rig.peer->close();
    CHECK(rig.finish(answer).error().code == Errc::unreachable);
    CHECK_FALSE(rig.exchange.is_open());
}
