// SPDX-License-Identifier: MIT
//
// The TCP connection between the driver and a simulated device, in memory and in the time of the
// simulation: latency, loss, silence, refusal. It behaves to the device as SimServer does (one host
// at a time; another is told `busy` until the first has been silent for 5 s).
//
// The device outlives every connection; connections are of one life of the daemon.
#pragma once

#include "drivers/link/link.hpp"
#include "drivers/link/signal.hpp"
#include "drivers/simulator/sim_device.hpp"
#include "tests/support/manual_timing.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace relaxd::test::simulation {

class Cable {
  public:
    Cable(simulator::SimDevice& device, ManualTiming& timing, double latency_s, bool is_slow);

    [[nodiscard]] std::unique_ptr<drivers::link::Opener> make_opener(
        const boost::asio::any_io_executor& executor
    );

    /// Moves what is due, both ways; true when the driver has news.
    bool step();
    [[nodiscard]] SteadyTime next_event() const;

    // What happens to it.
    void reset();                 ///< Both ends learn at once.
    void refuse(double seconds);  ///< Nobody listens.
    /// Nothing passes and nobody says so. `keepalive`: the host's system gives up after 5 s.
    void vanish(double seconds, bool keepalive);
    void slow_down(double seconds, double latency_s);
    void heal();
    /// The daemon's process has died: its system closes, or (power) nothing is said.
    void host_died(bool says_so);

    [[nodiscard]] bool is_connected() const;
    [[nodiscard]] bool is_hurt() const;
    /// Most bytes that ever waited on one way.
    [[nodiscard]] std::size_t worst_queue() const { return worst_queue_; }

    struct Connection;
    using ConnectionPtr = std::shared_ptr<Connection>;

  private:
    friend class CableOpener;
    friend class CableLink;
    [[nodiscard]] SteadyTime now() const { return timing_.clock().steady(); }
    [[nodiscard]] bool is_vanished() const { return now() < vanished_until_; }
    [[nodiscard]] double latency_s() const;
    /// The connection, or nothing while nobody answers; refused where nobody listens.
    [[nodiscard]] Result<ConnectionPtr> connect(const boost::asio::any_io_executor& executor);
    void to_driver(Connection& connection, std::string bytes);
    void end_at_driver(Connection& connection, const char* why);
    void end_at_device();
    bool deliver_to_device();
    bool deliver_to_driver();

    simulator::SimDevice& device_;
    ManualTiming& timing_;
    double usual_latency_s_;
    bool is_slow_;
    ConnectionPtr served_;  ///< Whose bytes the device takes; it may not know that it is dead.
    SteadyTime last_received_;
    SteadyTime refused_until_;
    SteadyTime vanished_until_;
    std::optional<SteadyTime> given_up_at_;  ///< By the host's system.
    SteadyTime slow_until_;
    double slow_latency_s_ = 0.0;
    std::size_t worst_queue_ = 0;
};

}  // namespace relaxd::test::simulation
