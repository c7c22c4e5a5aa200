// SPDX-License-Identifier: MIT
//
// Two studies of one fit at a time: does it reach its optimum from wide random starts, and do
// outliers move it.
#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_objective.hpp"
#include "model/estimate/dynamic_start.hpp"
#include "tests/bench/coverage_studies.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

namespace relaxd::bench {

namespace {

using record::FitOptions;
using record::FitResult;
using record::ParameterEstimate;
using record::ParameterState;

constexpr double starts_share = 0.95;
constexpr double higher = 1.0;  // of what is minimised: chi2 (robust) and the priors' part
constexpr double outlier_share = 0.03;
constexpr double outlier_sigma = 15.0;
constexpr std::uint64_t outlier_stream = 0x6f75746c;
constexpr std::uint64_t start_stream = 0x73746172;

const ParameterEstimate* named(const FitResult& result, const std::string& name) {
    for (const auto* list : {&result.parameters, &result.derived}) {
        for (const ParameterEstimate& one : *list) {
            if (one.name == name) {
                return &one;
            }
        }
    }
    return nullptr;
}

// Half widths: twice the prior's standard deviations (ANALYSIS 4.1).
constexpr std::pair<const char*, double> start_widths[] = {
    {"ln_E_u", 0.6},
    {"ln_A_beta", 3.0},
    {"U_beta_J_mol", 50e3},
    {"ln_tau_beta_ref", 6.0},
    {"ln_B", 1.0},
    {"ln_A_an", 4.0},
    {"chi_Tg", 0.3},
    {"a1_per_K", 0.006},
    {"ln_tau_max_Tg", 10.0},
    {"T_g_K", 6.0},
    {"ln_A_fast", 3.0},
    {"U_fast_J_mol", 50e3},
    {"ln_tau_fast_ref", 6.0},
    {"ln_B_fast", 1.0},
};

std::map<std::string, double> wide_start(const FitResult& best, std::uint64_t number) {
    std::map<std::string, double> start = best.warm_start;
    std::uint64_t draw = 0;
    for (const auto& [name, width] : start_widths) {
        const auto found = start.find(name);
        if (found == start.end()) {
            continue;  // of something that this fit does not have
        }
        const double share = simulator::random_share(start_stream, number, ++draw);
        found->second += width * (2.0 * share - 1.0);
    }
    start["chi_Tg"] = std::clamp(start["chi_Tg"], 0.1, 0.9);
    start["ln_B"] = std::clamp(start["ln_B"], std::log(0.06), std::log(2.9));
    start["ln_A_vp"] = start["ln_A_an"];
    return start;
}

/// Every determined parameter within a tenth of its standard error, or a better optimum.
bool is_same_optimum(const FitResult& found, const FitResult& best) {
    if (!found.is_usable()) {
        return false;
    }
    if (found.reduced_chi2 < best.reduced_chi2 * (1.0 - 1e-6)) {
        return true;
    }
    for (const ParameterEstimate& one : best.parameters) {
        const ParameterEstimate* other = named(found, one.name);
        if (one.state == ParameterState::determined &&
            (other == nullptr || !(std::abs(other->value - one.value) <= 0.1 * one.standard_error)
            )) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool study_starts(const Arguments& arguments) {
    bool good = true;
    std::printf("\nwide random starts: uniform within 2 prior s.d. of the optimum, every way\n");
    for (const Glass& glass : glasses()) {
        if (!wants(arguments.material, glass.name)) {
            continue;
        }
        Laboratory laboratory(
            glass, worlds().front(), arguments.beyond_T_g_K, arguments.keep_every
        );
        const Readings readings = laboratory.run(1);
        FitOptions options = laboratory.options(1, false);
        const FitResult best = fitted(readings, options);
        if (!best.is_usable()) {
            std::printf(
                "%-10s no estimate: %s\n", std::string(glass.name).c_str(), best.reason.c_str()
            );
            good = false;
            continue;
        }
        int alone = 0;
        int as_used = 0;
        for (int k = 0; k < arguments.starts; ++k) {
            options.start = wide_start(best, static_cast<std::uint64_t>(k));
            // Says that a cold fit has looked at these points: the start is all that is tried.
            options.start["n_checked"] = static_cast<double>(best.n_points);
            alone += is_same_optimum(fitted(readings, options), best) ? 1 : 0;
            options.start["n_checked"] = 0.0;
            as_used += is_same_optimum(fitted(readings, options), best) ? 1 : 0;
        }
        const bool met = as_used >= starts_share * arguments.starts;
        good = good && met;
        std::printf(
            "%-10s %d starts: %d reach the optimum beside the fit's own start, %d alone: %s\n",
            std::string(glass.name).c_str(),
            arguments.starts,
            as_used,
            alone,
            met ? "met" : "NOT MET"
        );
        std::fflush(stdout);
    }
    return good;
}

namespace {

constexpr std::pair<const char*, const char*> true_logarithms[] = {
    {"ln_E_u", "E_u_Pa"},
    {"ln_A_beta", "A_beta_per_Pa"},
    {"ln_B", "B"},
    {"ln_A_an", "A_an_per_Pa"},
    {"ln_A_vp", "A_vp_per_Pa"},
    {"ln_tau_max_Tg", "tau_max_Tg_s"},
    {"ln_A_fast", "fast_beta.A_per_Pa"},
    {"ln_B_fast", "fast_beta.B"},
};

/// The truth as coordinates, in the frame of `found`.
std::map<std::string, double> true_start(const Readings& readings, const FitResult& found) {
    std::map<std::string, double> start = found.warm_start;
    const auto truth = [&readings](const std::string& name) { return readings.truth.at(name); };
    for (const auto& [coordinate, name] : true_logarithms) {
        if (start.contains(coordinate)) {
            start[coordinate] = std::log(truth(name));
        }
    }
    for (const char* name : {"U_beta_J_mol", "chi_Tg", "a1_per_K", "T_g_K"}) {
        start[name] = truth(name);
    }
    const auto ln_tau = [&truth](const char* tau0, const char* U, double T_K) {
        return std::log(truth(tau0)) + truth(U) / (8.31446261815324 * T_K);
    };
    start["ln_tau_beta_ref"] = ln_tau("tau_beta0_s", "U_beta_J_mol", start["T_ref_K"]);
    if (const auto T_K = start.find("fast_T_ref_K"); T_K != start.end()) {
        start["U_fast_J_mol"] = truth("fast_beta.U_J_mol");
        start["ln_tau_fast_ref"] = ln_tau("fast_beta.tau0_s", "fast_beta.U_J_mol", T_K->second);
    }
    start.erase("E_u_slope_per_K");
    start["n_checked"] = static_cast<double>(found.n_points);  // nothing else is tried
    return start;
}

/// What the fit makes small, at its result: the robust loss of the data and the priors' part.
double whole_cost(const Readings& readings, FitOptions options, const FitResult& result) {
    options.start.clear();
    const model::DynamicData data = model::dynamic_data(readings.points, options.T_max_K);
    model::DynamicStart start = model::start_from_data(data, options);
    if (result.warm_start.contains("E_u_slope_per_K")) {
        start.free_slope();
    }
    const auto layout = model::dynamic_layout(start, options);
    if (!layout) {
        return record::unknown;
    }
    model::Coordinates q = layout->start;
    for (std::size_t i = 0; i < q.size(); ++i) {
        const auto found = result.warm_start.find(std::string(model::coordinate_name(i)));
        q[i] = found == result.warm_start.end() ? q[i] : found->second;
    }
    model::DynamicObjective objective(*layout, options.form, data.rows, model::CauchyLoss{});
    model::Evaluation at;
    return objective.evaluate(layout->collect(q), at) ? at.cost : record::unknown;
}

bool has_slope(const FitResult& result) {
    return result.warm_start.contains("E_u_slope_per_K");
}

struct OptimumTally {
    int runs = 0;
    int worse = 0;       ///< The whole cost is higher by `higher`, or there is no estimate.
    int data_worse = 0;  ///< chi2 of the data is, the whole cost is not.
    int elsewhere = 0;
    int other_slope = 0;  ///< Another answer to whether E_u falls: the costs do not compare.
};

void hold_against_truth(
    const Laboratory& laboratory, const Readings& readings, std::uint64_t seed, OptimumTally& tally
) {
    FitOptions options = laboratory.options(seed, false);
    const FitResult found = fitted(readings, options);
    ++tally.runs;
    if (!found.is_usable()) {
        ++tally.worse;
        return;
    }
    options.start = true_start(readings, found);
    const FitResult best = fitted(readings, options);
    if (!best.is_usable()) {
        return;
    }
    const double ours = whole_cost(readings, options, found);
    const double theirs = whole_cost(readings, options, best);
    const double numbers = 2.0 * static_cast<double>(readings.points.size());
    if (has_slope(found) != has_slope(best)) {
        ++tally.other_slope;
    } else if (!(ours <= theirs + higher)) {
        ++tally.worse;
    } else if ((found.reduced_chi2 - best.reduced_chi2) * numbers > higher) {
        ++tally.data_worse;
        std::printf("seed %d: whole cost %+.3f, ", as_int(seed), ours - theirs);
        std::printf("chi2 of the data %+.2f\n", (found.reduced_chi2 - best.reduced_chi2) * numbers);
        return;
    } else if (!is_same_optimum(found, best)) {
        ++tally.elsewhere;
    } else {
        return;
    }
    std::printf("seed %d: whole cost %.3f, from the truth %.3f\n", as_int(seed), ours, theirs);
}

}  // namespace

bool study_optimum(const Arguments& arguments) {
    int worse = 0;
    for (const Glass& glass : glasses()) {
        if (!wants(arguments.material, glass.name)) {
            continue;
        }
        Laboratory laboratory(
            glass, worlds().front(), arguments.beyond_T_g_K, arguments.keep_every
        );
        OptimumTally tally;
        for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
            hold_against_truth(laboratory, laboratory.run(seed), seed, tally);
        }
        worse += tally.worse;
        std::printf(
            "%-10s to T_g %+.0f K, %d runs: %d end worse than from the truth, by 1 in the whole "
            "cost; %d so in chi2 of the data alone; %d elsewhere, as good; %d with another answer "
            "about the slope of E_u\n",
            std::string(glass.name).c_str(),
            arguments.beyond_T_g_K,
            tally.runs,
            tally.worse,
            tally.data_worse,
            tally.elsewhere,
            tally.other_slope
        );
        std::fflush(stdout);
    }
    return worse == 0;
}

namespace {

Readings with_outliers(Readings readings, std::uint64_t seed) {
    const simulator::NoiseSizes noise;
    for (std::size_t i = 0; i < readings.points.size(); ++i) {
        const auto draw = [&](std::uint64_t k) {
            return simulator::random_share(seed, outlier_stream + k, i);
        };
        record::DynamicPoint& point = readings.points[i];
        if (draw(0) > outlier_share) {
            continue;
        }
        const double sign = draw(1) < 0.5 ? -1.0 : 1.0;
        if (draw(2) < 0.5) {
            point.storage_modulus_Pa *= 1.0 + sign * outlier_sigma * noise.storage_relative;
        } else {
            const double sigma_Pa =
                noise.loss_relative * point.loss_modulus_Pa + noise.loss_floor_Pa;
            point.loss_modulus_Pa += sign * outlier_sigma * sigma_Pa;
        }
    }
    return readings;
}

}  // namespace

bool study_outliers(const Arguments& arguments) {
    bool good = true;
    const std::uint64_t last = std::min(arguments.last, arguments.first + 19);
    std::printf(
        "\noutliers: 3 %% of the points off by 15 sigma in E' or E'', seeds %d-%d\n",
        as_int(arguments.first),
        as_int(last)
    );
    for (const Glass& glass : glasses()) {
        if (!wants(arguments.material, glass.name)) {
            continue;
        }
        Laboratory laboratory(
            glass, worlds().front(), arguments.beyond_T_g_K, arguments.keep_every
        );
        double worst = 0.0;
        std::string who;
        int beyond = 0;
        int compared = 0;
        for (std::uint64_t seed = arguments.first; seed <= last; ++seed) {
            const Readings clean = laboratory.run(seed);
            const FitOptions options = laboratory.options(seed, false);
            const FitResult without = fitted(clean, options);
            const FitResult with = fitted(with_outliers(clean, seed), options);
            write_values(arguments, "clean", glass, seed, without, clean);
            write_values(arguments, "outliers", glass, seed, with, clean);
            for (const ParameterEstimate& one : without.parameters) {
                const ParameterEstimate* other = named(with, one.name);
                if (one.state != ParameterState::determined || other == nullptr) {
                    continue;
                }
                const double moved = std::abs(other->value - one.value) / one.standard_error;
                ++compared;
                beyond += moved <= 1.0 ? 0 : 1;
                if (!(moved <= worst)) {
                    worst = moved;
                    who = one.name + ", seed " + std::to_string(seed);
                }
            }
        }
        const bool met = beyond == 0 && compared > 0;
        good = good && met;
        std::printf(
            "%-10s %d of %d determined values moved by more than 1 s.e., at most %.2f (%s): %s\n",
            std::string(glass.name).c_str(),
            beyond,
            compared,
            worst,
            who.c_str(),
            met ? "met" : "NOT MET"
        );
        std::fflush(stdout);
    }
    return good;
}

}  // namespace relaxd::bench
