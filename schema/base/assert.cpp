// SPDX-License-Identifier: MIT
#include "schema/base/assert.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace relaxd {

namespace {
std::atomic<AssertHook> hook_installed{nullptr};
}

void set_assert_hook(AssertHook hook) {
    hook_installed.store(hook);
}

void assertion_failed(const char* expression, const char* file, int line) {
    // The hook is taken out first: an assertion inside the hook must not run it again.
    AssertHook hook = hook_installed.exchange(nullptr);
    (void)std::fprintf(stderr, "relaxd: assertion failed: %s at %s:%d\n", expression, file, line);
    if (hook != nullptr) {
        hook(expression);
    }
    std::abort();
}

}  // namespace relaxd
