// SPDX-License-Identifier: MIT
//
// CSV in and out: nothing is guessed, nothing is lost, every complaint has a line and a column.
#include "schema/table/table.hpp"

#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <numbers>
#include <set>
#include <string>

namespace relaxd::table {

namespace {

using relaxd::record::Channel;
using relaxd::record::Reading;

Table table_of(const std::string& text) {
    auto table = read_csv(text, "t.csv");
    if (!table) {
        FAIL(table.error().sentence());
    }
    return std::move(*table);
}

std::string error_of(const std::string& text) {
    const auto table = read_csv(text, "t.csv");
    REQUIRE_FALSE(table);
    CHECK(table.error().code == relaxd::Errc::invalid);
    return table.error().sentence();
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string file_text(const std::string& name) {
    std::ifstream file(
        std::string(RELAXD_SOURCE_DIR) + "/../shared/data/simulated_A/" + name, std::ios::binary
    );
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("a table is read whatever the line ends, the mark at its start and the column order") {
    const Table table = table_of(
        "\xEF\xBB\xBF# T_g_K: 453\r\n# who: me: and you\r\n"
        "storage_modulus_Pa,time_s,my_volt_V,temperature_K,flags\r\n"
        "3.3e10,0,.5,300,\r\n,1.5,-.25,301,overload clipped\r\n\r\n"
    );
    CHECK(table.format == "csv");
    CHECK(table.keys.at("T_g_K") == "453");
    CHECK(table.keys.at("who") == "me: and you");
    REQUIRE(table.rows.size() == 2);
    CHECK(table.rows[0].number == 1);
    CHECK(table.rows[1].number == 2);
    CHECK(table.rows[0].values[Channel::storage_modulus_Pa] == 3.3e10);
    CHECK_FALSE(table.rows[1].values.has(Channel::storage_modulus_Pa));
    CHECK(table.rows[1].time_s == 1.5);
    CHECK(table.rows[0].extra.at("my_volt_V") == 0.5);
    CHECK(table.rows[1].extra.at("my_volt_V") == -0.25);
    CHECK(table.rows[1].flags == "overload clipped");
    CHECK(table.rows[1].segment == 1);
    REQUIRE(table.steps.size() == 1);
    CHECK(table.columns.size() == 5);
    CHECK(table.columns[2] == "my_volt_V");
    CHECK(table.warnings.empty());
}

TEST_CASE("a bad number names line and column") {
    const std::string head = "# a: b\ntime_s,temperature_K\n0,300\n";
    CHECK(contains(
        error_of(head + "1,3O1\n"), "t.csv:4: column 'temperature_K': '3O1' is not a number"
    ));
    for (const char* bad : {"nan", "inf", "-", "1 2", "0x10", "1e999", "--1", "+-1"}) {
        INFO(bad);
        CHECK(contains(error_of(head + "1," + bad + "\n"), "column 'temperature_K'"));
    }
    CHECK(contains(error_of(head + "1,2,3\n"), "t.csv:4: this row has 3 cells, the header 2"));
    CHECK(contains(error_of(head + "1\n"), "t.csv:4"));
    CHECK(contains(error_of("segment,temperature_K\n-1,300\n"), "column 'segment'"));
    CHECK(contains(error_of("segment,temperature_K\n1.5,300\n"), "column 'segment'"));
    CHECK(contains(error_of("# T_g_K: warm\ntime_s\n1\n"), "t.csv:1: key 'T_g_K'"));
}

TEST_CASE("a header that cannot be one is explained") {
    CHECK(contains(error_of(""), "no header row"));
    CHECK(contains(error_of("# only: keys\n"), "no header row"));
    CHECK(contains(error_of("1,2,3\n"), "header row is missing"));
    CHECK(contains(error_of("time_s,,strain\n"), "no name"));
    CHECK(contains(error_of("time_s,time_s\n"), "twice"));
    CHECK(contains(error_of("time;temperature\n"), "separate columns by commas"));
    CHECK(contains(error_of("temperature_C,b\n1,2\n"), "'temperature_K'"));
    CHECK(contains(error_of("time_s,\"x\n"), "never closed"));
    CHECK(contains(error_of(std::string("time_s\n\0\n", 9)), "zero bytes"));
}

TEST_CASE("an unknown column of text is left out with a warning, its numbers too") {
    const Table table = table_of("time_s,note\n0,5\n1,warm\n2,6\n");
    REQUIRE(table.warnings.size() == 1);
    CHECK(contains(table.warnings[0], "'note'"));
    CHECK(table.rows[0].extra.empty());
    CHECK(table.rows[2].extra.empty());
    CHECK(table.columns == std::vector<std::string>{"time_s"});
}

TEST_CASE("keys give the value of a missing column, a column wins over a key") {
    const Table table = table_of("# temperature_K: 434\n# strain: 0.5\ntime_s,strain\n0,0.1\n1,\n");
    CHECK(table.rows[1].values[Channel::temperature_K] == 434.0);
    CHECK(table.rows[0].values[Channel::strain] == 0.1);
    CHECK_FALSE(table.rows[1].values.has(Channel::strain));
}

TEST_CASE("creep stress given as keys ends after the load time") {
    const Table table =
        table_of("# stress_Pa: 25e6\n# load_time_s: 330\ntime_s,strain\n0,0\n330,0.1\n330.5,0.05\n"
        );
    CHECK(table.rows[0].values[Channel::stress_Pa] == 25e6);
    CHECK(table.rows[1].values[Channel::stress_Pa] == 25e6);
    CHECK(table.rows[2].values[Channel::stress_Pa] == 0.0);
}

TEST_CASE("isothermal sweeps become one segment each, a ramp stays one") {
    const auto rows_of = [](const auto& temperature_of, int isotherms, int frequencies) {
        std::string text = "temperature_K,frequency_Hz,storage_modulus_Pa,loss_modulus_Pa\n";
        for (int i = 0; i < isotherms; ++i) {
            for (int k = 0; k < frequencies; ++k) {
                text += std::to_string(temperature_of(i, k)) + "," + std::to_string(1 << k) +
                        ",1e9,1e8\n";
            }
        }
        return table_of(text);
    };
    const Table sweeps =
        rows_of([](int i, int k) { return 400.0 + 2.0 * i + 0.05 * (k % 3); }, 5, 6);
    CHECK(sweeps.steps.size() == 5);
    CHECK(sweeps.rows[5].segment == 1);
    CHECK(sweeps.rows[6].segment == 2);
    CHECK(sweeps.rows.back().segment == 5);
    CHECK(sweeps.steps[1].text == "segment 2 near 402.1 K");  // 402.05 rounds to a tenth.
    const Table slow_ramp = rows_of([](int i, int k) { return 300.0 + 0.1 * (5 * i + k); }, 40, 5);
    CHECK(slow_ramp.steps.size() == 1);
    const Table fast_ramp = rows_of([](int i, int k) { return 300.0 + 0.3 * (5 * i + k); }, 40, 5);
    CHECK(fast_ramp.steps.size() == 1);
    const Table two_frequencies = rows_of([](int i, int) { return 300.0 + 5.0 * i; }, 4, 2);
    CHECK(two_frequencies.steps.size() == 1);
    const Table given = table_of("segment,temperature_K,frequency_Hz\n7,300,1\n7,400,2\n9,300,1\n");
    REQUIRE(given.steps.size() == 2);
    CHECK(given.steps[1].segment == 9);
    const Table partly = table_of("segment,temperature_K\n,300\n3,300\n,301\n4,302\n,303\n");
    std::vector<int> numbers;
    for (const record::Reading& row : partly.rows) {
        numbers.push_back(row.segment);
    }
    CHECK(numbers == std::vector<int>{1, 3, 3, 4, 4});
}

TEST_CASE("what is written is read back to the same rows") {
    CHECK(rc::check("write, read, same", [] {
        Table table;
        table.keys["a key"] = "a value: of sorts";
        const int count = *rc::gen::inRange(1, 20);
        const bool timed = *rc::gen::arbitrary<bool>();
        for (int i = 0; i < count; ++i) {
            Reading row;
            row.number = static_cast<std::uint64_t>(i) + 1;
            row.segment = *rc::gen::inRange(1, 4);
            row.time_s = timed ? *rc::gen::inRange(-5, 1000) / 7.0 : std::nan("");
            row.values[Channel::temperature_K] = *rc::gen::inRange(1, 1'000'000) / 997.0;
            if (*rc::gen::arbitrary<bool>()) {
                row.values[Channel::loss_modulus_Pa] = *rc::gen::arbitrary<int>() * 1e-9;
                row.extra["gas, pressure_kPa"] = *rc::gen::arbitrary<int>() / 3.0;
                row.flags = "marker";
            }
            table.rows.push_back(row);
        }
        const auto back = read_csv(write_csv(table), "t.csv");
        RC_ASSERT(back.has_value());
        RC_ASSERT(back->keys == table.keys);
        RC_ASSERT(back->rows.size() == table.rows.size());
        for (std::size_t i = 0; i < table.rows.size(); ++i) {
            const Reading& a = table.rows[i];
            const Reading& b = back->rows[i];
            RC_ASSERT(a.segment == b.segment);
            RC_ASSERT((a.time_s == b.time_s || (std::isnan(a.time_s) && std::isnan(b.time_s))));
            RC_ASSERT(a.values.get(Channel::temperature_K) == b.values.get(Channel::temperature_K));
            RC_ASSERT(
                a.values.get(Channel::loss_modulus_Pa) == b.values.get(Channel::loss_modulus_Pa)
            );
            RC_ASSERT(a.extra == b.extra);
            RC_ASSERT(a.flags == b.flags);
        }
        RC_ASSERT(write_csv(*back) == write_csv(table));
    }));
}

TEST_CASE("only used columns are written, time and segment first") {
    Table table;
    Reading row;
    row.segment = 2;
    row.time_s = 1.5;
    row.values[Channel::strain] = 0.001;
    table.rows = {row};
    CHECK(write_csv(table) == "time_s,segment,strain\n1.5,2,0.001\n");
    table.rows[0].values[Channel::strain] = std::numeric_limits<double>::infinity();
    CHECK(write_csv(table) == "time_s,segment\n1.5,2\n");
}

TEST_CASE("no bytes at all make the reader fall") {
    CHECK(rc::check("any text", [](const std::string& text) {
        const auto table = read_csv(text, "t.csv");
        RC_ASSERT(table.has_value() || !table.error().message.empty());
    }));
}

TEST_CASE("dynamic points need temperature, frequency and both moduli") {
    const Table table = table_of(
        "time_s,temperature_K,frequency_Hz,omega_rad_s,storage_modulus_Pa,loss_modulus_Pa,tan_"
        "delta,"
        "storage_modulus_sigma_Pa\n"
        "0,300,1,,3e10,1e8,,5e7\n"
        "-2,300,1,,3e10,1e8,,\n"
        "1,300,,6.283185307179586,3e10,,0.01,\n"
        "2,,1,,3e10,1e8,,\n"
        "3,300,,,3e10,1e8,,\n"
        "4,300,1,,,1e8,,\n"
    );
    const auto points = dynamic_points(table.rows);
    REQUIRE(points.size() == 2);
    CHECK(points[0].seq == 1);
    CHECK(points[0].storage_modulus_sigma_Pa == 5e7);
    CHECK(std::isnan(points[0].loss_modulus_sigma_Pa));
    CHECK(points[1].seq == 3);
    CHECK(points[1].frequency_Hz == Approx(1.0).epsilon(1e-15));
    CHECK(points[1].loss_modulus_Pa == Approx(3e8).epsilon(1e-15));
    const Table shear = table_of(
        "temperature_K,frequency_Hz,shear_storage_modulus_Pa,shear_loss_modulus_Pa\n300,1,2e9,1e7\n"
    );
    REQUIRE(dynamic_points(shear.rows).size() == 1);
    CHECK(dynamic_points(shear.rows)[0].storage_modulus_Pa == 2e9);
    CHECK(dynamic_points(shear.rows)[0].time_s == 0.0);
}

TEST_CASE("the simulated material's files are read whole") {
    if (file_text("truth.json").empty()) {
        WARN("skipped: ../shared/data/simulated_A is not here");
        return;
    }
    const Table ramp = table_of(file_text("isochronal_printed.csv"));
    CHECK(ramp.steps.size() == 1);
    CHECK(dynamic_points(ramp.rows).size() == ramp.rows.size());
    CHECK(ramp.rows[0].values[Channel::storage_modulus_Pa] == 34079061000.0);
    const Table isotherms = table_of(file_text("isothermal_gamma.csv"));
    std::set<double> temperatures_K;
    for (const Reading& row : isotherms.rows) {
        temperatures_K.insert(row.values[Channel::temperature_K]);
    }
    CHECK(isotherms.steps.size() == temperatures_K.size());
    CHECK(temperatures_K.size() > 3);
    const Table creep = table_of(file_text("creep_25MPa.csv"));
    CHECK(creep.rows.front().values[Channel::stress_Pa] == 25e6);
    CHECK(creep.rows.back().values[Channel::stress_Pa] == 0.0);
    CHECK(creep.rows.front().values[Channel::temperature_K] == 434.0);
    for (const char* name :
         {"aging.csv",
          "creep_50MPa.csv",
          "isochronal_gamma.csv",
          "isothermal_printed.csv",
          "master_eq9.csv",
          "master_kww.csv",
          "tension_1.csv",
          "tension_2.csv",
          "tension_3.csv"}) {
        INFO(name);
        const Table table = table_of(file_text(name));
        CHECK(table.rows.size() > 50);
        CHECK(table.warnings.empty());
        CHECK(table.steps.size() >= 1);
    }
}

}  // namespace relaxd::table
