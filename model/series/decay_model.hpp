// SPDX-License-Identifier: MIT
//
// Residuals of the stretched exponential, and where to start. Inner header of decay_fit.

#pragma once

#include "model/fit/named_fit.hpp"
#include "model/series/decay_rows.hpp"

#include <optional>

namespace relaxd::model {

inline constexpr std::size_t decay_ln_tau = 0;
inline constexpr std::size_t decay_beta = 1;
[[nodiscard]] constexpr std::size_t decay_value_0(std::size_t group) {
    return 2 + 2 * group;
}
[[nodiscard]] constexpr std::size_t decay_value_inf(std::size_t group) {
    return 3 + 2 * group;
}

/// Coordinates: ln tau, beta, then y_0 and y_inf of each group in units of `unit`.
class DecayModel final : public ResidualModel {
  public:
    DecayModel(const DecayRows& rows, double unit);
    [[nodiscard]] std::size_t rows() const override { return rows_.rows.size(); }
    [[nodiscard]] bool residuals(
        const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
    ) override;

  private:
    const DecayRows& rows_;
    std::vector<double> sigma_;  ///< In units of `unit`; 1/sqrt(count) where not given.
    double unit_;
};

struct DecayStart {
    double ln_tau = 0.0;
    double beta = 0.5;
    std::vector<double> ends;  ///< y_0, y_inf of each group, in units of `unit`.
    double chi2 = 0.0;
    double chi2_constant = 0.0;  ///< Of a constant in each group.
};

/// Over a grid of tau and beta the ends are linear (variable projection); the two best grid points
/// of different tau, best first. A fixed value takes the place of its grid.
[[nodiscard]] std::vector<DecayStart> decay_starts(
    const DecayRows& rows,
    double unit,
    std::optional<double> fixed_ln_tau,
    std::optional<double> fixed_beta
);

}  // namespace relaxd::model
