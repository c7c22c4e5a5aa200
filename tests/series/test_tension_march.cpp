// SPDX-License-Identifier: MIT
// The stress under a history of strain: against the march of model/rate and the simulated glass.
#include "model/qpd/qpd.hpp"
#include "model/series/tension_march.hpp"
#include "tests/model/table_1.hpp"
#include "tests/series/tension_glass.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <vector>

namespace relaxd::model {
namespace {

constexpr double T_K = 430.0;

TensionLaws laws_of(const QpdParameters& p, Formulation formulation) {
    TensionLaws laws;
    laws.formulation = formulation;
    laws.E_u_Pa = p.E_u_Pa;
    laws.A_beta_per_Pa = p.A_beta_per_Pa();
    laws.A_an_per_Pa = p.A_an_per_Pa;
    laws.A_vp_per_Pa = p.A_vp_per_Pa;
    laws.chi = chi(p, T_K);
    laws.ln_tau_beta = ln_tau_beta(p, T_K);
    laws.ln_t0 = std::log(p.t0_s);
    laws.barrier = p.U_beta_J_mol / (gas_constant_J_mol_K * T_K);
    laws.beta = gumbel_modes(p.B, 30.0);
    laws.anelastic =
        formulation == Formulation::eq16 ? Modes{{1.0}, {1.0}} : levy_modes(laws.chi, 30.0);
    return laws;
}

/// A pull to 6 % with two unloadings on the way, the second followed by rest.
std::vector<TensionLeg> cycles() {
    std::vector<TensionLeg> legs;
    double time = 0.0;
    double strain = 0.0;
    const auto go = [&](double to, int count) {
        const double from = strain;
        for (int k = 1; k <= count; ++k) {
            const double next = from + (to - from) * k / count;
            time += std::abs(next - strain) / 3e-4;
            strain = next;
            legs.push_back({time, strain, false, k == 1});
        }
    };
    go(0.02, 20);
    go(0.015, 8);
    go(0.04, 20);
    for (int k = 1; k <= 20; ++k) {
        time += 0.5 * std::pow(1.3, k);
        legs.push_back({time, 0.0, true, k == 1});
    }
    return legs;
}

}  // namespace

TEST_CASE("a pull at a constant rate agrees with the adaptive march", "[tension]") {
    for (const auto formulation : {Formulation::hereditary, Formulation::eq16}) {
        for (const auto& [sigma1, a2] :
             {std::pair{2.8e10, 1.8}, std::pair{1.2e10, 3.0}, std::pair{2.4e10, 9.0}}) {
            QpdParameters p = relaxd::test::table_1();
            p.sigma1_Pa = sigma1;
            p.a2 = a2;
            std::vector<double> strains;
            std::vector<TensionLeg> legs;
            for (int k = 1; k <= 50; ++k) {
                strains.push_back(0.002 * k);
                legs.push_back({strains.back() / 3e-4, strains.back(), false, k == 1});
            }
            const auto expected = tension(p, T_K, 3e-4, strains, formulation);
            REQUIRE(expected.has_value());
            std::vector<TensionState<double>> got;
            const TensionNumbers<double> numbers{std::log(sigma1), a2, 0.0, 0.0};
            REQUIRE(march_tension(laws_of(p, formulation), legs, numbers, got));
            double error = 0.0;
            for (std::size_t k = 0; k < strains.size(); ++k) {
                error = std::max(error, std::abs(got[k].stress_Pa - expected->points[k].stress_Pa));
            }
            INFO(to_word(formulation) << " sigma1 " << sigma1 << " a2 " << a2);
            CHECK(error < 5e-5 * expected->points.back().stress_Pa);
        }
    }
}

TEST_CASE("unloading and rest agree with the simulated glass", "[tension]") {
    const material::Params params = series_test::tension_material();
    simulator::GlassOptions options;
    options.nonlinear = true;
    const simulator::Specimen specimen(params, {}, options);
    simulator::LoadedSpecimen glass(specimen, T_K);
    glass.set_tolerance(1e-7);
    QpdParameters p = relaxd::test::table_1();
    p.sigma1_Pa = params.sigma1_Pa;
    p.a2 = params.a2;
    const auto legs = cycles();
    std::vector<TensionState<double>> got;
    const TensionNumbers<double> numbers{std::log(p.sigma1_Pa), p.a2, 0.0, 0.0};
    REQUIRE(march_tension(laws_of(p, Formulation::hereditary), legs, numbers, got));
    double now = 0.0;
    for (std::size_t k = 0; k < legs.size(); ++k) {
        if (legs[k].at_rest) {
            glass.set_stress_Pa(0.0);
            glass.advance_stress(legs[k].end_s - now, 0.0, T_K);
        } else {
            glass.advance_strain(legs[k].end_s - now, legs[k].end_strain, T_K);
        }
        now = legs[k].end_s;
        INFO("leg " << k);
        CHECK(got[k].stress_Pa == Approx(glass.stress_Pa()).margin(1e-4 * 4e8));
        CHECK(got[k].strain == Approx(glass.strain()).margin(2e-5 * 0.04));
    }
}

TEST_CASE("the derivatives of tension are those of stress and strain", "[tension]") {
    QpdParameters p = relaxd::test::table_1();
    const auto legs = cycles();
    for (const auto formulation : {Formulation::hereditary, Formulation::eq16}) {
        const TensionLaws laws = laws_of(p, formulation);
        const TensionNumbers<double> n{std::log(1.2e10), 3.0, 0.1, 0.05};
        const TensionNumbers<TensionDual> dual{
            TensionDual::variable(n.ln_sigma1, 0),
            TensionDual::variable(n.a2, 1),
            TensionDual::variable(n.ln_time_scale, 2),
            TensionDual::variable(n.machine_compliance, 3),
        };
        std::vector<TensionState<TensionDual>> exact;
        REQUIRE(march_tension(laws, legs, dual, exact));
        for (std::size_t d = 0; d < tension_directions; ++d) {
            const double h = 1e-4;
            std::vector<TensionState<double>> side[2];
            for (const int sign : {0, 1}) {
                TensionNumbers<double> moved = n;
                double* const fields[] = {
                    &moved.ln_sigma1, &moved.a2, &moved.ln_time_scale, &moved.machine_compliance
                };
                *fields[d] += sign == 0 ? -h : h;
                REQUIRE(march_tension(laws, legs, moved, side[sign]));
            }
            double largest[2] = {0.0, 0.0};
            double error[2] = {0.0, 0.0};
            for (std::size_t k = 0; k < legs.size(); ++k) {
                const double found[2] = {exact[k].stress_Pa.slope[d], exact[k].strain.slope[d]};
                const double wanted[2] = {
                    (side[1][k].stress_Pa - side[0][k].stress_Pa) / (2.0 * h),
                    (side[1][k].strain - side[0][k].strain) / (2.0 * h),
                };
                for (int i = 0; i < 2; ++i) {
                    largest[i] = std::max(largest[i], std::abs(found[i]));
                    error[i] = std::max(error[i], std::abs(found[i] - wanted[i]));
                }
            }
            INFO(to_word(formulation) << " direction " << d);
            CHECK(error[0] < 1e-6 * largest[0]);
            CHECK(error[1] < 1e-6 * std::max(largest[1], 1e-4));
        }
    }
}

}  // namespace relaxd::model
