// SPDX-License-Identifier: MIT
//
// Every mode becomes the document's lines (section 3), and what a clamp or the motor cannot do is
// refused with value and bound before any byte is sent.
#include "drivers/q800_class/clamps.hpp"
#include "drivers/q800_class/method_lines.hpp"
#include "tests/q800_class/bench_fixture.hpp"

#include <algorithm>
#include <cmath>

using namespace relaxd::drivers::q800_class;
using relaxd::Errc;
using relaxd::method::parse;
using relaxd::record::Specimen;
using relaxd::test::small_specimen;

namespace {

relaxd::method::Method method_of(
    const std::string& mode,
    const std::string& keys,
    const std::string& segments,
    const std::string& clamp = "single-cantilever"
) {
    const auto parsed = parse(
        "mode = \"" + mode + "\"\nclamp = \"" + clamp + "\"\n" + keys + "\nsegments = [" +
        segments + "]\n"
    );
    INFO((parsed ? std::string() : parsed.error().sentence()));
    REQUIRE(parsed.has_value());
    return *parsed;
}

/// The lines between the geometry and the end.
std::vector<std::string> lines_of(
    const relaxd::method::Method& method, const std::vector<std::string>& columns = {}
) {
    const auto checked = check_limits(method, small_specimen());
    INFO((checked ? std::string() : checked.error().sentence()));
    REQUIRE(checked.has_value());
    const auto made = method_lines(method, small_specimen(), columns);
    REQUIRE(made.has_value());
    REQUIRE(made->lines.size() > 3);
    return {made->lines.begin() + 3, made->lines.end()};
}

std::string refusal(
    const relaxd::method::Method& method, const Specimen& specimen = small_specimen()
) {
    const auto checked = check_limits(method, specimen);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().code == Errc::refused);
    return checked.error().sentence();
}

bool has(const std::string& text, const std::string& part) {
    const bool found = text.find(part) != std::string::npos;
    if (!found) {
        UNSCOPED_INFO("missing \"" << part << "\" in: " << text);
    }
    return found;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("an oscillation says its strain, its forces and its columns", "[drivers][q800]") {
    const auto method = method_of(
        "multi-frequency-strain",
        "strain_amplitude = \"0.05 %\"\nfrequencies = [\"1 Hz\", \"2 Hz\"]\npreload = \"10 mN\"\n"
        "force_track = \"125 %\"\nminimum_dynamic_force = \"5 mN\"\nmaximum_dynamic_force = \"5 "
        "N\"",
        "\"Measure length\", \"Isothermal for 1 min\"",
        "tension"
    );
    const Lines expected{
        "columns stiffness_N_per_m length_m",
        "amplitude strain=5e-04",
        "frequencies 1 2",
        "force_track percent=125",
        "dynamic_force min_N=0.005 max_N=5",
        "preload force_N=0.01",
        "segment measure_length",
        "segment isothermal duration_s=60",
    };
    CHECK(lines_of(method, {"stiffness_N_per_m", "length_m"}) == expected);
}

TEST_CASE("a bound of the dynamic force that was not given is the motor's", "[drivers][q800]") {
    const auto low = method_of(
        "aging",
        "amplitude = \"15 um\"\nfrequencies = [\"1 Hz\"]\nminimum_dynamic_force = \"5 mN\"",
        "\"Isothermal for 1 min\"",
        "tension"
    );
    CHECK(lines_of(low).at(2) == "dynamic_force min_N=0.005 max_N=8");  // 8 + 1.25 x 8 = 18
    const auto high = method_of(
        "aging",
        "amplitude = \"15 um\"\nfrequencies = [\"1 Hz\"]\nmaximum_dynamic_force = \"5 N\"",
        "\"Isothermal for 1 min\""
    );
    CHECK(lines_of(high).at(2) == "dynamic_force min_N=1e-04 max_N=5");
}

TEST_CASE("multi-strain says all its amplitudes", "[drivers][q800]") {
    CHECK(
        lines_of(method_of(
            "multi-strain",
            "amplitudes = [\"5 um\", \"10 um\", \"20 um\"]\nfrequencies = [\"1 Hz\"]",
            "\"Isothermal for 1 min\""
        )) ==
        Lines{
            "amplitudes displacement_m=5e-06,1e-05,2e-05",
            "frequencies 1",
            "segment isothermal duration_s=60",
        }
    );
    CHECK(
        lines_of(method_of(
                     "multi-strain",
                     "strain_amplitudes = [\"0.01 %\", \"0.1 %\"]\nfrequencies = [\"1 Hz\"]",
                     "\"Isothermal for 1 min\""
                 ))
            .front() == "amplitudes strain=1e-04,0.001"
    );
}

TEST_CASE("the static modes have their lines, a rate the sign of its way", "[drivers][q800]") {
    CHECK(
        lines_of(method_of(
            "stress-relaxation",
            "",
            "\"Sampling 20 points per decade from 0.05 s\", \"Hold strain 0.1 % for 1000 s\", "
            "\"Recover for 100 s\""
        )) ==
        Lines{
            "segment sampling_log points_per_decade=20 start_s=0.05",
            "segment hold_strain strain=0.001 duration_s=1000",
            "segment recover duration_s=100",
        }
    );
    CHECK(
        lines_of(method_of(
            "strain-rate",
            "",
            "\"Strain rate 0.0003 1/s to 1 %\", \"Hold strain 0.5 % for 9 s\", "
            "\"Strain rate 0.001 1/s to 0 %\", \"Strain rate 0.001 1/s to -0.5 %\""
        )) ==
        Lines{
            "segment strain_rate rate_per_s=3e-04 strain=0.01",
            "segment hold_strain strain=0.005 duration_s=9",
            "segment strain_rate rate_per_s=-0.001 strain=0",
            "segment strain_rate rate_per_s=-0.001 strain=-0.005",
        }
    );
    CHECK(
        lines_of(method_of(
            "controlled-force",
            "preload = \"1 N\"",
            "\"Isothermal for 1 min\", \"Ramp force 3 N/min to 10 N\""
        )) ==
        Lines{
            "preload force_N=1",
            "segment isothermal duration_s=60",
            "segment force_ramp rate_N_per_s=0.05 force_N=10",
        }
    );
    CHECK(
        lines_of(method_of("isostrain", "strain = \"0.1 %\"", "\"Ramp 3 K/min to 400 K\"")) ==
        Lines{"strain level=0.001", "segment ramp rate_K_per_s=0.05 temperature_K=400"}
    );
}

TEST_CASE("forces beyond the motor are refused with value and bound", "[drivers][q800]") {
    const auto oscillation = [](const std::string& keys, const std::string& clamp) {
        return method_of(
            "aging",
            "amplitude = \"15 um\"\nfrequencies = [\"1 Hz\"]\n" + keys,
            "\"Isothermal for 1 min\"",
            clamp
        );
    };
    CHECK(has(refusal(oscillation("preload = \"19 N\"", "tension")), "preload 19 N is outside"));
    CHECK(has(refusal(oscillation("preload = \"0.05 mN\"", "tension")), "1e-04 to 18 N"));
    CHECK(check_limits(oscillation("preload = \"0 N\"", "tension"), small_specimen()));
    // the static force of 125 % comes on top: 10 N + 12.5 N
    const auto too_much = oscillation("maximum_dynamic_force = \"10 N\"", "tension");
    CHECK(has(refusal(too_much), "key 'maximum_dynamic_force'"));
    CHECK(has(refusal(too_much), "1e-04 to 8 N"));
    CHECK(check_limits(
        oscillation("maximum_dynamic_force = \"10 N\"", "single-cantilever"), small_specimen()
    ));
    CHECK(check_limits(
        oscillation("force_track = \"50 %\"\nmaximum_dynamic_force = \"12 N\"", "tension"),
        small_specimen()
    ));
    CHECK(has(
        refusal(oscillation(
            "force_track = \"0 %\"\npreload = \"10 N\"\nmaximum_dynamic_force = \"9 N\"", "tension"
        )),
        "1e-04 to 8 N"
    ));
    const auto ramp = [](const std::string& force, const std::string& clamp) {
        return method_of("controlled-force", "", "\"Ramp force 3 N/min to " + force + "\"", clamp);
    };
    CHECK(check_limits(ramp("18 N", "tension"), small_specimen()));
    CHECK(check_limits(ramp("0 N", "tension"), small_specimen()));
    CHECK(check_limits(ramp("-5 N", "single-cantilever"), small_specimen()));
    CHECK(has(refusal(ramp("18.1 N", "tension")), "Ramp force 3 N/min to 18.1 N"));
    CHECK(has(refusal(ramp("18.1 N", "tension")), "1e-04 to 18 N"));
    CHECK(has(refusal(ramp("-5 N", "tension")), "slack in clamp tension"));
}

TEST_CASE("a strain is refused by the displacement that it takes", "[drivers][q800]") {
    const auto hold = [](const std::string& strain, const std::string& clamp) {
        return method_of("stress-relaxation", "", "\"Hold strain " + strain + " for 9 s\"", clamp);
    };
    CHECK(check_limits(hold("50 %", "tension"), small_specimen()));
    CHECK(has(refusal(hold("60 %", "tension")), "0.0105 m, more than the 0.01 m"));
    CHECK(check_limits(hold("60 %", "tension"), Specimen{}));  // who knows how long it is
    CHECK(check_limits(hold("-5 %", "single-cantilever"), small_specimen()));
    CHECK(has(refusal(hold("-5 %", "3-point-bending")), "slack"));
    CHECK(has(
        refusal(method_of("strain-rate", "", "\"Strain rate 0.1 1/s to 200 %\"", "shear-sandwich")),
        "length_m is 17.5 mm, more than the 10 mm"
    ));
    CHECK(has(
        refusal(method_of("isostrain", "strain = \"60 %\"", "\"Isothermal for 9 s\"", "tension")),
        "key 'strain'"
    ));
    const auto oscillating = [](const std::string& strain) {
        return method_of(
            "aging",
            "strain_amplitude = \"" + strain + "\"\nfrequencies = [\"1 Hz\"]",
            "\"Isothermal for 1 min\"",
            "tension"
        );
    };
    CHECK(check_limits(oscillating("0.003 %"), small_specimen()));
    const std::string small = refusal(oscillating("0.002 %"));  // 0.35 um
    CHECK(has(small, "5e-07 to 0.01 m"));
    CHECK(has(small, "key 'strain_amplitude'"));
    CHECK(
        has(refusal(method_of(
                "multi-strain",
                "amplitudes = [\"0.4 um\", \"1 um\"]\nfrequencies = [\"1 Hz\"]",
                "\"Isothermal for 9 s\""
            )),
            "key 'amplitudes'")
    );
}

TEST_CASE("strain and stress in a clamp have the modulus of the clamp's stiffness", "[drivers]") {
    // E = sigma / eps must be the published E of K = F / d in each clamp (Q800 notes, section 2).
    Specimen s = small_specimen();
    const double L = s.length_m;
    const double w = s.width_m;
    const double t = s.thickness_m;
    const double I = w * t * t * t / 12.0;
    const double bend = (1.0 + s.poisson_ratio) * (t / L) * (t / L);
    const std::vector<std::pair<std::string, double>> modulus_per_stiffness{
        {"single-cantilever", L * L * L / (12.0 * I) * (1.0 + 2.4 * bend)},
        {"dual-cantilever", L * L * L / (24.0 * I) * (1.0 + 2.4 * bend)},
        {"3-point-bending", L * L * L / (6.0 * I) * (1.0 + 0.6 * bend)},
        {"tension", L / (w * t)},
        {"compression", t / (L * w)},
        {"shear-sandwich", t / (2.0 * L * w)},
    };
    for (const auto& [clamp, expected] : modulus_per_stiffness) {
        const double force_N = force_for_stress_N(clamp, s, 1e6);
        const double displacement_m = displacement_for_strain_m(clamp, s, 1e-3);
        INFO(clamp);
        CHECK((1e6 / 1e-3) / (force_N / displacement_m) == Approx(expected).epsilon(1e-12));
    }
    CHECK(std::isnan(displacement_for_strain_m("tension", Specimen{}, 1e-3)));
    CHECK(std::isnan(displacement_for_strain_m("torsion", s, 1e-3)));
}

TEST_CASE("a specimen that a clamp cannot take is refused by dimension and bound", "[drivers]") {
    struct Case {
        std::string clamp;
        double length_m;
        double width_m;
        double thickness_m;
        std::string said;  // empty: it can be mounted
    };
    const std::vector<Case> cases{
        {"single-cantilever", 17.5e-3, 15e-3, 5e-3, ""},
        {"single-cantilever", 17.7e-3, 5e-3, 1e-3, ""},  // a measured 17.5
        {"single-cantilever", 12e-3, 5e-3, 1e-3, ""},    // between 10 and 17.5
        {"single-cantilever", 35e-3, 5e-3, 1e-3, "length_m is 35 mm, more than the 17.5 mm"},
        {"single-cantilever", 3e-3, 5e-3, 1e-3, "length_m is 3 mm, less than the 4 mm"},
        {"single-cantilever", 17.5e-3, 16e-3, 1e-3, "width_m is 16 mm, more than the 15 mm"},
        {"dual-cantilever", 35e-3, 5e-3, 1e-3, "one side"},
        {"dual-cantilever", 17.5e-3, 5e-3, 6e-3, "thickness_m is 6 mm, more than the 5 mm"},
        {"3-point-bending", 25e-3, 15e-3, 7e-3, ""},
        {"3-point-bending", 50e-3, 15e-3, 7e-3, "half the support span"},
        {"tension", 5e-3, 8e-3, 2e-3, ""},
        {"tension", 31e-3, 8e-3, 2e-3, "length_m is 31 mm, more than the 30 mm"},
        {"tension", 4e-3, 8e-3, 2e-3, "length_m is 4 mm, less than the 5 mm"},
        {"tension", 20e-3, 9e-3, 2e-3, "width_m is 9 mm, more than the 8 mm"},
        {"tension", 20e-3, 8e-3, 2.5e-3, "thickness_m is 2.5 mm, more than the 2 mm"},
        {"compression", 40e-3, 40e-3, 10e-3, ""},
        {"compression", 15e-3, 15e-3, 11e-3, "thickness_m is 11 mm, more than the 10 mm"},
        {"shear-sandwich", 10e-3, 10e-3, 4e-3, ""},
        {"shear-sandwich", 10e-3, 12e-3, 4e-3, "width_m is 12 mm, more than the 10 mm"},
    };
    for (const Case& one : cases) {
        Specimen specimen;
        specimen.length_m = one.length_m;
        specimen.width_m = one.width_m;
        specimen.thickness_m = one.thickness_m;
        INFO(one.clamp << " " << one.said);
        const auto checked = check_size(one.clamp, specimen);
        CHECK(checked.has_value() == one.said.empty());
        if (!checked && !one.said.empty()) {
            CHECK(checked.error().code == Errc::refused);
            CHECK(has(checked.error().sentence(), one.said));
            CHECK(has(checked.error().sentence(), one.clamp));
        }
    }
    for (const std::string_view clamp : clamps) {
        CHECK(check_size(std::string(clamp), Specimen{}));  // unknown can be mounted
    }
}

TEST_CASE("a length that is to be measured anew needs a clamp with one", "[drivers][q800]") {
    auto method = method_of(
        "aging",
        "amplitude = \"15 um\"\nfrequencies = [\"1 Hz\"]\nreference_length = \"current\"",
        "\"Measure length\", \"Isothermal for 9 s\"",
        "tension"
    );
    CHECK(check_limits(method, small_specimen()));
    method.clamp = "dual-cantilever";
    CHECK(has(refusal(method), "reference_length"));
}

TEST_CASE("a sentence that the mode does not execute is refused", "[drivers][q800]") {
    auto method = method_of("creep", "", "\"Displace 2 MPa for 3 s\"");
    method.mode = relaxd::method::Mode::isostrain;
    method.strain = 0.001;
    CHECK(has(refusal(method), "Displace 2 MPa for 3 s"));
    CHECK(has(refusal(method), "isostrain"));
}

TEST_CASE("a list of amplitudes longer than a line names its key", "[drivers][q800]") {
    auto method = method_of(
        "multi-strain",
        "amplitudes = [\"5 um\"]\nfrequencies = [\"1 Hz\"]",
        "\"Isothermal for 1 min\""
    );
    for (int i = 1; i < 90; ++i) {
        method.amplitudes_m.push_back(5e-6 + i * 1.2345e-7);
    }
    CHECK(has(refusal(method), "key 'amplitudes'"));
}
