// SPDX-License-Identifier: MIT
#include "model/rate/rate_material.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

constexpr double smallest_chi = 1e-3;

}  // namespace

Result<RateMaterial> RateMaterial::at(const QpdParameters& p, double temperature_K) {
    if (auto ok = check_parameters(p, temperature_K); !ok) {
        return fail(ok.error());
    }
    const double RT = gas_constant_J_mol_K * temperature_K;
    RateMaterial m;
    m.p_ = p;
    m.elastic_per_Pa_ = 1.0 / unrelaxed_modulus_Pa(p, temperature_K);
    m.chi_T_ = chi(p, temperature_K);
    m.ln_t0_ = std::log(p.t0_s);
    m.beta_ = {std::log(p.tau_beta0_s), p.U_beta_J_mol / RT};
    for (const FastBeta& f : p.fast_beta) {
        m.fast_.push_back({std::log(f.tau0_s), f.U_J_mol / RT});
    }
    return m;
}

LnTime RateMaterial::over(const Barrier& barrier, double stress_Pa) const {
    const double left = 1.0 - std::abs(stress_Pa) / p_.sigma1_Pa;
    if (left <= 0.0) {
        return {barrier.ln_tau0, 0.0, 0.0};
    }
    const double root = std::sqrt(left);
    const double slope = -1.5 * barrier.height * root / p_.sigma1_Pa;
    return {
        barrier.ln_tau0 + barrier.height * left * root,
        std::signbit(stress_Pa) ? -slope : slope,
        0.0,
    };
}

Times RateMaterial::times(double stress_Pa, double chi_now) const {
    const double chi_used = std::max(chi_now, smallest_chi);
    const double moves = chi_now > smallest_chi ? 1.0 : 0.0;
    Times t;
    t.beta = over(beta_, stress_Pa);
    const double span = t.beta.value - ln_t0_;
    const double inverse = 1.0 / chi_used;
    t.max = {
        ln_t0_ + span * inverse,
        t.beta.d_stress * inverse,
        -moves * span * inverse * inverse,
    };
    const double ln_chi = std::log(chi_used);
    t.an = {
        t.max.value + ln_chi * inverse,
        t.max.d_stress,
        t.max.d_chi + moves * (1.0 - ln_chi) * inverse * inverse,
    };
    return t;
}

LnTime RateMaterial::fast_beta(std::size_t index, double stress_Pa) const {
    return over(fast_[index], stress_Pa);
}

}  // namespace relaxd::model
