// SPDX-License-Identifier: MIT
//
// `score RUN`: the estimates of a simulated run against its truth.
#include "schema/wire/score.hpp"
#include "tools/ctl/verbs.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

Result<json::value> score_from_file(const Globals& globals, const std::string& id) {
    auto reader = open_database(globals);
    if (!reader) {
        return fail(reader.error());
    }
    if (auto done = reader->begin_snapshot(); !done) {
        return fail(done.error());
    }
    const auto run = reader->run(id);
    if (!run) {
        return fail(run.error());
    }
    const auto estimates = reader->estimates(run->run_id, 0, all);
    if (!estimates) {
        return fail(estimates.error());
    }
    const auto truth = reader->truth(run->run_id);
    if (!truth) {
        return fail(truth.error());
    }
    const auto material = reader->fact(run->run_id, "simulation_material");
    if (!material) {
        return fail(material.error());
    }
    const auto found = score::score(*run, *estimates, *truth);
    if (!found) {
        return fail(found.error());
    }
    return json::value(wire::to_json(*run, material->value_or(""), *found));
}

double number_in(const json::value& row, std::string_view key) {
    const json::value* found = row.as_object().if_contains(key);
    return found != nullptr && found->is_number() ? found->to_number<double>() : record::unknown;
}

std::string signed_rounded(double value) {
    return (value > 0.0 ? "+" : "") + rounded(value, 2);
}

/// "0.4012 ± 0.0021 at 412 K": the value with one standard error.
std::string with_error(const json::value& last) {
    std::string text = rounded(number_in(last, "value"), 6);
    const double standard_error = number_in(last, "standard_error");
    text += std::isfinite(standard_error) ? " ± " + rounded(standard_error, 2) : "";
    const double at_K = number_in(last, "temperature_K");
    const double at_Hz = number_in(last, "frequency_Hz");
    text += std::isfinite(at_K) ? " at " + rounded(at_K, 4) + " K" : "";
    return text + (std::isfinite(at_Hz) ? " at " + rounded(at_Hz, 3) + " Hz" : "");
}

std::string coverage_of(const json::value& row) {
    const double share = number_in(row, "coverage_95");
    return std::isfinite(share) ? cell(row, "n_inside_95") + "/" + cell(row, "n_determined") +
                                      " = " + rounded(100.0 * share, 3) + " %"
                                : "-";
}

std::string inside_of(const json::value& last) {
    const json::value* found = last.as_object().if_contains("inside_95");
    return found == nullptr || !found->is_bool() ? "-" : found->get_bool() ? "inside" : "OUTSIDE";
}

void print_score(const json::value& body) {
    print(
        "run " + cell(body, "run_id") + " SIMULATED, material " + cell(body, "material") + ": " +
        cell(body, "n_estimates") + " estimates, " + cell(body, "n_compared") +
        " compared with the truth"
    );
    if (std::isfinite(number_in(body, "coverage_95"))) {
        print(
            "truth inside the 95 % interval of " + coverage_of(body) +
            " of the determined ones (they share one noise: one run is one draw)"
        );
    }
    std::vector<std::vector<std::string>> rows;
    std::map<std::string, std::vector<std::string>> without;  // by reason
    for (const json::value& one : body.at("parameters").as_array()) {
        const json::value& last = one.at("last");
        const std::string why = cell(last, "no_truth");
        if (why != "-") {
            without[why].push_back(cell(one, "model") + " " + cell(one, "parameter"));
            continue;
        }
        rows.push_back(
            {cell(one, "model"),
             cell(one, "parameter"),
             cell(one, "n_estimates"),
             coverage_of(one),
             rounded(number_in(one, "median_abs_z"), 2),
             rounded(number_in(one, "worst_abs_z"), 2),
             with_error(last),
             rounded(number_in(last, "truth"), 6),
             signed_rounded(number_in(last, "z")),
             inside_of(last),
             cell(last, "state")}
        );
    }
    if (!rows.empty()) {
        print_table(
            {"model",
             "parameter",
             "estimates",
             "determined inside",
             "median |z|",
             "worst |z|",
             "last ± s.e.",
             "truth",
             "z",
             "95 %",
             "state"},
            rows
        );
    }
    for (const auto& [why, names] : without) {
        std::string line = "no truth for ";
        std::string_view between;
        for (const std::string& name : names) {
            line += between;
            line += name;
            between = ", ";
        }
        line.append(": ").append(why);
        print(line);
    }
}

}  // namespace

int score_run(const Globals& globals, const std::string& id) {
    if (globals.database.empty()) {
        const Asked asked = get_json(globals, "/api/v1/runs/" + percent_encoded(id) + "/score");
        if (asked.exit_code == exit_done && globals.json) {
            print(asked.body);
        } else if (asked.exit_code == exit_done) {
            print_score(asked.value);
        }
        return asked.exit_code;
    }
    const auto body = score_from_file(globals, id);
    if (!body) {
        return report(globals, body.error());
    }
    if (globals.json) {
        print_json(*body);
    } else {
        print_score(*body);
    }
    return exit_done;
}

}  // namespace relaxd::ctl
