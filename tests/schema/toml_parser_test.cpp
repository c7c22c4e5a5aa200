// SPDX-License-Identifier: MIT
#include "schema/base/toml_parser.hpp"

#include "tests/support/catch.hpp"

#include <string>
#include <string_view>

namespace relaxd {

namespace {

/// The place of the mistake, "LINE:COLUMN"; empty for a text without one.
std::string place_of_mistake(std::string_view text) {
    const toml::parse_result parsed = toml::parse(text);
    if (parsed) {
        return {};
    }
    const toml::source_position at = parsed.error().source().begin;
    return std::to_string(at.line) + ":" + std::to_string(at.column);
}

}  // namespace

TEST_CASE("a degree sign in quotes or in a comment is fine", "[schema][toml]") {
    const toml::parse_result parsed = toml::parse(
        "\xEF\xBB\xBF"
        R"(a = "20 °C" # µ
b = '''µ'''
c = """°\"°""")"
    );
    REQUIRE(parsed);
    CHECK(parsed["a"].value_or(std::string()) == "20 °C");
    CHECK(parsed["b"].value_or(std::string()) == "µ");
    CHECK(parsed["c"].value_or(std::string()) == "°\"°");
}

TEST_CASE("a character that TOML does not allow is told with its place", "[schema][toml]") {
    CHECK(place_of_mistake("a = 1\nbé = 2\n") == "2:2");
    CHECK(place_of_mistake("b = °") == "1:5");
    CHECK(place_of_mistake("a = 'x' °") == "1:9");
    CHECK(place_of_mistake("a =\u00A01") == "1:4");
    CHECK_FALSE(place_of_mistake("a = \"open\nb = °\n").empty());
}

TEST_CASE("a quote that opens no string is told with its place", "[schema][toml]") {
    using namespace std::string_view_literals;
    CHECK(place_of_mistake("I=7'0\0\xEF\xBB\xBD\x33\x32x.77\1\0''\0"sv) == "1:4");
    CHECK_FALSE(place_of_mistake("1=1='\0\0\xCE\x9B\0\0\0\0\0-"sv).empty());
}

TEST_CASE("a table begins with a key, a plus sign is for numbers", "[schema][toml]") {
    CHECK(place_of_mistake("a = +1\nb = 1e+3\nc = [1, +2]\nd = 07:32:00\n").empty());
    CHECK(place_of_mistake("[a]\n[[\"b c\"]]\n [ 'd' ]\n").empty());
    CHECK(place_of_mistake("[+C\n") == "1:2");
    CHECK(place_of_mistake("[ + ]") == "1:3");
    CHECK(place_of_mistake(" [[ \x01 ]]") == "1:5");
}

}  // namespace relaxd
