// SPDX-License-Identifier: MIT
//
// What the fits of a run take from an earlier one: only of the same specimen in the same state,
// only what is determined.
#include "daemon/fits/prior_run.hpp"

#include "daemon/fits/fit_plan.hpp"
#include "tests/support/catch.hpp"

using relaxd::Errc;
using relaxd::daemon::EarlierRun;
using relaxd::daemon::knowledge_from;
using relaxd::daemon::material_of;
using relaxd::record::Estimate;
using relaxd::record::ParameterState;

namespace {

Estimate estimate(
    const char* parameter, double value, double standard_error, ParameterState state
) {
    Estimate out;
    out.model = "dynamic";
    out.parameter = parameter;
    out.value = value;
    out.standard_error = standard_error;
    out.state = state;
    return out;
}

EarlierRun earlier_run() {
    EarlierRun out;
    out.run.run_id = 7;
    out.run.state = relaxd::record::RunState::completed;
    out.specimen.name = "plate 3";
    out.specimen.state = "as-cast";
    out.T_x_passed = "no";
    out.estimates = {
        estimate("E_u_Pa", 33e9, 1e8, ParameterState::determined),
        estimate("E_r_Pa", 30e9, 1e8, ParameterState::determined),
        estimate("U_beta_J_mol", 83e3, 2e3, ParameterState::determined),
        estimate("chi_Tg", 0.4, 0.05, ParameterState::hinted),
        estimate("A_an_per_Pa", 1.5e-11, 1e-12, ParameterState::traded),
        estimate("T_g_K", 453.0, 0.8, ParameterState::determined),
        estimate("B", 1.0, relaxd::record::unknown, ParameterState::fixed),
    };
    return out;
}

relaxd::record::Specimen plate_3() {
    return earlier_run().specimen;
}

}  // namespace

TEST_CASE("determined parameters of the same specimen become priors, others do not", "[fits]") {
    const auto given = knowledge_from(earlier_run(), plate_3(), {});
    REQUIRE(given);
    REQUIRE(given->priors.size() == 2);
    CHECK(given->priors.at("E_u_Pa").mean == 33e9);
    CHECK(given->priors.at("E_u_Pa").sd == 1e8);
    CHECK(given->priors.at("U_beta_J_mol").sd == 2e3);
    REQUIRE(given->T_g_K);
    CHECK(given->T_g_K->sd == 0.8);
    CHECK(given->material.at("U_beta_J_mol") == 83e3);
    CHECK(given->told.find("run 7") != std::string::npos);
    CHECK(given->told.find("U_beta_J_mol = 83000 +- 2000") != std::string::npos);
    CHECK_FALSE(given->is_across_states);
}

TEST_CASE("another specimen is no prior, whatever the operator says", "[fits]") {
    relaxd::method::FitSettings settings;
    settings.allow_state_change = true;
    auto other = plate_3();
    other.name = "plate 4";
    const auto refused = knowledge_from(earlier_run(), other, settings);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::refused);
    CHECK(refused.error().message.find("plate 4") != std::string::npos);
    EarlierRun with_id = earlier_run();
    with_id.specimen.id = "P3-a";
    auto renamed = plate_3();
    renamed.name = "plate 3, second half";
    renamed.id = "P3-a";
    CHECK(knowledge_from(with_id, renamed, {}));  // the id is the specimen
    auto nameless = plate_3();
    nameless.name.clear();
    EarlierRun unnamed = earlier_run();
    unnamed.specimen.name.clear();
    CHECK_FALSE(knowledge_from(unnamed, nameless, {}));
}

TEST_CASE("a changed state is refused unless it is allowed, and then said", "[fits]") {
    std::vector<std::pair<EarlierRun, relaxd::record::Specimen>> changed(
        3, {earlier_run(), plate_3()}
    );
    changed[0].second.state = "annealed";
    changed[1].second.anneals.push_back({420.0, 3600.0, "vacuum"});
    changed[2].first.T_x_passed = "yes";
    relaxd::method::FitSettings settings;
    for (const auto& [earlier, specimen] : changed) {
        settings.allow_state_change = false;
        const auto refused = knowledge_from(earlier, specimen, settings);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::refused);
        CHECK(refused.error().hint.find("allow_state_change") != std::string::npos);
        settings.allow_state_change = true;
        const auto taken = knowledge_from(earlier, specimen, settings);
        REQUIRE(taken);
        CHECK(taken->is_across_states);
        CHECK(taken->told.find("although the specimen changed") != std::string::npos);
    }
}

TEST_CASE("a run that goes on, or knows nothing, is no prior", "[fits]") {
    EarlierRun running = earlier_run();
    running.run.state = relaxd::record::RunState::running;
    CHECK_FALSE(knowledge_from(running, plate_3(), {}));
    EarlierRun ignorant = earlier_run();
    ignorant.estimates = {estimate("chi_Tg", 0.4, 0.1, ParameterState::hinted)};
    CHECK_FALSE(knowledge_from(ignorant, plate_3(), {}));
}

TEST_CASE("a material is a built-in one; files are not read for a client", "[fits]") {
    const auto la = material_of("la60ni15al25");
    REQUIRE(la);
    CHECK(la->at("U_beta_J_mol") == Approx(83120.0));
    CHECK_FALSE(material_of("/etc/passwd.toml"));
    const auto unknown = material_of("unobtainium");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == Errc::invalid);
}

TEST_CASE("the plan gives each model the priors that are its own", "[fits]") {
    const auto method = relaxd::method::parse(
        "mode = \"creep\"\nclamp = \"tension\"\nsegments = [\"Equilibrate at 430 K\", "
        "\"Displace 25 MPa for 100 s\"]\n[fits]\nprior = \"run:7\"\n"
        "material = \"la60ni15al25\"\nallow_state_change = true\n"
    );
    REQUIRE(method);
    CHECK(method->fit.prior_run == "7");
    CHECK(method->fit.allow_state_change);
    CHECK(method->fit.material == "la60ni15al25");
    const auto executed = relaxd::method::expand(*method);
    REQUIRE(executed);
    auto given = knowledge_from(earlier_run(), plate_3(), method->fit);
    REQUIRE(given);
    given->priors["chi"] = {0.4, 0.1};
    const auto plan = relaxd::daemon::make_fit_plan(*method, *executed, plate_3(), *given);
    const auto dynamic = plan.options_for("dynamic");
    CHECK(dynamic.priors.contains("U_beta_J_mol"));
    CHECK_FALSE(dynamic.priors.contains("chi"));
    CHECK(dynamic.material.empty());
    REQUIRE(dynamic.T_g_prior_K);
    CHECK(dynamic.T_g_prior_K->sd == 0.8);
    const auto creep = plan.options_for("creep");
    CHECK(creep.priors.contains("chi"));
    CHECK_FALSE(creep.priors.contains("U_beta_J_mol"));
    CHECK(creep.material.at("E_u_Pa") == 33e9);
    CHECK_FALSE(creep.T_g_prior_K);
    REQUIRE(plan.tests.size() == 1);
    for (const char* wrong :
         {"prior = \"7\"", "prior = \"run:\"", "prior = 7", "allow_state_change = 1"}) {
        const std::string text =
            std::string(
                "mode = \"creep\"\nclamp = \"tension\"\nsegments = [\"Equilibrate at 430 "
                "K\", \"Displace 25 MPa for 100 s\"]\n[fits]\n"
            ) +
            wrong + "\n";
        CHECK_FALSE(relaxd::method::parse(text));
    }
}
