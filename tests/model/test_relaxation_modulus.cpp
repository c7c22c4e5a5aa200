// SPDX-License-Identifier: MIT
//
// E(t) of S1 Fig. 9 against closed forms (Maxwell, Zener, Burgers), against the numerical inversion
// of 1/(s^2 L[J]) on a parabola in the complex plane, and against Volterra's equation with J(t).
#include "model/qpd/creep_compliance.hpp"
#include "model/qpd/relaxation_modulus.hpp"
#include "tests/model/simulation.hpp"
#include "tests/model/table_1.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

namespace relaxd::model {

namespace {

using test::LongComplex;
using test::table_1;
using test::wide;

constexpr long double pi = std::numbers::pi_v<long double>;
constexpr double one_time = std::numeric_limits<double>::infinity();

double value(const QpdParameters& p, double T, double t) {
    const auto E = RelaxationModulus::at(p, T);
    REQUIRE(E);
    return E->value_Pa(t);
}

/// s L[1 - exp(-t^beta)] at s = exp(ln_s), from 1 - F on the ray that halves the angle of s.
LongComplex stretched(LongComplex ln_s, long double beta) {
    const long double turn = 0.5L * ln_s.imag();
    const LongComplex i{0.0L, 1.0L};
    const LongComplex kernel = std::exp(i * (ln_s.imag() - turn));
    const LongComplex phi = std::exp(-i * (beta * turn));
    const long double top = std::min(
        std::log(60.0L / phi.real()) / beta, std::log(60.0L / kernel.real()) - ln_s.real()
    );
    const long double low = std::min(0.0L, -ln_s.real()) - 46.0L;
    const long double h = 1.0L / 28.0L;
    LongComplex sum{};
    for (long double y = low; y < top; y += h) {
        const LongComplex st = std::exp(y + ln_s.real()) * kernel;
        sum += st * std::exp(-st - std::exp(beta * y) * phi);
    }
    return 1.0L - h * sum;
}

LongComplex gumbel(LongComplex ln_s_tau, long double B) {
    if (std::isinf(B)) {
        return 1.0L / (1.0L + std::exp(ln_s_tau));
    }
    const long double h = std::min(1.0L, B) / 16.0L;
    LongComplex sum{};
    for (long double y = -44.0L; y < 3.9L; y += h) {
        sum += std::exp(y - std::exp(y)) / (1.0L + std::exp(ln_s_tau + y / B));
    }
    return h * sum;
}

/// E(t) by Weideman's and Trefethen's parabola s = mu (1 + iu)^2; error 1e-15 E_u or so.
double inverted(const QpdParameters& p, double T, double t) {
    const int N = 22;
    const long double h = 3.0L / N;
    const long double mu_t = pi * N / 12.0L;
    const long double J_0 = 1.0L / wide(unrelaxed_modulus_Pa(p, T));
    LongComplex sum{};
    for (int k = 0; k < N; ++k) {
        const LongComplex z{1.0L, (k + 0.5L) * h};
        const LongComplex ln_s = std::log(mu_t) - std::log(wide(t)) + 2.0L * std::log(z);
        const LongComplex J =
            J_0 + wide(p.A_beta_per_Pa()) * gumbel(ln_s + wide(ln_tau_beta(p, T)), wide(p.B)) +
            wide(p.A_an_per_Pa) * stretched(ln_s + wide(ln_tau_an(p, T)), wide(chi(p, T))) +
            wide(p.A_vp_per_Pa) * std::exp(-ln_s - wide(ln_tau_max(p, T)));
        // ds/s = 2i du/z
        sum += std::exp(mu_t * z * z) / J / z;
    }
    return static_cast<double>(sum.real() * 2.0L * h / pi);
}

}  // namespace

TEST_CASE("E(t) of one beta time alone is Zener's, with flow Burgers'") {
    QpdParameters p = table_1(0.4, one_time);
    p.A_an_per_Pa = 0.0;
    const double T = 430.0;
    const double tau = std::exp(ln_tau_beta(p, T));
    const double J_0 = 1.0 / p.E_u_Pa;
    const double A = p.A_beta_per_Pa();
    for (const double flow : {0.0, 1.5e-11, 1e-3}) {
        p.A_vp_per_Pa = flow;
        const double a = flow / std::exp(ln_tau_max(p, T));
        // J_0 s^2 + ((J_0 + A)/tau + a) s + a/tau = 0
        const double b = ((J_0 + A) / tau + a) / J_0;
        const double c = a / tau / J_0;
        const double fast = 0.5 * (b + std::sqrt(b * b - 4.0 * c));
        const double slow = c / fast;
        for (double ln_t = -20.0; ln_t < 30.0; ln_t += 0.9) {
            const double t = std::exp(ln_t);
            const double truth = ((fast - 1.0 / tau) * std::exp(-fast * t) +
                                  (1.0 / tau - slow) * std::exp(-slow * t)) /
                                 (fast - slow) / J_0;
            CAPTURE(flow, t);
            CHECK(std::abs(value(p, T, t) - truth) < 1e-9 * std::max(truth, 1e-9 * p.E_u_Pa));
        }
    }
}

TEST_CASE("E(t) of flow alone is Maxwell's") {
    QpdParameters p = table_1(0.4, one_time);
    p.A_an_per_Pa = 0.0;
    p.E_r_Pa = p.E_u_Pa;
    const double tau = std::exp(ln_tau_max(p, 430.0)) / p.A_vp_per_Pa / p.E_u_Pa;
    CHECK(value(p, 430.0, 0.0) == Approx(p.E_u_Pa).epsilon(1e-14));
    CHECK(value(p, 430.0, 3.0 * tau) == Approx(p.E_u_Pa * std::exp(-3.0)).epsilon(1e-12));
}

TEST_CASE("E(t) is the inverse Laplace transform to 1e-6 over temperature, chi, B and time") {
    double worst = 0.0;
    for (const double B : {0.2, 1.0, one_time}) {
        for (const double chi_Tg : {0.1, 0.4, 0.9}) {
            for (const double T : {200.0, 380.0, 490.0}) {
                const QpdParameters p = table_1(chi_Tg, B);
                const auto E = RelaxationModulus::at(p, T);
                REQUIRE(E);
                for (double ln_t = std::log(1e-9); ln_t < std::log(1e15); ln_t += 11.1) {
                    const double t = std::exp(ln_t);
                    const double truth = inverted(p, T, t);
                    const double error = std::abs(E->value_Pa(t) - truth) /
                                         std::max(std::abs(truth), 1e-9 * p.E_u_Pa);
                    worst = std::max(worst, error);
                    CAPTURE(B, chi_Tg, T, t, truth, E->value_Pa(t));
                    CHECK(error < 1e-6);
                }
            }
        }
    }
    CHECK(worst < 1e-7);
}

TEST_CASE("E(t) is the inverse Laplace transform to 1e-6 where it ends") {
    double worst = 0.0;
    const QpdParameters p = table_1(0.4, 1.0);
    for (const double T : {430.0, 480.0, 600.0, 705.0, 712.0}) {
        const auto E = RelaxationModulus::at(p, T);
        REQUIRE(E);
        for (double ln_x = -3.0; ln_x < 6.0; ln_x += 0.9) {
            const double t = std::exp(ln_x + ln_tau_max(p, T));
            const double truth = inverted(p, T, t);
            const double error =
                std::abs(E->value_Pa(t) - truth) / std::max(std::abs(truth), 1e-9 * p.E_u_Pa);
            worst = std::max(worst, error);
            CAPTURE(T, t, truth, E->value_Pa(t));
            CHECK(error < 1e-6);
        }
    }
    CHECK(worst < 1e-7);
}

TEST_CASE("E(t) and J(t) fulfil Volterra's equation, and E J <= 1") {
    QpdParameters p = table_1(0.35, 0.7);
    p.fast_beta.push_back({3e-13, 40000.0, 1e-13, 2.0});
    p.E_u_slope_per_K = -2e-4;
    p.E_u_T_ref_K = 300.0;
    for (const double T : {300.0, 450.0}) {
        const auto E = RelaxationModulus::at(p, T);
        REQUIRE(E);
        const auto J = [&](double t) { return creep_compliance(p, T, t)->total_per_Pa(); };
        CHECK(E->value_Pa(0.0) == Approx(unrelaxed_modulus_Pa(p, T)).epsilon(1e-12));
        for (const double t : {1e-7, 1e-3, 1.0, 1e4}) {
            CHECK(E->value_Pa(t) * J(t) <= 1.0 + 1e-10);
            // J(0) E(t) + int_0^t E(t - s) dJ(s) = 1 by midpoints in ln s up to t/2 and in
            // ln(t - s) from there, extrapolated: exact but for h^4.
            double sums[2] = {};
            for (int fine = 0; fine < 2; ++fine) {
                const int n = fine == 0 ? 500 : 1000;
                double sum = 0.0;
                double left = J(0.0);
                double right = J(t);
                const double low = -46.0;  // the strain and the time left out are nothing
                const double high = std::log(0.5);
                for (int k = 0; k < n; ++k) {
                    const double middle = t * std::exp(low + (high - low) * (k + 0.5) / n);
                    const double end = t * std::exp(low + (high - low) * (k + 1.0) / n);
                    const double J_left = J(end);
                    sum += E->value_Pa(t - middle) * (J_left - left);
                    left = J_left;
                    const double J_right = J(t - end);
                    sum += E->value_Pa(middle) * (right - J_right);
                    right = J_right;
                }
                sums[fine] = J(0.0) * E->value_Pa(t) + sum;
            }
            CAPTURE(T, t, sums[0], sums[1]);
            CHECK((4.0 * sums[1] - sums[0]) / 3.0 == Approx(1.0).epsilon(2e-6));
        }
    }
}

TEST_CASE("E(t) falls with time and ends at the equilibrium modulus where nothing flows") {
    QpdParameters p = table_1(0.4, 1.0);
    p.A_vp_per_Pa = 0.0;
    const auto E = RelaxationModulus::at(p, 450.0);
    REQUIRE(E);
    double last = E->value_Pa(0.0);
    for (double ln_t = -25.0; ln_t < 40.0; ln_t += 0.37) {
        const double now = E->value_Pa(std::exp(ln_t));
        CHECK(now <= last);
        last = now;
    }
    CHECK(last == Approx(1.0 / (1.0 / p.E_r_Pa + p.A_an_per_Pa)).epsilon(1e-9));
    CHECK(RelaxationModulus::at(p, -1.0).error().where == "temperature_K");
    p.chi_Tg = 1e-4;
    CHECK(RelaxationModulus::at(p, 450.0).error().where == "chi_Tg");
    p.chi_Tg = 0.4;
    p.A_an_per_Pa = 1e300;
    CHECK(RelaxationModulus::at(p, 450.0).error().code == Errc::overflow);
    p.A_an_per_Pa = 1e-320;
    CHECK(RelaxationModulus::at(p, 450.0)->value_Pa(1.0) == Approx(p.E_r_Pa).epsilon(1e-3));
    p.A_an_per_Pa = 1.5e-11;
    // Spectra over hundreds of decades stay affordable.
    p.chi_Tg = 0.002;
    p.B = 0.01;
    const auto broad = RelaxationModulus::at(p, 450.0);
    REQUIRE(broad);
    const double J_1_s = creep_compliance(p, 450.0, 1.0)->total_per_Pa();
    CHECK(broad->value_Pa(1.0) * J_1_s == Approx(1.0).epsilon(1e-3));
}

}  // namespace relaxd::model
