// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_rig.hpp"
#include "tests/simulator/pendulum_fit.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace relaxd::simulator {
namespace {

constexpr double pi = std::numbers::pi;

// A steel bar whose stiffness INSTRUMENTS 8.1 gives by hand: beta(5) = 0.29132.
PendulumSetup steel() {
    PendulumSetup setup(ShearMaterial::elastic(8.0e10));
    setup.sensors = PendulumSensors::ideal();
    setup.body.wire_tan_phi = 0.0;
    setup.body.eddy_N_m_s = 1e-4;  // the ringing at 43 Hz is gone in seconds (2 I / C = 1 s)
    return setup;
}

RigExcitation driven(double amplitude_V, double frequency_Hz) {
    RigExcitation excitation;
    excitation.amplitude_V = amplitude_V;
    excitation.frequency_Hz = frequency_Hz;
    excitation.is_on = true;
    return excitation;
}

SteadyTime at(double seconds) {
    return SteadyTime{5'000'000'000 + static_cast<std::int64_t>(std::llround(seconds * 1e9))};
}

// angle_V / torque_V of the equation of motion, Gamma / theta = K_w + K_field + 1/(1/K_s + 1/K_c)
// - I omega^2 + i omega C, written down from the documents.
std::complex<double> volt_per_volt(const PendulumSetup& setup, double pressure_Pa, double f_Hz) {
    const double omega = 2.0 * pi * f_Hz;
    const double K_s = 8.0e10 * 0.29132 * 5e-3 * 1e-9 / 0.030;
    const double K = 1.0 / (1.0 / K_s + setup.body.clamp_rad_per_N_m);
    const std::complex<double> whole(
        setup.body.wire_N_m + K - setup.body.inertia_kg_m2 * omega * omega,
        omega * setup.body.damping_N_m_s(pressure_Pa)
    );
    return 1e-3 / whole * 2000.0 / 100.0;
}

// Counts how long the bench would have worked: every look takes a while.
class LookingClock final : public Clock {
  public:
    [[nodiscard]] SteadyTime steady() const override {
        now_ns_ += 1'000'000;
        return SteadyTime{now_ns_};
    }
    [[nodiscard]] UtcTime utc() const override { return UtcTime{0}; }

  private:
    mutable std::int64_t now_ns_ = 0;
};

}  // namespace

TEST_CASE("the rig's clock is speed times the host's from the first host on", "[simulator][rig]") {
    const double speed = GENERATE(1.0, 8.0);
    PendulumRig rig(steel(), speed);
    rig.await_host();
    rig.follow(at(0.0));
    rig.follow(at(50.0));
    CHECK(rig.time_s() == 0.0);
    rig.begin();
    rig.follow(at(51.0));
    CHECK(rig.time_s() == 0.0);
    rig.follow(at(51.5));
    CHECK(rig.time_s() == Approx(0.5 * speed));
    rig.follow(at(51.2));  // another device, late
    CHECK(rig.time_s() == Approx(0.5 * speed));
    CHECK(rig.host_time_of(0.75 * speed).ns == Approx(double(at(51.75).ns)).margin(2.0));
    CHECK(rig.host_time_of(0.0) == at(51.5));
    CHECK(std::abs(rig.bench().time_s() - rig.time_s()) < 1.0 / 4096.0);
}

TEST_CASE("without anybody to wait for the first look begins the clock", "[simulator][rig]") {
    PendulumRig rig(steel());
    rig.follow(at(3.0));
    CHECK(rig.time_s() == 0.0);
    rig.follow(at(3.25));
    CHECK(rig.time_s() == Approx(0.25));
}

TEST_CASE(
    "a device that cannot send holds the clock, except at the host's own speed", "[simulator][rig]"
) {
    const double speed = GENERATE(1.0, 4.0);
    PendulumRig rig(steel(), speed);
    int one = 0;
    int other = 0;
    rig.follow(at(0.0));
    rig.hold(&one, true);
    rig.hold(&one, true);
    rig.hold(&other, true);
    rig.follow(at(1.0));
    rig.hold(&one, false);
    rig.follow(at(2.0));
    CHECK(rig.time_s() == (speed == 1.0 ? 2.0 : 0.0));
    rig.hold(&other, false);
    rig.follow(at(3.0));
    CHECK(rig.time_s() == Approx(speed == 1.0 ? 3.0 : 4.0));  // what it stood is not made up for
}

TEST_CASE("a bench that cannot keep up falls behind instead of blocking", "[simulator][rig]") {
    LookingClock work;
    PendulumRig rig(steel(), 1000.0);
    rig.stay_within(work);
    rig.follow(at(0.0));
    rig.follow(at(60.0));  // 20 looks of 1 ms each, a sixteenth of a second between two
    CHECK(rig.is_behind());
    CHECK(rig.time_s() == Approx(20.0 / 16.0).margin(0.07));
    const double before_s = rig.time_s();
    rig.follow(at(60.010));  // not again so soon: the devices are to answer
    CHECK(rig.time_s() == before_s);
    rig.follow(at(60.020));  // three quarters of 20 ms
    CHECK(rig.time_s() - before_s == Approx(15.0 / 16.0).margin(0.07));
}

TEST_CASE("what is called at intervals is called at every one of them", "[simulator][rig]") {
    PendulumRig rig(steel(), 2.0);
    std::vector<double> times;
    rig.on_interval(0.5, [&times](const PendulumRig& there) { times.push_back(there.time_s()); });
    rig.follow(at(0.0));
    rig.follow(at(0.3));
    rig.follow(at(1.1));
    CHECK(times == std::vector<double>{0.0, 0.5, 1.0, 1.5, 2.0});
    CHECK(rig.time_s() == Approx(2.2));
}

TEST_CASE(
    "digitised volts show the closed form's amplitude and lag of the bar", "[simulator][rig]"
) {
    const PendulumSetup setup = steel();
    PendulumRig rig(setup);
    const double frequency_Hz = GENERATE(2.0, 10.0);
    rig.follow(at(0.0));
    rig.excite(driven(2.0, frequency_Hz));
    rig.follow(at(15.0));
    rig.digitise(400.0);
    rig.follow(at(25.0));
    std::vector<double> time_s;
    std::vector<double> angle_V;
    std::vector<double> torque_V;
    for (const RigScan& scan : rig.take_scans()) {
        time_s.push_back(scan.time_s);
        angle_V.push_back(scan.angle_V);
        torque_V.push_back(scan.torque_V);
    }
    REQUIRE(time_s.size() == 4001);
    CHECK(time_s.front() == Approx(15.0));
    const auto angle = test::demodulated(time_s, angle_V, frequency_Hz);
    const auto torque = test::demodulated(time_s, torque_V, frequency_Hz);
    // 2 V drive 20 mA, which are 2 V at 100 ohm.
    CHECK(std::abs(torque) == Approx(2.0).epsilon(1e-4));
    const std::complex<double> expected =
        volt_per_volt(setup, rig.bench().body().pressure_Pa(), frequency_Hz);
    CHECK(std::abs(angle / torque / expected - 1.0) < 2e-3);
    CHECK(std::abs(rig.settled_ratio() / expected - 1.0) < 1e-4);
    CHECK(rig.lost_scans() == 0);
}

TEST_CASE(
    "the reference is the excitation's sine: what is in phase has Y = 0", "[simulator][rig]"
) {
    PendulumRig rig(steel());
    rig.set_lock_in(0.3, 24);
    rig.follow(at(0.0));
    rig.excite(driven(2.0, 5.0));
    rig.follow(at(25.0));
    const PendulumRig::LockIn reading = rig.lock_in();
    CHECK(reading.frequency_Hz == 5.0);
    // rms: 2 V peak at the sense resistor.
    CHECK(std::abs(reading.torque_V - std::complex<double>(std::sqrt(2.0), 0.0)) < 1e-4);
    const std::complex<double> ratio = reading.angle_V / reading.torque_V;
    CHECK(std::abs(ratio / rig.settled_ratio() - 1.0) < 2e-3);
    CHECK(reading.angle_V.imag() < 0.0);  // it lags
    CHECK_FALSE(reading.is_overloaded);
}

TEST_CASE("the settled ratio has the angle's electronic delay in it", "[simulator][rig]") {
    PendulumSetup setup = steel();
    PendulumRig prompt(setup);
    setup.sensors.angle_delay_s = 1e-3;
    PendulumRig late(setup);
    prompt.excite(driven(1.0, 2.0));
    late.excite(driven(1.0, 2.0));
    const double turn = std::arg(late.settled_ratio() / prompt.settled_ratio());
    CHECK(turn == Approx(-2.0 * pi * 2.0 * 1e-3).epsilon(1e-3));
}

TEST_CASE("nothing oscillates while the output is off", "[simulator][rig]") {
    PendulumRig rig(steel());
    rig.follow(at(0.0));
    RigExcitation excitation = driven(2.0, 1.0);
    excitation.offset_V = 1.0;
    excitation.is_on = false;
    rig.excite(excitation);
    CHECK(rig.settled_ratio() == 0.0);
    rig.digitise(100.0);
    rig.follow(at(2.0));
    for (const RigScan& scan : rig.take_scans()) {
        REQUIRE(scan.torque_V == 0.0);
        REQUIRE(scan.angle_V == 0.0);
    }
    CHECK(rig.lock_in().frequency_Hz == 1.0);  // the reference runs on
    excitation.is_on = true;
    rig.excite(excitation);
    rig.follow(at(4.0));
    double mean_V = 0.0;
    const std::vector<RigScan> scans = rig.take_scans();
    for (std::size_t k = 0; k < 100; ++k) {  // one period
        mean_V += 0.01 * scans[k].torque_V;
    }
    CHECK(mean_V == Approx(1.0).margin(0.03));
}

TEST_CASE("a lock-in says since when an input is overloaded", "[simulator][rig]") {
    PendulumSetup setup = steel();
    setup.material = ShearMaterial::none();
    PendulumRig rig(setup);
    rig.set_lock_in(0.5, 12);
    rig.follow(at(0.0));
    rig.follow(at(1.0));
    CHECK(rig.lock_in().clipped_s < 0.0);
    rig.bench().deflect(6e-3);  // 12 V
    rig.digitise(100.0);
    rig.follow(at(1.2));
    CHECK(rig.lock_in().is_overloaded);
    CHECK(rig.lock_in().clipped_s == Approx(1.2).margin(2e-3));
    CHECK(rig.take_scans().front().angle_V == 10.0);
    rig.bench().deflect(0.0);
    rig.follow(at(1.6));
    CHECK(rig.lock_in().is_overloaded);
    rig.follow(at(1.8));
    CHECK_FALSE(rig.lock_in().is_overloaded);
}

TEST_CASE("the furnace heats only when switched on, from where it is", "[simulator][rig]") {
    PendulumSetup setup(ShearMaterial::none());
    setup.body.step_s = 1.0 / 64.0;  // only the furnace matters
    PendulumRig rig(setup, 10.0);
    rig.follow(at(0.0));
    rig.set_temperature(400.0, 0.1);
    rig.follow(at(10.0));
    CHECK(rig.set_point_K() == 400.0);
    CHECK_FALSE(rig.heater_is_on());
    CHECK(rig.temperature_K() == Approx(298.15).margin(0.1));
    CHECK(rig.heater_percent() == 0.0);
    rig.heater(true);
    rig.follow(at(30.0));
    CHECK(rig.set_point_K() == Approx(298.15 + 20.0).margin(0.1));  // 200 s at 0.1 K/s
    CHECK(rig.target_K() == 400.0);
    CHECK(rig.heater_percent() > 5.0);
    rig.follow(at(30.0 + 360.0));
    CHECK(rig.temperature_K() == Approx(400.0).margin(0.2));
    rig.set_temperature(420.0, 0.0);
    CHECK(rig.set_point_K() == 420.0);
    rig.heater(false);
    rig.follow(at(800.0));
    CHECK(rig.temperature_K() < 400.0);
    CHECK(rig.heater_percent() == Approx(0.0).margin(1e-6));
}

TEST_CASE("the gauge shows the chamber, from a pump opened before", "[simulator][rig]") {
    PendulumSetup setup = steel();
    setup.gauge.max_Pa = 5e4;
    PendulumRig rig(setup);
    CHECK(rig.gauge().state == GaugeState::over_range);
    CHECK_FALSE(rig.gauge().pressure_Pa);
    PendulumRig pumped(setup);
    pumped.bench().pump_for(3600.0);
    const double true_Pa = pumped.bench().body().pressure_Pa();
    CHECK(true_Pa < 0.1);
    REQUIRE(pumped.gauge().pressure_Pa);
    CHECK(std::abs(std::log(*pumped.gauge().pressure_Pa / true_Pa)) < 0.1);
}

TEST_CASE(
    "the source does not follow beyond its band nor beyond the coil's limit", "[simulator][rig]"
) {
    PendulumRig rig(steel());
    rig.follow(at(0.0));
    rig.excite(driven(5.0, 2000.0));
    rig.follow(at(1.0));
    rig.digitise(500.0);
    rig.follow(at(2.0));
    for (const RigScan& scan : rig.take_scans()) {
        REQUIRE(scan.torque_V == 0.0);
    }
    rig.excite(driven(20.0, 1.0));  // 0.2 A; the limit is 0.1 A, 10 V at the resistor
    rig.follow(at(4.0));
    double most_V = 0.0;
    for (const RigScan& scan : rig.take_scans()) {
        most_V = std::max(most_V, scan.torque_V);
    }
    CHECK(most_V == 10.0);
}

TEST_CASE(
    "the same commands give the same scans however often somebody looks", "[simulator][rig]"
) {
    const auto run = [](int looks) {
        PendulumSetup setup(ShearMaterial::glass(test::table1(), 540.0));
        setup.seed = 4;
        PendulumRig rig(setup, 2.0);
        rig.follow(at(0.0));
        rig.excite(driven(3.0, 2.0));
        rig.digitise(200.0);
        std::vector<double> all;
        for (int k = 1; k <= looks; ++k) {
            rig.follow(at(2.0 * k / looks));
            for (const RigScan& scan : rig.take_scans()) {
                all.push_back(scan.angle_V);
                all.push_back(scan.torque_V);
            }
        }
        return all;
    };
    const std::vector<double> once = run(1);
    CHECK(once.size() == 2 * 801);
    CHECK(run(64) == once);
}

}  // namespace relaxd::simulator
