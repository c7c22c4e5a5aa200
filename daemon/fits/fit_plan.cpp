// SPDX-License-Identifier: MIT
#include "daemon/fits/fit_plan.hpp"

#include "schema/record/geometry_error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace relaxd::daemon {

namespace {

constexpr double T_g_prior_sd_K = 3.0;  // CONTRACT 4, a recorded T_g

/// What the tests in time estimate: priors of these are theirs alone, the others the moduli's.
constexpr std::array<std::string_view, 12> of_series{
    "J_0_per_Pa",
    "A_an_per_Pa",
    "A_vp_per_Pa",
    "chi",
    "tau_max_s",
    "recovery_time_ratio",
    "tan_delta_0",
    "tan_delta_inf",
    "tau_s",
    "beta",
    "E_0_Pa",
    "E_inf_Pa"
};

SegmentRole role_of(const method::Segment& segment, std::size_t frequencies) {
    switch (segment.kind) {
        case method::SegmentKind::frequency_sweep: return SegmentRole::sweep;
        case method::SegmentKind::isothermal:
        case method::SegmentKind::isothermal_until:
            return frequencies > 1 ? SegmentRole::isotherm : SegmentRole::none;
        case method::SegmentKind::ramp: return SegmentRole::ramp;
        default: return SegmentRole::none;
    }
}

}  // namespace

SegmentRole FitPlan::role(int segment) const {
    if (segment < 1 || static_cast<std::size_t>(segment) > roles.size()) {
        return SegmentRole::none;
    }
    return roles[static_cast<std::size_t>(segment) - 1];
}

bool FitPlan::is_ageing(int segment) const {
    return std::any_of(tests.begin(), tests.end(), [segment](const SeriesTest& test) {
        return test.kind == record::SeriesKind::aging &&
               std::find(test.segments.begin(), test.segments.end(), segment) !=
                   test.segments.end();
    });
}

std::size_t FitPlan::readings_a_fit(int segment) const {
    const bool is_each = mode == method::FitsMode::every || role(segment) == SegmentRole::sweep;
    return is_each ? 1 : cycle;
}

std::vector<int> FitPlan::used(int last_segment) const {
    std::vector<int> found;
    for (int segment = 1; !left_out.empty() && segment <= last_segment; ++segment) {
        if (!left_out.contains(segment)) {
            found.push_back(segment);
        }
    }
    return found;
}

std::vector<int> FitPlan::segments_for(const std::string& model, int last_segment) const {
    std::vector<int> found;
    for (int segment = 1; segment <= last_segment; ++segment) {
        const SegmentRole present = role(segment);
        const bool is_of_ramps = model == "beta-peaks" || model == "transitions";
        const bool is_wanted =
            is_of_ramps ? present == SegmentRole::ramp
                        : present == SegmentRole::isotherm || present == SegmentRole::sweep;
        if (is_wanted && !left_out.contains(segment)) {
            found.push_back(segment);
        }
    }
    return found;
}

record::FitOptions FitPlan::options_for(const std::string& model) const {
    record::FitOptions chosen = options;
    chosen.model = model;
    chosen.start.clear();
    const bool is_series = model == "creep" || model == "aging" || model == "relaxation";
    std::erase_if(chosen.priors, [is_series](const auto& prior) {
        const bool is_of_series =
            std::find(of_series.begin(), of_series.end(), prior.first) != of_series.end();
        const bool is_of_both = prior.first == "A_an_per_Pa" || prior.first == "A_vp_per_Pa";
        return !is_of_both && is_of_series != is_series;
    });
    if (model == "creep") {
        chosen.material = material;
    }
    if (is_series) {
        chosen.T_g_prior_K.reset();
        chosen.T_g_fixed_K.reset();
        chosen.T_max_K = record::unknown;
    }
    return chosen;
}

FitPlan make_fit_plan(
    const method::Method& method,
    const std::vector<method::Executed>& executed,
    const record::Specimen& specimen,
    const GivenKnowledge& given
) {
    FitPlan plan;
    plan.mode = method.fits;
    const std::size_t amplitudes =
        std::max<std::size_t>(1, method.amplitudes_m.size() + method.strain_amplitudes.size());
    plan.cycle = std::max<std::size_t>(1, method.frequencies_Hz.size()) * amplitudes;
    plan.options.form = method.fit.form;
    plan.options.priors = method.fit.priors;
    plan.options.priors.insert(given.priors.begin(), given.priors.end());
    plan.material = given.material;
    plan.options.T_g_fixed_K = method.fit.T_g_K;
    const auto stated = plan.options.priors.find("T_g_K");
    if (stated != plan.options.priors.end()) {
        plan.options.T_g_prior_K = stated->second;
        plan.options.priors.erase(stated);
    } else if (!plan.options.T_g_fixed_K && given.T_g_K) {
        plan.options.T_g_prior_K = given.T_g_K;
    } else if (!plan.options.T_g_fixed_K && std::isfinite(specimen.T_g_K)) {
        plan.options.T_g_prior_K = record::Prior{specimen.T_g_K, T_g_prior_sd_K};
    }
    if (std::isfinite(specimen.T_x_K)) {
        plan.options.T_max_K = specimen.T_x_K - below_T_x_K;
    }
    const std::string& clamp = specimen.clamp.empty() ? method.clamp : specimen.clamp;
    plan.options.modulus_scale_relative_sd = record::modulus_error(clamp, specimen).relative_sd;
    plan.options.temperature_offset_sd_K = given.temperature_error_K;
    plan.tests = series_tests(method, executed);
    for (const method::Executed& segment : executed) {
        plan.roles.push_back(role_of(segment.segment, method.frequencies_Hz.size()));
    }
    return plan;
}

}  // namespace relaxd::daemon
