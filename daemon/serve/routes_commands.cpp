// SPDX-License-Identifier: MIT
//
// The POST routes: what changes the laboratory. Bodies are checked here (types, unknown keys), the
// Laboratory decides everything else.

#include "daemon/serve/routes.hpp"
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace relaxd::daemon {

namespace json = wire::json;

namespace {

/// A text member; absent gives "" unless it is required.
Result<std::string> text_of(const json::object& object, std::string_view key, bool required) {
    const json::value* member = object.if_contains(key);
    if (member == nullptr && !required) {
        return std::string();
    }
    if (member == nullptr) {
        return fail(Errc::invalid, "\"" + std::string(key) + "\" is missing", std::string(key));
    }
    if (!member->is_string() || (required && member->get_string().empty())) {
        return fail(
            Errc::invalid,
            "\"" + std::string(key) + "\" is not a text with content",
            std::string(key)
        );
    }
    return std::string(member->get_string());
}

Result<void> take_specimen(const json::object& body, StartRequest& start) {
    const json::value* given = body.if_contains("specimen");
    if (given != nullptr && !given->is_null()) {
        auto specimen = wire::specimen_from_json(*given);
        if (!specimen) {
            return fail(std::move(specimen.error()));
        }
        start.specimen = std::move(*specimen);
    }
    return {};
}

Result<StartRequest> check_request_of(const Call& call) {
    constexpr std::array<std::string_view, 2> known{"method", "specimen"};
    const auto body = body_object(call, known);
    auto method = body ? text_of(*body, "method", true) : fail(body.error());
    if (!method) {
        return fail(method.error());
    }
    StartRequest start;
    start.instrument = call.arguments[0];
    start.method_toml = std::move(*method);
    if (const auto taken = take_specimen(*body, start); !taken) {
        return fail(taken.error());
    }
    return start;
}

Result<StartRequest> start_request_of(const Call& call) {
    constexpr std::array<std::string_view, 5> known{
        "instrument", "method", "specimen", "name", "follow"
    };
    const auto body = body_object(call, known);
    if (!body) {
        return fail(body.error());
    }
    auto instrument = text_of(*body, "instrument", true);
    const json::value* follow = body->if_contains("follow");
    if (follow != nullptr && !follow->is_bool()) {
        return fail(Errc::invalid, "\"follow\" is not true or false", "follow");
    }
    const bool is_followed = follow != nullptr && follow->get_bool();
    auto method = text_of(*body, "method", !is_followed);
    auto name = text_of(*body, "name", false);
    for (const auto* field : {&instrument, &method, &name}) {
        if (!*field) {
            return fail(field->error());
        }
    }
    StartRequest start;
    start.instrument = std::move(*instrument);
    start.method_toml = std::move(*method);
    start.name = std::move(*name);
    start.follow = is_followed;
    if (const auto taken = take_specimen(*body, start); !taken) {
        return fail(taken.error());
    }
    return start;
}

struct ControlRequest {
    std::string instrument;
    std::string client;
    std::string note;
};

Result<ControlRequest> control_request_of(const Call& call) {
    constexpr std::array<std::string_view, 3> known{"instrument", "client", "note"};
    const auto body = body_object(call, known);
    if (!body) {
        return fail(body.error());
    }
    auto instrument = text_of(*body, "instrument", true);
    auto client = text_of(*body, "client", false);
    auto note = text_of(*body, "note", false);
    for (const auto* field : {&instrument, &client, &note}) {
        if (!*field) {
            return fail(field->error());
        }
    }
    ControlRequest control;
    control.instrument = std::move(*instrument);
    control.client = std::move(*client);
    if (control.client.empty()) {
        control.client = call.request.remote;
    }
    control.note = std::move(*note);
    return control;
}

http::Response lease_response(const Result<LeaseGrant>& grant) {
    if (!grant) {
        return error_response(grant.error());
    }
    json::object body;
    body["lease"] = grant->lease;
    body["expires_utc"] = to_text(grant->expires);
    return json_response(200, body);
}

json::object state_body(const RunStatus& status) {
    json::object body;
    body["run_id"] = status.run_id;
    body["state"] = record::to_word(status.state);
    return body;
}

}  // namespace

Result<json::object> body_object(const Call& call, std::span<const std::string_view> known) {
    if (call.request.body.empty()) {
        return json::object();
    }
    auto value = wire::parse(call.request.body, "body");
    if (!value) {
        return fail(std::move(value.error()));
    }
    if (!value->is_object()) {
        return fail(Errc::invalid, "the body is not a JSON object", "body");
    }
    for (const auto& entry : value->get_object()) {
        const std::string key(entry.key());
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            const std::string hint =
                known.empty() ? "this request takes no keys"
                              : "did you mean \"" + std::string(nearest(key, known)) + "\"?";
            return fail(Errc::invalid, "unknown key \"" + key.substr(0, 80) + "\"", key, hint);
        }
    }
    return std::move(value->get_object());
}

Awaitable<http::Response> Routes::start_run(Call call) {
    auto start = start_request_of(call);
    if (!start) {
        co_return error_response(start.error());
    }
    const Result<RunStatus> started = co_await laboratory_.start_run(std::move(*start), call.lease);
    if (!started) {
        co_return error_response(started.error());
    }
    http::Response response = json_response(201, state_body(*started));
    const std::string location = "/api/v1/runs/" + std::to_string(started->run_id);
    static_cast<void>(response.headers.set("Location", location));
    co_return response;
}

/// A number goes to the laboratory as it is: STOP must not wait behind a query. Only a uuid is
/// looked up.
Awaitable<Result<std::int64_t>> Routes::run_number(std::string id) {
    const auto number = to_count(id);
    if (number && *number <= std::uint64_t{INT64_MAX}) {
        co_return static_cast<std::int64_t>(*number);
    }
    Reader::Query<std::int64_t> query = [id](store::RunReader& reader) -> Result<std::int64_t> {
        const auto found = reader.run(id);
        if (!found) {
            return fail(found.error());
        }
        return found->run_id;
    };
    co_return co_await reads_.read<std::int64_t>(std::move(query));
}

Awaitable<http::Response> Routes::command_run(Call call, std::string verb) {
    const auto body = body_object(call, {});
    if (!body) {
        co_return error_response(body.error());
    }
    const Result<std::int64_t> run_id = co_await run_number(call.arguments[0]);
    if (!run_id) {
        co_return error_response(run_id.error());
    }
    const Result<RunStatus> status =
        co_await laboratory_.command_run(*run_id, std::move(verb), call.lease);
    if (!status) {
        co_return error_response(status.error());
    }
    co_return json_response(200, state_body(*status));
}

Awaitable<http::Response> Routes::pause_run(Call call) {
    co_return co_await command_run(std::move(call), "pause");
}

Awaitable<http::Response> Routes::resume_run(Call call) {
    co_return co_await command_run(std::move(call), "resume");
}

Awaitable<http::Response> Routes::stop_run(Call call) {
    co_return co_await command_run(std::move(call), "stop");
}

Awaitable<http::Response> Routes::abort_run(Call call) {
    co_return co_await command_run(std::move(call), "abort");
}

Awaitable<http::Response> Routes::unfollow_run(Call call) {
    co_return co_await command_run(std::move(call), "unfollow");
}

Awaitable<http::Response> Routes::make_safe(Call call) {
    // The body is not looked at: nothing in it may keep a STOP from acting.
    const Result<std::string> state = co_await laboratory_.safe(call.arguments[0]);
    if (!state) {
        co_return error_response(state.error());
    }
    json::object body;
    body["instrument"] = call.arguments[0];
    body["state"] = *state;
    co_return json_response(200, body);
}

Awaitable<http::Response> Routes::check_method(Call call) {
    const auto asked = check_request_of(call);
    const auto forecast = asked ? laboratory_.check_method(*asked) : fail(asked.error());
    if (!forecast) {
        co_return error_response(forecast.error());
    }
    json::object body;
    body["valid"] = true;
    json::array sentences;
    for (const std::string& sentence : *forecast) {
        sentences.emplace_back(sentence);
    }
    body["forecast"] = std::move(sentences);
    co_return json_response(200, body);
}

Awaitable<http::Response> Routes::acquire(Call call) {
    const auto control = control_request_of(call);
    if (!control) {
        co_return error_response(control.error());
    }
    co_return lease_response(
        laboratory_.acquire_lease(control->instrument, control->client, control->note, false)
    );
}

Awaitable<http::Response> Routes::take_over(Call call) {
    const auto control = control_request_of(call);
    if (!control) {
        co_return error_response(control.error());
    }
    co_return lease_response(
        laboratory_.acquire_lease(control->instrument, control->client, control->note, true)
    );
}

Awaitable<http::Response> Routes::release(Call call) {
    const auto control = control_request_of(call);
    if (!control) {
        co_return error_response(control.error());
    }
    const Result<void> released =
        laboratory_.release_lease(control->instrument, call.lease.value_or(0));
    if (!released) {
        co_return error_response(released.error());
    }
    co_return json_response(200, json::object());
}

}  // namespace relaxd::daemon
