// SPDX-License-Identifier: MIT
//
// A pendulum's calibration readings in groups, and the joint least squares with priors that both
// kinds of set use. Private to model/geometry.

#pragma once

#include "model/geometry/calibrate_torsion.hpp"
#include "model/geometry/raw_groups.hpp"

#include <Eigen/Dense>

#include <functional>
#include <optional>

namespace relaxd::model {

/// Forced readings of one frequency, pressure and about one temperature.
struct TorsionGroup {
    RawGroup group;         ///< Torque over angle.
    double variance = 0.0;  ///< Of each quadrature of the mean.
    double pressure_Pa = record::unknown;
    std::size_t pressure = 0;  ///< Which of the pressures.
};

struct TorsionDecay {
    Complex s_per_s;
    double frequency_Hz = 0.0;
    double frequency_sigma_Hz = 0.0;
    double decrement = 0.0;
    double decrement_sigma = 0.0;
    double temperature_K = 0.0;
    double pressure_Pa = record::unknown;
    std::size_t pressure = 0;
};

struct TorsionData {
    std::vector<TorsionGroup> groups;
    std::vector<TorsionDecay> decays;
    std::vector<double> pressures_Pa;  ///< Ascending; empty where none was said.
    std::size_t left_out = 0;
    ChiSquared drift;    ///< Halves of each group.
    ChiSquared scatter;  ///< Of the readings, against what their demodulation says.
    double lowest_Hz = 0.0;
    double highest_Hz = 0.0;
    std::size_t frequencies = 0;  ///< Different forced ones.
    TorsionData() = default;
};
/// Pressures within 10 % are one. Variances grow with `drift` and `scatter` where those are
/// improbable.
[[nodiscard]] TorsionData torsion_data(const std::vector<const TorsionRun*>& runs);

/// Residuals, each over its standard deviation, at these parameters.
using Residuals = std::function<Eigen::VectorXd(const Eigen::VectorXd&)>;
struct JointFit {
    Eigen::VectorXd value;
    Eigen::MatrixXd covariance;
    double chi2 = 0.0;
    double degrees = 0.0;  ///< Residuals less parameters: a prior counts as a residual.
};
/// Gauss and Newton; slopes by central differences of `scale`. Nothing where it does not converge
/// or a parameter is not determined.
[[nodiscard]] std::optional<JointFit> joint_fit(
    const Residuals& residuals, Eigen::VectorXd start, const Eigen::VectorXd& scale
);
/// W with W^T W = inverse of `covariance`, whose variances are all above 0.
[[nodiscard]] Eigen::MatrixXd whitening(const Eigen::MatrixXd& covariance);
/// Residuals of a decay: of I s^2 + C s + K = `sum`, with `slope` its derivative by s.
void decay_residuals(
    Eigen::VectorXd& out, Eigen::Index at, Complex sum, Complex slope, const TorsionDecay& decay
);

}  // namespace relaxd::model
