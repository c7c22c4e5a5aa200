// SPDX-License-Identifier: MIT
#include "model/qpd/shear.hpp"

#include "model/domain.hpp"
#include "model/kww/special.hpp"
#include "model/qpd/gumbel.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

namespace relaxd::model {

namespace {

/// a b/c, where b/c alone may leave the range of double; a >= 0, b >= 0, c > 0.
double scaled_ratio(double a, double b, double c) {
    const double ratio = b / c;
    if (a == 0.0 || (std::isfinite(ratio) && ratio > 0.0)) {
        return a == 0.0 ? 0.0 : a * ratio;
    }
    return std::exp(std::log(a) + std::log(b) - std::log(c));
}

Result<void> need_width(std::string_view name, double B) {
    if (B > 0.0) {  // infinite = one time
        return {};
    }
    return out_of_domain(name, B, "positive (absent = one single time)");
}

Result<void> check(const ThreeProcesses& p) {
    if (auto ok = all_of(
            need_not_negative("J_el_per_Pa", p.J_el_per_Pa),
            need_not_negative("dJ_beta_per_Pa", p.dJ_beta_per_Pa),
            need_not_negative("dJ_ve_per_Pa", p.dJ_ve_per_Pa),
            need_not_negative("dJ_vp_per_Pa", p.dJ_vp_per_Pa),
            need_positive("tau_beta_s", p.tau_beta_s),
            need_positive("tau_ve_s", p.tau_ve_s),
            need_positive("tau_vp_s", p.tau_vp_s),
            need_width("B_beta", p.B_beta),
            need_width("B_ve", p.B_ve)
        );
        !ok) {
        return ok;
    }
    if (!(p.B_vp > 1.0)) {
        return out_of_domain("B_vp", p.B_vp, "above 1, or the mean rate of flow does not exist");
    }
    return {};
}

/// dJ_vp <1/tau_vp> tau_vp = dJ_vp Gamma(1 - 1/B_vp)
double flow_strength(const ThreeProcesses& p) {
    return std::isinf(p.B_vp) ? p.dJ_vp_per_Pa
                              : p.dJ_vp_per_Pa * std::exp(ln_gamma((p.B_vp - 1.0) / p.B_vp));
}

}  // namespace

Result<double> qpd_compliance(const QpdCompliance& c, double time_s) {
    if (auto ok = all_of(
            need_not_negative("time_s", time_s),
            need_positive("G_el_Pa", c.G_el_Pa),
            need_not_negative("A_per_Pa", c.A_per_Pa),
            need_not_negative("A_prime_per_Pa", c.A_prime_per_Pa),
            need_positive("tau_mol_s", c.tau_mol_s),
            need_fraction("chi", c.chi)
        );
        !ok) {
        return fail(ok.error());
    }
    const double power = std::exp(c.chi * (std::log(time_s) - std::log(c.tau_mol_s)));
    const double J = 1.0 / c.G_el_Pa - c.A_per_Pa * std::expm1(-power) +
                     scaled_ratio(c.A_prime_per_Pa, time_s, c.tau_mol_s);
    return in_range(J, "J_per_Pa", "time_s", time_s);
}

Result<std::complex<double>> qpd_modulus(const QpdModulus& m, double omega_tau_mol) {
    if (auto ok = all_of(
            need_positive("omega_tau_mol", omega_tau_mol),
            need_positive("G_el_Pa", m.G_el_Pa),
            need_not_negative("G_r_Pa", m.G_r_Pa),
            need_not_negative("eta", m.eta),
            need_fraction("chi", m.chi)
        );
        !ok) {
        return fail(ok.error());
    }
    if (m.G_r_Pa > m.G_el_Pa) {
        return out_of_domain("G_r_Pa", m.G_r_Pa, "at most G_el_Pa = " + shown(m.G_el_Pa));
    }
    // The denominator is re - i im; both are sums of positive terms.
    constexpr double half_pi = std::numbers::pi / 2.0;
    const double power = m.eta * std::pow(omega_tau_mol, -m.chi);
    const double re = 1.0 + power * std::sin(half_pi * (1.0 - m.chi));
    const double im = power * std::sin(half_pi * m.chi) + 1.0 / omega_tau_mol;
    const double scale = std::max(re, im);
    if (std::isinf(scale)) {
        return std::complex<double>(m.G_r_Pa, 0.0);
    }
    const double a = re / scale;
    const double b = im / scale;
    const double size = (m.G_el_Pa - m.G_r_Pa) / (scale * (a * a + b * b));
    return std::complex<double>(m.G_r_Pa + size * a, size * b);
}

Result<double> three_process_creep(const ThreeProcesses& p, double time_s) {
    if (auto ok = all_of(need_not_negative("time_s", time_s), check(p)); !ok) {
        return fail(ok.error());
    }
    const double ln_time = std::log(time_s);  // -infinity at 0
    const double J =
        p.J_el_per_Pa +
        p.dJ_beta_per_Pa * gumbel_one_minus_exp(ln_time - std::log(p.tau_beta_s), p.B_beta) +
        p.dJ_ve_per_Pa * gumbel_one_minus_exp(ln_time - std::log(p.tau_ve_s), p.B_ve) +
        scaled_ratio(flow_strength(p), time_s, p.tau_vp_s);
    return in_range(J, "J_per_Pa", "time_s", time_s);
}

Result<std::complex<double>> three_process_dynamic(const ThreeProcesses& p, double omega_rad_s) {
    if (auto ok = all_of(need_positive("omega_rad_s", omega_rad_s), check(p)); !ok) {
        return fail(ok.error());
    }
    const double ln_omega = std::log(omega_rad_s);
    const std::complex<double> spread =
        p.dJ_beta_per_Pa * gumbel_debye(ln_omega + std::log(p.tau_beta_s), p.B_beta) +
        p.dJ_ve_per_Pa * gumbel_debye(ln_omega + std::log(p.tau_ve_s), p.B_ve);
    const double flow = scaled_ratio(flow_strength(p), 1.0 / omega_rad_s, p.tau_vp_s);
    const auto loss = in_range(flow - spread.imag(), "J_loss_per_Pa", "omega_rad_s", omega_rad_s);
    if (!loss) {
        return fail(loss.error());
    }
    return std::complex<double>(p.J_el_per_Pa + spread.real(), -*loss);
}

Result<ComplianceSplit> compliance_split(
    double omega_rad_s,
    double shear_storage_modulus_Pa,
    double shear_loss_modulus_Pa,
    double viscosity_Pa_s
) {
    if (auto ok = all_of(
            need_positive("omega_rad_s", omega_rad_s),
            need_not_negative("shear_storage_modulus_Pa", shear_storage_modulus_Pa),
            need_not_negative("shear_loss_modulus_Pa", shear_loss_modulus_Pa),
            need_positive("viscosity_Pa_s", viscosity_Pa_s)
        );
        !ok) {
        return fail(ok.error());
    }
    if (shear_storage_modulus_Pa == 0.0 && shear_loss_modulus_Pa == 0.0) {
        return out_of_domain(
            "shear_storage_modulus_Pa", 0.0, "positive where the loss modulus is 0"
        );
    }
    // Wider than double: squares stay in range, and J'' - J_vp cancels where flow dominates.
    using Wide = long double;
    const Wide storage = static_cast<Wide>(shear_storage_modulus_Pa);
    const Wide loss = static_cast<Wide>(shear_loss_modulus_Pa);
    const Wide square = storage * storage + loss * loss;
    const Wide flow =
        Wide{1} / (static_cast<Wide>(omega_rad_s) * static_cast<Wide>(viscosity_Pa_s));
    ComplianceSplit out;
    out.J_el_per_Pa = static_cast<double>(storage / square);
    out.J_vp_per_Pa = static_cast<double>(flow);
    out.J_ve_per_Pa = static_cast<double>(loss / square - flow);
    if (!std::isfinite(out.J_vp_per_Pa)) {
        return out_of_range("J_vp_per_Pa", "viscosity_Pa_s", viscosity_Pa_s);
    }
    if (!std::isfinite(out.J_el_per_Pa) || !std::isfinite(out.J_ve_per_Pa)) {
        return out_of_range("J*", "shear_storage_modulus_Pa", shear_storage_modulus_Pa);
    }
    return out;
}

}  // namespace relaxd::model
