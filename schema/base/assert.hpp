// SPDX-License-Identifier: MIT
//
// RELAXD_ASSERT: always on. A failed assertion is a bug of ours: it says where, runs the hook that
// makes the instrument safe (daemon/core sets it), and aborts.

#pragma once

namespace relaxd {

/// Called once, before abort, by a failed assertion. May be null.
using AssertHook = void (*)(const char* text);
void set_assert_hook(AssertHook hook);

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace relaxd

#define RELAXD_ASSERT(condition)                                        \
    do {                                                                \
        if (!(condition)) {                                             \
            ::relaxd::assertion_failed(#condition, __FILE__, __LINE__); \
        }                                                               \
    } while (false)
