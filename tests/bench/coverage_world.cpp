// SPDX-License-Identifier: MIT
#include "tests/bench/coverage_world.hpp"

#include "schema/base/number.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace relaxd::bench {

namespace {

constexpr double from_K = 300.0;
constexpr double rate_K_per_s = 0.05;  // 3 K/min
constexpr double T_g_error_K = 3.0;    // of the specimen's record, CONTRACT 4
constexpr simulator::NoiseChannel T_g_channel{201};
constexpr std::size_t frequencies = 5;
// What a careful operator states of a usual bench: 1 % of a bar's thickness, and 1 K.
constexpr double stated_scale_sd = 0.03;
constexpr double stated_offset_K = 1.0;

[[noreturn]] void give_up(const std::string& sentence) {
    std::fprintf(stderr, "coverage: %s\n", sentence.c_str());
    std::exit(2);
}

template <typename T>
T or_give_up(Result<T> result) {
    if (!result) {
        give_up(result.error().sentence());
    }
    return std::move(*result);
}

Glass resolved() {
    Glass g;
    g.name = "resolved";
    g.title = "resolved beta peak: 371 K at 1 Hz, 100 K below T_g";
    g.params.E_u_Pa = 4.0e10;
    g.params.E_r_Pa = 3.6e10;
    g.params.U_beta_J_mol = 88e3;
    g.params.tau_beta0_s = 4e-14;
    g.params.B = 1.1;
    g.params.A_an_per_Pa = g.params.A_vp_per_Pa = 1.4e-11;
    g.params.chi_Tg = 0.42;
    g.params.a1_per_K = 0.0022;
    g.params.T_g_K = 470.0;
    g.params.t0_s = 4e-8;
    return g;
}

Glass shoulder() {
    Glass g;
    g.name = "shoulder";
    g.title = "beta as a shoulder of alpha, with a fast beta' process at 305 K, 1 Hz";
    g.params.E_u_Pa = 5.5e10;
    g.params.E_r_Pa = 4.95e10;
    g.params.U_beta_J_mol = 97e3;
    g.params.tau_beta0_s = 2e-13;
    g.params.B = 0.55;
    g.params.A_an_per_Pa = g.params.A_vp_per_Pa = 1.0e-11;
    g.params.chi_Tg = 0.38;
    g.params.a1_per_K = 0.0020;
    g.params.T_g_K = 490.0;
    g.params.t0_s = 1.6e-5;
    material::FastBeta fast;
    fast.A_per_Pa = 6e-13;
    fast.U_J_mol = 70e3;
    fast.tau0_s = 1e-13;
    fast.B = 1.0;
    g.fast_beta = {fast};
    g.freed = {"fast_beta"};
    return g;
}

Glass wing() {
    Glass g;
    g.name = "wing";
    g.title = "excess wing: B = 0.2, no peak below T_g";
    g.params.E_u_Pa = 9.0e10;
    g.params.E_r_Pa = 7.6e10;
    g.params.U_beta_J_mol = 125e3;
    g.params.tau_beta0_s = 1e-14;
    g.params.B = 0.2;
    g.params.A_an_per_Pa = g.params.A_vp_per_Pa = 7e-12;
    g.params.chi_Tg = 0.44;
    g.params.a1_per_K = 0.0018;
    g.params.T_g_K = 620.0;
    g.params.t0_s = 3.4e-8;
    return g;
}

simulator::SimMethod method_to(double last_K) {
    simulator::MethodReader reader;
    const std::vector<std::string> lines{
        "mode multi-frequency-strain",
        "clamp single-cantilever",
        "geometry length_m=0.0175 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35",
        "amplitude displacement_m=1.5e-05",
        "frequencies 1 2 4 8 16",
        "segment equilibrate temperature_K=" + to_text(from_K),
        "segment ramp rate_K_per_s=" + to_text(rate_K_per_s) + " temperature_K=" + to_text(last_K),
    };
    for (const std::string& line : lines) {
        if (const auto refusal = reader.take(line)) {
            give_up(line + ": " + refusal->text);
        }
    }
    return reader.method();
}

material::Params params_in(const Glass& glass, const World& world) {
    material::Params params = glass.params;
    if (world.E_u_slope_per_K != 0.0) {
        params.E_u_slope_per_K = world.E_u_slope_per_K;
        params.E_u_T_ref_K = E_u_T_ref_K;
    }
    return or_give_up(simulator::checked_params(params));
}

double value_of(const record::FitResult& result, std::string_view parameter) {
    for (const record::ParameterEstimate& one : result.parameters) {
        if (one.name == parameter) {
            return one.value;
        }
    }
    return record::unknown;
}

}  // namespace

const std::vector<Glass>& glasses() {
    static const std::vector<Glass> all{resolved(), shoulder(), wing()};
    return all;
}

const std::vector<World>& worlds() {
    static const std::vector<World> all = [] {
        std::vector<World> w;
        w.emplace_back("expected", "the bench `plain`, nothing wrong");
        w.emplace_back("softening", "E_u falls by 3e-4 of itself a kelvin from 300 K");
        w.back().E_u_slope_per_K = -3e-4;
        w.back().remedy = {"E_u_slope_per_K"};
        w.emplace_back("background", "the clamp adds tan delta 0.002, not calibrated away");
        w.back().bench.machine.tan_delta = 0.002;
        w.back().remedy = {"background_tan_delta"};
        w.emplace_back("lag", "heated block: the specimen trails the thermocouple by 20 s, 1 K");
        w.back().bench.furnace.heater = true;
        w.back().bench.furnace.specimen_lag_s = 20.0;
        w.emplace_back("structure", "chi relaxes with tau_max instead of following T at once");
        w.back().glass.structural_relaxation = true;
        w.emplace_back("drift", "E' and E'' wander together: 0.3 %, correlated over 600 s");
        w.back().noise.drift_relative = 0.003;
        w.emplace_back("dimensions", "thickness given 1 % too small: moduli 3 % too high");
        w.back().modulus_scale = 1.03;
        return w;
    }();
    return all;
}

Laboratory::Laboratory(
    const Glass& glass, const World& world, double beyond_T_g_K, std::size_t keep_every
)
    : glass_(glass),
      world_(world),
      keep_every_(keep_every),
      method_(method_to(glass.params.T_g_K + beyond_T_g_K)),
      specimen_(
          params_in(glass, world),
          or_give_up(simulator::checked_fast_beta(glass.fast_beta)),
          or_give_up(simulator::checked_glass(world.glass, glass.params))
      ),
      furnace_(world.bench.furnace, world.bench.thermocouple) {}

Readings Laboratory::run(std::uint64_t seed) {
    simulator::Experiment experiment(
        specimen_, furnace_, method_, seed, world_.noise, world_.bench
    );
    Readings out;
    simulator::SpecimenTimes last;
    using Event = simulator::Experiment::Event;
    constexpr double long_s = 1e9;
    for (Event event = Event::none; event != Event::finished;) {
        event = experiment.run_to(long_s);
        const simulator::SimReading& reading = experiment.reading();
        if (event != Event::reading || ((reading.number - 1) / frequencies) % keep_every_ != 0) {
            continue;
        }
        record::DynamicPoint point;
        point.seq = reading.number;
        point.segment = reading.segment;
        point.time_s = reading.time_s;
        point.temperature_K = reading.temperature_K;
        point.frequency_Hz = reading.frequency_Hz;
        point.storage_modulus_Pa = reading.storage_modulus_Pa * world_.modulus_scale;
        point.loss_modulus_Pa = reading.loss_modulus_Pa * world_.modulus_scale;
        out.points.push_back(point);
        last = reading.truth;
    }
    const material::Params& p = specimen_.params();
    for (const auto& [name, member] : material::param_members) {
        out.truth.emplace(name, p.*member);
    }
    if (!glass_.fast_beta.empty()) {
        for (const auto& [name, member] : material::fast_beta_members) {
            out.truth.emplace("fast_beta." + std::string(name), glass_.fast_beta.front().*member);
        }
    }
    out.truth["E_u_slope_per_K"] = world_.E_u_slope_per_K;
    out.truth["background_tan_delta"] = world_.bench.machine.tan_delta;
    out.truth["A_beta_per_Pa"] = specimen_.beta_compliance_per_Pa();
    out.truth["tau_max_Tg_s"] = specimen_.times_at(p.T_g_K).tau_max_s;
    out.truth["tau_beta_s"] = last.tau_beta_s;
    out.truth["tau_max_s"] = last.tau_max_s;
    out.truth["viscosity_flow_Pa_s"] = last.tau_max_s / (3.0 * p.A_vp_per_Pa);
    out.truth["viscosity_elongational_Pa_s"] = last.tau_max_s / p.A_vp_per_Pa;
    constexpr double step_K = 0.01;
    const double fall = std::log10(
        specimen_.times_at(p.T_g_K).tau_max_s / specimen_.times_at(p.T_g_K + step_K).tau_max_s
    );
    out.truth["fragility_m"] = p.T_g_K * fall / step_K;
    return out;
}

record::FitOptions Laboratory::options(std::uint64_t seed, bool with_remedy) const {
    record::FitOptions options;
    options.freed = glass_.freed;
    if (with_remedy) {
        options.freed.insert(options.freed.end(), world_.remedy.begin(), world_.remedy.end());
    }
    const double off = simulator::normal_deviate(seed, 0, T_g_channel);
    options.T_g_prior_K = record::Prior{glass_.params.T_g_K + T_g_error_K * off, T_g_error_K};
    options.modulus_scale_relative_sd = stated_scale_sd;
    options.temperature_offset_sd_K = stated_offset_K;
    return options;
}

double truth_of(
    std::string_view parameter, const Readings& readings, const record::FitResult& result
) {
    const auto told = [&readings](std::string_view name) {
        const auto found = readings.truth.find(name);
        return found == readings.truth.end() ? record::unknown : found->second;
    };
    const double slope = told("E_u_slope_per_K");
    const double T_ref_K = value_of(result, "E_u_T_ref_K");
    if (slope == 0.0 || !std::isfinite(T_ref_K)) {
        return told(parameter);
    }
    const double grown = 1.0 + slope * (T_ref_K - E_u_T_ref_K);
    const double E_u_Pa = told("E_u_Pa") * grown;
    if (parameter == "E_u_Pa") {
        return E_u_Pa;
    }
    if (parameter == "E_r_Pa") {
        return 1.0 / (1.0 / E_u_Pa + told("A_beta_per_Pa"));
    }
    return parameter == "E_u_slope_per_K" ? slope / grown : told(parameter);
}

}  // namespace relaxd::bench
