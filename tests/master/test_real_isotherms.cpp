// SPDX-License-Identifier: MIT
//
// Isotherms of real polymers through the superposition. Oracle: the closed-form overlay of their
// storage modulus. Skipped where shared/data is absent.

#include "drivers/ta_files/import.hpp"
#include "model/master/master.hpp"
#include "schema/table/table.hpp"
#include "tests/master/master_materials.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

using relaxd::record::DynamicPoint;
using relaxd::record::FitOptions;
using relaxd::record::FitResult;
using relaxd::record::ParameterState;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double decade = 2.302585092994046;

FitOptions options_with() {
    FitOptions options;
    options.model = "master-curve";
    return options;
}

std::filesystem::path shared(const std::string& name) {
    return std::filesystem::path(RELAXD_SOURCE_DIR) / "../shared/data" / name;
}

std::vector<std::vector<double>> numbers_of(const std::filesystem::path& path, char separator) {
    std::ifstream file(path);
    std::vector<std::vector<double>> rows;
    std::string line;
    while (std::getline(file, line)) {
        if (separator != ' ') {
            std::replace(line.begin(), line.end(), separator, ' ');
        }
        std::istringstream cells(line);
        std::vector<double> row;
        for (double value = 0.0; cells >> value;) {
            row.push_back(value);
        }
        if (row.size() > 1) {
            rows.push_back(row);
        }
    }
    return rows;
}

/// What `relaxctl fit FILE` makes of one file; nothing where it is absent.
std::vector<DynamicPoint> points_of(const std::string& name) {
    const auto table = relaxd::ta_files::read_file(shared(name).string());
    return table ? relaxd::table::dynamic_points(table->rows) : std::vector<DynamicPoint>();
}

std::vector<DynamicPoint> pyvisco() {
    return points_of("NREL__pyvisco/examples/freq_user_raw.csv");
}

/// log10 a_T between two isotherms from G' alone: the area between the curves over the height that
/// they share (closed-form shifting). Both ascending in frequency and in G'.
double closed_form_shift(
    const std::vector<DynamicPoint>& cold, const std::vector<DynamicPoint>& hot
) {
    const auto log_f = [](const std::vector<DynamicPoint>& s, double ln_G) {
        for (std::size_t i = 1; i < s.size(); ++i) {
            const double a = std::log(s[i - 1].storage_modulus_Pa);
            const double b = std::log(s[i].storage_modulus_Pa);
            if (ln_G >= a && ln_G <= b) {
                return std::log10(s[i - 1].frequency_Hz) +
                       (ln_G - a) / (b - a) * std::log10(s[i].frequency_Hz / s[i - 1].frequency_Hz);
            }
        }
        return missing;
    };
    const double low = std::log(cold.front().storage_modulus_Pa);
    const double high = std::log(hot.back().storage_modulus_Pa);
    double sum = 0.0;
    constexpr int steps = 200;
    for (int i = 0; i < steps; ++i) {
        const double y = low + (high - low) * (i + 0.5) / steps;
        sum += (log_f(hot, y) - log_f(cold, y)) / steps;
    }
    return sum;
}

}  // namespace

TEST_CASE("polymer isotherms overlay as their storage modulus does, and are said to differ in shape"
) {
    const auto points = pyvisco();
    if (points.empty()) {
        WARN("../shared/data/NREL__pyvisco is absent: nothing compared");
        return;
    }
    FitOptions options = options_with();
    options.fixed["T_ref_K"] = 335.6;
    const FitResult result = relaxd::model::fit_master_curve(points, options);
    REQUIRE(result.is_usable());
    REQUIRE(result.shifts.size() == 21);
    CHECK(result.formulation == "spline");
    REQUIRE(result.tts_holds.has_value());
    CHECK_FALSE(result.tts_holds->holds);

    const auto isotherm = [&](std::size_t k) {
        return std::vector<DynamicPoint>(
            points.begin() + static_cast<std::ptrdiff_t>(10 * k),
            points.begin() + static_cast<std::ptrdiff_t>(10 * k + 10)
        );
    };
    // 47.5 to 100 degC, where the modulus falls with every step.
    double squares = 0.0;
    int n = 0;
    double ours = 0.0;
    double overlay = 0.0;
    for (std::size_t k = 13; k + 1 < 21; ++k) {
        const double between =
            (result.shifts[k].ln_aT.value - result.shifts[k + 1].ln_aT.value) / decade;
        const double expected = closed_form_shift(isotherm(k), isotherm(k + 1));
        CAPTURE(result.shifts[k].temperature_K, between, expected);
        CHECK(std::abs(between - expected) < 0.15);
        ours += between;
        overlay += expected;
        squares += std::pow(ours - overlay, 2);
        ++n;
    }
    CHECK(std::sqrt(squares / n) < 0.3);

    // The hand-made factors beside the file are not of these isotherms: between 47.5 and 55 degC
    // their step is half of what lays the storage moduli on one another, and the master curve made
    // with them falls to a third of the lowest modulus in the file.
    const auto hand =
        numbers_of(shared("NREL__pyvisco/examples/freq_user_master__shift_factors.csv"), ',');
    REQUIRE(hand.size() == 21);
    const double by_hand = hand[7][1] - hand[6][1];
    CHECK(closed_form_shift(isotherm(13), isotherm(14)) > 1.9 * std::abs(by_hand));
    double lowest = 1e300;
    for (const auto& p : points) {
        lowest = std::min(lowest, 1e-6 * p.storage_modulus_Pa);
    }
    double lowest_master = 1e300;
    for (const auto& row : numbers_of(shared("NREL__pyvisco/examples/freq_user_master.csv"), ',')) {
        lowest_master = row.size() == 3 ? std::min(lowest_master, row[1]) : lowest_master;
    }
    CHECK(lowest_master < 0.4 * lowest);
}

TEST_CASE("22 isotherms of a settling thermometer are superposed in the order of temperature") {
    std::vector<DynamicPoint> points;
    for (int degrees = 0; degrees <= 105; degrees += 5) {
        for (DynamicPoint p : points_of(
                 "MahdiTBT__DMA-analysis-suite/source_code/Data/T" + std::to_string(degrees) +
                 ".txt"
             )) {
            p.seq = points.size() + 1;
            p.segment = degrees / 5 + 1;
            points.push_back(p);
        }
    }
    if (points.empty()) {
        WARN("../shared/data/MahdiTBT__DMA-analysis-suite is absent: nothing compared");
        return;
    }
    const FitResult result = relaxd::model::fit_master_curve(points, options_with());
    REQUIRE(result.is_usable());
    REQUIRE(result.shifts.size() == 22);
    CHECK(result.n_points == points.size());
    double before = 1e300;
    for (const auto& shift : result.shifts) {
        CAPTURE(shift.temperature_K);
        REQUIRE(std::isfinite(shift.ln_aT.value));
        CHECK(shift.ln_aT.value < before);
        before = shift.ln_aT.value;
    }
    CHECK_FALSE(result.tts_holds->holds);  // a polymer through its glass transition
    CHECK(relaxd::test::find_parameter(result, "E_alpha_J_mol")->state == ParameterState::hinted);
}
