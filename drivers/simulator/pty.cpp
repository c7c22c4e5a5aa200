// SPDX-License-Identifier: MIT
#include "drivers/simulator/pty.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace relaxd::simulator {
namespace {

Error system_failure(const std::string& what, const std::string& where) {
    const int number = errno;
    return Error{Errc::io, what + ": " + std::strerror(number), where, {}};
}

bool make_raw(int descriptor) {
    termios settings{};
    if (tcgetattr(descriptor, &settings) != 0) {
        return false;
    }
    cfmakeraw(&settings);
    return tcsetattr(descriptor, TCSANOW, &settings) == 0;
}

std::string link_target(const std::string& path) {
    std::array<char, 256> text{};
    const ssize_t size = readlink(path.c_str(), text.data(), text.size());
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

Result<Pty> Pty::open(const std::string& link_path) {
    Pty pty;
    pty.master_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (pty.master_ < 0 || grantpt(pty.master_) != 0 || unlockpt(pty.master_) != 0) {
        return fail(system_failure("cannot make a pseudo-terminal", link_path));
    }
    std::array<char, 128> name{};
    if (ptsname_r(pty.master_, name.data(), name.size()) != 0) {
        return fail(system_failure("cannot name the pseudo-terminal", link_path));
    }
    pty.slave_name_ = name.data();
    pty.slave_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (pty.slave_ < 0 || !make_raw(pty.slave_) || !make_raw(pty.master_)) {
        return fail(system_failure("cannot make the pseudo-terminal raw", pty.slave_name_));
    }
    if (fcntl(pty.master_, F_SETFL, fcntl(pty.master_, F_GETFL) | O_NONBLOCK) != 0) {
        return fail(system_failure("cannot make the pseudo-terminal non-blocking", pty.slave_name_)
        );
    }
    // After our own open: the watch sees the host's only.
    pty.watch_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (pty.watch_ >= 0 && inotify_add_watch(pty.watch_, name.data(), IN_OPEN | IN_CLOSE) < 0) {
        close(pty.watch_);
        pty.watch_ = -1;
    }
    struct stat status{};
    if (lstat(link_path.c_str(), &status) == 0) {
        if (!S_ISLNK(status.st_mode)) {
            return fail(
                Errc::refused,
                "the path exists and is not a symlink",
                link_path,
                "name another path"
            );
        }
        unlink(link_path.c_str());
    }
    if (symlink(name.data(), link_path.c_str()) != 0) {
        return fail(system_failure("cannot make the symlink", link_path));
    }
    pty.link_path_ = link_path;
    return pty;
}

Pty::Pty(Pty&& other) noexcept
    : master_(std::exchange(other.master_, -1)),
      slave_(std::exchange(other.slave_, -1)),
      watch_(std::exchange(other.watch_, -1)),
      slave_name_(std::move(other.slave_name_)),
      link_path_(std::exchange(other.link_path_, std::string())) {}

Pty::~Pty() {
    if (!link_path_.empty() && link_target(link_path_) == slave_name_) {
        unlink(link_path_.c_str());
    }
    for (const int descriptor : {watch_, slave_, master_}) {
        if (descriptor >= 0) {
            close(descriptor);
        }
    }
}

int Pty::last_change() const {
    alignas(inotify_event) std::array<char, 4096> buffer{};
    int change = 0;
    while (true) {
        const ssize_t size = read(watch_, buffer.data(), buffer.size());
        if (size <= 0) {
            return change;
        }
        std::size_t offset = 0;
        while (offset + sizeof(inotify_event) <= static_cast<std::size_t>(size)) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + offset, sizeof event);
            if ((event.mask & IN_OPEN) != 0) {
                change = 1;
            } else if ((event.mask & IN_CLOSE) != 0) {
                change = -1;
            }
            offset += sizeof(inotify_event) + event.len;
        }
    }
}

void Pty::discard_unread() const {
    tcflush(slave_, TCIFLUSH);
}

}  // namespace relaxd::simulator
