// SPDX-License-Identifier: MIT
//
// The rate form against other solvers. `hereditary`: 9000 and more fixed, linearly implicit steps
// with clocks extrapolated to the middle of the step, over a uniform grid of the closed Levy
// densities of index 1/2 and 1/3. `eq16`: the same three differential equations by Boost.Odeint.
#include "model/rate/march.hpp"
#include "tests/model/rate_materials.hpp"
#include "tests/support/catch.hpp"

#include <boost/numeric/odeint/integrate/integrate_adaptive.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>

#include <array>
#include <numbers>

namespace relaxd::model {

using rate_test::apart;
using rate_test::infinite;
using rate_test::powers;
using rate_test::table_1;

namespace {

namespace odeint = boost::numeric::odeint;

constexpr double R = 8.31446261815324;

/// PHYSICS 2 written down again, for one single beta time.
struct Laws {
    QpdParameters p;
    double T = 430.0;

    [[nodiscard]] double ln_tau_beta_at(double stress) const {
        const double left = std::max(0.0, 1.0 - std::abs(stress) / p.sigma1_Pa);
        return std::log(p.tau_beta0_s) + p.U_beta_J_mol * std::pow(left, 1.5) / (R * T);
    }
    [[nodiscard]] double chi_at(double eps_an) const { return p.chi_Tg + p.a2 * eps_an; }
    [[nodiscard]] double ln_tau_max_at(double stress, double eps_an) const {
        const double c = chi_at(eps_an);
        return (1.0 - 1.0 / c) * std::log(p.t0_s) + ln_tau_beta_at(stress) / c;
    }
    [[nodiscard]] double ln_tau_an_at(double stress, double eps_an) const {
        const double c = chi_at(eps_an);
        return ln_tau_max_at(stress, eps_an) + std::log(c) / c;
    }
};

struct Now {
    double time = 0.0;
    double stress = 0.0;
    double beta = 0.0;
    double an = 0.0;
    double vp = 0.0;
};

/// The density of ln u of the one-sided Levy law of index 1/2 or 1/3.
double levy(double chi, double v) {
    const double pi = std::numbers::pi;
    if (chi == 0.5) {
        return std::exp(-0.5 * v - 0.25 * std::exp(-v)) / (2.0 * std::sqrt(pi));
    }
    const double x = 2.0 / std::sqrt(27.0) * std::exp(-0.5 * v);
    return std::exp(-0.5 * v) * std::cyl_bessel_k(1.0 / 3.0, x) / (3.0 * pi);
}

class Brute {
  public:
    explicit Brute(const Laws& laws) : laws_(laws) {
        const double h = 0.2;
        const double high = 30.0 / laws.p.chi_Tg;
        for (double v = -9.0; v < high; v += h) {
            u_.push_back(std::exp(v));
            w_.push_back(h * levy(laws.p.chi_Tg, v));
        }
        e_.assign(u_.size(), 0.0);
    }

    Now now;

    /// One step at a constant strain rate, or with the stress held.
    void step(double dt, bool pulled, double rate) {
        const std::array<double, 3> ln_tau{
            laws_.ln_tau_beta_at(now.stress),
            laws_.ln_tau_an_at(now.stress, now.an),
            laws_.ln_tau_max_at(now.stress, now.an),
        };
        std::array<double, 3> middle = ln_tau;
        for (std::size_t k = 0; k < 3 && last_dt_ > 0.0; ++k) {
            middle[k] += 0.5 * dt / last_dt_ * (ln_tau[k] - last_[k]);
        }
        last_ = ln_tau;
        last_dt_ = dt;
        // Strain at the end = fixed + slope * stress.
        Line beta = line(now.beta, laws_.p.A_beta_per_Pa(), dt / std::exp(middle[0]));
        Line an;
        const double dxi = dt / std::exp(middle[1]);
        lines_.resize(u_.size());
        for (std::size_t k = 0; k < u_.size(); ++k) {
            lines_[k] = line(e_[k], laws_.p.A_an_per_Pa * w_[k], u_[k] * dxi);
            an.fixed += lines_[k].fixed;
            an.slope += lines_[k].slope;
        }
        const double flow = 0.5 * laws_.p.A_vp_per_Pa * dt / std::exp(middle[2]);
        double stress = now.stress;
        if (pulled) {
            const double strain = rate * (now.time + dt);
            stress = (strain - beta.fixed - an.fixed - now.vp - flow * now.stress) /
                     (1.0 / laws_.p.E_u_Pa + beta.slope + an.slope + flow);
        }
        now.vp += flow * (now.stress + stress);
        now.beta = beta.fixed + beta.slope * stress;
        now.an = an.fixed + an.slope * stress;
        for (std::size_t k = 0; k < u_.size(); ++k) {
            e_[k] = lines_[k].fixed + lines_[k].slope * stress;
        }
        now.stress = stress;
        now.time += dt;
    }

    void set_stress(double stress) {
        now.stress = stress;
        last_dt_ = 0.0;
    }

  private:
    struct Line {
        double fixed = 0.0;
        double slope = 0.0;
    };
    [[nodiscard]] Line line(double e, double strength, double z) const {
        const double decay = std::exp(-z);
        const double mean = z > 1e-5 ? -std::expm1(-z) / z : 1.0 - 0.5 * z;
        return {e * decay + strength * now.stress * (mean - decay), strength * (1.0 - mean)};
    }

    Laws laws_;
    std::vector<double> u_;
    std::vector<double> w_;
    std::vector<double> e_;
    std::vector<Line> lines_;
    std::array<double, 3> last_{};
    double last_dt_ = 0.0;
};

Laws laws_of(double chi, double sigma1, double a2) {
    Laws laws{table_1()};
    laws.p.B = infinite;
    laws.p.chi_Tg = chi;
    laws.p.sigma1_Pa = sigma1;
    laws.p.a2 = a2;
    // The same flow at 430 K for every chi: tau_max stays.
    const double ln_beta = laws.ln_tau_beta_at(0.0);
    const double ln_max = std::log(560.0);
    laws.p.t0_s = std::exp((ln_beta - chi * ln_max) / (1.0 - chi));
    return laws;
}

double difference(const Now& expected, double stress, const StrainParts& s, double least) {
    return std::max({
        apart(stress, expected.stress, 0.0),
        apart(s.eps_beta, expected.beta, least),
        apart(s.eps_an, expected.an, least),
        apart(s.eps_vp, expected.vp, least),
    });
}

using Vector = std::array<double, 3>;  // eps_beta, eps_an, eps_vp

/// d/dt of the three strains of `eq16` at a stress.
Vector eq16_slopes(const Laws& laws, const Vector& e, double stress, double clock) {
    const double ln_beta = laws.ln_tau_beta_at(stress);
    const double c = laws.chi_at(e[1]);
    const double tau_1 = std::exp(ln_beta + (1.0 - c) * std::log(clock / laws.p.t0_s));
    return {
        (laws.p.A_beta_per_Pa() * stress - e[0]) / std::exp(ln_beta),
        (laws.p.A_an_per_Pa * stress - e[1]) / tau_1,
        laws.p.A_vp_per_Pa * stress / std::exp(laws.ln_tau_max_at(stress, e[1])),
    };
}

template <typename System>
void integrate(System system, Vector& e, double from, double to) {
    using Stepper = odeint::runge_kutta_dopri5<Vector>;
    odeint::integrate_adaptive(
        odeint::make_controlled<Stepper>(1e-17, 1e-9), system, e, from, to, 1e-4 * (to - from)
    );
}

}  // namespace

TEST_CASE("hereditary tension agrees with brute force over the closed Levy densities") {
    for (const double chi : {0.5, 1.0 / 3.0}) {
        for (const auto& [sigma1, a2] :
             {std::pair{2.8e10, 1.8}, std::pair{3e9, 5.0}, std::pair{1e10, 12.0}}) {
            const Laws laws = laws_of(chi, sigma1, a2);
            const double rate = 3e-4;
            const int steps = 12000;
            Brute brute(laws);
            std::vector<double> strains;
            std::vector<Now> expected;
            double highest = 0.0;
            double highest_at = 0.0;
            double before = 1e-10;
            brute.step(before / rate, true, rate);
            for (int n = 1; n <= steps; ++n) {
                const double strain = 1e-10 * std::pow(0.5e10, static_cast<double>(n) / steps);
                brute.step((strain - before) / rate, true, rate);
                before = strain;
                if (brute.now.stress > highest) {
                    highest = brute.now.stress;
                    highest_at = strain;
                }
                if (n > 3000 && n % 500 == 0) {
                    strains.push_back(brute.now.time * rate);
                    expected.push_back(brute.now);
                }
            }
            const auto curve = tension(laws.p, laws.T, rate, strains, Formulation::hereditary);
            REQUIRE(curve.has_value());
            double error = 0.0;
            for (std::size_t k = 0; k < strains.size(); ++k) {
                const TensionPoint& point = curve->points[k];
                const Now& e = expected[k];
                error = std::max(error, difference(e, point.stress_Pa, point.strain, 1e-12));
                const double tau_max = std::exp(laws.ln_tau_max_at(e.stress, e.an));
                error = std::max(error, apart(point.tau_max_s, tau_max, 0.0));
                error = std::max(error, apart(point.chi, laws.chi_at(e.an), 0.0));
            }
            INFO("chi " << chi << " sigma1 " << sigma1 << " a2 " << a2);
            CHECK(error < 1e-4);
            REQUIRE(curve->peak_stress_Pa.has_value());
            CHECK(curve->peak_stress_Pa.value() == Approx(highest).epsilon(1e-4));
            CHECK(curve->peak_strain.value() == Approx(highest_at).epsilon(1e-2));
        }
    }
}

TEST_CASE("hereditary creep and recovery agree with brute force over the closed Levy densities") {
    for (const double chi : {0.5, 1.0 / 3.0}) {
        for (const double stress : {25e6, 400e6, -200e6}) {
            const Laws laws = laws_of(chi, 1e10, 5.0);
            Brute brute(laws);
            std::vector<double> times;
            std::vector<Now> expected;
            double load_s = 0.0;
            for (const bool loaded : {true, false}) {
                const double start = brute.now.time;
                brute.set_stress(loaded ? stress : 0.0);
                // From far below the first time compared: the first steps are the solver's worst.
                const int steps = 9000;
                double before = 0.0;
                for (int n = 0; n <= steps; ++n) {
                    const double t = 3e-10 * std::pow(1e12, static_cast<double>(n) / steps);
                    brute.step(t - before, false, 0.0);
                    before = t;
                    if (n > 4000 && n % 500 == 250) {
                        times.push_back(start + t);
                        expected.push_back(brute.now);
                    }
                }
                brute.now.time = start + before;
                load_s = loaded ? brute.now.time : load_s;
            }
            const auto creep =
                creep_recovery(laws.p, laws.T, stress, load_s, times, Formulation::hereditary);
            REQUIRE(creep.has_value());
            double error = 0.0;
            for (std::size_t k = 0; k < times.size(); ++k) {
                const StrainParts& s = (*creep)[k];
                error =
                    std::max(error, difference(expected[k], s.eps_el * laws.p.E_u_Pa, s, 1e-12));
            }
            INFO("chi " << chi << " stress " << stress);
            CHECK(error < 2.5e-5);
        }
    }
}

TEST_CASE("eq16 tension agrees with Boost.Odeint") {
    for (const double chi : {0.25, 0.4, 0.7}) {
        for (const auto& [sigma1, a2] :
             {std::pair{2.8e10, 1.8}, std::pair{3e9, 5.0}, std::pair{1e10, 12.0}}) {
            const Laws laws = laws_of(chi, sigma1, a2);
            const double rate = 3e-4;
            const QpdParameters& p = laws.p;
            const auto stress_of = [&](const Vector& e, double t) {
                return (rate * t - e[0] - e[1] - e[2]) * p.E_u_Pa;
            };
            const auto system = [&](const Vector& e, Vector& slope, double t) {
                slope = eq16_slopes(laws, e, stress_of(e, t), t);
            };
            // For tiny t the stress is E_u rate t and eps_an = A sigma zeta chi/(1 + chi).
            double t = 1e-12 / rate;
            const double zeta = std::pow(t, chi) * std::pow(p.t0_s, 1.0 - chi) /
                                (chi * std::exp(laws.ln_tau_beta_at(0.0)));
            Vector e{0.0, p.A_an_per_Pa * p.E_u_Pa * 1e-12 * zeta * chi / (1.0 + chi), 0.0};
            const std::vector<double> strains = powers(1e-6, 0.1, 4.0);
            const auto curve = tension(p, laws.T, rate, strains, Formulation::eq16);
            REQUIRE(curve.has_value());
            double error = 0.0;
            for (std::size_t k = 0; k < strains.size(); ++k) {
                integrate(system, e, t, strains[k] / rate);
                t = strains[k] / rate;
                const Now now{t, stress_of(e, t), e[0], e[1], e[2]};
                const TensionPoint& point = curve->points[k];
                error = std::max(error, difference(now, point.stress_Pa, point.strain, 1e-10));
            }
            INFO("chi " << chi << " sigma1 " << sigma1 << " a2 " << a2);
            CHECK(error < 1e-4);
        }
    }
}

TEST_CASE("eq16 creep and recovery agree with Boost.Odeint, the clock running on") {
    for (const double chi : {0.25, 0.4, 0.7}) {
        for (const double stress : {25e6, 400e6, -200e6}) {
            const Laws laws = laws_of(chi, 1e10, 5.0);
            const QpdParameters& p = laws.p;
            const double load = 30.0;
            double acting = stress;
            const auto system = [&](const Vector& e, Vector& slope, double t) {
                slope = eq16_slopes(laws, e, acting, t);
            };
            double t = 1e-12;
            const double zeta = std::pow(t, chi) * std::pow(p.t0_s, 1.0 - chi) /
                                (chi * std::exp(laws.ln_tau_beta_at(stress)));
            Vector e{0.0, -p.A_an_per_Pa * stress * std::expm1(-zeta), 0.0};
            const std::vector<double> times{1e-4, 1e-2, 1.0, 30.0, 30.001, 30.1, 40.0, 130.0};
            const auto creep = creep_recovery(p, laws.T, stress, load, times, Formulation::eq16);
            REQUIRE(creep.has_value());
            double error = 0.0;
            for (std::size_t k = 0; k < times.size(); ++k) {
                integrate(system, e, t, times[k]);
                t = times[k];
                const Now now{t, acting, e[0], e[1], e[2]};
                const StrainParts& s = (*creep)[k];
                error = std::max(error, difference(now, s.eps_el * p.E_u_Pa, s, 1e-10));
                acting = t >= load ? 0.0 : stress;
            }
            INFO("chi " << chi << " stress " << stress);
            CHECK(error < 2.5e-5);
        }
    }
}

TEST_CASE("hereditary does not know when loading began, eq16 does") {
    const auto material = RateMaterial::at(table_1(), 430.0);
    REQUIRE(material.has_value());
    const auto an_after_330_s = [&](Formulation f, double clock_start_s) {
        const RateStepper stepper(*material, f, 50.0);
        RateState state = stepper.start();
        Drive drive;
        drive.stress_Pa = 50e6;
        drive.clock_start_s = clock_start_s;
        state.stress_Pa = drive.stress_Pa;
        Marcher marcher(stepper, drive);
        REQUIRE(marcher.to(330.0, state).has_value());
        return state.eps_an;
    };
    const Formulation h = Formulation::hereditary;
    CHECK(an_after_330_s(h, 1e4) == an_after_330_s(h, 0.0));
    const Formulation e = Formulation::eq16;
    CHECK(an_after_330_s(e, 1e4) < 0.5 * an_after_330_s(e, 0.0));
}

}  // namespace relaxd::model
