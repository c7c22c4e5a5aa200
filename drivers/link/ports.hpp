// SPDX-License-Identifier: MIT
//
// Lists serial ports with their USB identity. Lists, never opens: the first port of a machine may
// be its console, or somebody's furnace. All of it is read from sysfs, for libserialport's own list
// opens every port of driver serial8250 to see whether it exists (linux.c, list_ports), which moves
// its modem lines.

#pragma once

#include "schema/base/result.hpp"

#include <functional>
#include <string>
#include <vector>

namespace relaxd::drivers::link {

struct Port {
    std::string path;     ///< e.g. /dev/ttyUSB0
    std::string by_id;    ///< Stable link below /dev/serial/by-id; empty if there is none.
    std::string by_path;  ///< Link below /dev/serial/by-path: the socket, not the adapter.
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

/// The same of other trees than /sys and /dev (tests).
[[nodiscard]] Result<std::vector<Port>> list_ports_below(
    const std::string& sys, const std::string& dev
);

/// Where the ports come from; tests give their own.
using PortLister = std::function<Result<std::vector<Port>>()>;

}  // namespace relaxd::drivers::link
