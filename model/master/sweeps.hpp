// SPDX-License-Identifier: MIT
//
// Isothermal sweeps as the superposition needs them: ln of both moduli against ln omega, by
// isotherm, with relative standard deviations. Moduli in the logarithm are without unit.

#pragma once

#include "schema/record/fit.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace relaxd::model {

/// Channels of a row.
inline constexpr std::size_t storage_channel = 0;
inline constexpr std::size_t loss_channel = 1;

struct SweepRow {
    std::size_t isotherm = 0;
    double ln_omega = 0.0;
    std::array<double, 2> y{};        ///< ln G', ln G'' (or E', E'').
    std::array<double, 2> inverse{};  ///< 1/sigma of y.
    std::uint64_t seq = 0;
};

struct Isotherm {
    double temperature_K = 0.0;  ///< Mean of its rows.
    double drift_K = 0.0;        ///< Highest minus lowest.
    std::size_t first = 0;       ///< Rows first … last - 1, ln omega ascending.
    std::size_t last = 0;
};

struct Sweeps {
    std::vector<Isotherm> isotherms;  ///< Temperature ascending.
    std::vector<SweepRow> rows;
    bool has_sigmas = true;  ///< Of all rows; otherwise `inverse` is only relative.
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    std::vector<std::string> warnings;
    std::string refusal;  ///< Not empty = no estimate, with the reason.
};

/// Groups by input, segment and temperature: an isotherm is what stays within ±0.5 K of its first
/// row or, where segments are given, within ±5 K while no frequency comes again (the thermometer
/// was still settling). At least 3 frequencies each; a steady ramp is none. Rows that are not
/// finite, not positive or above T_max_K are left out with a warning.
[[nodiscard]] Sweeps read_sweeps(std::span<const record::DynamicPoint> points, double T_max_K);

}  // namespace relaxd::model
