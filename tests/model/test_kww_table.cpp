// SPDX-License-Identifier: MIT
//
// The table of the stretched exponential against `kww` (which test_kww.cpp ties to independent
// integrals) in every cell and at random, against an independent integral at some places, its
// continuity, and that a value does not depend on what was asked before.
#include "model/kww/kww_table.hpp"
#include "tests/model/simulation.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <random>
#include <thread>
#include <vector>

namespace relaxd::model {

namespace {

struct Worst {
    double value = 0.0;
    double by_v = 0.0;
    double by_ln_beta = 0.0;
    double at_beta = 0.0;
    double at_v = 0.0;

    void add(double v, double beta) {
        const KwwValue a = KwwTable::of_this_thread().value(v, KwwTable::place(beta));
        const KwwValue b = kww(v, beta);
        const double error = std::abs(a.compliance - b.compliance);
        if (error > value) {
            value = error;
            at_beta = beta;
            at_v = v;
        }
        by_v = std::max(by_v, std::abs(a.d_ln_omega_tau - b.d_ln_omega_tau));
        by_ln_beta = std::max(by_ln_beta, beta * std::abs(a.d_beta - b.d_beta));
    }

    void check() const {
        CAPTURE(value, at_beta, at_v, by_v, by_ln_beta);
        CHECK(value < 2e-8);
        CHECK(by_v < 2e-7);
        CHECK(by_ln_beta < 1e-6);
    }
};

double uniform(std::mt19937_64& engine, double low, double high) {
    return low + (high - low) * static_cast<double>(engine() >> 11) / 9007199254740992.0;
}

}  // namespace

TEST_CASE("the table of kww errs by less than 2e-8 of the strength in the middle of every cell") {
    // Cells are 3/32 wide in ln beta and 1/8 in beta ln(omega tau) + S(beta): a step of 1/8 in
    // beta ln(omega tau) meets each one.
    Worst worst;
    for (int row = 0; row < 32; ++row) {
        const double beta = std::exp(-3.0 + 0.09375 * (row + 0.5));
        const auto at = KwwTable::place(beta);
        const double shift = at.shift - 0.125 * std::floor(at.shift / 0.125);
        for (double r = -24.0 * beta; r < 5.2; r += 0.125) {
            const double middle = 0.125 * (std::floor(r / 0.125) + 0.5) - shift;
            worst.add(middle / beta, beta);
            if (row % 4 == 0) {
                worst.add((middle - 0.031) / beta, beta);
                worst.add((middle + 0.043) / beta, beta * 1.02);
            }
        }
    }
    worst.check();
}

TEST_CASE("the table of kww keeps its error at random places, beta 0.05 to 1") {
    std::mt19937_64 engine(20260131);
    Worst worst;
    for (int k = 0; k < 60000; ++k) {
        const double beta = std::min(1.0, 0.05 * std::exp(uniform(engine, 0.0, std::log(20.2))));
        const bool near = k % 3 != 0;
        worst.add(near ? uniform(engine, -4.0, 6.0) / beta : uniform(engine, -50.0, 120.0), beta);
    }
    worst.check();
}

TEST_CASE("the table of kww agrees with an independent integral in long double to 1e-7") {
    std::mt19937_64 engine(7);
    double worst = 0.0;
    for (int k = 0; k < 600; ++k) {
        const double beta = uniform(engine, 0.1, 0.99);
        const double v = uniform(engine, -3.0, 5.5) / beta;
        const auto F = test::stretched_exponential(test::wide(v), test::wide(beta));
        const std::complex<double> rounded{
            static_cast<double>(F.real()), static_cast<double>(F.imag())
        };
        const auto value = KwwTable::of_this_thread().value(v, KwwTable::place(beta));
        worst = std::max(worst, std::abs(value.compliance - rounded));
    }
    CAPTURE(worst);
    CHECK(worst < 2e-8);
}

TEST_CASE("the series of large omega tau is the transform to 1e-9 of itself") {
    for (double beta = 0.05; beta < 1.0; beta += 0.0473) {
        const KwwFar far(beta);
        for (double p = 4.0; p < 60.0; p *= 1.31) {
            const KwwValue a = far.value(p / beta);
            const KwwValue b = kww(p / beta, beta);
            const double size = std::abs(b.compliance);
            CAPTURE(beta, p);
            CHECK(std::abs(a.compliance - b.compliance) < 1e-9 * size);
            CHECK(std::abs(a.d_ln_omega_tau - b.d_ln_omega_tau) < 1e-9 * size);
            CHECK(std::abs(a.d_beta - b.d_beta) < 1e-9 * size * p / beta);
        }
    }
}

TEST_CASE("the table of kww has no seam: cells, its edges and the passage into the series") {
    KwwTable& table = KwwTable::of_this_thread();
    const auto jump = [&](double v, double beta, double dv, double d_beta) {
        const auto a = table.value(v - dv, KwwTable::place(beta - d_beta)).compliance;
        const auto b = table.value(v + dv, KwwTable::place(beta + d_beta)).compliance;
        return std::abs(a - b);
    };
    double worst = 0.0;
    for (const double beta : {0.07, 0.15, 0.31, 0.4, 0.52, 0.77, 0.96, 0.99}) {
        const double shift = KwwTable::place(beta).shift;
        for (double r = -24.0; r < 6.0; r += 0.125) {
            if (r >= -24.0 * beta - 0.13) {
                worst = std::max(worst, jump((r - shift) / beta, beta, 1e-12, 0.0));
            }
        }
        for (const double p : {4.0, 5.0}) {  // the passage
            worst = std::max(worst, jump(p / beta, beta, 1e-12, 0.0));
        }
        worst = std::max(worst, jump((-24.0 * beta - shift) / beta, beta, 1e-12, 0.0));
    }
    for (int row = 0; row <= 31; ++row) {
        const double beta = std::exp(-3.0 + 0.09375 * row);
        for (double v = -3.0 / beta; v < 6.0 / beta; v += 0.7 / beta) {
            worst = std::max(worst, jump(v, beta, 0.0, 1e-13));
        }
    }
    worst = std::max(worst, jump(-30.0, KwwTable::beta_min, 0.0, 1e-13));
    CAPTURE(worst);
    CHECK(worst < 1e-8);
}

TEST_CASE("the table of kww gives the same bits whatever was asked before") {
    std::vector<std::pair<double, double>> places;
    std::mt19937_64 engine(3);
    for (int k = 0; k < 300; ++k) {
        const double beta = uniform(engine, 0.06, 1.0);
        places.emplace_back(uniform(engine, -3.0, 4.5) / beta, beta);
    }
    const auto ask = [](const std::pair<double, double>& place) {
        return KwwTable::of_this_thread().value(place.first, KwwTable::place(place.second));
    };
    std::vector<KwwValue> first;
    std::vector<KwwValue> second(places.size());
    for (const auto& place : places) {
        first.push_back(ask(place));
    }
    std::thread other([&] {  // its own table, in the other order
        for (std::size_t k = places.size(); k-- > 0;) {
            second[k] = ask(places[k]);
        }
    });
    other.join();
    for (std::size_t k = 0; k < places.size(); ++k) {
        CHECK(first[k].compliance == second[k].compliance);
        CHECK(first[k].d_ln_omega_tau == second[k].d_ln_omega_tau);
        CHECK(first[k].d_beta == second[k].d_beta);
    }
}

TEST_CASE("the table at one beta is the table, and kww outside it") {
    KwwAtBeta one;
    for (const double beta : {0.04, 0.0513, 0.2, 0.4, 0.733, 1.0}) {
        CAPTURE(beta);
        one.set(beta, std::log(beta));
        // Both sides of the passage into the series at beta ln(omega tau) = 4 to 5, and far away.
        for (double v = -30.0; v < 8.0 / beta; v += 0.31) {
            const KwwValue a = KwwTable::of_this_thread().value(v, KwwTable::place(beta));
            const KwwValue b = one.value(v);
            CAPTURE(v);
            CHECK(std::abs(a.compliance - b.compliance) < 1e-13);
            CHECK(std::abs(a.modulus - b.modulus) < 1e-13);
            CHECK(std::abs(a.d_ln_omega_tau - b.d_ln_omega_tau) < 1e-12);
            CHECK(std::abs(a.d_beta - b.d_beta) < 1e-11 / beta);
        }
    }
}

namespace {

constexpr HermiteLayout small{0.0, 0.5, 41, 1.0, 0.25, 9, 50};

/// (x + i)^2 y^3: the quintics are exact for it.
HermiteNode polynomial(int column, int row) {
    const std::complex<double> x{small.x_of(column), 1.0};
    const double y = small.y_of(row);
    const std::complex<double> by_x[3] = {x * x, 2.0 * x, 2.0};
    const double by_y[3] = {y * y * y, 3.0 * y * y, 6.0 * y};
    HermiteNode n;
    for (int i = 0; i < 3; ++i) {
        for (int j = 0; j < 3; ++j) {
            n.derivative[i][j] = by_x[i] * by_y[j];
        }
    }
    return n;
}

}  // namespace

TEST_CASE("the grid is exact for polynomials, bounded in memory, and forgets without a trace") {
    HermiteGrid grid(small, polynomial);
    std::vector<HermiteGrid::Value> first;
    for (int round = 0; round < 2; ++round) {
        std::size_t k = 0;
        for (double y = 1.0; y <= 3.0; y += 0.125) {
            HermiteSlice slice;
            slice.set(grid, grid.row_of(y));
            for (double x = 0.0; x <= 20.0; x += 0.37, ++k) {
                const auto value = grid.value(x, grid.row_of(y));
                const std::complex<double> z{x, 1.0};
                CHECK(std::abs(value.f - z * z * y * y * y) < 1e-11);
                CHECK(std::abs(value.f_x - 2.0 * z * y * y * y) < 1e-11);
                CHECK(std::abs(value.f_y - 3.0 * z * z * y * y) < 1e-10);
                CHECK(grid.cells() <= small.cells_max);
                const auto sliced = slice.value(x);
                CHECK(std::abs(sliced.f - value.f) < 1e-11);
                CHECK(std::abs(sliced.f_x - value.f_x) < 1e-11);
                CHECK(std::abs(sliced.f_y - value.f_y) < 1e-10);
                if (round == 0) {
                    first.push_back(value);
                } else {
                    CHECK(value.f == first[k].f);
                }
            }
        }
    }
}

}  // namespace relaxd::model
