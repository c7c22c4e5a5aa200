// SPDX-License-Identifier: MIT
//
// Control leases: who may command an instrument (OPERATOR 1.4 L1-L3). One per instrument, 30 s,
// renewed by being used; the fencing number only grows. Losing a lease never stops a run. Pure:
// times come in from the steady clock.

#pragma once

#include "schema/base/clock.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace relaxd::daemon {

inline constexpr double lease_s = 30.0;

class LeaseTable {
  public:
    /// The fencing number. While another client holds it: `refused`, "lease_held …", unless
    /// `take_over`. The holder asking again renews and keeps the number.
    [[nodiscard]] Result<std::uint64_t> acquire(
        const std::string& instrument,
        const std::string& client,
        const std::string& note,
        bool take_over,
        SteadyTime now
    );
    /// Gives it back. With an old number `refused`; when nobody holds it, nothing to do.
    [[nodiscard]] Result<void> release(
        const std::string& instrument, std::uint64_t number, SteadyTime now
    );
    /// May a command with this number (if any) pass? Using a lease renews it.
    [[nodiscard]] Result<void> check(
        const std::string& instrument, std::optional<std::uint64_t> number, SteadyTime now
    );
    /// "J. Doe (note)" or empty when nobody holds it.
    [[nodiscard]] std::string holder(const std::string& instrument, SteadyTime now) const;

  private:
    struct Lease {
        std::string client;
        std::string note;
        std::uint64_t number = 0;
        SteadyTime expires;
        bool is_held = false;
    };
    [[nodiscard]] static bool is_live(const Lease& lease, SteadyTime now);
    [[nodiscard]] static tl::unexpected<Error> held(
        const std::string& instrument, const Lease& lease, SteadyTime now
    );

    std::map<std::string, Lease> leases_;
    std::uint64_t last_number_ = 0;
};

}  // namespace relaxd::daemon
