// SPDX-License-Identifier: MIT
//
// What `fit` and its relatives read: files of any known format and stored runs, joined into one set
// of data, with what the inputs say of the specimen.

#pragma once

#include "schema/base/result.hpp"
#include "schema/method/series_watch.hpp"
#include "schema/record/fit.hpp"
#include "schema/record/geometry_error.hpp"
#include "schema/table/table.hpp"
#include "tools/ctl/fit_models.hpp"
#include "tools/ctl/verb.hpp"

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace relaxd::ctl {

/// One input as read, and the bytes it was read from.
struct FitInput {
    std::string name;  ///< As given: a file, or run:ID.
    bool is_run = false;
    std::string bytes;
    table::Table table;
    double T_max_K = record::unknown;       ///< The mask of the run's own fits.
    record::SystematicErrors systematic;    ///< Of a run's dimensions and thermocouple.
    std::set<int> not_stationary;           ///< Isotherms that the run's own fits left out.
    std::vector<record::Point> points;      ///< Of a run whose method has tests in time, else none.
    std::vector<method::SeriesTest> tests;  ///< These tests.
    std::vector<int> segments;              ///< Only these, where asked for; empty = all.

    /// The value of a `# key` line; empty if there is none.
    [[nodiscard]] std::string key(const char* name) const;
    [[nodiscard]] double number_key(const char* name) const;
    [[nodiscard]] bool is_simulated() const;
};

/// All inputs as one set of data.
struct FitData {
    std::vector<record::DynamicPoint> points;
    record::SeriesData series;
    std::string sha256;  ///< Of the inputs' bytes, in order.
    std::vector<std::string> warnings;
    double T_g_K = record::unknown;
    double T_max_K = record::unknown;
    double poisson_ratio = record::unknown;  ///< Of the first input that says it.
    std::string form;
    bool simulated = false;               ///< Any of the inputs.
    std::vector<std::string> names;       ///< Of the inputs of `points`, by their number.
    record::SystematicErrors systematic;  ///< The largest of the inputs'.
};

/// Reads one input. `exit_code` is set to what an error means: a missing run is not a missing file.
[[nodiscard]] Result<FitInput> read_input(
    const Globals& globals, const std::string& input, int& exit_code
);

/// What a run's method says of its tests in time, with the run's readings. `numbers` are those of
/// its readings in order; a run that goes on may have more by now than were read before. Error
/// `unreachable` where there are fewer: without them a test would be timed from the run's start.
[[nodiscard]] Result<void> take_tests(
    FitInput& input, const std::string& method, std::span<const std::uint64_t> numbers
);

/// Keeps the rows of these segments (of a run's tests in time: the tests that have them), and the
/// one before them: it says what was without load. Error `invalid` where nothing is left.
[[nodiscard]] Result<void> keep_segments(FitInput& input, const std::vector<int>& segments);

/// Joins inputs for one model; inputs are numbered in order. An input without a row that the model
/// can use is left out with a warning.
[[nodiscard]] FitData join(const std::vector<FitInput>& inputs, const FitModel& model);

/// In what the specimens of the inputs are known to differ, as a sentence; empty if in nothing.
[[nodiscard]] std::string state_change(const std::vector<FitInput>& inputs);

}  // namespace relaxd::ctl
