// SPDX-License-Identifier: MIT
//
// What a creep fit knows and what it looks for: the options of CONTRACT 4 turned into laws and
// coordinates.
//
// Coordinates: ln J_0, ln A_an, chi, ln tau_max, ln A_vp, ln(recovery ratio), then of each test the
// offset and the drift that its baseline leaves open, in units of their standard deviations.

#pragma once

#include "model/fit/named_fit.hpp"
#include "model/series/creep_data.hpp"
#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::model {

/// A number from the options: --fix first, then --prior, then the material.
struct GivenNumber {
    double value = record::unknown;
    double sd = record::unknown;  ///< Of a --prior.
    bool is_fixed = false;

    [[nodiscard]] bool is_there() const { return value == value; }
};
[[nodiscard]] GivenNumber given_number(const record::FitOptions& options, std::string_view name);

/// `Errc::invalid` for a --fix, --free or --prior that neither `params` nor `own` names.
[[nodiscard]] Result<void> check_names(
    const record::FitOptions& options,
    const std::vector<std::string_view>& own,
    const std::vector<std::string_view>& can_be_freed
);

enum CreepCoordinate : std::size_t {
    creep_ln_J_0,
    creep_ln_A_an,
    creep_chi,
    creep_ln_tau_max,
    creep_ln_A_vp,
    creep_ln_ratio,
    creep_main_count,
};

struct CreepSetup {
    CreepLaws laws;
    bool is_A_vp_tied = true;        ///< A_vp = A_an
    std::optional<double> fixed_t0;  ///< ln t0: tau_max then follows from chi.
    std::vector<NamedCoordinate> coordinates;
    std::vector<std::string> warnings;

    /// ln tau_max at the coordinates, and its slope in chi where t0 is fixed.
    [[nodiscard]] double ln_tau_max(const Eigen::VectorXd& q, double* by_chi = nullptr) const;
};

/// `Errc::invalid` with the sentence for `no_estimate`.
[[nodiscard]] Result<CreepSetup> set_up_creep(
    const CreepData& data, const record::FitOptions& options
);

}  // namespace relaxd::model
