// SPDX-License-Identifier: MIT
//
// calibration list, show, add: the sets of a campaign file, and their way from one to another.
#include "schema/wire/calibration.hpp"
#include "tools/ctl/measured_text.hpp"
#include "tools/ctl/verbs.hpp"

#include <cmath>
#include <utility>

namespace relaxd::ctl {

namespace {

void print_set(const record::Calibration& set) {
    print(
        set.name + " version " + std::to_string(set.version) + ": " + set.kind +
        (set.clamp.empty() ? "" : ", " + set.clamp) + ", of " + set.instrument +
        (set.serial_number.empty() ? "" : " (serial number " + set.serial_number + ")")
    );
    print("made " + to_text(set.made_utc) + ", sha256 " + record::calibration_sha256(set));
    for (const std::string& run : set.runs) {
        print("from run " + run);
    }
    std::vector<std::vector<std::string>> numbers;
    for (const record::CalibrationNumber& one : set.numbers) {
        numbers.push_back({one.name, measured_text(one.value, one.sigma, 6), one.unit});
    }
    print_table({"number", "value", "unit"}, numbers);
    std::vector<std::string> header{"frequency_Hz", "temperature_K"};
    header.insert(header.end(), set.columns.begin(), set.columns.end());
    std::vector<std::vector<std::string>> rows;
    for (const record::CalibrationNode& node : set.nodes) {
        std::vector<std::string> row{rounded(node.frequency_Hz, 6), rounded(node.temperature_K, 6)};
        for (std::size_t i = 0; i < node.values.size(); ++i) {
            const double variance = node.covariance[i * node.values.size() + i];
            row.push_back(measured_text(node.values[i], std::sqrt(variance), 5));
        }
        rows.push_back(std::move(row));
    }
    print_table(header, rows);
    if (!set.notes.empty()) {
        print("notes: " + printable(set.notes));
    }
}

}  // namespace

int list_calibrations(const Globals& globals) {
    json::array list;
    if (globals.database.empty()) {
        Asked asked = get_json(globals, "/api/v1/calibrations");
        if (asked.exit_code != exit_done) {
            return asked.exit_code;
        }
        if (globals.json) {
            print(asked.body);
            return exit_done;
        }
        list = asked.value.at("calibrations").as_array();
    } else {
        auto reader = open_database(globals);
        const auto sets = reader ? reader->calibrations() : fail(reader.error());
        if (!sets) {
            return report(globals, sets.error());
        }
        for (const record::Calibration& set : *sets) {
            list.emplace_back(wire::to_json(set, true));
        }
    }
    if (globals.json) {
        json::object body;
        body["calibrations"] = std::move(list);
        print_json(body);
        return exit_done;
    }
    std::vector<std::vector<std::string>> rows;
    for (const json::value& set : list) {
        rows.push_back(
            {cell(set, "name"),
             cell(set, "version"),
             cell(set, "kind"),
             cell(set, "clamp"),
             cell(set, "instrument"),
             cell(set, "serial_number"),
             cell(set, "made_utc")}
        );
    }
    print_table({"name", "version", "kind", "clamp", "instrument", "serial", "made"}, rows);
    return exit_done;
}

int show_calibration(const Globals& globals, const std::string& name, bool as_text) {
    if (globals.database.empty() && (!globals.json || as_text)) {
        return report(
            globals,
            {Errc::invalid,
             "the whole set is read from the campaign file",
             "--database",
             "add --database FILE (a file that relaxd holds can be read), or --json"}
        );
    }
    if (globals.database.empty()) {
        const Asked asked = get_json(globals, "/api/v1/calibrations/" + percent_encoded(name));
        if (asked.exit_code == exit_done) {
            print(asked.body);
        }
        return asked.exit_code;
    }
    auto reader = open_database(globals);
    const auto set = reader ? reader->calibration(name) : fail(reader.error());
    if (!set) {
        return report(globals, set.error());
    }
    if (as_text) {
        print(record::calibration_text(*set));
    } else if (globals.json) {
        print_json(wire::to_json(*set, false));
    } else {
        print_set(*set);
    }
    return exit_done;
}

int add_calibration(const Globals& globals, const std::string& file) {
    const auto text = read_file(file);
    if (!text) {
        return report(globals, text.error());
    }
    const auto set = record::calibration_from(*text);
    if (!set) {
        Error error = set.error();
        error.where = file + (error.where.empty() ? "" : ": " + error.where);
        return report(globals, error);
    }
    auto store = store::RunStore::open(globals.database);
    if (!store) {
        return report(globals, store.error());
    }
    if (const auto done = store->add_calibration(*set); !done) {
        return report(globals, done.error());
    }
    if (globals.json) {
        print_json(wire::to_json(*set, true));
    } else {
        print(set->name + " version " + std::to_string(set->version));
    }
    return exit_done;
}

}  // namespace relaxd::ctl
