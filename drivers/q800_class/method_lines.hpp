// SPDX-License-Identifier: MIT
//
// A method as the instrument's lines (docs/protocols/q800_class.md section 3), and the limits that
// refuse it before any byte is sent.
//
// Pure: values in, text out. SI units. Repeats and increments are unrolled by method::expand, so a
// segment's number here is the number of its `segment` line.

#pragma once

#include "drivers/q800_class/clamps.hpp"
#include "schema/base/result.hpp"
#include "schema/method/method.hpp"
#include "schema/record/records.hpp"

#include <string>
#include <vector>

namespace relaxd::drivers::q800_class {

/// Limits of the Q800 (vendor's brochure; section 3).
struct Limits {
    double force_N = 18.0;
    double lowest_force_N = 1e-4;
    double lowest_frequency_Hz = 0.01;
    double highest_frequency_Hz = 200.0;
    double lowest_temperature_K = 123.15;
    double highest_temperature_K = 873.15;
    double fastest_heating_K_per_s = 20.0 / 60.0;
    double fastest_cooling_K_per_s = 10.0 / 60.0;
    double smallest_amplitude_m = 0.5e-6;
    double largest_amplitude_m = 1e-2;
};

/// Nothing if the instrument can execute it (limits.cpp). Dimensions of the specimen may be
/// unknown: what hangs on them is then the instrument's to check. Errors: `refused`, naming
/// sentence or key, value and bound. The force of a strain needs a modulus that nobody knows yet,
/// so it is not checked.
[[nodiscard]] Result<void> check_limits(
    const method::Method& method, const record::Specimen& specimen, const Limits& limits = {}
);

/// What `method line K …` carries, in order, and how many of it are segments.
struct MethodLines {
    std::vector<std::string> lines;
    std::size_t segments = 0;
    MethodLines() = default;
};

/// The lines of a method that check_limits() accepted. A dimension that the specimen lacks is `-`:
/// the one set at the instrument counts (section 3). `columns`: further ones to ask for (4.4).
[[nodiscard]] Result<MethodLines> method_lines(
    const method::Method& method,
    const record::Specimen& specimen,
    const std::vector<std::string>& columns = {}
);

/// The method's clamp, else the specimen's; may be empty.
[[nodiscard]] std::string clamp_of(const method::Method& method, const record::Specimen& specimen);

/// The dynamic force at which the static one that belongs to it (3.1: preload, force_track and
/// their defaults) leaves nothing of the greatest force.
[[nodiscard]] double greatest_dynamic_force_N(
    const method::Method& method, const std::string& clamp, double force_N
);

}  // namespace relaxd::drivers::q800_class
