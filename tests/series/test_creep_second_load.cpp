// SPDX-License-Identifier: MIT
//
// A load on a specimen that an earlier load has deformed, made by the independent simulator.
#include "model/series/series.hpp"
#include "tests/series/creep_glass.hpp"
#include "tests/support/catch.hpp"

using namespace relaxd::series_test;
using relaxd::record::FitOptions;
using relaxd::record::FitResult;
using relaxd::record::SeriesData;
using relaxd::record::SeriesPoint;

namespace {

constexpr double load_s = 330.0;
constexpr double stress_Pa = 25e6;

/// Load, rest, load again. `is_whole`: all rows; else those of the second load in its own time and
/// the last one before it, at the instant of loading.
SeriesData two_loads(double rest_s, bool is_whole) {
    const relaxd::simulator::Specimen specimen(creep_material(), {}, {});
    relaxd::simulator::LoadedSpecimen glass(specimen, creep_T_K);
    std::mt19937 dice(3);
    std::normal_distribution<double> normal;
    SeriesData data;
    data.inputs.emplace_back();
    data.inputs.back().name = "second load";
    const double second_s = load_s + rest_s;
    double now_s = 0.0;
    const auto phase = [&](double from_s, double length_s, double stress, bool is_seen) {
        glass.set_stress_Pa(stress);
        for (double k = 0.0; now_s < from_s + length_s; k += 1.0) {
            const double since_s = std::min(length_s, 0.5 * std::pow(10.0, k / 40.0));
            glass.advance_stress(from_s + since_s - now_s, stress, creep_T_K);
            now_s = from_s + since_s;
            if (!is_seen && since_s < length_s) {
                continue;
            }
            SeriesPoint p;
            p.seq = data.points.size() + 1;
            p.time_s = is_whole ? now_s : now_s - second_s;
            p.temperature_K = creep_T_K;
            p.stress_Pa = stress;
            p.strain_sigma = 1e-3 * std::abs(glass.strain()) + 1e-7;
            p.strain = glass.strain() + p.strain_sigma * normal(dice);
            data.points.push_back(p);
        }
    };
    phase(0.0, load_s, stress_Pa, is_whole);
    phase(load_s, rest_s, 0.0, is_whole);
    if (!is_whole) {
        data.points.erase(data.points.begin());  // the end of the first load
        REQUIRE(data.points.size() == 1);
        REQUIRE(data.points.front().time_s == 0.0);
    }
    phase(second_s, load_s, stress_Pa, true);
    return data;
}

FitResult fit_linear(const SeriesData& data) {
    FitOptions options;
    options.model = "creep";
    options.formulation = "linear";
    return relaxd::model::fit_creep(data, options);
}

double error_of(const FitResult& result, const char* name, double truth) {
    const auto* e = find(result.parameters, name);
    REQUIRE(e != nullptr);
    REQUIRE(std::isfinite(e->value));
    return (e->value - truth) / e->standard_error;
}

}  // namespace

TEST_CASE("the strain that an earlier load left is not the compliance of the next", "[creep]") {
    const auto params = creep_material();
    const FitResult result = fit_linear(two_loads(1000.0, false));
    REQUIRE(result.status == "converged");
    CHECK(std::abs(error_of(result, "J_0_per_Pa", 1.0 / params.E_r_Pa)) < 4.0);
    CHECK(std::abs(error_of(result, "A_an_per_Pa", params.A_an_per_Pa)) < 4.0);
    REQUIRE_FALSE(result.warnings.empty());
    CHECK(result.warnings.front().find("three times that load") != std::string::npos);
}

TEST_CASE("a second load during recovery is right where the first one is given too", "[creep]") {
    const auto params = creep_material();
    const FitResult result = fit_linear(two_loads(100.0, true));
    REQUIRE(result.status == "converged");
    const relaxd::simulator::Specimen specimen(params, {}, {});
    const auto times = specimen.times_at(creep_T_K);
    CHECK(std::abs(error_of(result, "J_0_per_Pa", 1.0 / params.E_r_Pa)) < 4.0);
    CHECK(std::abs(error_of(result, "chi", times.chi)) < 4.0);
    CHECK(std::abs(error_of(result, "tau_max_s", times.tau_max_s)) < 4.0);
}
