// SPDX-License-Identifier: MIT
//
// Puts readings in order: holes in NUMBER are found, asked for again, and only what is gone becomes
// a gap (docs/protocols/q800_class.md 4.3; CONTRACT.md I-2, I-10).
//
// Pure: no I/O, no clock of its own. Nothing is delivered before restart_at() has said where to
// begin. Memory is bounded: `capacity` ready deliveries and `ahead_capacity` readings that wait for
// a hole. A reading that finds no room is forgotten on purpose and asked for again when there is
// room, for the instrument keeps it; so a consumer that is slow costs time and no reading, and
// replies still flow.

#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/q800_class/protocol.hpp"
#include "schema/record/records.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace relaxd::drivers::q800_class {

/// The API's word for a state of the wire; `unknown` for a word that is not in the document.
[[nodiscard]] State state_from(std::string_view word);

class Sequencer {
  public:
    static constexpr std::size_t capacity = 4096;
    static constexpr std::size_t ahead_capacity = 4096;
    static constexpr std::size_t held_capacity = 256;
    static constexpr int patience = 8;  ///< Fruitless resends after which a reading is unreadable.

    struct Range {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        Range() = default;
        Range(std::uint64_t a, std::uint64_t b) : first(a), last(b) {}
    };

    /// Forgets everything, delivers nothing until restart_at().
    void reset();

    /// Reading `first` is the next to deliver; readings known so far are forgotten. `token` is the
    /// run's: state lines of other runs say nothing about holes. `fresh`: the run begins now, so
    /// every state line before belongs to what was.
    void restart_at(std::uint64_t first, std::string token, bool fresh);
    [[nodiscard]] bool is_anchored() const { return expected_ != 0; }
    [[nodiscard]] std::uint64_t expected() const { return expected_; }
    /// Changes with each restart: an answer to a question from before says nothing any more.
    [[nodiscard]] std::uint64_t generation() const { return generation_; }

    void on_reading(record::Reading reading);
    void on_state(const StateLine& line);
    /// `status` says that readings up to `number` exist.
    void on_newest(std::uint64_t number);

    /// The hole to ask for next; nothing while there is none or no room for what would come.
    [[nodiscard]] std::optional<Range> wanted() const;

    /// The answer to `resend asked`, after its readings: it delivered first … last (0: none left).
    void on_resent(Range asked, std::uint64_t first, std::uint64_t last);
    /// The instrument refuses to resend: what was asked for is gone, with this cause.
    void on_refused(Range asked, std::string cause);

    /// The next delivery in order, or nothing yet.
    [[nodiscard]] std::optional<Delivery> take();

    [[nodiscard]] bool has_delivery() const {
        return !ready_.empty() || (!is_anchored() && !held_.empty());
    }
    [[nodiscard]] std::size_t ready() const { return ready_.size(); }
    /// Readings that came although they were delivered already.
    [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }

  private:
    void give_up(std::uint64_t up_to, const std::string& cause);
    void advance();
    void push_states_before(std::uint64_t number);
    void push_gap(double to_time_s);
    void push_reading(record::Reading reading);

    std::deque<Delivery> ready_;
    std::map<std::uint64_t, record::Reading> ahead_;
    std::deque<StateLine> held_;
    std::optional<record::Gap> gap_;  ///< Found; delivered when the time of its end is known.
    std::uint64_t expected_ = 0;      ///< Next number to deliver; 0 = not anchored.
    std::uint64_t newest_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t asked_first_ = 0;
    std::uint64_t generation_ = 0;
    int fruitless_ = 0;
    double last_time_s_ = record::unknown;
    std::string token_;
};

}  // namespace relaxd::drivers::q800_class
