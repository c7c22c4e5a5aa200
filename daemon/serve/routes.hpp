// SPDX-License-Identifier: MIT
//
// The router of the API (CONTRACT 5): one table of method, pattern and handler; the OpenAPI
// document is written from the same table. A request arrives here only after security.hpp let it
// pass.
//
// io thread only. Queries run on the reader threads; commands go to the Laboratory at once.

#pragma once

#include "daemon/serve/http_server.hpp"
#include "daemon/serve/idempotency.hpp"
#include "daemon/serve/laboratory.hpp"
#include "daemon/serve/reader.hpp"
#include "daemon/serve/replies.hpp"
#include "schema/base/clock.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::daemon {

/// A request on its way through a handler.
struct Call {
    http::Request request;
    std::vector<std::string> arguments;        ///< What the pattern's {…} matched, decoded.
    std::map<std::string, std::string> query;  ///< Decoded; every name at most once.
    std::optional<std::uint64_t> lease;        ///< X-Relaxd-Lease.
    Call() = default;
};

/// Which rows of a run a list route returns.
struct Page {
    std::uint64_t after_seq = 0;
    std::uint64_t after_fit_number = 0;
    std::size_t limit = 1'000;
    std::optional<std::size_t> max_points;
};

/// What the server and the stream have counted, for /metrics.
struct Gauges {
    http::Counters http;
    std::uint64_t frames_sent = 0;
    std::uint64_t rows_squashed = 0;
    Gauges() = default;
};

class Routes {
  public:
    using Handler = Awaitable<http::Response> (Routes::*)(Call);

    /// One row of the router table.
    struct Route {
        std::string_view method;
        std::string_view pattern;  ///< Segments; {name} matches one segment.
        std::string_view summary;
        std::string_view query;   ///< Known query parameters, comma-separated.
        std::string_view body;    ///< Schema of the request body; empty = none.
        std::string_view answer;  ///< Schema of the response; "text" = not JSON.
        unsigned status;          ///< Of success.
        Handler handler;
    };
    [[nodiscard]] static std::span<const Route> table();

    /// All references must outlive the routes. `exports` may take long; `reads` must not.
    Routes(
        boost::asio::io_context& io,
        Laboratory& laboratory,
        Reader& reads,
        Reader& exports,
        const Clock& clock,
        std::function<Gauges()> gauges
    );

    [[nodiscard]] Awaitable<http::Response> handle(http::Request request);

  private:
    static const Route routes_[];

    Awaitable<http::Response> dispatch(http::Request request);
    Awaitable<http::Response> once(const Route* route, Call call, std::string key);
    Awaitable<http::Response> answer(Reader& reader, Reader::Query<http::Body> query);

    // routes_reads.cpp
    Awaitable<http::Response> healthz(Call call);
    Awaitable<http::Response> readyz(Call call);
    Awaitable<http::Response> metrics(Call call);
    Awaitable<http::Response> status(Call call);
    Awaitable<http::Response> instruments(Call call);
    Awaitable<http::Response> runs(Call call);
    Awaitable<http::Response> run(Call call);
    Awaitable<http::Response> points(Call call);
    Awaitable<http::Response> estimates(Call call);
    Awaitable<http::Response> events(Call call);
    Awaitable<http::Response> gaps(Call call);
    Awaitable<http::Response> segments(Call call);
    Awaitable<http::Response> specimen(Call call);
    Awaitable<http::Response> export_run(Call call);
    Awaitable<http::Response> fits(Call call);   // routes_fits.cpp
    Awaitable<http::Response> score(Call call);  // routes_score.cpp
    // routes_calibration.cpp
    Awaitable<http::Response> calibrations(Call call);
    Awaitable<http::Response> calibration(Call call);
    Awaitable<http::Response> run_facts(Call call);
    Awaitable<http::Response> openapi(Call call);
    Awaitable<http::Response> stream(Call call);

    // routes_commands.cpp
    Awaitable<http::Response> start_run(Call call);
    Awaitable<http::Response> pause_run(Call call);
    Awaitable<http::Response> resume_run(Call call);
    Awaitable<http::Response> stop_run(Call call);
    Awaitable<http::Response> abort_run(Call call);
    Awaitable<http::Response> unfollow_run(Call call);
    Awaitable<http::Response> command_run(Call call, std::string verb);
    Awaitable<http::Response> make_safe(Call call);
    Awaitable<http::Response> check_method(Call call);
    Awaitable<http::Response> switch_trace(Call call);  // routes_trace.cpp
    Awaitable<http::Response> acquire(Call call);
    Awaitable<http::Response> release(Call call);
    Awaitable<http::Response> take_over(Call call);
    Awaitable<Result<std::int64_t>> run_number(std::string id);

    boost::asio::io_context& io_;
    Laboratory& laboratory_;
    Reader& reads_;
    Reader& exports_;
    const Clock& clock_;
    std::function<Gauges()> gauges_;
    IdempotencyLog keys_;
};

/// `after_seq` (of fits `after_fit_number`), `limit` and `max_points` of a query string. Error:
/// `invalid`, naming the parameter.
[[nodiscard]] Result<Page> page_of(const std::map<std::string, std::string>& query);

/// "a=1&b=2" decoded. Error: `invalid` for a broken escape or a name given twice.
[[nodiscard]] Result<std::map<std::string, std::string>> query_of(std::string_view target);

/// The OpenAPI 3.1 document of the table.
[[nodiscard]] wire::json::object openapi_document(std::span<const Routes::Route> table);

/// Prometheus text exposition of the daemon.
[[nodiscard]] std::string metrics_text(
    const Laboratory& laboratory, const Gauges& gauges, const Clock& clock
);

/// The lamps: {"last_commit_age_s","rows_waiting"}.
[[nodiscard]] wire::json::object recording_json(const Laboratory& laboratory, const Clock& clock);
/// Every instrument with the trace of its link: columns of `v_instrument`, then `trace…`.
[[nodiscard]] wire::json::array instruments_json(const Laboratory& laboratory);
/// The body as an object with known keys only; an empty body is an empty object. Error: `invalid`.
[[nodiscard]] Result<wire::json::object> body_object(
    const Call& call, std::span<const std::string_view> known
);
/// [{"run_id","instrument","state","last_seq"}].
[[nodiscard]] wire::json::array current_runs_json(const Laboratory& laboratory);

}  // namespace relaxd::daemon
