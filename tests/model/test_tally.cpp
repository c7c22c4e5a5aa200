// SPDX-License-Identifier: MIT
//
// Many points become cells: against means computed here in long double, and in any order.

#include "model/estimate/dynamic_tally.hpp"
#include "model/estimate/estimate.hpp"
#include "model/estimate/growing_points.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <random>
#include <span>
#include <tuple>
#include <vector>

namespace relaxd::model {

namespace {

using record::DynamicPoint;
using record::FitOptions;

constexpr double no_mask = std::numeric_limits<double>::quiet_NaN();

DynamicPoint point(double T_K, double f_Hz, double storage_Pa, double loss_Pa) {
    DynamicPoint p;
    p.temperature_K = T_K;
    p.frequency_Hz = f_Hz;
    p.storage_modulus_Pa = storage_Pa;
    p.loss_modulus_Pa = loss_Pa;
    return p;
}

struct Noise {
    double storage = 0.005;
    double loss = 0.03;
};

/// Five frequencies over 300 to 480 K: smooth moduli with normal noise.
std::vector<DynamicPoint> long_ramp(std::size_t n, Noise noise, unsigned seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    std::vector<DynamicPoint> out;
    for (std::size_t k = 0; k < n; ++k) {
        const double T_K = 300.0 + 180.0 * static_cast<double>(k) / static_cast<double>(n);
        const double f_Hz = std::pow(2.0, static_cast<double>(k % 5));
        const double storage_Pa = 5e10 - 5e7 * (T_K - 300.0);
        const double loss_Pa = 1e9 + 2e9 * std::exp(-std::pow((T_K - 400.0) / 30.0, 2));
        out.push_back(point(
            T_K,
            f_Hz,
            storage_Pa * (1.0 + noise.storage * normal(random)),
            loss_Pa * (1.0 + noise.loss * normal(random))
        ));
        out.back().seq = k + 1;
    }
    return out;
}

bool is_same(const DynamicRow& a, const DynamicRow& b) {
    const auto all = [](const DynamicRow& r) {
        return std::tie(
            r.temperature_K,
            r.ln_omega,
            r.storage_Pa,
            r.loss_Pa,
            r.storage_sigma_Pa,
            r.loss_sigma_Pa,
            r.group,
            r.input,
            r.seq,
            r.count
        );
    };
    return all(a) == all(b);
}

bool are_same(const std::vector<DynamicRow>& a, const std::vector<DynamicRow>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), is_same);
}

std::uint64_t points_in(const DynamicData& data) {
    std::uint64_t n = 0;
    for (const DynamicRow& row : data.rows) {
        n += row.count;
    }
    return n;
}

}  // namespace

TEST_CASE("many points become the plain means of half a kelvin and a frequency") {
    const auto points = long_ramp(30'000, {}, 1);
    struct Mean {
        long double T_K = 0.0L;
        long double storage_Pa = 0.0L;
        long double loss_Pa = 0.0L;
        std::uint64_t n = 0;
    };
    std::map<std::pair<double, long>, Mean> expected;
    for (const auto& p : points) {
        Mean& mean = expected[{p.frequency_Hz, static_cast<long>(p.temperature_K / 0.5)}];
        mean.T_K += static_cast<long double>(p.temperature_K);
        mean.storage_Pa += static_cast<long double>(p.storage_modulus_Pa);
        mean.loss_Pa += static_cast<long double>(p.loss_modulus_Pa);
        ++mean.n;
    }
    const DynamicData data = dynamic_data(points, no_mask);
    REQUIRE(data.rows.size() == expected.size());
    CHECK(data.n_points == points.size());
    auto row = data.rows.begin();
    for (const auto& [place, mean] : expected) {
        const auto n = static_cast<long double>(mean.n);
        CHECK(std::exp(row->ln_omega) == Approx(2.0 * std::numbers::pi * place.first));
        CHECK(row->temperature_K == Approx(static_cast<double>(mean.T_K / n)).epsilon(1e-14));
        CHECK(row->storage_Pa == Approx(static_cast<double>(mean.storage_Pa / n)).epsilon(1e-14));
        CHECK(row->loss_Pa == Approx(static_cast<double>(mean.loss_Pa / n)).epsilon(1e-14));
        CHECK(row->count == mean.n);
        ++row;
    }
}

TEST_CASE("neither the order of arrival nor looking in between shows in the cells") {
    auto points = long_ramp(12'000, {}, 2);
    for (std::size_t k = 0; k < points.size(); k += 7) {
        points[k].storage_modulus_sigma_Pa = 1e8 + 1e4 * static_cast<double>(k);
    }
    const DynamicData at_once = dynamic_data(points, 470.0);
    DynamicTally tally(470.0);
    for (std::size_t k = 0; k < points.size(); ++k) {
        tally.add(points[k]);
        if (k % 1500 == 0) {
            (void)tally.data();
        }
    }
    CHECK(are_same(tally.data().rows, at_once.rows));
    for (unsigned seed = 1; seed <= 3; ++seed) {
        std::shuffle(points.begin(), points.end(), std::mt19937_64(seed));
        const DynamicData shuffled = dynamic_data(points, 470.0);
        CHECK(are_same(shuffled.rows, at_once.rows));
        CHECK(shuffled.n_masked == at_once.n_masked);
        CHECK(shuffled.first_seq == 1);
    }
}

TEST_CASE("the noise of a cell is that of the points over the root of their number") {
    for (const Noise noise : {Noise{0.005, 0.03}, Noise{0.001, 0.02}}) {
        const DynamicData data = dynamic_data(long_ramp(50'000, noise, 3), no_mask);
        for (const DynamicRow& row : data.rows) {
            const double n = std::sqrt(static_cast<double>(row.count));
            // The declared noise has a floor of 3 MPa that these points have not: 10 % of 30 MPa.
            CHECK(row.storage_sigma_Pa * n / row.storage_Pa == Approx(noise.storage).epsilon(0.15));
            CHECK(row.loss_sigma_Pa * n / row.loss_Pa == Approx(noise.loss).epsilon(0.35));
        }
    }
}

TEST_CASE("an isotherm has few cells: their noise is the scatter inside") {
    auto points = long_ramp(20'000, Noise{0.004, 0.0}, 4);
    std::mt19937_64 random(5);
    std::normal_distribution<double> normal;
    for (auto& p : points) {
        p.temperature_K = 350.2;
        p.storage_modulus_Pa = 4e10 * (1.0 + 0.007 * normal(random));
        p.loss_modulus_Pa = 1e9 * (1.0 + 0.05 * normal(random));
    }
    const DynamicData data = dynamic_data(points, no_mask);
    REQUIRE(data.rows.size() == 5);
    for (const DynamicRow& row : data.rows) {
        CHECK(row.count == 4000);
        CHECK(row.storage_sigma_Pa == Approx(4e10 * 0.007 / std::sqrt(4000.0)).epsilon(0.05));
        CHECK(row.loss_sigma_Pa == Approx(1e9 * 0.05 / std::sqrt(4000.0)).epsilon(0.05));
    }
}

TEST_CASE("given standard deviations weigh the points of a cell") {
    std::vector<DynamicPoint> points;
    for (int k = 0; k < 5000; ++k) {
        auto p = point(300.0 + 0.1 * (k / 10), 1.0, 1e10 + 1e6 * (k % 10), 1e9 - 1e5 * (k % 10));
        p.seq = static_cast<std::uint64_t>(k) + 1;
        p.storage_modulus_sigma_Pa = 1e7 * (1 + k % 10);
        p.loss_modulus_sigma_Pa = 1e6 * (1 + k % 10);
        points.push_back(p);
    }
    double weight = 0.0;
    double sum = 0.0;
    for (int k = 0; k < 10; ++k) {
        const double w = 1.0 / std::pow(1e7 * (1 + k), 2);
        weight += w;
        sum += w * 1e6 * k;
    }
    const DynamicData data = dynamic_data(points, no_mask);
    CHECK(data.rows.size() == 100);
    for (const DynamicRow& row : data.rows) {
        const double tenths = static_cast<double>(row.count) / 10.0;
        CHECK(row.storage_Pa - 1e10 == Approx(sum / weight).epsilon(1e-6));
        CHECK(row.storage_sigma_Pa == Approx(1.0 / std::sqrt(tenths * weight)).epsilon(1e-9));
        CHECK(row.loss_sigma_Pa == Approx(0.1 / std::sqrt(tenths * weight)).epsilon(1e-9));
    }
}

TEST_CASE("cells widen until there are no more than 4000 of them") {
    std::vector<DynamicPoint> points;
    for (int f = 0; f < 60; ++f) {
        for (int k = 0; k < 400; ++k) {
            points.push_back(point(300.1 + 0.5 * k, std::exp(0.1 * f), 1e10, 1e9));
            points.back().seq = points.size();
        }
    }
    const DynamicData data = dynamic_data(points, no_mask);  // 24 000 places at 0.5 K
    CHECK(data.rows.size() == 60 * 50);                      // 4 K
    CHECK(points_in(data) == points.size());
    std::shuffle(points.begin(), points.end(), std::mt19937_64(1));
    CHECK(are_same(dynamic_data(points, no_mask).rows, data.rows));
}

TEST_CASE("a frequency that wanders by half a thousandth is one frequency in the cells too") {
    auto points = long_ramp(10'000, {}, 6);
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> wander(-4.9e-4, 4.9e-4);
    for (auto& p : points) {
        p.frequency_Hz *= 1.0 + wander(random);
    }
    const DynamicData data = dynamic_data(points, no_mask);
    CHECK(data.rows.back().group == 4);
    CHECK(points_in(data) == points.size());
    CHECK(std::is_sorted(data.rows.begin(), data.rows.end(), [](const auto& a, const auto& b) {
        return std::tie(a.group, a.temperature_K) < std::tie(b.group, b.temperature_K);
    }));
}

TEST_CASE("tension and shear, and inputs, share no cell") {
    auto points = long_ramp(9'000, {}, 8);
    for (std::size_t k = 0; k < points.size(); ++k) {
        points[k].is_shear = k % 3 == 0;
        points[k].input = k % 3 == 2 ? 4 : 1;
    }
    const DynamicData data = dynamic_data(points, no_mask);
    CHECK(data.has_shear);
    CHECK(data.has_tensile);
    CHECK_FALSE(data.is_all_shear);
    CHECK(data.n_inputs == 2);
    CHECK(data.rows.back().group == 14);
    CHECK(points_in(data) == points.size());
}

TEST_CASE("refused and masked points are counted and leave no trace in the cells") {
    const auto clean = long_ramp(8'000, {}, 9);
    auto points = clean;
    for (int k = 0; k < 50; ++k) {
        points.insert(points.begin() + 100 * k, point(420.0, 1.0, no_mask, 1e9));
        points.insert(points.begin() + 100 * k, point(480.5, 1.0, 1e10, 1e9));
    }
    const DynamicData data = dynamic_data(points, 480.2);
    CHECK(data.n_refused == 50);
    CHECK(data.n_masked == 50);
    CHECK(are_same(data.rows, dynamic_data(clean, no_mask).rows));
}

TEST_CASE("a fit of growing points is the fit of the points it has, to the last bit") {
    const auto points = long_ramp(4'400, {}, 11);
    FitOptions options;
    options.model = "dynamic";
    options.T_g_fixed_K = 470.0;
    GrowingPoints growing;
    std::size_t given = 0;
    for (const std::size_t n : {3'950U, 4'050U, 4'300U}) {
        const auto now = std::span(points).first(n);
        growing.append(now.subspan(given));
        given = n;
        const auto of_growing = fit(growing, options);
        const auto at_once = fit(now, options);
        CHECK(of_growing.warm_start == at_once.warm_start);
        CHECK(of_growing.status == at_once.status);
        CHECK(of_growing.n_points == n);
        options.start = at_once.warm_start;
    }
    // Another mask, and fewer points again.
    options.T_max_K = 420.0;
    CHECK(
        fit(growing, options).warm_start == fit(std::span(points).first(given), options).warm_start
    );
    growing.keep_first(3'000);
    CHECK(
        are_same(growing.data(420.0).rows, dynamic_data(std::span(points).first(3'000), 420.0).rows)
    );
}

TEST_CASE("data moved by an error of the instrument are those of moved points") {
    const auto points = long_ramp(6'000, {}, 12);
    const DataError error{1.02, 1.5};
    const DynamicData data = moved(dynamic_data(points, 450.0), error);
    const DynamicData other = dynamic_data(moved(points, error), 451.5);
    CHECK(data.n_points == other.n_points);
    CHECK(data.T_last_K == other.T_last_K);
    const auto sum = [](const DynamicData& of, double DynamicRow::* value) {
        double total = 0.0;
        for (const DynamicRow& row : of.rows) {
            total += static_cast<double>(row.count) * (row.*value);
        }
        return total;
    };
    for (double DynamicRow::* value :
         {&DynamicRow::temperature_K, &DynamicRow::storage_Pa, &DynamicRow::loss_Pa}) {
        CHECK(sum(data, value) == Approx(sum(other, value)).epsilon(1e-12));
    }
}

TEST_CASE("rows that were flagged are left out, unless they are too many") {
    const auto points = long_ramp(1'000, {}, 13);
    const DynamicData data = dynamic_data(points, no_mask);
    const DynamicData few = without(data, {3, 700, 701}, 0.1);
    CHECK(few.rows.size() == 997);
    CHECK(few.n_points == 997);
    CHECK(std::none_of(few.rows.begin(), few.rows.end(), [](const DynamicRow& row) {
        return row.seq == 3 || row.seq == 700 || row.seq == 701;
    }));
    CHECK(without(data, {3, 700, 701}, 0.001).rows.size() == 1'000);
}

TEST_CASE("absurd sigmas make no cell without a number") {
    auto points = long_ramp(6'000, {}, 10);
    for (std::size_t k = 0; k < points.size(); ++k) {
        points[k].storage_modulus_sigma_Pa = k % 2 == 0 ? 1e-300 : 1e300;
        points[k].loss_modulus_sigma_Pa = 1e300;
    }
    for (const DynamicRow& row : dynamic_data(points, no_mask).rows) {
        CHECK(std::isfinite(row.storage_Pa));
        CHECK(std::isfinite(row.loss_Pa));
        CHECK(row.storage_sigma_Pa > 0.0);
        CHECK(std::isfinite(row.loss_sigma_Pa));
    }
}

}  // namespace relaxd::model
