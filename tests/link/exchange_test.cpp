// SPDX-License-Identifier: MIT
//
// Requests to devices that do not number their replies: which reply is believed, and when.
#include "drivers/link/exchange.hpp"

#include "drivers/link/signal.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_timing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace relaxd::drivers::link;
using namespace std::chrono_literals;
using relaxd::Errc;
using relaxd::Result;
using relaxd::SteadyTime;
using relaxd::test::ManualTiming;
namespace asio = boost::asio;

namespace {

bool is_number(std::string_view line) {
    line.remove_suffix(std::min<std::size_t>(line.size(), 2));
    return !line.empty() && line.find_first_not_of("0123456789.") == std::string_view::npos;
}

ExchangeSettings settings_of_lines() {
    ExchangeSettings settings;
    settings.framing = by_terminator("\r\n");
    settings.deadlines.first_byte = 10ms;
    settings.deadlines.between_bytes = 5ms;
    settings.deadlines.overall = 30ms;
    settings.worst_latency = 50ms;
    settings.sentinel = Query("ID?\r\n");
    settings.sentinel.fits = [](std::string_view line) { return line == "BOX 7\r\n"; };
    return settings;
}

Query number_of(std::string command) {
    Query query(std::move(command));
    query.fits = is_number;
    return query;
}

/// An exchange over memory whose other end is in the test's hands, in a time that it moves.
struct Rig {
    explicit Rig(ExchangeSettings settings = settings_of_lines())
        : exchange(io.get_executor(), timing, std::move(settings)) {
        attach();
    }
    void attach() {
        auto [host, device] = make_memory_pair(io.get_executor(), timing);
        peer = std::move(device);
        generation = exchange.attach(std::move(host));
    }
    template <typename T>
    void spawn(asio::awaitable<T> call, std::optional<T>& result) {
        asio::co_spawn(io, std::move(call), [&result](const std::exception_ptr& thrown, T value) {
            if (thrown) {
                std::rethrow_exception(thrown);
            }
            result.emplace(std::move(value));
        });
    }
    void settle() {
        io.restart();
        io.poll();
    }
    void pass(std::chrono::milliseconds time) {
        const SteadyTime end = after(timing.clock().steady(), time);
        settle();
        while (timing.next_due() && *timing.next_due() <= end) {
            timing.advance_to(*timing.next_due());
            settle();
        }
        timing.advance_to(end);
        settle();
    }
    template <typename T>
    T finish(std::optional<T>& result) {
        settle();
        while (!result) {
            REQUIRE(timing.next_due().has_value());
            timing.advance_to(*timing.next_due());
            settle();
        }
        return std::move(*result);
    }
    template <typename T>
    T run(asio::awaitable<T> call) {
        std::optional<T> result;
        spawn(std::move(call), result);
        return finish(result);
    }
    void say(const std::string& bytes) {
        REQUIRE(run(peer->write(bytes, 100ms)).has_value());
        settle();
    }
    /// Everything the host has sent so far; it must have sent something.
    std::string heard() {
        std::array<char, 256> buffer{};
        const auto got = run(peer->read_some(buffer));
        REQUIRE(got.has_value());
        return std::string(buffer.data(), *got);
    }
    /// The quarantine of an opening, and its sentinel.
    void prove() {
        std::optional<Result<Answer>> proof;
        spawn(exchange.prove(generation), proof);
        pass(51ms);
        CHECK(heard() == "ID?\r\n");
        say("BOX 7\r\n");
        REQUIRE(finish(proof).has_value());
        REQUIRE_FALSE(exchange.is_suspect());
    }

    ManualTiming timing;
    asio::io_context io;  ///< Goes before the time that its coroutines wait for.
    Exchange exchange;
    std::unique_ptr<ByteLink> peer;
    std::uint64_t generation = 0;
};

/// Answers "Q n" with "n", 6 % of them 15 to 40 ms late (INSTRUMENTS 6).
struct LateDevice {
    asio::awaitable<void> answer(std::string reply, double delay_s) {
        if (delay_s > 0.0) {
            co_await timing.pause(delay_s);
        }
        (void)co_await end.write(std::move(reply), 1000ms);
    }
    asio::awaitable<void> serve() {
        std::string received;
        std::array<char, 256> buffer{};
        while (true) {
            const auto got = co_await end.read_some(buffer);
            if (!got) {
                co_return;
            }
            received.append(buffer.data(), *got);
            for (auto at = received.find("\r\n"); at != std::string::npos;
                 at = received.find("\r\n")) {
                const std::string line = received.substr(0, at);
                received.erase(0, at + 2);
                const bool is_late = std::uniform_real_distribution<double>(0, 1)(random) < 0.06;
                const double delay_s =
                    is_late ? std::uniform_real_distribution<double>(0.015, 0.040)(random) : 0.001;
                std::string reply = line == "ID?" ? "BOX 7\r\n" : line.substr(2) + "\r\n";
                if (is_sequential) {
                    co_await answer(std::move(reply), delay_s);
                } else {
                    asio::co_spawn(
                        co_await asio::this_coro::executor,
                        answer(std::move(reply), delay_s),
                        [](const std::exception_ptr&) {}
                    );
                }
            }
        }
    }
    ByteLink& end;
    ManualTiming& timing;
    bool is_sequential;
    std::mt19937 random{20260101};
};

struct Tally {
    int right = 0;
    int failed = 0;
    int wrong = 0;
    void count(int asked, std::optional<std::string> said) {
        if (!said) {
            ++failed;
        } else if (*said == std::to_string(asked) + "\r\n") {
            ++right;
        } else {
            ++wrong;
        }
    }
};

/// Takes the first line that comes within 10 ms for the answer.
struct Naive {
    asio::awaitable<void> read() {
        std::array<char, 256> buffer{};
        while (true) {
            const auto got = co_await end.read_some(buffer);
            if (!got) {
                co_return;
            }
            received.append(buffer.data(), *got);
            news.notify();
        }
    }
    asio::awaitable<Tally> poll(int times) {
        Tally tally;
        for (int n = 1; n <= times; ++n) {
            std::string request = "Q " + std::to_string(n) + "\r\n";
            (void)co_await end.write(std::move(request), 1000ms);
            const SteadyTime limit = after(timing.clock().steady(), 10ms);
            while (received.find("\r\n") == std::string::npos && timing.clock().steady() < limit) {
                co_await news.wait_until(timing, limit);
            }
            const auto at = received.find("\r\n");
            std::optional<std::string> said;
            if (at != std::string::npos) {
                said = received.substr(0, at + 2);
                received.erase(0, at + 2);
            }
            tally.count(n, std::move(said));
        }
        co_return tally;
    }
    ByteLink& end;
    ManualTiming& timing;
    Signal news;
    std::string received = {};
};

asio::awaitable<Tally> poll(Exchange& exchange, std::uint64_t generation, int times) {
    Tally tally;
    for (int n = 1; n <= times; ++n) {
        Query query = number_of("Q " + std::to_string(n) + "\r\n");
        auto answer = co_await exchange.ask(generation, std::move(query));
        std::optional<std::string> said;
        if (answer) {
            said = answer->frame;
        }
        tally.count(n, std::move(said));
    }
    co_return tally;
}

}  // namespace

TEST_CASE("of 10 000 polls with 6 % late replies none takes another's reply", "[link][exchange]") {
    const bool is_sequential = GENERATE(true, false);
    Rig rig;
    LateDevice device{*rig.peer, rig.timing, is_sequential};
    asio::co_spawn(rig.io, device.serve(), [](const std::exception_ptr&) {});
    const Tally tally = rig.run(poll(rig.exchange, rig.generation, 10000));
    CHECK(tally.wrong == 0);
    CHECK(tally.right > 9000);
    CHECK(tally.failed > 300);
    CHECK(tally.right + tally.failed == 10000);
    CHECK(rig.exchange.counters().timeouts > 300);
    CHECK(rig.exchange.counters().unmatched > 300);
    rig.exchange.close();
    rig.settle();
}

TEST_CASE("the same polls by a naive client give many wrong answers", "[link][exchange]") {
    ManualTiming timing;
    asio::io_context io;
    auto [host, peer] = make_memory_pair(io.get_executor(), timing);
    LateDevice device{*peer, timing, true};
    Naive naive{*host, timing, Signal(io.get_executor())};
    asio::co_spawn(io, device.serve(), [](const std::exception_ptr&) {});
    asio::co_spawn(io, naive.read(), [](const std::exception_ptr&) {});
    std::optional<Tally> tally;
    asio::co_spawn(io, naive.poll(2000), [&tally](const std::exception_ptr&, Tally found) {
        tally = found;
    });
    while (!tally) {
        io.restart();
        io.poll();
        if (!tally) {
            REQUIRE(timing.next_due().has_value());
            timing.advance_to(*timing.next_due());
        }
    }
    CHECK(tally->wrong > 1000);
    host->close();
    peer->close();
    io.restart();
    io.poll();
}

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
