// SPDX-License-Identifier: MIT
//
// What the daemon gives out of a stored run: one object, or a list page by page. A part that cannot
// be had is an error, never a shorter list.

#pragma once

#include "tools/ctl/verb.hpp"

#include <functional>
#include <string>

namespace relaxd::ctl {

/// /api/v1/runs/ID
[[nodiscard]] std::string route_of_run(const std::string& id);

/// The JSON object at `target`. Errors: that of the connection, the daemon's own, `corrupt` where
/// the answer is no object.
[[nodiscard]] Result<json::value> object_at(const Globals& globals, const std::string& target);

struct List {
    std::string route;                 ///< e.g. /api/v1/runs/7/points
    std::string name;                  ///< Of the member that holds the objects.
    std::string cursor = "after_seq";  ///< The parameter that a page begins after.
};

/// Takes one object; false = no more are wanted.
using TakeRow = std::function<Result<bool>(const json::value& row)>;

/// Gives the list's objects to `take`, in order. Errors as `object_at`, and those of `take`.
[[nodiscard]] Result<void> read_list(const Globals& globals, const List& list, const TakeRow& take);

}  // namespace relaxd::ctl
