// SPDX-License-Identifier: MIT
//
// The common frame of the fits against closed forms: the straight line, the prior alone, the
// prior and one datum, the box.

#include "tests/model/named_models.hpp"
#include "tests/support/catch.hpp"

namespace relaxd::model {

namespace {

using record::ParameterState;

struct Line {
    std::vector<double> x;
    std::vector<double> y;
    double sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0;

    explicit Line(std::uint64_t seed, double sigma = 0.1, int n = 40) {
        Noise noise(seed);
        for (int k = 0; k < n; ++k) {
            x.push_back(0.1 * k);
            y.push_back(1.0 + 2.0 * x.back() + sigma * noise.normal());
            sx += x.back();
            sy += y.back();
            sxx += x.back() * x.back();
            sxy += x.back() * y.back();
        }
    }
    [[nodiscard]] double n() const { return static_cast<double>(x.size()); }
    [[nodiscard]] double slope() const { return (n() * sxy - sx * sy) / (n() * sxx - sx * sx); }
    [[nodiscard]] double intercept() const { return (sy - slope() * sx) / n(); }
    [[nodiscard]] double slope_variance() const { return n() / (n() * sxx - sx * sx); }
    [[nodiscard]] double intercept_variance() const { return sxx / (n() * sxx - sx * sx); }
    [[nodiscard]] double squares() const {
        double s = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double r = y[i] - intercept() - slope() * x[i];
            s += r * r;
        }
        return s;
    }
};

std::vector<NamedCoordinate> line_coordinates() {
    return {coordinate("a", 0.0), coordinate("b", 0.0)};
}

}  // namespace

TEST_CASE("a straight line comes out as its closed form, with its errors") {
    const Line line(1);
    CurveModel model(straight_line, line.x, line.y, 0.1);
    const auto coordinates = line_coordinates();
    const NamedFit fit = fit_named(model, coordinates, squares_only());
    REQUIRE(fit.is_usable());
    CHECK(fit.q[0] == Approx(line.intercept()).epsilon(1e-10));
    CHECK(fit.q[1] == Approx(line.slope()).epsilon(1e-10));
    CHECK(fit.chi2 == Approx(line.squares() / 0.01).epsilon(1e-9));
    CHECK(fit.reduced_chi2 == Approx(fit.chi2 / 38.0));
    const double factor = std::max(1.0, fit.reduced_chi2);
    CHECK(fit.variance_factor == Approx(factor));
    CHECK(fit.covariance(1, 1) == Approx(factor * 0.01 * line.slope_variance()));
    CHECK(fit.covariance(0, 0) == Approx(factor * 0.01 * line.intercept_variance()));
    CHECK(fit.states[0] == ParameterState::determined);
    CHECK(fit.states[1] == ParameterState::determined);
    CHECK(std::isnan(fit.shrinkage[0]));
    CHECK_FALSE(fit.check.is_alarm);
}

TEST_CASE("relative sigmas give the textbook errors of the line and Student's interval") {
    const Line line(2, 0.37, 8);
    CurveModel model(straight_line, line.x, line.y, 123.0);
    const auto coordinates = line_coordinates();
    NamedFitOptions options = squares_only();
    options.sigma_is_relative = true;
    const NamedFit fit = fit_named(model, coordinates, options);
    REQUIRE(fit.is_usable());
    const double s2 = line.squares() / 6.0;
    CHECK(fit.covariance(1, 1) == Approx(s2 * line.slope_variance()).epsilon(1e-6));
    CHECK(fit.quantile_95 == Approx(2.446912).epsilon(1e-6));  // t(6), any table
    CHECK(std::isnan(fit.check.chi2_p));
    Eigen::VectorXd g(2);
    g << 0.0, 1.0;
    const auto b = report(fit, coordinates, "slope", fit.q[1], g, false);
    CHECK(b.upper_95 - b.value == Approx(2.446912 * b.standard_error).epsilon(1e-6));
}

TEST_CASE("a coordinate that no datum touches keeps its prior and is undetermined") {
    const Line line(3);
    const auto curve = [](double x, const Eigen::VectorXd& q, Eigen::VectorXd& g) {
        g << 1.0, x, 0.0;
        return q[0] + q[1] * x;
    };
    CurveModel model(curve, line.x, line.y, 0.1);
    auto coordinates = line_coordinates();
    coordinates.push_back(coordinate("unseen", 5.0));
    coordinates[2].prior_mean = 7.0;
    coordinates[2].prior_sd = 0.5;
    const NamedFit fit = fit_named(model, coordinates, NamedFitOptions{});
    REQUIRE(fit.is_usable());
    CHECK(fit.q[2] == Approx(7.0));
    CHECK(fit.shrinkage[2] == Approx(1.0));
    CHECK(fit.states[2] == ParameterState::undetermined);
    const auto e = report(fit, coordinates, "unseen", 7.0, Eigen::Vector3d(0, 0, 1), false);
    CHECK(std::isnan(e.value));
    CHECK(std::isnan(e.standard_error));
    CHECK(e.shrinkage == Approx(1.0));
}

TEST_CASE("without a prior an unseen coordinate is undetermined and spoils nothing") {
    const Line line(4);
    const auto curve = [](double x, const Eigen::VectorXd& q, Eigen::VectorXd& g) {
        g << 1.0, x, 0.0;
        return q[0] + q[1] * x;
    };
    CurveModel model(curve, line.x, line.y, 0.1);
    auto coordinates = line_coordinates();
    coordinates.push_back(coordinate("unseen", 5.0));
    const NamedFit fit = fit_named(model, coordinates, squares_only());
    REQUIRE(fit.is_usable());
    CHECK(fit.q[1] == Approx(line.slope()).epsilon(1e-8));
    CHECK(fit.states[1] == ParameterState::determined);
    CHECK(fit.states[2] == ParameterState::undetermined);
}

TEST_CASE("a prior and one datum meet at the mean of their weights") {
    const auto curve = [](double, const Eigen::VectorXd& q, Eigen::VectorXd& g) {
        g << 1.0;
        return q[0];
    };
    CurveModel model(curve, {0.0}, {3.0}, 0.2);
    std::vector<NamedCoordinate> coordinates = {coordinate("a", 0.0)};
    coordinates[0].prior_mean = 2.0;
    coordinates[0].prior_sd = 0.6;
    const NamedFit fit = fit_named(model, coordinates, squares_only());
    REQUIRE(fit.is_usable());
    const double w = 1.0 / 0.04;
    const double p = 1.0 / 0.36;
    CHECK(fit.q[0] == Approx((w * 3.0 + p * 2.0) / (w + p)));
    CHECK(fit.covariance(0, 0) == Approx(1.0 / (w + p)));
    CHECK(fit.shrinkage[0] == Approx(std::sqrt(1.0 / (w + p)) / 0.6));
    CHECK(fit.states[0] == ParameterState::hinted);
}

TEST_CASE("a pair that only its sum determines is traded, and each names the other") {
    const auto curve = [](double x, const Eigen::VectorXd& q, Eigen::VectorXd& g) {
        g << 1.0 + 1e-3 * x, 1.0;
        return q[0] * (1.0 + 1e-3 * x) + q[1];
    };
    Noise noise(5);
    std::vector<double> x, y;
    for (int k = 0; k < 50; ++k) {
        x.push_back(k / 50.0);
        y.push_back(3.0 + 1e-3 * x.back() + 1e-6 * noise.normal());
    }
    CurveModel model(curve, x, y, 1e-6);
    const std::vector<NamedCoordinate> coordinates = {coordinate("p", 0.5), coordinate("q", 0.5)};
    const NamedFit fit = fit_named(model, coordinates, NamedFitOptions{});
    REQUIRE(fit.is_usable());
    CHECK(fit.states[0] == ParameterState::traded);
    CHECK(fit.states[1] == ParameterState::traded);
    CHECK(fit.traded_with[0] == 1);
    CHECK(fit.traded_with[1] == 0);
    const auto p = report(fit, coordinates, "p", fit.q[0], Eigen::Vector2d(1, 0), false);
    CHECK(p.traded_with == "q");
    CHECK(p.value == Approx(1.0).margin(5.0 * p.standard_error));
    // Their sum is known far better than either.
    const auto sum = report(fit, coordinates, "sum", fit.q.sum(), Eigen::Vector2d(1, 1), false);
    CHECK(sum.standard_error < 0.01 * p.standard_error);
}

TEST_CASE("an optimum outside the box ends at its wall and says so") {
    const Line line(6);
    CurveModel model(straight_line, line.x, line.y, 0.1);
    auto coordinates = line_coordinates();
    coordinates[1].low = -1.0;
    coordinates[1].high = 1.5;  // the slope is 2
    const NamedFit fit = fit_named(model, coordinates, squares_only());
    REQUIRE(fit.is_usable());
    CHECK(fit.q[1] == 1.5);
    CHECK(fit.states[1] == ParameterState::at_limit);
    CHECK(fit.q[0] == Approx((line.sy - 1.5 * line.sx) / line.n()));
    CHECK(fit.check.is_alarm);  // a line of the wrong slope is no description
}

TEST_CASE("a wall met on the way is left again") {
    // Rosenbrock's valley as residuals: the first step wants far out.
    class Valley final : public ResidualModel {
      public:
        [[nodiscard]] std::size_t rows() const override { return 2; }
        [[nodiscard]] bool residuals(
            const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* j
        ) override {
            r = Eigen::Vector2d(10.0 * (q[1] - q[0] * q[0]), 1.0 - q[0]);
            if (j != nullptr) {
                *j << -20.0 * q[0], 10.0, -1.0, 0.0;
            }
            return true;
        }
    };
    Valley model;
    std::vector<NamedCoordinate> coordinates = {coordinate("x", -1.2), coordinate("y", 1.0)};
    coordinates[1].low = 0.0;
    coordinates[1].high = 2.0;
    const NamedFit fit = fit_named(model, coordinates, squares_only());
    REQUIRE(fit.is_usable());
    CHECK(fit.q[0] == Approx(1.0));
    CHECK(fit.q[1] == Approx(1.0));
}

TEST_CASE("a fixed coordinate stays and has no error") {
    const Line line(7);
    CurveModel model(straight_line, line.x, line.y, 0.1);
    auto coordinates = line_coordinates();
    coordinates[0].is_fixed = true;
    coordinates[0].start = 1.0;
    const NamedFit fit = fit_named(model, coordinates, squares_only());
    REQUIRE(fit.is_usable());
    CHECK(fit.q[0] == 1.0);
    CHECK(fit.n_free == 1);
    CHECK(fit.q[1] == Approx((line.sxy - line.sx) / line.sxx));
    CHECK(fit.states[0] == ParameterState::fixed);
    const auto a = report(fit, coordinates, "a", 1.0, Eigen::Vector2d(1, 0), false);
    CHECK(a.state == ParameterState::fixed);
    CHECK(a.value == 1.0);
    CHECK(std::isnan(a.standard_error));
}

TEST_CASE("3 % of outliers at 15 sigma move the line by less than one standard error") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Line line(seed, 0.1, 200);
        CurveModel clean(straight_line, line.x, line.y, 0.1);
        const auto coordinates = line_coordinates();
        const NamedFit without = fit_named(clean, coordinates, NamedFitOptions{});
        Noise noise(1000 + seed);
        std::vector<std::size_t> spoilt;
        for (std::size_t i = 0; i < line.y.size(); ++i) {
            if (noise.uniform() < 0.03) {
                line.y[i] += noise.uniform() < 0.5 ? -1.5 : 1.5;
                spoilt.push_back(i);
            }
        }
        CurveModel model(straight_line, line.x, line.y, 0.1);
        const NamedFit fit = fit_named(model, coordinates, NamedFitOptions{});
        REQUIRE(fit.is_usable());
        CAPTURE(seed);
        for (Eigen::Index i = 0; i < 2; ++i) {
            const double sd = std::sqrt(fit.covariance(i, i));
            CHECK(std::abs(fit.q[i] - without.q[i]) < sd);
            CHECK(sd < 1.5 * std::sqrt(without.covariance(i, i)));
        }
        CHECK(fit.flagged == spoilt);
        CHECK_FALSE(fit.check.is_alarm);
    }
}

TEST_CASE("a model without a value at the start is no success") {
    const auto curve = [](double x, const Eigen::VectorXd& q, Eigen::VectorXd& g) {
        g << 0.5 * x / std::sqrt(q[0]);
        return x * std::sqrt(q[0]);
    };
    CurveModel model(curve, {1.0, 2.0}, {1.0, 2.0}, 0.1);
    const std::vector<NamedCoordinate> coordinates = {coordinate("a", -1.0)};
    const NamedFit fit = fit_named(model, coordinates, NamedFitOptions{});
    CHECK_FALSE(fit.is_usable());
    CHECK(fit.termination == Termination::bad_start);
}

TEST_CASE("the work is bounded by evaluations") {
    const Line line(8);
    CurveModel model(straight_line, line.x, line.y, 0.1);
    NamedFitOptions options;
    options.evaluations_max = 20;
    options.wants_profile_check = false;
    const NamedFit fit = fit_named(model, line_coordinates(), options);
    CHECK(fit.is_usable());
    CHECK(model.calls < 100);
}

}  // namespace relaxd::model
