// SPDX-License-Identifier: MIT
#include "tests/conformance/kit/fronts.hpp"

#include "drivers/simulator/pty.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <optional>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace relaxd::test::kit {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using drivers::link::ByteLink;
using drivers::link::LinkResult;
using Stream = asio::posix::stream_descriptor;
using StreamPtr = std::shared_ptr<Stream>;

// --- memory

class MemoryEnd final : public HostEnd {
  public:
    explicit MemoryEnd(std::unique_ptr<ByteLink> end) : end_(std::move(end)) {}
    ByteLink& link() override { return *end_; }
    bool shutdown_send() override { return false; }

  private:
    std::unique_ptr<ByteLink> end_;
};

class MemoryFront final : public drivers::link::Opener {
  public:
    MemoryFront(ChaosProxy& proxy, bool is_slow) : proxy_(proxy), is_slow_(is_slow) {}
    asio::awaitable<LinkResult> open(std::chrono::milliseconds) override {
        return open_on(&proxy_);
    }
    void cancel() override {}
    bool is_slow() const override { return is_slow_; }

  private:
    static asio::awaitable<LinkResult> open_on(ChaosProxy* proxy) {
        if (proxy->refuses()) {
            co_return fail(Errc::unreachable, "connection refused", "chaos");
        }
        auto ends = drivers::link::make_memory_pair(proxy->executor(), proxy->timing());
        proxy->begin(std::make_unique<MemoryEnd>(std::move(ends.second)));
        co_return std::move(ends.first);
    }
    ChaosProxy& proxy_;
    bool is_slow_;
};

// --- descriptors

asio::awaitable<Result<std::size_t>> read_from(StreamPtr stream, std::span<char> room) {
    const auto target = asio::buffer(room.data(), room.size());
    auto outcome = co_await stream->async_read_some(target, asio::as_tuple(asio::use_awaitable));
    if (std::get<0>(outcome)) {
        co_return fail(Errc::unreachable, std::get<0>(outcome).message(), "chaos");
    }
    co_return std::get<1>(outcome);
}

asio::awaitable<Result<void>> write_to(StreamPtr stream, std::string bytes) {
    const auto source = asio::buffer(bytes);
    auto outcome = co_await asio::async_write(*stream, source, asio::as_tuple(asio::use_awaitable));
    if (std::get<0>(outcome)) {
        co_return fail(Errc::unreachable, std::get<0>(outcome).message(), "chaos");
    }
    co_return Result<void>();
}

/// A socket or the master of a pty; owns the descriptor.
class DescriptorEnd final : public HostEnd, public ByteLink {
  public:
    DescriptorEnd(const asio::any_io_executor& executor, int descriptor, bool is_socket)
        : stream_(std::make_shared<Stream>(executor, descriptor)), is_socket_(is_socket) {}
    ~DescriptorEnd() override { DescriptorEnd::close(); }
    DescriptorEnd(const DescriptorEnd&) = delete;
    DescriptorEnd& operator=(const DescriptorEnd&) = delete;

    ByteLink& link() override { return *this; }
    bool shutdown_send() override {
        return is_socket_ && ::shutdown(stream_->native_handle(), SHUT_WR) == 0;
    }
    asio::awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override {
        return read_from(stream_, buffer);
    }
    /// Waits as long as the driver does not read: what it does then is its affair.
    asio::awaitable<Result<void>> write(std::string bytes, std::chrono::milliseconds) override {
        return write_to(stream_, std::move(bytes));
    }
    void close() override {
        error_code ignored;
        stream_->close(ignored);
    }
    bool is_open() const override { return stream_->is_open(); }

  private:
    StreamPtr stream_;
    bool is_socket_;
};

// --- TCP

class TcpFront final : public ChaosProxy::Front, public std::enable_shared_from_this<TcpFront> {
  public:
    TcpFront(const asio::any_io_executor& executor, std::weak_ptr<ChaosProxy> proxy)
        : proxy_(std::move(proxy)),
          executor_(executor),
          acceptor_(executor, {asio::ip::address_v4::loopback(), 0}) {}
    [[nodiscard]] std::string uri() const {
        return "tcp://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }
    void accept() {
        auto self = shared_from_this();
        acceptor_.async_accept([self](const error_code& error, asio::ip::tcp::socket socket) {
            const auto proxy = self->proxy_.lock();
            if (error || !proxy) {
                return;
            }
            if (!proxy->refuses()) {
                error_code ignored;
                socket.set_option(asio::ip::tcp::no_delay(true), ignored);
                const int descriptor = socket.release(ignored);
                proxy->begin(std::make_unique<DescriptorEnd>(self->executor_, descriptor, true));
            }
            self->accept();
        });
    }
    void close() override {
        error_code ignored;
        acceptor_.close(ignored);
    }

  private:
    std::weak_ptr<ChaosProxy> proxy_;
    asio::any_io_executor executor_;
    asio::ip::tcp::acceptor acceptor_;
};

// --- a pseudo-terminal: an open of its slave begins a connection, the last close ends it

class PtyFront final : public ChaosProxy::Front, public std::enable_shared_from_this<PtyFront> {
  public:
    PtyFront(
        const asio::any_io_executor& executor, std::weak_ptr<ChaosProxy> proxy, std::string path
    )
        : proxy_(std::move(proxy)),
          executor_(executor),
          path_(std::move(path)),
          again_(executor),
          watch_(executor) {}

    [[nodiscard]] Result<void> serve() {
        auto opened = simulator::Pty::open(path_);
        if (!opened) {
            return fail(opened.error());
        }
        pty_.emplace(std::move(*opened));
        if (pty_->watch() < 0) {
            return fail(Errc::io, "inotify is not available", path_);
        }
        error_code error;
        watch_.assign(::dup(pty_->watch()), error);
        wait();
        return {};
    }
    void hung_up() override {  // as an adapter that is pulled out
        gone();
        try_again();
    }
    void close() override {
        again_.cancel();
        gone();
    }

  private:
    void gone() {
        error_code ignored;
        watch_.close(ignored);
        pty_.reset();
    }
    void try_again() {
        again_.expires_after(std::chrono::milliseconds(10));
        auto self = shared_from_this();
        again_.async_wait([self](const error_code& error) {
            const auto proxy = self->proxy_.lock();
            if (error || !proxy) {
                return;
            }
            if (proxy->refuses() || !self->serve()) {
                self->try_again();
            }
        });
    }
    void wait() {
        auto self = shared_from_this();
        watch_.async_wait(Stream::wait_read, [self](const error_code& error) {
            if (error || !self->pty_) {
                return;
            }
            self->changed();
            if (self->watch_.is_open()) {
                self->wait();
            }
        });
    }
    void changed() {
        const auto proxy = proxy_.lock();
        const int change = pty_->last_change();
        if (!proxy || change == 0) {
            return;
        }
        if (change < 0) {
            proxy->host_left();
            pty_->discard_unread();
            return;
        }
        proxy->begin(std::make_unique<DescriptorEnd>(executor_, ::dup(pty_->master()), false));
    }

    std::weak_ptr<ChaosProxy> proxy_;
    asio::any_io_executor executor_;
    std::string path_;
    asio::steady_timer again_;
    Stream watch_;
    std::optional<simulator::Pty> pty_;
};

}  // namespace

std::unique_ptr<drivers::link::Opener> memory_front(ChaosProxy& proxy, bool is_slow) {
    return std::make_unique<MemoryFront>(proxy, is_slow);
}

Result<std::string> tcp_front(
    std::weak_ptr<ChaosProxy> proxy,
    const asio::any_io_executor& executor,
    std::shared_ptr<ChaosProxy::Front>& front
) {
    auto made = std::make_shared<TcpFront>(executor, std::move(proxy));
    made->accept();
    front = made;
    return made->uri();
}

Result<std::string> pty_front(
    std::weak_ptr<ChaosProxy> proxy,
    const asio::any_io_executor& executor,
    const std::string& path,
    std::shared_ptr<ChaosProxy::Front>& front
) {
    auto made = std::make_shared<PtyFront>(executor, std::move(proxy), path);
    auto served = made->serve();
    if (!served) {
        return fail(served.error());
    }
    front = made;
    return "serial://" + path;
}

}  // namespace relaxd::test::kit
