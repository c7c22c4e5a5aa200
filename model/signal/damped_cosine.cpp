// SPDX-License-Identifier: MIT
#include "model/signal/damped_cosine.hpp"

#include "model/fit/levenberg_marquardt.hpp"
#include "model/signal/signal_check.hpp"
#include "model/signal/window_fit.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {
namespace {

using Index = Eigen::Index;
using Complex = std::complex<double>;

constexpr Index linear = 5;   // a, b, 1, s, s^2
constexpr Index numbers = 7;  // with beta T and omega T
constexpr Index probes_a_side = 6;
constexpr double growth_max = 300.0;  // |beta T|: e^300 is still a number
constexpr double pi = std::numbers::pi;

// The samples of the range; time in units of its length.
struct Range {
    const record::WaveformChannel& channel;
    std::size_t first;
    std::size_t count;

    [[nodiscard]] double volt(std::size_t sample) const { return channel.volt(first + sample); }
    [[nodiscard]] double time(std::size_t sample) const {
        return static_cast<double>(sample) / static_cast<double>(count);
    }
    [[nodiscard]] double s(std::size_t sample) const { return 2.0 * time(sample) - 1.0; }
};

// The damped oscillation of unit amplitude.
Complex wave(double beta, double omega, double time) {
    return std::polar(std::exp(-beta * time), omega * time);
}

// The linear part at given beta and omega: columns Re w, -Im w, 1, s, s^2.
WindowProblem linear_problem(const Range& range, double beta, double omega) {
    WindowProblem problem;
    problem.rows = range.count;
    problem.columns = linear;
    problem.fill = [range, beta, omega](std::size_t first, Eigen::MatrixXd& block) {
        for (Index row = 0; row < block.rows(); ++row) {
            const std::size_t sample = first + static_cast<std::size_t>(row);
            const Complex w = wave(beta, omega, range.time(sample));
            const double s = range.s(sample);
            block(row, 0) = w.real();
            block(row, 1) = -w.imag();
            block(row, 2) = 1.0;
            block(row, 3) = s;
            block(row, 4) = s * s;
            block(row, 5) = range.volt(sample);
        }
    };
    return problem;
}

// p = beta T, omega T, a, b, c0, c1, c2: the row of derivatives, and the residual last.
WindowProblem tangent_problem(const Range& range, const Eigen::VectorXd& p) {
    WindowProblem problem;
    problem.rows = range.count;
    problem.columns = numbers;
    problem.fill = [range, p](std::size_t first, Eigen::MatrixXd& block) {
        const Complex amplitude(p[2], p[3]);
        for (Index row = 0; row < block.rows(); ++row) {
            const std::size_t sample = first + static_cast<std::size_t>(row);
            const double t = range.time(sample);
            const double s = range.s(sample);
            const Complex w = wave(p[0], p[1], t);
            const Complex moved = amplitude * w;
            block(row, 0) = -t * moved.real();
            block(row, 1) = -t * moved.imag();
            block(row, 2) = w.real();
            block(row, 3) = -w.imag();
            block(row, 4) = 1.0;
            block(row, 5) = s;
            block(row, 6) = s * s;
            block(row, 7) = range.volt(sample) - (moved.real() + p[4] + s * p[5] + s * s * p[6]);
        }
    };
    return problem;
}

class Misfit final : public Objective {
  public:
    explicit Misfit(const Range& range) : range_(range) {}

    bool evaluate(const Eigen::VectorXd& p, Evaluation& out) override {
        if (!p.allFinite() || std::abs(p[0]) > growth_max || !(p[1] > 0.0)) {
            return false;
        }
        const WindowProblem problem = tangent_problem(range_, p);
        out.cost = 0.0;
        out.gradient = Eigen::VectorXd::Zero(numbers);
        out.curvature = Eigen::MatrixXd::Zero(numbers, numbers);
        Eigen::MatrixXd block;
        constexpr std::size_t rows = 512;
        for (std::size_t first = 0; first < range_.count; first += rows) {
            block.resize(static_cast<Index>(std::min(rows, range_.count - first)), numbers + 1);
            problem.fill(first, block);
            const auto design = block.leftCols(numbers);
            const auto residual = block.col(numbers);
            out.cost += residual.squaredNorm();
            out.gradient -= design.transpose() * residual;
            out.curvature += design.transpose() * design;
        }
        return std::isfinite(out.cost) && out.gradient.allFinite() && out.curvature.allFinite();
    }

  private:
    Range range_;
};

// Damped quadratures beside the line, half a resolution of the damped range apart.
FillRows probes_of(
    const Range& range, const Eigen::VectorXd& p, double step, Index below, Index above
) {
    return [range, p, step, below, above](std::size_t first, Eigen::MatrixXd& block) {
        for (Index row = 0; row < block.rows(); ++row) {
            const double t = range.time(first + static_cast<std::size_t>(row));
            const Complex base = wave(p[0], p[1], t);
            const Complex turn = std::polar(1.0, step * t);
            Index column = 0;
            const auto put = [&block, &column, row](Complex value) {
                block(row, column++) = value.real();
                block(row, column++) = -value.imag();
            };
            Complex up = base;
            for (Index k = 0; k < above; ++k) {
                up *= turn;
                put(up);
            }
            Complex down = base;
            for (Index k = 0; k < below; ++k) {
                down *= std::conj(turn);
                put(down);
            }
        }
    };
}

// Sigmas of omega and of the decrement, from the residuals near the line.
bool put_errors(const Range& range, const Eigen::VectorXd& p, double length_s, DampedCosine& out) {
    const WindowProblem problem = tangent_problem(range, p);
    const std::optional<WindowFit> fit = fit_window(problem);
    if (!fit) {
        return false;
    }
    out.residual_rms_V = fit->residual_rms[0];
    // The length of an undamped range of the same energy, as a share.
    const double twice = 2.0 * p[0];
    const double share = std::abs(twice) > 1e-6 ? -std::expm1(-twice) / twice : 1.0;
    const double step = pi / std::min(share, 1.0);
    const auto lower = static_cast<Index>(std::floor((p[1] - pi) / step));
    const Index below = std::clamp<Index>(lower, 0, probes_a_side);
    const Index probes = 2 * (below + probes_a_side);
    const Probed probed =
        probe_residuals(problem, *fit, probes, probes_of(range, p, step, below, probes_a_side));
    const double variance = std::max(
        probed_variance(
            probed.seen.squaredNorm(),
            probed.energy.sum(),
            0.5 * share * static_cast<double>(range.count)
        ),
        rounding_variance(range.channel)
    );
    const Eigen::Matrix2d covariance = variance * fit->unit_covariance.topLeftCorner(2, 2);
    const Eigen::Vector2d slope(2.0 * pi / p[1], -2.0 * pi * p[0] / (p[1] * p[1]));
    out.omega_sigma_rad_s = std::sqrt(covariance(1, 1)) / length_s;
    out.decrement_sigma = std::sqrt(slope.dot(covariance * slope));
    return std::isfinite(out.decrement_sigma) && std::isfinite(out.omega_sigma_rad_s);
}

}  // namespace

double DampedCosine::decrement() const {
    return 2.0 * pi * beta_per_s / omega_rad_s;
}

std::optional<DampedCosine> fit_damped_cosine(
    const record::WaveformChannel& channel,
    double rate_Hz,
    std::size_t first,
    std::size_t count,
    const DampedCosine& start
) {
    const Range range{channel, first, count};
    const double length_s = static_cast<double>(count) / rate_Hz;
    const double beta = std::clamp(start.beta_per_s * length_s, -growth_max, growth_max);
    const double omega = start.omega_rad_s * length_s;
    const std::optional<WindowFit> begin = fit_window(linear_problem(range, beta, omega));
    if (!begin) {
        return std::nullopt;
    }
    Eigen::VectorXd p(numbers);
    p << beta, omega, begin->coefficients.col(0);
    Misfit misfit(range);
    SolverOptions options;
    options.polish = 2;
    // A thirtieth of the deviation that the rounding of the codes makes is far enough.
    options.decrement_absolute = 1e-3 * rounding_variance(channel);
    const SolverResult solved = minimize(misfit, p, options);
    if (!solved.converged()) {
        return std::nullopt;
    }
    DampedCosine out;
    out.beta_per_s = solved.p[0] / length_s;
    out.omega_rad_s = solved.p[1] / length_s;
    out.amplitude_V = Complex(solved.p[2], solved.p[3]);
    if (!put_errors(range, solved.p, length_s, out)) {
        return std::nullopt;
    }
    return out;
}

}  // namespace relaxd::model
