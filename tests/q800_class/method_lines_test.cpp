// SPDX-License-Identifier: MIT
//
// Methods become the document's lines, and what a Q800 cannot do is refused with value and bound.
#include "drivers/q800_class/method_lines.hpp"

#include "tests/q800_class/bench_fixture.hpp"

using namespace relaxd::drivers::q800_class;
using relaxd::Errc;
using relaxd::method::Mode;
using relaxd::method::parse;
using relaxd::test::small_method;
using relaxd::test::small_specimen;

namespace {

relaxd::method::Method with_segments(const std::string& segments, const std::string& mode) {
    const auto parsed = parse(
        "mode = \"" + mode + "\"\nclamp = \"single-cantilever\"\namplitude = \"15 um\"\n" +
        (mode == "creep" ? "" : "frequencies = [\"1 Hz\"]\n") + "segments = [" + segments + "]\n"
    );
    INFO((parsed ? std::string() : parsed.error().sentence()));
    REQUIRE(parsed.has_value());
    return *parsed;
}

std::string refusal(const relaxd::method::Method& method) {
    const auto checked = check_limits(method, small_specimen());
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().code == Errc::refused);
    return checked.error().sentence();
}

bool has(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every sentence has its line", "[drivers][q800]") {
    const auto method = with_segments(
        "\"Sampling interval 0.10 s/pt\", \"Equilibrate at 300 K\", \"Isothermal for 10 min\", "
        "\"Jump to 350 K\", \"Displace 25 MPa for 330 s\", \"Recover for 1000 s\", "
        "\"Sampling 20 points per decade from 0.05 s\", \"Data storage on\"",
        "creep"
    );
    REQUIRE(check_limits(method, small_specimen()).has_value());
    const auto lines = method_lines(method, small_specimen());
    REQUIRE(lines.has_value());
    CHECK(lines->segments == 8);
    const std::vector<std::string> expected{
        "mode creep",
        "clamp single-cantilever",
        "geometry length_m=0.0175 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35",
        "segment sampling interval_s=0.1",
        "segment equilibrate temperature_K=300",
        "segment isothermal duration_s=600",
        "segment jump temperature_K=350",
        "segment displace stress_Pa=2.5e+07 duration_s=330",
        "segment recover duration_s=1000",
        "segment sampling_log points_per_decade=20 start_s=0.05",
        "segment storage on=1",
    };
    CHECK(lines->lines == expected);
}

TEST_CASE("repeats and increments are unrolled into numbered segments", "[drivers][q800]") {
    const auto method = with_segments(
        "\"Equilibrate at 300 K\", \"Frequency sweep 0.01 Hz to 2 Hz, 5 points per decade\", "
        "\"Increment 10 K\", \"Repeat segment 2 for 1 times\"",
        "frequency-sweep"
    );
    const auto lines = method_lines(method, small_specimen());
    REQUIRE(lines.has_value());
    CHECK(lines->segments == 5);
    CHECK(lines->lines.back() == "segment equilibrate temperature_K=320");
    CHECK(lines->lines[6] == "segment sweep first_Hz=0.01 last_Hz=2 points_per_decade=5");
}

TEST_CASE("limits name the sentence, the value and the bound", "[drivers][q800]") {
    auto text = refusal(with_segments("\"Equilibrate at 100 K\"", "aging"));
    CHECK(has(text, "Equilibrate at 100 K"));
    CHECK(has(text, "123.15"));
    text = refusal(with_segments("\"Equilibrate at 300 K\", \"Ramp 25 K/min to 400 K\"", "aging"));
    CHECK(has(text, "25 K/min"));
    CHECK(has(text, "20 K/min"));
    text = refusal(with_segments("\"Equilibrate at 400 K\", \"Ramp 15 K/min to 300 K\"", "aging"));
    CHECK(has(text, "cooling"));
    CHECK(has(text, "10 K/min"));
    text = refusal(with_segments(
        "\"Frequency sweep 0.001 Hz to 2 Hz, 5 points per decade\"", "frequency-sweep"
    ));
    CHECK(has(text, "0.001"));
    CHECK(has(text, "0.01"));
    auto method = small_method();
    method.amplitude_m = 2e-2;
    CHECK(has(refusal(method), "amplitude"));
    method.amplitude_m = 0.0;
    CHECK(has(refusal(method), "amplitude"));
    method = small_method();
    method.frequencies_Hz = {1.0, 250.0};
    CHECK(has(refusal(method), "250"));
    method = small_method();
    method.mode = Mode::torsion_forced;
    CHECK(has(refusal(method), "mode"));
    method = small_method();
    method.clamp = "submersion";
    CHECK(has(refusal(method), "submersion"));
    method.clamp.clear();
    CHECK(has(refusal(method), "clamp"));
}

TEST_CASE("the bounds themselves are allowed", "[drivers][q800]") {
    CHECK(check_limits(
        with_segments(
            "\"Equilibrate at 123.15 K\", \"Ramp 20 K/min to 873.15 K\", "
            "\"Ramp 10 K/min to 300 K\"",
            "aging"
        ),
        small_specimen()
    ));
}

TEST_CASE(
    "a stress that takes more than 18 N is refused where the geometry is known", "[drivers][q800]"
) {
    auto method = with_segments("\"Displace 25 MPa for 330 s\"", "creep");
    CHECK(check_limits(method, small_specimen()).has_value());
    method.clamp = "tension";  // 25 MPa on 3 mm x 1 mm is 75 N
    CHECK(has(refusal(method), "75"));
    CHECK(check_limits(method, relaxd::record::Specimen{}).has_value());
    // outer fibre stress of a guided cantilever: 3 F L / (w t^2)
    CHECK(
        force_for_stress_N("single-cantilever", small_specimen(), 1e6) ==
        Approx(1e6 * 0.003 * 1e-6 / (3.0 * 0.0175)).epsilon(1e-12)
    );
}

TEST_CASE("a dimension that nobody measured is left to the instrument", "[drivers][q800]") {
    auto specimen = small_specimen();
    specimen.width_m = relaxd::record::unknown;
    auto lines = method_lines(small_method(), specimen);
    REQUIRE(lines.has_value());
    CHECK(
        lines->lines[2] == "geometry length_m=0.0175 width_m=- thickness_m=0.001 poisson_ratio=0.35"
    );
    lines = method_lines(small_method(), relaxd::record::Specimen{});
    REQUIRE(lines.has_value());
    CHECK(lines->lines[1] == "clamp single-cantilever");
    CHECK(lines->lines[2] == "geometry length_m=- width_m=- thickness_m=- poisson_ratio=-");
}

TEST_CASE("the clamp is the method's or else the specimen's", "[drivers][q800]") {
    auto method = small_method();
    method.clamp.clear();
    relaxd::record::Specimen specimen;
    CHECK_FALSE(check_limits(method, specimen).has_value());
    specimen.clamp = "tension";
    CHECK(check_limits(method, specimen).has_value());
    const auto lines = method_lines(method, specimen);
    REQUIRE(lines.has_value());
    CHECK(lines->lines[1] == "clamp tension");
}
