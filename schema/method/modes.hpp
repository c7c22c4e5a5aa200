// SPDX-License-Identifier: MIT
//
// The modes by name and by group, for the parser: which key and which sentence belongs where
// (docs/protocols/q800_class.md 3.2 for those of the analyser).

#pragma once

#include "schema/method/method.hpp"

#include <array>
#include <string>
#include <string_view>

namespace relaxd::method {

inline constexpr std::array<std::string_view, 12> mode_words{
    "multi-frequency-strain",
    "multi-strain",
    "creep",
    "stress-relaxation",
    "controlled-force",
    "strain-rate",
    "isostrain",
    "frequency-sweep",
    "aging",
    "torsion-forced",
    "torsion-free-decay",
    "torsion-creep",
};
inline constexpr std::array<std::string_view, 2> reference_words{"initial", "current"};

[[nodiscard]] bool is_torsion(Mode mode);
/// A static mode of the analyser: no frequency, no amplitude.
[[nodiscard]] bool is_static(Mode mode);
/// The modes that execute a sentence of this kind, for a hint: "use mode 'creep'".
[[nodiscard]] std::string where_possible(SegmentKind kind);
/// Do readings come in such a segment of this method?
[[nodiscard]] bool has_readings(const Method& method, SegmentKind kind);

}  // namespace relaxd::method
