// SPDX-License-Identifier: MIT
//
// A row that went through JSON is the row that was sent, to the last bit of every number.
#include "schema/wire/read_back.hpp"

#include "tests/support/catch.hpp"

#include <boost/json/serialize.hpp>
#include <rapidcheck.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

namespace relaxd {

namespace json = boost::json;

namespace {

/// Any finite double, each bit pattern as likely as any other.
double any_double() {
    const auto value = std::bit_cast<double>(*rc::gen::arbitrary<std::uint64_t>());
    return std::isfinite(value) ? value : 0.1;
}

/// Sometimes unknown.
double any_number() {
    return *rc::gen::inRange(0, 4) == 0 ? record::unknown : any_double();
}

std::string any_text() {
    return *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~'));
}

bool is_same(double a, double b) {
    return (std::isnan(a) && std::isnan(b)) ||
           std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

json::value sent(const json::value& row) {
    const auto value = wire::parse(json::serialize(row), "test");
    REQUIRE(value);
    return *value;
}

}  // namespace

TEST_CASE("every double is read from JSON as the one nearest to its text") {
    REQUIRE(rc::check("what was written comes back", [] {
        const double value = any_double();
        json::array row{value, "x", -value};
        const json::value back = sent(row);
        RC_ASSERT(is_same(back.at(0).as_double(), value));
        RC_ASSERT(is_same(back.at(2).as_double(), -value));
    }));
    REQUIRE(rc::check("other spellings too", [] {
        const double value = any_double();
        std::array<char, 64> text{};
        const int digits = *rc::gen::inRange(1, 25);
        std::snprintf(text.data(), text.size(), "%.*e", digits, value);
        double nearest = 0.0;
        RC_PRE(std::sscanf(text.data(), "%lf", &nearest) == 1);
        RC_PRE(std::isfinite(nearest));
        const auto back = wire::parse(text.data(), "test");
        RC_ASSERT(back.has_value());
        RC_ASSERT(is_same(back->as_double(), nearest));
    }));
    // Boost.JSON 1.81 alone reads these two off by one in the last place.
    REQUIRE(wire::parse("1.8088101387491814E-140", "")->as_double() == 1.8088101387491814e-140);
    REQUIRE(wire::parse("[2.2793885948083866E10]", "")->at(0).as_double() == 22793885948.083866);
    // A whole number stays one, whatever comes before and after it.
    const auto mixed = wire::parse("[1.5, 7, -3, 18446744073709551615, 2.5]", "");
    REQUIRE(mixed->at(0).as_double() == 1.5);
    REQUIRE(mixed->at(1).as_int64() == 7);
    REQUIRE(mixed->at(2).as_int64() == -3);
    REQUIRE(mixed->at(3).as_uint64() == std::numeric_limits<std::uint64_t>::max());
    REQUIRE(mixed->at(4).as_double() == 2.5);
    REQUIRE(wire::parse("1e-999", "")->as_double() == 0.0);
    REQUIRE(wire::parse(" 0.1", "")->as_double() == 0.1);  // ends with the text
}

TEST_CASE("points come back from their list, numbers to the last bit") {
    REQUIRE(rc::check([] {
        record::Point point;
        point.seq = *rc::gen::inRange<std::uint64_t>(1, 1'000'000'000'000);
        point.reading.segment = *rc::gen::inRange(0, 90);
        point.reading.time_s = any_number();
        point.reading.number = *rc::gen::inRange<std::uint64_t>(0, 1'000'000);
        for (std::size_t i = 0; i < record::channel_count; ++i) {
            point.reading.values[static_cast<record::Channel>(i)] = any_number();
        }
        point.reading.flags = any_text();
        point.reading.simulated = *rc::gen::arbitrary<bool>();
        const auto back = wire::point_from_json(sent(wire::to_json(3, point)));
        RC_ASSERT(back.has_value());
        RC_ASSERT(back->seq == point.seq);
        RC_ASSERT(back->reading.segment == point.reading.segment);
        RC_ASSERT(is_same(back->reading.time_s, point.reading.time_s));
        RC_ASSERT(back->reading.number == point.reading.number);
        for (std::size_t i = 0; i < record::channel_count; ++i) {
            const auto channel = static_cast<record::Channel>(i);
            RC_ASSERT(is_same(back->reading.values[channel], point.reading.values[channel]));
        }
        RC_ASSERT(back->reading.flags == point.reading.flags);
        RC_ASSERT(back->reading.simulated == point.reading.simulated);
    }));
}

TEST_CASE("estimates come back from their list, every column of theirs") {
    REQUIRE(rc::check([] {
        record::Estimate one;
        one.seq = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
        one.fit_number = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
        for (std::string* text :
             {&one.model,
              &one.parameter,
              &one.form,
              &one.options_sha256,
              &one.code_version,
              &one.traded_with,
              &one.method,
              &one.known_combination,
              &one.experiment}) {
            *text = any_text();
        }
        for (double* number :
             {&one.value,
              &one.standard_error,
              &one.lower_95,
              &one.upper_95,
              &one.temperature_K,
              &one.frequency_Hz,
              &one.systematic_error,
              &one.combined_error,
              &one.known_combination_value,
              &one.known_combination_standard_error}) {
            *number = any_number();
        }
        one.state = static_cast<record::ParameterState>(*rc::gen::inRange(0, 6));
        one.segment = *rc::gen::inRange(0, 9);
        one.n_points = *rc::gen::inRange<std::uint64_t>(0, 9'000);
        one.first_seq = *rc::gen::inRange<std::uint64_t>(0, 9'000);
        one.last_seq = *rc::gen::inRange<std::uint64_t>(0, 9'000);
        one.simulated = *rc::gen::arbitrary<bool>();
        const auto back = wire::estimate_from_json(sent(wire::to_json(3, one)));
        RC_ASSERT(back.has_value());
        // The JSON has every column but the host's time, so equal JSON is an equal row.
        RC_ASSERT(
            json::serialize(wire::to_json(3, *back)) == json::serialize(wire::to_json(3, one))
        );
        RC_ASSERT(is_same(back->value, one.value));
        RC_ASSERT(is_same(back->combined_error, one.combined_error));
        RC_ASSERT(back->state == one.state);
    }));
}

TEST_CASE("runs and the inputs of fits come back") {
    record::Run run;
    run.run_id = 7;
    run.uuid = "u-7";
    run.method = "mode = \"creep\"\n# 25 °C\n";
    run.state = record::RunState::interrupted;
    run.end_cause = "the cable";
    run.last_seq = 12;
    run.simulated = true;
    run.code_version = "1.2";
    const auto run_back = wire::run_from_json(sent(wire::to_json(run)));
    REQUIRE(run_back);
    REQUIRE(wire::to_json(*run_back) == wire::to_json(run));

    record::FitInputs inputs;
    inputs.fit_number = 4;
    inputs.model = "dynamic";
    inputs.options = "model name=dynamic\nprior T_g_K=453\n";
    inputs.start = "ln_E=24.1\n";
    inputs.segments = "1 3";
    inputs.series = "";
    inputs.up_to_seq = 99;
    inputs.n_given = 60;
    inputs.dynamic_fit_number = 3;
    const auto fit_back = wire::fit_inputs_from_json(sent(wire::to_json(7, inputs)));
    REQUIRE(fit_back);
    REQUIRE(wire::to_json(7, *fit_back) == wire::to_json(7, inputs));
    REQUIRE(fit_back->options == inputs.options);
    REQUIRE(wire::to_json(7, record::FitInputs{}).at("start").is_null());
    REQUIRE(wire::to_json(7, record::FitInputs{}).at("dynamic_fit_number").is_null());
}

TEST_CASE("a row that is none is refused by the name of its key") {
    const auto where = [](const std::string& text) {
        const auto back = wire::estimate_from_json(*wire::parse(text, "test"));
        REQUIRE_FALSE(back);
        REQUIRE(back.error().code == Errc::corrupt);
        return back.error().where;
    };
    const std::string good =
        R"("seq":1,"fit_number":1,"model":"dynamic","parameter":"B","state":"fixed")";
    REQUIRE(wire::estimate_from_json(*wire::parse("{" + good + "}", "test")));
    REQUIRE(where("[]").empty());
    REQUIRE(where("{}") == "seq");
    REQUIRE(where(R"({"seq":-1})") == "seq");
    REQUIRE(where(R"({"seq":1.5})") == "seq");
    REQUIRE(where(R"({"seq":"1"})") == "seq");
    REQUIRE(where(R"({"seq":1,"fit_number":1})") == "model");
    REQUIRE(where("{" + good + R"(,"value":"0.4"})") == "value");
    REQUIRE(where("{" + good + R"(,"segment":3000000000})") == "segment");
    REQUIRE(
        where(R"({"seq":1,"fit_number":1,"model":"m","parameter":"p","state":"sure"})") == "state"
    );
    REQUIRE_FALSE(wire::run_from_json(json::value("x")));
    REQUIRE_FALSE(wire::point_from_json(json::object()));
    REQUIRE_FALSE(wire::fit_inputs_from_json(json::object()));
}

}  // namespace relaxd
