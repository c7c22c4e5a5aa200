// SPDX-License-Identifier: MIT
//
// Unrolling repeats and increments, and sentences that survive being printed.
#include "schema/base/number.hpp"
#include "schema/method/method.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <string>
#include <vector>

namespace relaxd::method {

namespace {

Method method_of(const std::vector<std::string>& sentences) {
    Method method;
    for (const std::string& sentence : sentences) {
        const auto segment = parse_sentence(sentence);
        REQUIRE(segment);
        method.segments.push_back(*segment);
    }
    return method;
}

std::vector<double> targets_K(const std::vector<Executed>& executed) {
    std::vector<double> temperatures_K;
    for (const Executed& one : executed) {
        if (one.segment.kind == SegmentKind::equilibrate) {
            temperatures_K.push_back(one.segment.temperature_K);
        }
    }
    return temperatures_K;
}

/// A printer of its own, written from the contract's wording.
std::string print(const Segment& s) {
    const auto n = [](double value) { return relaxd::to_text(value); };
    switch (s.kind) {
        case SegmentKind::equilibrate: return "Equilibrate at " + n(s.temperature_K) + " K";
        case SegmentKind::isothermal: return "Isothermal for " + n(s.duration_s) + " s";
        case SegmentKind::ramp:
            return "Ramp " + n(s.rate_K_per_s) + " K/s to " + n(s.temperature_K) + " K";
        case SegmentKind::jump: return "Jump to " + n(s.temperature_K) + " K";
        case SegmentKind::frequency_sweep:
            return "Frequency sweep " + n(s.frequency_first_Hz) + " Hz to " +
                   n(s.frequency_last_Hz) + " Hz, " + std::to_string(s.points_per_decade) +
                   " points per decade";
        case SegmentKind::increment: return "Increment " + n(s.temperature_K) + " K";
        case SegmentKind::repeat_until:
            return "Repeat segment " + std::to_string(s.target_segment) + " until " +
                   n(s.temperature_K) + " K";
        case SegmentKind::repeat_times:
            return "Repeat segment " + std::to_string(s.target_segment) + " for " +
                   std::to_string(s.count) + " times";
        case SegmentKind::displace:
            return "Displace " + n(s.stress_Pa) + " Pa for " + n(s.duration_s) + " s";
        case SegmentKind::recover: return "Recover for " + n(s.duration_s) + " s";
        case SegmentKind::strain_rate:
            return "Strain rate " + n(s.rate_per_s) + " 1/s to " + n(s.strain * 100.0) + " %";
        case SegmentKind::hold_strain:
            return "Hold strain " + n(s.strain * 100.0) + " % for " + n(s.duration_s) + " s";
        case SegmentKind::sampling_interval:
            return "Sampling interval " + n(s.interval_s) + " s/pt";
        case SegmentKind::sampling_log:
            return "Sampling " + std::to_string(s.points_per_decade) + " points per decade from " +
                   n(s.start_s) + " s";
        case SegmentKind::data_storage: return s.on ? "Data storage on" : "Data storage off";
        case SegmentKind::isothermal_until:
            return s.per_s > 0.0
                       ? "Isothermal until tan_delta is steady to " + n(s.tolerance * 100.0) +
                             " % per " + n(s.per_s) + " s, at most " + n(s.duration_s) + " s"
                       : "Isothermal until " + s.parameter + " is known to " + n(s.tolerance) +
                             ", at most " + n(s.duration_s) + " s";
        case SegmentKind::force_ramp:
            return "Ramp force " + n(s.force_rate_N_per_s) + " N/s to " + n(s.force_N) + " N";
        case SegmentKind::measure_length: return "Measure length";
        case SegmentKind::twist:
            return "Twist " + n(s.torque_N_m) + " N m for " + n(s.duration_s) + " s";
    }
    return "";
}

void check_same(const Segment& a, const Segment& b) {
    RC_ASSERT(a.kind == b.kind);
    RC_ASSERT(a.temperature_K == b.temperature_K);
    RC_ASSERT(a.rate_K_per_s == b.rate_K_per_s);
    RC_ASSERT(a.duration_s == b.duration_s);
    RC_ASSERT(a.frequency_first_Hz == b.frequency_first_Hz);
    RC_ASSERT(a.frequency_last_Hz == b.frequency_last_Hz);
    RC_ASSERT(a.points_per_decade == b.points_per_decade);
    RC_ASSERT(a.stress_Pa == b.stress_Pa);
    RC_ASSERT(a.strain == Approx(b.strain).epsilon(1e-15));  // A percentage rounds once.
    RC_ASSERT(a.rate_per_s == b.rate_per_s);
    RC_ASSERT(a.force_rate_N_per_s == b.force_rate_N_per_s);
    RC_ASSERT(a.force_N == b.force_N);
    RC_ASSERT(a.interval_s == b.interval_s);
    RC_ASSERT(a.start_s == b.start_s);
    RC_ASSERT(a.on == b.on);
    RC_ASSERT(a.target_segment == b.target_segment);
    RC_ASSERT(a.count == b.count);
    RC_ASSERT(a.parameter == b.parameter);
    RC_ASSERT(a.tolerance == Approx(b.tolerance).epsilon(1e-15));  // Likewise.
    RC_ASSERT(a.per_s == b.per_s);
    RC_ASSERT(a.torque_N_m == b.torque_N_m);
}

double positive() {
    const int mantissa = *rc::gen::inRange(1, 1'000'000);
    const int exponent = *rc::gen::inRange(-8, 4);
    return *relaxd::to_double(std::to_string(mantissa) + "e" + std::to_string(exponent));
}

Segment any_segment() {
    Segment s;
    s.kind = static_cast<SegmentKind>(*rc::gen::inRange(0, 19));
    switch (s.kind) {
        case SegmentKind::equilibrate:
        case SegmentKind::jump: s.temperature_K = positive(); break;
        case SegmentKind::increment:
            s.temperature_K = *rc::gen::arbitrary<bool>() ? positive() : -positive();
            break;
        case SegmentKind::isothermal:
        case SegmentKind::recover: s.duration_s = positive(); break;
        case SegmentKind::ramp:
            s.rate_K_per_s = positive();
            s.temperature_K = positive();
            break;
        case SegmentKind::frequency_sweep:
            s.frequency_first_Hz = positive();
            s.frequency_last_Hz = positive();
            s.points_per_decade = *rc::gen::inRange(1, 1001);
            break;
        case SegmentKind::repeat_until:
            s.target_segment = *rc::gen::inRange(1, 100);
            s.temperature_K = positive();
            break;
        case SegmentKind::repeat_times:
            s.target_segment = *rc::gen::inRange(1, 100);
            s.count = *rc::gen::inRange(1, 10'001);
            break;
        case SegmentKind::displace:
            s.stress_Pa = positive();
            s.duration_s = positive();
            break;
        case SegmentKind::strain_rate:
            s.rate_per_s = positive();
            s.strain = *rc::gen::inRange(-9'999, 10'000) / 1000.0;
            break;
        case SegmentKind::hold_strain:
            s.duration_s = positive();
            s.strain = *rc::gen::inRange(-9'999, 10'000) / 1000.0;
            break;
        case SegmentKind::sampling_interval: s.interval_s = positive(); break;
        case SegmentKind::sampling_log:
            s.start_s = positive();
            s.points_per_decade = *rc::gen::inRange(1, 1001);
            break;
        case SegmentKind::data_storage: s.on = *rc::gen::arbitrary<bool>(); break;
        case SegmentKind::isothermal_until:
            s.parameter = *rc::gen::arbitrary<bool>() ? "chi" : relaxd::method::steady_parameter;
            s.per_s = s.parameter == "chi" ? 0.0 : positive();
            s.tolerance = positive();
            s.duration_s = positive();
            break;
        case SegmentKind::force_ramp:
            s.force_rate_N_per_s = positive();
            s.force_N = *rc::gen::arbitrary<bool>() ? positive() : -positive();
            break;
        case SegmentKind::measure_length: break;
        case SegmentKind::twist:
            s.torque_N_m = *rc::gen::arbitrary<bool>() ? positive() : -positive();
            s.duration_s = positive();
            break;
    }
    return s;
}

}  // namespace

TEST_CASE("a printed sentence parses to the same segment") {
    CHECK(rc::check("print, parse, same", [] {
        const Segment segment = any_segment();
        const std::string sentence = print(segment);
        const auto parsed = parse_sentence(sentence);
        RC_ASSERT(parsed.has_value());
        RC_ASSERT(parsed->text == sentence);
        check_same(segment, *parsed);
    }));
}

TEST_CASE("any text is a segment or an error that names a known sentence") {
    CHECK(rc::check("no crash", [](const std::string& text) {
        const auto parsed = parse_sentence(text, "x:1");
        RC_ASSERT(parsed.has_value() || !parsed.error().message.empty());
        RC_ASSERT(parsed.has_value() || parsed.error().where == "x:1");
    }));
}

TEST_CASE("repeat for 5 times gives five further executions") {
    const auto executed = expand(
        method_of({"Equilibrate at 412 K", "Isothermal for 1 min", "Repeat segment 2 for 5 times"})
    );
    REQUIRE(executed);
    REQUIRE(executed->size() == 7);
    for (std::size_t i = 0; i < executed->size(); ++i) {
        CHECK((*executed)[i].number == static_cast<int>(i) + 1);
        CHECK((*executed)[i].method_segment == (i == 0 ? 1 : 2));
    }
}

TEST_CASE("repeat until a temperature measures at that temperature and never goes beyond it") {
    const std::vector<double> expected{412, 422, 432, 442, 452, 462, 472, 482, 492};
    const auto increment_last = expand(method_of(
        {"Equilibrate at 412 K",
         "Isothermal for 5 min",
         "Frequency sweep 0.01 Hz to 2 Hz, 5 points per decade",
         "Increment 10 K",
         "Repeat segment 2 until 492 K"}
    ));
    REQUIRE(increment_last);
    CHECK(targets_K(*increment_last) == expected);
    CHECK(increment_last->back().segment.kind == SegmentKind::frequency_sweep);
    CHECK(increment_last->size() == 9 * 3);
    const auto increment_first = expand(method_of(
        {"Equilibrate at 402 K",
         "Data storage on",
         "Increment 10 K",
         "Isothermal for 5 min",
         "Repeat segment 3 until 492 K"}
    ));
    REQUIRE(increment_first);
    std::vector<double> from_402 = expected;
    from_402.insert(from_402.begin(), 402);
    CHECK(targets_K(*increment_first) == from_402);
    CHECK(increment_first->back().segment.kind == SegmentKind::isothermal);
    const auto cooling = expand(method_of(
        {"Equilibrate at 300 K",
         "Isothermal for 1 s",
         "Increment -50 K",
         "Repeat segment 2 until 175 K"}
    ));
    REQUIRE(cooling);
    CHECK(targets_K(*cooling) == std::vector<double>{300, 250, 200});
    CHECK(cooling->back().segment.kind == SegmentKind::isothermal);
    const auto passed = expand(method_of(
        {"Equilibrate at 400 K", "Increment 10 K", "Repeat segment 2 until 300 K", "Recover for 1 s"
        }
    ));
    REQUIRE(passed);
    CHECK(targets_K(*passed) == std::vector<double>{400, 410});
    CHECK(passed->size() == 3);
}

TEST_CASE("repeats nest, and what follows them is still executed") {
    const auto executed = expand(method_of(
        {"Equilibrate at 300 K",
         "Isothermal for 1 s",
         "Repeat segment 2 for 1 times",
         "Increment 10 K",
         "Repeat segment 2 until 320 K",
         "Recover for 1 s"}
    ));
    REQUIRE(executed);
    CHECK(targets_K(*executed) == std::vector<double>{300, 310, 320});
    CHECK(executed->size() == 3 + (2 * 3) + 1);
    CHECK(executed->back().method_segment == 6);
    CHECK((*executed)[3].segment.text == "Increment 10 K");
    CHECK((*executed)[3].segment.temperature_K == 310.0);
}

TEST_CASE("a method that cannot end or start is refused with its line") {
    const auto refuse = [](const std::string& sentences) {
        const auto method = parse("mode = \"creep\"\nsegments = [\n" + sentences + "]\n", "m.toml");
        REQUIRE_FALSE(method);
        return method.error().sentence();
    };
    CHECK(refuse("\"Increment 10 K\"\n").find("m.toml:3") == 0);
    CHECK(refuse("\"Jump to 300 K\",\n\"Repeat segment 1 until 400 K\"\n").find("m.toml:4") == 0);
    CHECK(refuse("\"Jump to 300 K\",\n\"Repeat segment 2 for 4 times\"\n").find("m.toml:4") == 0);
    CHECK(
        refuse("\"Jump to 300 K\",\n\"Repeat segment 9 for 4 times\"\n").find("segment 9") !=
        std::string::npos
    );
    CHECK(
        refuse("\"Jump to 300 K\",\n\"Increment -200 K\",\n\"Repeat segment 2 for 4 times\"\n")
            .find("below 0 K") != std::string::npos
    );
    CHECK(
        refuse("\"Jump to 300 K\",\n\"Increment 1e-9 K\",\n\"Repeat segment 2 until 400 K\"\n")
            .find("10000") != std::string::npos
    );
    CHECK(
        refuse("\"Jump to 3 K\",\n\"Repeat segment 1 for 9999 times\",\n\"Repeat segment 1 for "
               "9999 times\"\n")
            .find("10000") != std::string::npos
    );
}

}  // namespace relaxd::method
