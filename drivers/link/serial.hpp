// SPDX-License-Identifier: MIT
//
// Opens a serial line and returns a configured, non-blocking, close-on-exec descriptor.
//
// Real ports go through libserialport, which leaves VMIN=0 (Asio would see end of file), ignores
// RTS/CTS and input parity and sets neither close-on-exec nor exclusive use; all of that is set
// here and read back. libserialport refuses pseudo-terminals (they have no entry in sysfs), so they
// are opened by termios; they accept and forget most settings, so nothing about them is an error.
// The path is resolved at every open: by-id links and a new /dev/pts number need no attention.

#pragma once

#include "drivers/link/uri.hpp"
#include "schema/base/result.hpp"

#include <string>

namespace relaxd::drivers::link {

/// Opens and configures; the caller owns the descriptor. Errors: `unreachable` (no such device),
/// `busy` (held by another program), `io` (permission, a setting the port did not take).
[[nodiscard]] Result<int> open_serial(const SerialSettings& settings);

/// The same of a node that resolve.hpp has found; `path` is canonical.
[[nodiscard]] Result<int> open_resolved(const std::string& path, const SerialSettings& settings);

/// The two openers behind them; `path` is canonical.
[[nodiscard]] Result<int> open_real_port(const std::string& path, const SerialSettings& settings);
[[nodiscard]] Result<int> open_pty(const std::string& path, const SerialSettings& settings);

/// Sets what libserialport forgets. `strict`: a setting that reads back otherwise is an error.
[[nodiscard]] Result<void> finish_tty(
    int descriptor, const std::string& path, const SerialSettings& settings, bool strict
);

}  // namespace relaxd::drivers::link
