// SPDX-License-Identifier: MIT
#include "drivers/link/uri.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <optional>

namespace relaxd::drivers::link {
namespace {

constexpr std::string_view tcp_prefix = "tcp://";
constexpr std::string_view serial_prefix = "serial://";
constexpr std::string_view usb_prefix = "usb/";
constexpr std::string_view folder_prefix = "folder://";
constexpr const char* folder_example = "write it like folder:///mnt/q800?pattern=*.001";
constexpr const char* tcp_example = "write it like tcp://192.168.1.20:4001";
constexpr const char* usb_example = "write it like serial://usb/0403:6001:A50285BI?baudrate=115200";
constexpr const char* serial_example =
    "write it like serial:///dev/serial/by-id/usb-FTDI_…-port0?baudrate=115200";

Result<Uri> parse_tcp(std::string_view text) {
    Uri uri;
    uri.text = std::string(text);
    std::string_view rest = text.substr(tcp_prefix.size());
    std::string_view host;
    if (rest.starts_with('[')) {
        const auto close = rest.find(']');
        if (close == std::string_view::npos) {
            return fail(
                Errc::invalid, "the address lacks its closing bracket", uri.text, tcp_example
            );
        }
        host = rest.substr(1, close - 1);
        rest.remove_prefix(close + 1);
    } else {
        host = rest.substr(0, rest.find(':'));
        rest.remove_prefix(host.size());
    }
    if (host.empty()) {
        return fail(Errc::invalid, "the host is missing", uri.text, tcp_example);
    }
    for (const char c : host) {
        if (c <= ' ' || c > '~' || c == '/' || c == '?' || c == '@') {
            return fail(
                Errc::invalid,
                "the host holds a character that no host name has",
                uri.text,
                tcp_example
            );
        }
    }
    if (!rest.starts_with(':')) {
        return fail(Errc::invalid, "the port is missing", uri.text, tcp_example);
    }
    rest.remove_prefix(1);
    const auto port = to_count(rest);
    if (!port || *port < 1 || *port > 65535) {
        return fail(
            Errc::invalid,
            "the port '" + std::string(rest) + "' is not a number from 1 to 65535",
            uri.text,
            tcp_example
        );
    }
    uri.host = std::string(host);
    uri.port = static_cast<std::uint16_t>(*port);
    return uri;
}

/// Sets one `key=value` of the query; the error is the message alone.
std::optional<std::string> set_serial(
    SerialSettings& serial, std::string_view key, std::string_view value
) {
    const auto number = to_count(value);
    if (key == "baudrate") {
        if (!number || *number < 50 || *number > 4'000'000) {
            return "baudrate is not a number from 50 to 4000000";
        }
        serial.baudrate = static_cast<int>(*number);
    } else if (key == "data_bits") {
        if (!number || *number < 5 || *number > 8) {
            return "data_bits is not 5, 6, 7 or 8";
        }
        serial.data_bits = static_cast<int>(*number);
    } else if (key == "stop_bits") {
        if (!number || *number < 1 || *number > 2) {
            return "stop_bits is not 1 or 2";
        }
        serial.stop_bits = static_cast<int>(*number);
    } else if (key == "parity") {
        if (value == "none") {
            serial.parity = Parity::none;
        } else if (value == "even") {
            serial.parity = Parity::even;
        } else if (value == "odd") {
            serial.parity = Parity::odd;
        } else {
            return "parity is not none, even or odd";
        }
    } else if (key == "flow") {
        if (value != "none" && value != "rtscts") {
            return "flow is not none or rtscts";
        }
        serial.rtscts = value == "rtscts";
    } else {
        return "unknown key '" + std::string(key) +
               "', known are baudrate, data_bits, parity, stop_bits, flow";
    }
    return std::nullopt;
}

/// Sets one `key=value` of the query; the error is the message alone.
std::optional<std::string> set_folder(
    FolderSettings& folder, std::string_view key, std::string_view value
) {
    const auto number = to_double(value);
    if (key == "pattern") {
        if (value.empty() || value.find('/') != std::string_view::npos) {
            return "pattern is a pattern of file names, such as *.001";
        }
        folder.pattern = std::string(value);
    } else if (key == "period_s") {
        if (!number || !(*number >= 0.05 && *number <= 600.0)) {
            return "period_s is not a number from 0.05 to 600";
        }
        folder.period_s = *number;
    } else if (key == "quiet_s") {
        if (!number || !(*number >= 1.0 && *number <= 604800.0)) {
            return "quiet_s is not a number from 1 to 604800";
        }
        folder.quiet_s = *number;
    } else {
        return "unknown key '" + std::string(key) + "', known are pattern, period_s, quiet_s";
    }
    return std::nullopt;
}

/// Each `key=value` behind the question mark, given to `set`.
template <typename Setter>
Result<void> read_query(
    std::string_view query, const std::string& text, const char* example, Setter set
) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : pair.size());
        const auto equal = pair.find('=');
        if (equal == std::string_view::npos) {
            return fail(
                Errc::invalid,
                "'" + std::string(pair) + "' after the question mark is not key=value",
                text,
                example
            );
        }
        if (auto wrong = set(pair.substr(0, equal), pair.substr(equal + 1))) {
            return fail(Errc::invalid, std::move(*wrong), text, example);
        }
    }
    return {};
}

/// Path and query behind the prefix.
struct PathAndQuery {
    std::string_view path;
    std::string_view query;
};

PathAndQuery path_and_query(std::string_view rest) {
    const auto question = rest.find('?');
    const bool has_query = question != std::string_view::npos;
    return {rest.substr(0, question), has_query ? rest.substr(question + 1) : std::string_view()};
}

/// Four hexadecimal digits, as lsusb writes them.
std::optional<int> usb_number(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) {
            return std::nullopt;
        }
        value = value * 16 + digit;
    }
    return text.size() == 4 ? std::optional(value) : std::nullopt;
}

/// `VID:PID:SERIAL`.
Result<UsbAdapter> parse_usb(std::string_view text, const std::string& whole) {
    const auto first = text.find(':');
    const auto second = first == std::string_view::npos ? first : text.find(':', first + 1);
    const auto vendor = usb_number(text.substr(0, first));
    if (second == std::string_view::npos || !vendor ||
        !usb_number(text.substr(first + 1, second - first - 1))) {
        return fail(
            Errc::invalid,
            "a USB adapter is named by vendor, product (four hexadecimal digits each) and serial "
            "number, with colons between",
            whole,
            usb_example
        );
    }
    UsbAdapter adapter;
    adapter.vendor = *vendor;
    adapter.product = *usb_number(text.substr(first + 1, second - first - 1));
    adapter.serial_number = std::string(text.substr(second + 1));
    if (!tells_apart(adapter.serial_number)) {
        return fail(
            Errc::invalid,
            "the serial number '" + adapter.serial_number +
                "' does not tell one adapter from another: clones report the same",
            whole,
            "name the socket that it is plugged into: serial:///dev/serial/by-path/… (relaxctl "
            "ports shows it)"
        );
    }
    return adapter;
}

Result<Uri> parse_serial(std::string_view text) {
    Uri uri;
    uri.transport = Transport::serial;
    uri.text = std::string(text);
    const auto [path, query] = path_and_query(text.substr(serial_prefix.size()));
    if (path.starts_with(usb_prefix)) {
        auto adapter = parse_usb(path.substr(usb_prefix.size()), uri.text);
        if (!adapter) {
            return fail(adapter.error());
        }
        uri.serial.usb = std::move(*adapter);
    } else if (!path.starts_with('/') || path.size() < 2) {
        return fail(
            Errc::invalid, "the path of the serial port is not absolute", uri.text, serial_example
        );
    } else {
        uri.serial.path = std::string(path);
    }
    const auto set = [&uri](std::string_view key, std::string_view value) {
        return set_serial(uri.serial, key, value);
    };
    if (auto done = read_query(query, uri.text, serial_example, set); !done) {
        return fail(done.error());
    }
    return uri;
}

Result<Uri> parse_folder(std::string_view text) {
    Uri uri;
    uri.transport = Transport::folder;
    uri.text = std::string(text);
    const auto [path, query] = path_and_query(text.substr(folder_prefix.size()));
    if (!path.starts_with('/') || path.size() < 2) {
        return fail(
            Errc::invalid, "the path of the folder is not absolute", uri.text, folder_example
        );
    }
    uri.folder.path = std::string(path);
    const auto set = [&uri](std::string_view key, std::string_view value) {
        return set_folder(uri.folder, key, value);
    };
    if (auto done = read_query(query, uri.text, folder_example, set); !done) {
        return fail(done.error());
    }
    return uri;
}

}  // namespace

bool tells_apart(std::string_view serial_number) {
    // Nothing, "0" and its like, and what makers leave in their examples: 0001 (CP2102), 12345678.
    const auto rest =
        serial_number.substr(std::min(serial_number.find_first_not_of('0'), serial_number.size()));
    const bool is_one_character =
        rest.find_first_not_of(rest.substr(0, 1)) == std::string_view::npos;
    const bool is_rising = rest.size() >= 4 && std::string_view("1234567890").starts_with(rest);
    return !rest.empty() && !is_one_character && !is_rising;
}

Result<Uri> parse_uri(std::string_view text) {
    if (text.starts_with(tcp_prefix)) {
        return parse_tcp(text);
    }
    if (text.starts_with(serial_prefix)) {
        return parse_serial(text);
    }
    if (text.starts_with(folder_prefix)) {
        return parse_folder(text);
    }
    return fail(
        Errc::invalid,
        "an instrument's address begins with tcp://, serial:// or folder://, not like '" +
            std::string(text.substr(0, 80)) + "'",
        std::string(text),
        "write it like tcp://192.168.1.20:4001 or serial:///dev/ttyUSB0?baudrate=115200"
    );
}

}  // namespace relaxd::drivers::link
