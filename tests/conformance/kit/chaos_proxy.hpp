// SPDX-License-Identifier: MIT
//
// A relay between a driver and an instrument that does what a ChaosPlan says to what passes. The
// driver's side is TCP, a pty or memory; the instrument's side is anything that an Opener opens.
// With a manual Timing and links in memory everything happens in virtual time.
//
// Held by shared_ptr: its coroutines keep it until close(), which ends them. One thread.
#pragma once

#include "drivers/link/link.hpp"
#include "drivers/link/signal.hpp"
#include "tests/conformance/kit/chaos.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::test::kit {

/// A line that the driver sent, as it left the driver.
struct Heard {
    std::uint64_t connection = 0;  ///< From 1.
    bool by_other = false;         ///< The other unit was at the far end.
    std::uint64_t answers = 0;     ///< Lines to the driver before it, over all connections.
    std::string line;              ///< With its terminator.
    Heard() = default;
};

/// The driver's end of one connection.
class HostEnd {
  public:
    virtual ~HostEnd() = default;
    [[nodiscard]] virtual drivers::link::ByteLink& link() = 0;
    /// Half-close where there is such a thing; false: it had to close whole.
    virtual bool shutdown_send() = 0;
};

class ChaosProxy : public std::enable_shared_from_this<ChaosProxy> {
  public:
    using OpenerPtr = std::unique_ptr<drivers::link::Opener>;

    /// `timing` outlives it. `other` opens the unit that answers after Break::wrong_device.
    ChaosProxy(
        boost::asio::any_io_executor executor,
        drivers::link::Timing& timing,
        ChaosPlan plan,
        OpenerPtr device,
        OpenerPtr other = nullptr
    );

    // The driver's side: one of these, once.
    /// An opener of links in memory. The proxy outlives what it opens.
    [[nodiscard]] OpenerPtr make_opener(bool is_slow = false);
    /// `tcp://127.0.0.1:PORT`.
    [[nodiscard]] Result<std::string> listen();
    /// `serial://PATH`; PATH is a symlink that the proxy makes.
    [[nodiscard]] Result<std::string> open_pty(const std::string& path);

    /// Something happens now that is not in the plan.
    void break_now(Break kind, double seconds = 0.0);
    /// From now on every byte passes as it is; what is held up still comes when it is due.
    void calm() { is_calm_ = true; }
    void excite() { is_calm_ = false; }
    /// Until told otherwise nothing passes to the host (the device is dumb), or to anybody.
    void mute(bool on) { is_mute_ = on; }

    void close();

    [[nodiscard]] const ChaosReport& report() const { return report_; }
    [[nodiscard]] std::string text() const { return report_.text(plan_); }
    /// What the driver sent, in the order sent.
    [[nodiscard]] const std::vector<Heard>& heard() const { return heard_; }
    [[nodiscard]] std::uint64_t connections() const { return connections_; }
    [[nodiscard]] bool refuses() const;

    // For the driver's ends only.
    class Front {
      public:
        virtual ~Front() = default;
        /// The connection has been closed by the proxy; come back when refuses() is over.
        virtual void hung_up() {}
        virtual void close() = 0;
    };
    void begin(std::unique_ptr<HostEnd> host);
    /// The driver closed its end, and the carrier says so by itself.
    void host_left();
    [[nodiscard]] drivers::link::Timing& timing() { return timing_; }
    [[nodiscard]] const boost::asio::any_io_executor& executor() const { return executor_; }

  private:
    struct Session;
    using SessionPtr = std::shared_ptr<Session>;
    using Self = std::shared_ptr<ChaosProxy>;

    static boost::asio::awaitable<void> connect(Self self, SessionPtr session);
    static boost::asio::awaitable<void> take(Self self, SessionPtr session, bool to_host);
    static boost::asio::awaitable<void> give(Self self, SessionPtr session, bool to_host);
    void spawn(boost::asio::awaitable<void> loop);
    void end(const SessionPtr& session, bool by_host);
    void strike(Break kind, double seconds);
    void listen_to(std::string_view bytes, Session& session);
    void meet_plan();
    [[nodiscard]] SteadyTime now() const { return timing_.clock().steady(); }

    boost::asio::any_io_executor executor_;
    drivers::link::Timing& timing_;
    ChaosPlan plan_;
    ChaosReport report_;
    OpenerPtr device_;
    OpenerPtr other_;
    std::shared_ptr<Front> front_;
    ChaosWay to_host_;
    ChaosWay to_device_;
    SessionPtr session_;
    std::vector<Heard> heard_;
    std::uint64_t connections_ = 0;
    std::size_t next_breakage_ = 0;
    bool is_calm_ = false;
    bool is_mute_ = false;
    bool is_closed_ = false;
    bool other_is_next_ = false;
    SteadyTime refused_until_;
    SteadyTime swallowed_until_;
};

}  // namespace relaxd::test::kit
