// SPDX-License-Identifier: MIT
// Bench files: what is said, what is refused with its line, and that the page tells all of it.
#include "drivers/simulator/bench_file.hpp"
#include "schema/base/number.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <fstream>
#include <iterator>
#include <string>

namespace relaxd::simulator {
namespace {

std::string sentence_of(const std::string& text) {
    const auto file = parse_bench(text, "b.toml");
    REQUIRE_FALSE(file);
    return file.error().sentence();
}

std::string page() {
    std::ifstream file(std::string(RELAXD_SOURCE_DIR) + "/docs/simulated-bench.md");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("an empty bench file is the plain bench", "[simulator][bench_file]") {
    auto file = parse_bench("", "b.toml");
    REQUIRE(file);
    Bench plain;
    const auto keys = bench_keys(file->bench);
    const auto defaults = bench_keys(plain);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        INFO(keys[i].section << "." << keys[i].key);
        if (keys[i].number != nullptr) {
            CHECK(*keys[i].number == *defaults[i].number);
        } else {
            CHECK(*keys[i].flag == *defaults[i].flag);
        }
    }
    CHECK(file->bench.ideal_analyser());
    CHECK_FALSE(file->bench.furnace.heater);
    CHECK(load_bench("plain")->bench.ideal_analyser());
    CHECK(file->noise.storage_relative == 0.003);
}

TEST_CASE("every key is read, and refused just beyond its bounds", "[simulator][bench_file]") {
    Bench names;
    for (const BenchKey& key : bench_keys(names)) {
        const std::string head =
            "\n[" + std::string(key.section) + "]\n" + std::string(key.key) + " = ";
        INFO(head);
        if (key.flag != nullptr) {
            CHECK(parse_bench(head + "true", "b.toml"));
            CHECK(sentence_of(head + "1").find("b.toml:3: ") == 0);
            continue;
        }
        for (const double good : {key.low, key.high}) {
            auto file = parse_bench(head + to_text(good), "b.toml");
            REQUIRE(file);
            for (const BenchKey& read : bench_keys(file->bench)) {
                if (read.section == key.section && read.key == key.key) {
                    CHECK(*read.number == good);
                }
            }
        }
        const double step = 1e-6 * (key.high - key.low);
        for (const double bad : {key.low - step, key.high + step}) {
            const std::string text = sentence_of(head + to_text(bad));
            CHECK(text.find("b.toml:3: " + std::string(key.section) + ".") == 0);
            CHECK(text.find("must be") != std::string::npos);
        }
        for (const char* wrong : {"true", "\"1\"", "[1]", "nan", "inf", "1979-05-27"}) {
            CHECK(sentence_of(head + wrong).find("b.toml:3: ") == 0);
        }
    }
    CHECK(sentence_of("[analyser]\nsamples_per_cycle = 64.5").find("whole") != std::string::npos);
}

TEST_CASE("a mistake is told with its line and the nearest word", "[simulator][bench_file]") {
    CHECK(
        sentence_of("[clamp]\n\nmas_kg = 1")
            .find("b.toml:3: unknown key 'mas_kg' in [clamp] of a bench (the nearest known key is "
                  "'mass_kg'") == 0
    );
    CHECK(sentence_of("\n[clmap]\nmass_kg = 1").find("b.toml:2: unknown key 'clmap'") == 0);
    CHECK(sentence_of("clamp = 3").find("b.toml:1: clamp must be a section") == 0);
    CHECK(sentence_of("[[clamp]]\nmass_kg = 1").find("b.toml:1: clamp must be a section") == 0);
    CHECK(sentence_of("[clamp]\nmass_kg = \n").find("b.toml:2: this is not TOML") == 0);
    CHECK(sentence_of("[noise]\nloss_relative = 0.5").find("b.toml:2: noise.loss_relative") == 0);
    CHECK(sentence_of("[noise]\nloss = 0.5").find("b.toml:2: unknown key 'loss'") == 0);
    CHECK(sentence_of("[specimen]\nageing = 1").find("b.toml:2: specimen.ageing must be") == 0);
    CHECK(sentence_of("[specimen]\nagein = true").find("nearest known key is 'ageing'") > 0);
    CHECK_FALSE(load_bench("realistc"));
    CHECK_FALSE(load_bench("no/such/bench.toml"));
    CHECK_FALSE(load_bench("/"));
}

TEST_CASE("the specimen's rules are told with the file's line", "[simulator][bench_file]") {
    const auto file = parse_bench("[specimen]\nageing = true\nageing_strength = 1.5", "b.toml");
    REQUIRE(file);
    const auto glass = file->specimen_of(test::table1());
    REQUIRE_FALSE(glass);
    CHECK(glass.error().sentence().find("b.toml:3: ageing_strength must be") == 0);
    const auto good = parse_bench("[specimen]\nageing = true\nageing_strength = 0.1", "b.toml");
    REQUIRE(good);
    REQUIRE(good->specimen_of(test::table1()));
    CHECK(good->specimen_of(test::table1())->ageing);
    CHECK(good->specimen_of(test::table1())->ageing_strength == 0.1);
}

TEST_CASE("no text crashes the reader", "[simulator][bench_file][property]") {
    CHECK(rc::check("texts", [] {
        std::string text(realistic_bench());
        const int cuts = *rc::gen::inRange(1, 6);
        for (int k = 0; k < cuts; ++k) {
            const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
            const auto length = *rc::gen::inRange<std::size_t>(0, 20);
            text.replace(at, length, *rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
        }
        const auto file = parse_bench(text, "b.toml");
        const bool told = file || file.error().sentence().rfind("b.toml:", 0) == 0;
        RC_ASSERT(told);
    }));
}

TEST_CASE("what is not calibrated is known exactly", "[simulator][bench_file]") {
    const auto file = parse_bench(
        "[calibration]\nmass_kg = 0.2\n[clamp]\nmass_kg = 0.1\ncompliance_m_per_N = 1e-6", "b.toml"
    );
    REQUIRE(file);
    CHECK(file->bench.machine.mass_kg == 0.1);
    CHECK(file->bench.calibration.mass_kg == 0.2);
    CHECK(file->bench.calibration.compliance_m_per_N == 1e-6);
}

TEST_CASE("the realistic bench is no plain one", "[simulator][bench_file]") {
    const auto file = load_bench("realistic");
    REQUIRE(file);
    CHECK_FALSE(file->bench.ideal_analyser());
    CHECK(file->bench.furnace.heater);
    CHECK(file->bench.machine.mass_kg != file->bench.calibration.mass_kg);
    CHECK(file->specimen_of(test::table1()));
}

TEST_CASE("the page names every key and shows the realistic bench", "[simulator][bench_file]") {
    const std::string text = page();
    REQUIRE_FALSE(text.empty());
    const auto named = [&text](std::string_view key) {
        INFO(key);
        CHECK(text.find("`" + std::string(key) + "`") != std::string::npos);
    };
    Bench names;
    for (const BenchKey& key : bench_keys(names)) {
        named("[" + std::string(key.section) + "]");
        named(key.key);
    }
    for (const auto& [key, member] : noise_numbers) {
        named(key);
    }
    for (const auto& [key, member] : glass_switches) {
        named(key);
    }
    for (const auto& [key, member] : glass_numbers) {
        named(key);
    }
    CHECK(text.find("```toml\n" + std::string(realistic_bench()) + "```") != std::string::npos);
}

}  // namespace relaxd::simulator
