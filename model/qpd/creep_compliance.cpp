// SPDX-License-Identifier: MIT
#include "model/qpd/creep_compliance.hpp"

#include "model/domain.hpp"
#include "model/qpd/gumbel.hpp"

#include <cmath>

namespace relaxd::model {

namespace {

Result<void> check(const QpdParameters& p, double temperature_K, double time_s, double stress_Pa) {
    return all_of(
        check_parameters(p, temperature_K),
        need_not_negative("time_s", time_s),
        need_finite("stress_Pa", stress_Pa)
    );
}

}  // namespace

Result<CreepCompliance> creep_compliance(
    const QpdParameters& p, double temperature_K, double time_s, double stress_Pa
) {
    if (auto ok = check(p, temperature_K, time_s, stress_Pa); !ok) {
        return fail(ok.error());
    }
    CreepCompliance out;
    out.elastic_per_Pa = 1.0 / unrelaxed_modulus_Pa(p, temperature_K);
    if (time_s > 0.0) {
        const double ln_t = std::log(time_s);
        const double T = temperature_K;
        out.beta_per_Pa =
            p.A_beta_per_Pa() * gumbel_one_minus_exp(ln_t - ln_tau_beta(p, T, stress_Pa), p.B);
        for (const FastBeta& fast : p.fast_beta) {
            out.beta_per_Pa +=
                fast.A_per_Pa *
                gumbel_one_minus_exp(ln_t - ln_tau_fast(p, fast, T, stress_Pa), fast.B);
        }
        const double ln_age = chi(p, T) * (ln_t - ln_tau_an(p, T, stress_Pa));
        out.anelastic_per_Pa = p.A_an_per_Pa * -std::expm1(-std::exp(ln_age));
        // In logarithms: t/tau_max may leave the range of double where the product does not.
        if (p.A_vp_per_Pa > 0.0) {
            const double ln_ratio = ln_t - ln_tau_max(p, T, stress_Pa);
            out.flow_per_Pa = std::exp(std::log(p.A_vp_per_Pa) + ln_ratio);
        }
    }
    if (!std::isfinite(out.total_per_Pa())) {
        return fail(
            Errc::overflow,
            "the compliance leaves the range of double (1.8e308) at time_s = " + shown(time_s),
            "time_s"
        );
    }
    return out;
}

}  // namespace relaxd::model
