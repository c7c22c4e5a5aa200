// SPDX-License-Identifier: MIT
//
// What rows of strain without sigmas say of their own noise.
#include "model/series/creep_data.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <random>

using relaxd::model::CreepRow;
using relaxd::model::running_sigma;

namespace {

constexpr double relative = 1e-3;
constexpr double least = 1e-7;

double noise_of(double strain) {
    return relative * strain + least;
}

/// 120 rows under load and 120 after it, noise growing straight with the strain.
std::vector<CreepRow> measured(std::uint32_t seed) {
    std::mt19937 dice(seed);
    std::normal_distribution<double> normal;
    std::vector<CreepRow> rows;
    for (int k = 0; k < 240; ++k) {
        const double since_s = 0.5 * std::pow(10.0, (k % 120) / 42.0);
        const double grown = 3e-4 + 1.2e-4 * std::pow(since_s, 0.4);
        CreepRow row;
        row.time_s = k < 120 ? since_s : 340.0 + since_s;
        row.strain = k < 120 ? grown : 2e-3 - 1.1e-4 * std::pow(since_s, 0.4);
        row.strain += noise_of(row.strain) * normal(dice);
        rows.push_back(row);
    }
    return rows;
}

}  // namespace

TEST_CASE("noise that grows straight with the strain is taken for that", "[creep]") {
    constexpr int tests = 200;
    int straight = 0;
    double square = 0.0;
    double count = 0.0;
    for (int seed = 1; seed <= tests; ++seed) {
        auto rows = measured(static_cast<std::uint32_t>(seed));
        REQUIRE_FALSE(running_sigma(rows, 1e-9));
        // Two rows of about the same strain, one of the load and one of the recovery.
        const auto slope = [&](std::size_t i, std::size_t j) {
            return (rows[i].sigma - rows[j].sigma) / (rows[i].strain - rows[j].strain);
        };
        straight += std::abs(slope(0, 60) - slope(5, 110)) < 1e-9 ? 1 : 0;
        for (const CreepRow& row : rows) {
            square += std::pow(std::log(row.sigma / noise_of(row.strain)), 2);
            count += 1.0;
        }
    }
    CHECK(straight >= tests * 98 / 100);
    CHECK(std::sqrt(square / count) < 0.15);
}

TEST_CASE("noise of any other kind is followed along the rows, outliers or not", "[creep]") {
    std::mt19937 dice(7);
    std::normal_distribution<double> normal;
    std::vector<CreepRow> rows;
    std::vector<double> truth;
    for (int k = 0; k < 600; ++k) {
        CreepRow row;
        row.time_s = 1.0 + k;
        truth.push_back(k < 300 ? 1e-6 : 1e-7);  // somebody closed the door
        row.strain = 1e-3 + 1e-6 * k + truth.back() * normal(dice);
        row.strain += k % 40 == 20 ? 30.0 * truth.back() : 0.0;
        rows.push_back(row);
    }
    REQUIRE_FALSE(running_sigma(rows, 1e-9));
    double square = 0.0;
    double count = 0.0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        if (k < 260 || k > 340) {
            square += std::pow(std::log(rows[k].sigma / truth[k]), 2);
            count += 1.0;
        }
    }
    CHECK(std::sqrt(square / count) < 0.25);
}
