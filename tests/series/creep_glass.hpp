// SPDX-License-Identifier: MIT
//
// Creep tests of the simulated glass (drivers/simulator), with noise: what the fits are tried on.
#pragma once

#include "drivers/simulator/specimen_load.hpp"
#include "schema/record/fit.hpp"
#include "tests/simulator/table1.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace relaxd::series_test {

inline constexpr double creep_T_K = 430.0;

struct CreepPlan {
    double stress_Pa = 25e6;
    double load_s = 330.0;
    double rest_s = 0.0;  ///< Recovery; 0 = none.
    double from_s = 0.05;
    double per_decade = 60.0;
    double every_s = 0.0;  ///< Equal steps of time instead.
    double rise_s = 0.0;   ///< Of the load, linear.
    double noise = 1e-3;   ///< Of the strain, beside `noise_floor`.
    double noise_floor = 1e-7;
    bool nonlinear = false;
    bool gives_sigma = true;
    bool stress_column = true;
    std::uint32_t seed = 1;
};

struct CreepTruth {
    double J_0 = 0.0;
    double A_an = 0.0;
    double chi = 0.0;
    double tau_max = 0.0;
    double flow = 0.0;  ///< eps_vp at the end.
};

inline material::Params creep_material() {
    material::Params p = relaxd::test::table1();
    p.sigma1_Pa = 2.8e10;
    p.a2 = 1.8;
    return p;
}

/// Appends one input; returns what is true of it.
inline CreepTruth add_creep(
    record::SeriesData& data, const CreepPlan& plan, const material::Params& params
) {
    simulator::GlassOptions options;
    options.nonlinear = plan.nonlinear;
    const simulator::Specimen specimen(params, {}, options);
    simulator::LoadedSpecimen glass(specimen, creep_T_K);
    std::mt19937 dice(plan.seed);
    std::normal_distribution<double> normal;
    record::SeriesInput head;
    head.name = "test " + std::to_string(data.inputs.size() + 1);
    if (!plan.stress_column) {
        head.stress_Pa = plan.stress_Pa;
        head.load_time_s = plan.rest_s > 0.0 ? plan.load_s : record::unknown;
    }
    data.inputs.push_back(head);
    std::vector<double> times;
    const auto add_times = [&](double start, double length) {
        for (double k = 1.0;; k += 1.0) {
            const double t = plan.every_s > 0.0
                                 ? k * plan.every_s
                                 : plan.from_s * std::pow(10.0, (k - 1.0) / plan.per_decade);
            if (t >= length * (1.0 - 1e-9)) {
                break;
            }
            times.push_back(start + t);
        }
        times.push_back(start + length);
    };
    for (double k = 1.0; plan.rise_s > 0.0 && k <= 8.0; k += 1.0) {
        times.push_back(k * plan.rise_s / 8.0);
    }
    const double held_from = plan.rise_s;
    add_times(held_from, plan.load_s - held_from);
    if (plan.rest_s > 0.0) {
        add_times(plan.load_s, plan.rest_s);
    }
    double now = 0.0;
    double stress = plan.rise_s > 0.0 ? 0.0 : plan.stress_Pa;
    glass.set_stress_Pa(stress);
    for (const double t : times) {
        if (now < held_from) {
            stress = plan.stress_Pa * t / plan.rise_s;
            stress = t > held_from * (1.0 - 1e-9) ? plan.stress_Pa : stress;
        }
        if (now >= plan.load_s && stress != 0.0) {
            stress = 0.0;
            glass.set_stress_Pa(0.0);
        }
        glass.advance_stress(t - now, stress, creep_T_K);
        now = t;
        record::SeriesPoint p;
        p.seq = data.points.size() + 1;
        p.input = static_cast<int>(data.inputs.size()) - 1;
        p.time_s = t;
        p.temperature_K = creep_T_K;
        const double sigma = plan.noise * std::abs(glass.strain()) + plan.noise_floor;
        p.strain = glass.strain() + sigma * normal(dice);
        if (plan.gives_sigma) {
            p.strain_sigma = sigma;
        }
        if (plan.stress_column) {
            p.stress_Pa = stress;
        }
        data.points.push_back(p);
    }
    const auto t = specimen.times_at(creep_T_K);
    return {1.0 / params.E_r_Pa, params.A_an_per_Pa, t.chi, t.tau_max_s, glass.flow_strain()};
}

inline std::map<std::string, double> creep_given(const material::Params& params) {
    std::map<std::string, double> out;
    for (const auto& [name, member] : material::param_members) {
        if (std::isfinite(params.*member)) {
            out[std::string(name)] = params.*member;
        }
    }
    return out;
}

inline const record::ParameterEstimate* find(
    const std::vector<record::ParameterEstimate>& all, std::string_view name
) {
    for (const auto& p : all) {
        if (p.name == name) {
            return &p;
        }
    }
    return nullptr;
}

}  // namespace relaxd::series_test
