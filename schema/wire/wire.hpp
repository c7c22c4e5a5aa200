// SPDX-License-Identifier: MIT
//
// The API's JSON (CONTRACT 4, 5, 6): records in, Boost.JSON objects out, and back for clients.
//
// Column names are exactly those of the views; unknown numbers are null, never NaN. Boost.JSON is
// compiled once, in boost_json.cpp of this folder; whoever wants JSON links relaxd_wire.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"
#include "schema/record/records.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace relaxd::wire {

namespace json = boost::json;

/// A finite number, or null.
[[nodiscard]] json::value number(double value);

// Objects with the columns of CONTRACT 6 (v_run, v_point, …; fits: v_fit). Points have every
// measured column.
[[nodiscard]] json::object to_json(const record::Run& run);
[[nodiscard]] json::object to_json(std::int64_t run_id, const record::Point& point);
[[nodiscard]] json::object to_json(std::int64_t run_id, const record::Gap& gap);
[[nodiscard]] json::object to_json(std::int64_t run_id, const record::Event& event);
[[nodiscard]] json::object to_json(std::int64_t run_id, const record::Estimate& estimate);
[[nodiscard]] json::object to_json(std::int64_t run_id, const record::FitInputs& inputs);
[[nodiscard]] json::object to_json(std::int64_t run_id, const record::Segment& segment);
[[nodiscard]] json::object to_json(const record::Instrument& instrument);
[[nodiscard]] json::object to_json(std::int64_t run_id, const record::Specimen& specimen);

/// {"type":"point|gap|estimate|state|event","run_id","seq","time_utc","data":{row}} (CONTRACT 5).
[[nodiscard]] json::object to_message(std::int64_t run_id, const record::Row& row);

/// {"error":{"code","message","where","hint"}}; the code may be given (e.g. "lease_held").
[[nodiscard]] json::object to_json(const Error& error, std::string_view code = {});

/// The result JSON of CONTRACT 4. `data_sha256`, `code_version` are the caller's.
[[nodiscard]] json::object to_json(
    const record::FitResult& result, std::string_view code_version, std::string_view data_sha256
);

/// A specimen from the `specimen` object of POST /runs or a specimen file: known keys typed and
/// checked (positive lengths, composition sum 100 ± 0.5, form, state words), others kept as extra.
[[nodiscard]] Result<record::Specimen> specimen_from_json(const json::value& value);

/// Parses with depth ≤ 32, doubles to the last bit; the error names line and column of `source`.
[[nodiscard]] Result<json::value> parse(std::string_view text, std::string_view source);

}  // namespace relaxd::wire
