// SPDX-License-Identifier: MIT
//
// The residuals of creep tests in the coordinates of creep_setup.hpp, with exact derivatives.

#pragma once

#include "model/series/creep_setup.hpp"

#include <span>
#include <vector>

namespace relaxd::model {

/// Parts of the strain at some rows of a test, and their derivatives in the coordinates.
struct CreepParts {
    double el = 0.0;
    double beta = 0.0;
    double an = 0.0;
    double vp = 0.0;
    Eigen::VectorXd d_el;
    Eigen::VectorXd d_an;
    Eigen::VectorXd d_vp;

    [[nodiscard]] double total() const { return el + beta + an + vp; }
};

/// Sums for strain = J_0 x + A y by weighted least squares.
struct CreepProducts {
    double xx = 0.0;
    double xy = 0.0;
    double yy = 0.0;
    double xs = 0.0;
    double ys = 0.0;
    double ss = 0.0;

    void add(double x, double y, double s) {
        xx += x * x;
        xy += x * y;
        yy += y * y;
        xs += x * s;
        ys += y * s;
        ss += s * s;
    }
    [[nodiscard]] double chi2(double J, double A) const {
        return ss - 2.0 * (J * xs + A * ys) + J * J * xx + 2.0 * J * A * xy + A * A * yy;
    }
    /// The best J and A, but those given.
    void solve(bool has_J, bool has_A, double& J, double& A) const;
};

class CreepResiduals final : public ResidualModel {
  public:
    /// Both must outlive it.
    CreepResiduals(const CreepData& data, const CreepSetup& setup);

    [[nodiscard]] std::size_t rows() const override { return rows_; }
    [[nodiscard]] bool residuals(
        const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
    ) override;

    /// One past the last residual of each test and of its load.
    [[nodiscard]] const std::vector<std::size_t>& series_ends() const { return ends_; }
    /// The model's strain (without baseline) of one test at ascending times; false where it has
    /// none.
    [[nodiscard]] bool strains(
        const Eigen::VectorXd& q,
        const CreepTest& test,
        std::span<const double> times_s,
        std::vector<double>& out
    ) const;
    [[nodiscard]] bool parts(
        const Eigen::VectorXd& q, const CreepTest& test, double time_s, CreepParts& out
    ) const;
    /// A start from the data: the best of a grid in chi and tau_max, J_0 and A_an being linear.
    [[nodiscard]] Eigen::VectorXd start() const;

  private:
    [[nodiscard]] bool add_products(double chi, double ln_tau_max, CreepProducts& sums) const;
    [[nodiscard]] double try_start(double chi, double ln_tau_max, double& ln_J, double& ln_A) const;
    [[nodiscard]] CreepNumbers<CreepDual> dual_numbers(const Eigen::VectorXd& q) const;
    [[nodiscard]] Eigen::VectorXd in_coordinates(const CreepDual& value, const Eigen::VectorXd& q)
        const;

    struct Prepared {
        std::vector<double> times_s;
        std::vector<double> stress_Pa;
        std::vector<double> beta;  ///< Nothing in it moves.
    };

    const CreepData* data_;
    const CreepSetup* setup_;
    std::vector<Prepared> prepared_;
    std::vector<std::size_t> ends_;
    std::size_t rows_ = 0;
    std::vector<CreepStrain<CreepDual>> strain_;
};

}  // namespace relaxd::model
