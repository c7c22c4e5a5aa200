// SPDX-License-Identifier: MIT
//
// What an Exchange and its coroutines share: received bytes, echo, and which frame is whose reply.
// Internal to drivers/link/exchange. One thread.

#pragma once

#include "drivers/link/exchange.hpp"
#include "drivers/link/signal.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace relaxd::drivers::link {

inline constexpr std::uint64_t ordinary_turns = std::uint64_t{1} << 32U;  ///< Urgent are lower.

/// What the exchange and its coroutines share.
struct Exchange::State {
    State(boost::asio::any_io_executor on, Timing& host_timing, ExchangeSettings chosen)
        : executor(std::move(on)),
          timing(host_timing),
          settings(std::move(chosen)),
          news(executor),
          turn(executor) {}

    boost::asio::any_io_executor executor;
    Timing& timing;
    ExchangeSettings settings;
    ExchangeCounters counters;

    std::uint64_t generation = 0;
    std::shared_ptr<ByteLink> byte_link;
    std::optional<Error> end = Error{Errc::unreachable, "the link is not open", {}, {}};
    bool is_destroyed = false;

    std::string received;  ///< Not yet a frame.
    std::string echo;      ///< Of the last command, where it may still come.
    bool is_suspect = true;
    bool is_awaiting = false;  ///< Somebody takes the frames; else nobody has asked for them.
    bool is_overfull = false;
    SteadyTime last_byte;  ///< Received or sent.
    UtcTime last_byte_utc;
    Signal news;  ///< For the one whose turn it is.

    Signal turn;
    std::set<std::uint64_t> turns;
    std::uint64_t last_turn = ordinary_turns;
    std::uint64_t last_urgent = 0;
    bool is_turn_taken = false;
    std::uint64_t cuts = 0;  ///< Urgent writes so far.

    [[nodiscard]] SteadyTime now() const { return timing.clock().steady(); }
    [[nodiscard]] std::optional<Error> gone(std::uint64_t of) const;
    void finish(Error why);
    void on_bytes(std::string_view bytes);
    void drop_received();
    bool strip_echo();
    void sort_out_idle();
    bool take_unsolicited(std::string_view frame);
};

/// Makes the link suspect.
[[nodiscard]] tl::unexpected<Error> suspicious(Exchange::State& state, Error error);

/// The reply to `query`, if all of it is there.
[[nodiscard]] Result<std::optional<Answer>> take_reply(Exchange::State& state, const Query& query);

/// A reply with something behind it is one of two: nobody knows which.
[[nodiscard]] Result<Answer> only_one(Exchange::State& state, Answer answer);

/// No reply, or not all of it, `within` its limit.
[[nodiscard]] tl::unexpected<Error> too_late(
    Exchange::State& state, const char* what, std::chrono::milliseconds limit
);

}  // namespace relaxd::drivers::link
