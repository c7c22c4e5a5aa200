// SPDX-License-Identifier: MIT
//
// The laboratory's practice material (../shared/data/simulated_A beside the source tree), made by
// an independent program: the fit recovers its truth within its own intervals. Skips when absent.
#include "model/estimate/estimate.hpp"
#include "schema/base/number.hpp"
#include "tests/model/simulation.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace relaxd::model {

namespace {

namespace fs = std::filesystem;

fs::path folder() {
    return fs::path(RELAXD_SOURCE_DIR) / ".." / "shared" / "data" / "simulated_A";
}

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> out;
    std::stringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) {
        out.push_back(cell);
    }
    return out;
}

std::vector<record::DynamicPoint> read_points(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    const auto names = split(line);
    std::vector<record::DynamicPoint> out;
    while (std::getline(in, line)) {
        const auto cells = split(line);
        record::DynamicPoint p;
        p.seq = out.size() + 1;
        for (std::size_t i = 0; i < cells.size() && i < names.size(); ++i) {
            const double v = to_double(cells[i]).value_or(record::unknown);
            if (names[i] == "temperature_K") {
                p.temperature_K = v;
            } else if (names[i] == "frequency_Hz") {
                p.frequency_Hz = v;
            } else if (names[i] == "storage_modulus_Pa") {
                p.storage_modulus_Pa = v;
            } else if (names[i] == "loss_modulus_Pa") {
                p.loss_modulus_Pa = v;
            } else if (names[i] == "storage_modulus_sigma_Pa") {
                p.storage_modulus_sigma_Pa = v;
            } else if (names[i] == "loss_modulus_sigma_Pa") {
                p.loss_modulus_sigma_Pa = v;
            }
        }
        out.push_back(p);
    }
    return out;
}

/// The numbers at the top level of truth.json: `"name": value,` lines.
std::map<std::string, double> read_truth(const fs::path& file) {
    std::ifstream in(file);
    std::map<std::string, double> out;
    for (std::string line; std::getline(in, line);) {
        const auto open = line.find('"');
        const auto close = line.find('"', open + 1);
        const auto colon = line.find(':');
        if (colon == std::string::npos || close == std::string::npos) {
            continue;
        }
        std::string text = line.substr(colon + 1);
        std::erase_if(text, [](char c) { return c == ' ' || c == ',' || c == '\r'; });
        if (const auto v = to_double(text)) {
            out.emplace(line.substr(open + 1, close - open - 1), *v);
        }
    }
    out["A_beta_per_Pa"] = 1.0 / out["E_r_Pa"] - 1.0 / out["E_u_Pa"];
    return out;
}

void check_recovered(
    const std::vector<record::DynamicPoint>& points, record::Form form, bool with_T_g
) {
    const auto truth = read_truth(folder() / "truth.json");
    record::FitOptions o;
    o.form = form;
    if (with_T_g) {
        o.T_g_prior_K = record::Prior{truth.at("T_g_K"), 3.0};
    }
    const auto r = fit_dynamic(points, o);
    CAPTURE(r.reason, with_T_g, points.size());
    REQUIRE(r.is_usable());
    int shown = 0;
    int outside = 0;
    for (const auto& e : r.parameters) {
        if (!std::isfinite(e.standard_error)) {
            continue;
        }
        const double value = truth.at(e.name);
        CAPTURE(e.name, value, e.value, e.standard_error, to_word(e.state));
        CHECK(std::abs(e.value - value) < 3.5 * e.standard_error);
        ++shown;
        outside += value < e.lower_95 || value > e.upper_95 ? 1 : 0;
    }
    CHECK(shown >= 8);
    CHECK(outside <= 3);
}

bool is_absent() {
    if (fs::exists(folder() / "truth.json")) {
        return false;
    }
    WARN("skipped: " << folder() << " is not there");
    return true;
}

}  // namespace

TEST_CASE("isochronal and isothermal practice data give their truth, alone and joined") {
    if (is_absent()) {
        return;
    }
    for (const auto form : {record::Form::gamma, record::Form::printed}) {
        const std::string word(to_word(form));
        auto ramp = read_points(folder() / ("isochronal_" + word + ".csv"));
        const auto sweeps = read_points(folder() / ("isothermal_" + word + ".csv"));
        REQUIRE(ramp.size() > 500);
        REQUIRE(sweeps.size() > 200);
        for (const bool with_T_g : {true, false}) {
            check_recovered(ramp, form, with_T_g);
            check_recovered(sweeps, form, with_T_g);
        }
        ramp.insert(ramp.end(), sweeps.begin(), sweeps.end());
        check_recovered(ramp, form, true);
    }
}

TEST_CASE("chi of the practice sweeps below T_g is the true one") {
    if (is_absent()) {
        return;
    }
    const auto ramp = read_points(folder() / "isochronal_gamma.csv");
    const auto sweeps = read_points(folder() / "isothermal_gamma.csv");
    record::FitOptions o;
    o.form = record::Form::gamma;
    const auto dynamic = fit_dynamic(ramp, o);
    const auto r = fit_chi_slope(sweeps, o, &dynamic);
    REQUIRE(r.is_usable());
    int used = 0;
    for (const auto& t : r.isotherms) {
        if (t.chi && t.chi->state == record::ParameterState::determined &&
            t.temperature_K < 455.0) {
            CAPTURE(t.temperature_K, t.chi->value, t.chi->standard_error);
            CHECK(std::abs(t.chi->value - 0.386) < 4.0 * t.chi->standard_error);
            ++used;
        }
    }
    CHECK(used >= 2);
}

}  // namespace relaxd::model
