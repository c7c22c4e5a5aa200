// SPDX-License-Identifier: MIT
#include "model/qpd/hierarchy.hpp"

#include "model/domain.hpp"
#include "model/qpd/qpd.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {

namespace {

constexpr double avogadro_per_mol = 6.02214076e23;  ///< CODATA 2018.

/// int_low^high z^-p dz, also at and near p = 1.
double power_integral(double low, double high, double p) {
    const double span = std::log(high / low);
    const double q = (1.0 - p) * span;
    const double mean = q == 0.0 ? 1.0 : std::expm1(q) / q;
    return std::pow(low, 1.0 - p) * span * mean;
}

/// sum_{z=1}^{last} z^-p: directly, beyond 100 by Euler and Maclaurin.
double power_sum(double last, double p) {
    constexpr double direct = 100.0;
    double sum = 0.0;
    for (double z = std::min(last, direct); z >= 1.0; z -= 1.0) {
        sum += std::pow(z, -p);
    }
    if (last <= direct) {
        return sum;
    }
    const double a = std::pow(direct, -p);
    const double b = std::pow(last, -p);
    sum += power_integral(direct, last, p) + 0.5 * (b - a);
    // B_2k/(2k)! for k = 1 … 6; `slope_*` are -d^(2k-1) z^-p / dz^(2k-1) at both ends.
    constexpr double bernoulli[] = {
        1.0 / 12.0,
        -1.0 / 720.0,
        1.0 / 30240.0,
        -1.0 / 1209600.0,
        1.0 / 47900160.0,
        -691.0 / 1307674368000.0,
    };
    double slope_a = p * a / direct;
    double slope_b = p * b / last;
    double order = p;
    for (const double c : bernoulli) {
        sum += c * (slope_a - slope_b);
        const double next = (order + 1.0) * (order + 2.0);
        slope_a *= next / (direct * direct);
        slope_b *= next / (last * last);
        order += 2.0;
    }
    return sum;
}

/// The checks that Eqs. 4 and 5 share.
Result<void> check_hierarchy(double n, double tau1_s, double mu1, double p) {
    if (!(std::isfinite(n) && n >= 1.0)) {
        return out_of_domain("n", n, "1 or more and finite");
    }
    if (!(mu1 >= 0.0 && mu1 <= 1.0)) {
        return out_of_domain("mu1", mu1, "between 0 and 1");
    }
    return all_of(need_positive("tau1_s", tau1_s), need_positive("p", p));
}

/// tau1 exp(mu1 sum), blaming n where it overflows.
Result<double> slowed(double n, double tau1_s, double mu1, double sum) {
    const double exponent = mu1 == 0.0 ? 0.0 : mu1 * sum;
    const double factor = std::exp(exponent);
    const double tau =
        std::isfinite(factor) ? tau1_s * factor : std::exp(std::log(tau1_s) + exponent);
    return in_range(tau, "tau_s", "n", n);
}

Result<void> check_times(double tau_beta_s, double t0_s, double chi) {
    return all_of(
        need_positive("tau_beta_s", tau_beta_s),
        need_positive("t0_s", t0_s),
        need_fraction("chi", chi)
    );
}

double ln_maximum_time(double tau_beta_s, double t0_s, double chi) {
    const double ln_t0 = std::log(t0_s);
    return ln_t0 + (std::log(tau_beta_s) - ln_t0) / chi;
}

}  // namespace

Result<double> defect_concentration(double temperature_K, double dH_J_mol, double dS_over_R) {
    if (auto ok = all_of(
            need_positive("temperature_K", temperature_K),
            need_finite("dH_J_mol", dH_J_mol),
            need_finite("dS_over_R", dS_over_R)
        );
        !ok) {
        return fail(ok.error());
    }
    // ln of the odds C_d/(1 - C_d).
    const double odds = dS_over_R - dH_J_mol / (gas_constant_J_mol_K * temperature_K);
    const double small = std::exp(-std::abs(odds));
    return (odds >= 0.0 ? 1.0 : small) / (1.0 + small);
}

Result<double> level_time(double tau1_s, std::span<const double> mu) {
    if (auto ok = need_positive("tau1_s", tau1_s); !ok) {
        return fail(ok.error());
    }
    double doublings = 0.0;
    for (const double one : mu) {
        if (auto ok = need_not_negative("mu", one); !ok) {
            return fail(ok.error());
        }
        doublings += one;
    }
    const double factor = std::exp2(doublings);
    const double tau =
        std::isfinite(factor) ? tau1_s * factor : std::exp2(std::log2(tau1_s) + doublings);
    return in_range(tau, "tau_s", "mu", doublings);
}

Result<double> hierarchical_sum(double n, double tau1_s, double mu1, double p) {
    if (auto ok = check_hierarchy(n, tau1_s, mu1, p); !ok) {
        return fail(ok.error());
    }
    if (n != std::floor(n)) {
        return out_of_domain("n", n, "a whole number: the sum counts levels");
    }
    return slowed(n, tau1_s, mu1, power_sum(n - 1.0, p));
}

Result<double> hierarchical_integral(double n, double tau1_s, double mu1, double p) {
    if (auto ok = check_hierarchy(n, tau1_s, mu1, p); !ok) {
        return fail(ok.error());
    }
    return slowed(n, tau1_s, mu1, power_integral(1.0, n, p));
}

Result<double> tau_hierarchical(
    double time_s, double tau_beta_s, double t0_s, double chi, bool cap
) {
    if (auto ok = all_of(need_not_negative("time_s", time_s), check_times(tau_beta_s, t0_s, chi));
        !ok) {
        return fail(ok.error());
    }
    double ln_time = std::log(time_s);
    if (cap) {
        ln_time = std::min(ln_time, ln_maximum_time(tau_beta_s, t0_s, chi));
    }
    const double tau = std::exp(std::log(tau_beta_s) + (1.0 - chi) * (ln_time - std::log(t0_s)));
    return in_range(tau, "tau_s", "time_s", time_s);
}

Result<MaximumTimes> maximum_times(double tau_beta_s, double t0_s, double chi) {
    if (auto ok = check_times(tau_beta_s, t0_s, chi); !ok) {
        return fail(ok.error());
    }
    const double ln_tau_max = ln_maximum_time(tau_beta_s, t0_s, chi);
    const auto tau_max = in_range(std::exp(ln_tau_max), "tau_max_s", "tau_beta_s", tau_beta_s);
    if (!tau_max) {
        return fail(tau_max.error());
    }
    return MaximumTimes{*tau_max, std::exp(ln_tau_max + std::log(chi) / chi)};
}

Result<double> tau_beta(
    double temperature_K, double tau_beta0_s, double U_beta_J_mol, const BarrierWork& work
) {
    if (auto ok = all_of(
            need_positive("temperature_K", temperature_K),
            need_positive("tau_beta0_s", tau_beta0_s),
            need_finite("U_beta_J_mol", U_beta_J_mol),
            need_finite("stress_Pa", work.stress_Pa),
            need_finite("pressure_Pa", work.pressure_Pa),
            need_finite("activation_volume_m3", work.activation_volume_m3)
        );
        !ok) {
        return fail(ok.error());
    }
    if (!(work.sigma1_Pa > 0.0)) {
        return out_of_domain(
            "sigma1_Pa", work.sigma1_Pa, "positive (absent = no effect of stress)"
        );
    }
    const double stress = std::abs(work.stress_Pa);
    if (stress >= work.sigma1_Pa) {
        return tau_beta0_s;
    }
    const double left =
        std::isinf(work.sigma1_Pa) ? 1.0 : (work.sigma1_Pa - stress) / work.sigma1_Pa;
    const double barrier_J_mol =
        U_beta_J_mol + avogadro_per_mol * work.activation_volume_m3 * work.pressure_Pa;
    const double exponent =
        barrier_J_mol * left * std::sqrt(left) / (gas_constant_J_mol_K * temperature_K);
    return in_range(
        std::exp(std::log(tau_beta0_s) + exponent), "tau_beta_s", "temperature_K", temperature_K
    );
}

Result<double> chi_of(
    double temperature_K, double chi_Tg, double a1_per_K, double T_g_K, const StrainOfChi& strain
) {
    if (auto ok = all_of(
            need_positive("temperature_K", temperature_K),
            need_fraction("chi_Tg", chi_Tg),
            need_finite("a1_per_K", a1_per_K),
            need_positive("T_g_K", T_g_K),
            need_finite("eps_an", strain.eps_an),
            need_finite("a2", strain.a2),
            need_finite("gamma_ve", strain.gamma_ve),
            need_finite("a_ve", strain.a_ve),
            need_finite("gamma_vp", strain.gamma_vp),
            need_finite("a_vp", strain.a_vp)
        );
        !ok) {
        return fail(ok.error());
    }
    const double chi = chi_Tg + a1_per_K * std::max(0.0, temperature_K - T_g_K) +
                       strain.a2 * strain.eps_an + strain.a_ve * strain.gamma_ve -
                       strain.a_vp * strain.gamma_vp;
    if (!(chi > 0.0 && chi < 1.0)) {
        return fail(
            Errc::invalid,
            "chi_Tg = " + shown(chi_Tg) + " gives chi = " + shown(chi) + " at " +
                shown(temperature_K) + " K, which must be between 0 and 1, both excluded",
            "chi_Tg",
            "check chi_Tg, a1_per_K, T_g_K and the strains"
        );
    }
    return chi;
}

Result<double> chi_from_concentration(double C_d, double constant) {
    if (!(C_d > 0.0 && C_d <= 1.0)) {
        return out_of_domain("C_d", C_d, "above 0 and at most 1");
    }
    if (auto ok = need_positive("constant", constant); !ok) {
        return fail(ok.error());
    }
    const double chi = constant * C_d;
    if (!(chi > 0.0 && chi < 1.0)) {
        return out_of_domain("constant", constant, "below 1/C_d, so that chi is between 0 and 1");
    }
    return chi;
}

Result<double> viscosity(double G_u_Pa, double tau_mol_s) {
    if (auto ok = all_of(need_positive("G_u_Pa", G_u_Pa), need_positive("tau_mol_s", tau_mol_s));
        !ok) {
        return fail(ok.error());
    }
    return in_range(G_u_Pa * tau_mol_s, "viscosity_Pa_s", "tau_mol_s", tau_mol_s);
}

Result<double> ln_tan_delta_law(
    double temperature_K,
    double omega_rad_s,
    double U_beta_J_mol,
    double tau_beta0_s,
    double t0_s,
    double chi,
    double K
) {
    if (auto ok = all_of(
            need_positive("temperature_K", temperature_K),
            need_positive("omega_rad_s", omega_rad_s),
            need_finite("U_beta_J_mol", U_beta_J_mol),
            need_positive("tau_beta0_s", tau_beta0_s),
            need_positive("t0_s", t0_s),
            need_fraction("chi", chi),
            need_positive("K", K)
        );
        !ok) {
        return fail(ok.error());
    }
    // Wider than double: the terms are tens and the sum passes through 0.
    using Wide = long double;
    const Wide ln_t0 = std::log(static_cast<Wide>(t0_s));
    const Wide ln_tau_beta =
        std::log(static_cast<Wide>(tau_beta0_s)) +
        static_cast<Wide>(U_beta_J_mol) /
            (static_cast<Wide>(gas_constant_J_mol_K) * static_cast<Wide>(temperature_K));
    const Wide sum = std::log(static_cast<Wide>(K)) - (ln_tau_beta - ln_t0) -
                     static_cast<Wide>(chi) * (std::log(static_cast<Wide>(omega_rad_s)) + ln_t0);
    return in_range(static_cast<double>(sum), "ln_tan_delta", "temperature_K", temperature_K);
}

}  // namespace relaxd::model
