// SPDX-License-Identifier: MIT
//
// Which thread is the io thread: the only one that may touch an instrument.

#pragma once

#include "schema/base/assert.hpp"

namespace relaxd::daemon {

/// The calling thread is the io thread from now on.
void become_io_thread();
[[nodiscard]] bool is_io_thread();
/// Opens every function that touches an instrument or a run. Passes while no thread has been named.
inline void assert_on_io_thread() {
    RELAXD_ASSERT(is_io_thread());
}

}  // namespace relaxd::daemon
