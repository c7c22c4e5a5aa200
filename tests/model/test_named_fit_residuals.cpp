// SPDX-License-Identifier: MIT
//
// What is said of residuals: runs against all orders of the signs counted one by one, tails of
// distributions against published tables, alarms of pure noise and of real misfits.

#include "model/fit/distributions.hpp"
#include "tests/model/named_models.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>

namespace relaxd::model {

namespace {

int runs_of(const std::vector<int>& signs) {
    int runs = 1;
    for (std::size_t i = 1; i < signs.size(); ++i) {
        runs += signs[i] != signs[i - 1] ? 1 : 0;
    }
    return runs;
}

/// Two-sided p of the runs of `signs` by counting every order of them.
double counted_p(const std::vector<int>& signs) {
    const int seen = runs_of(signs);
    std::vector<int> order = signs;
    std::sort(order.begin(), order.end());
    double all = 0.0, low = 0.0, high = 0.0;
    do {
        const int runs = runs_of(order);
        all += 1.0;
        low += runs <= seen ? 1.0 : 0.0;
        high += runs >= seen ? 1.0 : 0.0;
    } while (std::next_permutation(order.begin(), order.end()));
    return std::min(1.0, 2.0 * std::min(low, high) / all);
}

}  // namespace

TEST_CASE("the runs test is the count of all orders") {
    Noise noise(3);
    for (int trial = 0; trial < 40; ++trial) {
        std::vector<double> residuals;
        std::vector<int> signs;
        const int n = 3 + trial % 12;
        for (int i = 0; i < n; ++i) {
            residuals.push_back(noise.normal() + 0.02 * trial);
            signs.push_back(residuals.back() > 0.0 ? 1 : -1);
        }
        CAPTURE(trial, n);
        CHECK(check_residuals(residuals, {}, 0).runs_p == Approx(counted_p(signs)).epsilon(1e-9));
    }
}

TEST_CASE("the runs of several series are counted together, none across an end") {
    // + + | - - : within each series one run is all there can be.
    const std::vector<double> residuals = {1.0, 2.0, -1.0, -2.0};
    const std::vector<std::size_t> ends = {2, 4};
    CHECK(check_residuals(residuals, ends, 0).runs_p == Approx(1.0));
    CHECK(check_residuals(residuals, {}, 0).runs_p == Approx(counted_p({1, 1, -1, -1})));
}

TEST_CASE("the lag-1 correlation of a known series") {
    // (1, 1, -1): products 1, -1; squares 1, 1.
    CHECK(
        check_residuals(std::vector<double>{1.0, 1.0, -1.0}, {}, 0).lag1 ==
        Approx(0.0).margin(1e-12)
    );
    const std::vector<double> alternating = {1.0, -1.0, 1.0, -1.0};
    CHECK(check_residuals(alternating, {}, 0).lag1 == Approx(-1.0));
    CHECK(correlation_factor(alternating, {}) == 1.0);  // never narrower than white noise
}

TEST_CASE("tails of distributions are those of the tables") {
    // Abramowitz & Stegun, tables 26.7-26.10: 5 % and 0.1 % points.
    CHECK(chi2_upper(3.841459, 1.0) == Approx(0.05).epsilon(1e-6));
    CHECK(chi2_upper(18.307038, 10.0) == Approx(0.05).epsilon(1e-6));
    CHECK(chi2_upper(149.449, 100.0) == Approx(0.001).epsilon(1e-3));
    CHECK(chi2_upper(2.0, 2.0) == Approx(std::exp(-1.0)).epsilon(1e-13));  // exp(-x/2)
    CHECK(chi2_upper(200.0, 2.0) == Approx(std::exp(-100.0)).epsilon(1e-11));
    CHECK(fisher_upper(4.964603, 1.0, 10.0) == Approx(0.05).epsilon(1e-6));
    CHECK(fisher_upper(2.978237, 10.0, 10.0) == Approx(0.05).epsilon(1e-6));
    CHECK(fisher_upper(1.0, 7.0, 7.0) == Approx(0.5));  // F and 1/F
    CHECK(student_975(1.0) == Approx(12.706205).epsilon(1e-6));
    CHECK(student_975(10.0) == Approx(2.228139).epsilon(1e-6));
    CHECK(student_975(1e9) == Approx(1.959964).epsilon(1e-6));
    CHECK(normal_two_sided(1.959964) == Approx(0.05).epsilon(1e-5));
}

TEST_CASE("pure noise rings once in ten thousand, and its p-values are even") {
    int alarms = 0;
    int runs_below_10 = 0;
    int chi2_below_10 = 0;
    const int trials = 2000;
    for (int trial = 0; trial < trials; ++trial) {
        Noise noise(static_cast<std::uint64_t>(trial) + 1);
        std::vector<double> residuals;
        for (int i = 0; i < 60; ++i) {
            residuals.push_back(noise.normal());
        }
        const auto check = check_residuals(residuals, {}, 0);
        alarms += check.is_alarm ? 1 : 0;
        runs_below_10 += check.runs_p < 0.1 ? 1 : 0;
        chi2_below_10 += check.chi2_p < 0.1 ? 1 : 0;
    }
    CHECK(alarms <= 1);
    // 200 +- 13 of 2000; the discrete runs test has fewer.
    CHECK(runs_below_10 > 80);
    CHECK(runs_below_10 < 250);
    CHECK(chi2_below_10 > 140);
    CHECK(chi2_below_10 < 250);
}

TEST_CASE("a few outliers ring no alarm, a wrong model and small sigmas do and say which") {
    Noise noise(9);
    std::vector<double> residuals;
    for (int i = 0; i < 300; ++i) {
        residuals.push_back(noise.normal() + (i % 40 == 7 ? 15.0 : 0.0));
    }
    CHECK_FALSE(check_residuals(residuals, {}, 3).is_alarm);
    std::vector<double> wave;
    for (int i = 0; i < 300; ++i) {
        wave.push_back(noise.normal() + 2.0 * std::sin(0.05 * i));
    }
    const auto wrong = check_residuals(wave, {}, 3);
    CHECK(wrong.is_alarm);
    CHECK(wrong.sentence.find("runs of equal sign") != std::string::npos);
    for (double& r : residuals) {
        r *= 2.0;
    }
    const auto small = check_residuals(residuals, {}, 3);
    CHECK(small.is_alarm);
    CHECK(small.sentence.find("times the given standard deviations") != std::string::npos);
    CHECK_FALSE(check_residuals(residuals, {}, 3, false).is_alarm);
}

TEST_CASE("correlated residuals widen the errors as the effective sample says") {
    // An autoregressive drift of coefficient 0.8: the mean of n values has the variance of
    // n (1 - r)/(1 + r) independent ones.
    double squares = 0.0;
    double claimed = 0.0;
    const int trials = 200;
    for (int trial = 0; trial < trials; ++trial) {
        Noise noise(static_cast<std::uint64_t>(trial) + 100);
        std::vector<double> x, y;
        double drift = 0.0;
        for (int i = 0; i < 400; ++i) {
            drift = 0.8 * drift + 0.6 * noise.normal();
            x.push_back(i);
            y.push_back(drift);
        }
        const auto constant = [](double, const Eigen::VectorXd& q, Eigen::VectorXd& g) {
            g << 1.0;
            return q[0];
        };
        CurveModel model(constant, x, y, 1.0);
        const std::vector<NamedCoordinate> coordinates = {coordinate("a", 0.5)};
        const NamedFit fit = fit_named(model, coordinates, squares_only());
        REQUIRE(fit.is_usable());
        squares += fit.q[0] * fit.q[0];
        claimed += fit.covariance(0, 0);
    }
    CHECK(std::sqrt(claimed / squares) == Approx(1.0).epsilon(0.15));
}

}  // namespace relaxd::model
