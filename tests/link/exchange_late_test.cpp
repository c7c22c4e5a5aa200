// SPDX-License-Identifier: MIT
//
// The experiment of late replies: which client takes another question's answer for its own.
#include "drivers/link/signal.hpp"
#include "tests/link/exchange_rig.hpp"

#include <random>

using namespace relaxd::test;
using namespace relaxd::drivers::link;
using relaxd::SteadyTime;

namespace {

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
