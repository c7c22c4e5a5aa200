// SPDX-License-Identifier: MIT
//
// What leaves as JSON has the columns of the views, never a NaN, always valid UTF-8.
#include "schema/wire/wire.hpp"

#include "schema/base/number.hpp"
#include "schema/wire/export.hpp"
#include "tests/support/catch.hpp"

#include <boost/json/serialize.hpp>
#include <rapidcheck.h>

#include <array>
#include <limits>

namespace relaxd {

namespace json = boost::json;

namespace {

/// The keys of an object, joined by blanks.
std::string keys_of(const json::object& object) {
    std::string keys;
    for (const auto& [key, value] : object) {
        keys += (keys.empty() ? "" : " ") + std::string(key);
    }
    return keys;
}

std::string text_of(const json::value& value) {
    return std::string(value.as_string());
}

record::Specimen specimen_of(const std::string& text) {
    const auto value = wire::parse(text, "test");
    REQUIRE(value);
    const auto specimen = wire::specimen_from_json(*value);
    if (!specimen) {
        FAIL(specimen.error().sentence());
    }
    return *specimen;
}

}  // namespace

TEST_CASE("objects have the keys of the contract's views, in their order") {
    REQUIRE(
        keys_of(wire::to_json(record::Run{})) ==
        "run_id uuid name instrument specimen method state end_cause started_utc ended_utc "
        "last_seq simulated code_version"
    );
    std::string point = "run_id seq time_utc segment time_s reading_number";
    for (const std::string_view name : record::channel_names) {
        point += " " + std::string(name);
    }
    REQUIRE(keys_of(wire::to_json(1, record::Point{})) == point + " flags simulated");
    REQUIRE(
        keys_of(wire::to_json(1, record::Gap{})) ==
        "run_id seq from_time_s to_time_s missing cause simulated"
    );
    REQUIRE(
        keys_of(wire::to_json(1, record::Event{})) ==
        "run_id seq time_utc severity code message detail simulated"
    );
    REQUIRE(
        keys_of(wire::to_json(1, record::Estimate{})) ==
        "run_id seq fit_number time_utc model parameter value standard_error lower_95 upper_95 "
        "state segment temperature_K frequency_Hz form n_points first_seq last_seq "
        "options_sha256 code_version simulated systematic_error traded_with combined_error method "
        "known_combination known_combination_value known_combination_standard_error experiment"
    );
    REQUIRE(
        keys_of(wire::to_json(1, record::Segment{})) ==
        "run_id segment text started_utc ended_utc first_seq last_seq simulated flags"
    );
    REQUIRE(
        keys_of(wire::to_json(record::Instrument{})) ==
        "name driver uri link_state state identity serial_number simulated proven"
    );
    REQUIRE(keys_of(wire::to_json(1, record::Specimen{}))
                .starts_with("run_id name clamp length_m width_m thickness_m poisson_ratio "));
}

TEST_CASE("unknown numbers are null, known ones read back to the same double") {
    REQUIRE(wire::number(std::numeric_limits<double>::quiet_NaN()).is_null());
    REQUIRE(wire::number(std::numeric_limits<double>::infinity()).is_null());
    REQUIRE(wire::number(-std::numeric_limits<double>::infinity()).is_null());
    REQUIRE(rc::check([](double value) {
        const std::string text = json::serialize(wire::number(value));
        RC_ASSERT(to_double(text) == std::optional(value));
    }));
    const std::string point = json::serialize(wire::to_json(1, record::Point{}));
    REQUIRE(point.find("nan") == std::string::npos);
    REQUIRE(point.find("1e99999") == std::string::npos);
}

TEST_CASE("texts that are not UTF-8 are repaired, hostile ones are escaped") {
    record::Event event;
    event.code = "E";
    event.message = std::string("a\"\\\n\0<script>\xc3\x28\xed\xa0\x80\xf8\xe2\x82", 21);
    event.detail = "25 °C ± 1 µm";
    const std::string text = json::serialize(wire::to_json(1, event));
    const auto back = wire::parse(text, "test");  // refuses text that is not UTF-8
    REQUIRE(back);
    const std::string message = text_of(back->at("message"));
    REQUIRE(message.starts_with(std::string("a\"\\\n\0<script>", 13)));
    REQUIRE(message.find("\xEF\xBF\xBD") != std::string::npos);
    REQUIRE(text_of(back->at("detail")) == event.detail);
}

TEST_CASE("messages name their type, and a change of state is one of its own") {
    record::Event event;
    event.seq = 7;
    event.code = "STATE";
    event.detail = "running";
    event.time_utc = UtcTime{1'769'860'800'123'456'789};
    const json::object message = wire::to_message(3, event);
    REQUIRE(keys_of(message) == "type run_id seq time_utc data");
    REQUIRE(text_of(message.at("type")) == "state");
    REQUIRE(message.at("seq").to_number<int>() == 7);
    REQUIRE(text_of(message.at("time_utc")) == "2026-01-31T12:00:00.123456Z");
    REQUIRE(text_of(message.at("data").at("detail")) == "running");
    event.code = "LINK_LOST";
    REQUIRE(text_of(wire::to_message(3, event).at("type")) == "event");
    REQUIRE(text_of(wire::to_message(3, record::Point{}).at("type")) == "point");
    REQUIRE(text_of(wire::to_message(3, record::Gap{}).at("type")) == "gap");
    REQUIRE(text_of(wire::to_message(3, record::Estimate{}).at("type")) == "estimate");
}

TEST_CASE("errors carry code, message, place and advice") {
    const Error error{Errc::not_found, "there is no run 9", "runs", "list the runs"};
    REQUIRE(
        json::serialize(wire::to_json(error)) ==
        R"({"error":{"code":"not_found","message":"there is no run 9","where":"runs",)"
        R"("hint":"list the runs"}})"
    );
    REQUIRE(text_of(wire::to_json(error, "lease_held").at("error").at("code")) == "lease_held");
}

TEST_CASE("a fit result has the shape of the contract") {
    record::FitResult result;
    result.model = "dynamic";
    result.status = "converged";
    result.form = "exact";
    record::ParameterEstimate known{"U_beta_J_mol", 86400.0, 60.0};
    known.lower_95 = 86280.0;
    known.upper_95 = 86520.0;
    known.state = record::ParameterState::determined;
    result.parameters = {known, {"B"}};
    result.correlation_names = {"U_beta_J_mol", "B"};
    result.correlations = {1.0, 0.5, 0.5, 1.0};
    result.derived = {known};
    record::IsothermEstimate isotherm;
    isotherm.temperature_K = 453.0;
    isotherm.chi_slope = known;
    result.isotherms = {isotherm};
    result.peaks = {{1.0, known}};
    const json::object out = wire::to_json(result, "0.1", "");
    REQUIRE(
        keys_of(out) ==
        "model status reason n_points n_flagged reduced_chi2 form wall_ms code_version "
        "data_sha256 parameters correlations derived isotherms shifts peaks known_combinations "
        "formulation alternatives residuals warnings"
    );
    REQUIRE(out.at("reason").is_null());
    REQUIRE(out.at("reduced_chi2").is_null());
    const json::object& parameter = out.at("parameters").at("U_beta_J_mol").as_object();
    REQUIRE(
        json::serialize(parameter) ==
        R"({"value":8.64E4,"standard_error":6E1,"systematic_error":null,"combined_error":null,)"
        R"("interval_95":[8.628E4,8.652E4],"profile_95":null,"state":"determined",)"
        R"("shrinkage":null,"traded_with":null,"method":null})"
    );
    const json::value& unknown = out.at("parameters").at("B");
    REQUIRE(unknown.at("value").is_null());
    REQUIRE(unknown.at("interval_95").is_null());
    REQUIRE(text_of(unknown.at("state")) == "undetermined");
    REQUIRE(json::serialize(out.at("correlations").at("matrix")) == "[[1E0,5E-1],[5E-1,1E0]]");
    REQUIRE(
        keys_of(out.at("isotherms").as_array().at(0).as_object()) ==
        "temperature_K n_points chi_slope chi"
    );
    REQUIRE(keys_of(out.at("peaks").as_array().at(0).as_object()) == "frequency_Hz temperature_K");
}

TEST_CASE("what only some models have stands where the contract says") {
    record::FitResult result;
    result.model = "master-curve";
    record::ParameterEstimate shift{"ln_aT", -2.5, 0.25};
    shift.systematic_error = 0.6;
    shift.combined_error = 0.65;
    result.shifts = {{440.0, shift}};
    result.tts_holds = record::SuperpositionTest{true, 0.4};
    result.known_combinations = {
        {"A_vp_per_Pa / tau_max_s", {"A_vp_per_Pa", "tau_max_s"}, 1e-13, 2e-15, "wait longer"},
        {"b", {}, record::unknown, record::unknown, ""}
    };
    result.alternatives = {{"E_u_slope_per_K: 0", 101.5, 9, 119.5, 150.0, true}};
    result.residuals = record::ResidualCheck{0.1, 0.2, record::unknown, true, "runs: p = 1e-9"};
    result.formulation = "linear";
    result.warnings = {"one", "two"};
    const json::object out = wire::to_json(result, "0.1", "");
    REQUIRE(json::serialize(out.at("tts_holds")) == R"({"holds":true,"p_value":4E-1})");
    REQUIRE(
        json::serialize(out.at("known_combination")) ==
        R"({"expression":"A_vp_per_Pa / tau_max_s","names":["A_vp_per_Pa","tau_max_s"],)"
        R"("value":1E-13,"standard_error":2E-15,"experiment":"wait longer"})"
    );
    REQUIRE(out.at("known_combinations").as_array().size() == 2);
    REQUIRE(out.at("known_combinations").at(1).at("value").is_null());
    const json::value& ln_aT = out.at("shifts").at(0).at("ln_aT");
    REQUIRE(out.at("shifts").at(0).at("temperature_K").as_double() == 440.0);
    REQUIRE(ln_aT.at("combined_error").as_double() == 0.65);
    REQUIRE(
        json::serialize(out.at("alternatives")) ==
        R"([{"name":"E_u_slope_per_K: 0","chi2":1.015E2,"n_free":9,"aic":1.195E2,)"
        R"("bic":1.5E2,"is_chosen":true}])"
    );
    REQUIRE(
        json::serialize(out.at("residuals")) ==
        R"({"lag1":1E-1,"runs_p":2E-1,"chi2_p":null,"is_alarm":true,"sentence":"runs: p = 1e-9"})"
    );
    REQUIRE(text_of(out.at("formulation")) == "linear");
    REQUIRE(out.at("warnings").as_array().size() == 2);
}

TEST_CASE("a specimen goes out and comes back, unknown keys included") {
    const record::Specimen specimen = specimen_of(R"({
        "name": "plate 7 a", "clamp": "single-cantilever", "length_m": 0.0175, "width_m": null,
        "poisson_ratio": 0.37, "form": "bulk", "state": "as-cast", "T_g_K": 453,
        "composition_at_percent": {"La": 60, "Ni": 15.2, "Al": 25},
        "anneals": [{"temperature_K": 420, "duration_s": 3600, "atmosphere": "argon"}],
        "length_sigma_m": 0, "shelf": "B2", "box": 7, "note": "a", "date": "b", "T_m_K": 800,
        "extra": {"length": "18 mm"}})");
    REQUIRE(specimen.length_m == 0.0175);
    REQUIRE(std::isnan(specimen.width_m));
    REQUIRE(specimen.length_sigma_m == 0.0);
    REQUIRE(specimen.anneals.at(0).duration_s == 3600.0);
    REQUIRE(
        specimen.extra ==
        std::map<std::string, std::string>{
            {"shelf", "B2"},
            {"box", "7"},
            {"note", "a"},
            {"date", "b"},
            {"T_m_K", "800"},
            {"length", "18 mm"}
        }
    );
    const auto back = wire::specimen_from_json(wire::to_json(9, specimen));
    REQUIRE(back);
    REQUIRE(
        json::serialize(wire::to_json(9, *back)) == json::serialize(wire::to_json(9, specimen))
    );
}

TEST_CASE("a specimen that cannot be is refused and the key is named") {
    const std::array<std::pair<const char*, const char*>, 10> wrong{{
        {R"({"length_m": -0.01})", "length_m"},
        {R"({"length_m": "17.5 mm"})", "length_m"},
        {R"({"thickness_m": 0})", "thickness_m"},
        {R"({"poisson_ratio": 0.6})", "poisson_ratio"},
        {R"({"form": "liquid"})", "form"},
        {R"({"state": "as"})", "state"},
        {R"({"name": 7})", "name"},
        {R"({"composition_at_percent": {"La": 60, "Ni": 15}})", "composition_at_percent"},
        {R"({"anneals": [{"temperature_K": "hot"}]})", "anneals"},
        {R"({"width_sigma_m": -1})", "width_sigma_m"},
    }};
    for (const auto& [text, key] : wrong) {
        INFO(text);
        const auto value = wire::parse(text, "test");
        REQUIRE(value);
        const auto refused = wire::specimen_from_json(*value);
        REQUIRE_FALSE(refused);
        REQUIRE(refused.error().code == Errc::invalid);
        REQUIRE(refused.error().where == std::string("specimen.") + key);
    }
    REQUIRE_FALSE(wire::specimen_from_json(json::value("plate 7")));
}

TEST_CASE("a misspelt key of a specimen, or one without its unit, is refused with the one meant") {
    const std::array<std::pair<const char*, const char*>, 7> wrong{{
        {R"({"lenght_m": 0.01})", "\"length_m\""},
        {R"({"thickness_mm": 1})", "\"thickness_m\""},
        {R"({"width": 3})", "\"width_m\""},
        {R"({"Poisson_ratio": 0.3})", "\"poisson_ratio\""},
        {R"({"T_g": 453})", "\"T_g_K\""},
        {R"({"composition": "La60"})", "\"composition_at_percent\""},
        {R"({"anneal": []})", "\"anneals\""},
    }};
    for (const auto& [text, meant] : wrong) {
        INFO(text);
        const auto refused = wire::specimen_from_json(*wire::parse(text, "test"));
        REQUIRE_FALSE(refused);
        REQUIRE(refused.error().code == Errc::invalid);
        REQUIRE(refused.error().hint.find(meant) != std::string::npos);
    }
}

TEST_CASE("text that is not JSON is refused with line and column") {
    const auto broken = wire::parse("{\"a\": 1,\n  \"b\": }", "body");
    REQUIRE_FALSE(broken);
    REQUIRE(broken.error().where == "body:2:8");
    for (const std::string text : {"", "{", "[1] 2", "nan", "{\"a\":\"\xff\"}", "[1e999"}) {
        INFO(text);
        REQUIRE_FALSE(wire::parse(text, "body"));
    }
    REQUIRE(wire::parse(" 12 ", "body"));
    const std::string deep(40, '[');
    REQUIRE_FALSE(wire::parse(deep + std::string(40, ']'), "body"));
    REQUIRE(wire::parse(std::string(30, '[') + std::string(30, ']'), "body"));
}

TEST_CASE("an exported run holds every row under its kind") {
    record::Run run;
    run.run_id = 4;
    const std::array<record::Row, 4> rows{
        record::Point{}, record::Gap{}, record::Event{}, record::Estimate{}
    };
    const std::array<record::Segment, 1> segments{record::Segment{}};
    const json::object out = wire::export_json(run, record::Specimen{}, segments, rows);
    REQUIRE(keys_of(out) == "simulated run specimen segments points gaps estimates events");
    for (const char* kind : {"segments", "points", "gaps", "estimates", "events"}) {
        REQUIRE(out.at(kind).as_array().size() == 1);
        REQUIRE(out.at(kind).as_array().at(0).at("run_id").to_number<int>() == 4);
    }
}

}  // namespace relaxd
