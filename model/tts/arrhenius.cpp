// SPDX-License-Identifier: MIT
#include "model/tts/arrhenius.hpp"

#include "model/domain.hpp"
#include "model/qpd/qpd.hpp"

#include <cmath>
#include <numbers>

namespace relaxd::model {

Result<double> peak_frequency_Hz(double temperature_K, double f0_Hz, double E_J_mol) {
    if (auto ok = all_of(
            need_positive("temperature_K", temperature_K),
            need_positive("f0_Hz", f0_Hz),
            need_finite("E_J_mol", E_J_mol)
        );
        !ok) {
        return fail(ok.error());
    }
    const double exponent = E_J_mol / (gas_constant_J_mol_K * temperature_K);
    return in_range(
        std::exp(std::log(f0_Hz) - exponent), "frequency_Hz", "temperature_K", temperature_K
    );
}

Result<double> fragility(double E_J_mol, double T_g_K) {
    if (auto ok = all_of(need_finite("E_J_mol", E_J_mol), need_positive("T_g_K", T_g_K)); !ok) {
        return fail(ok.error());
    }
    return in_range(
        E_J_mol / (gas_constant_J_mol_K * T_g_K * std::numbers::ln10), "m", "T_g_K", T_g_K
    );
}

Result<double> ln_shift_factor(double temperature_K, double T_ref_K, double E_J_mol) {
    if (auto ok = all_of(
            need_positive("temperature_K", temperature_K),
            need_positive("T_ref_K", T_ref_K),
            need_finite("E_J_mol", E_J_mol)
        );
        !ok) {
        return fail(ok.error());
    }
    const double ln_aT =
        E_J_mol / gas_constant_J_mol_K * ((T_ref_K - temperature_K) / T_ref_K) / temperature_K;
    return in_range(ln_aT, "ln_aT", "temperature_K", temperature_K);
}

}  // namespace relaxd::model
