// SPDX-License-Identifier: MIT
//
// Times as text: what was written is read back, anything else is no time.
#include "schema/base/clock.hpp"

#include "tests/support/catch.hpp"

namespace relaxd {

TEST_CASE("a time is read back to the microsecond") {
    for (const char* text :
         {"1970-01-01T00:00:00.000000Z",
          "2024-02-29T23:59:59.999999Z",
          "2200-12-31T00:00:00.000001Z"}) {
        const UtcTime time = utc_from_text(text);
        CHECK(time.ns >= 0);
        CHECK(to_text(time) == text);
    }
    CHECK(utc_from_text("2026-01-31T12:00:00.123456Z").ns == 1'769'860'800'123'456'000);
}

TEST_CASE("a day or an hour that does not exist is no time, nor is text of another form") {
    for (const char* text :
         {"2026-02-30T12:00:00.000000Z",
          "2026-13-01T12:00:00.000000Z",
          "2026-01-31T24:00:00.000000Z",
          "2026-01-31T12:60:00.000000Z",
          "2026-01-31T12:00:00.-12345Z",
          "9999-01-31T12:00:00.000000Z",
          "0001-01-31T12:00:00.000000Z",
          "2026-01-31T12:00:00.000000Z ",
          "2026-1-31T12:00:00.000000Z",
          "2026-01-31T12:00:00Z",
          "2026-01-31T12:00:00.000000+00:00",
          "yesterday",
          ""}) {
        INFO(text);
        CHECK(utc_from_text(text).ns == -1);
    }
}

}  // namespace relaxd
