// SPDX-License-Identifier: MIT
//
// Rows of tests in time and of master data as the fits see them: nothing is invented, and where a
// quantity follows from others it is the one a hand calculation gives.
#include "schema/table/export.hpp"
#include "schema/table/table.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <sstream>
#include <string>

namespace relaxd::table {

namespace {

record::SeriesData series_of(const std::string& text) {
    const auto table = read_csv(text, "t.csv");
    if (!table) {
        FAIL(table.error().sentence());
    }
    record::SeriesData data;
    add_series(data, *table, "t.csv");
    return data;
}

}  // namespace

TEST_CASE("keys say the load of a creep test, and its rows after the load time are unloaded") {
    const auto data = series_of(
        "# stress_Pa: 25e6\n# load_time_s: 330\n# temperature_K: 434\n"
        "time_s,strain,strain_sigma\n1,8e-4,1e-6\n330,9e-4,1e-6\n331,1e-4,1e-6\n"
    );
    REQUIRE(data.inputs.size() == 1);
    CHECK(data.inputs[0].name == "t.csv");
    CHECK(data.inputs[0].load_time_s == 330.0);
    CHECK(data.inputs[0].stress_Pa == 25e6);
    CHECK(std::isnan(data.inputs[0].strain_rate_per_s));
    REQUIRE(data.points.size() == 3);
    CHECK(data.points[0].temperature_K == 434.0);
    CHECK(data.points[0].strain_sigma == 1e-6);
    CHECK(data.points[1].stress_Pa == 25e6);
    CHECK(data.points[2].stress_Pa == 0.0);
    CHECK(data.points[2].time_s == 331.0);
    CHECK_FALSE(data.points[0].is_shear);
    CHECK(std::isnan(data.points[0].compliance_per_Pa));
}

TEST_CASE("in a run that began before the load, times count from the load") {
    // Rest of 60 s, then 10 MPa at 60.0 s, recorded at 60 + 0.1·2^k s: the times point at 60.0.
    std::ostringstream text;
    text << "time_s,stress_Pa,strain\n";
    for (int i = 0; i < 6; ++i) {
        text << 11.0 * i << ",0,1e-7\n";
    }
    double after_s = 0.1;
    for (int i = 0; i < 12; ++i, after_s *= 2.0) {
        text << 60.0 + after_s << ",1e7," << 3e-4 + 1e-6 * i << "\n";
    }
    text << "500,0,1e-5\n600,0,9e-6\n";
    const auto data = series_of(text.str());
    REQUIRE(data.points.size() == 20);
    CHECK(data.points[6].time_s == Approx(0.1).margin(1e-9));
    CHECK(data.points[17].time_s == Approx(204.8).margin(1e-9));
    CHECK(data.points[0].time_s == Approx(-60.0).margin(1e-9));
    CHECK(data.points[19].time_s == Approx(540.0).margin(1e-9));
}

TEST_CASE("a slow rise of the stress moves no time") {
    std::ostringstream text;
    text << "time_s,stress_Pa,strain\n";
    for (int i = 0; i < 100; ++i) {
        text << i << "," << 1e6 * i << "," << 3e-5 * i << "\n";
    }
    const auto data = series_of(text.str());
    CHECK(data.points[40].time_s == 40.0);
}

TEST_CASE("stress against strain at a stated rate has the times of its path") {
    const auto data = series_of(
        "# strain_rate_per_s: 0.001\n"
        "strain,stress_Pa,stress_sigma_Pa\n0.01,3e8,1e6\n0.02,5e8,1e6\n0.015,3e8,1e6\n"
    );
    REQUIRE(data.points.size() == 3);
    CHECK(data.inputs[0].strain_rate_per_s == 1e-3);
    CHECK(data.points[0].time_s == Approx(10.0));
    CHECK(data.points[1].time_s == Approx(20.0));
    CHECK(data.points[2].time_s == Approx(25.0));  // unloading goes on in time
    CHECK(data.points[2].stress_sigma_Pa == 1e6);
}

TEST_CASE("a column of strain rates makes one input of each") {
    const auto data = series_of(
        "strain,stress_Pa,strain_rate_per_s\n0.01,3e8,1e-3\n0.02,5e8,1e-3\n0.01,2e8,1e-4\n"
    );
    REQUIRE(data.inputs.size() == 2);
    CHECK(data.inputs[0].strain_rate_per_s == 1e-3);
    CHECK(data.inputs[1].strain_rate_per_s == 1e-4);
    CHECK(data.points[1].input == 0);
    CHECK(data.points[2].input == 1);
    CHECK(data.points[2].time_s == Approx(100.0));
}

TEST_CASE("several inputs keep apart in number, seq and segment") {
    const auto table = read_csv("time_s,strain,stress_Pa\n1,1e-3,1e7\n2,2e-3,1e7\n", "a.csv");
    REQUIRE(table);
    record::SeriesData data;
    add_series(data, *table, "a.csv");
    add_series(data, *table, "b.csv");
    REQUIRE(data.inputs.size() == 2);
    CHECK(data.inputs[1].name == "b.csv");
    REQUIRE(data.points.size() == 4);
    CHECK(data.points[2].input == 1);
    CHECK(data.points[2].seq == 3);
    CHECK(data.points[2].segment > data.points[1].segment);
}

TEST_CASE("relaxation is the given modulus, else stress over strain") {
    CHECK(
        series_of("time_s,relaxation_modulus_Pa\n1,3e9\n").points[0].relaxation_modulus_Pa == 3e9
    );
    const auto data = series_of("time_s,stress_Pa,strain\n1,2e6,1e-3\n2,1e6,0\n");
    CHECK(data.points[0].relaxation_modulus_Pa == Approx(2e9));
    CHECK(std::isnan(data.points[1].relaxation_modulus_Pa));
}

TEST_CASE("master data are absolute, of shear, or relative") {
    const auto shear = series_of(
        "omega_rad_s,shear_storage_modulus_Pa,shear_loss_modulus_Pa,shear_loss_modulus_sigma_Pa\n"
        "1e-5,-3e5,2e5,3e5\n"
    );
    REQUIRE(shear.points.size() == 1);
    CHECK(shear.points[0].is_shear);
    CHECK_FALSE(shear.points[0].is_relative);
    CHECK(shear.points[0].storage_modulus == -3e5);  // noise about zero stays as it is
    CHECK(shear.points[0].loss_modulus_sigma == 3e5);
    CHECK(std::isnan(shear.points[0].storage_modulus_sigma));
    const auto relative =
        series_of("omega_rad_s,loss_modulus_relative,loss_modulus_relative_sigma\n2,0.1,0.01\n");
    CHECK(relative.points[0].is_relative);
    CHECK_FALSE(relative.points[0].is_shear);
    CHECK(relative.points[0].loss_modulus == 0.1);
    CHECK(relative.points[0].loss_modulus_sigma == 0.01);
    CHECK(std::isnan(relative.points[0].storage_modulus));
    const auto tensile = series_of("frequency_Hz,storage_modulus_Pa,tan_delta\n1,2e9,0.05\n");
    CHECK(tensile.points[0].omega_rad_s == Approx(6.283185307179586));
    CHECK(tensile.points[0].loss_modulus == Approx(1e8));
}

TEST_CASE("ageing has tan delta with its error from the moduli, where it was not recorded") {
    const auto data = series_of(
        "time_s,storage_modulus_Pa,loss_modulus_Pa,storage_modulus_sigma_Pa,loss_modulus_sigma_Pa\n"
        "5,2e9,1e8,4e7,3e6\n"
    );
    CHECK(data.points[0].tan_delta == Approx(0.05));
    // (3e6/2e9)^2 + (0.05·4e7/2e9)^2 = 1.5e-3² + 1e-3²
    CHECK(data.points[0].tan_delta_sigma == Approx(std::sqrt(3.25e-6)));
    const auto given = series_of("time_s,tan_delta,tan_delta_sigma\n0,0.06,3e-4\n");
    CHECK(given.points[0].tan_delta == 0.06);
    CHECK(given.points[0].tan_delta_sigma == 3e-4);
    CHECK(std::isnan(given.points[0].storage_modulus));
}

TEST_CASE("rows of shear among tensile ones are marked") {
    const auto table = read_csv(
        "temperature_K,frequency_Hz,storage_modulus_Pa,loss_modulus_Pa,"
        "shear_storage_modulus_Pa,shear_loss_modulus_Pa\n"
        "300,1,3e10,1e8,,\n300,1,,,1e10,4e7\n300,1,3e10,1e8,1e10,4e7\n",
        "t.csv"
    );
    REQUIRE(table);
    const auto points = dynamic_points(table->rows);
    REQUIRE(points.size() == 3);
    CHECK_FALSE(points[0].is_shear);
    CHECK(points[1].is_shear);
    CHECK(points[1].storage_modulus_Pa == 1e10);
    CHECK_FALSE(points[2].is_shear);
}

TEST_CASE("what an imported file said of its test comes back with the export") {
    record::Specimen specimen;
    specimen.extra["strain_rate_per_s"] = "0.0003";
    specimen.extra["load_time_s"] = "330";
    const std::string text = export_csv(record::Run{}, specimen, {});
    CHECK(text.find("# strain_rate_per_s: 0.0003\n") != std::string::npos);
    CHECK(text.find("# load_time_s: 330\n") != std::string::npos);
}

TEST_CASE("a row that is flagged unfit is no fit's, in a file as in a run") {
    const char* text =
        "temperature_K,frequency_Hz,storage_modulus_Pa,loss_modulus_Pa,tan_delta,flags\n"
        "300,1,3e10,1e8,3.3e-3,\n300,1,3e10,9e9,0.3,overload\n"
        "300,1,3e10,9e9,0.3,not_settled\n300,1,3e10,2e8,6.7e-3,replay\n";
    const auto table = read_csv(text, "t.csv");
    REQUIRE(table);
    const auto points = dynamic_points(table->rows);
    REQUIRE(points.size() == 2);
    CHECK(points[1].seq == 4);
    CHECK(series_of(text).points.size() == 2);
}

TEST_CASE("a compliance beside a shear strain is one of shear, loaded and in recovery") {
    // As a torsion pendulum records creep: the recovering row has no compliance.
    const auto data = series_of(
        "time_s,temperature_K,shear_strain,shear_stress_Pa,compliance_per_Pa\n"
        "1,434,8e-4,8e5,1e-9\n2,434,9e-4,8e5,1.125e-9\n3,434,1e-4,-9,\n"
    );
    REQUIRE(data.points.size() == 3);
    for (const record::SeriesPoint& point : data.points) {
        CHECK(point.is_shear);
    }
    CHECK(data.points[0].strain == 8e-4);
    CHECK(data.points[0].stress_Pa == 8e5);
    CHECK(data.points[1].compliance_per_Pa == 1.125e-9);
    const auto tensile = series_of("time_s,compliance_per_Pa\n1,1e-9\n");
    REQUIRE(tensile.points.size() == 1);
    CHECK_FALSE(tensile.points[0].is_shear);
}

}  // namespace relaxd::table
