// SPDX-License-Identifier: MIT
//
// `relaxctl model list|eval` as a process: files, stdin and exit codes.
#include "tests/tools/command.hpp"
#include "tests/tools/eval_calls.hpp"

#include <cstdlib>

namespace relaxd::test {

namespace {

const std::string two_calls =
    R"([{"function":"viscosity","inputs":{"G_u_Pa":24e9,"tau_mol_s":70}},)"
    R"({"function":"viscosity","inputs":{"G_u_Pa":-1,"tau_mol_s":70}}])";

}  // namespace

TEST_CASE("model eval reads a file or stdin and exits 0 whatever the elements are") {
    const Folder folder;
    const std::string calls = folder.write("calls.json", two_calls);
    const Outcome from_file = relaxctl({"model", "eval", calls});
    INFO(from_file.err);
    REQUIRE(from_file.exit_code == 0);
    const json::array answers = json::parse(from_file.out).as_array();
    REQUIRE(answers.size() == 2);
    REQUIRE(answers[0].at("outputs").at("viscosity_Pa_s").to_number<double>() == 1.68e12);
    REQUIRE(answers[1].at("error").at("input").as_string() == "G_u_Pa");

    const std::string out = folder.file("out.json");
    const std::string shell =
        std::string(RELAXD_BIN_DIR) + "/relaxctl model eval - --json < " + calls + " > " + out;
    REQUIRE(std::system(shell.c_str()) == 0);
    REQUIRE(folder.read("out.json") == from_file.out);

    const std::string one = folder.write(
        "one.json", R"({"function":"viscosity","inputs":{"G_u_Pa":24e9,"tau_mol_s":70}})"
    );
    const json::array single = json::parse(relaxctl({"model", "eval", one}).out).as_array();
    REQUIRE(single.size() == 1);
    REQUIRE(single[0] == answers[0]);
}

TEST_CASE("model eval exits 2 on malformed JSON and on no input, 1 on a file it cannot read") {
    const Folder folder;
    const std::string bad = folder.write("bad.json", "[{\"function\":]");
    const Outcome malformed = relaxctl({"model", "eval", bad, "--json"});
    REQUIRE(malformed.exit_code == 2);
    REQUIRE(has(malformed.err, "bad.json:1:"));
    REQUIRE(json::parse(malformed.out).at("error").at("code").as_string() == "invalid");
    REQUIRE(relaxctl({"model", "eval"}).exit_code == 2);
    REQUIRE(relaxctl({"model", "eval", folder.file("none.json")}).exit_code == 1);
}

TEST_CASE("model list names the functions, as JSON and as a table") {
    const Outcome listed = relaxctl({"model", "list", "--json"});
    REQUIRE(listed.exit_code == 0);
    REQUIRE(json::parse(listed.out).as_array() == ctl::eval::list_functions());
    REQUIRE(has(relaxctl({"model", "list"}).out, "three_process_compliance"));
}

TEST_CASE("the params of a material can be passed on as they are shown") {
    const Outcome shown = relaxctl({"material", "show", "la60ni15al25", "--json"});
    REQUIRE(shown.exit_code == 0);
    const json::object material = json::parse(shown.out).as_object();
    const std::string at = R"(,"temperature_K":430,"time_s":330})";
    REQUIRE(
        value_of(
            "compliance", R"({"params":)" + json::serialize(material.at("params")) + at, "J_per_Pa"
        ) == value_of("compliance", R"({"params":)" + table_1() + at, "J_per_Pa")
    );
}

}  // namespace relaxd::test
