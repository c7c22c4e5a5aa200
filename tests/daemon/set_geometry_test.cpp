// SPDX-License-Identifier: MIT
//
// What is said of dimensions that nobody measured.
#include "daemon/run/set_geometry.hpp"

#include "tests/support/catch.hpp"

using relaxd::daemon::geometry_note;
using relaxd::drivers::Geometry;
using relaxd::record::Specimen;

namespace {

Specimen beam() {
    Specimen specimen;
    specimen.length_m = 0.0175;
    specimen.width_m = 0.003;
    specimen.thickness_m = 0.001;
    specimen.poisson_ratio = 0.35;
    return specimen;
}

}  // namespace

TEST_CASE("a specimen with all its dimensions needs no note, whatever the instrument says") {
    CHECK_FALSE(geometry_note(beam(), Geometry()).has_value());
}

TEST_CASE("the note names the numbers that were supplied and no others") {
    Specimen specimen = beam();
    specimen.thickness_m = relaxd::record::unknown;
    Geometry geometry;
    geometry.length_m = 0.0175;
    geometry.thickness_m = 4e-5;
    const auto note = geometry_note(specimen, geometry);
    REQUIRE(note.has_value());
    CHECK(
        note->message ==
        "the specimen lacks dimensions, those set at the instrument are used: thickness_m = 4e-05; "
        "moduli depend on them, and nobody measured them on this specimen"
    );
    CHECK(note->detail == "length_m=0.0175 width_m=- thickness_m=4e-05 poisson_ratio=-");
}

TEST_CASE("an instrument that does not tell its geometry is said to be one") {
    const auto note = geometry_note(Specimen(), Geometry());
    REQUIRE(note.has_value());
    CHECK(
        note->message.find("does not tell its length_m, width_m, thickness_m, poisson_ratio") !=
        std::string::npos
    );
    CHECK(note->message.find("nan") == std::string::npos);
}
