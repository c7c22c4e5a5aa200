// SPDX-License-Identifier: MIT
//
// J*(i omega) and J(t) of the whole parameter set over the whole domain of CONTRACT 3, each output
// to a relative 1e-8, against long double sums of another kind; limits; refusals by name.
#include "model/qpd/creep_compliance.hpp"
#include "model/qpd/qpd.hpp"
#include "tests/model/table_1.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <utility>

namespace relaxd::model {

namespace {

using record::Form;
using test::table_1;
using Long = long double;
using LongComplex = std::complex<Long>;

constexpr Long pi = std::numbers::pi_v<Long>;
constexpr double one_time = std::numeric_limits<double>::infinity();

Long wide(double value) {
    return static_cast<Long>(value);
}

QpdParameters full_glass(double chi_Tg, double B) {
    QpdParameters p = table_1(chi_Tg, B);
    p.fast_beta.push_back({3e-13, 40000.0, 1e-13, 2.0});
    p.fast_beta.push_back({1e-13, 25000.0, 1e-12, one_time});
    p.E_u_slope_per_K = -2e-4;
    p.E_u_T_ref_K = 300.0;
    p.sigma1_Pa = 2.8e10;
    return p;
}

/// Gumbel averages as sums over y = ln of the Weibull variable, far into both tails.
template <typename Part>
Long gumbel(Long B, Long ln_x, const Part& part) {
    if (std::isinf(B)) {
        return part(ln_x);
    }
    const Long h = std::min<Long>(1.0L, B) / 14.0L;
    Long sum = 0.0L;
    for (Long y = -std::max<Long>(50.0L, B * (std::abs(ln_x) + 60.0L)); y < 4.5L; y += h) {
        sum += std::exp(y - std::exp(y)) * part(ln_x + y / B);
    }
    return h * sum;
}

LongComplex gumbel_debye_sum(double B, Long ln_x) {
    const auto re = [](Long u) { return 1.0L / (1.0L + std::exp(2.0L * u)); };
    const auto loss = [](Long u) { return 0.5L / std::cosh(u); };
    return {gumbel(wide(B), ln_x, re), -gumbel(wide(B), ln_x, loss)};
}

/// F = int beta z exp(-z - i x t) dln t; below x = 1 the loss from 1 - F = int i x t exp(...).
LongComplex stretched(Long v, Long beta) {
    const Long theta = std::min<Long>(pi / 2.0L, 0.275L * pi / beta);
    const LongComplex phi = std::polar<Long>(1.0L, -theta * beta);
    const LongComplex kernel = std::polar<Long>(1.0L, pi / 2.0L - theta);
    const Long h = 1.0L / 14.0L;
    const Long top =
        std::min(std::log(60.0L / phi.real()) / beta, std::log(60.0L / kernel.real()) - v);
    const Long low = std::min(-44.0L / beta, -44.0L) - std::max<Long>(0.0L, v);
    LongComplex F{};
    LongComplex M{};
    for (Long y = low; y < top; y += h) {
        const LongComplex z = std::exp(beta * y) * phi;
        const LongComplex xt = std::exp(y + v) * kernel;
        const LongComplex e = std::exp(-z - xt);
        F += beta * z * e;
        M += xt * e;
    }
    return {h * F.real(), v < 0.0L ? -h * M.imag() : h * F.imag()};
}

LongComplex compliance(const QpdParameters& p, double T, double f, Form form) {
    const Long RT = wide(gas_constant_J_mol_K) * wide(T);
    const Long ln_omega = std::log(2.0L * pi * wide(f));
    const Long ln_beta = std::log(wide(p.tau_beta0_s)) + wide(p.U_beta_J_mol) / RT;
    const Long x = wide(p.chi_Tg) + wide(p.a1_per_K) * std::max<Long>(0.0L, wide(T - p.T_g_K));
    const Long ln_max = std::log(wide(p.t0_s)) + (ln_beta - std::log(wide(p.t0_s))) / x;
    LongComplex J = 1.0L / (wide(p.E_u_Pa) *
                            (1.0L + wide(p.E_u_slope_per_K) * (wide(T) - wide(p.E_u_T_ref_K))));
    J +=
        (1.0L / wide(p.E_r_Pa) - 1.0L / wide(p.E_u_Pa)) * gumbel_debye_sum(p.B, ln_omega + ln_beta);
    for (const FastBeta& b : p.fast_beta) {
        const Long ln_tau = std::log(wide(b.tau0_s)) + wide(b.U_J_mol) / RT;
        J += wide(b.A_per_Pa) * gumbel_debye_sum(b.B, ln_omega + ln_tau);
    }
    const Long v = ln_omega + ln_max + std::log(x) / x;
    if (form == Form::exact) {
        J += wide(p.A_an_per_Pa) * stretched(v, x);
    } else {
        const Long g = form == Form::gamma ? std::tgamma(1.0L + x) : 1.0L;
        J += wide(p.A_an_per_Pa) * g * std::exp(-x * v) * std::polar<Long>(1.0L, -x * pi / 2.0L);
    }
    return J - LongComplex{0.0L, wide(p.A_vp_per_Pa) * std::exp(-ln_omega - ln_max)};
}

double relative(double value, Long truth) {
    return static_cast<double>(std::abs(wide(value) / truth - 1.0L));
}

}  // namespace

TEST_CASE("every output of the dynamic modulus is right to 1e-8 of itself, in all three forms") {
    double worst = 0.0;
    for (const auto& [chi_Tg, B] : {std::pair{0.1, 1.0}, {0.4, 0.2}, {0.4, one_time}, {0.9, 4.0}}) {
        for (const bool flow : {true, false}) {
            QpdParameters p = full_glass(chi_Tg, B);
            p.A_vp_per_Pa = flow ? p.A_vp_per_Pa : 0.0;  // then the loss is the processes' alone
            const double last_K = p.T_g_K + (1.0 - chi_Tg) / p.a1_per_K - 0.01;
            for (const double T : {200.0, 400.0, 480.0, last_K}) {
                for (const double f : {1e-6, 0.3, 1e6}) {
                    for (const Form form : {Form::printed, Form::gamma, Form::exact}) {
                        const auto J = dynamic_compliance(p, T, f, form);
                        REQUIRE(J);
                        const LongComplex truth = compliance(p, T, f, form);
                        const LongComplex E = 1.0L / truth;
                        const double errors[] = {
                            relative(J->total_per_Pa().real(), truth.real()),
                            relative(J->total_per_Pa().imag(), truth.imag()),
                            relative(J->modulus_Pa().real(), E.real()),
                            relative(J->modulus_Pa().imag(), E.imag()),
                            relative(J->tan_delta(), E.imag() / E.real()),
                        };
                        for (const double error : errors) {
                            CAPTURE(chi_Tg, B, flow, T, f, static_cast<int>(form));
                            CHECK(error < 1e-8);
                            worst = std::max(worst, error);
                        }
                    }
                }
            }
        }
    }
    CAPTURE(worst);
    CHECK(worst < 2e-9);
}

TEST_CASE("every part of the creep compliance is right to 1e-8 of itself, at zero and at stress") {
    for (const auto& [chi_Tg, B] : {std::pair{0.1, 1.0}, {0.4, 0.2}, {0.4, one_time}, {0.9, 4.0}}) {
        const QpdParameters p = full_glass(chi_Tg, B);
        for (const double T : {200.0, 430.0, 480.0}) {
            for (const double stress_Pa : {0.0, -9e8, 3e10}) {
                const Long share = std::min<Long>(1.0L, wide(std::abs(stress_Pa) / p.sigma1_Pa));
                const Long lowered = std::pow(1.0L - share, 1.5L) / (8.314462618L * wide(T));
                const Long ln_beta = std::log(wide(p.tau_beta0_s)) + wide(p.U_beta_J_mol) * lowered;
                const Long x = wide(chi(p, T));
                const Long ln_max = std::log(wide(p.t0_s)) + (ln_beta - std::log(wide(p.t0_s))) / x;
                for (const double t : {1e-9, 1e-3, 1e3, 1e15}) {
                    const auto J = creep_compliance(p, T, t, stress_Pa);
                    const Long ln_t = std::log(wide(t));
                    const auto done = [](Long minus_ln_ratio) {
                        return -std::expm1(-std::exp(-minus_ln_ratio));
                    };
                    Long beta = wide(p.A_beta_per_Pa()) * gumbel(wide(p.B), ln_beta - ln_t, done);
                    for (const FastBeta& b : p.fast_beta) {
                        const Long ln_tau = std::log(wide(b.tau0_s)) + wide(b.U_J_mol) * lowered;
                        beta += wide(b.A_per_Pa) * gumbel(wide(b.B), ln_tau - ln_t, done);
                    }
                    const Long an = wide(p.A_an_per_Pa) * done(x * (ln_max - ln_t) + std::log(x));
                    const Long flow = wide(p.A_vp_per_Pa) * std::exp(ln_t - ln_max);
                    CAPTURE(chi_Tg, B, T, stress_Pa, t);
                    if (flow > 1e300L) {
                        REQUIRE(!J);
                        CHECK(J.error().code == Errc::overflow);
                        continue;
                    }
                    REQUIRE(J);
                    CHECK(J->elastic_per_Pa == 1.0 / unrelaxed_modulus_Pa(p, T));
                    CHECK(relative(J->beta_per_Pa, beta) < 1e-8);
                    CHECK(relative(J->anelastic_per_Pa, an) < 1e-8);
                    CHECK(relative(J->flow_per_Pa, flow) < 1e-8);
                }
            }
        }
    }
}

TEST_CASE("creep begins at the elastic compliance and has the strains of PHYSICS 4") {
    const QpdParameters p = table_1(0.4, 1.0);
    const auto start = creep_compliance(p, 430.0, 0.0);
    REQUIRE(start);
    CHECK(start->total_per_Pa() == 1.0 / p.E_u_Pa);
    CHECK(
        25e6 * creep_compliance(p, 430.0, 330.0)->total_per_Pa() == Approx(1.3631e-3).epsilon(5e-5)
    );
}

TEST_CASE("softening moves the elastic part alone, both moduli being those of T_ref") {
    QpdParameters p = table_1(0.4, 1.0);
    const auto stiff = dynamic_compliance(p, 400.0, 1.0, Form::exact);
    p.E_u_slope_per_K = -2e-4;
    p.E_u_T_ref_K = 300.0;
    const auto soft = dynamic_compliance(p, 400.0, 1.0, Form::exact);
    REQUIRE(stiff);
    REQUIRE(soft);
    CHECK(soft->elastic_per_Pa.real() == Approx(1.0 / (3.3e10 * 0.98)).epsilon(1e-14));
    CHECK(soft->beta_per_Pa == stiff->beta_per_Pa);
    CHECK(soft->anelastic_per_Pa == stiff->anelastic_per_Pa);
}

TEST_CASE("a maximum time beyond double is no obstacle, a compliance beyond double is overflow") {
    QpdParameters p = table_1(0.1, 1.0);
    p.U_beta_J_mol = 200000.0;
    CHECK(ln_tau_max(p, 200.0) > 800.0);
    const auto J = dynamic_compliance(p, 200.0, 1.0, Form::exact);
    REQUIRE(J);
    CHECK(J->modulus_Pa().real() == Approx(3.3e10).epsilon(1e-6));
    CHECK(creep_compliance(p, 200.0, 1e15)->total_per_Pa() > 0.0);
    p.U_beta_J_mol = 20.0;
    p.tau_beta0_s = 1e-60;
    const auto over = dynamic_compliance(p, 300.0, 1e-6, Form::printed);
    REQUIRE(!over);
    CHECK(over.error().code == Errc::overflow);
    CHECK(over.error().where == "temperature_K");
    CHECK(creep_compliance(p, 300.0, 1e15).error().code == Errc::overflow);
}

TEST_CASE("what is outside the domain is refused under the contract's name of the input") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto where = [](const auto& change) {
        QpdParameters p = full_glass(0.4, 1.0);
        change(p);
        const auto J = dynamic_compliance(p, 400.0, 1.0, Form::exact);
        return J ? std::string("accepted") : J.error().where;
    };
    CHECK(where([](QpdParameters&) {}) == "accepted");
    CHECK(where([](QpdParameters& p) { p.B = 0.0; }) == "B");
    CHECK(where([&](QpdParameters& p) { p.B = nan; }) == "B");
    CHECK(where([](QpdParameters& p) { p.E_r_Pa = 4e10; }) == "E_r_Pa");
    CHECK(where([](QpdParameters& p) { p.A_an_per_Pa = -1e-12; }) == "A_an_per_Pa");
    CHECK(where([&](QpdParameters& p) { p.A_vp_per_Pa = nan; }) == "A_vp_per_Pa");
    CHECK(where([&](QpdParameters& p) { p.U_beta_J_mol = nan; }) == "U_beta_J_mol");
    CHECK(where([](QpdParameters& p) { p.chi_Tg = 1.0; }) == "chi_Tg");
    CHECK(where([](QpdParameters& p) { p.sigma1_Pa = 0.0; }) == "sigma1_Pa");
    CHECK(where([](QpdParameters& p) { p.E_u_slope_per_K = -0.02; }) == "E_u_slope_per_K");
    CHECK(where([](QpdParameters& p) { p.E_u_T_ref_K = 0.0; }) == "E_u_T_ref_K");
    CHECK(where([](QpdParameters& p) { p.fast_beta[0].tau0_s = 0.0; }) == "fast_beta[0].tau0_s");
    CHECK(where([](QpdParameters& p) { p.fast_beta[1].B = -1.0; }) == "fast_beta[1].B");
    CHECK(where([](QpdParameters& p) {
              p.fast_beta[1].A_per_Pa = -1.0;
          }) == "fast_beta[1].A_per_Pa");
    const QpdParameters p = table_1(0.4, 1.0);
    CHECK(creep_compliance(p, 400.0, -1.0).error().where == "time_s");
    CHECK(creep_compliance(p, 400.0, 1.0, nan).error().where == "stress_Pa");
    CHECK(creep_compliance(p, 800.0, 1.0).error().where == "chi_Tg");
}

}  // namespace relaxd::model
