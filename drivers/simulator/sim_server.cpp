// SPDX-License-Identifier: MIT
#include "drivers/simulator/sim_server.hpp"

#include "drivers/simulator/frame.hpp"
#include "drivers/simulator/listen.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <chrono>
#include <unistd.h>
#include <utility>

namespace relaxd::simulator {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::int64_t silent_ns = 5'000'000'000;  // section 1.1
constexpr std::chrono::seconds turn_away_time{1};

// A refused connection: what it has sent is read away, so that closing does not reset the line.
struct Refused {
    Refused(asio::ip::tcp::socket socket_in, asio::io_context& io)
        : socket(std::move(socket_in)), timer(io) {}
    asio::ip::tcp::socket socket;
    asio::steady_timer timer;
    std::array<char, 512> sink{};
};

void drain(const std::shared_ptr<Refused>& refused) {
    refused->socket.async_read_some(
        asio::buffer(refused->sink),
        [refused](const error_code& error, std::size_t) {
            if (error) {
                refused->timer.cancel();
            } else {
                drain(refused);
            }
        }
    );
}

}  // namespace

SimServer::SimServer(
    asio::io_context& io, SimDevice& device, const Clock& clock, RecordFile* record
)
    : io_(io),
      device_(device),
      clock_(clock),
      record_(record),
      acceptor_(io),
      timer_(io),
      turn_away_line_(framed("! 0 busy another host is connected")) {
    device_.disconnect();
}

Result<std::string> SimServer::listen(const std::string& address, std::uint16_t port) {
    Result<std::string> where = listen_on(acceptor_, address, port);
    if (where) {
        accept();
        pump();
    }
    return where;
}

Result<std::string> SimServer::open_pty(const std::string& path) {
    pty_path_ = path;
    if (Result<void> served = serve_pty(); !served) {
        return fail(std::move(served.error()));
    }
    return "pty " + path;
}

Result<void> SimServer::serve_pty() {
    Result<Pty> pty = Pty::open(pty_path_);
    if (!pty) {
        return fail(std::move(pty.error()));
    }
    pty_.emplace(std::move(*pty));
    const auto session = std::make_shared<Session>(io_);
    error_code error;
    session->stream.assign(dup(pty_->master()), error);
    if (error) {
        return fail(Errc::io, "cannot use the pseudo-terminal: " + error.message(), pty_path_);
    }
    if (pty_->watch() >= 0) {
        pty_watch_.emplace(io_);
        pty_watch_->assign(dup(pty_->watch()), error);
        watch_pty();
    }
    begin_session(session);
    return {};
}

void SimServer::stop() {
    stopped_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    if (session_) {
        session_->stream.close(ignored);
        session_.reset();
    }
    if (pty_watch_) {
        pty_watch_->close(ignored);
    }
    pty_.reset();
    if (record_ != nullptr) {
        record_->flush();
    }
}

void SimServer::accept() {
    acceptor_.async_accept([this](const error_code& error, asio::ip::tcp::socket socket) {
        if (stopped_ || error == asio::error::operation_aborted) {
            return;
        }
        if (!error) {
            take_connection(std::move(socket));
        }
        accept();
    });
}

void SimServer::take_connection(asio::ip::tcp::socket socket) {
    const SteadyTime now = clock_.steady();
    device_.advance_to(now);
    if (!device_.accepting()) {
        return;  // closes it
    }
    if (session_ && now.ns - session_->last_received.ns < silent_ns) {
        turn_away(std::move(socket));
        return;
    }
    if (session_) {
        lose(session_);
    }
    error_code error;
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    const auto session = std::make_shared<Session>(io_);
    const int descriptor = socket.release(error);
    if (error) {
        return;
    }
    session->stream.assign(descriptor, error);
    if (!error) {
        begin_session(session);
    }
}

void SimServer::turn_away(asio::ip::tcp::socket socket) {
    const auto refused = std::make_shared<Refused>(std::move(socket), io_);
    error_code error;
    refused->socket.write_some(asio::buffer(turn_away_line_), error);
    refused->socket.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    refused->timer.expires_after(turn_away_time);
    refused->timer.async_wait([refused](const error_code&) {
        error_code ignored;
        refused->socket.close(ignored);
    });
    drain(refused);
}

void SimServer::begin_session(SessionPtr session) {
    session->last_received = clock_.steady();
    session_ = std::move(session);
    device_.advance_to(clock_.steady());
    device_.connect();
    read(session_);
    pump();
}

void SimServer::read(const SessionPtr& session) {
    if (session->reading || !device_.reading()) {
        return;  // pump() tries again
    }
    session->reading = true;
    session->stream.async_read_some(
        asio::buffer(session->incoming),
        [this, session](const error_code& error, std::size_t size) {
            session->reading = false;
            if (stopped_ || session != session_) {
                return;
            }
            if (error == asio::error::operation_aborted) {
                read(session);  // pty_changed threw old output away
                return;
            }
            if (error) {
                lose(session);
                pump();
                return;
            }
            if (pty_watch_) {
                pty_changed();  // an open stands before the bytes that followed it
            }
            session->last_received = clock_.steady();
            if (!device_.connected()) {
                device_.connect();
            }
            device_.receive({session->incoming.data(), size}, session->last_received);
            pump();
            read(session);
        }
    );
}

void SimServer::lose(const SessionPtr& session) {
    error_code ignored;
    session->stream.close(ignored);
    session_.reset();
    device_.advance_to(clock_.steady());
    device_.disconnect();
}

// The device has closed the session. A serial line's name is gone until it accepts again, as that
// of an adapter that was pulled out.
void SimServer::hang_up() {
    if (!pty_path_.empty()) {
        if (pty_watch_) {
            error_code ignored;
            pty_watch_->close(ignored);
            pty_watch_.reset();
        }
        pty_.reset();
    }
    lose(session_);
}

void SimServer::pump() {
    if (stopped_) {
        return;
    }
    device_.advance_to(clock_.steady());
    if (record_ != nullptr) {
        record_->flush();
    }
    if (!pty_path_.empty() && session_ && !device_.connected() && !device_.accepting()) {
        hang_up();  // pulled out while no host was there
    }
    if (session_) {
        read(session_);
    } else if (!pty_path_.empty() && device_.accepting()) {
        if (serve_pty()) {
            return;  // it has pumped
        }
    }
    write_out();
    rearm();
}

void SimServer::write_out() {
    if (!session_ || session_->writing) {
        return;
    }
    session_->outgoing = device_.take_output();
    if (session_->outgoing.empty()) {
        if (device_.take_hang_up()) {
            hang_up();
        }
        return;
    }
    session_->writing = true;
    const SessionPtr session = session_;
    asio::async_write(
        session->stream,
        asio::buffer(session->outgoing),
        [this, session](const error_code& error, std::size_t) {
            session->writing = false;
            if (stopped_ || session != session_) {
                return;
            }
            if (error && error != asio::error::operation_aborted) {
                lose(session);
            }
            pump();
        }
    );
}

void SimServer::rearm() {
    const std::int64_t wait_ns = device_.next_wake().ns - clock_.steady().ns;
    timer_.expires_after(std::chrono::nanoseconds(std::max<std::int64_t>(wait_ns, 0)));
    timer_.async_wait([this](const error_code& error) {
        if (!error) {
            pump();
        }
    });
}

void SimServer::watch_pty() {
    pty_watch_->async_wait(
        asio::posix::stream_descriptor::wait_read,
        [this](const error_code& error) {
            if (stopped_ || error) {
                return;
            }
            pty_changed();
            watch_pty();
        }
    );
}

// A serial line has no connections; an open of its device begins a session, a close ends one.
void SimServer::pty_changed() {
    const int change = pty_->last_change();
    if (change == 0 || !session_) {
        return;
    }
    device_.advance_to(clock_.steady());
    if (session_->writing) {
        session_->stream.cancel();  // the last host's bytes; the read it cancels is begun again
    }
    if (change > 0) {
        device_.connect();
    } else {
        device_.disconnect();
        pty_->discard_unread();
    }
    pump();
}

}  // namespace relaxd::simulator
