// SPDX-License-Identifier: MIT
#include "schema/table/export.hpp"
#include "schema/wire/export.hpp"
#include "tools/ctl/verbs.hpp"

#include <boost/json/serialize.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

/// Reads what `format` needs of one run in one snapshot.
Result<std::string> exported_from_file(
    const Globals& globals, const std::string& id, const std::string& format
) {
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
    const auto specimen = reader->specimen(run->run_id);
    if (!specimen) {
        return fail(specimen.error());
    }
    if (format == "csv") {
        const auto points = reader->points(run->run_id, 0, all);
        if (!points) {
            return fail(points.error());
        }
        return table::export_csv(*run, *specimen, *points);
    }
    const auto segments = reader->segments(run->run_id);
    const auto rows = segments ? reader->rows(run->run_id, 0, all) : fail(segments.error());
    if (!rows) {
        return fail(rows.error());
    }
    return json::serialize(wire::export_json(*run, *specimen, *segments, *rows));
}

/// Writes beside the target first, so that a failure leaves no half file under its name.
Result<void> write_file(const std::string& path, const std::string& bytes) {
    const std::string part = path + ".part";
    std::error_code error;
    {
        std::ofstream file(part, std::ios::binary | std::ios::trunc);
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        file.close();
        if (!file) {
            std::filesystem::remove(part, error);
            return fail(
                Errc::io,
                "the file cannot be written",
                path,
                "check the folder, its permissions and the free space"
            );
        }
    }
    std::filesystem::rename(part, path, error);
    if (error) {
        const std::string why = error.message();
        std::filesystem::remove(part, error);
        return fail(Errc::io, "the file cannot be written: " + why, path, "name another file");
    }
    return {};
}

std::string counts(const store::Verification& found) {
    return std::to_string(found.runs) + " runs, " + std::to_string(found.points) + " points, " +
           std::to_string(found.gaps) + " gaps, " + std::to_string(found.estimates) +
           " estimates, " + std::to_string(found.events) + " events";
}

}  // namespace

Result<std::string> csv_of_run(const Globals& globals, const std::string& id) {
    if (!globals.database.empty()) {
        return exported_from_file(globals, id, "csv");
    }
    const auto answer =
        ask(globals, "GET", "/api/v1/runs/" + percent_encoded(id) + "/export?format=csv");
    if (!answer) {
        return fail(answer.error());
    }
    if (answer->status != 200) {
        return fail(error_of(globals, *answer));
    }
    return answer->body;
}

int write_output(const Globals& globals, const std::string& output_file, const std::string& bytes) {
    if (output_file.empty() || output_file == "-") {
        const bool is_out = std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size();
        return is_out && std::fflush(stdout) == 0 ? exit_done : exit_other;
    }
    if (auto done = write_file(output_file, bytes); !done) {
        return report(globals, done.error(), exit_other);
    }
    if (globals.json) {
        json::object body;
        body["file"] = output_file;
        body["bytes"] = bytes.size();
        print_json(body);
    } else {
        print(output_file + ": " + std::to_string(bytes.size()) + " bytes");
    }
    return exit_done;
}

int export_run(
    const Globals& globals,
    const std::string& id,
    const std::string& format,
    const std::string& output_file
) {
    if (format != "csv" && format != "json") {
        return not_built(globals, "export --format " + format);
    }
    std::string bytes;
    if (globals.database.empty()) {
        const auto answer =
            ask(globals, "GET", "/api/v1/runs/" + percent_encoded(id) + "/export?format=" + format);
        if (!answer) {
            return report(globals, answer.error());
        }
        if (answer->status != 200) {
            return report_answer(globals, *answer);
        }
        bytes = answer->body;
    } else {
        auto exported = exported_from_file(globals, id, format);
        if (!exported) {
            return report(globals, exported.error());
        }
        bytes = std::move(*exported);
    }
    return write_output(globals, output_file, bytes);
}

int verify_file(const Globals& globals, const std::string& file) {
    const auto found = store::verify(file);
    if (!found) {
        return report(
            globals,
            found.error(),
            found.error().code == Errc::not_found ? exit_other : exit_code_of(found.error().code)
        );
    }
    if (globals.json) {
        json::object body;
        body["sound"] = found->sound;
        body["faults"] = json::array(found->faults.begin(), found->faults.end());
        body["runs"] = found->runs;
        body["points"] = found->points;
        body["gaps"] = found->gaps;
        body["estimates"] = found->estimates;
        body["events"] = found->events;
        print_json(body);
    } else if (found->sound) {
        print("sound: " + counts(*found));
    }
    if (!found->sound) {
        say(file + ": " + found->faults.front() + " (first of " +
            std::to_string(found->faults.size()) + " faults; --json lists them)");
    }
    return found->sound ? exit_done : exit_other;
}

int digest_file(const Globals& globals, const std::string& file, const std::string& run_id) {
    Globals of_file = globals;
    of_file.database = file;
    if (const auto readable = open_database(of_file); !readable) {
        return report(globals, readable.error());
    }
    const auto found = store::digest(file, run_id.empty() ? std::nullopt : std::optional(run_id));
    if (!found) {
        return report(globals, found.error());
    }
    if (globals.json) {
        json::object body;
        body["sha256"] = *found;
        print_json(body);
    } else {
        print(*found);
    }
    return exit_done;
}

}  // namespace relaxd::ctl
