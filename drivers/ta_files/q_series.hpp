// SPDX-License-Identifier: MIT
//
// The native file of TA's Q series ("Data.079", ".001"): UTF-16LE header, one byte, float32
// records, an end record, and the log of the segments that were executed. Nothing of it is
// published; the layout was read from real files (docs of the format: README.md of this folder).

#pragma once

#include "schema/base/result.hpp"
#include "schema/table/table.hpp"

#include <cstddef>
#include <string_view>

namespace relaxd::ta_files {

/// Reads the container's bytes. A file that was cut gives its whole records and a warning that says
/// how many; one cut inside the header is an error. Only a record whose first signal is -100 ends
/// the records; rows with negative time are kept with flag `marker`.
[[nodiscard]] Result<table::Table> read_q_series(std::string_view bytes, std::string_view source);

/// Where the container's body (u8 signal count, records) begins; npos while the header does not
/// end.
[[nodiscard]] std::size_t q_series_body(std::string_view bytes);

/// The kind byte that ends the segment log of a run, also of an aborted one.
inline constexpr int kind_end_of_run = 13;

/// Whether the bytes hold, from `at` on, a segment log with the end of the run.
[[nodiscard]] bool has_end_of_run(std::string_view bytes, std::size_t at);

/// Whether the bytes begin like such a file (and not like its text export).
[[nodiscard]] bool is_q_series(std::string_view bytes);

}  // namespace relaxd::ta_files
