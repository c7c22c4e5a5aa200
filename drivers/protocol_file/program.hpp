// SPDX-License-Identifier: MIT
//
// A method as the host executes it with a device that only knows set points: steps with their
// sampling, repeats unrolled. Pure. Errors are `refused` and name segment, sentence, value, bound.

#pragma once

#include "schema/method/method.hpp"
#include "schema/protocol/description.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace relaxd::drivers::protocol_file {

enum class StepKind : std::uint8_t { equilibrate, isothermal, ramp, jump };

struct Step {
    StepKind kind = StepKind::isothermal;
    int segment = 0;  ///< Executed segment, from 1.
    double temperature_K = 0.0;
    double rate_K_per_s = 0.0;
    double duration_s = 0.0;
    double interval_s = 1.0;    ///< Of readings.
    int points_per_decade = 0;  ///< > 0: at start_s · 10^(k/n) instead, in isothermal.
    double start_s = 0.0;
    bool stores = true;

    /// When reading k = 0, 1 … of this step is due, seconds after its start.
    [[nodiscard]] double due_s(int k) const;
};

struct Program {
    std::vector<Step> steps;
    std::optional<double> frequency_Hz;  ///< That the device is set to before the start.
};

[[nodiscard]] Result<Program> program_of(
    const protocol::Description& description, const method::Method& method
);

}  // namespace relaxd::drivers::protocol_file
