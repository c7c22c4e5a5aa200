// SPDX-License-Identifier: MIT
//
// Tension tests of the simulated glass (drivers/simulator), with noise: what the fit is tried on.
#pragma once

#include "tests/series/creep_glass.hpp"

namespace relaxd::series_test {

struct TensionPlan {
    double rate_per_s = 3e-4;
    std::vector<double> unload_at;  ///< Strains at which the stress is taken away, to rest.
    double strain = 0.06;
    double rest_s = 200.0;
    int rows = 120;            ///< Of the pull.
    double noise = 3e-3;       ///< Of the largest stress so far.
    double rest_noise = 1e-5;  ///< Of the strain at rest.
    double machine_compliance_per_Pa = 0.0;
    bool gives_sigma = true;
    bool gives_time = true;
    std::uint32_t seed = 1;
};

inline material::Params tension_material() {
    material::Params p = relaxd::test::table1();
    p.sigma1_Pa = 1.2e10;
    p.a2 = 3.0;
    return p;
}

/// Appends one input.
inline void add_tension(
    record::SeriesData& data, const TensionPlan& plan, const material::Params& params
) {
    simulator::GlassOptions options;
    options.nonlinear = true;
    const simulator::Specimen specimen(params, {}, options);
    simulator::LoadedSpecimen glass(specimen, creep_T_K);
    glass.set_tolerance(1e-6);
    std::mt19937 dice(plan.seed);
    std::normal_distribution<double> normal;
    record::SeriesInput head;
    head.name = "curve " + std::to_string(data.inputs.size() + 1);
    if (!plan.gives_time) {
        head.strain_rate_per_s = plan.rate_per_s;
    }
    data.inputs.push_back(head);
    double now = 0.0;
    double largest = 0.0;
    const auto put = [&](bool at_rest) {
        record::SeriesPoint p;
        p.seq = data.points.size() + 1;
        p.input = static_cast<int>(data.inputs.size()) - 1;
        p.time_s = plan.gives_time ? now : record::unknown;
        p.temperature_K = creep_T_K;
        largest = std::max(largest, glass.stress_Pa());
        const double sigma = plan.noise * largest;
        p.strain = glass.strain() + plan.machine_compliance_per_Pa * glass.stress_Pa();
        p.strain += at_rest ? plan.rest_noise * normal(dice) : 0.0;
        p.stress_Pa = at_rest ? 0.0 : glass.stress_Pa() + sigma * normal(dice);
        if (plan.gives_sigma) {
            p.stress_sigma_Pa = sigma;
            p.strain_sigma = plan.rest_noise;
        }
        data.points.push_back(p);
    };
    const auto pull_to = [&](double strain) {
        const double from = glass.strain();
        const int count =
            std::max(6, static_cast<int>(std::abs(strain - from) / plan.strain * plan.rows));
        for (int k = 1; k <= count; ++k) {
            const double to = from + (strain - from) * k / count;
            const double dt = std::abs(to - glass.strain()) / plan.rate_per_s;
            glass.advance_strain(dt, to, creep_T_K);
            now += dt;
            put(false);
        }
    };
    for (const double strain : plan.unload_at) {
        pull_to(strain);
        glass.set_stress_Pa(0.0);
        double since = 0.0;
        for (double t = 0.5; t < plan.rest_s; t *= 1.25) {
            glass.advance_stress(t - since, 0.0, creep_T_K);
            now += t - since;
            since = t;
            put(true);
        }
    }
    pull_to(plan.strain);
}

}  // namespace relaxd::series_test
