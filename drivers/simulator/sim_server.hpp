// SPDX-License-Identifier: MIT
//
// Puts a SimDevice on a TCP port or a pseudo-terminal: one host at a time (section 1.1),
// back-pressure instead of loss, the instrument's clock driven by one timer.
//
// Everything runs on the io_context's one thread.

#pragma once

#include "drivers/simulator/pty.hpp"
#include "drivers/simulator/record_file.hpp"
#include "drivers/simulator/sim_device.hpp"
#include "schema/base/clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace relaxd::simulator {

class SimServer {
  public:
    /// `device` and `clock` must outlive the server. `record`, which may be null, is what the
    /// device's readings are written to: it is flushed before they are sent.
    SimServer(
        boost::asio::io_context& io, SimDevice& device, const Clock& clock, RecordFile* record
    );

    /// Listens on an address such as 127.0.0.1; port 0 takes a free one. Returns
    /// `tcp://ADDRESS:PORT`.
    [[nodiscard]] Result<std::string> listen(const std::string& address, std::uint16_t port);

    /// Serves a pseudo-terminal under this symlink. Returns `pty PATH`.
    [[nodiscard]] Result<std::string> open_pty(const std::string& path);

    /// What a second host is told before its connection is closed; by default the line of section
    /// 1.1, empty: nothing.
    void turn_away_with(std::string line) { turn_away_line_ = std::move(line); }

    /// Closes everything; the io_context then runs out of work.
    void stop();

  private:
    /// One host's byte stream: a connection, or the pty's master.
    struct Session {
        explicit Session(boost::asio::io_context& io) : stream(io) {}
        boost::asio::posix::stream_descriptor stream;
        std::array<char, 4096> incoming{};
        std::string outgoing;
        bool writing = false;
        bool reading = false;
        SteadyTime last_received;
    };
    using SessionPtr = std::shared_ptr<Session>;

    void accept();
    void take_connection(boost::asio::ip::tcp::socket socket);
    void turn_away(boost::asio::ip::tcp::socket socket);
    void begin_session(SessionPtr session);
    void read(const SessionPtr& session);
    void lose(const SessionPtr& session);
    void hang_up();
    [[nodiscard]] Result<void> serve_pty();
    void pump();
    void write_out();
    void rearm();
    void watch_pty();
    void pty_changed();

    boost::asio::io_context& io_;
    SimDevice& device_;
    const Clock& clock_;
    RecordFile* record_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer timer_;
    SessionPtr session_;
    std::string turn_away_line_;
    std::string pty_path_;  ///< Empty: TCP.
    std::optional<Pty> pty_;
    std::optional<boost::asio::posix::stream_descriptor> pty_watch_;
    bool stopped_ = false;
};

}  // namespace relaxd::simulator
