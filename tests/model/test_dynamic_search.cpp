// SPDX-License-Identifier: MIT
//
// Where the dynamic fit looks for its optimum: processes of which no peak is seen, the only peak
// that of another process, a power law whose end is not seen, data that the model cannot describe.
#include "model/estimate/dynamic_draws.hpp"
#include "model/estimate/dynamic_search.hpp"
#include "model/estimate/dynamic_start.hpp"
#include "model/estimate/loss_peak.hpp"
#include "tests/model/dynamic_checks.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace relaxd::model {

namespace {

using record::DynamicPoint;
using record::FitOptions;
using test::errors_of;
using test::parameter;
using test::with_T_g;

/// The peak that is seen, at 300 K, is that of the fast process; the stronger one is a shoulder of
/// the alpha process 120 K above.
test::Glass shoulder() {
    test::Glass g;
    g.E_u_Pa = 5.2e10;
    g.E_r_Pa = 4.6e10;
    g.U_J_mol = 99e3;
    g.tau_beta0_s = 1.5e-13;
    g.B = 0.6;
    g.A_an_per_Pa = g.A_vp_per_Pa = 1.1e-11;
    g.chi_Tg = 0.38;
    g.a1_per_K = 0.002;
    g.T_g_K = 490.0;
    g.t0_s = 1.5e-5;
    g.fast_A_per_Pa = 6e-13;
    g.fast_U_J_mol = 69e3;
    g.fast_tau0_s = 1e-13;
    g.fast_B = 1.0;
    return g;
}

/// The coordinates of the truth.
Coordinates truth_of(const test::Glass& g, const DynamicStart& start) {
    QpdParameters p;
    p.E_u_Pa = g.E_u_Pa;
    p.E_r_Pa = g.E_r_Pa;
    p.U_beta_J_mol = g.U_J_mol;
    p.tau_beta0_s = g.tau_beta0_s;
    p.B = g.B;
    p.A_an_per_Pa = g.A_an_per_Pa;
    p.A_vp_per_Pa = g.A_vp_per_Pa;
    p.chi_Tg = g.chi_Tg;
    p.a1_per_K = g.a1_per_K;
    p.T_g_K = g.T_g_K;
    p.t0_s = g.t0_s;
    Coordinates q = coordinates_of(p, start.T_ref_K);
    q[q_E_u_T_ref] = start.q[q_E_u_T_ref];
    return q;
}

}  // namespace

TEST_CASE("a broad beta process without a peak is found from the data alone") {
    const auto points = test::clean_ramp(test::wing(), 300.0, 590.0, 2.0);
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const auto r = fit_dynamic(test::with_noise(points, seed), with_T_g(600.0));
        CAPTURE(seed, r.reason, r.reduced_chi2);
        REQUIRE(r.is_usable());
        CHECK(r.reduced_chi2 == Approx(1.0).margin(0.2));
        CHECK(errors_of(parameter(r, "U_beta_J_mol"), 118e3) < 5.0);
        CHECK(errors_of(parameter(r, "B"), 0.22) < 5.0);
    }
}

TEST_CASE("where the only peak is that of the fast process, the shoulder above it is found") {
    const auto points = test::clean_ramp(shoulder(), 290.0, 490.0, 1.5);
    FitOptions options = with_T_g(490.0);
    options.freed = {"fast_beta"};
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const auto r = fit_dynamic(test::with_noise(points, seed), options);
        CAPTURE(seed, r.reason, r.reduced_chi2);
        REQUIRE(r.is_usable());
        CHECK(r.reduced_chi2 == Approx(1.0).margin(0.2));
        CHECK(errors_of(parameter(r, "U_beta_J_mol"), 99e3) < 5.0);
        CHECK(errors_of(parameter(r, "fast_beta.U_J_mol"), 69e3) < 5.0);
    }
}

TEST_CASE("a loss peak lies where its curve is, whatever noise does to a flat shoulder") {
    for (std::uint64_t seed = 1; seed <= 1600; ++seed) {
        test::Noise noise(seed);
        std::vector<CurvePoint> curve;
        for (double T_K = 300.0; T_K < 400.0; T_K += 0.9) {
            // Up to 340 K, then falling by a per cent in 8 K.
            const double x = (T_K - 340.0) / 20.0;
            const double loss_Pa =
                T_K < 340.0 ? 5e8 + 3e8 * std::exp(-0.5 * x * x) : 8e8 - 1e6 * (T_K - 340.0);
            const double sigma_Pa = 0.01 * loss_Pa + 3e6;
            curve.push_back({T_K, loss_Pa + sigma_Pa * noise(), sigma_Pa, 5e10});
        }
        std::string reason;
        if (const auto peak = find_beta_peak(curve, reason)) {
            CAPTURE(seed, peak->temperature_K);
            CHECK(peak->temperature_K > curve.front().temperature_K);
            CHECK(peak->temperature_K < curve.back().temperature_K);
        }
    }
}

TEST_CASE("the search ends where a start at the truth ends, however far its own start is") {
    const test::Glass g = test::wing();
    const auto points = test::with_noise(test::clean_ramp(g, 300.0, 630.0, 3.0), 3);
    const FitOptions options = with_T_g(600.0);
    const DynamicData data = dynamic_data(points, options.T_max_K);
    const DynamicSearch search(data.rows, options.form, options.iterations_max);
    DynamicStart start = start_from_data(data, options);
    CHECK_FALSE(start.sees_peak);
    const auto layout = dynamic_layout(start, options);
    REQUIRE(layout);
    const SolverResult best = search.solve(*layout, truth_of(g, start));
    REQUIRE(search.variance_factor(*layout, best.p) < poor_factor);
    int reached = 0;
    for (const double ln_B : {-2.5, -1.0, 0.5}) {
        for (const double U_J_mol : {40e3, 90e3, 160e3}) {
            DynamicStart far = start;
            far.q[q_ln_B] = ln_B;
            far.q[q_U] = U_J_mol;
            far.q[q_chi_Tg] = 0.6;
            const SolverResult found = search.cold(*layout, far);
            reached += found.at.cost < best.at.cost + 2.0 ? 1 : 0;
        }
    }
    CHECK(reached == 9);
}

TEST_CASE("a slope of E_u is looked for where a fit without it describes nothing") {
    test::Glass g = shoulder();
    g.E_u_slope_per_K = -2e-4;
    const auto points = test::clean_ramp(g, 290.0, 470.0, 0.5);
    FitOptions options = with_T_g(490.0);
    options.freed = {"fast_beta"};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto r = fit_dynamic(test::with_noise(points, seed), options);
        CAPTURE(seed, r.reason, r.reduced_chi2);
        REQUIRE(r.is_usable());
        CHECK(r.reduced_chi2 == Approx(1.0).margin(0.2));
        REQUIRE(r.alternatives.size() == 2);
        CHECK(r.alternatives[1].is_chosen);
        CHECK(errors_of(parameter(r, "U_beta_J_mol"), 99e3) < 5.0);
    }
}

TEST_CASE("an end of the power law at the wrong place is left for the right one") {
    const test::Glass g;
    const auto points = test::with_noise(test::clean_ramp(g, 300.0, 480.0, 2.0), 5);
    const FitOptions options = with_T_g();
    const DynamicData data = dynamic_data(points, options.T_max_K);
    const DynamicSearch search(data.rows, options.form, options.iterations_max);
    const DynamicStart start = start_from_data(data, options);
    const auto layout = dynamic_layout(start, options);
    REQUIRE(layout);
    const SolverResult best = search.solve(*layout, truth_of(g, start));
    for (const double longer : {-6.0, 4.0}) {
        Coordinates q = truth_of(g, start);
        q[q_ln_tau_max_Tg] += longer;
        q[q_ln_A_an] += q[q_chi_Tg] * longer;
        q[q_ln_A_vp] = q[q_ln_A_an];
        SolverResult wrong;
        wrong.p = layout->collect(q);
        wrong.termination = Termination::stalled;
        const auto others = search.beside(*layout, wrong);
        REQUIRE_FALSE(others.empty());
        CHECK(others.front().at.cost == Approx(best.at.cost).margin(1.0));
    }
}

TEST_CASE("of two draws for the beta processes the fast one is the faster") {
    DynamicStart start;
    start.T_ref_K = 400.0;
    start.q[q_fast_T_ref] = 330.0;
    start.q[q_U] = 90e3;
    start.q[q_U_fast] = 65e3;
    start.q[q_chi_Tg] = 0.4;
    start.q[q_ln_tau_beta_ref] = start.q[q_ln_tau_fast_ref] = -2.0;
    start.prior_sd[q_ln_tau_beta_ref] = start.prior_sd[q_ln_tau_fast_ref] = 8.0;
    start.prior_sd[q_U] = start.prior_sd[q_U_fast] = 25e3;
    const double R = gas_constant_J_mol_K;
    int exchanged = 0;
    for (const auto& q : prior_draws(start, 32)) {
        const double apart = (1.0 / 330.0 - 1.0 / 400.0) / R;
        CHECK(q[q_ln_tau_fast_ref] <= q[q_ln_tau_beta_ref] + q[q_U] * apart);
        CHECK(faster_first(q, 400.0) == q);
        // Exchanged twice, all is as it was: the same two processes.
        Coordinates other = q;
        other[q_ln_tau_fast_ref] = q[q_ln_tau_beta_ref] + q[q_U] * apart;
        other[q_U_fast] = q[q_U];
        other[q_ln_tau_beta_ref] = q[q_ln_tau_fast_ref] - q[q_U_fast] * apart;
        other[q_U] = q[q_U_fast];
        std::swap(other[q_ln_A_beta], other[q_ln_A_fast]);
        std::swap(other[q_ln_B], other[q_ln_B_fast]);
        const Coordinates back = faster_first(other, 400.0);
        CHECK(back[q_ln_tau_beta_ref] == Approx(q[q_ln_tau_beta_ref]));
        CHECK(back[q_U_fast] == q[q_U_fast]);
        exchanged += back[q_U] != other[q_U] ? 1 : 0;
    }
    CHECK(exchanged > 20);
}

TEST_CASE("a second process that nobody freed is an alarm, or no estimate that names it") {
    test::Glass g;
    g.fast_A_per_Pa = 1.2e-12;
    g.fast_U_J_mol = 56e3;
    g.fast_tau0_s = 1e-12;
    for (const double top_K : {420.0, 500.0}) {
        const auto points = test::clean_ramp(g, 220.0, top_K, 1.5);
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            const auto r = fit_dynamic(test::with_noise(points, seed), with_T_g());
            CAPTURE(top_K, seed, r.reason, r.reduced_chi2);
            if (r.is_usable()) {
                REQUIRE(r.residuals);
                CHECK(r.residuals->is_alarm);
            } else {
                CHECK(r.reason.find("second process") != std::string::npos);
            }
        }
    }
}

TEST_CASE("one frequency gives no estimate unless the beta process is known") {
    auto points = test::clean_ramp({}, 300.0, 500.0, 0.2);
    std::erase_if(points, [](const DynamicPoint& p) { return p.frequency_Hz != 1.0; });
    REQUIRE(points.size() > 150);
    const auto unknown = fit_dynamic(test::with_noise(points, 1), with_T_g());
    CHECK_FALSE(unknown.is_usable());
    CHECK(unknown.reason.find("one frequency") != std::string::npos);
    const auto truth = test::Glass{}.truth();
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        auto options = with_T_g();
        const double U = truth.at("U_beta_J_mol");
        options.priors["U_beta_J_mol"] = record::Prior{U, 0.01 * U};
        const auto r = fit_dynamic(test::with_noise(points, seed), options);
        CAPTURE(seed, r.reason);
        REQUIRE(r.is_usable());
        for (const auto& [name, value] : truth) {
            const auto& e = parameter(r, name);
            CAPTURE(name, e.value, e.standard_error, to_word(e.state));
            CHECK((e.state != record::ParameterState::determined || errors_of(e, value) < 4.0));
        }
    }
}

TEST_CASE("one temperature and one or two frequencies give no estimate") {
    auto points = test::clean_ramp({}, 420.0, 420.1, 0.2);
    REQUIRE_FALSE(points.empty());
    const double first_Hz = points.front().frequency_Hz;
    const auto many = test::with_noise(points, 1);
    for (const double second_Hz : {first_Hz, 2.0 * first_Hz}) {
        std::vector<DynamicPoint> few;
        for (int k = 0; k < 40; ++k) {
            for (auto p : many) {
                p.seq = few.size() + 1;
                if (p.frequency_Hz == first_Hz || p.frequency_Hz == second_Hz) {
                    few.push_back(p);
                }
            }
        }
        REQUIRE(few.size() >= 40);
        const auto r = fit_dynamic(few, with_T_g());
        CHECK(r.status == "no_estimate");
        CHECK(r.reason.find("fewer than three frequencies") != std::string::npos);
        CHECK(r.parameters.empty());
    }
}

}  // namespace relaxd::model
