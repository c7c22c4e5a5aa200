// SPDX-License-Identifier: MIT
#include "tests/geometry/support.hpp"

#include <array>
#include <tuple>

namespace relaxd::test {

namespace {

/// A Timoshenko beam (kappa = 5/6) as its ordinary differential equations, integrated by RK4: state
/// v (deflection), theta (turn of the section), M (moment); V (shear force) is constant.
struct Beam {
    double EI = 0.0;
    double kGA = 0.0;
    double L = 0.0;

    [[nodiscard]] std::array<double, 3> at_end(double M0, double V) const {
        const auto slope = [&](const std::array<double, 3>& y) {
            return std::array<double, 3>{y[1] + V / kGA, y[2] / EI, -V};
        };
        const auto moved = [](std::array<double, 3> y, const std::array<double, 3>& k, double h) {
            for (std::size_t i = 0; i < 3; ++i) {
                y[i] += h * k[i];
            }
            return y;
        };
        std::array<double, 3> y{0.0, 0.0, M0};
        constexpr int steps = 200;
        const double h = L / steps;
        for (int n = 0; n < steps; ++n) {
            const auto a = slope(y);
            const auto b = slope(moved(y, a, h / 2));
            const auto c = slope(moved(y, b, h / 2));
            const auto d = slope(moved(y, c, h));
            for (std::size_t i = 0; i < 3; ++i) {
                y[i] += h / 6.0 * (a[i] + 2 * b[i] + 2 * c[i] + d[i]);
            }
        }
        return y;
    }

    /// V and M0 for which component `free` of the end state is 0 and the deflection is 1.
    [[nodiscard]] std::pair<double, double> solve(std::size_t free) const {
        const auto by_V = at_end(0.0, 1.0);
        const auto by_M = at_end(1.0, 0.0);
        const double det = by_V[0] * by_M[free] - by_M[0] * by_V[free];
        return {by_M[free] / det, -by_V[free] / det};
    }
};

struct Beaten {
    double stiffness = 0.0;  ///< Force over displacement.
    double moment = 0.0;     ///< Largest, of displacement 1.
};

Beaten by_integration(model::Clamp clamp, const model::ClampNumbers& n, double E_Pa) {
    const double w = n.width_m.value;
    const double t = n.thickness_m.value;
    Beam beam;
    beam.EI = E_Pa * w * t * t * t / 12.0;
    beam.kGA = 5.0 / 6.0 * E_Pa / (2.0 * (1.0 + n.poisson_ratio.value)) * w * t;
    beam.L = n.length_m.value;
    if (clamp == model::Clamp::three_point_bending) {
        // Half of it, from the middle (no turn) to the support (no moment).
        const auto [V, M0] = beam.solve(2);
        return {2.0 * V, std::abs(M0)};
    }
    const auto [V, M0] = beam.solve(1);
    return {clamp == model::Clamp::dual_cantilever ? 2.0 * V : V, std::abs(M0)};
}

}  // namespace

TEST_CASE("bending clamps agree with a Timoshenko beam that is integrated, thick and thin") {
    for (const auto& [word, L, t] :
         {std::tuple("single-cantilever", 0.0175, 0.001),
          std::tuple("single-cantilever", 0.008, 0.004),
          std::tuple("dual-cantilever", 0.0175, 0.003),
          std::tuple("3-point-bending", 0.01, 0.002),
          std::tuple("3-point-bending", 0.025, 0.007)}) {
        const auto clamp = must(model::clamp_from(word));
        model::ClampNumbers n = beam(L, 0.003, t);
        n.poisson_ratio.value = 0.37;
        const double E_Pa = 35e9;
        const Beaten oracle = by_integration(clamp, n, E_Pa);
        const auto factors = must(model::clamp_factors(clamp, n));
        INFO(word);
        CHECK(oracle.stiffness * factors.modulus_per_stiffness == Approx(E_Pa).epsilon(1e-9));
        const double stress = oracle.moment * 0.5 * t / (n.width_m.value * t * t * t / 12.0);
        CHECK(oracle.stiffness * factors.stress_per_force == Approx(stress).epsilon(1e-9));
        CHECK(factors.strain_per_displacement == Approx(stress / E_Pa).epsilon(1e-9));
    }
}

TEST_CASE("tension, compression and shear are the closed forms") {
    const model::ClampNumbers n = beam(0.02, 0.003, 0.0005);
    const auto of = [&](const char* word) {
        return must(model::clamp_factors(must(model::clamp_from(word)), n));
    };
    CHECK(of("tension").modulus_per_stiffness == Approx(0.02 / (0.003 * 0.0005)));
    CHECK(of("compression").modulus_per_stiffness == Approx(0.0005 / (0.02 * 0.003)));
    CHECK(of("shear-sandwich").modulus_per_stiffness == Approx(0.0005 / (2 * 0.02 * 0.003)));
    CHECK(of("tension").strain_per_displacement == Approx(1.0 / 0.02));
    CHECK(of("compression").strain_per_displacement == Approx(1.0 / 0.0005));
    CHECK(of("shear-sandwich").stress_per_force == Approx(1.0 / (2 * 0.02 * 0.003)));
}

TEST_CASE("F divides the stiffness of clamped beams only, and its error counts") {
    model::ClampNumbers n = beam(0.0175, 0.003, 0.001);
    const auto single = must(model::clamp_from("single-cantilever"));
    const auto three = must(model::clamp_from("3-point-bending"));
    const double before = must(model::clamp_factors(single, n)).modulus_per_stiffness;
    n.clamp_factor = {0.8, 0.08};
    CHECK(must(model::clamp_factors(single, n)).modulus_per_stiffness == Approx(before / 0.8));
    CHECK(must(model::clamp_factors(single, n)).relative_sigma == Approx(0.1));
    CHECK(must(model::clamp_factors(three, n)).relative_sigma == 0.0);
    CHECK_FALSE(model::clamp_from("triple-cantilever"));
    n.width_m.value = std::nan("");
    const auto missing = model::clamp_factors(single, n);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.find("width_m") != std::string::npos);
}

TEST_CASE("the propagated error of every clamp is that of Monte Carlo") {
    Deviates draw(7);
    for (const char* word :
         {"single-cantilever",
          "dual-cantilever",
          "3-point-bending",
          "tension",
          "compression",
          "shear-sandwich"}) {
        const auto clamp = must(model::clamp_from(word));
        model::ClampNumbers n = beam(0.01, 0.004, 0.002);
        n.length_m.sigma = 5e-5;
        n.width_m.sigma = 3e-5;
        n.thickness_m.sigma = 1e-5;
        n.poisson_ratio.sigma = 0.03;
        n.clamp_factor.sigma = 0.01;
        const auto stated = must(model::clamp_factors(clamp, n));
        double sum = 0.0;
        double squares = 0.0;
        constexpr int draws = 20000;
        for (int k = 0; k < draws; ++k) {
            model::ClampNumbers one = n;
            for (model::Measured* number :
                 {&one.length_m,
                  &one.width_m,
                  &one.thickness_m,
                  &one.poisson_ratio,
                  &one.clamp_factor}) {
                number->value += number->sigma * draw();
            }
            const double g = must(model::clamp_factors(clamp, one)).modulus_per_stiffness /
                             stated.modulus_per_stiffness;
            sum += g;
            squares += g * g;
        }
        const double mean = sum / draws;
        INFO(word);
        CHECK(
            std::sqrt(squares / draws - mean * mean) == Approx(stated.relative_sigma).epsilon(0.03)
        );
    }
}

}  // namespace relaxd::test
