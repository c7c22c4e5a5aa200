// SPDX-License-Identifier: MIT
#include "tools/ctl/fit_run.hpp"

#include "model/estimate/estimate.hpp"
#include "schema/base/clock.hpp"
#include "schema/material/material.hpp"
#include "tools/ctl/fit_options.hpp"
#include "tools/ctl/fit_protocol.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr double T_g_of_key_sd_K = 3.0;  // CONTRACT 4
constexpr double below_T_x_K = 5.0;

/// What a material knows and neither the inputs nor --fix say. E_r and A_beta are one thing.
Result<void> add_material(FitData& data, record::FitOptions& options, const std::string& name) {
    const auto found = material::load(name);
    if (!found) {
        return fail(found.error());
    }
    for (const auto& [key, member] : material::param_members) {
        const double value = found->params.*member;
        const bool is_said = options.fixed.contains(std::string(key)) ||
                             (key == "E_r_Pa" && options.fixed.contains("A_beta_per_Pa"));
        if (std::isfinite(value) && !is_said) {
            options.material[std::string(key)] = value;
        }
    }
    for (const auto& [key, value] : found->extra) {
        if (std::isfinite(value) && !options.fixed.contains(key)) {
            options.material[key] = value;  // poisson_ratio, dH_J_mol, dS_over_R …
        }
    }
    if (!found->fast_beta.empty()) {
        for (const auto& [key, member] : material::fast_beta_members) {
            const double value = found->fast_beta.front().*member;
            if (std::isfinite(value)) {
                options.material["fast_beta." + std::string(key)] = value;
            }
        }
    }
    if (found->fast_beta.size() > 1) {
        data.warnings.push_back(
            "material " + found->name + " has several fast beta processes; the first is used"
        );
    }
    for (const std::string& assumed : found->assumed) {
        data.warnings.push_back(
            assumed + " of material " + found->name + " is assumed, not from its source"
        );
    }
    if (std::isnan(data.T_g_K)) {
        data.T_g_K = found->params.T_g_K;
    }
    const auto T_x = found->extra.find("T_x_K");
    if (std::isnan(data.T_max_K) && T_x != found->extra.end()) {
        data.T_max_K = T_x->second - below_T_x_K;
    }
    return {};
}

Result<void> take_form(record::FitOptions& options, const FitVerb& verb, const FitData& data) {
    if (!verb.form.empty() || data.form.empty()) {
        return {};
    }
    const auto form = record::form_from(data.form);
    if (!form) {
        return fail(
            Errc::io,
            "the key 'form' must be printed, gamma or exact, not '" + data.form + "'",
            verb.inputs.empty() ? std::string() : verb.inputs.front(),
            "correct the file, or give --form"
        );
    }
    options.form = *form;
    return {};
}

/// What the inputs say of their dimensions and thermocouple, where the options say nothing.
void take_systematic_errors(record::FitOptions& options, const FitData& data) {
    if (options.modulus_scale_relative_sd == 0.0) {
        options.modulus_scale_relative_sd = data.systematic.modulus_scale_relative_sd;
    }
    if (options.temperature_offset_sd_K == 0.0) {
        options.temperature_offset_sd_K = data.systematic.temperature_offset_sd_K;
    }
}

/// The recipes' corrected values need the beta process and the flow of the whole model.
record::FitResult fit_after_dynamic(const FitData& data, const record::FitOptions& options) {
    record::FitOptions of_model = options;
    of_model.model = "dynamic";
    of_model.wants_profiles = false;
    of_model.wants_alternatives = false;
    static_cast<void>(drop_without_effect(of_model, *find_model("dynamic")));
    const record::FitResult dynamic = model::fit(data.points, of_model);
    return model::fit(data.points, options, dynamic.is_usable() ? &dynamic : nullptr);
}

record::FitResult fit_data(
    const FitModel& model, const FitData& data, const record::FitOptions& options
) {
    const bool is_empty = model.is_series ? data.series.points.empty() : data.points.empty();
    if (is_empty) {
        record::FitResult none;
        none.model = options.model;
        none.reason = "no row has " + std::string(model.wants);
        return none;
    }
    if (model.is_series) {
        return model::fit_series(data.series, options);
    }
    return model.wants_dynamic ? fit_after_dynamic(data, options)
                               : model::fit(data.points, options);
}

}  // namespace

Result<FitAnswer> fit_together(const FitVerb& verb, const std::vector<FitInput>& inputs) {
    auto options = fit_options_from(verb);
    if (!options) {
        return fail(options.error());
    }
    const FitModel& model = *find_model(options->model);
    const std::string change = state_change(inputs);
    if (!change.empty() && !verb.allows_state_change) {
        return fail(
            Errc::refused,
            "these are not data of one specimen in one state: " + change,
            "fit",
            "fit them one by one, or give --allow-state-change"
        );
    }
    FitData data = join(inputs, model);
    for (record::SeriesInput& input : data.series.inputs) {
        input.stress_kind = verb.stress.empty() ? input.stress_kind : verb.stress;
    }
    if (!change.empty()) {
        data.warnings.push_back("fitted across a changed specimen state as asked: " + change);
    }
    if (!verb.material.empty()) {
        if (const auto done = add_material(data, *options, verb.material); !done) {
            return fail(done.error());
        }
    }
    // A recorded ratio serves derived values; a joint fit with shear must be told how to convert.
    const bool has_shear = std::any_of(data.points.begin(), data.points.end(), [](const auto& one) {
        return one.is_shear;
    });
    if (std::isfinite(data.poisson_ratio) && !has_shear &&
        !options->material.contains("poisson_ratio") && !options->fixed.contains("poisson_ratio")) {
        options->material["poisson_ratio"] = data.poisson_ratio;
    }
    if (const auto done = take_form(*options, verb, data); !done) {
        return fail(done.error());
    }
    const std::vector<std::string> idle = drop_without_effect(*options, model);
    data.warnings.insert(data.warnings.end(), idle.begin(), idle.end());
    if (std::isfinite(data.T_g_K)) {
        options->T_g_prior_K = record::Prior{data.T_g_K, T_g_of_key_sd_K};
    }
    options->T_max_K = data.T_max_K;
    take_systematic_errors(*options, data);
    if (model.name == "dynamic") {
        const auto said = separate_T_g(*options, data.points, data.names, !verb.tied.empty());
        data.warnings.insert(data.warnings.end(), said.begin(), said.end());
    }

    const SystemClock clock;
    const SteadyTime before = clock.steady();
    FitAnswer answer;
    answer.result = fit_data(model, data, *options);
    answer.result.wall_ms = static_cast<double>(clock.steady().ns - before.ns) * 1e-6;
    answer.result.warnings.insert(
        answer.result.warnings.end(), data.warnings.begin(), data.warnings.end()
    );
    answer.sha256 = data.sha256;
    answer.simulated = data.simulated;
    return answer;
}

}  // namespace relaxd::ctl
