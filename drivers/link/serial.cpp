// SPDX-License-Identifier: MIT
#include "drivers/link/serial.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace relaxd::drivers::link {
namespace {

tl::unexpected<Error> system_failure(int code, const std::string& what, const std::string& path) {
    std::string hint;
    Errc kind = Errc::io;
    if (code == ENOENT || code == ENXIO || code == ENODEV || code == ENOTDIR) {
        kind = Errc::unreachable;
        hint = "is the adapter plugged in? relaxctl ports lists the ports of this machine";
    } else if (code == EBUSY || code == EWOULDBLOCK) {
        kind = Errc::busy;
        hint = "another program holds this port";
    } else if (code == EACCES || code == EPERM) {
        hint = "add the daemon's user to the group dialout";
    }
    return fail(kind, what + ": " + std::strerror(code), path, std::move(hint));
}

void make_raw(termios& t) {
    ::cfmakeraw(&t);
    // Left as another program set it: bytes of bad parity would be left out, XOFF would stop us.
    t.c_iflag &= ~static_cast<tcflag_t>(IGNPAR | IXOFF | IXANY);
    t.c_cflag |= static_cast<tcflag_t>(CLOCAL | CREAD);
    t.c_cc[VMIN] = 1;  // 0 would read as end of file on a quiet line
    t.c_cc[VTIME] = 0;
}

/// What differs between wanted and set, as words; empty if nothing.
std::string difference(const termios& wanted, const termios& got) {
    std::string text;
    const auto cflag = static_cast<tcflag_t>(CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS);
    if ((wanted.c_cflag & cflag) != (got.c_cflag & cflag)) {
        text += " data bits, parity, stop bits or flow control";
    }
    if ((wanted.c_iflag & static_cast<tcflag_t>(INPCK)) !=
        (got.c_iflag & static_cast<tcflag_t>(INPCK))) {
        text += " input parity check";
    }
    if (got.c_cc[VMIN] != 1 || got.c_cc[VTIME] != 0) {
        text += " VMIN and VTIME";
    }
    if (::cfgetospeed(&wanted) != ::cfgetospeed(&got)) {
        text += " baud rate";
    }
    return text;
}

}  // namespace

Result<void> finish_tty(
    int descriptor, const std::string& path, const SerialSettings& settings, bool strict
) {
    // Two programs on one line mix their replies: one holds the lock, the other is told.
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        return system_failure(errno, "the port is locked", path);
    }
    termios wanted{};
    if (::tcgetattr(descriptor, &wanted) != 0) {
        return system_failure(errno, "the port's settings cannot be read", path);
    }
    make_raw(wanted);
    const auto size = settings.data_bits == 5   ? CS5
                      : settings.data_bits == 6 ? CS6
                      : settings.data_bits == 7 ? CS7
                                                : CS8;
    wanted.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS);
    wanted.c_cflag |= static_cast<tcflag_t>(size);
    if (settings.stop_bits == 2) {
        wanted.c_cflag |= static_cast<tcflag_t>(CSTOPB);
    }
    if (settings.rtscts) {
        wanted.c_cflag |= static_cast<tcflag_t>(CRTSCTS);
    }
    if (settings.parity != Parity::none) {
        wanted.c_cflag |= static_cast<tcflag_t>(PARENB);
        wanted.c_iflag |= static_cast<tcflag_t>(INPCK);
        if (settings.parity == Parity::odd) {
            wanted.c_cflag |= static_cast<tcflag_t>(PARODD);
        }
    }
    const bool set = ::tcsetattr(descriptor, TCSANOW, &wanted) == 0;
    const int set_errno = errno;
    termios got{};
    if (::tcgetattr(descriptor, &got) != 0) {
        return system_failure(errno, "the port's settings cannot be read back", path);
    }
    if (strict) {
        if (!set) {
            return system_failure(set_errno, "the port refuses its settings", path);
        }
        if (const std::string differs = difference(wanted, got); !differs.empty()) {
            return fail(
                Errc::io,
                "the port did not take what it was told:" + differs,
                path,
                "check baudrate, data_bits, parity, stop_bits and flow in the uri"
            );
        }
        // Not on a pty: the flag stays while the other side keeps its end open.
        if (::ioctl(descriptor, TIOCEXCL) != 0) {
            return system_failure(errno, "the port cannot be held for us alone", path);
        }
    } else if (!set || got.c_cc[VMIN] != 1) {
        make_raw(got);  // a pty refuses 7 bits or parity, and the whole call with it
        if (::tcsetattr(descriptor, TCSANOW, &got) != 0) {
            return system_failure(errno, "the pty cannot be made raw", path);
        }
    }
    if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) {
        return system_failure(errno, "close-on-exec cannot be set", path);
    }
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0) {
        return system_failure(errno, "the port cannot be made non-blocking", path);
    }
    ::tcflush(descriptor, TCIOFLUSH);
    return {};
}

Result<int> open_pty(const std::string& path, const SerialSettings& settings) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return system_failure(errno, "the pty cannot be opened", path);
    }
    if (auto done = finish_tty(descriptor, path, settings, false); !done) {
        ::close(descriptor);
        return fail(done.error());
    }
    return descriptor;
}

Result<int> open_serial(const SerialSettings& settings) {
    std::error_code ec;
    const std::filesystem::path real = std::filesystem::canonical(settings.path, ec);
    if (ec) {
        return system_failure(ec.value(), "there is no such port", settings.path);
    }
    return open_resolved(real.string(), settings);
}

Result<int> open_resolved(const std::string& path, const SerialSettings& settings) {
    if (path.starts_with("/dev/pts/")) {
        return open_pty(path, settings);
    }
    return open_real_port(path, settings);
}

}  // namespace relaxd::drivers::link
