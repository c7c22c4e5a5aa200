// SPDX-License-Identifier: MIT
#include "model/qpd/qpd.hpp"

#include "model/domain.hpp"
#include "model/kww/kww.hpp"
#include "model/kww/special.hpp"
#include "model/qpd/gumbel.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;

constexpr double half_pi = std::numbers::pi / 2.0;

Result<void> check_fast_beta(const std::vector<FastBeta>& processes) {
    for (std::size_t k = 0; k < processes.size(); ++k) {
        const FastBeta& f = processes[k];
        const std::string name = "fast_beta[" + std::to_string(k) + "].";
        if (auto ok = all_of(
                need_not_negative(name + "A_per_Pa", f.A_per_Pa),
                need_finite(name + "U_J_mol", f.U_J_mol),
                need_positive(name + "tau0_s", f.tau0_s)
            );
            !ok) {
            return ok;
        }
        if (!(f.B > 0.0)) {
            return out_of_domain(name + "B", f.B, "positive (absent = one single time)");
        }
    }
    return {};
}

/// S1 Eqs. 8, 9.
double ln_tau(
    double tau0_s, double U_J_mol, double temperature_K, double stress_Pa, double sigma1_Pa
) {
    const double share = std::isinf(sigma1_Pa) ? 0.0 : std::abs(stress_Pa) / sigma1_Pa;
    const double left = std::max(0.0, 1.0 - share);
    return std::log(tau0_s) +
           U_J_mol * left * std::sqrt(left) / (gas_constant_J_mol_K * temperature_K);
}

/// strength exp(exponent), where a factor may leave the range of double and the product not.
double scaled_exp(double strength, double exponent) {
    return strength > 0.0 ? std::exp(std::log(strength) + exponent) : 0.0;
}

/// The anelastic term in 1/Pa.
Complex anelastic(double A_per_Pa, double ln_omega_tau, double chi_now, record::Form form) {
    if (form == record::Form::exact) {
        return A_per_Pa * kww_pair(ln_omega_tau, chi_now).compliance;
    }
    double exponent = -chi_now * ln_omega_tau;
    if (form == record::Form::gamma) {
        exponent += ln_gamma(1.0 + chi_now);
    }
    const double size = scaled_exp(A_per_Pa, exponent);
    return {size * std::cos(chi_now * half_pi), -size * std::sin(chi_now * half_pi)};
}

bool is_finite(Complex value) {
    return std::isfinite(value.real()) && std::isfinite(value.imag());
}

}  // namespace

Result<void> check_parameters(const QpdParameters& p, double temperature_K) {
    if (auto ok = all_of(
            need_positive("temperature_K", temperature_K),
            need_positive("E_u_Pa", p.E_u_Pa),
            need_positive("E_r_Pa", p.E_r_Pa),
            need_finite("U_beta_J_mol", p.U_beta_J_mol),
            need_positive("tau_beta0_s", p.tau_beta0_s),
            need_not_negative("A_an_per_Pa", p.A_an_per_Pa),
            need_not_negative("A_vp_per_Pa", p.A_vp_per_Pa),
            need_positive("chi_Tg", p.chi_Tg),
            need_finite("a1_per_K", p.a1_per_K),
            need_positive("T_g_K", p.T_g_K),
            need_positive("t0_s", p.t0_s),
            need_finite("a2", p.a2),
            need_finite("E_u_slope_per_K", p.E_u_slope_per_K),
            need_finite("E_u_T_ref_K", p.E_u_T_ref_K)
        );
        !ok) {
        return ok;
    }
    if (!(p.B > 0.0)) {
        return out_of_domain("B", p.B, "positive (absent = one single time)");
    }
    if (!(p.sigma1_Pa > 0.0)) {
        return out_of_domain("sigma1_Pa", p.sigma1_Pa, "positive (absent = no effect of stress)");
    }
    if (p.E_r_Pa > p.E_u_Pa) {
        return out_of_domain("E_r_Pa", p.E_r_Pa, "at most E_u_Pa = " + shown(p.E_u_Pa));
    }
    if (p.E_u_slope_per_K != 0.0 && !(p.E_u_T_ref_K > 0.0)) {
        return out_of_domain(
            "E_u_T_ref_K", p.E_u_T_ref_K, "positive where E_u_slope_per_K is given"
        );
    }
    const double modulus_Pa = unrelaxed_modulus_Pa(p, temperature_K);
    if (!(modulus_Pa > 0.0 && std::isfinite(modulus_Pa))) {
        return out_of_domain(
            "E_u_slope_per_K",
            p.E_u_slope_per_K,
            "such that E_u(T) is positive at " + shown(temperature_K) + " K"
        );
    }
    const double now = chi(p, temperature_K);
    if (!(now > 0.0 && now < 1.0)) {
        return fail(
            Errc::invalid,
            "chi_Tg = " + shown(p.chi_Tg) + " gives chi = " + shown(now) + " at " +
                shown(temperature_K) + " K, which must be between 0 and 1, both excluded",
            "chi_Tg",
            "check chi_Tg, a1_per_K and T_g_K"
        );
    }
    return check_fast_beta(p.fast_beta);
}

double unrelaxed_modulus_Pa(const QpdParameters& p, double temperature_K) {
    return p.E_u_Pa * (1.0 + p.E_u_slope_per_K * (temperature_K - p.E_u_T_ref_K));
}

double ln_tau_beta(const QpdParameters& p, double temperature_K, double stress_Pa) {
    return ln_tau(p.tau_beta0_s, p.U_beta_J_mol, temperature_K, stress_Pa, p.sigma1_Pa);
}

double ln_tau_fast(
    const QpdParameters& p, const FastBeta& fast, double temperature_K, double stress_Pa
) {
    return ln_tau(fast.tau0_s, fast.U_J_mol, temperature_K, stress_Pa, p.sigma1_Pa);
}

double chi(const QpdParameters& p, double temperature_K) {
    return p.chi_Tg + p.a1_per_K * std::max(0.0, temperature_K - p.T_g_K);
}

double ln_tau_max(const QpdParameters& p, double temperature_K, double stress_Pa) {
    const double ln_t0 = std::log(p.t0_s);
    return ln_t0 + (ln_tau_beta(p, temperature_K, stress_Pa) - ln_t0) / chi(p, temperature_K);
}

double ln_tau_an(const QpdParameters& p, double temperature_K, double stress_Pa) {
    const double now = chi(p, temperature_K);
    return ln_tau_max(p, temperature_K, stress_Pa) + std::log(now) / now;
}

Complex DynamicCompliance::modulus_Pa() const {
    const Complex J = total_per_Pa();
    const double size = std::max(std::abs(J.real()), std::abs(J.imag()));
    const double re = J.real() / size;
    const double im = J.imag() / size;
    const double norm = re * re + im * im;
    return {re / norm / size, -im / norm / size};
}

double DynamicCompliance::tan_delta() const {
    const Complex J = total_per_Pa();
    return -J.imag() / J.real();
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
    if (auto ok =
            all_of(check_parameters(p, temperature_K), need_positive("frequency_Hz", frequency_Hz));
        !ok) {
        return fail(ok.error());
    }
    const double ln_omega = std::log(frequency_Hz) + std::log(2.0 * std::numbers::pi);
    const double T = temperature_K;
    DynamicCompliance out;
    out.elastic_per_Pa = 1.0 / unrelaxed_modulus_Pa(p, T);
    out.beta_per_Pa = p.A_beta_per_Pa() * gumbel_debye(ln_omega + ln_tau_beta(p, T), p.B);
    for (const FastBeta& fast : p.fast_beta) {
        out.beta_per_Pa += fast.A_per_Pa * gumbel_debye(ln_omega + ln_tau_fast(p, fast, T), fast.B);
    }
    out.anelastic_per_Pa = anelastic(p.A_an_per_Pa, ln_omega + ln_tau_an(p, T), chi(p, T), form);
    out.flow_per_Pa = {0.0, -scaled_exp(p.A_vp_per_Pa, -(ln_omega + ln_tau_max(p, T)))};
    if (!is_finite(out.total_per_Pa()) || !is_finite(out.modulus_Pa()) ||
        !std::isfinite(out.tan_delta())) {
        return fail(
            Errc::overflow,
            "the compliance or the modulus leaves the range of double (1.8e308) at temperature_K "
            "= " +
                shown(T) + " and frequency_Hz = " + shown(frequency_Hz),
            "temperature_K"
        );
    }
    return out;
}

}  // namespace relaxd::model
