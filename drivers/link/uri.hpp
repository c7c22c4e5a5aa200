// SPDX-License-Identifier: MIT
//
// Where an instrument is: `tcp://HOST:PORT`, `serial:///dev/…?baudrate=115200&parity=none…`,
// `serial://usb/VID:PID:SERIAL?…` (a USB adapter, whatever its node is called), or the folder its
// own computer writes into: `folder:///mnt/q800?pattern=*.001`.
//
// Pure: text in, values out; nothing is opened. An unknown key or a value out of its list is an
// error that names the key and what would be understood.

#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd::drivers::link {

enum class Transport : std::uint8_t { tcp, serial, folder };

enum class Parity : std::uint8_t { none, even, odd };

/// What a USB adapter says of itself.
struct UsbAdapter {
    int vendor = 0;
    int product = 0;
    std::string serial_number;
    UsbAdapter() = default;
    bool operator==(const UsbAdapter&) const = default;
};

/// False for what clones report: nothing, or the same few characters for all of them.
[[nodiscard]] bool tells_apart(std::string_view serial_number);

/// Line settings of a serial port; the default is what q800_class asks for.
struct SerialSettings {
    std::string path;               ///< As configured; resolved anew at each open.
    std::optional<UsbAdapter> usb;  ///< Instead of a path.
    int baudrate = 115200;
    int data_bits = 8;
    Parity parity = Parity::none;
    int stop_bits = 1;
    bool rtscts = false;
    SerialSettings() = default;
};

/// A shared data folder that is read and never written.
struct FolderSettings {
    std::string path;
    std::string pattern = "*.[0-9][0-9][0-9]";  ///< Of file names, as glob(7): Data.001 …
    double period_s = 5.0;                      ///< From one look to the next; 0.05 to 600.
    double quiet_s = 3600.0;  ///< A file that has not grown for so long has ended; 1 to 604800.
    FolderSettings() = default;
};

struct Uri {
    Transport transport = Transport::tcp;
    std::string host;  ///< Name or address, without brackets.
    std::uint16_t port = 0;
    SerialSettings serial;
    FolderSettings folder;
    std::string text;  ///< As given.
    Uri() = default;
};

/// Parses a URI; errors are `invalid` with the text in `where` and an example in `hint`.
[[nodiscard]] Result<Uri> parse_uri(std::string_view text);

}  // namespace relaxd::drivers::link
