// SPDX-License-Identifier: MIT
#include "model/geometry/calibrate.hpp"
#include "model/geometry/raw_groups.hpp"
#include "schema/base/number.hpp"

#include <Eigen/Dense>

#include <cmath>
#include <map>
#include <numbers>

namespace relaxd::model {

namespace {

double omega_squared(double frequency_Hz) {
    const double omega = 2.0 * std::numbers::pi * frequency_Hz;
    return omega * omega;
}

/// Re = k(T) - m omega^2 over all groups: the mass with its error and the test of the line.
struct Inertia {
    double mass_kg = 0.0;
    double sigma_kg = 0.0;
    ChiSquared residuals;
};

/// Nothing (mass 0) where one frequency was measured.
Inertia fit_inertia(const std::vector<RawGroup>& groups, double lowest_K, double factor) {
    std::map<long long, Eigen::Index> bins;
    std::map<double, int> frequencies;
    for (const RawGroup& group : groups) {
        bins.emplace(bin_of(group.temperature_K, lowest_K), 0);
        ++frequencies[group.frequency_Hz];
    }
    Inertia out;
    const auto rows = static_cast<Eigen::Index>(groups.size());
    const auto unknowns = static_cast<Eigen::Index>(bins.size()) + 1;
    if (frequencies.size() < 2 || rows < unknowns) {
        return out;
    }
    Eigen::Index next = 1;
    for (auto& [bin, column] : bins) {
        column = next++;
    }
    Eigen::MatrixXd design = Eigen::MatrixXd::Zero(rows, unknowns);
    Eigen::VectorXd right(rows);
    for (Eigen::Index i = 0; i < rows; ++i) {
        const RawGroup& group = groups[static_cast<std::size_t>(i)];
        const double variance =
            std::max(group.scatter.rr, 1e-300) * factor / static_cast<double>(group.n);
        const double weight = 1.0 / std::sqrt(variance);
        design(i, 0) = -omega_squared(group.frequency_Hz) * weight;
        design(i, bins[bin_of(group.temperature_K, lowest_K)]) = weight;
        right(i) = group.mean_N_per_m.real() * weight;
    }
    const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> solver(design);
    if (solver.rank() < unknowns) {
        return out;  // no temperature with two frequencies
    }
    const Eigen::VectorXd found = solver.solve(right);
    const Eigen::MatrixXd normal = design.transpose() * design;
    out.mass_kg = found(0);
    out.sigma_kg = std::sqrt(normal.inverse()(0, 0));
    out.residuals.chi2 = (design * found - right).squaredNorm();
    out.residuals.degrees = static_cast<double>(rows - unknowns);
    return out;
}

}  // namespace

Result<MadeCalibration> calibrate_empty(const std::vector<RawRun>& runs) {
    MadeCalibration made;
    std::vector<RawReading> readings;
    std::vector<const RawRun*> pointers;
    for (const RawRun& run : runs) {
        pointers.push_back(&run);
        readings.insert(readings.end(), run.readings.begin(), run.readings.end());
        made.set.runs.push_back(run.uuid);
    }
    const double lowest_K = lowest_temperature(pointers);
    std::size_t left_out = 0;
    const std::vector<RawGroup> groups = raw_groups(readings, lowest_K, left_out);
    if (groups.empty()) {
        return fail(
            Errc::invalid,
            "no frequency has " + std::to_string(readings_min) +
                " readings with force, displacement and phase",
            "empty run",
            "let it measure each frequency for some minutes"
        );
    }
    ChiSquared halves;
    for (const RawGroup& group : groups) {
        halves.chi2 += group.has_halves ? group.halves_chi2 : 0.0;
        halves.degrees += group.has_halves ? 2.0 : 0.0;
    }
    const double factor = halves.factor();
    const Inertia inertia = fit_inertia(groups, lowest_K, factor);
    record::Calibration& set = made.set;
    set.kind = "empty";
    set.columns = {"background_real_N_per_m", "background_imag_N_per_m"};
    set.numbers = {
        {"mass_kg", inertia.mass_kg, inertia.sigma_kg * std::sqrt(inertia.residuals.factor()), "kg"
        },
        {"chi2", inertia.residuals.chi2, record::unknown, ""},
        {"degrees_of_freedom", inertia.residuals.degrees, record::unknown, ""},
        {"drift_chi2", halves.chi2, record::unknown, ""},
        {"drift_degrees_of_freedom", halves.degrees, record::unknown, ""},
    };
    for (const RawGroup& group : groups) {
        record::CalibrationNode node;
        node.frequency_Hz = group.frequency_Hz;
        node.temperature_K = group.temperature_K;
        node.values = {
            group.mean_N_per_m.real() + inertia.mass_kg * omega_squared(group.frequency_Hz),
            group.mean_N_per_m.imag()
        };
        const double share = factor / static_cast<double>(group.n);
        node.covariance = {
            group.scatter.rr * share,
            group.scatter.ri * share,
            group.scatter.ri * share,
            group.scatter.ii * share
        };
        node.noise = std::sqrt(0.5 * (group.scatter.rr + group.scatter.ii)) * group.displacement_m;
        set.nodes.push_back(std::move(node));
    }
    if (factor > 1.0) {
        made.warnings.push_back(
            "the machine drifted during the run (chi2 " + to_text(halves.chi2) + " of " +
            to_text(halves.degrees) + "): all errors are larger by the root of " + to_text(factor)
        );
    }
    if (inertia.residuals.deviate() > 3.0) {
        made.warnings.emplace_back(
            "background less inertia changes with the frequency: between "
            "the measured frequencies the table is a guess"
        );
    }
    if (left_out > 0) {
        made.warnings.push_back(
            std::to_string(left_out) + " readings are too few for their frequency and temperature"
        );
    }
    return made;
}

}  // namespace relaxd::model
