// SPDX-License-Identifier: MIT
//
// Dimensions that nobody gave and the instrument supplied: moduli depend on them, so the record
// says which they were and that they were not measured. Pure. SI.

#pragma once

#include "drivers/api/instrument.hpp"
#include "schema/record/records.hpp"

#include <optional>
#include <string>

namespace relaxd::daemon {

/// Code of the event.
inline constexpr const char* geometry_event_code = "GEOMETRY_FROM_INSTRUMENT";

struct GeometryNote {
    std::string message;
    std::string detail;  ///< The whole geometry in force as `key=value`, `-` where unknown.
};

/// Nothing if the specimen has all four dimensions.
[[nodiscard]] std::optional<GeometryNote> geometry_note(
    const record::Specimen& specimen, const drivers::Geometry& in_force
);

}  // namespace relaxd::daemon
