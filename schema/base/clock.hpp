// SPDX-License-Identifier: MIT
//
// The two host clocks, as one parameter. Intervals and deadlines use `steady`; wall time (UTC) only
// labels. `SystemClock` (clock.cpp) is the only place that asks the operating system; tests use
// tests/support/manual_clock.hpp.

#pragma once

#include <cstdint>
#include <string>

namespace relaxd {

/// Nanoseconds of the steady clock; only differences mean anything.
struct SteadyTime {
    std::int64_t ns = 0;
    friend constexpr auto operator<=>(const SteadyTime&, const SteadyTime&) = default;
};

/// Nanoseconds since 1970-01-01T00:00:00Z; a label, never subtracted for an interval.
struct UtcTime {
    std::int64_t ns = 0;
    friend constexpr auto operator<=>(const UtcTime&, const UtcTime&) = default;
};

/// `2026-01-31T12:00:00.123456Z` (CONTRACT 6).
[[nodiscard]] std::string to_text(UtcTime time);

/// Reads what `to_text` writes for the years 1970 to 2200; -1 ns if it is anything else.
[[nodiscard]] UtcTime utc_from_text(const std::string& text);

class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual SteadyTime steady() const = 0;
    [[nodiscard]] virtual UtcTime utc() const = 0;
};

class SystemClock final : public Clock {
  public:
    [[nodiscard]] SteadyTime steady() const override;
    [[nodiscard]] UtcTime utc() const override;
};

}  // namespace relaxd
