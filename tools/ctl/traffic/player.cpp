// SPDX-License-Identifier: MIT
#include "tools/ctl/traffic/player.hpp"

#include "drivers/link/finally.hpp"
#include "drivers/link/signal.hpp"
#include "drivers/simulator/listen.hpp"
#include "drivers/simulator/pty.hpp"
#include "tools/ctl/traffic/conversation.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <optional>
#include <unistd.h>
#include <utility>

namespace relaxd::ctl::traffic {

namespace asio = boost::asio;
using boost::system::error_code;
using drivers::link::Timing;

namespace {

/// One host and the connection of the record that it gets. Shared with its reading coroutines.
struct Host {
    Host(asio::io_context& io, Timing& time, std::unique_ptr<Conversation> with, double faster)
        : stream(io),
          watch(io),
          news(io.get_executor()),
          timing(time),
          conversation(std::move(with)),
          speed(faster) {}
    asio::posix::stream_descriptor stream;
    asio::posix::stream_descriptor watch;  ///< Tells who opens and closes a pseudo-terminal.
    drivers::link::Signal news;
    Timing& timing;
    std::unique_ptr<Conversation> conversation;
    double speed;
    std::multimap<std::int64_t, std::string> asides;  ///< By the steady time that they are due.
    std::optional<Error> surprise;
    std::size_t heard = 0;  ///< Bytes.
    bool is_here = false;
    bool is_gone = false;
    bool is_closed = false;
    bool is_back = false;  ///< Gone, and there again already.

    [[nodiscard]] std::int64_t now_ns() const { return timing.clock().steady().ns; }
    [[nodiscard]] std::int64_t scaled(std::int64_t recorded_ns) const {
        return static_cast<std::int64_t>(
            static_cast<double>(std::max<std::int64_t>(recorded_ns, 0)) / speed
        );
    }
    void hear(std::string_view bytes) {
        is_here = true;
        heard += bytes.size();
        auto answers = conversation->hear(bytes);
        if (!answers) {
            surprise = answers.error();
        } else {
            for (Aside& aside : *answers) {
                asides.emplace(now_ns() + scaled(aside.after_ns), std::move(aside.bytes));
            }
        }
        news.notify();
    }
    void leave() {
        is_gone = true;
        news.notify();
    }
    void close() {
        is_closed = true;
        error_code ignored;
        stream.close(ignored);
        watch.close(ignored);
    }
};
using HostPtr = std::shared_ptr<Host>;

asio::awaitable<void> listen_to(HostPtr host) {
    std::array<char, 4096> buffer{};
    while (!host->surprise) {
        const auto room = asio::buffer(buffer);
        auto outcome =
            co_await host->stream.async_read_some(room, asio::as_tuple(asio::use_awaitable));
        const auto& [error, size] = outcome;
        if (error) {
            host->leave();
            co_return;
        }
        host->hear(std::string_view(buffer.data(), size));
    }
}

/// A pseudo-terminal has no connections: an open of its device begins one, a close ends it. One
/// that said nothing only looked.
asio::awaitable<void> watch_pty(HostPtr host, const simulator::Pty* pty) {
    while (!host->is_gone) {
        auto outcome = co_await host->watch.async_wait(
            asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable)
        );
        if (std::get<0>(outcome) || host->is_closed) {
            co_return;
        }
        const int change = pty->last_change();
        if (change != 0 && host->heard > 0) {
            host->is_back = change > 0;
            host->leave();
        } else if (change != 0) {
            host->is_here = change > 0;
            host->news.notify();
        }
    }
}

asio::awaitable<bool> say(HostPtr host, std::string bytes) {
    const auto source = asio::buffer(bytes);
    auto outcome =
        co_await asio::async_write(host->stream, source, asio::as_tuple(asio::use_awaitable));
    const bool is_said = !std::get<0>(outcome);
    if (!is_said) {
        host->is_gone = true;
    }
    co_return is_said;
}

/// Answers that are due, in the order in which they are.
asio::awaitable<void> say_asides(HostPtr host) {
    while (!host->asides.empty() && host->asides.begin()->first <= host->now_ns()) {
        std::string bytes = std::move(host->asides.begin()->second);
        host->asides.erase(host->asides.begin());
        co_await say(host, std::move(bytes));
    }
}

/// Until there is news, or an answer is due, or `end_ns`.
asio::awaitable<void> wait(HostPtr host, std::optional<std::int64_t> end_ns) {
    if (!host->asides.empty()) {
        const std::int64_t aside_ns = host->asides.begin()->first;
        end_ns = end_ns ? std::min(*end_ns, aside_ns) : aside_ns;
    }
    if (end_ns) {
        const SteadyTime end{*end_ns};
        co_await host->news.wait_until(host->timing, end);
    } else {
        co_await host->news.wait();
    }
}

tl::unexpected<Error> left_early(const Host& host) {
    return fail(
        Errc::unreachable,
        "the host closed the connection before the record was played",
        host.conversation->place(),
        "in the record it went on; was it stopped, or did it run into a time-out of its own?"
    );
}

/// One connection of the record with one host.
asio::awaitable<Result<void>> play_connection(HostPtr host) {
    std::int64_t done_ns = host->now_ns();
    while (true) {
        co_await say_asides(host);
        if (host->surprise) {
            co_return fail(*host->surprise);
        }
        Step step = host->conversation->next();
        if (step.kind == Step::Kind::host_leaves || step.kind == Step::Kind::hang_up) {
            if (host->is_gone) {
                co_return Result<void>();
            }
        } else if (host->is_gone) {
            co_return left_early(*host);
        }
        if (step.kind == Step::Kind::host_leaves) {
            co_await wait(host, std::nullopt);
            continue;
        }
        if (step.kind == Step::Kind::wait_host) {
            co_await wait(host, std::nullopt);
            done_ns = host->now_ns();
            continue;
        }
        const std::int64_t due_ns = done_ns + host->scaled(step.after_ns);
        if (host->now_ns() < due_ns) {
            co_await wait(host, due_ns);
            continue;
        }
        if (step.kind == Step::Kind::hang_up) {
            co_return Result<void>();
        }
        const bool is_said = co_await say(host, std::move(step.bytes));
        if (is_said) {
            host->conversation->done();
            done_ns = host->now_ns();
        }
    }
}

class Server final : public Player {
  public:
    Server(
        asio::io_context& io,
        Timing& timing,
        std::vector<Connection> connections,
        std::string driver,
        std::string source,
        double speed
    )
        : io_(io),
          timing_(timing),
          connections_(std::move(connections)),
          driver_(std::move(driver)),
          source_(std::move(source)),
          speed_(speed),
          acceptor_(io) {}

    Result<std::string> listen(const std::string& address, std::uint16_t port) override;
    Result<std::string> open_pty(const std::string& path) override;
    asio::awaitable<Result<Played>> play() override { return play_all(this); }

  private:
    static asio::awaitable<Result<Played>> play_all(Server* self);
    static asio::awaitable<Result<void>> play_next(Server* self, std::size_t number, Played* sum);
    static asio::awaitable<Result<void>> meet(Server* self, HostPtr host);
    [[nodiscard]] Result<void> take_pty(const HostPtr& host);
    void spawn(asio::awaitable<void> task);

    asio::io_context& io_;
    Timing& timing_;
    std::vector<Connection> connections_;
    std::string driver_;
    std::string source_;
    double speed_;
    asio::ip::tcp::acceptor acceptor_;
    std::string pty_path_;  ///< Empty: TCP.
    std::optional<simulator::Pty> pty_;
    bool is_back_ = false;
};

Result<std::string> Server::listen(const std::string& address, std::uint16_t port) {
    return simulator::listen_on(acceptor_, address, port);
}

Result<std::string> Server::open_pty(const std::string& path) {
    auto pty = simulator::Pty::open(path);
    if (!pty) {
        return fail(std::move(pty.error()));
    }
    if (pty->watch() < 0) {
        return fail(Errc::io, "cannot see who opens the pseudo-terminal (inotify)", path);
    }
    pty_path_ = path;
    pty_.emplace(std::move(*pty));
    return "pty " + path;
}

void Server::spawn(asio::awaitable<void> task) {
    asio::co_spawn(io_, std::move(task), [](const std::exception_ptr& thrown) {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
    });
}

Result<void> Server::take_pty(const HostPtr& host) {
    if (!pty_) {  // pulled out by the record: the name comes back for the next connection
        if (auto again = open_pty(pty_path_); !again) {
            return fail(std::move(again.error()));
        }
    }
    error_code error;
    host->stream.assign(::dup(pty_->master()), error);
    if (!error) {
        host->watch.assign(::dup(pty_->watch()), error);
    }
    if (error) {
        return fail(Errc::io, "cannot use the pseudo-terminal: " + error.message(), pty_path_);
    }
    host->is_here = std::exchange(is_back_, false);
    spawn(listen_to(host));
    spawn(watch_pty(host, &*pty_));
    return {};
}

/// Waits for the next host.
asio::awaitable<Result<void>> Server::meet(Server* self, HostPtr host) {
    if (!self->pty_path_.empty()) {
        Result<void> taken = self->take_pty(host);
        while (taken && !host->is_here && !host->is_gone) {
            co_await host->news.wait();
        }
        co_return taken;
    }
    auto outcome = co_await self->acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    error_code error = std::get<0>(outcome);
    if (!error) {
        asio::ip::tcp::socket& socket = std::get<1>(outcome);
        error_code ignored;
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        const int descriptor = socket.release(error);
        if (!error) {
            host->stream.assign(descriptor, error);
        }
    }
    if (error) {
        co_return fail(Errc::io, "cannot take a connection: " + error.message());
    }
    host->is_here = true;
    self->spawn(listen_to(host));
    co_return Result<void>();
}

asio::awaitable<Result<void>> Server::play_next(Server* self, std::size_t number, Played* sum) {
    auto conversation = conversation_for(self->driver_, self->connections_[number]);
    auto host =
        std::make_shared<Host>(self->io_, self->timing_, std::move(conversation), self->speed_);
    const auto close = [host] { host->close(); };
    const drivers::link::Finally at_the_end(close);
    Result<void> met = co_await meet(self, host);
    if (!met) {
        co_return met;
    }
    Result<void> played = co_await play_connection(host);
    sum->asides += host->conversation->asides();
    self->is_back_ = host->is_back;
    if (!host->is_gone) {
        host->close();
        self->pty_.reset();  // the record's instrument went away
    }
    co_return played;
}

asio::awaitable<Result<Played>> Server::play_all(Server* self) {
    Played played;
    for (std::size_t i = 0; i < self->connections_.size(); ++i) {
        Result<void> one = co_await play_next(self, i, &played);
        if (!one) {
            Error error = one.error();
            error.where = self->source_ + (error.where.empty() ? "" : ", " + error.where);
            co_return fail(std::move(error));
        }
        ++played.connections;
    }
    co_return played;
}

}  // namespace

Result<std::unique_ptr<Player>> Player::make(
    asio::io_context& io,
    Timing& timing,
    const drivers::link::Traffic& traffic,
    const std::string& source,
    double speed
) {
    auto connections = connections_of(traffic, source);
    if (!connections) {
        return fail(std::move(connections.error()));
    }
    return std::make_unique<Server>(
        io, timing, std::move(*connections), traffic.header.driver, source, speed
    );
}

}  // namespace relaxd::ctl::traffic
