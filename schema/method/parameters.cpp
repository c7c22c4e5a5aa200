// SPDX-License-Identifier: MIT
#include "schema/method/parameters.hpp"

#include "schema/base/nearest.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace relaxd::method {

namespace {

constexpr std::array<std::string_view, 42> names{
    "chi",
    "chi_slope",
    "chi_Tg",
    "E_u_Pa",
    "E_r_Pa",
    "A_beta_per_Pa",
    "U_beta_J_mol",
    "tau_beta0_s",
    "B",
    "A_an_per_Pa",
    "A_vp_per_Pa",
    "a1_per_K",
    "t0_s",
    "T_g_K",
    "T_x_K",
    "sigma1_Pa",
    "a2",
    "E_u_slope_per_K",
    "background_tan_delta",
    "fast_beta.A_per_Pa",
    "fast_beta.U_J_mol",
    "fast_beta.tau0_s",
    "fast_beta.B",
    "tau_beta_s",
    "tau_max_s",
    "tau_max_Tg_s",
    "U_beta_peaks",
    "tau_beta0_peaks",
    "U_beta_peaks_corr",
    "tau_beta0_peaks_corr",
    "E_alpha_peaks",
    "f0_peaks",
    "fragility_m",
    "J_0_per_Pa",
    "tan_delta_0",
    "tan_delta_inf",
    "tau_s",
    "beta",
    "E_alpha_J_mol",
    "tau_mol_s",
    "E_0_Pa",
    "E_inf_Pa",
};

}  // namespace

Result<void> check_parameter_name(std::string_view name) {
    if (std::ranges::find(names, name) != names.end()) {
        return {};
    }
    return fail(
        Errc::invalid,
        "no fit reports a parameter '" + std::string(name.substr(0, 120)) + "'",
        {},
        "the nearest known one is '" + std::string(nearest(name, names)) + "'"
    );
}

}  // namespace relaxd::method
