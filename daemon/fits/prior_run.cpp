// SPDX-License-Identifier: MIT
#include "daemon/fits/prior_run.hpp"

#include "schema/base/number.hpp"
#include "schema/material/material.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace relaxd::daemon {

namespace {

/// Of these, priors: E_r_Pa says the same as A_beta_per_Pa.
constexpr std::array<std::string_view, 9> of_dynamic{
    "E_u_Pa",
    "A_beta_per_Pa",
    "U_beta_J_mol",
    "tau_beta0_s",
    "B",
    "A_an_per_Pa",
    "chi_Tg",
    "a1_per_K",
    "t0_s"
};

/// What creep cannot tell itself, and what DMA does.
constexpr std::array<std::string_view, 5> for_creep{
    "E_u_Pa", "A_beta_per_Pa", "U_beta_J_mol", "tau_beta0_s", "B"
};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string run_word(const record::Run& run) {
    return "run " + std::to_string(run.run_id);
}

tl::unexpected<Error> refused(std::string message, std::string hint) {
    return fail(Errc::refused, std::move(message), "method: fits.prior", std::move(hint));
}

bool is_same_specimen(const record::Specimen& a, const record::Specimen& b) {
    return !a.id.empty() && !b.id.empty() ? a.id == b.id : !a.name.empty() && a.name == b.name;
}

bool same(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

/// How the specimen differs from what it was in the earlier run; empty where it does not.
std::string change_of_state(const EarlierRun& earlier, const record::Specimen& now) {
    const record::Specimen& then = earlier.specimen;
    if (then.state != now.state) {
        return "its state was \"" + then.state + "\" and is \"" + now.state + "\"";
    }
    const bool has_same_anneals = std::equal(
        then.anneals.begin(),
        then.anneals.end(),
        now.anneals.begin(),
        now.anneals.end(),
        [](const record::Anneal& a, const record::Anneal& b) {
            return same(a.temperature_K, b.temperature_K) && same(a.duration_s, b.duration_s) &&
                   a.atmosphere == b.atmosphere;
        }
    );
    if (!has_same_anneals) {
        return "its recorded anneals are not the same";
    }
    return earlier.T_x_passed == "yes" ? "the earlier run heated it above T_x" : "";
}

std::string described(const std::map<std::string, record::Prior>& priors) {
    std::string text;
    for (const auto& [name, prior] : priors) {
        text += (text.empty() ? "" : ", ") + name + " = " + to_text(prior.mean) + " +- " +
                to_text(prior.sd);
    }
    return text;
}

}  // namespace

Result<std::map<std::string, double>> material_of(const std::string& name) {
    if (name.find('/') != std::string::npos || name.ends_with(".toml")) {
        return fail(
            Errc::invalid,
            "'" + name + "' is a file, which the daemon does not read for a client",
            "method: fits.material",
            "name a built-in material (relaxctl material list)"
        );
    }
    const auto found = material::load(name);
    if (!found) {
        Error error = found.error();
        error.code = Errc::invalid;
        error.where = "method: fits.material";
        return fail(std::move(error));
    }
    std::map<std::string, double> known;
    for (const auto& [parameter, member] : material::param_members) {
        if (std::isfinite(found->params.*member)) {
            known[std::string(parameter)] = found->params.*member;
        }
    }
    if (found->fast_beta.size() == 1) {
        for (const auto& [parameter, member] : material::fast_beta_members) {
            if (std::isfinite(found->fast_beta.front().*member)) {
                known["fast_beta." + std::string(parameter)] = found->fast_beta.front().*member;
            }
        }
    }
    return known;
}

Result<GivenKnowledge> knowledge_from(
    const EarlierRun& earlier, const record::Specimen& specimen, const method::FitSettings& settings
) {
    const std::string run = run_word(earlier.run);
    if (!record::is_end(earlier.run.state)) {
        return refused(run + " still goes on: its estimates may change", "wait for its end");
    }
    if (!is_same_specimen(earlier.specimen, specimen)) {
        return refused(
            run + " is of specimen \"" + earlier.specimen.name + "\", this one is \"" +
                specimen.name + "\"",
            "estimates of one specimen are priors for that specimen alone"
        );
    }
    GivenKnowledge out;
    const std::string change = change_of_state(earlier, specimen);
    if (!change.empty() && !settings.allow_state_change) {
        return refused(
            run + " is no prior: the specimen changed since (" + change + ")",
            "write allow_state_change = true in [fits] to take it all the same; it is recorded"
        );
    }
    for (const record::Estimate& one : earlier.estimates) {
        const bool is_known = one.state == record::ParameterState::determined &&
                              std::isfinite(one.value) && one.standard_error > 0.0;
        if (!is_known) {
            continue;
        }
        const record::Prior prior{one.value, one.standard_error};
        if (one.parameter == "T_g_K") {
            out.T_g_K = prior;
        } else if (contains(of_dynamic, one.parameter)) {
            out.priors[one.parameter] = prior;
        }
        if (contains(for_creep, one.parameter)) {
            out.material[one.parameter] = one.value;
        }
    }
    if (out.priors.empty() && !out.T_g_K) {
        return refused(
            run + " has no determined parameter of model dynamic", "name a run that determines one"
        );
    }
    out.is_across_states = !change.empty();
    std::map<std::string, record::Prior> all = out.priors;
    if (out.T_g_K) {
        all["T_g_K"] = *out.T_g_K;
    }
    out.told = "priors from " + run + ": " + described(all);
    if (out.is_across_states) {
        out.told += "; taken although the specimen changed since (" + change + ")";
    }
    return out;
}

}  // namespace relaxd::daemon
