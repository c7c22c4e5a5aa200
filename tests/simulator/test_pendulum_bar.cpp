// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_bar.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace relaxd::simulator {
namespace {

constexpr double pi = std::numbers::pi;

// Oracle: Prandtl's stress function laplace(phi) = -2 on the unit-thickness rectangle, phi = 0 on
// its edge, J = 2 integral of phi, by Gauss-Seidel with over-relaxation on a quarter.
double beta_by_prandtl(double a_over_b, int cells) {
    const double h = 0.5 / cells;  // of the half thickness
    const int nx = static_cast<int>(std::lround(0.5 * a_over_b / h));
    const int ny = cells;
    const auto at = [ny](int x, int y) { return static_cast<std::size_t>(x * (ny + 1) + y); };
    std::vector<double> phi(at(nx, ny) + 1, 0.0);
    for (int round = 0; round < 4000; ++round) {
        for (int x = 0; x < nx; ++x) {
            for (int y = 0; y < ny; ++y) {
                const double left = x == 0 ? phi[at(1, y)] : phi[at(x - 1, y)];
                const double down = y == 0 ? phi[at(x, 1)] : phi[at(x, y - 1)];
                const double mean =
                    0.25 * (left + phi[at(x + 1, y)] + down + phi[at(x, y + 1)] + 2.0 * h * h);
                phi[at(x, y)] += 1.8 * (mean - phi[at(x, y)]);
            }
        }
    }
    double sum = 0.0;  // trapezoid; the axes count half
    for (int x = 0; x < nx; ++x) {
        for (int y = 0; y < ny; ++y) {
            sum += (x == 0 ? 0.5 : 1.0) * (y == 0 ? 0.5 : 1.0) * phi[at(x, y)];
        }
    }
    return 2.0 * 4.0 * sum * h * h / a_over_b;
}

}  // namespace

TEST_CASE("Saint-Venant's factors are the tabulated ones", "[simulator][pendulum]") {
    struct Row {
        double ratio;
        double beta;
        double beta_half_digit;
        double roark_percent;
        double kappa;
        double kappa_half_digit;
    };
    const std::array<Row, 4> rows{{
        {1.0, 0.14058, 5e-6, 0.18, 0.675, 5e-4},
        {2.0, 0.22868, 5e-6, 0.09, 0.930, 5e-4},
        {5.0, 0.29132, 5e-6, 0.01, 0.9994, 5e-5},
        {10.0, 0.31233, 5e-6, 0.00, 1.000, 5e-4},
    }};
    for (const Row& row : rows) {
        const double beta = torsion_beta(row.ratio);
        CHECK(std::abs(beta - row.beta) <= row.beta_half_digit);
        CHECK(std::abs(torsion_kappa(row.ratio) - row.kappa) <= row.kappa_half_digit);
        const double q = 1.0 / row.ratio;
        const double roark = 1.0 / 3.0 - 0.21 * q * (1.0 - std::pow(q, 4) / 12.0);
        CHECK(std::abs(100.0 * (roark / beta - 1.0) - row.roark_percent) <= 0.005);
    }
}

TEST_CASE("the torsion constant solves Prandtl's problem", "[simulator][pendulum]") {
    for (const double ratio : {1.0, 1.5, 2.0}) {
        // Second order in the cell: two grids, extrapolated.
        const double coarse = beta_by_prandtl(ratio, 10);
        const double fine = beta_by_prandtl(ratio, 20);
        CHECK(torsion_beta(ratio) == Approx(fine + (fine - coarse) / 3.0).epsilon(2e-5));
    }
}

TEST_CASE("one percent of thickness is 2.86 percent of the stiffness", "[simulator][pendulum]") {
    const auto J = [](double a, double b) { return TorsionBar::rectangle(0.03, a, b)->J_m4(); };
    const double step = 1e-4;
    const double by_b = std::log(J(5e-3, 1e-3 * (1 + step)) / J(5e-3, 1e-3 * (1 - step)));
    const double by_a = std::log(J(5e-3 * (1 + step), 1e-3) / J(5e-3 * (1 - step), 1e-3));
    CHECK(by_b / (2.0 * step) == Approx(2.86).margin(0.005));
    CHECK(by_a / (2.0 * step) == Approx(1.14).margin(0.005));
}

TEST_CASE("bar and cylinder give J, stiffness and strain", "[simulator][pendulum]") {
    const TorsionBar bar = *TorsionBar::rectangle(0.03, 1e-3, 5e-3);  // sides in any order
    CHECK(bar.width_m() == 5e-3);
    CHECK(bar.J_m4() == Approx(1.4566e-12).epsilon(1e-4));
    CHECK(bar.form_m3() == Approx(1.4566e-12 / 0.03).epsilon(1e-4));
    CHECK(bar.strain_per_rad() == Approx(0.9994 * 1e-3 / 0.03).epsilon(1e-4));

    const TorsionBar rod = *TorsionBar::cylinder(0.04, 2e-3);
    CHECK(rod.J_m4() == Approx(pi * std::pow(2e-3, 4) / 32.0));
    CHECK(rod.strain_per_rad() == Approx(1e-3 / 0.04));
    CHECK(rod.form_m3(900.0) == rod.form_m3());
}

TEST_CASE("thermal expansion stiffens with the cube of the dimensions", "[simulator][pendulum]") {
    TorsionBar bar;
    bar.set_expansion_per_K(1.5e-5);
    const double grown = 1.0 + 1.5e-5 * 200.0;
    const TorsionBar hot = *TorsionBar::rectangle(0.03 * grown, 5e-3 * grown, 1e-3 * grown);
    CHECK(bar.form_m3(498.15) == Approx(hot.form_m3()).epsilon(1e-12));
    CHECK(bar.form_m3(298.15) == bar.form_m3());
}

TEST_CASE("an impossible bar is refused with the dimension's name", "[simulator][pendulum]") {
    CHECK(TorsionBar::rectangle(0.0, 5e-3, 1e-3).error().where == "length");
    CHECK(TorsionBar::rectangle(0.03, std::nan(""), 1e-3).error().where == "width");
    CHECK(TorsionBar::rectangle(0.03, 5e-3, -1e-3).error().where == "thickness");
    CHECK(TorsionBar::rectangle(3e-3, 5e-3, 1e-3).error().code == Errc::invalid);
    CHECK(TorsionBar::cylinder(0.03, 0.0).error().where == "diameter");
}

}  // namespace relaxd::simulator
