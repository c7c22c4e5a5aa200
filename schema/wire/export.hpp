// SPDX-License-Identifier: MIT
//
// A stored run as one JSON document: what `relaxctl export --format json` and the API's export
// route write. Pure: records in, object out.

#pragma once

#include "schema/wire/wire.hpp"

#include <span>

namespace relaxd::wire {

/// {"simulated":0|1,"run","specimen","segments":[…],"points":[…],"gaps":[…],"estimates":[…],
/// "events":[…]}, objects with the columns of CONTRACT 6, every list in seq order.
[[nodiscard]] json::object export_json(
    const record::Run& run,
    const record::Specimen& specimen,
    std::span<const record::Segment> segments,
    std::span<const record::Row> rows
);

}  // namespace relaxd::wire
