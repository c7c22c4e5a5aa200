// SPDX-License-Identifier: MIT
// Physics faults in readings, states and truth of a simulated run.
#include "drivers/simulator/record_file.hpp"
#include "schema/base/number.hpp"
#include "tests/simulator/fault_host.hpp"
#include "tests/simulator/sim_host.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <numeric>

namespace relaxd::simulator {
namespace {

using test::SimHost;

Fault at_time(FaultKind kind, double at_s) {
    Fault fault = fault_of(kind);
    fault.at_s = at_s;
    return fault;
}

/// One run of a method with these faults, to its end.
struct Run {
    explicit Run(
        const std::vector<Fault>& faults,
        const std::vector<std::string>& method = test::ramp_method(),
        double speed = 1000.0,
        double step_s = 0.05
    )
        : host(options_of(faults, speed)) {
        host.device.on_reading([this](const SimReading& reading, const std::string& token) {
            readings.push_back(reading);
            record.push_back(record_line(reading, token));
        });
        REQUIRE(host.download(method)[0] == '=');
        REQUIRE(host.ask("start run-1")[0] == '=');
        host.finish(step_s, 20000);
    }
    static SimOptions options_of(const std::vector<Fault>& faults, double speed) {
        SimOptions options = test::sim_options(speed);
        options.faults.seed = 3;
        options.faults.faults = faults;
        return options;
    }
    [[nodiscard]] const SimReading& first_after(double time_s) const {
        for (const SimReading& reading : readings) {
            if (reading.time_s >= time_s) {
                return reading;
            }
        }
        FAIL("no reading after " << time_s);
        return readings.back();
    }
    SimHost host;
    std::vector<SimReading> readings;
    std::vector<std::string> record;
};

// The ramp method downloaded and started, as one send.
std::string started_ramp() {
    std::string sent = framed("1 method begin run-1 8");
    int id = 1;
    for (const std::string& line : test::ramp_method()) {
        ++id;
        sent += framed(std::to_string(id) + " method line " + std::to_string(id - 1) + " " + line);
    }
    return sent + framed("20 method commit") + framed("21 start run-1");
}

const Run& sound() {
    static const Run run({});
    return run;
}

/// All readings of a faulty run have the truth of the sound one, and up to the fault its columns.
void check_truth(const Run& run, double until_s) {
    REQUIRE_FALSE(run.readings.empty());
    REQUIRE(run.readings.size() <= sound().readings.size());
    for (std::size_t i = 0; i < run.readings.size(); ++i) {
        const SimReading& got = run.readings[i];
        const SimReading& want = sound().readings[i];
        REQUIRE(got.true_storage_modulus_Pa == want.true_storage_modulus_Pa);
        REQUIRE(got.true_temperature_K == want.true_temperature_K);
        REQUIRE(got.truth.chi == want.truth.chi);
        if (got.time_s < until_s) {
            REQUIRE(reading_payload(got) == reading_payload(want));
            REQUIRE(got.faults.empty());
        }
    }
}

TEST_CASE("a broken specimen bears no force and runs to the limit", "[faults]") {
    const Run run({at_time(FaultKind::specimen_breaks, 900.0)});
    check_truth(run, 900.0);
    CHECK(run.readings.size() == sound().readings.size());
    const SimReading& r = run.first_after(900.0);
    CHECK(r.dynamic_force_N == 0.0);
    CHECK(r.stress_Pa == 0.0);
    CHECK(r.storage_modulus_Pa == 0.0);
    CHECK(r.displacement_m == 0.01);
    CHECK(r.flags == "clipped");
    CHECK(r.true_storage_modulus_Pa > 1e9);
    CHECK(run.record.back().find("\"faults\":\"specimen_breaks\"") != std::string::npos);
}

TEST_CASE("an open thermocouple is absurd, then ends the run in the state fault", "[faults]") {
    Fault fault = at_time(FaultKind::thermocouple_opens, 900.0);
    fault.delay_s = 30.0;
    const Run run({fault});
    const SimReading& r = run.readings.back();
    CHECK(r.temperature_K == 1645.15);
    CHECK(r.flags == "thermocouple_open");
    CHECK(r.true_temperature_K < 400.0);
    CHECK(r.time_s <= 930.0);
    const auto end = run.host.with("S fault");
    REQUIRE(end.size() == 1);
    CHECK(end[0] == "S fault 0 run-1 " + std::to_string(r.number) + " fault:thermocouple_open");
}

TEST_CASE("state fault refuses methods, obeys safe, and ends when its cause has gone", "[faults]") {
    Fault fault = at_time(FaultKind::thermocouple_opens, 700.0);
    fault.duration_s = 300.0;
    SimHost host(Run::options_of({fault}, 1.0));
    REQUIRE(host.download(test::ramp_method())[0] == '=');
    REQUIRE(host.ask("start run-1")[0] == '=');
    host.advance_s(699.0);
    CHECK(host.ask("status").find("temperature_K=1645.15") == std::string::npos);
    host.advance_s(1.5);
    CHECK(host.ask("status").find("state=running") != std::string::npos);
    CHECK(host.ask("status").find("temperature_K=1645.15") != std::string::npos);
    host.advance_s(2.0);
    CHECK(host.ask("status").find("state=fault token=run-1 segment=0") != std::string::npos);
    CHECK(host.ask("method begin run-2 8").rfind("! fault ", 0) == 0);
    CHECK(host.ask("safe") == "= safe");
    CHECK(host.ask("status").find("state=fault") != std::string::npos);
    CHECK(host.ask("resend 1").find("count=0") == std::string::npos);
    host.advance_s(300.0);
    CHECK(host.ask("status").find("state=idle") != std::string::npos);
    CHECK(host.ask("status").find("cause=fault:thermocouple_open") != std::string::npos);
    CHECK(host.download(test::ramp_method(), "run-2")[0] == '=');
}

TEST_CASE("a thermocouple that is stuck unnoticed shows one temperature", "[faults]") {
    Fault fault = at_time(FaultKind::thermocouple_opens, 1500.0);
    fault.value.reset();
    fault.reacts = false;
    fault.duration_s = 200.0;
    const Run run({fault});
    const double shown_K = run.first_after(1500.0).temperature_K;
    std::size_t stuck = 0;
    for (const SimReading& r : run.readings) {
        if (r.time_s >= 1500.0 && r.time_s < 1700.0) {
            REQUIRE(r.temperature_K == shown_K);
            REQUIRE(r.flags == "-");
            ++stuck;
        }
    }
    CHECK(stuck > 30);
    CHECK(run.first_after(1699.0).true_temperature_K < shown_K - 5.0);  // no power without it
}

TEST_CASE("a furnace that runs away heats at full power until it is cut out", "[faults]") {
    Fault fault = at_time(FaultKind::furnace_runs_away, 700.0);
    fault.value = 400.0;
    const Run run({fault});
    CHECK(run.host.count("S fault") == 1);
    CHECK(run.host.with("S fault")[0].ends_with(" fault:over_temperature"));
    const SimReading& last = run.readings.back();
    CHECK(last.temperature_K > 396.0);
    CHECK(last.temperature_K < 401.5);
    CHECK(last.set_temperature_K < 320.0);
    const SimReading& before = run.first_after(760.0);
    const double rate = (last.temperature_K - before.temperature_K) / (last.time_s - before.time_s);
    CHECK(rate == Approx(20.0 / 60.0).epsilon(0.02));
    SECTION("also after the host has made it safe") {
        SimHost host(Run::options_of({fault}, 1.0));
        REQUIRE(host.download(test::ramp_method())[0] == '=');
        REQUIRE(host.ask("start run-1")[0] == '=');
        host.advance_s(720.0);
        CHECK(host.ask("safe") == "= safe");
        host.advance_s(20000.0);
        CHECK(host.ask("status").find("state=fault") != std::string::npos);
        CHECK(host.ask("status").find("cause=fault:over_temperature") != std::string::npos);
    }
}

TEST_CASE("a slipping clamp is a step", "[faults]") {
    SECTION("of the stiffness in oscillation, once more each time") {
        Fault fault = at_time(FaultKind::clamp_slips, 800.0);
        fault.value = 0.5;
        fault.every_s = 100.0;
        const Run run({fault});
        check_truth(run, 800.0);
        for (std::size_t i = 0; i < 60; ++i) {
            const SimReading& r = run.readings[i];
            const double factor = r.time_s < 800.0 ? 1.0 : r.time_s < 900.0 ? 0.5 : 0.25;
            if (r.time_s < 1000.0) {
                CHECK(
                    r.storage_modulus_Pa == Approx(factor * sound().readings[i].storage_modulus_Pa)
                );
                CHECK(r.displacement_m == sound().readings[i].displacement_m);
            }
        }
    }
    SECTION("of the displacement in creep") {
        Fault fault = fault_of(FaultKind::clamp_slips);
        fault.at_reading = 20;
        const Run slipped({fault}, test::creep_method());
        const Run whole({}, test::creep_method());
        REQUIRE(slipped.readings.size() == whole.readings.size());
        for (std::size_t i = 0; i < whole.readings.size(); ++i) {
            const double step_m =
                slipped.readings[i].displacement_m - whole.readings[i].displacement_m;
            REQUIRE(step_m == Approx(i < 19 ? 0.0 : 20e-6).margin(1e-12));
            REQUIRE(slipped.readings[i].true_strain == whole.readings[i].true_strain);
        }
    }
}

TEST_CASE("a phase jump turns the modulus and ends with its count", "[faults]") {
    Fault fault = fault_of(FaultKind::phase_jump);
    fault.at_reading = 11;
    fault.value = 0.05;
    fault.count = 3;
    const Run run({fault});
    for (std::size_t i = 0; i < 20; ++i) {
        const SimReading& r = run.readings[i];
        const SimReading& s = sound().readings[i];
        const bool hit = i >= 10 && i < 13;
        CHECK(r.phase_rad == Approx(s.phase_rad + (hit ? 0.05 : 0.0)));
        CHECK(
            std::hypot(r.storage_modulus_Pa, r.loss_modulus_Pa) ==
            Approx(std::hypot(s.storage_modulus_Pa, s.loss_modulus_Pa))
        );
        CHECK(r.tan_delta == Approx(std::tan(r.phase_rad)));
    }
}

TEST_CASE("drift, a stuck column, a false overload", "[faults]") {
    Fault drift = at_time(FaultKind::drift, 700.0);
    drift.value = 1e-4;
    Fault stuck = at_time(FaultKind::stuck_value, 800.0);
    stuck.column = "loss_modulus_Pa";
    stuck.count = 4;
    Fault overload = fault_of(FaultKind::overload);
    overload.at_reading = 5;
    const Run run({drift, stuck, overload});
    check_truth(run, 0.0);
    const SimReading& r = run.first_after(1500.0);
    const SimReading& s = sound().readings[static_cast<std::size_t>(r.number - 1)];
    CHECK(r.storage_modulus_Pa == Approx(s.storage_modulus_Pa * (1.0 + 1e-4 * (r.time_s - 700.0))));
    CHECK(r.dynamic_force_N == Approx(s.dynamic_force_N * (1.0 + 1e-4 * (r.time_s - 700.0))));
    CHECK(r.tan_delta == s.tan_delta);
    const auto number = run.first_after(800.0).number;
    for (std::uint64_t n = number; n < number + 4; ++n) {
        CHECK(
            run.readings[static_cast<std::size_t>(n - 1)].loss_modulus_Pa ==
            run.readings[static_cast<std::size_t>(number - 2)].loss_modulus_Pa
        );
    }
    CHECK(
        run.readings[static_cast<std::size_t>(number + 3)].loss_modulus_Pa !=
        run.readings[static_cast<std::size_t>(number - 2)].loss_modulus_Pa
    );
    CHECK(run.readings[4].flags == "overload");
    CHECK(run.readings[5].flags == "-");
}

TEST_CASE("not a number stands in its column, with a valid checksum", "[faults]") {
    Fault fault = fault_of(FaultKind::not_a_number);
    fault.at_reading = 7;
    const Run run({fault});
    const auto lines = run.host.with("R 7 ");
    REQUIRE(lines.size() == 1);
    const auto words = split_words(lines[0]);
    REQUIRE(words->size() == 17);
    CHECK((*words)[12] == "nan");
    CHECK(run.host.count("CORRUPT") == 0);
    CHECK(run.record[6].find("\"loss_modulus_Pa\":null") != std::string::npos);
    CHECK(run.record[6].find("nan") == std::string::npos);
}

TEST_CASE("a reboot forgets the run in the middle of a line", "[faults]") {
    Fault fault = at_time(FaultKind::reboot, 900.0);
    fault.delay_s = 3.0;
    Q800Device device(Run::options_of({fault}, 1.0));
    test::FaultHost host(device);
    host.send(started_ramp());
    host.advance_s(899.0);
    const std::size_t lines = test::lines_of(host.bytes).size();
    CHECK(host.hang_ups == 0);
    host.advance_s(2.0);
    CHECK(host.hang_ups == 1);
    CHECK(host.bytes.back() != '\n');
    CHECK(test::lines_of(host.bytes).size() > lines);
    CHECK_FALSE(host.reconnect());
    host.advance_s(3.1);
    REQUIRE(host.reconnect());
    host.bytes.clear();
    host.send(framed("1 status") + framed("2 identify") + framed("3 resend 1"));
    CHECK(host.bytes.find("state=idle token=- segment=0 reading=0 kept=0") != std::string::npos);
    CHECK(host.bytes.find("serial=SIM-1 ") != std::string::npos);
    CHECK(host.bytes.find("count=0") != std::string::npos);
}

/// A faulty run over a faulty line at this speed; the bytes that the host got.
std::string bytes_at(double speed, double step_s) {
    FaultScript script = random_faults(11, 5000.0);
    std::erase_if(script.faults, [](const Fault& fault) {
        return is_physics(fault.kind) || fault.kind == FaultKind::hang_up ||
               fault.kind == FaultKind::silence;  // in host time by nature
    });
    for (const FaultKind kind :
         {FaultKind::garbled,
          FaultKind::split,
          FaultKind::merged,
          FaultKind::duplicated,
          FaultKind::reordered,
          FaultKind::truncated,
          FaultKind::baud_garbage,
          FaultKind::endless_line}) {
        Fault fault = at_time(kind, 1000.0 + 100.0 * static_cast<double>(kind));
        fault.every_s = 333.0;
        script.faults.push_back(fault);
    }
    Fault chance = fault_of(FaultKind::stuck_value);
    chance.probability = 0.02;
    chance.count = 3;
    script.faults.push_back(chance);
    script.faults.push_back(at_time(FaultKind::furnace_runs_away, 4500.0));
    SimOptions options = test::sim_options(speed);
    options.faults = script;
    Q800Device device(options);
    FaultyWire wire(device, script);
    test::FaultHost host(wire);
    host.send(started_ramp());
    const auto steps = static_cast<int>(8000.0 / speed / step_s);
    for (int i = 0; i < steps; ++i) {
        host.advance_s(step_s);
    }
    for (int i = 0; i < 20; ++i) {
        host.advance_s(1.0);
    }
    return host.bytes;
}

TEST_CASE("the same bytes at every speed, however often the host looks", "[faults]") {
    const std::string slow = bytes_at(50.0, 0.11);
    const std::string fast = bytes_at(1000.0, 0.037);
    CHECK(slow.size() > 1'000'000);
    CHECK(slow.find("fault:over_temperature") != std::string::npos);
    CHECK(slow.size() == fast.size());
    CHECK((slow == fast));
}

}  // namespace
}  // namespace relaxd::simulator
