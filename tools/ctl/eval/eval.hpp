// SPDX-License-Identifier: MIT
//
// `relaxctl model eval` and `model list` (CONTRACT 3): every equation of the model library by name,
// JSON in, JSON out. Pure functions, safe from any thread.

#pragma once

#include "schema/base/result.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string_view>

namespace relaxd::ctl::eval {

/// One call or an array of calls as JSON text; as many answers, `{"outputs", "warnings"}` or
/// `{"error": {"code", "message", "input"}}` each. `Errc::invalid` only where the text is not JSON,
/// or neither an object nor an array; `source` names it in that error.
[[nodiscard]] Result<boost::json::array> evaluate(std::string_view text, std::string_view source);

/// The answer to one call.
[[nodiscard]] boost::json::object evaluate(const boost::json::value& call);

/// [{"name", "inputs", "optional", "outputs", "source"}]
[[nodiscard]] boost::json::array list_functions();

}  // namespace relaxd::ctl::eval
