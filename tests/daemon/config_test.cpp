// SPDX-License-Identifier: MIT
#include "daemon/config/config.hpp"

#include "tests/support/catch.hpp"

#include <string>

using relaxd::daemon::load_config;
using relaxd::daemon::parse_config;

namespace {

const std::string good =
    "[daemon]\n"
    "listen = \"127.0.0.1:0\"\n"
    "database = \"campaign.sqlite\"\n"
    "[[instrument]]\n"
    "name = \"dma1\"\n"
    "driver = \"q800_class\"\n"
    "uri = \"tcp://127.0.0.1:4001\"\n";

}  // namespace

TEST_CASE("the minimal file is understood, its database lies beside it", "[config]") {
    const auto config = parse_config(good, "c.toml", "/lab");
    REQUIRE(config);
    CHECK(config->listen_host == "127.0.0.1");
    CHECK(config->listen_port == 0);
    CHECK(config->database_path == "/lab/campaign.sqlite");
    REQUIRE(config->instruments.size() == 1);
    CHECK(config->instruments[0].heartbeat_s == 30.0);
    CHECK(config->instruments[0].serial_number.empty());
    const auto pinned = parse_config(std::string(good) + "serial_number = \"A-7\"\n", "c", "/lab");
    REQUIRE(pinned);
    CHECK(pinned->instruments[0].serial_number == "A-7");
    CHECK_FALSE(parse_config(std::string(good) + "serial_number = \"\"\n", "c", "/lab"));
    CHECK_FALSE(parse_config(std::string(good) + "serial_number = 7\n", "c", "/lab"));
    CHECK(config->instruments[0].temperature_error_K == 0.0);
    const auto more =
        parse_config(std::string(good) + "temperature_error_K = 1\n", "c.toml", "/lab");
    REQUIRE(more);
    CHECK(more->instruments[0].temperature_error_K == 1.0);
    CHECK_FALSE(more->instruments[0].trace);
    const auto traced = parse_config(std::string(good) + "trace = true\n", "c.toml", "/lab");
    REQUIRE(traced);
    CHECK(traced->instruments[0].trace);
}

TEST_CASE(
    "without listen the port is 8737 and an absolute database stays where it is", "[config]"
) {
    const auto config = parse_config("[daemon]\ndatabase = \"/data/x.sqlite\"\n", "c", "/lab");
    REQUIRE(config);
    CHECK(config->listen_port == 8737);
    CHECK(config->database_path == "/data/x.sqlite");
}

TEST_CASE("every mistake is reported with its line and what to write instead", "[config]") {
    struct Row {
        std::string what, text, where, message, hint;
    };
    const std::string database = "database = \"a.sqlite\"\n";
    const std::string rest = "name = \"d\"\ndriver = \"q800_class\"\nuri = \"tcp://h:1\"\n";
    const auto row = GENERATE_COPY(values<Row>({
        {"unknown key",
         "[daemon]\n" + database + "listn = \"x\"\n",
         "c:3:1",
         "daemon.listn",
         "listen"},
        {"unknown section", "[deamon]\n" + database, "c:1:2", "deamon", "daemon"},
        {"wrong type", "[daemon]\ndatabase = 3\n", "c:2:12", "text in quotes", "campaign"},
        {"bad port",
         "[daemon]\n" + database + "listen = \"127.0.0.1:99999\"\n",
         "c:3:10",
         "65535",
         "8737"},
        {"not loopback",
         "[daemon]\n" + database + "listen = \"0.0.0.0:80\"\n",
         "c:3:10",
         "loopback",
         "SSH"},
        {"bad level", "[daemon]\n" + database + "log_level = \"inof\"\n", "c:3:13", "inof", "info"},
        {"hosts not a list",
         "[daemon]\n" + database + "allowed_hosts = \"a\"\n",
         "c:3:17",
         "list",
         "["},
        {"no database", "[daemon]\nlisten = \"127.0.0.1:0\"\n", "c:1:1", "database", "campaign"},
        {"syntax", "[daemon]\ndatabase = \"a\n", "c:2", "", ""},
        {"single brackets",
         "[daemon]\n" + database + "[instrument]\n" + rest,
         "c:3",
         "list",
         "[[instrument]]"},
        {"name",
         "[daemon]\n" + database + "[[instrument]]\nname = \"a b\"\n",
         "c:4:8",
         "a b",
         "letters"},
        {"heartbeat",
         "[daemon]\n" + database + "[[instrument]]\n" + rest + "heartbeat_s = 0.1\n",
         "c:7:15",
         "heartbeat_s",
         "30 is usual"},
        {"temperature error",
         "[daemon]\n" + database + "[[instrument]]\n" + rest + "temperature_error_K = -1\n",
         "c:7:23",
         "temperature_error_K",
         "melting"},
        {"trace",
         "[daemon]\n" + database + "[[instrument]]\n" + rest + "trace = \"on\"\n",
         "c:7:9",
         "trace",
         "true"},
        {"driver",
         "[daemon]\n" + database +
             "[[instrument]]\nname = \"d\"\ndriver = \"q801_class\"\nuri = \"tcp://h:1\"\n",
         "c:5:10",
         "q801_class",
         "q800_class"},
        {"uri",
         "[daemon]\n" + database +
             "[[instrument]]\nname = \"d\"\ndriver = \"q800_class\"\nuri = \"gpib://1\"\n",
         "c:6:7",
         "",
         "tcp"},
        {"twice",
         "[daemon]\n" + database + "[[instrument]]\n" + rest + "[[instrument]]\n" + rest,
         "c:8:8",
         "two instruments",
         "name"},
    }));
    INFO(row.what);
    const auto config = parse_config(row.text, "c", "/lab");
    REQUIRE_FALSE(config);
    bool is_found = false;
    for (const relaxd::Error& error : config.error()) {
        INFO(error.sentence());
        is_found = is_found || (error.where.rfind(row.where, 0) == 0 &&
                                error.message.find(row.message) != std::string::npos &&
                                error.hint.find(row.hint) != std::string::npos);
    }
    INFO(config.error().front().sentence());
    CHECK(is_found);
}

TEST_CASE("several mistakes are told at once, in the order of the file", "[config]") {
    const auto config = parse_config("[daemon]\nlistn = 1\ndatabse = 2\n", "c", "/lab");
    REQUIRE_FALSE(config);
    REQUIRE(config.error().size() == 3);  // two unknown keys and the missing database
    CHECK(config.error()[1].where == "c:2:1");
    CHECK(config.error()[2].where == "c:3:1");
}

TEST_CASE("a file that is not there, or a folder, is one error that names it", "[config]") {
    for (const std::string path : {"/nonexistent/relaxd.toml", "/tmp"}) {
        const auto config = load_config(path);
        REQUIRE_FALSE(config);
        REQUIRE(config.error().size() == 1);
        CHECK(config.error().front().where == path);
        CHECK(config.error().front().message.find("cannot be read") != std::string::npos);
    }
}
