// SPDX-License-Identifier: MIT
//
// Estimates against truth: errors made by hand must come back as errors, coverage and reasons.
#include "schema/score/score.hpp"

#include "tests/support/catch.hpp"

#include <cmath>
#include <vector>

namespace relaxd::test {

namespace {

using record::ParameterState;

record::Run simulated_run() {
    record::Run run;
    run.run_id = 3;
    run.simulated = true;
    run.state = record::RunState::completed;
    return run;
}

/// An estimate `z` standard errors of 0.1 above `truth`, with the interval of ±1.96 s.e.
record::Estimate off_by(double z, double truth, const char* parameter, std::uint64_t fit = 1) {
    record::Estimate one;
    one.fit_number = fit;
    one.model = "dynamic";
    one.parameter = parameter;
    one.standard_error = 0.1;
    one.value = truth + 0.1 * z;
    one.lower_95 = one.value - 0.196;
    one.upper_95 = one.value + 0.196;
    one.state = ParameterState::determined;
    one.form = "exact";
    one.first_seq = 1;
    one.last_seq = 30;
    return one;
}

record::Estimate held(const char* parameter, double value, std::uint64_t fit = 1) {
    record::Estimate one;
    one.fit_number = fit;
    one.model = "dynamic";
    one.parameter = parameter;
    one.value = value;
    one.state = ParameterState::fixed;
    one.form = "exact";
    return one;
}

const std::vector<record::Truth> material{
    {0, "chi_Tg", 0.4},
    {0, "a1_per_K", 0.002},
    {0, "T_g_K", 453.0},
    {0, "E_u_Pa", 33e9},
    {0, "A_beta_per_Pa", 1e-12},
    {0, "U_beta_J_mol", 86400.0},
    {0, "tau_max_Tg_s", 80.0},
    {0, "t0_s", 2e-6},
    {0, "A_an_per_Pa", 4e-12},
};

score::Score must_score(
    const std::vector<record::Estimate>& estimates, const std::vector<record::Truth>& truth
) {
    const auto found = score::score(simulated_run(), estimates, truth);
    REQUIRE(found.has_value());
    return *found;
}

}  // namespace

TEST_CASE("error, z and inside are those that were put in", "[score]") {
    const auto found =
        must_score({off_by(1.5, 0.4, "chi_Tg"), off_by(-2.5, 0.4, "chi_Tg")}, material);
    REQUIRE(found.estimates.size() == 2);
    CHECK(found.estimates[0].truth == 0.4);
    CHECK(found.estimates[0].error == Approx(0.15));
    CHECK(found.estimates[0].z == Approx(1.5));
    CHECK(found.estimates[0].is_inside == true);
    CHECK(found.estimates[1].error == Approx(-0.25));
    CHECK(found.estimates[1].z == Approx(-2.5));
    CHECK(found.estimates[1].is_inside == false);
    CHECK(found.estimates[0].no_truth.empty());
}

TEST_CASE("coverage and z count the determined estimates alone", "[score]") {
    std::vector<record::Estimate> estimates;
    for (const double z : {0.1, -0.5, 3.0, 1.0}) {  // three of four inside
        estimates.push_back(off_by(z, 0.4, "chi_Tg"));
    }
    estimates.push_back(off_by(9.0, 0.4, "chi_Tg"));
    estimates.back().state = ParameterState::hinted;
    estimates.emplace_back();
    estimates.back().model = "dynamic";
    estimates.back().parameter = "chi_Tg";  // undetermined: no value
    estimates.push_back(held("chi_Tg", 0.41));
    const auto found = must_score(estimates, material);
    REQUIRE(found.parameters.size() == 1);
    const score::ParameterScore& chi = found.parameters.front();
    CHECK(chi.estimates == 7);
    CHECK(chi.compared == 6);
    CHECK(chi.determined == 4);
    CHECK(chi.inside == 3);
    CHECK(chi.coverage_95() == 0.75);
    CHECK(chi.median_abs_z == Approx(0.75));  // of 0.1, 0.5, 1, 3
    CHECK(chi.worst_abs_z == Approx(3.0));
    CHECK(chi.last.error == Approx(0.01));
    CHECK(std::isnan(chi.last.z));
    CHECK_FALSE(chi.last.is_inside.has_value());
    CHECK(found.coverage_95() == 0.75);
    CHECK(found.compared == 6);
}

TEST_CASE("an undetermined estimate has a truth and no error", "[score]") {
    record::Estimate one = off_by(0.0, 0.4, "chi_Tg");
    one.value = one.standard_error = one.lower_95 = one.upper_95 = record::unknown;
    one.state = ParameterState::undetermined;
    const auto found = must_score({one}, material);
    CHECK(found.estimates[0].truth == 0.4);
    CHECK(std::isnan(found.estimates[0].error));
    CHECK(std::isnan(found.coverage_95()));
    CHECK(found.estimates[0].no_truth.empty());
}

TEST_CASE("times are scored at the last reading used, chi over the readings used", "[score]") {
    std::vector<record::Truth> truth = material;
    for (const std::uint64_t seq : {10U, 20U, 30U, 40U}) {
        truth.push_back({seq, "tau_beta_s", static_cast<double>(seq)});
        truth.push_back({seq, "chi", 0.01 * static_cast<double>(seq)});
    }
    record::Estimate tau = off_by(1.0, 30.0, "tau_beta_s");
    tau.last_seq = 35;  // an event stands at 31 … 35
    record::Estimate chi = off_by(-1.0, 0.25, "chi");
    chi.model = "chi-slope";
    chi.first_seq = 15;
    chi.last_seq = 39;
    record::Estimate slope = chi;
    slope.parameter = "chi_slope";
    record::Estimate early = tau;
    early.last_seq = 5;
    const auto found = must_score({tau, chi, slope, early}, truth);
    CHECK(found.estimates[0].truth == 30.0);
    CHECK(found.estimates[0].z == Approx(1.0));
    CHECK(found.estimates[1].truth == Approx(0.25));
    CHECK(found.estimates[1].z == Approx(-1.0));
    CHECK(found.estimates[2].truth == Approx(0.25));
    CHECK(std::isnan(found.estimates[3].truth));
    CHECK(found.estimates[3].no_truth.find("last reading") != std::string::npos);
}

TEST_CASE("a recipe's value is scored against what it stands for, bias and all", "[score]") {
    record::Estimate peaks = off_by(0.0, 90000.0, "U_beta_peaks");
    peaks.model = "beta-peaks";
    record::Estimate peak = off_by(0.0, 360.0, "peak_temperature_K");
    peak.model = "beta-peaks";
    record::Estimate J_0 = off_by(0.0, 1.0, "J_0_per_Pa");
    J_0.model = "creep";
    const auto found = must_score({peaks, peak, J_0}, material);
    CHECK(found.estimates[0].error == Approx(3600.0));
    CHECK(found.estimates[1].no_truth.find("feature of the data") != std::string::npos);
    CHECK(found.estimates[2].truth == Approx(1.0 / 33e9 + 1e-12));
}

TEST_CASE("chi at a T_g that was held elsewhere is chi there", "[score]") {
    const auto above = must_score({held("T_g_K", 463.0), off_by(0.0, 0.42, "chi_Tg")}, material);
    CHECK(above.estimates[1].truth == Approx(0.42));
    const auto below = must_score({off_by(0.0, 0.4, "chi_Tg"), held("T_g_K", 440.0)}, material);
    CHECK(below.estimates[0].truth == Approx(0.4));
    const auto tau = must_score({held("T_g_K", 463.0), off_by(0.0, 1.0, "tau_max_Tg_s")}, material);
    CHECK(tau.estimates[1].no_truth.find("463") != std::string::npos);
    // The frame is that of the same fit, not of another.
    const auto other =
        must_score({held("T_g_K", 463.0, 1), off_by(0.0, 0.4, "chi_Tg", 2)}, material);
    CHECK(other.estimates[1].truth == 0.4);
}

TEST_CASE("at one temperature chi_Tg means chi there", "[score]") {
    std::vector<record::Truth> truth = material;
    truth.push_back({12, "chi", 0.44});
    const auto found = must_score(
        {held("a1_per_K", 0.0), off_by(0.0, 0.44, "chi_Tg"), off_by(0.0, 1.0, "tau_max_Tg_s")},
        truth
    );
    CHECK(found.estimates[1].truth == 0.44);
    CHECK_FALSE(found.estimates[2].no_truth.empty());
}

TEST_CASE("what another form means differently has no truth, the rest has", "[score]") {
    std::vector<record::Estimate> estimates{
        off_by(0.0, 4e-12, "A_an_per_Pa"), off_by(0.0, 2e-6, "t0_s"), off_by(0.0, 0.4, "chi_Tg")
    };
    for (auto& one : estimates) {
        one.form = "printed";
    }
    const auto found = must_score(estimates, material);
    CHECK(found.estimates[0].no_truth.find("form printed") != std::string::npos);
    CHECK(found.estimates[1].no_truth.find("form printed") != std::string::npos);
    CHECK(found.estimates[2].truth == 0.4);
}

TEST_CASE("E_u of a specimen that softens has no truth in a fit that holds it", "[score]") {
    std::vector<record::Truth> truth = material;
    truth.push_back({0, "E_u_slope_per_K", -3e-4});
    const auto without = must_score({off_by(0.0, 33e9, "E_u_Pa")}, truth);
    CHECK_FALSE(without.estimates[0].no_truth.empty());
    const auto with =
        must_score({off_by(0.0, 33e9, "E_u_Pa"), off_by(0.0, -3e-4, "E_u_slope_per_K")}, truth);
    CHECK(with.estimates[0].truth == 33e9);
    CHECK(with.estimates[1].truth == -3e-4);
}

TEST_CASE("E_u that a fit gives at another temperature is held against the same line", "[score]") {
    std::vector<record::Truth> truth = material;
    truth.push_back({0, "E_u_slope_per_K", -3e-4});
    truth.push_back({0, "E_u_T_ref_K", 300.0});
    truth.push_back({0, "E_r_Pa", 1.0 / (1.0 / 33e9 + 1e-12)});
    const auto found = must_score(
        {off_by(0.0, 32.01e9, "E_u_Pa"),
         off_by(0.0, -3e-4, "E_u_slope_per_K"),
         off_by(0.0, 31e9, "E_r_Pa"),
         held("E_u_T_ref_K", 400.0)},
        truth
    );
    CHECK(found.estimates[0].truth == Approx(32.01e9));  // 33 GPa less 3 %
    CHECK(found.estimates[1].truth == Approx(-3e-4 / 0.97));
    CHECK(found.estimates[2].truth == Approx(1.0 / (1.0 / 32.01e9 + 1e-12)));
    const auto at_zero =
        must_score({off_by(0.0, 33e9, "E_u_Pa"), held("E_u_slope_per_K", 0.0)}, truth);
    CHECK_FALSE(at_zero.estimates[0].no_truth.empty());
}

TEST_CASE("a name that the simulation does not tell is said plainly", "[score]") {
    const auto found = must_score({off_by(0.0, 1.0, "fragility_m")}, material);
    CHECK(found.estimates[0].no_truth == "the simulation tells no fragility_m of this run");
    CHECK(found.compared == 0);
    CHECK(found.parameters[0].estimates == 1);
}

TEST_CASE("a real run, and one without truth, are refused in one sentence", "[score]") {
    record::Run real = simulated_run();
    real.simulated = false;
    const std::vector<record::Estimate> estimates{off_by(0.0, 0.4, "chi_Tg")};
    const auto of_real = score::score(real, estimates, material);
    REQUIRE_FALSE(of_real.has_value());
    CHECK(of_real.error().code == Errc::refused);
    CHECK(of_real.error().message == "run 3 is not simulated: nobody knows its truth");
    const auto without = score::score(simulated_run(), estimates, {});
    REQUIRE_FALSE(without.has_value());
    CHECK(without.error().code == Errc::refused);
    CHECK(without.error().message.find("no truth is stored") != std::string::npos);
}

}  // namespace relaxd::test
