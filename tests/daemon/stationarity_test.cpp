// SPDX-License-Identifier: MIT
//
// Whether a sweep's specimen stayed what it was, and whether tan delta is steady.
#include "daemon/run/stationarity.hpp"

#include "schema/method/method.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <random>

namespace relaxd::test {

namespace {

using daemon::DriftWatch;
using daemon::Stationarity;
using daemon::SteadyWatch;
using record::Channel;

record::Reading reading_at(
    double time_s, double frequency_Hz, double storage_Pa, double tan_delta
) {
    record::Reading reading;
    reading.time_s = time_s;
    reading.values[Channel::frequency_Hz] = frequency_Hz;
    reading.values[Channel::shear_storage_modulus_Pa] = storage_Pa;
    reading.values[Channel::shear_storage_modulus_sigma_Pa] = 1e-3 * storage_Pa;
    reading.values[Channel::tan_delta] = tan_delta;
    reading.values[Channel::tan_delta_sigma] = 1e-3 * tan_delta;
    return reading;
}

record::Reading reference(double time_s, double storage_Pa, double tan_delta) {
    record::Reading reading = reading_at(time_s, 1.0, storage_Pa, tan_delta);
    reading.flags = "reference";
    return reading;
}

}  // namespace

TEST_CASE("a drift is the straight line's, with the error of weighted least squares") {
    // Oracle: the textbook formulas for x = 0, 1, 2, 3 with sigma 0.1: var(slope) = sigma^2 / Sxx.
    DriftWatch watch;
    for (int i = 0; i < 4; ++i) {
        watch.add(i, 10.0 + 0.5 * i, 0.1);
    }
    const auto drift = watch.drift(0.0, 2);
    REQUIRE(drift);
    CHECK(drift->relative == Approx(0.5 * 3.0 / 10.75));
    CHECK(drift->sigma == Approx(0.1 / std::sqrt(5.0) * 3.0 / 10.75));
    CHECK(drift->span_s == Approx(3.0));
    CHECK_FALSE(watch.drift(0.5, 2));  // one reading is no line
    CHECK_FALSE(DriftWatch().drift(0.0, 2));
}

TEST_CASE("a sweep whose specimen ages is not stationary, a noisy one is") {
    Stationarity ageing;
    ageing.add(reference(0.0, 1.00e9, 0.100));
    ageing.add(reading_at(50.0, 0.1, 0.5e9, 0.9));  // no reference: not looked at
    ageing.add(reference(600.0, 1.00e9, 0.090));
    const auto verdict = ageing.verdict(3);
    REQUIRE(verdict);
    CHECK_FALSE(verdict->is_stationary);
    CHECK(verdict->message.find("segment 3: not stationary") == 0);
    CHECK(verdict->message.find("tan delta by -10.5") != std::string::npos);
    CHECK(verdict->detail.find("\"segment\":3") != std::string::npos);

    Stationarity noisy;  // 5 % apart, and 4 % uncertain
    auto first = reference(0.0, 1e9, 0.100);
    auto last = reference(600.0, 1e9, 0.105);
    first.values[Channel::tan_delta_sigma] = 0.004;
    last.values[Channel::tan_delta_sigma] = 0.004;
    noisy.add(first);
    noisy.add(last);
    REQUIRE(noisy.verdict(1));
    CHECK(noisy.verdict(1)->is_stationary);

    Stationarity small;  // sure, and too small to matter
    small.add(reference(0.0, 1.000e9, 0.1));
    small.add(reference(600.0, 1.008e9, 0.1));
    CHECK(small.verdict(1)->is_stationary);

    Stationarity alone;
    alone.add(reference(0.0, 1e9, 0.1));
    CHECK_FALSE(alone.verdict(1));
    auto flagged = reference(600.0, 2e9, 0.2);
    flagged.flags += " clipped";
    alone.add(flagged);
    CHECK_FALSE(alone.verdict(1));
}

TEST_CASE("tan delta that relaxes is steady once its drift is below what was asked") {
    // tan delta = 0.1 (1 + 0.5 exp(-t / 600 s)): per 600 s it falls below 1 % when
    // 0.5 exp(-t/600) (e - 1) < 0.01 about, that is near t = 600 ln(86) = 2670 s; by the regression
    // over the last 600 s, never before 0.5 exp(-t/600) < 0.01 at 2350 s.
    std::mt19937_64 random(7);
    std::normal_distribution<double> noise(0.0, 1.0);
    for (const double sigma : {1e-5, 1e-4}) {
        SteadyWatch watch;
        double ended_s = 0.0;
        for (double t = 0.0; t < 7200.0 && ended_s == 0.0; t += 20.0) {
            auto reading = reading_at(t, 1.0, 1e9, 0.1 * (1.0 + 0.5 * std::exp(-t / 600.0)));
            reading.values[Channel::tan_delta] += sigma * noise(random);
            reading.values[Channel::tan_delta_sigma] = sigma;
            watch.add(reading);
            if (const auto said = watch.steady(0.01, 600.0)) {
                CHECK(said->find("wanted 1 %") != std::string::npos);
                ended_s = t;
            }
        }
        CHECK(ended_s > 2350.0);
        CHECK(ended_s < 3200.0);
    }
}

TEST_CASE("too few readings, too short a wait and too much noise are not steady") {
    SteadyWatch watch;
    for (double t = 0.0; t < 590.0; t += 20.0) {
        watch.add(reading_at(t, 1.0, 1e9, 0.1));
    }
    CHECK_FALSE(watch.steady(0.01, 600.0));  // ten minutes are not over
    for (double t = 600.0; t < 640.0; t += 20.0) {
        watch.add(reading_at(t, 1.0, 1e9, 0.1));
    }
    CHECK(watch.steady(0.01, 600.0));
    auto other = reading_at(640.0, 0.1, 1e9, 0.5);
    watch.add(other);
    CHECK_FALSE(watch.steady(0.01, 600.0));  // of 0.1 Hz nobody knows
    SteadyWatch noisy;
    std::mt19937_64 random(3);
    std::normal_distribution<double> noise(0.0, 0.05);
    for (double t = 0.0; t < 640.0; t += 20.0) {
        auto reading = reading_at(t, 1.0, 1e9, 0.1 + noise(random));
        reading.values[Channel::tan_delta_sigma] = 0.05;
        noisy.add(reading);
    }
    CHECK_FALSE(noisy.steady(0.01, 600.0));
}

TEST_CASE("a check isotherm says by how much the specimen differs from what it was") {
    daemon::CheckIsotherm check;
    for (const double frequency_Hz : {0.1, 1.0, 2.0}) {
        auto then = reading_at(0.0, frequency_Hz, 1e9, 0.1);
        then.segment = 3;
        auto now = reading_at(9000.0, frequency_Hz, 1.02e9, 0.09);
        now.segment = 12;
        check.add(then);
        check.add(now);
    }
    const auto verdict = check.verdict(3, 12);
    REQUIRE(verdict);
    CHECK_FALSE(verdict->is_stationary);
    // Three readings of 1e-3 each, twice: sqrt(2) 1.02e-3 / sqrt(3) about the mean of 2 %.
    CHECK(verdict->message.find("G' by 2 % ± 0.083 %") != std::string::npos);
    CHECK(verdict->message.find("tan delta by -10 %") != std::string::npos);
    CHECK(check.verdict(3, 3)->is_stationary);
    CHECK_FALSE(check.verdict(3, 4));
}

TEST_CASE("steady is a sentence") {
    const auto segment = method::parse_sentence(
        "Isothermal until tan_delta is steady to 1 % per 10 min, at most 120 min", "here"
    );
    REQUIRE(segment);
    CHECK(segment->kind == method::SegmentKind::isothermal_until);
    CHECK(segment->parameter == "tan_delta");
    CHECK(segment->tolerance == Approx(0.01));
    CHECK(segment->per_s == Approx(600.0));
    CHECK(segment->duration_s == Approx(7200.0));
    const auto wrong =
        method::parse_sentence("Isothermal until tan_delta is steady to 0 % per 10 min", "here");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message.find("drift") != std::string::npos);
    CHECK_FALSE(method::parse_sentence("Isothermal until tan_delta is steady, at most 1 min", "x"));
}

}  // namespace relaxd::test
