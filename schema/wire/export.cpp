// SPDX-License-Identifier: MIT
#include "schema/wire/export.hpp"

#include <utility>

namespace relaxd::wire {

namespace {

template <typename T>
json::array all_of(std::int64_t run_id, std::span<const record::Row> rows) {
    json::array out;
    for (const record::Row& row : rows) {
        if (const T* one = std::get_if<T>(&row)) {
            out.push_back(to_json(run_id, *one));
        }
    }
    return out;
}

}  // namespace

json::object export_json(
    const record::Run& run,
    const record::Specimen& specimen,
    std::span<const record::Segment> segments,
    std::span<const record::Row> rows
) {
    json::object out;
    out["simulated"] = run.simulated ? 1 : 0;
    out["run"] = to_json(run);
    out["specimen"] = to_json(run.run_id, specimen);
    json::array steps;
    for (const record::Segment& segment : segments) {
        steps.push_back(to_json(run.run_id, segment));
    }
    out["segments"] = std::move(steps);
    out["points"] = all_of<record::Point>(run.run_id, rows);
    out["gaps"] = all_of<record::Gap>(run.run_id, rows);
    out["estimates"] = all_of<record::Estimate>(run.run_id, rows);
    out["events"] = all_of<record::Event>(run.run_id, rows);
    return out;
}

}  // namespace relaxd::wire
