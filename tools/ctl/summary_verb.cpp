// SPDX-License-Identifier: MIT
//
// `summary RUN…`: what several specimens of one glass in one state say together: is the scatter
// between them that of the fits' own errors, or do the specimens differ?
#include "model/fit/distributions.hpp"
#include "tools/ctl/fit_options.hpp"
#include "tools/ctl/fit_run.hpp"
#include "tools/ctl/run_inputs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr double differ_p = 0.01;

struct Fitted {
    std::string name;
    std::string specimen;
    record::FitResult result;
};

/// Composition, state and form: only these are taken together.
using Key = std::array<std::string, 3>;

struct Value {
    double value = 0.0;
    double error = 0.0;
};

/// Several runs of one specimen: their mean, with the error of a mean.
Value mean_of(const std::vector<Value>& runs) {
    Value out;
    for (const Value& one : runs) {
        out.value += one.value;
        out.error += one.error * one.error;
    }
    const auto n = static_cast<double>(runs.size());
    return {out.value / n, std::sqrt(out.error) / n};
}

json::object parameter_json(const std::map<std::string, std::vector<Value>>& by_specimen) {
    std::vector<Value> values;
    for (const auto& [specimen, runs] : by_specimen) {
        values.push_back(mean_of(runs));
    }
    const auto n = static_cast<double>(values.size());
    double mean = 0.0;
    double weights = 0.0;
    double weighted = 0.0;
    double own = 0.0;
    for (const Value& one : values) {
        const double weight = 1.0 / (one.error * one.error);
        mean += one.value / n;
        weights += weight;
        weighted += weight * one.value;
        own += one.error * one.error / n;
    }
    double squares = 0.0;
    double chi2 = 0.0;
    for (const Value& one : values) {
        squares += (one.value - mean) * (one.value - mean);
        chi2 += std::pow((one.value - weighted / weights) / one.error, 2);
    }
    const bool has_scatter = values.size() > 1;
    const double scatter = has_scatter ? std::sqrt(squares / (n - 1.0)) : record::unknown;
    const double p = has_scatter ? model::chi2_upper(chi2, n - 1.0) : record::unknown;
    json::object out;
    out["n"] = values.size();
    out["mean"] = wire::number(mean);
    out["scatter"] = wire::number(scatter);
    out["own_error"] = wire::number(std::sqrt(own));
    out["standard_error_of_mean"] = wire::number(scatter / std::sqrt(n));
    out["scatter_over_own_error"] = wire::number(scatter / std::sqrt(own));
    out["p_value"] = wire::number(p);
    out["verdict"] = !has_scatter   ? "one specimen: no scatter"
                     : p < differ_p ? "the specimens differ"
                                    : "no more than the fits' own errors";
    return out;
}

json::object group_json(const Key& key, const std::vector<const Fitted*>& fits) {
    json::object out;
    const auto known = [](const std::string& text) {
        return text.empty() ? json::value(nullptr) : json::value(text);
    };
    out["composition"] = known(key[0]);
    out["state"] = known(key[1]);
    out["form"] = known(key[2]);
    std::map<std::string, int> specimens;
    json::array runs;
    std::vector<std::string> names;
    for (const Fitted* one : fits) {
        ++specimens[one->specimen];
        runs.emplace_back(one->name);
        for (const auto& parameter : one->result.parameters) {
            if (std::find(names.begin(), names.end(), parameter.name) == names.end()) {
                names.push_back(parameter.name);
            }
        }
    }
    out["n_specimens"] = specimens.size();
    out["runs"] = std::move(runs);
    json::object parameters;
    for (const std::string& name : names) {
        std::map<std::string, std::vector<Value>> by_specimen;
        int left_out = 0;
        for (const Fitted* one : fits) {
            const auto* found = find_parameter(one->result, name);
            if (found != nullptr && is_known(*found)) {
                by_specimen[one->specimen].push_back({found->value, whole_error(*found)});
            } else {
                ++left_out;
            }
        }
        if (by_specimen.empty()) {
            continue;
        }
        json::object body = parameter_json(by_specimen);
        body["n_runs_left_out"] = left_out;
        parameters[name] = std::move(body);
    }
    out["parameters"] = std::move(parameters);
    return out;
}

std::string or_unknown(const json::value& group, const char* key) {
    const std::string text = cell(group, key);
    return text == "-" ? "unknown" : text;
}

void print_summary(const json::object& body) {
    if (body.at("simulated").as_int64() == 1) {
        print("SIMULATED: no real specimen, no real instrument");
    }
    for (const json::value& group : body.at("groups").as_array()) {
        print(
            "composition " + or_unknown(group, "composition") + ", state " +
            or_unknown(group, "state") + ", form " + or_unknown(group, "form") + ": " +
            cell(group, "n_specimens") + " specimens"
        );
        std::vector<std::vector<std::string>> rows;
        for (const auto& [name, one] : group.at("parameters").as_object()) {
            rows.push_back(
                {std::string(name),
                 cell(one, "n"),
                 cell(one, "mean"),
                 cell(one, "scatter"),
                 cell(one, "own_error"),
                 cell(one, "p_value"),
                 cell(one, "verdict"),
                 cell(one, "n_runs_left_out")}
            );
        }
        if (!rows.empty()) {
            print_table(
                {"parameter", "n", "mean", "scatter", "fits' error", "p", "verdict", "left out"},
                rows
            );
        } else {
            print("nothing is known of any parameter");
        }
    }
    for (const json::value& run : body.at("runs").as_array()) {
        if (cell(run, "status") != "converged") {
            print(cell(run, "run") + ": no estimate: " + cell(run, "reason"));
        }
        for (const json::value& warning : run.at("warnings").as_array()) {
            print("warning: " + cell(run, "run") + ": " + printable(warning.as_string()));
        }
    }
}

}  // namespace

int summarise_runs(const Globals& globals, const FitVerb& verb) {
    if (const auto options = fit_options_from(verb); !options) {
        return report(globals, options.error());
    }
    int exit_code = exit_done;
    const auto inputs = read_runs(globals, verb.inputs, exit_code);
    if (!inputs) {
        return report(globals, inputs.error(), exit_code);
    }
    std::vector<Fitted> fits;
    std::map<Key, std::vector<std::size_t>> groups;
    json::array runs;
    bool simulated = false;
    for (const FitInput& input : *inputs) {
        auto answer = fit_together(verb, {input});
        if (!answer) {
            return report(globals, answer.error());
        }
        simulated = simulated || answer->simulated;
        const std::string state = input.key("specimen_state");
        json::object run;
        run["run"] = input.name;
        run["specimen"] = specimen_of(input);
        run["status"] = answer->result.status;
        run["reason"] = answer->result.reason.empty() ? json::value(nullptr)
                                                      : json::value(answer->result.reason);
        run["data_sha256"] = answer->sha256;
        run["warnings"] =
            json::array(answer->result.warnings.begin(), answer->result.warnings.end());
        runs.push_back(std::move(run));
        if (answer->result.is_usable()) {
            groups[{input.key("specimen_composition"), state, answer->result.form}].push_back(
                fits.size()
            );
            fits.push_back({input.name, specimen_of(input), std::move(answer->result)});
        }
    }
    json::object body;
    body["model"] = find_model(verb.model)->name;
    json::array list;
    for (const auto& [key, members] : groups) {
        std::vector<const Fitted*> of_group;
        of_group.reserve(members.size());
        for (const std::size_t at : members) {
            of_group.push_back(&fits[at]);
        }
        list.push_back(group_json(key, of_group));
    }
    body["groups"] = std::move(list);
    body["runs"] = std::move(runs);
    body["simulated"] = simulated ? 1 : 0;
    if (globals.json) {
        print_json(body);
    } else {
        print_summary(body);
    }
    return exit_done;
}

}  // namespace relaxd::ctl
