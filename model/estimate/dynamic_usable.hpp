// SPDX-License-Identifier: MIT
//
// A dynamic estimate as the other estimators use it: the model at its optimum, and the covariance
// of the parameters that are known.

#pragma once

#include "model/qpd/live_model.hpp"
#include "schema/record/fit.hpp"

#include <Eigen/Core>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::model {

struct DynamicUsable {
    record::Form form = record::Form::exact;
    double T_ref_K = 0.0;
    Coordinates q{};
    QpdParameters parameters;
    bool vp_is_tied = true;
    std::vector<std::string> names;  ///< Known and free, an independent set.
    Eigen::MatrixXd covariance;  ///< Of their logarithms (of chi_Tg, a1, T_g, U: of themselves).
    std::vector<std::string> undetermined;

    [[nodiscard]] bool is_undetermined(std::string_view name) const;
    /// The parameters with one of `names` moved by `amount` (in the sense of `covariance`).
    [[nodiscard]] QpdParameters moved(std::string_view name, double amount) const;
};

/// Nothing when `result` is null, has no estimate or carries no coordinates.
[[nodiscard]] std::optional<DynamicUsable> usable(const record::FitResult* result);

}  // namespace relaxd::model
