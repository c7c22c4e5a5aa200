// SPDX-License-Identifier: MIT
#include "drivers/simulator/spectrum.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace relaxd::simulator {

namespace {

constexpr double pi = std::numbers::pi;

std::vector<SpectrumLine> lines_of(double chi) {
    return stretched_lines(chi, stretched_grid(chi, chi));
}

std::complex<double> transform(const std::vector<SpectrumLine>& lines, double omega_tau) {
    std::complex<double> sum = 0.0;
    for (const SpectrumLine& line : lines) {
        sum += line.weight / std::complex<double>(1.0, omega_tau / line.rate);
    }
    return sum;
}

// Oracle: the transform of -d/dt exp(-t^chi) on a rotated contour t = s exp(-i theta), fine steps.
std::complex<double> transform_by_contour(double chi, double omega_tau) {
    const double theta = pi / 4.0;
    const std::complex<double> turn = std::polar(1.0, -theta);
    std::complex<double> sum = 0.0;
    const double step = 0.01;
    for (double x = -45.0 / chi; x < 12.0 / chi; x += step) {
        const std::complex<double> t = std::exp(x) * turn;
        const std::complex<double> power = std::pow(t, chi);
        sum += step * chi * power * std::exp(-power - std::complex<double>(0.0, omega_tau) * t);
    }
    return sum;
}

}  // namespace

TEST_CASE("the stable density of index 1/2 is the closed form", "[simulator][spectrum]") {
    const StableDensity density(0.5);
    for (double ln_u = -4.5; ln_u < 30.0; ln_u += 0.37) {
        const double u = std::exp(ln_u);
        // Levy: p(u) = u^(-3/2) exp(-1/(4u)) / (2 sqrt(pi)), Laplace transform exp(-sqrt(s)).
        const double expected = std::exp(-0.25 / u) / (2.0 * std::sqrt(pi * u));
        // Kanter's trapezoid and the series both claim 1e-10 of the density.
        CHECK(density.weighted(ln_u) == Approx(expected).epsilon(1e-9).margin(1e-16));
    }
}

TEST_CASE("the modes sum to the stretched exponential within 1e-6", "[simulator][spectrum]") {
    const double chi = GENERATE(0.1, 0.25, 0.4, 0.5, 0.63, 0.8, 0.9, 0.97);
    const auto lines = lines_of(chi);
    for (double ln_t = -18.0; ln_t < 4.0; ln_t += 0.5) {
        const double t = std::exp(ln_t);
        double sum = 0.0;
        double total = 0.0;
        for (const SpectrumLine& line : lines) {
            REQUIRE(line.weight >= 0.0);
            sum += line.weight * std::exp(-line.rate * t);
            total += line.weight;
        }
        CHECK(std::abs(sum - std::exp(-std::pow(t, chi))) < 1e-6);
        CHECK(std::abs(total - 1.0) < 1e-6);
    }
}

TEST_CASE(
    "the modes' response is the transform of the stretched exponential", "[simulator][spectrum]"
) {
    const double chi = GENERATE(0.25, 0.4, 0.5, 0.63, 0.9);
    const auto lines = lines_of(chi);
    for (double ln_x = -10.0; ln_x < 20.0; ln_x += 1.3) {
        const double x = std::exp(ln_x);
        CHECK(std::abs(transform(lines, x) - transform_by_contour(chi, x)) < 1e-6);
    }
}

TEST_CASE("one time is one Debye mode", "[simulator][spectrum]") {
    const auto lines = gumbel_lines(std::nan(""));
    REQUIRE(lines.size() == 1);
    CHECK(transform(lines, 1.0).real() == Approx(0.5));
    CHECK(transform(lines, 1.0).imag() == Approx(-0.5));
}

TEST_CASE("the Gumbel modes keep the moments of the density", "[simulator][spectrum]") {
    const double B = GENERATE(0.3, 0.6, 1.0, 2.5);
    double total = 0.0;
    double mean_ln_tau = 0.0;
    double mean_tau = 0.0;
    for (const SpectrumLine& line : gumbel_lines(B)) {
        total += line.weight;
        mean_ln_tau += line.weight * -std::log(line.rate);
        mean_tau += line.weight / line.rate;
    }
    // PHYSICS E1-12: <ln tau/mode> = -gamma/B, <tau/mode> = Gamma(1 + 1/B). Left out: 1e-8 of
    // weight below y = -18.4, whose mean logarithm is -19.4/B.
    CHECK(std::abs(total - 1.0) < 2e-8);
    CHECK(std::abs(mean_ln_tau + 0.57721566490153286 / B) < 1e-6);
    CHECK(mean_tau == Approx(std::tgamma(1.0 + 1.0 / B)).epsilon(1e-6));
}

}  // namespace relaxd::simulator
