// SPDX-License-Identifier: MIT
//
// A specimen that does not stay as long as its modulus takes it to be is told, once.

#include "daemon/run/static_elongation.hpp"

#include "tests/support/catch.hpp"

#include <string>

using relaxd::daemon::StaticElongation;
using relaxd::record::Channel;
using relaxd::record::Reading;
using relaxd::record::Specimen;

namespace {

relaxd::method::Method method_of(
    const std::string& keys, const std::string& clamp, const std::string& segments
) {
    const auto parsed = relaxd::method::parse(
        "mode = \"aging\"\nclamp = \"" + clamp + "\"\nfrequencies = [\"1 Hz\"]\n" + keys +
        "\nsegments = [" + segments + "]\n"
    );
    INFO((parsed ? std::string() : parsed.error().sentence()));
    REQUIRE(parsed);
    return *parsed;
}

Reading reading_of(int segment, double length_m, const char* flags = "") {
    Reading reading;
    reading.segment = segment;
    reading.values[Channel::length_m] = length_m;
    reading.flags = flags;
    return reading;
}

Specimen ribbon() {
    Specimen specimen;
    specimen.length_m = 0.01;
    specimen.thickness_m = 4e-5;
    return specimen;
}

StaticElongation watch_of(
    const std::string& keys,
    const std::string& segments = "\"Isothermal for 9 s\"",
    const std::string& clamp = "tension",
    const Specimen& specimen = ribbon()
) {
    const auto method = method_of(keys, clamp, segments);
    const auto executed = relaxd::method::expand(method);
    REQUIRE(executed);
    return StaticElongation(method, *executed, specimen);
}

}  // namespace

TEST_CASE("a specimen that grows beyond the alarm is told once, with what its modulus is off by") {
    StaticElongation watch = watch_of("");
    CHECK_FALSE(watch.look(reading_of(1, 0.01)));
    CHECK_FALSE(watch.look(reading_of(1, 0.01004)));
    CHECK_FALSE(watch.look(reading_of(1, 0.02, "overload")));
    CHECK_FALSE(watch.look(reading_of(1, relaxd::record::unknown)));
    const auto told = watch.look(reading_of(1, 0.0101));
    REQUIRE(told);
    CHECK(told->code == "STATIC_ELONGATION");
    CHECK(told->severity == relaxd::record::Severity::minor);
    CHECK(told->message.find("1 % longer") != std::string::npos);
    CHECK(told->message.find("alarm at 0.5 %") != std::string::npos);
    CHECK(told->message.find("1.0201 times") != std::string::npos);
    CHECK(told->detail.starts_with("length_m=0.0101 reference_m=0.01 elongation=0.01"));
    CHECK_FALSE(watch.look(reading_of(1, 0.0103)));
    StaticElongation wide = watch_of("static_elongation_alarm = \"2 %\"");
    CHECK_FALSE(wide.look(reading_of(1, 0.0101)));
    CHECK(wide.look(reading_of(1, 0.0097)));
}

TEST_CASE("the reference is the length that was measured last") {
    StaticElongation watch = watch_of(
        "reference_length = \"current\"",
        "\"Measure length\", \"Isothermal for 9 s\", \"Measure length\", \"Isothermal for 9 s\""
    );
    CHECK_FALSE(watch.look(reading_of(2, 0.0105)));  // 5 % off what the specimen says
    CHECK_FALSE(watch.look(reading_of(2, 0.01052)));
    CHECK_FALSE(watch.look(reading_of(4, 0.012)));
    CHECK(watch.look(reading_of(4, 0.0121)));
}

TEST_CASE("compression refers to the height, a bending clamp and an unknown length to nothing") {
    Specimen plate;
    plate.length_m = 0.01;
    plate.thickness_m = 0.004;
    const char* one = "\"Isothermal for 9 s\"";
    StaticElongation pressed = watch_of("", one, "compression", plate);
    CHECK_FALSE(pressed.look(reading_of(1, 0.004)));
    CHECK(pressed.look(reading_of(1, 0.0039)));
    StaticElongation bent = watch_of("", one, "single-cantilever");
    CHECK_FALSE(bent.look(reading_of(1, 0.02)));
    StaticElongation unknown = watch_of("", one, "tension", Specimen{});
    CHECK_FALSE(unknown.look(reading_of(1, 0.02)));  // the first one is the reference
    CHECK_FALSE(unknown.look(reading_of(1, 0.02005)));
    CHECK(unknown.look(reading_of(1, 0.0202)));
}
