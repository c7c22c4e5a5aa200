// SPDX-License-Identifier: MIT
//
// Runs of an instrument that is only read: what may be asked of it.

#pragma once

#include "daemon/acquire/session.hpp"
#include "daemon/core/logging.hpp"
#include "daemon/serve/laboratory.hpp"

#include <string>

namespace relaxd::daemon {

/// Of an instrument whose measurements become runs by themselves.
struct FollowNew {
    std::string last_token;  ///< Recorded, or not to be recorded: left alone from now on.
    bool is_asking = false;
    RepeatGate failures;
    FollowNew() = default;
};

/// A read-only instrument is followed, any other one is started; `refused` otherwise.
[[nodiscard]] Result<void> fits_the_instrument(
    const StartRequest& request, const InstrumentSession& session
);

/// `refused` where what a read-only instrument measured has ended already.
[[nodiscard]] Result<void> check_goes_on(
    const drivers::Status& status, const std::string& instrument
);

}  // namespace relaxd::daemon
