// SPDX-License-Identifier: MIT
//
// S1 Eq. 13 against Boost.Odeint in ln t, its table in PHYSICS E1-7, and what must be conserved.
#include "model/qpd/hierarchy.hpp"
#include "model/qpd/kinetics.hpp"
#include "tests/support/catch.hpp"

#include <boost/numeric/odeint/algebra/array_algebra.hpp>
#include <boost/numeric/odeint/integrate/integrate_adaptive.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_fehlberg78.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace relaxd::model {

namespace {

using Wide = long double;
using State = std::array<Wide, 1>;
namespace odeint = boost::numeric::odeint;

/// N at the ascending times of `ln_s` = ln(t/tau_max), from Eq. 13 as printed.
std::vector<Wide> integrated(const std::vector<double>& ln_s, double chi, bool cap) {
    const Wide c = static_cast<Wide>(chi);
    const auto slope = [c, cap](const State& N, State& dN, Wide u) {
        const Wide s = std::exp(u);
        const Wide tau_1 = cap && s > 1 ? Wide{1} : std::pow(s, 1 - c);
        dN[0] = s * (-N[0] / tau_1 + (1 - N[0]));
    };
    // Early enough that N = 1 - s^chi/chi.
    Wide u = -33 / c;
    State N{1 - std::exp(c * u) / c};
    // Steps of at most 0.25 in ln t: where N hardly moves the estimate of the error is blind.
    using Checker =
        odeint::default_error_checker<Wide, odeint::array_algebra, odeint::default_operations>;
    odeint::controlled_runge_kutta<odeint::runge_kutta_fehlberg78<State, Wide, State, Wide>>
        stepper(Checker(1e-14L, 1e-14L), odeint::default_step_adjuster<Wide, Wide>(0.25L));
    std::vector<Wide> out;
    for (const double end : ln_s) {
        const Wide goal = static_cast<Wide>(end);
        if (cap && u < 0 && goal > 0) {  // the corner of tau_1
            odeint::integrate_adaptive(stepper, slope, N, u, Wide{0}, Wide{0.01L});
            u = 0;
        }
        odeint::integrate_adaptive(stepper, slope, N, u, goal, Wide{0.001L});
        u = goal;
        out.push_back(N[0]);
    }
    return out;
}

/// A tau_beta and t0 with tau_max = 1 s.
struct Times {
    double tau_beta_s;
    double t0_s;
};
Times unit_times(double chi) {
    const double t0 = 1e-7;
    return {std::pow(t0, 1.0 - chi), t0};
}

double reduced(double ln_s, double chi, bool cap) {
    const Times t = unit_times(chi);
    return *smd_kinetics(std::exp(ln_s), t.tau_beta_s, t.t0_s, chi, cap);
}

}  // namespace

TEST_CASE("the kinetics of Eq. 13 are those of a solver of differential equations") {
    const std::vector<double> ln_s{
        -40.0,
        -30.0,
        -20.0,
        -15.0,
        -10.0,
        -6.0,
        -3.0,
        -1.0,
        -0.1,
        0.0,
        0.05,
        0.4,
        1.0,
        2.0,
        3.0,
        4.5
    };
    for (const double chi : {0.1, 0.23, 0.4, 0.6, 0.9, 0.99}) {
        for (const bool cap : {false, true}) {
            const auto truth = integrated(ln_s, chi, cap);
            for (std::size_t k = 0; k < ln_s.size(); ++k) {
                const double value = reduced(ln_s[k], chi, cap);
                const double error =
                    static_cast<double>(std::abs(static_cast<Wide>(value) / truth[k] - 1));
                CAPTURE(chi, cap, ln_s[k], value, error);
                CHECK(error < 1e-11);
            }
        }
    }
}

TEST_CASE("at long times the kinetics are steady: 1/2 with the cap, without it slowly to 1") {
    for (const double chi : {0.1, 0.4, 0.7, 0.9}) {
        for (double ln_s = 12.0; ln_s < 1500.0; ln_s *= 1.3) {
            // Slow balance N = 1/(1 + a), a = s^(chi-1), with its first two corrections in 1/s.
            const double a = std::exp((chi - 1.0) * ln_s);
            const double lag = (1.0 - chi) * a / std::pow(1.0 + a, 3) * std::exp(-ln_s);
            CAPTURE(chi, ln_s);
            const Times t = unit_times(chi);
            // Longer times by a shorter tau_max: t0 and tau_beta scale together.
            const double down = std::exp(-0.5 * ln_s);
            const auto uncapped = smd_kinetics(
                std::exp(0.5 * ln_s) * 1e-3,
                t.tau_beta_s * down * 1e-3,
                t.t0_s * down * 1e-3,
                chi,
                false
            );
            CHECK(*uncapped == Approx(1.0 / (1.0 + a) - lag).epsilon(3e-9));
            CHECK(reduced(std::min(ln_s, 700.0), chi, true) == Approx(0.5).epsilon(1e-12));
        }
    }
}

TEST_CASE("the kinetics have the active and annihilated shares of PHYSICS E1-7") {
    const double tau_beta_s = *tau_beta(430.0, 1.86e-13, 83120.0);
    const double tau_max_s = maximum_times(tau_beta_s, 6e-7, 0.4)->tau_max_s;
    const double s[] = {0.01, 0.1, 1.0, 10.0};
    const double active[] = {0.325, 0.592, 0.575, 0.500};
    const double annihilated[] = {0.002, 0.048, 0.615, 5.153};
    for (int k = 0; k < 4; ++k) {
        const auto share = [&](double x) {
            return 1.0 - *smd_kinetics(x * tau_max_s, tau_beta_s, 6e-7, 0.4, true);
        };
        CHECK(share(s[k]) == Approx(active[k]).margin(6e-4));
        // int (1 - N) ds by Simpson's rule in s = s_k w^4.
        double sum = 0.0;
        const int panels = 200;
        for (int i = 0; i <= panels; ++i) {
            const double w = static_cast<double>(i) / panels;
            const double weight = i == 0 || i == panels ? 1.0 : (i % 2 == 1 ? 4.0 : 2.0);
            sum += weight * share(s[k] * std::pow(w, 4)) * 4.0 * std::pow(w, 3);
        }
        CHECK(s[k] * sum / (3.0 * panels) == Approx(annihilated[k]).margin(6e-4));
    }
}

TEST_CASE("the kinetics stay between 0 and 1 over the whole domain of times") {
    for (const double chi : {0.1, 0.4, 0.9}) {
        for (const double tau_beta_s : {1e-12, 1e-3, 1e8}) {
            for (const bool cap : {false, true}) {
                CHECK(*smd_kinetics(0.0, tau_beta_s, 6e-7, chi, cap) == 1.0);
                for (double time_s = 1e-9; time_s <= 1.1e15; time_s *= 10.0) {
                    const auto N = smd_kinetics(time_s, tau_beta_s, 6e-7, chi, cap);
                    CAPTURE(chi, tau_beta_s, time_s, cap);
                    REQUIRE(N);
                    CHECK(*N > 0.0);
                    CHECK(*N <= 1.0 + 1e-12);
                }
            }
        }
    }
}

TEST_CASE("the short-time law is the full one where annihilation has not begun") {
    const double tau_beta_s = 2.3e-3;
    const double tau_max_s = maximum_times(tau_beta_s, 6e-7, 0.4)->tau_max_s;
    for (const double s : {1e-14, 1e-12, 1e-11}) {
        const double full = *smd_kinetics(s * tau_max_s, tau_beta_s, 6e-7, 0.4, false);
        const double lawful = *smd_short_time(s * tau_max_s, 1.0, 0.0, tau_beta_s, 6e-7, 0.4);
        CHECK(lawful == Approx(full).epsilon(10.0 * s));
    }
    for (double ln_t = -20.0; ln_t < 12.0; ln_t += 1.7) {
        const Wide tau_an = static_cast<Wide>(maximum_times(tau_beta_s, 6e-7, 0.4)->tau_an_s);
        const double t = std::exp(ln_t);
        const Wide left = std::exp(-std::pow(static_cast<Wide>(t) / tau_an, 0.4L));
        const double n = *smd_short_time(t, 7.0, 3.0, tau_beta_s, 6e-7, 0.4);
        CHECK(n == Approx(static_cast<double>(3 + 4 * left)).epsilon(1e-12));
    }
    CHECK(*smd_short_time(0.0, 7.0, 3.0, 1.0, 1e-6, 0.4) == 7.0);
    CHECK(*smd_short_time(1e15, 7.0, 3.0, 1e-9, 1e-12, 0.9) == 3.0);
}

TEST_CASE("kinetics outside the domain are refused with the input's name") {
    CHECK(smd_kinetics(-1.0, 1.0, 1e-6, 0.4, true).error().where == "time_s");
    CHECK(smd_kinetics(1.0, 0.0, 1e-6, 0.4, true).error().where == "tau_beta_s");
    CHECK(smd_kinetics(1.0, 1.0, -1e-6, 0.4, true).error().where == "t0_s");
    CHECK(smd_kinetics(1.0, 1.0, 1e-6, 1.0, true).error().where == "chi");
    CHECK(
        smd_short_time(1.0, 1.0, std::numeric_limits<double>::infinity(), 1.0, 1e-6, 0.4)
            .error()
            .where == "n_inf"
    );
    CHECK(smd_short_time(1.0, 1.0, 0.0, 1.0, 1e-6, 0.0).error().message.find("chi is 0") == 0);
}

}  // namespace relaxd::model
