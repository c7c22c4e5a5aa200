// SPDX-License-Identifier: MIT
//
// `model list`: exactly the functions of CONTRACT 3, with its names of inputs and outputs,
// literally.
#include "tests/tools/eval_calls.hpp"

#include <sstream>

namespace relaxd::test {

namespace {

struct Row {
    const char* name;
    const char* inputs;
    const char* optional;
    const char* outputs;
};

constexpr Row contract[] = {
    {"defect_concentration", "temperature_K dH_J_mol dS_over_R", "", "C_d"},
    {"level_time", "tau1_s mu", "", "tau_s"},
    {"hierarchical_sum", "n tau1_s mu1 p", "", "tau_s"},
    {"hierarchical_integral", "n tau1_s mu1 p", "", "tau_s"},
    {"tau_hierarchical", "time_s tau_beta_s t0_s chi cap", "", "tau_s"},
    {"tau_max", "tau_beta_s t0_s chi", "", "tau_max_s tau_an_s"},
    {"tau_beta",
     "temperature_K tau_beta0_s U_beta_J_mol",
     "stress_Pa sigma1_Pa pressure_Pa activation_volume_m3",
     "tau_beta_s"},
    {"chi", "temperature_K chi_Tg a1_per_K T_g_K", "eps_an a2 gamma_ve a_ve gamma_vp a_vp", "chi"},
    {"chi_from_concentration", "C_d constant", "", "chi"},
    {"smd_kinetics", "time_s tau_beta_s t0_s chi cap", "", "n_reduced"},
    {"smd_short_time", "time_s n0 n_inf tau_beta_s t0_s chi", "", "n"},
    {"gumbel", "B x", "", "density"},
    {"gumbel_weights", "B ln_tau_over_mode", "", "weights"},
    {"gumbel_relaxation", "B", "omega_tau t_over_tau", "debye_real debye_loss one_minus_exp"},
    {"compliance",
     "params temperature_K time_s",
     "stress_Pa",
     "J_el_per_Pa J_beta_per_Pa J_an_per_Pa J_vp_per_Pa J_per_Pa"},
    {"dynamic_modulus",
     "params temperature_K frequency_Hz form",
     "",
     "storage_modulus_Pa loss_modulus_Pa tan_delta J_real_per_Pa J_loss_per_Pa"},
    {"tan_delta_law",
     "temperature_K omega_rad_s U_beta_J_mol tau_beta0_s t0_s chi K",
     "",
     "ln_tan_delta"},
    {"relaxation_modulus", "params temperature_K time_s", "", "E_Pa"},
    {"creep_recovery",
     "params temperature_K stress_Pa load_time_s time_s formulation",
     "",
     "eps_el eps_beta eps_an eps_vp eps"},
    {"tension",
     "params temperature_K strain_rate_per_s strain formulation",
     "",
     "stress_Pa eps_el eps_beta eps_an eps_vp chi tau_max_s peak_stress_Pa peak_strain "
     "steady_stress_Pa"},
    {"kww", "omega_tau beta", "", "storage loss"},
    {"bergman", "omega_over_omega_p b G_p_Pa", "", "loss_modulus_Pa"},
    {"qpd_modulus",
     "omega_tau_mol G_el_Pa G_r_Pa eta chi",
     "",
     "shear_storage_modulus_Pa shear_loss_modulus_Pa"},
    {"qpd_compliance", "time_s G_el_Pa A_per_Pa A_prime_per_Pa tau_mol_s chi", "", "J_per_Pa"},
    {"three_process_compliance",
     "J_el_per_Pa dJ_beta_per_Pa dJ_ve_per_Pa dJ_vp_per_Pa tau_beta_s tau_ve_s tau_vp_s",
     "time_s omega_rad_s B_beta B_ve B_vp",
     "J_per_Pa J_real_per_Pa J_loss_per_Pa"},
    {"compliance_split",
     "omega_rad_s shear_storage_modulus_Pa shear_loss_modulus_Pa viscosity_Pa_s",
     "",
     "J_el_per_Pa J_ve_per_Pa J_vp_per_Pa"},
    {"modulus_convert",
     "direction storage_modulus_Pa loss_modulus_Pa bulk_modulus_Pa",
     "",
     "storage_modulus_Pa loss_modulus_Pa"},
    {"viscosity", "G_u_Pa tau_mol_s", "", "viscosity_Pa_s"},
    {"aging_tan_delta", "time_s tan_delta_0 tan_delta_inf tau_s beta", "", "tan_delta"},
    {"peak_frequency", "temperature_K f0_Hz E_J_mol", "", "frequency_Hz"},
    {"fragility", "E_J_mol T_g_K", "", "m"},
    {"shift_factor", "temperature_K T_ref_K E_J_mol", "", "ln_aT"},
    {"mixing_enthalpy", "fractions pairs_kJ_mol", "", "dH_mix_kJ_mol"},
};

json::array words(const char* text) {
    std::istringstream stream(text);
    json::array out;
    for (std::string word; stream >> word;) {
        out.emplace_back(word);
    }
    return out;
}

}  // namespace

TEST_CASE("the list names every function of the contract, its inputs and outputs, and no other") {
    const json::array list = ctl::eval::list_functions();
    REQUIRE(list.size() == std::size(contract));
    for (std::size_t i = 0; i < list.size(); ++i) {
        const Row& row = contract[i];
        INFO(row.name);
        const json::object& item = list[i].as_object();
        REQUIRE(item.size() == 5);
        REQUIRE(item.at("name").as_string() == row.name);
        REQUIRE(item.at("inputs").as_array() == words(row.inputs));
        REQUIRE(item.at("optional").as_array() == words(row.optional));
        REQUIRE(item.at("outputs").as_array() == words(row.outputs));
        REQUIRE_FALSE(item.at("source").as_string().empty());
    }
}

TEST_CASE("a required input that is missing or null is named, for every function") {
    for (const Row& row : contract) {
        const json::array inputs = words(row.inputs);
        const std::string first(inputs.front().as_string());
        for (const std::string& text : {std::string("{}"), "{\"" + first + "\":null}"}) {
            const bool may_be_null = std::string(row.name) == "gumbel_relaxation" && text != "{}";
            const json::object answer = answer_to(row.name, text);
            INFO(row.name << " " << json::serialize(answer));
            const json::object& error = answer.at("error").as_object();
            REQUIRE(error.at("code").as_string() == "missing_input");
            if (!may_be_null) {
                REQUIRE(std::string(error.at("input").as_string()) == first);
                REQUIRE(std::string(error.at("message").as_string()).find(first) < 200);
            }
        }
    }
}

TEST_CASE("an input that a function does not have is named, with the nearest one") {
    for (const Row& row : contract) {
        const json::array inputs = words(row.inputs);
        const std::string first(inputs.front().as_string());
        const json::object answer = answer_to(row.name, "{\"" + first + "x\":1}");
        INFO(row.name << " " << json::serialize(answer));
        const json::object& error = answer.at("error").as_object();
        REQUIRE(error.at("code").as_string() == "unknown_input");
        REQUIRE(std::string(error.at("input").as_string()) == first + "x");
        const std::string message(error.at("message").as_string());
        REQUIRE(message.find("did you mean '" + first + "'") < 200);
        REQUIRE(message.starts_with(row.name));
    }
}

}  // namespace relaxd::test
