// SPDX-License-Identifier: MIT
#include "drivers/simulator/clamp.hpp"
#include "drivers/simulator/frame.hpp"
#include "drivers/simulator/furnace.hpp"
#include "drivers/simulator/noise.hpp"
#include "drivers/simulator/sim_method.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <string>

namespace relaxd::simulator {

TEST_CASE("at 3 K/min the specimen trails by a fraction of a kelvin", "[simulator][furnace]") {
    Furnace furnace;
    for (int k = 0; k < 20000; ++k) {
        furnace.step(ambient_K + 0.05 * furnace.reached_s(), true);
    }
    const double lag_K = ambient_K + 0.05 * furnace.reached_s() - furnace.specimen_K();
    CHECK(lag_K > 0.2);
    CHECK(lag_K < 0.6);
}

TEST_CASE("a jump heats at most 20 and cools at most 10 K/min", "[simulator][furnace]") {
    Furnace furnace;
    for (int k = 0; k < 600; ++k) {
        furnace.step(700.0, true);
    }
    CHECK(furnace.specimen_K() < ambient_K + 20.0);
    CHECK(furnace.specimen_K() > ambient_K + 15.0);
    for (int k = 0; k < 60000; ++k) {
        furnace.step(700.0, true);
    }
    CHECK(furnace.specimen_K() == Approx(700.0).margin(1e-6));
    for (int k = 0; k < 600; ++k) {
        furnace.step(300.0, true);
    }
    CHECK(furnace.specimen_K() > 690.0);
    CHECK(furnace.specimen_K() < 692.5);
}

TEST_CASE("noise is standard normal and of seed and number only", "[simulator][noise]") {
    double sum = 0.0;
    double squares = 0.0;
    double products = 0.0;
    double last = 0.0;
    const int n = 100000;
    for (int k = 1; k <= n; ++k) {
        const double x = normal_deviate(7, static_cast<std::uint64_t>(k), NoiseChannel::storage);
        sum += x;
        squares += x * x;
        products += x * last;
        last = x;
    }
    // Four standard errors: 1/sqrt(n) for mean and correlation, sqrt(2/n) for the variance.
    CHECK(std::abs(sum / n) < 4 / std::sqrt(n));
    CHECK(std::abs(squares / n - 1.0) < 4 * std::sqrt(2.0 / n));
    CHECK(std::abs(products / n) < 4 / std::sqrt(n));
    CHECK(normal_deviate(7, 1, NoiseChannel::loss) != normal_deviate(7, 1, NoiseChannel::storage));
    CHECK(normal_deviate(7, 1, NoiseChannel::loss) != normal_deviate(8, 1, NoiseChannel::loss));
    CHECK(normal_deviate(7, 1, NoiseChannel::loss) == normal_deviate(7, 1, NoiseChannel::loss));
}

TEST_CASE("drift has the declared size and correlation time", "[simulator][noise]") {
    NoiseSizes sizes;
    sizes.drift_relative = 0.003;
    sizes.drift_time_s = 600.0;
    Drift drift(3, sizes);
    double squares = 0.0;
    double products = 0.0;
    double last = 0.0;
    const int n = 40000;
    for (int k = 1; k <= n; ++k) {
        const double x = drift.next(static_cast<std::uint64_t>(k), 300.0 * k);
        squares += x * x;
        products += x * last;
        last = x;
    }
    CHECK(std::sqrt(squares / n) == Approx(0.003).epsilon(0.03));
    CHECK(products / squares == Approx(std::exp(-0.5)).margin(0.02));
}

TEST_CASE("stress over strain is the modulus in every clamp", "[simulator][clamp]") {
    for (const char* name :
         {"single-cantilever",
          "dual-cantilever",
          "3-point-bending",
          "tension",
          "compression",
          "shear-sandwich"}) {
        Mounting mounting;
        mounting.clamp = clamp_from(name).value();
        mounting.length_m = 0.0175;
        mounting.width_m = 0.003;
        mounting.thickness_m = 0.001;
        mounting.poisson_ratio = 0.35;
        const double modulus_Pa = 33e9;
        const double force_N = modulus_Pa / mounting.modulus_per_stiffness() * 15e-6;
        const double stress_Pa = force_N * mounting.stress_per_force();
        const double strain = 15e-6 * mounting.strain_per_displacement();
        CHECK(stress_Pa / strain == Approx(modulus_Pa));
    }
    CHECK_FALSE(clamp_from("cantilever"));
}

TEST_CASE("the single cantilever is the beam equation of the Q800 notes", "[simulator][clamp]") {
    Mounting mounting;
    mounting.length_m = 0.0175;
    mounting.width_m = 0.003;
    mounting.thickness_m = 0.001;
    mounting.poisson_ratio = 0.35;
    // By hand: I = 2.5e-13 m^4, L^3/(12 I) = 1 786 458.3 /m, 1 + 2.4 * 1.35 * (1/17.5)^2
    // = 1.0105796.
    CHECK(mounting.modulus_per_stiffness() == Approx(1786458.333 * 1.010579592).epsilon(1e-8));
}

TEST_CASE("the checksum is that of IEEE 802.3", "[simulator][frame]") {
    CHECK(crc32_ieee("123456789") == 0xCBF43926U);
    CHECK(framed("123456789") == "123456789 *CBF43926\n");
}

TEST_CASE("a line split at any byte is one line", "[simulator][frame]") {
    const std::string line = framed("1 identify");
    for (std::size_t cut = 0; cut <= line.size(); ++cut) {
        LineCutter cutter;
        auto lines = cutter.feed(line.substr(0, cut));
        for (auto& more : cutter.feed(line.substr(cut))) {
            lines.push_back(more);
        }
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].valid);
        CHECK(lines[0].payload == "1 identify");
    }
}

TEST_CASE("a damaged or overlong line is dropped whole", "[simulator][frame]") {
    const std::string good = framed("1 status");
    for (std::size_t i = 0; i + 1 < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        LineCutter cutter;
        const auto lines = cutter.feed(bad + good);
        REQUIRE(lines.size() == 2);
        CHECK_FALSE(lines[0].valid);
        CHECK(lines[1].valid);
    }
    LineCutter cutter;
    const auto lines =
        cutter.feed(framed(std::string(481, 'x')) + std::string(5000, 'y') + "\n" + good);
    REQUIRE(lines.size() == 3);
    CHECK_FALSE(lines[0].valid);
    CHECK_FALSE(lines[1].valid);
    CHECK(lines[2].valid);
    std::string with_cr = good;
    with_cr.insert(with_cr.size() - 1, "\r");
    CHECK(LineCutter().feed(with_cr).at(0).valid);
    CHECK(LineCutter().feed(framed(std::string(480, 'x'))).at(0).valid);
}

TEST_CASE("a sweep ends on its last frequency once", "[simulator][method]") {
    const auto up = sweep_list_Hz(0.01, 2.0, 5);
    REQUIRE(up.size() == 13);
    CHECK(up[0] == 0.01);
    CHECK(up[5] == Approx(0.1));
    CHECK(up[11] == Approx(0.01 * std::pow(10.0, 2.2)));
    CHECK(up[12] == 2.0);
    CHECK(sweep_list_Hz(1.0, 100.0, 3).size() == 7);
    const auto down = sweep_list_Hz(10.0, 1.0, 2);
    REQUIRE(down.size() == 3);
    CHECK(down[2] == 1.0);
    CHECK(sweep_list_Hz(1.0, 1.0, 5).size() == 1);
}

}  // namespace relaxd::simulator
