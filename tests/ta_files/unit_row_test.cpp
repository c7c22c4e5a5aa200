// SPDX-License-Identifier: MIT
//
// Columns with a row of units, as other programs write them: comma, tab, semicolon, fixed width.
#include "drivers/ta_files/import.hpp"
#include "tests/support/catch.hpp"

#include <filesystem>
#include <string>

namespace relaxd::ta_files {

namespace {

using record::Channel;

std::string shared(const std::string& name) {
    return (std::filesystem::path(RELAXD_SOURCE_DIR) / "../shared/data" / name).string();
}

const std::string sweeps =
    "\xEF\xBB\xBF"
    "f,E_stor,E_loss,T,Set\r\n"
    "Hz, MPa, MPa, C, -\r\n"
    "0.1,8000,93.5,-50,0\r\n"
    "1,8500,118,-49.9,0\r\n"
    "0.1,7000,,-43,1\r\n";

}  // namespace

TEST_CASE("a row of units below the names makes columns in SI") {
    const auto table = read_bytes(sweeps, "sweeps.csv");
    REQUIRE(table);
    CHECK(table->format == "unit-row");
    REQUIRE(table->rows.size() == 3);
    const auto& first = table->rows[0];
    CHECK(first.number == 1);
    CHECK(std::isnan(first.time_s));
    CHECK(first.values[Channel::frequency_Hz] == 0.1);
    CHECK(first.values[Channel::storage_modulus_Pa] == 8e9);
    CHECK(first.values[Channel::loss_modulus_Pa] == 93.5e6);
    CHECK(first.values[Channel::temperature_K] == Approx(223.15));
    CHECK(first.segment == 1);
    CHECK(table->rows[2].segment == 2);
    CHECK_FALSE(table->rows[2].values.has(Channel::loss_modulus_Pa));
    CHECK(table->steps.size() == 2);
    CHECK(table->warnings.empty());
}

TEST_CASE("one letter means what its unit says, in fixed width and Latin-1 too") {
    const std::string text =
        "   Index       Ts        t        f        F        x    Phase       F0       E'       "
        "E\"  tan_delta     D'     Eta'\n"
        "     [#]     [\xB0"
        "C]      [s]     [Hz]      [N]     [\xB5m]    [rad]      [N]    [MPa]    [MPa]       []  "
        "[1/MPa]  [MPas]\n"
        "       0    20.5      0.0     10.0      3.0     2.20     0.016     5.88     2939   54.5   "
        "0.0185   3.4e-4   8.7\n"
        "       1    20.4     75.5      1.0      3.0     2.21     0.017     5.87     2900   54.0   "
        "0.0186   3.4e-4   8.8\n"
        "]1[curve_1\n";
    const auto table = read_bytes(text, "T20.txt");
    REQUIRE(table);
    REQUIRE(table->rows.size() == 2);
    const auto& row = table->rows[1];
    CHECK(row.time_s == 75.5);
    CHECK(row.segment == 1);  // one sweep, downwards
    CHECK(row.values[Channel::temperature_K] == Approx(293.55));
    CHECK(row.values[Channel::frequency_Hz] == 1.0);
    CHECK(row.values[Channel::dynamic_force_N] == 3.0);
    CHECK(row.values[Channel::static_force_N] == 5.87);
    CHECK(row.values[Channel::displacement_m] == Approx(2.21e-6));
    CHECK(row.values[Channel::phase_rad] == 0.017);
    CHECK(row.values[Channel::storage_modulus_Pa] == 2.9e9);
    CHECK(row.values[Channel::loss_modulus_Pa] == 54e6);
    CHECK(row.values[Channel::tan_delta] == 0.0186);
    CHECK_FALSE(row.values.has(Channel::compliance_per_Pa));  // D' is no creep
    CHECK(row.extra.size() == 3);
    CHECK(table->keys.at("trailer") == "]1[curve_1");
}

TEST_CASE("tabs, semicolons and shear are read, a foreign unit is said") {
    const auto shear = read_bytes("T\tf\tG'\tG\"\nK\tHz\tGPa\tGPa\n300\t1\t2\t0.1\n", "shear.txt");
    REQUIRE(shear);
    CHECK(shear->rows.at(0).values[Channel::shear_storage_modulus_Pa] == 2e9);
    CHECK(shear->rows.at(0).values[Channel::shear_loss_modulus_Pa] == 1e8);
    CHECK(shear->rows.at(0).values[Channel::temperature_K] == 300.0);
    const auto relaxation = read_bytes("t; E_relax\ns; MPa\n0.1; 1700\n", "relaxation.csv");
    REQUIRE(relaxation);
    CHECK(relaxation->rows.at(0).values[Channel::relaxation_modulus_Pa] == 1.7e9);
    CHECK(relaxation->rows.at(0).time_s == 0.1);
    const auto psi = read_bytes("f,E_stor\nHz,psi\n1,2\n", "psi.csv");
    REQUIRE(psi);
    CHECK_FALSE(psi->rows.at(0).values.has(Channel::storage_modulus_Pa));
    REQUIRE(psi->warnings.size() == 1);
    CHECK(psi->warnings[0].find("psi") != std::string::npos);
}

TEST_CASE("a sheet of a workbook saved as text has a title above its names") {
    const auto sheet = read_bytes(
        "Axial - 2,,,\nStep time,Temperature,Strain,Stress\ns,\xB0"
        "C,%,Pa\n0.25,30,9.2,31000\n",
        "hold.csv"
    );
    REQUIRE(sheet);
    REQUIRE(sheet->rows.size() == 1);
    CHECK(sheet->rows[0].time_s == 0.25);
    CHECK(sheet->rows[0].values[Channel::strain] == Approx(0.092));
    CHECK(sheet->rows[0].values[Channel::stress_Pa] == 31000.0);
    const auto keyed = read_bytes(
        "# strain: 0.0924\n# T_g_K: 320\nAxial - 2,\nStep time,Stress\ns,Pa\n0.25,31000\n",
        "keyed.csv"
    );
    REQUIRE(keyed);
    CHECK(keyed->keys.at("T_g_K") == "320");
    CHECK(keyed->rows.at(0).values[Channel::strain] == 0.0924);
    CHECK_FALSE(read_bytes("a title\nanother\nT,f\nK,Hz\n300,1\n", "two.csv"));
}

TEST_CASE("what is wrong with a row is said with its line") {
    const auto said = [](const std::string& row) {
        const auto table = read_bytes(sweeps + row, "sweeps.csv");
        REQUIRE_FALSE(table);
        CAPTURE(table.error().message, table.error().where);
        CHECK(table.error().where == "sweeps.csv:6");
        return table.error().message;
    };
    CHECK(said("0.1,7000,1\r\n").find("3 cells, the header 5") != std::string::npos);
    CHECK(said("0.1,70x0,1,-43,1\r\n").find("E_stor") != std::string::npos);
    CHECK(said("0.1,nan,1,-43,1\r\n").find("nan") != std::string::npos);
    CHECK(said("0,1;7000;1;-43;1\r\n").find("cells") != std::string::npos);
    const auto empty = read_bytes("f,E_stor\nHz,MPa\n", "empty.csv");
    REQUIRE(empty);
    CHECK(empty->rows.empty());
    CHECK(empty->warnings.size() == 1);
    // A trailer belongs to the end, and to fixed width.
    const std::string middle = "T f E'\n[K] [Hz] [MPa]\n300 1 2000\n]1[name\n300 2 2000\n";
    REQUIRE_FALSE(read_bytes(middle, "middle.txt"));
    CHECK(read_bytes(middle, "middle.txt").error().where == "middle.txt:4");
}

TEST_CASE("a CSV of the house is not taken for one with units") {
    const auto table = read_bytes("time_s,strain\n0,0.1\n1,0.2\n", "house.csv");
    REQUIRE(table);
    CHECK(table->format == "csv");
    const auto text = read_bytes("time_s,flags\n0,K\n1,Pa\n", "flags.csv");
    REQUIRE(text);
    CHECK(text->format == "csv");
}

TEST_CASE("real files of other programs are read from front to end") {
    const auto sets = read_file(shared("NREL__pyvisco/examples/freq_user_raw.csv"));
    if (!sets) {
        WARN("../shared/data is absent: no real file read");
        return;
    }
    CHECK(sets->rows.size() == 210);
    CHECK(sets->steps.size() == 21);
    CHECK(sets->warnings.empty());
    const auto relaxation = read_file(shared("NREL__pyvisco/examples/time_user_master.csv"));
    REQUIRE(relaxation);
    CHECK(relaxation->rows.size() == 481);
    CHECK(relaxation->rows[0].values[Channel::relaxation_modulus_Pa] == Approx(1714.266e6));
    for (int degrees = 0; degrees <= 105; degrees += 5) {
        const auto one = read_file(shared(
            "MahdiTBT__DMA-analysis-suite/source_code/Data/T" + std::to_string(degrees) + ".txt"
        ));
        CAPTURE(degrees);
        REQUIRE(one);
        CHECK(one->rows.size() >= 60);
        CHECK(one->steps.size() == 1);
        CHECK(one->warnings.empty());
        CHECK(
            one->rows.back().values[Channel::temperature_K] == Approx(273.15 + degrees).margin(4)
        );
    }
}

}  // namespace relaxd::ta_files
