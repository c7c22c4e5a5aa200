// SPDX-License-Identifier: MIT
//
// Links over descriptors. Each operation is a coroutine with by-value parameters that shares the
// state it uses, so a link may go while operations are in flight.
#include "drivers/link/link.hpp"

#include "drivers/link/finally.hpp"
#include "drivers/link/serial.hpp"
#include "drivers/link/signal.hpp"
#include "schema/base/number.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>

namespace relaxd::drivers::link {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

bool means_gone(const error_code& ec) {
    if (ec == asio::error::eof || ec == asio::error::connection_reset ||
        ec == asio::error::broken_pipe || ec == asio::error::timed_out ||
        ec == asio::error::connection_aborted || ec == asio::error::connection_refused ||
        ec == asio::error::host_unreachable || ec == asio::error::network_unreachable ||
        ec == asio::error::host_not_found || ec == asio::error::host_not_found_try_again) {
        return true;
    }
    const int code = ec.value();
    return ec.category() == boost::system::system_category() &&
           (code == EIO || code == ENXIO || code == ENODEV || code == EBADF);
}

Error explain(const error_code& ec, bool closed, const std::string& where) {
    if (closed || ec == asio::error::operation_aborted) {
        return Error{Errc::cancelled, "the link was closed", where, {}};
    }
    if (ec == asio::error::eof) {
        return Error{Errc::unreachable, "the instrument closed the connection", where, {}};
    }
    if (means_gone(ec)) {
        return Error{Errc::unreachable, "the connection is lost: " + ec.message(), where, {}};
    }
    return Error{Errc::io, "the link failed: " + ec.message(), where, {}};
}

template <typename Stream>
struct Shared {
    Shared(Stream opened, std::string text, Timing& time)
        : stream(std::move(opened)),
          timing(time),
          write_timer(stream.get_executor()),
          where(std::move(text)) {}
    ~Shared() { timing.disarm(write_timer); }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    Stream stream;
    Timing& timing;
    asio::steady_timer write_timer;
    std::string where;
    bool closed = false;
    bool late = false;
    std::uint64_t writes = 0;  ///< So that a timer that fires late knows which write it guarded.

    void close() {
        error_code ignored;
        stream.close(ignored);
        write_timer.cancel();
    }
};

template <typename Stream>
asio::awaitable<Result<std::size_t>> read_shared(
    std::shared_ptr<Shared<Stream>> shared, std::span<char> buffer
) {
    if (!shared->stream.is_open()) {
        co_return fail(Errc::cancelled, "the link was closed", shared->where);
    }
    const auto target = asio::buffer(buffer.data(), buffer.size());
    auto outcome =
        co_await shared->stream.async_read_some(target, asio::as_tuple(asio::use_awaitable));
    const auto& [ec, size] = outcome;
    if (ec) {
        co_return fail(explain(ec, shared->closed, shared->where));
    }
    co_return size;
}

template <typename Stream>
void guard_write(
    const std::shared_ptr<Shared<Stream>>& shared, std::chrono::milliseconds deadline
) {
    const std::uint64_t mine = shared->writes;
    const SteadyTime end = after(shared->timing.clock().steady(), deadline);
    shared->timing.arm(shared->write_timer, end);
    shared->write_timer.async_wait([shared, mine, end](const error_code&) {
        if (shared->writes == mine && shared->timing.clock().steady() >= end) {
            shared->late = true;
            shared->close();
        }
    });
}

template <typename Stream>
asio::awaitable<Result<void>> write_shared(
    std::shared_ptr<Shared<Stream>> shared, std::string bytes, std::chrono::milliseconds deadline
) {
    if (!shared->stream.is_open()) {
        co_return fail(Errc::cancelled, "the link was closed", shared->where);
    }
    ++shared->writes;
    guard_write(shared, deadline);
    const auto source = asio::buffer(bytes);
    auto outcome =
        co_await asio::async_write(shared->stream, source, asio::as_tuple(asio::use_awaitable));
    const auto& ec = std::get<0>(outcome);
    ++shared->writes;
    shared->write_timer.cancel();
    if (ec && shared->late) {
        co_return fail(
            Errc::timeout, "the instrument does not take what is sent to it", shared->where
        );
    }
    if (ec) {
        co_return fail(explain(ec, shared->closed, shared->where));
    }
    co_return Result<void>();
}

template <typename Stream>
class StreamLink final : public ByteLink {
  public:
    StreamLink(Stream stream, std::string where, Timing& timing)
        : shared_(std::make_shared<Shared<Stream>>(std::move(stream), std::move(where), timing)) {}
    ~StreamLink() override { StreamLink::close(); }
    StreamLink(const StreamLink&) = delete;
    StreamLink& operator=(const StreamLink&) = delete;

    asio::awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override {
        return read_shared(shared_, buffer);
    }
    asio::awaitable<Result<void>> write(std::string bytes, std::chrono::milliseconds deadline)
        override {
        return write_shared(shared_, std::move(bytes), deadline);
    }
    void close() override {
        shared_->closed = true;
        shared_->close();
    }
    bool is_open() const override { return shared_->stream.is_open(); }

  private:
    std::shared_ptr<Shared<Stream>> shared_;
};

/// One attempt to connect. Callbacks hold it, so the caller may give up on a slow name server.
struct TcpAttempt : std::enable_shared_from_this<TcpAttempt> {
    TcpAttempt(const asio::any_io_executor& executor, Uri target, Timing& time)
        : resolver(executor),
          socket(executor),
          done(executor),
          uri(std::move(target)),
          timing(time) {}
    asio::ip::tcp::resolver resolver;
    asio::ip::tcp::socket socket;
    Signal done;
    Uri uri;
    Timing& timing;
    std::optional<error_code> result;
    bool cancelled = false;

    void finish(const error_code& ec) {
        if (!result) {
            result = ec;
            done.notify();
        }
    }

    void start() {
        auto self = shared_from_this();
        error_code ec;
        const auto address = asio::ip::make_address(uri.host, ec);
        if (!ec) {
            const asio::ip::tcp::endpoint endpoint(address, uri.port);
            socket.async_connect(endpoint, [self](const error_code& failed) {
                self->finish(failed);
            });
            return;
        }
        resolver.async_resolve(
            uri.host,
            std::to_string(uri.port),
            [self](const error_code& failed, const asio::ip::tcp::resolver::results_type& found) {
                if (failed || self->result) {
                    self->finish(failed);
                    return;
                }
                asio::async_connect(
                    self->socket,
                    found,
                    [self](const error_code& refused, const asio::ip::tcp::endpoint&) {
                        self->finish(refused);
                    }
                );
            }
        );
    }

    /// Gives up: whatever still completes finds `result` set.
    void abandon() {
        finish(asio::error::operation_aborted);
        error_code ignored;
        socket.close(ignored);
        resolver.cancel();
    }

    /// Small lines at once; a peer that vanished is noticed in seconds, idle or writing.
    void set_options() {
        error_code ignored;
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        socket.set_option(asio::socket_base::keep_alive(true), ignored);
        const int fd = socket.native_handle();
        const int idle_s = 2;
        const int interval_s = 1;
        const int probes = 3;
        const unsigned user_timeout_ms = 5000;
        ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
        ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
        ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
        ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
    }
};

asio::awaitable<LinkResult> connect_tcp(
    std::shared_ptr<TcpAttempt> attempt, std::chrono::milliseconds deadline
) {
    const SteadyTime end = after(attempt->timing.clock().steady(), deadline);
    const auto give_up = [attempt] {
        if (!attempt->result) {
            attempt->abandon();
        }
    };
    const Finally at_the_end(give_up);
    attempt->start();
    while (!attempt->result && attempt->timing.clock().steady() < end) {
        co_await attempt->done.wait_until(attempt->timing, end);
    }
    if (!attempt->result) {
        co_return fail(
            Errc::unreachable,
            "no connection within " + std::to_string(deadline.count()) + " ms",
            attempt->uri.text,
            "is the instrument switched on, and is this its address?"
        );
    }
    if (attempt->cancelled) {
        co_return fail(Errc::cancelled, "the connection attempt was cancelled", attempt->uri.text);
    }
    if (*attempt->result) {
        Error error = explain(*attempt->result, false, attempt->uri.text);
        error.message = "no connection: " + attempt->result->message();
        error.hint = "is the instrument switched on, and is this its address?";
        co_return fail(std::move(error));
    }
    attempt->set_options();
    co_return std::make_unique<StreamLink<asio::ip::tcp::socket>>(
        std::move(attempt->socket), attempt->uri.text, attempt->timing
    );
}

class TcpOpener final : public Opener {
  public:
    TcpOpener(asio::any_io_executor executor, Uri uri, Timing& timing)
        : executor_(std::move(executor)), uri_(std::move(uri)), timing_(timing) {}
    asio::awaitable<LinkResult> open(std::chrono::milliseconds deadline) override {
        attempt_ = std::make_shared<TcpAttempt>(executor_, uri_, timing_);
        return connect_tcp(attempt_, deadline);
    }
    void cancel() override {
        if (attempt_ && !attempt_->result) {
            attempt_->cancelled = true;
            attempt_->abandon();
        }
    }
    bool is_slow() const override { return false; }

  private:
    asio::any_io_executor executor_;
    Uri uri_;
    Timing& timing_;
    std::shared_ptr<TcpAttempt> attempt_;
};

asio::awaitable<LinkResult> open_line(asio::any_io_executor executor, Uri uri, Timing* timing) {
    Result<int> descriptor = open_serial(uri.serial);
    if (!descriptor) {
        co_return fail(descriptor.error());
    }
    asio::posix::stream_descriptor stream(executor, *descriptor);
    co_return std::make_unique<StreamLink<asio::posix::stream_descriptor>>(
        std::move(stream), uri.text, *timing
    );
}

class SerialOpener final : public Opener {
  public:
    SerialOpener(asio::any_io_executor executor, Uri uri, Timing& timing)
        : executor_(std::move(executor)), uri_(std::move(uri)), timing_(timing) {}
    asio::awaitable<LinkResult> open(std::chrono::milliseconds) override {
        return open_line(executor_, uri_, &timing_);
    }
    void cancel() override {}
    bool is_slow() const override { return true; }

  private:
    asio::any_io_executor executor_;
    Uri uri_;
    Timing& timing_;
};

}  // namespace

std::unique_ptr<Opener> make_opener(asio::any_io_executor executor, Uri uri, Timing& timing) {
    if (uri.transport == Transport::serial) {
        return std::make_unique<SerialOpener>(std::move(executor), std::move(uri), timing);
    }
    return std::make_unique<TcpOpener>(std::move(executor), std::move(uri), timing);
}

}  // namespace relaxd::drivers::link
