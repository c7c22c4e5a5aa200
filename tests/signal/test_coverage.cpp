// SPDX-License-Identifier: MIT
// The errors that demodulation tells are those that it makes: windows of a pendulum whose motion is
// known in closed form, seen by the simulated sensors with noise, mains, wander, ramp and codes.
#include "model/signal/demodulate.hpp"
#include "tests/signal/synthetic.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <complex>
#include <cstdint>
#include <vector>

namespace relaxd::model {
namespace {

using simulator::PendulumMotion;
using simulator::PendulumReader;
using simulator::PendulumSensors;
using simulator::RawSample;
using test::pi;

// Torque leads the angle by 0.1 rad; what the sensors do to it is in `truth`.
struct Plant {
    double f_Hz = 1.0;
    double angle_rad = 5e-4;
    double current_A = 0.02;
    PendulumSensors sensors;

    [[nodiscard]] Complex truth() const {
        // The detector shows theta - delay theta'.
        const Complex angle = sensors.angle_V_per_rad * angle_rad *
                              Complex(1.0, -2.0 * pi * f_Hz * sensors.angle_delay_s);
        return sensors.sense_V_per_A * current_A * std::polar(1.0, 0.1) / angle;
    }

    [[nodiscard]] record::Waveform window(
        double rate_Hz, double periods, std::uint64_t seed, double start_s
    ) const {
        const auto samples = static_cast<std::size_t>(std::ceil(periods * rate_Hz / f_Hz));
        const auto first = static_cast<std::uint64_t>(start_s * rate_Hz);
        std::vector<RawSample> all;
        for (std::size_t i = 0; i < samples; ++i) {
            PendulumMotion motion;
            motion.time_s = static_cast<double>(first + i) / rate_Hz;
            const double turns = f_Hz * motion.time_s;
            const double phase = 2.0 * pi * (turns - std::floor(turns));
            motion.angle_rad = angle_rad * std::cos(phase);
            motion.velocity_rad_s = -2.0 * pi * f_Hz * angle_rad * std::sin(phase);
            motion.current_A = current_A * std::cos(phase + 0.1);
            all.push_back(simulator::sensed(
                sensors, motion, seed, first + i, rate_Hz, PendulumReader::digitiser
            ));
        }
        return test::waveform_of(all, sensors, rate_Hz, f_Hz);
    }
};

struct Scores {
    double rms = 0.0;           ///< Of error over told deviation, both parts.
    double beyond_three = 0.0;  ///< Share.
    double beyond_white = 0.0;  ///< rms of error over the deviation that white noise would make.
};

Scores scores(const Plant& plant, double rate_Hz, double periods, int windows) {
    Scores out;
    for (int k = 0; k < windows; ++k) {
        const double start_s = 37.0 + 91.3 * k;  // another phase, another stretch of wander
        const record::Waveform window =
            plant.window(rate_Hz, periods, static_cast<std::uint64_t>(k) + 1U, start_s);
        const Result<Demodulated> found = demodulate(window);
        REQUIRE(found);
        const Complex error = found->stiffness - plant.truth();
        const double share = 0.5 / static_cast<double>(windows);
        const double white = std::abs(found->stiffness) *
                             std::sqrt(2.0 / static_cast<double>(window.samples())) *
                             std::hypot(
                                 found->angle.residual_rms_V / std::abs(found->angle.amplitude_V),
                                 found->torque.residual_rms_V / std::abs(found->torque.amplitude_V)
                             );
        for (const double part : {error.real(), error.imag()}) {
            const double z = part / found->stiffness_sigma;
            out.rms += share * z * z;
            out.beyond_three += std::abs(z) > 3.0 ? share : 0.0;
            out.beyond_white += share * std::pow(part / white, 2);
        }
    }
    out.rms = std::sqrt(out.rms);
    out.beyond_white = std::sqrt(out.beyond_white);
    return out;
}

}  // namespace

TEST_CASE("errors over told deviations have a deviation of one", "[signal][coverage]") {
    struct Row {
        double f_Hz;
        double rate_Hz;
        double periods;
        double low;  // bounds of the rms; 200 windows know it to 5 %
        double high;
    };
    // At 0.01 Hz wander rules, whose spectrum falls so steeply that what is found on both sides of
    // the drive is more than there is at it: the error told is up to twice the true one.
    const Row rows[] = {
        {0.01, 20.0, 1.0, 0.6, 1.2},
        {0.01, 20.0, 2.0, 0.6, 1.2},
        {0.01, 20.0, 3.0, 0.4, 1.2},
        {0.01, 20.0, 5.4, 0.4, 1.2},
        {0.1, 100.0, 2.0, 0.75, 1.25},
        {0.1, 100.0, 3.0, 0.75, 1.25},
        {0.1, 100.0, 10.0, 0.75, 1.25},
        {1.0, 200.0, 2.0, 0.6, 1.25},
        {1.0, 200.0, 3.0, 0.75, 1.25},
        {1.0, 200.0, 10.3, 0.75, 1.25},
        {1.7, 200.0, 5.0, 0.75, 1.25},
        {2.0, 200.0, 20.0, 0.75, 1.25},
    };
    for (const Row& row : rows) {
        CAPTURE(row.f_Hz, row.rate_Hz, row.periods);
        Plant plant;
        plant.f_Hz = row.f_Hz;
        plant.sensors.angle_ramp_rad_per_s = 1e-7;
        const Scores found = scores(plant, row.rate_Hz, row.periods, 200);
        CHECK(found.rms > row.low);
        CHECK(found.rms < row.high);
        CHECK(found.beyond_three <= 0.025);
    }
}

TEST_CASE("mains, wander or noise alone: each is met as what it is", "[signal][coverage]") {
    Plant plant;
    plant.f_Hz = 0.1;
    SECTION("white noise") {
        plant.sensors = PendulumSensors::ideal();
        plant.sensors.angle_noise_rad_per_sqrtHz = 2e-7;
        const Scores found = scores(plant, 100.0, 3.0, 200);
        CHECK(found.rms == Approx(1.0).margin(0.2));
        CHECK(found.beyond_white == Approx(1.0).margin(0.2));  // here the simple theory holds
    }
    SECTION("mains") {
        plant.sensors = PendulumSensors::ideal();
        plant.sensors.mains_angle_rad = 2e-5;
        plant.f_Hz = 0.097;
        const Scores found = scores(plant, 130.0, 3.0, 200);
        CHECK(found.rms < 1.2);
        CHECK(found.rms > 0.1);
        CHECK(found.beyond_white < 0.1);  // white-noise theory would throw nine tenths away
    }
    SECTION("wander of some periods") {
        plant.sensors = PendulumSensors::ideal();
        plant.sensors.angle_drift_rad = 2e-5;
        plant.sensors.drift_time_s = 100.0;
        const Scores found = scores(plant, 100.0, 3.0, 200);
        CHECK(found.rms < 1.2);
        CHECK(found.rms > 0.4);
        CHECK(found.beyond_white > 3.0);  // which would believe in a third of the error
    }
}

TEST_CASE("one period pays for the drift, two do not", "[signal][coverage]") {
    Plant plant;
    plant.sensors = PendulumSensors::ideal();
    plant.sensors.angle_noise_rad_per_sqrtHz = 2e-7;
    const Scores one = scores(plant, 200.0, 1.0, 200);
    const Scores two = scores(plant, 200.0, 2.0, 200);
    CHECK(one.beyond_white > 6.0);  // cosine and parabola are nearly one over a single period
    CHECK(two.beyond_white < 1.3);
    CHECK(one.rms < 1.6);  // few probes are left: a wide distribution
    CHECK(one.beyond_three < 0.06);
}

}  // namespace relaxd::model
