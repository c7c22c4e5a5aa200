// SPDX-License-Identifier: MIT
//
// `difference A B`: A minus B against temperature, with errors: what an anneal has changed.
#include "tools/ctl/difference.hpp"
#include "tools/ctl/run_inputs.hpp"
#include "tools/ctl/verbs.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::ctl {

namespace {

constexpr int bins = 12;  // lines of the table a frequency; --json has every point

json::object curve_json(const DifferenceCurve& curve) {
    json::array points;
    for (const auto& one : curve.points) {
        json::object point;
        point["temperature_K"] = wire::number(one.temperature_K);
        point["delta_storage_modulus_Pa"] = wire::number(one.storage_Pa.value);
        point["delta_storage_modulus_sigma_Pa"] = wire::number(one.storage_Pa.sigma);
        point["delta_loss_modulus_Pa"] = wire::number(one.loss_Pa.value);
        point["delta_loss_modulus_sigma_Pa"] = wire::number(one.loss_Pa.sigma);
        point["delta_tan_delta"] = wire::number(one.tan_delta.value);
        point["delta_tan_delta_sigma"] = wire::number(one.tan_delta.sigma);
        points.push_back(std::move(point));
    }
    json::object out;
    out["frequency_Hz"] = wire::number(curve.frequency_Hz);
    out["points"] = std::move(points);
    return out;
}

std::string with_sigma(const Uncertain& one) {
    if (!std::isfinite(one.value)) {
        return "-";
    }
    const std::string mark = std::fabs(one.value) > 3.0 * one.sigma ? " *" : "";
    return rounded(one.value, 4) + " ± " + rounded(one.sigma, 2) + mark;
}

void print_difference(const Difference& found, const std::vector<FitInput>& inputs) {
    if (inputs[0].is_simulated() || inputs[1].is_simulated()) {
        print("SIMULATED: no real specimen, no real instrument");
    }
    print(inputs[0].name + " minus " + inputs[1].name + " (* = more than 3 standard deviations)");
    std::vector<std::vector<std::string>> rows;
    for (const auto& curve : found.curves) {
        const double low_K = curve.points.front().temperature_K;
        const double step_K = (curve.points.back().temperature_K - low_K) / bins;
        for (int bin = 0; bin < bins; ++bin) {
            const double from_K = low_K + step_K * bin;
            const bool is_last = bin + 1 == bins || !(step_K > 0.0);
            const auto mean = mean_between(curve, from_K, is_last ? HUGE_VAL : from_K + step_K);
            if (std::isfinite(mean.temperature_K)) {
                rows.push_back(
                    {rounded(curve.frequency_Hz, 4),
                     rounded(mean.temperature_K, 5),
                     with_sigma(mean.storage_Pa),
                     with_sigma(mean.loss_Pa),
                     with_sigma(mean.tan_delta)}
                );
            }
            if (is_last) {
                break;
            }
        }
    }
    if (rows.empty()) {
        print("the runs have no temperature and frequency in common");
    } else {
        print_table({"f / Hz", "mean T / K", "dE' / Pa", "dE'' / Pa", "d tan delta"}, rows);
    }
    print("errors: " + found.errors);
    print("interpolation: " + found.interpolation);
    for (const std::string& warning : found.warnings) {
        print("warning: " + printable(warning));
    }
}

}  // namespace

int difference_runs(const Globals& globals, const std::string& a, const std::string& b) {
    int exit_code = exit_done;
    const auto inputs = read_runs(globals, {a, b}, exit_code);
    if (!inputs) {
        return report(globals, inputs.error(), exit_code);
    }
    std::vector<std::vector<record::DynamicPoint>> points;
    for (const FitInput& input : *inputs) {
        points.push_back(table::dynamic_points(input.table.rows));
        if (points.back().empty()) {
            return report(
                globals,
                {Errc::refused,
                 "no row has " + std::string(find_model("dynamic")->wants),
                 input.name,
                 "difference compares moduli"}
            );
        }
    }
    const auto is_shear = [](const auto& list) {
        return std::any_of(list.begin(), list.end(), [](const auto& one) { return one.is_shear; });
    };
    if (is_shear(points[0]) != is_shear(points[1])) {
        return report(
            globals,
            {Errc::refused,
             "one run has shear moduli, the other tensile ones",
             a + ", " + b,
             "convert one of them first: relaxctl model eval, modulus_convert"}
        );
    }
    const Difference found = difference_of(points[0], points[1]);
    if (!globals.json) {
        print_difference(found, *inputs);
        return exit_done;
    }
    json::object body;
    body["a"] = (*inputs)[0].name;
    body["b"] = (*inputs)[1].name;
    json::array curves;
    for (const auto& curve : found.curves) {
        curves.push_back(curve_json(curve));
    }
    body["curves"] = std::move(curves);
    body["interpolation"] = found.interpolation;
    body["errors"] = found.errors;
    body["warnings"] = json::array(found.warnings.begin(), found.warnings.end());
    body["simulated"] = (*inputs)[0].is_simulated() || (*inputs)[1].is_simulated() ? 1 : 0;
    print_json(body);
    return exit_done;
}

}  // namespace relaxd::ctl
