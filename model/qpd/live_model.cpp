// SPDX-License-Identifier: MIT
#include "model/qpd/live_model.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;

constexpr double chi_low = 0.03;
constexpr double chi_high = 0.97;

Complex product(Complex a, Complex b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

constexpr std::array<std::string_view, q_count> names = {
    "ln_E_u",
    "ln_A_beta",
    "U_beta_J_mol",
    "ln_tau_beta_ref",
    "ln_B",
    "ln_A_an",
    "chi_Tg",
    "a1_per_K",
    "ln_tau_max_Tg",
    "T_g_K",
    "ln_A_vp",
    "E_u_slope_per_K",
    "background_tan_delta",
    "ln_A_fast",
    "U_fast_J_mol",
    "ln_tau_fast_ref",
    "ln_B_fast",
    "ln_scale_2",
    "ln_scale_3",
    "ln_scale_4",
    "ln_scale_5",
    "ln_scale_6",
    "T_g_offset_2_K",
    "T_g_offset_3_K",
    "T_g_offset_4_K",
    "T_g_offset_5_K",
    "T_g_offset_6_K",
    "E_u_T_ref_K",
    "fast_T_ref_K",
};
static_assert(q_ln_scale_2 + inputs_max - 1 == q_T_g_offset_2);
static_assert(q_T_g_offset_2 + inputs_max - 1 == q_E_u_T_ref);
constexpr double softened_least = 0.05;  ///< of E_u

}  // namespace

Excess excess_over(double temperature_K, double T_g_K) {
    constexpr double round_K = 0.25;
    const double over = temperature_K - T_g_K;
    if (over <= -round_K) {
        return {};
    }
    if (over >= round_K) {
        return {over, 1.0};
    }
    const double inside = over + round_K;
    return {inside * inside / (4.0 * round_K), inside / (2.0 * round_K)};
}

std::string_view coordinate_name(std::size_t coordinate) {
    return names.at(coordinate);
}

LnT0 ln_t0_of(const Coordinates& q, double T_ref_K) {
    const double slope =
        (1.0 / q[q_T_g] - 1.0 / T_ref_K) / gas_constant_J_mol_K;  // d ln tau_beta(T_g)/dU
    const double b = q[q_ln_tau_beta_ref] + q[q_U] * slope;
    const double x = q[q_chi_Tg];
    const double one = 1.0 / (1.0 - x);
    const double L = q[q_ln_tau_max_Tg];
    LnT0 out;
    out.value = (b - x * L) * one;
    out.gradient[q_ln_tau_beta_ref] = one;
    out.gradient[q_U] = slope * one;
    out.gradient[q_T_g] = -q[q_U] / (gas_constant_J_mol_K * q[q_T_g] * q[q_T_g]) * one;
    out.gradient[q_ln_tau_max_Tg] = -x * one;
    out.gradient[q_chi_Tg] = (b - L) * one * one;
    return out;
}

LnTimes times_of(const Coordinates& q, double T_ref_K, double temperature_K) {
    const LnT0 t0 = ln_t0_of(q, T_ref_K);
    const double slope = (1.0 / temperature_K - 1.0 / T_ref_K) / gas_constant_J_mol_K;
    const Excess over = excess_over(temperature_K, q[q_T_g]);
    LnTimes out;
    out.ln_tau_beta = q[q_ln_tau_beta_ref] + q[q_U] * slope;
    out.d_ln_tau_beta[q_ln_tau_beta_ref] = 1.0;
    out.d_ln_tau_beta[q_U] = slope;
    out.chi = q[q_chi_Tg] + q[q_a1] * over.value;
    const double distance = out.ln_tau_beta - t0.value;
    out.ln_tau_max = t0.value + distance / out.chi;
    const double d_chi = -distance / (out.chi * out.chi);
    for (std::size_t i = 0; i < q_count; ++i) {
        out.d_ln_tau_max[i] =
            t0.gradient[i] * (1.0 - 1.0 / out.chi) + out.d_ln_tau_beta[i] / out.chi;
    }
    out.d_ln_tau_max[q_chi_Tg] += d_chi;
    out.d_ln_tau_max[q_a1] += d_chi * over.value;
    out.d_ln_tau_max[q_T_g] -= d_chi * q[q_a1] * over.slope;
    return out;
}

QpdParameters parameters_of(const Coordinates& q, double T_ref_K) {
    QpdParameters p;
    p.E_u_Pa = std::exp(q[q_ln_E_u]);
    p.E_r_Pa = 1.0 / (std::exp(-q[q_ln_E_u]) + std::exp(q[q_ln_A_beta]));
    p.U_beta_J_mol = q[q_U];
    p.tau_beta0_s = std::exp(q[q_ln_tau_beta_ref] - q[q_U] / (gas_constant_J_mol_K * T_ref_K));
    p.B = std::exp(q[q_ln_B]);
    p.A_an_per_Pa = std::exp(q[q_ln_A_an]);
    p.A_vp_per_Pa = std::exp(q[q_ln_A_vp]);
    p.chi_Tg = q[q_chi_Tg];
    p.a1_per_K = q[q_a1];
    p.T_g_K = q[q_T_g];
    p.t0_s = std::exp(ln_t0_of(q, T_ref_K).value);
    p.E_u_slope_per_K = q[q_E_u_slope];
    p.E_u_T_ref_K = q[q_E_u_T_ref];
    if (q[q_fast_T_ref] > 0.0) {
        FastBeta fast;
        fast.A_per_Pa = std::exp(q[q_ln_A_fast]);
        fast.U_J_mol = q[q_U_fast];
        fast.tau0_s =
            std::exp(q[q_ln_tau_fast_ref] - q[q_U_fast] / (gas_constant_J_mol_K * q[q_fast_T_ref]));
        fast.B = std::exp(q[q_ln_B_fast]);
        p.fast_beta.push_back(fast);
    }
    return p;
}

Coordinates coordinates_of(const QpdParameters& p, double T_ref_K) {
    Coordinates q{};
    q[q_ln_E_u] = std::log(p.E_u_Pa);
    q[q_ln_A_beta] = std::log(p.A_beta_per_Pa());
    q[q_U] = p.U_beta_J_mol;
    q[q_ln_tau_beta_ref] = ln_tau_beta(p, T_ref_K);
    q[q_ln_B] = std::log(p.B);
    q[q_ln_A_an] = std::log(p.A_an_per_Pa);
    q[q_chi_Tg] = p.chi_Tg;
    q[q_a1] = p.a1_per_K;
    q[q_ln_tau_max_Tg] = ln_tau_max(p, p.T_g_K);
    q[q_T_g] = p.T_g_K;
    q[q_ln_A_vp] = std::log(p.A_vp_per_Pa);
    q[q_E_u_slope] = p.E_u_slope_per_K;
    q[q_E_u_T_ref] = p.E_u_T_ref_K;
    if (!p.fast_beta.empty()) {
        const FastBeta& fast = p.fast_beta.front();
        q[q_fast_T_ref] = T_ref_K;
        q[q_ln_A_fast] = std::log(fast.A_per_Pa);
        q[q_U_fast] = fast.U_J_mol;
        q[q_ln_tau_fast_ref] = ln_tau_fast(p, fast, T_ref_K);
        q[q_ln_B_fast] = std::log(fast.B);
    }
    return q;
}

void LiveModel::set(const Coordinates& q) {
    q_ = q;
    ln_t0_ = ln_t0_of(q, T_ref_K_);
    J_u_ = std::exp(-q[q_ln_E_u]);
    A_beta_ = std::exp(q[q_ln_A_beta]);
    B_ = std::exp(q[q_ln_B]);
    A_an_ = std::exp(q[q_ln_A_an]);
    A_vp_ = std::exp(q[q_ln_A_vp]);
    beta_.set_B(B_);
    has_fast_ = q[q_fast_T_ref] > 0.0;
    if (has_fast_) {
        A_fast_ = std::exp(q[q_ln_A_fast]);
        B_fast_ = std::exp(q[q_ln_B_fast]);
        fast_.set_B(B_fast_);
    }
    table_ = &KwwTable::of_this_thread();
    if (q[q_chi_Tg] > chi_low && q[q_chi_Tg] < chi_high) {
        ln_chi_Tg_ = std::log(q[q_chi_Tg]);
        if (form_ == record::Form::exact) {
            glass_.set(q[q_chi_Tg], ln_chi_Tg_);
        }
    }
}

Anelastic LiveModel::anelastic(double ln_omega_tau, double chi_now, double ln_chi, bool above) {
    switch (form_) {
        case record::Form::printed: return anelastic_printed(ln_omega_tau, chi_now);
        case record::Form::gamma: return anelastic_gamma(ln_omega_tau, chi_now);
        case record::Form::exact: break;
    }
    const KwwValue k = above ? table_->value(ln_omega_tau, KwwTable::place(chi_now, ln_chi))
                             : glass_.value(ln_omega_tau);
    return {k.compliance, k.d_ln_omega_tau, k.d_beta};
}

void LiveModel::add_fast(double temperature_K, double ln_omega, Complex& J, Value& out) {
    const double slope = (1.0 / temperature_K - 1.0 / q_[q_fast_T_ref]) / gas_constant_J_mol_K;
    const BetaTable::Value d = fast_.value(ln_omega + q_[q_ln_tau_fast_ref] + q_[q_U_fast] * slope);
    J = A_fast_ * d.value;
    auto& g = out.gradient;
    g[q_ln_A_fast] = J;
    g[q_ln_tau_fast_ref] = A_fast_ * d.d_ln_omega_tau;
    g[q_U_fast] = slope * g[q_ln_tau_fast_ref];
    g[q_ln_B_fast] = (A_fast_ * B_fast_) * d.d_B;
}

bool LiveModel::at(double temperature_K, double ln_omega, Value& out, double T_g_offset_K) {
    const double slope = (1.0 / temperature_K - 1.0 / T_ref_K_) / gas_constant_J_mol_K;
    const double b = q_[q_ln_tau_beta_ref] + q_[q_U] * slope;
    const Excess over = excess_over(temperature_K, q_[q_T_g] + T_g_offset_K);
    const bool above = over.slope > 0.0;
    const double x = q_[q_chi_Tg] + q_[q_a1] * over.value;
    if (!(x > chi_low && x < chi_high) || !std::isfinite(b)) {
        return false;
    }
    const double inverse = 1.0 / x;
    const double distance = b - ln_t0_.value;
    const double ln_tau_max = ln_t0_.value + distance * inverse;
    const double ln_x = above ? std::log(x) : ln_chi_Tg_;
    const double v = ln_omega + ln_tau_max + ln_x * inverse;
    const double flow = A_vp_ * std::exp(-std::clamp(ln_omega + ln_tau_max, -300.0, 600.0));
    const double warmer_K = temperature_K - q_[q_E_u_T_ref];
    const double softening = 1.0 + q_[q_E_u_slope] * warmer_K;
    if (!std::isfinite(v) || !(softening > softened_least)) {
        return false;
    }
    const BetaTable::Value d = beta_.value(ln_omega + b);
    const Anelastic f = anelastic(v, x, ln_x, above);

    const Complex J_beta = A_beta_ * d.value;
    const Complex J_an = A_an_ * f.value;
    const Complex J_flow{0.0, -flow};
    const double J_u = J_u_ / softening;
    Complex J_fast{};
    if (has_fast_) {
        add_fast(temperature_K, ln_omega, J_fast, out);
    }
    const Complex J = J_u + J_beta + J_an + J_flow + J_fast;
    const Complex E = std::conj(J) / std::norm(J);
    if (!std::isfinite(E.real()) || !std::isfinite(E.imag())) {
        return false;
    }
    // With L = ln tau_max: dJ/dL = A F_v - J_flow, and L through b, ln t0 and chi.
    const Complex dJ_dv = A_an_ * f.d_ln_omega_tau;
    const Complex dJ_dL = dJ_dv - J_flow;
    const Complex dJ_db = A_beta_ * d.d_ln_omega_tau + inverse * dJ_dL;
    const double dL_dx = -distance * inverse * inverse;
    const Complex dJ_dx =
        dL_dx * dJ_dL + ((1.0 - ln_x) * inverse * inverse) * dJ_dv + A_an_ * f.d_chi;
    const Complex dJ_dt0 = (1.0 - inverse) * dJ_dL;
    const Complex factor = -product(E, E);
    auto& g = out.gradient;
    const auto& t0 = ln_t0_.gradient;
    g[q_ln_E_u] = factor * -J_u;
    g[q_E_u_slope] = (warmer_K / softening) * g[q_ln_E_u];
    g[q_ln_A_beta] = product(factor, J_beta);
    g[q_U] = product(factor, slope * dJ_db + t0[q_U] * dJ_dt0);
    g[q_ln_tau_beta_ref] = product(factor, dJ_db + t0[q_ln_tau_beta_ref] * dJ_dt0);
    g[q_ln_B] = product(factor, (A_beta_ * B_) * d.d_B);
    g[q_ln_A_an] = product(factor, J_an);
    g[q_chi_Tg] = product(factor, dJ_dx + t0[q_chi_Tg] * dJ_dt0);
    g[q_a1] = product(factor, over.value * dJ_dx);
    g[q_ln_tau_max_Tg] = product(factor, t0[q_ln_tau_max_Tg] * dJ_dt0);
    const Complex dJ_doffset = -(q_[q_a1] * over.slope) * dJ_dx;
    g[q_T_g] = product(factor, t0[q_T_g] * dJ_dt0 + dJ_doffset);
    out.d_T_g_offset = product(factor, dJ_doffset);
    g[q_ln_A_vp] = product(factor, J_flow);
    for (std::size_t i = q_ln_A_fast; has_fast_ && i <= q_ln_B_fast; ++i) {
        g[i] = product(factor, g[i]);
    }
    out.modulus_Pa = E;
    out.beta_per_Pa = J_beta + J_fast;
    out.flow_per_Pa = J_flow;
    return true;
}

}  // namespace relaxd::model
