// SPDX-License-Identifier: MIT
//
// The readings of a run, kept until they are acknowledged so that they can be had again (CONTRACT
// I-2, I-5, I-10). Waveforms are large: what is kept is bounded in bytes. Pure.

#pragma once

#include "drivers/api/instrument.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

class Kept {
  public:
    explicit Kept(std::size_t bytes_max = std::size_t{64} << 20U) : bytes_max_(bytes_max) {}

    /// Forgets everything; numbers begin at 1.
    void begin();
    /// Takes the next number.
    void add(record::Reading reading);
    /// Comes after all that was added before.
    void tell(StateChange change);
    void fetch_from(std::uint64_t first_number) { next_ = first_number == 0 ? 1 : first_number; }
    /// Nothing is delivered until fetch_from().
    void hold_back() { next_ = 0; }
    void acknowledge(std::uint64_t number);
    [[nodiscard]] std::optional<Delivery> take();

    [[nodiscard]] std::uint64_t last_number() const { return last_; }
    [[nodiscard]] std::uint64_t first_kept() const { return entries_.empty() ? 0 : first_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    void forget_front();

    std::deque<record::Reading> entries_;  ///< One a number, `first_` onwards.
    std::deque<std::pair<std::uint64_t, StateChange>> changes_;  ///< After this number.
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::uint64_t first_ = 1;
    std::uint64_t last_ = 0;
    std::uint64_t next_ = 0;
    std::uint64_t acknowledged_ = 0;
};

}  // namespace relaxd::drivers::torsion_pendulum
