// SPDX-License-Identifier: MIT
//
// The traffic trace of an instrument's link: its switch, and what the instrument list tells of it.

#include "daemon/serve/routes.hpp"
#include "schema/wire/text.hpp"

#include <array>
#include <utility>

namespace relaxd::daemon {

namespace json = wire::json;

namespace {

void put_trace(json::object& out, const TrafficView& view) {
    out["trace"] = view.state;
    if (view.file.empty()) {
        out["trace_since_utc"] = nullptr;
        out["trace_file"] = nullptr;
    } else {
        out["trace_since_utc"] = to_text(view.since);
        out["trace_file"] = view.file;
    }
    out["trace_chunks"] = view.chunks;
    out["trace_lost_chunks"] = view.lost_chunks;
}

void put_read_only(json::object& out, const ReadOnlyView& view) {
    out["read_only"] = view.read_only ? 1 : 0;
    if (view.last_row_utc.ns == 0) {
        out["last_row_utc"] = nullptr;
        out["last_row_age_s"] = nullptr;
    } else {
        out["last_row_utc"] = to_text(view.last_row_utc);
        out["last_row_age_s"] = view.last_row_age_s;
    }
}

}  // namespace

json::array instruments_json(const Laboratory& laboratory) {
    json::array list;
    for (const record::Instrument& instrument : laboratory.instruments()) {
        json::object one = wire::to_json(instrument);
        const std::string proof = laboratory.proof_of(instrument.driver);
        one["proof"] = nullptr;
        if (!proof.empty()) {
            one["proof"] = proof;
        }
        const std::string note = laboratory.note_of(instrument.name);
        one["note"] = nullptr;
        if (!note.empty()) {
            one["note"] = wire::valid_utf8(note);
        }
        put_read_only(one, laboratory.read_only_view(instrument.name));
        put_trace(one, laboratory.trace_of(instrument.name));
        list.emplace_back(std::move(one));
    }
    return list;
}

Awaitable<http::Response> Routes::switch_trace(Call call) {
    constexpr std::array<std::string_view, 1> known{"on"};
    const auto body = body_object(call, known);
    if (!body) {
        co_return error_response(body.error());
    }
    const json::value* wanted = body->if_contains("on");
    if (wanted == nullptr || !wanted->is_bool()) {
        co_return error_response(
            400, "invalid", "\"on\" must be true or false", "on", "send {\"on\":true}"
        );
    }
    const bool on = wanted->get_bool();
    const Result<TrafficView> view =
        co_await laboratory_.set_trace(call.arguments[0], on, call.lease);
    if (!view) {
        co_return error_response(view.error());
    }
    json::object answer;
    answer["instrument"] = call.arguments[0];
    put_trace(answer, *view);
    co_return json_response(200, answer);
}

}  // namespace relaxd::daemon
