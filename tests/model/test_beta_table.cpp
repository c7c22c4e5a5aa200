// SPDX-License-Identifier: MIT
//
// The table of the beta process against `gumbel_debye` (which test_gumbel.cpp ties to independent
// integrals) over the whole range of B and omega tau, with its derivatives.
#include "model/qpd/beta_table.hpp"
#include "model/qpd/gumbel.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <limits>
#include <random>

namespace relaxd::model {

namespace {

/// Differences extrapolated: h^4 is left, and 1e-12 of rounding.
template <typename F>
std::complex<double> slope(F f, double h) {
    const auto at = [&](double step) { return (f(step) - f(-step)) / (2.0 * step); };
    return (4.0 * at(0.5 * h) - at(h)) / 3.0;
}

struct Worst {
    double value = 0.0;
    double by_z = 0.0;
    double by_B = 0.0;

    void add(BetaTable& table, double z, double B, bool with_slopes) {
        table.set_B(B);
        const auto value_of = [](double at, double width) { return gumbel_debye(at, width); };
        const BetaTable::Value a = table.value(z);
        value = std::max(value, std::abs(a.value - value_of(z, B)));
        if (with_slopes) {
            const auto z_slope = slope([&](double d) { return value_of(z + d, B); }, 4e-3);
            const auto B_slope = slope([&](double d) { return value_of(z, B * (1 + d)); }, 4e-3);
            by_z = std::max(by_z, std::abs(a.d_ln_omega_tau - z_slope));
            by_B = std::max(by_B, std::abs(B * a.d_B - B_slope));
        }
    }
};

}  // namespace

TEST_CASE("the table of the beta term errs by less than 1e-7, its derivatives by 1e-6") {
    BetaTable table;
    Worst worst;
    // Cells are 0.2 wide in z and 5/64 in ln(1/B + 1/2).
    for (double g = std::log(0.5) + 0.0390625; g < 4.5; g += 0.078125) {
        const double w = std::exp(g) - 0.5;
        for (double z = -30.1; z < 30.0; z += 0.2) {
            worst.add(table, z, 1.0 / w, std::abs(z) < 12.0);
        }
    }
    std::mt19937_64 engine(11);
    const auto uniform = [&](double low, double high) {
        return low + (high - low) * static_cast<double>(engine() >> 11) / 9007199254740992.0;
    };
    for (int k = 0; k < 4000; ++k) {
        const double B = 0.03 * std::exp(uniform(0.0, std::log(1000.0)));
        worst.add(table, uniform(-10.0, 10.0) * (1.0 + 0.3 / B), B, true);
    }
    CAPTURE(worst.value, worst.by_z, worst.by_B);
    CHECK(worst.value < 1e-7);
    CHECK(worst.by_z < 1e-6);
    CHECK(worst.by_B < 1e-6);
}

TEST_CASE("the beta term has a value for one time, for no spread at all and far outside") {
    BetaTable table;
    table.set_B(std::numeric_limits<double>::infinity());
    for (const double z : {-200.0, -3.0, 0.03, 0.1, 4.0, 150.0, 1e4, -1e4}) {
        const BetaTable::Value value = table.value(z);
        CHECK(
            std::abs(value.value - gumbel_debye(z, std::numeric_limits<double>::infinity())) < 1e-7
        );
        CHECK(value.d_B == std::complex<double>());
        CHECK(std::isfinite(value.d_ln_omega_tau.real()));
    }
    for (const double B : {0.0012, 0.012, 0.024, 0.0245, 0.5, 3.0}) {
        table.set_B(B);
        for (const double z : {-130.0, -110.1, -109.9, 50.0, 109.9, 110.1, 300.0}) {
            CAPTURE(B, z);
            CHECK(std::abs(table.value(z).value - gumbel_debye(z, B)) < 1e-7);
        }
    }
}

TEST_CASE("a width that is none harms nobody") {
    BetaTable table;
    for (const double B : {0.0, 1e-9, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
        table.set_B(B);
        for (const double z :
             {-1e5, -300.0, 0.3, 300.0, std::numeric_limits<double>::quiet_NaN()}) {
            CHECK(std::isfinite(std::abs(table.value(z).value)));
            CHECK(table.value(z).d_B == std::complex<double>());
        }
    }
}

TEST_CASE("the beta term gives the same bits whatever B was set before") {
    BetaTable a;
    BetaTable b;
    a.set_B(0.61);
    const auto before = a.value(0.77);
    for (double B = 0.3; B < 3.0; B *= 1.1) {
        b.set_B(B);
        (void)b.value(0.77);
    }
    a.set_B(1.0);
    a.set_B(0.61);
    CHECK(a.value(0.77).value == before.value);
    CHECK(a.value(0.77).d_B == before.d_B);
}

}  // namespace relaxd::model
