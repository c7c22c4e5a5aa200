// SPDX-License-Identifier: MIT
//
// The fast model of the fits: its value against dynamic_compliance, its gradient against S1 Eq. 25b
// in dual numbers over complex long double, written here from the coordinates.
#include "model/qpd/live_model.hpp"
#include "tests/model/dual.hpp"
#include "tests/model/table_1.hpp"
#include "tests/support/catch.hpp"

#include <boost/math/special_functions/digamma.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace relaxd::model {

namespace {

using record::Form;
using test::Dual;
using test::LongComplex;
using test::table_1;
using Number = long double;

/// Gamma(1 + x), whose slope is Gamma(1 + x) psi(1 + x).
Dual gamma_of_next(const Dual& x) {
    const Number gamma = std::tgamma(1.0L + x.value.real());
    return {gamma, gamma * boost::math::digamma(1.0L + x.value.real()) * x.slope};
}

/// E* of S1 Eq. 25b from the coordinates of the fits, with its slope along the i-th of them.
Dual exact_modulus(
    Form form, const Coordinates& at, std::size_t i, double T_ref_K, double T_K, double ln_omega
) {
    std::array<Dual, q_count> q;
    for (std::size_t k = 0; k < q_count; ++k) {
        q[k] = Dual(test::wide(at[k]), k == i ? 1.0L : 0.0L);
    }
    const Number T = test::wide(T_K);
    const Dual per_R(1.0L / 8.31446261815324L);
    const auto ln_tau_beta = [&](const Dual& temperature) {
        return q[q_ln_tau_beta_ref] +
               q[q_U] * per_R * (Dual(1.0L) / temperature - Dual(1.0L / test::wide(T_ref_K)));
    };
    // tau_max(T_g) = t0 (tau_beta(T_g)/t0)^(1/chi_Tg) gives t0.
    const Dual x0 = q[q_chi_Tg];
    const Dual ln_t0 = (ln_tau_beta(q[q_T_g]) - x0 * q[q_ln_tau_max_Tg]) / (Dual(1.0L) - x0);
    const Dual above = Dual(T) - q[q_T_g];
    Dual over = above.value.real() > 0.0L ? above : Dual(0.0L);
    if (std::abs(above.value.real()) < 0.25L) {
        over = (above + Dual(0.25L)) * (above + Dual(0.25L));  // the rounded corner
    }
    const Dual x = x0 + q[q_a1] * over;
    const Dual ln_tau_max = ln_t0 + (ln_tau_beta(Dual(T)) - ln_t0) / x;
    const Dual w(test::wide(ln_omega));
    const Dual z = w + ln_tau_beta(Dual(T));
    const Dual v = w + ln_tau_max + log(x) / x;
    Dual anelastic;
    if (form == Form::exact) {
        anelastic = test::stretched_exponential(v, x);
    } else {
        const Dual quarter(LongComplex(0.0L, 0.5L * std::numbers::pi_v<Number>));
        anelastic = exp(Dual(-1.0L) * x * (v + quarter));
        if (form == Form::gamma) {
            anelastic = gamma_of_next(x) * anelastic;
        }
    }
    const Dual i_unit(LongComplex(0.0L, 1.0L));
    const Dual softening =
        Dual(1.0L) + q[q_E_u_slope] * (Dual(T) - Dual(test::wide(at[q_E_u_T_ref])));
    Dual J_fast;
    if (at[q_fast_T_ref] > 0.0) {
        const Number inverse = 1.0L / T - 1.0L / test::wide(at[q_fast_T_ref]);
        const Dual ln_tau = q[q_ln_tau_fast_ref] + q[q_U_fast] * per_R * Dual(inverse);
        J_fast = exp(q[q_ln_A_fast]) * test::gumbel_average(w + ln_tau, exp(q[q_ln_B_fast]));
    }
    const Dual J = exp(Dual(-1.0L) * q[q_ln_E_u]) / softening + J_fast +
                   exp(q[q_ln_A_beta]) * test::gumbel_average(z, exp(q[q_ln_B])) +
                   exp(q[q_ln_A_an]) * anelastic - i_unit * exp(q[q_ln_A_vp] - w - ln_tau_max);
    return Dual(1.0L) / J;
}

struct Worst {
    double error = 0.0;
    double T = 0.0;
    double ln_omega = 0.0;
    std::size_t i = 0;
};

/// The largest error of a gradient, relative to that gradient; of that along ln B, where it is
/// smaller than a tenth of A_beta |E|^2, relative to this.
void compare(Form form, const QpdParameters& p, double T, double ln_omega, Worst& worst) {
    const double T_ref = 372.0;
    Coordinates q = coordinates_of(p, T_ref);
    if (q[q_fast_T_ref] > 0.0) {  // its own centre
        q[q_fast_T_ref] = 320.0;
        q[q_ln_tau_fast_ref] = ln_tau_fast(p, p.fast_beta.front(), 320.0);
    }
    LiveModel model(form, T_ref);
    model.set(q);
    LiveModel::Value value;
    REQUIRE(model.at(T, ln_omega, value));
    const double size = std::abs(value.modulus_Pa);
    std::vector<std::size_t> moved;
    for (std::size_t i = 0; i <= q_E_u_slope; ++i) {
        moved.push_back(i);
    }
    if (!p.fast_beta.empty()) {
        moved.insert(moved.end(), {q_ln_A_fast, q_U_fast, q_ln_tau_fast_ref, q_ln_B_fast});
    }
    for (const std::size_t i : moved) {
        const LongComplex exact = exact_modulus(form, q, i, T_ref, T, ln_omega).slope;
        const std::complex<double> slope{
            static_cast<double>(exact.real()), static_cast<double>(exact.imag())
        };
        double least = i == q_E_u_slope ? size : 1e-12 * std::abs(size / q[i]);
        if (i == q_ln_B || i == q_ln_B_fast) {
            least = 0.1 * std::exp(q[i == q_ln_B ? q_ln_A_beta : q_ln_A_fast]) * size * size;
        }
        const double error = std::abs(value.gradient[i] - slope) / std::max(std::abs(slope), least);
        if (error > worst.error) {
            worst = {error, T, ln_omega, i};
        }
    }
}

}  // namespace

TEST_CASE("the live model equals the reference away from the rounded corner at T_g") {
    for (const double B : {0.2, 0.6, 1.0, 4.0}) {
        QpdParameters p = table_1();
        p.B = B;
        const double T_ref = 372.0;
        for (const Form form : {Form::printed, Form::gamma, Form::exact}) {
            LiveModel model(form, T_ref);
            model.set(coordinates_of(p, T_ref));
            LiveModel::Value value;
            for (double T = 290; T < 540; T += 3.1) {
                if (std::abs(T - p.T_g_K) < 0.25) {
                    continue;
                }
                for (const double f : {0.01, 1.0, 16.0}) {
                    const double ln_omega = std::log(2.0 * std::numbers::pi * f);
                    REQUIRE(model.at(T, ln_omega, value));
                    const auto J = dynamic_compliance(p, T, f, form)->total_per_Pa();
                    CAPTURE(B, T, f);
                    // 1e-7 of the strengths, and rounding.
                    const double strength = p.A_beta_per_Pa() + p.A_an_per_Pa;
                    CHECK(
                        std::abs(1.0 / value.modulus_Pa - J) < 1e-7 * strength + 1e-12 * std::abs(J)
                    );
                }
            }
        }
    }
}

TEST_CASE("each derivative of the live model is that of the exact equation, three forms") {
    std::vector<QpdParameters> glasses(4, table_1());
    glasses[1].B = 0.45;
    glasses[1].chi_Tg = 0.27;
    glasses[1].a1_per_K = 0.004;
    glasses[2].B = 2.5;
    glasses[2].chi_Tg = 0.68;
    glasses[2].A_vp_per_Pa = 4e-11;
    glasses[3].E_u_slope_per_K = -3e-4;
    glasses[3].E_u_T_ref_K = 300.0;
    glasses[3].fast_beta = {{1.2e-12, 56e3, 1e-13, 0.8}};
    for (const Form form : {Form::printed, Form::gamma, Form::exact}) {
        Worst worst;
        for (const auto& p : glasses) {
            for (const double T : {331.0, 402.0, 452.9, 453.17, 468.0, 497.0}) {
                compare(form, p, T, T == 402.0 ? -2.0 : 2.3, worst);
            }
        }
        CAPTURE(worst.error, worst.T, worst.ln_omega, coordinate_name(worst.i));
        CHECK(worst.error < 1e-6);
    }
}

TEST_CASE("the live model has no jump a fit could feel: T_g, chi, tau_max and B move it smoothly") {
    // Second differences along each coordinate, in standard deviations of the noise model.
    LiveModel model(Form::exact, 372.0);
    for (const double B : {0.3, 1.0, 1.5}) {
        QpdParameters p = table_1();
        p.B = B;
        const Coordinates q = coordinates_of(p, 372.0);
        const std::pair<std::size_t, double> moves[] = {
            {q_ln_B, 1e-4}, {q_chi_Tg, 2e-5}, {q_ln_tau_max_Tg, 1e-3}, {q_T_g, 2e-3}
        };
        for (const auto& [i, h] : moves) {
            for (const double T : {372.0, 390.0, 420.0, 440.0, 452.76, 453.0}) {
                std::vector<double> loss;
                for (int k = -60; k <= 60; ++k) {
                    Coordinates moved = q;
                    moved[i] += h * k;
                    model.set(moved);
                    LiveModel::Value value;
                    REQUIRE(model.at(T, 2.0, value));
                    loss.push_back(value.modulus_Pa.imag());
                }
                const double sigma = 0.01 * loss[60] + 3e6;
                double jump = 0.0;
                for (std::size_t k = 2; k + 1 < loss.size(); ++k) {
                    const double third =
                        loss[k + 1] - 3.0 * loss[k] + 3.0 * loss[k - 1] - loss[k - 2];
                    jump = std::max(jump, std::abs(third) / sigma);
                }
                CAPTURE(B, T, coordinate_name(i), jump);
                CHECK(jump < 1e-5);
            }
        }
    }
}

TEST_CASE("coordinates and parameters are one-to-one") {
    const QpdParameters p = table_1();
    const QpdParameters r = parameters_of(coordinates_of(p, 350.0), 350.0);
    CHECK(r.E_r_Pa == Approx(p.E_r_Pa).epsilon(1e-12));
    CHECK(r.tau_beta0_s == Approx(p.tau_beta0_s).epsilon(1e-12));
    CHECK(r.t0_s == Approx(p.t0_s).epsilon(1e-12));
    CHECK(r.A_vp_per_Pa == Approx(p.A_vp_per_Pa).epsilon(1e-12));
}

TEST_CASE("gradients of ln t0 and of the times are those of their values") {
    const double T_ref = 372.0;
    const Coordinates q = coordinates_of(table_1(), T_ref);
    for (const double T : {400.0, 453.1, 490.0}) {
        const LnT0 t0 = ln_t0_of(q, T_ref);
        const LnTimes times = times_of(q, T_ref, T);
        for (std::size_t i = 0; i < q_count; ++i) {
            const double h = i == q_U ? 1.0 : 1e-5;
            Coordinates up = q;
            Coordinates down = q;
            up[i] += h;
            down[i] -= h;
            const double by_t0 =
                (ln_t0_of(up, T_ref).value - ln_t0_of(down, T_ref).value) / (2 * h);
            const double by_tau =
                (times_of(up, T_ref, T).ln_tau_max - times_of(down, T_ref, T).ln_tau_max) / (2 * h);
            CAPTURE(T, coordinate_name(i));
            CHECK(t0.gradient[i] == Approx(by_t0).epsilon(1e-6).margin(1e-9));
            CHECK(times.d_ln_tau_max[i] == Approx(by_tau).epsilon(1e-5).margin(1e-8));
        }
    }
}

}  // namespace relaxd::model
