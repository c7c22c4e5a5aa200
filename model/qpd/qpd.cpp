// SPDX-License-Identifier: MIT
#include "model/qpd/qpd.hpp"

#include "model/kww/kww.hpp"
#include "model/kww/special.hpp"
#include "model/qpd/gumbel.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;

constexpr double half_pi = std::numbers::pi / 2.0;

Result<void> check_positive(std::string_view name, double value) {
    if (std::isfinite(value) && value > 0.0) {
        return {};
    }
    const std::string shown = std::isfinite(value) ? to_text(value) : std::string("not finite");
    return fail(
        Errc::invalid,
        std::string(name) + " is " + shown + " and must be positive and finite",
        std::string(name)
    );
}

Result<void> check(const QpdParameters& p, double temperature_K, double frequency_Hz) {
    const std::pair<std::string_view, double> positive[] = {
        {"temperature_K", temperature_K},
        {"frequency_Hz", frequency_Hz},
        {"E_u_Pa", p.E_u_Pa},
        {"E_r_Pa", p.E_r_Pa},
        {"tau_beta0_s", p.tau_beta0_s},
        {"chi_Tg", p.chi_Tg},
        {"T_g_K", p.T_g_K},
        {"t0_s", p.t0_s},
    };
    for (const auto& [name, value] : positive) {
        if (auto ok = check_positive(name, value); !ok) {
            return ok;
        }
    }
    if (std::isnan(p.B) || p.B <= 0.0) {
        return fail(Errc::invalid, "B must be positive (infinite = one single time)", "B");
    }
    const double now = chi(p, temperature_K);
    if (!(now > 0.0 && now < 1.0)) {
        return fail(
            Errc::invalid,
            "chi(T) leaves (0, 1) at this temperature",
            "chi_Tg",
            "check chi_Tg, a1_per_K and T_g_K"
        );
    }
    return {};
}

}  // namespace

double ln_tau_beta(const QpdParameters& p, double temperature_K) {
    return std::log(p.tau_beta0_s) + p.U_beta_J_mol / (gas_constant_J_mol_K * temperature_K);
}

double chi(const QpdParameters& p, double temperature_K) {
    return p.chi_Tg + p.a1_per_K * std::max(0.0, temperature_K - p.T_g_K);
}

double ln_tau_max(const QpdParameters& p, double temperature_K) {
    const double ln_t0 = std::log(p.t0_s);
    return ln_t0 + (ln_tau_beta(p, temperature_K) - ln_t0) / chi(p, temperature_K);
}

double ln_tau_an(const QpdParameters& p, double temperature_K) {
    const double now = chi(p, temperature_K);
    return ln_tau_max(p, temperature_K) + std::log(now) / now;
}

Anelastic anelastic_printed(double ln_omega_tau, double chi_now) {
    const Complex exponent{ln_omega_tau, half_pi};
    const double size = std::exp(-chi_now * ln_omega_tau);
    Anelastic out;
    out.value = {size * std::cos(chi_now * half_pi), -size * std::sin(chi_now * half_pi)};
    out.d_ln_omega_tau = -chi_now * out.value;
    out.d_chi = -exponent * out.value;
    return out;
}

Anelastic anelastic_gamma(double ln_omega_tau, double chi_now) {
    Anelastic out = anelastic_printed(ln_omega_tau, chi_now);
    const double g = std::exp(ln_gamma(1.0 + chi_now));
    const double psi = digamma(1.0 + chi_now);
    out.d_chi = g * (out.d_chi + psi * out.value);
    out.value *= g;
    out.d_ln_omega_tau *= g;
    return out;
}

Anelastic anelastic_exact(double ln_omega_tau, double chi_now) {
    const KwwValue k = kww(ln_omega_tau, chi_now);
    return {k.compliance, k.d_ln_omega_tau, k.d_beta};
}

Result<DynamicCompliance> dynamic_compliance(
    const QpdParameters& p, double temperature_K, double frequency_Hz, record::Form form
) {
    if (auto ok = check(p, temperature_K, frequency_Hz); !ok) {
        return fail(ok.error());
    }
    const double ln_omega = std::log(2.0 * std::numbers::pi * frequency_Hz);
    const double v = ln_omega + ln_tau_an(p, temperature_K);
    const double now = chi(p, temperature_K);
    Anelastic anelastic;
    switch (form) {
        case record::Form::printed: anelastic = anelastic_printed(v, now); break;
        case record::Form::gamma: anelastic = anelastic_gamma(v, now); break;
        case record::Form::exact: anelastic = anelastic_exact(v, now); break;
    }
    DynamicCompliance out;
    out.elastic_per_Pa = 1.0 / p.E_u_Pa;
    out.beta_per_Pa =
        p.A_beta_per_Pa() * gumbel_debye(ln_omega + ln_tau_beta(p, temperature_K), p.B);
    out.anelastic_per_Pa = p.A_an_per_Pa * anelastic.value;
    out.flow_per_Pa = {0.0, -p.A_vp_per_Pa * std::exp(-(ln_omega + ln_tau_max(p, temperature_K)))};
    const Complex total = out.total_per_Pa();
    if (!std::isfinite(total.real()) || !std::isfinite(total.imag())) {
        return fail(
            Errc::invalid, "the compliance leaves the range of double at this temperature", "T_g_K"
        );
    }
    return out;
}

}  // namespace relaxd::model
