// SPDX-License-Identifier: MIT
//
// One frequency measured by lock-ins or by an analyser: their own filters decide when it is
// settled. Internal to drivers/torsion_pendulum.

#pragma once

#include "drivers/torsion_pendulum/host.hpp"

namespace relaxd::drivers::torsion_pendulum {

[[nodiscard]] Awaitable<Wake> take_lock_in_point(
    HostPtr host, std::uint64_t mine, Ask ask, bool settles
);

}  // namespace relaxd::drivers::torsion_pendulum
