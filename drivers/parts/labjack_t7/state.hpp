// SPDX-License-Identifier: MIT
//
// What a LabJackT7 and its coroutines share. Internal to drivers/parts/labjack_t7.

#pragma once

#include "drivers/link/signal.hpp"
#include "drivers/parts/labjack_t7/labjack_t7.hpp"
#include "drivers/parts/labjack_t7/stream.hpp"
#include "drivers/parts/polled/polled_part.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::drivers::parts::labjack_t7 {

struct LabJackT7::State {
    State(
        const boost::asio::any_io_executor& executor,
        std::unique_ptr<link::Opener> opener,
        link::Timing& host_timing,
        std::unique_ptr<T7Dialect> spoken,
        std::string serial_number
    );

    T7Dialect* dialect;  ///< Owned by `part`.
    PolledPart part;
    link::Timing& timing;
    link::Signal wake;  ///< For next_block() that waits for samples.

    std::uint64_t stream = 0;     ///< Streams begun or ended so far.
    bool is_streaming = false;    ///< `decoder` and `info` belong to what streams.
    bool is_fetching = false;     ///< A next_block() is under way.
    std::optional<Error> broken;  ///< Why the last stream ended by itself.
    StreamInfo info;
    std::vector<std::size_t> inputs;  ///< AIN numbers of the scan list.
    StreamDecoder decoder{1};
    SteadyTime not_before;    ///< The device has nothing to fetch until about then.
    link::Answer last_reply;  ///< Of the newest scan.

    /// No stream from now on; whoever waits for its blocks is told.
    void end_stream();
    /// The same, because of this.
    void break_stream(std::string why);
};

using StatePtr = std::shared_ptr<LabJackT7::State>;

[[nodiscard]] Awaitable<Result<StreamInfo>> run_start(StatePtr state, StreamSettings wanted);
[[nodiscard]] Awaitable<Result<SampleBlock>> run_next(StatePtr state);
[[nodiscard]] Awaitable<Result<void>> run_stop(StatePtr state);

}  // namespace relaxd::drivers::parts::labjack_t7
