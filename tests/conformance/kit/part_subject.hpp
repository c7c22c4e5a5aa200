// SPDX-License-Identifier: MIT
//
// A subject of the part suite: one part (drivers/api/part.hpp), its simulated device, and what the
// suite has to know about both. subject_of_NAME.cpp makes those of one device; part_subjects.cpp is
// the table. What a device has not (a gauge has nothing to set) stays empty.
#pragma once

#include "drivers/api/part.hpp"
#include "drivers/link/link.hpp"
#include "drivers/parts/polled/dialect.hpp"
#include "drivers/simulator/sim_device.hpp"
#include "tests/conformance/kit/plans.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::test::kit {

using std::chrono::milliseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// A simulated device in this process and how the suite looks into it and plays with it.
struct PartUnit {
    std::unique_ptr<simulator::SimDevice> device;
    /// From now on the polled quantity is this number of SI units: the device numbers its answers.
    std::function<void(double)> shows;
    /// The set point inside the device, SI.
    std::function<double()> set_point;
    std::function<bool()> is_safe;  ///< Nothing drives or heats; read inside, not on the wire.
    std::function<void()> reboots;  ///< Power lost and back. None: it cannot be told.
    std::function<void(double)> is_turned;  ///< Somebody turns the set point, SI; else a unit.
    std::function<void()> says_bad;         ///< From now on the status of the polled is bad.
    PartUnit() = default;
};

using MakePart = std::unique_ptr<drivers::Part>(
    const boost::asio::any_io_executor& executor,
    std::unique_ptr<drivers::link::Opener> way,
    drivers::link::Timing& timing
);

struct PartSubject {
    PartSubject() = default;
    std::string name;  ///< Of the driver, with what it is configured for.

    std::function<PartUnit(const std::string& serial)> unit;
    /// Expects the serial number "UNIT-A" where the part can expect one.
    std::function<MakePart> make;
    std::string serial_query;  ///< What follows the path of a serial URI.

    std::string polled;           ///< Quantity that `shows` sets.
    std::vector<double> shown;    ///< Numbers for `shows`, cyclic, all within its limits.
    double told_within = 1e-9;    ///< Rounding of the wire, SI.
    std::string settable;         ///< Quantity of `set_point`; empty: nothing can be set.
    std::vector<double> set_to;   ///< Allowed set points, none of them that at power-on.
    std::vector<double> too_far;  ///< Outside its limits.

    bool prepares = false;     ///< open() changes what is not as it must be (a unit).
    bool is_made_safe = true;  ///< safe() sets `settable` too, to something else than `set_to`.

    Detects detects;
    /// Deadline of a reply, so that late means late: 1.5 to 4 times that, and the driver's worst
    /// latency must be longer. Over TCP and a pty time passes faster, so that it is 100 ms.
    milliseconds reply{400};
    int polls_in_real_time = 40;  ///< On a bad line over TCP and a pty.
    int right_when_late = 8'000;  ///< Of 10 000 polls: fewer where one takes many exchanges.
    milliseconds longest_call{10'000
    };  ///< P-9: no call takes longer, proof of being in step included.
    std::function<bool(std::string_view line)> is_command;  ///< It changes the device.
    /// What a naive client asks for the polled quantity, and what it takes for the value; SI.
    std::function<std::string(std::uint64_t count)> naive_question;
    std::function<std::optional<double>(std::string_view line)> naive_answer;
    std::size_t naive_frame_bytes = 0;  ///< Of a reply that nothing ends; 0: what comes is one.
};

/// For `make`: a PolledPart that speaks this dialect.
[[nodiscard]] std::function<MakePart> polled_part(
    Result<std::unique_ptr<drivers::parts::Dialect>> (*dialect)(
        const std::map<std::string, std::string>& options
    ),
    std::map<std::string, std::string> options,
    std::string serial
);

[[nodiscard]] const std::vector<PartSubject>& part_subjects();
[[nodiscard]] std::vector<std::string> part_names();
[[nodiscard]] const PartSubject& part_subject(const std::string& name);

}  // namespace relaxd::test::kit
