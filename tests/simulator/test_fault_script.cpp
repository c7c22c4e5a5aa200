// SPDX-License-Identifier: MIT
// Fault scripts as text and as values.
#include "drivers/simulator/fault_kinds.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numbers>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace relaxd::simulator {
namespace {

FaultScript script_of(const std::string& toml) {
    auto script = parse_faults(toml, "s.toml");
    INFO((script ? std::string() : script.error().sentence()));
    REQUIRE(script.has_value());
    return *script;
}

std::string refusal(const std::string& toml) {
    const auto script = parse_faults(toml, "s.toml");
    return script ? "accepted" : script.error().sentence();
}

TEST_CASE("a script's times, quantities and words arrive in SI", "[faults]") {
    const FaultScript script = script_of(R"(
seed = 7
title = "a night"
[[fault]]
kind = "late"
at = "35 min"
every = "1.5 h"
delay = "400 ms"
lines = "replies"
[[fault]]
kind = "garbled"
probability = 1e-4
bits = 2
direction = "both"
[[fault]]
kind = "thermocouple_opens"
at_reading = 120
shows = "1000 degC"
reacts_after = "5 s"
[[fault]]
kind = "drift"
at = "0 s"
column = "temperature_K"
rate = "6 K/h"
[[fault]]
kind = "phase_jump"
at = "2 h"
phase = "-90 deg"
duration = "10min"
[[fault]]
kind = "clamp_slips"
at = "1e2 s"
displacement = "-20 µm"
stiffness_loss = "25 %"
[[fault]]
kind = "endless_line"
at = "1 s"
size = "64 kB"
)");
    CHECK(script.seed == 7U);
    REQUIRE(script.faults.size() == 7);
    const auto& f = script.faults;
    CHECK(f[0].at_s == 2100.0);
    CHECK(f[0].every_s == 5400.0);
    CHECK(f[0].delay_s == 0.4);
    CHECK(f[0].lines == FaultLines::replies);
    CHECK(f[0].line == 4);
    CHECK(f[1].probability == 1e-4);
    CHECK(f[1].bits == 2);
    CHECK(f[1].direction == FaultDirection::both);
    CHECK(f[2].at_reading == 120U);
    CHECK(f[2].value == 1273.15);
    CHECK(f[2].delay_s == 5.0);
    CHECK(*f[3].value == Approx(6.0 / 3600.0));
    CHECK(*f[4].value == Approx(-0.5 * std::numbers::pi));
    CHECK(f[4].duration_s == 600.0);
    CHECK(f[5].step_m == Approx(-20e-6));
    CHECK(f[5].value == 0.25);
    CHECK(f[6].size_bytes == 64000);
    CHECK(script.bytes().faults.size() == 3);
    CHECK(script.physics().faults.size() == 4);
}

TEST_CASE("every kind can be written with no more than a kind and a time", "[faults]") {
    for (const std::string_view word : fault_words()) {
        const FaultScript script =
            script_of("[[fault]]\nkind = \"" + std::string(word) + "\"\nat_reading = 3\n");
        REQUIRE(script.faults.size() == 1);
        CHECK(to_word(script.faults[0].kind) == word);
        CHECK(check_faults(script).has_value());
    }
}

TEST_CASE("a wrong script is one sentence with line and the nearest known word", "[faults]") {
    struct Case {
        std::string toml;
        std::vector<std::string> says;
    };
    const std::string head = "[[fault]]\nkind = \"";
    const std::vector<Case> cases{
        {"[[fault]\nkind", {"s.toml:1", "not TOML"}},
        {"", {"s.toml:1", "no fault"}},
        {"seed = 1\n[[faults]]\nkind = \"late\"", {"s.toml:2", "'faults'", "'fault'"}},
        {"seed = -1\n[[fault]]\nkind = \"late\"\nat = \"1 s\"", {"s.toml:1", "seed"}},
        {"fault = 3", {"s.toml:1", "[[fault]]"}},
        {"fault = [3]", {"s.toml:1", "[[fault]]"}},
        {"\n[[fault]]\nat = \"1 s\"", {"s.toml:2", "no kind"}},
        {"[[fault]]\nkind = 3", {"s.toml:2", "text"}},
        {head + "garbeld\"\nat = \"1 s\"",
         {"s.toml:2", "garbeld", "nearest known kind is 'garbled'"}},
        {head + "late\"", {"s.toml:1", "late", "never happens"}},
        {head + "late\"\nat = 35", {"s.toml:3", "'at'", "ms, s, min, h"}},
        {head + "late\"\nat = \"35\"", {"s.toml:3", "'at'", "ms, s, min, h"}},
        {head + "late\"\nat = \"35 mins\"", {"s.toml:3", "'at'"}},
        {head + "late\"\nat = \"nan s\"", {"s.toml:3", "'at'"}},
        {head + "late\"\nat = \"-1 s\"", {"s.toml:3", "at is -1 s"}},
        {head + "late\"\nat = \"1e400 s\"", {"s.toml:3", "'at'"}},
        {head + "late\"\nat = \"1 s\"\nprobability = 0.1", {"s.toml:4", "two times"}},
        {head + "late\"\nat_reading = 0", {"s.toml:3", "at_reading is 0"}},
        {head + "late\"\nat_reading = \"3\"", {"s.toml:3", "whole number"}},
        {head + "late\"\nat_reading = 3\nevery = \"1 h\"", {"s.toml:4", "every"}},
        {head + "late\"\nprobability = 0", {"s.toml:3", "above 0"}},
        {head + "late\"\nprobability = 1.5", {"s.toml:3", "at most 1"}},
        {head + "late\"\nprobability = nan", {"s.toml:3", "at most 1"}},
        {head + "late\"\nprobability = \"often\"", {"s.toml:3", "number"}},
        {head + "late\"\nat = \"1 s\"\ndelay = \"2 h\"", {"s.toml:4", "delay is 7200 s", "3600"}},
        {head + "late\"\nat = \"1 s\"\nbits = 3", {"s.toml:4", "unknown key 'bits'", "fault 'late'"}
        },
        {head + "split\"\nat = \"1 s\"\npieces = 1", {"s.toml:4", "pieces is 1", "2 to 100"}},
        {head + "split\"\nat = \"1 s\"\ncount = 0", {"s.toml:4", "count is 0"}},
        {head + "garbled\"\nat = \"1 s\"\ndirection = \"to_hots\"", {"s.toml:4", "'to_host'"}},
        {head + "garbled\"\nat = \"1 s\"\nlines = \"reply\"", {"s.toml:4", "'replies'"}},
        {head + "endless_line\"\nat = \"1 s\"\nsize = \"1 GB\"", {"s.toml:4", "MB"}},
        {head + "endless_line\"\nat = \"1 s\"\nsize = \"100 MB\"", {"s.toml:4", "16000000"}},
        {head + "silence\"\nat = \"1 s\"\nduration = \"0 s\"", {"s.toml:4", "duration is 0 s"}},
        {head + "wrong_device\"\nat = \"1 s\"\nserial = \"a b\"", {"s.toml:4", "serial"}},
        {head + "furnace_runs_away\"\nat = \"1 s\"\ncut_out = \"20 K\"",
         {"s.toml:4", "300 to 2000 K"}},
        {head + "clamp_slips\"\nat = \"1 s\"\nstiffness_loss = \"100 %\"", {"s.toml:4", "0.99"}},
        {head + "clamp_slips\"\nat = \"1 s\"\ndisplacement = \"1 m\"", {"s.toml:4", "um"}},
        {head + "stuck_value\"\nat = \"1 s\"\ncolumn = \"temperature\"",
         {"s.toml:4", "temperature_K"}},
        {head + "stuck_value\"\nat = \"1 s\"\ncount = 3\nduration = \"1 s\"", {"s.toml:4", "both"}},
        {head + "not_a_number\"\nat = \"1 s\"\nword = \"zero\"", {"s.toml:4", "nan"}},
        {head + "drift\"\nat = \"1 s\"\nrate = \"1 K/h\"", {"s.toml:4", "%/h"}},
        {head + "thermocouple_opens\"\nat = \"1 s\"\nreacts = \"no\"", {"s.toml:4", "true or false"}
        },
    };
    for (const Case& one : cases) {
        const std::string said = refusal(one.toml);
        INFO(one.toml << "\n-> " << said);
        for (const std::string& word : one.says) {
            CHECK(said.find(word) != std::string::npos);
        }
        CHECK(said.find('\n') == std::string::npos);
    }
}

TEST_CASE("no text is too strange for the reader", "[faults]") {
    const std::vector<std::string> pieces{
        "[[fault]]\n", "kind = ",
        "\"late\"\n",  "at = ",
        "\"1 s\"\n",   "delay = ",
        "\"\"\n",      "[",
        "]",           "{}",
        "1e999\n",     "-1\n",
        "\"\n",        "probability = ",
        "fault = ",    "seed = ",
        "\xff",        "\n",
        "column = ",   "\"drift\"\n",
        "rate = ",     "true\n",
        "shows = ",    "1979-05-27\n",
        "[1, 2]\n",
    };
    CHECK(rc::check("any mixture of a script's pieces is accepted or refused with a sentence", [&] {
        const auto picks = *rc::gen::container<std::vector<std::size_t>>(
            rc::gen::inRange<std::size_t>(0, pieces.size())
        );
        std::string toml;
        for (const std::size_t pick : picks) {
            toml += pieces[pick];
        }
        const auto script = parse_faults(toml, "s.toml");
        const bool sound =
            script ? check_faults(*script).has_value() : !script.error().message.empty();
        RC_ASSERT(sound);
    }));
}

TEST_CASE("a script made in code is checked like one that was read", "[faults]") {
    FaultScript script;
    script.faults.push_back(fault_of(FaultKind::garbled));
    CHECK(check_faults(script).error().sentence().find("never happens") != std::string::npos);
    script.faults[0].probability = 0.5;
    CHECK(check_faults(script).has_value());
    script.faults.push_back(fault_of(FaultKind::drift));
    script.faults[1].at_s = 10.0;
    script.faults[1].value = std::nan("");
    const auto refused = check_faults(script);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().where == "faults[1]");
}

TEST_CASE("random scripts are sound, of the seed alone, and of every kind", "[faults]") {
    std::set<FaultKind> seen;
    std::size_t with_physics = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        const FaultScript script = random_faults(seed, 1800.0);
        INFO("seed " << seed);
        REQUIRE(check_faults(script).has_value());
        REQUIRE_FALSE(script.empty());
        const FaultScript again = random_faults(seed, 1800.0);
        REQUIRE(again.faults.size() == script.faults.size());
        for (std::size_t i = 0; i < script.faults.size(); ++i) {
            const Fault& fault = script.faults[i];
            seen.insert(fault.kind);
            CHECK(again.faults[i].kind == fault.kind);
            CHECK(again.faults[i].at_s == fault.at_s);
            CHECK(again.faults[i].probability == fault.probability);
            CHECK((!fault.at_s || *fault.at_s <= 1800.0));
        }
        with_physics += script.physics().empty() ? 0 : 1;
    }
    CHECK(seen.size() == fault_words().size() - 1);  // a wrong device is no accident of a night
    CHECK(with_physics > 80);
    CHECK(with_physics < 220);
}

/// The TOML of a page as scripts; each must be one.
std::vector<FaultScript> scripts_of_page(const std::string& name) {
    std::ifstream file(std::string(RELAXD_SOURCE_DIR) + "/docs/" + name);
    const std::string page(
        (std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>()
    );
    std::vector<FaultScript> scripts;
    const std::string fence = "```toml\n";
    for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at + 1)) {
        const auto begin = at + fence.size();
        scripts.push_back(script_of(page.substr(begin, page.find("```", begin) - begin)));
    }
    return scripts;
}

TEST_CASE(
    "every script of the pages can be used as it stands, and every kind has one", "[faults]"
) {
    std::set<FaultKind> shown;
    for (const FaultScript& script : scripts_of_page("fault-scripts.md")) {
        for (const Fault& fault : script.faults) {
            shown.insert(fault.kind);
        }
    }
    CHECK(shown.size() == fault_words().size());
    REQUIRE(scripts_of_page("simulation.md").size() == 1);
    CHECK(scripts_of_page("simulation.md").front().faults.size() == 6);
}

}  // namespace
}  // namespace relaxd::simulator
