// SPDX-License-Identifier: MIT
#include "drivers/link/resolve.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

namespace relaxd::drivers::link {
namespace {

namespace fs = std::filesystem;

std::string quoted_or_none(const std::string& serial_number) {
    return serial_number.empty() ? "no serial number" : "serial number '" + serial_number + "'";
}

std::string text_of(const UsbAdapter& adapter) {
    std::array<char, 24> numbers{};
    static_cast<void>(std::snprintf(
        numbers.data(),
        numbers.size(),
        "%04x:%04x",
        static_cast<unsigned>(adapter.vendor),
        static_cast<unsigned>(adapter.product)
    ));
    return std::string(numbers.data()) + " with " + quoted_or_none(adapter.serial_number);
}

UsbAdapter adapter_of(const Port& port) {
    UsbAdapter adapter;
    adapter.vendor = port.usb_vendor;
    adapter.product = port.usb_product;
    adapter.serial_number = port.serial_number;
    return adapter;
}

Result<std::string> canonical(const std::string& path) {
    std::error_code ec;
    const fs::path real = fs::canonical(path, ec);
    if (!ec) {
        return real.string();
    }
    const bool is_gone = ec.value() == ENOENT || ec.value() == ENOTDIR || ec.value() == ENODEV;
    return fail(
        is_gone ? Errc::unreachable : Errc::io,
        std::string("there is no such port: ") + std::strerror(ec.value()),
        path,
        is_gone ? "is the adapter plugged in? relaxctl ports lists the ports of this machine" : ""
    );
}

std::string by_path_hint(const Port& port) {
    return "name the socket instead: serial://" +
           (port.by_path.empty() ? "/dev/serial/by-path/…" : port.by_path) +
           " (relaxctl ports shows it)";
}

/// The one adapter of this identity.
Result<Resolved> find(
    const UsbAdapter& wanted, const std::vector<Port>& ports, const std::string& where
) {
    std::vector<const Port*> same;
    std::string others;
    for (const Port& port : ports) {
        if (port.transport != "usb") {
            continue;
        }
        if (adapter_of(port) == wanted) {
            same.push_back(&port);
        } else if (port.usb_vendor == wanted.vendor && port.usb_product == wanted.product) {
            others += others.empty() ? "" : ", ";
            others += port.path + " (" + quoted_or_none(port.serial_number) + ")";
        }
    }
    if (same.empty()) {
        return fail(
            Errc::unreachable,
            "unplugged: the USB adapter " + text_of(wanted) + " is not there",
            where,
            others.empty() ? "plug it in again; relaxctl ports lists those that are there"
                           : "of the same kind, and not taken for it: " + others
        );
    }
    if (same.size() > 1) {
        return fail(
            Errc::refused,
            std::to_string(same.size()) + " ports say that they are the USB adapter " +
                text_of(wanted) + ", so that they cannot be told apart",
            where,
            by_path_hint(*same.front())
        );
    }
    auto real = canonical(same.front()->path);
    if (!real) {
        return fail(real.error());
    }
    Resolved found;
    found.path = std::move(*real);
    found.usb = wanted;
    return found;
}

bool names(const std::string& path, std::string_view folder) {
    return path.find(folder) != std::string::npos;
}

const Port* port_at(const std::vector<Port>& ports, const std::string& real) {
    const auto it = std::find_if(ports.begin(), ports.end(), [&](const Port& port) {
        std::error_code ec;
        return fs::canonical(port.path, ec) == real && !ec;
    });
    return it == ports.end() ? nullptr : &*it;
}

}  // namespace

Result<Resolved> resolve_port(
    const SerialSettings& settings,
    const std::optional<UsbAdapter>& before,
    const PortLister& lister
) {
    Result<std::vector<Port>> listed = lister();
    if (settings.usb) {
        if (!listed) {
            return fail(listed.error());
        }
        return find(*settings.usb, *listed, "serial://usb/…");
    }
    const std::vector<Port> ports = listed ? std::move(*listed) : std::vector<Port>();
    const bool is_socket = names(settings.path, "/serial/by-path/");
    const bool is_known = before.has_value() && !is_socket;
    auto real = canonical(settings.path);
    if (!real) {
        if (is_known && real.error().code == Errc::unreachable) {
            return find(*before, ports, settings.path);
        }
        return fail(real.error());
    }
    const Port* port = port_at(ports, *real);
    const bool is_usb = port != nullptr && port->transport == "usb";
    Resolved found;
    found.path = std::move(*real);
    if (is_known && !(is_usb && adapter_of(*port) == *before)) {
        return find(*before, ports, settings.path);  // another is in its place
    }
    if (is_usb && !is_socket) {
        if (tells_apart(port->serial_number)) {
            found.usb = adapter_of(*port);
        } else if (names(settings.path, "/serial/by-id/")) {
            return fail(
                Errc::refused,
                "this adapter has " + quoted_or_none(port->serial_number) +
                    " of its own, so another one would have the same name by-id",
                settings.path,
                by_path_hint(*port)
            );
        }
    }
    return found;
}

}  // namespace relaxd::drivers::link
