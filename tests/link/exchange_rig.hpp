// SPDX-License-Identifier: MIT
//
// An exchange over memory whose other end is in the test's hands.
#pragma once

#include "drivers/link/exchange.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_timing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace relaxd::test {

using drivers::link::after;
using drivers::link::Answer;
using drivers::link::by_terminator;
using drivers::link::ByteLink;
using drivers::link::Exchange;
using drivers::link::ExchangeSettings;
using drivers::link::make_memory_pair;
using drivers::link::Query;
using std::chrono_literals::operator""ms;
namespace asio = boost::asio;

inline bool is_number(std::string_view line) {
    line.remove_suffix(std::min<std::size_t>(line.size(), 2));
    return !line.empty() && line.find_first_not_of("0123456789.") == std::string_view::npos;
}

inline ExchangeSettings settings_of_lines() {
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

inline Query number_of(std::string command) {
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

}  // namespace relaxd::test
