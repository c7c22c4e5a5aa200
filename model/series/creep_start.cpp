// SPDX-License-Identifier: MIT
//
// A start for the creep fit from its data: a grid in chi and tau_max, at each of which J_0 and A_an
// (A_vp tied to it) are linear.
#include "model/series/creep_residuals.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace relaxd::model {

namespace {

constexpr std::array<double, 7> chi_grid{0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85};
constexpr int tau_max_grid = 12;
constexpr double beyond_last =
    9.0;  ///< ln tau_max is tried up to so much above ln of the last time.

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

}  // namespace

void CreepProducts::solve(bool has_J, bool has_A, double& J, double& A) const {
    const double det = xx * yy - xy * xy;
    if (!has_J && !has_A && det > 1e-12 * xx * yy) {
        J = (xs * yy - ys * xy) / det;
        A = (ys * xx - xs * xy) / det;
    } else if (!has_A) {
        A = (ys - J * xy) / yy;
    } else if (!has_J) {
        J = (xs - A * xy) / xx;
    }
}

bool CreepResiduals::add_products(double chi, double ln_tau_max, CreepProducts& sums) const {
    CreepLaws laws = setup_->laws;
    laws.formulation = Formulation::linear;
    const double ln_ratio = setup_->coordinates[creep_ln_ratio].start;
    std::vector<CreepStrain<double>> moving;
    for (std::size_t k = 0; k < data_->tests.size(); ++k) {
        const CreepTest& test = data_->tests[k];
        const Prepared& p = prepared_[k];
        const CreepNumbers<double> unit{0.0, chi, ln_tau_max, 0.0, ln_ratio};
        if (!march_creep(laws, test.history, p.times_s, unit, moving)) {
            return false;
        }
        for (std::size_t j = 0; j < p.times_s.size(); ++j) {
            const double w = 1.0 / test.bins[j].sigma;
            const double known = p.beta[j] - laws.A_beta_per_Pa * p.stress_Pa[j];
            sums.add(
                p.stress_Pa[j] * w,
                (moving[j].an + moving[j].vp) * w,
                (test.bins[j].strain - known) * w
            );
        }
    }
    return true;
}

/// The cost of the best J_0 and A_an at chi and tau_max, which come out as logarithms; infinite
/// where they are not positive.
double CreepResiduals::try_start(double chi, double ln_tau_max, double& ln_J, double& ln_A) const {
    const auto& c = setup_->coordinates;
    const double none = std::numeric_limits<double>::infinity();
    CreepProducts sums;
    if (!add_products(chi, ln_tau_max, sums)) {
        return none;
    }
    double J = std::exp(c[creep_ln_J_0].start);
    double A = std::exp(c[creep_ln_A_an].start);
    sums.solve(c[creep_ln_J_0].is_fixed, c[creep_ln_A_an].is_fixed, J, A);
    if (!(J > 0.0 && A > 0.0)) {
        return none;
    }
    ln_J = std::log(J);
    ln_A = std::log(A);
    // Far from what is expected costs a little: early data leave a valley.
    const auto away = [&](CreepCoordinate which, double value) {
        return c[which].is_fixed ? 0.0
                                 : std::pow((value - c[which].prior_mean) / c[which].prior_sd, 2);
    };
    const double count = std::max(1.0, static_cast<double>(rows_));
    return count * std::log(std::max(sums.chi2(J, A) / count, 1e-6)) + away(creep_ln_J_0, ln_J) +
           away(creep_ln_A_an, ln_A) + away(creep_chi, chi) + away(creep_ln_tau_max, ln_tau_max);
}

Eigen::VectorXd CreepResiduals::start() const {
    const auto& c = setup_->coordinates;
    Eigen::VectorXd best(at(c.size()));
    for (std::size_t k = 0; k < c.size(); ++k) {
        best[at(k)] = c[k].start;
    }
    double first = std::numeric_limits<double>::infinity();
    double last = 0.0;
    for (std::size_t k = 0; k < data_->tests.size(); ++k) {
        const double begin = data_->tests[k].history.pieces.front().begin_s;
        first = std::min(first, prepared_[k].times_s.front() - begin);
        last = std::max(last, prepared_[k].times_s.back() - begin);
    }
    const double low = std::log(first);
    const double high = std::log(last) + beyond_last;
    double lowest = std::numeric_limits<double>::infinity();
    const Eigen::VectorXd given = best;
    const auto keep = [&](CreepCoordinate which, double value) {
        if (!c[which].is_fixed) {
            best[at(which)] = std::clamp(value, c[which].low, c[which].high);
        }
    };
    for (const double grid_chi : chi_grid) {
        for (int k = 0; k < tau_max_grid; ++k) {
            Eigen::VectorXd q = given;
            q[creep_chi] = c[creep_chi].is_fixed ? given[creep_chi] : grid_chi;
            if (!c[creep_ln_tau_max].is_fixed) {
                q[creep_ln_tau_max] = low + (high - low) * k / (tau_max_grid - 1);
            }
            double ln_J = 0.0;
            double ln_A = 0.0;
            const double ln_max = setup_->ln_tau_max(q);
            const double cost = try_start(q[creep_chi], ln_max, ln_J, ln_A);
            if (cost < lowest) {
                lowest = cost;
                keep(creep_ln_J_0, ln_J);
                keep(creep_ln_A_an, ln_A);
                keep(creep_ln_A_vp, ln_A);
                keep(creep_chi, q[creep_chi]);
                keep(creep_ln_tau_max, ln_max);
            }
        }
    }
    return best;
}

}  // namespace relaxd::model
