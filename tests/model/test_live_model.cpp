// SPDX-License-Identifier: MIT
//
// The fast model of the fits: its value against dynamic_compliance, its gradient against Richardson
// differences of S1 Eq. 25b in long double, written here from the coordinates with the quadratures
// of tests/model/simulation.hpp.
#include "model/qpd/live_model.hpp"
#include "tests/model/simulation.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>
#include <vector>

namespace relaxd::model {

namespace {

using record::Form;
using test::LongComplex;
using Number = long double;

QpdParameters table_1() {
    QpdParameters p;
    p.E_u_Pa = 3.3e10;
    p.E_r_Pa = 3.06e10;
    p.U_beta_J_mol = 83120.0;
    p.tau_beta0_s = 1.86e-13;
    p.B = 1.0;
    p.A_an_per_Pa = 1.5e-11;
    p.A_vp_per_Pa = 1.5e-11;
    p.chi_Tg = 0.4;
    p.a1_per_K = 0.00231;
    p.T_g_K = 453.0;
    p.t0_s = 6e-7;
    return p;
}

/// E* of S1 Eq. 25b from the coordinates of the fits, in long double; what does not move is kept.
class Exact {
  public:
    Exact(Form form, double T_ref_K, double temperature_K, double ln_omega)
        : form_(form), T_ref_(T_ref_K), T_(temperature_K), ln_omega_(ln_omega) {}

    LongComplex operator()(const std::array<Number, q_count>& q) {
        const Number R = 8.314462618L;
        const Number T_g = q[q_T_g];
        const auto ln_tau_beta = [&](Number T) {
            return q[q_ln_tau_beta_ref] + q[q_U] / R * (1.0L / T - 1.0L / T_ref_);
        };
        // tau_max(T_g) = t0 (tau_beta(T_g)/t0)^(1/chi_Tg) gives t0.
        const Number x0 = q[q_chi_Tg];
        const Number ln_t0 = (ln_tau_beta(T_g) - x0 * q[q_ln_tau_max_Tg]) / (1.0L - x0);
        Number over = std::max(0.0L, T_ - T_g);
        if (std::abs(T_ - T_g) < 0.25L) {
            over = (T_ - T_g + 0.25L) * (T_ - T_g + 0.25L);  // the rounded corner
        }
        const Number x = x0 + q[q_a1] * over;
        const Number ln_tau_max = ln_t0 + (ln_tau_beta(T_) - ln_t0) / x;
        const Number z = ln_omega_ + ln_tau_beta(T_);
        const Number v = ln_omega_ + ln_tau_max + std::log(x) / x;
        const LongComplex J = std::exp(-q[q_ln_E_u]) +
                              std::exp(q[q_ln_A_beta]) * gumbel(z, std::exp(q[q_ln_B])) +
                              std::exp(q[q_ln_A_an]) * anelastic(v, x) -
                              LongComplex(0.0L, std::exp(q[q_ln_A_vp] - ln_omega_ - ln_tau_max));
        return LongComplex(1.0L) / J;
    }

  private:
    LongComplex gumbel(Number z, Number B) {
        const auto [it, is_new] = gumbel_.try_emplace({z, B});
        if (is_new) {
            it->second = test::gumbel_average(z, B);
        }
        return it->second;
    }
    LongComplex anelastic(Number v, Number x) {
        if (form_ != Form::exact) {
            const LongComplex power =
                std::exp(-x * LongComplex(v, 0.5L * std::numbers::pi_v<Number>));
            return (form_ == Form::gamma ? std::tgamma(1.0L + x) : 1.0L) * power;
        }
        const auto [it, is_new] = anelastic_.try_emplace({v, x});
        if (is_new) {
            it->second = test::stretched_exponential(v, x);
        }
        return it->second;
    }

    Form form_;
    Number T_ref_;
    Number T_;
    Number ln_omega_;
    std::map<std::pair<Number, Number>, LongComplex> gumbel_;
    std::map<std::pair<Number, Number>, LongComplex> anelastic_;
};

/// dE*/dq_i by central differences at h and h/2, extrapolated: h^4 is left.
std::complex<double> slope_of(Exact& exact, const Coordinates& q, std::size_t i, double h) {
    std::array<Number, q_count> at{};
    std::copy(q.begin(), q.end(), at.begin());
    const auto difference = [&](Number step) {
        auto up = at;
        auto down = at;
        up[i] += step;
        down[i] -= step;
        return (exact(up) - exact(down)) / (2.0L * step);
    };
    const LongComplex d = (4.0L * difference(0.5L * h) - difference(h)) / 3.0L;
    return {static_cast<double>(d.real()), static_cast<double>(d.imag())};
}

struct Worst {
    double error = 0.0;
    double T = 0.0;
    double ln_omega = 0.0;
    std::size_t i = 0;
};

/// The largest error of a gradient, relative to that gradient; of that along ln B, where it is
/// smaller than a tenth of A_beta |E|^2, relative to this. 1e-9 |E| is what differences can tell.
void compare(Form form, const QpdParameters& p, double T, double ln_omega, Worst& worst) {
    const double T_ref = 372.0;
    const Coordinates q = coordinates_of(p, T_ref);
    LiveModel model(form, T_ref);
    model.set(q);
    LiveModel::Value value;
    REQUIRE(model.at(T, ln_omega, value));
    Exact exact(form, T_ref, T, ln_omega);
    for (std::size_t i = 0; i < q_count; ++i) {
        const double h = i == q_U ? 2.0 : (i == q_T_g ? 1e-3 : (i == q_a1 ? 1e-6 : 2e-4));
        const auto slope = slope_of(exact, q, i, h);
        const double size = std::abs(value.modulus_Pa);
        const double least = i == q_ln_B ? 0.1 * p.A_beta_per_Pa() * size * size
                                         : 1e-9 * size / (i == q_U ? 1e4 : 1.0);
        const double error = std::abs(value.gradient[i] - slope) / std::max(std::abs(slope), least);
        if (error > worst.error) {
            worst = {error, T, ln_omega, i};
        }
    }
}

}  // namespace

TEST_CASE("the live model equals the reference away from the rounded corner at T_g") {
    for (const double B : {0.2, 0.6, 1.0, 4.0}) {
        QpdParameters p = table_1();
        p.B = B;
        const double T_ref = 372.0;
        for (const Form form : {Form::printed, Form::gamma, Form::exact}) {
            LiveModel model(form, T_ref);
            model.set(coordinates_of(p, T_ref));
            LiveModel::Value value;
            for (double T = 290; T < 540; T += 3.1) {
                if (std::abs(T - p.T_g_K) < 0.25) {
                    continue;
                }
                for (const double f : {0.01, 1.0, 16.0}) {
                    const double ln_omega = std::log(2.0 * std::numbers::pi * f);
                    REQUIRE(model.at(T, ln_omega, value));
                    const auto J = dynamic_compliance(p, T, f, form)->total_per_Pa();
                    CAPTURE(B, T, f);
                    // 1e-7 of the strengths, and rounding.
                    const double strength = p.A_beta_per_Pa() + p.A_an_per_Pa;
                    CHECK(
                        std::abs(1.0 / value.modulus_Pa - J) < 1e-7 * strength + 1e-12 * std::abs(J)
                    );
                }
            }
        }
    }
}

TEST_CASE("each derivative of the live model is that of the exact equation, three forms") {
    std::vector<QpdParameters> glasses(3, table_1());
    glasses[1].B = 0.45;
    glasses[1].chi_Tg = 0.27;
    glasses[1].a1_per_K = 0.004;
    glasses[2].B = 2.5;
    glasses[2].chi_Tg = 0.68;
    glasses[2].A_vp_per_Pa = 4e-11;
    for (const Form form : {Form::printed, Form::gamma, Form::exact}) {
        Worst worst;
        for (const auto& p : glasses) {
            for (const double T : {331.0, 402.0, 452.9, 453.17, 468.0, 497.0}) {
                compare(form, p, T, T == 402.0 ? -2.0 : 2.3, worst);
            }
        }
        CAPTURE(worst.error, worst.T, worst.ln_omega, coordinate_name(worst.i));
        CHECK(worst.error < 1e-6);
    }
}

TEST_CASE("the live model has no jump a fit could feel: T_g, chi, tau_max and B move it smoothly") {
    // Second differences along each coordinate, in standard deviations of the noise model.
    LiveModel model(Form::exact, 372.0);
    for (const double B : {0.3, 1.0, 1.5}) {
        QpdParameters p = table_1();
        p.B = B;
        const Coordinates q = coordinates_of(p, 372.0);
        const std::pair<std::size_t, double> moves[] = {
            {q_ln_B, 1e-4}, {q_chi_Tg, 2e-5}, {q_ln_tau_max_Tg, 1e-3}, {q_T_g, 2e-3}
        };
        for (const auto& [i, h] : moves) {
            for (const double T : {372.0, 390.0, 420.0, 440.0, 452.76, 453.0}) {
                std::vector<double> loss;
                for (int k = -60; k <= 60; ++k) {
                    Coordinates moved = q;
                    moved[i] += h * k;
                    model.set(moved);
                    LiveModel::Value value;
                    REQUIRE(model.at(T, 2.0, value));
                    loss.push_back(value.modulus_Pa.imag());
                }
                const double sigma = 0.01 * loss[60] + 3e6;
                double jump = 0.0;
                for (std::size_t k = 2; k + 1 < loss.size(); ++k) {
                    const double third =
                        loss[k + 1] - 3.0 * loss[k] + 3.0 * loss[k - 1] - loss[k - 2];
                    jump = std::max(jump, std::abs(third) / sigma);
                }
                CAPTURE(B, T, coordinate_name(i), jump);
                CHECK(jump < 1e-5);
            }
        }
    }
}

TEST_CASE("coordinates and parameters are one-to-one") {
    const QpdParameters p = table_1();
    const QpdParameters r = parameters_of(coordinates_of(p, 350.0), 350.0);
    CHECK(r.E_r_Pa == Approx(p.E_r_Pa).epsilon(1e-12));
    CHECK(r.tau_beta0_s == Approx(p.tau_beta0_s).epsilon(1e-12));
    CHECK(r.t0_s == Approx(p.t0_s).epsilon(1e-12));
    CHECK(r.A_vp_per_Pa == Approx(p.A_vp_per_Pa).epsilon(1e-12));
}

TEST_CASE("gradients of ln t0 and of the times are those of their values") {
    const double T_ref = 372.0;
    const Coordinates q = coordinates_of(table_1(), T_ref);
    for (const double T : {400.0, 453.1, 490.0}) {
        const LnT0 t0 = ln_t0_of(q, T_ref);
        const LnTimes times = times_of(q, T_ref, T);
        for (std::size_t i = 0; i < q_count; ++i) {
            const double h = i == q_U ? 1.0 : 1e-5;
            Coordinates up = q;
            Coordinates down = q;
            up[i] += h;
            down[i] -= h;
            const double by_t0 =
                (ln_t0_of(up, T_ref).value - ln_t0_of(down, T_ref).value) / (2 * h);
            const double by_tau =
                (times_of(up, T_ref, T).ln_tau_max - times_of(down, T_ref, T).ln_tau_max) / (2 * h);
            CAPTURE(T, coordinate_name(i));
            CHECK(t0.gradient[i] == Approx(by_t0).epsilon(1e-6).margin(1e-9));
            CHECK(times.d_ln_tau_max[i] == Approx(by_tau).epsilon(1e-5).margin(1e-8));
        }
    }
}

}  // namespace relaxd::model
