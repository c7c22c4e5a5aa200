// SPDX-License-Identifier: MIT
//
// The analyser's modes in the method language: which key and which sentence belongs where, and what
// a mistake is told.
#include "schema/method/method.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace relaxd::method {

namespace {

/// A method of each mode of the analyser that lacks nothing; further keys stand in line 4.
const std::map<std::string, std::string>& whole_methods() {
    static const std::map<std::string, std::string> methods{
        {"multi-frequency-strain",
         "frequencies = [\"1 Hz\"]\nsegments = [\"Equilibrate at 300 K\", \"Isothermal for 1 "
         "min\"]\n"},
        {"multi-strain",
         "amplitudes = [\"5 um\", \"10 um\"]\nfrequencies = [\"1 Hz\"]\nsegments = [\"Isothermal "
         "for 1 min\"]\n"},
        {"creep", "segments = [\"Displace 2 MPa for 3 s\", \"Recover for 5 s\"]\n"},
        {"stress-relaxation", "segments = [\"Hold strain 0.1 % for 9 s\", \"Recover for 5 s\"]\n"},
        {"controlled-force", "segments = [\"Ramp force 3 N/min to 18 N\"]\n"},
        {"strain-rate",
         "segments = [\"Strain rate 0.01 %/s to 1 %\", \"Hold strain 1 % for 9 s\"]\n"},
        {"isostrain", "strain = \"0.1 %\"\nsegments = [\"Ramp 3 K/min to 400 K\"]\n"},
        {"frequency-sweep", "segments = [\"Frequency sweep 1 Hz to 2 Hz, 5 points per decade\"]\n"},
        {"aging", "frequencies = [\"1 Hz\"]\nsegments = [\"Isothermal for 1 min\"]\n"},
    };
    return methods;
}

std::string whole(const std::string& mode, const std::string& keys = {}) {
    return "mode = \"" + mode + "\"\nclamp = \"tension\"\n\n" + keys + "\n" +
           whole_methods().at(mode);
}

Method understood_of(const std::string& text) {
    const auto method = parse(text, "m.toml");
    INFO(text);
    INFO((method ? std::string() : method.error().sentence()));
    REQUIRE(method);
    return *method;
}

std::string error_of(const std::string& text) {
    const auto method = parse(text, "m.toml");
    INFO(text);
    REQUIRE_FALSE(method);
    CHECK(method.error().code == relaxd::Errc::invalid);
    return method.error().sentence();
}

bool contains(const std::string& text, const std::string& part) {
    const bool found = text.find(part) != std::string::npos;
    if (!found) {
        UNSCOPED_INFO("missing \"" << part << "\" in: " << text);
    }
    return found;
}

/// A key as it is written, and the modes of the analyser that it belongs to.
struct KeyOfModes {
    std::string key;
    std::string written;
    std::vector<std::string> modes;
};

const std::vector<std::string> oscillating{
    "multi-frequency-strain", "multi-strain", "frequency-sweep", "aging"
};

}  // namespace

TEST_CASE("a method of every mode of the analyser is understood") {
    for (const auto& [mode, text] : whole_methods()) {
        CHECK(std::string(to_word(understood_of(whole(mode)).mode)) == mode);
    }
}

TEST_CASE("each key is understood in its modes, and elsewhere refused by mode and key") {
    const std::vector<std::string> one_amplitude{
        "multi-frequency-strain", "frequency-sweep", "aging"
    };
    const std::vector<KeyOfModes> keys{
        {"strain_amplitude", "\"0.05 %\"", one_amplitude},
        {"force_track", "\"125 %\"", oscillating},
        {"minimum_dynamic_force", "\"0.005 N\"", oscillating},
        {"maximum_dynamic_force", "\"5 N\"", oscillating},
        {"static_elongation_alarm", "\"2 %\"", oscillating},
    };
    for (const KeyOfModes& one : keys) {
        for (const auto& [mode, text] : whole_methods()) {
            const std::string method = whole(mode, one.key + " = " + one.written);
            if (std::find(one.modes.begin(), one.modes.end(), mode) != one.modes.end()) {
                understood_of(method);
            } else {
                CHECK(contains(
                    error_of(method),
                    "m.toml:4: key '" + one.key + "' is not possible in mode '" + mode + "'"
                ));
            }
        }
    }
    for (const auto& [mode, text] : whole_methods()) {
        understood_of(whole(mode, "preload = \"10 mN\"\nclamp_torque = \"0.9 N m\"\n"));
        understood_of(whole(mode, "purge_gas = \"nitrogen\"\nreference_length = \"initial\"\n"));
    }
    const std::string torsion =
        "mode = \"torsion-free-decay\"\nsegments = [\"Isothermal for 9 s\"]\n";
    CHECK(contains(error_of("preload = \"1 N\"\n" + torsion), "'torsion-free-decay'"));
    CHECK(contains(error_of("reference_length = \"initial\"\n" + torsion), "reference_length"));
    understood_of("purge_gas = \"vacuum\"\n" + torsion);
    CHECK(contains(error_of(whole("creep", "strain = \"1 %\"")), "'isostrain'"));
    CHECK(contains(
        error_of(whole("stress-relaxation", "strain = \"1 %\"")), "Hold strain 0.1 % for 1000 s"
    ));
    CHECK(contains(error_of(whole("aging", "amplitudes = [\"5 um\"]")), "'multi-strain'"));
    CHECK(contains(error_of(whole("multi-strain", "amplitude = \"5 um\"")), "write amplitudes"));
    CHECK(contains(error_of(whole("isostrain", "frequencies = [\"5 Hz\"]")), "oscillate"));
}

TEST_CASE("values of the keys arrive in SI") {
    const Method m = understood_of(whole(
        "multi-frequency-strain",
        "strain_amplitude = \"0.05 %\"\npreload = \"10 mN\"\nforce_track = \"125 %\"\n"
        "minimum_dynamic_force = \"5 mN\"\nmaximum_dynamic_force = \"5 N\"\n"
        "clamp_torque = \"0.9 N m\"\npurge_gas = \"nitrogen, 60 mL/min\"\n"
        "static_elongation_alarm = \"2 %\""
    ));
    CHECK(m.strain_amplitude == Approx(5e-4).epsilon(1e-15));
    CHECK(m.amplitude_m == 0.0);
    CHECK(m.preload_N == 0.01);
    CHECK(m.force_track_percent == 125.0);
    CHECK(m.minimum_dynamic_force_N == 0.005);
    CHECK(m.maximum_dynamic_force_N == 5.0);
    CHECK(m.clamp_torque_N_m == 0.9);
    CHECK(m.purge_gas == "nitrogen, 60 mL/min");
    CHECK(m.static_elongation_alarm == 0.02);
    CHECK(m.reference_length == ReferenceLength::initial);
    const Method plain = understood_of(whole("aging"));
    CHECK(plain.static_elongation_alarm == 0.005);
    CHECK_FALSE(plain.preload_N);
    CHECK_FALSE(plain.force_track_percent);
    const Method multi = understood_of(whole("multi-strain"));
    CHECK(multi.amplitudes_m == std::vector<double>{5e-6, 1e-5});
    CHECK(understood_of(whole("isostrain")).strain == 0.001);
    for (const char* torque : {"900 mN m", "0.9 Nm", "0.9 N  m"}) {
        const std::string key = "clamp_torque = \"" + std::string(torque) + "\"";
        CHECK(understood_of(whole("creep", key)).clamp_torque_N_m == Approx(0.9).epsilon(1e-15));
    }
}

TEST_CASE("what a key cannot mean is refused with how to write it") {
    const auto wrong = [](const std::string& key, const std::string& mode = "aging") {
        return error_of(whole(mode, key));
    };
    CHECK(contains(wrong("force_track = 125"), "write \"125 %\""));
    CHECK(contains(wrong("force_track = 1.25"), "a ratio or a percentage"));
    CHECK(contains(wrong("force_track = \"1.25\""), "has no unit"));
    CHECK(contains(wrong("force_track = \"600 %\""), "500 %"));
    CHECK(contains(wrong("force_track = \"-5 %\""), "0 %"));
    CHECK(contains(wrong("preload = \"1 Pa\""), "known units: N, mN"));
    CHECK(contains(wrong("preload = \"-1 N\""), "negative"));
    CHECK(contains(wrong("preload = \"1 n\""), "'n' is not a unit of force"));
    CHECK(contains(wrong("preload = 1"), "\"0.01 N\""));
    CHECK(contains(wrong("clamp_torque = \"0.9 N\""), "N m"));
    CHECK(contains(wrong("purge_gas = 3"), "must be text"));
    CHECK(contains(wrong("purge_gas = \"\""), "purge_gas"));
    CHECK(contains(wrong("reference_length = \"actual\""), "initial, current"));
    CHECK(contains(wrong("strain_amplitude = \"0 %\""), "greater than 0"));
    CHECK(contains(
        wrong("amplitude = \"5 um\"\nstrain_amplitude = \"0.1 %\""),
        "m.toml:5: keys 'amplitude' and 'strain_amplitude' exclude each other"
    ));
    CHECK(contains(
        wrong("minimum_dynamic_force = \"5 N\"\nmaximum_dynamic_force = \"5 N\""), "not below"
    ));
    CHECK(contains(wrong("pre_load = \"1 N\""), "nearest known key is 'preload'"));
    const std::string multi =
        "mode = \"multi-strain\"\nfrequencies = [\"1 Hz\"]\n"
        "segments = [\"Isothermal for 1 min\"]\n";
    CHECK(contains(error_of(multi), "key 'amplitudes' is missing"));
    CHECK(contains(error_of("amplitudes = [\"5 um\", \"5 um\"]\n" + multi), "must ascend"));
    CHECK(contains(error_of("amplitudes = []\n" + multi), "1 to 100"));
    CHECK(contains(error_of("amplitudes = \"5 um\"\n" + multi), "must be a list"));
    CHECK(contains(
        error_of("amplitudes = [\"5 um\"]\nstrain_amplitudes = [\"1 %\"]\n" + multi), "exclude"
    ));
    understood_of("strain_amplitudes = [\"0.1 %\", \"1 %\"]\n" + multi);
    const std::string iso = "mode = \"isostrain\"\nsegments = [\"Ramp 3 K/min to 400 K\"]\n";
    CHECK(contains(error_of(iso), "key 'strain' is missing"));
    CHECK(contains(error_of("strain = \"0 %\"\n" + iso), "strains nothing"));
    CHECK(understood_of("strain = \"-0.1 %\"\n" + iso).strain == -0.001);
}

TEST_CASE("a sentence that the mode cannot execute is told with the mode that can") {
    const std::map<std::string, std::vector<std::string>> modes_of{
        {"Displace 2 MPa for 3 s", {"creep"}},
        {"Recover for 5 s", {"creep", "stress-relaxation"}},
        {"Hold strain 0.1 % for 9 s", {"stress-relaxation", "strain-rate"}},
        {"Strain rate 0.01 %/s to 1 %", {"strain-rate"}},
        {"Ramp force 3 N/min to 18 N", {"controlled-force"}},
        {"Frequency sweep 1 Hz to 2 Hz, 5 points per decade",
         {"multi-frequency-strain", "frequency-sweep", "aging"}},
    };
    for (const auto& [sentence, modes] : modes_of) {
        for (const auto& [mode, text] : whole_methods()) {
            std::string method = whole(mode);
            method.insert(method.rfind("]\n"), ",\n\"" + sentence + "\"");
            if (std::find(modes.begin(), modes.end(), mode) != modes.end()) {
                understood_of(method);
                continue;
            }
            const std::string told = error_of(method);
            CHECK(contains(told, "\"" + sentence + "\" is not possible in mode '" + mode + "'"));
            CHECK(contains(told, "use mode '"));
        }
    }
}

TEST_CASE("new sentences carry their numbers, strains and forces of either sign") {
    const auto force = parse_sentence("Ramp force 3 N/min to 18 N");
    REQUIRE(force);
    CHECK(force->kind == SegmentKind::force_ramp);
    CHECK(force->force_rate_N_per_s == 0.05);
    CHECK(force->force_N == 18.0);
    CHECK(parse_sentence("ramp FORCE 5 mN/s to -200 mN")->force_N == -0.2);
    CHECK(parse_sentence("Measure length")->kind == SegmentKind::measure_length);
    CHECK_FALSE(parse_sentence("Measure length")->is_setting());
    CHECK(parse_sentence("Strain rate 0.001 1/s to -5 %")->strain == -0.05);
    CHECK(parse_sentence("Strain rate 0.001 1/s to 0 %"));
    CHECK(parse_sentence("Hold strain -0.5 % for 3 s")->strain == -0.005);
    for (const char* wrong :
         {"Ramp force 0 N/min to 18 N",
          "Ramp force -3 N/min to 18 N",
          "Ramp force 3 N to 18 N",
          "Ramp force 3 N/min to 18 Pa",
          "Strain rate -0.001 1/s to 5 %",
          "Strain rate 0 1/s to 5 %",
          "Measure the length",
          "Measure length for 3 s"}) {
        INFO(wrong);
        CHECK_FALSE(parse_sentence(wrong));
    }
    const auto force_unit = parse_sentence("Ramp force 3 K/min to 18 N");
    REQUIRE_FALSE(force_unit);
    CHECK(contains(force_unit.error().sentence(), "Ramp force 3 N/min to 18 N"));
}

TEST_CASE("a run keeps one reference length unless the method says otherwise") {
    const std::string head =
        "mode = \"multi-frequency-strain\"\nclamp = \"tension\"\n"
        "frequencies = [\"1 Hz\"]\n";
    const std::string before =
        "segments = [\"Equilibrate at 300 K\", \"Measure length\", \"Isothermal for 1 min\"]\n";
    const std::string after = "segments = [\"Isothermal for 1 min\",\n\"Measure length\"]\n";
    const std::string again =
        "segments = [\"Measure length\", \"Isothermal for 1 min\", \"Repeat segment 1 for 2 "
        "times\"]\n";
    understood_of(head + before);
    CHECK(contains(error_of(head + after), "m.toml:5"));
    CHECK(contains(error_of(head + after), "two reference lengths"));
    CHECK(contains(error_of(head + again), "two reference lengths"));
    const std::string current = "reference_length = \"current\"\n";
    CHECK(understood_of(current + head + again).reference_length == ReferenceLength::current);
    CHECK(contains(
        error_of(current + head + "segments = [\"Isothermal for 1 min\"]\n"),
        "needs the sentence \"Measure length\""
    ));
    CHECK(contains(
        error_of(
            current +
            "mode = \"aging\"\nclamp = \"single-cantilever\"\nfrequencies = [\"1 Hz\"]\n" + before
        ),
        "not possible in clamp 'single-cantilever'"
    ));
}

TEST_CASE("what was understood names every number with its unit, defaults included") {
    const auto all = understood(understood_of(
        whole("multi-strain", "force_track = \"150 %\"\npreload = \"20 mN\"\npurge_gas = \"argon\"")
    ));
    const std::map<std::string, std::string> by_name(all.begin(), all.end());
    CHECK(by_name.size() == all.size());
    CHECK(by_name.at("mode") == "multi-strain");
    CHECK(by_name.at("amplitudes_m") == "5e-06, 1e-05");
    CHECK(by_name.at("force_track_percent") == "150");
    CHECK(by_name.at("preload_N") == "0.02");
    CHECK(by_name.at("purge_gas") == "argon");
    CHECK(by_name.at("reference_length") == "initial");
    CHECK(by_name.at("static_elongation_alarm") == "0.005");
    CHECK(by_name.count("amplitude_m") == 0);
}

}  // namespace relaxd::method
