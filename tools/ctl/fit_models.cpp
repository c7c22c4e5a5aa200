// SPDX-License-Identifier: MIT
#include "tools/ctl/fit_models.hpp"

#include "schema/base/nearest.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace relaxd::ctl {

namespace {

using Names = std::span<const std::string_view>;

/// Of the material (CONTRACT 3), with the coordinates that the dynamic fit reports beside them.
constexpr std::array<std::string_view, 22> params{
    "E_u_Pa",
    "E_r_Pa",
    "A_beta_per_Pa",
    "U_beta_J_mol",
    "tau_beta0_s",
    "B",
    "A_an_per_Pa",
    "A_vp_per_Pa",
    "chi_Tg",
    "a1_per_K",
    "t0_s",
    "T_g_K",
    "tau_max_Tg_s",
    "sigma1_Pa",
    "a2",
    "E_u_slope_per_K",
    "E_u_T_ref_K",
    "fast_beta",
    "fast_beta.A_per_Pa",
    "fast_beta.U_J_mol",
    "fast_beta.tau0_s",
    "fast_beta.B",
};

/// Tensile names, those of shear, and what a joint fit of several inputs has.
constexpr std::array<std::string_view, 41> of_dynamic{
    "E_u_Pa",
    "E_r_Pa",
    "A_beta_per_Pa",
    "U_beta_J_mol",
    "tau_beta0_s",
    "B",
    "A_an_per_Pa",
    "A_vp_per_Pa",
    "chi_Tg",
    "a1_per_K",
    "t0_s",
    "T_g_K",
    "tau_max_Tg_s",
    "E_u_slope_per_K",
    "E_u_T_ref_K",
    "background_tan_delta",
    "fast_beta",
    "fast_beta.A_per_Pa",
    "fast_beta.U_J_mol",
    "fast_beta.tau0_s",
    "fast_beta.B",
    "G_u_Pa",
    "G_r_Pa",
    "A_beta_shear_per_Pa",
    "A_an_shear_per_Pa",
    "A_vp_shear_per_Pa",
    "G_u_slope_per_K",
    "G_u_T_ref_K",
    "fast_beta.A_shear_per_Pa",
    "bulk_modulus_Pa",
    "poisson_ratio",
    "scale_2",
    "scale_3",
    "scale_4",
    "scale_5",
    "scale_6",
    "T_g_offset_2_K",
    "T_g_offset_3_K",
    "T_g_offset_4_K",
    "T_g_offset_5_K",
    "T_g_offset_6_K",
};
constexpr std::array<std::string_view, 4> of_beta_peaks{
    "U_beta_peaks", "tau_beta0_peaks", "U_beta_peaks_corr", "tau_beta0_peaks_corr"
};
constexpr std::array<std::string_view, 4> of_alpha_peaks{
    "E_alpha_peaks", "f0_peaks", "fragility_m", "T_g_K"
};
constexpr std::array<std::string_view, 6> of_creep{
    "J_0_per_Pa", "A_an_per_Pa", "chi", "tau_max_s", "A_vp_per_Pa", "recovery_time_ratio"
};
constexpr std::array<std::string_view, 4> of_aging{"tan_delta_0", "tan_delta_inf", "tau_s", "beta"};
constexpr std::array<std::string_view, 7> of_tension{
    "sigma1_Pa",
    "a2",
    "time_scale",
    "machine_compliance_per_Pa",
    "machine_compliance_m_per_N",
    "chi",
    "tau_max_s"
};
constexpr std::array<std::string_view, 2> of_master{"E_alpha_J_mol", "T_ref_K"};
constexpr std::array<std::string_view, 5> of_qpd{"G_el_Pa", "G_r_Pa", "eta", "tau_mol_s", "chi"};
constexpr std::array<std::string_view, 3> of_kww{"dG_Pa", "tau_s", "beta"};
constexpr std::array<std::string_view, 3> of_bergman{"G_p_Pa", "b", "omega_p_rad_s"};
constexpr std::array<std::string_view, 4> of_relaxation{"E_0_Pa", "E_inf_Pa", "tau_s", "beta"};
constexpr std::array<std::string_view, 2> of_transitions{"T_g_K", "T_x_K"};

constexpr std::string_view wants_moduli = "temperature_K, frequency_Hz, E' and E''";
constexpr std::string_view wants_loss = "omega_rad_s and a loss modulus";

constexpr std::array<std::string_view, 3> of_rate_form{"hereditary", "eq16", "linear"};
constexpr std::array<std::string_view, 3> of_superposition{"spline", "kww", "eq9"};

// name, is_series, wants_dynamic, takes_params, names, wants, formulations
constexpr std::array<FitModel, 13> models{{
    {"dynamic", false, false, false, Names(of_dynamic), wants_moduli, {}},
    {"chi-slope", false, true, false, {}, wants_moduli, {}},
    {"beta-peaks", false, true, false, Names(of_beta_peaks), wants_moduli, {}},
    {"alpha-peaks", false, false, false, Names(of_alpha_peaks), wants_moduli, {}},
    {"creep",
     true,
     false,
     true,
     Names(of_creep),
     "time_s and strain or compliance_per_Pa",
     Names(of_rate_form)},
    {"aging", true, false, false, Names(of_aging), "time_s and tan_delta", {}},
    {"tension", true, false, true, Names(of_tension), "strain and stress_Pa", Names(of_rate_form)},
    {"master-curve", false, false, false, Names(of_master), wants_moduli, Names(of_superposition)},
    {"qpd",
     true,
     false,
     false,
     Names(of_qpd),
     "omega_rad_s and moduli (absolute, of shear or relative)",
     {}},
    {"kww", true, false, false, Names(of_kww), wants_loss, {}},
    {"bergman", true, false, false, Names(of_bergman), wants_loss, {}},
    {"relaxation",
     true,
     false,
     false,
     Names(of_relaxation),
     "time_s and relaxation_modulus_Pa, or stress_Pa and strain",
     {}},
    {"transitions", false, false, false, Names(of_transitions), wants_moduli, {}},
}};

bool has(Names names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::span<const FitModel> fit_models() {
    return models;
}

const FitModel* find_model(std::string_view name) {
    if (name == "isochronal" || name == "isothermal") {
        name = "dynamic";
    }
    const auto* const found = std::find_if(
        models.begin(), models.end(), [name](const FitModel& one) { return one.name == name; }
    );
    return found == models.end() ? nullptr : found;
}

bool is_parameter(std::string_view name) {
    return has(params, name) || std::any_of(models.begin(), models.end(), [name](const auto& one) {
               return has(one.names, name);
           });
}

std::string nearest_parameter(std::string_view name) {
    std::vector<std::string_view> known(params.begin(), params.end());
    for (const FitModel& one : models) {
        known.insert(known.end(), one.names.begin(), one.names.end());
    }
    return std::string(nearest(name, known));
}

bool acts_on(const FitModel& model, std::string_view name) {
    return has(model.names, name) || (model.takes_params && has(params, name)) ||
           (model.wants_dynamic && has(of_dynamic, name));
}

}  // namespace relaxd::ctl
