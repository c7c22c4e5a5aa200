// SPDX-License-Identifier: MIT
//
// Links over descriptors. Each operation is a coroutine with by-value parameters that shares the
// state it uses, so a link may go while operations are in flight.
#include "drivers/link/link.hpp"

#include "drivers/link/finally.hpp"
#include "drivers/link/resolve.hpp"
#include "drivers/link/serial.hpp"
#include "drivers/link/signal.hpp"
#include "drivers/link/watch.hpp"
#include "schema/base/number.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <vector>

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

Error explain(const error_code& ec, const std::string& where) {
    if (ec == asio::error::operation_aborted) {
        return Error{Errc::cancelled, "the link was closed", where, {}};
    }
    if (ec == asio::error::eof) {
        return closed_by_instrument(where);
    }
    if (ec == asio::error::timed_out) {
        return silent("nothing comes back over the network", where);
    }
    if (means_gone(ec)) {
        return Error{Errc::unreachable, "the connection is lost: " + ec.message(), where, {}};
    }
    return Error{Errc::io, "the link failed: " + ec.message(), where, {}};
}

/// What the operations of one link share; it ends with the last of them.
template <typename Stream>
struct Shared {
    Shared(Stream opened, std::string text, std::string device_node, Timing& time)
        : stream(std::move(opened)),
          timing(time),
          write_timer(stream.get_executor()),
          look_timer(stream.get_executor()),
          gone(stream.get_executor()),
          is_line(!device_node.empty()),
          watch(stream.native_handle(), std::move(device_node)),
          where(std::move(text)) {}
    ~Shared() {
        timing.disarm(write_timer);
        timing.disarm(look_timer);
    }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    Stream stream;
    Timing& timing;
    asio::steady_timer write_timer;
    asio::steady_timer look_timer;
    Signal gone;
    bool is_line;
    Watch watch;
    std::string where;
    bool closed = false;        ///< By close(), not by a loss.
    std::optional<Error> loss;  ///< The first; every later operation says it again.
    std::uint64_t writes = 0;   ///< So that a timer that fires late knows which write it guarded.

    void close() {
        error_code ignored;
        stream.close(ignored);
        write_timer.cancel();
        look_timer.cancel();
        gone.notify();
    }
    void lose(Error why) {
        if (!closed && !loss) {
            why.where = where;
            loss = std::move(why);
            close();
        }
    }
    [[nodiscard]] Error why_not() const {
        return loss ? *loss : Error{Errc::cancelled, "the link was closed", where, {}};
    }
    /// What an operation that ended with `ec` says.
    [[nodiscard]] Error failed(const error_code& ec) {
        if (closed || loss) {
            return why_not();
        }
        if (is_line && means_gone(ec)) {
            lose(unplugged("the serial line hung up", where));
            return why_not();
        }
        Error error = explain(ec, where);
        if (error.code == Errc::unreachable) {
            lose(error);
        }
        return error;
    }
};

/// Looks at the descriptor from time to time, until the link goes.
template <typename Stream>
void keep_watch(const std::shared_ptr<Shared<Stream>>& shared) {
    const SteadyTime due = after(shared->timing.clock().steady(), look_every);
    shared->timing.arm(shared->look_timer, due);
    const std::weak_ptr<Shared<Stream>> weak = shared;
    shared->look_timer.async_wait([weak](const error_code&) {
        const auto held = weak.lock();
        if (!held || !held->stream.is_open()) {
            return;
        }
        if (auto lost = held->watch.look()) {
            held->lose(std::move(*lost));
            return;
        }
        keep_watch(held);
    });
}

template <typename Stream>
asio::awaitable<Error> wait_lost(std::shared_ptr<Shared<Stream>> shared) {
    while (shared->stream.is_open()) {
        co_await shared->gone.wait();
    }
    co_return shared->why_not();
}

template <typename Stream>
asio::awaitable<Result<std::size_t>> read_shared(
    std::shared_ptr<Shared<Stream>> shared, std::span<char> buffer
) {
    if (!shared->stream.is_open()) {
        co_return fail(shared->why_not());
    }
    const auto target = asio::buffer(buffer.data(), buffer.size());
    auto outcome =
        co_await shared->stream.async_read_some(target, asio::as_tuple(asio::use_awaitable));
    const auto& [ec, size] = outcome;
    if (ec) {
        co_return fail(shared->failed(ec));
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
            Error late = silent("the instrument does not take what is sent to it", shared->where);
            late.code = Errc::timeout;
            shared->lose(std::move(late));
        }
    });
}

template <typename Stream>
asio::awaitable<Result<void>> write_shared(
    std::shared_ptr<Shared<Stream>> shared, std::string bytes, std::chrono::milliseconds deadline
) {
    if (!shared->stream.is_open()) {
        co_return fail(shared->why_not());
    }
    ++shared->writes;
    guard_write(shared, deadline);
    const auto source = asio::buffer(bytes);
    auto outcome =
        co_await asio::async_write(shared->stream, source, asio::as_tuple(asio::use_awaitable));
    const auto& ec = std::get<0>(outcome);
    ++shared->writes;
    shared->write_timer.cancel();
    if (ec) {
        co_return fail(shared->failed(ec));
    }
    co_return Result<void>();
}

template <typename Stream>
class StreamLink final : public ByteLink {
  public:
    /// `node`: of the device, empty for a socket.
    StreamLink(Stream stream, std::string where, std::string node, Timing& timing)
        : shared_(std::make_shared<Shared<Stream>>(
              std::move(stream), std::move(where), std::move(node), timing
          )) {
        keep_watch(shared_);
    }
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
    asio::awaitable<Error> lost() override { return wait_lost(shared_); }

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
    std::vector<asio::ip::tcp::endpoint> endpoints;
    std::size_t next_endpoint = 0;
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
            endpoints.emplace_back(address, uri.port);
            connect_next();
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
                for (const auto& entry : found) {
                    self->endpoints.push_back(entry.endpoint());
                }
                self->connect_next();
            }
        );
    }

    /// One address after the other, each with a socket that child processes do not get: Asio's own
    /// are without close-on-exec.
    void connect_next() {
        error_code ec = asio::error::host_not_found;
        while (ec && next_endpoint < endpoints.size()) {
            const asio::ip::tcp::endpoint& endpoint = endpoints[next_endpoint++];
            ec.clear();
            error_code ignored;
            socket.close(ignored);
            const int descriptor = ::socket(
                endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0
            );
            if (descriptor < 0) {
                ec.assign(errno, boost::system::system_category());
            } else {
                socket.assign(endpoint.protocol(), descriptor, ec);
            }
            if (!ec) {
                auto self = shared_from_this();
                socket.async_connect(endpoint, [self](const error_code& failed) {
                    const bool is_more = self->next_endpoint < self->endpoints.size();
                    if (failed && is_more && !self->result) {
                        self->connect_next();
                    } else {
                        self->finish(failed);
                    }
                });
            }
        }
        if (ec) {
            finish(ec);
        }
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
        Error error = explain(*attempt->result, attempt->uri.text);
        error.message = "no connection: " + attempt->result->message();
        error.hint = "is the instrument switched on, and is this its address?";
        co_return fail(std::move(error));
    }
    attempt->set_options();
    co_return std::make_unique<StreamLink<asio::ip::tcp::socket>>(
        std::move(attempt->socket), attempt->uri.text, std::string(), attempt->timing
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

/// What the openings of one configured line have in common.
struct LineHistory {
    std::optional<UsbAdapter> usb;  ///< The adapter that it is, once that is known.
};

asio::awaitable<LinkResult> open_line(
    asio::any_io_executor executor,
    Uri uri,
    Timing* timing,
    PortLister lister,
    std::shared_ptr<LineHistory> history
) {
    Result<Resolved> resolved = resolve_port(uri.serial, history->usb, lister);
    if (!resolved) {
        co_return fail(resolved.error());
    }
    Result<int> descriptor = open_resolved(resolved->path, uri.serial);
    if (!descriptor) {
        co_return fail(descriptor.error());
    }
    if (resolved->usb) {
        history->usb = resolved->usb;
    }
    asio::posix::stream_descriptor stream(executor, *descriptor);
    co_return std::make_unique<StreamLink<asio::posix::stream_descriptor>>(
        std::move(stream), uri.text, resolved->path, *timing
    );
}

class SerialOpener final : public Opener {
  public:
    SerialOpener(asio::any_io_executor executor, Uri uri, Timing& timing, PortLister lister)
        : executor_(std::move(executor)),
          uri_(std::move(uri)),
          timing_(timing),
          lister_(std::move(lister)) {}
    asio::awaitable<LinkResult> open(std::chrono::milliseconds) override {
        return open_line(executor_, uri_, &timing_, lister_, history_);
    }
    void cancel() override {}
    bool is_slow() const override { return true; }

  private:
    asio::any_io_executor executor_;
    Uri uri_;
    Timing& timing_;
    PortLister lister_;
    std::shared_ptr<LineHistory> history_ = std::make_shared<LineHistory>();
};

}  // namespace

asio::awaitable<Error> ByteLink::lost() {
    co_return Error{Errc::refused, "this link does not watch itself", {}, {}};
}

std::unique_ptr<Opener> make_opener(
    asio::any_io_executor executor, Uri uri, Timing& timing, PortLister lister
) {
    if (uri.transport == Transport::serial) {
        return std::make_unique<SerialOpener>(
            std::move(executor), std::move(uri), timing, std::move(lister)
        );
    }
    return std::make_unique<TcpOpener>(std::move(executor), std::move(uri), timing);
}

}  // namespace relaxd::drivers::link
