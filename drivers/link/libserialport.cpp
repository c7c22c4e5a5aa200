// SPDX-License-Identifier: MIT
//
// The only file that knows libserialport: it lists ports and opens and configures real ones. It
// never reads or writes: its reads mistake an unplugged adapter for silence.
#include "drivers/link/ports.hpp"
#include "drivers/link/serial.hpp"

#include <libserialport.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
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

std::string stable_link(const std::string& path) {
    std::error_code ec;
    for (std::filesystem::directory_iterator it("/dev/serial/by-id", ec), end; !ec && it != end;
         it.increment(ec)) {
        std::error_code link_ec;
        if (std::filesystem::canonical(it->path(), link_ec) == path && !link_ec) {
            return it->path().string();
        }
    }
    return {};
}

Port describe(const sp_port* port) {
    Port found;
    found.path = text_or_empty(sp_get_port_name(port));
    found.by_id = stable_link(found.path);
    found.description = text_or_empty(sp_get_port_description(port));
    switch (sp_get_port_transport(port)) {
        case SP_TRANSPORT_USB: found.transport = "usb"; break;
        case SP_TRANSPORT_BLUETOOTH: found.transport = "bluetooth"; break;
        case SP_TRANSPORT_NATIVE: found.transport = "native"; break;
    }
    if (found.transport == "usb") {
        int vendor = 0;
        int product = 0;
        if (sp_get_port_usb_vid_pid(port, &vendor, &product) == SP_OK) {
            found.usb_vendor = vendor;
            found.usb_product = product;
        }
        found.manufacturer = text_or_empty(sp_get_port_usb_manufacturer(port));
        found.product = text_or_empty(sp_get_port_usb_product(port));
        found.serial_number = text_or_empty(sp_get_port_usb_serial(port));
    }
    return found;
}

}  // namespace

Result<std::vector<Port>> list_ports() {
    sp_port** list = nullptr;
    if (sp_list_ports(&list) != SP_OK) {
        return fail(Errc::io, "the serial ports cannot be listed: " + last_message());
    }
    std::vector<Port> ports;
    for (sp_port** it = list; it != nullptr && *it != nullptr; ++it) {
        ports.push_back(describe(*it));
    }
    sp_free_port_list(list);
    std::sort(ports.begin(), ports.end(), [](const Port& a, const Port& b) {
        return a.path < b.path;
    });
    return ports;
}

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
