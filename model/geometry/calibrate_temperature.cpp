// SPDX-License-Identifier: MIT
#include "model/geometry/calibrate.hpp"
#include "model/geometry/raw_groups.hpp"
#include "schema/base/number.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <set>

namespace relaxd::model {

namespace {

constexpr double slope_sigma = 0.005;  // chosen: what a slope may be where nobody measured it

struct Line {
    Eigen::Vector3d value = Eigen::Vector3d::Zero();  ///< a, b, tau.
    Eigen::Matrix3d covariance = Eigen::Matrix3d::Zero();
    ChiSquared residuals;
};

Result<Line> fit(const std::vector<Onset>& onsets, double T0_K, bool has_slope) {
    const bool has_sigmas = std::all_of(onsets.begin(), onsets.end(), [](const Onset& one) {
        return one.sigma_K > 0.0;
    });
    const auto n = static_cast<Eigen::Index>(onsets.size());
    Eigen::MatrixXd design = Eigen::MatrixXd::Zero(n + 1, 3);
    Eigen::VectorXd right = Eigen::VectorXd::Zero(n + 1);
    for (Eigen::Index i = 0; i < n; ++i) {
        const Onset& one = onsets[static_cast<std::size_t>(i)];
        const double weight = has_sigmas ? 1.0 / one.sigma_K : 1.0;
        design.row(i) << weight, (one.shown_K - T0_K) * weight, one.rate_K_per_s * weight;
        right(i) = (one.true_K - one.shown_K) * weight;
    }
    // A weak statement that b is about 0 keeps one standard solvable, and is nothing beside two.
    design(n, 1) = has_slope ? 0.0 : 1.0 / slope_sigma;
    const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> solver(design);
    const Eigen::Index unknowns = has_slope ? 3 : 2;
    if (solver.rank() < 3 || n < unknowns) {
        return fail(
            Errc::invalid,
            "these onsets do not tell offset and dependence on the rate apart",
            "onsets",
            "give each standard at two heating rates or more"
        );
    }
    Line out;
    out.value = solver.solve(right);
    const Eigen::Matrix3d normal = design.transpose() * design;
    out.covariance = normal.inverse();
    out.residuals.chi2 = (design * out.value - right).squaredNorm();
    out.residuals.degrees = static_cast<double>(n - unknowns);
    if (!has_sigmas) {
        if (out.residuals.degrees < 1.0) {
            return fail(
                Errc::invalid,
                "as many onsets as unknowns: their scatter is not known",
                "onsets",
                "give one more onset, or a column onset_sigma_K"
            );
        }
        const double variance = out.residuals.chi2 / out.residuals.degrees;
        const double of_slope = out.covariance(1, 1);
        out.covariance *= variance;
        if (!has_slope) {
            out.covariance(1, 1) = of_slope;
        }
        out.residuals = ChiSquared{};
    }
    out.covariance *= out.residuals.factor();
    return out;
}

}  // namespace

Result<MadeCalibration> calibrate_temperature(const std::vector<Onset>& onsets) {
    std::set<double> rates;
    std::set<double> standards;
    double T0_K = 0.0;
    for (const Onset& one : onsets) {
        if (!(one.true_K > 0.0) || !(one.shown_K > 0.0) || !(one.rate_K_per_s > 0.0)) {
            return fail(
                Errc::invalid,
                "an onset lacks a temperature above 0 K or a heating rate above 0",
                "onsets",
                "columns true_K, onset_K, rate_K_per_min, and onset_sigma_K if known"
            );
        }
        rates.insert(one.rate_K_per_s);
        standards.insert(one.true_K);
        T0_K += one.shown_K / static_cast<double>(onsets.size());
    }
    if (rates.size() < 2) {
        return fail(
            Errc::invalid,
            "one heating rate: the onset at rate zero cannot be found",
            "onsets",
            "melt the standard at two heating rates or more"
        );
    }
    const bool has_slope = standards.size() > 1;
    const auto line = fit(onsets, T0_K, has_slope);
    if (!line) {
        return fail(line.error());
    }
    MadeCalibration made;
    record::Calibration& set = made.set;
    set.kind = "temperature";
    set.columns = {"offset_K", "slope", "rate_s"};
    record::CalibrationNode node;
    for (Eigen::Index i = 0; i < 3; ++i) {
        node.values.push_back(line->value(i));
        for (Eigen::Index j = 0; j < 3; ++j) {
            node.covariance.push_back(line->covariance(i, j));
        }
    }
    set.nodes.push_back(std::move(node));
    const auto [low, high] =
        std::minmax_element(onsets.begin(), onsets.end(), [](const Onset& a, const Onset& b) {
            return a.shown_K < b.shown_K;
        });
    set.numbers = {
        {"reference_temperature_K", T0_K, record::unknown, "K"},
        {"chi2", line->residuals.chi2, record::unknown, ""},
        {"degrees_of_freedom", line->residuals.degrees, record::unknown, ""},
    };
    if (has_slope) {
        set.numbers.push_back({"lowest_temperature_K", low->shown_K, record::unknown, "K"});
        set.numbers.push_back({"highest_temperature_K", high->shown_K, record::unknown, "K"});
    } else {
        made.warnings.push_back(
            "one standard: away from " + to_text(T0_K) + " K the slope is 0 +- " +
            to_text(slope_sigma) + ", assumed"
        );
    }
    if (line->residuals.factor() > 1.0) {
        made.warnings.push_back(
            "the onsets scatter more than their errors (chi2 " + to_text(line->residuals.chi2) +
            " of " + to_text(line->residuals.degrees) + "): all errors are larger by its root"
        );
    }
    return made;
}

}  // namespace relaxd::model
