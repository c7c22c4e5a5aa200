// SPDX-License-Identifier: MIT
//
// Lists serial ports with their USB identity. Lists, never opens: the first port of a machine may
// be its console, or somebody's furnace.

#pragma once

#include "schema/base/result.hpp"

#include <string>
#include <vector>

namespace relaxd::drivers::link {

struct Port {
    std::string path;   ///< e.g. /dev/ttyUSB0
    std::string by_id;  ///< Stable link below /dev/serial/by-id; empty if there is none.
    std::string description;
    std::string transport;  ///< native | usb | bluetooth
    int usb_vendor = 0;     ///< 0 where it is not a USB adapter.
    int usb_product = 0;
    std::string manufacturer;
    std::string product;
    std::string serial_number;
};

/// All ports of the machine, sorted by path; an empty list where there are none.
[[nodiscard]] Result<std::vector<Port>> list_ports();

}  // namespace relaxd::drivers::link
