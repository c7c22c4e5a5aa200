// SPDX-License-Identifier: MIT
//
// A torsion pendulum in the daemon's configuration: its tables, and what does not belong to it.
#include "daemon/config/config.hpp"
#include "tests/support/catch.hpp"

#include <string>

using relaxd::daemon::parse_config;

namespace {

const std::string head =
    "[daemon]\n"
    "database = \"campaign.sqlite\"\n"
    "[[instrument]]\n"
    "name = \"pendulum1\"\n"
    "driver = \"torsion_pendulum\"\n";

const std::string rest =
    "[instrument.pendulum]\n"
    "angle_V_per_rad = 2000.0\n"
    "sense_V_per_A = 100.0\n"
    "torque_N_m_per_A = 1e-3\n"
    "drive_A_per_V = 0.01\n"
    "drive_limit_V = 5.0\n"
    "inertia_kg_m2 = 5e-5\n"
    "[[instrument.part]]\n"
    "name = \"digitiser\"\n"
    "device = \"labjack_t7\"\n"
    "uri = \"tcp://192.168.1.207:502\"\n"
    "roles = { angle = \"AIN0\", torque = \"AIN1\" }\n"
    "[[instrument.part]]\n"
    "name = \"generator\"\n"
    "device = \"keysight_33500\"\n"
    "uri = \"tcp://192.168.1.208:5025\"\n"
    "roles = { excitation = \"1\" }\n"
    "[[instrument.part]]\n"
    "name = \"controller\"\n"
    "device = \"lake_shore\"\n"
    "uri = \"tcp://192.168.1.209:7777\"\n"
    "roles = { temperature = \"A\" }\n";

const std::string analyser =
    "[[instrument]]\n"
    "name = \"dma1\"\n"
    "driver = \"q800_class\"\n"
    "uri = \"tcp://127.0.0.1:4001\"\n";

std::string sentences(const std::string& text) {
    const auto config = parse_config(text, "c.toml", "/lab");
    std::string out;
    if (!config) {
        for (const relaxd::Error& one : config.error()) {
            out += one.sentence() + "\n";
        }
    }
    return out;
}

bool says(const std::string& text, const std::string& words) {
    INFO(text);
    return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a pendulum stands beside an analyser, its parts have the addresses", "[config]") {
    const auto config = parse_config(head + rest + analyser, "c.toml", "/lab");
    INFO(sentences(head + rest + analyser));
    REQUIRE(config);
    REQUIRE(config->instruments.size() == 2);
    const auto& pendulum = config->instruments[0];
    REQUIRE(pendulum.pendulum);
    CHECK(pendulum.pendulum->parts.size() == 3);
    CHECK(says(pendulum.uri, "tcp://192.168.1.207:502, tcp://192.168.1.208:5025"));
    CHECK_FALSE(config->instruments[1].pendulum);
    CHECK(says(relaxd::drivers::describe_instrument(pendulum), "part digitiser"));
}

TEST_CASE("a mistake in a pendulum's tables has its line", "[config]") {
    std::string text = head + rest;
    text.replace(text.find("inertia_kg_m2"), 13, "inertia_kg_m3");
    CHECK(says(sentences(text), "c.toml:12:1"));
    CHECK(says(sentences(text), "did you mean \"inertia_kg_m2\"?"));
    text = head + rest;
    text.replace(text.find("lake_shore"), 10, "lakeshore");
    CHECK(says(sentences(text), "c.toml:25"));
    CHECK(says(sentences(text), "'lake_shore'"));
    CHECK(says(sentences(head), "has no [instrument.pendulum]"));
    CHECK(says(
        sentences(head + "uri = \"tcp://127.0.0.1:1\"\n" + rest),
        "\"uri\" is of an instrument with one link"
    ));
    CHECK(says(
        sentences(head + "trace = true\n" + rest), "\"trace\" is of an instrument with one link"
    ));
    CHECK(says(
        sentences("[daemon]\ndatabase = \"c.sqlite\"\n" + analyser + rest),
        "\"pendulum\" belongs to driver 'torsion_pendulum'"
    ));
}
