// SPDX-License-Identifier: MIT
#include "model/estimate/growing_points.hpp"

#include "model/estimate/estimate.hpp"

#include <cmath>

namespace relaxd::model {

void GrowingPoints::append(std::span<const record::DynamicPoint> more) {
    points_.insert(points_.end(), more.begin(), more.end());
}

void GrowingPoints::keep_first(std::size_t n) {
    if (n < points_.size()) {
        points_.resize(n);
        tally_.reset();
    }
}

DynamicData GrowingPoints::data(double T_max_K) {
    const auto is_same = [T_max_K](double other) {
        return other == T_max_K || (std::isnan(other) && std::isnan(T_max_K));
    };
    if (!tally_ || !is_same(tally_->T_max_K())) {
        tally_.emplace(T_max_K);
    }
    tally_->add(points().subspan(tally_->n_seen()));
    return tally_->data();
}

record::FitResult fit(
    GrowingPoints& points, const record::FitOptions& options, const record::FitResult* dynamic
) {
    if (is_dynamic(options.model)) {
        return fit_dynamic_data(points.data(options.T_max_K), options);
    }
    return fit(points.points(), options, dynamic);
}

}  // namespace relaxd::model
