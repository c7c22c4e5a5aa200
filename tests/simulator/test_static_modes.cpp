// SPDX-License-Identifier: MIT
// Stress relaxation, strain rate, controlled force and isostrain against closed forms that do not
// know the integrator.
#include "drivers/simulator/bench_file.hpp"
#include "drivers/simulator/record_file.hpp"
#include "tests/simulator/static_runs.hpp"

namespace relaxd::simulator {
using test::at_ambient;
using test::bar_area_m2;
using test::LinearSolid;
using test::of_segment;
using test::quiet;
using test::taken;

namespace {

// The furnace is at ambient from the beginning: nothing depends on its way there.
constexpr double T_K = 298.15;
const std::string at_rest = "segment equilibrate temperature_K=298.15";

}  // namespace

TEST_CASE("stress relaxes as the standard linear solid does", "[simulator][static]") {
    const double compliance = GENERATE(0.0, 2e-6);
    auto options = quiet(test::one_time());
    options.bench.machine.compliance_m_per_N = compliance;
    options.bench.calibration = options.bench.machine;
    const auto run = taken(
        at_ambient(
            "stress-relaxation",
            {"segment sampling_log points_per_decade=10 start_s=0.05",
             at_rest,
             "segment hold_strain strain=0.0005 duration_s=300",
             "segment sampling interval_s=2",
             "segment recover duration_s=200"}
        ),
        options
    );
    // The clamp gives c F, F = stress x area: in series with the glass.
    const double series = compliance * bar_area_m2 / 0.01;
    const LinearSolid solid(T_K, series);
    const auto held = of_segment(run, 3);
    REQUIRE(held.size() == 38);
    const double start_s = held.front().time_s - 0.05;
    for (const auto& r : held) {
        const double stress = 5e-4 * solid.modulus_Pa(r.time_s - start_s);
        REQUIRE(r.true_stress_Pa == Approx(stress).epsilon(1e-6));
        REQUIRE(r.true_strain == Approx(5e-4 - series * stress).epsilon(1e-6));
        REQUIRE(r.displacement_m == Approx(5e-6).epsilon(1e-12));
        REQUIRE(r.static_force_N == Approx(stress * bar_area_m2).margin(6e-6));
        REQUIRE(r.stress_Pa == Approx(r.static_force_N / bar_area_m2).epsilon(1e-12));
        // What the instrument makes of its signals: the clamp's share taken off.
        REQUIRE(r.strain == Approx(r.true_strain).margin(1e-9));
        REQUIRE_FALSE(r.oscillation);
        REQUIRE(r.flags == "-");
    }
    const double glass = 5e-4 - (series + 1.0 / 3.3e10) * 5e-4 * solid.modulus_Pa(300.0);
    const auto free = of_segment(run, 5);
    REQUIRE(free.size() == 100);
    for (const auto& r : free) {
        const double t = r.time_s - start_s - 300.0;
        REQUIRE(r.true_stress_Pa == 0.0);
        REQUIRE(r.static_force_N == 0.0);
        REQUIRE(r.true_strain == Approx(glass * std::exp(-t / solid.tau_s)).epsilon(1e-5));
        REQUIRE(r.strain == Approx(r.true_strain).margin(6e-8));  // 1 nm on 1 cm
    }
}

TEST_CASE("a strain rate draws the linear solid's curve, then holds", "[simulator][static]") {
    const auto run = taken(
        at_ambient(
            "strain-rate",
            {at_rest,
             "segment strain_rate rate_per_s=5e-06 strain=0.0005",
             "segment hold_strain strain=0.0005 duration_s=50",
             "segment strain_rate rate_per_s=-1e-05 strain=0.0002"}
        ),
        quiet(test::one_time())
    );
    const LinearSolid solid(T_K);
    const auto up = of_segment(run, 2);
    REQUIRE(up.size() == 100);
    const double start_s = up.front().time_s - 1.0;
    // Superposition: a ramp that begins, and one that takes it back where it ends.
    const auto stress = [&](double t) {
        double sum = 5e-6 * solid.viscosity_Pa_s(t);
        sum -= t > 100.0 ? 5e-6 * solid.viscosity_Pa_s(t - 100.0) : 0.0;
        return sum - (t > 150.0 ? 1e-5 * solid.viscosity_Pa_s(t - 150.0) : 0.0);
    };
    REQUIRE(run.readings.size() == 180);
    for (const auto& r : run.readings) {
        const double t = r.time_s - start_s;
        REQUIRE(r.true_stress_Pa == Approx(stress(t)).epsilon(1e-5));
        const double strain = t <= 100.0 ? 5e-6 * t : 5e-4 - 1e-5 * std::max(0.0, t - 150.0);
        REQUIRE(r.true_strain == Approx(strain).epsilon(1e-9));
        REQUIRE(r.strain == Approx(strain).margin(6e-8));
    }
}

TEST_CASE("a fast flow ends at rate x viscosity", "[simulator][static]") {
    const double T_flow_K = 470.0;
    const auto run = taken(
        {"mode strain-rate",
         "clamp tension",
         test::bar_geometry,
         "segment sampling interval_s=10",
         "segment equilibrate temperature_K=470",
         "segment strain_rate rate_per_s=1e-05 strain=0.05"},
        quiet(test::table1())
    );
    const SpecimenTimes times = Specimen(test::table1()).times_at(T_flow_K);
    const double steady_Pa = 1e-5 * times.tau_max_s / 1.5e-11;
    const auto& last = run.readings.back();
    CHECK(last.true_strain == Approx(0.05).epsilon(1e-9));
    CHECK(last.true_stress_Pa == Approx(steady_Pa).epsilon(2e-3));  // the furnace: 1e-3 K
    CHECK(run.readings.front().true_stress_Pa < 0.999 * last.true_stress_Pa);
}

TEST_CASE("a force ramp adds up the compliance", "[simulator][static]") {
    const auto run = taken(
        at_ambient(
            "controlled-force",
            {"preload force_N=0",
             at_rest,
             "segment force_ramp rate_N_per_s=0.02 force_N=2",
             "segment isothermal duration_s=100",
             "segment force_ramp rate_N_per_s=0.05 force_N=-0.5"}
        ),
        quiet(test::one_time())
    );
    const LinearSolid solid(T_K);
    REQUIRE(run.readings.size() == 250);
    const double start_s = run.readings.front().time_s - 1.0;
    for (const auto& r : run.readings) {
        const double t = r.time_s - start_s;
        double strain = 0.02 * solid.ramp(t);
        strain -= t > 100.0 ? 0.02 * solid.ramp(t - 100.0) : 0.0;
        strain -= t > 200.0 ? 0.05 * solid.ramp(t - 200.0) : 0.0;
        strain /= bar_area_m2;
        const double force = std::min(2.0, 0.02 * t) - 0.05 * std::max(0.0, t - 200.0);
        REQUIRE(r.true_strain == Approx(strain).epsilon(1e-6));
        REQUIRE(r.static_force_N == Approx(force).margin(1e-9));
        REQUIRE(r.stress_Pa == Approx(force / bar_area_m2).margin(1e-3));
        REQUIRE(r.true_stress_Pa == Approx(r.stress_Pa).margin(1e-3));
        REQUIRE(r.displacement_m == Approx(strain * 0.01).margin(6e-10));
    }
}

TEST_CASE("before the first force ramp the preload acts", "[simulator][static]") {
    for (const std::string clamp : {"tension", "single-cantilever"}) {
        const auto run = taken(
            {"mode controlled-force",
             "clamp " + clamp,
             test::bar_geometry,
             at_rest,
             "segment isothermal duration_s=3"},
            quiet(test::elastic())
        );
        REQUIRE(run.readings.size() == 3);
        CHECK(run.readings.front().static_force_N == Approx(clamp == "tension" ? 0.01 : 0.0));
    }
}

TEST_CASE("a clamped bar that expands is under -E alpha dT", "[simulator][static]") {
    const double level = GENERATE(0.0, 0.0003);
    auto options = quiet(test::elastic());
    options.glass.thermal_expansion_per_K = 1e-5;
    const auto run = taken(
        at_ambient(
            "isostrain",
            {"strain level=" + to_text(level),
             "segment equilibrate temperature_K=320",
             "segment isothermal duration_s=20",
             "segment ramp rate_K_per_s=0.05 temperature_K=360"}
        ),
        options
    );
    REQUIRE(run.readings.size() == 820);
    const double begin_K = run.readings.front().true_temperature_K;
    CHECK(begin_K == Approx(320.0).margin(0.1));
    for (const auto& r : run.readings) {
        const double alpha_dT = 1e-5 * (r.true_temperature_K - begin_K);
        // E on the dimensions at 298.15 K: at most 1e-3 of a strain that is 4e-4.
        REQUIRE(r.true_stress_Pa == Approx(3.3e10 * (level - alpha_dT)).margin(1e-3 * 1.7e7));
        REQUIRE(r.displacement_m == Approx(level * 0.01).margin(1e-12));
        REQUIRE(r.strain == Approx(level).margin(1e-12));
    }
}

TEST_CASE("shear strain counts with G", "[simulator][static]") {
    const auto run = taken(
        {"mode stress-relaxation",
         "clamp shear-sandwich",
         "geometry length_m=0.002 width_m=0.001 thickness_m=0.004 poisson_ratio=0.3",
         at_rest,
         "segment hold_strain strain=0.0001 duration_s=5"},
        quiet(test::elastic())
    );
    // Two pieces of 2 mm x 1 mm: F = G gamma 2 A.
    const double G = 3.3e10 / 2.6;
    CHECK(run.readings.front().true_strain == Approx(1e-4).epsilon(1e-9));
    CHECK(run.readings.front().static_force_N == Approx(G * 1e-4 * 4e-6).margin(6e-6));
}

TEST_CASE("beyond force or travel the test is over", "[simulator][static]") {
    // 1 % of strain in a glass bar of 0.25 mm^2: 82 N.
    const auto strong = taken(
        at_ambient("stress-relaxation", {at_rest, "segment hold_strain strain=0.01 duration_s=9"}),
        quiet(test::elastic())
    );
    CHECK(strong.lines.empty());
    CHECK(strong.states.back() == "S idle 0 run-1 0 fault:limit");

    // Driven there: 18 N are 0.0021818 of strain.
    const auto slow = taken(
        at_ambient("strain-rate", {at_rest, "segment strain_rate rate_per_s=0.0001 strain=0.01"}),
        quiet(test::elastic())
    );
    CHECK(slow.lines.size() == 21);
    CHECK(slow.states.back() == "S idle 0 run-1 21 fault:limit");

    // And 18 N on a glass that flows reach the end of the travel.
    const auto far = taken(
        {"mode controlled-force",
         "clamp tension",
         test::bar_geometry,
         "segment equilibrate temperature_K=470",
         "segment force_ramp rate_N_per_s=1 force_N=18",
         "segment isothermal duration_s=100000"},
        quiet(test::table1())
    );
    REQUIRE(far.lines.size() > 18);
    CHECK(far.states.back().find(" fault:limit") != std::string::npos);
    CHECK(far.readings.back().displacement_m > 0.005);
    CHECK(far.readings.back().displacement_m <= 0.01);
}

TEST_CASE("a run that is held keeps the strain it has", "[simulator][static]") {
    test::SimHost host(quiet(test::elastic()));
    std::vector<SimReading> readings;
    host.device.on_reading([&](const SimReading& r, const std::string&) { readings.push_back(r); });
    REQUIRE(
        host
            .download(at_ambient(
                "strain-rate", {at_rest, "segment strain_rate rate_per_s=1e-06 strain=0.0005"}
            ))
            .rfind("= method", 0) == 0
    );
    host.ask("allow 100");
    host.ask("start run-1");
    host.advance_s(0.1);
    REQUIRE(readings.size() == 100);
    host.ask("hold");
    host.ask("allow 200");
    host.advance_s(0.1);
    REQUIRE(readings.size() == 200);
    CHECK(readings[99].strain == Approx(1e-4).epsilon(1e-6));
    CHECK(readings[199].strain == readings[99].strain);
    host.ask("resume");
    host.ask("allow 0");
    REQUIRE(host.finish(0.1));
    CHECK(readings.back().strain == Approx(5e-4).epsilon(1e-6));
    CHECK(readings.size() == 600);
}

TEST_CASE("a measured length is what strain counts on", "[simulator][static]") {
    // 10 N on the elastic bar: 40 MPa, 1.2121e-3 of strain.
    const auto run = taken(
        at_ambient(
            "stress-relaxation",
            {"columns position_m length_m",
             "preload force_N=10",
             at_rest,
             "segment measure_length",
             "segment hold_strain strain=0.0005 duration_s=2"}
        ),
        quiet(test::elastic())
    );
    const double longer = 4e7 / 3.3e10;
    const double length_m = 0.01 * (1.0 + longer);
    REQUIRE(run.readings.size() == 2);
    const auto& r = run.readings.front();
    CHECK(r.strain == Approx(5e-4).margin(6e-8));
    CHECK(r.displacement_m == Approx(5e-4 * length_m).margin(1e-9));
    CHECK(r.true_strain == Approx(longer + 5e-4 * (1.0 + longer)).epsilon(1e-6));
    CHECK(r.length_m == Approx(length_m * (1.0 + 5e-4)).margin(2e-9));
    CHECK(r.position_m == Approx(r.length_m - 0.01).margin(1e-12));
    CHECK(r.true_length_m == Approx(r.length_m).margin(2e-9));
}

TEST_CASE("the answer has the noise and what is held has none", "[simulator][static]") {
    auto options = test::sim_options(10000.0, 5);
    options.params = test::elastic();
    const auto held = taken(
        at_ambient(
            "stress-relaxation", {at_rest, "segment hold_strain strain=0.0005 duration_s=2000"}
        ),
        options
    );
    double squares = 0.0;
    for (const auto& r : held.readings) {
        REQUIRE(r.displacement_m == Approx(5e-6).epsilon(1e-12));
        squares += std::pow(r.static_force_N / 4.125 - 1.0, 2);
    }
    // 0.1 % and 2e-5 N: four standard errors of 2000 draws.
    CHECK(std::sqrt(squares / 2000.0) == Approx(0.001 + 2e-5 / 4.125).epsilon(0.07));
}

TEST_CASE("every static mode gives the same bytes however it is run", "[simulator][static]") {
    const std::string columns = "columns length_m position_m drive_force_N";
    const auto rest = GENERATE(
        test::Lines{
            "stress-relaxation",
            "segment equilibrate temperature_K=430",
            "segment hold_strain strain=0.0005 duration_s=200",
            "segment ramp rate_K_per_s=0.1 temperature_K=450",
            "segment recover duration_s=100"
        },
        test::Lines{
            "strain-rate",
            "segment jump temperature_K=440",
            "segment strain_rate rate_per_s=3e-06 strain=0.0004",
            "segment measure_length",
            "segment hold_strain strain=0.0001 duration_s=30"
        },
        test::Lines{
            "controlled-force",
            "segment sampling_log points_per_decade=20 start_s=0.1",
            "segment force_ramp rate_N_per_s=0.05 force_N=4",
            "segment ramp rate_K_per_s=0.2 temperature_K=440"
        },
        test::Lines{
            "isostrain", "strain level=0.0003", "segment ramp rate_K_per_s=0.2 temperature_K=470"
        }
    );
    test::Lines method{columns};
    method.insert(method.end(), rest.begin() + 1, rest.end());
    method = at_ambient(rest.front(), method);
    for (const bool real : {false, true}) {
        auto options = test::sim_options(10000.0, 42);
        if (real) {
            options.bench = load_bench("realistic")->bench;
            options.glass.thermal_expansion_per_K = 1.2e-5;
            options.glass.nonlinear = true;
        }
        const auto reference = taken(method, options);
        INFO(rest.front());
        REQUIRE(reference.lines.size() > 60);
        options.speed = 333.0;
        CHECK(taken(method, options, 0.37).lines == reference.lines);
        options.speed = 10000.0;
        CHECK(taken(method, options, 0.0007).lines == reference.lines);
        options.seed = 43;
        CHECK(taken(method, options).lines != reference.lines);
    }
}

TEST_CASE("truth and record tell strain and stress of a static mode", "[simulator][static]") {
    test::SimHost host(quiet(test::one_time()));
    std::string recorded;
    host.device.on_reading([&](const SimReading& r, const std::string& token) {
        recorded = record_line(r, token);
    });
    host.download(at_ambient(
        "stress-relaxation",
        {"columns length_m stiffness_N_per_m",
         at_rest,
         "segment hold_strain strain=0.0005 duration_s=5"}
    ));
    host.ask("start run-1");
    REQUIRE(host.finish(0.05));
    CHECK(host.ask("truth 1 1") == "= truth count=7");
    CHECK(host.count("T 1 strain 5e-04") == 1);
    CHECK(host.count("T 1 stress_Pa 1") == 1);
    CHECK(host.count("T 1 length_m 0.010005") == 1);
    CHECK(
        recorded.find("\"length_m\":0.010005,\"stiffness_N_per_m\":null,\"flags\"") !=
        std::string::npos
    );
    CHECK(recorded.find("\"stress_Pa\":") != recorded.rfind("\"stress_Pa\":"));
}

}  // namespace relaxd::simulator
