// SPDX-License-Identifier: MIT
//
// expand() for the parser: an error that says which segment it came from.

#pragma once

#include "schema/method/method.hpp"

#include <vector>

namespace relaxd::method {

struct ExpandError {
    int index = 0;  ///< From 0, into Method::segments.
    Error error;    ///< Without `where`.
};

[[nodiscard]] Result<std::vector<Executed>, ExpandError> expand_or_index(const Method& method);

}  // namespace relaxd::method
