// SPDX-License-Identifier: MIT
//
// The Gumbel averages against Gauss quadrature in long double, closed forms at B = 1 and the
// leading terms at very short and very long times.
#include "model/qpd/gumbel.hpp"
#include "tests/support/catch.hpp"

#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/bessel.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace relaxd::model {

namespace {

using Wide = long double;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// int exp(y - e^y) f(y) dy in panels of Gauss's rule with 15 points.
template <typename F>
Wide averaged(F f, double low, double panel) {
    const int panels = static_cast<int>(std::ceil((6.0 - low) / panel));
    const Wide width = (Wide{6} - static_cast<Wide>(low)) / panels;
    Wide sum = 0;
    for (int k = 0; k < panels; ++k) {
        const Wide left = static_cast<Wide>(low) + k * width;
        sum += boost::math::quadrature::gauss<Wide, 15>::integrate(
            [&f](Wide y) { return std::exp(y - std::exp(y)) * f(y); }, left, left + width
        );
    }
    return sum;
}

struct Averages {
    Wide real = 0;
    Wide loss = 0;
    Wide one_minus_exp = 0;
};

Averages quadrature(double L, double B) {
    const double low = -B * std::abs(L) - 60.0 * std::max(1.0, B);
    const double panel = std::min(1.0, B);
    const auto relative = [L, B](Wide y) {
        return static_cast<Wide>(L) + y / static_cast<Wide>(B);
    };
    Averages out;
    out.real = averaged(
        [&](Wide y) {
            const Wide u = std::exp(relative(y));
            return 1 / (1 + u * u);
        },
        low,
        panel
    );
    out.loss = averaged(
        [&](Wide y) {
            const Wide u = std::exp(relative(y));
            return 1 / (1 / u + u);
        },
        low,
        panel
    );
    out.one_minus_exp = averaged(
        [&](Wide y) {
            return -std::expm1(-std::exp(static_cast<Wide>(L) - y / static_cast<Wide>(B)));
        },
        low,
        panel
    );
    return out;
}

double relative_error(double value, Wide truth) {
    return static_cast<double>(std::abs(static_cast<Wide>(value) / truth - 1));
}

}  // namespace

TEST_CASE("the Gumbel averages are right to 1e-11 of each, at every time and width") {
    for (const double B : {0.05, 0.2, 0.33, 0.6, 0.97, 1.0, 1.03, 1.5, 2.0, 2.04, 2.9, 4.0, 12.0}) {
        for (const double L : {-130.0, -40.0, -17.0, -6.0, -1.3, 0.0, 2.1, 7.0, 19.0, 37.0, 90.0}) {
            const Averages truth = quadrature(L, B);
            const auto debye = gumbel_debye(L, B);
            CAPTURE(B, L);
            CHECK(relative_error(debye.real(), truth.real) < 1e-11);
            CHECK(relative_error(-debye.imag(), truth.loss) < 1e-11);
            CHECK(relative_error(gumbel_one_minus_exp(L, B), truth.one_minus_exp) < 1e-11);
        }
    }
}

TEST_CASE("at B = 1 the relaxation is Bessel's K") {
    for (double L = -12.0; L < 14.0; L += 0.7) {
        // <1 - exp(-z/tau)> with density exp(-tau) is 1 - 2 sqrt(z) K_1(2 sqrt(z)).
        const Wide root = std::exp(static_cast<Wide>(L) / 2);
        const Wide relaxed = 1 - 2 * root * boost::math::cyl_bessel_k(1, 2 * root);
        CAPTURE(L);
        CHECK(relative_error(gumbel_one_minus_exp(L, 1.0), relaxed) < 1e-10);
    }
}

TEST_CASE("far from the mode the averages are their leading terms") {
    for (const double L : {150.0, 300.0, 320.0}) {
        CAPTURE(L);
        for (const double B : {2.3, 3.0, 4.0}) {
            CHECK(
                gumbel_debye(L, B).real() ==
                Approx(std::exp(-2 * L) * std::tgamma(1 - 2 / B)).epsilon(1e-10)
            );
        }
        for (const double B : {1.3, 2.0, 4.0}) {
            CHECK(
                -gumbel_debye(L, B).imag() ==
                Approx(std::exp(-L) * std::tgamma(1 - 1 / B)).epsilon(1e-10)
            );
            CHECK(
                gumbel_one_minus_exp(-L, B) ==
                Approx(std::exp(-L) * std::tgamma(1 - 1 / B)).epsilon(1e-10)
            );
        }
        for (const double B : {0.2, 0.5, 0.8}) {
            // int of u^(B-1) against Debye's: (pi/2)/sin(pi B/2) for the slope, …/cos for the loss.
            const double power = B * std::exp(-B * L);
            const double quarter = std::acos(0.0);
            CHECK(
                gumbel_debye(L, B).real() ==
                Approx(power * quarter / std::sin(quarter * B)).epsilon(1e-9)
            );
            CHECK(
                -gumbel_debye(L, B).imag() ==
                Approx(power * quarter / std::cos(quarter * B)).epsilon(1e-9)
            );
            CHECK(
                gumbel_one_minus_exp(-L, B) ==
                Approx(std::exp(-B * L) * std::tgamma(1 - B)).epsilon(1e-9)
            );
        }
        for (const double B : {0.2, 1.0, 4.0}) {
            CHECK(
                -gumbel_debye(-L, B).imag() ==
                Approx(std::exp(-L) * std::tgamma(1 + 1 / B)).epsilon(1e-10)
            );
            CHECK(gumbel_debye(-L, B).real() == Approx(1.0).epsilon(1e-12));
            CHECK(gumbel_one_minus_exp(L, B) == Approx(1.0).epsilon(1e-12));
        }
    }
}

TEST_CASE("an infinite B is one time, a huge one nearly so, and limits are limits") {
    for (double L = -600.0; L < 300.0; L += 7.3) {
        const double x = std::exp(L);
        CAPTURE(L);
        CHECK(gumbel_one_minus_exp(L, infinity) == Approx(-std::expm1(-x)).epsilon(1e-14));
        CHECK(gumbel_debye(L, infinity).real() == Approx(1 / (1 + x * x)).epsilon(1e-13));
        CHECK(-gumbel_debye(L, infinity).imag() == Approx(1 / (1 / x + x)).epsilon(1e-13));
        CHECK(gumbel_one_minus_exp(L, 1e9) == Approx(-std::expm1(-x)).epsilon(1e-8));
        CHECK(-gumbel_debye(L, 1e9).imag() == Approx(1 / (1 / x + x)).epsilon(1e-8));
    }
    for (const double B : {1e-6, 0.3, 1.0, 5.0, infinity}) {
        CHECK(gumbel_one_minus_exp(-infinity, B) == 0.0);
        CHECK(gumbel_one_minus_exp(infinity, B) == 1.0);
        CHECK(gumbel_debye(-infinity, B) == std::complex<double>(1.0, 0.0));
        CHECK(gumbel_debye(infinity, B).real() == 0.0);
        for (const double L : {-1e4, -700.0, 700.0, 1e4}) {
            CHECK(std::isfinite(gumbel_debye(L, B).real()));
            CHECK(std::isfinite(gumbel_debye(L, B).imag()));
            CHECK(std::isfinite(gumbel_one_minus_exp(L, B)));
        }
    }
}

TEST_CASE("the density is normalised, has its mode at 0 and the mean and width of E1-12") {
    for (const double B : {0.2, 1.0, 4.0}) {
        Wide mass = 0;
        Wide mean = 0;
        Wide square = 0;
        const double h = 0.01 / B;
        for (double x = -60 / B; x < 5 / B; x += h) {
            const Wide w = static_cast<Wide>(*gumbel_density(B, x) * h);
            mass += w;
            mean += w * static_cast<Wide>(x);
            square += w * static_cast<Wide>(x * x);
        }
        const double gamma = 0.57721566490153286;
        CHECK(static_cast<double>(mass) == Approx(1.0).epsilon(1e-10));
        CHECK(static_cast<double>(mean) == Approx(-gamma / B).epsilon(1e-9));
        const double pi = 2 * std::acos(0.0);
        CHECK(
            std::sqrt(static_cast<double>(square - mean * mean)) ==
            Approx(pi / (B * std::sqrt(6.0))).epsilon(1e-9)
        );
        CHECK(*gumbel_density(B, 0.0) == Approx(B * std::exp(-1.0)).epsilon(1e-15));
        CHECK(*gumbel_density(B, 1e-3) < *gumbel_density(B, 0.0));
        CHECK(*gumbel_density(B, -1e-3) < *gumbel_density(B, 0.0));
    }
    CHECK(*gumbel_density(4.0, 1e300) == 0.0);
    CHECK(*gumbel_density(4.0, -1e308) == 0.0);
    CHECK(gumbel_density(0.0, 1.0).error().where == "B");
    CHECK(gumbel_density(infinity, 1.0).error().where == "B");
    CHECK(gumbel_density(1.0, infinity).error().where == "x");
}

TEST_CASE("the weights are Eq. 24 on any grid, also far from the mode, and sum to 1") {
    const std::vector<double> grid{-7.0, 0.4, -1.0, 2.0, 0.0, -3.5};
    for (const double B : {0.3, 1.0, 2.5}) {
        Wide sum = 0;
        for (const double x : grid) {
            const Wide y = static_cast<Wide>(B) * static_cast<Wide>(x);
            sum += std::exp(y - std::exp(y));
        }
        const auto weights = gumbel_weights(B, grid);
        REQUIRE(weights);
        REQUIRE(weights->size() == grid.size());
        for (std::size_t k = 0; k < grid.size(); ++k) {
            const Wide y = static_cast<Wide>(B) * static_cast<Wide>(grid[k]);
            CHECK(relative_error((*weights)[k], std::exp(y - std::exp(y)) / sum) < 1e-13);
        }
        CHECK(std::accumulate(weights->begin(), weights->end(), 0.0) == Approx(1.0).epsilon(1e-14));
    }
    // Weights below the range of double stand in the right proportion still.
    const auto slow = gumbel_weights(1.0, std::vector<double>{9.0, 9.0001});
    const Wide odds = std::exp(0.0001L - (std::exp(9.0001L) - std::exp(9.0L)));
    CHECK(relative_error((*slow)[1], odds / (1 + odds)) < 1e-10);
    const auto fast = gumbel_weights(1.0, std::vector<double>{-900.0, -901.0});
    CHECK((*fast)[0] == Approx(1 / (1 + std::exp(-1.0))).epsilon(1e-13));
    const auto beyond = gumbel_weights(1.0, std::vector<double>{4000.0, 3000.0, 3000.0});
    CHECK(*beyond == std::vector<double>{0.0, 0.5, 0.5});

    CHECK(gumbel_weights(1.0, {}).error().where == "ln_tau_over_mode");
    CHECK(
        gumbel_weights(1.0, std::vector<double>{0.0, infinity}).error().where == "ln_tau_over_mode"
    );
    CHECK(gumbel_weights(-1.0, grid).error().where == "B");
}

}  // namespace relaxd::model
