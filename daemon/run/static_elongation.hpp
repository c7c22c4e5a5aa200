// SPDX-License-Identifier: MIT
//
// Does an oscillating specimen become longer or shorter than the length that its strain and modulus
// refer to? Told once a run. Pure. Metres.

#pragma once

#include "schema/method/method.hpp"
#include "schema/record/records.hpp"

#include <optional>
#include <vector>

namespace relaxd::daemon {

/// Code of the event.
inline constexpr const char* static_elongation_code = "STATIC_ELONGATION";

class StaticElongation {
  public:
    /// Watches modes that oscillate in clamps tension (reference: the gauge length) and compression
    /// (the height, `thickness_m`). What a `Measure length` finds is the reference from then on;
    /// where nobody knows one, the run's first length is.
    StaticElongation(
        const method::Method& method,
        const std::vector<method::Executed>& executed,
        const record::Specimen& specimen
    );

    /// A reading, in order. The event's text at the first one beyond the alarm.
    [[nodiscard]] std::optional<record::Event> look(const record::Reading& reading);

  private:
    bool is_watching_ = false;
    double alarm_ = 0.0;
    double reference_m_ = record::unknown;
    std::vector<int> measures_;  ///< Executed segments that measure the length.
    int segment_ = 0;            ///< Of the last reading with a length.
};

}  // namespace relaxd::daemon
