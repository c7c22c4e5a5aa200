// SPDX-License-Identifier: MIT
//
// Profile intervals of few rows whose noise is known from the residuals alone.
#include "model/fit/named_fit.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

constexpr std::array<double, 8> measured{1.02, 1.97, 3.05, 3.96, 5.01, 6.04, 6.95, 8.03};

/// y = a + b x, sigmas of 1 that mean nothing.
class Line final : public ResidualModel {
  public:
    [[nodiscard]] std::size_t rows() const override { return measured.size(); }
    [[nodiscard]] bool residuals(
        const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
    ) override {
        for (std::size_t k = 0; k < measured.size(); ++k) {
            const auto i = static_cast<Eigen::Index>(k);
            const auto x = static_cast<double>(k);
            r[i] = q[0] + q[1] * x - measured[k];
            if (derivative != nullptr) {
                (*derivative)(i, 0) = 1.0;
                (*derivative)(i, 1) = x;
            }
        }
        return true;
    }
};

}  // namespace

TEST_CASE("the profile of a straight line is Student's interval, also of few rows") {
    // Closed form: b = Sxy/Sxx, s^2 = rest/(n - 2), t(6) = 2.446912.
    const auto n = static_cast<double>(measured.size());
    double x_mean = 0.0;
    double y_mean = 0.0;
    for (std::size_t k = 0; k < measured.size(); ++k) {
        x_mean += static_cast<double>(k) / n;
        y_mean += measured[k] / n;
    }
    double xx = 0.0;
    double xy = 0.0;
    double yy = 0.0;
    for (std::size_t k = 0; k < measured.size(); ++k) {
        const double dx = static_cast<double>(k) - x_mean;
        xx += dx * dx;
        xy += dx * (measured[k] - y_mean);
        yy += std::pow(measured[k] - y_mean, 2);
    }
    const double slope = xy / xx;
    const double half = 2.446911851 * std::sqrt((yy - slope * xy) / (n - 2.0) / xx);

    Line line;
    std::vector<NamedCoordinate> coordinates(2);
    coordinates[0].name = "a";
    coordinates[1].name = "b";
    NamedFitOptions options;
    options.loss.c = std::numeric_limits<double>::infinity();
    options.sigma_is_relative = true;
    const NamedFit fit = fit_named(line, coordinates, options);
    REQUIRE(fit.is_usable());
    const auto ends = profile_interval(line, coordinates, options, fit, 1);
    REQUIRE(ends);
    CHECK(ends->first == Approx(slope - half).epsilon(1e-4));
    CHECK(ends->second == Approx(slope + half).epsilon(1e-4));
}

}  // namespace relaxd::model
