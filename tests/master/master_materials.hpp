// SPDX-License-Identifier: MIT
//
// Materials with known truth for the tests of model/master. The stretched exponential and Eq. 9
// come from the plain long double sums of tests/model/simulation.hpp and from the printed formula:
// no code is shared with model/.
#pragma once

#include "schema/record/fit.hpp"
#include "tests/model/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <string>
#include <vector>

namespace relaxd::test {

constexpr double gas_constant = 8.31446261815324;

/// storage + i loss of unit strength of a stretched exponential.
inline std::complex<double> kww_modulus(double omega_tau, double beta) {
    const LongComplex F = stretched_exponential(std::log(wide(omega_tau)), wide(beta));
    const LongComplex m = 1.0L - F;
    return {static_cast<double>(m.real()), static_cast<double>(m.imag())};
}

/// S2 Eq. 9 as printed.
inline std::complex<double> eq9_modulus(
    double omega_tau, double G_el, double G_r, double eta, double chi
) {
    const std::complex<double> ix{0.0, omega_tau};
    return G_r + (G_el - G_r) / (1.0 + eta * std::pow(ix, -chi) + 1.0 / ix);
}

/// The glass of ANALYSIS 3.4: 17 isotherms 650-730 K, 12 frequencies 0.01-2 Hz, KWW 0.49.
struct SimulatedGlass {
    double E_J_mol = 6.08 * 96485.332;
    double beta = 0.49;
    double strength_Pa = 30e9;
    double T_of_one_second_K = 690.0;
    double noise = 1.0;  ///< 1 = 1 % of G', 2 % of G''.
    double beta_per_K = 0.0;
    double curvature_K2 = 0.0;  ///< Of ln tau, beside the Arrhenius law.
    bool has_sigmas = true;
    bool is_eq9 = false;
    std::vector<double> temperatures_K = default_temperatures();
    int frequencies = 12;

    static std::vector<double> default_temperatures() {
        std::vector<double> out;
        for (int k = 0; k < 17; ++k) {
            out.push_back(650.0 + 5.0 * k);
        }
        return out;
    }
    [[nodiscard]] double ln_tau(double T_K) const {
        const double d = T_K - T_of_one_second_K;
        return E_J_mol / gas_constant * (1.0 / T_K - 1.0 / T_of_one_second_K) +
               curvature_K2 * d * d;
    }
    [[nodiscard]] std::vector<record::DynamicPoint> points(unsigned seed) const {
        std::mt19937_64 engine(seed);
        std::normal_distribution<double> normal;
        std::vector<record::DynamicPoint> out;
        for (const double T_K : temperatures_K) {
            for (int j = 0; j < frequencies; ++j) {
                const double f = 0.01 * std::pow(200.0, j / (frequencies - 1.0));
                const double x = 2.0 * std::numbers::pi * f * std::exp(ln_tau(T_K));
                const auto shape = beta + beta_per_K * (T_K - T_of_one_second_K);
                const std::complex<double> G =
                    strength_Pa *
                    (is_eq9 ? eq9_modulus(x, 1.0, 0.0, 1.07, 0.352) : kww_modulus(x, shape));
                record::DynamicPoint p;
                p.seq = out.size() + 1;
                p.temperature_K = T_K;
                p.frequency_Hz = f;
                p.storage_modulus_Pa = G.real() * (1.0 + 0.01 * noise * normal(engine));
                p.loss_modulus_Pa = G.imag() * (1.0 + 0.02 * noise * normal(engine));
                if (has_sigmas) {
                    p.storage_modulus_sigma_Pa = 0.01 * noise * G.real();
                    p.loss_modulus_sigma_Pa = 0.02 * noise * G.imag();
                }
                p.is_shear = true;
                out.push_back(p);
            }
        }
        return out;
    }
};

inline const record::ParameterEstimate* find_parameter(
    const record::FitResult& result, const std::string& name
) {
    for (const auto* list : {&result.parameters, &result.derived}) {
        for (const auto& p : *list) {
            if (p.name == name) {
                return &p;
            }
        }
    }
    return nullptr;
}

}  // namespace relaxd::test
