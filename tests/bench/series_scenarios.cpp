// SPDX-License-Identifier: MIT
#include "tests/bench/series_scenarios.hpp"

#include "tests/series/tension_glass.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace relaxd::bench {

namespace {

using series_test::add_creep;
using series_test::add_tension;
using series_test::CreepPlan;
using series_test::CreepTruth;
using series_test::TensionPlan;

constexpr RowNoise of_creep{1e-3, 1e-7, 0.0, true};
constexpr RowNoise of_tension{0.0, 1e-5, 3e-3, true};

CreepPlan creep_plan() {
    CreepPlan plan;
    plan.noise = 0.0;
    plan.noise_floor = 0.0;
    plan.gives_sigma = false;
    plan.from_s = 0.5;
    plan.per_decade = 40.0;
    return plan;
}

std::map<std::string, double> told(const CreepTruth& t, bool recovers) {
    std::map<std::string, double> out{
        {"J_0_per_Pa", t.J_0},
        {"A_an_per_Pa", t.A_an},
        {"chi", t.chi},
        {"tau_max_s", t.tau_max},
        {"A_vp_per_Pa", t.A_an},
        {"eps_vp", t.flow},
    };
    if (recovers) {
        out["eps_permanent"] = t.flow;
        out["recovery_time_ratio"] = 1.0;
    }
    return out;
}

Scenario linear_creep(const char* name, double rest_s, bool is_A_vp_free, bool is_told) {
    Scenario s;
    s.name = name;
    CreepPlan plan = creep_plan();
    plan.rest_s = rest_s;
    s.truth = told(add_creep(s.clean, plan, series_test::creep_material()), rest_s > 0.0);
    s.noise = of_creep;
    s.noise.is_told = is_told;
    s.options.model = "creep";
    s.options.formulation = "linear";
    if (is_A_vp_free) {
        s.options.freed = {"A_vp_per_Pa"};
    }
    return s;
}

/// A drifting baseline of 60 rows at preload, then load and recovery.
Scenario baseline_creep() {
    Scenario s = linear_creep("creep, drift at preload", 1000.0, false, true);
    constexpr double drift_per_s = 3e-8;
    constexpr double offset = 1e-4;
    for (record::SeriesPoint& p : s.clean.points) {
        p.strain += offset + drift_per_s * p.time_s;
    }
    std::vector<record::SeriesPoint> before;
    for (int k = -60; k < 0; ++k) {
        record::SeriesPoint p = s.clean.points.front();
        p.time_s = 4.0 * k;
        p.stress_Pa = 0.0;
        p.strain = offset + drift_per_s * p.time_s;
        before.push_back(p);
    }
    s.clean.points.insert(s.clean.points.begin(), before.begin(), before.end());
    return s;
}

Scenario nonlinear_creep(const char* name, double rise_s) {
    Scenario s;
    s.name = name;
    const auto params = series_test::creep_material();
    CreepPlan plan = creep_plan();
    plan.nonlinear = true;
    plan.rest_s = 600.0;
    plan.rise_s = rise_s;
    plan.stress_Pa = 50e6;
    CreepTruth truth = add_creep(s.clean, plan, params);
    plan.stress_Pa = 150e6;
    truth.flow = add_creep(s.clean, plan, params).flow;
    s.truth = told(truth, true);
    s.truth["t0_s"] = params.t0_s;
    s.noise = of_creep;
    s.options.model = "creep";
    s.options.material = series_test::creep_given(params);
    return s;
}

TensionPlan tension_plan() {
    TensionPlan plan;
    plan.noise = 0.0;
    plan.rest_noise = 0.0;
    plan.gives_sigma = false;
    plan.rows = 80;
    return plan;
}

Scenario tension(const char* name) {
    Scenario s;
    s.name = name;
    const auto params = series_test::tension_material();
    s.truth = {{"sigma1_Pa", params.sigma1_Pa}, {"a2", params.a2}, {"time_scale", 1.0}};
    s.noise = of_tension;
    s.options.model = "tension";
    s.options.material = series_test::creep_given(params);
    s.options.material.erase("sigma1_Pa");
    s.options.material.erase("a2");
    return s;
}

Scenario two_rates(const char* name, bool is_told) {
    Scenario s = tension(name);
    s.noise.is_told = is_told;
    TensionPlan plan = tension_plan();
    add_tension(s.clean, plan, series_test::tension_material());
    plan.rate_per_s = 3e-5;
    add_tension(s.clean, plan, series_test::tension_material());
    return s;
}

Scenario unloadings() {
    Scenario s = tension("tension, three unloadings");
    TensionPlan plan = tension_plan();
    plan.unload_at = {0.015, 0.03, 0.045};
    add_tension(s.clean, plan, series_test::tension_material());
    return s;
}

/// What a machine of 0.6 um/N (a fifth of the specimen) shows of a strip of 20 mm x 2 mm x 0.1 mm.
Scenario engineering() {
    Scenario s = two_rates("tension, engineering numbers and a machine", true);
    constexpr double machine_m_per_N = 6e-7;
    for (record::SeriesInput& head : s.clean.inputs) {
        head.stress_kind = "engineering";
        head.length_m = 0.02;
        head.area_m2 = 2e-7;
    }
    for (record::SeriesPoint& p : s.clean.points) {
        const double stretch = std::exp(p.strain);
        p.stress_Pa /= stretch;
        p.strain = stretch - 1.0 + machine_m_per_N * 2e-7 / 0.02 * p.stress_Pa;
    }
    s.options.fixed["machine_compliance_m_per_N"] = machine_m_per_N;
    return s;
}

}  // namespace

record::SeriesData Scenario::measured(std::uint64_t seed) const {
    std::mt19937_64 dice(seed);
    std::normal_distribution<double> normal;
    record::SeriesData out = clean;
    double largest_Pa = 0.0;
    int input = -1;
    for (record::SeriesPoint& p : out.points) {
        largest_Pa = p.input == input ? std::max(largest_Pa, std::abs(p.stress_Pa)) : p.stress_Pa;
        input = p.input;
        const double strain_sigma = noise.strain_relative * std::abs(p.strain) + noise.strain;
        const double stress_sigma = noise.stress_share * largest_Pa;
        const bool is_pulled = stress_sigma > 0.0 && p.stress_Pa != 0.0;
        if (is_pulled) {
            p.stress_Pa += stress_sigma * normal(dice);
        } else {
            p.strain += strain_sigma * normal(dice);
        }
        if (noise.is_told) {
            p.strain_sigma = strain_sigma;
            p.stress_sigma_Pa = stress_sigma > 0.0 ? stress_sigma : record::unknown;
        }
    }
    return out;
}

std::vector<std::pair<const char*, std::function<Scenario()>>> scenarios() {
    return {
        {"creep, load alone", [] { return linear_creep("creep, load alone", 0.0, false, true); }},
        {"creep, recovery", [] { return linear_creep("creep, recovery", 1000.0, false, true); }},
        {"creep, A_vp free", [] { return linear_creep("creep, A_vp free", 1000.0, true, true); }},
        {"creep, no sigmas", [] { return linear_creep("creep, no sigmas", 1000.0, false, false); }},
        {"creep, drift at preload", baseline_creep},
        {"creep, hereditary, two stresses",
         [] { return nonlinear_creep("creep, hereditary, two stresses", 0.0); }},
        {"creep, hereditary, a rise of 2 s",
         [] { return nonlinear_creep("creep, hereditary, a rise of 2 s", 2.0); }},
        {"tension, two rates", [] { return two_rates("tension, two rates", true); }},
        {"tension, no sigmas", [] { return two_rates("tension, no sigmas", false); }},
        {"tension, three unloadings", unloadings},
        {"tension, engineering numbers and a machine", engineering},
    };
}

}  // namespace relaxd::bench
