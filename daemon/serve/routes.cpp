// SPDX-License-Identifier: MIT
//
// The router: table, matching, query strings, methods, idempotency.

#include "daemon/serve/routes.hpp"

#include "daemon/serve/assets.hpp"
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/base/sha256.hpp"

#include <boost/asio/as_tuple.hpp>

#include <algorithm>
#include <utility>

namespace relaxd::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::string_view prefix = "/api/v1";

std::vector<std::string_view> split(std::string_view text, char mark) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = text.find(mark);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

/// What the {…} of `pattern` matched in `path`, or nothing.
std::optional<std::vector<std::string>> matched(std::string_view pattern, std::string_view path) {
    const auto wanted = split(pattern, '/');
    const auto given = split(path, '/');
    if (wanted.size() != given.size()) {
        return std::nullopt;
    }
    std::vector<std::string> arguments;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (!wanted[i].starts_with('{')) {
            if (wanted[i] != given[i]) {
                return std::nullopt;
            }
            continue;
        }
        auto decoded = http::percent_decoded(given[i]);
        if (!decoded || decoded->empty()) {
            return std::nullopt;
        }
        arguments.push_back(std::move(*decoded));
    }
    return arguments;
}

/// The row of the table for a request, or why there is none.
struct Match {
    const Routes::Route* route = nullptr;
    std::vector<std::string> arguments;
    std::string allowed;  ///< Methods that the path knows, for 405.
};

void allow(std::string& allowed, std::string_view method) {
    if (!allowed.empty()) {
        allowed += ", ";
    }
    allowed += method;
    if (method == "GET") {
        allowed += ", HEAD";
    }
}

Match find_route(std::string_view method, std::string_view path) {
    Match match;
    for (const Routes::Route& route : Routes::table()) {
        auto arguments = matched(route.pattern, path);
        if (!arguments) {
            continue;
        }
        if (route.method == method) {
            match.route = &route;
            match.arguments = std::move(*arguments);
            return match;
        }
        allow(match.allowed, route.method);
    }
    return match;
}

http::Response method_not_allowed(std::string_view method, const std::string& allowed) {
    auto response = error_response(
        405,
        "method_not_allowed",
        "this path does not take " + std::string(method.substr(0, 16)),
        "method",
        "use " + allowed
    );
    static_cast<void>(response.headers.set("Allow", allowed));
    return response;
}

http::Response no_such_path(std::string_view path) {
    return error_response(
        404,
        "not_found",
        "there is no route of this name",
        std::string(path.substr(0, 200)),
        "GET " + std::string(prefix) + "/openapi.json lists all routes"
    );
}

/// Query and lease of a matched request; the error names the parameter.
Result<Call> prepare(http::Request request, const Routes::Route& route, Match& match) {
    Call call;
    auto query = query_of(request.target);
    if (!query) {
        return fail(std::move(query.error()));
    }
    const auto known = split(route.query, ',');
    for (const auto& entry : *query) {
        if (std::find(known.begin(), known.end(), entry.first) == known.end()) {
            return fail(
                Errc::invalid,
                "unknown query parameter \"" + entry.first + "\"",
                entry.first,
                route.query.empty()
                    ? "this route takes no parameters"
                    : "did you mean \"" + std::string(nearest(entry.first, known)) + "\"?"
            );
        }
    }
    if (request.count("x-relaxd-lease") > 0) {
        const auto text = request.header("x-relaxd-lease");
        call.lease = text ? to_count(*text) : std::nullopt;
        if (!call.lease) {
            return fail(
                Errc::invalid,
                "the lease is not a whole number",
                "X-Relaxd-Lease",
                "send the number that /control/acquire returned"
            );
        }
    }
    call.request = std::move(request);
    call.arguments = std::move(match.arguments);
    call.query = std::move(*query);
    return call;
}

/// Forgets or remembers a key, whatever way its request ends.
class KeyGuard {
  public:
    KeyGuard(IdempotencyLog& log, std::string key) : log_(log), key_(std::move(key)) {}
    ~KeyGuard() { log_.finish(key_, response_); }
    KeyGuard(const KeyGuard&) = delete;
    KeyGuard& operator=(const KeyGuard&) = delete;
    void remember(const http::Response& response) { response_ = response; }

  private:
    IdempotencyLog& log_;
    std::string key_;
    std::optional<http::Response> response_;
};

}  // namespace

Routes::Routes(
    asio::io_context& io,
    Laboratory& laboratory,
    Reader& reads,
    Reader& exports,
    const Clock& clock,
    std::function<Gauges()> gauges
)
    : io_(io),
      laboratory_(laboratory),
      reads_(reads),
      exports_(exports),
      clock_(clock),
      gauges_(std::move(gauges)) {}

Awaitable<http::Response> Routes::handle(http::Request request) {
    co_return co_await dispatch(std::move(request));
}

Awaitable<http::Response> Routes::dispatch(http::Request request) {
    const std::string method = request.method;
    const std::string path(request.path());
    Match match = find_route(method, path);
    if (match.route == nullptr) {
        const auto asset = find_asset(path == "/" ? "index.html" : path.substr(1));
        if (asset && method == "GET") {
            co_return asset_response(*asset, request);
        }
        if (asset) {
            match.allowed = "GET, HEAD";
        }
        if (!match.allowed.empty()) {
            co_return method_not_allowed(method, match.allowed);
        }
        co_return no_such_path(path);
    }
    const Route* route = match.route;
    Result<Call> call = prepare(std::move(request), *route, match);
    if (!call) {
        co_return error_response(call.error());
    }
    const bool has_key = call->request.count("idempotency-key") > 0;
    // STOP acts every time: a remembered answer must never stand for an action.
    if (method == "POST" && has_key && route->handler != &Routes::make_safe) {
        const auto given = call->request.header("idempotency-key");
        if (!given || given->empty() || given->size() > IdempotencyLog::longest_key) {
            co_return error_response(
                400,
                "invalid",
                "the key is empty, given twice or longer than 200 bytes",
                "Idempotency-Key",
                "send a random word, the same for every repetition"
            );
        }
        std::string key(*given);
        co_return co_await once(route, std::move(*call), std::move(key));
    }
    co_return co_await (this->*route->handler)(std::move(*call));
}

Awaitable<http::Response> Routes::once(const Route* route, Call call, std::string key) {
    const http::Request& request = call.request;
    const std::string sha256 =
        sha256_hex(request.method + "\n" + request.target + "\n" + request.body);
    while (const auto entry = keys_.find(key)) {
        if (entry->sha256 != sha256) {
            co_return error_response(
                409,
                "idempotency_conflict",
                "this key was used for another request",
                "Idempotency-Key",
                "send a new key with a new request"
            );
        }
        if (entry->response) {
            co_return *entry->response;
        }
        co_await entry->done.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    keys_.begin(key, sha256, io_.get_executor());
    KeyGuard guard(keys_, key);
    const Handler handler = route->handler;
    http::Response response = co_await (this->*handler)(std::move(call));
    guard.remember(response);
    co_return response;
}

Awaitable<http::Response> Routes::answer(Reader& reader, Reader::Query<http::Body> query) {
    Result<http::Body> body = co_await reader.read<http::Body>(std::move(query));
    if (!body) {
        co_return error_response(body.error());
    }
    co_return json_response(200, std::move(*body));
}

Result<std::map<std::string, std::string>> query_of(std::string_view target) {
    std::map<std::string, std::string> query;
    const auto mark = target.find('?');
    if (mark == std::string_view::npos || mark + 1 == target.size()) {
        return query;
    }
    for (const std::string_view part : split(target.substr(mark + 1), '&')) {
        const auto equals = part.find('=');
        auto name = http::percent_decoded(part.substr(0, equals));
        auto value = http::percent_decoded(
            equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1)
        );
        if (!name || !value || name->empty()) {
            return fail(Errc::invalid, "the query string is malformed", "query");
        }
        const std::string known = *name;
        if (!query.emplace(std::move(*name), std::move(*value)).second) {
            return fail(Errc::invalid, "\"" + known + "\" is given twice", known);
        }
    }
    return query;
}

Result<Page> page_of(const std::map<std::string, std::string>& query) {
    Page page;
    for (const auto& [name, text] : query) {
        const auto count = to_count(text);
        if (!count) {
            return fail(Errc::invalid, name + " is not a whole number", name);
        }
        if (name == "after_seq") {
            page.after_seq = *count;
        } else if (name == "after_fit_number") {
            page.after_fit_number = *count;
        } else if (name == "limit") {
            if (*count < 1 || *count > 10'000) {
                return fail(
                    Errc::invalid,
                    "limit is " + text,
                    "limit",
                    "use 1 to 10000, and page on after the next_after_… of the answer"
                );
            }
            page.limit = static_cast<std::size_t>(*count);
        } else if (name == "max_points") {
            page.max_points = static_cast<std::size_t>(*count);
        }
    }
    return page;
}

}  // namespace relaxd::daemon
