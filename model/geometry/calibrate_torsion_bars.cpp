// SPDX-License-Identifier: MIT
//
// Phase of the electronics and compliance of the clamps from elastic bars, jointly over all bars
// and frequencies: K_shown = exp(i phi_f) [B + 1/(1/K_bar + C)], and B(s) + K_carried = 0 where a
// bar swings freely. Modulus, each bar's dimensions, the scale of torque over angle and the empty
// pendulum are unknowns too, known as well as they are said to be: so what they leave uncertain is
// in the covariance of the result.
#include "model/geometry/calibrate_torsion.hpp"
#include "model/geometry/torsion_groups.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <string>
#include <utility>

namespace relaxd::model {

namespace {

using Background = PendulumBackground;

constexpr double two_pi = 2.0 * std::numbers::pi;
constexpr double reference_K = 298.15;
constexpr double phase_prior_rad = 0.5;  // wide: chosen
constexpr double exact = 1e-9;           // a relative s.d. that is said to be 0
constexpr double differs = 3.0;          // standard deviations

struct Bar {
    TorsionData data;
    record::Specimen specimen;
    double J_over_L_sigma = 0.0;
};

/// Where the unknowns are: C', C'', ln of the common factor, ln of each bar's, phases, background.
struct Layout {
    Eigen::Index bars = 0;
    Eigen::Index phases = 0;
    std::vector<std::size_t> background;  ///< Those of its parameters that are not exact.
    [[nodiscard]] Eigen::Index bar(std::size_t k) const { return 3 + static_cast<Eigen::Index>(k); }
    [[nodiscard]] Eigen::Index phase(Eigen::Index k) const { return 3 + bars + k; }
    [[nodiscard]] Eigen::Index of_background(std::size_t k) const {
        return 3 + bars + phases + static_cast<Eigen::Index>(k);
    }
    [[nodiscard]] Eigen::Index size() const { return of_background(background.size()); }
};

struct BarProblem {
    std::vector<Bar> bars;
    std::map<double, Eigen::Index> frequencies;
    BarModulus modulus;
    Background machine;
    double common_sigma = 0.0;  ///< Relative: modulus and scale.
    double stiffness_N_m = 0.0;
    double loss_sigma = 0.0;  ///< Of C''.
    Layout layout;
    Eigen::MatrixXd whiten;  ///< Of the background.
    Eigen::Index rows = 0;
};

Complex bar_stiffness(const BarProblem& problem, const Bar& bar, double temperature_K) {
    const auto factors = torsion_factors(bar.specimen, temperature_K);
    const double G = problem.modulus.modulus_Pa.value *
                     (1.0 + problem.modulus.slope_per_K * (temperature_K - reference_K));
    return Complex(G, G * problem.modulus.tan_delta) * (factors ? factors->J_over_L_m3 : 1.0);
}

Eigen::VectorXd residuals_of(const BarProblem& problem, const Eigen::VectorXd& p) {
    const Layout& at = problem.layout;
    Background machine = problem.machine;
    Eigen::VectorXd moved(static_cast<Eigen::Index>(at.background.size()));
    for (std::size_t k = 0; k < at.background.size(); ++k) {
        machine.values[at.background[k]] += p(at.of_background(k));
        moved(static_cast<Eigen::Index>(k)) = p(at.of_background(k));
    }
    const Complex C(p(0), p(1));
    Eigen::VectorXd out(problem.rows);
    Eigen::Index row = 0;
    for (std::size_t k = 0; k < problem.bars.size(); ++k) {
        const Bar& bar = problem.bars[k];
        const double factor = std::exp(p(2) + p(at.bar(k)));
        const auto carried = [&](double temperature_K) {
            return 1.0 / (1.0 / (factor * bar_stiffness(problem, bar, temperature_K)) + C);
        };
        for (const TorsionGroup& one : bar.data.groups) {
            const double f = one.group.frequency_Hz;
            const Complex shown = std::polar(1.0, p(at.phase(problem.frequencies.at(f)))) *
                                  (machine.at(Complex(0.0, two_pi * f), one.pressure_Pa) +
                                   carried(one.group.temperature_K));
            const Complex missing = (one.group.mean_N_per_m - shown) / std::sqrt(one.variance);
            out(row++) = missing.real();
            out(row++) = missing.imag();
        }
        for (const TorsionDecay& one : bar.data.decays) {
            const Complex sum =
                machine.at(one.s_per_s, one.pressure_Pa) + carried(one.temperature_K);
            const Complex slope = 2.0 * machine.values[Background::inertia] * one.s_per_s +
                                  machine.values[Background::damping];
            decay_residuals(out, row, sum, slope, one);
            row += 2;
        }
        out(row++) = p(at.bar(k)) / std::max(bar.J_over_L_sigma, exact);
    }
    out(row++) = p(1) / problem.loss_sigma;
    out(row++) = p(2) / std::max(problem.common_sigma, exact);
    for (Eigen::Index k = 0; k < at.phases; ++k) {
        out(row++) = p(at.phase(k)) / phase_prior_rad;
    }
    if (moved.size() > 0) {
        out.segment(row, moved.size()) = problem.whiten * moved;
    }
    return out;
}

void lay_out(BarProblem& problem) {
    Layout& at = problem.layout;
    at.bars = static_cast<Eigen::Index>(problem.bars.size());
    at.phases = static_cast<Eigen::Index>(problem.frequencies.size());
    const std::size_t n = problem.machine.size();
    for (std::size_t k = 0; k < n; ++k) {
        if (problem.machine.covariance[k * n + k] > 0.0 && k != Background::delay) {
            at.background.push_back(k);
        }
    }
    const auto m = static_cast<Eigen::Index>(at.background.size());
    Eigen::MatrixXd covariance(m, m);
    for (Eigen::Index a = 0; a < m; ++a) {
        for (Eigen::Index b = 0; b < m; ++b) {
            covariance(a, b) = problem.machine.covariance
                                   [at.background[static_cast<std::size_t>(a)] * n +
                                    at.background[static_cast<std::size_t>(b)]];
        }
    }
    problem.whiten = m > 0 ? whitening(covariance) : covariance;
    problem.rows = 2 + at.bars + at.phases + m;
    for (const Bar& bar : problem.bars) {
        problem.rows +=
            2 * static_cast<Eigen::Index>(bar.data.groups.size() + bar.data.decays.size());
    }
}

/// The frame's loss is 0 with `frame_loss_sigma` of its compliance; where that is not known yet, of
/// a per cent of the bar's.
std::optional<JointFit> solved(BarProblem& problem) {
    const Layout& at = problem.layout;
    const double bar = 1.0 / problem.stiffness_N_m;
    Eigen::VectorXd scale = Eigen::VectorXd::Constant(at.size(), 1e-3);
    scale(0) = scale(1) = 1e-2 * bar;
    for (std::size_t k = 0; k < at.background.size(); ++k) {
        const std::size_t one = at.background[k];
        scale(at.of_background(k)) =
            std::sqrt(problem.machine.covariance[one * (problem.machine.size() + 1)]);
    }
    Eigen::VectorXd start = Eigen::VectorXd::Zero(at.size());
    problem.loss_sigma = frame_loss_sigma * 1e-2 * bar;
    std::optional<JointFit> fit;
    for (int round = 0; round < 2; ++round) {
        const Residuals residuals = [&problem](const Eigen::VectorXd& p) {
            return residuals_of(problem, p);
        };
        fit = joint_fit(residuals, start, scale);
        if (!fit) {
            return std::nullopt;
        }
        start = fit->value;
        problem.loss_sigma = frame_loss_sigma * std::max(std::abs(fit->value(0)), 1e-3 * bar);
    }
    return fit;
}

/// phi = omega tau through the origin, by weighted least squares.
Measured delay_of(const BarProblem& problem, const JointFit& fit) {
    double up = 0.0;
    double down = 0.0;
    for (const auto& [f, k] : problem.frequencies) {
        const Eigen::Index at = problem.layout.phase(k);
        const double omega = two_pi * f;
        const double weight = 1.0 / std::max(fit.covariance(at, at), 1e-30);
        up += weight * omega * fit.value(at);
        down += weight * omega * omega;
    }
    return {up / down, 1.0 / std::sqrt(down)};
}

/// What bars and frequencies say of the inertia without the empty pendulum's: posterior less prior.
Measured inertia_by_bars(const BarProblem& problem, const JointFit& fit) {
    const Layout& at = problem.layout;
    if (at.background.empty() || at.background.front() != Background::inertia) {
        return {};
    }
    const double prior = problem.machine.covariance.front();
    const double posterior = fit.covariance(at.of_background(0), at.of_background(0));
    const double weight = 1.0 / posterior - 1.0 / prior;
    if (!(weight > 0.01 / prior)) {
        return {};  // they say nothing
    }
    const double moved = fit.value(at.of_background(0)) / posterior / weight;
    return {problem.machine.values[Background::inertia] + moved, 1.0 / std::sqrt(weight)};
}

void put_rows(
    record::Calibration& set,
    const BarProblem& problem,
    const JointFit& fit,
    const Measured& delay,
    double factor
) {
    set.kind = kind_pendulum_bar;
    set.clamp = torsion_clamp;
    set.columns = {
        "phase_beyond_delay_rad", "compliance_real_rad_per_N_m", "compliance_imag_rad_per_N_m"
    };
    for (const auto& [f, k] : problem.frequencies) {
        const std::array<Eigen::Index, 3> at{problem.layout.phase(k), 0, 1};
        record::CalibrationNode row;
        row.frequency_Hz = f;
        row.values = {
            fit.value(at[0]) - two_pi * f * delay.value, fit.value(at[1]), fit.value(at[2])
        };
        for (const Eigen::Index a : at) {
            for (const Eigen::Index b : at) {
                row.covariance.push_back(fit.covariance(a, b) * factor);
            }
        }
        double noise = 0.0;
        double n = 0.0;
        for (const Bar& bar : problem.bars) {
            for (const TorsionGroup& one : bar.data.groups) {
                if (one.group.frequency_Hz == f) {
                    const double sigma =
                        std::sqrt(0.5 * (one.group.scatter.rr + one.group.scatter.ii));
                    noise += sigma / std::abs(one.group.mean_N_per_m) * one.group.displacement_m;
                    n += 1.0;
                }
            }
        }
        row.noise = n > 0.0 ? noise / n : record::unknown;
        set.nodes.push_back(std::move(row));
    }
}

void say_what(MadeCalibration& made, const BarProblem& problem, const ChiSquared& residuals) {
    ChiSquared drift;
    ChiSquared scatter;
    std::size_t left_out = 0;
    for (const Bar& bar : problem.bars) {
        drift.chi2 += bar.data.drift.chi2;
        drift.degrees += bar.data.drift.degrees;
        scatter.chi2 += bar.data.scatter.chi2;
        scatter.degrees += bar.data.scatter.degrees;
        left_out += bar.data.left_out;
    }
    std::vector<record::CalibrationNumber>& numbers = made.set.numbers;
    numbers.push_back({"chi2", residuals.chi2, record::unknown, ""});
    numbers.push_back({"degrees_of_freedom", residuals.degrees, record::unknown, ""});
    numbers.push_back({"drift_chi2", drift.chi2, record::unknown, ""});
    numbers.push_back({"drift_degrees_of_freedom", drift.degrees, record::unknown, ""});
    if (drift.factor() > 1.0 || scatter.factor() > 1.0) {
        made.warnings.push_back(
            "the readings scatter or drift more than they say (drift: chi2 " + to_text(drift.chi2) +
            " of " + to_text(drift.degrees) + ", scatter: " + to_text(scatter.chi2) + " of " +
            to_text(scatter.degrees) + "): the errors are larger with them"
        );
    }
    if (residuals.factor() > 1.0) {
        made.warnings.push_back(
            "bars, clamp and empty pendulum do not agree (chi2 " + to_text(residuals.chi2) +
            " of " + to_text(residuals.degrees) +
            "): all errors are larger by the root of the ratio; check dimensions and clamping"
        );
    }
    if (left_out > 0) {
        made.warnings.push_back(
            std::to_string(left_out) +
            " readings are too few for their frequency, pressure and temperature"
        );
    }
    const bool has_modulus_error = problem.common_sigma > 0.0;
    if (problem.bars.size() == 1) {
        made.warnings.push_back(
            std::string("one bar: the clamp's compliance is known only as well as the bar's ") +
            (has_modulus_error ? "modulus and dimensions" : "dimensions") +
            ", its loss not at all; a second bar of other thickness decides"
        );
    }
}

Result<BarProblem> problem_of(
    const std::vector<TorsionBarRun>& bars,
    const BarModulus& modulus,
    const PendulumBackground& machine
) {
    BarProblem problem;
    problem.modulus = modulus;
    problem.machine = machine;
    for (const TorsionBarRun& one : bars) {
        const auto factors = torsion_factors(one.bar, record::unknown);
        if (!factors) {
            return fail(factors.error());
        }
        Bar bar;
        bar.data = torsion_data({&one.run});
        bar.specimen = one.bar;
        bar.J_over_L_sigma = factors->J_over_L_relative_sigma;
        for (const TorsionGroup& group : bar.data.groups) {
            problem.frequencies.emplace(group.group.frequency_Hz, 0);
        }
        problem.bars.push_back(std::move(bar));
    }
    Eigen::Index next = 0;
    for (auto& [f, place] : problem.frequencies) {
        place = next++;
    }
    if (problem.frequencies.empty()) {
        return fail(
            Errc::invalid,
            "no frequency has " + std::to_string(readings_min) + " readings with torque and angle",
            "bar run",
            "let it measure each frequency three times or more; decays alone show no phase"
        );
    }
    problem.common_sigma = std::hypot(
        modulus.modulus_Pa.sigma / modulus.modulus_Pa.value, bars.front().run.scale.relative_sigma()
    );
    problem.stiffness_N_m = std::abs(bar_stiffness(problem, problem.bars.front(), reference_K));
    lay_out(problem);
    return problem;
}

}  // namespace

Result<MadeCalibration> calibrate_pendulum_bars(
    const std::vector<TorsionBarRun>& bars,
    const BarModulus& modulus,
    const PendulumBackground& machine,
    const std::string& machine_name
) {
    if (!(modulus.modulus_Pa.value > 0.0) || !(modulus.modulus_Pa.sigma >= 0.0)) {
        return fail(Errc::invalid, "the bar's modulus must be above 0", "--modulus", "G in Pa");
    }
    if (bars.empty()) {
        return fail(Errc::invalid, "a set is made from the run of a bar", "--run", "name one");
    }
    auto problem = problem_of(bars, modulus, machine);
    if (!problem) {
        return fail(problem.error());
    }
    const auto fit = solved(*problem);
    if (!fit) {
        return fail(
            Errc::not_converged,
            "no phase and no clamp fit the bars",
            "calibration",
            "is the modulus the shear modulus in Pa, and are the bars' dimensions right?"
        );
    }
    MadeCalibration made;
    for (const TorsionBarRun& one : bars) {
        made.set.runs.push_back(one.run.uuid);
    }
    ChiSquared residuals;
    residuals.chi2 = fit->chi2;
    residuals.degrees = fit->degrees;
    const Measured delay = delay_of(*problem, *fit);
    put_rows(made.set, *problem, *fit, delay, residuals.factor());
    const double grown = std::sqrt(residuals.factor());
    made.set.numbers = {
        {number_delay, delay.value, delay.sigma * grown, "s"},
        {"modulus_Pa", modulus.modulus_Pa.value, modulus.modulus_Pa.sigma, "Pa"},
        {"modulus_slope_per_K", modulus.slope_per_K, record::unknown, "1/K"},
        {"tan_delta", modulus.tan_delta, record::unknown, ""},
        {"frame_loss_prior", 0.0, frame_loss_sigma, ""},
    };
    const PendulumScale& scale = bars.front().run.scale;
    if (scale.is_known()) {
        made.set.numbers.push_back(
            {number_scale,
             scale.stiffness_per_ratio_N_m(),
             scale.stiffness_per_ratio_N_m() * scale.relative_sigma(),
             "N m"}
        );
    }
    made.set.notes = "with " + machine_name;
    const Measured I = inertia_by_bars(*problem, *fit);
    if (std::isfinite(I.value)) {
        const double own = machine.values[Background::inertia];
        const double sigma = std::hypot(I.sigma, std::sqrt(machine.covariance.front()));
        made.set.numbers.push_back({"inertia_by_bars_kg_m2", I.value, I.sigma * grown, "kg m^2"});
        if (std::abs(I.value - own) > differs * sigma) {
            made.warnings.push_back(
                "the bars say an inertia of " + to_text(I.value) + " +- " + to_text(I.sigma) +
                " kg m^2, the empty pendulum " + to_text(own) + ": is a clamp's part missing in it?"
            );
        }
    }
    say_what(made, *problem, residuals);
    return made;
}

}  // namespace relaxd::model
