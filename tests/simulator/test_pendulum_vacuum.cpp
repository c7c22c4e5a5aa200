// SPDX-License-Identifier: MIT
#include "drivers/simulator/vacuum.hpp"
#include "tests/support/catch.hpp"

#include <cmath>

namespace relaxd::simulator {
namespace {

struct Numeric {
    double pressure_Pa;
    double walls_Pa_m3;
};

// Oracle: Runge-Kutta of the two equations, in small steps.
Numeric integrated(const VacuumOptions& o, Numeric from, bool pump, double time_s, int steps) {
    const auto slope = [&o, pump](const Numeric& at) {
        Numeric d{};
        d.walls_Pa_m3 = -at.walls_Pa_m3 / o.walls_time_s;
        d.pressure_Pa = ((pump ? -o.pump_m3_per_s * (at.pressure_Pa - o.ultimate_Pa) : 0.0) +
                         o.leak_m3_per_s * (101325.0 - at.pressure_Pa) - d.walls_Pa_m3) /
                        o.volume_m3;
        return d;
    };
    const auto moved = [](const Numeric& at, const Numeric& by, double h) {
        return Numeric{at.pressure_Pa + h * by.pressure_Pa, at.walls_Pa_m3 + h * by.walls_Pa_m3};
    };
    const double h = time_s / steps;
    for (int k = 0; k < steps; ++k) {
        const Numeric a = slope(from);
        const Numeric b = slope(moved(from, a, 0.5 * h));
        const Numeric c = slope(moved(from, b, 0.5 * h));
        const Numeric d = slope(moved(from, c, h));
        from = moved(moved(moved(moved(from, a, h / 6), b, h / 3), c, h / 3), d, h / 6);
    }
    return from;
}

}  // namespace

TEST_CASE("a dry chamber pumps down exponentially to the leak's pressure", "[simulator][vacuum]") {
    VacuumOptions options;
    options.walls_Pa_m3 = 0.0;
    options.leak_m3_per_s = 1e-8;
    Vacuum vacuum(options);
    vacuum.open_pump(true);
    const double rate = (0.01 + 1e-8) / 0.02;
    const double end_Pa = (0.01 * 1e-3 + 1e-8 * 101325.0) / (0.01 + 1e-8);
    CHECK(vacuum.end_Pa() == Approx(end_Pa));
    for (int k = 1; k <= 100; ++k) {
        vacuum.advance(1.0);
        const double expected = end_Pa + (101325.0 - end_Pa) * std::exp(-rate * k);
        CHECK(vacuum.pressure_Pa() == Approx(expected).epsilon(1e-11));
    }
    CHECK(vacuum.pressure_Pa() == Approx(end_Pa).epsilon(1e-6));
}

TEST_CASE("pump-down, valve closed and walls follow the equations", "[simulator][vacuum]") {
    VacuumOptions options;
    options.walls_time_s = GENERATE(2.0, 50.0, 1800.0);  // 2 s: as fast as the pump
    options.leak_m3_per_s = 1e-6;
    Vacuum vacuum(options);
    Numeric numeric{101325.0, options.walls_Pa_m3};
    const bool valve[] = {true, false, true};
    const double time_s[] = {60.0, 300.0, 20.0};
    for (std::size_t k = 0; k < 3; ++k) {
        vacuum.open_pump(valve[k]);
        vacuum.advance(time_s[k]);
        numeric = integrated(options, numeric, valve[k], time_s[k], 40000);
        CHECK(vacuum.pressure_Pa() == Approx(numeric.pressure_Pa).epsilon(1e-8));
        CHECK(vacuum.walls_Pa_m3() == Approx(numeric.walls_Pa_m3).epsilon(1e-8).margin(1e-12));
    }
}

TEST_CASE("one long step is many short ones", "[simulator][vacuum]") {
    Vacuum whole{VacuumOptions()};
    Vacuum cut{VacuumOptions()};
    whole.open_pump(true);
    cut.open_pump(true);
    whole.advance(200.0);
    for (int k = 0; k < 2000; ++k) {
        cut.advance(0.1);
    }
    CHECK(cut.pressure_Pa() == Approx(whole.pressure_Pa()).epsilon(1e-9));
}

TEST_CASE(
    "a closed tight chamber holds its pressure, a vented one loads its walls", "[simulator][vacuum]"
) {
    VacuumOptions options;
    options.leak_m3_per_s = 0.0;
    Vacuum vacuum(options);
    vacuum.open_pump(true);
    vacuum.advance(36000.0);
    vacuum.open_pump(false);
    const double low_Pa = vacuum.pressure_Pa();
    CHECK(low_Pa == Approx(1e-3).epsilon(1e-3));
    vacuum.advance(10.0);
    CHECK(vacuum.pressure_Pa() < low_Pa + 1e-6);
    vacuum.open_vent(true);
    vacuum.advance(3600.0);
    CHECK(vacuum.pressure_Pa() == Approx(101325.0));
    CHECK(
        vacuum.walls_Pa_m3() == Approx(options.walls_Pa_m3 * (1.0 - std::exp(-2.0))).epsilon(1e-4)
    );
}

TEST_CASE("a gauge shows its range and the same noise for the same number", "[simulator][vacuum]") {
    VacuumGauge gauge;
    gauge.min_Pa = 1e-2;
    gauge.max_Pa = 1e4;
    CHECK(gauge.read(1e-4, 7, 1).state == GaugeState::under_range);
    CHECK_FALSE(gauge.read(1e-4, 7, 1).pressure_Pa);
    CHECK(gauge.read(1e5, 7, 1).state == GaugeState::over_range);
    CHECK(*gauge.read(1.0, 7, 3).pressure_Pa == *gauge.read(1.0, 7, 3).pressure_Pa);
    CHECK(*gauge.read(1.0, 7, 3).pressure_Pa != *gauge.read(1.0, 8, 3).pressure_Pa);
    double squares = 0.0;
    for (std::uint64_t k = 0; k < 2000; ++k) {
        squares += std::pow(std::log(*gauge.read(1.0, 7, k).pressure_Pa), 2);
    }
    CHECK(std::sqrt(squares / 2000.0) == Approx(0.02).epsilon(0.08));  // 5 sigma
    gauge.factor = 0.8;
    gauge.noise_relative = 0.0;
    CHECK(*gauge.read(1.0, 7, 0).pressure_Pa == Approx(0.8));
}

TEST_CASE("an impossible vacuum is refused by name", "[simulator][vacuum]") {
    CHECK(VacuumOptions::checked(VacuumOptions()));
    VacuumOptions options;
    options.volume_m3 = 0.0;
    CHECK(VacuumOptions::checked(options).error().where == "volume_m3");
    options = VacuumOptions();
    options.leak_m3_per_s = -1.0;
    CHECK(VacuumOptions::checked(options).error().where == "leak_m3_per_s");
}

}  // namespace relaxd::simulator
