// SPDX-License-Identifier: MIT
//
// What a joint fit makes of how its inputs were measured, and what a stored run says of its errors.
#include "schema/record/geometry_error.hpp"
#include "schema/store/run_store.hpp"
#include "tests/tools/command.hpp"
#include "tests/tools/fit_answer.hpp"
#include "tests/tools/made_data.hpp"

#include <array>
#include <cmath>
#include <sstream>

namespace relaxd::test {

namespace {

/// One relaxation on an elastic background while heated or cooled, a frequency a reading.
std::string heated(double from_K, double to_K, double K_per_min) {
    Noise noise;
    std::ostringstream text;
    text.precision(12);
    text << moduli_header;
    constexpr std::array<double, 3> frequencies_Hz{1.0, 4.0, 16.0};
    std::size_t i = 0;
    double time_s = 0.0;
    for (double T = from_K; (T < to_K) == (from_K < to_K); T += K_per_min * 6.0 / 60.0) {
        const double f = frequencies_Hz[i++ % 3];
        const double x = 2.0 * std::numbers::pi * f * 1e-13 * std::exp(86e3 / (8.314463 * T));
        text << (time_s += 6.0) << "," << T << "," << f << ","
             << 31e9 + 3e9 * x * x / (1.0 + x * x) + 6e7 * noise() << ","
             << 4e7 + 3e9 * x / (1.0 + x * x) + 1e7 * noise() << ",6e7,1e7\n";
    }
    return text.str();
}

}  // namespace

TEST_CASE("runs of another heating rate or direction have a T_g of their own unless tied") {
    const Folder folder;
    const std::string slow = folder.write("slow.csv", heated(330.0, 380.0, 3.0));
    const std::string same = folder.write("same.csv", heated(340.0, 380.0, 3.3));
    const std::string fast = folder.write("fast.csv", heated(330.0, 380.0, 10.0));
    const std::string down = folder.write("down.csv", heated(380.0, 330.0, -3.0));
    const std::string steps = folder.write("steps.csv", ramp("", 330.0, 380.0));
    const auto fitted = [](std::vector<std::string> inputs, std::vector<std::string> more) {
        std::vector<std::string> words{"fit"};
        words.insert(words.end(), inputs.begin(), inputs.end());
        for (const char* word : {"--model", "dynamic", "--t-g", "460", "--json"}) {
            words.emplace_back(word);
        }
        words.insert(words.end(), more.begin(), more.end());
        const Outcome outcome = relaxctl(words);
        INFO(outcome.err << outcome.out);
        REQUIRE(outcome.exit_code == 0);
        return outcome.out;
    };
    const std::string offset = R"("T_g_offset_2_K":{)";
    CHECK_FALSE(has(fitted({slow, same}, {}), offset));
    CHECK_FALSE(has(fitted({slow, steps}, {}), offset));  // isotherms have no rate
    const std::string freed = fitted({slow, fast}, {});
    CHECK(has(freed, offset));
    CHECK(has(freed, "fast.csv was heated at 10 K/min"));
    CHECK(has(freed, "slow.csv heated at 3 K/min"));
    CHECK(has(freed, "--tie T_g"));
    const std::string cooled = fitted({slow, down}, {});
    CHECK(has(cooled, offset));
    CHECK(has(cooled, "cooled at 3 K/min"));
    const std::string tied = fitted({slow, fast}, {"--tie", "T_g"});
    CHECK_FALSE(has(tied, offset));
    CHECK(has(tied, "one T_g is fitted to both, as asked"));
    CHECK(has(fitted({slow, fast}, {"--fix", "T_g_offset_2_K=2"}), "fixed"));
    CHECK(relaxctl({"fit", slow, fast, "--model", "dynamic", "--tie", "chi"}).exit_code == 2);
}

TEST_CASE("a stored run's fit takes the errors of its dimensions and its thermocouple") {
    const Folder folder;
    const std::string csv = folder.write("r.csv", ramp("# T_g_K: 460\n", 330.0, 420.0));
    const std::string file = folder.file("c.sqlite");
    REQUIRE(relaxctl({"import", csv, "--database", file}).exit_code == 0);
    const auto fitted = [&](std::vector<std::string> more) {
        std::vector<std::string> words{
            "fit", "run:1", "--model", "dynamic", "--json", "--database", file
        };
        words.insert(words.end(), more.begin(), more.end());
        const Outcome fit = relaxctl(words);
        INFO(fit.err << fit.out);
        REQUIRE(fit.exit_code == 0);
        return fit.out;
    };
    CHECK(has(fitted({}), R"("systematic_error":null)"));
    const std::string told = fitted({"--scale-error", "0.03", "--temperature-error", "1.5"});
    {
        auto store = store::RunStore::open(file);
        REQUIRE(store);
        record::Event event;
        event.code = record::systematic_errors_code;
        event.detail = record::systematic_errors_text({0.03, 1.5});
        std::vector<record::Row> rows;
        rows.emplace_back(event);
        REQUIRE(store->append(1, rows));
    }
    const auto without_time = [](std::string text) {
        const auto from = text.find(R"("wall_ms")");
        return text.substr(0, from) + text.substr(text.find(',', from));
    };
    CHECK(without_time(fitted({})) == without_time(told));
    CHECK(without_time(fitted({"--scale-error", "0.01"})) != without_time(told));
}

}  // namespace relaxd::test
