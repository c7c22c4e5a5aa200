// SPDX-License-Identifier: MIT
//
// Files of TA's instruments: every record arrives in SI, what is cut is said, no person is kept.
#include "drivers/ta_files/import.hpp"
#include "drivers/ta_files/q_series.hpp"
#include "drivers/ta_files/signals.hpp"
#include "drivers/ta_files/text.hpp"
#include "drivers/ta_files/trios.hpp"
#include "drivers/ta_files/ua_text.hpp"
#include "tests/support/catch.hpp"
#include "tests/ta_files/writers.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace relaxd::test {

namespace {

using relaxd::record::Channel;
using relaxd::table::Table;
namespace ta = relaxd::ta_files;

Table table_of(relaxd::Result<Table> result) {
    if (!result) {
        FAIL(result.error().sentence());
    }
    return std::move(*result);
}

void check_no_people(const Table& table) {
    for (const auto& [key, value] : table.keys) {
        INFO(key << " = " << value);
        CHECK(value.find("Ada") == std::string::npos);
        CHECK(value.find('\\') == std::string::npos);
    }
}

bool any_contains(const std::vector<std::string>& texts, const std::string& part) {
    for (const std::string& text : texts) {
        if (text.find(part) != std::string::npos) {
            return true;
        }
    }
    return false;
}

}  // namespace

TEST_CASE("a native Q800 file arrives in SI columns of the house") {
    const Table table = table_of(ta::read_q_series(q800_run().native(), "Data.001"));
    CHECK(table.format == "ta-q-series");
    CHECK(table.warnings.empty());
    REQUIRE(table.rows.size() == 5);
    const auto& row = table.rows[1];
    CHECK(row.number == 2);
    CHECK(row.time_s == 30.0);
    CHECK(row.values[Channel::temperature_K] == 41.0 + 273.15);
    CHECK(row.values[Channel::storage_modulus_Pa] == 33000.0 * 1e6);
    CHECK(row.values[Channel::loss_modulus_Pa] == 165.0 * 1e6);
    CHECK(row.values[Channel::stress_Pa] == 12.5e6);
    CHECK(row.values[Channel::tan_delta] == Approx(0.005).epsilon(1e-7));
    CHECK(row.values[Channel::frequency_Hz] == 4.0);
    CHECK(row.values[Channel::drive_force_N] == 1.25);
    CHECK(row.values[Channel::displacement_m] == Approx(15e-6).epsilon(1e-12));
    CHECK(row.values[Channel::strain] == Approx(0.001).epsilon(1e-7));
    CHECK(row.extra.at("displacement_um") == -3.0);
    CHECK(row.values[Channel::static_force_N] == 0.5);
    CHECK(row.values[Channel::position_m] == 2e-3);
    CHECK(row.values[Channel::length_m] == 17.5e-3);
    CHECK(row.values[Channel::force_N] == 1.5);
    CHECK(row.values[Channel::stiffness_N_per_m] == 80000.0);
    CHECK(row.extra.at("gca_pressure_kPa") == 101.0);
    CHECK(row.raw.size() == 17 * 4);
    CHECK(table.columns.size() == 17);
    CHECK(table.keys.at("Sample") == "La60Ni15Al25");
    CHECK(table.keys.at("File") == "Data.001");
    CHECK(table.keys.at("Xcomment 2") == "two");
    CHECK_FALSE(table.keys.contains("Operator"));
    check_no_people(table);
}

TEST_CASE("the executed segments come from the log, with their end and what was cut short") {
    const Table table = table_of(ta::read_q_series(q800_run().native(), "Data.001"));
    REQUIRE(table.steps.size() == 5);
    CHECK(table.steps[1].text == "Equilibrate at 40.00 °C");
    CHECK(to_text(table.steps[1].started_utc) == "2024-03-01T08:00:00.000000Z");
    CHECK(to_text(table.steps[1].ended_utc) == "2024-03-01T08:05:00.000000Z");
    CHECK(table.steps[2].text == "Isothermal for 1.00 min");
    CHECK(table.steps[4].text == "Isothermal for 1.00 min (ended after 0.5 min)");
    std::vector<int> segments;
    for (const auto& row : table.rows) {
        segments.push_back(row.segment);
    }
    // 0 s, 30 s, marker, 90 s, 120 s; the isothermal ends at 60 s, the ramp at 120 s.
    CHECK(segments == std::vector<int>{3, 3, 3, 4, 5});
}

TEST_CASE("marker rows are kept, marked, and never used as data") {
    const Table table = table_of(ta::read_q_series(q800_run().native(), "Data.001"));
    CHECK(table.rows[2].time_s == -120.0);
    CHECK(table.rows[2].flags == "marker");
    CHECK(table.rows[1].flags.empty());
    CHECK(relaxd::table::dynamic_points(table.rows).size() == 4);
}

TEST_CASE("numbers that are none in a record stay unknown") {
    QSeriesFile file = q800_run();
    file.records[0][2] = std::numeric_limits<float>::quiet_NaN();
    file.records[0][16] = std::numeric_limits<float>::infinity();
    const Table table = table_of(ta::read_q_series(file.native(), "x"));
    CHECK_FALSE(table.rows[0].values.has(Channel::storage_modulus_Pa));
    CHECK_FALSE(table.rows[0].extra.contains("gca_pressure_kPa"));
}

TEST_CASE("a native file cut at any byte is an error or says how many records were read") {
    const std::string whole = q800_run().native();
    std::size_t tables = 0;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto table = ta::read_q_series(whole.substr(0, length), "cut");
        const auto any = ta::read_bytes(whole.substr(0, length), "cut");
        CHECK(any.has_value() == table.has_value());
        if (table) {
            ++tables;
            const std::string count = std::to_string(table->rows.size()) + " ";
            const bool says = any_contains(table->warnings, count + "whole records were read") ||
                              any_contains(table->warnings, count + "records");
            if (!says) {
                FAIL("no warning at length " << length);
            }
        } else if (table.error().message.empty()) {
            FAIL("no message at length " << length);
        }
    }
    CHECK(tables > 5 * 17 * 4);
}

TEST_CASE("damaged headers are explained, whatever byte is wrong") {
    QSeriesFile file = q800_run();
    std::string wrong_count = file.native();
    const std::size_t body = wrong_count.find(std::string("\x0C\0", 2)) + 2;
    wrong_count[body] = 5;
    const auto refused = ta::read_q_series(wrong_count, "Data.001");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "the header names 17 signals, the records have 5");
    const std::string whole = file.native();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
        const auto table = ta::read_bytes(damaged, "damaged");
        if (!table && table.error().message.empty()) {
            FAIL("no message for byte " << i);
        }
    }
}

TEST_CASE("an open file and an aborted run without records are tables with a warning") {
    QSeriesFile file = q800_run();
    file.status = "OPEN";
    CHECK(any_contains(table_of(ta::read_q_series(file.native(), "x")).warnings, "OPEN"));
    file.status = "CLOSED";
    file.records.clear();
    file.log = {{1, 2, -50.0F, 0.0F, 1'709'280'000}, {2, 13, 0.0F, 0.0F, 1'709'280'000}};
    const Table empty = table_of(ta::read_q_series(file.native(), "x"));
    CHECK(empty.rows.empty());
    CHECK(empty.steps.size() == 1);
    CHECK(any_contains(empty.warnings, "0 records"));
}

TEST_CASE("the text export gives the same rows as the native file") {
    QSeriesFile file = q800_run();
    file.signals = {"Time (min)", "Temperature (°C)", "Loss Modulus (MPa)"};
    const std::string text =
        file.text({".001333326\t-.01403164\t4.99994E-4", "-2\t20\t1", "1\t20.5\t2"});
    for (const std::string& bytes : {"\xFF\xFE" + utf16(text), text, "\xEF\xBB\xBF" + text}) {
        const Table table = table_of(ta::read_bytes(bytes, "In.tsv"));
        CHECK(table.format == "ta-text");
        REQUIRE(table.rows.size() == 3);
        CHECK(table.rows[0].time_s == Approx(0.001333326 * 60.0).epsilon(1e-14));
        CHECK(table.rows[0].values[Channel::temperature_K] == 273.15 - 0.01403164);
        CHECK(table.rows[0].values[Channel::loss_modulus_Pa] == Approx(499.994).epsilon(1e-14));
        CHECK(table.rows[1].flags == "marker");
        CHECK(table.steps.size() == 1);
        CHECK(table.keys.at("OrgMethod 3") == "Isothermal for 1.00 min");
        CHECK(table.warnings.empty());
        check_no_people(table);
    }
}

TEST_CASE("a text export cut at any byte never gives a shortened number") {
    QSeriesFile file = q800_run();
    file.signals = {"Time (min)", "Temperature (°C)"};
    const std::string text = file.text({"1.25\t144.9495", "2.5\t145.125"});
    for (const std::string& whole : {text, "\xFF\xFE" + utf16(text)}) {
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const auto table = ta::read_ua_text(whole.substr(0, length), "cut");
            if (!table) {
                continue;
            }
            // Behind a whole line nothing can tell that rows are missing; inside one it is said.
            const std::string cut = whole.substr(0, length);
            const bool behind_a_line = cut.ends_with('\n') || cut.ends_with(std::string("\n\0", 2));
            CHECK((behind_a_line || !table->warnings.empty()));
            for (const auto& row : table->rows) {
                CHECK(row.time_s == (row.number == 1 ? 75.0 : 150.0));
                CHECK(
                    row.values[Channel::temperature_K] ==
                    (row.number == 1 ? 144.9495 : 145.125) + 273.15
                );
            }
        }
    }
    const auto damaged = ta::read_ua_text(file.text({"1\t2", "1\t2,5", "1\t3"}), "In.tsv");
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().sentence().find("'2,5' is not a number") != std::string::npos);
    CHECK(damaged.error().where.find("In.tsv:") == 0);
    const auto short_row = ta::read_ua_text(file.text({"1\t2", "1", "1\t3"}), "In.tsv");
    REQUIRE_FALSE(short_row);
    CHECK(short_row.error().code == relaxd::Errc::corrupt);
}

TEST_CASE("LIMS steps become segments with shear moduli that a dynamic fit can use") {
    const Table table = table_of(ta::read_bytes(lims_export(3, 4), "sweep.txt"));
    CHECK(table.format == "trios-lims");
    REQUIRE(table.steps.size() == 3);
    CHECK(table.steps[1].text == "Frequency sweep (140.0 °C)");
    REQUIRE(table.rows.size() == 12);
    const auto& row = table.rows[5];
    CHECK(row.segment == 2);
    CHECK(row.time_s == 101.5);
    CHECK(row.extra.at("step_time_s") == 1.0);
    CHECK(row.values[Channel::temperature_K] == 140.0 + 273.15);
    CHECK(row.values[Channel::shear_storage_modulus_Pa] == 1e9);
    CHECK(row.values[Channel::shear_loss_modulus_Pa] == 250.0);
    CHECK(row.values[Channel::shear_strain] == 0.005);
    CHECK(row.extra.at("strain_percent") == 7.0);
    CHECK(row.values[Channel::torque_N_m] == Approx(9.80665e-4).epsilon(1e-14));
    CHECK(row.values[Channel::omega_rad_s] == 6.28);
    CHECK(row.extra.at("g_star_per_sin_delta_kPa") == 1.0);
    REQUIRE(table.warnings.size() == 1);
    CHECK(table.warnings[0] == "columns that hold text are left out: Status bits");
    CHECK(table.keys.at("modulus") == "shear");
    CHECK(table.keys.at("Header/File path") == "sweep.tri");
    check_no_people(table);
    const auto points = relaxd::table::dynamic_points(table.rows);
    REQUIRE(points.size() == 12);
    CHECK(points[5].segment == 2);
    CHECK(points[5].frequency_Hz == 2.0);
}

TEST_CASE("a DMA's LIMS export gives tensile moduli") {
    std::string text = lims_export(1, 2);
    text.replace(text.find("AresG2"), 6, "DMA850");
    const Table table = table_of(ta::read_trios_lims(text, "x"));
    CHECK(table.rows[0].values[Channel::storage_modulus_Pa] == 1e9);
    CHECK(table.keys.at("modulus") == "tensile");
}

TEST_CASE("a LIMS export cut at any byte is an error or a table with a warning") {
    const std::string whole = lims_export(2, 2);
    const Table all = table_of(ta::read_trios_lims(whole, "x"));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto table = ta::read_bytes(whole.substr(0, length), "cut");
        if (!table) {
            continue;
        }
        if (!any_contains(table->warnings, "rows were read") &&
            !any_contains(table->warnings, "announces") &&
            table->rows.size() + 2 != all.rows.size()) {
            FAIL("no warning at length " << length);
        }
        for (std::size_t i = 0; i < table->rows.size(); ++i) {
            CHECK(table->rows[i].values[Channel::shear_storage_modulus_Pa] == 1e9);
            CHECK(
                table->rows[i].extra.at("g_star_per_sin_delta_kPa") ==
                all.rows[i].extra.at("g_star_per_sin_delta_kPa")
            );
        }
    }
}

TEST_CASE("the plain TRIOS text is read, creep from its load, derived blocks left out") {
    const std::string text =
        "Filename\tcreep.tri\nOperator\tAda\nProcedure name\tp\n\tCreep\n[File Parameters]\n"
        "Instrument type\tDHR\n\n[step]\nCreep - 1\nRun time\tStep "
        "time\tTemperature\tStress\tStrain\t"
        "Compliance\tDate\nmin\tmin\t°C\tMPa\t%\t1/MPa\t\n2.5\t0.5\t45\t0.0005\t0\t\t1/2/2024\n"
        "3\t1\t45\t0.0005\t0.1\t2\t1/2/2024\n\n[step]\nTTS - shift factors\na\tb\n\t\n1\t2\n\n";
    const Table table = table_of(ta::read_bytes(text, "creep.txt"));
    CHECK(table.format == "trios-text");
    REQUIRE(table.rows.size() == 2);
    CHECK(table.steps.size() == 1);
    CHECK(table.rows[0].time_s == Approx(30.0).epsilon(1e-14));
    CHECK(table.rows[1].time_s == Approx(60.0).epsilon(1e-14));
    CHECK(table.rows[1].values[Channel::compliance_per_Pa] == Approx(2e-6).epsilon(1e-14));
    CHECK(table.rows[1].values[Channel::shear_strain] == Approx(0.001).epsilon(1e-14));
    CHECK_FALSE(table.rows[0].values.has(Channel::compliance_per_Pa));
    CHECK(any_contains(table.warnings, "TTS - shift factors"));
    check_no_people(table);
}

TEST_CASE("unknown signals keep their unit in a clean name and never clash") {
    using ta::Signal;
    const std::vector<Signal> signals{
        ta::signal_from("Heat Flow (mW)"),
        ta::signal_from("Delta T (µV)"),
        ta::signal_from("Sample Purge Flow (mL/min)"),
        ta::signal_from("Heat Flow (mW)"),
        ta::signal_from("Tan(delta)"),
        Signal{"1/temperature", "1/K"},
        Signal{"Storage modulus", "psi"},
        Signal{"segment", ""},
        Signal{"", ""},
    };
    std::vector<std::string> names;
    for (const ta::Target& target : ta::targets_of(signals, ta::Loading::tensile)) {
        names.push_back(target.column);
    }
    CHECK(
        names ==
        std::vector<std::string>{
            "heat_flow_mW",
            "delta_t_uV",
            "sample_purge_flow_mL_per_min",
            "heat_flow_mW_2",
            "tan_delta",
            "per_temperature_per_K",
            "storage_modulus_psi",
            "segment_2",
            "signal",
        }
    );
}

TEST_CASE("Latin-1 is told from UTF-8 by its only character, wherever that stands") {
    CHECK(
        ta::to_utf8("Temperature (\xB0"
                    "C)\n") == "Temperature (°C)\n"
    );
    CHECK(
        ta::to_utf8("at 25 \xB0"
                    "C\n") == "at 25 °C\n"
    );
    CHECK(ta::to_utf8("at 25 °C\n") == "at 25 °C\n");
    CHECK(ta::to_utf8("at 25 \xC2") == "at 25 \xC2");  // a cut character does not turn the rest
}

TEST_CASE("files that are something else are recognised or refused with advice") {
    const auto csv = ta::read_bytes("time_s,temperature_K\n0,300\n", "a.csv");
    REQUIRE(csv);
    CHECK(csv->format == "csv");
    const auto sheet = ta::read_bytes("\xD0\xCF\x11\xE0\xA1\xB1", "a.xls");
    REQUIRE_FALSE(sheet);
    CHECK(sheet.error().hint.find("LIMS") != std::string::npos);
    CHECK_FALSE(ta::read_bytes("", "empty"));
    CHECK_FALSE(ta::read_bytes("\xFF\xFE", "mark"));
    CHECK_FALSE(ta::read_bytes("[Version]\n", "cut"));
    CHECK(ta::read_file("/nowhere/at.all").error().code == relaxd::Errc::not_found);
    CHECK(ta::read_file("/tmp").error().code == relaxd::Errc::io);
}

}  // namespace relaxd::test
