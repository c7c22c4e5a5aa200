// SPDX-License-Identifier: MIT
#include "model/signal/window_fit.hpp"

#include <Eigen/QR>

#include <algorithm>
#include <cmath>

namespace relaxd::model {
namespace {

constexpr std::size_t block_rows = 512;
constexpr double least_pivot = 1e-9;

template <typename Use>
void for_each_block(std::size_t rows, Eigen::Index columns, const FillRows& fill, const Use& use) {
    Eigen::MatrixXd block;
    for (std::size_t first = 0; first < rows; first += block_rows) {
        const auto count = static_cast<Eigen::Index>(std::min(block_rows, rows - first));
        block.resize(count, columns);
        fill(first, block);
        use(first, block);
    }
}

}  // namespace

std::optional<WindowFit> fit_window(const WindowProblem& problem) {
    const Eigen::Index p = problem.columns;
    const Eigen::Index all = p + problem.channels;
    if (problem.rows <= static_cast<std::size_t>(p)) {
        return std::nullopt;
    }
    // R of everything so far, stacked on the next rows, is made triangular again.
    Eigen::MatrixXd triangle = Eigen::MatrixXd::Zero(all, all);
    Eigen::MatrixXd stacked;
    const auto add = [&](std::size_t, const Eigen::MatrixXd& block) {
        stacked.resize(all + block.rows(), all);
        stacked.topRows(all) = triangle;
        stacked.bottomRows(block.rows()) = block;
        const Eigen::HouseholderQR<Eigen::MatrixXd> qr(stacked);
        triangle = qr.matrixQR().topRows(all).triangularView<Eigen::Upper>();
    };
    for_each_block(problem.rows, all, problem.fill, add);

    WindowFit fit;
    fit.triangle = triangle.topLeftCorner(p, p);
    const Eigen::VectorXd pivots = fit.triangle.diagonal().cwiseAbs();
    const Eigen::VectorXd lengths = fit.triangle.colwise().norm();
    if (!triangle.allFinite() || !((pivots.array() > least_pivot * lengths.array()).all())) {
        return std::nullopt;
    }
    const auto upper = fit.triangle.triangularView<Eigen::Upper>();
    fit.coefficients = upper.solve(triangle.topRightCorner(p, problem.channels));
    const Eigen::MatrixXd inverse = upper.solve(Eigen::MatrixXd::Identity(p, p));
    fit.unit_covariance = inverse * inverse.transpose();
    const double freedom = static_cast<double>(problem.rows - static_cast<std::size_t>(p));
    fit.residual_rms = triangle.bottomRightCorner(problem.channels, problem.channels)
                           .colwise()
                           .norm()
                           .transpose() /
                       std::sqrt(freedom);
    return fit;
}

Probed probe_residuals(
    const WindowProblem& problem, const WindowFit& fit, Eigen::Index probes, const FillRows& fill
) {
    const Eigen::Index p = problem.columns;
    Probed probed;
    probed.seen = Eigen::MatrixXd::Zero(probes, problem.channels);
    probed.energy = Eigen::VectorXd::Zero(probes);
    Eigen::MatrixXd shared = Eigen::MatrixXd::Zero(p, probes);
    Eigen::MatrixXd probe;
    const auto add = [&](std::size_t first, const Eigen::MatrixXd& block) {
        probe.resize(block.rows(), probes);
        fill(first, probe);
        const auto design = block.leftCols(p);
        const Eigen::MatrixXd residual =
            block.rightCols(problem.channels) - design * fit.coefficients;
        shared += design.transpose() * probe;
        probed.seen += probe.transpose() * residual;
        probed.energy += probe.colwise().squaredNorm().transpose();
    };
    for_each_block(problem.rows, p + problem.channels, problem.fill, add);
    const Eigen::MatrixXd taken =
        fit.triangle.transpose().triangularView<Eigen::Lower>().solve(shared);
    probed.energy -= taken.colwise().squaredNorm().transpose();
    probed.energy = probed.energy.cwiseMax(0.0);
    return probed;
}

double probed_variance(double sum_of_squares, double energy, double full_energy) {
    if (!(energy > 0.0)) {
        return 0.0;
    }
    const double freedom = 0.5 * energy / full_energy;
    return sum_of_squares / energy * (freedom > 3.0 ? freedom / (freedom - 2.0) : 3.0);
}

}  // namespace relaxd::model
