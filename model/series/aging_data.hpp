// SPDX-License-Identifier: MIT
//
// Rows of an ageing test: which belong to the hold, and where its time begins. Inner header of
// aging.cpp.

#pragma once

#include "model/series/decay_rows.hpp"

#include <string>
#include <vector>

namespace relaxd::model {

enum class AgingQuantity { tan_delta, storage_modulus };

struct AgingData {
    std::string reason;               ///< Not empty: nothing can be fitted, and why.
    std::vector<DecayRow> rows;       ///< Times since entry into the band; not thinned.
    std::vector<double> omega_rad_s;  ///< Of each group; NaN = not given.
    std::vector<std::string> warnings;
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    bool is_shear = false;
};

/// A group is one input at one frequency. t = 0 is the entry into the band of +-0.5 K around the
/// temperature of the hold (median of the later half) where temperatures are there, and rows
/// outside it are left out; else time_s as given.
[[nodiscard]] AgingData aging_data(const record::SeriesData& data, AgingQuantity quantity);

}  // namespace relaxd::model
