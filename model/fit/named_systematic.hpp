// SPDX-License-Identifier: MIT
//
// What a common error of dimensions, calibration or thermometer does to fitted numbers: data moved
// by it, and how a number goes with the scale of all moduli.

#pragma once

#include "schema/record/fit.hpp"

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace relaxd::model {

/// What moves the data: every modulus and stress by `factor`, every temperature by `offset_K`.
struct DataError {
    double factor = 1.0;
    double offset_K = 0.0;
};

/// +1 for moduli and viscosities, -1 for compliances, 0 for all else, by reported name.
[[nodiscard]] double scale_exponent(std::string_view name);

/// A fix, a prior or the material says a modulus or a compliance: then the scale of the data moves
/// the other parameters too, and only a refit knows by how much.
[[nodiscard]] bool has_given_moduli(const record::FitOptions& options);

[[nodiscard]] std::vector<record::DynamicPoint> moved(
    std::span<const record::DynamicPoint> points, const DataError& error
);

/// Stress carries the scale, strain is kept.
[[nodiscard]] record::SeriesData moved(const record::SeriesData& data, const DataError& error);

/// systematic_error = root of the squares of the parts, and combined_error; both unknown where a
/// part is. Nothing is added to what is fixed or has no value.
void set_systematic(record::ParameterEstimate& e, std::initializer_list<double> parts);

}  // namespace relaxd::model
