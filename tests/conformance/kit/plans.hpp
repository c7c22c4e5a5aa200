// SPDX-License-Identifier: MIT
//
// The plans of chaos that the suites use, for what a protocol can find out.
#pragma once

#include "tests/conformance/kit/chaos.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::test::kit {

/// What a protocol can find out about a bad line by itself. Without a checksum a flipped bit may
/// make another valid number, so then bytes become NUL (a parity error) or a line loses its end;
/// without tags or numbers in the replies nothing is reordered.
struct Detects {
    bool checksum = false;
    bool tags = false;
    std::string terminator = "\n";
    std::optional<std::string> command_terminator;  ///< None: the same.
    bool serial = true;      ///< Its identity tells it from another of its kind.
    bool is_intact = false;  ///< It rests on TCP's own checksum (Modbus/TCP): no byte is altered.
};

/// All of the suite, by name: "split", "delayed", "late", "duplicated", "reordered", "dropped",
/// "corrupt", "unasked", "half-close", "half-open", "hang-up", "everything".
[[nodiscard]] const std::vector<std::string>& plan_names();

/// `reply` is the driver's deadline: late is 1.5 to 4 times that.
[[nodiscard]] ChaosPlan plan_for(
    const std::string& name, const Detects& detects, std::chrono::milliseconds reply
);

/// The seed of all plans: RELAXD_CHAOS_SEED, or 1.
[[nodiscard]] std::uint64_t chaos_seed();

}  // namespace relaxd::test::kit
