// SPDX-License-Identifier: MIT
#include "tools/ctl/fit_options.hpp"

#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

namespace relaxd::ctl {

namespace {

tl::unexpected<Error> unknown_name(std::string_view option, std::string_view name) {
    return fail(
        Errc::invalid,
        "there is no parameter '" + std::string(name) + "'",
        std::string(option),
        "the nearest name is '" + nearest_parameter(name) + "'"
    );
}

struct Assignment {
    std::string name;
    std::string_view value;
};

Result<Assignment> assignment_from(
    std::string_view option, std::string_view text, std::string_view form
) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
        return fail(
            Errc::invalid,
            "'" + std::string(text) + "' is not " + std::string(form),
            std::string(option),
            "write it like that"
        );
    }
    Assignment out{std::string(text.substr(0, equals)), text.substr(equals + 1)};
    if (!is_parameter(out.name)) {
        return unknown_name(option, out.name);
    }
    return out;
}

Result<void> add_fixed(record::FitOptions& options, const std::string& text) {
    const auto given = assignment_from("--fix", text, "NAME=VALUE");
    if (!given) {
        return fail(given.error());
    }
    const auto value = to_double(given->value);
    if (!value) {
        return fail(
            Errc::invalid,
            "'" + std::string(given->value) + "' is not a number",
            "--fix " + given->name,
            "write it in SI units, like " + given->name + "=1.5e3"
        );
    }
    options.fixed[given->name] = *value;
    return {};
}

Result<void> add_prior(record::FitOptions& options, const std::string& text) {
    constexpr std::string_view form = "NAME=MEAN+-SD";
    const auto given = assignment_from("--prior", text, form);
    if (!given) {
        return fail(given.error());
    }
    for (const std::string_view sign : {std::string_view("+-"), std::string_view("±")}) {
        const std::size_t at = given->value.find(sign);
        if (at == std::string_view::npos) {
            continue;
        }
        const auto mean = to_double(given->value.substr(0, at));
        const auto sd = to_double(given->value.substr(at + sign.size()));
        if (mean && sd && *sd > 0.0) {
            options.priors[given->name] = record::Prior{*mean, *sd};
            return {};
        }
    }
    return fail(
        Errc::invalid,
        "'" + text + "' is not " + std::string(form) + " with a positive SD",
        "--prior",
        "write it like T_g_K=453+-3"
    );
}

Result<const FitModel*> model_from(const std::string& word) {
    if (const FitModel* found = find_model(word); found != nullptr) {
        return found;
    }
    std::vector<std::string_view> known;
    for (const FitModel& one : fit_models()) {
        known.push_back(one.name);
    }
    return fail(
        Errc::invalid,
        "there is no model '" + word + "'",
        "--model",
        "known are " + joined(known) + "; isochronal and isothermal mean dynamic"
    );
}

Result<void> check_agreement(const record::FitOptions& options) {
    const auto is_fixed = [&](const char* name) { return options.fixed.contains(name); };
    for (const auto& [relaxed, strength] :
         {std::pair("E_r_Pa", "A_beta_per_Pa"), std::pair("G_r_Pa", "A_beta_shear_per_Pa")}) {
        if (is_fixed(relaxed) && is_fixed(strength)) {
            return fail(
                Errc::invalid,
                std::string(relaxed) + " and " + strength +
                    " are two names of one thing: both cannot be fixed",
                "--fix",
                "give one of them"
            );
        }
    }
    for (const auto& [name, value] : options.fixed) {
        const bool is_free =
            std::find(options.freed.begin(), options.freed.end(), name) != options.freed.end();
        if (is_free || options.priors.contains(name)) {
            return fail(
                Errc::invalid,
                name + " cannot be fixed and " + (is_free ? "freed" : "have a prior"),
                "--fix " + name,
                "leave one of the two out"
            );
        }
    }
    return {};
}

/// Parameters given by the contract's rules: T_g once, and A_vp with A_an unless it is freed.
Result<void> complete(record::FitOptions& options, const std::optional<double>& T_g_K) {
    if (T_g_K) {
        if (!std::isfinite(*T_g_K) || *T_g_K <= 0.0) {
            return fail(Errc::invalid, "T_g must be a number above 0", "--t-g", "give it in K");
        }
        if (options.priors.contains("T_g_K") || options.fixed.contains("T_g_K")) {
            return fail(
                Errc::invalid,
                "T_g_K is given twice",
                "--t-g",
                "--t-g fixes T_g, --prior T_g_K=MEAN+-SD frees it: give one of them"
            );
        }
        options.T_g_fixed_K = T_g_K;
    }
    for (const auto& [anelastic, viscous] :
         {std::pair("A_an_per_Pa", "A_vp_per_Pa"),
          std::pair("A_an_shear_per_Pa", "A_vp_shear_per_Pa")}) {
        const auto A_an = options.fixed.find(anelastic);
        const bool is_tied =
            !options.fixed.contains(viscous) && !options.priors.contains(viscous) &&
            std::find(options.freed.begin(), options.freed.end(), viscous) == options.freed.end();
        if (A_an != options.fixed.end() && is_tied) {
            options.fixed[viscous] = A_an->second;
        }
    }
    return {};
}

Result<void> put_words(record::FitOptions& options, const FitVerb& verb, const FitModel& model) {
    if (!verb.formulation.empty()) {
        const auto known = model.formulations;
        if (known.empty()) {
            return fail(
                Errc::invalid,
                "--formulation belongs to creep, tension and master-curve, not to " + options.model,
                "--formulation",
                "leave it out"
            );
        }
        if (std::find(known.begin(), known.end(), verb.formulation) == known.end()) {
            return fail(
                Errc::invalid,
                options.model + " has no formulation '" + verb.formulation + "'",
                "--formulation",
                "known are " + joined(known)
            );
        }
        options.formulation = verb.formulation;
    }
    if (!verb.form.empty()) {
        const auto form = record::form_from(verb.form);
        if (!form) {
            return fail(
                Errc::invalid,
                "there is no form '" + verb.form + "'",
                "--form",
                "known are printed, gamma and exact"
            );
        }
        options.form = *form;
    }
    if (!verb.stress.empty() && verb.stress != "engineering" && verb.stress != "true") {
        return fail(
            Errc::invalid,
            "there is no kind of stress '" + verb.stress + "'",
            "--stress",
            "known are engineering and true"
        );
    }
    for (const std::string& name : verb.tied) {
        if (name != "T_g" && name != "T_g_K") {
            return fail(
                Errc::invalid, "nothing called '" + name + "' can be tied", "--tie", "known is T_g"
            );
        }
    }
    for (const auto& [sd, option] :
         {std::pair(verb.scale_error, "--scale-error"),
          std::pair(verb.temperature_error_K, "--temperature-error")}) {
        if (!std::isfinite(sd) || sd < 0.0) {
            return fail(
                Errc::invalid, "a standard deviation is a number of at least 0", option, ""
            );
        }
    }
    options.modulus_scale_relative_sd = verb.scale_error;
    options.temperature_offset_sd_K = verb.temperature_error_K;
    options.wants_profiles = verb.wants_profiles;
    options.wants_alternatives = verb.wants_alternatives;
    return {};
}

}  // namespace

Result<record::FitOptions> fit_options_from(const FitVerb& verb) {
    record::FitOptions options;
    const auto model = model_from(verb.model);
    if (!model) {
        return fail(model.error());
    }
    options.model = std::string((*model)->name);
    Result<void> done = put_words(options, verb, **model);
    for (const std::string& text : verb.fixed) {
        done = done ? add_fixed(options, text) : done;
    }
    for (const std::string& text : verb.priors) {
        done = done ? add_prior(options, text) : done;
    }
    for (const std::string& name : verb.freed) {
        if (done && !is_parameter(name)) {
            done = unknown_name("--free", name);
        }
        options.freed.push_back(name);
    }
    done = done ? check_agreement(options) : done;
    done = done ? complete(options, verb.T_g_K) : done;
    if (!done) {
        return fail(done.error());
    }
    return options;
}

std::vector<std::string> drop_without_effect(record::FitOptions& options, const FitModel& model) {
    std::vector<std::string> warnings;
    const auto is_idle = [&](const std::string& name) {
        if (acts_on(model, name)) {
            return false;
        }
        warnings.push_back(
            name + " is no parameter of " + std::string(model.name) +
            ": what was said of it has no effect"
        );
        return true;
    };
    std::erase_if(options.fixed, [&](const auto& one) { return is_idle(one.first); });
    std::erase_if(options.priors, [&](const auto& one) { return is_idle(one.first); });
    std::erase_if(options.freed, is_idle);
    return warnings;
}

}  // namespace relaxd::ctl
