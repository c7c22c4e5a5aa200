// SPDX-License-Identifier: MIT
//
// Least squares of few columns over very many rows (a window of samples), block by block by
// orthogonal transformations: memory for one block, the conditioning of QR. And the noise beside a
// line: what probes at neighbouring frequencies, made orthogonal to the columns, find in the
// residuals. Pure; internal to model/signal.

#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <functional>
#include <optional>

namespace relaxd::model {

/// Fills rows `first` … of a block that has the wanted size.
using FillRows = std::function<void(std::size_t first, Eigen::MatrixXd& block)>;

/// The problem: `fill` writes `columns` of the design, then `channels` of data.
struct WindowProblem {
    std::size_t rows = 0;
    Eigen::Index columns = 0;
    Eigen::Index channels = 1;
    FillRows fill;
};

struct WindowFit {
    Eigen::MatrixXd coefficients;     ///< Columns x channels.
    Eigen::MatrixXd triangle;         ///< R of the design; (X'X)^-1 = R^-1 R^-T.
    Eigen::VectorXd residual_rms;     ///< Of each channel, over rows - columns.
    Eigen::MatrixXd unit_covariance;  ///< (X'X)^-1.
};

/// Nothing where there are fewer rows than columns, a number is not finite, or the columns are not
/// independent to 1e-9.
[[nodiscard]] std::optional<WindowFit> fit_window(const WindowProblem& problem);

/// Residuals seen by probes: `seen` (probes x channels) has variance sigma^2 `energy` (one each
/// probe) where the noise near the probes is as strong as white noise of deviation sigma.
struct Probed {
    Eigen::MatrixXd seen;
    Eigen::VectorXd energy;
};

/// `fill` writes `probes` columns.
[[nodiscard]] Probed probe_residuals(
    const WindowProblem& problem, const WindowFit& fit, Eigen::Index probes, const FillRows& fill
);

/// Sum of squares of `seen` over `energy`, as a variance; times n/(n - 2) with n the degrees of
/// freedom (half of the energies in units of `full_energy`), so that errors divided by its root
/// have a deviation of 1 although it is itself an estimate.
[[nodiscard]] double probed_variance(double sum_of_squares, double energy, double full_energy);

}  // namespace relaxd::model
