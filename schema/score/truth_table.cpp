// SPDX-License-Identifier: MIT
#include "schema/score/truth_table.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace relaxd::score {

namespace {

constexpr std::string_view form_of_simulation = "exact";
constexpr double same_T_g_K = 1e-6;

/// Reported under another name than the parameter of the specimen that they stand for. A recipe's
/// known bias is scored like any other error.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> stands_for{{
    {"U_beta_peaks", "U_beta_J_mol"},
    {"U_beta_peaks_corr", "U_beta_J_mol"},
    {"tau_beta0_peaks", "tau_beta0_s"},
    {"tau_beta0_peaks_corr", "tau_beta0_s"},
}};

/// What the three forms of the anelastic term mean differently (PHYSICS E1-10).
constexpr std::array<std::string_view, 5> of_the_form{
    "A_an_per_Pa", "A_vp_per_Pa", "t0_s", "tau_max_s", "tau_max_Tg_s"
};

TruthOf none(std::string because) {
    return {record::unknown, std::move(because)};
}

TruthOf known_or(double value, const char* because) {
    return std::isfinite(value) ? TruthOf{value, {}} : none(because);
}

bool contains(std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

TruthTable::TruthTable(std::span<const record::Truth> truth) {
    for (const record::Truth& one : truth) {
        if (!std::isfinite(one.value)) {
            continue;
        }
        if (one.seq == 0) {
            run_[one.parameter] = one.value;
        } else {
            by_seq_[one.parameter].emplace_back(one.seq, one.value);
        }
    }
    for (auto& [name, series] : by_seq_) {
        std::sort(series.begin(), series.end());
    }
}

double TruthTable::of_run(std::string_view name) const {
    const auto found = run_.find(name);
    return found == run_.end() ? record::unknown : found->second;
}

double TruthTable::at(std::string_view name, std::uint64_t seq) const {
    const auto series = by_seq_.find(name);
    if (series == by_seq_.end()) {
        return record::unknown;
    }
    const auto after = std::upper_bound(
        series->second.begin(),
        series->second.end(),
        seq,
        [](std::uint64_t wanted, const auto& one) { return wanted < one.first; }
    );
    return after == series->second.begin() ? record::unknown : std::prev(after)->second;
}

double TruthTable::mean(std::string_view name, std::uint64_t first_seq, std::uint64_t last_seq)
    const {
    const auto series = by_seq_.find(name);
    if (series == by_seq_.end()) {
        return record::unknown;
    }
    double sum = 0.0;
    double count = 0.0;
    const auto from = std::lower_bound(
        series->second.begin(),
        series->second.end(),
        first_seq,
        [](const auto& one, std::uint64_t wanted) { return one.first < wanted; }
    );
    for (auto one = from; one != series->second.end() && one->first <= last_seq; ++one) {
        sum += one->second;
        count += 1.0;
    }
    return count > 0.0 ? sum / count : record::unknown;
}

TruthOf TruthTable::told_for_run(std::string_view name) const {
    const double value = of_run(name);
    return std::isfinite(value)
               ? TruthOf{value, {}}
               : none("the simulation tells no " + std::string(name) + " of this run");
}

TruthOf TruthTable::chi_over(const record::Estimate& estimate) const {
    return known_or(
        mean("chi", estimate.first_seq, estimate.last_seq),
        "no true chi is stored for the readings that the estimate used"
    );
}

TruthOf TruthTable::chi_at_T_g(const record::Estimate& estimate, const FitFrame& fit) const {
    if (fit.is_a1_held_at_zero && of_run("a1_per_K") != 0.0) {
        return chi_over(estimate);
    }
    TruthOf told = told_for_run("chi_Tg");
    const double T_g_K = of_run("T_g_K");
    const double a1_per_K = of_run("a1_per_K");
    if (std::isfinite(fit.T_g_fixed_K) && std::isfinite(T_g_K) && std::isfinite(a1_per_K)) {
        // chi at the T_g that the fit was given.
        return {told.value + a1_per_K * std::fmax(0.0, fit.T_g_fixed_K - T_g_K), told.none_because};
    }
    return told;
}

TruthOf TruthTable::tau_max_at_T_g(const FitFrame& fit) const {
    const double T_g_K = of_run("T_g_K");
    if (fit.is_a1_held_at_zero && of_run("a1_per_K") != 0.0) {
        return none("a1 was held at 0, so it belongs to another chi than that at T_g");
    }
    if (std::isfinite(fit.T_g_fixed_K) && !(std::fabs(fit.T_g_fixed_K - T_g_K) < same_T_g_K)) {
        return none(
            "T_g was held at " + to_text(fit.T_g_fixed_K) + " K, the simulation tells it at " +
            to_text(T_g_K) + " K"
        );
    }
    return told_for_run("tau_max_Tg_s");
}

/// E_u and what follows from it, at the reference temperature of the fit: E_u = E_u,ref (1 + slope
/// (T - T_ref)) is the same line from any point of it.
TruthOf TruthTable::elastic(std::string_view name, const FitFrame& fit) const {
    const double told_slope = of_run("E_u_slope_per_K");
    const double slope_per_K = std::isfinite(told_slope) ? told_slope : 0.0;
    if (slope_per_K != 0.0 && !fit.has_E_u_slope && name != "E_u_slope_per_K") {
        return none("E_u changes with temperature in the simulation, the fit held it constant");
    }
    const double T_ref_K = of_run("E_u_T_ref_K");
    const bool is_moved =
        slope_per_K != 0.0 && std::isfinite(T_ref_K) && std::isfinite(fit.E_u_T_ref_K);
    const double grown = is_moved ? 1.0 + slope_per_K * (fit.E_u_T_ref_K - T_ref_K) : 1.0;
    const double E_u_Pa = of_run("E_u_Pa") * grown;
    const double J_0_per_Pa = 1.0 / E_u_Pa + of_run("A_beta_per_Pa");
    if (name == "E_u_slope_per_K" && std::isfinite(E_u_Pa)) {  // a material without one has none
        return {slope_per_K / grown, {}};
    }
    if (name == "J_0_per_Pa") {
        return known_or(
            J_0_per_Pa, "the simulation tells no E_u_Pa or no A_beta_per_Pa of this run"
        );
    }
    if (name == "E_r_Pa" && is_moved && std::isfinite(J_0_per_Pa)) {
        return {1.0 / J_0_per_Pa, {}};
    }
    TruthOf told = told_for_run(name);
    told.value *= name == "E_u_Pa" ? grown : 1.0;
    return told;
}

TruthOf TruthTable::of(const record::Estimate& estimate, const FitFrame& fit) const {
    const std::string_view name = estimate.parameter;
    if (!estimate.form.empty() && estimate.form != form_of_simulation &&
        contains(of_the_form, name)) {
        return none(
            "fitted with form " + estimate.form + "; the simulation's " + std::string(name) +
            " is that of form exact"
        );
    }
    if (name == "E_u_Pa" || name == "E_r_Pa" || name == "J_0_per_Pa" || name == "E_u_slope_per_K") {
        return elastic(name, fit);
    }
    if (name == "chi" || name == "chi_slope") {
        return chi_over(estimate);
    }
    if (name == "chi_Tg") {
        return chi_at_T_g(estimate, fit);
    }
    if (name == "tau_max_Tg_s") {
        return tau_max_at_T_g(fit);
    }
    if (name == "tau_beta_s" || name == "tau_max_s") {
        return known_or(
            at(name, estimate.last_seq), "no true value is stored up to the last reading used"
        );
    }
    if (name == "peak_temperature_K") {
        return none("a feature of the data, no parameter of the specimen");
    }
    for (const auto& [reported, parameter] : stands_for) {
        if (name == reported) {
            return told_for_run(parameter);
        }
    }
    return told_for_run(name);
}

}  // namespace relaxd::score
