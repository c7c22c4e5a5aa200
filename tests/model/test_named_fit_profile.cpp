// SPDX-License-Identifier: MIT
//
// Profile intervals against a brute-force scan, and the state that rests on them.

#include "tests/model/named_models.hpp"
#include "tests/support/catch.hpp"

namespace relaxd::model {

namespace {

using record::ParameterState;

/// y = a exp(-k x), few and noisy: the interval of k is far from symmetric.
struct Decay {
    std::vector<double> x;
    std::vector<double> y;
    static constexpr double sigma = 0.12;

    explicit Decay(std::uint64_t seed) {
        Noise noise(seed);
        for (int i = 0; i < 9; ++i) {
            x.push_back(0.5 * i);
            y.push_back(std::exp(-0.8 * x.back()) + sigma * noise.normal());
        }
    }
    /// chi2 at k, the amplitude in closed form.
    [[nodiscard]] double chi2_at(double k) const {
        double ss = 0.0, sy = 0.0, yy = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double s = std::exp(-k * x[i]);
            ss += s * s;
            sy += s * y[i];
            yy += y[i] * y[i];
        }
        return (yy - sy * sy / ss) / (sigma * sigma);
    }
};

double exponential(double x, const Eigen::VectorXd& q, Eigen::VectorXd& g) {
    const double s = std::exp(-q[1] * x);
    g << s, -q[0] * x * s;
    return q[0] * s;
}

}  // namespace

TEST_CASE("the profile interval of an exponential is that of a brute-force scan") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const Decay decay(seed);
        CurveModel model(exponential, decay.x, decay.y, Decay::sigma);
        const std::vector<NamedCoordinate> coordinates = {
            coordinate("a", 0.8), coordinate("k", 0.5)
        };
        const NamedFitOptions options = squares_only();
        const NamedFit fit = fit_named(model, coordinates, options);
        REQUIRE(fit.is_usable());
        double best_k = 0.0;
        double best = 1e300;
        for (double k = 0.0; k < 6.0; k += 1e-4) {
            const double here = decay.chi2_at(k);
            if (here < best) {
                best = here;
                best_k = k;
            }
        }
        const double rise = 3.841 * fit.variance_factor;
        double low = best_k;
        double high = best_k;
        while (decay.chi2_at(low) < best + rise) {
            low -= 1e-4;
        }
        while (decay.chi2_at(high) < best + rise) {
            high += 1e-4;
        }
        const auto interval = profile_interval(model, coordinates, options, fit, 1);
        CAPTURE(seed, best_k, low, high);
        REQUIRE(interval);
        CHECK(interval->first == Approx(low).margin(3e-4));
        CHECK(interval->second == Approx(high).margin(3e-4));
    }
}

TEST_CASE("of a straight line the profile interval is the quadratic one") {
    Noise noise(4);
    std::vector<double> x, y;
    for (int i = 0; i < 30; ++i) {
        x.push_back(0.1 * i);
        y.push_back(1.0 + 2.0 * x.back() + 0.1 * noise.normal());
    }
    CurveModel model(straight_line, x, y, 0.1);
    const std::vector<NamedCoordinate> coordinates = {coordinate("a", 0.0), coordinate("b", 0.0)};
    const NamedFit fit = fit_named(model, coordinates, squares_only());
    for (const std::size_t i : {0U, 1U}) {
        const auto k = static_cast<Eigen::Index>(i);
        const auto interval = profile_interval(model, coordinates, squares_only(), fit, i);
        REQUIRE(interval);
        const double half = std::sqrt(3.841 * fit.covariance(k, k));
        CHECK(interval->second - fit.q[k] == Approx(half).epsilon(1e-4));
        CHECK(fit.q[k] - interval->first == Approx(half).epsilon(1e-4));
    }
}

TEST_CASE("a coordinate whose cost never rises has no profile interval") {
    const auto saturating = [](double x, const Eigen::VectorXd& q, Eigen::VectorXd& g) {
        // exp(-exp(q)) vanishes for large q: nothing speaks against any of them.
        const double s = std::exp(-std::exp(q[0]) * x);
        g << -std::exp(q[0]) * x * s;
        return s;
    };
    CurveModel model(saturating, {1.0, 2.0, 3.0, 4.0}, {0.01, -0.01, 0.02, 0.0}, 0.1);
    std::vector<NamedCoordinate> coordinates = {coordinate("q", 1.0)};
    coordinates[0].prior_mean = 1.0;
    coordinates[0].prior_sd = 50.0;
    coordinates[0].low = -20.0;
    coordinates[0].high = 20.0;
    const NamedFit fit = fit_named(model, coordinates, squares_only());
    REQUIRE(fit.is_usable());
    CHECK_FALSE(profile_interval(model, coordinates, squares_only(), fit, 0));
    CHECK(fit.states[0] != ParameterState::determined);
}

TEST_CASE("a small error of a strongly bent cost is not called determined") {
    // y = q^2 near q = 0: the quadratic error says little there.
    const auto bent = [](double, const Eigen::VectorXd& q, Eigen::VectorXd& g) {
        g << 2.0 * q[0];
        return q[0] * q[0];
    };
    CurveModel near_zero(bent, {1.0, 1.0}, {0.04, 0.04}, 0.1);
    std::vector<NamedCoordinate> coordinates = {coordinate("q", 0.3)};
    coordinates[0].prior_mean = 0.0;
    coordinates[0].prior_sd = 10.0;
    const NamedFit close = fit_named(near_zero, coordinates, squares_only());
    REQUIRE(close.is_usable());
    CHECK(close.shrinkage[0] < 0.3);
    CHECK(close.states[0] == ParameterState::hinted);
    CurveModel far(bent, {1.0, 1.0}, {4.0, 4.0}, 0.1);
    coordinates[0].start = 1.8;
    const NamedFit good = fit_named(far, coordinates, squares_only());
    CHECK(good.q[0] == Approx(2.0).epsilon(1e-3));
    CHECK(good.states[0] == ParameterState::determined);
}

}  // namespace relaxd::model
