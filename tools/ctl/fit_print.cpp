// SPDX-License-Identifier: MIT
#include "tools/ctl/fit_print.hpp"

#include "tools/ctl/verb.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace relaxd::ctl {

namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string range_of(double low, double high) {
    return std::isfinite(low) && std::isfinite(high) ? rounded(low, 5) + " … " + rounded(high, 5)
                                                     : "-";
}

/// Columns that a result may have none of.
struct Optional {
    bool systematic = false;
    bool profile = false;
};

std::string state_of(const record::ParameterEstimate& one) {
    std::string state(record::to_word(one.state));
    if (!one.traded_with.empty()) {
        state += " with " + one.traded_with;
    }
    if (!one.method.empty()) {
        state += " (" + one.method + ")";
    }
    return state;
}

void add_row(
    Rows& rows,
    const std::string& name,
    const record::ParameterEstimate& one,
    const Optional& optional
) {
    std::vector<std::string> row{name, rounded(one.value, 5), rounded(one.standard_error, 2)};
    if (optional.systematic) {
        row.push_back(rounded(one.systematic_error, 2));
    }
    row.push_back(range_of(one.lower_95, one.upper_95));
    if (optional.profile) {
        row.push_back(range_of(one.profile_low, one.profile_high));
    }
    row.push_back(state_of(one));
    rows.push_back(std::move(row));
}

void print_estimates(const record::FitResult& result) {
    Optional optional;
    for (const auto* list : {&result.parameters, &result.derived}) {
        for (const auto& one : *list) {
            optional.systematic = optional.systematic || std::isfinite(one.systematic_error);
            optional.profile = optional.profile || std::isfinite(one.profile_low);
        }
    }
    Rows rows;
    for (const auto* list : {&result.parameters, &result.derived}) {
        for (const auto& one : *list) {
            add_row(rows, one.name, one, optional);
        }
    }
    for (const auto& one : result.isotherms) {
        const std::string at = " at " + rounded(one.temperature_K, 5) + " K";
        add_row(rows, "chi_slope" + at, one.chi_slope, optional);
        if (one.chi) {
            add_row(rows, "chi" + at, *one.chi, optional);
        }
    }
    for (const auto& one : result.peaks) {
        add_row(
            rows, "T_peak_K at " + rounded(one.frequency_Hz, 4) + " Hz", one.temperature_K, optional
        );
    }
    for (const auto& one : result.shifts) {
        add_row(rows, "ln_aT at " + rounded(one.temperature_K, 5) + " K", one.ln_aT, optional);
    }
    if (rows.empty()) {
        return;
    }
    std::vector<std::string> header{"parameter", "value", "s.e."};
    if (optional.systematic) {
        header.emplace_back("systematic");
    }
    header.emplace_back("95 % interval");
    if (optional.profile) {
        header.emplace_back("95 % profile");
    }
    header.emplace_back("state");
    print_table(header, rows);
}

void print_combinations(const record::FitResult& result) {
    for (const auto& one : result.known_combinations) {
        std::string line = "known together: " + one.expression;
        if (std::isfinite(one.value)) {
            line += " = " + rounded(one.value, 5);
        }
        if (std::isfinite(one.standard_error)) {
            line += " ± " + rounded(one.standard_error, 2);
        }
        line += one.experiment.empty() ? "" : "; to tell them apart: " + one.experiment;
        print(printable(line));
    }
}

void print_alternatives(const record::FitResult& result) {
    if (result.alternatives.empty()) {
        return;
    }
    double least = record::unknown;
    for (const auto& one : result.alternatives) {
        least = std::fmin(least, one.bic);
    }
    Rows rows;
    for (const auto& one : result.alternatives) {
        rows.push_back(
            {printable(one.name),
             rounded(one.chi2, 6),
             std::to_string(one.n_free),
             rounded(one.aic, 6),
             rounded(one.bic - least, 4),
             one.is_chosen ? "chosen" : ""}
        );
    }
    print_table({"alternative", "chi2", "free", "AIC", "BIC above the least", ""}, rows);
}

void print_head(const record::FitResult& result) {
    if (!result.is_usable()) {
        print(result.model + ": no estimate: " + printable(result.reason));
        return;
    }
    std::string line = result.model + ": " + std::to_string(result.n_points) + " points";
    line += result.form.empty() ? "" : ", form " + result.form;
    line += result.formulation.empty() ? "" : ", formulation " + result.formulation;
    line += ", reduced chi2 " + rounded(result.reduced_chi2, 4);
    line += ", " + std::to_string(result.n_flagged) + " outliers";
    print(line + ", " + rounded(result.wall_ms, 3) + " ms");
    if (!result.reason.empty()) {
        print(printable(result.reason));
    }
}

}  // namespace

void print_fit(const record::FitResult& result, bool simulated) {
    if (simulated) {
        print("SIMULATED: no real specimen, no real instrument");
    }
    print_head(result);
    print_estimates(result);
    print_combinations(result);
    if (result.tts_holds) {
        print(
            std::string("time-temperature superposition ") +
            (result.tts_holds->holds ? "holds" : "does not hold") +
            ", p = " + rounded(result.tts_holds->p_value, 2)
        );
    }
    print_alternatives(result);
    if (result.residuals && result.residuals->is_alarm) {
        print("ALARM: " + printable(result.residuals->sentence));
    }
    for (const std::string& warning : result.warnings) {
        print("warning: " + printable(warning));
    }
}

}  // namespace relaxd::ctl
