// SPDX-License-Identifier: MIT
//
// `compare RUN…`: the parameters of several runs under the same conditions, and their differences
// from the first. Values of the exact form, of the printed form and of the papers' recipes stand in
// columns of their own; only like is subtracted from like.
#include "tools/ctl/fit_options.hpp"
#include "tools/ctl/fit_run.hpp"
#include "tools/ctl/run_inputs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr double same_frequency = 0.01;  // relative
constexpr double within = 1.96;          // combined errors: 95 %

/// What is the same for all runs.
struct Conditions {
    std::vector<double> frequencies_Hz;
    double low = -HUGE_VAL;  ///< of T/T_g
    double high = HUGE_VAL;
};

/// One run with its glass transition.
struct Compared {
    FitInput input;
    double T_g_K = record::unknown;
    std::string T_g_from;
};

/// The values of one column: one result a run.
struct Column {
    std::string name;  ///< exact, printed, gamma or recipe
    std::vector<record::FitResult> results;
};

Error refused(std::string message, std::string where, std::string hint) {
    return {Errc::refused, std::move(message), std::move(where), std::move(hint)};
}

/// The forms to fit: the one asked for, or exact and printed.
Result<std::vector<std::string>> forms_of(const FitVerb& verb, const std::vector<Compared>& runs) {
    if (!verb.form.empty()) {
        return std::vector<std::string>{verb.form};
    }
    std::string said;
    std::string said_by;
    for (const Compared& run : runs) {
        const std::string form = run.input.table.format == "csv" ? run.input.key("form") : "";
        if (!form.empty() && !said.empty() && form != said) {
            std::string message = said_by;
            message += " is of form " + said + ", ";
            message += run.input.name + " of form " + form;
            message += ": values of different forms are not subtracted from each other";
            return fail(refused(
                std::move(message), "compare", "give --form to fit all of them with one form"
            ));
        }
        if (!form.empty() && said.empty()) {
            said = form;
            said_by = run.input.name;
        }
    }
    return said.empty() ? std::vector<std::string>{"exact", "printed"}
                        : std::vector<std::string>{said};
}

Result<Compared> with_T_g(const FitVerb& verb, FitInput input) {
    Compared out{std::move(input), record::unknown, ""};
    if (verb.T_g_K) {
        out.T_g_K = *verb.T_g_K;
        out.T_g_from = "--t-g";
        return out;
    }
    out.T_g_K = out.input.number_key("T_g_K");
    out.T_g_from = "the run's record";
    if (std::isfinite(out.T_g_K)) {
        return out;
    }
    const auto answer = fit_together(verb, {out.input});
    if (!answer) {
        return fail(answer.error());
    }
    const auto* found = find_parameter(answer->result, "T_g_K");
    if (found == nullptr || !std::isfinite(found->value)) {
        return fail(refused(
            "T_g is not known" +
                (answer->result.reason.empty() ? std::string() : ": " + answer->result.reason),
            out.input.name,
            "give --t-g K"
        ));
    }
    out.T_g_K = found->value;
    out.T_g_from = "the fit of all its data";
    return out;
}

std::vector<double> frequencies_of(const FitInput& input) {
    std::set<double> found;
    for (const auto& point : table::dynamic_points(input.table.rows)) {
        found.insert(point.frequency_Hz);
    }
    return {found.begin(), found.end()};
}

bool is_among(const std::vector<double>& frequencies_Hz, double frequency_Hz) {
    return std::any_of(frequencies_Hz.begin(), frequencies_Hz.end(), [&](double one) {
        return std::fabs(one - frequency_Hz) < same_frequency * one;
    });
}

Result<Conditions> conditions_of(const std::vector<Compared>& runs) {
    Conditions out;
    out.frequencies_Hz = frequencies_of(runs.front().input);
    for (const Compared& run : runs) {
        const std::vector<double> own = frequencies_of(run.input);
        std::erase_if(out.frequencies_Hz, [&](double one) { return !is_among(own, one); });
        double low = HUGE_VAL;
        double high = -HUGE_VAL;
        for (const auto& point : table::dynamic_points(run.input.table.rows)) {
            if (!(point.temperature_K > run.input.T_max_K)) {
                low = std::min(low, point.temperature_K / run.T_g_K);
                high = std::max(high, point.temperature_K / run.T_g_K);
            }
        }
        out.low = std::max(out.low, low);
        out.high = std::min(out.high, high);
    }
    if (out.frequencies_Hz.empty()) {
        return fail(refused(
            "the runs have no frequency in common", "compare", "compare runs of the same method"
        ));
    }
    if (!(out.high > out.low)) {
        return fail(refused(
            "the runs have no window of T/T_g in common", "compare", "compare runs that overlap"
        ));
    }
    return out;
}

/// Only the rows of the common frequencies and the common window.
void restrict_to(Compared& run, const Conditions& conditions) {
    std::erase_if(run.input.table.rows, [&](const record::Reading& row) {
        const auto points = table::dynamic_points({row});
        return points.empty() || !is_among(conditions.frequencies_Hz, points[0].frequency_Hz) ||
               points[0].temperature_K < conditions.low * run.T_g_K ||
               points[0].temperature_K > conditions.high * run.T_g_K;
    });
}

json::object value_json(const record::ParameterEstimate* one) {
    json::object out;
    const bool known = one != nullptr && is_known(*one);
    out["value"] = known ? wire::number(one->value) : nullptr;
    out["standard_error"] = known ? wire::number(one->standard_error) : nullptr;
    out["combined_error"] = known ? wire::number(whole_error(*one)) : nullptr;
    out["state"] = one != nullptr ? json::value(record::to_word(one->state)) : nullptr;
    return out;
}

json::object difference_json(
    const record::ParameterEstimate* first, const record::ParameterEstimate* other
) {
    json::object out;
    out["difference"] = nullptr;
    out["combined_error"] = nullptr;
    out["z"] = nullptr;
    if (first == nullptr || other == nullptr || !is_known(*first) || !is_known(*other)) {
        out["verdict"] = "not known";
        return out;
    }
    const double difference = other->value - first->value;
    const double error = std::hypot(whole_error(*first), whole_error(*other));
    out["difference"] = wire::number(difference);
    out["combined_error"] = wire::number(error);
    out["z"] = wire::number(difference / error);
    out["verdict"] = std::fabs(difference) < within * error ? "not distinguishable" : "different";
    return out;
}

json::object column_json(const Column& column, const std::vector<Compared>& runs) {
    std::vector<std::string> names;
    json::array notes;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const record::FitResult& result = column.results[i];
        for (const auto& one : result.parameters) {
            if (std::find(names.begin(), names.end(), one.name) == names.end()) {
                names.push_back(one.name);
            }
        }
        if (!result.is_usable()) {
            notes.emplace_back(runs[i].input.name + ": no estimate: " + result.reason);
        }
    }
    json::object parameters;
    for (const std::string& name : names) {
        json::array values;
        json::array differences;
        const auto* first = find_parameter(column.results.front(), name);
        for (std::size_t i = 0; i < runs.size(); ++i) {
            const auto* one = find_parameter(column.results[i], name);
            values.push_back(value_json(one));
            if (i > 0) {
                differences.push_back(difference_json(first, one));
            }
        }
        json::object body;
        body["values"] = std::move(values);
        body["differences"] = std::move(differences);
        parameters[name] = std::move(body);
    }
    json::object out;
    out["parameters"] = std::move(parameters);
    out["notes"] = std::move(notes);
    return out;
}

json::object conditions_json(const Conditions& conditions, const FitVerb& verb) {
    json::object out;
    json::array frequencies;
    for (const double one : conditions.frequencies_Hz) {
        frequencies.push_back(wire::number(one));
    }
    out["frequencies_Hz"] = std::move(frequencies);
    out["T_over_T_g"] = json::array{wire::number(conditions.low), wire::number(conditions.high)};
    out["fixed"] = json::array(verb.fixed.begin(), verb.fixed.end());
    out["priors"] = json::array(verb.priors.begin(), verb.priors.end());
    out["freed"] = json::array(verb.freed.begin(), verb.freed.end());
    return out;
}

std::string value_text(const json::value& value) {
    const std::string number = cell(value, "value");
    return number == "-" ? cell(value, "state")
                         : number + " ± " + rounded(value.at("combined_error").as_double(), 2);
}

std::string difference_text(const json::value& value) {
    const std::string number = cell(value, "difference");
    return number == "-" ? cell(value, "verdict")
                         : number + " ± " + rounded(value.at("combined_error").as_double(), 2) +
                               " " + cell(value, "verdict");
}

/// A line a parameter and run, two columns (value, difference from the first run) a form.
void print_columns(const json::object& body, const std::vector<std::string>& columns) {
    std::vector<std::string> names;
    for (const std::string& column : columns) {
        for (const auto& [name, one] : body.at(column).at("parameters").as_object()) {
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                names.emplace_back(name);
            }
        }
    }
    std::vector<std::string> header{"parameter", "run"};
    for (const std::string& column : columns) {
        header.push_back(column);
        header.push_back(column + ": less the first");
    }
    const json::array& runs = body.at("runs").as_array();
    std::vector<std::vector<std::string>> rows;
    for (const std::string& name : names) {
        for (std::size_t i = 0; i < runs.size(); ++i) {
            std::vector<std::string> row{i == 0 ? name : "", cell(runs[i], "run")};
            for (const std::string& column : columns) {
                const json::object& parameters = body.at(column).at("parameters").as_object();
                const json::value* found = parameters.if_contains(name);
                row.push_back(found == nullptr ? "" : value_text(found->at("values").at(i)));
                row.push_back(
                    found == nullptr || i == 0 ? ""
                                               : difference_text(found->at("differences").at(i - 1))
                );
            }
            rows.push_back(std::move(row));
        }
    }
    print_table(header, rows);
}

void print_comparison(const json::object& body, const std::vector<std::string>& columns) {
    if (body.at("simulated").as_int64() == 1) {
        print("SIMULATED: no real specimen, no real instrument");
    }
    const json::value& conditions = body.at("conditions");
    std::string line = "the same for all: frequencies";
    for (const json::value& one : conditions.at("frequencies_Hz").as_array()) {
        line += " " + rounded(one.as_double(), 4);
    }
    const json::array& window = conditions.at("T_over_T_g").as_array();
    print(
        line + " Hz, T/T_g " + rounded(window[0].as_double(), 4) + " … " +
        rounded(window[1].as_double(), 4)
    );
    for (const json::value& run : body.at("runs").as_array()) {
        print(
            cell(run, "run") + ": specimen " + cell(run, "specimen") + ", T_g " +
            cell(run, "T_g_K") + " K from " + cell(run, "T_g_from") + ", " + cell(run, "n_points") +
            " points"
        );
    }
    print_columns(body, columns);
    for (const std::string& column : columns) {
        for (const json::value& note : body.at(column).at("notes").as_array()) {
            print(column + ": " + printable(note.as_string()));
        }
    }
    for (const json::value& warning : body.at("warnings").as_array()) {
        print("warning: " + printable(warning.as_string()));
    }
}

/// One model fitted to every run.
Result<Column> fit_column(
    const std::string& name, const FitVerb& verb, const std::vector<Compared>& runs
) {
    Column out{name, {}};
    for (const Compared& run : runs) {
        auto answer = fit_together(verb, {run.input});
        if (!answer) {
            return fail(answer.error());
        }
        out.results.push_back(std::move(answer->result));
    }
    return out;
}

/// chi_slope of isotherms as parameters named after T/T_g, which is what runs have in common.
void add_slopes(Column& recipe, const Column& slopes, const std::vector<Compared>& runs) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
        // Corrected by the model's alpha process: no recipe any more, and not free of the form.
        std::erase_if(recipe.results[i].parameters, [](const auto& one) {
            return one.name.ends_with("_corr");
        });
        recipe.results[i].warnings.clear();  // which frequency has no peak
        for (const auto& one : slopes.results[i].isotherms) {
            record::ParameterEstimate slope = one.chi_slope;
            slope.name = "chi_slope at T/T_g " + rounded(one.temperature_K / runs[i].T_g_K, 3);
            recipe.results[i].parameters.push_back(std::move(slope));
        }
    }
}

Result<std::vector<Column>> all_columns(
    const FitVerb& verb, const std::vector<std::string>& forms, const std::vector<Compared>& runs
) {
    std::vector<Column> columns;
    for (const std::string& form : forms) {
        FitVerb of_form = verb;
        of_form.form = form;
        auto column = fit_column(form, of_form, runs);
        if (!column) {
            return fail(column.error());
        }
        columns.push_back(std::move(*column));
    }
    FitVerb of_recipe = verb;
    of_recipe.form = forms.front();
    of_recipe.model = "beta-peaks";
    auto recipe = fit_column("recipe", of_recipe, runs);
    of_recipe.model = "chi-slope";
    const auto slopes = recipe ? fit_column("recipe", of_recipe, runs) : fail(recipe.error());
    if (!slopes) {
        return fail(slopes.error());
    }
    add_slopes(*recipe, *slopes, runs);
    columns.push_back(std::move(*recipe));
    return columns;
}

Result<std::vector<Compared>> compared_from(const FitVerb& verb, std::vector<FitInput> inputs) {
    std::vector<Compared> runs;
    for (FitInput& input : inputs) {
        if (table::dynamic_points(input.table.rows).empty()) {
            return fail(refused(
                "no row has " + std::string(find_model("dynamic")->wants),
                input.name,
                "compare is for dynamic moduli"
            ));
        }
        auto run = with_T_g(verb, std::move(input));
        if (!run) {
            return fail(run.error());
        }
        runs.push_back(std::move(*run));
    }
    return runs;
}

json::array runs_json(const std::vector<Compared>& runs) {
    json::array out;
    for (const Compared& run : runs) {
        json::object one;
        one["run"] = run.input.name;
        one["specimen"] = specimen_of(run.input);
        one["T_g_K"] = wire::number(run.T_g_K);
        one["T_g_from"] = run.T_g_from;
        one["n_points"] = run.input.table.rows.size();
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

int compare_runs(const Globals& globals, const FitVerb& asked) {
    FitVerb verb = asked;
    verb.model = "dynamic";
    if (const auto options = fit_options_from(verb); !options) {
        return report(globals, options.error());
    }
    if (verb.inputs.size() < 2) {
        return report(globals, {Errc::invalid, "compare needs two runs or more", "compare", ""});
    }
    int exit_code = exit_done;
    auto inputs = read_runs(globals, verb.inputs, exit_code);
    if (!inputs) {
        return report(globals, inputs.error(), exit_code);
    }
    auto runs = compared_from(verb, std::move(*inputs));
    if (!runs) {
        return report(globals, runs.error());
    }
    const auto forms = forms_of(verb, *runs);
    const auto conditions = forms ? conditions_of(*runs) : fail(forms.error());
    if (!conditions) {
        return report(globals, conditions.error());
    }
    for (Compared& run : *runs) {
        restrict_to(run, *conditions);
    }
    const auto columns = all_columns(verb, *forms, *runs);
    if (!columns) {
        return report(globals, columns.error());
    }
    json::object body;
    body["runs"] = runs_json(*runs);
    body["conditions"] = conditions_json(*conditions, verb);
    std::vector<std::string> names;
    std::set<std::string> warnings;
    for (const Column& column : *columns) {
        body[column.name] = column_json(column, *runs);
        names.push_back(column.name);
        for (std::size_t i = 0; i < runs->size(); ++i) {
            for (const std::string& one : column.results[i].warnings) {
                warnings.insert((*runs)[i].input.name + ": " + one);
            }
        }
    }
    body["warnings"] = json::array(warnings.begin(), warnings.end());
    const bool simulated = std::any_of(runs->begin(), runs->end(), [](const Compared& run) {
        return run.input.is_simulated();
    });
    body["simulated"] = simulated ? 1 : 0;
    if (globals.json) {
        print_json(body);
    } else {
        print_comparison(body, names);
    }
    return exit_done;
}

}  // namespace relaxd::ctl
