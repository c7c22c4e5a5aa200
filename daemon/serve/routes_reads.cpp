// SPDX-License-Identifier: MIT
//
// The GET routes. Queries and their JSON are made on the reader threads; every list page is one
// query, so a reader is never held for long except by an export, which has a thread of its own.

#include "daemon/serve/assets.hpp"
#include "daemon/serve/routes.hpp"
#include "schema/base/version.hpp"
#include "schema/table/export.hpp"
#include "schema/wire/export.hpp"

#include <boost/json/serialize.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace relaxd::daemon {

namespace json = wire::json;

namespace {

constexpr std::size_t export_page_rows = 10'000;

http::Body body_of(const json::value& value) {
    return std::make_shared<const std::string>(json::serialize(value) + "\n");
}

/// {"<name>":[rows],"next_after_seq":N}
template <typename Row>
http::Body list_body(
    std::string_view name, std::int64_t run_id, const std::vector<Row>& rows, std::uint64_t after
) {
    json::array list;
    list.reserve(rows.size());
    for (const Row& row : rows) {
        list.emplace_back(wire::to_json(run_id, row));
    }
    json::object whole;
    whole[name] = std::move(list);
    whole["next_after_seq"] = rows.empty() ? after : rows.back().seq;
    return body_of(whole);
}

Result<std::vector<record::Point>> points_page(
    store::RunReader& reader, std::int64_t run_id, const Page& page
) {
    if (!page.max_points) {
        return reader.points(run_id, page.after_seq, page.limit);
    }
    const auto frequencies = reader.distinct_frequencies(run_id, page.after_seq);
    if (!frequencies) {
        return fail(frequencies.error());
    }
    const std::uint64_t least = std::max<std::uint64_t>(1, 4 * *frequencies);
    if (*page.max_points < least) {
        return fail(
            Errc::invalid,
            "max_points is " + std::to_string(*page.max_points) + " for " +
                std::to_string(*frequencies) + " frequencies",
            "max_points",
            "use at least " + std::to_string(least) + ", four for each frequency"
        );
    }
    return reader.points_decimated(run_id, page.after_seq, *page.max_points);
}

/// A query that looks the run up, then makes a page of its rows.
template <typename Rows>
Reader::Query<http::Body> list_query(std::string name, std::string id, Page page, Rows rows) {
    return [name = std::move(name), id = std::move(id), page, rows](store::RunReader& reader
           ) -> Result<http::Body> {
        const auto run = reader.run(id);
        if (!run) {
            return fail(run.error());
        }
        const auto found = rows(reader, run->run_id, page);
        if (!found) {
            return fail(found.error());
        }
        return list_body(name, run->run_id, *found, page.after_seq);
    };
}

/// Everything of one run, from one snapshot.
struct WholeRun {
    record::Run run;
    record::Specimen specimen;
    std::vector<record::Segment> segments;
    std::vector<record::Row> rows;
};

Result<WholeRun> load_run(store::RunReader& reader, const std::string& id) {
    WholeRun whole;
    auto run = reader.run(id);
    if (!run) {
        return fail(run.error());
    }
    whole.run = std::move(*run);
    auto specimen = reader.specimen(whole.run.run_id);
    if (!specimen) {
        return fail(specimen.error());
    }
    whole.specimen = std::move(*specimen);
    auto segments = reader.segments(whole.run.run_id);
    if (!segments) {
        return fail(segments.error());
    }
    whole.segments = std::move(*segments);
    return whole;
}

Error stopping() {
    Error error;
    error.code = Errc::cancelled;
    error.message = "the daemon is stopping";
    return error;
}

Result<std::string> export_csv(
    store::RunReader& reader, const std::string& id, const std::atomic<bool>& stopped
) {
    const auto whole = load_run(reader, id);
    if (!whole) {
        return fail(whole.error());
    }
    std::vector<record::Point> points;
    while (true) {
        if (stopped) {
            return fail(stopping());
        }
        const std::uint64_t after = points.empty() ? 0 : points.back().seq;
        auto page = reader.points(whole->run.run_id, after, export_page_rows);
        if (!page) {
            return fail(page.error());
        }
        if (page->empty()) {
            return table::export_csv(whole->run, whole->specimen, points);
        }
        points.insert(
            points.end(),
            std::make_move_iterator(page->begin()),
            std::make_move_iterator(page->end())
        );
    }
}

std::uint64_t seq_of(const record::Row& row) {
    return std::visit([](const auto& one) { return one.seq; }, row);
}

Result<std::string> export_json(
    store::RunReader& reader, const std::string& id, const std::atomic<bool>& stopped
) {
    auto whole = load_run(reader, id);
    if (!whole) {
        return fail(whole.error());
    }
    while (true) {
        if (stopped) {
            return fail(stopping());
        }
        const std::uint64_t after = whole->rows.empty() ? 0 : seq_of(whole->rows.back());
        auto page = reader.rows(whole->run.run_id, after, export_page_rows);
        if (!page) {
            return fail(page.error());
        }
        if (page->empty()) {
            return json::serialize(
                       wire::export_json(whole->run, whole->specimen, whole->segments, whole->rows)
                   ) +
                   "\n";
        }
        whole->rows.insert(
            whole->rows.end(),
            std::make_move_iterator(page->begin()),
            std::make_move_iterator(page->end())
        );
    }
}

/// Runs `load` on one snapshot.
template <typename Load>
Result<http::Body> from_snapshot(store::RunReader& reader, const Load& load) {
    const auto begun = reader.begin_snapshot();
    if (!begun) {
        return fail(begun.error());
    }
    auto text = load();
    reader.end_snapshot();
    if (!text) {
        return fail(text.error());
    }
    return std::make_shared<const std::string>(std::move(*text));
}

/// An attachment's name, of letters and digits only (OPERATOR T7).
std::string attachment(const std::string& id, std::string_view ending) {
    std::string safe;
    for (const char c : id.substr(0, 36)) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
        safe.push_back(plain ? c : '_');
    }
    return "attachment; filename=\"run-" + safe + "." + std::string(ending) + "\"";
}

}  // namespace

json::object recording_json(const Laboratory& laboratory, const Clock& clock) {
    const SteadyTime last = laboratory.last_commit();
    json::object recording;
    if (last.ns == 0) {
        recording["last_commit_age_s"] = nullptr;
    } else {
        const std::int64_t age_ns = clock.steady().ns - last.ns;
        recording["last_commit_age_s"] = wire::number(static_cast<double>(age_ns) * 1e-9);
    }
    recording["rows_waiting"] = laboratory.rows_waiting();
    return recording;
}

json::array current_runs_json(const Laboratory& laboratory) {
    json::array list;
    for (const CurrentRun& run : laboratory.current_runs()) {
        json::object one;
        one["run_id"] = run.run_id;
        one["instrument"] = run.instrument;
        one["state"] = record::to_word(run.state);
        one["last_seq"] = run.last_seq;
        one["simulated"] = run.simulated ? 1 : 0;
        list.emplace_back(std::move(one));
    }
    return list;
}

Awaitable<http::Response> Routes::healthz(Call) {
    json::object body;
    body["status"] = "ok";
    body["version"] = code_version();
    co_return json_response(200, body);
}

Awaitable<http::Response> Routes::readyz(Call) {
    const std::string reason = laboratory_.not_ready_because();
    if (!reason.empty()) {
        co_return error_response(503, "not_ready", reason);
    }
    json::object body;
    body["status"] = "ready";
    co_return json_response(200, body);
}

Awaitable<http::Response> Routes::metrics(Call) {
    co_return http::Response(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        metrics_text(laboratory_, gauges_(), clock_)
    );
}

Awaitable<http::Response> Routes::status(Call) {
    const std::string reason = laboratory_.not_ready_because();
    json::object body;
    body["version"] = code_version();
    body["api_version"] = "v1";
    body["page_build"] = page_build();
    body["time_utc"] = to_text(clock_.utc());
    body["ready"] = reason.empty();
    if (reason.empty()) {
        body["not_ready_because"] = nullptr;
    } else {
        body["not_ready_because"] = reason;
    }
    body["recording"] = recording_json(laboratory_, clock_);
    body["instruments"] = instruments_json(laboratory_);
    body["runs"] = current_runs_json(laboratory_);
    body["websocket_clients"] = gauges_().http.websockets;
    co_return json_response(200, body);
}

Awaitable<http::Response> Routes::instruments(Call) {
    json::object body;
    body["instruments"] = instruments_json(laboratory_);
    co_return json_response(200, body);
}

Awaitable<http::Response> Routes::runs(Call) {
    Reader::Query<http::Body> query = [](store::RunReader& reader) -> Result<http::Body> {
        const auto found = reader.runs();
        if (!found) {
            return fail(found.error());
        }
        json::array list;
        for (const record::Run& one : *found) {
            list.emplace_back(wire::to_json(one));
        }
        json::object body;
        body["runs"] = std::move(list);
        return body_of(body);
    };
    co_return co_await answer(reads_, std::move(query));
}

Awaitable<http::Response> Routes::run(Call call) {
    Reader::Query<http::Body> query = [id = call.arguments[0]](store::RunReader& reader
                                      ) -> Result<http::Body> {
        const auto found = reader.run(id);
        if (!found) {
            return fail(found.error());
        }
        return body_of(wire::to_json(*found));
    };
    co_return co_await answer(reads_, std::move(query));
}

Awaitable<http::Response> Routes::points(Call call) {
    const auto page = page_of(call.query);
    if (!page) {
        co_return error_response(page.error());
    }
    auto query = list_query("points", call.arguments[0], *page, points_page);
    co_return co_await answer(reads_, std::move(query));
}

Awaitable<http::Response> Routes::estimates(Call call) {
    const auto page = page_of(call.query);
    if (!page) {
        co_return error_response(page.error());
    }
    const auto rows = [](store::RunReader& reader, std::int64_t run_id, const Page& wanted) {
        return reader.estimates(run_id, wanted.after_seq, wanted.limit);
    };
    auto query = list_query("estimates", call.arguments[0], *page, rows);
    co_return co_await answer(reads_, std::move(query));
}

Awaitable<http::Response> Routes::events(Call call) {
    const auto page = page_of(call.query);
    if (!page) {
        co_return error_response(page.error());
    }
    const auto rows = [](store::RunReader& reader, std::int64_t run_id, const Page& wanted) {
        return reader.events(run_id, wanted.after_seq, wanted.limit);
    };
    auto query = list_query("events", call.arguments[0], *page, rows);
    co_return co_await answer(reads_, std::move(query));
}

Awaitable<http::Response> Routes::gaps(Call call) {
    const auto page = page_of(call.query);
    if (!page) {
        co_return error_response(page.error());
    }
    const auto rows = [](store::RunReader& reader, std::int64_t run_id, const Page& wanted) {
        return reader.gaps(run_id, wanted.after_seq, wanted.limit);
    };
    auto query = list_query("gaps", call.arguments[0], *page, rows);
    co_return co_await answer(reads_, std::move(query));
}

Awaitable<http::Response> Routes::segments(Call call) {
    Reader::Query<http::Body> query = [id = call.arguments[0]](store::RunReader& reader
                                      ) -> Result<http::Body> {
        const auto found = load_run(reader, id);
        if (!found) {
            return fail(found.error());
        }
        json::array list;
        for (const record::Segment& segment : found->segments) {
            list.emplace_back(wire::to_json(found->run.run_id, segment));
        }
        json::object body;
        body["segments"] = std::move(list);
        return body_of(body);
    };
    co_return co_await answer(reads_, std::move(query));
}

Awaitable<http::Response> Routes::specimen(Call call) {
    Reader::Query<http::Body> query = [id = call.arguments[0]](store::RunReader& reader
                                      ) -> Result<http::Body> {
        const auto found = load_run(reader, id);
        if (!found) {
            return fail(found.error());
        }
        return body_of(wire::to_json(found->run.run_id, found->specimen));
    };
    co_return co_await answer(reads_, std::move(query));
}

Awaitable<http::Response> Routes::export_run(Call call) {
    const auto given = call.query.find("format");
    const std::string format = given == call.query.end() ? "csv" : given->second;
    if (format != "csv" && format != "json") {
        co_return error_response(
            501,
            "not_built",
            "export as \"" + format.substr(0, 40) + "\" is not built yet",
            "format",
            "use csv or json"
        );
    }
    const bool as_csv = format == "csv";
    Reader::Query<http::Body> query =
        [id = call.arguments[0], as_csv, stopped = exports_.stopped()](store::RunReader& reader
        ) -> Result<http::Body> {
        const auto load = [&reader, &id, &stopped, as_csv] {
            return as_csv ? export_csv(reader, id, *stopped) : export_json(reader, id, *stopped);
        };
        return from_snapshot(reader, load);
    };
    http::Response response = co_await answer(exports_, std::move(query));
    if (response.status == 200) {
        const std::string_view type = as_csv ? "text/csv; charset=utf-8" : "application/json";
        const std::string name = attachment(call.arguments[0], format);
        static_cast<void>(response.headers.set("Content-Type", type));
        static_cast<void>(response.headers.set("Content-Disposition", name));
    }
    co_return response;
}

Awaitable<http::Response> Routes::openapi(Call) {
    co_return json_response(200, openapi_document(table()));
}

Awaitable<http::Response> Routes::stream(Call) {
    auto response = error_response(
        426,
        "upgrade_required",
        "this path is a WebSocket",
        "/api/v1/stream",
        "open it with a WebSocket client"
    );
    static_cast<void>(response.headers.set("Upgrade", "websocket"));
    co_return response;
}

}  // namespace relaxd::daemon
