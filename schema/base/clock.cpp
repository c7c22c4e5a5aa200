// SPDX-License-Identifier: MIT
#include "schema/base/clock.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace relaxd {

namespace {
constexpr std::int64_t ns_per_s = 1'000'000'000;
}

std::string to_text(UtcTime time) {
    std::int64_t seconds = time.ns / ns_per_s;
    std::int64_t rest_ns = time.ns % ns_per_s;
    if (rest_ns < 0) {
        rest_ns += ns_per_s;
        --seconds;
    }
    const std::time_t whole = seconds;
    std::tm parts{};
    (void)gmtime_r(&whole, &parts);
    std::array<char, 80> text{};
    (void)std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
        parts.tm_year + 1900,
        parts.tm_mon + 1,
        parts.tm_mday,
        parts.tm_hour,
        parts.tm_min,
        parts.tm_sec,
        static_cast<int>(rest_ns / 1000)
    );
    return text.data();
}

UtcTime utc_from_text(const std::string& text) {
    std::tm parts{};
    int micros = 0;
    char zone = 0;
    const int fields = std::sscanf(  // NOLINT(cert-err34-c): compared with what it must have been
        text.c_str(),
        "%4d-%2d-%2dT%2d:%2d:%2d.%6d%c",
        &parts.tm_year,
        &parts.tm_mon,
        &parts.tm_mday,
        &parts.tm_hour,
        &parts.tm_min,
        &parts.tm_sec,
        &micros,
        &zone
    );
    // Nanoseconds in 64 bits end in the year 2262.
    if (fields != 8 || parts.tm_year < 1970 || parts.tm_year > 2200) {
        return UtcTime{-1};
    }
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    const UtcTime time{(timegm(&parts) * ns_per_s) + (static_cast<std::int64_t>(micros) * 1000)};
    // No 31 February, no hour 25, nothing behind the Z.
    return to_text(time) == text ? time : UtcTime{-1};
}

SteadyTime SystemClock::steady() const {
    return SteadyTime{std::chrono::duration_cast<std::chrono::nanoseconds>(
                          std::chrono::steady_clock::now().time_since_epoch()
    )
                          .count()};
}

UtcTime SystemClock::utc() const {
    return UtcTime{std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::system_clock::now().time_since_epoch()
    )
                       .count()};
}

}  // namespace relaxd
