// SPDX-License-Identifier: MIT
//
// GET /api/v1/openapi.json: an OpenAPI 3.1 document, written from the router's own table, so that
// the document and the routes cannot part.

#include "daemon/serve/routes.hpp"
#include "schema/base/version.hpp"

#include <initializer_list>
#include <utility>

namespace relaxd::daemon {

namespace json = wire::json;

namespace {

using Columns = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// "integer", "text?", … : a JSON type, with '?' if it may be null.
json::object type_of(std::string_view word) {
    json::object schema;
    const bool nullable = word.ends_with('?');
    std::string_view bare = word.substr(0, word.size() - (nullable ? 1 : 0));
    if (bare == "utc") {
        schema["format"] = "date-time";
        bare = "string";
    }
    if (nullable) {
        json::array both;
        both.emplace_back(bare);
        both.emplace_back("null");
        schema["type"] = std::move(both);
    } else {
        schema["type"] = bare;
    }
    return schema;
}

json::object object_of(Columns columns) {
    json::object properties;
    for (const auto& [name, type] : columns) {
        properties[name] = type_of(type);
    }
    json::object schema;
    schema["type"] = "object";
    schema["properties"] = std::move(properties);
    return schema;
}

json::object reference(std::string_view name) {
    json::object schema;
    schema["$ref"] = "#/components/schemas/" + std::string(name);
    return schema;
}

/// `next` is the member with which a page goes on; empty = the list is whole.
json::object list_of(std::string_view key, std::string_view row, std::string_view next) {
    json::object items;
    items["type"] = "array";
    items["items"] = reference(row);
    json::object properties;
    properties[key] = std::move(items);
    if (!next.empty()) {
        properties[next] = type_of("integer");
    }
    json::object schema;
    schema["type"] = "object";
    schema["properties"] = std::move(properties);
    return schema;
}

json::object point_schema() {
    json::object schema = object_of(
        {{"run_id", "integer"},
         {"seq", "integer"},
         {"time_utc", "utc"},
         {"segment", "integer"},
         {"time_s", "number"},
         {"reading_number", "integer"}}
    );
    json::object& properties = schema["properties"].as_object();
    for (const std::string_view channel : record::channel_names) {
        properties[channel] = type_of("number?");
    }
    properties["flags"] = type_of("string?");
    properties["simulated"] = type_of("integer");
    return schema;
}

json::object error_schema() {
    json::object inner = object_of(
        {{"code", "string"}, {"message", "string"}, {"where", "string"}, {"hint", "string"}}
    );
    json::object properties;
    properties["error"] = std::move(inner);
    json::object schema;
    schema["type"] = "object";
    schema["properties"] = std::move(properties);
    return schema;
}

json::object start_run_schema() {
    json::object schema =
        object_of({{"instrument", "string"}, {"method", "string"}, {"name", "string"}});
    schema["properties"].as_object()["specimen"] = reference("Specimen");
    json::array required;
    schema["properties"].as_object()["follow"] = type_of("boolean");  // else a method is needed
    required.emplace_back("instrument");
    schema["required"] = std::move(required);
    schema["additionalProperties"] = false;
    return schema;
}

json::object check_method_schema() {
    json::object schema = object_of({{"method", "string"}});
    schema["properties"].as_object()["specimen"] = reference("Specimen");
    json::array required;
    required.emplace_back("method");
    schema["required"] = std::move(required);
    schema["additionalProperties"] = false;
    return schema;
}

void put_calibration(json::object& schemas) {
    schemas["Calibration"] = object_of(
        {{"name", "string"},
         {"version", "integer"},
         {"kind", "string"},
         {"instrument", "string?"},
         {"serial_number", "string?"},
         {"clamp", "string?"},
         {"made_utc", "utc"},
         {"sha256", "string"},
         {"notes", "string?"},
         {"runs", "array"},
         {"numbers", "object"},
         {"columns", "array"},
         {"nodes", "array"}}
    );
    schemas["Calibrations"] = list_of("calibrations", "Calibration", "");
    schemas["Fact"] = object_of(
        {{"name", "string"},
         {"value", "number?"},
         {"sigma", "number?"},
         {"unit", "string?"},
         {"text", "string?"},
         {"source", "string?"}}
    );
    schemas["Facts"] = list_of("facts", "Fact", "");
}

void put_rows(json::object& schemas) {
    schemas["Run"] = object_of(
        {{"run_id", "integer"},
         {"uuid", "string"},
         {"name", "string?"},
         {"instrument", "string"},
         {"specimen", "string?"},
         {"method", "string"},
         {"state", "string"},
         {"end_cause", "string?"},
         {"started_utc", "utc?"},
         {"ended_utc", "utc?"},
         {"last_seq", "integer"},
         {"simulated", "integer"},
         {"code_version", "string"}}
    );
    schemas["Point"] = point_schema();
    schemas["Gap"] = object_of(
        {{"run_id", "integer"},
         {"seq", "integer"},
         {"from_time_s", "number?"},
         {"to_time_s", "number?"},
         {"missing", "integer"},
         {"cause", "string"},
         {"simulated", "integer"}}
    );
    schemas["Event"] = object_of(
        {{"run_id", "integer"},
         {"seq", "integer"},
         {"time_utc", "utc"},
         {"severity", "string"},
         {"code", "string"},
         {"message", "string"},
         {"detail", "string?"},
         {"simulated", "integer"}}
    );
    schemas["Estimate"] = object_of(
        {{"run_id", "integer"},
         {"seq", "integer"},
         {"fit_number", "integer"},
         {"time_utc", "utc"},
         {"model", "string"},
         {"parameter", "string"},
         {"value", "number?"},
         {"standard_error", "number?"},
         {"lower_95", "number?"},
         {"upper_95", "number?"},
         {"state", "string"},
         {"segment", "integer?"},
         {"temperature_K", "number?"},
         {"frequency_Hz", "number?"},
         {"form", "string?"},
         {"n_points", "integer"},
         {"first_seq", "integer?"},
         {"last_seq", "integer?"},
         {"options_sha256", "string?"},
         {"code_version", "string"},
         {"simulated", "integer"},
         {"systematic_error", "number?"},
         {"traded_with", "string?"},
         {"combined_error", "number?"},
         {"method", "string?"},
         {"known_combination", "string?"},
         {"known_combination_value", "number?"},
         {"known_combination_standard_error", "number?"},
         {"experiment", "string?"}}
    );
}

void put_things(json::object& schemas) {
    schemas["Fit"] = object_of(
        {{"run_id", "integer"},
         {"fit_number", "integer"},
         {"model", "string"},
         {"options", "string"},
         {"start", "string?"},
         {"segments", "string?"},
         {"series", "string?"},
         {"up_to_seq", "integer"},
         {"n_given", "integer"},
         {"dynamic_fit_number", "integer?"}}
    );
    schemas["Segment"] = object_of(
        {{"run_id", "integer"},
         {"segment", "integer"},
         {"text", "string"},
         {"started_utc", "utc?"},
         {"ended_utc", "utc?"},
         {"first_seq", "integer?"},
         {"last_seq", "integer?"},
         {"simulated", "integer"},
         {"flags", "string?"}}
    );
    schemas["Specimen"] = object_of(
        {{"run_id", "integer"},  // In answers; a request need not have it.
         {"name", "string?"},
         {"clamp", "string?"},
         {"length_m", "number?"},
         {"width_m", "number?"},
         {"thickness_m", "number?"},
         {"poisson_ratio", "number?"},
         {"id", "string?"},
         {"parent_plate", "string?"},
         {"composition_at_percent", "object?"},
         {"form", "string?"},
         {"production", "string?"},
         {"state", "string?"},
         {"anneals", "array?"},
         {"surface", "string?"},
         {"T_g_K", "number?"},
         {"T_x_K", "number?"},
         {"dsc_rate_K_per_s", "number?"},
         {"length_sigma_m", "number?"},
         {"width_sigma_m", "number?"},
         {"thickness_sigma_m", "number?"},
         {"atmosphere", "string?"},
         {"extra", "object?"}}
    );
    schemas["Instrument"] = object_of(
        {{"name", "string"},
         {"driver", "string"},
         {"uri", "string"},
         {"link_state", "string"},
         {"state", "string"},
         {"identity", "string?"},
         {"serial_number", "string?"},
         {"simulated", "integer"},
         {"proven", "integer"},
         {"proof", "string?"},
         {"note", "string?"},
         {"read_only", "integer"},
         {"last_row_utc", "utc?"},
         {"last_row_age_s", "number?"},
         {"trace", "string"},
         {"trace_since_utc", "utc?"},
         {"trace_file", "string?"},
         {"trace_chunks", "integer"},
         {"trace_lost_chunks", "integer"}}
    );
    schemas["Trace"] = object_of(
        {{"instrument", "string"},
         {"trace", "string"},
         {"trace_since_utc", "utc?"},
         {"trace_file", "string?"},
         {"trace_chunks", "integer"},
         {"trace_lost_chunks", "integer"}}
    );
    schemas["TraceSwitch"] = object_of({{"on", "boolean"}});
}

json::object schemas_object() {
    json::object schemas;
    put_rows(schemas);
    put_things(schemas);
    schemas["Error"] = error_schema();
    schemas["Runs"] = list_of("runs", "Run", "");
    schemas["Instruments"] = list_of("instruments", "Instrument", "");
    schemas["Segments"] = list_of("segments", "Segment", "");
    schemas["Score"] = object_of(
        {{"run_id", "integer"},
         {"uuid", "string"},
         {"state", "string"},
         {"simulated", "integer"},
         {"material", "string?"},
         {"n_estimates", "integer"},
         {"n_compared", "integer"},
         {"n_determined", "integer"},
         {"n_inside_95", "integer"},
         {"coverage_95", "number?"},
         {"parameters", "array"},
         {"estimates", "array"}}
    );
    put_calibration(schemas);
    constexpr std::string_view next_seq = "next_after_seq";
    schemas["Points"] = list_of("points", "Point", next_seq);
    schemas["Gaps"] = list_of("gaps", "Gap", next_seq);
    schemas["Events"] = list_of("events", "Event", next_seq);
    schemas["Estimates"] = list_of("estimates", "Estimate", next_seq);
    schemas["Fits"] = list_of("fits", "Fit", "next_after_fit_number");
    schemas["StartRun"] = start_run_schema();
    schemas["CheckMethod"] = check_method_schema();
    schemas["Forecast"] = object_of({{"valid", "boolean"}, {"forecast", "array"}});
    schemas["RunState"] = object_of({{"run_id", "integer"}, {"state", "string"}});
    schemas["InstrumentState"] = object_of({{"instrument", "string"}, {"state", "string"}});
    schemas["Control"] =
        object_of({{"instrument", "string"}, {"client", "string"}, {"note", "string"}});
    schemas["Lease"] = object_of({{"lease", "integer"}, {"expires_utc", "utc"}});
    schemas["Health"] = object_of({{"status", "string"}});
    schemas["Status"] = object_of(
        {{"version", "string"},
         {"api_version", "string"},
         {"page_build", "string"},
         {"time_utc", "utc"},
         {"ready", "boolean"},
         {"not_ready_because", "string?"},
         {"recording", "object"},
         {"instruments", "array"},
         {"runs", "array"},
         {"websocket_clients", "integer"}}
    );
    json::object empty;
    empty["type"] = "object";
    empty["additionalProperties"] = false;
    schemas["Empty"] = std::move(empty);
    return schemas;
}

json::object parameter(std::string_view name, std::string_view place, std::string_view type) {
    json::object one;
    one["name"] = name;
    one["in"] = place;
    if (place == "path") {
        one["required"] = true;
    }
    one["schema"] = type_of(type);
    return one;
}

json::array parameters_of(const Routes::Route& route) {
    json::array list;
    std::string_view rest = route.pattern;
    while (rest.find('{') != std::string_view::npos) {
        rest.remove_prefix(rest.find('{') + 1);
        list.emplace_back(parameter(rest.substr(0, rest.find('}')), "path", "string"));
    }
    rest = route.query;
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        const std::string_view name = rest.substr(0, comma);
        list.emplace_back(parameter(name, "query", name == "format" ? "string" : "integer"));
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
    if (route.method == "POST") {
        list.emplace_back(parameter("Idempotency-Key", "header", "string"));
        list.emplace_back(parameter("X-Relaxd-Lease", "header", "integer"));
    }
    return list;
}

json::object json_content(std::string_view schema) {
    json::object media;
    media["schema"] = schema == "object" ? type_of("object") : reference(schema);
    json::object content;
    content["application/json"] = std::move(media);
    return content;
}

json::object operation_of(const Routes::Route& route) {
    json::object success;
    success["description"] = route.summary;
    if (route.answer != "text") {
        success["content"] = json_content(route.answer);
    }
    json::object failure;
    failure["description"] = "An error, in words";
    failure["content"] = json_content("Error");
    json::object responses;
    responses[std::to_string(route.status)] = std::move(success);
    responses["default"] = std::move(failure);
    json::object operation;
    operation["summary"] = route.summary;
    json::array parameters = parameters_of(route);
    if (!parameters.empty()) {
        operation["parameters"] = std::move(parameters);
    }
    if (!route.body.empty()) {
        json::object body;
        body["required"] = route.body != "Empty";
        body["content"] = json_content(route.body);
        operation["requestBody"] = std::move(body);
    }
    operation["responses"] = std::move(responses);
    return operation;
}

}  // namespace

json::object openapi_document(std::span<const Routes::Route> table) {
    json::object paths;
    for (const Routes::Route& route : table) {
        json::value& path = paths[route.pattern];
        if (!path.is_object()) {
            path = json::object();
        }
        const std::string_view verb = route.method == "GET" ? "get" : "post";
        path.as_object()[verb] = operation_of(route);
    }
    json::object info;
    info["title"] = "relaxd";
    info["version"] = code_version();
    info["description"] =
        "Instrument control, acquisition and live fits. SI units; an unknown number is null.";
    json::object components;
    components["schemas"] = schemas_object();
    json::object document;
    document["openapi"] = "3.1.0";
    document["info"] = std::move(info);
    document["paths"] = std::move(paths);
    document["components"] = std::move(components);
    return document;
}

}  // namespace relaxd::daemon
