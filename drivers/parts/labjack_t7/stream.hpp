// SPDX-License-Identifier: MIT
//
// Replies of STREAM_DATA_CR become blocks of whole scans, in the order taken, with what the device
// lost in its place. Pure: bytes in, blocks out; clocks are those of the reply.

#pragma once

#include "drivers/api/digitiser.hpp"
#include "drivers/link/exchange.hpp"
#include "drivers/parts/labjack_t7/protocol.hpp"
#include "schema/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace relaxd::drivers::parts::labjack_t7 {

inline constexpr std::uint32_t stream_buffer_bytes = 32768;  ///< The most that a T7 has.
inline constexpr double most_samples_per_s = 100e3;
/// 10 MHz / 2^16 clocks the slowest scans at 1 us; with ticks of 1 ms it is 1000 times slower.
inline constexpr double slowest_scans_per_s = 1.0 / 65.536;

class StreamDecoder {
  public:
    explicit StreamDecoder(std::size_t inputs) : inputs_(inputs) {}

    /// One reply. `corrupt`: the stream is broken, or has lost scans that cannot be counted.
    [[nodiscard]] Result<void> take(const link::Answer& answer);
    /// The next block.
    [[nodiscard]] std::optional<SampleBlock> next();
    /// The device had nothing more after the last reply.
    [[nodiscard]] bool is_drained() const { return is_drained_; }
    /// The newest scan received; empty: none yet.
    [[nodiscard]] const std::vector<std::int32_t>& newest() const { return newest_; }

  private:
    [[nodiscard]] Result<void> take_scans(const link::Answer& answer, std::uint64_t lost);
    void put(SampleBlock& block, const link::Answer& answer);

    std::size_t inputs_;
    std::uint64_t scans_ = 0;          ///< Told of so far, lost ones included.
    std::vector<std::uint16_t> rest_;  ///< The beginning of a scan whose end has not come.
    std::deque<SampleBlock> blocks_;
    std::vector<std::int32_t> newest_;
    std::uint64_t backlog_samples_ = 0;
    bool is_drained_ = true;
};

}  // namespace relaxd::drivers::parts::labjack_t7
