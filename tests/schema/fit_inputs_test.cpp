// SPDX-License-Identifier: MIT
//
// What a fit depended on, as text and back: nothing may be lost, or a replay is another fit.
#include "schema/record/fit_inputs.hpp"

#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <limits>

namespace relaxd::test {

namespace {

record::FitOptions all_options() {
    record::FitOptions options;
    options.model = "creep";
    options.form = record::Form::gamma;
    options.fixed = {{"B", 1.0 / 3.0}, {"odd name = 1\n%", -0.0}};
    options.freed = {"background_tan_delta", "A_vp_per_Pa"};
    options.priors = {{"chi_Tg", {0.4, 0.05}}, {"a1_per_K", {record::unknown, 1e-300}}};
    options.T_g_fixed_K = 453.15;
    options.T_g_prior_K = record::Prior{450.0, 3.0};
    options.T_max_K = 500.0;
    options.iterations_max = 77;
    options.formulation = "eq16";
    options.material = {{"sigma1_Pa", 1.2e9}, {"fast_beta.B", 0.1}};
    options.wants_profiles = true;
    options.wants_alternatives = true;
    options.modulus_scale_relative_sd = 0.031;
    options.temperature_offset_sd_K = 0.5;
    return options;
}

}  // namespace

TEST_CASE("every option of a fit survives being stored") {
    const record::FitOptions options = all_options();
    const auto back = record::options_from(record::options_text(options));
    REQUIRE(back);
    CHECK(back->model == "creep");
    CHECK(back->form == record::Form::gamma);
    CHECK(back->fixed == options.fixed);
    CHECK(back->freed == options.freed);
    REQUIRE(back->priors.size() == 2);
    CHECK(back->priors.at("chi_Tg").mean == 0.4);
    CHECK(back->priors.at("chi_Tg").sd == 0.05);
    CHECK(std::isnan(back->priors.at("a1_per_K").mean));
    CHECK(back->T_g_fixed_K == options.T_g_fixed_K);
    REQUIRE(back->T_g_prior_K);
    CHECK(back->T_g_prior_K->sd == 3.0);
    CHECK(back->T_max_K == 500.0);
    CHECK(back->iterations_max == 77);
    CHECK(back->formulation == "eq16");
    CHECK(back->material == options.material);
    CHECK(back->wants_profiles);
    CHECK(back->wants_alternatives);
    CHECK(back->modulus_scale_relative_sd == 0.031);
    CHECK(back->temperature_offset_sd_K == 0.5);
    CHECK(record::options_text(*back) == record::options_text(options));
    const auto plain = record::options_from(record::options_text(record::FitOptions{}));
    REQUIRE(plain);
    CHECK(std::isnan(plain->T_max_K));
    CHECK_FALSE(plain->T_g_prior_K);
    CHECK_FALSE(plain->wants_profiles);
}

TEST_CASE("a start vector survives bit for bit") {
    REQUIRE(rc::check([](const std::map<std::string, double>& start) {
        for (const auto& [name, value] : start) {
            RC_PRE(std::isfinite(value));
        }
        const auto back = record::start_from(record::start_text(start));
        RC_ASSERT(back.has_value());
        RC_ASSERT(*back == start);
    }));
    const auto odd = record::start_from(
        record::start_text({{"a", std::numeric_limits<double>::infinity()}, {"b", record::unknown}})
    );
    REQUIRE(odd);
    CHECK(odd->at("a") == std::numeric_limits<double>::infinity());
    CHECK(std::isnan(odd->at("b")));
}

TEST_CASE("what is not such a text is an error and never a guess") {
    CHECK(record::segments_from("1 3 5").value() == std::vector<int>{1, 3, 5});
    CHECK(record::segments_from("").value().empty());
    CHECK_FALSE(record::segments_from("1 x"));
    CHECK_FALSE(record::start_from("a=1,5\n"));
    CHECK_FALSE(record::start_from("a\n"));
    CHECK_FALSE(record::options_from("model dynamic\ncolour red\n"));
    CHECK_FALSE(record::options_from("T_max_K =warm\n"));
    CHECK_FALSE(record::options_from("prior chi_Tg=0.4\n"));
    CHECK_FALSE(record::options_from("form rough\n"));
}

}  // namespace relaxd::test
