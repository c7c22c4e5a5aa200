// SPDX-License-Identifier: MIT
//
// `import FILE…`: each file becomes one completed run, each of its steps one segment.
#include "drivers/ta_files/import.hpp"
#include "schema/base/clock.hpp"
#include "schema/base/number.hpp"
#include "schema/base/sha256.hpp"
#include "schema/base/version.hpp"
#include "schema/table/table.hpp"
#include "tools/ctl/verbs.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace relaxd::ctl {

namespace {

struct Imported {
    std::string file;
    std::string sha256;
    table::Table table;
};

Result<Imported> read_import(const std::string& path) {
    const auto bytes = read_file(path);
    if (!bytes) {
        return fail(bytes.error());
    }
    auto table = ta_files::read_bytes(*bytes, path);
    if (!table) {
        return fail(table.error());
    }
    // A run that was ended before its first reading is a run all the same.
    if (table->rows.empty() && table->warnings.empty()) {
        table->warnings.emplace_back("the file holds no rows of data");
    }
    return Imported{
        std::filesystem::path(path).filename().string(), sha256_hex(*bytes), std::move(*table)
    };
}

/// The first key that is there.
std::string key_of(const table::Table& table, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const auto found = table.keys.find(name);
        if (found != table.keys.end() && !found->second.empty()) {
            return found->second;
        }
    }
    return {};
}

double number_key(const table::Table& table, std::initializer_list<const char*> names) {
    return to_double(key_of(table, names)).value_or(record::unknown);
}

record::Specimen specimen_from(const table::Table& table) {
    record::Specimen specimen;
    specimen.name =
        key_of(table, {"specimen", "Sample", "sample", "Sample name", "sample_name", "SampleName"});
    specimen.id = key_of(table, {"specimen_id"});
    specimen.clamp = key_of(table, {"clamp"});
    specimen.form = key_of(table, {"specimen_form"});
    specimen.state = key_of(table, {"specimen_state"});
    specimen.T_g_K = number_key(table, {"T_g_K"});
    specimen.T_x_K = number_key(table, {"T_x_K"});
    specimen.length_m = number_key(table, {"specimen_length_m"});
    specimen.width_m = number_key(table, {"specimen_width_m"});
    specimen.thickness_m = number_key(table, {"specimen_thickness_m"});
    specimen.poisson_ratio = number_key(table, {"poisson_ratio"});
    specimen.extra = table.keys;  // As found: nothing of the file's header is lost.
    return specimen;
}

record::Run run_from(const Imported& imported, bool simulated) {
    const table::Table& table = imported.table;
    record::Run run;
    run.name = key_of(table, {"run_name"});
    if (run.name.empty()) {
        run.name = imported.file;
    }
    run.instrument = "import";
    run.simulated = simulated;
    run.code_version = code_version();
    if (!table.steps.empty()) {
        run.started_utc = table.steps.front().started_utc;
        run.ended_utc = table.steps.back().ended_utc;
    }
    if (const UtcTime said = utc_from_text(key_of(table, {"started_utc"}));
        run.started_utc.ns == 0 && said.ns > 0) {
        run.started_utc = said;
    }
    return run;
}

/// By its header, or by the mark of any row.
bool is_simulated(const table::Table& table) {
    return key_of(table, {"simulated"}) == "1" ||
           std::any_of(table.rows.begin(), table.rows.end(), [](const record::Reading& row) {
               return row.simulated;
           });
}

Result<void> put_segments(store::RunStore& store, std::int64_t run_id, const table::Table& table) {
    std::map<int, record::Segment> segments;
    for (const table::Step& step : table.steps) {
        record::Segment& segment = segments[step.segment];
        segment.text = step.text;
        segment.started_utc = step.started_utc;
        segment.ended_utc = step.ended_utc;
    }
    std::uint64_t seq = 0;
    for (const record::Reading& row : table.rows) {
        record::Segment& segment = segments[row.segment];
        segment.last_seq = ++seq;
        segment.first_seq = segment.first_seq == 0 ? seq : segment.first_seq;
    }
    for (auto& [number, segment] : segments) {
        segment.segment = number;
        if (auto done = store.put_segment(run_id, segment); !done) {
            return done;
        }
    }
    return {};
}

/// The rows and the end of the run are one transaction: a run is whole or empty.
Result<std::int64_t> store_run(store::RunStore& store, const Imported& imported) {
    const table::Table& table = imported.table;
    // Simulated data stay marked, also when they come back from a file.
    const bool simulated = is_simulated(table);
    const auto created = store.create_run(run_from(imported, simulated), specimen_from(table));
    if (!created) {
        return fail(created.error());
    }
    std::vector<record::Row> rows;
    rows.reserve(table.rows.size() + 1);
    for (const record::Reading& reading : table.rows) {
        record::Point point;
        point.reading = reading;
        point.reading.simulated = simulated || reading.simulated;
        rows.emplace_back(std::move(point));
    }
    const UtcTime now = SystemClock().utc();
    record::Event event;
    event.time_utc = now;
    event.code = "STATE";
    event.message = "Imported from " + imported.file + ".";
    event.detail = record::to_word(record::RunState::completed);
    rows.emplace_back(std::move(event));
    const std::int64_t run_id = created->run_id;
    if (auto done = store.append_state(
            run_id, rows, record::RunState::completed, "imported from " + imported.file, now
        );
        !done) {
        return fail(done.error());
    }
    Result<void> done = put_segments(store, run_id, table);
    const std::array<std::pair<const char*, std::string>, 3> facts{
        {{"import_file", imported.file},
         {"import_format", table.format},
         {"import_sha256", imported.sha256}}
    };
    for (const auto& [key, value] : facts) {
        done = done ? store.put_fact(run_id, key, value) : done;
    }
    done = done ? store.put_thermal_history(run_id) : done;
    if (!done) {
        return fail(done.error());
    }
    return run_id;
}

}  // namespace

int import_files(const Globals& globals, const std::vector<std::string>& files) {
    // Everything is read before the database is touched: a bad file changes nothing.
    std::vector<Imported> tables;
    for (const std::string& file : files) {
        auto imported = read_import(file);
        if (!imported) {
            return report(globals, imported.error(), exit_other);
        }
        tables.push_back(std::move(*imported));
    }
    auto store = store::RunStore::open(globals.database);
    if (!store) {
        return report(globals, store.error());
    }
    json::array runs;
    for (const Imported& imported : tables) {
        std::int64_t run_id = 0;
        const auto stored = store->all_or_nothing([&]() -> Result<void> {
            const auto made = store_run(*store, imported);
            run_id = made.value_or(0);
            return made ? Result<void>{} : fail(made.error());
        });
        if (!stored) {
            return report(globals, stored.error());
        }
        json::object one;
        one["run_id"] = run_id;
        one["points"] = imported.table.rows.size();
        const bool simulated = is_simulated(imported.table);
        if (simulated) {
            one["simulated"] = 1;
        }
        one["warnings"] =
            json::array(imported.table.warnings.begin(), imported.table.warnings.end());
        if (!globals.json) {
            print(
                "run " + std::to_string(run_id) + ": " +
                std::to_string(imported.table.rows.size()) + " points from " + imported.file +
                " (" + imported.table.format + ")" + (simulated ? ", SIMULATED" : "")
            );
            for (const std::string& warning : imported.table.warnings) {
                print("  " + printable(warning));
            }
        }
        runs.push_back(std::move(one));
    }
    if (globals.json) {
        json::object body;
        body["runs"] = std::move(runs);
        print_json(body);
    }
    return exit_done;
}

}  // namespace relaxd::ctl
