// SPDX-License-Identifier: MIT
//
// Start values and prior means of the dynamic fit, read from the data and the options (ANALYSIS 4.2
// C). Pure: the same points and options give the same start, whatever was fitted before.

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "schema/record/fit.hpp"

#include <vector>

namespace relaxd::model {

[[nodiscard]] DynamicStart start_from_data(
    const DynamicData& data, const record::FitOptions& options
);

/// The same point with other choices for what the data say least: the fixed list of extra starts.
[[nodiscard]] std::vector<Coordinates> extra_starts(const Coordinates& q);

/// The layout with the fast beta process switched off.
[[nodiscard]] Layout without_fast(const Layout& layout);
/// A fit without the fast process, and one at, above and below the place that `origin` thinks of.
[[nodiscard]] std::vector<Coordinates> fast_starts(const Coordinates& q, const Coordinates& origin);
/// The only peak seen is that of the fast process, and the beta process a shoulder above it.
[[nodiscard]] std::vector<Coordinates> swapped_starts(const Coordinates& origin);

/// The two beta processes exchanged where the fast one is not the faster at its own temperature.
[[nodiscard]] Coordinates faster_first(const Coordinates& q, double T_ref_K);

/// Where no beta peak is seen it may lie anywhere, as broad as the wing of an alpha process.
[[nodiscard]] std::vector<Coordinates> unseen_starts(const DynamicStart& start);

/// The power law of the anelastic term as it is, its end at longer and at shorter times: where only
/// the law is seen, noise makes optima along this valley.
[[nodiscard]] std::vector<Coordinates> valley_starts(const Coordinates& q);

/// q with T_g moved and t0 kept: the model below T_g stays the same.
[[nodiscard]] Coordinates with_T_g(const Coordinates& q, double T_g_K);

}  // namespace relaxd::model
