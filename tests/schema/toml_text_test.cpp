// SPDX-License-Identifier: MIT
#include "schema/base/toml_text.hpp"

#include "tests/support/catch.hpp"

namespace relaxd {

TEST_CASE("a degree sign in quotes or in a comment is fine", "[schema][toml]") {
    CHECK_FALSE(find_toml_misplaced("a = \"20 °C\" # µ\nb = '''µ\n'''\nc = \"\"\"°\n\\\"°\"\"\"\n")
    );
    CHECK_FALSE(
        find_toml_misplaced("\xEF\xBB\xBF"
                            "a = 1\n")
    );
    CHECK_FALSE(find_toml_misplaced(""));
}

TEST_CASE("a character outside quotes is found at its line and column", "[schema][toml]") {
    const auto place = find_toml_misplaced("a = 1\nbé = 2\n");
    REQUIRE(place);
    CHECK(place->line == 2);
    CHECK(place->column == 2);
    CHECK(find_toml_misplaced("a = \"open\nb = °\n"));  // the broken string ends with its line
    CHECK(find_toml_misplaced("a = 'x' °"));
}

TEST_CASE("a table begins with a key, a plus sign is for numbers", "[schema][toml]") {
    CHECK_FALSE(find_toml_misplaced("a = +1\nb = 1e+3\nc = [1, +2]\nd = 07:32:00+01:00\n"));
    CHECK(find_toml_misplaced("[+C\n"));
    CHECK(find_toml_misplaced("[ + ]"));
    CHECK(find_toml_misplaced(" [[ \x01 ]]"));
    CHECK_FALSE(find_toml_misplaced("[a]\n[[\"b c\"]]\n [ 'd' ]\n[]\n["));
}

}  // namespace relaxd
