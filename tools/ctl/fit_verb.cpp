// SPDX-License-Identifier: MIT
//
// `fit INPUT…`: the live fits, offline, on files and stored runs.
#include "drivers/ta_files/import.hpp"
#include "model/estimate/estimate.hpp"
#include "schema/base/clock.hpp"
#include "schema/base/number.hpp"
#include "schema/base/sha256.hpp"
#include "schema/base/version.hpp"
#include "schema/material/material.hpp"
#include "schema/table/table.hpp"
#include "tools/ctl/fit_options.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr double T_g_of_key_sd_K = 3.0;  // CONTRACT 4
constexpr double below_T_x_K = 5.0;      // Crystals are not the glass any more.
constexpr std::string_view run_prefix = "run:";

/// All inputs as one set of data.
struct FitData {
    std::vector<record::DynamicPoint> points;
    std::string sha256;
    std::vector<std::string> warnings;
    double T_g_K = record::unknown;
    double T_x_K = record::unknown;
    std::string form;
    bool simulated = false;  ///< Any of the inputs.
};

double number_key(const table::Table& table, const char* name) {
    const auto found = table.keys.find(name);
    return found == table.keys.end() ? record::unknown
                                     : to_double(found->second).value_or(record::unknown);
}

/// Adds one input; its rows and segments are numbered after those before.
void join(FitData& data, const table::Table& table, const std::string& input) {
    const std::uint64_t seq = data.points.empty() ? 0 : data.points.back().seq;
    int segment = 0;
    for (const auto& point : data.points) {
        segment = std::max(segment, point.segment);
    }
    for (record::DynamicPoint& point : table::dynamic_points(table.rows)) {
        point.seq += seq;
        point.segment += segment;
        data.points.push_back(point);
    }
    data.warnings.insert(data.warnings.end(), table.warnings.begin(), table.warnings.end());
    const auto mark = table.keys.find("simulated");
    data.simulated = data.simulated || (mark != table.keys.end() && mark->second == "1") ||
                     std::any_of(table.rows.begin(), table.rows.end(), [](const auto& row) {
                         return row.simulated;
                     });
    const double T_g_K = number_key(table, "T_g_K");
    if (std::isnan(data.T_g_K)) {
        data.T_g_K = T_g_K;
    } else if (std::fabs(T_g_K - data.T_g_K) > 0.01) {
        data.warnings.push_back(
            input + " says T_g_K " + to_text(T_g_K) + "; the first input's " + to_text(data.T_g_K) +
            " is used"
        );
    }
    data.T_x_K = std::fmin(data.T_x_K, number_key(table, "T_x_K"));
    const auto form = table.keys.find("form");
    if (form != table.keys.end() && data.form.empty() && table.format == "csv") {
        data.form = form->second;
    }
}

/// `exit_code` is what an error means: a missing run is not a missing file.
Result<FitData> read_inputs(
    const Globals& globals, const std::vector<std::string>& inputs, int& exit_code
) {
    FitData data;
    Sha256 hash;
    for (const std::string& input : inputs) {
        const bool is_run = input.starts_with(run_prefix);
        const auto bytes =
            is_run ? csv_of_run(globals, input.substr(run_prefix.size())) : read_file(input);
        if (!bytes) {
            exit_code = is_run ? exit_code_of(bytes.error().code) : int{exit_other};
            return fail(bytes.error());
        }
        hash.feed(*bytes);
        const auto table =
            is_run ? table::read_csv(*bytes, input) : ta_files::read_bytes(*bytes, input);
        if (!table) {
            exit_code = exit_other;
            return fail(table.error());
        }
        join(data, *table, input);
    }
    data.sha256 = hash.hex();
    return data;
}

/// What a material knows and the inputs do not say.
Result<void> add_material(FitData& data, const std::string& name) {
    const auto found = material::load(name);
    if (!found) {
        return fail(found.error());
    }
    if (std::isnan(data.T_g_K)) {
        data.T_g_K = found->params.T_g_K;
    }
    const auto T_x = found->extra.find("T_x_K");
    if (std::isnan(data.T_x_K) && T_x != found->extra.end()) {
        data.T_x_K = T_x->second;
    }
    return {};
}

std::string interval_of(const record::ParameterEstimate& one) {
    return std::isfinite(one.lower_95) && std::isfinite(one.upper_95)
               ? rounded(one.lower_95, 5) + " … " + rounded(one.upper_95, 5)
               : "-";
}

void add_row(
    std::vector<std::vector<std::string>>& rows,
    const std::string& name,
    const record::ParameterEstimate& one
) {
    std::string state(record::to_word(one.state));
    if (!one.traded_with.empty()) {
        state += " with " + one.traded_with;
    }
    rows.push_back(
        {name, rounded(one.value, 5), rounded(one.standard_error, 2), interval_of(one), state}
    );
}

void print_result(const record::FitResult& result, bool simulated) {
    if (simulated) {
        print("SIMULATED: no real specimen, no real instrument");
    }
    if (result.is_usable()) {
        std::string line = result.model + ": " + std::to_string(result.n_points) + " points";
        line += result.form.empty() ? "" : ", form " + result.form;
        line += ", reduced chi2 " + rounded(result.reduced_chi2, 4);
        line += ", " + std::to_string(result.n_flagged) + " outliers";
        print(line + ", " + rounded(result.wall_ms, 3) + " ms");
    } else {
        print(result.model + ": no estimate: " + printable(result.reason));
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : result.parameters) {
        add_row(rows, one.name, one);
    }
    for (const auto& one : result.derived) {
        add_row(rows, one.name, one);
    }
    for (const auto& one : result.isotherms) {
        const std::string at = " at " + rounded(one.temperature_K, 5) + " K";
        add_row(rows, "chi_slope" + at, one.chi_slope);
        if (one.chi) {
            add_row(rows, "chi" + at, *one.chi);
        }
    }
    for (const auto& one : result.peaks) {
        const std::string name = "T_peak_K at " + rounded(one.frequency_Hz, 4) + " Hz";
        add_row(rows, name, one.temperature_K);
    }
    if (!rows.empty()) {
        print_table({"parameter", "value", "s.e.", "95 % interval", "state"}, rows);
    }
    for (const std::string& warning : result.warnings) {
        print("warning: " + printable(warning));
    }
}

record::FitResult run_fit(const FitData& data, const record::FitOptions& options) {
    const SystemClock clock;
    const SteadyTime before = clock.steady();
    record::FitResult dynamic;
    if (options.model != "dynamic") {
        // The recipes' corrected values need the beta process and the flow of the model.
        record::FitOptions of_model = options;
        of_model.model = "dynamic";
        dynamic = model::fit(data.points, of_model);
    }
    record::FitResult result =
        model::fit(data.points, options, dynamic.is_usable() ? &dynamic : nullptr);
    result.wall_ms = static_cast<double>(clock.steady().ns - before.ns) * 1e-6;
    result.warnings.insert(result.warnings.end(), data.warnings.begin(), data.warnings.end());
    return result;
}

}  // namespace

int fit_inputs(const Globals& globals, const FitVerb& verb) {
    auto options = fit_options_from(verb);
    if (!options) {
        return report(globals, options.error());
    }
    int exit_code = exit_done;
    auto data = read_inputs(globals, verb.inputs, exit_code);
    if (!data) {
        return report(globals, data.error(), exit_code);
    }
    if (!verb.material.empty()) {
        if (const auto done = add_material(*data, verb.material); !done) {
            return report(globals, done.error());
        }
    }
    if (verb.form.empty() && !data->form.empty()) {
        const auto form = record::form_from(data->form);
        if (!form) {
            return report(
                globals,
                {Errc::invalid,
                 "the key 'form' must be printed, gamma or exact, not '" + data->form + "'",
                 verb.inputs.front(),
                 "correct the file, or give --form"},
                exit_other
            );
        }
        options->form = *form;
    }
    if (std::isfinite(data->T_g_K)) {
        options->T_g_prior_K = record::Prior{data->T_g_K, T_g_of_key_sd_K};
    }
    if (std::isfinite(data->T_x_K)) {
        options->T_max_K = data->T_x_K - below_T_x_K;
    }
    const record::FitResult result = run_fit(*data, *options);
    if (globals.json) {
        json::object body = wire::to_json(result, code_version(), data->sha256);
        body["simulated"] = data->simulated ? 1 : 0;
        print_json(body);
    } else {
        print_result(result, data->simulated);
    }
    return exit_done;
}

}  // namespace relaxd::ctl
