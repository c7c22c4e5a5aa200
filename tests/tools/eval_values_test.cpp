// SPDX-License-Identifier: MIT
//
// Every equation through its name: closed forms worked out here, and the numbers of PHYSICS 4.
#include "tests/tools/eval_calls.hpp"

#include <cmath>
#include <complex>
#include <numbers>

namespace relaxd::test {

namespace {

constexpr double R = 8.31446261815324;  // CODATA 2018
const double e_inverse = std::exp(-1.0);

void require_value(
    const std::string& function,
    const std::string& inputs,
    const std::string& output,
    double expected,
    double relative = 1e-8
) {
    const double value = value_of(function, inputs, output);
    INFO(function << " " << inputs << " " << output);
    REQUIRE(value == Approx(expected).epsilon(relative).margin(0.0));
}

std::string number_text(double value) {
    return json::serialize(json::value(value));
}

/// The times of S1 Table 1 at 430 K (chi = 0.4), from Eqs. 8, 11b, 17b.
const double tau_beta_430 = 1.86e-13 * std::exp(83120.0 / (R * 430.0));
const double tau_max_430 = 6e-7 * std::pow(tau_beta_430 / 6e-7, 2.5);
const double tau_an_430 = tau_max_430 * std::pow(0.4, 2.5);

}  // namespace

TEST_CASE("times and correlation factor are those of the closed forms") {
    require_value(
        "defect_concentration",
        R"({"temperature_K":453,"dS_over_R":2,"dH_J_mol":)" + number_text(2.0 * R * 453.0) + "}",
        "C_d",
        0.5
    );
    require_value("level_time", R"({"tau1_s":1e-12,"mu":[0.5,1.5]})", "tau_s", 4e-12);
    require_value("level_time", R"({"tau1_s":1e-12,"mu":[]})", "tau_s", 1e-12);
    const std::string levels = R"({"n":3,"tau1_s":1,"mu1":0.6,"p":1})";
    require_value("hierarchical_sum", levels, "tau_s", std::exp(0.6 * 1.5));
    require_value("hierarchical_integral", levels, "tau_s", std::pow(3.0, 0.6));
    const std::string clock = R"(,"tau_beta_s":1e-3,"t0_s":1e-6,"chi":0.5,"cap":)";
    require_value("tau_hierarchical", R"({"time_s":1e-2)" + clock + "true}", "tau_s", 0.1);
    require_value("tau_hierarchical", R"({"time_s":100)" + clock + "true}", "tau_s", 1.0);
    require_value("tau_hierarchical", R"({"time_s":100)" + clock + "false}", "tau_s", 10.0);
    const std::string times = R"({"tau_beta_s":1e-3,"t0_s":1e-6,"chi":0.5})";
    require_value("tau_max", times, "tau_max_s", 1.0);
    require_value("tau_max", times, "tau_an_s", 0.25);
    require_value("chi_from_concentration", R"({"C_d":0.5,"constant":0.8})", "chi", 0.4);
}

TEST_CASE("stress and pressure move tau_beta, temperature and strain move chi") {
    const std::string at_430 =
        R"({"temperature_K":430,"tau_beta0_s":1.86e-13,"U_beta_J_mol":83120)";
    require_value("tau_beta", at_430 + "}", "tau_beta_s", tau_beta_430);
    require_value("tau_beta", at_430 + "}", "tau_beta_s", 2.325e-3, 3e-4);
    require_value(
        "tau_beta",
        at_430 + R"(,"stress_Pa":-3,"sigma1_Pa":4})",
        "tau_beta_s",
        1.86e-13 * std::exp(0.125 * 83120.0 / (R * 430.0))
    );
    require_value("tau_beta", at_430 + R"(,"stress_Pa":4,"sigma1_Pa":4})", "tau_beta_s", 1.86e-13);
    require_value(
        "tau_beta",
        at_430 + R"(,"pressure_Pa":1e9,"activation_volume_m3":1e-29})",
        "tau_beta_s",
        1.86e-13 * std::exp((83120.0 + 6022.14076) / (R * 430.0))
    );
    const std::string glass = R"({"temperature_K":463,"chi_Tg":0.4,"a1_per_K":0.00231,"T_g_K":453)";
    require_value("chi", glass + "}", "chi", 0.4231);
    require_value("chi", glass + R"(,"eps_an":0.01,"a2":1.8})", "chi", 0.4411);
    require_value(
        "chi",
        glass + R"(,"gamma_ve":0.02,"a_ve":2,"gamma_vp":0.01,"a_vp":3})",
        "chi",
        0.4231 + 0.04 - 0.03
    );
}

TEST_CASE("the kinetics start at 1, pass the published values and end at one half") {
    const auto inputs = [](const char* time_s) {
        // chi 0.4: tau_max = 1e-6 (1e-3/1e-6)^2.5 = 10^1.5 s; E1-7 gives 1 - N.
        return std::string(R"({"tau_beta_s":1e-3,"t0_s":1e-6,"chi":0.4,"cap":true,"time_s":)") +
               time_s + "}";
    };
    require_value("smd_kinetics", inputs("0"), "n_reduced", 1.0);
    require_value("smd_kinetics", inputs("3.1622776601683795"), "n_reduced", 1.0 - 0.592, 2e-3);
    require_value("smd_kinetics", inputs("31.622776601683795"), "n_reduced", 1.0 - 0.575, 2e-3);
    require_value("smd_kinetics", inputs("1e9"), "n_reduced", 0.5);
    // t = tau_an = 0.25 s
    require_value(
        "smd_short_time",
        R"({"time_s":0.25,"n0":2,"n_inf":1,"tau_beta_s":1e-3,"t0_s":1e-6,"chi":0.5})",
        "n",
        1.0 + e_inverse
    );
}

TEST_CASE("the Gumbel spread at B = 1 has its closed averages") {
    require_value("gumbel", R"({"B":1,"x":0})", "density", e_inverse);
    const auto weights =
        values_of("gumbel_weights", R"({"B":2,"ln_tau_over_mode":[-1,0,0.5]})", "weights");
    const double w[] = {std::exp(-2.0 - std::exp(-2.0)), e_inverse, std::exp(1.0 - std::exp(1.0))};
    const double sum = w[0] + w[1] + w[2];
    for (std::size_t i = 0; i < 3; ++i) {
        REQUIRE(weights[i] == Approx(w[i] / sum).epsilon(1e-12));
    }
    // int e^-z exp(-1/z) dz = 2 K_1(2); int e^-z/(1 + iz) dz by Si(1), Ci(1).
    const std::string both = R"({"B":1,"omega_tau":1,"t_over_tau":1})";
    require_value("gumbel_relaxation", both, "one_minus_exp", 1.0 - 2.0 * 0.13986588181652243);
    const double ci = 0.33740392290096813;
    const double rest = std::numbers::pi / 2.0 - 0.946083070367183;
    require_value(
        "gumbel_relaxation", both, "debye_real", ci * std::sin(1.0) + rest * std::cos(1.0)
    );
    require_value(
        "gumbel_relaxation", both, "debye_loss", rest * std::sin(1.0) - ci * std::cos(1.0)
    );
    require_value("gumbel_relaxation", R"({"B":null,"omega_tau":2})", "debye_loss", 0.4);
    REQUIRE_FALSE(
        outputs_of("gumbel_relaxation", R"({"B":1,"omega_tau":2})").contains("one_minus_exp")
    );
}

TEST_CASE("the compliance is the sum of its four closed parts, and creeps as published") {
    const std::string at = R"(,"temperature_K":430,"time_s":100})";
    const std::string one_time = R"({"params":)" + table_1(R"(,"B":null)") + at;
    const double A_beta = 1.0 / 3.06e10 - 1.0 / 3.3e10;
    const double an = 1.5e-11 * -std::expm1(-std::pow(100.0 / tau_an_430, 0.4));
    const double vp = 1.5e-11 * 100.0 / tau_max_430;
    require_value("compliance", one_time, "J_el_per_Pa", 1.0 / 3.3e10);
    require_value("compliance", one_time, "J_beta_per_Pa", A_beta);
    require_value("compliance", one_time, "J_an_per_Pa", an);
    require_value("compliance", one_time, "J_vp_per_Pa", vp);
    require_value("compliance", one_time, "J_per_Pa", 1.0 / 3.06e10 + an + vp);
    const std::string published =
        R"({"params":)" + table_1() + R"(,"temperature_K":430,"time_s":330})";
    REQUIRE(
        25e6 * value_of("compliance", published, "J_per_Pa") == Approx(1.3631e-3).epsilon(5e-5)
    );
}

TEST_CASE("E' and E'' are those of the closed complex compliance, and as published") {
    const auto inputs = [](double temperature_K, const char* form, const char* more) {
        return R"({"frequency_Hz":1,"params":)" + table_1(more) + R"(,"form":")" + form +
               R"(","temperature_K":)" + number_text(temperature_K) + "}";
    };
    const double omega = 2.0 * std::numbers::pi;
    const std::complex<double> i(0.0, 1.0);
    for (const std::string form : {"printed", "gamma"}) {
        const double factor = form == "gamma" ? std::tgamma(1.4) : 1.0;
        const std::complex<double> J =
            1.0 / 3.3e10 + (1.0 / 3.06e10 - 1.0 / 3.3e10) / (1.0 + i * omega * tau_beta_430) +
            1.5e-11 * factor * std::pow(i * omega * tau_an_430, -0.4) +
            1.5e-11 / (i * omega * tau_max_430);
        const std::string text = inputs(430.0, form.c_str(), R"(,"B":null)");
        require_value("dynamic_modulus", text, "J_real_per_Pa", J.real());
        require_value("dynamic_modulus", text, "J_loss_per_Pa", -J.imag());
        require_value("dynamic_modulus", text, "storage_modulus_Pa", (1.0 / J).real());
        require_value("dynamic_modulus", text, "loss_modulus_Pa", (1.0 / J).imag());
        require_value("dynamic_modulus", text, "tan_delta", -J.imag() / J.real());
    }
    const auto storage_GPa = [&](double temperature_K) {
        return 1e-9 *
               value_of(
                   "dynamic_modulus", inputs(temperature_K, "printed", ""), "storage_modulus_Pa"
               );
    };
    REQUIRE(storage_GPa(300.0) == Approx(32.99).margin(0.006));
    REQUIRE(storage_GPa(430.0) == Approx(29.53).margin(0.006));
    REQUIRE(storage_GPa(500.0) == Approx(1.143).margin(0.002));
    REQUIRE(
        value_of("dynamic_modulus", inputs(500.0, "exact", ""), "storage_modulus_Pa") ==
        Approx(1.016e9).epsilon(2e-3)
    );
    require_value(
        "tan_delta_law",
        R"({"temperature_K":430,"omega_rad_s":3,"U_beta_J_mol":83120,"tau_beta0_s":1.86e-13,)"
        R"("t0_s":6e-7,"chi":0.4,"K":1})",
        "ln_tan_delta",
        -0.4 * std::log(3.0 * tau_max_430)
    );
}

TEST_CASE("E(t) starts at E_u and relaxes as a Maxwell solid where only flow is left") {
    const auto inputs = [](double time_s, const char* more) {
        return R"({"temperature_K":430,"params":)" + table_1(more) + R"(,"time_s":)" +
               number_text(time_s) + "}";
    };
    require_value("relaxation_modulus", inputs(0.0, ""), "E_Pa", 3.3e10, 1e-6);
    // A_an = 0 and E_r = E_u: E = E_u exp(-E_u A_vp t/tau_max).
    const char* maxwell = R"(,"A_an_per_Pa":0,"E_r_Pa":3.3e10)";
    require_value(
        "relaxation_modulus",
        inputs(1000.0, maxwell),
        "E_Pa",
        3.3e10 * std::exp(-3.3e10 * 1.5e-11 * 1000.0 / tau_max_430),
        1e-6
    );
}

TEST_CASE("creep, recovery and tension give the published strains and stresses") {
    const auto creep = [](const char* time_s, const char* formulation) {
        return R"({"temperature_K":430,"stress_Pa":25e6,"load_time_s":330,"params":)" + table_1() +
               R"(,"time_s":)" + time_s + R"(,"formulation":")" + formulation + "\"}";
    };
    require_value("creep_recovery", creep("330", "linear"), "eps", 1.3631e-3, 5e-5);
    require_value("creep_recovery", creep("330", "hereditary"), "eps", 1.021 * 1.3631e-3, 6e-4);
    require_value("creep_recovery", creep("2000", "hereditary"), "eps_an", 2.1e-6, 0.03);
    require_value("creep_recovery", creep("2000", "eq16"), "eps_an", 3.8e-5, 0.02);
    const auto tension = [](const char* formulation) {
        return R"({"temperature_K":430,"strain_rate_per_s":3e-4,"params":)" + table_1() +
               R"(,"strain":[0.05,0.2],"formulation":")" + formulation + "\"}";
    };
    require_value("tension", tension("hereditary"), "steady_stress_Pa", 659.29e6, 2e-5);
    require_value("tension", tension("hereditary"), "peak_stress_Pa", 660.1e6, 2e-4);
    require_value("tension", tension("hereditary"), "peak_strain", 0.086, 1e-2);
    require_value("tension", tension("eq16"), "steady_stress_Pa", 659.29e6, 2e-5);
    require_value("tension", tension("eq16"), "peak_stress_Pa", 675.8e6, 2e-4);
    require_value("tension", tension("eq16"), "peak_strain", 0.053, 1e-2);
    const json::object curve = outputs_of("tension", tension("hereditary"));
    const auto part = [&](const char* name) {
        return curve.at(name).as_array().at(0).to_number<double>();
    };
    REQUIRE(
        part("eps_el") + part("eps_beta") + part("eps_an") + part("eps_vp") ==
        Approx(0.05).epsilon(2e-4)
    );
    REQUIRE(part("eps_el") == Approx(part("stress_Pa") / 3.3e10).epsilon(1e-8));
    REQUIRE(part("chi") == Approx(0.4 + 1.8 * part("eps_an")).epsilon(1e-8));
}

TEST_CASE("the forms of the second paper are those of the closed forms") {
    require_value("kww", R"({"omega_tau":2,"beta":1})", "storage", 0.8);
    require_value("kww", R"({"omega_tau":2,"beta":1})", "loss", 0.4);
    require_value("kww", R"({"omega_tau":1e-9,"beta":0.5})", "loss", 2e-9);
    require_value(
        "bergman", R"({"omega_over_omega_p":1,"b":0.4,"G_p_Pa":7e9})", "loss_modulus_Pa", 7e9
    );
    const std::string qpd = R"({"omega_tau_mol":1,"G_el_Pa":5,"G_r_Pa":1,"eta":0,"chi":0.4})";
    require_value("qpd_modulus", qpd, "shear_storage_modulus_Pa", 3.0);
    require_value("qpd_modulus", qpd, "shear_loss_modulus_Pa", 2.0);
    require_value(
        "qpd_compliance",
        R"({"time_s":9,"G_el_Pa":4,"A_per_Pa":2,"A_prime_per_Pa":3,"tau_mol_s":9,"chi":0.4})",
        "J_per_Pa",
        0.25 + 2.0 * (1.0 - e_inverse) + 3.0
    );
    const std::string three = R"("J_el_per_Pa":1,"dJ_beta_per_Pa":2,"dJ_ve_per_Pa":3,)"
                              R"("dJ_vp_per_Pa":4,"tau_beta_s":1,"tau_ve_s":1,"tau_vp_s":1)";
    const std::string name = "three_process_compliance";
    require_value(name, R"({"time_s":1,)" + three + "}", "J_per_Pa", 5.0 + 5.0 * (1.0 - e_inverse));
    require_value(name, R"({"omega_rad_s":1,)" + three + "}", "J_real_per_Pa", 3.5);
    require_value(name, R"({"omega_rad_s":1,)" + three + "}", "J_loss_per_Pa", 6.5);
    require_value(
        name,
        R"({"omega_rad_s":1,"B_vp":2,)" + three + "}",
        "J_loss_per_Pa",
        2.5 + 4.0 * std::sqrt(std::numbers::pi)
    );
    const std::string split =
        R"({"omega_rad_s":1,"shear_storage_modulus_Pa":3,"shear_loss_modulus_Pa":4,"viscosity_Pa_s":10})";
    require_value("compliance_split", split, "J_el_per_Pa", 0.12);
    require_value("compliance_split", split, "J_vp_per_Pa", 0.1);
    require_value("compliance_split", split, "J_ve_per_Pa", 0.06);
    require_value(
        "aging_tan_delta",
        R"({"time_s":50,"tan_delta_0":0.03,"tan_delta_inf":0.01,"tau_s":50,"beta":0.3})",
        "tan_delta",
        0.01 + 0.02 * e_inverse
    );
}

TEST_CASE("moduli, viscosity, Arrhenius laws and mixing are those of hand calculation") {
    require_value(
        "modulus_convert",
        R"({"direction":"shear_to_tensile","storage_modulus_Pa":30e9,"loss_modulus_Pa":0,"bulk_modulus_Pa":100e9})",
        "storage_modulus_Pa",
        9.0 * 100e9 * 30.0 / 330.0
    );
    const std::complex<double> E(80e9, 6e9);
    const std::complex<double> G = 1.0 / (3.0 * (1.0 / E - 1.0 / 900e9));
    const std::string shear =
        R"({"direction":"tensile_to_shear","storage_modulus_Pa":80e9,"loss_modulus_Pa":6e9,"bulk_modulus_Pa":100e9})";
    require_value("modulus_convert", shear, "storage_modulus_Pa", G.real());
    require_value("modulus_convert", shear, "loss_modulus_Pa", G.imag());
    require_value("viscosity", R"({"G_u_Pa":24e9,"tau_mol_s":70})", "viscosity_Pa_s", 1.68e12);
    require_value(
        "peak_frequency",
        R"({"temperature_K":300,"f0_Hz":1e12,"E_J_mol":)" +
            number_text(R * 300.0 * 12.0 * std::numbers::ln10) + "}",
        "frequency_Hz",
        1.0
    );
    // 5.73 eV at 691 K (E2-2)
    require_value(
        "fragility",
        R"({"T_g_K":691,"E_J_mol":)" + number_text(5.73 * 96485.332) + "}",
        "m",
        41.8,
        1e-3
    );
    require_value(
        "shift_factor",
        R"({"temperature_K":500,"T_ref_K":1000,"E_J_mol":)" + number_text(1000.0 * R) + "}",
        "ln_aT",
        1.0
    );
    // Zr50Cu40Al10 with the pair values of S2: -27.36 (E2-15)
    require_value(
        "mixing_enthalpy",
        R"({"fractions":{"Zr":0.5,"Cu":0.4,"Al":0.1},)"
        R"("pairs_kJ_mol":{"Zr-Cu":-23,"Al-Zr":-44,"Cu-Al":-1}})",
        "dH_mix_kJ_mol",
        -27.36
    );
}

}  // namespace relaxd::test
