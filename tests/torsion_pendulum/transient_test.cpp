// SPDX-License-Identifier: MIT
//
// Free decays, creep, lock-ins, and what a method may not ask for.
#include "drivers/torsion_pendulum/program.hpp"
#include "model/signal/decay.hpp"
#include "schema/base/number.hpp"
#include "tests/torsion_pendulum/bench.hpp"

#include <numbers>

using namespace relaxd;
using relaxd::test::Bench;
using relaxd::test::has_flag;

namespace {

double mean_V(const record::Waveform& waveform, const char* channel) {
    const record::WaveformChannel* one = waveform.channel(channel);
    double sum = 0.0;
    for (std::size_t i = 0; i < one->codes.size(); ++i) {
        sum += one->volt(i);
    }
    return sum / static_cast<double>(one->codes.size());
}

Result<void> asked(Bench& b, const std::string& text) {
    return b.instrument->check(Bench::parsed(text), Bench::bar());
}

std::string refusal(Bench& b, const std::string& text) {
    const Result<void> said = asked(b, text);
    return said ? std::string() : said.error().sentence();
}

bool says(const std::string& text, const std::string& words) {
    INFO(text);
    return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "a free decay begins where it was wanted and is the pendulum's own", "[torsion_pendulum]"
) {
    Bench b;
    b.begin(R"(mode = "torsion-free-decay"
deflection = "0.5 mrad"
segments = ["Equilibrate at 300 K", "Sampling interval 30 s/pt", "Isothermal for 100 s"])");
    const auto readings = b.readings_until_end();
    REQUIRE(readings.size() == 3);
    for (const record::Reading& one : readings) {
        REQUIRE(one.waveform);
        CHECK(one.waveform->kind == record::WaveformKind::decay);
        const auto seen = model::fit_decay(*one.waveform);
        INFO((seen ? std::string() : seen.error().sentence()));
        REQUIRE(seen.has_value());
        CHECK(seen->frequency_Hz == Approx(2.0).epsilon(1e-3));
        CHECK(seen->decrement == Approx(0.1).epsilon(0.02));
        CHECK(seen->amplitude_V / 2000.0 == Approx(5e-4).epsilon(0.25));
    }
    CHECK(readings[1].time_s - readings[0].time_s == Approx(30.0).margin(5.0));
    CHECK(b.part("generator").numbers["output"] == 0.0);
}

TEST_CASE("creep is constant torque and what the angle does in windows", "[torsion_pendulum]") {
    Bench b;
    b.begin(R"(mode = "torsion-creep"
segments = ["Equilibrate at 300 K", "Sampling 4 points per decade from 0.1 s",
    "Twist 2e-5 N m for 100 s", "Recover for 50 s"])");
    const auto readings = b.readings_until_end();
    CHECK(b.end.cause == "completed");
    int loaded = 0;
    for (const record::Reading& one : readings) {
        REQUIRE(one.waveform);
        CHECK(one.waveform->kind == record::WaveformKind::steady);
        CHECK(one.extra.at("angle_zero_V") == Approx(0.02).margin(1e-4));
        if (one.segment == 3) {
            ++loaded;
            // 2e-5 N m is 2 V of drive; 2e-3 rad are 4 V.
            CHECK(mean_V(*one.waveform, "torque") == Approx(2.0).margin(1e-3));
            CHECK(mean_V(*one.waveform, "angle") == Approx(4.02).margin(1e-2));
        } else {
            CHECK(one.segment == 4);
            CHECK(mean_V(*one.waveform, "torque") == Approx(0.0).margin(1e-3));
        }
    }
    CHECK(loaded == 13);  // 0.1 · 10^(k/4) up to 100 s
    CHECK(readings.size() > 20);
}

TEST_CASE(
    "above its frequency the lock-ins are read, each after its own filter", "[torsion_pendulum]"
) {
    auto composition = test::composition_of_fakes();
    composition.lock_in_above_Hz = 5.0;
    composition.parts.push_back(test::composed("one", "sr830", {{"angle", "A"}}));
    composition.parts.push_back(test::composed("two", "sr86x", {{"torque", "A"}}));
    Bench b(composition);
    b.part("one").numbers = {{"x_V", 1.2}, {"y_V", -0.1}};
    b.part("two").numbers = {{"x_V", 0.7}, {"y_V", 0.0}};
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "1 V"
segments = ["Equilibrate at 300 K", "Frequency sweep 4 Hz to 10 Hz, 3 points per decade"])");
    const auto readings = b.readings_until_end();
    REQUIRE(readings.size() == 3);
    CHECK(readings[0].waveform);
    for (std::size_t i = 1; i < 3; ++i) {
        CHECK_FALSE(readings[i].waveform);
        CHECK(readings[i].extra.at("angle_x_V") == 1.2);
        CHECK(readings[i].extra.at("angle_y_V") == -0.1);
        CHECK(readings[i].extra.at("torque_x_V") == 0.7);
        CHECK(readings[i].extra.at("time_constant_s") == 1.0);  // 5 periods of 8.6 Hz and above
        CHECK(readings[i].time_s - readings[i - 1].time_s >= 10.0);
    }
}

TEST_CASE("a pendulum with lock-ins alone runs on the host's clock", "[torsion_pendulum]") {
    auto composition = test::composition_of_fakes();
    composition.parts.erase(composition.parts.begin());
    composition.parts.push_back(test::composed("one", "sr830", {{"angle", "A"}}));
    composition.parts.push_back(test::composed("two", "sr86x", {{"torque", "A"}}));
    Bench b(composition);
    b.part("one").numbers = {{"x_V", 1.2}, {"y_V", -0.1}};
    b.part("two").numbers = {{"x_V", 0.7}, {"y_V", 0.0}};
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "1 V"
segments = ["Equilibrate at 300 K", "Frequency sweep 0.1 Hz to 1 Hz, 1 points per decade"])");
    const auto readings = b.readings_until_end();
    CHECK(b.end.cause == "completed");
    REQUIRE(readings.size() == 2);
    // 100 s is the time constant of five periods of 0.1 Hz.
    CHECK(readings[0].time_s >= 1000.0);
    CHECK(readings[1].time_s - readings[0].time_s >= 100.0);
    CHECK(says(
        refusal(b, "mode = \"torsion-creep\"\nsegments = [\"Recover for 10 s\"]"),
        "no part digitises it"
    ));
}

TEST_CASE("a lock-in that is not locked says so in its reading", "[torsion_pendulum]") {
    auto composition = test::composition_of_fakes();
    composition.lock_in_above_Hz = 1.0;
    composition.parts.push_back(test::composed("one", "sr830", {{"angle", "A"}}));
    composition.parts.push_back(test::composed("two", "sr86x", {{"torque", "A"}}));
    Bench b(composition);
    b.part("one").words = {{"x_V", "unlocked"}, {"y_V", "unlocked"}};
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "1 V"
segments = ["Equilibrate at 300 K", "Frequency sweep 4 Hz to 4 Hz, 3 points per decade"])");
    const auto readings = b.readings_until_end();
    REQUIRE(readings.size() == 1);
    CHECK(has_flag(readings[0], "angle_unlocked"));
    CHECK(readings[0].extra.find("angle_x_V") == readings[0].extra.end());
}

TEST_CASE("an overloaded lock-in is asked again with less drive", "[torsion_pendulum]") {
    auto composition = test::composition_of_fakes();
    composition.parts.push_back(test::composed("one", "sr830", {{"angle", "A"}}));
    composition.parts.push_back(test::composed("two", "sr86x", {{"torque", "A"}}));
    Bench b(composition);
    b.part("one").words = {{"x_V", "overload"}};
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "1 V"
segments = ["Equilibrate at 300 K", "Frequency sweep 4 Hz to 4 Hz, 3 points per decade"])");
    const auto readings = b.readings_until_end();
    REQUIRE(readings.size() == 1);
    CHECK(has_flag(readings[0], "angle_overload"));
    CHECK(has_flag(readings[0], "amplitude_reduced"));
    CHECK(readings[0].extra.at("drive_V") < 0.01);
}

TEST_CASE("what the parts cannot do is refused with the number", "[torsion_pendulum]") {
    Bench b;
    const std::string forced = "mode = \"torsion-forced\"\ndrive_amplitude = \"1 V\"\n";
    CHECK(says(
        refusal(b, forced + "segments = [\"Equilibrate at 900 K\"]"),
        "'Equilibrate at 900 K': set_temperature_K = 900 is above 800"
    ));
    CHECK(says(refusal(b, forced + "segments = [\"Ramp 100 K/min to 400 K\"]"), "ramp_K_per_s"));
    CHECK(says(
        refusal(b, forced + "segments = [\"Frequency sweep 1 Hz to 40 Hz, 1 points per decade\"]"),
        "fewer than 8 samples a period"
    ));
    CHECK(says(
        refusal(
            b, forced + "segments = [\"Frequency sweep 1e-5 Hz to 1 Hz, 1 points per decade\"]"
        ),
        "samples, more than"
    ));
    CHECK(says(
        refusal(
            b,
            "mode = \"torsion-forced\"\ndrive_amplitude = \"6 V\"\nsegments = [\"Jump to 300 K\"]"
        ),
        "drive_limit_V"
    ));
    CHECK(says(
        refusal(
            b,
            "mode = \"torsion-forced\"\ntorque_amplitude = \"1e-3 N m\"\n"
            "segments = [\"Jump to 300 K\"]"
        ),
        "the largest torque is"
    ));
    CHECK(says(
        refusal(b, "mode = \"torsion-forced\"\nsegments = [\"Jump to 300 K\"]"), "no amplitude"
    ));
    CHECK(says(
        refusal(
            b,
            "mode = \"torsion-forced\"\nclamp = \"tension\"\ndrive_amplitude = \"1 V\"\n"
            "segments = [\"Jump to 300 K\"]"
        ),
        "no clamp 'tension'"
    ));
    CHECK(says(
        refusal(b, "mode = \"creep\"\nsegments = [\"Displace 25 MPa for 330 s\"]"),
        "cannot do mode 'creep'"
    ));
    CHECK(says(
        refusal(
            b,
            forced + "frequencies = [\"0.01 Hz\"]\n" +
                "segments = [\"Equilibrate at 300 K\", \"Ramp 3 K/min to 400 K\"]"
        ),
        " K"
    ));
    const auto unknown = b.instrument->check(
        Bench::parsed("mode = \"torsion-forced\"\nstrain_amplitude = \"0.001 %\"\n"
                      "segments = [\"Jump to 300 K\"]"),
        record::Specimen{}
    );
    REQUIRE_FALSE(unknown.has_value());
    CHECK(says(unknown.error().sentence(), "length, width and thickness"));
    CHECK(b.part("digitiser").openings == 0);
}

TEST_CASE("what a method will take is told before it begins", "[torsion_pendulum]") {
    Bench b;
    const auto told = b.instrument->forecast(
        Bench::parsed("mode = \"torsion-forced\"\ndrive_amplitude = \"1 V\"\n"
                      "segments = [\"Frequency sweep 0.01 Hz to 1 Hz, 2 points per decade\"]"),
        Bench::bar()
    );
    REQUIRE(told.size() >= 2);
    CHECK(says(told.front(), "0.01 Hz"));
    CHECK(says(told.front(), " min"));
    CHECK(says(told.back(), "all 5 points"));
    CHECK(says(told[told.size() - 2], "not forecast"));
}

TEST_CASE(
    "the noise of tan phi is forecast where the angle's noise is known", "[torsion_pendulum]"
) {
    auto composition = test::composition_of_fakes();
    composition.angle_noise_V_per_sqrtHz = 4e-5;
    Bench b(composition);
    const auto told = b.instrument->forecast(
        Bench::parsed("mode = \"torsion-forced\"\nstrain_amplitude = \"0.001 %\"\ncycles = 4\n"
                      "segments = [\"Frequency sweep 0.01 Hz to 1 Hz, 2 points per decade\"]"),
        Bench::bar()
    );
    // sigma = noise / (amplitude sqrt(window)): a window of 4 s, the amplitude in volts.
    const auto strain_per_rad = drivers::torsion_pendulum::strain_per_rad(Bench::bar());
    REQUIRE(strain_per_rad);
    const double amplitude_V = composition.angle_V_per_rad.value * 1e-5 / *strain_per_rad;
    const double sigma = 4e-5 / (amplitude_V * std::sqrt(4.0));
    REQUIRE(told.size() >= 2);
    const std::string& sentence = told[told.size() - 2];
    const auto at = sentence.find("expected is ");
    REQUIRE(at != std::string::npos);
    const std::string number = sentence.substr(at + 12, sentence.find(' ', at + 12) - at - 12);
    CHECK(to_double(number).value() == Approx(sigma).epsilon(0.06));  // two figures
    CHECK(says(sentence, "at 1 Hz"));
}
