// SPDX-License-Identifier: MIT
//
// What has been shown of each driver, and where: the two meanings of "proven" (CONTRACT.md in
// drivers/api). Runs on the real hardware are Instrument::proven(); the conformance kit
// (tests/conformance) stands on simulated instruments and comes before.

#pragma once

#include <string_view>

namespace relaxd::drivers {

struct Proof {
    std::string_view driver;
    bool passes_kit = false;  ///< It is a subject of the conformance kit, which the build runs.
    std::string_view words;   ///< What was shown, and on what.
};

/// Of a driver that is not known: that nothing was shown. The kit checks what is said here of it.
[[nodiscard]] Proof proof_of(std::string_view driver);

}  // namespace relaxd::drivers
