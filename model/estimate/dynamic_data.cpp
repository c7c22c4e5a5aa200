// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_data.hpp"

#include "model/estimate/dynamic_tally.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace relaxd::model {

DynamicData dynamic_data(std::span<const record::DynamicPoint> points, double T_max_K) {
    DynamicTally tally(T_max_K);
    tally.add(points);
    return tally.data();
}

DynamicData moved(const DynamicData& data, const DataError& error) {
    DynamicData out = data;
    for (double* T_K : {&out.T_min_K, &out.T_max_K, &out.T_last_K}) {
        *T_K += error.offset_K;
    }
    for (DynamicRow& row : out.rows) {
        row.temperature_K += error.offset_K;
        for (double* value :
             {&row.storage_Pa, &row.loss_Pa, &row.storage_sigma_Pa, &row.loss_sigma_Pa}) {
            *value *= error.factor;
        }
    }
    return out;
}

DynamicData without(
    const DynamicData& data, const std::vector<std::uint64_t>& seqs, double share_max
) {
    const std::set<std::uint64_t> unwanted(seqs.begin(), seqs.end());
    DynamicData out = data;
    out.rows.clear();
    std::copy_if(
        data.rows.begin(),
        data.rows.end(),
        std::back_inserter(out.rows),
        [&unwanted](const DynamicRow& row) { return !unwanted.contains(row.seq); }
    );
    const auto left_out = static_cast<double>(data.rows.size() - out.rows.size());
    if (left_out > share_max * static_cast<double>(data.rows.size())) {
        return data;
    }
    out.n_points = 0;
    for (const DynamicRow& row : out.rows) {
        out.n_points += row.count;
    }
    return out;
}

std::vector<DynamicRow> thinned(const std::vector<DynamicRow>& rows, std::size_t n) {
    const std::size_t stride = std::max<std::size_t>(1, rows.size() / std::max<std::size_t>(n, 1));
    std::vector<DynamicRow> out;
    for (std::size_t i = stride / 2; i < rows.size(); i += stride) {
        out.push_back(rows[i]);
    }
    return out;
}

}  // namespace relaxd::model
