// SPDX-License-Identifier: MIT
//
// Materials: the parameters of the quasi-point-defect model for one glass, with their source.
//
// The built-in ones are the .toml files of this folder, embedded in the library; a user's own is a
// file of the same form. SI units; NaN = not known (null outside), never a guess: what we assumed
// is listed by name in `assumed`. Plain values, no threads.

#pragma once

#include "schema/base/result.hpp"

#include <array>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::material {

/// The scalars among the `params` of CONTRACT 3. NaN = unknown.
struct Params {
    static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

    double E_u_Pa = unknown;           ///< Unrelaxed Young's modulus.
    double E_r_Pa = unknown;           ///< After the beta relaxation: 1/E_r = 1/E_u + A_beta.
    double U_beta_J_mol = unknown;     ///< Activation energy of tau_beta.
    double tau_beta0_s = unknown;      ///< Its prefactor.
    double B = unknown;                ///< Gumbel inverse width; unknown = one single time.
    double A_an_per_Pa = unknown;      ///< Anelastic compliance.
    double A_vp_per_Pa = unknown;      ///< Viscoplastic compliance.
    double chi_Tg = unknown;           ///< Correlation parameter chi at and below T_g.
    double a1_per_K = unknown;         ///< Slope of chi above T_g.
    double T_g_K = unknown;            ///< Glass transition temperature.
    double t0_s = unknown;             ///< Scaling time of hierarchical correlation.
    double sigma1_Pa = unknown;        ///< Stress scale of tau_beta (Eq. 9 of S1).
    double a2 = unknown;               ///< Strain sensitivity of chi (Eq. 22 of S1).
    double E_u_slope_per_K = unknown;  ///< Relative slope of E_u with temperature; unknown = 0.
    double E_u_T_ref_K = unknown;      ///< Temperature at which E_u_Pa holds.
};

/// Every member of Params by its contract name, in the contract's order.
inline constexpr std::array<std::pair<std::string_view, double Params::*>, 15> param_members{{
    {"E_u_Pa", &Params::E_u_Pa},
    {"E_r_Pa", &Params::E_r_Pa},
    {"U_beta_J_mol", &Params::U_beta_J_mol},
    {"tau_beta0_s", &Params::tau_beta0_s},
    {"B", &Params::B},
    {"A_an_per_Pa", &Params::A_an_per_Pa},
    {"A_vp_per_Pa", &Params::A_vp_per_Pa},
    {"chi_Tg", &Params::chi_Tg},
    {"a1_per_K", &Params::a1_per_K},
    {"T_g_K", &Params::T_g_K},
    {"t0_s", &Params::t0_s},
    {"sigma1_Pa", &Params::sigma1_Pa},
    {"a2", &Params::a2},
    {"E_u_slope_per_K", &Params::E_u_slope_per_K},
    {"E_u_T_ref_K", &Params::E_u_T_ref_K},
}};

/// One further, faster beta process (S1 Fig. 6a).
struct FastBeta {
    double A_per_Pa = Params::unknown;  ///< Strength.
    double U_J_mol = Params::unknown;   ///< Activation energy.
    double tau0_s = Params::unknown;    ///< Prefactor.
    double B = Params::unknown;         ///< Gumbel inverse width; unknown = one single time.
};

/// Every member of FastBeta by its contract name.
inline constexpr std::array<std::pair<std::string_view, double FastBeta::*>, 4> fast_beta_members{{
    {"A_per_Pa", &FastBeta::A_per_Pa},
    {"U_J_mol", &FastBeta::U_J_mol},
    {"tau0_s", &FastBeta::tau0_s},
    {"B", &FastBeta::B},
}};

struct Material {
    std::string name;
    std::string title;
    std::string source;
    std::string notes;
    Params params;
    std::vector<FastBeta> fast_beta;      ///< `[[params.fast_beta]]`; mostly none.
    std::vector<std::string> assumed;     ///< Names in `params` that we assumed, not the source.
    std::map<std::string, double> extra;  ///< Further numbers with unit in the name: T_x_K, C_d …
};

struct Listing {
    std::string name;
    std::string title;
    std::string source;
};

/// A built-in material by name, or a user's file by path (anything with '/' or ending in ".toml").
/// Errors: not_found lists the built-in names; invalid names file:line and the key.
[[nodiscard]] Result<Material> load(const std::string& name_or_path);

/// One material from TOML text; `source_name` goes into errors.
[[nodiscard]] Result<Material> parse(std::string_view toml, std::string_view source_name);

/// The built-in materials, sorted by name.
[[nodiscard]] std::vector<Listing> list();

}  // namespace relaxd::material
