// SPDX-License-Identifier: MIT
//
// CSV of CONTRACT 2, in and out: `# key: value` lines, one header row, SI columns, empty = unknown.
//
// Pure: text in, values out. `ta_files` importers deliver the same `Table`, so that import, fit and
// export know one shape.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"
#include "schema/record/records.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::table {

/// One step of an imported file or one segment of a run.
struct Step {
    int segment = 1;
    std::string text;  ///< The step's name or the method's sentence.
    UtcTime started_utc;
    UtcTime ended_utc;
};

/// Rows from a file, before they belong to a run.
struct Table {
    std::map<std::string, std::string> keys;  ///< `# key: value` lines or header facts.
    std::vector<std::string> columns;         ///< Column names as found, in order.
    std::vector<Step> steps;                  ///< At least one.
    std::vector<record::Reading> rows;        ///< number 1…n; segment set.
    std::vector<std::string> warnings;        ///< One sentence each.
    std::string format;                       ///< "csv", "ta-q-series", "ta-text", "trios-lims" …
};

/// Reads CSV text. Errors name `source`, line and column. Unknown columns of numbers are kept as
/// `extra`, unknown columns of text are left out with a warning. A row without time has time_s NaN.
/// A key gives the value of a missing column (stress_Pa, temperature_K …); with `load_time_s` the
/// stress of the key ends after it. An empty `segment` cell continues the segment of the row
/// before. Without a `segment` column, or with an empty one, a new isotherm (segment) starts where
/// the temperature leaves ±0.5 K of its first row, if every row has a frequency, most isotherms
/// have at least 3 distinct frequencies, and temperature jumps more between them than it drifts
/// within; so a ramp stays one segment.
[[nodiscard]] Result<Table> read_csv(std::string_view text, std::string_view source);

/// Writes the columns that hold at least one value, time_s and segment first; `keys` as # lines.
[[nodiscard]] std::string write_csv(const Table& table);

/// The rows that a dynamic fit can use: temperature, frequency (or omega), E' and E'' (or tan
/// delta); shear moduli, marked `is_shear`, where a row has no tensile ones. Rows with negative
/// time (marker rows) are left out. `seq` is the reading's number; an unknown time is 0; `input` is
/// the caller's.
[[nodiscard]] std::vector<record::DynamicPoint> dynamic_points(
    const std::vector<record::Reading>& rows
);

/// Appends the rows of one more input for the fits of tests in time and of master data; its rows
/// and segments are numbered after those before. Strain, stress and compliance are those of shear
/// where a row has no tensile ones; omega comes from the frequency, tan delta from the moduli, a
/// relaxation modulus from stress and strain, where they are missing. Keys strain_rate_per_s,
/// load_time_s, stress_Pa, stress (engineering or true), specimen_length_m and the cross-section
/// (specimen_width_m times specimen_thickness_m, else specimen_area_m2) go into `inputs`; a column
/// strain_rate_per_s with several values makes an input of each. Where rows without load precede
/// those with, times count from the load. Unknown times stay NaN, but those of stress against
/// strain at a stated rate follow from the path.
void add_series(record::SeriesData& data, const Table& table, const std::string& name);

}  // namespace relaxd::table
