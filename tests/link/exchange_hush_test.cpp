// SPDX-License-Identifier: MIT
//
// A device that streams by itself: the line is hushed once where that is known to be harmless.
#include "tests/link/exchange_rig.hpp"

#include <string>

using namespace relaxd::test;
using relaxd::Errc;
using relaxd::Result;

namespace {

/// A line every 20 ms.
void stream(Rig& rig, int lines) {
    for (int i = 0; i < lines; ++i) {
        rig.pass(20ms);
        rig.say("0,1.0E-3\r\n");
    }
}

}  // namespace

TEST_CASE("a line that does not fall silent is hushed, once", "[link][exchange]") {
    ExchangeSettings settings = settings_of_lines();
    settings.hush = "\x03";
    Rig rig(settings);
    std::optional<Result<Answer>> proof;
    rig.spawn(rig.exchange.prove(rig.generation), proof);
    stream(rig, 15);  // six times the worst latency
    CHECK(rig.heard() == "\x03");
    CHECK_FALSE(proof.has_value());
    rig.pass(51ms);
    CHECK(rig.heard() == "ID?\r\n");
    rig.say("BOX 7\r\n");
    CHECK(rig.finish(proof).has_value());
}

TEST_CASE("a line that falls silent by itself is not hushed", "[link][exchange]") {
    ExchangeSettings settings = settings_of_lines();
    settings.hush = "\x03";
    Rig rig(settings);
    rig.prove();  // hears the sentinel and nothing before it
}

TEST_CASE("without a hush a line that streams is an error that says so", "[link][exchange]") {
    ExchangeSettings settings = settings_of_lines();
    settings.never_silent = 300ms;
    Rig rig(settings);
    std::optional<Result<Answer>> proof;
    rig.spawn(rig.exchange.prove(rig.generation), proof);
    stream(rig, 16);
    const auto got = rig.finish(proof);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == Errc::corrupt);
    CHECK(got.error().sentence().find("streams") != std::string::npos);
}
