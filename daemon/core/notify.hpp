// SPDX-License-Identifier: MIT
//
// The few lines of systemd's notification protocol that we need (sd_notify(3)): one datagram to the
// socket named by NOTIFY_SOCKET. Without that variable everything here does nothing.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relaxd::daemon {

class ServiceNotifier {
  public:
    /// Takes NOTIFY_SOCKET and WATCHDOG_USEC from the environment.
    ServiceNotifier();
    /// For tests: socket path ('@' first = abstract) and watchdog period.
    ServiceNotifier(std::string socket_path, std::uint64_t watchdog_us);

    /// "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…". False when nothing was sent.
    bool send(std::string_view state) const;
    /// Half of systemd's watchdog period in seconds; 0 = nobody watches.
    [[nodiscard]] double feed_interval_s() const;

  private:
    std::string socket_path_;
    std::uint64_t watchdog_us_ = 0;
};

}  // namespace relaxd::daemon
