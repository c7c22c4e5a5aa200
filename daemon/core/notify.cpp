// SPDX-License-Identifier: MIT
#include "daemon/core/notify.hpp"

#include "schema/base/number.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace relaxd::daemon {

namespace {
std::string environment(const char* name) {
    // Read once at start-up, before any other thread exists.
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::string{} : std::string(value);
}
}  // namespace

ServiceNotifier::ServiceNotifier()
    : ServiceNotifier(
          environment("NOTIFY_SOCKET"), to_count(environment("WATCHDOG_USEC")).value_or(0)
      ) {}

ServiceNotifier::ServiceNotifier(std::string socket_path, std::uint64_t watchdog_us)
    : socket_path_(std::move(socket_path)), watchdog_us_(watchdog_us) {}

bool ServiceNotifier::send(std::string_view state) const {
    sockaddr_un address{};
    if (socket_path_.empty() || socket_path_.size() >= sizeof address.sun_path) {
        return false;
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
    if (socket_path_.front() == '@') {
        address.sun_path[0] = '\0';
    }
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return false;
    }
    const auto length =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path_.size());
    const void* raw = &address;
    const auto sent = ::sendto(
        descriptor,
        state.data(),
        state.size(),
        MSG_NOSIGNAL,
        static_cast<const sockaddr*>(raw),
        length
    );
    ::close(descriptor);
    return sent == static_cast<ssize_t>(state.size());
}

double ServiceNotifier::feed_interval_s() const {
    return static_cast<double>(watchdog_us_) * 1e-6 / 2.0;
}

}  // namespace relaxd::daemon
