// SPDX-License-Identifier: MIT
//
// A forced scan over fake parts: which readings come, with what, and what they say of the pendulum.
#include "model/signal/demodulate.hpp"
#include "tests/torsion_pendulum/bench.hpp"

#include <complex>

using namespace relaxd;
using relaxd::test::Bench;
using relaxd::test::has_flag;

namespace {

const std::string scan = R"(mode = "torsion-forced"
clamp = "torsion"
torque_amplitude = "1e-5 N m"
reference_frequency = "2 Hz"
reference_every = 2
segments = ["Equilibrate at 400 K", "Frequency sweep 0.5 Hz to 5 Hz, 3 points per decade"]
)";

}  // namespace

TEST_CASE("a sweep begins and ends with its reference and comes back to it", "[torsion_pendulum]") {
    Bench b;
    b.begin(scan);
    const auto readings = b.readings_until_end();
    CHECK(b.end.cause == "completed");
    std::vector<double> frequencies_Hz;
    for (const record::Reading& one : readings) {
        const double f = one.values[record::Channel::frequency_Hz];
        frequencies_Hz.push_back(f);
        CHECK(has_flag(one, "reference") == (f == 2.0));
        CHECK(one.segment == 2);
        CHECK(one.simulated);
    }
    // 0.5, 1.077, 2.321, 5 with the reference before, after two, and at the end.
    REQUIRE(frequencies_Hz.size() == 7);
    CHECK(frequencies_Hz[0] == 2.0);
    CHECK(frequencies_Hz[1] == 0.5);
    CHECK(frequencies_Hz[3] == 2.0);
    CHECK(frequencies_Hz[5] == 5.0);
    CHECK(frequencies_Hz[6] == 2.0);
}

TEST_CASE("the periods that a reading holds are the pendulum's", "[torsion_pendulum]") {
    Bench b;
    b.instrument->judge_with([](const record::Waveform* before, const record::Waveform& now) {
        drivers::WindowVerdict verdict;
        verdict.is_settled = before != nullptr && now.samples() > 0;
        return verdict;
    });
    b.begin(scan);
    double last_s = 0.0;
    for (const record::Reading& one : b.readings_until_end()) {
        REQUIRE(one.waveform);
        const auto seen = model::demodulate(*one.waveform);
        REQUIRE(seen.has_value());
        const double f = one.values[record::Channel::frequency_Hz];
        CHECK(one.waveform->frequency_Hz == f);
        CHECK(one.waveform->samples() == static_cast<std::size_t>(std::lround(600.0 / f)));
        // torque 1e-5 N m is 1 V of drive, 1 V at the sense resistor; angle 1e-5 / 1e-2 rad, 2 V.
        CHECK(std::abs(seen->torque.amplitude_V) == Approx(1.0).epsilon(1e-3));
        CHECK(std::abs(seen->angle.amplitude_V) == Approx(2.0).epsilon(1e-3));
        CHECK(std::arg(seen->stiffness) == Approx(0.1).margin(1e-3));
        CHECK(one.values[record::Channel::temperature_K] == 400.0);
        CHECK(one.values[record::Channel::set_temperature_K] == 400.0);
        CHECK(one.extra.at("pressure_Pa") == 1e-3);
        CHECK(one.extra.at("drive_V") == Approx(1.0));
        CHECK(one.raw.find("temperature_K\r\n") != std::string::npos);
        CHECK(one.time_s > last_s);
        CHECK(one.waveform->first_time_s + 1.5 / f == Approx(one.time_s).margin(0.02));
        last_s = one.time_s;
    }
    CHECK(last_s > 10.0);
}

TEST_CASE("a point is not recorded before two windows agree", "[torsion_pendulum]") {
    Bench b;
    b.body.tau_s = 2.0;
    // By amplitude alone, to a per mille.
    b.instrument->judge_with([](const record::Waveform* before, const record::Waveform& now) {
        const auto amplitude_V = [](const record::Waveform& window) {
            const auto seen = model::demodulate(window);
            return seen ? std::abs(seen->angle.amplitude_V) : 0.0;
        };
        drivers::WindowVerdict verdict;
        verdict.angle_V = amplitude_V(now);
        verdict.is_settled =
            before != nullptr && std::abs(amplitude_V(*before) / verdict.angle_V - 1.0) < 1e-3;
        return verdict;
    });
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "1 V"
windows_at_most = 40
segments = ["Equilibrate at 300 K", "Frequency sweep 4 Hz to 4 Hz, 1 points per decade"])");
    const auto readings = b.readings_until_end();
    REQUIRE(readings.size() == 1);
    CHECK_FALSE(has_flag(readings.front(), "not_settled"));
    const auto seen = model::demodulate(*readings.front().waveform);
    REQUIRE(seen.has_value());
    CHECK(std::abs(seen->angle.amplitude_V) == Approx(2.0).epsilon(0.01));
}

TEST_CASE("a point that never settles comes with a flag", "[torsion_pendulum]") {
    Bench b;
    int asked = 0;
    b.instrument->judge_with([&](const record::Waveform*, const record::Waveform&) {
        ++asked;
        return drivers::WindowVerdict();
    });
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "1 V"
windows_at_most = 4
segments = ["Equilibrate at 300 K", "Frequency sweep 4 Hz to 4 Hz, 1 points per decade"])");
    const auto readings = b.readings_until_end();
    REQUIRE(readings.size() == 1);
    CHECK(has_flag(readings.front(), "not_settled"));
    CHECK(asked == 4);
}

TEST_CASE("the drive is chosen for the strain that is wanted", "[torsion_pendulum]") {
    Bench b;
    // gamma = kappa theta b / L: 1e-5 over 0.9994 x 1e-3 / 0.03 is 3.002e-4 rad.
    b.begin(R"(mode = "torsion-forced"
strain_amplitude = "0.001 %"
segments = ["Equilibrate at 300 K", "Frequency sweep 2 Hz to 4 Hz, 5 points per decade"])");
    const auto readings = b.readings_until_end();
    REQUIRE(readings.size() == 3);
    for (const record::Reading& one : readings) {
        const auto seen = model::demodulate(*one.waveform);
        REQUIRE(seen.has_value());
        const double angle_rad = std::abs(seen->angle.amplitude_V) / 2000.0;
        CHECK(angle_rad == Approx(3.002e-4).epsilon(0.11));
        CHECK_FALSE(has_flag(one, "drive_limited"));
    }
}

TEST_CASE(
    "a strain beyond the drive's limit is measured with less and says so", "[torsion_pendulum]"
) {
    Bench b;
    b.body.stiffness_N_m = 10.0;
    b.begin(R"(mode = "torsion-forced"
strain_amplitude = "0.1 %"
segments = ["Equilibrate at 300 K", "Frequency sweep 2 Hz to 2 Hz, 5 points per decade"])");
    const auto readings = b.readings_until_end();
    REQUIRE(readings.size() == 1);
    CHECK(has_flag(readings.front(), "drive_limited"));
    CHECK(readings.front().extra.at("drive_V") == 5.0);
}

TEST_CASE("an input that is overloaded is measured again with less", "[torsion_pendulum]") {
    Bench b;
    b.body.stiffness_N_m = 1e-3;  // 1 V of drive would be 20 V of angle
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "1 V"
segments = ["Equilibrate at 300 K", "Frequency sweep 2 Hz to 2 Hz, 5 points per decade"])");
    const auto readings = b.readings_until_end();
    REQUIRE(readings.size() == 1);
    CHECK(has_flag(readings.front(), "amplitude_reduced"));
    CHECK_FALSE(has_flag(readings.front(), "overload"));
    CHECK(readings.front().extra.at("drive_V") == Approx(0.25));
}

TEST_CASE(
    "in a ramp windows follow each other, each with its own temperature", "[torsion_pendulum]"
) {
    Bench b;
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "1 V"
frequencies = ["2 Hz", "4 Hz"]
segments = ["Equilibrate at 300 K", "Ramp 3 K/min to 301 K"])");
    const auto readings = b.readings_until_end();
    CHECK(readings.size() >= 6);
    CHECK(b.end.cause == "completed");
    CHECK(readings[0].values[record::Channel::frequency_Hz] == 2.0);
    CHECK(readings[1].values[record::Channel::frequency_Hz] == 4.0);
    bool has_rate = false;
    for (const auto& [name, value] : b.part("controller").sets) {
        has_rate = has_rate || (name == "ramp_K_per_s" && value == Approx(0.05));
    }
    CHECK(has_rate);
}

TEST_CASE("when a run ends excitation and heater are off", "[torsion_pendulum]") {
    Bench b;
    b.begin(scan);
    (void)b.readings_until_end();
    CHECK(b.part("generator").numbers["output"] == 0.0);
    CHECK(b.part("controller").numbers["heater"] == 0.0);
    CHECK(b.must(b.instrument->status()).state == drivers::State::idle);
}

TEST_CASE("the first isotherm comes again after the hottest", "[torsion_pendulum]") {
    Bench b;
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "1 V"
check_isotherm = "on"
segments = ["Equilibrate at 300 K", "Frequency sweep 2 Hz to 2 Hz, 5 points per decade",
    "Equilibrate at 350 K", "Frequency sweep 2 Hz to 2 Hz, 5 points per decade"])");
    const auto readings = b.readings_until_end();
    REQUIRE(readings.size() == 3);
    CHECK(readings[2].values[record::Channel::temperature_K] == 300.0);
    CHECK(readings[2].segment == 6);
    CHECK(has_flag(readings[2], "check_isotherm"));
    CHECK_FALSE(has_flag(readings[0], "check_isotherm"));
}
