// SPDX-License-Identifier: MIT
//
// Ageing by S2 Eq. 12: known laws with noise of our own, an independent program's file, and data
// that are none.

#include "model/series/series.hpp"
#include "tests/series/decay_data.hpp"
#include "tests/support/catch.hpp"

#include <fstream>
#include <sstream>

namespace relaxd::model {

namespace {

using record::ParameterState;

constexpr double sigma = 2e-4;

record::FitOptions plain() {
    return {};
}

bool mentions(const std::vector<std::string>& all, const std::string& text) {
    for (const auto& line : all) {
        if (line.find(text) != std::string::npos) {
            return true;
        }
    }
    return false;
}

}  // namespace

TEST_CASE("a long ageing test gives its law back within its own errors") {
    const DecayLaw law;
    int outside = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const auto data = aging_rows(law, log_times(120, 40000.0), sigma, seed);
        const auto result = fit_aging(data, plain());
        REQUIRE(result.is_usable());
        CAPTURE(seed);
        const std::pair<const char*, double> truths[] = {
            {"tan_delta_0", law.first},
            {"tan_delta_inf", law.inf},
            {"tau_s", law.tau_s},
            {"beta", law.beta}
        };
        for (const auto& [name, truth] : truths) {
            const auto& e = find(result.parameters, name);
            CHECK(e.state == ParameterState::determined);
            CHECK(e.value == Approx(truth).margin(4.5 * e.standard_error));
            outside += truth < e.lower_95 || truth > e.upper_95 ? 1 : 0;
        }
        CHECK_FALSE(result.residuals->is_alarm);
    }
    CHECK(outside >= 1);  // 8 of 160 expected: intervals that are far too wide show as well
    CHECK(outside <= 20);
}

TEST_CASE("t over tau and the time to 10 % follow from tau and beta") {
    const DecayLaw law;
    const auto data = aging_rows(law, log_times(120, 8000.0), sigma, 3);
    const auto result = fit_aging(data, plain());
    REQUIRE(result.is_usable());
    const auto& tau = find(result.parameters, "tau_s");
    const auto& progress = find(result.derived, "t_over_tau");
    CHECK(progress.value == Approx(8000.0 / tau.value));
    CHECK(progress.standard_error / progress.value == Approx(tau.standard_error / tau.value));
    const auto& end = find(result.derived, "time_to_10_percent_s");
    DecayLaw fitted = law;
    fitted.tau_s = tau.value;
    fitted.beta = find(result.parameters, "beta").value;
    // Where the fitted law itself has lost 90 % of its change.
    CHECK(
        fitted.at(end.value) == Approx(fitted.inf + 0.1 * (fitted.first - fitted.inf)).epsilon(1e-9)
    );
}

TEST_CASE("a combination whose error is half of itself is not called known") {
    const DecayLaw law;
    int without = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto data = aging_rows(law, log_times(60, 0.02 * law.tau_s), 4.0 * sigma, seed);
        const auto result = fit_aging(data, plain());
        without += result.is_usable() && result.known_combinations.empty() ? 1 : 0;
        for (const auto& known : result.known_combinations) {
            CHECK(known.standard_error < 0.5 * std::abs(known.value));
        }
    }
    CHECK(without > 0);
}

TEST_CASE("before t reaches tau only the initial curvature is known, and that is said") {
    const DecayLaw law;
    const auto data = aging_rows(law, log_times(80, 0.2 * law.tau_s), sigma, 5);
    const auto result = fit_aging(data, plain());
    REQUIRE(result.is_usable());
    const auto& tau = find(result.parameters, "tau_s");
    CHECK(tau.state != ParameterState::determined);
    CHECK(find(result.parameters, "tan_delta_inf").state != ParameterState::determined);
    REQUIRE(result.known_combinations.size() == 1);
    const auto& known = result.known_combinations.front();
    const double truth = (law.first - law.inf) / std::pow(law.tau_s, law.beta);
    CHECK(known.value == Approx(truth).margin(3.0 * known.standard_error));
    CHECK(known.standard_error < 0.5 * known.value);
    CHECK_FALSE(known.experiment.empty());
    // Known far better than the amplitude or tau alone would give it.
    if (std::isfinite(tau.standard_error)) {
        CHECK(known.standard_error / known.value < 0.8 * law.beta * tau.standard_error / tau.value);
    }
}

TEST_CASE("moving t = 0 by two minutes is told as a systematic error of tau and beta") {
    const DecayLaw law;
    const auto times = log_times(120, 40000.0);
    const auto result = fit_aging(aging_rows(law, times, sigma, 7), plain());
    REQUIRE(result.is_usable());
    const auto& tau = find(result.parameters, "tau_s");
    const auto& beta = find(result.parameters, "beta");
    CHECK(tau.systematic_error > tau.standard_error);
    CHECK(tau.combined_error == Approx(std::hypot(tau.standard_error, tau.systematic_error)));
    // The same by hand: two files whose clocks are off.
    double ends[2] = {0.0, 0.0};
    int k = 0;
    for (const double by : {-120.0, 120.0}) {
        auto data = aging_rows(law, times, sigma, 7);
        for (auto& p : data.points) {
            p.time_s += by;
        }
        std::erase_if(data.points, [](const auto& p) { return p.time_s < 0.0; });
        ends[k++] = find(fit_aging(data, plain()).parameters, "beta").value;
    }
    CHECK(beta.systematic_error == Approx(0.5 * std::abs(ends[0] - ends[1])));
}

TEST_CASE("time begins where the temperature enters its band, and settling is left out") {
    const DecayLaw law;
    Noise noise(11);
    record::SeriesData data;
    data.inputs.resize(1);
    for (int k = 0; k < 800; ++k) {
        record::SeriesPoint p;
        p.seq = static_cast<std::uint64_t>(k + 1);
        p.time_s = 50.0 * k;
        const bool is_heating = p.time_s < 600.0;
        p.temperature_K = is_heating ? 620.0 + 0.05 * p.time_s : 650.2 + 0.1 * noise.normal();
        const double t = std::max(0.0, p.time_s - 590.0);  // 649.5 K of a band around 650.2
        p.tan_delta = (is_heating ? 0.2 : law.at(t)) + sigma * noise.normal();
        p.tan_delta_sigma = sigma;
        data.points.push_back(p);
    }
    const auto result = fit_aging(data, plain());
    REQUIRE(result.is_usable());
    CHECK(mentions(result.warnings, "rows of thermal settling"));
    CHECK(result.n_points < 790);
    CHECK(result.n_points > 780);
    const auto& tau = find(result.parameters, "tau_s");
    CHECK(tau.value == Approx(law.tau_s).margin(4.0 * tau.standard_error));
    const auto& first = find(result.parameters, "tan_delta_0");
    CHECK(first.value == Approx(law.first).margin(4.0 * first.standard_error));
}

TEST_CASE("the storage modulus gets the same law with its own tau") {
    const DecayLaw law;
    const DecayLaw modulus{30e9, 30.8e9, 2500.0, 0.6};
    auto data = aging_rows(law, log_times(150, 40000.0), sigma, 13);
    Noise noise(14);
    for (auto& p : data.points) {
        p.storage_modulus = modulus.at(p.time_s) + 1e7 * noise.normal();
        p.storage_modulus_sigma = 1e7;
    }
    const auto result = fit_aging(data, plain());
    REQUIRE(result.is_usable());
    const auto& tau = find(result.derived, "tau_storage_s");
    CHECK(tau.value == Approx(modulus.tau_s).margin(4.0 * tau.standard_error));
    CHECK(tau.systematic_error > 0.0);
    CHECK(find(result.derived, "storage_modulus_inf_Pa").value == Approx(30.8e9).epsilon(1e-3));
}

TEST_CASE("tan delta comes from E' and E'' where it is not given") {
    const DecayLaw law;
    auto data = aging_rows(law, log_times(100, 40000.0), sigma, 15);
    const auto direct = fit_aging(data, plain());
    for (auto& p : data.points) {
        p.storage_modulus = 30e9;
        p.loss_modulus = 30e9 * p.tan_delta;
        p.storage_modulus_sigma = 0.0;
        p.loss_modulus_sigma = 30e9 * sigma;
        p.tan_delta = record::unknown;
        p.tan_delta_sigma = record::unknown;
    }
    const auto result = fit_aging(data, plain());
    REQUIRE(result.is_usable());
    CHECK(
        find(result.parameters, "tau_s").value ==
        Approx(find(direct.parameters, "tau_s").value).epsilon(1e-6)
    );
}

TEST_CASE("ten thousand rows are thinned and lose nothing") {
    const DecayLaw law;
    std::vector<double> times;
    for (int k = 0; k < 10000; ++k) {
        times.push_back(5.0 * k);
    }
    const auto result = fit_aging(aging_rows(law, times, 1e-3, 17), plain());
    REQUIRE(result.is_usable());
    CHECK(result.n_points == 10000);
    const auto& tau = find(result.parameters, "tau_s");
    CHECK(tau.value == Approx(law.tau_s).margin(4.0 * tau.standard_error));
    CHECK(tau.state == ParameterState::determined);
}

TEST_CASE("3 % of outliers at 15 sigma move no value by more than its standard error") {
    const DecayLaw law;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto data = aging_rows(law, log_times(200, 40000.0), sigma, 50 + seed);
        const auto clean = fit_aging(data, plain());
        Noise noise(500 + seed);
        for (auto& p : data.points) {
            if (noise.uniform() < 0.03) {
                p.tan_delta += noise.uniform() < 0.5 ? -15.0 * sigma : 15.0 * sigma;
            }
        }
        const auto result = fit_aging(data, plain());
        REQUIRE(result.is_usable());
        CAPTURE(seed);
        CHECK(result.n_flagged > 0);
        CHECK_FALSE(result.residuals->is_alarm);
        for (const auto& e : result.parameters) {
            CAPTURE(e.name);
            CHECK(std::abs(e.value - find(clean.parameters, e.name).value) < e.standard_error);
        }
    }
}

TEST_CASE("two frequencies share tau and beta and keep their own ends") {
    auto data = aging_rows({0.06, 0.027, 4000.0, 0.5}, log_times(80, 40000.0), sigma, 19);
    auto other = aging_rows({0.09, 0.041, 4000.0, 0.5}, log_times(80, 40000.0), sigma, 20);
    for (auto& p : data.points) {
        p.omega_rad_s = 6.28;
    }
    for (auto& p : other.points) {
        p.omega_rad_s = 62.8;
        p.seq += 1000;
        data.points.push_back(p);
    }
    const auto result = fit_aging(data, plain());
    REQUIRE(result.is_usable());
    CHECK(find(result.parameters, "tan_delta_0").value == Approx(0.06).epsilon(0.02));
    CHECK(find(result.derived, "tan_delta_0[2]").value == Approx(0.09).epsilon(0.02));
    CHECK(find(result.derived, "tan_delta_inf[2]").value == Approx(0.041).epsilon(0.03));
    CHECK(find(result.parameters, "tau_s").value == Approx(4000.0).epsilon(0.1));
}

TEST_CASE("fixed values and priors are obeyed") {
    const DecayLaw law;
    const auto data = aging_rows(law, log_times(80, 0.3 * law.tau_s), sigma, 21);
    record::FitOptions options;
    options.fixed["beta"] = 0.5;
    options.priors["tan_delta_inf"] = {0.027, 1e-5};
    const auto result = fit_aging(data, options);
    REQUIRE(result.is_usable());
    CHECK(find(result.parameters, "beta").state == ParameterState::fixed);
    CHECK(find(result.parameters, "beta").value == 0.5);
    const auto& tau = find(result.parameters, "tau_s");
    CHECK(tau.state == ParameterState::determined);  // what the prior knows ends the trade
    CHECK(tau.value == Approx(law.tau_s).margin(4.0 * tau.standard_error));
}

TEST_CASE("data that are no ageing test give a reason and no number") {
    const DecayLaw law;
    const auto refused = [](const record::SeriesData& data, const std::string& reason) {
        const auto result = fit_aging(data, plain());
        CAPTURE(result.reason);
        CHECK_FALSE(result.is_usable());
        CHECK(result.parameters.empty());
        CHECK(result.reason.find(reason) != std::string::npos);
    };
    refused({}, "no rows");
    refused(aging_rows(law, log_times(5, 4000.0), sigma, 1), "too few rows");
    auto flat = aging_rows({0.06, 0.06, 1e3, 0.5}, log_times(80, 40000.0), sigma, 2);
    refused(flat, "no change");
    auto negative = aging_rows(law, log_times(40, 4000.0), sigma, 3);
    for (auto& p : negative.points) {
        p.tan_delta = -p.tan_delta;
    }
    refused(negative, "zero, negative");
    auto absurd = aging_rows(law, log_times(40, 4000.0), sigma, 4);
    absurd.points[7].tan_delta_sigma = 0.0;
    refused(absurd, "standard deviation");
    auto huge = aging_rows(law, log_times(40, 4000.0), sigma, 5);
    for (auto& p : huge.points) {
        p.tan_delta_sigma = 1e6;
    }
    refused(huge, "no change");
    auto nan = aging_rows(law, log_times(40, 4000.0), sigma, 6);
    for (auto& p : nan.points) {
        p.tan_delta = record::unknown;
    }
    refused(nan, "no rows");
    auto two = aging_rows(law, log_times(40, 4000.0), sigma, 7);
    two.inputs.resize(2);
    for (std::size_t i = 0; i < two.points.size(); ++i) {
        two.points[i].input = i % 2 == 0 ? 0 : 1;
        two.points[i].temperature_K = i % 2 == 0 ? 650.0 : 660.0;
    }
    refused(two, "different temperatures");
    const auto result = [&law] {
        record::FitOptions options;
        options.fixed["chi"] = 0.4;
        return fit_aging(aging_rows(law, log_times(80, 40000.0), sigma, 8), options);
    }();
    CHECK(result.reason.find("--fix chi") != std::string::npos);
}

TEST_CASE("the ageing file of an independent program gives its truth back") {
    std::ifstream file(std::string(RELAXD_SOURCE_DIR) + "/../shared/data/simulated_A/aging.csv");
    if (!file) {
        WARN("no ../shared/data/simulated_A: nothing compared");
        return;
    }
    record::SeriesData data;
    data.inputs.resize(1);
    std::string line;
    std::getline(file, line);
    REQUIRE(line.find("time_s,tan_delta,tan_delta_sigma") == 0);
    while (std::getline(file, line)) {
        std::istringstream row(line);
        record::SeriesPoint p;
        char comma = ',';
        row >> p.time_s >> comma >> p.tan_delta >> comma >> p.tan_delta_sigma;
        p.seq = data.points.size() + 1;
        data.points.push_back(p);
    }
    const auto result = fit_aging(data, plain());
    REQUIRE(result.is_usable());
    const std::pair<const char*, double> truths[] = {
        {"tan_delta_0", 0.062}, {"tan_delta_inf", 0.027}, {"tau_s", 4300.0}, {"beta", 0.47}
    };
    for (const auto& [name, truth] : truths) {
        const auto& e = find(result.parameters, name);
        CAPTURE(name, e.value, e.standard_error);
        CHECK(e.lower_95 < truth);
        CHECK(e.upper_95 > truth);
        CHECK(e.state == ParameterState::determined);
    }
}

}  // namespace relaxd::model
