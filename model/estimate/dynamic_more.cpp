// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_more.hpp"

#include "model/estimate/dynamic_usable.hpp"
#include "model/estimate/estimate.hpp"
#include "model/fit/named_systematic.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::model {

namespace {

using record::FitOptions;
using record::FitResult;
using record::ParameterEstimate;
using record::ParameterState;

constexpr double one_time_B = 50.0;  ///< ln tau spreads by 0.026: one time for any instrument.
constexpr double flagged_share_max = 0.1;

/// The same fit without what this file adds.
FitOptions plain(const FitOptions& options) {
    FitOptions out = options;
    out.wants_profiles = false;
    out.wants_alternatives = false;
    out.modulus_scale_relative_sd = 0.0;
    out.temperature_offset_sd_K = 0.0;
    return out;
}

bool is_of_moduli(const FitOptions& options) {
    const auto is_scaled = [](const auto& entry) { return scale_exponent(entry.first) != 0.0; };
    return std::any_of(options.fixed.begin(), options.fixed.end(), is_scaled) ||
           std::any_of(options.priors.begin(), options.priors.end(), is_scaled);
}

FitResult refit(const DynamicData& data, const FitOptions& options, const FitResult& from) {
    FitOptions o = plain(options);
    o.start = from.warm_start;
    return fit_dynamic_data(data, o);
}

const ParameterEstimate* find(const FitResult& result, const std::string& name) {
    for (const auto* list : {&result.parameters, &result.derived}) {
        for (const auto& e : *list) {
            if (e.name == name) {
                return &e;
            }
        }
    }
    return nullptr;
}

/// ln of what a number meant at `T_K` has to be moved by, when it was computed at T_K + offset_K.
double back_to_temperature(
    const std::string& name, const FitResult& result, double T_K, double offset_K
) {
    const bool is_beta = name == "tau_beta_s";
    if (!is_beta && name != "tau_max_s" && !name.starts_with("viscosity")) {
        return 0.0;
    }
    const auto known = usable(&result);
    if (!known) {
        return record::unknown;
    }
    const LnTimes here = times_of(known->q, known->T_ref_K, T_K);
    const LnTimes there = times_of(known->q, known->T_ref_K, T_K + offset_K);
    return is_beta ? here.ln_tau_beta - there.ln_tau_beta : here.ln_tau_max - there.ln_tau_max;
}

/// The changes that one source of error makes, by name; unknown where it cannot be told.
class Source {
  public:
    explicit Source(FitResult other) : other_(std::move(other)) {}

    [[nodiscard]] double change(const ParameterEstimate& e, double T_last_K, double offset_K)
        const {
        const ParameterEstimate* o = find(other_, e.name);
        if (o == nullptr || !other_.is_usable() || !std::isfinite(o->value)) {
            return record::unknown;
        }
        const double back =
            offset_K != 0.0 ? back_to_temperature(e.name, other_, T_last_K, offset_K) : 0.0;
        return o->value * std::exp(back) - e.value;
    }

  private:
    FitResult other_;
};

bool has_error(const ParameterEstimate& e) {
    return std::isfinite(e.value) && e.state != ParameterState::fixed;
}

/// One line of the list.
void add(
    std::string name,
    bool is_chosen,
    const FitResult& fit,
    double numbers,
    std::vector<record::Alternative>& list
) {
    record::Alternative a;
    a.name = std::move(name);
    a.is_chosen = is_chosen;
    a.n_free = fit.n_free;
    if (fit.is_usable() && std::isfinite(fit.reduced_chi2)) {
        a.chi2 = fit.reduced_chi2 * (numbers - a.n_free);
    }
    list.push_back(std::move(a));
}

std::vector<std::pair<std::string, FitOptions>> variants(
    const FitOptions& options, bool is_shear, const FitResult& result
) {
    const FitOptions base = plain(options);
    std::vector<std::pair<std::string, FitOptions>> out;
    const auto put = [&out](std::string name, FitOptions o) {
        o.start.clear();
        out.emplace_back(std::move(name), std::move(o));
    };
    if (!base.fixed.contains("B") && !base.priors.contains("B")) {
        FitOptions o = base;
        o.fixed["B"] = one_time_B;
        put("beta: one time", std::move(o));
    }
    const std::string A_vp = is_shear ? "A_vp_shear_per_Pa" : "A_vp_per_Pa";
    const std::string A_an = is_shear ? "A_an_shear_per_Pa" : "A_an_per_Pa";
    if (!base.fixed.contains(A_vp) && !base.fixed.contains(A_an) && !base.priors.contains(A_vp)) {
        FitOptions o = base;
        const auto at = std::find(o.freed.begin(), o.freed.end(), A_vp);
        const bool is_free = at != o.freed.end();
        if (is_free) {
            o.freed.erase(at);
        } else {
            o.freed.push_back(A_vp);
        }
        put(is_free ? "A_vp: tied to A_an" : "A_vp: free", std::move(o));
    }
    for (const auto form : {record::Form::printed, record::Form::gamma, record::Form::exact}) {
        if (form != base.form) {
            FitOptions o = base;
            o.form = form;
            put("form: " + std::string(record::to_word(form)), std::move(o));
        }
    }
    for (const auto& a : result.alternatives) {
        // The fit decided by BIC between no slope of E_u and a free one: the other of the two.
        if (!a.is_chosen && a.name.find("_u_slope_per_K") != std::string::npos) {
            FitOptions o = base;
            if (a.name.ends_with("free")) {
                o.freed.emplace_back("E_u_slope_per_K");
            } else {
                o.fixed["E_u_slope_per_K"] = 0.0;
            }
            put(a.name, std::move(o));
        }
    }
    const ParameterEstimate* a1 = find(result, "a1_per_K");
    if (a1 != nullptr && a1->state != ParameterState::fixed && !base.priors.contains("a1_per_K")) {
        FitOptions o = base;
        o.fixed["a1_per_K"] = 0.0;
        put("chi: constant", std::move(o));
    }
    return out;
}

}  // namespace

void add_systematic_errors(const DynamicData& data, const FitOptions& options, FitResult& result) {
    const double scale_sd = options.modulus_scale_relative_sd;
    const double offset_K = options.temperature_offset_sd_K;
    const bool has_scale = std::isfinite(scale_sd) && scale_sd > 0.0;
    const bool has_offset = std::isfinite(offset_K) && offset_K > 0.0;
    if (!result.is_usable() || (!has_scale && !has_offset)) {
        return;
    }
    std::optional<Source> by_scale;
    std::optional<Source> by_offset;
    if (has_scale && is_of_moduli(options)) {
        by_scale.emplace(refit(moved(data, {1.0 + scale_sd, 0.0}), options, result));
    }
    if (has_offset) {
        by_offset.emplace(refit(moved(data, {1.0, offset_K}), options, result));
    }
    for (auto* list : {&result.parameters, &result.derived}) {
        for (ParameterEstimate& e : *list) {
            if (!has_error(e)) {
                continue;
            }
            double scale = 0.0;
            if (has_scale) {
                scale = by_scale ? by_scale->change(e, data.T_last_K, 0.0)
                                 : scale_exponent(e.name) * scale_sd * e.value;
            }
            const double offset = by_offset ? by_offset->change(e, data.T_last_K, offset_K) : 0.0;
            const double systematic = std::hypot(scale, offset);
            if (std::isfinite(systematic)) {
                e.systematic_error = systematic;
                e.combined_error = std::hypot(e.standard_error, systematic);
            }
        }
    }
}

void add_alternatives(const DynamicData& data, const FitOptions& options, FitResult& result) {
    if (!result.is_usable() || !options.wants_alternatives) {
        return;
    }
    const DynamicData kept = without(data, result.flagged_seqs, flagged_share_max);
    const double numbers = 2.0 * static_cast<double>(kept.rows.size());
    std::vector<record::Alternative> list;
    FitOptions asked = plain(options);
    asked.start = result.warm_start;
    add("as asked", true, fit_dynamic_data(kept, asked), numbers, list);
    for (const auto& [name, o] : variants(options, data.is_all_shear, result)) {
        add(name, false, fit_dynamic_data(kept, o), numbers, list);
    }
    double scale = record::unknown;
    for (const auto& a : list) {
        scale = std::fmin(scale, a.chi2 / std::max(1.0, numbers - a.n_free));
    }
    scale = std::fmax(1.0, scale);
    for (auto& a : list) {
        a.aic = a.chi2 / scale + 2.0 * a.n_free;
        a.bic = a.chi2 / scale + a.n_free * std::log(numbers);
    }
    result.alternatives = std::move(list);
}

}  // namespace relaxd::model
