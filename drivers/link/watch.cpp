// SPDX-License-Identifier: MIT
#include "drivers/link/watch.hpp"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <utility>

namespace relaxd::drivers::link {

Error unplugged(const std::string& what, const std::string& where) {
    return Error{
        Errc::unreachable,
        "unplugged: " + what,
        where,
        "plug the adapter in again; it is opened as soon as it is back"
    };
}

Error closed_by_instrument(const std::string& where) {
    return Error{Errc::unreachable, "the instrument closed the connection", where, {}};
}

Error silent(const std::string& what, const std::string& where) {
    return Error{
        Errc::unreachable,
        "silent: " + what,
        where,
        "is the instrument switched on, and does the cable hold?"
    };
}

Watch::Watch(int descriptor, std::string node) : descriptor_(descriptor), node_(std::move(node)) {
    struct stat status{};
    if (!node_.empty() && ::fstat(descriptor_, &status) == 0) {
        opened_ = Node{status.st_dev, status.st_ino, status.st_rdev};
    }
}

std::optional<Error> Watch::look() {
    if (auto lost = hang_up()) {
        return lost;
    }
    looks_without_node_ = is_node_there() ? 0 : looks_without_node_ + 1;
    if (looks_without_node_ >= 2) {  // once may be udev at work
        return unplugged("the device is no longer there", node_);
    }
    return std::nullopt;
}

bool Watch::is_node_there() const {
    if (node_.empty()) {
        return true;
    }
    struct stat status{};
    if (::stat(node_.c_str(), &status) == 0) {
        return opened_ == Node{status.st_dev, status.st_ino, status.st_rdev};
    }
    return errno != ENOENT && errno != ENOTDIR && errno != ENODEV && errno != ENXIO;
}

std::optional<Error> Watch::hang_up() {
    pollfd state{};
    state.fd = descriptor_;
    state.events = POLLRDHUP;  // POLLERR and POLLHUP are always told
    const bool is_lost = ::poll(&state, 1, 0) > 0 &&
                         (state.revents & (POLLERR | POLLHUP | POLLRDHUP | POLLNVAL)) != 0;
    if (!is_lost) {
        return std::nullopt;
    }
    int unread = 0;
    const bool is_unread = ::ioctl(descriptor_, FIONREAD, &unread) == 0 && unread > 0;
    if (is_unread && !is_unread_left_) {  // somebody may be about to read it
        is_unread_left_ = true;
        return std::nullopt;
    }
    if (!node_.empty()) {
        return unplugged("the serial line hung up", node_);
    }
    int code = 0;
    socklen_t size = sizeof code;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &code, &size) != 0 || code == 0) {
        return closed_by_instrument({});
    }
    if (code == ETIMEDOUT) {
        return silent("nothing comes back over the network", {});
    }
    return Error{
        Errc::unreachable, std::string("the connection is lost: ") + std::strerror(code), {}, {}
    };
}

}  // namespace relaxd::drivers::link
