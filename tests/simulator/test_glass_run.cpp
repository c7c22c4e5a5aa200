// SPDX-License-Identifier: MIT
// Whole runs with a glass that has a history: what the switches do to readings and to their truth.
#include "drivers/simulator/specimen_truth.hpp"
#include "tests/simulator/sim_host.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace relaxd::simulator {
namespace {

using test::creep_method;
using test::ramp_method;

SimOptions with_glass(const GlassOptions& glass) {
    auto options = test::sim_options(10000.0);
    options.noise = NoiseSizes::none();
    options.params.sigma1_Pa = 2.8e10;
    options.params.a2 = 1.8;
    const auto checked = checked_glass(glass, options.params);
    REQUIRE(checked);
    options.glass = *checked;
    return options;
}

std::vector<SimReading> readings_of(
    const std::vector<std::string>& method, const SimOptions& options, double step_s = 0.05
) {
    test::SimHost host(options);
    std::vector<SimReading> readings;
    host.device.on_reading([&readings](const SimReading& r, const std::string&) {
        readings.push_back(r);
    });
    REQUIRE(host.download(method).rfind("= method", 0) == 0);
    REQUIRE(host.ask("start run-1") == "= start token=run-1");
    REQUIRE(host.finish(step_s));
    REQUIRE_FALSE(readings.empty());
    return readings;
}

// 1 Hz in a cantilever along the given segments.
std::vector<std::string> oscillation(const std::vector<std::string>& segments) {
    std::vector<std::string> method = ramp_method();
    method.resize(4);
    method.push_back("frequencies 1");
    method.insert(method.end(), segments.begin(), segments.end());
    return method;
}

}  // namespace

TEST_CASE("annealing below T_g lowers chi, loss and its truth in a run", "[simulator][glass]") {
    GlassOptions glass;
    glass.structural_relaxation = true;
    const auto method =
        oscillation({"segment equilibrate temperature_K=440", "segment isothermal duration_s=3600"}
        );
    const auto readings = readings_of(method, with_glass(glass));
    CHECK(readings.back().truth.chi < readings.front().truth.chi - 0.001);
    CHECK(readings.back().truth.tau_max_s > 1.2 * readings.front().truth.tau_max_s);
    CHECK(readings.back().loss_modulus_Pa < 0.98 * readings.front().loss_modulus_Pa);
    CHECK(readings.back().storage_modulus_Pa > readings.front().storage_modulus_Pa);
    CHECK(readings.back().loss_modulus_Pa == Approx(readings.back().true_loss_modulus_Pa));
    // Without relaxation an hour changes nothing.
    const auto still = readings_of(method, with_glass(GlassOptions()));
    CHECK(still.back().truth.chi == 0.4);
}

TEST_CASE("a glass with a history does not see who looks", "[simulator][glass]") {
    GlassOptions glass;
    glass.nonlinear = true;
    glass.structural_relaxation = true;
    glass.ageing = true;
    glass.crystallisation = true;
    glass.thermal_expansion_per_K = 1.2e-5;
    auto options = with_glass(glass);
    const bool creep = GENERATE(false, true);
    const auto method = creep ? creep_method()
                              : oscillation(
                                    {"segment equilibrate temperature_K=440",
                                     "segment ramp rate_K_per_s=0.05 temperature_K=470",
                                     "segment ramp rate_K_per_s=0.05 temperature_K=430"}
                                );
    const auto run = [&](double speed, double step_s) {
        options.speed = speed;
        test::SimHost host(options);
        REQUIRE(host.download(method).rfind("= method", 0) == 0);
        REQUIRE(host.ask("start run-1") == "= start token=run-1");
        REQUIRE(host.finish(step_s));
        return host.with("R ");
    };
    const auto reference = run(10000.0, 0.05);
    CHECK(run(777.0, 0.013) == reference);
    CHECK(run(10000.0, 1.1) == reference);
}

TEST_CASE("heating through T_x ends with stiff crystals", "[simulator][glass]") {
    GlassOptions glass;
    glass.crystallisation = true;
    const auto readings = readings_of(ramp_method(), with_glass(glass));
    const auto softest = std::ranges::min_element(readings, {}, [](const SimReading& r) {
        return r.storage_modulus_Pa;
    });
    CHECK(softest->temperature_K > 495.0);
    CHECK(softest->temperature_K < 525.0);
    CHECK(readings.back().storage_modulus_Pa == Approx(1.2 * 3.3e10).epsilon(0.01));
}

TEST_CASE("expansion shows in tension and not in bending", "[simulator][glass]") {
    GlassOptions glass;
    glass.thermal_expansion_per_K = 1.2e-5;
    auto method = creep_method();
    const auto plain = readings_of(method, with_glass(GlassOptions()));
    const auto longer = readings_of(method, with_glass(glass));
    REQUIRE(plain.size() == longer.size());
    const double thermal = 1.2e-5 * (430.0 - 298.15);
    for (std::size_t k = 0; k < plain.size(); k += 50) {
        const double expected = plain[k].strain / (1.0 + thermal) + thermal;
        CHECK(longer[k].strain == Approx(expected).margin(3e-6));  // 0.1 K of the furnace, 1 nm
        CHECK(longer[k].true_strain == plain[k].true_strain);
    }
    const auto bent =
        oscillation({"segment equilibrate temperature_K=430", "segment isothermal duration_s=60"});
    const auto before = readings_of(bent, with_glass(GlassOptions())).front();
    const auto after = readings_of(bent, with_glass(glass)).front();
    CHECK(after.true_storage_modulus_Pa == before.true_storage_modulus_Pa);
    CHECK(
        after.storage_modulus_Pa / before.storage_modulus_Pa ==
        Approx(1.0 + 1.2e-5 * (before.true_temperature_K - 298.15)).epsilon(1e-7)
    );
}

TEST_CASE("large stress is in creep where it is asked for", "[simulator][glass]") {
    GlassOptions glass;
    glass.nonlinear = true;
    const auto linear = readings_of(creep_method(), with_glass(GlassOptions()));
    const auto large = readings_of(creep_method(), with_glass(glass));
    // The last reading under load, 0.05 s 10^(76/20) = 315 s; 2.1 % at 330 s (PHYSICS 4).
    const double added = large[76].true_strain / linear[76].true_strain - 1.0;
    CHECK(added == Approx(0.020).margin(0.0006));
    CHECK(large[76].truth.tau_max_s < linear[76].truth.tau_max_s);
    CHECK(large[76].truth.chi > 0.4);
}

TEST_CASE("a run tells what its glass has", "[simulator][glass]") {
    GlassOptions glass;
    glass.crystallisation = true;
    auto options = with_glass(glass);
    material::FastBeta fast;
    fast.A_per_Pa = 1e-12;
    fast.U_J_mol = 41560.0;
    fast.tau0_s = 1.86e-13;
    options.fast_beta = {fast, fast};
    test::SimHost host(options);
    CHECK(host.ask("truth run").starts_with("= truth count="));
    CHECK(host.count("T 0 fast_beta.A_per_Pa 1e-12") == 1);
    CHECK(host.count("T 0 fast_beta.2.U_J_mol 41560") == 1);
    CHECK(host.count("T 0 fast_beta.B") == 0);  // one single time
    CHECK(host.count("T 0 crystallisation 1") == 1);
    CHECK(host.count("T 0 crystal_n 3") == 1);
    CHECK(host.count("T 0 ageing") == 0);
    CHECK(specimen_truth({}, GlassOptions()).empty());
}

}  // namespace relaxd::simulator
