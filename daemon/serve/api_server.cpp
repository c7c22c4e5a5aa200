// SPDX-License-Identifier: MIT
//
// Puts together security, routes, stream and the HTTP server; starts, ticks and stops them.

#include "daemon/serve/api_server.hpp"

#include "daemon/serve/http_server.hpp"
#include "daemon/serve/reader.hpp"
#include "daemon/serve/replies.hpp"
#include "daemon/serve/routes.hpp"
#include "daemon/serve/security.hpp"
#include "daemon/serve/stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <utility>

namespace relaxd::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::string_view stream_path = "/api/v1/stream";
constexpr std::chrono::milliseconds stop_patience{2'000};

std::string code_of(unsigned status) {
    switch (status) {
        case 413: return "too_large";
        case 414:
        case 431: return "header_too_large";
        case 400: return "invalid";
        default: return "internal";
    }
}

/// Numbers for a listen address in words.
std::string numeric(const std::string& host) {
    return host == "localhost" ? "127.0.0.1" : host;
}

}  // namespace

struct ApiServer::State : std::enable_shared_from_this<ApiServer::State> {
    State(asio::io_context& context, Laboratory& lab, ServeConfig the_config, const Clock& time)
        : io(context),
          laboratory(lab),
          clock(time),
          config(std::move(the_config)),
          reads(config.database_path),
          exports(config.database_path),
          hub(context.get_executor(), lab, reads, time, StreamLimits{}),
          routes(context, lab, reads, exports, time, [this] { return gauges(); }),
          tick_timer(context) {}

    [[nodiscard]] Gauges gauges() const;
    [[nodiscard]] http::Hooks hooks();
    [[nodiscard]] std::optional<http::Response> gate(const http::Request& request) const;

    asio::io_context& io;
    Laboratory& laboratory;
    const Clock& clock;
    ServeConfig config;
    Reader reads;
    Reader exports;
    StreamHub hub;
    Routes routes;
    asio::steady_timer tick_timer;
    std::optional<HostList> hosts;
    std::optional<http::HttpServer> server;
    std::uint64_t failures_logged = 0;
    bool is_stopping = false;

    // Coroutines keep the state alive: free-standing, by-value parameters.
    static Awaitable<http::Response> handle(std::shared_ptr<State> state, http::Request request);
    static Awaitable<void> tick(std::shared_ptr<State> state);
    void log_failures();
};

Gauges ApiServer::State::gauges() const {
    Gauges now;
    if (server) {
        now.http = server->counters();
    }
    now.frames_sent = hub.frames_sent();
    now.rows_squashed = hub.rows_squashed();
    return now;
}

std::optional<http::Response> ApiServer::State::gate(const http::Request& request) const {
    const bool is_stream = request.wants_websocket() && request.path() == stream_path;
    const auto refusal = judge(request, *hosts, is_stream);
    if (!refusal) {
        return std::nullopt;
    }
    auto response = error_response(
        refusal->status, refusal->code, refusal->message, refusal->where, refusal->hint
    );
    put_security_headers(response.headers);
    return response;
}

Awaitable<http::Response> ApiServer::State::handle(
    std::shared_ptr<State> state, http::Request request
) {
    http::Response response;
    if (!state || state->is_stopping) {
        response = error_response(503, "stopping", "the daemon is stopping");
    } else {
        response = co_await state->routes.handle(std::move(request));
    }
    put_security_headers(response.headers);
    co_return response;
}

http::Hooks ApiServer::State::hooks() {
    http::Hooks hooks;
    const std::weak_ptr<State> weak = weak_from_this();
    hooks.gate = [weak](const http::Request& request) -> std::optional<http::Response> {
        const auto state = weak.lock();
        return state ? state->gate(request) : std::nullopt;
    };
    hooks.handle = [weak](http::Request request) {
        return handle(weak.lock(), std::move(request));
    };
    hooks.refuse = [](unsigned status, std::string_view sentence) {
        auto response = error_response(status, code_of(status), std::string(sentence));
        put_security_headers(response.headers);
        return response;
    };
    hooks.websocket_path = stream_path;
    hooks.open = [weak](std::shared_ptr<http::WebSocket> socket) {
        const auto state = weak.lock();
        return state ? state->hub.open(std::move(socket)) : nullptr;
    };
    return hooks;
}

void ApiServer::State::log_failures() {
    const http::Counters& counters = server->counters();
    const auto log = spdlog::get("serve");
    if (log && counters.failures > failures_logged) {
        log->error(
            "request failed by an exception count={} last=\"{}\"",
            counters.failures,
            counters.last_failure
        );
    }
    failures_logged = counters.failures;
}

Awaitable<void> ApiServer::State::tick(std::shared_ptr<State> state) {
    while (!state->is_stopping) {
        state->tick_timer.expires_after(std::chrono::seconds(1));
        co_await state->tick_timer.async_wait(asio::as_tuple(asio::use_awaitable));
        if (state->is_stopping) {
            break;
        }
        state->hub.tick();
        state->server->sweep();
        state->log_failures();
    }
}

ApiServer::ApiServer(
    asio::io_context& io, Laboratory& laboratory, ServeConfig config, const Clock& clock
)
    : state_(std::make_shared<State>(io, laboratory, std::move(config), clock)) {
    PublishHook hook = [weak =
                            state_->weak_from_this()](const std::shared_ptr<const Published>& row) {
        const auto state = weak.lock();
        if (state) {
            state->hub.publish(row);
        }
    };
    laboratory.on_publish(std::move(hook));
}

ApiServer::~ApiServer() {
    state_->is_stopping = true;
    state_->tick_timer.cancel();
    state_->server.reset();
    // Whoever destroys the server may destroy the io_context next: no thread may post to it then.
    state_->reads.join();
    state_->exports.join();
}

Result<std::uint16_t> ApiServer::start() {
    const std::string address = numeric(state_->config.listen_host);
    if (!is_loopback(address)) {
        return fail(
            Errc::refused,
            "relaxd listens on loopback only for now, not on \"" + state_->config.listen_host +
                "\"",
            "listen",
            "use 127.0.0.1 or [::1], and an SSH tunnel from elsewhere"
        );
    }
    state_->server.emplace(state_->io, http::Limits{}, state_->hooks(), state_->clock);
    auto port = state_->server->listen(address, state_->config.listen_port);
    if (!port) {
        state_->server.reset();
        return port;
    }
    state_->hosts.emplace(address, *port, state_->config.allowed_hosts);
    auto done = [](const std::exception_ptr& failure) {
        const auto log = spdlog::get("serve");
        if (failure && log) {
            log->error("the stream's clock ended by an exception");
        }
    };
    asio::co_spawn(state_->io, State::tick(state_), std::move(done));
    return port;
}

Awaitable<void> ApiServer::stop() {
    const std::shared_ptr<State> state = state_;
    state->is_stopping = true;
    state->tick_timer.cancel();
    if (state->server) {
        co_await state->server->stop(stop_patience);
    }
    state->reads.stop();
    state->exports.stop();
}

}  // namespace relaxd::daemon
