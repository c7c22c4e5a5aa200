// SPDX-License-Identifier: MIT
//
// `replay RUN`: the stored fits of a run computed again, against what was stored. It reads the
// campaign file, also beside the daemon that writes it.
#include "schema/base/version.hpp"
#include "tools/ctl/replay.hpp"
#include "tools/ctl/verbs.hpp"

#include <limits>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

struct Replayed {
    record::Run run;
    Replay found;
};

Result<Replayed> replay_from_file(const Globals& globals, const std::string& id) {
    auto reader = open_database(globals);
    if (!reader) {
        return fail(reader.error());
    }
    if (auto done = reader->begin_snapshot(); !done) {
        return fail(done.error());
    }
    auto run = reader->run(id);
    if (!run) {
        return fail(run.error());
    }
    const auto points = reader->points(run->run_id, 0, all);
    const auto estimates = points ? reader->estimates(run->run_id, 0, all) : fail(points.error());
    const auto inputs = estimates ? reader->fits(run->run_id) : fail(estimates.error());
    if (!inputs) {
        return fail(inputs.error());
    }
    reader->end_snapshot();
    auto found = replay(*points, *estimates, *inputs);
    if (!found) {
        return fail(found.error());
    }
    return Replayed{std::move(*run), std::move(*found)};
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
    if (found.fits == 0) {
        print(run + ": no stored fit, nothing to replay");
        return;
    }
    print(
        run + ": " + std::to_string(found.agree) + " of " + std::to_string(found.fits) + " fits (" +
        std::to_string(found.rows) + " estimates) agree bit for bit"
    );
    if (!is_of_this_code(found)) {
        print(
            "stored by code " + joined(found.code_versions) + ", computed again by " +
            std::string(code_version())
        );
    }
    if (found.first) {
        const Difference& first = *found.first;
        print(
            "first that differs: fit " + std::to_string(first.fit_number) + ", model " +
            first.model + ", parameter " + first.parameter + ", " + first.column + ": stored " +
            first.stored + ", computed again " + first.recomputed
        );
    }
}

}  // namespace

int replay_run(const Globals& globals, const std::string& id) {
    if (globals.database.empty()) {
        return report(
            globals,
            {Errc::invalid,
             "replay computes from the campaign file, which may be in use by a daemon",
             "--database",
             "add --database FILE"}
        );
    }
    const auto replayed = replay_from_file(globals, id);
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
