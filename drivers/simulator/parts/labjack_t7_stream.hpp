// SPDX-License-Identifier: MIT
//
// The stream memory of a simulated LabJack T7: 16-bit codes in the order taken, and what becomes of
// scans that find it full ("auto-recovery"): they are counted, and once the memory is empty again
// one scan of 0xFFFF marks their place.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace relaxd::simulator {

/// What one read of STREAM_DATA_CR brings.
struct LabJackT7Samples {
    std::vector<std::uint16_t> codes;
    std::uint64_t backlog = 0;  ///< Samples left.
    std::uint16_t status = 0;
    std::uint16_t info = 0;
    LabJackT7Samples() = default;
};

class LabJackT7Stream {
  public:
    /// `capacity` in samples.
    void start(std::size_t inputs, std::size_t capacity);
    void stop();
    [[nodiscard]] bool is_on() const { return is_on_; }
    /// Room for less than one scan.
    [[nodiscard]] bool is_full() const { return codes_.size() + inputs_ > capacity_; }
    /// Without `may_lose` it takes more than it has room for: of one who holds the clock.
    void put(const std::vector<std::uint16_t>& scan, bool may_lose);
    [[nodiscard]] LabJackT7Samples take(std::size_t most);
    [[nodiscard]] std::uint64_t lost() const { return lost_; }

  private:
    bool is_on_ = false;
    std::size_t inputs_ = 1;
    std::size_t capacity_ = 0;
    std::deque<std::uint16_t> codes_;
    bool is_recovering_ = false;
    std::uint64_t skipped_ = 0;  ///< In the recovery under way.
    std::uint64_t lost_ = 0;     ///< In all.
    std::uint64_t marked_ = 0;   ///< Scans that the mark at the front stands for; 0: no mark.
    bool is_broken_ = false;     ///< More were skipped than 16 bits can count.
};

}  // namespace relaxd::simulator
