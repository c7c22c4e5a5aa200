// SPDX-License-Identifier: MIT
//
// What a bad line does to the bytes on it: a plan, one way of the line as a state machine without
// I/O, and a report of what was done. ChaosProxy puts it between a driver and an instrument.
//
// Every draw comes from the plan's seed and the line's place on its way, so a failure repeats.
// Probabilities are per line. Nothing overtakes but what is reordered: as on a stream, a late line
// holds up those behind it. One thread.
#pragma once

#include "schema/base/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::test::kit {

/// What may happen to one line.
enum class Hurt : std::uint8_t {
    split,        ///< Comes in pieces, 1 ms apart.
    delayed,      ///< Comes up to `delay_s` later.
    late,         ///< Comes `late_from_s` to `late_to_s` later: beyond a deadline.
    duplicated,   ///< Comes twice.
    reordered,    ///< Comes after the line behind it, or `hold_s` later if there is none.
    dropped,      ///< Never comes.
    flipped,      ///< One of its bits is another.
    nulled,       ///< One of its bytes is NUL: what a parity error becomes (INPCK).
    cut,          ///< Loses some bytes in a row.
    ended_short,  ///< Loses its terminator: two lines become one.
    junk,         ///< Random bytes stand before it.
    stray,        ///< A whole line that nobody asked for stands before it.
};
inline constexpr std::size_t hurts = 12;
[[nodiscard]] std::string_view to_word(Hurt hurt);

/// Probabilities, one a kind.
class Rates {
  public:
    Rates() = default;
    Rates& with(Hurt hurt, double probability);
    [[nodiscard]] double of(Hurt hurt) const { return rates_[static_cast<std::size_t>(hurt)]; }

  private:
    std::array<double, hurts> rates_{};
};

/// What may happen to the whole connection.
enum class Break : std::uint8_t {
    hang_up,       ///< Both ends are closed; connections are refused for `seconds`.
    half_close,    ///< TCP: the host reads the end, what it sends still passes. Else: hang_up.
    half_open,     ///< Nothing passes for `seconds` and nobody says so; it is lost.
    wrong_device,  ///< Hang-up; another unit answers the next connection.
};
[[nodiscard]] std::string_view to_word(Break kind);

/// After so many lines to the host, counted over all connections.
struct Breakage {
    Breakage(std::uint64_t after, Break what, double how_long_s)
        : after_lines(after), kind(what), seconds(how_long_s) {}
    std::uint64_t after_lines;
    Break kind;
    double seconds;
};

struct ChaosPlan {
    ChaosPlan() = default;
    std::string name = "calm";
    std::uint64_t seed = 1;
    Rates to_host;
    Rates to_device;
    double delay_s = 0.005;
    double late_from_s = 1.5;
    double late_to_s = 4.0;
    double hold_s = 0.02;
    std::string stray = "what nobody asked for\r\n";
    std::string terminator = "\n";                  ///< Empty: each chunk, as it comes, is a frame.
    std::optional<std::string> command_terminator;  ///< Towards the device; none: the same.

    [[nodiscard]] const std::string& end_of_line(bool is_to_host) const {
        return is_to_host || !command_terminator ? terminator : *command_terminator;
    }
    std::vector<Breakage> breakages;
};

/// What was done, and the last of it in words.
class ChaosReport {
  public:
    void count(Hurt hurt, bool to_host, std::uint64_t line);
    void count(Break kind, std::uint64_t after_lines);
    [[nodiscard]] std::uint64_t of(Hurt hurt) const;
    [[nodiscard]] std::uint64_t of(Break kind) const;
    [[nodiscard]] std::uint64_t total() const { return total_; }
    /// "bytes, seed 5: split 12, late 3; last: line 40 to the host flipped …".
    [[nodiscard]] std::string text(const ChaosPlan& plan) const;

  private:
    void note(std::string what);
    std::array<std::uint64_t, hurts> hurts_{};
    std::array<std::uint64_t, 4> breaks_{};
    std::uint64_t total_ = 0;
    std::deque<std::string> last_;
};

/// One way of the line: bytes in, portions out when they are due.
class ChaosWay {
  public:
    /// `plan` and `report` outlive it.
    ChaosWay(const ChaosPlan& plan, bool to_host, ChaosReport& report);

    void take(std::string_view bytes, SteadyTime now);
    /// As they are, behind what is held up.
    void pass_on(std::string_view bytes, SteadyTime now);
    /// When release() has something next; nothing while it is empty.
    [[nodiscard]] std::optional<SteadyTime> next_release() const;
    /// The next portion that is due, to be written by itself; empty: none is.
    [[nodiscard]] std::string release(SteadyTime now);
    /// All that is left, without waiting: the other end is gone.
    void hurry();
    /// A new connection; the count of lines, and with it the dice, go on.
    void clear();
    [[nodiscard]] std::uint64_t lines() const { return lines_; }

  private:
    struct Portion {
        Portion(std::string what, SteadyTime when) : bytes(std::move(what)), due(when) {}
        std::string bytes;
        SteadyTime due;
    };

    [[nodiscard]] bool happens(Hurt hurt);
    [[nodiscard]] std::uint64_t below(std::uint64_t bound);
    [[nodiscard]] double between(double low, double high);
    void pass(std::string line, SteadyTime now);
    void spoil(std::string& line);
    void emit(std::string line, SteadyTime due, bool in_pieces);
    void put(std::string bytes, SteadyTime due);

    const ChaosPlan& plan_;
    const Rates& rates_;
    const std::string& end_of_line_;
    bool to_host_;
    ChaosReport& report_;
    std::mt19937_64 dice_;
    std::uint64_t lines_ = 0;
    std::string partial_;
    std::deque<Portion> queue_;
    std::optional<Portion> held_;  ///< Waits for a line to overtake it.
};

}  // namespace relaxd::test::kit
