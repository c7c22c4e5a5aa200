// SPDX-License-Identifier: MIT
//
// Linear creep and recovery against J(t) - J(t - load) subtracted in 60 digits, the Gumbel average
// by double-exponential quadrature over e^y.
#include "tests/model/rate_materials.hpp"
#include "tests/support/catch.hpp"

#include <boost/math/quadrature/exp_sinh.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>

namespace relaxd::model {

using rate_test::apart;
using rate_test::infinite;
using rate_test::table_1;
using rate_test::worst;

namespace {

using Wide = boost::multiprecision::
    number<boost::multiprecision::cpp_bin_float<60>, boost::multiprecision::et_off>;

struct Oracle {
    QpdParameters p;
    Wide T;

    [[nodiscard]] Wide tau_beta(double U, double tau0) const {
        return Wide(tau0) * exp(Wide(U) / (Wide("8.31446261815324") * T));
    }
    /// <exp(-a/tau) - exp(-b/tau)> for the mode time 1.
    [[nodiscard]] static Wide gumbel(const Wide& a, const Wide& b, double B) {
        if (std::isinf(B)) {
            return exp(-a) - exp(-b);
        }
        static boost::math::quadrature::exp_sinh<Wide> rule;
        const Wide power = -1 / Wide(B);
        const auto f = [&](const Wide& m) -> Wide {
            if (m > 400 || m < Wide("1e-300")) {
                return 0;
            }
            const Wide rate = exp(power * log(m));
            const Wide first = a == 0 ? Wide(1) : exp(-a * rate);
            return exp(-m) * (first - exp(-b * rate));
        };
        return rule.integrate(f, Wide("1e-16"));
    }
    [[nodiscard]] StrainParts at(double stress, double load, double time) const {
        const Wide chi = p.chi_Tg;
        const Wide beta = tau_beta(p.U_beta_J_mol, p.tau_beta0_s);
        const Wide tau_max = Wide(p.t0_s) * exp(log(beta / Wide(p.t0_s)) / chi);
        const Wide tau_an = exp(log(chi) / chi) * tau_max;
        const bool loaded = time <= load;
        const Wide since = time;
        const Wide rest = loaded ? Wide(0) : Wide(time) - Wide(load);
        const auto stretched = [&](const Wide& t) -> Wide {
            return t == 0 ? Wide(1) : exp(-exp(chi * log(t / tau_an)));
        };
        Wide sum_beta = Wide(p.A_beta_per_Pa()) * gumbel(rest / beta, since / beta, p.B);
        for (const FastBeta& fast : p.fast_beta) {
            const Wide tau = tau_beta(fast.U_J_mol, fast.tau0_s);
            sum_beta += Wide(fast.A_per_Pa) * gumbel(rest / tau, since / tau, fast.B);
        }
        const Wide flow = p.A_vp_per_Pa * (loaded ? since : Wide(load)) / tau_max;
        return {
            loaded ? stress / p.E_u_Pa : 0.0,
            static_cast<double>(stress * sum_beta),
            static_cast<double>(stress * p.A_an_per_Pa * (stretched(rest) - stretched(since))),
            static_cast<double>(stress * flow),
        };
    }
};

}  // namespace

TEST_CASE("linear creep and recovery to 1e-8 of each part, to 1e-12 of the sum and beyond") {
    double error = 0.0;
    for (const auto& [B, chi] :
         {std::pair{0.2, 0.9}, std::pair{1.0, 0.1}, std::pair{4.0, 0.4}, std::pair{infinite, 0.6}
         }) {
        for (const double T : {250.0, 430.0}) {
            Oracle oracle{table_1(), T};
            oracle.p.B = B;
            oracle.p.chi_Tg = chi;
            if (chi == 0.4) {
                oracle.p.fast_beta.push_back({2e-12, 40000.0, 1e-13, 0.7});
            }
            for (const double load : {1e-3, 330.0}) {
                for (const double ratio : {0.5, 1.0, 1.0 + 1e-7, 1.01, 3.0, 1e4}) {
                    const double time = ratio * load;
                    const auto expected = oracle.at(-25e6, load, time);
                    const auto got = creep_recovery(
                        oracle.p, T, -25e6, load, std::vector<double>{time}, Formulation::linear
                    );
                    REQUIRE(got.has_value());
                    const double off = worst(*got, {expected});
                    INFO("B " << B << " chi " << chi << " T " << T << " t " << time);
                    CHECK(off < 1e-8);
                    error = std::max(error, off);
                }
            }
        }
    }
    CHECK(error < 1e-8);
}

TEST_CASE("what a short load leaves after a long time is not lost by cancellation") {
    // Load 1e-9 s, 1e15 s later: the slope of the stretched exponential times the load.
    QpdParameters p = table_1();
    p.chi_Tg = 0.1;
    const Oracle oracle{p, 430.0};
    const std::vector<double> times{1.0, 1e6, 1e9, 1e15};
    const auto got = creep_recovery(p, 430.0, 1e6, 1e-9, times, Formulation::linear);
    REQUIRE(got.has_value());
    for (std::size_t k = 0; k < times.size(); ++k) {
        const StrainParts expected = oracle.at(1e6, 1e-9, times[k]);
        CHECK(apart((*got)[k].eps_an, expected.eps_an, 0.0) < 1e-9);
        CHECK(apart((*got)[k].eps_vp, expected.eps_vp, 0.0) < 1e-9);
    }
}

TEST_CASE("loads are proportional to stress, and add up") {
    const std::vector<double> times{0.0, 1e-9, 1.0, 330.0, 331.0, 1e6};
    const auto one = creep_recovery(table_1(), 430.0, 1e6, 330.0, times, Formulation::linear);
    const auto ten = creep_recovery(table_1(), 430.0, 1e7, 330.0, times, Formulation::linear);
    for (std::size_t k = 0; k < times.size(); ++k) {
        CHECK((*ten)[k].total() == Approx(10.0 * (*one)[k].total()).epsilon(1e-12));
    }
    CHECK((*one)[0].total() == 1e6 / 3.3e10);
}

}  // namespace relaxd::model
