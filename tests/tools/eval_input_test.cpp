// SPDX-License-Identifier: MIT
//
// Broadcasting, batches and every error code of `model eval`.
#include "tests/tools/eval_calls.hpp"

#include <cmath>

namespace relaxd::test {

namespace {

/// Requires the error of one call: code and input, and that the message holds `said`.
void require_fault(
    const std::string& function,
    const std::string& inputs,
    const std::string& code,
    const std::string& input,
    const std::string& said = {}
) {
    const json::object answer = answer_to(function, inputs);
    INFO(function << " " << inputs << " -> " << json::serialize(answer));
    REQUIRE(answer.size() == 1);
    REQUIRE(answer.contains("error"));
    const json::object& error = answer.at("error").as_object();
    REQUIRE(error.size() == 3);
    REQUIRE(std::string(error.at("code").as_string()) == code);
    REQUIRE(std::string(error.at("input").as_string()) == input);
    const std::string message(error.at("message").as_string());
    REQUIRE(message.find(input.substr(input.rfind('.') + 1)) != std::string::npos);
    REQUIRE(message.find(said) != std::string::npos);
    REQUIRE(message.find(function) != std::string::npos);
}

std::string compliance(const std::string& params) {
    return R"({"temperature_K":430,"time_s":1,"params":)" + params + "}";
}

std::string modulus(const std::string& params) {
    return R"({"temperature_K":430,"frequency_Hz":1,"form":"exact","params":)" + params + "}";
}

const std::string tension_at =
    R"({"params":)" + table_1() + R"(,"temperature_K":430,"formulation":"hereditary")";

}  // namespace

TEST_CASE("scalars give scalars, arrays elementwise arrays, and scalars repeat") {
    const json::object scalar =
        outputs_of("tau_max", R"({"tau_beta_s":1e-3,"t0_s":1e-6,"chi":0.5})");
    REQUIRE(scalar.at("tau_max_s").is_double());
    const auto both = values_of(
        "tau_max", R"({"tau_beta_s":[1e-3,1e-4],"t0_s":1e-6,"chi":[0.5,0.25]})", "tau_max_s"
    );
    REQUIRE(both.size() == 2);
    REQUIRE(both[0] == Approx(1.0).epsilon(1e-12));
    REQUIRE(both[1] == Approx(1e-6 * 1e8).epsilon(1e-12));
    REQUIRE(values_of("fragility", R"({"E_J_mol":[1],"T_g_K":300})", "m").size() == 1);
    REQUIRE(values_of("fragility", R"({"E_J_mol":[],"T_g_K":300})", "m").empty());
    // What does not depend on the array repeats too.
    const auto elastic = values_of(
        "compliance",
        R"({"params":)" + table_1() + R"(,"temperature_K":430,"time_s":[1,2,3]})",
        "J_el_per_Pa"
    );
    REQUIRE(elastic.size() == 3);
    REQUIRE(elastic[2] == Approx(1.0 / 3.3e10).epsilon(1e-12));
    // A list that does not broadcast stays one list.
    const auto levels = values_of("level_time", R"({"tau1_s":[1,2],"mu":[1,1,1]})", "tau_s");
    REQUIRE(levels.size() == 2);
    REQUIRE(levels[1] == Approx(16.0).epsilon(1e-12));
    const auto mixed = outputs_of(
        "mixing_enthalpy", R"({"fractions":{"A":0.5,"B":0.5},"pairs_kJ_mol":{"B-A":3}})"
    );
    REQUIRE(mixed.at("dH_mix_kJ_mol").to_number<double>() == Approx(3.0).epsilon(1e-12));
}

TEST_CASE("an element of an array has the value that it has alone") {
    const std::string E_t = R"({"params":)" + table_1() + R"(,"temperature_K":)";
    const auto both =
        values_of("relaxation_modulus", E_t + R"([430,450,430],"time_s":[1,1,100]})", "E_Pa");
    REQUIRE(both.size() == 3);
    const char* alone[] = {R"(430,"time_s":1})", R"(450,"time_s":1})", R"(430,"time_s":100})"};
    for (std::size_t i = 0; i < 3; ++i) {
        REQUIRE(both[i] == value_of("relaxation_modulus", E_t + alone[i], "E_Pa"));
    }
    const std::string creep = R"({"params":)" + table_1() +
                              R"(,"temperature_K":430,"stress_Pa":25e6,"load_time_s":330,)"
                              R"("formulation":"linear","time_s":)";
    const auto any_order = values_of("creep_recovery", creep + "[500,0,330]}", "eps");
    REQUIRE(any_order[1] == Approx(25e6 / 3.3e10).epsilon(1e-12));
    REQUIRE(
        any_order[0] == Approx(value_of("creep_recovery", creep + "500}", "eps")).epsilon(1e-8)
    );
    REQUIRE(
        any_order[2] == Approx(value_of("creep_recovery", creep + "330}", "eps")).epsilon(1e-8)
    );
}

TEST_CASE("of a tension curve peak and steady stress are there once, or once an element") {
    const json::object curve =
        outputs_of("tension", tension_at + R"(,"strain_rate_per_s":3e-4,"strain":[0,0.05,0.2]})");
    REQUIRE(curve.at("stress_Pa").as_array().size() == 3);
    REQUIRE(curve.at("stress_Pa").as_array().at(0).to_number<double>() == 0.0);
    REQUIRE(curve.at("peak_stress_Pa").is_double());
    const double steady = curve.at("steady_stress_Pa").to_number<double>();
    // Where the stress still rises there is no peak.
    const json::object rising =
        outputs_of("tension", tension_at + R"(,"strain_rate_per_s":3e-4,"strain":[0.01]})");
    REQUIRE(rising.at("peak_stress_Pa").is_null());
    REQUIRE(rising.at("peak_strain").is_null());
    REQUIRE(rising.at("steady_stress_Pa").to_number<double>() == Approx(steady).epsilon(1e-12));
    const json::object nothing =
        outputs_of("tension", tension_at + R"(,"strain_rate_per_s":3e-4,"strain":[]})");
    REQUIRE(nothing.at("stress_Pa").as_array().empty());
    REQUIRE(nothing.at("peak_strain").is_null());
    REQUIRE(nothing.at("steady_stress_Pa").to_number<double>() == Approx(steady).epsilon(1e-12));
    const json::object rates = outputs_of(
        "tension", tension_at + R"(,"strain_rate_per_s":[3e-4,1e-4,3e-4],"strain":[0.05,0.05,0.2]})"
    );
    const json::array& peaks = rates.at("peak_stress_Pa").as_array();
    REQUIRE(peaks.size() == 3);
    REQUIRE(peaks[0] == peaks[2]);
    REQUIRE(rates.at("steady_stress_Pa").as_array().size() == 3);
    REQUIRE(rates.at("stress_Pa").as_array().at(2) == curve.at("stress_Pa").as_array().at(2));
    std::string solid = tension_at;
    const std::string flow = R"("A_vp_per_Pa":1.5e-11)";
    solid.replace(solid.find(flow), flow.size(), R"("A_vp_per_Pa":0)");
    const json::object no_flow =
        answer_to("tension", solid + R"(,"strain_rate_per_s":3e-4,"strain":[0.01]})");
    REQUIRE(no_flow.at("outputs").as_object().at("steady_stress_Pa").is_null());
    REQUIRE(no_flow.at("warnings").as_array().size() == 1);
    require_fault(
        "tension",
        tension_at + R"(,"strain_rate_per_s":3e-4,"strain":[0.1,0.05]})",
        "domain",
        "strain",
        "index 1"
    );
}

TEST_CASE("names and types are checked, also inside params and fast_beta") {
    require_fault("tau_maxx", "{}", "unknown_function", "function", "'tau_max'");
    const std::string times = R"({"t0_s":1e-6,"chi":0.5,"tau_beta_s":)";
    for (const char* bad : {"\"1\"", "true", "{}", "[[1]]", "[null]", "[1,\"2\"]", "1e999"}) {
        require_fault("tau_max", times + bad + "}", "bad_type", "tau_beta_s");
    }
    require_fault("level_time", R"({"tau1_s":1,"mu":0.5})", "bad_type", "mu");
    require_fault("gumbel_weights", R"({"B":[1],"ln_tau_over_mode":[1]})", "bad_type", "B");
    require_fault(
        "smd_kinetics",
        R"({"time_s":1,"tau_beta_s":1e-3,"t0_s":1e-6,"chi":0.4,"cap":1})",
        "bad_type",
        "cap"
    );
    require_fault("compliance", compliance("[]"), "bad_type", "params");
    require_fault("compliance", compliance(table_1(R"(,"chi_Tg":[0.4])")), "bad_type", "chi_Tg");
    require_fault(
        "compliance", compliance(table_1(R"(,"chi_TG":0.4)")), "unknown_input", "chi_TG", "'chi_Tg'"
    );
    require_fault("compliance", compliance(R"({"E_u_Pa":1})"), "missing_input", "E_r_Pa");
    require_fault(
        "compliance", compliance(table_1(R"(,"t0_s":null)")), "missing_input", "t0_s", "null"
    );
    require_fault(
        "compliance",
        compliance(table_1(R"(,"E_u_slope_per_K":-2e-4)")),
        "missing_input",
        "E_u_T_ref_K"
    );
    const auto fast = [](const std::string& process) {
        return compliance(table_1(R"(,"fast_beta":[)" + process + "]"));
    };
    require_fault("compliance", fast("1"), "bad_type", "fast_beta[0]");
    require_fault("compliance", fast("{}"), "missing_input", "fast_beta[0].A_per_Pa");
    const std::string good = R"({"A_per_Pa":1e-12,"U_J_mol":5e4,"tau0_s":1e-13})";
    require_fault(
        "compliance",
        fast(good + R"(,{"A_per_Pa":1e-12,"U_J_mol":5e4,"tau0_s":-1})"),
        "domain",
        "fast_beta[1].tau0_s",
        "-1"
    );
    require_fault(
        "compliance",
        fast(R"({"A_per_Pa":1e-12,"U_J_mol":5e4,"tau0":1})"),
        "unknown_input",
        "fast_beta[0].tau0",
        "'tau0_s'"
    );
    REQUIRE(value_of("compliance", fast(good), "J_beta_per_Pa") > 0.0);
}

TEST_CASE("null is absent where the input is optional") {
    const std::string plain = R"({"temperature_K":430,"tau_beta0_s":1e-13,"U_beta_J_mol":8e4)";
    REQUIRE(
        value_of("tau_beta", plain + R"(,"stress_Pa":null,"sigma1_Pa":null})", "tau_beta_s") ==
        value_of("tau_beta", plain + "}", "tau_beta_s")
    );
    REQUIRE(
        value_of(
            "compliance",
            compliance(table_1(R"(,"sigma1_Pa":null,"a2":null,"fast_beta":null)")),
            "J_per_Pa"
        ) == value_of("compliance", compliance(table_1()), "J_per_Pa")
    );
}

TEST_CASE("values outside the domain are named with value and index") {
    require_fault("compliance", compliance(table_1(R"(,"chi_Tg":1.2)")), "domain", "chi_Tg", "1.2");
    require_fault("dynamic_modulus", modulus(table_1(R"(,"B":-1)")), "domain", "B");
    require_fault("dynamic_modulus", modulus(table_1(R"(,"E_u_Pa":0)")), "domain", "E_u_Pa", "0");
    require_fault(
        "dynamic_modulus",
        R"({"params":)" + table_1() +
            R"(,"temperature_K":[430,-1],"frequency_Hz":1,"form":"exact"})",
        "domain",
        "temperature_K",
        "index 1"
    );
    // chi(T) reaches 1 at 713 K (E1-20).
    require_fault(
        "dynamic_modulus",
        R"({"params":)" + table_1() + R"(,"temperature_K":714,"frequency_Hz":1,"form":"exact"})",
        "domain",
        "chi_Tg"
    );
    require_fault(
        "dynamic_modulus",
        R"({"params":)" + table_1() + R"(,"temperature_K":430,"frequency_Hz":1,"form":"exakt"})",
        "domain",
        "form",
        "printed, gamma, exact"
    );
    require_fault("kww", R"({"omega_tau":1,"beta":[0.5,1.5]})", "domain", "beta", "1.5");
    require_fault("gumbel_relaxation", R"({"B":1,"t_over_tau":-1})", "domain", "t_over_tau", "-1");
    require_fault(
        "relaxation_modulus",
        R"({"params":)" + table_1() + R"(,"temperature_K":430,"time_s":[1,-2]})",
        "domain",
        "time_s",
        "-2"
    );
    require_fault(
        "three_process_compliance",
        R"({"time_s":1,"J_el_per_Pa":1,"dJ_beta_per_Pa":2,"dJ_ve_per_Pa":3,"dJ_vp_per_Pa":4,)"
        R"("tau_beta_s":1,"tau_ve_s":1,"tau_vp_s":1,"B_vp":1})",
        "domain",
        "B_vp"
    );
    require_fault(
        "mixing_enthalpy",
        R"({"fractions":{"A":0.5,"B":0.4},"pairs_kJ_mol":{"A-B":3}})",
        "domain",
        "fractions",
        "0.9"
    );
}

TEST_CASE("an index is named only where the element matters") {
    const auto message_of = [](const std::string& inputs) {
        const json::object answer = answer_to("creep_recovery", inputs);
        return std::string(answer.at("error").at("message").as_string());
    };
    const std::string creep = R"({"params":)" + table_1() +
                              R"(,"temperature_K":430,"stress_Pa":25e6,"formulation":"linear",)";
    const std::string scalar = message_of(creep + R"("load_time_s":-3,"time_s":[1,2]})");
    REQUIRE(scalar.find("load_time_s is -3") != std::string::npos);
    REQUIRE(scalar.find("index") == std::string::npos);
    const std::string array = message_of(creep + R"("load_time_s":[3,-3],"time_s":[1,2]})");
    REQUIRE(array.find("load_time_s is -3") != std::string::npos);
    REQUIRE(array.find("index 1") != std::string::npos);
}

TEST_CASE("lengths that differ, results beyond double and missing pairs have their own codes") {
    require_fault(
        "tau_max",
        R"({"tau_beta_s":[1,2],"t0_s":1e-6,"chi":[0.4,0.4,0.4]})",
        "bad_length",
        "chi",
        "tau_beta_s has 2"
    );
    require_fault("viscosity", R"({"G_u_Pa":[],"tau_mol_s":[1]})", "bad_length", "tau_mol_s");
    require_fault(
        "tau_beta",
        R"({"temperature_K":[430,1],"tau_beta0_s":1e-13,"U_beta_J_mol":8e4})",
        "overflow",
        "temperature_K",
        "index 1"
    );
    require_fault("viscosity", R"({"G_u_Pa":1e200,"tau_mol_s":1e200})", "overflow", "tau_mol_s");
    require_fault(
        "mixing_enthalpy",
        R"({"fractions":{"A":0.5,"B":0.5},"pairs_kJ_mol":{"A-C":3}})",
        "missing_input",
        "pairs_kJ_mol",
        "A-B"
    );
}

TEST_CASE("tau_beta at or below t0 is computed, with a warning") {
    const json::object answer =
        answer_to("tau_max", R"({"tau_beta_s":[1e-7,1e-6,1e-3],"t0_s":1e-6,"chi":0.5})");
    REQUIRE(answer.at("outputs").at("tau_max_s").as_array().size() == 3);
    REQUIRE(answer.at("warnings").as_array().size() == 1);
    const std::string warning(answer.at("warnings").as_array().at(0).as_string());
    REQUIRE(warning.find("tau_beta = 1e-07") != std::string::npos);
    REQUIRE(warning.find("t0_s = 1e-06") != std::string::npos);
    // Table 1: tau_beta = t0 at 667 K (E1-5).
    const auto warnings_at = [](const char* temperature_K) {
        return answer_to(
                   "dynamic_modulus",
                   R"({"frequency_Hz":1,"form":"printed","params":)" + table_1() +
                       R"(,"temperature_K":)" + temperature_K + "}"
        )
            .at("warnings")
            .as_array()
            .size();
    };
    REQUIRE(warnings_at("660") == 0);
    REQUIRE(warnings_at("675") == 1);
}

TEST_CASE("in a batch one bad element fails alone, in its place") {
    const auto answers = ctl::eval::evaluate(
        R"([{"function":"fragility","inputs":{"E_J_mol":1e5,"T_g_K":400}},
            {"function":"fragility","inputs":{"E_J_mol":1e5,"T_g_K":0}},
            7, null, {}, {"function":3}, {"function":"fragility","input":{}},
            {"function":"fragility","inputs":[]}, {"function":"fragility"},
            {"function":"viscosity","inputs":{"G_u_Pa":2,"tau_mol_s":3}}])",
        "test"
    );
    REQUIRE(answers.has_value());
    REQUIRE(answers->size() == 10);
    const char* codes[] = {
        "domain",
        "bad_type",
        "bad_type",
        "missing_input",
        "bad_type",
        "unknown_input",
        "bad_type",
        "missing_input",
    };
    for (std::size_t i = 0; i < std::size(codes); ++i) {
        INFO(i << " " << json::serialize(answers->at(i + 1)));
        REQUIRE(answers->at(i + 1).at("error").at("code").as_string() == codes[i]);
    }
    REQUIRE(answers->at(0).as_object().contains("outputs"));
    REQUIRE(answers->at(9).at("outputs").at("viscosity_Pa_s").to_number<double>() == 6.0);
}

TEST_CASE("text that is not JSON, or no calls, is refused as a whole") {
    for (const char* text : {"", "[{", "{\"function\":}", "[1] 2", "3", "\"tau_max\"", "NaN"}) {
        INFO(text);
        const auto answers = ctl::eval::evaluate(text, "calls.json");
        REQUIRE_FALSE(answers.has_value());
        REQUIRE(answers.error().code == Errc::invalid);
        REQUIRE(answers.error().where.starts_with("calls.json"));
    }
    REQUIRE(ctl::eval::evaluate("[]", "test")->empty());
}

}  // namespace relaxd::test
