// SPDX-License-Identifier: MIT
//
// A simulated device as its wire sees it: bytes and host time in, bytes out, no I/O. SimServer puts
// one on TCP or a pty; tests drive one in-process. Not owned by who serves it; one thread.

#pragma once

#include "schema/base/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace relaxd::simulator {

/// How far a device has come. Runs are counted from 1 (0: none yet); the time stands still between.
struct RunPosition {
    std::uint64_t run = 0;
    double time_s = 0.0;
};

class SimDevice {
  public:
    SimDevice() = default;
    SimDevice(const SimDevice&) = delete;
    SimDevice& operator=(const SimDevice&) = delete;
    virtual ~SimDevice() = default;

    /// Bytes from the host, in any split.
    virtual void receive(std::string_view bytes, SteadyTime now) = 0;

    /// Lets the device's clock run up to this host time.
    virtual void advance_to(SteadyTime now) = 0;

    /// What is to be sent. Much output comes in several portions: call again when it is written.
    [[nodiscard]] virtual std::string take_output() = 0;

    /// When `advance_to` should be called next if no byte arrives.
    [[nodiscard]] virtual SteadyTime next_wake() const = 0;

    /// A host is there: an empty session. Call `advance_to` with the present time before.
    virtual void connect() = 0;
    virtual void disconnect() = 0;
    [[nodiscard]] virtual bool connected() const = 0;

    /// True once for each time that the device closes the session by itself; who serves it then
    /// closes the connection and calls `disconnect`. Ask when `take_output` has nothing more.
    [[nodiscard]] virtual bool take_hang_up() { return false; }

    /// False while nobody can connect: TCP is closed at once, a pty has no name.
    [[nodiscard]] virtual bool accepting() const { return true; }

    /// False while the line is not read (half-open): what the host sends stays in its buffers.
    [[nodiscard]] virtual bool reading() const { return true; }

    [[nodiscard]] virtual RunPosition run_position() const { return {}; }

    /// The clock of a run stops at this time until a later one is named, so that what FaultyWire
    /// does at that time stands at the same place among the bytes whatever the host does.
    virtual void pause_at(double run_time_s) { static_cast<void>(run_time_s); }
};

}  // namespace relaxd::simulator
