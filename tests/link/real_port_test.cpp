// SPDX-License-Identifier: MIT
//
// The libserialport opener without hardware. A pty refuses the modem-line calls that libserialport
// makes and lies outside /dev, so this program stands in for ioctl (the shared library takes ours)
// and reaches the pty by a link through /dev/.. that the library does not see through.
#include "drivers/link/serial.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

extern "C" int ioctl(int descriptor, unsigned long request, ...) noexcept {
    va_list arguments;
    va_start(arguments, request);
    void* argument = va_arg(arguments, void*);
    va_end(arguments);
    const long result = ::syscall(SYS_ioctl, descriptor, request, argument);
    const bool modem_lines = request == TIOCMGET || request == TIOCMBIS || request == TIOCMBIC;
    if (result < 0 && errno == ENOTTY && modem_lines) {
        errno = 0;
        if (request == TIOCMGET) {
            *static_cast<int*>(argument) = 0;
        }
        return 0;
    }
    return static_cast<int>(result);
}

using namespace relaxd::drivers::link;

namespace {

class PtyBehindLink {
  public:
    PtyBehindLink() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        REQUIRE(master_ >= 0);
        REQUIRE(::grantpt(master_) == 0);
        REQUIRE(::unlockpt(master_) == 0);
        std::array<char, 64> name{};
        REQUIRE(::ptsname_r(master_, name.data(), name.size()) == 0);
        link_ = std::filesystem::temp_directory_path() /
                ("relaxd-real-port-" + std::to_string(::getpid()));
        std::filesystem::create_symlink(name.data(), link_);
    }
    ~PtyBehindLink() {
        std::filesystem::remove(link_);
        ::close(master_);
    }
    PtyBehindLink(const PtyBehindLink&) = delete;
    PtyBehindLink& operator=(const PtyBehindLink&) = delete;
    [[nodiscard]] std::string path() const { return "/dev/../../.." + link_.string(); }

  private:
    int master_;
    std::filesystem::path link_;
};

}  // namespace

TEST_CASE("what libserialport forgets is set and read back", "[link]") {
    const PtyBehindLink pty;
    SerialSettings settings;
    settings.rtscts = true;
    const auto descriptor = open_real_port(pty.path(), settings);
    INFO((descriptor ? std::string() : descriptor.error().sentence()));
    REQUIRE(descriptor.has_value());
    termios t{};
    REQUIRE(::tcgetattr(*descriptor, &t) == 0);
    CHECK(t.c_cc[VMIN] == 1);           // libserialport leaves 0: Asio would see end of file
    CHECK((t.c_cflag & CRTSCTS) != 0);  // libserialport sets it in the wrong word
    CHECK(::cfgetospeed(&t) == B115200);
    CHECK((t.c_cflag & CSIZE) == CS8);
    CHECK((::fcntl(*descriptor, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(*descriptor, F_GETFL) & O_NONBLOCK) != 0);
    int exclusive = 0;
    REQUIRE(::ioctl(*descriptor, TIOCGEXCL, &exclusive) == 0);
    CHECK(exclusive != 0);
    ::close(*descriptor);
}

TEST_CASE("a real port that does not take a setting is not used", "[link]") {
    const PtyBehindLink pty;  // a pty takes neither 7 bits nor parity
    SerialSettings settings;
    settings.parity = Parity::even;
    settings.data_bits = 7;
    const auto descriptor = open_real_port(pty.path(), settings);
    REQUIRE_FALSE(descriptor.has_value());
    CHECK(descriptor.error().code == relaxd::Errc::io);
    CHECK(descriptor.error().hint.find("parity") != std::string::npos);
}
