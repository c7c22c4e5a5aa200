// SPDX-License-Identifier: MIT
#include "schema/wire/score.hpp"

#include "schema/wire/text.hpp"

#include <array>
#include <utility>

namespace relaxd::wire {

namespace {

constexpr std::array<const char*, 15> of_the_estimate{
    "seq",
    "fit_number",
    "model",
    "parameter",
    "segment",
    "temperature_K",
    "frequency_Hz",
    "form",
    "first_seq",
    "last_seq",
    "state",
    "value",
    "standard_error",
    "lower_95",
    "upper_95",
};

json::object one_compared(std::int64_t run_id, const score::Compared& one) {
    const json::object row = to_json(run_id, one.estimate);
    json::object out;
    for (const char* column : of_the_estimate) {
        out[column] = row.at(column);
    }
    out["truth"] = number(one.truth);
    out["error"] = number(one.error);
    out["z"] = number(one.z);
    out["inside_95"] = one.is_inside ? json::value(*one.is_inside) : json::value(nullptr);
    out["no_truth"] = text_or_null(one.no_truth);
    out["simulated"] = row.at("simulated");
    return out;
}

json::object one_parameter(std::int64_t run_id, const score::ParameterScore& one) {
    json::object out;
    out["model"] = valid_utf8(one.model);
    out["parameter"] = valid_utf8(one.parameter);
    out["n_estimates"] = one.estimates;
    out["n_compared"] = one.compared;
    out["n_determined"] = one.determined;
    out["n_inside_95"] = one.inside;
    out["coverage_95"] = number(one.coverage_95());
    out["median_abs_z"] = number(one.median_abs_z);
    out["worst_abs_z"] = number(one.worst_abs_z);
    out["last"] = one_compared(run_id, one.last);
    return out;
}

}  // namespace

json::object to_json(const record::Run& run, std::string_view material, const score::Score& score) {
    json::object out;
    out["run_id"] = run.run_id;
    out["uuid"] = valid_utf8(run.uuid);
    out["state"] = record::to_word(run.state);
    out["simulated"] = run.simulated ? 1 : 0;
    out["material"] = text_or_null(material);
    out["n_estimates"] = score.estimates.size();
    out["n_compared"] = score.compared;
    out["n_determined"] = score.determined;
    out["n_inside_95"] = score.inside;
    out["coverage_95"] = number(score.coverage_95());
    json::array parameters;
    for (const score::ParameterScore& one : score.parameters) {
        parameters.emplace_back(one_parameter(run.run_id, one));
    }
    out["parameters"] = std::move(parameters);
    json::array estimates;
    estimates.reserve(score.estimates.size());
    for (const score::Compared& one : score.estimates) {
        estimates.emplace_back(one_compared(run.run_id, one));
    }
    out["estimates"] = std::move(estimates);
    return out;
}

}  // namespace relaxd::wire
