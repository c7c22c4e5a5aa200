// SPDX-License-Identifier: MIT
//
// From a configured driver name and URI to an Instrument. The only place that knows all drivers.

#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/link/timing.hpp"
#include "drivers/link/traced_link.hpp"
#include "drivers/torsion_pendulum/composition_file.hpp"
#include "schema/base/result.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::drivers {

struct InstrumentConfig {
    std::string name;
    std::string driver;  ///< e.g. "q800_class", "ta_files"
    /// tcp://HOST:PORT, serial://PATH?baudrate=…, folder://PATH; of torsion_pendulum its parts',
    /// joined, to be shown.
    std::string uri;
    std::string protocol;       ///< Of protocol_file: the description's path; else empty.
    double heartbeat_s = 30.0;  ///< Instrument makes itself safe after this silence of the host.
    std::string serial_number;  ///< Of the instrument that is expected; empty = any.
    double temperature_error_K = 0.0;      ///< S.d. of its thermocouple's offset; 0 = not said.
    std::vector<std::string> calibration;  ///< Names of the sets its runs take (daemon).
    bool trace = false;                    ///< A trace of its traffic from the start on (daemon).
    bool follow_new = false;    ///< Read-only: each new measurement becomes a run (daemon).
    std::string specimen_file;  ///< JSON, read when such a run begins; empty = none (daemon).
    /// Of torsion_pendulum: its numbers and parts; else nothing.
    std::optional<torsion_pendulum::Composition> pendulum;
};

/// Names of all drivers, sorted.
[[nodiscard]] std::vector<std::string> driver_names();

/// A driver for the configuration; nothing is opened. Errors: unknown driver (nearest name in the
/// hint), URI that cannot be parsed. `timing` must outlive the instrument. `sink`, if any, is told
/// the traffic of its link.
[[nodiscard]] Result<std::unique_ptr<Instrument>> make_instrument(
    const InstrumentConfig& config,
    boost::asio::any_io_executor executor,
    link::Timing& timing,
    std::shared_ptr<link::TrafficSink> sink = nullptr
);

/// Is this instrument composed of parts, which have the addresses?
[[nodiscard]] bool is_composed(const std::string& driver);

/// Checks driver name, URI and description without making anything (relaxd check).
[[nodiscard]] Result<void> check_instrument(const InstrumentConfig& config);

/// What a description or a composition says, as lines for people; empty where there is none.
[[nodiscard]] std::string describe_instrument(const InstrumentConfig& config);

}  // namespace relaxd::drivers
