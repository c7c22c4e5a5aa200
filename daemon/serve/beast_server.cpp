// SPDX-License-Identifier: MIT
//
// The daemon's one file that includes Beast: sockets, HTTP framing, WebSocket framing, limits and
// time-outs.
//
// One coroutine a connection on the io thread; WebSocket frames go out by a chain of completion
// handlers, one `async_write` at a time. No rule of the API lives here.

#include "daemon/serve/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <deque>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace relaxd::daemon::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_ahead_bytes = 4'096;
constexpr std::size_t lingering_bytes = 8'388'608;
constexpr std::chrono::milliseconds lingering_time{2'000};
using Parser = bhttp::request_parser<bhttp::string_body>;

std::string text_of(beast::string_view text) {
    return std::string(text.data(), text.size());
}

Request head_of(const Parser& parser, const std::string& remote) {
    Request request;
    const auto& message = parser.get();
    request.method = text_of(message.method_string());
    request.target = text_of(message.target());
    request.remote = remote;
    for (const auto& field : message) {
        request.headers.emplace(lower_case(text_of(field.name_string())), text_of(field.value()));
    }
    return request;
}

class Session final : public Connection,
                      public WebSocket,
                      public std::enable_shared_from_this<Session> {
  public:
    Session(std::shared_ptr<Shared> core, tcp::socket socket, std::string remote)
        : core_(std::move(core)), stream_(std::move(socket)), remote_(std::move(remote)) {}

    asio::awaitable<void> run() override;
    [[nodiscard]] const std::string& remote() const override { return remote_; }

    [[nodiscard]] bool send(std::shared_ptr<const std::string> frame) override;
    void close(std::uint16_t code, std::string_view reason) override;

    void stop() override;
    void cut() override;
    void cut_if_stuck(SteadyTime now) override;

  private:
    asio::awaitable<bool> serve_one(beast::flat_buffer& buffer, bool first);
    asio::awaitable<bool> answer(Parser& parser, beast::flat_buffer& buffer);
    asio::awaitable<bool> write(const Response& response, bool keep_alive, bool head_only);
    asio::awaitable<void> refuse(unsigned status, std::string sentence);
    asio::awaitable<void> refuse(Response response);
    asio::awaitable<void> serve_websocket(const Parser& parser);
    void write_next();
    void wrote(error_code ec);
    void start_close();

    std::shared_ptr<Shared> core_;
    beast::tcp_stream stream_;
    std::string remote_;
    bool busy_ = false;

    std::optional<websocket::stream<beast::tcp_stream>> ws_;
    std::shared_ptr<WebSocketOwner> owner_;
    std::deque<std::shared_ptr<const std::string>> queue_;
    std::size_t queued_bytes_ = 0;
    bool open_ = false;
    bool writing_ = false;
    bool refused_ = false;
    SteadyTime write_started_;
    std::optional<websocket::close_reason> closing_;
};

// --- HTTP

asio::awaitable<void> Session::run() {
    beast::flat_buffer buffer(core_->limits.header_bytes + core_->limits.body_bytes);
    bool first = true;
    bool go_on = true;
    while (go_on && !core_->stopping) {
        go_on = co_await serve_one(buffer, first);
        first = false;
    }
    if (!ws_) {
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
        stream_.close();
    }
}

asio::awaitable<bool> Session::serve_one(beast::flat_buffer& buffer, bool first) {
    const Limits& limits = core_->limits;
    if (buffer.size() == 0 && !first) {
        stream_.expires_after(limits.idle_time);
        const auto room = buffer.prepare(read_ahead_bytes);
        auto waited = co_await stream_.async_read_some(room, as_result);
        if (std::get<0>(waited)) {
            co_return false;
        }
        buffer.commit(std::get<1>(waited));
    }
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.request_line_bytes + limits.header_bytes)
    );
    parser.body_limit(limits.body_bytes);
    stream_.expires_after(limits.header_time);
    auto read = co_await bhttp::async_read_header(stream_, buffer, parser, as_result);
    const error_code ec = std::get<0>(read);
    if (ec == bhttp::error::header_limit) {
        co_await refuse(431, "the request header is too long");
        co_return false;
    }
    if (ec == bhttp::error::body_limit) {
        co_await refuse(413, "the body is too long");
        co_return false;
    }
    if (ec && ec != bhttp::error::end_of_stream &&
        ec.category() == make_error_code(bhttp::error::bad_method).category()) {
        co_await refuse(400, "the request is not HTTP/1.1: " + ec.message());
        co_return false;
    }
    if (ec) {
        co_return false;
    }
    co_return co_await answer(parser, buffer);
}

asio::awaitable<bool> Session::answer(Parser& parser, beast::flat_buffer& buffer) {
    Request request = head_of(parser, remote_);
    const auto too_long = excess(request, core_->limits);
    if (too_long) {
        co_await refuse(*too_long, "the request line or header is too long");
        co_return false;
    }
    auto turned_down = core_->hooks.gate(request);
    if (turned_down) {
        co_await refuse(std::move(*turned_down));
        co_return false;
    }
    if (request.wants_websocket() && request.path() == core_->hooks.websocket_path) {
        if (!websocket::is_upgrade(parser.get())) {
            co_await refuse(400, "the WebSocket upgrade is malformed");
            co_return false;
        }
        co_await serve_websocket(parser);
        co_return false;
    }
    const auto expect = request.header("expect");
    if (expect && lower_case(*expect) == "100-continue") {
        bhttp::response<bhttp::empty_body> go_on(bhttp::status::continue_, 11);
        stream_.expires_after(core_->limits.write_time);
        auto wrote_it = co_await bhttp::async_write(stream_, go_on, as_result);
        if (std::get<0>(wrote_it)) {
            co_return false;
        }
    }
    stream_.expires_after(core_->limits.body_time);
    auto read = co_await bhttp::async_read(stream_, buffer, parser, as_result);
    const error_code ec = std::get<0>(read);
    if (ec == bhttp::error::body_limit) {
        co_await refuse(413, "the body is too long");
        co_return false;
    }
    if (ec) {
        co_return false;
    }
    request.body = std::move(parser.get().body());
    const bool head_only = request.method == "HEAD";
    if (head_only) {
        request.method = "GET";
    }
    stream_.expires_never();
    busy_ = true;
    Response response;
    try {
        response = co_await core_->hooks.handle(std::move(request));
    } catch (...) {
        note_failure(core_->counters, std::current_exception());
        response = core_->hooks.refuse(500, "the daemon failed while it answered this request");
    }
    const bool keep_alive = parser.keep_alive() && !response.close && !core_->stopping;
    const bool written = co_await write(response, keep_alive, head_only);
    busy_ = false;
    co_return written&& keep_alive;
}

asio::awaitable<bool> Session::write(const Response& response, bool keep_alive, bool head_only) {
    bhttp::response<bhttp::span_body<const char>> message;
    message.result(response.status);
    message.version(11);
    message.keep_alive(keep_alive);
    for (const auto& entry : response.headers.entries()) {
        message.set(entry.first, entry.second);
    }
    if (response.body) {
        message.body() = beast::span<const char>(response.body->data(), response.body->size());
    }
    if (response.status != 304) {
        message.prepare_payload();
    }
    bhttp::response_serializer<bhttp::span_body<const char>> serializer(message);
    if (head_only) {
        serializer.split(true);
        stream_.expires_after(core_->limits.write_time);
        auto wrote_head = co_await bhttp::async_write_header(stream_, serializer, as_result);
        co_return !std::get<0>(wrote_head);
    }
    while (!serializer.is_done()) {
        stream_.expires_after(core_->limits.write_time);
        auto piece = co_await bhttp::async_write_some(stream_, serializer, as_result);
        if (std::get<0>(piece)) {
            co_return false;
        }
    }
    co_return true;
}

asio::awaitable<void> Session::refuse(unsigned status, std::string sentence) {
    Response response = core_->hooks.refuse(status, sentence);
    co_await refuse(std::move(response));
}

/// Answers and closes; what the client still sends is read and dropped for a moment, so that the
/// answer is not lost to a connection reset.
asio::awaitable<void> Session::refuse(Response response) {
    busy_ = true;
    const bool written = co_await write(response, false, false);
    busy_ = false;
    if (!written) {
        co_return;
    }
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(lingering_time);
    std::vector<char> scrap(std::size_t{16} * 1024);
    std::size_t dropped = 0;
    while (dropped < lingering_bytes) {
        auto read = co_await stream_.async_read_some(asio::buffer(scrap), as_result);
        if (std::get<0>(read)) {
            co_return;
        }
        dropped += std::get<1>(read);
    }
}

// --- WebSocket

asio::awaitable<void> Session::serve_websocket(const Parser& parser) {
    const Limits& limits = core_->limits;
    error_code ignored;
    stream_.socket().set_option(
        asio::socket_base::send_buffer_size(limits.websocket_kernel_buffer_bytes), ignored
    );
    stream_.expires_never();
    ws_.emplace(std::move(stream_));
    websocket::stream_base::timeout timeouts{};
    timeouts.handshake_timeout = limits.websocket_handshake_time;
    timeouts.idle_timeout = limits.websocket_idle_time;
    timeouts.keep_alive_pings = true;
    ws_->set_option(timeouts);
    ws_->read_message_max(limits.websocket_message_bytes);
    auto accepted = co_await ws_->async_accept(parser.get(), as_result);
    if (std::get<0>(accepted)) {
        co_return;
    }
    ws_->text(true);
    open_ = true;
    ++core_->counters.websockets;
    owner_ = core_->hooks.open(shared_from_this());
    if (!owner_) {
        open_ = false;
        --core_->counters.websockets;
        cut();
        co_return;
    }
    if (core_->stopping) {
        close(websocket::close_code::going_away, "the daemon is stopping");
    }
    beast::flat_buffer buffer;
    for (;;) {
        auto read = co_await ws_->async_read(buffer, as_result);
        if (std::get<0>(read)) {
            break;
        }
        const auto bytes = buffer.cdata();
        std::string text(static_cast<const char*>(bytes.data()), bytes.size());
        buffer.consume(buffer.size());
        owner_->on_message(std::move(text));
    }
    open_ = false;
    --core_->counters.websockets;
    owner_->on_close();
    owner_.reset();
}

bool Session::send(std::shared_ptr<const std::string> frame) {
    const Limits& limits = core_->limits;
    if (!open_ || closing_) {
        return false;
    }
    const bool full =
        queue_.size() >= limits.websocket_queue_frames ||
        (!queue_.empty() && queued_bytes_ + frame->size() > limits.websocket_queue_bytes);
    if (full) {
        refused_ = true;
        return false;
    }
    queued_bytes_ += frame->size();
    queue_.push_back(std::move(frame));
    if (!writing_) {
        write_next();
    }
    return true;
}

void Session::write_next() {
    writing_ = true;
    write_started_ = core_->clock.steady();
    ws_->async_write(
        asio::buffer(*queue_.front()),
        [self = shared_from_this()](error_code ec, std::size_t) { self->wrote(ec); }
    );
}

void Session::wrote(error_code ec) {
    writing_ = false;
    if (ec) {
        queue_.clear();
        queued_bytes_ = 0;
        cut();
        return;
    }
    queued_bytes_ -= queue_.front()->size();
    queue_.pop_front();
    if (!queue_.empty()) {
        write_next();
    } else if (closing_) {
        start_close();
        return;
    }
    const Limits& limits = core_->limits;
    if (refused_ && owner_ && queue_.size() * 2 <= limits.websocket_queue_frames &&
        queued_bytes_ * 2 <= limits.websocket_queue_bytes) {
        refused_ = false;
        owner_->on_writable();
    }
}

void Session::close(std::uint16_t code, std::string_view reason) {
    if (!open_ || closing_) {
        return;
    }
    closing_ = websocket::close_reason(
        static_cast<websocket::close_code>(code), beast::string_view(reason.data(), reason.size())
    );
    if (!writing_) {
        start_close();
    }
}

void Session::start_close() {
    if (!open_) {
        return;
    }
    ws_->async_close(*closing_, [self = shared_from_this()](error_code) { self->cut(); });
}

void Session::cut_if_stuck(SteadyTime now) {
    if (!open_ || !writing_) {
        return;
    }
    const std::chrono::nanoseconds limit = core_->limits.websocket_stuck_time;
    if (now.ns - write_started_.ns > limit.count()) {
        ++core_->counters.stuck;
        cut();
    }
}

void Session::cut() {
    if (ws_) {
        beast::get_lowest_layer(*ws_).close();
    } else {
        stream_.close();
    }
}

void Session::stop() {
    if (open_) {
        close(websocket::close_code::going_away, "the daemon is stopping");
    } else if (!busy_) {
        cut();
    }
}

}  // namespace

std::shared_ptr<Connection> make_connection(
    std::shared_ptr<Shared> shared, tcp::socket socket, std::string remote
) {
    return std::make_shared<Session>(std::move(shared), std::move(socket), std::move(remote));
}

}  // namespace relaxd::daemon::http
