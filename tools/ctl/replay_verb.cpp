// SPDX-License-Identifier: MIT
//
// `replay RUN`: the stored fits of a run computed again, against what was stored. It asks the
// daemon for the rows, or reads the campaign file, also beside the daemon that writes it.
#include "schema/base/version.hpp"
#include "tools/ctl/replay.hpp"
#include "tools/ctl/replay_rows.hpp"
#include "tools/ctl/verbs.hpp"

#include <utility>

namespace relaxd::ctl {

namespace {

struct Replayed {
    record::Run run;
    Replay found;
};

Result<Replayed> replay_stored(const Globals& globals, const std::string& id) {
    auto rows = globals.database.empty() ? replay_rows_from_daemon(globals, id)
                                         : replay_rows_from_file(globals, id);
    if (!rows) {
        return fail(rows.error());
    }
    auto found = replay(rows->points, rows->estimates, rows->inputs);
    if (!found) {
        return fail(found.error());
    }
    return Replayed{std::move(rows->run), std::move(*found)};
}

std::string joined(const std::set<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text;
}

bool is_of_this_code(const Replay& found) {
    return found.code_versions.empty() ||
           found.code_versions == std::set<std::string>{std::string(code_version())};
}

json::value to_json(const Replayed& replayed) {
    const Replay& found = replayed.found;
    json::object body;
    body["run_id"] = replayed.run.run_id;
    body["uuid"] = replayed.run.uuid;
    body["simulated"] = replayed.run.simulated ? 1 : 0;
    body["state"] = record::to_word(replayed.run.state);
    body["up_to_seq"] = replayed.run.last_seq;
    body["n_fits"] = found.fits;
    body["n_estimates"] = found.rows;
    body["n_agree"] = found.agree;
    body["n_differ"] = found.differ;
    body["n_without_inputs"] = found.unknown;
    json::array versions;
    for (const std::string& version : found.code_versions) {
        versions.emplace_back(version);
    }
    body["stored_by"] = std::move(versions);
    body["code_version"] = code_version();
    body["first_difference"] = nullptr;
    if (found.first) {
        json::object first;
        first["fit_number"] = found.first->fit_number;
        first["model"] = found.first->model;
        first["parameter"] = found.first->parameter;
        first["column"] = found.first->column;
        first["stored"] = found.first->stored;
        first["recomputed"] = found.first->recomputed;
        body["first_difference"] = std::move(first);
    }
    return body;
}

void print_replay(const Replayed& replayed) {
    const Replay& found = replayed.found;
    const std::string run =
        "run " + std::to_string(replayed.run.run_id) + (replayed.run.simulated ? " SIMULATED" : "");
    const bool goes_on = !record::is_end(replayed.run.state);
    const std::string so_far =
        " (the run has not ended: it is " + std::string(record::to_word(replayed.run.state)) +
        ", this is what was stored up to seq " + std::to_string(replayed.run.last_seq) + ")";
    if (found.fits == 0) {
        print(run + ": no stored fit, nothing to replay" + (goes_on ? so_far : ""));
        return;
    }
    print(
        run + ": " + std::to_string(found.agree) + " of " + std::to_string(found.fits) + " fits (" +
        std::to_string(found.rows) + " estimates) agree bit for bit" + (goes_on ? so_far : "")
    );
    if (!is_of_this_code(found)) {
        print(
            "stored by code " + joined(found.code_versions) + ", computed again by " +
            std::string(code_version())
        );
    }
    if (found.first) {
        const ReplayDifference& first = *found.first;
        print(
            "first that differs: fit " + std::to_string(first.fit_number) + ", model " +
            first.model + ", parameter " + first.parameter + ", " + first.column + ": stored " +
            first.stored + ", computed again " + first.recomputed
        );
    }
}

}  // namespace

int replay_run(const Globals& globals, const std::string& id) {
    const auto replayed = replay_stored(globals, id);
    if (!replayed) {
        return report(globals, replayed.error());
    }
    if (globals.json) {
        print_json(to_json(*replayed));
    } else {
        print_replay(*replayed);
    }
    const Replay& found = replayed->found;
    if (found.differ > 0) {
        return exit_other;
    }
    if (found.unknown > 0) {
        say("run " + std::to_string(replayed->run.run_id) + ": " + std::to_string(found.unknown) +
            " of " + std::to_string(found.fits) + " fits cannot be replayed: they were stored by " +
            joined(found.code_versions) + ", which kept no start, window and options of a fit");
        return exit_refused;
    }
    return exit_done;
}

}  // namespace relaxd::ctl
