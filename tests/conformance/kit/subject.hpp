// SPDX-License-Identifier: MIT
//
// A subject of the instrument suite: one driver, its simulated instrument, and what the suite has
// to know about both. subjects.cpp is the table; a new driver is one entry there.
#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/link/link.hpp"
#include "drivers/simulator/sim_device.hpp"
#include "tests/conformance/kit/plans.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::test::kit {

using std::chrono::milliseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// A simulated instrument in this process and how the suite looks into it.
struct Unit {
    std::unique_ptr<simulator::SimDevice> device;
    /// Each reading taken, in order, as the line of JSON that `relaxsim --record` writes.
    std::shared_ptr<std::vector<std::string>> record;
    std::function<bool()> is_safe;       ///< Nothing drives or heats; read inside, not on the wire.
    std::function<std::string()> state;  ///< Its own word.
    /// Where the host executes the method there is no record: is this what the unit showed, and
    /// later than the reading before?
    std::function<bool(const record::Reading&)> is_true;
    Unit() = default;
};

struct UnitOptions {
    std::string serial = "UNIT-A";
    double speed = 1000.0;        ///< Instrument seconds a second of the host.
    std::uint64_t keeps = 65536;  ///< Readings kept for a host that asks again.
    UnitOptions() = default;
};

struct DriverOptions {
    milliseconds reply{1000};  ///< Deadline of the first try; the others follow from it.
    double heartbeat_s = 60.0;
    DriverOptions() = default;
};

using MakeDriver = std::unique_ptr<drivers::Instrument>(
    const boost::asio::any_io_executor& executor,
    std::unique_ptr<drivers::link::Opener> way,
    drivers::link::Timing& timing,
    const DriverOptions& options
);

struct Subject {
    Subject() = default;
    std::string driver;  ///< As the registry calls it.

    // The two sides.
    std::function<Unit(const UnitOptions&)> unit;
    std::function<MakeDriver> make;
    /// The same through the registry: what follows the scheme and place of a serial URI.
    std::string serial_query;

    // Methods as TOML.
    std::string method;                 ///< Runs to its end; some hundred readings.
    std::string long_method;            ///< Is not over in a test.
    std::vector<std::string> too_much;  ///< Valid, and outside this instrument's limits.

    /// The host executes the method and asks the device: readings that were due while the line was
    /// down are a gap, and the device is made safe when it is first opened.
    bool is_polled = false;
    Detects detects;  ///< What of a bad line the protocol can find out.

    milliseconds own_reply{0};  ///< Its deadline where DriverOptions cannot set it; 0: they can.
    [[nodiscard]] milliseconds reply_of(milliseconds asked) const {
        return own_reply > 0ms ? own_reply : asked;
    }
    /// A line of the host that changes what the instrument does or keeps; a question does not.
    std::function<bool(std::string_view line)> is_command;
    /// No call but next() takes longer, counted from the deadline of one try (CONTRACT I-8).
    std::function<milliseconds(milliseconds reply)> longest_call;
    /// What makes an answer of status() recognisable: grows with the instrument's time.
    std::function<double(const drivers::Status&)> stamp;
    std::function<double(const simulator::SimDevice&)> stamp_now;
    /// The naive client's question, and the stamp in its answer; nothing for other lines.
    std::function<std::string(std::uint64_t count)> naive_question;
    std::function<std::optional<double>(std::string_view line)> naive_answer;
};

[[nodiscard]] const std::vector<Subject>& subjects();
/// Their drivers' names, for GENERATE.
[[nodiscard]] std::vector<std::string> subject_names();
[[nodiscard]] const Subject& subject(const std::string& name);

}  // namespace relaxd::test::kit
