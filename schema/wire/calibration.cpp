// SPDX-License-Identifier: MIT
#include "schema/wire/calibration.hpp"

#include <utility>

namespace relaxd::wire {

namespace {

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::array numbers_of(const std::vector<double>& values) {
    json::array out;
    for (const double value : values) {
        out.emplace_back(number(value));
    }
    return out;
}

}  // namespace

json::object to_json(const record::Calibration& set, bool is_summary) {
    json::object out;
    out["name"] = set.name;
    out["version"] = set.version;
    out["kind"] = set.kind;
    out["instrument"] = text_or_null(set.instrument);
    out["serial_number"] = text_or_null(set.serial_number);
    out["clamp"] = text_or_null(set.clamp);
    out["made_utc"] =
        set.made_utc.ns == 0 ? json::value(nullptr) : json::value(to_text(set.made_utc));
    out["sha256"] = record::calibration_sha256(set);
    out["notes"] = text_or_null(set.notes);
    out["runs"] = json::array(set.runs.begin(), set.runs.end());
    json::object numbers;
    for (const record::CalibrationNumber& one : set.numbers) {
        json::object entry;
        entry["value"] = number(one.value);
        entry["sigma"] = number(one.sigma);
        entry["unit"] = text_or_null(one.unit);
        numbers[one.name] = std::move(entry);
    }
    out["numbers"] = std::move(numbers);
    if (is_summary) {
        return out;
    }
    out["columns"] = json::array(set.columns.begin(), set.columns.end());
    json::array nodes;
    for (const record::CalibrationNode& node : set.nodes) {
        json::object row;
        row["frequency_Hz"] = number(node.frequency_Hz);
        row["temperature_K"] = number(node.temperature_K);
        row["noise"] = number(node.noise);
        row["values"] = numbers_of(node.values);
        row["covariance"] = numbers_of(node.covariance);
        nodes.emplace_back(std::move(row));
    }
    out["nodes"] = std::move(nodes);
    return out;
}

json::object to_json(const record::RunFact& fact) {
    json::object out;
    out["name"] = fact.name;
    out["value"] = number(fact.value);
    out["sigma"] = number(fact.sigma);
    out["unit"] = text_or_null(fact.unit);
    out["text"] = text_or_null(fact.text);
    out["source"] = text_or_null(fact.source);
    return out;
}

}  // namespace relaxd::wire
