// SPDX-License-Identifier: MIT
// Demodulation against closed forms, against other methods and against the published table of
// errors (INSTRUMENTS 8.3).
#include "model/signal/demodulate.hpp"
#include "model/signal/turns.hpp"
#include "tests/signal/oracle.hpp"
#include "tests/signal/synthetic.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace relaxd::model {
namespace {

using test::OfTime;
using test::pi;
using test::sine;
using test::waveform_of;

const record::WaveformChannel& angle_of(const record::Waveform& waveform) {
    return *waveform.channel("angle");
}

// rms over the phase at which the window begins, of phase error in mrad and amplitude error in %.
struct Errors {
    double phase_mrad = 0.0;
    double amplitude_percent = 0.0;
};

template <typename Estimate>
Errors errors_over_phase(
    double periods, double linear, double quadratic, const Estimate& estimate
) {
    constexpr int phases = 48;
    constexpr double rate_Hz = 200.0;
    constexpr double f_Hz = 1.0;
    Errors sum;
    for (int k = 0; k < phases; ++k) {
        const Complex truth = std::polar(1.0, 2.0 * pi * k / phases);
        const OfTime wave = sine(f_Hz, truth);
        const OfTime drifting = [&](double t) {
            return wave(t) + linear * f_Hz * t + quadratic * f_Hz * f_Hz * t * t;
        };
        const record::Waveform waveform = waveform_of(
            f_Hz, rate_Hz, static_cast<std::size_t>(std::lround(periods * rate_Hz)), drifting, wave
        );
        const Complex ratio = estimate(waveform) / truth;
        sum.phase_mrad += std::pow(1e3 * std::arg(ratio), 2) / phases;
        sum.amplitude_percent += std::pow(100.0 * (std::abs(ratio) - 1.0), 2) / phases;
    }
    sum.phase_mrad = std::sqrt(sum.phase_mrad);
    sum.amplitude_percent = std::sqrt(sum.amplitude_percent);
    return sum;
}

Complex ours(const record::Waveform& waveform) {
    const Result<Demodulated> out = demodulate(waveform);
    REQUIRE(out);
    return out->angle.amplitude_V;
}

}  // namespace

TEST_CASE("the published table of demodulation errors", "[signal][demodulate]") {
    struct Row {
        double periods;
        double linear;
        double quadratic;
        double phase_mrad;  // of multiply and average; the table's phases were drawn: 5 %
        double amplitude_percent;
        double linear_only_mrad;  // of least squares with a line
    };
    const std::array<Row, 6> rows{{
        {1.0, 0.01, 0.0, 2.25, 0.22, 0.0},
        {3.0, 0.01, 0.0, 2.25, 0.22, 0.0},
        {10.0, 0.01, 0.0, 2.25, 0.22, 0.0},
        {3.0, 0.05, 0.0, 11.4, 1.1, 0.0},
        {3.0, 0.05, 0.005, 14.3, 1.5, 0.37},
        {2.3, 0.0, 0.0, 48.7, 4.7, 0.0},
    }};
    for (const Row& row : rows) {
        CAPTURE(row.periods, row.linear, row.quadratic);
        const auto average = [](const record::Waveform& waveform) {
            return test::multiply_average(waveform, angle_of(waveform));
        };
        const auto line = [](const record::Waveform& waveform) {
            return test::normal_equations(waveform, angle_of(waveform), 1, 2);
        };
        const Errors simple = errors_over_phase(row.periods, row.linear, row.quadratic, average);
        CHECK(simple.phase_mrad == Approx(row.phase_mrad).epsilon(0.05));
        CHECK(simple.amplitude_percent == Approx(row.amplitude_percent).epsilon(0.06));
        const Errors straight = errors_over_phase(row.periods, row.linear, row.quadratic, line);
        CHECK(straight.phase_mrad == Approx(row.linear_only_mrad).epsilon(0.06).margin(1e-5));
        // Ours: nothing but the nanovolt's rounding.
        const Errors own = errors_over_phase(row.periods, row.linear, row.quadratic, ours);
        CHECK(own.phase_mrad < 1e-6);
        CHECK(own.amplitude_percent < 1e-7);
    }
}

TEST_CASE("white noise makes the error that theory says, and it is told", "[signal][demodulate]") {
    // INSTRUMENTS 8.3: sqrt(2/N) sigma/A; 1000 samples at 1 %: 0.45 mrad.
    constexpr int windows = 300;
    double square = 0.0;
    double told = 0.0;
    for (std::uint64_t seed = 0; seed < windows; ++seed) {
        std::uint64_t state = seed * 7919 + 1;
        const auto uniform = [&state] {
            state = state * 6364136223846793005U + 1442695040888963407U;
            return static_cast<double>(state >> 11U) * 0x1p-53;
        };
        const OfTime wave = sine(1.0, 1.0);
        const OfTime noisy = [&](double t) {
            const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
            return wave(t) + 0.01 * radius * std::cos(2.0 * pi * uniform());
        };
        const Result<Demodulated> out = demodulate(waveform_of(1.0, 200.0, 1000, noisy, wave));
        REQUIRE(out);
        square += std::pow(std::arg(out->angle.amplitude_V), 2) / windows;
        told += std::pow(out->angle.amplitude_sigma_V, 2) / windows;
    }
    CHECK(1e3 * std::sqrt(square) == Approx(0.45).epsilon(0.1));
    // The estimate is widened by its own scatter: sqrt(n/(n - 2)) of about ten.
    CHECK(1e3 * std::sqrt(told) == Approx(0.45 * 1.12).epsilon(0.12));
}

TEST_CASE("all that is in a window comes out of it", "[signal][demodulate]") {
    const bool passes = rc::check([] {
        const auto number = [](int low, int high) {
            return 1e-3 * static_cast<double>(*rc::gen::inRange(1000 * low, 1000 * high));
        };
        const double f_Hz = 0.01 * std::pow(10.0, number(0, 3));
        const double rate_Hz = f_Hz * number(20, 300);
        const auto samples = static_cast<std::size_t>(number(1, 8) * rate_Hz / f_Hz) + 20;
        const Complex torque = std::polar(1.0, number(-3, 3));
        const Complex angle = std::polar(0.5, number(-3, 3));
        const Complex second(1e-2 * number(-1, 1), 1e-2 * number(-1, 1));
        const Complex third(1e-2 * number(-1, 1), 1e-2 * number(-1, 1));
        const double offset = 0.1 * number(-1, 1);
        const double span_s = static_cast<double>(samples) / rate_Hz;
        const double drift = 0.1 * number(-1, 1) / span_s;
        const double curvature = 0.1 * number(-1, 1) / (span_s * span_s);
        const double mid_s = 0.5 * (static_cast<double>(samples) - 1.0) / rate_Hz;
        const OfTime wave = [=](double t) {
            const double u = t - mid_s;
            return sine(f_Hz, angle)(t) + sine(2.0 * f_Hz, second)(t) + sine(3.0 * f_Hz, third)(t) +
                   offset + drift * u + 0.5 * curvature * u * u;
        };
        record::Waveform waveform = waveform_of(f_Hz, rate_Hz, samples, wave, sine(f_Hz, torque));
        waveform.first_time_s = 5.0;
        const Result<Demodulated> out = demodulate(waveform);
        if (!out) {
            RC_ASSERT(out.error().message.find("mains") != std::string::npos);
            return;
        }
        RC_ASSERT(std::abs(out->angle.amplitude_V - angle) < 1e-7);
        RC_ASSERT(std::abs(out->angle.second_V - second) < 1e-7);
        RC_ASSERT(std::abs(out->angle.third_V - third) < 1e-7);
        RC_ASSERT(std::abs(out->angle.offset_V - offset) < 1e-7);
        RC_ASSERT(std::abs(out->angle.drift_V_per_s - drift) * span_s < 1e-6);
        RC_ASSERT(std::abs(out->angle.curvature_V_per_s2 - curvature) * span_s * span_s < 1e-5);
        RC_ASSERT(std::abs(out->stiffness / (torque / angle) - 1.0) < 1e-6);
        RC_ASSERT(out->first_time_s == 5.0);
        RC_ASSERT(std::abs(out->duration_s - span_s) < 1e-9 * span_s);
    });
    CHECK(passes);
}

TEST_CASE("another solver finds the same amplitudes", "[signal][demodulate]") {
    for (const double periods : {1.0, 2.3, 7.0}) {
        std::uint32_t state = 1;
        const OfTime noisy = [&](double t) {
            state = state * 1664525U + 1013904223U;
            return sine(0.7, Complex(0.3, 0.4))(t) + 0.01 * t +
                   1e-3 * static_cast<double>(state >> 16U) / 65536.0;
        };
        const record::Waveform waveform = waveform_of(
            0.7,
            200.0,
            static_cast<std::size_t>(std::ceil(periods * 200.0 / 0.7)),
            noisy,
            sine(0.7, 1.0)
        );
        const Result<Demodulated> out = demodulate(waveform);
        REQUIRE(out);
        const Complex other = test::normal_equations(waveform, angle_of(waveform), 3, 3);
        CHECK(std::abs(out->angle.amplitude_V / other - 1.0) < 1e-11);
    }
}

TEST_CASE("a phase is as good after a million samples as at the first", "[signal][demodulate]") {
    const double f_Hz = 1.9371;
    const double rate_Hz = 7.3;
    const Turns turns(f_Hz, rate_Hz);
    for (const std::size_t sample : {1U, 1000U, 999'983U, 16'000'057U}) {
        // f k / r exactly enough: both numbers have at most 53 bits, k has 24.
        const long double k = static_cast<long double>(sample);
        const long double exact = static_cast<long double>(f_Hz) * k;  // 77 bits rounded to 64
        const long double rate = static_cast<long double>(rate_Hz);
        const long double rest = std::fma(static_cast<long double>(f_Hz), k, -exact);
        const long double over = (std::fmod(exact, rate) + rest) / rate;
        double difference = turns.fraction(sample) - static_cast<double>(over);
        difference -= std::nearbyint(difference);
        CHECK(std::abs(difference) < 1e-13);
    }
    const std::size_t samples = 1'000'000;
    const Result<Demodulated> out = demodulate(waveform_of(
        f_Hz, 1000.0, samples, sine(f_Hz, std::polar(1.0, 0.3)), sine(f_Hz, std::polar(1.0, 1.1))
    ));
    REQUIRE(out);
    // Codes of a nanovolt: 0.3e-9 sqrt(2/N) sqrt(2).
    CHECK(1e12 * std::abs(out->stiffness - std::polar(1.0, 0.8)) < 2.0);
}

TEST_CASE(
    "two methods agree where they may and show what they do not share", "[signal][demodulate]"
) {
    // Period and drift not of the sample grid.
    const OfTime drifting = [](double t) { return sine(1.37, 1.0)(t) + 0.02 * t; };
    const Result<Demodulated> good =
        demodulate(waveform_of(1.37, 200.0, 600, drifting, sine(1.37, Complex(0.2, 0.6))));
    REQUIRE(good);
    CHECK(good->dft_disagreement < 1e-5);
    CHECK(good->dft_disagreement > 0.0);
    // A slow transient is in both in different ways.
    const OfTime transient = [](double t) { return sine(1.37, 1.0)(t) + 0.2 * std::exp(-3.0 * t); };
    const Result<Demodulated> poor =
        demodulate(waveform_of(1.37, 200.0, 600, transient, sine(1.37, Complex(0.2, 0.6))));
    REQUIRE(poor);
    CHECK(poor->dft_disagreement > 1e-3);
    CHECK(poor->stiffness_sigma > 1e-4);
}

TEST_CASE("the share of clipped samples is told for each channel", "[signal][demodulate]") {
    const OfTime cut = [](double t) { return std::clamp(sine(1.0, 1.0)(t), -0.8, 0.8); };
    record::Waveform waveform = waveform_of(1.0, 1000.0, 3000, cut, sine(1.0, 1.0));
    waveform.channels[0].low_V = -0.8;
    waveform.channels[0].high_V = 0.8;
    const Result<Demodulated> out = demodulate(waveform);
    REQUIRE(out);
    // 2 acos(0.8)/pi of the time.
    CHECK(out->angle.clipped_share == Approx(2.0 * std::acos(0.8) / pi).margin(2e-3));
    CHECK(out->torque.clipped_share == 0.0);
    CHECK(std::abs(out->angle.third_V) > 0.01);
}

TEST_CASE("a window that cannot be demodulated says why", "[signal][demodulate]") {
    const auto sentence = [](const record::Waveform& waveform) {
        const Result<Demodulated> out = demodulate(waveform);
        REQUIRE_FALSE(out);
        CHECK(out.error().code == Errc::invalid);
        CHECK_FALSE(out.error().hint.empty());
        return out.error().message;
    };
    const auto with = [](double f_Hz, double rate_Hz, std::size_t samples) {
        return waveform_of(f_Hz, rate_Hz, samples, sine(f_Hz, 1.0), sine(f_Hz, 1.0));
    };
    using Catch::Contains;
    CHECK_THAT(sentence(with(0.1, 200.0, 1990)), Contains("0.995 of a period of 10 s"));
    CHECK_THAT(sentence(with(95.0, 200.0, 2000)), Contains("above 0.45 of the sample rate"));
    CHECK_THAT(sentence(with(2.0, 10.0, 20)), Contains("20 samples, it needs 28"));
    CHECK_THAT(sentence(with(50.0, 1000.0, 2000)), Contains("mains of 50 Hz"));
    // 49.9 samples a second show 50 Hz at 0.1 Hz.
    CHECK_THAT(sentence(with(0.1, 49.9, 2000)), Contains("at 0.1 Hz"));
    CHECK(demodulate(with(0.1, 49.0, 2000)));
    CHECK(demodulate(with(0.1, 50.0, 2000)));
    record::Waveform waveform = with(1.0, 200.0, 600);
    waveform.channels[0].name = "other";
    CHECK_THAT(sentence(waveform), Contains("no channel \"angle\""));
    waveform = with(1.0, 200.0, 600);
    waveform.channels[1].volt_per_code = record::unknown;
    CHECK_THAT(sentence(waveform), Contains("no scale"));
    waveform = with(1.0, 200.0, 600);
    waveform.channels[1].codes.pop_back();
    CHECK_THAT(sentence(waveform), Contains("another number of samples"));
    waveform = with(1.0, 200.0, 600);
    waveform.frequency_Hz = record::unknown;
    CHECK_THAT(sentence(waveform), Contains("no drive frequency"));
    waveform.rate_Hz = std::numeric_limits<double>::infinity();
    CHECK_THAT(sentence(waveform), Contains("no sample rate"));
    CHECK_THAT(sentence(record::Waveform()), Contains("no sample rate"));
    const auto none = [](double) { return 0.3; };
    CHECK_THAT(
        sentence(waveform_of(1.0, 200.0, 600, none, sine(1.0, 1.0))), Contains("does not follow")
    );
}

TEST_CASE("no torque is a stiffness of nothing, not an error", "[signal][demodulate]") {
    const auto none = [](double) { return 0.0; };
    const Result<Demodulated> out = demodulate(waveform_of(1.0, 200.0, 600, sine(1.0, 1.0), none));
    REQUIRE(out);
    CHECK(std::abs(out->stiffness) < 1e-12);
    CHECK(std::isfinite(out->dft_disagreement));
}

TEST_CASE(
    "windows agree within error or tolerance, and say by how much not", "[signal][demodulate]"
) {
    Demodulated before;
    before.frequency_Hz = 1.0;
    before.stiffness = Complex(1.0, 0.1);
    before.stiffness_sigma = 1e-4;
    Demodulated now = before;
    now.stiffness += Complex(0.0, 5e-4);
    CHECK(agreement(before, now).holds);  // 3 sqrt(4) 1e-4
    now.stiffness += Complex(0.0, 5e-3);
    const Agreement apart = agreement(before, now);
    CHECK_FALSE(apart.holds);
    CHECK(apart.relative_change == Approx(5.5e-3 / std::abs(now.stiffness)));
    CHECK(
        apart.why ==
        "torque over angle changed by 0.547 % from one window to the next, allowed are 0.1 %"
    );
    CHECK(agreement(before, now, 3.0, 0.01).holds);
    CHECK(agreement(before, now, 30.0, 1e-6).holds);
    now = before;
    now.frequency_Hz = 2.0;
    CHECK_FALSE(agreement(before, now).holds);
    now = before;
    now.stiffness = 0.0;
    CHECK_FALSE(agreement(before, now).holds);
}

TEST_CASE("settling takes a period or the pendulum's own decay", "[signal][demodulate]") {
    CHECK(settling_s(0.01, 5.0, 0.1) == 100.0);
    CHECK(settling_s(2.0, 5.0, 0.01) == Approx(std::log(1e3) / (pi * 5.0 * 0.01)));
    CHECK(settling_s(2.0, 5.0, 0.01, 1e-6) == Approx(std::log(1e6) / (pi * 5.0 * 0.01)));
    CHECK(settling_s(2.0, record::unknown, 0.01) == 0.5);
    CHECK(settling_s(2.0, 5.0, 0.0) == 0.5);
}

}  // namespace relaxd::model
