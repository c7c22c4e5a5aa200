// SPDX-License-Identifier: MIT
//
// What a pendulum's description says, and every mistake in it with its place.
#include "drivers/torsion_pendulum/composition_file.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace pendulum = relaxd::drivers::torsion_pendulum;

namespace {

const std::string head =
    "[[instrument]]\n"
    "name = \"pendulum1\"\n"
    "driver = \"torsion_pendulum\"\n";

const std::string numbers =
    "[instrument.pendulum]\n"
    "angle_V_per_rad = 2000.0\n"
    "angle_V_per_rad_sigma = 10.0\n"
    "sense_V_per_A = 100.0\n"
    "torque_N_m_per_A = 1e-3\n"
    "torque_N_m_per_A_sigma = 1e-5\n"
    "drive_A_per_V = 0.01\n"
    "drive_limit_V = 5\n"
    "inertia_kg_m2 = 5e-5\n";

std::string part(
    const std::string& name, const std::string& device, const std::string& roles, int port = 0
) {
    static int next = 5000;
    return "[[instrument.part]]\nname = \"" + name + "\"\ndevice = \"" + device +
           "\"\nuri = \"tcp://127.0.0.1:" + std::to_string(port > 0 ? port : ++next) +
           "\"\nroles = { " + roles + " }\n";
}

std::string digitiser() {
    return part("digitiser", "labjack_t7", "angle = \"AIN0\", torque = \"AIN1\"");
}
std::string others() {
    return part("generator", "keysight_33500", "excitation = \"1\"") +
           part("controller", "lake_shore", "temperature = \"A\"");
}

/// "message (hint)" of every mistake, with where it is.
std::vector<relaxd::Error> mistakes(const std::string& text) {
    const auto read = pendulum::read_compositions(text, "c.toml");
    return read ? std::vector<relaxd::Error>() : read.error();
}

bool says(
    const std::vector<relaxd::Error>& all, const std::string& words, const std::string& where
) {
    return std::any_of(all.begin(), all.end(), [&](const relaxd::Error& one) {
        return one.sentence().find(words) != std::string::npos &&
               one.where.find(where) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("a pendulum's numbers, deviations and parts are read", "[torsion_pendulum]") {
    const auto read =
        pendulum::read_compositions(head + numbers + digitiser() + others(), "c.toml");
    if (!read) {
        FAIL(read.error().front().sentence());
    }
    REQUIRE(read->size() == 1);
    const pendulum::Composition& c = read->front().composition;
    CHECK(read->front().name == "pendulum1");
    CHECK(c.angle_V_per_rad.value == 2000.0);
    CHECK(c.angle_V_per_rad.sigma == 10.0);
    CHECK(std::isnan(c.drive_A_per_V.sigma));
    CHECK(c.drive_limit_V == 5.0);
    CHECK(c.parts.size() == 3);
    CHECK(c.torque_N_m_per_drive_V() == Approx(1e-5));
    CHECK(pendulum::part_with(c, "temperature") == 2);
    const auto facts = pendulum::facts_of(c);
    const auto torque = std::find_if(facts.begin(), facts.end(), [](const auto& fact) {
        return fact.name == "torque_N_m_per_V";
    });
    REQUIRE(torque != facts.end());
    CHECK(torque->value == Approx(1e-5));  // 1e-3 N m/A over 100 V/A
    CHECK(torque->sigma == Approx(1e-7));  // one per cent, of the coil alone
    CHECK(torque->source == "instrument");
    CHECK(pendulum::describe(c).find("LabJack") != std::string::npos);
    CHECK(pendulum::describe(c).find("wire_N_m is not said") != std::string::npos);
}

TEST_CASE(
    "each mistake of a description says where it is and what to write", "[torsion_pendulum]"
) {
    const std::string good = head + numbers + digitiser() + others();
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        return mistakes(text);
    };
    CHECK(mistakes(good).empty());
    CHECK(says(mistakes(head + others()), "no [instrument.pendulum]", "c.toml:1"));
    CHECK(says(mistakes(head + numbers), "no [[instrument.part]]", "c.toml:1"));
    CHECK(says(mistakes(head + numbers + others()), "no part has the role \"angle\"", "c.toml:4"));
    CHECK(says(mistakes(head + numbers + digitiser()), "no part has the role \"temperature\"", ""));
    CHECK(says(
        mistakes(good + part("second", "lake_shore", "temperature = \"A\"")),
        "'controller' and 'second' both have the role \"temperature\"",
        "c.toml:32"
    ));
    CHECK(says(with("inertia_kg_m2 = 5e-5", "inertia_kg_m = 5e-5"), "\"inertia_kg_m2\"", ":12"));
    CHECK(says(with("inertia_kg_m2 = 5e-5\n", ""), "no \"inertia_kg_m2\"", "c.toml:4"));
    CHECK(says(with("= 5e-5", "= -5e-5"), "is not from", "c.toml:12"));
    CHECK(says(with("= 5e-5", "= \"5e-5\""), "must be a number, without quotes", "c.toml:12"));
    CHECK(says(with("sigma = 10.0", "sigma = -10.0"), "is negative", "c.toml:6"));
    CHECK(says(with("\"labjack_t7\"", "\"labjack\""), "'labjack_t7'", "c.toml:15"));
    CHECK(says(with("temperature = \"A\"", "temprature = \"A\""), "\"temperature\"", ""));
    CHECK(says(with("excitation = \"1\"", "vacuum = \"1\""), "cannot be the vacuum", ""));
    CHECK(says(with("excitation = \"1\"", "excitation = 1"), "text in quotes", ""));
    CHECK(says(with("name = \"generator\"", "name = \"controller\""), "two parts are called", ""));
}

TEST_CASE("angle and torque on two clocks are no phase", "[torsion_pendulum]") {
    const std::string lock_ins =
        part("one", "sr830", "angle = \"A\"") + part("two", "sr86x", "torque = \"A\"");
    CHECK(mistakes(head + numbers + lock_ins + others()).empty());
    CHECK(mistakes(head + numbers + digitiser() + lock_ins + others()).empty());
    CHECK(says(
        mistakes(
            head + numbers + part("digitiser", "labjack_t7", "angle = \"AIN0\"") +
            part("two", "sr86x", "torque = \"A\"") + others()
        ),
        "different clocks",
        ""
    ));
    CHECK(says(
        mistakes(head + numbers + part("one", "sr830", "angle = \"A\", torque = \"A\"") + others()),
        "cannot show angle and torque at once",
        ""
    ));
    CHECK(says(
        mistakes(head + numbers + digitiser() + digitiser() + others()),
        "both have the role \"angle\"",
        ""
    ));
}
