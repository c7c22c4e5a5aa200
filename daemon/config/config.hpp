// SPDX-License-Identifier: MIT
//
// The daemon's configuration file: TOML in, checked values or every mistake with its place out.
// Keys: CONTRACT 1 (`[daemon] listen, database, log_level, allowed_hosts`; `[[instrument]] name,
// driver, uri, heartbeat_s, temperature_error_K, calibration, trace`; of a torsion pendulum instead
// of `uri` `[instrument.pendulum]` and `[[instrument.part]]`). Nothing is opened or connected.

#pragma once

#include "drivers/registry/registry.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::daemon {

struct DaemonConfig {
    std::string listen_host = "127.0.0.1";  ///< A loopback address.
    std::uint16_t listen_port = 8737;       ///< 0 = any free one.
    std::string database_path;              ///< Absolute.
    std::string log_level = "info";
    std::vector<std::string> allowed_hosts;  ///< Extra exact Host values.
    std::vector<drivers::InstrumentConfig> instruments;
};

/// Every mistake of one file: `invalid`, `where` = file:line:column, nearest known key in the hint.
using ConfigErrors = std::vector<Error>;

/// `source_name` goes into the errors; a relative database path is taken below `folder`.
[[nodiscard]] Result<DaemonConfig, ConfigErrors> parse_config(
    std::string_view text, const std::string& source_name, const std::string& folder
);

/// Reads and parses the file. An unreadable file is one error with code `not_found` or `io`.
[[nodiscard]] Result<DaemonConfig, ConfigErrors> load_config(const std::string& path);

}  // namespace relaxd::daemon
