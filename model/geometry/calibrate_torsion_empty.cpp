// SPDX-License-Identifier: MIT
//
// The pendulum without a specimen: exp(i omega tau) B(i omega) is what a forced oscillation shows,
// B(s) = 0 where it swings freely.
#include "model/geometry/calibrate_torsion.hpp"
#include "model/geometry/torsion_groups.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <utility>

namespace relaxd::model {

namespace {

using Background = PendulumBackground;

constexpr double two_pi = 2.0 * std::numbers::pi;
constexpr double loss_least = 1e-6;  // of the stiffness: a prior must have a width

Eigen::Index column(std::size_t k) {
    return static_cast<Eigen::Index>(k);
}

/// Data, priors and the size of things.
struct EmptyProblem {
    TorsionData data;
    bool takes_inertia = false;  ///< The nominal one, as a prior.
    Measured inertia_kg_m2;
    double loss_sigma_N_m = 0.0;
    Eigen::VectorXd scale;
};

std::size_t dampings(const TorsionData& data) {
    return std::max<std::size_t>(1, data.pressures_Pa.size());
}

Background background_at(const EmptyProblem& problem, const Eigen::VectorXd& p) {
    Background out;
    out.values.assign(p.data(), p.data() + p.size());
    if (problem.data.pressures_Pa.size() > 1) {
        out.pressures_Pa = problem.data.pressures_Pa;
    }
    return out;
}

double pressure_of(const EmptyProblem& problem, std::size_t k) {
    return problem.data.pressures_Pa.empty() ? record::unknown : problem.data.pressures_Pa[k];
}

Eigen::VectorXd residuals_of(const EmptyProblem& problem, const Eigen::VectorXd& p) {
    const TorsionData& data = problem.data;
    const Background model = background_at(problem, p);
    Eigen::VectorXd out(column(2 * (data.groups.size() + data.decays.size()) + 3));
    Eigen::Index at = 0;
    for (const TorsionGroup& one : data.groups) {
        const double omega = two_pi * one.group.frequency_Hz;
        const Complex shown = std::polar(1.0, omega * p(column(Background::delay))) *
                              model.at(Complex(0.0, omega), pressure_of(problem, one.pressure));
        const Complex missing = (one.group.mean_N_per_m - shown) / std::sqrt(one.variance);
        out(at++) = missing.real();
        out(at++) = missing.imag();
    }
    for (const TorsionDecay& one : data.decays) {
        const Complex sum = model.at(one.s_per_s, pressure_of(problem, one.pressure));
        // Weighted by these very parameters: else a smaller inertia would fit better.
        const Complex slope = 2.0 * p(column(Background::inertia)) * one.s_per_s +
                              p(column(Background::damping + one.pressure));
        decay_residuals(out, at, sum, slope, one);
        at += 2;
    }
    out(at++) = p(column(Background::wire_loss)) / problem.loss_sigma_N_m;
    out(at++) = p(column(Background::delay)) / delay_prior_s;
    const Measured& I = problem.inertia_kg_m2;
    out(at) = problem.takes_inertia
                  ? (p(column(Background::inertia)) - I.value) / std::max(I.sigma, 1e-9 * I.value)
                  : 0.0;
    return out;
}

/// Sizes from the data: the fit is linear in all but the delay, so the start does not matter.
void take_sizes(EmptyProblem& problem) {
    const TorsionData& data = problem.data;
    const double omega = two_pi * data.highest_Hz;
    double stiffness = 0.0;
    double lowest_Hz = data.highest_Hz;
    double at_lowest = 0.0;
    double loss = std::numeric_limits<double>::infinity();
    for (const TorsionGroup& one : data.groups) {
        const Complex K = one.group.mean_N_per_m;
        stiffness = std::max(stiffness, std::abs(K));
        if (one.group.frequency_Hz <= lowest_Hz) {
            lowest_Hz = one.group.frequency_Hz;
            at_lowest = std::abs(K);
            loss = std::abs(K.imag()) + 3.0 * std::sqrt(one.variance);
        }
    }
    for (const TorsionDecay& one : data.decays) {
        if (problem.inertia_kg_m2.value > 0.0) {
            const double size = problem.inertia_kg_m2.value * std::norm(one.s_per_s);
            stiffness = std::max(stiffness, size);
            at_lowest = std::max(at_lowest, size);
            const double decrement = std::abs(one.decrement) + 3.0 * one.decrement_sigma;
            loss = std::min(loss, size * decrement / std::numbers::pi);
        }
    }
    // No more of the loss is the wire's than there is at the lowest frequency.
    problem.loss_sigma_N_m =
        std::max(std::min(wire_tan_prior * at_lowest, loss), loss_least * at_lowest);
    problem.scale = Eigen::VectorXd::Constant(
        column(Background::damping + dampings(data)), 0.01 * stiffness / omega
    );
    problem.scale(column(Background::inertia)) = stiffness / (omega * omega);
    problem.scale(column(Background::wire)) = stiffness;
    problem.scale(column(Background::wire_loss)) = 0.01 * stiffness;
    problem.scale(column(Background::delay)) = 0.1 * delay_prior_s;
}

std::optional<JointFit> solved(const EmptyProblem& problem) {
    Eigen::VectorXd start = Eigen::VectorXd::Zero(problem.scale.size());
    for (const std::size_t k : {Background::inertia, Background::wire}) {
        start(column(k)) = problem.scale(column(k));
    }
    const Residuals residuals = [&problem](const Eigen::VectorXd& p) {
        return residuals_of(problem, p);
    };
    auto fit = joint_fit(residuals, std::move(start), problem.scale);
    if (fit) {
        fit->degrees -= problem.takes_inertia ? 0.0 : 1.0;  // its residual is no datum
    }
    return fit;
}

void put_set(
    record::Calibration& set, const EmptyProblem& problem, const JointFit& fit, double factor
) {
    const TorsionData& data = problem.data;
    set.kind = kind_pendulum_empty;
    set.clamp = torsion_clamp;
    set.columns = {"inertia_kg_m2", "wire_N_m", "wire_loss_N_m", "delay_s"};
    for (std::size_t k = 1; k <= dampings(data); ++k) {
        set.columns.push_back("damping_" + std::to_string(k) + "_N_m_s");
    }
    record::CalibrationNode node;
    double noise = 0.0;
    for (const TorsionGroup& one : data.groups) {
        const double variance = 0.5 * (one.group.scatter.rr + one.group.scatter.ii);
        noise += std::sqrt(variance) * one.group.displacement_m /
                 static_cast<double>(data.groups.size());
    }
    node.noise = data.groups.empty() ? record::unknown : noise;
    for (Eigen::Index a = 0; a < fit.value.size(); ++a) {
        node.values.push_back(fit.value(a));
        for (Eigen::Index b = 0; b < fit.value.size(); ++b) {
            node.covariance.push_back(fit.covariance(a, b) * factor);
        }
    }
    const double I = fit.value(column(Background::inertia));
    const double K = fit.value(column(Background::wire));
    set.nodes = {std::move(node)};
    if (I > 0.0 && K > 0.0) {
        set.numbers.push_back({"resonance_Hz", std::sqrt(K / I) / two_pi, record::unknown, "Hz"});
    }
    for (std::size_t k = 0; data.pressures_Pa.size() > 0 && k < data.pressures_Pa.size(); ++k) {
        set.numbers.push_back(
            {"pressure_" + std::to_string(k + 1) + "_Pa",
             data.pressures_Pa[k],
             record::unknown,
             "Pa"}
        );
    }
    set.numbers.push_back({number_lowest_Hz, data.lowest_Hz, record::unknown, "Hz"});
    set.numbers.push_back({number_highest_Hz, data.highest_Hz, record::unknown, "Hz"});
    set.numbers.push_back({"chi2", fit.chi2, record::unknown, ""});
    set.numbers.push_back({"degrees_of_freedom", fit.degrees, record::unknown, ""});
    set.numbers.push_back({"drift_chi2", data.drift.chi2, record::unknown, ""});
    set.numbers.push_back({"drift_degrees_of_freedom", data.drift.degrees, record::unknown, ""});
}

void say_what(MadeCalibration& made, const EmptyProblem& problem, const ChiSquared& residuals) {
    const TorsionData& data = problem.data;
    std::string& notes = made.set.notes;
    if (problem.takes_inertia) {
        notes =
            "free decay and one frequency tell stiffness and loss over the inertia only: the "
            "inertia is the instrument's own, " +
            to_text(problem.inertia_kg_m2.value) + " +- " + to_text(problem.inertia_kg_m2.sigma) +
            " kg m^2";
        if (!(problem.inertia_kg_m2.sigma > 0.0)) {
            made.warnings.emplace_back(
                "the instrument's inertia has no standard deviation (inertia_kg_m2_sigma): it "
                "counts as exact, and so do stiffness and loss"
            );
        }
    }
    if (data.drift.factor() > 1.0 || data.scatter.factor() > 1.0) {
        made.warnings.push_back(
            "the readings scatter or drift more than they say (drift: chi2 " +
            to_text(data.drift.chi2) + " of " + to_text(data.drift.degrees) +
            ", scatter: " + to_text(data.scatter.chi2) + " of " + to_text(data.scatter.degrees) +
            "): the errors are larger with them"
        );
    }
    if (residuals.factor() > 1.0) {
        made.warnings.push_back(
            "stiffness, inertia, damping and delay do not describe the empty pendulum (chi2 " +
            to_text(residuals.chi2) + " of " + to_text(residuals.degrees) +
            "): all errors are larger by the root of the ratio; was it settled, was it empty?"
        );
    }
    if (data.left_out > 0) {
        made.warnings.push_back(
            std::to_string(data.left_out) +
            " readings are too few for their frequency, pressure and temperature"
        );
    }
}

}  // namespace

Result<MadeCalibration> calibrate_pendulum_empty(const std::vector<TorsionRun>& runs) {
    EmptyProblem problem;
    MadeCalibration made;
    std::vector<const TorsionRun*> pointers;
    for (const TorsionRun& run : runs) {
        pointers.push_back(&run);
        made.set.runs.push_back(run.uuid);
        if (run.scale.is_known() != runs.front().scale.is_known() ||
            (run.scale.is_known() &&
             run.scale.stiffness_per_ratio_N_m() != runs.front().scale.stiffness_per_ratio_N_m())) {
            return fail(
                Errc::invalid,
                "the runs have different torque_N_m_per_V or angle_V_per_rad",
                "calibration",
                "make the set from runs with one wiring"
            );
        }
    }
    problem.data = torsion_data(pointers);
    if (problem.data.groups.empty() && problem.data.decays.empty()) {
        return fail(
            Errc::invalid,
            "no frequency has " + std::to_string(readings_min) +
                " readings with torque and angle, and nothing decays",
            "empty run",
            "let it measure each frequency three times or more"
        );
    }
    problem.inertia_kg_m2 = runs.front().inertia_kg_m2;
    problem.takes_inertia = problem.data.frequencies < 2;
    if (problem.takes_inertia && !(problem.inertia_kg_m2.value > 0.0)) {
        return fail(
            Errc::invalid,
            "one frequency or a free decay gives stiffness over inertia only, and the inertia is "
            "not known",
            "empty run",
            "measure at two frequencies or more, or say inertia_kg_m2 of the instrument"
        );
    }
    take_sizes(problem);
    const auto fit = solved(problem);
    if (!fit) {
        return fail(
            Errc::not_converged,
            "no inertia, stiffness and damping fit the empty pendulum",
            "calibration",
            "frequencies that differ by a factor of ten determine them"
        );
    }
    ChiSquared residuals;
    residuals.chi2 = fit->chi2;
    residuals.degrees = fit->degrees;
    put_set(made.set, problem, *fit, residuals.factor());
    const PendulumScale& scale = runs.front().scale;
    if (scale.is_known()) {
        made.set.numbers.push_back(
            {number_scale,
             scale.stiffness_per_ratio_N_m(),
             scale.stiffness_per_ratio_N_m() * scale.relative_sigma(),
             "N m"}
        );
    }
    say_what(made, problem, residuals);
    return made;
}

}  // namespace relaxd::model
