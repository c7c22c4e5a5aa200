// SPDX-License-Identifier: MIT
//
// A subject of the part suite from a description file (docs/drivers.md, "An instrument of your
// own"): whoever describes a device proves the driver with it, without a line of code.
#pragma once

#include "tests/conformance/kit/part_subject.hpp"

#include <string>

namespace relaxd::test::kit {

/// The first number that is not a set point is polled, the first set point is set; late replies are
/// up to four times the file's reply_ms, so its worst_latency_ms is widened to that. Throws
/// std::invalid_argument where the file is wrong, or lacks one of the two.
[[nodiscard]] PartSubject described_subject(const std::string& file);

}  // namespace relaxd::test::kit
