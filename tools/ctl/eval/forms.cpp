// SPDX-License-Identifier: MIT
//
// The forms of S2: KWW, Bergman, Eqs. 8, 9, 12, 18-20, moduli, viscosity, Arrhenius laws, mixing.
#include "model/domain.hpp"
#include "model/kww/bergman.hpp"
#include "model/kww/kww.hpp"
#include "model/moduli/mixing_enthalpy.hpp"
#include "model/moduli/moduli.hpp"
#include "model/qpd/hierarchy.hpp"
#include "model/qpd/shear.hpp"
#include "model/tts/arrhenius.hpp"
#include "tools/ctl/eval/function.hpp"

#include <cmath>

namespace relaxd::ctl::eval {

namespace {

using X = std::span<const double>;
using Y = std::span<double>;

/// Real and minus the imaginary part, or plus where the sign is that of a modulus.
Result<void> put_pair(const Result<std::complex<double>>& value, double sign, Y y) {
    if (!value) {
        return fail(value.error());
    }
    y[0] = value->real();
    y[1] = sign * value->imag();
    return {};
}

Result<void> kww_at(const Fixed&, X x, Y y, Notes& notes) {
    if (auto ok = model::need_positive("omega_tau", x[0]); !ok) {
        return ok;
    }
    if (!(x[1] > 0.0 && x[1] <= 1.0)) {
        return model::out_of_domain("beta", x[1], "above 0 and at most 1");
    }
    if (x[1] < 0.1) {
        notes.add("beta", "beta is below 0.1, where the accuracy of 1e-8 is not proven");
    }
    const model::KwwPair pair = model::kww_pair(std::log(x[0]), x[1]);
    y[0] = pair.modulus.real();
    y[1] = -pair.compliance.imag();
    return {};
}

Function kww() {
    return {
        "kww",
        {number("omega_tau"), number("beta")},
        {{"storage"}, {"loss"}},
        "S2 Eqs. 15, 16",
        kww_at
    };
}

Function bergman() {
    return {
        "bergman",
        {number("omega_over_omega_p"), number("b"), number("G_p_Pa")},
        {{"loss_modulus_Pa"}},
        "S2 Eq. 17",
        [](const Fixed&, X x, Y y, Notes&) {
            return put(model::bergman_loss_Pa(x[0], x[1], x[2]), y[0]);
        }
    };
}

Function qpd_modulus() {
    return {
        "qpd_modulus",
        {number("omega_tau_mol"), number("G_el_Pa"), number("G_r_Pa"), number("eta"), number("chi")
        },
        {{"shear_storage_modulus_Pa"}, {"shear_loss_modulus_Pa"}},
        "S2 Eq. 9 (shear)",
        [](const Fixed&, X x, Y y, Notes&) {
            return put_pair(model::qpd_modulus({x[1], x[2], x[3], x[4]}, x[0]), 1.0, y);
        }
    };
}

Function qpd_compliance() {
    return {
        "qpd_compliance",
        {number("time_s"),
         number("G_el_Pa"),
         number("A_per_Pa"),
         number("A_prime_per_Pa"),
         number("tau_mol_s"),
         number("chi")},
        {{"J_per_Pa"}},
        "S2 Eq. 8 as printed, E2-5 (shear)",
        [](const Fixed&, X x, Y y, Notes&) {
            return put(model::qpd_compliance({x[1], x[2], x[3], x[4], x[5]}, x[0]), y[0]);
        }
    };
}

/// x = time_s, omega_rad_s, the four compliances, the three times, the three widths.
Result<void> three_processes_at(const Fixed& in, X x, Y y, Notes&) {
    const model::ThreeProcesses p{x[2], x[3], x[4], x[5], x[6], x[7], x[8], x[9], x[10], x[11]};
    if (in.given[0]) {
        if (auto ok = put(model::three_process_creep(p, x[0]), y[0]); !ok) {
            return ok;
        }
    }
    return in.given[1] ? put_pair(model::three_process_dynamic(p, x[1]), -1.0, y.subspan(1))
                       : Result<void>();
}

Function three_process_compliance() {
    Function f{
        "three_process_compliance",
        {optional_number("time_s"),
         optional_number("omega_rad_s"),
         number("J_el_per_Pa"),
         number("dJ_beta_per_Pa"),
         number("dJ_ve_per_Pa"),
         number("dJ_vp_per_Pa"),
         number("tau_beta_s"),
         number("tau_ve_s"),
         number("tau_vp_s"),
         optional_number("B_beta", infinite),
         optional_number("B_ve", infinite),
         optional_number("B_vp", infinite)},
        {{"J_per_Pa", "time_s"}, {"J_real_per_Pa", "omega_rad_s"}, {"J_loss_per_Pa", "omega_rad_s"}
        },
        "S2 Eqs. 18, 19 corrected with linear flow, E2-11 (shear)",
        three_processes_at
    };
    f.one_of = {"time_s", "omega_rad_s"};
    return f;
}

Function compliance_split() {
    return {
        "compliance_split",
        {number("omega_rad_s"),
         number("shear_storage_modulus_Pa"),
         number("shear_loss_modulus_Pa"),
         number("viscosity_Pa_s")},
        {{"J_el_per_Pa"}, {"J_ve_per_Pa"}, {"J_vp_per_Pa"}},
        "S2 Eq. 20 as printed, E2-13 (shear)",
        [](const Fixed&, X x, Y y, Notes&) -> Result<void> {
            const auto split = model::compliance_split(x[0], x[1], x[2], x[3]);
            if (!split) {
                return fail(split.error());
            }
            y[0] = split->J_el_per_Pa;
            y[1] = split->J_ve_per_Pa;
            y[2] = split->J_vp_per_Pa;
            return {};
        }
    };
}

Function modulus_convert() {
    return {
        "modulus_convert",
        {word("direction", {"tensile_to_shear", "shear_to_tensile"}),
         number("storage_modulus_Pa"),
         number("loss_modulus_Pa"),
         number("bulk_modulus_Pa")},
        {{"storage_modulus_Pa"}, {"loss_modulus_Pa"}},
        "1/E* = 1/(9K) + 1/(3G*), K elastic",
        [](const Fixed& in, X x, Y y, Notes&) {
            const std::complex<double> given(x[0], x[1]);
            return put_pair(
                in.word == "tensile_to_shear" ? model::shear_from_tensile(given, x[2])
                                              : model::tensile_from_shear(given, x[2]),
                1.0,
                y
            );
        }
    };
}

Function viscosity() {
    return {
        "viscosity",
        {number("G_u_Pa"), number("tau_mol_s")},
        {{"viscosity_Pa_s"}},
        "S2, text after Eq. 20",
        [](const Fixed&, X x, Y y, Notes&) { return put(model::viscosity(x[0], x[1]), y[0]); }
    };
}

Function aging_tan_delta() {
    return {
        "aging_tan_delta",
        {number("time_s"),
         number("tan_delta_0"),
         number("tan_delta_inf"),
         number("tau_s"),
         number("beta")},
        {{"tan_delta"}},
        "S2 Eq. 12, amplitude of E2-8",
        [](const Fixed&, X x, Y y, Notes&) {
            return put(model::aging_tan_delta(x[0], x[1], x[2], x[3], x[4]), y[0]);
        }
    };
}

Function peak_frequency() {
    return {
        "peak_frequency",
        {number("temperature_K"), number("f0_Hz"), number("E_J_mol")},
        {{"frequency_Hz"}},
        "S2 Eq. 1",
        [](const Fixed&, X x, Y y, Notes&) {
            return put(model::peak_frequency_Hz(x[0], x[1], x[2]), y[0]);
        }
    };
}

Function fragility() {
    return {
        "fragility",
        {number("E_J_mol"), number("T_g_K")},
        {{"m"}},
        "S2 Eq. 2, E2-2",
        [](const Fixed&, X x, Y y, Notes&) { return put(model::fragility(x[0], x[1]), y[0]); }
    };
}

Function shift_factor() {
    return {
        "shift_factor",
        {number("temperature_K"), number("T_ref_K"), number("E_J_mol")},
        {{"ln_aT"}},
        "S2 Eqs. 13, 14",
        [](const Fixed&, X x, Y y, Notes&) {
            return put(model::ln_shift_factor(x[0], x[1], x[2]), y[0]);
        }
    };
}

Function mixing_enthalpy() {
    return {
        "mixing_enthalpy",
        {of_kind(Kind::fractions, "fractions"), of_kind(Kind::pairs, "pairs_kJ_mol")},
        {{"dH_mix_kJ_mol"}},
        "S2 section 3.2.1, E2-15",
        [](const Fixed& in, X, Y y, Notes&) {
            return put(model::mixing_enthalpy_kJ_mol(in.fractions, in.pairs_kJ_mol), y[0]);
        }
    };
}

}  // namespace

std::vector<Function> form_functions() {
    return {
        kww(),
        bergman(),
        qpd_modulus(),
        qpd_compliance(),
        three_process_compliance(),
        compliance_split(),
        modulus_convert(),
        viscosity(),
        aging_tan_delta(),
        peak_frequency(),
        fragility(),
        shift_factor(),
        mixing_enthalpy(),
    };
}

}  // namespace relaxd::ctl::eval
