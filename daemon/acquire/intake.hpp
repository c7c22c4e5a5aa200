// SPDX-License-Identifier: MIT
//
// From deliveries to rows: every reading becomes a point once, every hole a gap once, whatever
// comes late or twice; and of what the instrument showed to moduli of the specimen alone
// (model/geometry), before anything is recorded. Pure; one object a run.

#pragma once

#include "model/geometry/reduction.hpp"
#include "model/geometry/torsion.hpp"
#include "schema/record/records.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace relaxd::daemon {

class Intake {
  public:
    Intake() = default;
    /// `last_number`: newest reading number that is recorded already, as a point or in a gap.
    explicit Intake(std::uint64_t last_number) : last_number_(last_number) {}

    /// Readings are corrected with this from now on; until then they are only marked.
    void reduce_with(model::Reduction reduction) { reduction_ = std::move(reduction); }
    [[nodiscard]] const model::Reduction& reduction() const { return reduction_; }
    /// A pendulum's readings are demodulated and reduced with this instead.
    void reduce_with(model::TorsionReduction reduction) { torsion_ = std::move(reduction); }
    [[nodiscard]] const std::optional<model::TorsionReduction>& torsion() const { return torsion_; }

    /// The rows of one reading: nothing for a duplicate, a gap first where numbers jump.
    [[nodiscard]] std::vector<record::Row> take(record::Reading reading);
    /// The rows of a gap that the driver reports, less what is known already.
    [[nodiscard]] std::vector<record::Row> take(record::Gap gap);

    /// Newest number that has become a row.
    [[nodiscard]] std::uint64_t last_number() const { return last_number_; }
    [[nodiscard]] double last_time_s() const { return last_time_s_; }
    [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }
    [[nodiscard]] std::uint64_t missing() const { return missing_; }

  private:
    model::Reduction reduction_;
    std::optional<model::TorsionReduction> torsion_;
    std::uint64_t last_number_ = 0;
    double last_time_s_ = record::unknown;
    std::uint64_t duplicates_ = 0;
    std::uint64_t missing_ = 0;
};

/// What the end of a run says beside such a gap.
inline constexpr const char* tail_unknown =
    "; whether readings are missing at its end is not known";
/// After the last row of a run whose instrument could not be asked for its newest reading number:
/// readings may have been taken that nobody knows of. `missing` is 0, NULL outside.
[[nodiscard]] record::Gap gap_of_unknown_size(
    std::uint64_t last_number, double last_time_s, UtcTime time_utc
);

}  // namespace relaxd::daemon
