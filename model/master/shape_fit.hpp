// SPDX-License-Identifier: MIT
//
// What the fits of one shape to master data have in common: options by reported name, several
// starts, and the report.

#pragma once

#include "model/fit/named_fit.hpp"
#include "model/master/master_rows.hpp"

#include <span>
#include <string>
#include <vector>

namespace relaxd::model {

/// A reported parameter that is one coordinate: exp of it where `is_logarithm` (of minus it where
/// `is_inverse`), times `unit`.
struct ShapeParameter {
    const char* name = "";
    std::size_t coordinate = 0;
    bool is_logarithm = false;
    double unit = 1.0;
    bool is_inverse = false;  ///< Of logarithms only.
};

/// Fixed values and priors of the options go into the coordinates. What is wrong with them, or
/// empty. Names in `others` are handled elsewhere.
[[nodiscard]] std::string apply_options(
    const record::FitOptions& options,
    std::span<const ShapeParameter> parameters,
    std::span<const char* const> others,
    std::vector<NamedCoordinate>& coordinates
);

/// The best of the fits from all starts; each start is a value of every coordinate.
[[nodiscard]] NamedFit fit_from_starts(
    ResidualModel& model,
    std::vector<NamedCoordinate>& coordinates,
    std::span<const Eigen::VectorXd> starts,
    const NamedFitOptions& options
);

/// Options of the frame for master data: storage and loss are one series each.
[[nodiscard]] NamedFitOptions frame_options(
    const MasterRows& rows, const record::FitOptions& options
);

/// Fits, learns the noise from the residuals where no sigma was given, and fits again. `rows` is
/// what `model` refers to.
[[nodiscard]] NamedFit fit_with_noise(
    ResidualModel& model,
    std::vector<NamedCoordinate>& coordinates,
    std::span<const Eigen::VectorXd> starts,
    const NamedFitOptions& options,
    MasterRows& rows
);

/// A result without parameters: model, rows, warnings, and the reason where `rows` were refused.
[[nodiscard]] record::FitResult result_for(const char* model, const MasterRows& rows);

/// Everything but parameters; false with a reason where the fit is not usable.
[[nodiscard]] bool report_fit(
    const NamedFit& fit,
    std::span<const NamedCoordinate> coordinates,
    const MasterRows& rows,
    record::FitResult& result
);

/// What is reported: value (or its logarithm) and derivative by the coordinates.
struct ShapeQuantity {
    std::string name;
    double value = 0.0;
    Eigen::VectorXd gradient;
    bool is_logarithm = false;
};

/// A coordinate as a quantity.
[[nodiscard]] ShapeQuantity quantity_of(const ShapeParameter& parameter, const NamedFit& fit);

/// Parameters with their correlations and, where wanted, profiles.
void report_parameters(
    ResidualModel& model,
    const NamedFit& fit,
    std::span<const NamedCoordinate> coordinates,
    std::span<const ShapeQuantity> quantities,
    const NamedFitOptions& frame,
    const record::FitOptions& options,
    record::FitResult& result
);

/// The quantity as what is known of a traded pair.
[[nodiscard]] record::KnownCombination known_combination(
    const NamedFit& fit, const ShapeQuantity& quantity, std::vector<std::string> names
);

[[nodiscard]] record::Alternative alternative_of(
    const char* name, const NamedFit& fit, bool is_chosen
);

}  // namespace relaxd::model
