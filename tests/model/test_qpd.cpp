// SPDX-License-Identifier: MIT
//
// The flow-defect model against the numbers of PHYSICS section 4 and the independent simulation.
#include "model/qpd/gumbel.hpp"
#include "model/qpd/qpd.hpp"
#include "tests/model/simulation.hpp"
#include "tests/model/table_1.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

using record::Form;
using test::table_1;

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

}  // namespace relaxd::model
