// SPDX-License-Identifier: MIT
//
// What one kind of device says and understands, as bytes: all that PolledPart (polled_part.hpp)
// needs to make a Part of it. No I/O, no clock, no log; one object a device, asked from one thread.
//
// A query is whole: terminator, checksum and, where the protocol has one, transaction number; its
// `fits` recognises the one reply that belongs to it as a whole (P-2, P-3). Numbers are SI on the
// side of the caller.

#pragma once

#include "drivers/api/part.hpp"
#include "drivers/link/exchange.hpp"
#include "schema/base/result.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace relaxd::drivers::parts {

using Replies = std::span<const std::string>;  ///< Frames, whole, one to each query.

/// Quantities that are had together, by these queries in this order (a value and its status).
struct Group {
    std::vector<std::string> quantities;
    std::vector<link::Query> queries;
    Group() = default;
};

/// What must be as it says before anything is measured: units, formats, remote control.
struct Preparation {
    std::string what;  ///< For people: "unit of pressure".
    link::Query ask;   ///< Asked first; nothing is written where it fits already.
    std::function<bool(std::string_view reply)> is_so;
    std::vector<link::Query> writes;
    Preparation() = default;
};

/// Has the device been switched on since it was asked last?
struct RebootCheck {
    std::vector<link::Query> queries;  ///< Empty: it cannot tell; its settings are compared.
    std::function<Result<bool>(Replies)> has_rebooted;
    RebootCheck() = default;
};

/// The declared safe state.
struct SafeState {
    std::string urgent;                ///< Written first, waiting for nobody; may be empty.
    std::vector<link::Query> writes;   ///< Then these, each answered or not as it says.
    std::vector<link::Query> queries;  ///< Read back …
    std::function<Result<void>(Replies)> is_safe;  ///< … and what they must say.
    SafeState() = default;
};

/// A list of complaints that the device keeps (SYST:ERR?): emptied after every write, and once
/// after opening, when what it holds is old. The value read back decides whether a write was taken;
/// a complaint says why not.
struct ErrorQueue {
    link::Query ask;
    std::function<std::string(std::string_view reply)> complaint;  ///< Empty: there is none.
    int most = 32;                                                 ///< So many are taken.
    ErrorQueue() = default;
};

class Dialect {
  public:
    virtual ~Dialect() = default;

    /// "SR830 lock-in", for messages.
    [[nodiscard]] virtual std::string name() const = 0;
    /// Framing, pacing, deadlines, sentinel, echo, what comes unasked. The callbacks are the
    /// part's.
    [[nodiscard]] virtual link::ExchangeSettings exchange() const = 0;

    /// Asked first after opening; nothing is set before.
    [[nodiscard]] virtual std::vector<link::Query> identify() = 0;
    /// `refused`: another device; the serial number is compared by the part. Asked again by
    /// verify(): what it says must not change by itself.
    [[nodiscard]] virtual Result<Identity> identity(Replies replies) = 0;
    /// After the identity, before the first reading and after a reboot; verify() asks again. One
    /// whose `ask` has no bytes cannot be asked: written after opening and after a reboot.
    [[nodiscard]] virtual std::vector<Preparation> preparations() { return {}; }

    /// In a fixed order, which is also that in which they are set again after a reboot: what
    /// drives or heats comes last.
    [[nodiscard]] virtual std::vector<Quantity> quantities() const = 0;
    /// Fresh queries for the group that has this quantity.
    [[nodiscard]] virtual Group group_of(const std::string& quantity) = 0;
    /// One value for each of the group's quantities, in their order, number or status word; the
    /// part adds raw bytes (of the whole group) and clocks where they are not filled in. `corrupt`:
    /// the replies make no sense together.
    [[nodiscard]] virtual Result<std::vector<PartValue>> decode(
        const Group& group, Replies replies
    ) = 0;

    /// What sets this quantity; limits were checked. The part reads back through group_of().
    [[nodiscard]] virtual Result<std::vector<link::Query>> write(
        const std::string& quantity, double value
    ) = 0;
    /// What the device said to write()'s queries: one frame each, empty where none is answered.
    [[nodiscard]] virtual Result<void> written(
        const std::string& /*quantity*/, double /*value*/, Replies /*replies*/
    ) {
        return {};
    }
    [[nodiscard]] virtual std::optional<ErrorQueue> error_queue() { return std::nullopt; }
    /// Is a number that was read back the one that was set?
    [[nodiscard]] virtual bool is_as_set(const Quantity& quantity, double set, double read) const;
    /// Setting it takes so long before it can be read back (a filter, an analogue output).
    [[nodiscard]] virtual std::chrono::milliseconds settles_in(const std::string& /*quantity*/) {
        return std::chrono::milliseconds{0};
    }

    [[nodiscard]] virtual RebootCheck reboot_check() { return {}; }
    [[nodiscard]] virtual SafeState safe_state() = 0;
};

/// |set - read| within the quantity's resolution; 1e-9 of `set` where it has none.
[[nodiscard]] bool is_within(const Quantity& quantity, double set, double read);

inline bool Dialect::is_as_set(const Quantity& quantity, double set, double read) const {
    return is_within(quantity, set, read);
}

}  // namespace relaxd::drivers::parts
