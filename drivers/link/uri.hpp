// SPDX-License-Identifier: MIT
//
// Where an instrument is: `tcp://HOST:PORT` or `serial:///dev/…?baudrate=115200&parity=none…`.
//
// Pure: text in, values out; nothing is opened. An unknown key or a value out of its list is an
// error that names the key and what would be understood.

#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace relaxd::drivers::link {

enum class Transport : std::uint8_t { tcp, serial };

enum class Parity : std::uint8_t { none, even, odd };

/// Line settings of a serial port; the default is what q800_class asks for.
struct SerialSettings {
    std::string path;  ///< As configured; resolved anew at each open.
    int baudrate = 115200;
    int data_bits = 8;
    Parity parity = Parity::none;
    int stop_bits = 1;
    bool rtscts = false;
    SerialSettings() = default;
};

struct Uri {
    Transport transport = Transport::tcp;
    std::string host;  ///< Name or address, without brackets.
    std::uint16_t port = 0;
    SerialSettings serial;
    std::string text;  ///< As given.
    Uri() = default;
};

/// Parses a URI; errors are `invalid` with the text in `where` and an example in `hint`.
[[nodiscard]] Result<Uri> parse_uri(std::string_view text);

}  // namespace relaxd::drivers::link
