// SPDX-License-Identifier: MIT
//
// An independent simulation of S1 Eq. 25a/25b for the tests of model/: plain high-resolution sums
// in long double, sharing no code with model/. The stretched exponential is transformed as the
// integral of -phi' over its own exponent, model/kww integrates phi over time.
#pragma once

#include "schema/record/fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <map>
#include <numbers>
#include <random>
#include <string>
#include <vector>

namespace relaxd::test {

using LongComplex = std::complex<long double>;

constexpr long double wide(double value) {
    return static_cast<long double>(value);
}

/// F = int_0^inf exp(-z) exp(-i x z^(1/beta)) dz, contour z = r exp(-i angle), trapezoid in ln r.
inline LongComplex stretched_exponential(long double ln_x, long double beta) {
    const long double pi = std::numbers::pi_v<long double>;
    const long double angle = std::min(0.45L * pi, 0.5L * pi * beta);
    const LongComplex turn = std::polar(1.0L, -angle);
    const LongComplex turn_t = std::polar(1.0L, -angle / beta);
    const LongComplex i{0.0L, 1.0L};
    const long double h = 1.0L / 40.0L;
    LongComplex sum{};
    // exp(-i x t) cuts at x r^(1/beta) = 60, exp(-z) at r = 60/cos.
    const long double top = std::log(60.0L / std::cos(angle));
    const long double low = std::min(0.0L, -beta * ln_x) - 46.0L;
    for (long double y = low; y <= top; y += h) {
        const long double r = std::exp(y);
        const LongComplex z = r * turn;
        const LongComplex t = std::exp(y / beta + ln_x) * turn_t;
        const LongComplex exponent = -z - i * t;
        if (exponent.real() < -80.0L) {
            continue;
        }
        sum += z * std::exp(exponent);
    }
    return h * sum;
}

/// Gumbel average of 1/(1 + i omega tau), midpoint sum in u = exp(Bx), i.e. in the probability.
inline LongComplex gumbel_average(long double ln_x, long double B) {
    const long double h = 1.0L / 64.0L;
    LongComplex sum{};
    const LongComplex i{0.0L, 1.0L};
    for (long double y = -60.0L; y <= 4.5L; y += h) {
        const long double w = std::exp(y - std::exp(y));
        sum += w / (1.0L + i * std::exp(ln_x + y / B));
    }
    return h * sum;
}

/// S1 Table 1 with B = 1 (E1-13) and T_g of the text.
struct Glass {
    double E_u_Pa = 3.3e10;
    double E_r_Pa = 3.06e10;
    double U_J_mol = 83120.0;
    double tau_beta0_s = 1.86e-13;
    double B = 1.0;
    double A_an_per_Pa = 1.5e-11;
    double A_vp_per_Pa = 1.5e-11;
    double chi_Tg = 0.4;
    double a1_per_K = 0.00231;
    double T_g_K = 453.0;
    double t0_s = 6e-7;
    double E_u_slope_per_K = 0.0;  ///< E_u(T) = E_u [1 + slope (T - E_u_T_ref_K)]
    double E_u_T_ref_K = 300.0;
    double fast_A_per_Pa = 0.0;  ///< A further beta process (S1 Fig. 6a); 0 = none.
    double fast_U_J_mol = 0.0;
    double fast_tau0_s = 0.0;
    double fast_B = 1.0;

    [[nodiscard]] double chi(double T) const {
        return chi_Tg + a1_per_K * std::max(0.0, T - T_g_K);
    }
    [[nodiscard]] double tau_beta(double T) const {
        return tau_beta0_s * std::exp(U_J_mol / (8.31446261815324 * T));
    }
    [[nodiscard]] double tau_max(double T) const {
        return t0_s * std::pow(tau_beta(T) / t0_s, 1.0 / chi(T));
    }
    [[nodiscard]] std::map<std::string, double> truth() const {
        return {
            {"E_u_Pa", E_u_Pa},
            {"E_r_Pa", E_r_Pa},
            {"A_beta_per_Pa", 1.0 / E_r_Pa - 1.0 / E_u_Pa},
            {"U_beta_J_mol", U_J_mol},
            {"tau_beta0_s", tau_beta0_s},
            {"B", B},
            {"A_an_per_Pa", A_an_per_Pa},
            {"A_vp_per_Pa", A_vp_per_Pa},
            {"chi_Tg", chi_Tg},
            {"a1_per_K", a1_per_K},
            {"T_g_K", T_g_K},
            {"t0_s", t0_s},
        };
    }
};

/// E* in Pa.
inline std::complex<double> simulated_modulus(
    const Glass& g, double T, double f, record::Form form = record::Form::exact
) {
    const double omega = 2.0 * std::numbers::pi * f;
    const double x = g.chi(T);
    const double tau_an = std::pow(x, 1.0 / x) * g.tau_max(T);
    LongComplex anelastic;
    if (form == record::Form::exact) {
        anelastic = stretched_exponential(wide(std::log(omega * tau_an)), wide(x));
    } else {
        const double size = std::pow(omega * tau_an, -x) *
                            (form == record::Form::gamma ? std::tgamma(1.0 + x) : 1.0);
        anelastic = std::polar(wide(size), wide(-x * std::numbers::pi / 2.0));
    }
    const LongComplex beta = gumbel_average(wide(std::log(omega * g.tau_beta(T))), wide(g.B));
    const long double J_u = 1.0L / wide(g.E_u_Pa);
    const double softening = 1.0 + g.E_u_slope_per_K * (T - g.E_u_T_ref_K);
    LongComplex fast{};
    if (g.fast_A_per_Pa > 0.0) {
        const double ln_tau = std::log(g.fast_tau0_s) + g.fast_U_J_mol / (8.31446261815324 * T);
        fast =
            wide(g.fast_A_per_Pa) * gumbel_average(wide(std::log(omega) + ln_tau), wide(g.fast_B));
    }
    const LongComplex J = J_u / wide(softening) + fast + (1.0L / wide(g.E_r_Pa) - J_u) * beta +
                          wide(g.A_an_per_Pa) * anelastic -
                          LongComplex(0.0L, wide(g.A_vp_per_Pa / (omega * g.tau_max(T))));
    const LongComplex E = LongComplex(1.0L) / J;
    return {static_cast<double>(E.real()), static_cast<double>(E.imag())};
}

/// Every number that a ramp depends on, as a key.
inline std::array<double, 21> key_of(
    const Glass& g, double from_K, double to_K, double step_K, record::Form form
) {
    return {
        g.E_u_Pa,
        g.E_r_Pa,
        g.U_J_mol,
        g.tau_beta0_s,
        g.B,
        g.A_an_per_Pa,
        g.A_vp_per_Pa,
        g.chi_Tg,
        g.a1_per_K,
        g.T_g_K,
        g.t0_s,
        g.E_u_slope_per_K,
        g.E_u_T_ref_K,
        g.fast_A_per_Pa,
        g.fast_U_J_mol,
        g.fast_tau0_s,
        g.fast_B,
        from_K,
        to_K,
        step_K,
        static_cast<double>(form)
    };
}

/// A clean 5-frequency ramp, 1, 2, 4, 8, 16 Hz in turn every `step_K`; computed once a program.
inline std::vector<record::DynamicPoint> clean_ramp(
    const Glass& g,
    double from_K,
    double to_K,
    double step_K,
    record::Form form = record::Form::exact
) {
    static std::map<std::array<double, 21>, std::vector<record::DynamicPoint>> known;
    const auto key = key_of(g, from_K, to_K, step_K, form);
    if (const auto found = known.find(key); found != known.end()) {
        return found->second;
    }
    const double frequencies[] = {1.0, 2.0, 4.0, 8.0, 16.0};
    std::vector<record::DynamicPoint> out;
    const int n = static_cast<int>(std::lround((to_K - from_K) / step_K));
    for (int k = 0; k <= n; ++k) {
        record::DynamicPoint p;
        p.seq = static_cast<std::uint64_t>(k) + 1;
        p.segment = 1;
        p.time_s = 4.0 * k;
        p.temperature_K = from_K + k * step_K;
        p.frequency_Hz = frequencies[k % 5];
        const auto E = simulated_modulus(g, p.temperature_K, p.frequency_Hz, form);
        p.storage_modulus_Pa = E.real();
        p.loss_modulus_Pa = E.imag();
        out.push_back(p);
    }
    known.emplace(key, out);
    return out;
}

/// Sweeps 0.01 … 10 Hz at each temperature, five a decade.
inline std::vector<record::DynamicPoint> clean_sweeps(
    const Glass& g, const std::vector<double>& temperatures_K, std::uint64_t first_seq
) {
    std::vector<record::DynamicPoint> out;
    int segment = 2;
    for (const double T : temperatures_K) {
        for (int k = 0; k <= 15; ++k) {
            record::DynamicPoint p;
            p.seq = first_seq + out.size();
            p.segment = segment;
            p.temperature_K = T;
            p.frequency_Hz = 0.01 * std::pow(10.0, k / 5.0);
            const auto E = simulated_modulus(g, T, p.frequency_Hz);
            p.storage_modulus_Pa = E.real();
            p.loss_modulus_Pa = E.imag();
            out.push_back(p);
        }
        ++segment;
    }
    return out;
}

/// Standard normal numbers from mt19937_64 by Box-Muller: the same on every library.
class Noise {
  public:
    explicit Noise(std::uint64_t seed) : engine_(seed) {}
    double operator()() {
        const double u = (static_cast<double>(engine_() >> 11) + 0.5) / 9007199254740992.0;
        const double v = (static_cast<double>(engine_() >> 11) + 0.5) / 9007199254740992.0;
        return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
    }

  private:
    std::mt19937_64 engine_;
};

/// 0.3 % of E', 1 % of E'' + 3 MPa, times `scale`.
inline std::vector<record::DynamicPoint> with_noise(
    std::vector<record::DynamicPoint> points, std::uint64_t seed, double scale = 1.0
) {
    Noise noise(seed);
    for (auto& p : points) {
        p.storage_modulus_Pa *= 1.0 + scale * 0.003 * noise();
        p.loss_modulus_Pa += scale * (0.01 * std::abs(p.loss_modulus_Pa) + 3e6) * noise();
    }
    return points;
}

inline const record::ParameterEstimate* find(
    const std::vector<record::ParameterEstimate>& list, const std::string& name
) {
    for (const auto& e : list) {
        if (e.name == name) {
            return &e;
        }
    }
    return nullptr;
}

inline const record::ParameterEstimate& parameter(
    const record::FitResult& result, const std::string& name
) {
    static const record::ParameterEstimate none;
    const auto* e = find(result.parameters, name);
    return e != nullptr ? *e : none;
}

}  // namespace relaxd::test
