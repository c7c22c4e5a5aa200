// SPDX-License-Identifier: MIT
// The further lines and segments of a method (section 3): what is taken, and each refusal with its
// code.
#include "tests/simulator/static_runs.hpp"

namespace relaxd::simulator {
namespace {

struct Case {
    const char* mode;
    std::vector<std::string> lines;  ///< Behind the geometry of the bar in tension.
    std::string answer;              ///< Of the last line, its beginning.
    std::string words;               ///< And what the sentence must hold.
};

std::string answer_to(const Case& c) {
    test::SimHost host(test::sim_options(1.0));
    host.ask("method begin m " + std::to_string(c.lines.size() + 3));
    host.ask(std::string("method line 1 mode ") + c.mode);
    host.ask("method line 2 clamp tension");
    std::string last = host.ask(std::string("method line 3 ") + test::bar_geometry);
    for (std::size_t i = 0; i < c.lines.size(); ++i) {
        CHECK(last[0] == '=');  // only the last line is the one in question
        last = host.ask("method line " + std::to_string(i + 4) + " " + c.lines[i]);
    }
    return last;
}

const char* const multi = "multi-frequency-strain";

}  // namespace

TEST_CASE("a further line is taken where it belongs", "[simulator][method]") {
    const auto c = GENERATE(
        Case{multi, {"columns length_m"}, "= method line=4", ""},
        Case{multi, {"amplitude strain=0.001"}, "= ", ""},
        Case{multi, {"preload force_N=18"}, "= ", ""},
        Case{multi, {"force_track percent=500"}, "= ", ""},
        Case{multi, {"dynamic_force min_N=0 max_N=18"}, "= ", ""},
        Case{multi, {"dynamic_force min_N=2 max_N=2 later=1"}, "= ", ""},
        Case{"multi-strain", {"amplitudes displacement_m=5e-07,0.01"}, "= ", ""},
        Case{"multi-strain", {"amplitudes strain=0.0001"}, "= ", ""},
        Case{"creep", {"preload force_N=1", "segment measure_length"}, "= ", ""},
        Case{"aging", {"segment measure_length"}, "= ", ""},
        Case{"stress-relaxation", {"segment hold_strain strain=-0.001 duration_s=1"}, "= ", ""},
        Case{"stress-relaxation", {"segment recover duration_s=1"}, "= ", ""},
        Case{"strain-rate", {"segment strain_rate rate_per_s=0.1 strain=1"}, "= ", ""},
        Case{"strain-rate", {"segment hold_strain strain=0 duration_s=1"}, "= ", ""},
        Case{"controlled-force", {"segment force_ramp rate_N_per_s=1 force_N=-18"}, "= ", ""},
        Case{
            "isostrain", {"strain level=-0.001", "segment isothermal_until duration_s=1"}, "= ", ""
        }
    );
    INFO(c.mode << " " << c.lines.back());
    const auto answer = answer_to(c);
    INFO(answer);
    CHECK(answer.rfind(c.answer, 0) == 0);
}

TEST_CASE("a further line is refused with its code and the bound", "[simulator][method]") {
    const auto c = GENERATE(
        Case{multi, {"columns length_m weight_kg"}, "! unsupported", "weight_kg"},
        Case{multi, {"columns"}, "! method", "columns"},
        Case{multi, {"columns length_m length_m"}, "! method", "twice"},
        Case{multi, {"columns length_m", "columns position_m"}, "! method", "once"},
        Case{multi, {"segment jump temperature_K=300", "columns length_m"}, "! method", "before"},
        Case{multi, {"amplitude strain=2"}, "! limit", "0.01"},
        Case{multi, {"amplitude strain=1e-05"}, "! limit", "5e-07"},
        Case{multi, {"amplitude strain=0.001 displacement_m=1e-05"}, "! method", "amplitude"},
        Case{
            multi, {"amplitude strain=0.001", "amplitude displacement_m=1e-05"}, "! method", "once"
        },
        Case{multi, {"amplitudes displacement_m=1e-05"}, "! method", "multi-strain"},
        Case{"multi-strain", {"amplitude displacement_m=1e-05"}, "! method", "amplitudes"},
        Case{"multi-strain", {"amplitudes displacement_m=1e-05,1e-05"}, "! method", "ascend"},
        Case{"multi-strain", {"amplitudes displacement_m=1e-05,"}, "! method", "commas"},
        Case{"multi-strain", {"amplitudes displacement_m=1e-07,1e-05"}, "! limit", "5e-07"},
        Case{"multi-strain", {"amplitudes strain=0.001,2"}, "! limit", "0.01"},
        Case{
            "multi-strain",
            {"frequencies 1", "segment isothermal duration_s=9"},
            "! method",
            "amplitudes"
        },
        Case{
            "multi-strain",
            {"amplitudes strain=0.001", "segment isothermal duration_s=9"},
            "! method",
            "frequencies"
        },
        Case{multi, {"preload force_N=18.1"}, "! limit", "18"},
        Case{multi, {"preload force_N=-0.1"}, "! limit", "0 to 18"},
        Case{multi, {"preload force_N=1", "preload force_N=1"}, "! method", "once"},
        Case{multi, {"force_track percent=501"}, "! limit", "500"},
        Case{multi, {"force_track percent=-1"}, "! limit", "0 to 500"},
        Case{multi, {"dynamic_force min_N=2 max_N=1"}, "! method", "min_N"},
        Case{multi, {"dynamic_force min_N=2"}, "! method", "max_N"},
        Case{multi, {"dynamic_force min_N=2 max_N=19"}, "! limit", "18"},
        Case{multi, {"strain level=0.001"}, "! method", "isostrain"},
        Case{"creep", {"amplitude displacement_m=1e-05"}, "! method", "oscillating"},
        Case{"creep", {"force_track percent=1"}, "! method", "oscillating"},
        Case{"isostrain", {"frequencies 1"}, "! method", "oscillating"},
        Case{"isostrain", {"dynamic_force min_N=1 max_N=2"}, "! method", "oscillating"},
        Case{"isostrain", {"strain level=1.1"}, "! limit", "0.01"},
        Case{"isostrain", {"segment isothermal duration_s=1"}, "! method", "level"},
        Case{
            "isostrain",
            {"strain level=0.1", "segment sweep first_Hz=1 last_Hz=2 points_per_decade=1"},
            "! method",
            "sweep"
        },
        Case{"creep", {"segment hold_strain strain=0.1 duration_s=1"}, "! method", "hold_strain"},
        Case{"creep", {"segment strain_rate rate_per_s=1 strain=0.1"}, "! method", "strain_rate"},
        Case{"strain-rate", {"segment recover duration_s=1"}, "! method", "recover"},
        Case{"strain-rate", {"segment displace stress_Pa=1 duration_s=1"}, "! method", "displace"},
        Case{"strain-rate", {"segment strain_rate rate_per_s=0 strain=0.1"}, "! method", "0"},
        Case{"strain-rate", {"segment strain_rate rate_per_s=-1 strain=0.1"}, "! method", "-1"},
        Case{"strain-rate", {"segment strain_rate rate_per_s=1 strain=1.01"}, "! limit", "0.01"},
        Case{"strain-rate", {"segment strain_rate rate_per_s=1"}, "! method", "strain"},
        Case{
            "stress-relaxation",
            {"segment hold_strain strain=0.1 duration_s=0"},
            "! method",
            "duration_s"
        },
        Case{
            "stress-relaxation", {"segment hold_strain strain=-1.5 duration_s=1"}, "! limit", "0.01"
        },
        Case{
            "stress-relaxation",
            {"segment force_ramp rate_N_per_s=1 force_N=1"},
            "! method",
            "force_ramp"
        },
        Case{
            "controlled-force", {"segment force_ramp rate_N_per_s=1 force_N=18.1"}, "! limit", "18"
        },
        Case{
            "controlled-force",
            {"segment force_ramp rate_N_per_s=-1 force_N=1"},
            "! method",
            "above 0"
        },
        Case{
            "controlled-force",
            {"segment force_ramp rate_N_per_s=1 force_N=nan"},
            "! method",
            "force_N"
        }
    );
    INFO(c.mode << " " << c.lines.back());
    const auto answer = answer_to(c);
    INFO(answer);
    CHECK(answer.rfind(c.answer + " ", 0) == 0);
    CHECK(answer.find(c.words) != std::string::npos);
}

TEST_CASE("a hundred amplitudes are taken and one more is not", "[simulator][method]") {
    std::string list = "amplitudes displacement_m=1e-06";  // longer than a line: asked directly
    for (int k = 2; k <= 101; ++k) {
        MethodReader reader;
        REQUIRE_FALSE(reader.take("mode multi-strain"));
        REQUIRE_FALSE(reader.take("clamp tension"));
        REQUIRE_FALSE(reader.take(test::bar_geometry));
        list += "," + to_text(1e-6 * k);
        const auto refusal = reader.take(list);
        REQUIRE(refusal.has_value() == (k == 101));
    }
}

TEST_CASE("a lesser bench refuses targets beyond its own bounds", "[simulator][method]") {
    auto options = test::sim_options(1.0);
    options.bench.force.max = 4.0;
    options.bench.displacement.max = 1e-3;
    const auto answer = [&](const std::string& mode, const std::string& line) {
        test::SimHost host(options);
        return host.download(test::at_ambient(mode, {line, "segment isothermal duration_s=1"}));
    };
    CHECK(answer("controlled-force", "preload force_N=4.1").rfind("! limit", 0) == 0);
    CHECK(
        answer("controlled-force", "segment force_ramp rate_N_per_s=1 force_N=5").find(" 4 N") !=
        std::string::npos
    );
    CHECK(answer("isostrain", "strain level=0.11").find("0.001 m") != std::string::npos);
    CHECK(answer("isostrain", "strain level=0.09").rfind("= method", 0) == 0);
}

}  // namespace relaxd::simulator
