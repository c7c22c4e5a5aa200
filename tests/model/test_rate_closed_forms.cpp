// SPDX-License-Identifier: MIT
//
// The rate form against closed forms: the Burgers body at a constant rate (in 500 digits), a
// Maxwell body whose flow follows Eq. 9 (time as a quadrature over stress), superposition of Eq.
// 25a, and the limits of fast rates, instant processes and no load.
#include "model/qpd/gumbel.hpp"
#include "tests/model/rate_materials.hpp"
#include "tests/support/catch.hpp"

#include <boost/multiprecision/cpp_bin_float.hpp>

#include <array>

namespace relaxd::model {

using rate_test::apart;
using rate_test::infinite;
using rate_test::linear_table_1;
using rate_test::powers;
using rate_test::table_1;
using rate_test::worst;

namespace {

/// Wide enough for times that differ by 10^150.
using Wide = boost::multiprecision::
    number<boost::multiprecision::cpp_bin_float<500>, boost::multiprecision::et_off>;

constexpr double R = 8.31446261815324;
constexpr Formulation nonlinear[] = {Formulation::hereditary, Formulation::eq16};

struct Burgers {
    Wide E, A_beta, tau_beta, A_vp, tau_max;
};

Burgers burgers_of(const QpdParameters& p, double T) {
    const Wide tau_beta = Wide(p.tau_beta0_s) * exp(Wide(p.U_beta_J_mol) / (Wide(R) * T));
    return {
        Wide(p.E_u_Pa),
        1 / Wide(p.E_r_Pa) - 1 / Wide(p.E_u_Pa),
        tau_beta,
        Wide(p.A_vp_per_Pa),
        Wide(p.t0_s) * exp(log(tau_beta / Wide(p.t0_s)) / Wide(p.chi_Tg)),
    };
}

/// Stress, retarded strain and flow of a Burgers body at the constant rate r, from the exponential
/// of its 2 x 2 matrix.
std::array<double, 3> burgers_tension(const Burgers& b, const Wide& r, const Wide& t) {
    const Wide a11 = -b.E * (b.A_beta / b.tau_beta + b.A_vp / b.tau_max);
    const Wide a12 = b.E / b.tau_beta;
    const Wide a21 = b.A_beta / b.tau_beta;
    const Wide a22 = -1 / b.tau_beta;
    const Wide half = (a11 + a22) / 2;
    const Wide root = sqrt((a11 - a22) * (a11 - a22) / 4 + a12 * a21);
    const Wide determinant = a11 * a22 - a12 * a21;
    const Wide fast = half - root;
    const Wide slow = determinant / fast;
    const Wide x = -r * b.tau_max / b.A_vp;  // minus the steady values
    const Wide y = b.A_beta * x;
    const Wide e1 = exp(slow * t);
    const Wide e2 = exp(fast * t);
    const Wide gap = slow - fast;
    const Wide stress =
        (e1 * ((a11 - fast) * x + a12 * y) - e2 * ((a11 - slow) * x + a12 * y)) / gap - x;
    const Wide beta =
        (e1 * (a21 * x + (a22 - fast) * y) - e2 * (a21 * x + (a22 - slow) * y)) / gap - y;
    const Wide flow = r * t - stress / b.E - beta;
    return {static_cast<double>(stress), static_cast<double>(beta), static_cast<double>(flow)};
}

QpdParameters burgers_material(double chi) {
    QpdParameters p = linear_table_1();
    p.A_an_per_Pa = 0.0;
    p.B = infinite;
    p.chi_Tg = chi;
    return p;
}

}  // namespace

TEST_CASE("a Burgers body at a constant rate, in every part, 17 decades of rate and strain 1e-9-1"
) {
    const std::vector<double> strains = powers(1e-9, 1.0, 2.0);
    double error = 0.0;
    for (const double chi : {0.1, 0.4, 0.9}) {
        for (const double T : {200.0, 300.0, 430.0, 453.0}) {
            const QpdParameters p = burgers_material(chi);
            const Burgers b = burgers_of(p, T);
            for (const double rate : {1e-12, 3e-4, 1e3}) {
                const auto t = tension(p, T, rate, strains, nonlinear[chi > 0.5]);
                REQUIRE(t.has_value());
                for (std::size_t k = 0; k < strains.size(); ++k) {
                    const auto expected =
                        burgers_tension(b, Wide(rate), Wide(strains[k]) / Wide(rate));
                    const TensionPoint& point = t->points[k];
                    error = std::max({
                        error,
                        apart(point.stress_Pa, expected[0], 0.0),
                        apart(point.strain.eps_beta, expected[1], 1e-12),
                        apart(point.strain.eps_vp, expected[2], 1e-12),
                    });
                }
            }
        }
    }
    CHECK(error < 1e-4);
}

TEST_CASE("a Maxwell body with Eq. 9: the time to a stress is a quadrature") {
    double error = 0.0;
    for (const double sigma1 : {5e8, 3e9, 2.8e10}) {
        for (const double chi : {0.15, 0.4, 0.8}) {
            QpdParameters p = burgers_material(chi);
            p.E_r_Pa = p.E_u_Pa;
            p.sigma1_Pa = sigma1;
            const double T = 430.0;
            const double rate = 3e-4;
            const auto flow = [&](double s) {  // A s/tau_max
                const double left = std::max(0.0, 1.0 - s / sigma1);
                const double ln_beta =
                    std::log(p.tau_beta0_s) + p.U_beta_J_mol / (R * T) * std::pow(left, 1.5);
                const double ln_t0 = std::log(p.t0_s);
                return p.A_vp_per_Pa * s * std::exp(-ln_t0 - (ln_beta - ln_t0) / chi);
            };
            const std::vector<double> strains = powers(1e-6, 0.3, 6.0);
            const auto curve = tension(p, T, rate, strains, Formulation::hereditary);
            REQUIRE(curve.has_value());
            for (std::size_t k = 0; k < strains.size(); ++k) {
                const double stress = curve->points[k].stress_Pa;
                const double rest = rate - flow(stress);
                if (rest < 1e-6 * rate) {  // on the plateau
                    error = std::max(error, apart(stress, curve->steady_stress_Pa.value(), 0.0));
                    continue;
                }
                // Substituting s = stress (1 - w^2) spreads the end, where the rate falls.
                const int n = 20000;
                double t = 0.0;
                for (int j = 0; j < n; ++j) {
                    const double w = (j + 0.5) / n;
                    const double s = stress * (1.0 - w * w);
                    t += 2.0 * w * stress / (p.E_u_Pa * (rate - flow(s))) / n;
                }
                const double off = p.E_u_Pa * rest * (t - strains[k] / rate);
                error = std::max(error, std::abs(off) / stress);
            }
        }
    }
    CHECK(error < 1e-4);
}

TEST_CASE("the steady stress obeys its closed condition to 1e-8") {
    for (const double sigma1 : {1e9, 2.8e10, infinite}) {
        for (const double a2 : {-1.0, 0.0, 1.8, 8.0}) {
            for (const double rate : {1e-12, 3e-4, 1e3}) {
                for (const double T : {330.0, 430.0, 500.0}) {
                    QpdParameters p = table_1();
                    p.sigma1_Pa = sigma1;
                    p.a2 = a2;
                    const auto t = tension(p, T, rate, std::vector<double>{}, Formulation::eq16);
                    REQUIRE(t.has_value());
                    if (!t->steady_stress_Pa) {
                        CHECK(t->steady_stress_Pa.error().where == "a2");
                        continue;
                    }
                    const double s = *t->steady_stress_Pa;
                    const double left = std::max(0.0, 1.0 - s / sigma1);
                    const double ln_beta =
                        std::log(p.tau_beta0_s) + p.U_beta_J_mol / (R * T) * std::pow(left, 1.5);
                    const double now =
                        p.chi_Tg + p.a1_per_K * std::max(0.0, T - p.T_g_K) + a2 * p.A_an_per_Pa * s;
                    const double ln_t0 = std::log(p.t0_s);
                    const double flow =
                        std::log(p.A_vp_per_Pa * s) - ln_t0 - (ln_beta - ln_t0) / now;
                    CHECK(flow - std::log(rate) == Approx(0.0).margin(1e-9));
                }
            }
        }
    }
}

TEST_CASE("small stress, or no effect of stress: hereditary creep is superposition of Eq. 25a") {
    double error = 0.0;
    for (const double chi : {0.1, 0.25, 0.4, 0.7, 0.9}) {
        for (const double T : {200.0, 430.0, 480.0}) {
            for (const double B : {0.2, 1.0, 4.0, infinite}) {
                for (const double load : {1e-3, 330.0, 1e7}) {
                    QpdParameters p = linear_table_1();
                    p.chi_Tg = chi;
                    p.B = B;
                    std::vector<double> times = powers(1e-9, 1e15, 1.0);
                    times.push_back(1.001 * load);
                    times.push_back(load);
                    times.push_back(0.0);
                    const auto linear =
                        creep_recovery(p, T, 25e6, load, times, Formulation::linear);
                    const auto rate =
                        creep_recovery(p, T, 25e6, load, times, Formulation::hereditary);
                    REQUIRE(linear.has_value());
                    REQUIRE(rate.has_value());
                    error = std::max(error, worst(*rate, *linear));
                }
            }
        }
    }
    CHECK(error < 2.5e-5);
    // With Eqs. 9 and 22c on, a small stress is linear too.
    const std::vector<double> times = powers(1e-6, 1e6, 1.0);
    const auto small = creep_recovery(table_1(), 430.0, 1.0, 330.0, times, Formulation::hereditary);
    const auto linear = creep_recovery(table_1(), 430.0, 1.0, 330.0, times, Formulation::linear);
    CHECK(worst(*small, *linear) < 2.5e-5);
}

TEST_CASE("eq16 under a constant stress without a2 is Eq. 25a while loaded") {
    for (const double chi : {0.1, 0.4, 0.9}) {
        QpdParameters p = linear_table_1();
        p.chi_Tg = chi;
        const std::vector<double> times = powers(1e-9, 1e6, 1.0);
        const auto linear = creep_recovery(p, 430.0, 25e6, 2e6, times, Formulation::linear);
        const auto eq16 = creep_recovery(p, 430.0, 25e6, 2e6, times, Formulation::eq16);
        CHECK(worst(*eq16, *linear) < 2.5e-5);
    }
}

TEST_CASE("linear hereditary tension satisfies superposition of the creep compliance") {
    for (const double chi : {0.15, 0.4, 0.8}) {
        QpdParameters p = linear_table_1();
        p.chi_Tg = chi;
        const double T = 430.0;
        const double rate = 3e-4;
        const auto J = [&](double t) {
            const double ln_t = std::log(t);
            const double x = std::exp(chi * (ln_t - ln_tau_an(p, T)));
            return 1.0 / p.E_u_Pa +
                   p.A_beta_per_Pa() * gumbel_one_minus_exp(ln_t - ln_tau_beta(p, T), p.B) -
                   p.A_an_per_Pa * std::expm1(-x) +
                   p.A_vp_per_Pa * std::exp(ln_t - ln_tau_max(p, T));
        };
        for (const double end : {1e-5, 1e-2, 0.5}) {
            // Dense towards both ends, in strain.
            std::vector<double> strains = powers(1e-9 * end, 0.5 * end, 60.0);
            std::vector<double> mirrored = strains;
            for (double& s : mirrored) {
                s = end - s;
            }
            strains.insert(strains.end(), mirrored.rbegin(), mirrored.rend());
            strains.push_back(end);
            std::sort(strains.begin(), strains.end());
            const auto curve = tension(p, T, rate, strains, Formulation::hereditary);
            REQUIRE(curve.has_value());
            double total = 0.0;
            double stress = 0.0;
            double time = 0.0;
            for (std::size_t k = 0; k < strains.size(); ++k) {
                const double next = strains[k] / rate;
                const double rise = curve->points[k].stress_Pa - stress;
                if (next > time) {
                    const double middle = end / rate - 0.5 * (time + next);
                    const double reach = 0.5 * (next - time) * std::sqrt(0.6);
                    total += rise *
                             (5.0 * J(middle - reach) + 8.0 * J(middle) + 5.0 * J(middle + reach)) /
                             18.0;
                }
                stress = curve->points[k].stress_Pa;
                time = next;
            }
            CHECK(total == Approx(end).epsilon(3e-5));
            CHECK_FALSE(curve->peak_stress_Pa.has_value());
        }
    }
}

TEST_CASE("a rate too fast for any process leaves the elastic line") {
    QpdParameters p = linear_table_1();
    p.B = infinite;
    p.chi_Tg = 0.9;
    const std::vector<double> strains = powers(1e-6, 1e-2, 2.0);
    for (const Formulation f : nonlinear) {
        const auto t = tension(p, 200.0, 1e3, strains, f);
        REQUIRE(t.has_value());
        for (std::size_t k = 0; k < strains.size(); ++k) {
            CHECK(t->points[k].stress_Pa == Approx(p.E_u_Pa * strains[k]).epsilon(1e-6));
        }
    }
}

TEST_CASE("E_u changes with temperature as its slope says") {
    QpdParameters p = linear_table_1();
    p.B = infinite;
    p.chi_Tg = 0.9;
    p.E_u_slope_per_K = -2e-4;
    p.E_u_T_ref_K = 300.0;
    const auto t = tension(p, 200.0, 1e3, std::vector<double>{1e-4}, Formulation::hereditary);
    CHECK(t->points[0].stress_Pa == Approx(p.E_u_Pa * 1.02 * 1e-4).epsilon(1e-6));
}

}  // namespace relaxd::model
