// SPDX-License-Identifier: MIT
#include "daemon/run/reduction_input.hpp"

#include "daemon/acquire/intake.hpp"
#include "daemon/config/config.hpp"
#include "schema/method/heating_rates.hpp"
#include "tests/support/catch.hpp"

#include <cmath>

namespace relaxd::test {

namespace {

record::Calibration set_of(const std::string& name, const char* kind, const char* clamp) {
    record::Calibration set;
    set.name = name;
    set.version = 1;
    set.kind = kind;
    set.clamp = clamp;
    set.serial_number = "Q800-7";
    return set;
}

}  // namespace

TEST_CASE("clamp numbers come from the specimen, else from the instrument; nonsense is named") {
    record::Specimen specimen;
    specimen.length_m = 0.0175;
    specimen.length_sigma_m = 2e-5;
    specimen.poisson_ratio = 0.37;
    specimen.extra = {
        {"clamp_factor", "0.95"},
        {"clamp_factor_sigma", "0.01"},
        {"poisson_ratio_sigma", "0.02"},
        {"clamp_mass_kg", "0.002"},
        {"colour", "grey"},
    };
    drivers::Geometry in_force;
    in_force.length_m = 0.5;
    in_force.width_m = 0.003;
    auto numbers = daemon::clamp_numbers(specimen, in_force);
    REQUIRE(numbers);
    CHECK(numbers->length_m.value == 0.0175);
    CHECK(numbers->length_m.sigma == 2e-5);
    CHECK(numbers->width_m.value == 0.003);
    CHECK(numbers->width_m.sigma == 0.0);
    CHECK(std::isnan(numbers->thickness_m.value));
    CHECK(numbers->clamp_factor.value == 0.95);
    CHECK(numbers->clamp_factor.sigma == 0.01);
    CHECK(numbers->poisson_ratio.sigma == 0.02);
    CHECK(numbers->mass_kg.value == 0.002);
    specimen.extra["clamp_factor"] = "about one";
    numbers = daemon::clamp_numbers(specimen, in_force);
    REQUIRE_FALSE(numbers);
    CHECK(numbers.error().where == "specimen: clamp_factor");
}

TEST_CASE("a run takes the sets of its clamp, and none of another instrument") {
    std::string told;
    const auto sets = daemon::sets_for(
        {set_of("steel-c", "steel", "single-cantilever"),
         set_of("steel-t", "steel", "tension"),
         set_of("temp", "temperature", "")},
        "tension",
        "Q800-7",
        told
    );
    REQUIRE(sets);
    REQUIRE(sets->size() == 2);
    CHECK((*sets)[0].name == "steel-t");
    CHECK(told.find("steel-c is of the clamp single-cantilever") != std::string::npos);
    const auto foreign =
        daemon::sets_for({set_of("temp", "temperature", "")}, "tension", "Q800-8", told);
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().code == Errc::refused);
    CHECK(foreign.error().message.find("Q800-7") != std::string::npos);
    CHECK_FALSE(daemon::sets_for(
        {set_of("a", "steel", "tension"), set_of("b", "steel", "tension")},
        "tension",
        "Q800-7",
        told
    ));
}

TEST_CASE("a reading is reduced before it is a row, and a duplicate is none") {
    daemon::Intake intake;
    record::Reading reading;
    reading.number = 1;
    for (const auto channel :
         {record::Channel::frequency_Hz,
          record::Channel::dynamic_force_N,
          record::Channel::displacement_m,
          record::Channel::phase_rad,
          record::Channel::storage_modulus_Pa}) {
        reading.values[channel] = 1.0;
    }
    const auto rows = intake.take(reading);
    REQUIRE(rows.size() == 1);
    CHECK(std::get<record::Point>(rows[0]).reading.flags == "background_uncorrected");
    CHECK(intake.take(reading).empty());
}

TEST_CASE("heating rates follow the programme's direction") {
    const auto method = method::parse(
        "mode = \"multi-frequency-strain\"\nclamp = \"tension\"\namplitude = \"15 um\"\n"
        "frequencies = [\"1 Hz\"]\nsegments = [\"Equilibrate at 400 K\", \"Ramp 6 K/min to 300 "
        "K\", "
        "\"Isothermal for 1 min\", \"Ramp 3 K/min to 350 K\"]\n",
        "method"
    );
    REQUIRE(method);
    const auto executed = method::expand(*method);
    REQUIRE(executed);
    const auto rates = method::heating_rates(*executed);
    REQUIRE(rates.size() == 4);
    CHECK(rates[0] == 0.0);
    CHECK(rates[1] == Approx(-0.1));
    CHECK(rates[2] == 0.0);
    CHECK(rates[3] == Approx(0.05));
}

TEST_CASE("the configuration names calibration sets as a list of texts") {
    const std::string head =
        "[daemon]\ndatabase = \"c.sqlite\"\n[[instrument]]\nname = \"dma1\"\n"
        "driver = \"q800_class\"\nuri = \"tcp://127.0.0.1:4001\"\n";
    const auto fine = daemon::parse_config(head + "calibration = [\"a\", \"b\"]\n", "t.toml", "/");
    REQUIRE(fine);
    CHECK(fine->instruments[0].calibration == std::vector<std::string>{"a", "b"});
    for (const char* wrong :
         {"calibration = \"a\"\n", "calibration = [1]\n", "calibration = [\"\"]\n"}) {
        const auto refused = daemon::parse_config(head + wrong, "t.toml", "/");
        REQUIRE_FALSE(refused);
        CHECK(refused.error()[0].where.starts_with("t.toml:7"));
    }
}

}  // namespace relaxd::test
