// SPDX-License-Identifier: MIT
#include "model/signal/steady.hpp"

#include "model/signal/signal_check.hpp"
#include "model/signal/window_fit.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {
namespace {

constexpr std::size_t batches = 16;
constexpr std::size_t samples_min = 3 * batches;

// Means of 1, s, s^2 and of both channels over each batch: the same least squares, of 16 rows.
class Batches {
  public:
    Batches(
        std::size_t samples,
        const record::WaveformChannel& angle,
        const record::WaveformChannel& torque
    )
        : rows_(Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(batches), 5)) {
        const double middle = 0.5 * (static_cast<double>(samples) - 1.0);
        for (std::size_t b = 0; b < batches; ++b) {
            const std::size_t first = b * samples / batches;
            const std::size_t end = (b + 1) * samples / batches;
            auto row = rows_.row(static_cast<Eigen::Index>(b));
            for (std::size_t i = first; i < end; ++i) {
                const double s = (static_cast<double>(i) - middle) / middle;
                row[0] += 1.0;
                row[1] += s;
                row[2] += s * s;
                row[3] += angle.volt(i);
                row[4] += torque.volt(i);
            }
            row /= static_cast<double>(end - first);
        }
    }
    [[nodiscard]] const Eigen::MatrixXd& rows() const { return rows_; }

  private:
    Eigen::MatrixXd rows_;
};

// By how much the variance of a mean grows because neighbours are alike: (1 + r)/(1 - r) of a
// first-order process with what two neighbouring residuals share.
double shared_by_neighbours(const Eigen::VectorXd& residual) {
    const double all = residual.squaredNorm();
    const Eigen::Index n = residual.size();
    if (!(all > 0.0)) {
        return 1.0;
    }
    const double shared = residual.head(n - 1).dot(residual.tail(n - 1)) / all;
    // Residuals of three fitted numbers: even independent ones share about -3/n.
    const double r = std::clamp(shared + 3.0 / static_cast<double>(n), 0.0, 0.8);
    return (1.0 + r) / (1.0 - r);
}

SteadyFit channel_of(
    const Batches& all,
    const WindowFit& fit,
    Eigen::Index number,
    const record::WaveformChannel& channel,
    double unit_s
) {
    SteadyFit out;
    const auto coefficients = fit.coefficients.col(number);
    const Eigen::VectorXd residual =
        all.rows().col(3 + number) - all.rows().leftCols(3) * coefficients;
    const double freedom = static_cast<double>(batches) - 3.0;
    const double a_batch = static_cast<double>(channel.codes.size()) / static_cast<double>(batches);
    // freedom/(freedom - 2): errors over their estimated deviation have a deviation of 1.
    const double variance = std::max(
        residual.squaredNorm() / (freedom - 2.0) * shared_by_neighbours(residual),
        rounding_variance(channel) / a_batch
    );
    out.value_V = coefficients[0];
    out.sigma_V = std::sqrt(variance * fit.unit_covariance(0, 0));
    out.drift_V_per_s = coefficients[1] / unit_s;
    out.drift_sigma_V_per_s = std::sqrt(variance * fit.unit_covariance(1, 1)) / unit_s;
    out.clipped_share = clipped_share(channel);
    return out;
}

}  // namespace

Result<Steady> fit_steady(const record::Waveform& waveform) {
    const auto angle = usable_channel(waveform, "angle");
    const auto torque = usable_channel(waveform, "torque");
    for (const auto* channel : {&angle, &torque}) {
        if (!*channel) {
            return fail(channel->error());
        }
    }
    const std::size_t samples = waveform.samples();
    if (samples < samples_min) {
        return bad_signal(
            "the window has " + std::to_string(samples) + " samples, a steady value needs " +
                std::to_string(samples_min),
            "sample faster or longer"
        );
    }
    const Batches all(samples, **angle, **torque);
    WindowProblem problem;
    problem.rows = batches;
    problem.columns = 3;
    problem.channels = 2;
    problem.fill = [&all](std::size_t first, Eigen::MatrixXd& block) {
        block = all.rows().middleRows(static_cast<Eigen::Index>(first), block.rows());
    };
    const std::optional<WindowFit> fit = fit_window(problem);
    if (!fit) {
        return bad_signal("the window's mean cannot be computed", "look at its numbers");
    }
    Steady out;
    const double middle = 0.5 * (static_cast<double>(samples) - 1.0);
    out.mid_time_s = waveform.first_time_s + middle / waveform.rate_Hz;
    out.duration_s = static_cast<double>(samples) / waveform.rate_Hz;
    out.angle = channel_of(all, *fit, 0, **angle, middle / waveform.rate_Hz);
    out.torque = channel_of(all, *fit, 1, **torque, middle / waveform.rate_Hz);
    return out;
}

}  // namespace relaxd::model
