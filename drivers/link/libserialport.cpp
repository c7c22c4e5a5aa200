// SPDX-License-Identifier: MIT
//
// The only file that knows libserialport: it opens and configures real ports. It never reads or
// writes: its reads mistake an unplugged adapter for silence. It lists none: see ports.hpp.
#include "drivers/link/serial.hpp"

#include <libserialport.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace relaxd::drivers::link {
namespace {

struct PortDeleter {
    void operator()(sp_port* port) const {
        sp_close(port);
        sp_free_port(port);
    }
};
using PortPtr = std::unique_ptr<sp_port, PortDeleter>;

std::string text_or_empty(const char* text) {
    return text == nullptr ? std::string() : std::string(text);
}

std::string last_message() {
    char* text = sp_last_error_message();
    std::string copy = text_or_empty(text);
    sp_free_error_message(text);
    return copy;
}

sp_parity to_library(Parity parity) {
    switch (parity) {
        case Parity::none: return SP_PARITY_NONE;
        case Parity::even: return SP_PARITY_EVEN;
        case Parity::odd: return SP_PARITY_ODD;
    }
    return SP_PARITY_NONE;
}

}  // namespace

Result<int> open_real_port(const std::string& path, const SerialSettings& settings) {
    sp_port* raw = nullptr;
    if (sp_get_port_by_name(path.c_str(), &raw) != SP_OK) {
        return fail(
            Errc::unreachable,
            "this is not a serial port of this machine",
            path,
            "relaxctl ports lists those that are"
        );
    }
    const PortPtr port(raw);
    if (sp_open(port.get(), SP_MODE_READ_WRITE) != SP_OK) {
        const int code = errno;
        const bool denied = code == EACCES || code == EPERM;
        const Errc kind = code == EBUSY                                       ? Errc::busy
                          : code == ENOENT || code == ENXIO || code == ENODEV ? Errc::unreachable
                                                                              : Errc::io;
        return fail(
            kind,
            "the port cannot be opened: " + last_message(),
            path,
            denied ? "add the daemon's user to the group dialout" : ""
        );
    }
    if (sp_set_baudrate(port.get(), settings.baudrate) != SP_OK ||
        sp_set_bits(port.get(), settings.data_bits) != SP_OK ||
        sp_set_parity(port.get(), to_library(settings.parity)) != SP_OK ||
        sp_set_stopbits(port.get(), settings.stop_bits) != SP_OK ||
        sp_set_flowcontrol(port.get(), SP_FLOWCONTROL_NONE) != SP_OK) {
        return fail(
            Errc::io,
            "the port refuses its settings: " + last_message(),
            path,
            "check baudrate, data_bits, parity and stop_bits in the uri"
        );
    }
    int handle = -1;
    if (sp_get_port_handle(port.get(), &handle) != SP_OK) {
        return fail(Errc::io, "libserialport gives no descriptor: " + last_message(), path);
    }
    // The library's own descriptor is closed with `port`; ours lives on, settings and all.
    const int descriptor = ::fcntl(handle, F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) {
        return fail(Errc::io, std::string("no descriptor left: ") + std::strerror(errno), path);
    }
    if (auto done = finish_tty(descriptor, path, settings, true); !done) {
        ::close(descriptor);
        return fail(done.error());
    }
    return descriptor;
}

}  // namespace relaxd::drivers::link
