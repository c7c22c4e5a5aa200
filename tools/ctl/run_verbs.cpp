// SPDX-License-Identifier: MIT
#include "tools/ctl/verbs.hpp"

#include <boost/json/serialize.hpp>

#include <utility>

namespace relaxd::ctl {

namespace {

const json::array& list_in(const json::value& value, std::string_view key) {
    static const json::array none;
    const json::value* found = value.is_object() ? value.get_object().if_contains(key) : nullptr;
    return found != nullptr && found->is_array() ? found->get_array() : none;
}

void print_rows(const json::array& rows, const std::vector<std::string>& columns) {
    std::vector<std::vector<std::string>> cells;
    cells.reserve(rows.size());
    for (const json::value& row : rows) {
        std::vector<std::string> line;
        line.reserve(columns.size());
        for (const std::string& column : columns) {
            line.push_back(cell(row, column));
        }
        cells.push_back(std::move(line));
    }
    print_table(columns, cells);
}

void print_runs(const json::array& runs) {
    if (runs.empty()) {
        print("no runs yet");
        return;
    }
    print_rows(
        runs,
        {"run_id", "state", "instrument", "specimen", "name", "started_utc", "last_seq", "simulated"
        }
    );
}

/// One fact a line; the method's text stands below.
void print_run(const json::value& run) {
    if (!run.is_object()) {
        return;
    }
    if (cell(run, "simulated") == "1") {
        print("SIMULATED: no real specimen, no real instrument");
    }
    for (const auto& [key, value] : run.get_object()) {
        if (key != "method" && !value.is_null()) {
            print(std::string(key) + ": " + cell(run, key));
        }
    }
    const json::value* method = run.get_object().if_contains("method");
    if (method != nullptr && method->is_string()) {
        print("method:");
        std::string line;
        for (const char c : std::string(method->get_string()) + "\n") {
            if (c == '\n') {
                print("    " + printable(line));
                line.clear();
            } else {
                line += c;
            }
        }
    }
}

}  // namespace

int show_status(const Globals& globals) {
    const Asked asked = get_json(globals, "/api/v1/status");
    if (asked.exit_code != exit_done) {
        return asked.exit_code;
    }
    if (globals.json) {
        print(asked.body);
        return exit_done;
    }
    print("relaxd " + cell(asked.value, "version") + " at " + globals.url);
    if (const std::string reason = cell(asked.value, "not_ready_because"); reason != "-") {
        print("NOT READY: " + reason);
    }
    const json::array& instruments = list_in(asked.value, "instruments");
    if (!instruments.empty()) {
        print_rows(instruments, {"name", "driver", "link_state", "state", "simulated"});
    }
    const json::array& runs = list_in(asked.value, "runs");
    if (runs.empty()) {
        print("no run is going on");
    } else {
        print_rows(runs, {"run_id", "state", "instrument", "last_seq", "simulated"});
    }
    return exit_done;
}

int list_instruments(const Globals& globals) {
    const Asked asked = get_json(globals, "/api/v1/instruments");
    if (asked.exit_code != exit_done) {
        return asked.exit_code;
    }
    if (globals.json) {
        print(asked.body);
    } else {
        json::array rows = list_in(asked.value, "instruments");
        for (json::value& row : rows) {
            if (json::object* one = row.if_object(); one != nullptr && one->contains("proven")) {
                (*one)["proven"] = cell(row, "proven") == "1" ? "proven" : "unproven";
            }
        }
        print_rows(
            rows,
            {"name",
             "driver",
             "uri",
             "link_state",
             "state",
             "identity",
             "simulated",
             "proven",
             "read_only",
             "last_row_age_s",
             "trace",
             "trace_since_utc",
             "trace_file",
             "proof",
             "note"}
        );
    }
    return exit_done;
}

int list_runs(const Globals& globals) {
    if (globals.database.empty()) {
        const Asked asked = get_json(globals, "/api/v1/runs");
        if (asked.exit_code == exit_done && globals.json) {
            print(asked.body);
        } else if (asked.exit_code == exit_done) {
            print_runs(list_in(asked.value, "runs"));
        }
        return asked.exit_code;
    }
    auto reader = open_database(globals);
    if (!reader) {
        return report(globals, reader.error());
    }
    const auto runs = reader->runs();
    if (!runs) {
        return report(globals, runs.error());
    }
    json::array list;
    for (const record::Run& run : *runs) {
        list.emplace_back(wire::to_json(run));
    }
    if (globals.json) {
        json::object body;
        body["runs"] = std::move(list);
        print_json(body);
    } else {
        print_runs(list);
    }
    return exit_done;
}

int show_run(const Globals& globals, const std::string& id) {
    if (globals.database.empty()) {
        const Asked asked = get_json(globals, "/api/v1/runs/" + percent_encoded(id));
        if (asked.exit_code == exit_done && globals.json) {
            print(asked.body);
        } else if (asked.exit_code == exit_done) {
            print_run(asked.value);
        }
        return asked.exit_code;
    }
    auto reader = open_database(globals);
    if (!reader) {
        return report(globals, reader.error());
    }
    const auto run = reader->run(id);
    if (!run) {
        return report(globals, run.error());
    }
    const json::object row = wire::to_json(*run);
    if (globals.json) {
        print_json(row);
    } else {
        print_run(row);
    }
    return exit_done;
}

Result<json::value> read_specimen(const std::string& file) {
    const auto text = read_file(file);
    if (!text) {
        return fail(text.error());
    }
    auto specimen = wire::parse(*text, file);
    if (!specimen) {
        return fail(specimen.error());
    }
    // Checked here too, so that the error names a key before anything is asked of the daemon.
    if (const auto known = wire::specimen_from_json(*specimen); !known) {
        Error error = known.error();
        error.where = file + ": " + error.where;
        return fail(std::move(error));
    }
    return std::move(*specimen);
}

int start_run(const Globals& globals, const StartOptions& options) {
    json::object body;
    body["instrument"] = options.instrument;
    if (options.follow) {
        body["follow"] = true;
    }
    if (!options.method_file.empty()) {
        const auto method = read_file(options.method_file);
        if (!method) {
            return report(globals, method.error(), exit_other);
        }
        body["method"] = *method;
    }
    if (!options.specimen_file.empty()) {
        auto specimen = read_specimen(options.specimen_file);
        if (!specimen) {
            const bool is_unreadable = specimen.error().code == Errc::io;
            return is_unreadable ? report(globals, specimen.error(), exit_other)
                                 : report(globals, specimen.error());
        }
        body["specimen"] = std::move(*specimen);
    }
    const auto answer = ask(globals, "POST", "/api/v1/runs", json::serialize(body));
    if (!answer) {
        return report(globals, answer.error());
    }
    if (answer->status != 201 && answer->status != 200) {
        return report_answer(globals, *answer, options.method_file);
    }
    if (globals.json) {
        print(answer->body);
        return exit_done;
    }
    const auto value = wire::parse(answer->body, "answer");
    print(value ? cell(*value, "run_id") : answer->body);
    return exit_done;
}

int command_run(const Globals& globals, const std::string& verb, const std::string& id) {
    const auto answer =
        ask(globals, "POST", "/api/v1/runs/" + percent_encoded(id) + "/" + verb, "{}");
    if (!answer) {
        return report(globals, answer.error());
    }
    if (answer->status != 200) {
        return report_answer(globals, *answer);
    }
    if (globals.json) {
        print(answer->body);
        return exit_done;
    }
    const auto value = wire::parse(answer->body, "answer");
    print("run " + (value ? cell(*value, "run_id") + ": " + cell(*value, "state") : id));
    return exit_done;
}

}  // namespace relaxd::ctl
