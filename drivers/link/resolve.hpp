// SPDX-License-Identifier: MIT
//
// Which device node a serial line is now. Names of nodes change when an adapter is plugged in
// again (ttyUSB0 becomes ttyUSB1), adapters do not: where one has a serial number of its own, it is
// waited for and found again under whatever name, and no other is taken in its place.
//
// What the address names:
//   serial://usb/VID:PID:SERIAL   the adapter, wherever it is
//   …/by-id/NAME                  the adapter; refused if its serial number does not tell it apart
//   …/by-path/NAME                the socket, whatever is plugged into it
//   /dev/ttyUSB0 and others       at the first opening the node, from then on the adapter found
//
// Nothing is opened here.

#pragma once

#include "drivers/link/ports.hpp"
#include "drivers/link/uri.hpp"
#include "schema/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relaxd::drivers::link {

struct Resolved {
    std::string path;               ///< Canonical.
    std::optional<UsbAdapter> usb;  ///< To be found again; nothing where it cannot be.
    Resolved() = default;
};

/// The node to open. `before`: the adapter of the openings before this one. Errors: `unreachable`
/// (not plugged in, or another adapter is in its place), `refused` (cannot be told from others).
[[nodiscard]] Result<Resolved> resolve_port(
    const SerialSettings& settings,
    const std::optional<UsbAdapter>& before,
    const PortLister& lister
);

}  // namespace relaxd::drivers::link
