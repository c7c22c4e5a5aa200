// SPDX-License-Identifier: MIT
//
// Requests and replies over one ByteLink, for devices that do not number their replies (INSTRUMENTS
// 1.6 and 6): one in flight, the others wait in the order they came; pacing; deadlines; frames by
// terminator, by count or by a function; echo; and *quarantine*, so that a late reply never becomes
// the answer to another question.
//
// Each opening has a number, its generation: callers and bytes of an earlier one never meet a later
// one. Every opening begins suspect, for a serial line has no connections. While it is suspect it
// keeps silent until nothing has arrived for longer than the worst latency; then the sentinel must
// be answered recognisably. Suspect makes: a time-out, bytes that nobody asked for, a reply that is
// refused, an urgent write. A duplicate that arrives later than `gap` behind the original, and
// after the next request, cannot be told from its reply where both have one form: number them.
//
// One thread. Its state is shared with the coroutines in flight, which end with `cancelled` when it
// is destroyed.

#pragma once

#include "drivers/link/link.hpp"
#include "drivers/link/timing.hpp"
#include "schema/base/clock.hpp"
#include "schema/base/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd::drivers::link {

/// What a framing says of the bytes received so far.
struct FrameEnd {
    std::size_t bytes = 0;  ///< The frame is the first so many bytes; 0 = not all of it is there.
    bool is_junk = false;   ///< No frame can begin like this.
    FrameEnd() = default;
    explicit FrameEnd(std::size_t count) : bytes(count) {}
    [[nodiscard]] static FrameEnd junk();
};
using Framing = std::function<FrameEnd(std::string_view received)>;

/// Up to and with `terminator`, which is not empty.
[[nodiscard]] Framing by_terminator(std::string terminator);
/// So many bytes.
[[nodiscard]] Framing by_count(std::size_t bytes);

enum class Echo : std::uint8_t {
    off,
    expect,  ///< The device sends each command back before its reply.
    detect,  ///< It may.
};

/// From the last byte of the request on, but for `write`.
struct ExchangeDeadlines {
    std::chrono::milliseconds write{500};
    std::chrono::milliseconds first_byte{1000};
    std::chrono::milliseconds between_bytes{200};
    std::chrono::milliseconds overall{2000};
    ExchangeDeadlines() = default;
};

/// One request. Its bytes are whole: with checksum and terminator.
struct Query {
    std::string bytes;
    Framing framing;                             ///< None: the settings'.
    std::function<bool(std::string_view)> fits;  ///< Is this frame its reply? None: any is.
    bool is_answered = true;                     ///< false: the device says nothing to it.
    std::optional<ExchangeDeadlines> deadlines;  ///< None: the settings'. A slow reply has more.
    Query() = default;
    explicit Query(std::string what) : bytes(std::move(what)) {}
};

struct Answer {
    std::string frame;     ///< Whole, terminator included; empty if none is expected.
    SteadyTime sent;       ///< When the last byte of the request was handed to the link.
    SteadyTime received;   ///< Host clock at the last byte.
    UtcTime received_utc;  ///< Label only.
    Answer() = default;
};

struct ExchangeSettings {
    Framing framing;                   ///< Needed.
    std::chrono::milliseconds gap{0};  ///< No byte is sent sooner after the last byte.
    ExchangeDeadlines deadlines;
    std::chrono::milliseconds worst_latency{2000};  ///< No reply is later than this.
    std::chrono::milliseconds never_silent{60000};  ///< A quarantine that is longer has failed.
    /// Written once into a line that has not fallen silent after twice the worst latency: what ends
    /// a device's stream and sets nothing. Empty: nothing is.
    std::string hush;
    int sentinel_attempts = 3;
    Query sentinel;  ///< Needed; `fits` recognises its answer and no other.
    Echo echo = Echo::off;
    /// Told by the device of itself, whenever it likes: such frames are no replies.
    std::function<bool(std::string_view)> is_unsolicited;
    std::function<void(std::string)> on_unsolicited;
    std::function<void()> on_end;      ///< The link has ended, by itself or by close().
    std::size_t receive_limit = 4096;  ///< Bytes; more without a frame are noise.
    ExchangeSettings() = default;
};

struct ExchangeCounters {
    std::uint64_t frames = 0;          ///< Replies that were taken.
    std::uint64_t refused_frames = 0;  ///< That did not fit the request in flight.
    std::uint64_t unmatched = 0;       ///< Frames that came when nobody had asked: late, twice.
    std::uint64_t unsolicited = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t quarantines = 0;
    std::uint64_t sentinels = 0;      ///< Sent.
    std::uint64_t failed_proofs = 0;  ///< No sentinel of a quarantine was answered.
    std::uint64_t openings = 0;
    std::uint64_t dropped_bytes = 0;
};

class Exchange {
  public:
    /// `timing` outlives it.
    Exchange(boost::asio::any_io_executor executor, Timing& timing, ExchangeSettings settings);
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    /// Takes an open link and begins to read it; what was attached before ends with `unreachable`.
    /// Returns the generation.
    std::uint64_t attach(std::unique_ptr<ByteLink> byte_link);
    /// Ends everything at once with `cancelled`.
    void close();
    [[nodiscard]] bool is_open() const;
    [[nodiscard]] bool is_suspect() const;
    /// Why the newest opening ended.
    [[nodiscard]] std::optional<Error> end_error() const;

    /// Waits for its turn, proves the link in step where it is suspect, sends, and waits for the
    /// reply. Errors: `timeout`; `corrupt`: what came is not its reply; `cancelled`: an urgent
    /// write came between, or close(); `unreachable`: the link is gone or `generation` is over.
    [[nodiscard]] boost::asio::awaitable<Result<Answer>> ask(std::uint64_t generation, Query query);
    /// Writes now: cuts the exchange in flight short and overtakes all that wait; awaits no reply
    /// and leaves the link suspect.
    [[nodiscard]] boost::asio::awaitable<Result<void>> urge(
        std::uint64_t generation, std::string bytes
    );
    /// Waits until the link is silent and in step, asking the sentinel even where it is trusted.
    [[nodiscard]] boost::asio::awaitable<Result<Answer>> prove(std::uint64_t generation);

    [[nodiscard]] const ExchangeCounters& counters() const;

    struct State;  ///< Internal.

  private:
    std::shared_ptr<State> state_;
};

}  // namespace relaxd::drivers::link
