// SPDX-License-Identifier: MIT
//
// The transform of the stretched exponential against closed forms and an independent integral.
#include "model/kww/kww.hpp"
#include "model/kww/special.hpp"
#include "tests/model/simulation.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <complex>

namespace relaxd::model {

namespace {

using test::LongComplex;

/// exp(u^2) erfc(u) for |arg u| <= pi/4: Maclaurin series of erf, or Laplace's continued fraction.
LongComplex scaled_erfc(LongComplex u) {
    const long double root_pi = std::sqrt(std::numbers::pi_v<long double>);
    if (std::abs(u) < 2.5L) {
        LongComplex term = u;
        LongComplex sum = u;
        for (int n = 1; n < 200; ++n) {
            term *= -u * u / static_cast<long double>(n);
            sum += term / static_cast<long double>(2 * n + 1);
        }
        return std::exp(u * u) * (1.0L - 2.0L / root_pi * sum);
    }
    LongComplex fraction = u;
    for (int k = 400; k >= 1; --k) {
        fraction = u + (0.5L * static_cast<long double>(k)) / fraction;
    }
    return 1.0L / (root_pi * fraction);
}

std::complex<double> rounded(LongComplex z) {
    return {static_cast<double>(z.real()), static_cast<double>(z.imag())};
}

constexpr double step_omega = 0.9375;  // not a divisor of any grid inside

}  // namespace

TEST_CASE("kww at beta = 1/2 is the closed form with erfc to 1e-9 of the strength") {
    double worst = 0.0;
    for (double v = std::log(1e-12); v < std::log(1.1e12); v += step_omega) {
        const LongComplex u =
            0.5L / std::sqrt(LongComplex(0.0L, std::exp(static_cast<long double>(v))));
        const LongComplex F = std::sqrt(std::numbers::pi_v<long double>) * u * scaled_erfc(u);
        worst = std::max(worst, std::abs(kww(v, 0.5).compliance - rounded(F)));
    }
    CAPTURE(worst);
    CHECK(worst < 1e-9);
}

TEST_CASE("kww at beta = 1 is Debye") {
    for (double v = std::log(1e-12); v < std::log(1.1e12); v += step_omega) {
        const std::complex<double> F = 1.0 / std::complex<double>(1.0, std::exp(v));
        CHECK(std::abs(kww(v, 1.0).compliance - F) < 1e-10);
        CHECK(std::abs(kww(v, 1.0 - 1e-9).compliance - F) < 1e-8);
    }
}

TEST_CASE("kww agrees with an independent long double integral to 1e-9 for beta 0.1 to 1") {
    double worst = 0.0;
    for (const double beta :
         {0.1, 0.13, 0.2, 0.3, 0.386, 0.4, 0.55, 0.7, 0.8, 0.81, 0.9, 0.97, 0.99}) {
        for (double v = std::log(1e-12); v < std::log(1.1e12); v += 3.0 * step_omega) {
            const auto F = rounded(test::stretched_exponential(test::wide(v), test::wide(beta)));
            const double error = std::abs(kww(v, beta).compliance - F);
            if (error > worst) {
                worst = error;
            }
            if (error > 1e-9) {
                CAPTURE(beta, v, error);
                CHECK(error <= 1e-9);
            }
        }
    }
    CAPTURE(worst);
    CHECK(worst < 1e-9);
}

TEST_CASE("kww keeps relative accuracy far from the transition") {
    for (const double beta : {0.3, 0.5, 0.8}) {
        for (const double v : {30.0, 60.0, 100.0}) {
            // One term of the series: Gamma(1 + beta) (i x)^-beta, corrections below 1e-3.
            const double leading = std::tgamma(1.0 + beta) * std::exp(-beta * v);
            CHECK(std::abs(kww(v, beta).compliance) / leading == Approx(1.0).epsilon(2e-3));
        }
        for (const double v : {-60.0, -30.0}) {
            const double slope = std::tgamma(1.0 + 1.0 / beta) * std::exp(v);
            CHECK(kww(v, beta).modulus.imag() / slope == Approx(1.0).epsilon(1e-9));
        }
    }
}

TEST_CASE("the derivatives of kww are those of its value") {
    for (const double beta : {0.15, 0.4, 0.6, 0.85, 0.96}) {
        for (double v = -20.0; v < 30.0; v += 2.7) {
            const double h = 1e-4;
            const KwwValue k = kww(v, beta);
            const auto by_v = (kww(v + h, beta).compliance - kww(v - h, beta).compliance) / (2 * h);
            const auto by_beta =
                (kww(v, beta + h).compliance - kww(v, beta - h).compliance) / (2 * h);
            CAPTURE(beta, v);
            CHECK(std::abs(k.d_ln_omega_tau - by_v) < 2e-6);
            CHECK(std::abs(k.d_beta - by_beta) < 1e-5 * (1.0 + std::abs(k.d_beta) / beta));
        }
    }
}

TEST_CASE("ln_gamma and digamma agree with the library and with their recurrences") {
    for (double x = 0.05; x < 60.0; x *= 1.17) {
        CHECK(ln_gamma(x) == Approx(std::lgamma(x)).epsilon(1e-13).margin(1e-14));
        CHECK(digamma(x + 1.0) - digamma(x) == Approx(1.0 / x).epsilon(1e-11));
    }
    CHECK(digamma(1.0) == Approx(-0.57721566490153286).epsilon(1e-13));
}

}  // namespace relaxd::model
