// SPDX-License-Identifier: MIT
//
// A part that samples voltages on its own clock, without a break, while the host does other things.
// Clauses P-1 … hold as for every part; a stream does not stand in the way of read() and set().

#pragma once

#include "drivers/api/part.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace relaxd::drivers {

struct StreamSettings {
    std::vector<std::string> inputs;  ///< The device's own names: "AIN0".
    double rate_Hz = 0.0;             ///< Scans a second: each input once.
    StreamSettings() = default;
};

/// What the device says of a running stream.
struct StreamInfo {
    double rate_Hz = record::unknown;  ///< As it is, read back.
    /// Of each input: volt = offset_V + volt_per_code · code; at low_V and high_V it is clipped.
    struct Input {
        std::string name;
        double volt_per_code = record::unknown;
        double offset_V = 0.0;
        double low_V = record::unknown;
        double high_V = record::unknown;
        Input() = default;
    };
    std::vector<Input> inputs;
    StreamInfo() = default;
};

/// Scans in the order taken.
struct SampleBlock {
    std::uint64_t first_scan = 0;  ///< Since start_stream(), from 0.
    std::uint64_t scans = 0;
    std::vector<std::int32_t> codes;  ///< scans x inputs, scan by scan; empty where is_lost.
    bool is_lost = false;             ///< The device lost these scans (its memory was full).
    /// Scans that the device had taken and still held when it sent this: the newest scan at
    /// `received_steady` was number first_scan + scans + waiting - 1.
    std::uint64_t waiting = 0;
    SteadyTime received_steady;  ///< Host clock at the last byte.
    UtcTime received_utc;        ///< Label only.
    SampleBlock() = default;
};

class Digitiser : public Part {
  public:
    /// Ends what streamed before; scans count from 0 again. `refused`: no such input, a rate it
    /// cannot do; before any byte. `unreachable`: not open. While it streams, read() tells of a
    /// streamed input what its newest received scan says, of another that it is `streaming`.
    [[nodiscard]] virtual Awaitable<Result<StreamInfo>> start_stream(StreamSettings settings) = 0;
    /// The next block, in order, none twice, lost scans in their place. Waits while there is none;
    /// ends with `unreachable` when the link is lost, `corrupt` when the stream broke (start it
    /// again; also after safe(), a reboot or a late reply), `cancelled` after stop_stream(),
    /// close() or when none streams, `busy` when another call waits already. Call it often enough:
    /// the samples wait in the device, which loses what does not fit.
    [[nodiscard]] virtual Awaitable<Result<SampleBlock>> next_block() = 0;
    /// Read back. Blocks that were not fetched are gone.
    [[nodiscard]] virtual Awaitable<Result<void>> stop_stream() = 0;
};

}  // namespace relaxd::drivers
