// SPDX-License-Identifier: MIT
//
// The readings of a run that the host itself executes, kept until they are acknowledged, so that
// they can be had again (CONTRACT I-2, I-5, I-10). Pure.

#pragma once

#include "drivers/api/instrument.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace relaxd::drivers::protocol_file {

class Kept {
  public:
    /// Forgets everything; numbers begin at 1.
    void begin();
    /// Takes the next number.
    void add(record::Reading reading);
    /// So many that were due and not taken.
    void miss(
        std::uint64_t count, double from_time_s, double to_time_s, std::string cause, UtcTime utc
    );
    /// Comes after all that was added before.
    void tell(StateChange change);
    void fetch_from(std::uint64_t first_number) { next_ = first_number == 0 ? 1 : first_number; }
    /// Nothing is delivered until fetch_from().
    void hold_back() { next_ = 0; }
    void acknowledge(std::uint64_t number);
    [[nodiscard]] std::optional<Delivery> take();

    [[nodiscard]] std::uint64_t last_number() const { return last_; }
    [[nodiscard]] std::uint64_t first_kept() const { return entries_.empty() ? 0 : first_; }
    [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

  private:
    using Entry = std::variant<record::Reading, record::Gap>;
    void put(Entry entry);
    void forget_front();
    [[nodiscard]] Delivery take_gap(record::Gap gap);

    std::deque<Entry> entries_;  ///< One a number, `first_` onwards.
    std::deque<std::pair<std::uint64_t, StateChange>> changes_;  ///< After this number.
    std::uint64_t first_ = 1;
    std::uint64_t last_ = 0;
    std::uint64_t next_ = 0;
    std::uint64_t forgotten_ = 0;  ///< Unacknowledged ones that there was no room for.
    std::uint64_t acknowledged_ = 0;
};

}  // namespace relaxd::drivers::protocol_file
