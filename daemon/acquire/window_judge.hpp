// SPDX-License-Identifier: MIT
//
// What the host says of a window of raw signals while the instrument waits to go on: settled or
// not, clipped or not, how large (model/signal). Pure; called on the io thread, a millisecond per
// ten thousand samples.

#pragma once

#include "drivers/api/instrument.hpp"

namespace relaxd::daemon {

[[nodiscard]] drivers::WindowJudge window_judge();

}  // namespace relaxd::daemon
