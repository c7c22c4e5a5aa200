// SPDX-License-Identifier: MIT
#include "tools/ctl/fit_options.hpp"

#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

namespace relaxd::ctl {

namespace {

constexpr std::array<std::string_view, 3> built_models{"dynamic", "chi-slope", "beta-peaks"};
constexpr std::array<std::string_view, 10> later_models{
    "alpha-peaks",
    "creep",
    "aging",
    "tension",
    "master-curve",
    "qpd",
    "kww",
    "bergman",
    "relaxation",
    "transitions",
};

/// The names that --fix, --free and --prior take.
constexpr std::array<std::string_view, 23> names{
    "E_u_Pa",
    "E_r_Pa",
    "A_beta_per_Pa",
    "U_beta_J_mol",
    "tau_beta0_s",
    "B",
    "A_an_per_Pa",
    "A_vp_per_Pa",
    "chi_Tg",
    "a1_per_K",
    "t0_s",
    "T_g_K",
    "tau_max_Tg_s",
    "sigma1_Pa",
    "a2",
    "E_u_slope_per_K",
    "E_u_T_ref_K",
    "background_tan_delta",
    "fast_beta",
    "fast_beta.A_per_Pa",
    "fast_beta.U_J_mol",
    "fast_beta.tau0_s",
    "fast_beta.B",
};

tl::unexpected<Error> unknown_name(std::string_view option, std::string_view name) {
    return fail(
        Errc::invalid,
        "there is no parameter '" + std::string(name) + "'",
        std::string(option),
        "the nearest name is '" + std::string(nearest(name, names)) + "'"
    );
}

bool is_name(std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
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
    if (!is_name(out.name)) {
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

Result<std::string> model_from(const std::string& word) {
    if (word == "isochronal" || word == "isothermal") {
        return std::string("dynamic");
    }
    if (std::find(built_models.begin(), built_models.end(), word) != built_models.end()) {
        return word;
    }
    if (std::find(later_models.begin(), later_models.end(), word) != later_models.end()) {
        return fail(Errc::not_built, "'fit --model " + word + "' is not built yet", "", "");
    }
    return fail(
        Errc::invalid,
        "there is no model '" + word + "'",
        "--model",
        "known are dynamic, chi-slope and beta-peaks"
    );
}

Result<void> check_agreement(const record::FitOptions& options) {
    if (options.fixed.contains("E_r_Pa") && options.fixed.contains("A_beta_per_Pa")) {
        return fail(
            Errc::invalid,
            "E_r_Pa and A_beta_per_Pa are two names of one thing: both cannot be fixed",
            "--fix",
            "give one of them"
        );
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

}  // namespace

Result<record::FitOptions> fit_options_from(const FitVerb& verb) {
    record::FitOptions options;
    const auto model = model_from(verb.model);
    if (!model) {
        return fail(model.error());
    }
    options.model = *model;
    if (!verb.formulation.empty()) {
        return fail(
            Errc::invalid,
            "--formulation belongs to creep and tension, not to " + options.model,
            "--formulation",
            "leave it out"
        );
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
    Result<void> done;
    for (const std::string& text : verb.fixed) {
        done = done ? add_fixed(options, text) : done;
    }
    for (const std::string& text : verb.priors) {
        done = done ? add_prior(options, text) : done;
    }
    for (const std::string& name : verb.freed) {
        if (done && !is_name(name)) {
            done = unknown_name("--free", name);
        }
        options.freed.push_back(name);
    }
    done = done ? check_agreement(options) : done;
    if (!done) {
        return fail(done.error());
    }
    if (verb.T_g_K) {
        if (!std::isfinite(*verb.T_g_K) || *verb.T_g_K <= 0.0) {
            return fail(Errc::invalid, "T_g must be a number above 0", "--t-g", "give it in K");
        }
        options.T_g_fixed_K = verb.T_g_K;
    }
    return options;
}

}  // namespace relaxd::ctl
