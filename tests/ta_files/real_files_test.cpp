// SPDX-License-Identifier: MIT
//
// Real instrument files, where they are at hand: pairs of native file and export agree.
#include "drivers/ta_files/import.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>

namespace {

using relaxd::record::Channel;
using relaxd::table::Table;

std::optional<Table> real_file(const std::string& name) {
    const std::string path = std::string(RELAXD_SOURCE_DIR) + "/../shared/data/" + name;
    if (!std::filesystem::exists(path)) {
        WARN("skipped: ../shared/data/" << name << " is not here");
        return std::nullopt;
    }
    auto table = relaxd::ta_files::read_file(path);
    if (!table) {
        FAIL(table.error().sentence());
    }
    for (const auto& [key, value] : table->keys) {
        CHECK(key.find("perator") == std::string::npos);
        CHECK(value.find('\\') == std::string::npos);
    }
    return std::move(*table);
}

}  // namespace

TEST_CASE("the native file equals its text export within the export's digits") {
    const auto native = real_file("vincent-uden__dsc-q20/data/Data.079");
    const auto text = real_file("vincent-uden__dsc-q20/data/In.tsv");
    if (!native || !text) {
        return;
    }
    REQUIRE(native->rows.size() == 2004);
    REQUIRE(text->rows.size() == 2004);
    double worst_min = 0.0;
    double worst_K = 0.0;
    double worst_mW = 0.0;
    for (std::size_t i = 0; i < native->rows.size(); ++i) {
        const auto& a = native->rows[i];
        const auto& b = text->rows[i];
        const auto temperature = Channel::temperature_K;
        worst_min = std::max(worst_min, std::abs(a.time_s - b.time_s) / 60.0);
        worst_K = std::max(worst_K, std::abs(a.values[temperature] - b.values[temperature]));
        worst_mW =
            std::max(worst_mW, std::abs(a.extra.at("heat_flow_mW") - b.extra.at("heat_flow_mW")));
    }
    // Less than one unit of the export's last digit (it cuts rather than rounds): 7.7e-5 K seen.
    CHECK(worst_min < 1e-6);
    CHECK(worst_K < 1e-4);
    CHECK(worst_mW < 2e-6);
    CHECK(worst_K > 0.0);
    CHECK(native->warnings.empty());
    REQUIRE(native->steps.size() == 3);
    CHECK(native->steps[2].text == "Ramp 10.00 °C/min to 180.00 °C");
    CHECK(native->steps[2].ended_utc.ns - native->steps[2].started_utc.ns == 210'000'000'000);
    CHECK(native->rows.front().segment == 3);
    CHECK(native->keys.at("Sample") == "Indium");
    CHECK(native->keys.at("File") == "Data.079");
}

TEST_CASE("the executed log of a method with five segments places its rows") {
    const auto table = real_file("vincent-uden__dsc-q20/data/Data.104");
    if (!table) {
        return;
    }
    CHECK(table->rows.size() == 9647);
    REQUIRE(table->steps.size() == 5);
    CHECK(table->steps[2].text == "Isothermal for 1.00 min");
    // Rows of the isothermal lie at -17 °C, rows of the last ramp between -5 and 7 °C.
    for (const auto& row : table->rows) {
        const double temperature_C = row.values[Channel::temperature_K] - 273.15;
        if (row.segment == 3) {
            CHECK(std::abs(temperature_C + 17.0) < 0.3);
        }
        if (row.segment == 5) {
            CHECK(temperature_C > -6.5);  // The sample lags 1 K behind the program.
        }
    }
    CHECK(table->rows.front().segment == 3);
    CHECK(table->rows.back().segment == 5);
}

TEST_CASE("a run that was stopped in its first segment has no records and says so") {
    const auto table = real_file("vincent-uden__dsc-q20/data/Data.074");
    if (!table) {
        return;
    }
    CHECK(table->rows.empty());
    REQUIRE(table->steps.size() == 1);
    CHECK(table->warnings.size() == 1);
}

TEST_CASE("a real LIMS export gives twenty isothermal sweeps for a dynamic fit") {
    const auto table =
        real_file("3mcloud__hermes-rheo/tests/fileio/test_data/test_frequency_sweep_tts_ARES.txt");
    if (!table) {
        return;
    }
    CHECK(table->format == "trios-lims");
    REQUIRE(table->steps.size() == 20);
    REQUIRE(table->rows.size() == 340);
    CHECK(table->steps[0].text == "Frequency sweep (150.0 °C)");
    CHECK(table->steps[19].segment == 20);
    const auto& row = table->rows.front();
    CHECK(row.values[Channel::shear_storage_modulus_Pa] == 10044.287109375);
    CHECK(row.values[Channel::shear_loss_modulus_Pa] == 3285.56372070313);
    CHECK(row.values[Channel::temperature_K] == 149.977996826172 + 273.15);
    CHECK(row.values[Channel::shear_stress_Pa] == 105.791427612305);
    CHECK(row.time_s == 552.170349121094);
    for (const auto& one : table->rows) {
        // Consistency of the file itself: tan delta = G''/G'.
        CHECK(
            one.values[Channel::shear_loss_modulus_Pa] /
                one.values[Channel::shear_storage_modulus_Pa] ==
            Approx(one.values[Channel::tan_delta]).epsilon(1e-4)
        );
    }
    CHECK(relaxd::table::dynamic_points(table->rows).size() == 340);
}

TEST_CASE("a real plain TRIOS export of a creep is read from its load") {
    const auto table = real_file(
        "3mcloud__hermes-rheo/tutorial_notebooks/tutorial_data/tutorial_1/creep_experiment.txt"
    );
    if (!table) {
        return;
    }
    CHECK(table->steps[0].text == "Creep - 1");
    CHECK(table->rows.size() > 400);
    CHECK(std::abs(table->rows.front().time_s) < 1e-6);
    CHECK(table->rows.back().values.has(Channel::compliance_per_Pa));
}
