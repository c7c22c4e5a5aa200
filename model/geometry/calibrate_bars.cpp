// SPDX-License-Identifier: MIT
//
// Phase offset and complex compliance from elastic bars, at each frequency and temperature by
// itself: ln(K_a - B) = i phi - ln(1/K_bar + C). Unknown are phi, C' and C''; the data are size and
// phase of each bar's stiffness. What the bars' modulus, each bar's dimensions and the empty run
// leave uncertain is in the weights, so it is in the covariance of the result.
#include "model/geometry/calibrate.hpp"
#include "model/geometry/raw_groups.hpp"
#include "schema/base/number.hpp"

#include <Eigen/Dense>

#include <cmath>
#include <map>
#include <numbers>
#include <optional>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double reference_K = 298.15;
constexpr int steps_max = 50;

/// One bar's group at a node.
struct Seen {
    RawGroup group;
    Complex stiffness_N_per_m;     ///< Of the bar, by its modulus.
    double dimension_sigma = 0.0;  ///< Relative.
};

struct Node {
    std::vector<Seen> bars;
    Complex background;
    Covariance2 background_covariance;
    double modulus_sigma = 0.0;  ///< Relative, of all bars alike.
    double factor = 1.0;         ///< On the variances of the means.
};

struct FrameFit {
    Eigen::Vector3d value;  ///< phi, C', C''.
    Eigen::Matrix3d covariance;
    ChiSquared residuals;
};

/// What an error dz of ln K_a is to (size, phase): a complex factor as a 2 x 2 matrix.
Eigen::Matrix2d turning(Complex z) {
    Eigen::Matrix2d m;
    m << z.real(), -z.imag(), z.imag(), z.real();
    return m;
}

Eigen::Matrix2d matrix_of(const Covariance2& c) {
    Eigen::Matrix2d m;
    m << c.rr, c.ri, c.ri, c.ii;
    return m;
}

class FrameFitter {
  public:
    explicit FrameFitter(const Node& node)
        : node_(node), rows_(2 * static_cast<Eigen::Index>(node.bars.size()) + 1) {}

    [[nodiscard]] std::optional<FrameFit> solve() {
        // Start: a real compliance from the first bar.
        const Seen& first = node_.bars.front();
        const Complex carried = first.group.mean_N_per_m - node_.background;
        Eigen::Vector3d p;
        p << std::arg(carried) - std::arg(first.stiffness_N_per_m),
            1.0 / std::abs(carried) - 1.0 / std::abs(first.stiffness_N_per_m), 0.0;
        loss_sigma_ =
            frame_loss_sigma * std::max(std::abs(p(1)), 1e-3 / std::abs(first.stiffness_N_per_m));
        Eigen::MatrixXd slopes(rows_, 3);
        Eigen::VectorXd residuals(rows_);
        for (int step = 0; step < steps_max; ++step) {
            const Eigen::MatrixXd weights = look(p, residuals, slopes).inverse();
            const Eigen::Matrix3d normal = scaled(slopes.transpose() * weights * slopes);
            const Eigen::Vector3d right =
                scale_.asDiagonal() * (slopes.transpose() * weights * residuals);
            const Eigen::Vector3d change = scale_.asDiagonal() * normal.ldlt().solve(right);
            if (!change.allFinite()) {
                return std::nullopt;
            }
            p += change;
            if (step + 1 == steps_max ||
                (change.array() / scale_.array()).abs().maxCoeff() < 1e-10) {
                break;
            }
        }
        const Eigen::MatrixXd weights = look(p, residuals, slopes).inverse();
        const Eigen::Matrix3d normal = scaled(slopes.transpose() * weights * slopes);
        FrameFit out;
        out.value = p;
        out.covariance = scale_.asDiagonal() * normal.inverse() * scale_.asDiagonal();
        out.residuals.chi2 = residuals.dot(weights * residuals);
        out.residuals.degrees = static_cast<double>(rows_ - 3);
        return out.covariance.allFinite() ? std::optional(out) : std::nullopt;
    }

  private:
    /// Of order one in phi and in C: 1 and the first bar's compliance.
    Eigen::Matrix3d scaled(const Eigen::Matrix3d& normal) {
        const double c = 1.0 / std::abs(node_.bars.front().stiffness_N_per_m);
        scale_ << 1.0, c, c;
        return scale_.asDiagonal() * normal * scale_.asDiagonal();
    }

    /// Residuals and slopes at p; the covariance of the data.
    Eigen::MatrixXd look(
        const Eigen::Vector3d& p, Eigen::VectorXd& residuals, Eigen::MatrixXd& slopes
    ) const {
        Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(rows_, rows_);
        Eigen::VectorXd of_modulus = Eigen::VectorXd::Zero(rows_);
        Eigen::MatrixXd of_background = Eigen::MatrixXd::Zero(rows_, 2);
        slopes.setZero();
        Eigen::Index at = 0;
        for (const Seen& bar : node_.bars) {
            const Complex carried = bar.group.mean_N_per_m - node_.background;
            const Complex K = bar.stiffness_N_per_m;
            const Complex series = 1.0 / (1.0 / K + Complex(p(1), p(2)));
            const Complex expected = std::log(series) + Complex(0.0, p(0));
            const Complex missing = std::log(carried) - expected;
            residuals(at) = missing.real();
            residuals(at + 1) = std::remainder(missing.imag(), 2.0 * std::numbers::pi);
            const Complex of_stiffness = series / K;  // d ln(series) / d ln K
            slopes(at + 1, 0) = 1.0;
            slopes.block<2, 1>(at, 1) << -series.real(), -series.imag();
            slopes.block<2, 1>(at, 2) << series.imag(), -series.real();
            const Eigen::Matrix2d turn = turning(1.0 / carried);
            const double share = node_.factor / static_cast<double>(bar.group.n);
            Eigen::Matrix2d own = turn * matrix_of(bar.group.scatter) * turn.transpose() * share;
            Eigen::Vector2d of_size(of_stiffness.real(), of_stiffness.imag());
            own += of_size * of_size.transpose() * bar.dimension_sigma * bar.dimension_sigma;
            own.diagonal().array() += 1e-20;  // noiseless simulations
            covariance.block<2, 2>(at, at) = own;
            of_modulus.segment<2>(at) = of_size;
            of_background.block<2, 2>(at, 0) = -turn;
            at += 2;
        }
        residuals(at) = -p(2);
        slopes(at, 2) = 1.0;
        covariance(at, at) = loss_sigma_ * loss_sigma_;
        covariance +=
            of_modulus * of_modulus.transpose() * node_.modulus_sigma * node_.modulus_sigma;
        covariance +=
            of_background * matrix_of(node_.background_covariance) * of_background.transpose();
        return covariance;
    }

    const Node& node_;
    Eigen::Index rows_;
    double loss_sigma_ = 0.0;
    Eigen::Vector3d scale_ = Eigen::Vector3d::Ones();
};

using Nodes = std::map<std::pair<double, long long>, Node>;

Complex stiffness_of_bar(const BarModulus& modulus, double per_stiffness, double temperature_K) {
    const double E =
        modulus.modulus_Pa.value * (1.0 + modulus.slope_per_K * (temperature_K - reference_K));
    return Complex(E, E * modulus.tan_delta) / per_stiffness;
}

Result<Nodes> nodes_of(
    Clamp clamp,
    const std::vector<BarRun>& bars,
    const BarModulus& modulus,
    double lowest_K,
    std::size_t& left_out
) {
    Nodes nodes;
    for (const BarRun& bar : bars) {
        const auto factors = clamp_factors(clamp, bar.numbers);
        if (!factors) {
            return fail(factors.error());
        }
        for (RawGroup& group : raw_groups(bar.run.readings, lowest_K, left_out)) {
            Seen seen;
            seen.stiffness_N_per_m =
                stiffness_of_bar(modulus, factors->modulus_per_stiffness, group.temperature_K);
            seen.dimension_sigma = factors->relative_sigma;
            Node& node = nodes[{group.frequency_Hz, bin_of(group.temperature_K, lowest_K)}];
            seen.group = std::move(group);
            node.bars.push_back(std::move(seen));
        }
    }
    return nodes;
}

Result<void> add_background(Node& node, double frequency_Hz, const record::Calibration& empty) {
    const auto at =
        record::calibration_at(empty, frequency_Hz, node.bars.front().group.temperature_K);
    if (!at) {
        return fail(at.error());
    }
    const record::CalibrationNumber* mass = empty.number("mass_kg");
    const double omega = 2.0 * std::numbers::pi * frequency_Hz;
    const double inertia = mass == nullptr ? 0.0 : mass->value * omega * omega;
    node.background = Complex(at->values[0] - inertia, at->values[1]);
    node.background_covariance = {at->covariance[0], at->covariance[1], at->covariance[3]};
    return {};
}

record::CalibrationNode row_of(double frequency_Hz, const Node& node, const FrameFit& fit) {
    record::CalibrationNode row;
    row.frequency_Hz = frequency_Hz;
    row.noise = 0.0;
    const auto n = static_cast<double>(node.bars.size());
    double temperature_K = 0.0;
    for (const Seen& bar : node.bars) {
        temperature_K += bar.group.temperature_K / n;
        const double relative = std::sqrt(0.5 * (bar.group.scatter.rr + bar.group.scatter.ii)) /
                                std::abs(bar.group.mean_N_per_m);
        row.noise += relative * bar.group.displacement_m / n;
    }
    row.temperature_K = temperature_K;
    row.values = {fit.value(0), fit.value(1), fit.value(2)};
    for (Eigen::Index i = 0; i < 3; ++i) {
        for (Eigen::Index j = 0; j < 3; ++j) {
            row.covariance.push_back(fit.covariance(i, j));
        }
    }
    return row;
}

ChiSquared drift_of(const Nodes& nodes) {
    ChiSquared sum;
    for (const auto& [place, node] : nodes) {
        for (const Seen& bar : node.bars) {
            sum.chi2 += bar.group.has_halves ? bar.group.halves_chi2 : 0.0;
            sum.degrees += bar.group.has_halves ? 2.0 : 0.0;
        }
    }
    return sum;
}

void warn(
    MadeCalibration& made,
    const ChiSquared& residuals,
    const ChiSquared& drift,
    std::size_t left_out,
    bool has_empty
) {
    if (drift.factor() > 1.0) {
        made.warnings.push_back(
            "the machine drifted during the runs (chi2 " + to_text(drift.chi2) + " of " +
            to_text(drift.degrees) + "): the scatter counts with the root of " +
            to_text(drift.factor())
        );
    }
    if (residuals.factor() > 1.0) {
        made.warnings.push_back(
            "the bars do not agree (chi2 " + to_text(residuals.chi2) + " of " +
            to_text(residuals.degrees) +
            "): all errors are larger by the root of the ratio; check dimensions and clamping"
        );
    }
    if (left_out > 0) {
        made.warnings.push_back(
            std::to_string(left_out) + " readings are too few for their frequency and temperature"
        );
    }
    if (!has_empty) {
        made.warnings.emplace_back(
            "no empty run is subtracted: inertia and background are taken "
            "for compliance, which is right for no other specimen"
        );
    }
}

}  // namespace

Result<MadeCalibration> calibrate_bars(
    const std::string& clamp_word,
    const std::vector<BarRun>& bars,
    const BarModulus& modulus,
    const record::Calibration* empty
) {
    const auto clamp = clamp_from(clamp_word);
    if (!clamp) {
        return fail(clamp.error());
    }
    if (!(modulus.modulus_Pa.value > 0.0) || !(modulus.modulus_Pa.sigma >= 0.0)) {
        return fail(Errc::invalid, "the bar's modulus must be above 0", "--modulus", "in Pa");
    }
    std::vector<const RawRun*> pointers;
    MadeCalibration made;
    for (const BarRun& bar : bars) {
        pointers.push_back(&bar.run);
        made.set.runs.push_back(bar.run.uuid);
    }
    std::size_t left_out = 0;
    auto nodes = nodes_of(*clamp, bars, modulus, lowest_temperature(pointers), left_out);
    if (!nodes) {
        return fail(nodes.error());
    }
    if (nodes->empty()) {
        return fail(
            Errc::invalid,
            "no frequency has " + std::to_string(readings_min) +
                " readings with force, displacement and phase",
            "bar run",
            "let it measure each frequency for some minutes"
        );
    }
    const ChiSquared drift = drift_of(*nodes);
    ChiSquared residuals;
    record::Calibration& set = made.set;
    for (auto& [place, node] : *nodes) {
        node.modulus_sigma = modulus.modulus_Pa.sigma / modulus.modulus_Pa.value;
        node.factor = drift.factor();
        if (empty != nullptr) {
            if (const auto done = add_background(node, place.first, *empty); !done) {
                return fail(done.error());
            }
        }
        const auto fit = FrameFitter(node).solve();
        if (!fit) {
            return fail(
                Errc::not_converged,
                "no frame fits the bars at " + to_text(place.first) + " Hz",
                "calibration",
                "is the bar's modulus in Pa, and are its dimensions right?"
            );
        }
        if (node.bars.size() > 1) {
            residuals.chi2 += fit->residuals.chi2;
            residuals.degrees += fit->residuals.degrees;
        }
        set.nodes.push_back(row_of(place.first, node, *fit));
    }
    for (record::CalibrationNode& row : set.nodes) {
        for (double& one : row.covariance) {
            one *= residuals.factor();
        }
    }
    set.kind = "steel";
    set.clamp = clamp_word;
    set.columns = {"phase_offset_rad", "compliance_real_m_per_N", "compliance_imag_m_per_N"};
    set.numbers = {
        {"modulus_Pa", modulus.modulus_Pa.value, modulus.modulus_Pa.sigma, "Pa"},
        {"modulus_slope_per_K", modulus.slope_per_K, record::unknown, "1/K"},
        {"tan_delta", modulus.tan_delta, record::unknown, ""},
        {"frame_loss_prior", 0.0, frame_loss_sigma, ""},
        {"chi2", residuals.chi2, record::unknown, ""},
        {"degrees_of_freedom", residuals.degrees, record::unknown, ""},
        {"drift_chi2", drift.chi2, record::unknown, ""},
        {"drift_degrees_of_freedom", drift.degrees, record::unknown, ""},
    };
    set.notes = empty == nullptr
                    ? std::string("without an empty run")
                    : "with " + empty->name + " version " + std::to_string(empty->version);
    warn(made, residuals, drift, left_out, empty != nullptr);
    return made;
}

}  // namespace relaxd::model
