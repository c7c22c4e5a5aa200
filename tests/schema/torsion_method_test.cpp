// SPDX-License-Identifier: MIT
//
// What a method can ask of a torsion pendulum.
#include "schema/method/method.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <string>

using relaxd::method::Mode;
using relaxd::method::SegmentKind;

namespace {

relaxd::method::Method parsed(const std::string& text) {
    const auto method = relaxd::method::parse(text);
    INFO((method ? std::string() : method.error().sentence()));
    REQUIRE(method.has_value());
    return *method;
}

std::string mistake(const std::string& text) {
    const auto method = relaxd::method::parse(text, "m.toml");
    return method ? std::string() : method.error().sentence();
}

bool says(const std::string& text, const std::string& words) {
    INFO(text);
    return text.find(words) != std::string::npos;
}

const std::string forced = "mode = \"torsion-forced\"\n";
const std::string wait = "segments = [\"Jump to 300 K\"]\n";

}  // namespace

TEST_CASE("a pendulum's keys are read in SI", "[method]") {
    const auto method = parsed(
        forced +
        "torque_amplitude = \"2 uN m\"\nreference_frequency = \"100 mHz\"\nreference_every = 4\n"
        "cycles = 5\nwindows_at_most = 8\ncheck_isotherm = \"on\"\n" +
        wait
    );
    CHECK(method.torsion.torque_amplitude_N_m == Approx(2e-6));
    CHECK(method.torsion.reference_frequency_Hz == Approx(0.1));
    CHECK(method.torsion.reference_every == 4);
    CHECK(method.torsion.cycles == 5);
    CHECK(method.torsion.windows_at_most == 8);
    CHECK(method.torsion.checks_isotherm);
    const auto told = relaxd::method::understood(method);
    const auto cycles = std::find_if(told.begin(), told.end(), [](const auto& one) {
        return one.first == "cycles";
    });
    REQUIRE(cycles != told.end());
    CHECK(cycles->second == "5");
    CHECK(parsed(forced + "strain_amplitude = \"0.001 %\"\n" + wait).strain_amplitude == 1e-5);
    CHECK(
        parsed("mode = \"torsion-free-decay\"\ndeflection = \"1 mrad\"\n" + wait)
            .torsion.deflection_rad == 1e-3
    );
    const auto creep = parsed(
        "mode = \"torsion-creep\"\ntorque = \"-1e-5 N m\"\n"
        "segments = [\"Twist 2e-5 N m for 300 s\", \"Recover for 10 min\"]"
    );
    CHECK(creep.torsion.torque_N_m == -1e-5);
    CHECK(creep.segments[0].kind == SegmentKind::twist);
    CHECK(creep.segments[0].torque_N_m == 2e-5);
    CHECK(creep.segments[0].duration_s == 300.0);
}

TEST_CASE("a pendulum's key in a mode that cannot have it is refused", "[method]") {
    const std::string creep = "mode = \"torsion-creep\"\n";
    const std::string analyser = "mode = \"aging\"\nfrequencies = [\"1 Hz\"]\n";
    CHECK(says(mistake(creep + "cycles = 3\n" + wait), "'cycles' is not possible in mode"));
    CHECK(says(mistake(forced + "torque = \"1e-5 N m\"\n" + wait), "m.toml:2"));
    CHECK(says(mistake(forced + "deflection = \"1 mrad\"\n" + wait), "torsion-free-decay"));
    CHECK(
        says(mistake(analyser + "drive_amplitude = \"1 V\"\n" + wait), "use mode 'torsion-forced'")
    );
    CHECK(says(
        mistake(forced + "drive_amplitude = \"1 V\"\ntorque_amplitude = \"1e-6 N m\"\n" + wait),
        "exclude each other"
    ));
    CHECK(says(mistake(forced + "reference_every = 4\n" + wait), "needs 'reference_frequency'"));
    CHECK(says(mistake(forced + "cycles = 0\n" + wait), "whole number from 1 to 1000"));
    CHECK(says(mistake(forced + "cycles = \"3\"\n" + wait), "without quotes"));
    CHECK(says(mistake(forced + "check_isotherm = true\n" + wait), "\"on\" or \"off\""));
    CHECK(says(mistake(forced + "drive_amplitude = \"0 V\"\n" + wait), "does nothing"));
    CHECK(says(mistake(forced + "drive_amplitude = \"-1 V\"\n" + wait), "greater than 0"));
    CHECK(says(mistake(forced + "drive_amplitude = \"1 A\"\n" + wait), "not a unit of voltage"));
    CHECK(says(mistake(forced + "cycle = 3\n" + wait), "cycles"));
    CHECK(says(
        mistake(forced + "segments = [\"Twist 1e-5 N m for 300 s\"]"), "use mode 'torsion-creep'"
    ));
    CHECK(says(mistake(creep + "segments = [\"Twist 0 N m for 300 s\"]"), "twists nothing"));
}

TEST_CASE("the check isotherm is executed after the hottest, numbers in order", "[method]") {
    const std::string sweep = "\"Frequency sweep 1 Hz to 2 Hz, 5 points per decade\"";
    const auto method = parsed(
        forced + "check_isotherm = \"on\"\nsegments = [\"Equilibrate at 300 K\", " + sweep +
        ", \"Equilibrate at 400 K\", " + sweep + ", \"Equilibrate at 350 K\", " + sweep + "]"
    );
    const auto executed = relaxd::method::expand(method);
    REQUIRE(executed.has_value());
    REQUIRE(executed->size() == 8);
    for (std::size_t i = 0; i < executed->size(); ++i) {
        CHECK((*executed)[i].number == static_cast<int>(i) + 1);
        CHECK((*executed)[i].is_check == (i == 4 || i == 5));
    }
    CHECK((*executed)[4].segment.temperature_K == 300.0);
    CHECK((*executed)[4].method_segment == 1);
    CHECK((*executed)[6].segment.temperature_K == 350.0);
    // One isotherm alone, or the first the hottest: there is nothing to repeat.
    const auto one = parsed(
        forced + "check_isotherm = \"on\"\nsegments = [\"Equilibrate at 300 K\", " + sweep + "]"
    );
    CHECK(relaxd::method::expand(one)->size() == 2);
}
