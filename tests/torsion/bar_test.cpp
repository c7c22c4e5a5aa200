// SPDX-License-Identifier: MIT
#include "tests/torsion/support.hpp"

#include <array>

namespace relaxd::test {

namespace {

/// Oracle: Prandtl's membrane, laplace(phi) = -2 on the rectangle r x 1 with phi = 0 at its edge,
/// by finite differences on a quarter, over-relaxed; beta = 2 integral of phi / r, and the largest
/// strain is the slope of phi in the middle of the long side (kappa = that over the thickness).
struct Membrane {
    double beta = 0.0;
    double kappa = 0.0;
};

Membrane membrane(int long_cells, int short_cells) {
    const double h = 0.5 / short_cells;
    const auto nx = static_cast<std::size_t>(long_cells);
    const auto ny = static_cast<std::size_t>(short_cells);
    std::vector<std::vector<double>> phi(nx + 1, std::vector<double>(ny + 1, 0.0));
    for (int round = 0; round < 3000; ++round) {
        for (std::size_t x = 0; x < nx; ++x) {
            for (std::size_t y = 0; y < ny; ++y) {
                const double west = phi[x == 0 ? 1 : x - 1][y];
                const double south = phi[x][y == 0 ? 1 : y - 1];
                const double goal = (west + south + phi[x + 1][y] + phi[x][y + 1] + 2 * h * h) / 4;
                phi[x][y] += 1.85 * (goal - phi[x][y]);
            }
        }
    }
    Membrane out;
    for (std::size_t x = 0; x < nx; ++x) {
        for (std::size_t y = 0; y < ny; ++y) {
            out.beta += (x == 0 ? 0.5 : 1.0) * (y == 0 ? 0.5 : 1.0) * phi[x][y];
        }
    }
    const double r = static_cast<double>(long_cells) / short_cells;
    out.beta *= 8.0 * h * h / r;
    // Three points from the edge inwards.
    out.kappa = (4.0 * phi[0][ny - 1] - phi[0][ny - 2]) / (2.0 * h);
    return out;
}

}  // namespace

TEST_CASE("beta and kappa are the tabulated ones, to all printed digits") {
    struct Row {
        double ratio;
        double beta;
        double roark_percent;
        double kappa;
        double kappa_half_digit;
    };
    const std::array<Row, 4> rows{
        {{1.0, 0.14058, 0.18, 0.675, 5e-4},
         {2.0, 0.22868, 0.09, 0.930, 5e-4},
         {5.0, 0.29132, 0.01, 0.9994, 5e-5},
         {10.0, 0.31233, 0.00, 1.000, 5e-4}}
    };
    for (const Row& row : rows) {
        const model::SaintVenant found = model::saint_venant(row.ratio);
        CHECK(std::abs(found.beta - row.beta) <= 5e-6);
        CHECK(std::abs(found.kappa - row.kappa) <= row.kappa_half_digit);
        const double q = 1.0 / row.ratio;
        const double roark = 1.0 / 3.0 - 0.21 * q * (1.0 - std::pow(q, 4) / 12.0);
        CHECK(std::abs(100.0 * (roark / found.beta - 1.0) - row.roark_percent) <= 0.005);
        const model::SaintVenant swapped = model::saint_venant(1.0 / row.ratio);
        CHECK(swapped.beta == Approx(found.beta).epsilon(1e-14));
        CHECK(swapped.kappa == Approx(found.kappa).epsilon(1e-14));
    }
}

TEST_CASE("beta and kappa solve Prandtl's problem") {
    for (const int times : {1, 2, 3}) {
        const Membrane coarse = membrane(12 * times, 12);
        const Membrane fine = membrane(24 * times, 24);
        const model::SaintVenant found = model::saint_venant(times);
        CHECK(found.beta == Approx(fine.beta + (fine.beta - coarse.beta) / 3.0).epsilon(3e-5));
        CHECK(found.kappa == Approx(fine.kappa + (fine.kappa - coarse.kappa) / 3.0).epsilon(2e-4));
    }
}

TEST_CASE("a flat strip tends to a third, less the edges' 0.21") {
    for (const double ratio : {20.0, 100.0, 1e3, 1e4}) {
        const model::SaintVenant found = model::saint_venant(ratio);
        // zeta(5) (1 - 2^-5) = 1.004523762795…: all tanh are 1.
        const double edge = 64.0 / std::pow(pi, 5) * 1.00452376279513961613;
        CHECK(found.beta == Approx(1.0 / 3.0 - edge / ratio).epsilon(1e-8));
        CHECK(found.kappa == Approx(1.0).epsilon(1e-12));
    }
}

TEST_CASE("one percent of thickness is 2.86 percent of G, of width 1.14") {
    const model::TorsionFactors factors = must(model::torsion_factors(bar(), 298.15));
    CHECK(std::abs(factors.by_thickness - 2.86) <= 5e-3);
    CHECK(std::abs(factors.by_width - 1.14) <= 5e-3);
    CHECK(factors.by_width + factors.by_thickness == Approx(4.0).epsilon(1e-14));
    for (const double width : {1e-3, 1.3e-3, 2e-3, 5e-3, 2e-2}) {
        const auto J = [](double w, double t) { return J_over_L(bar(0.03, w, t)); };
        const double e = 1e-4;
        const model::TorsionFactors f = must(model::torsion_factors(bar(0.03, width), 298.15));
        const double by_t = std::log(J(width, 1e-3 * (1 + e)) / J(width, 1e-3 * (1 - e))) / (2 * e);
        const double by_w = std::log(J(width * (1 + e), 1e-3) / J(width * (1 - e), 1e-3)) / (2 * e);
        if (width > 1e-3) {  // a square changes its longer side
            CHECK(f.by_thickness == Approx(by_t).margin(1e-6));
            CHECK(f.by_width == Approx(by_w).margin(1e-6));
        }
    }
}

TEST_CASE("sides may be given in either order, and each keeps its own error") {
    record::Specimen a = bar(0.03, 5e-3, 1e-3);
    a.width_sigma_m = 5e-5;
    a.thickness_sigma_m = 1e-5;
    a.length_sigma_m = 3e-4;
    record::Specimen b = bar(0.03, 1e-3, 5e-3);
    b.width_sigma_m = 1e-5;
    b.thickness_sigma_m = 5e-5;
    b.length_sigma_m = 3e-4;
    const model::TorsionFactors x = must(model::torsion_factors(a, 298.15));
    const model::TorsionFactors y = must(model::torsion_factors(b, 298.15));
    CHECK(x.J_over_L_m3 == y.J_over_L_m3);
    CHECK(x.J_over_L_relative_sigma == y.J_over_L_relative_sigma);
    CHECK(x.J_over_L_m3 == Approx(1.4566e-12 / 0.03).epsilon(1e-4));
    CHECK(x.strain_per_rad == Approx(0.9994 * 1e-3 / 0.03).epsilon(1e-4));
    // Stress over strain of an elastic bar is G.
    CHECK(x.strain_per_rad / x.stress_per_N_m == Approx(x.J_over_L_m3).epsilon(1e-14));

    // Propagated as draws of the dimensions scatter.
    Deviates draw(3);
    double sum = 0.0;
    double squares = 0.0;
    constexpr int n = 4000;
    for (int k = 0; k < n; ++k) {
        const double w = a.width_m + a.width_sigma_m * draw();
        const double t = a.thickness_m + a.thickness_sigma_m * draw();
        const double g = J_over_L(bar(a.length_m + a.length_sigma_m * draw(), w, t));
        sum += g / n;
        squares += g * g / n;
    }
    const double seen = std::sqrt(squares - sum * sum) / sum;
    CHECK(x.J_over_L_relative_sigma == Approx(seen).epsilon(0.05));
}

TEST_CASE("a cylinder twists by pi d^4 / 32") {
    record::Specimen rod;
    rod.length_m = 0.04;
    rod.extra["diameter_m"] = "2e-3";
    rod.extra["diameter_sigma_m"] = "2e-5";
    const model::TorsionFactors f = must(model::torsion_factors(rod, 298.15));
    CHECK(f.J_over_L_m3 == Approx(pi * std::pow(2e-3, 4) / 32.0 / 0.04).epsilon(1e-14));
    CHECK(f.strain_per_rad == Approx(1e-3 / 0.04).epsilon(1e-14));
    CHECK(f.J_over_L_relative_sigma == Approx(0.04).epsilon(1e-12));
}

TEST_CASE("expansion stiffens with the cube of the dimensions, and the strain stays") {
    record::Specimen s = bar();
    s.extra["thermal_expansion_per_K"] = "1.5e-5";
    s.extra["thermal_expansion_sigma_per_K"] = "1e-6";
    const double grown = 1.0 + 1.5e-5 * 200.0;
    const model::TorsionFactors hot = must(model::torsion_factors(s, 498.15));
    const record::Specimen large = bar(0.03 * grown, 5e-3 * grown, 1e-3 * grown);
    CHECK(hot.J_over_L_m3 == Approx(J_over_L(large)).epsilon(1e-12));
    CHECK(hot.strain_per_rad == must(model::torsion_factors(bar(), 298.15)).strain_per_rad);
    CHECK(
        hot.stress_per_N_m ==
        Approx(must(model::torsion_factors(large, 298.15)).stress_per_N_m).epsilon(1e-12)
    );
    CHECK(hot.J_over_L_relative_sigma == Approx(3.0 * 1e-6 * 200.0).epsilon(1e-9));
    CHECK(must(model::torsion_factors(s, 298.15)).J_over_L_m3 == J_over_L(bar()));
}

TEST_CASE("an impossible bar is refused with the dimension's name") {
    const auto where = [](const record::Specimen& s) {
        const auto found = model::torsion_factors(s, 298.15);
        REQUIRE_FALSE(found);
        return found.error().where;
    };
    CHECK(where(bar(record::unknown)) == "specimen: length_m");
    CHECK(where(bar(0.03, 0.0)) == "specimen: width_m");
    CHECK(where(bar(0.03, 5e-3, -1e-3)) == "specimen: thickness_m");
    CHECK(where(bar(4e-3, 5e-3, 1e-3)) == "specimen: length_m");
    record::Specimen rod = bar();
    rod.extra["diameter_m"] = "two millimetres";
    CHECK(where(rod) == "specimen: diameter_m");
    rod.extra["diameter_m"] = "0";
    CHECK(where(rod) == "specimen: diameter_m");
    record::Specimen hot = bar();
    hot.extra["thermal_expansion_per_K"] = "15";
    CHECK(must(model::torsion_factors(hot, 298.15)).J_over_L_m3 > 0.0);
    CHECK_FALSE(model::torsion_factors(hot, 300.0));
}

}  // namespace relaxd::test
