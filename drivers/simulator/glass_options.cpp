// SPDX-License-Identifier: MIT
#include "drivers/simulator/glass_options.hpp"

#include "schema/base/number.hpp"

#include <cmath>
#include <string>

namespace relaxd::simulator {
namespace {

constexpr double chi_eq_lowest = 0.05;
constexpr double chi_highest = 0.98;

struct Rule {
    std::string_view key;
    double GlassOptions::* member;
    bool (*holds)(double);
    std::string_view text;
};

constexpr Rule rules[] = {
    {"equilibrium_depth_K",
     &GlassOptions::equilibrium_depth_K,
     [](double x) { return x > 0.0 && x <= 2000.0; },
     "above 0 and at most 2000 K"},
    {"fictive_temperature_K",
     &GlassOptions::fictive_temperature_K,
     [](double x) { return x > 0.0 && x <= 5000.0; },
     "above 0 and at most 5000 K"},
    {"ageing_strength",
     &GlassOptions::ageing_strength,
     [](double x) { return x >= 0.0 && x < 1.0; },
     "from 0 to below 1"},
    {"ageing_tau_s",
     &GlassOptions::ageing_tau_s,
     [](double x) { return x > 0.0 && x <= 1e30; },
     "above 0 and at most 1e30 s"},
    {"ageing_T_ref_K",
     &GlassOptions::ageing_T_ref_K,
     [](double x) { return x > 0.0 && x <= 5000.0; },
     "above 0 and at most 5000 K"},
    {"ageing_beta",
     &GlassOptions::ageing_beta,
     [](double x) { return x > 0.0 && x <= 1.0; },
     "above 0 and at most 1"},
    {"ageing_U_J_mol",
     &GlassOptions::ageing_U_J_mol,
     [](double x) { return x >= 0.0 && x <= 2e6; },
     "from 0 to 2e6 J/mol"},
    {"crystal_k0_per_s",
     &GlassOptions::crystal_k0_per_s,
     [](double x) { return x > 0.0 && x <= 1e200; },
     "above 0 and at most 1e200 per second"},
    {"crystal_U_J_mol",
     &GlassOptions::crystal_U_J_mol,
     [](double x) { return x > 0.0 && x <= 2e6; },
     "above 0 and at most 2e6 J/mol"},
    {"crystal_n",
     &GlassOptions::crystal_n,
     [](double x) { return x >= 0.5 && x <= 6.0; },
     "from 0.5 to 6"},
    {"crystal_modulus_rise",
     &GlassOptions::crystal_modulus_rise,
     [](double x) { return x >= 0.5 && x <= 5.0; },
     "from 0.5 to 5"},
    {"thermal_expansion_per_K",
     &GlassOptions::thermal_expansion_per_K,
     [](double x) { return std::abs(x) <= 1e-3; },
     "within 1e-3 per kelvin"},
};

tl::unexpected<Error> refuse(
    std::string_view key, double value, std::string_view rule, std::string hint = {}
) {
    const std::string text = std::isfinite(value) ? to_text(value) : std::string("not a number");
    return fail(
        Errc::invalid,
        std::string(key) + " must be " + std::string(rule) + ", it is " + text,
        std::string(key),
        std::move(hint)
    );
}

// Large stress needs at least one number that says what it does.
Result<void> check_nonlinear(const material::Params& params) {
    const bool stress = std::isfinite(params.sigma1_Pa);
    if (stress && !(params.sigma1_Pa > 0.0)) {
        return refuse("sigma1_Pa", params.sigma1_Pa, "above 0 where nonlinear is on");
    }
    if (!stress && !std::isfinite(params.a2)) {
        return fail(
            Errc::invalid,
            "nonlinear needs a material with sigma1_Pa or a2, it has neither",
            "nonlinear",
            "give them in a material file, or switch nonlinear off"
        );
    }
    return {};
}

// Structural relaxation needs a slope of chi, and room for chi at both ends of its line.
Result<void> check_line(const GlassOptions& options, const material::Params& params) {
    if (!(params.a1_per_K > 0.0) || !std::isfinite(params.a1_per_K)) {
        return fail(
            Errc::invalid,
            "structural_relaxation needs a material whose chi rises above T_g, a1_per_K is " +
                (std::isfinite(params.a1_per_K) ? to_text(params.a1_per_K) : std::string("unknown")
                ),
            "structural_relaxation",
            "give a1_per_K in a material file, or switch structural_relaxation off"
        );
    }
    const double lowest = params.chi_Tg - params.a1_per_K * options.equilibrium_depth_K;
    if (!(lowest >= chi_eq_lowest)) {
        return refuse(
            "equilibrium_depth_K",
            options.equilibrium_depth_K,
            "at most " + to_text(std::floor((params.chi_Tg - chi_eq_lowest) / params.a1_per_K)) +
                " K for this material (chi_eq stays above " + to_text(chi_eq_lowest) + ")"
        );
    }
    const double first =
        params.chi_Tg + params.a1_per_K * (options.fictive_temperature_K - params.T_g_K);
    if (!(first >= lowest - 1e-12 && first <= chi_highest)) {
        return refuse(
            "fictive_temperature_K",
            options.fictive_temperature_K,
            "from T_g - equilibrium_depth_K to where chi is " + to_text(chi_highest) +
                " for this material"
        );
    }
    return {};
}

}  // namespace

Result<GlassOptions> checked_glass(const GlassOptions& options, const material::Params& params) {
    GlassOptions out = options;
    if (std::isnan(out.fictive_temperature_K)) {
        out.fictive_temperature_K = params.T_g_K;
    }
    if (std::isnan(out.ageing_T_ref_K)) {
        out.ageing_T_ref_K = params.T_g_K > 60.0 ? params.T_g_K - 30.0 : 0.9 * params.T_g_K;
    }
    for (const Rule& rule : rules) {
        const double value = out.*rule.member;
        if (!std::isfinite(value) || !rule.holds(value)) {
            return refuse(rule.key, value, rule.text);
        }
    }
    if (out.nonlinear) {
        if (auto numbers = check_nonlinear(params); !numbers) {
            return fail(numbers.error());
        }
    }
    if (out.structural_relaxation) {
        if (auto line = check_line(out, params); !line) {
            return fail(line.error());
        }
    }
    return out;
}

}  // namespace relaxd::simulator
