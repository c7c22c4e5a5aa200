// SPDX-License-Identifier: MIT
//
// The flow-defect model against the numbers of PHYSICS section 4 and the independent simulation.
#include "model/qpd/gumbel.hpp"
#include "model/qpd/live_model.hpp"
#include "model/qpd/qpd.hpp"
#include "tests/model/simulation.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

namespace relaxd::model {

namespace {

using record::Form;

QpdParameters table_1() {
    QpdParameters p;
    p.E_u_Pa = 3.3e10;
    p.E_r_Pa = 3.06e10;
    p.U_beta_J_mol = 83120.0;
    p.tau_beta0_s = 1.86e-13;
    p.B = 1.0;
    p.A_an_per_Pa = 1.5e-11;
    p.A_vp_per_Pa = 1.5e-11;
    p.chi_Tg = 0.4;
    p.a1_per_K = 0.00231;
    p.T_g_K = 453.0;
    p.t0_s = 6e-7;
    return p;
}

std::complex<double> modulus(const QpdParameters& p, double T, double f, Form form) {
    return dynamic_compliance(p, T, f, form)->modulus_Pa();
}

/// The maximum of E''(T) between two temperatures, by golden section.
double peak_K(const QpdParameters& p, double f, Form form, double low, double high) {
    const double ratio = 0.6180339887498949;
    while (high - low > 1e-4) {
        const double a = high - ratio * (high - low);
        const double b = low + ratio * (high - low);
        if (modulus(p, a, f, form).imag() > modulus(p, b, f, form).imag()) {
            high = b;
        } else {
            low = a;
        }
    }
    return 0.5 * (low + high);
}

}  // namespace

TEST_CASE("S1 Table 1 with B = 1 has the beta peaks of PHYSICS 4") {
    const double frequencies[] = {1, 2, 4, 8, 16};
    const double expected_K[] = {359.30, 368.67, 378.64, 389.34, 401.02};
    for (int k = 0; k < 5; ++k) {
        const double guess = expected_K[k];
        CHECK(
            peak_K(table_1(), frequencies[k], Form::printed, guess - 8, guess + 8) ==
            Approx(guess).margin(0.006)
        );
    }
}

TEST_CASE("S1 Table 1 has the alpha peaks of PHYSICS 4 in the three forms") {
    CHECK(peak_K(table_1(), 1, Form::printed, 470, 500) == Approx(481.79).margin(0.006));
    CHECK(peak_K(table_1(), 1, Form::gamma, 470, 500) == Approx(482.45).margin(0.006));
    CHECK(peak_K(table_1(), 1, Form::exact, 470, 500) == Approx(488.15).margin(0.006));
    CHECK(modulus(table_1(), 481.79, 1, Form::printed).imag() == Approx(8.04e9).epsilon(1e-3));
    CHECK(modulus(table_1(), 482.45, 1, Form::gamma).imag() == Approx(8.43e9).epsilon(1e-3));
    CHECK(modulus(table_1(), 488.15, 1, Form::exact).imag() == Approx(10.66e9).epsilon(1e-3));
}

TEST_CASE("S1 Table 1 has the times and moduli of PHYSICS 4") {
    const QpdParameters p = table_1();
    CHECK(std::exp(ln_tau_beta(p, 430)) == Approx(2.325e-3).epsilon(3e-4));
    CHECK(std::exp(ln_tau_max(p, 430)) == Approx(560.7).epsilon(2e-4));
    CHECK(std::exp(ln_tau_an(p, 430)) == Approx(56.74).epsilon(2e-4));
    CHECK(modulus(p, 300, 1, Form::printed).real() == Approx(32.99e9).epsilon(2e-4));
    CHECK(modulus(p, 430, 1, Form::printed).real() == Approx(29.53e9).epsilon(2e-4));
    CHECK(modulus(p, 500, 1, Form::printed).real() == Approx(1143e6).epsilon(5e-4));
    CHECK(modulus(p, 500, 1, Form::gamma).real() == Approx(1135e6).epsilon(5e-4));
    CHECK(modulus(p, 500, 1, Form::exact).real() == Approx(1016e6).epsilon(5e-4));
}

TEST_CASE("the modulus equals the independent simulation in all forms") {
    const test::Glass g;
    for (const Form form : {Form::printed, Form::gamma, Form::exact}) {
        for (double T = 250; T < 560; T += 13.7) {
            for (const double f : {0.01, 1.0, 16.0}) {
                const auto a = modulus(table_1(), T, f, form);
                const auto b = test::simulated_modulus(g, T, f, form);
                CAPTURE(T, f);
                CHECK(a.real() == Approx(b.real()).epsilon(1e-8));
                CHECK(a.imag() == Approx(b.imag()).epsilon(1e-8));
            }
        }
    }
}

TEST_CASE("values outside the domain are refused with the parameter's name") {
    QpdParameters p = table_1();
    CHECK(dynamic_compliance(p, 0.0, 1.0, Form::exact).error().where == "temperature_K");
    CHECK(dynamic_compliance(p, 400.0, -1.0, Form::exact).error().where == "frequency_Hz");
    CHECK(dynamic_compliance(p, 800.0, 1.0, Form::exact).error().where == "chi_Tg");
    p.t0_s = std::numeric_limits<double>::quiet_NaN();
    CHECK(dynamic_compliance(p, 400.0, 1.0, Form::exact).error().where == "t0_s");
}

TEST_CASE("the Gumbel average equals an independent sum, and one time is Debye") {
    for (const double B : {0.1, 0.3, 0.6, 1.0, 2.5}) {
        for (double z = -30.0; z < 30.0; z += 1.9) {
            const auto reference = test::gumbel_average(test::wide(z), test::wide(B));
            const auto value = gumbel_debye(z, B);
            CHECK(value.real() == Approx(static_cast<double>(reference.real())).margin(1e-12));
            CHECK(value.imag() == Approx(static_cast<double>(reference.imag())).margin(1e-12));
        }
    }
    const auto one = gumbel_debye(0.0, std::numeric_limits<double>::infinity());
    CHECK(std::abs(one - std::complex<double>(0.5, -0.5)) < 1e-15);
}

TEST_CASE("the table of the beta term keeps the error it states, with its derivatives") {
    BetaTable table;
    for (const double B : {0.06, 0.2, 0.45, 0.6, 1.0, 1.3, 2.0, 2.9, 20.0}) {
        double worst = 0.0;
        double worst_z = 0.0;
        double worst_B = 0.0;
        table.set_B(B);
        for (double z = -40.0; z < 40.0; z += 0.377) {
            const auto value = table.value(z);
            const double h = 1e-4;
            const auto by_z = (gumbel_debye(z + h, B) - gumbel_debye(z - h, B)) / (2 * h);
            const auto by_B = (gumbel_debye(z, B + h) - gumbel_debye(z, B - h)) / (2 * h);
            worst = std::max(worst, std::abs(value.value - gumbel_debye(z, B)));
            worst_z = std::max(worst_z, std::abs(value.d_ln_omega_tau - by_z));
            worst_B = std::max(worst_B, B * std::abs(value.d_B - by_B));
        }
        CAPTURE(B, worst, worst_z, worst_B);
        CHECK(worst < (B <= 1.0 ? 1e-6 : 5e-6));
        CHECK(worst_z < 2e-5);
        CHECK(worst_B < 3e-4);
    }
}

TEST_CASE("the live model equals the reference away from the rounded corner at T_g") {
    const QpdParameters p = table_1();
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
                REQUIRE(model.at(T, std::log(2.0 * std::numbers::pi * f), value));
                const auto E = modulus(p, T, f, form);
                CAPTURE(T, f);
                CHECK(std::abs(value.modulus_Pa - E) < 3e-6 * std::abs(E));
            }
        }
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

TEST_CASE("the analytic derivatives of the live model are those of its value") {
    for (const Form form : {Form::printed, Form::gamma, Form::exact}) {
        LiveModel model(form, 372.0);
        const Coordinates q = coordinates_of(table_1(), 372.0);
        for (const double T : {310.0, 372.0, 430.0, 452.95, 453.1, 470.0, 500.0}) {
            LiveModel::Value centre;
            model.set(q);
            REQUIRE(model.at(T, 2.0, centre));
            for (std::size_t i = 0; i < q_count; ++i) {
                const double h = i == q_U ? 1.0 : (i == q_T_g ? 1e-3 : 1e-5);
                LiveModel::Value up;
                LiveModel::Value down;
                Coordinates moved = q;
                moved[i] += h;
                model.set(moved);
                REQUIRE(model.at(T, 2.0, up));
                moved[i] -= 2.0 * h;
                model.set(moved);
                REQUIRE(model.at(T, 2.0, down));
                const auto slope = (up.modulus_Pa - down.modulus_Pa) / (2.0 * h);
                CAPTURE(T, coordinate_name(i));
                // Relative to the modulus: what a fit can feel.
                CHECK(
                    std::abs(centre.gradient[i] - slope) <
                    5e-5 * std::abs(slope) +
                        2e-6 * std::abs(centre.modulus_Pa) * (i == q_U ? 1e-4 : 1.0)
                );
            }
        }
    }
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
