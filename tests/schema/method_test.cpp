// SPDX-License-Identifier: MIT
//
// The method language: what a scientist writes is understood to SI, and what he mistypes is named.
#include "schema/method/method.hpp"

#include "schema/base/number.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace relaxd::method {

namespace {

std::string contract_example() {
    return R"(mode = "multi-frequency-strain"
clamp = "single-cantilever"
amplitude = "15 um"
frequencies = ["1 Hz", "2 Hz", "4 Hz", "8 Hz", "16 Hz"]
segments = ["Equilibrate at 300 K", "Isothermal for 10 min", "Ramp 3 K/min to 550 K"]
)";
}

std::string with_segments(const std::string& sentences, const std::string& mode = "creep") {
    return "mode = \"" + mode + "\"\nsegments = [" + sentences + "]\n";
}

std::string error_of(const std::string& toml, const std::string& source = "method.toml") {
    const auto method = parse(toml, source);
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

}  // namespace

TEST_CASE("the contract's example method is understood in SI") {
    const auto method = parse(contract_example());
    REQUIRE(method);
    CHECK(method->mode == Mode::multi_frequency_strain);
    CHECK(to_word(method->mode) == "multi-frequency-strain");
    CHECK(method->clamp == "single-cantilever");
    CHECK(method->amplitude_m == 15e-6);
    CHECK(method->frequencies_Hz == std::vector<double>{1, 2, 4, 8, 16});
    REQUIRE(method->segments.size() == 3);
    CHECK(method->segments[0].kind == SegmentKind::equilibrate);
    CHECK(method->segments[0].temperature_K == 300.0);
    CHECK(method->segments[0].text == "Equilibrate at 300 K");
    CHECK(method->segments[1].duration_s == 600.0);
    CHECK(method->segments[2].rate_K_per_s == 0.05);
    CHECK(method->segments[2].temperature_K == 550.0);
    CHECK(method->fits == FitsMode::newest);
    CHECK(method->fit.form == relaxd::record::Form::exact);
    CHECK(method->text == contract_example());
}

TEST_CASE("every sentence of the contract is understood") {
    const auto one = [](const char* sentence) {
        const auto segment = parse_sentence(sentence);
        INFO(sentence);
        REQUIRE(segment);
        return *segment;
    };
    CHECK(one("Jump to 100 °C").temperature_K == 373.15);
    CHECK(one("Jump to 100 degC").temperature_K == 373.15);
    CHECK(one("Jump to 100 C").temperature_K == 373.15);
    CHECK(one("Ramp 10.00 °C/min to 180.00 °C").rate_K_per_s == 10.0 / 60.0);
    const auto sweep = one("Frequency sweep 0.01 Hz to 2 Hz, 5 points per decade");
    CHECK(sweep.frequency_first_Hz == 0.01);
    CHECK(sweep.frequency_last_Hz == 2.0);
    CHECK(sweep.points_per_decade == 5);
    CHECK(one("Increment 10 K").temperature_K == 10.0);
    CHECK(one("Increment -5 °C").temperature_K == -5.0);
    const auto until = one("Repeat segment 3 until 492 K");
    CHECK(until.kind == SegmentKind::repeat_until);
    CHECK(until.target_segment == 3);
    CHECK(until.temperature_K == 492.0);
    const auto times = one("Repeat segment 3 for 5 times");
    CHECK(times.kind == SegmentKind::repeat_times);
    CHECK(times.count == 5);
    const auto displace = one("Displace 25 MPa for 330 s");
    CHECK(displace.stress_Pa == 25e6);
    CHECK(displace.duration_s == 330.0);
    CHECK(one("Recover for 1000 s").duration_s == 1000.0);
    const auto rate = one("Strain rate 0.0003 1/s to 10 %");
    CHECK(rate.rate_per_s == 0.0003);
    CHECK(rate.strain == 0.1);
    const auto hold = one("Hold strain 0.1 % for 1000 s");
    CHECK(hold.strain == 0.001);
    CHECK(hold.duration_s == 1000.0);
    CHECK(one("Sampling interval 0.10 s/pt").interval_s == 0.1);
    const auto log = one("Sampling 20 points per decade from 0.05 s");
    CHECK(log.kind == SegmentKind::sampling_log);
    CHECK(log.points_per_decade == 20);
    CHECK(log.start_s == 0.05);
    CHECK(one("Data storage on").on);
    CHECK_FALSE(one("Data storage off").on);
    CHECK(one("Data storage off").is_setting());
    CHECK_FALSE(one("Jump to 4 K").is_setting());
    const auto known = one("Isothermal until chi is known to 0.005, at most 60 min");
    CHECK(known.kind == SegmentKind::isothermal_until);
    CHECK(known.parameter == "chi");
    CHECK(known.tolerance == 0.005);
    CHECK(known.duration_s == 3600.0);
    CHECK(one("Isothermal for 2 h").duration_s == 7200.0);
}

TEST_CASE("words may have any case and any number of blanks, nothing else is free") {
    const auto segment = parse_sentence("  rAMP   3  k/MIN\tTO 550 K ");
    REQUIRE(segment);
    CHECK(segment->rate_K_per_s == 0.05);
    CHECK(parse_sentence("Equilibrate at 300K"));
    for (const char* wrong :
         {"Equilibrate 300 K",
          "Equilibrate at 300",
          "Equilibrate at 300 s",
          "Equilibrate at -1 K",
          "Equilibrate at 0 K",
          "Equilibrate at -274 °C",
          "Equilibrate at nan K",
          "Equilibrate at 1e999 K",
          "Equilibrate at 300 K!",
          "Equilibrate at 300 K and wait",
          "Equilibrateat 300 K",
          "Isothermal for -10 min",
          "Isothermal for 0 s",
          "Isothermal for 0,5 min",
          "Ramp -3 K/min to 300 K",
          "Ramp 0 K/min to 300 K",
          "Frequency sweep 0.01 Hz to 2 Hz 5 points per decade",
          "Frequency sweep 0.01 Hz to 2 Hz, 0 points per decade",
          "Frequency sweep 0.01 Hz to 2 Hz, 2.5 points per decade",
          "Frequency sweep 0 Hz to 2 Hz, 5 points per decade",
          "Increment 0 K",
          "Repeat segment 0 for 5 times",
          "Repeat segment 1 for 0 times",
          "Repeat segment 1 for 99999999999999999999 times",
          "Displace 25 mPa for 330 s",
          "Displace 0 MPa for 330 s",
          "Hold strain 5000 % for 1 s",
          "Sampling interval 1 s",
          "Data storage maybe",
          "Isothermal until xi is known to 0.005, at most 60 min",
          "Isothermal until chi is known to 0, at most 60 min",
          ""}) {
        INFO(wrong);
        CHECK_FALSE(parse_sentence(wrong));
    }
}

TEST_CASE("an unknown wording shows the nearest known sentence and where it stands") {
    const auto text = error_of(
        "mode = \"multi-frequency-strain\"\nfrequencies = [\"1 Hz\"]\nsegments = [\n"
        "  \"Equilibrate at 300 K\",\n  \"Isothrmal 10 min\",\n]\n"
    );
    CHECK(contains(text, "method.toml:5"));
    CHECK(contains(text, "Isothrmal 10 min"));
    CHECK(contains(text, "\"Isothermal for 10 min\""));
    const auto unit = parse_sentence("Isothermal for 10 K", "here:1");
    REQUIRE_FALSE(unit);
    CHECK(unit.error().where == "here:1");
    CHECK(contains(unit.error().sentence(), "'K' is not a unit of time"));
    const auto word = parse_sentence("Ramp 3 K/min 550 K");
    REQUIRE_FALSE(word);
    CHECK(contains(word.error().message, "'to' is expected at '550 K'"));
    CHECK(contains(word.error().hint, "Ramp 3 K/min to 550 K"));
    const auto parameter = parse_sentence("Isothermal until ch is known to 0.1, at most 1 h");
    REQUIRE_FALSE(parameter);
    CHECK(contains(parameter.error().sentence(), "'chi'"));
    const auto endless = parse_sentence("Isothermal for 1e308 h");
    REQUIRE_FALSE(endless);
    CHECK(contains(endless.error().message, "'1e308 h' is too great a time"));
    const auto longest = parse_sentence(std::string(100'000, 'x'));
    REQUIRE_FALSE(longest);
    CHECK(longest.error().sentence().size() < 600);
}

TEST_CASE("keys that are unknown, missing, of the wrong type or unit are named with their line") {
    CHECK(contains(
        error_of("mode = \"creep\"\nsegmets = []\n"), "method.toml:2: unknown key 'segmets'"
    ));
    CHECK(contains(error_of("mode = \"creep\"\nsegmets = []\n"), "'segments'"));
    CHECK(contains(error_of("segments = [\"Jump to 3 K\"]"), "key 'mode' is missing"));
    CHECK(contains(error_of("mode = \"creep\""), "key 'segments' is missing"));
    CHECK(contains(
        error_of("\nmode = \"crep\"\nsegments = [\"Jump to 3 K\"]"), ":2: unknown mode 'crep'"
    ));
    CHECK(contains(error_of("\nmode = \"crep\"\nsegments = [\"Jump to 3 K\"]"), "'creep'"));
    CHECK(contains(error_of(with_segments("\"Jump to 3 K\", 4")), "must be text"));
    CHECK(contains(error_of("mode = 3\nsegments = [\"Jump to 3 K\"]"), "'mode' must be text"));
    CHECK(contains(
        error_of("clamp = \"singel-cantilever\"\n" + with_segments("\"Jump to 3 K\"")),
        "'single-cantilever'"
    ));
    CHECK(contains(
        error_of("amplitude = \"15 K\"\n" + with_segments("\"Jump to 3 K\"")),
        "method.toml:1: key 'amplitude': 'K' is not a unit of length"
    ));
    CHECK(
        contains(error_of("amplitude = \"15\"\n" + with_segments("\"Jump to 3 K\"")), "has no unit")
    );
    CHECK(contains(
        error_of("amplitude = \"-15 um\"\n" + with_segments("\"Jump to 3 K\"")), "greater than 0"
    ));
    CHECK(contains(
        error_of("amplitude = 15\n" + with_segments("\"Jump to 3 K\"")), "number and a unit"
    ));
    CHECK(contains(error_of("frequencies = [1, 2]\n" + with_segments("\"Jump to 3 K\"")), "1 Hz"));
    CHECK(contains(
        error_of("frequencies = [\"1 Hz\", \"1000 mHz\"]\n" + with_segments("\"Jump to 3 K\"")),
        "twice"
    ));
    CHECK(contains(error_of("mode = \n"), "method.toml:1: this is not TOML"));
    CHECK(contains(
        error_of(with_segments("\"Jump to 3 K\"", "aging")), "key 'frequencies' is missing"
    ));
    CHECK(contains(
        error_of(with_segments(
            "\"Equilibrate at 300 K\",\n\"Displace 2 MPa for 3 s\"", "frequency-sweep"
        )),
        "method.toml:3: \"Displace 2 MPa for 3 s\" is not possible in mode 'frequency-sweep'"
    ));
    CHECK(contains(
        error_of(with_segments("\"Frequency sweep 1 Hz to 2 Hz, 5 points per decade\"")),
        "not possible in mode 'creep'"
    ));
}

TEST_CASE("micrometres are understood with both letters mu and as um") {
    for (const char* amplitude : {"15 um", "15 \u00B5m", "15 \u03BCm", "0.015 mm", "15um"}) {
        const auto method = parse(
            "amplitude = \"" + std::string(amplitude) + "\"\n" + with_segments("\"Jump to 3 K\"")
        );
        INFO(amplitude);
        REQUIRE(method);
        CHECK(method->amplitude_m == Approx(15e-6).epsilon(1e-15));
    }
}

TEST_CASE("fit settings are a word or a table") {
    const std::string body = with_segments("\"Jump to 3 K\"");
    CHECK(parse("fits = \"every\"\n" + body)->fits == FitsMode::every);
    CHECK(parse("fits = \"off\"\n" + body)->fits == FitsMode::off);
    const auto full = parse(
        body +
        "name = \"night\"\n[fits]\nmode = \"every\"\nform = \"gamma\"\nT_g_K = 453\nmaterial = "
        "\"la60ni15al25\"\nprior = {B = \"1+-0.2\", \"fast_beta.B\" = \"0.5 ± 1e-1\"}\n"
    );
    REQUIRE(full);
    CHECK(full->name == "night");
    CHECK(full->fits == FitsMode::every);
    CHECK(full->fit.form == relaxd::record::Form::gamma);
    CHECK(full->fit.T_g_K == 453.0);
    CHECK(full->fit.material == "la60ni15al25");
    CHECK(full->fit.priors.at("B").mean == 1.0);
    CHECK(full->fit.priors.at("B").sd == 0.2);
    CHECK(full->fit.priors.at("fast_beta.B").sd == 0.1);
    CHECK(contains(error_of("fits = \"sometimes\"\n" + body), "newest, every, off"));
    CHECK(contains(
        error_of("fits = \"every\"\n" + body + "[fits]\nform = \"exact\"\n"), "mode = \"every\""
    ));
    CHECK(contains(error_of(body + "[fits]\nfrom = \"exact\"\n"), "nearest known key is 'form'"));
    CHECK(contains(error_of(body + "[fits]\nT_g_K = \"453\"\n"), "method.toml:4"));
    CHECK(contains(error_of(body + "[fits]\nT_g_K = nan\n"), "T_g_K"));
    CHECK(contains(error_of(body + "[fits]\nprior = {B = \"1\"}\n"), "MEAN+-SD"));
    CHECK(contains(error_of(body + "[fits]\nprior = {B = \"1+-0\"}\n"), "MEAN+-SD"));
    CHECK(contains(error_of(body + "[fits]\nprior = {chi_T = \"1+-1\"}\n"), "'chi_Tg'"));
}

TEST_CASE("no bytes at all make the parser fall") {
    CHECK_FALSE(parse(""));
    CHECK_FALSE(parse(std::string_view("\0\0\xff\xfe", 4)));
    const std::string whole = contract_example();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto method = parse(whole.substr(0, length));
        if (method) {
            CHECK(method->segments.size() == 3);  // Only the last line feed may be missing.
        }
    }
}

TEST_CASE("sweep frequencies are those of the contract, upwards and downwards") {
    const auto up = sweep_frequencies_Hz(0.01, 2.0, 5);
    REQUIRE(up.size() == 13);  // 10^(11.5/5) decades: k = 0 … 11, then 2 Hz itself.
    CHECK(up.front() == 0.01);
    CHECK(up[1] == Approx(0.01 * std::pow(10.0, 0.2)).epsilon(1e-14));
    CHECK(up[11] == Approx(1.5848931924611136).epsilon(1e-14));
    CHECK(up.back() == 2.0);
    const auto exact = sweep_frequencies_Hz(0.1, 100.0, 10);
    CHECK(exact.size() == 31);  // The end is not measured twice.
    const auto down = sweep_frequencies_Hz(2.0, 0.01, 5);
    REQUIRE(down.size() == 13);
    CHECK(down[1] == Approx(2.0 * std::pow(10.0, -0.2)).epsilon(1e-14));
    CHECK(down.back() == 0.01);
    CHECK(sweep_frequencies_Hz(3.0, 3.0, 5) == std::vector<double>{3.0});
    CHECK(sweep_frequencies_Hz(0.0, 3.0, 5).empty());
}

}  // namespace relaxd::method
