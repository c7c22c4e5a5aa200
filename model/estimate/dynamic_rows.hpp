// SPDX-License-Identifier: MIT
//
// How points become rows: numbers of inputs and frequencies, order, and the noise where none is
// given.

#pragma once

#include "model/estimate/dynamic_data.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace relaxd::model {

/// Inputs become 0, 1, 2 … in the order of their numbers; how many there are, at least 1.
std::size_t number_inputs(std::vector<DynamicRow>& rows);

/// Gives every row the number of its input, kind and frequency; frequencies within 0.1 % are one.
void number_groups(std::vector<DynamicRow>& rows);

void sort_rows(std::vector<DynamicRow>& rows);

/// Finite and positive: somebody gave it.
[[nodiscard]] bool is_sigma(double sigma);

/// The noise of an instrument that tells none (ANALYSIS 4.1): 0.3 % of E', at least 1 Pa.
[[nodiscard]] double declared_storage_sigma_Pa(double storage_Pa);
/// 1 % of E'' and 3 MPa.
[[nodiscard]] double declared_loss_sigma_Pa(double loss_Pa);

/// Fills the sigmas that are not given, rescaled by the scatter of each frequency. Rows in order.
void assign_sigmas(std::vector<DynamicRow>& rows);

/// Robust scale of the noise of one frequency's means against their sigmas, from the distance of
/// each to the line through its neighbours; nothing where fewer than 20 are dense.
[[nodiscard]] std::optional<double> noise_scale_of_means(
    std::span<const DynamicRow> rows, double DynamicRow::* value, double DynamicRow::* sigma
);

}  // namespace relaxd::model
