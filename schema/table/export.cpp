// SPDX-License-Identifier: MIT
#include "schema/table/export.hpp"

#include "schema/base/number.hpp"
#include "schema/table/table.hpp"

#include <cmath>
#include <string_view>

namespace relaxd::table {

namespace {

/// Keys are one line: whatever breaks a line becomes a blank.
void put_key(Table& table, const std::string& key, std::string_view text) {
    if (text.empty()) {
        return;
    }
    std::string& line = table.keys[key];
    for (const char c : text) {
        line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
}

void put_key(Table& table, const std::string& key, double value) {
    if (std::isfinite(value)) {
        table.keys[key] = to_text(value);
    }
}

/// "Al25La60Ni15": elements in order, atomic per cent.
std::string composition_text(const record::Specimen& specimen) {
    std::string text;
    for (const auto& [element, share] : specimen.composition_at_percent) {
        if (std::isfinite(share)) {
            text += element + to_text(share);
        }
    }
    return text;
}

// Names that CONTRACT 2 gives a meaning to in a CSV (form, temperature_K …) are not used for
// others.
void put_keys(Table& table, const record::Run& run, const record::Specimen& specimen) {
    put_key(table, "run_uuid", run.uuid);
    put_key(table, "run_name", run.name);
    put_key(table, "instrument", run.instrument);
    put_key(table, "started_utc", run.started_utc.ns == 0 ? "" : to_text(run.started_utc));
    put_key(table, "simulated", run.simulated ? "1" : "0");
    put_key(table, "specimen", specimen.name.empty() ? run.specimen : specimen.name);
    put_key(table, "specimen_id", specimen.id);
    put_key(table, "specimen_form", specimen.form);
    put_key(table, "specimen_state", specimen.state);
    put_key(table, "specimen_composition", composition_text(specimen));
    put_key(table, "clamp", specimen.clamp);
    put_key(table, "specimen_length_m", specimen.length_m);
    put_key(table, "specimen_width_m", specimen.width_m);
    put_key(table, "specimen_thickness_m", specimen.thickness_m);
    put_key(table, "poisson_ratio", specimen.poisson_ratio);
    put_key(table, "T_g_K", specimen.T_g_K);
    put_key(table, "T_x_K", specimen.T_x_K);
    // What an imported file said of its test or its glass and no column holds.
    for (const char* key :
         {"strain_rate_per_s", "load_time_s", "stress", "specimen_area_m2", "specimen_composition"
         }) {
        const auto found = specimen.extra.find(key);
        if (found != specimen.extra.end() && !table.keys.contains(key)) {
            put_key(table, key, found->second);
        }
    }
}

}  // namespace

std::string export_csv(
    const record::Run& run,
    const record::Specimen& specimen,
    const std::vector<record::Point>& points
) {
    Table table;
    table.format = "csv";
    table.steps.push_back(Step{});
    put_keys(table, run, specimen);
    for (const record::Point& point : points) {
        table.rows.push_back(point.reading);
    }
    return write_csv(table);
}

}  // namespace relaxd::table
