// SPDX-License-Identifier: MIT
//
// The scalar laws of both papers: powers in long double, sums term by term, quadrature, special
// functions of Boost, and the papers' own numbers.
#include "model/qpd/hierarchy.hpp"
#include "tests/support/catch.hpp"

#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/zeta.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace relaxd::model {

namespace {

using Wide = long double;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Wide R = 8.31446261815324L;

Wide wide(double x) {
    return static_cast<Wide>(x);
}

double relative_error(double value, Wide truth) {
    return static_cast<double>(std::abs(wide(value) / truth - 1));
}

}  // namespace

TEST_CASE("the level time doubles mu times a level") {
    CHECK(*level_time(3.0, {}) == 3.0);
    CHECK(*level_time(3.0, std::vector<double>{1.0, 2.0, 0.0}) == 24.0);
    CHECK(
        *level_time(1e-13, std::vector<double>(40, 0.5)) == Approx(1e-13 * 1048576.0).epsilon(1e-14)
    );
    CHECK(*level_time(1e-300, std::vector<double>{1100.0}) == Approx(1e-300 * 0x1p1000 * 0x1p100));
    CHECK(level_time(1.0, std::vector<double>{1024.0}).error().code == Errc::overflow);
    CHECK(level_time(1.0, std::vector<double>{1024.0}).error().where == "mu");
    CHECK(level_time(1.0, std::vector<double>{1.0, -1.0}).error().where == "mu");
    CHECK(level_time(0.0, {}).error().where == "tau1_s");
}

TEST_CASE("the hierarchical sum is the sum of its terms") {
    for (const double p : {0.3, 0.9, 0.999999, 1.0, 1.0000001, 1.1, 2.0, 7.5, 40.0, 300.0}) {
        Wide sum = 0;
        double last = 0.0;
        for (const double n : {1.0, 2.0, 3.0, 100.0, 101.0, 102.0, 103.0, 150.0, 3000.0, 40001.0}) {
            for (double z = last + 1.0; z < n; z += 1.0) {
                sum += std::pow(wide(z), -wide(p));
            }
            last = n - 1.0;
            CAPTURE(n, p);
            const auto tau = hierarchical_sum(n, 2.0, 0.4, p);
            const Wide truth = 2 * std::exp(0.4L * sum);
            if (truth < static_cast<Wide>(std::numeric_limits<double>::max())) {
                REQUIRE(tau);
                CHECK(relative_error(*tau, truth) < 3e-11);
            } else {
                CHECK(tau.error().code == Errc::overflow);
                CHECK(tau.error().where == "n");
            }
        }
    }
}

TEST_CASE("the hierarchical sum over very many levels is harmonic or Riemann's") {
    for (const double n : {1e7, 1e12, 1e15}) {
        const Wide harmonic = boost::math::digamma(wide(n)) + 0.57721566490153286060651L;
        CHECK(
            relative_error(*hierarchical_sum(n, 1.0, 0.6, 1.0), std::exp(0.6L * harmonic)) < 1e-11
        );
        // E1-2: exp(gamma mu1) = 1.414 times the integral for mu1 = 0.6.
        const double ratio =
            *hierarchical_sum(n, 1.0, 0.6, 1.0) / *hierarchical_integral(n, 1.0, 0.6, 1.0);
        CHECK(ratio == Approx(1.414).margin(5e-4));
        for (const double p : {1.5, 2.0, 3.0}) {
            const Wide q = wide(p) - 1;
            // The tail from n on: n^-q/q + n^-p/2 + p n^(-p-1)/12.
            const Wide tail = std::pow(wide(n), -q) / q + std::pow(wide(n), -wide(p)) / 2;
            const Wide truth = std::exp(0.6L * (boost::math::zeta(wide(p)) - tail));
            CHECK(relative_error(*hierarchical_sum(n, 1.0, 0.6, p), truth) < 1e-12);
        }
    }
}

TEST_CASE("the hierarchical integral is the integral, continuous through p = 1") {
    for (const double n : {1.0, 1.0001, 1.7, 20.0, 1e6, 1e18}) {
        for (const double p : {0.8, 0.99, 1.0 - 1e-9, 1.0, 1.0 + 1e-13, 1.02, 1.6, 4.0}) {
            Wide integral = 0;
            const Wide span = std::log(wide(n)) / 60;
            for (int k = 0; k < 60; ++k) {
                integral += boost::math::quadrature::gauss<Wide, 20>::integrate(
                    [p](Wide u) { return std::exp((1 - wide(p)) * u); }, k * span, (k + 1) * span
                );
            }
            const Wide truth = 1e-13L * std::exp(0.9L * integral);
            CAPTURE(n, p);
            const auto tau = hierarchical_integral(n, 1e-13, 0.9, p);
            if (truth < 1e308L) {
                REQUIRE(tau);
                CHECK(relative_error(*tau, truth) < 1e-11);
            } else {
                CHECK(tau.error().code == Errc::overflow);
            }
        }
    }
    CHECK(
        *hierarchical_integral(1e9, 2.0, 0.5, 1.0) == Approx(2.0 * std::sqrt(1e9)).epsilon(1e-13)
    );
}

TEST_CASE("the hierarchy refuses levels and parameters outside its domain") {
    CHECK(hierarchical_sum(2.5, 1.0, 0.5, 1.0).error().where == "n");
    CHECK(hierarchical_sum(0.0, 1.0, 0.5, 1.0).error().where == "n");
    CHECK(hierarchical_integral(0.9, 1.0, 0.5, 1.0).error().where == "n");
    CHECK(hierarchical_integral(2.0, 1.0, 1.5, 1.0).error().where == "mu1");
    CHECK(hierarchical_integral(2.0, -1.0, 0.5, 1.0).error().where == "tau1_s");
    CHECK(hierarchical_sum(2.0, 1.0, 0.5, 0.0).error().where == "p");
    const Error error = hierarchical_sum(1e9, 1.0, 0.5, 0.5).error();
    CHECK(error.code == Errc::overflow);
    CHECK(to_word(error.code) == "overflow");
    CHECK(error.message.find("n = 1e+09") != std::string::npos);
}

TEST_CASE("the times of the hierarchy are powers, and tau(tau_max) = tau_max") {
    for (const double chi : {0.1, 0.25, 0.4, 0.7, 0.9, 0.999}) {
        for (const double t0 : {1e-13, 6e-7, 1e-2}) {
            for (const double tau_beta_s : {1e-15, 1e-9, 2e-3, 1e5, 1e20}) {
                const Wide x = wide(tau_beta_s) / wide(t0);
                const Wide tau_max = wide(t0) * std::pow(x, 1 / wide(chi));
                CAPTURE(chi, t0, tau_beta_s);
                const auto times = maximum_times(tau_beta_s, t0, chi);
                if (tau_max > 1.79e308L) {
                    CHECK(times.error().code == Errc::overflow);
                    CHECK(times.error().where == "tau_beta_s");
                    continue;
                }
                REQUIRE(times);
                if (tau_max > 1e-290L) {
                    CHECK(relative_error(times->tau_max_s, tau_max) < 1e-11);
                    CHECK(
                        relative_error(
                            times->tau_an_s, tau_max * std::pow(wide(chi), 1 / wide(chi))
                        ) < 1e-11
                    );
                    const double at = times->tau_max_s;
                    CHECK(
                        *tau_hierarchical(at, tau_beta_s, t0, chi, false) ==
                        Approx(at).epsilon(1e-10)
                    );
                }
                for (double t = 1e-9; t < 1e16; t *= 1e4) {
                    const Wide tau = wide(tau_beta_s) * std::pow(wide(t) / wide(t0), 1 - wide(chi));
                    const double open = *tau_hierarchical(t, tau_beta_s, t0, chi, false);
                    const double capped = *tau_hierarchical(t, tau_beta_s, t0, chi, true);
                    CHECK(relative_error(open, tau) < 1e-12);
                    if (tau_max > 1e-290L) {
                        CHECK(relative_error(capped, wide(t) > tau_max ? tau_max : tau) < 1e-11);
                    }
                }
            }
        }
    }
    CHECK(*tau_hierarchical(0.0, 1.0, 1e-6, 0.4, true) == 0.0);
    CHECK(tau_hierarchical(-1.0, 1.0, 1e-6, 0.4, true).error().where == "time_s");
    CHECK(tau_hierarchical(1e300, 1e200, 1e-6, 0.4, false).error().code == Errc::overflow);
    CHECK(maximum_times(1.0, 1e-6, 1.0).error().where == "chi");
    CHECK(
        maximum_times(1.0, 1e-6, 1.0).error().message ==
        "chi is 1 and must be between 0 and 1, both excluded"
    );
    CHECK(maximum_times(1.0, infinity, 0.4).error().where == "t0_s");
}

TEST_CASE("S1 Table 1 gives the times of PHYSICS 4 and 5") {
    const double t0 = 6e-7;
    const double at_430 = *tau_beta(430.0, 1.86e-13, 83120.0);
    CHECK(at_430 == Approx(2.325e-3).epsilon(3e-4));
    CHECK(maximum_times(at_430, t0, 0.4)->tau_max_s == Approx(560.7).epsilon(2e-4));
    CHECK(maximum_times(at_430, t0, 0.4)->tau_an_s == Approx(56.74).epsilon(2e-4));
    // E1-4: at t = tau_beta the law is 70 tau_beta at 453 K; the cut there would be 0.036, 0.094.
    const double at_453 = *tau_beta(453.0, 1.86e-13, 83120.0);
    CHECK(*tau_hierarchical(at_453, at_453, t0, 0.4, false) / at_453 == Approx(70.0).margin(0.5));
    const double an_453 = maximum_times(at_453, t0, 0.4)->tau_an_s;
    CHECK(std::pow(at_453 / an_453, 0.4) == Approx(0.036).margin(5e-4));
    const double at_480 = *tau_beta(480.0, 1.86e-13, 83120.0);
    const double chi_480 = *chi_of(480.0, 0.4, 0.00231, 453.0);
    const double an_480 = maximum_times(at_480, t0, chi_480)->tau_an_s;
    CHECK(std::pow(at_480 / an_480, chi_480) == Approx(0.094).margin(5e-4));
    // E1-5: meaningful below 667 K.
    CHECK(*tau_beta(666.0, 1.86e-13, 83120.0) > t0);
    CHECK(*tau_beta(668.0, 1.86e-13, 83120.0) < t0);
    // E1-20: chi reaches 1 at 713 K.
    CHECK(chi_of(712.0, 0.4, 0.00231, 453.0));
    CHECK_FALSE(chi_of(713.0, 0.4, 0.00231, 453.0));
    CHECK(*viscosity(24e9, 70.0) == Approx(1.68e12).epsilon(1e-14));  // E2-16
}

TEST_CASE("tau_beta is Arrhenius', lowered by |stress|, raised by pressure, athermal at sigma1") {
    for (double T = 200.0; T < 2000.0; T *= 1.3) {
        for (const double U : {-2e4, 0.0, 8.312e4, 2e5, 6e5}) {
            CAPTURE(T, U);
            const Wide truth = 1.86e-13L * std::exp(wide(U) / (R * wide(T)));
            CHECK(relative_error(*tau_beta(T, 1.86e-13, U), truth) < 1e-12);
            BarrierWork work;
            work.stress_Pa = -7e9;
            work.sigma1_Pa = 2.8e10;
            work.pressure_Pa = 3e8;
            work.activation_volume_m3 = 1.1e-29;
            const Wide barrier = wide(U) + 6.02214076e23L * 1.1e-29L * 3e8L;
            const Wide worked =
                1.86e-13L * std::exp(barrier * std::pow(0.75L, 1.5L) / (R * wide(T)));
            CHECK(relative_error(*tau_beta(T, 1.86e-13, U, work), worked) < 1e-12);
            work.stress_Pa = 7e9;
            CHECK(relative_error(*tau_beta(T, 1.86e-13, U, work), worked) < 1e-12);
            work.stress_Pa = 2.8e10;
            CHECK(*tau_beta(T, 1.86e-13, U, work) == 1.86e-13);
            work.stress_Pa = -1e12;
            CHECK(*tau_beta(T, 1.86e-13, U, work) == 1.86e-13);
        }
    }
    BarrierWork odd;
    odd.sigma1_Pa = 0.0;
    CHECK(tau_beta(400.0, 1e-13, 8e4, odd).error().where == "sigma1_Pa");
    odd.sigma1_Pa = std::nan("");
    CHECK(tau_beta(400.0, 1e-13, 8e4, odd).error().where == "sigma1_Pa");
    CHECK(tau_beta(0.0, 1e-13, 8e4).error().where == "temperature_K");
    CHECK(tau_beta(400.0, -1e-13, 8e4).error().where == "tau_beta0_s");
    CHECK(tau_beta(400.0, 1e-13, infinity).error().where == "U_beta_J_mol");
    CHECK(tau_beta(5.0, 1e-13, 8e4).error().code == Errc::overflow);
    CHECK(tau_beta(5.0, 1e-13, 8e4).error().where == "temperature_K");
}

TEST_CASE("chi moves with temperature above T_g and with strain, and stays between 0 and 1") {
    CHECK(*chi_of(300.0, 0.4, 0.00231, 453.0) == 0.4);
    CHECK(*chi_of(453.0, 0.4, 0.00231, 453.0) == 0.4);
    CHECK(*chi_of(482.0, 0.4, 0.00231, 453.0) == Approx(0.4 + 0.00231 * 29.0).epsilon(1e-15));
    StrainOfChi s1;
    s1.eps_an = 0.01;
    s1.a2 = 1.8;
    CHECK(*chi_of(430.0, 0.4, 0.00231, 453.0, s1) == Approx(0.418).epsilon(1e-14));
    StrainOfChi s2;
    s2.gamma_ve = 0.02;
    s2.a_ve = 1.5;
    s2.gamma_vp = 0.1;
    s2.a_vp = 0.7;
    CHECK(*chi_of(430.0, 0.4, 0.00231, 453.0, s2) == Approx(0.36).epsilon(1e-14));
    // E2-4: Eq. 6-3 at 700 K.
    CHECK(*chi_of(700.0, 0.383, 0.0031, 691.0) == Approx(0.411).margin(5e-4));
    CHECK(*chi_of(700.0, 0.395, 0.0038, 683.0) == Approx(0.460).margin(5e-4));
    const Error error = chi_of(800.0, 0.4, 0.00231, 453.0).error();
    CHECK(error.code == Errc::invalid);
    CHECK(error.where == "chi_Tg");
    CHECK(error.message.find("800 K") != std::string::npos);
    s2.a_vp = 7.0;
    CHECK(chi_of(430.0, 0.4, 0.00231, 453.0, s2).error().where == "chi_Tg");
    CHECK(chi_of(430.0, 0.0, 0.00231, 453.0).error().where == "chi_Tg");
    CHECK(*chi_from_concentration(0.1, 4.0) == Approx(0.4).epsilon(1e-15));
    CHECK(chi_from_concentration(0.1, 10.0).error().where == "constant");
    CHECK(chi_from_concentration(1.5, 0.1).error().where == "C_d");
}

TEST_CASE("the concentration of defects is a share with the slope of E1-20") {
    for (const double T : {200.0, 453.0, 1200.0}) {
        for (const double dH : {-1e4, 0.0, 3e4, 1e6}) {
            for (const double dS : {-5.0, 0.0, 2.0, 30.0}) {
                const Wide truth =
                    1 / (1 + std::exp(-wide(dS)) * std::exp(wide(dH) / (R * wide(T))));
                CHECK(relative_error(*defect_concentration(T, dH, dS), truth) < 1e-11);
            }
        }
    }
    // d ln C_d/dT = dH (1 - C_d)/(R T^2): with chi ~ C_d, a1 = 0.00231/K means 0.102 eV (E1-20).
    const double dH = 12000.0;
    const double C = *defect_concentration(453.0, dH, 1.0);
    const double slope =
        (*defect_concentration(453.01, dH, 1.0) - *defect_concentration(452.99, dH, 1.0)) / 0.02 /
        C;
    const double dH_eV = 0.00231 / 0.4 / slope * dH * (1.0 - C) / 96485.332;
    CHECK(dH_eV == Approx(0.102).margin(5e-4));
    CHECK(*defect_concentration(1.0, 1e9, 0.0) == 0.0);
    CHECK(*defect_concentration(1.0, -1e9, 0.0) == 1.0);
    CHECK(defect_concentration(-1.0, 1e4, 0.0).error().where == "temperature_K");
}

TEST_CASE("with K = 1 the law of tan delta is (omega tau_max)^-chi, also where it is 1") {
    const double chi = 0.4;
    const double t0 = 6e-7;
    for (const double T : {350.0, 430.0, 480.0}) {
        const Wide tau = 1.86e-13L * std::exp(83120.0L / (R * wide(T)));
        const Wide tau_max = wide(t0) * std::pow(tau / wide(t0), 1 / wide(chi));
        for (const double omega : {1e-6, 0.01, 6.283, 1e6}) {
            const Wide truth = -wide(chi) * std::log(wide(omega) * tau_max);
            CHECK(
                *ln_tan_delta_law(T, omega, 83120.0, 1.86e-13, t0, chi, 1.0) ==
                Approx(static_cast<double>(truth)).epsilon(1e-13)
            );
            CHECK(
                *ln_tan_delta_law(T, omega, 83120.0, 1.86e-13, t0, chi, 0.727) ==
                Approx(static_cast<double>(truth + std::log(0.727L))).epsilon(1e-13)
            );
        }
        const double crossing = static_cast<double>(1 / tau_max);
        CHECK(std::abs(*ln_tan_delta_law(T, crossing, 83120.0, 1.86e-13, t0, chi, 1.0)) < 3e-15);
    }
    // E2-6: the loss rises on heating.
    CHECK(
        *ln_tan_delta_law(440.0, 1.0, 83120.0, 1.86e-13, t0, chi, 1.0) >
        *ln_tan_delta_law(430.0, 1.0, 83120.0, 1.86e-13, t0, chi, 1.0)
    );
    CHECK(ln_tan_delta_law(430.0, 0.0, 8e4, 1e-13, t0, chi, 1.0).error().where == "omega_rad_s");
    CHECK(ln_tan_delta_law(430.0, 1.0, 8e4, 1e-13, t0, chi, 0.0).error().where == "K");
    CHECK(viscosity(1e200, 1e200).error().code == Errc::overflow);
    CHECK(viscosity(0.0, 1.0).error().where == "G_u_Pa");
}

}  // namespace relaxd::model
