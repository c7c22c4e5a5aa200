// SPDX-License-Identifier: MIT
//
// /sys/class/tty has one entry a line: its `device` leads to the adapter, whose folder, a few steps
// up, holds idVendor, idProduct and serial (Documentation/ABI/testing/sysfs-bus-usb of Linux).
#include "drivers/link/ports.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

namespace relaxd::drivers::link {
namespace {

namespace fs = std::filesystem;

/// The first line of an attribute without blanks at its end; empty if there is none.
std::string attribute(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\0')) {
        line.pop_back();
    }
    return line;
}

int hexadecimal(const std::string& text) {
    int value = 0;
    for (const char c : text) {
        const char* const digits = "0123456789abcdef";
        const std::string_view all(digits);
        const auto digit = all.find(static_cast<char>(c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c));
        if (digit == std::string_view::npos || text.size() > 4) {
            return 0;
        }
        value = value * 16 + static_cast<int>(digit);
    }
    return value;
}

/// The folder of the USB device above `device`, if it is one.
std::optional<fs::path> usb_device(fs::path device, const fs::path& top) {
    std::error_code ec;
    while (device != top && device.has_relative_path()) {
        if (fs::exists(device / "idVendor", ec)) {
            return device;
        }
        device = device.parent_path();
    }
    return std::nullopt;
}

/// Names below `folder` by the node that they lead to.
std::map<std::string, std::string> links_in(const fs::path& folder) {
    std::map<std::string, std::string> links;
    std::error_code ec;
    for (fs::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
        std::error_code link_ec;
        const fs::path real = fs::canonical(it->path(), link_ec);
        if (!link_ec) {
            std::string& name = links[real.string()];
            const std::string mine = it->path().string();
            // udev gives a port two names by path of late: the one without a version of USB in it
            if (name.empty() || mine.size() < name.size() ||
                (mine.size() == name.size() && mine < name)) {
                name = mine;
            }
        }
    }
    return links;
}

struct Names {
    std::map<std::string, std::string> by_id;
    std::map<std::string, std::string> by_path;
};

std::string name_of(const std::map<std::string, std::string>& links, const std::string& real) {
    const auto found = links.find(real);
    return found == links.end() ? std::string() : found->second;
}

/// What the entry of class tty says of the line `path`; nothing where no line is behind it.
std::optional<Port> describe(
    const fs::path& entry, const fs::path& path, const fs::path& top, const Names& names
) {
    std::error_code ec;
    const fs::path device = fs::canonical(entry / "device", ec);
    const bool is_virtual =
        fs::canonical(entry, ec).string().find("/virtual/") != std::string::npos;
    // A driver makes more ttyS than there are: type 0 (PORT_UNKNOWN) has no hardware.
    if (device.empty() || is_virtual || attribute(entry / "type") == "0" || !fs::exists(path, ec)) {
        return std::nullopt;
    }
    Port port;
    port.path = path.string();
    const fs::path real = fs::canonical(path, ec);
    port.by_id = name_of(names.by_id, real.string());
    port.by_path = name_of(names.by_path, real.string());
    port.transport =
        device.string().find("/bluetooth/") != std::string::npos ? "bluetooth" : "native";
    port.description = entry.filename().string();
    if (const auto usb = usb_device(device, top)) {
        port.transport = "usb";
        port.usb_vendor = hexadecimal(attribute(*usb / "idVendor"));
        port.usb_product = hexadecimal(attribute(*usb / "idProduct"));
        port.manufacturer = attribute(*usb / "manufacturer");
        port.product = attribute(*usb / "product");
        port.serial_number = attribute(*usb / "serial");
        if (!port.product.empty()) {
            port.description = port.product;
        }
    }
    return port;
}

}  // namespace

Result<std::vector<Port>> list_ports_below(const std::string& sys, const std::string& dev) {
    std::error_code ec;
    const fs::path folder = fs::path(sys) / "class" / "tty";
    fs::directory_iterator it(folder, ec);
    if (ec) {
        return fail(
            Errc::io, "the serial ports cannot be listed: " + ec.message(), folder.string()
        );
    }
    const Names names{
        links_in(fs::path(dev) / "serial" / "by-id"), links_in(fs::path(dev) / "serial" / "by-path")
    };
    const fs::path top = fs::canonical(sys, ec);
    std::vector<Port> ports;
    for (const fs::directory_iterator end; !ec && it != end; it.increment(ec)) {
        const fs::path path = fs::path(dev) / it->path().filename();
        if (auto port = describe(it->path(), path, top, names)) {
            ports.push_back(std::move(*port));
        }
    }
    std::sort(ports.begin(), ports.end(), [](const Port& a, const Port& b) {
        return a.path < b.path;
    });
    return ports;
}

Result<std::vector<Port>> list_ports() {
    return list_ports_below("/sys", "/dev");
}

}  // namespace relaxd::drivers::link
