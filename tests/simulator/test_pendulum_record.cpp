// SPDX-License-Identifier: MIT
// What relaxsim pendulum is made of and what it writes down as true.
#include "drivers/simulator/faulty_wire.hpp"
#include "drivers/simulator/parts/make_device.hpp"
#include "drivers/simulator/pendulum_endpoint.hpp"
#include "drivers/simulator/pendulum_record.hpp"
#include "drivers/simulator/pendulum_setup.hpp"
#include "schema/base/number.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <unistd.h>
#include <vector>

namespace relaxd::simulator {
namespace {

material::Material glass() {
    return *material::load("la60ni15al25");
}

double number_in(const std::string& line, const std::string& key) {
    const std::size_t at = line.find("\"" + key + "\":");
    REQUIRE(at != std::string::npos);
    const std::string rest = line.substr(at + key.size() + 3);
    return to_double(rest.substr(0, rest.find_first_of(",}"))).value_or(-1.0);
}

// Says nothing, does nothing.
class Idle final : public SimDevice {
  public:
    void receive(std::string_view /*bytes*/, SteadyTime /*now*/) override {}
    void advance_to(SteadyTime /*now*/) override {}
    [[nodiscard]] std::string take_output() override { return {}; }
    [[nodiscard]] SteadyTime next_wake() const override {
        return SteadyTime{std::numeric_limits<std::int64_t>::max()};
    }
    void connect() override {}
    void disconnect() override {}
    [[nodiscard]] bool connected() const override { return true; }
};

}  // namespace

TEST_CASE("each kind of specimen hangs in the same pendulum", "[simulator][rig]") {
    PendulumChoice choice;
    choice.seed = 9;
    const auto of_glass = pendulum_setup(glass(), choice);
    REQUIRE(of_glass);
    CHECK(of_glass->material.thermal());
    CHECK(of_glass->seed == 9);
    choice.specimen = PendulumSpecimen::elastic;
    choice.is_noise_free = true;
    const auto steel = pendulum_setup(glass(), choice);
    REQUIRE(steel);
    const PendulumBody body(steel->body, steel->bar, steel->material);
    CHECK(pendulum_truth(body, 1.0).G_storage_Pa == Approx(8e10).epsilon(1e-7));
    CHECK(pendulum_truth(body, 1.0).tan_phi == Approx(1e-4).epsilon(0.01));
    CHECK(steel->sensors.angle_noise_rad_per_sqrtHz == 0.0);
    CHECK(steel->sensors.angle_delay_s > 0.0);
    choice.specimen = PendulumSpecimen::none;
    CHECK_FALSE(pendulum_setup(glass(), choice)->material.present());
    CHECK(pendulum_specimen("elastic") == PendulumSpecimen::elastic);
    CHECK(pendulum_specimen("elastik").error().hint.find("elastic") != std::string::npos);
}

TEST_CASE("a line a second tells what is true at that time", "[simulator][rig]") {
    const std::string path = (std::filesystem::temp_directory_path() /
                              ("relaxd-pendulum-" + std::to_string(getpid()) + ".jsonl"))
                                 .string();
    const auto setup = pendulum_setup(glass(), PendulumChoice());
    REQUIRE(setup);
    PendulumRig rig(*setup, 4.0);
    auto record = PendulumRecord::create(path);
    REQUIRE(record);
    (*record)->follow(rig, "La \"60\"");
    rig.follow(SteadyTime{0});
    RigExcitation excitation;
    excitation.amplitude_V = 2.0;
    excitation.frequency_Hz = 0.5;
    excitation.is_on = true;
    rig.excite(excitation);
    rig.follow(SteadyTime{600'000'000});
    (*record)->flush();
    CHECK((*record)->good());
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    std::filesystem::remove(path);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].find("\"setup\":{\"specimen\":\"La _60_\",") != std::string::npos);
    CHECK(number_in(lines[0], "inertia_kg_m2") == 5e-5);
    CHECK(lines[1].find("setup") == std::string::npos);
    CHECK(number_in(lines[2], "time_s") == 2.0);
    CHECK(number_in(lines[2], "frequency_Hz") == 0.5);
    CHECK(number_in(lines[2], "drive_A") == Approx(0.02));
    // S1: chi stays what it is at T_g below it.
    CHECK(number_in(lines[2], "chi") == Approx(setup->material.specimen()->params().chi_Tg));
    const PendulumTruth truth = rig.bench().truth();
    CHECK(number_in(lines[2], "shear_storage_modulus_Pa") == Approx(truth.G_storage_Pa));
    CHECK(number_in(lines[2], "tau_beta_s") == Approx(truth.tau_beta_s));
}

TEST_CASE("what is unknown is null in the record", "[simulator][rig]") {
    PendulumChoice choice;
    choice.specimen = PendulumSpecimen::none;
    const PendulumRig rig(*pendulum_setup(glass(), choice));
    const std::string line = pendulum_record_line(rig);
    CHECK(line.find("\"chi\":null") != std::string::npos);
    CHECK(line.find("\"shear_storage_modulus_Pa\":null") != std::string::npos);
    CHECK(line.find("nan") == std::string::npos);
    CHECK(PendulumRecord::create("/no/such/folder/f").error().code == Errc::io);
}

TEST_CASE("the clock begins when a host says something to any of the devices", "[simulator][rig]") {
    PendulumRig rig(*pendulum_setup(glass(), PendulumChoice()));
    rig.await_host();
    PendulumEndpoint one(std::make_unique<Idle>(), rig);
    PendulumEndpoint other(std::make_unique<Idle>(), rig);
    one.advance_to(SteadyTime{1'000'000'000});
    other.advance_to(SteadyTime{2'000'000'000});
    CHECK(rig.time_s() == 0.0);
    CHECK(one.run_position().run == 0);
    other.receive("x", SteadyTime{3'000'000'000});
    one.advance_to(SteadyTime{3'500'000'000});
    CHECK(rig.time_s() == Approx(0.5));
    CHECK(one.run_position().run == 1);
    CHECK(other.run_position().time_s == Approx(0.5));
}

TEST_CASE("what is to happen to a device happens at the rig's time", "[simulator][rig]") {
    PendulumRig rig(*pendulum_setup(glass(), PendulumChoice()), 2.0);
    PendulumEndpoint one(std::make_unique<Idle>(), rig);
    std::vector<double> called_s;
    one.at(3.0, [&] { called_s.push_back(rig.time_s()); });
    one.at(1.0, [&] {
        called_s.push_back(rig.time_s());
        one.at(2.0, [&] { called_s.push_back(rig.time_s()); });
        one.go_away(4.0);
    });
    one.advance_to(SteadyTime{0});
    CHECK(one.next_wake() == SteadyTime{500'000'000});
    CHECK(one.accepting());
    one.advance_to(SteadyTime{400'000'000});
    CHECK(called_s.empty());
    one.advance_to(one.next_wake());
    CHECK(called_s == std::vector<double>{1.0});
    CHECK(one.take_hang_up());
    CHECK_FALSE(one.take_hang_up());
    CHECK_FALSE(one.accepting());
    one.advance_to(SteadyTime{1'600'000'000});
    CHECK(called_s == std::vector<double>{1.0, 3.2, 3.2});
    CHECK(one.next_wake() == SteadyTime{4'500'000'000});
    one.advance_to(SteadyTime{4'500'000'000});
    CHECK(one.accepting());
}

TEST_CASE(
    "a bad line of a device without line ends hurts what comes together", "[simulator][rig]"
) {
    PendulumRig rig(*pendulum_setup(glass(), PendulumChoice()));
    auto made = make_device("sr830", {{"serial", "SIM830"}}, rig);  // CR, which is no LF
    REQUIRE(made);
    Fault twice = fault_of(FaultKind::duplicated);
    twice.probability = 1.0;
    twice.lines = FaultLines::replies;
    Fault late = fault_of(FaultKind::late);
    late.direction = FaultDirection::to_instrument;
    late.probability = 1.0;
    late.delay_s = 0.5;
    FaultScript script;
    script.faults = {twice, late};
    FaultyWire wire(*made->device, script);
    wire.take_portions();
    wire.connect();
    wire.receive("*IDN?\r", SteadyTime{1'000'000'000});
    CHECK(wire.take_output().empty());
    wire.advance_to(SteadyTime{1'600'000'000});
    const std::string said = wire.take_output();
    REQUIRE(said.size() % 2 == 0);
    CHECK(said.find("SIM830") < said.size() / 2);
    CHECK(said.substr(0, said.size() / 2) == said.substr(said.size() / 2));
}

TEST_CASE("every simulated device is made by its name and by nothing else", "[simulator][rig]") {
    PendulumRig rig(*pendulum_setup(glass(), PendulumChoice()));
    const std::vector<std::string> names = simulated_devices();
    CHECK(std::is_sorted(names.begin(), names.end()));
    CHECK(names.size() >= 8);
    for (const std::string& name : names) {
        INFO(name);
        const auto made = make_device(name, {}, rig);
        REQUIRE(made);
        CHECK_FALSE(made->device->connected());
        CHECK(make_device(name, {{"sreial", "SIM1"}}, rig).error().code == Errc::invalid);
    }
    CHECK(make_device("sr831", {}, rig).error().hint.find("sr830") != std::string::npos);
    CHECK(make_device("sr830", {{"input", "angel"}}, rig).error().where == "input");
    CHECK(make_device("labjack_t7", {{"angle", "AIN14"}}, rig).error().where == "angle");
    CHECK(make_device("labjack_t7", {{"serial", "999x"}}, rig).error().where == "serial");
    CHECK(make_device("sr830", {{"serial", "12345"}}, rig).error().where == "serial");
}

}  // namespace relaxd::simulator
