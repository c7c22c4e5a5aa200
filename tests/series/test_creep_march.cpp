// SPDX-License-Identifier: MIT
// The strains under a history of stress: against the marches of model/rate and the simulated glass.
#include "drivers/simulator/specimen_load.hpp"
#include "model/rate/rate_form.hpp"
#include "model/series/creep_history.hpp"
#include "model/series/creep_march.hpp"
#include "tests/model/table_1.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <vector>

namespace relaxd::model {
namespace {

constexpr double T_K = 430.0;

QpdParameters nonlinear_glass(double sigma1_Pa, double a2) {
    QpdParameters p = test::table_1();
    p.sigma1_Pa = sigma1_Pa;
    p.a2 = a2;
    return p;
}

CreepLaws laws_of(const QpdParameters& p, Formulation formulation) {
    CreepLaws laws;
    laws.formulation = formulation;
    laws.has_beta = true;
    laws.barrier = p.U_beta_J_mol / (gas_constant_J_mol_K * T_K);
    laws.ln_tau_beta = ln_tau_beta(p, T_K);
    laws.A_beta_per_Pa = p.A_beta_per_Pa();
    laws.B = p.B;
    laws.sigma1_Pa = p.sigma1_Pa;
    laws.a2 = p.a2;
    return laws;
}

CreepNumbers<double> numbers_of(const QpdParameters& p) {
    return {std::log(p.A_an_per_Pa), chi(p, T_K), ln_tau_max(p, T_K), std::log(p.A_vp_per_Pa), 0.0};
}

std::vector<double> test_times(double load_s) {
    std::vector<double> times;
    for (double t = 0.01; t < load_s; t *= 1.3) {
        times.push_back(t);
    }
    times.push_back(load_s);
    for (double t = 0.01; t < 3.0 * load_s; t *= 1.3) {
        times.push_back(load_s + t);
    }
    return times;
}

double worst(
    const std::vector<StrainParts>& expected,
    const std::vector<CreepStrain<double>>& strain,
    const std::vector<double>& beta
) {
    double largest = 0.0;
    double error = 0.0;
    for (std::size_t k = 0; k < expected.size(); ++k) {
        largest = std::max(largest, std::abs(expected[k].total()));
        error = std::max(error, std::abs(strain[k].an - expected[k].eps_an));
        error = std::max(error, std::abs(strain[k].vp - expected[k].eps_vp));
        error = std::max(error, std::abs(beta[k] - expected[k].eps_beta));
    }
    return error / largest;
}

}  // namespace

TEST_CASE("creep and recovery agree with the marches of model/rate", "[creep]") {
    for (const auto formulation :
         {Formulation::linear, Formulation::hereditary, Formulation::eq16}) {
        for (const double stress : {25e6, 200e6, -100e6}) {
            const QpdParameters p = nonlinear_glass(2.8e10, 1.8);
            const auto times = test_times(330.0);
            const auto expected = creep_recovery(p, T_K, stress, 330.0, times, formulation);
            REQUIRE(expected.has_value());
            const CreepLaws laws = laws_of(p, formulation);
            const StressHistory history = held_history(stress, 330.0);
            std::vector<CreepStrain<double>> strain;
            REQUIRE(march_creep(laws, history, times, numbers_of(p), strain));
            INFO(to_word(formulation) << " " << stress);
            CHECK(worst(*expected, strain, beta_strain(laws, history, times)) < 2e-5);
        }
    }
}

TEST_CASE("a rise and two plateaus of stress agree with the simulated glass", "[creep]") {
    for (const bool nonlinear : {false, true}) {
        material::Params params;
        const QpdParameters p = nonlinear_glass(2.8e10, 1.8);
        params.E_u_Pa = p.E_u_Pa;
        params.E_r_Pa = p.E_r_Pa;
        params.U_beta_J_mol = p.U_beta_J_mol;
        params.tau_beta0_s = p.tau_beta0_s;
        params.B = p.B;
        params.A_an_per_Pa = p.A_an_per_Pa;
        params.A_vp_per_Pa = p.A_vp_per_Pa;
        params.chi_Tg = p.chi_Tg;
        params.a1_per_K = p.a1_per_K;
        params.T_g_K = p.T_g_K;
        params.t0_s = p.t0_s;
        params.sigma1_Pa = p.sigma1_Pa;
        params.a2 = p.a2;
        simulator::GlassOptions options;
        options.nonlinear = nonlinear;
        const simulator::Specimen specimen(params, {}, options);
        simulator::LoadedSpecimen glass(specimen, T_K);
        // 2 s up to 50 MPa, 100 s, at once to 150 MPa, 50 s, 1 s down to rest, 200 s.
        StressHistory history;
        history.pieces = {
            {0.0, 2.0, 0.0, 50e6, false},
            {2.0, 102.0, 50e6, 50e6, false},
            {102.0, 152.0, 150e6, 150e6, false},
            {152.0, 153.0, 150e6, 0.0, false},
            {153.0, 1e9, 0.0, 0.0, true},
        };
        refine_ramps(history);
        std::vector<double> times;
        std::vector<double> expected;
        double now = 0.0;
        std::size_t piece = 0;
        for (double t = 0.5; t < 360.0; t += t < 3.0 || (t > 151.0 && t < 155.0) ? 0.5 : 3.5) {
            while (t > history.pieces[piece].end_s) {
                const StressPiece& s = history.pieces[piece];
                glass.advance_stress(s.end_s - now, s.end_Pa, T_K);
                now = s.end_s;
                ++piece;
                if (history.pieces[piece].begin_Pa != s.end_Pa) {
                    glass.set_stress_Pa(history.pieces[piece].begin_Pa);
                }
            }
            glass.advance_stress(t - now, history.pieces[piece].at(t), T_K);
            now = t;
            times.push_back(t);
            expected.push_back(glass.strain());
        }
        const CreepLaws laws =
            laws_of(p, nonlinear ? Formulation::hereditary : Formulation::linear);
        std::vector<CreepStrain<double>> strain;
        REQUIRE(march_creep(laws, history, times, numbers_of(p), strain));
        const auto beta = beta_strain(laws, history, times);
        double error = 0.0;
        for (std::size_t k = 0; k < times.size(); ++k) {
            const double elastic =
                history.pieces[history.piece_at(times[k])].at(times[k]) / p.E_u_Pa;
            const double total = elastic + beta[k] + strain[k].an + strain[k].vp;
            error = std::max(error, std::abs(total - expected[k]));
        }
        INFO("nonlinear " << nonlinear);
        CHECK(error < 3e-5 * 5e-3);
    }
}

TEST_CASE("the derivatives of creep are those of the strain", "[creep]") {
    const QpdParameters p = nonlinear_glass(1e10, 5.0);
    const auto times = test_times(330.0);
    StressHistory history;
    history.pieces = {
        {0.0, 0.5, 0.0, 100e6, false},
        {0.5, 330.0, 100e6, 100e6, false},
        {330.0, 1e9, 0.0, 0.0, true},
    };
    for (const auto formulation :
         {Formulation::linear, Formulation::hereditary, Formulation::eq16}) {
        const CreepLaws laws = laws_of(p, formulation);
        CreepNumbers<double> n = numbers_of(p);
        n.ln_ratio = 0.3;
        const CreepNumbers<CreepDual> dual{
            CreepDual::variable(n.ln_A_an, 0),
            CreepDual::variable(n.chi, 1),
            CreepDual::variable(n.ln_tau_max, 2),
            CreepDual::variable(n.ln_A_vp, 3),
            CreepDual::variable(n.ln_ratio, 4),
        };
        std::vector<CreepStrain<CreepDual>> exact;
        REQUIRE(march_creep(laws, history, times, dual, exact));
        for (std::size_t d = 0; d < creep_directions; ++d) {
            const double h = 1e-5;
            std::vector<CreepStrain<double>> side[2];
            for (const int sign : {0, 1}) {
                CreepNumbers<double> moved = n;
                double* const fields[] = {
                    &moved.ln_A_an, &moved.chi, &moved.ln_tau_max, &moved.ln_A_vp, &moved.ln_ratio
                };
                *fields[d] += sign == 0 ? -h : h;
                REQUIRE(march_creep(laws, history, times, moved, side[sign]));
            }
            double largest = 0.0;
            double error = 0.0;
            for (std::size_t k = 0; k < times.size(); ++k) {
                const double difference =
                    (side[1][k].an + side[1][k].vp - side[0][k].an - side[0][k].vp) / (2.0 * h);
                const double slope = exact[k].an.slope[d] + exact[k].vp.slope[d];
                largest = std::max(largest, std::abs(slope));
                error = std::max(error, std::abs(slope - difference));
            }
            INFO(to_word(formulation) << " direction " << d);
            CHECK(error < 1e-6 * largest);
        }
    }
}

TEST_CASE("chi leaving (0, 1) is refused, not followed", "[creep]") {
    const QpdParameters p = nonlinear_glass(2.8e10, 1.8);
    CreepLaws laws = laws_of(p, Formulation::hereditary);
    laws.a2 = 2000.0;
    std::vector<CreepStrain<double>> strain;
    const std::vector<double> times{1.0, 100.0, 1000.0};
    CHECK_FALSE(march_creep(laws, held_history(200e6, 1e4), times, numbers_of(p), strain));
}

TEST_CASE("a history is read from steps and rises of stress", "[creep]") {
    const double none = std::nan("");
    SECTION("a step at time 0 and one after the last loaded row") {
        std::vector<StressRow> rows;
        for (int k = 1; k <= 10; ++k) {
            rows.push_back({static_cast<double>(k), 25e6});
        }
        for (int k = 11; k <= 20; ++k) {
            rows.push_back({static_cast<double>(k), 0.0});
        }
        const auto history = read_history(rows, none);
        REQUIRE(history.has_value());
        REQUIRE(history->pieces.size() == 2);
        CHECK(history->pieces[0].begin_s == 0.0);
        CHECK(history->pieces[0].end_s == 10.0);
        CHECK(history->pieces[0].begin_Pa == 25e6);
        CHECK(history->pieces[1].is_recovery);
        CHECK(history->piece_at(10.0) == 0);
        const auto told = read_history(rows, 10.5);
        REQUIRE(told.has_value());
        CHECK(told->pieces[0].end_s == 10.5);
    }
    SECTION("a preload, a rise over some rows, two plateaus") {
        std::vector<StressRow> rows;
        for (int k = -5; k < 0; ++k) {
            rows.push_back({static_cast<double>(k), 1e6});
        }
        rows.push_back({0.1, 8e6});
        rows.push_back({0.2, 16e6});
        rows.push_back({0.3, 24e6});
        for (int k = 1; k <= 10; ++k) {
            rows.push_back({static_cast<double>(k), 26e6});
        }
        for (int k = 11; k <= 20; ++k) {
            rows.push_back({static_cast<double>(k), 51e6});
        }
        const auto history = read_history(rows, none);
        REQUIRE(history.has_value());
        CHECK(history->preload_Pa == Approx(1e6));
        CHECK(history->pieces.front().begin_s == 0.0);
        CHECK(history->pieces.front().begin_Pa == 0.0);
        CHECK(history->pieces[history->piece_at(0.05)].at(0.05) == Approx(3.5e6));
        CHECK(history->pieces[history->piece_at(0.1)].at(0.1) == Approx(7e6));
        CHECK(history->pieces.back().begin_Pa == Approx(50e6));
        CHECK(history->pieces.back().begin_s == 10.0);
        const StressPiece& held = history->pieces[history->piece_at(5.0)];
        CHECK(held.begin_Pa == Approx(25e6));
        CHECK(held.begin_s == 1.0);
    }
    SECTION("no stress at all") {
        CHECK_FALSE(read_history({{1.0, 0.0}, {2.0, 0.0}}, none).has_value());
    }
}

}  // namespace relaxd::model
