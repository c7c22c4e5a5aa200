// SPDX-License-Identifier: MIT
#include "model/signal/demodulate.hpp"

#include "model/fit/short_text.hpp"
#include "model/signal/signal_check.hpp"
#include "model/signal/turns.hpp"
#include "model/signal/whole_periods.hpp"
#include "model/signal/window_fit.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

namespace relaxd::model {
namespace {

using Index = Eigen::Index;

constexpr int harmonics_max = 3;
// Noise is looked at up to three resolutions 1/T beside the drive, in steps of half of one.
constexpr Index probes_a_side = 6;
constexpr double least_signal_sigmas = 3.0;

Result<void> check_frequency(const record::Waveform& waveform) {
    const double f = waveform.frequency_Hz;
    const double rate = waveform.rate_Hz;
    const auto samples = static_cast<double>(waveform.samples());
    if (!(f > 0.0) || !std::isfinite(f)) {
        return bad_signal(
            "the waveform has no drive frequency", "only forced oscillation is demodulated"
        );
    }
    if (f > usable_share_of_rate * rate) {
        return bad_signal(
            "the drive of " + short_text(f) + " Hz is above 0.45 of the sample rate of " +
                short_text(rate) + " Hz",
            "sample faster, or take the lock-in at this frequency"
        );
    }
    if ((samples + 0.5) * f < rate) {
        return bad_signal(
            "the window of " + short_text(samples / rate) + " s holds " +
                short_text(samples * f / rate) + " of a period of " + short_text(1.0 / f) + " s",
            "measure at least one whole period, better three"
        );
    }
    if (const double line = mains_near_Hz(f, rate, rate / samples); line > 0.0) {
        return bad_signal(
            "mains of " + short_text(line) + " Hz, which " + short_text(rate) +
                " samples a second show at " + short_text(aliased_Hz(line, rate), 6) +
                " Hz, cannot be told from the drive of " + short_text(f, 6) +
                " Hz in a window of " + short_text(samples / rate) + " s",
            "take another sample rate or frequency, or a longer window"
        );
    }
    return {};
}

// The columns of a window: quadratures of the harmonics, then 1, s, s^2; and both channels.
class Window {
  public:
    Window(
        const record::Waveform& waveform,
        const record::WaveformChannel& angle,
        const record::WaveformChannel& torque
    )
        : angle_(angle),
          torque_(torque),
          turns_(waveform.frequency_Hz, waveform.rate_Hz),
          half_turns_(0.5, static_cast<double>(waveform.samples())),
          middle_(0.5 * (static_cast<double>(waveform.samples()) - 1.0)) {
        while (harmonics_ < harmonics_max && (harmonics_ + 1) * waveform.frequency_Hz <=
                                                 usable_share_of_rate * waveform.rate_Hz) {
            ++harmonics_;
        }
        problem_.rows = waveform.samples();
        problem_.columns = drift() + 3;
        problem_.channels = 2;
        problem_.fill = [this](std::size_t first, Eigen::MatrixXd& block) { fill(first, block); };
    }
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;
    ~Window() = default;

    [[nodiscard]] const WindowProblem& problem() const { return problem_; }
    [[nodiscard]] int harmonics() const { return harmonics_; }
    /// The column of 1; s and s^2 follow.
    [[nodiscard]] Index drift() const { return Index{2} * harmonics_; }
    /// s is the sample less `middle` over `middle`.
    [[nodiscard]] double middle() const { return middle_; }

    /// Quadratures at half, one, one and a half … resolutions below and above the drive.
    [[nodiscard]] FillRows probes(Index below, Index above) const {
        return [this, below, above](std::size_t first, Eigen::MatrixXd& block) {
            for (Index row = 0; row < block.rows(); ++row) {
                const std::size_t sample = first + static_cast<std::size_t>(row);
                const Complex base = turns_.at(sample);
                const Complex step = half_turns_.at(sample);
                Index column = 0;
                const auto put = [&block, &column, row](Complex value) {
                    block(row, column++) = value.real();
                    block(row, column++) = -value.imag();
                };
                Complex up = base;
                for (Index k = 0; k < above; ++k) {
                    up *= step;
                    put(up);
                }
                Complex down = base;
                for (Index k = 0; k < below; ++k) {
                    down *= std::conj(step);
                    put(down);
                }
            }
        };
    }

  private:
    void fill(std::size_t first, Eigen::MatrixXd& block) const {
        for (Index row = 0; row < block.rows(); ++row) {
            const std::size_t sample = first + static_cast<std::size_t>(row);
            const Complex base = turns_.at(sample);
            Complex power = 1.0;
            Index column = 0;
            for (int h = 0; h < harmonics_; ++h) {
                power *= base;
                block(row, column++) = power.real();
                block(row, column++) = -power.imag();
            }
            const double s = (static_cast<double>(sample) - middle_) / middle_;
            block(row, column++) = 1.0;
            block(row, column++) = s;
            block(row, column++) = s * s;
            block(row, column++) = angle_.volt(sample);
            block(row, column) = torque_.volt(sample);
        }
    }

    const record::WaveformChannel& angle_;
    const record::WaveformChannel& torque_;
    Turns turns_;
    Turns half_turns_;
    double middle_;
    int harmonics_ = 1;
    WindowProblem problem_;
};

Complex harmonic(const WindowFit& fit, Index channel, int number) {
    const Index row = Index{2} * (number - 1);
    return {fit.coefficients(row, channel), fit.coefficients(row + 1, channel)};
}

ChannelFit channel_fit(
    const record::Waveform& waveform,
    const record::WaveformChannel& channel,
    const Window& window,
    const WindowFit& fit,
    Index number
) {
    ChannelFit out;
    out.amplitude_V = harmonic(fit, number, 1);
    if (window.harmonics() >= 2) {
        out.second_V = harmonic(fit, number, 2);
    }
    if (window.harmonics() >= 3) {
        out.third_V = harmonic(fit, number, 3);
    }
    const double unit_s = window.middle() / waveform.rate_Hz;  // of s
    const Index drift = window.drift();
    out.offset_V = fit.coefficients(drift, number);
    out.drift_V_per_s = fit.coefficients(drift + 1, number) / unit_s;
    out.curvature_V_per_s2 = 2.0 * fit.coefficients(drift + 2, number) / (unit_s * unit_s);
    out.residual_rms_V = fit.residual_rms[number];
    out.clipped_share = clipped_share(channel);
    out.dft_V =
        dft_amplitude_V(channel, waveform.rate_Hz, waveform.frequency_Hz, out.drift_V_per_s);
    return out;
}

// Standard deviations of the amplitudes and of the stiffness, from the noise beside the drive.
void put_errors(
    const record::WaveformChannel& angle,
    const record::WaveformChannel& torque,
    const Window& window,
    const WindowFit& fit,
    Demodulated& out
) {
    // Not below half a resolution: there the drift has taken everything.
    const auto lower = static_cast<Index>(std::floor(2.0 * out.periods - 1.0));
    const Index below = std::clamp<Index>(lower, 0, probes_a_side);
    const Index probes = 2 * (below + probes_a_side);
    const Probed probed =
        probe_residuals(window.problem(), fit, probes, window.probes(below, probes_a_side));
    double angle_sum = 0.0;
    double torque_sum = 0.0;
    double both_sum = 0.0;
    for (Index k = 0; k < probes; k += 2) {
        const Complex seen_angle(probed.seen(k, 0), probed.seen(k + 1, 0));
        const Complex seen_torque(probed.seen(k, 1), probed.seen(k + 1, 1));
        angle_sum += std::norm(seen_angle);
        torque_sum += std::norm(seen_torque);
        both_sum += std::norm(seen_torque - out.stiffness * seen_angle);
    }
    const double energy = probed.energy.sum();
    const double full = 0.5 * static_cast<double>(window.problem().rows);
    const double angle_least = rounding_variance(angle);
    const double torque_least = rounding_variance(torque);
    const double both_least = torque_least + std::norm(out.stiffness) * angle_least;
    const double unit = 0.5 * (fit.unit_covariance(0, 0) + fit.unit_covariance(1, 1));
    const auto sigma = [&](double sum, double least) {
        return std::sqrt(unit * std::max(probed_variance(sum, energy, full), least));
    };
    out.angle.amplitude_sigma_V = sigma(angle_sum, angle_least);
    out.torque.amplitude_sigma_V = sigma(torque_sum, torque_least);
    out.stiffness_sigma = sigma(both_sum, both_least) / std::abs(out.angle.amplitude_V);
}

}  // namespace

Result<Demodulated> demodulate(const record::Waveform& waveform) {
    const auto angle = usable_channel(waveform, "angle");
    const auto torque = usable_channel(waveform, "torque");
    for (const auto* channel : {&angle, &torque}) {
        if (!*channel) {
            return fail(channel->error());
        }
    }
    if (const Result<void> good = check_frequency(waveform); !good) {
        return fail(good.error());
    }
    const Window window(waveform, **angle, **torque);
    const auto needed = static_cast<std::size_t>(4 * window.problem().columns);
    if (waveform.samples() < needed) {
        return bad_signal(
            "the window has " + std::to_string(waveform.samples()) + " samples, it needs " +
                std::to_string(needed),
            "sample faster or longer"
        );
    }
    const std::optional<WindowFit> fit = fit_window(window.problem());
    if (!fit) {
        return bad_signal(
            "drive, harmonics and drift cannot be told apart in this window",
            "measure at least one whole period, better three"
        );
    }
    Demodulated out;
    out.frequency_Hz = waveform.frequency_Hz;
    out.first_time_s = waveform.first_time_s;
    out.duration_s = static_cast<double>(waveform.samples()) / waveform.rate_Hz;
    out.periods = out.duration_s * waveform.frequency_Hz;
    out.angle = channel_fit(waveform, **angle, window, *fit, 0);
    out.torque = channel_fit(waveform, **torque, window, *fit, 1);
    // Beyond all rounding of the fit itself: a channel that stands still.
    const double least_V = 1e-12 * (std::abs(out.angle.offset_V) + out.angle.residual_rms_V);
    if (std::abs(out.angle.amplitude_V) > least_V) {
        out.stiffness = out.torque.amplitude_V / out.angle.amplitude_V;
        put_errors(**angle, **torque, window, *fit, out);
    }
    if (!(std::abs(out.angle.amplitude_V) >
          std::max(least_V, least_signal_sigmas * out.angle.amplitude_sigma_V)) ||
        out.angle.dft_V == 0.0 || !std::isfinite(out.stiffness_sigma)) {
        return bad_signal(
            "the angle does not follow the drive of " + short_text(waveform.frequency_Hz) +
                " Hz: " + short_text(std::abs(out.angle.amplitude_V)) + " V with an error of " +
                short_text(out.angle.amplitude_sigma_V) + " V",
            "more excitation, a longer window, or a look at the detector"
        );
    }
    const Complex by_dft = out.torque.dft_V / out.angle.dft_V;
    out.dft_disagreement = out.stiffness == 0.0 ? 0.0 : std::abs(by_dft / out.stiffness - 1.0);
    return out;
}

}  // namespace relaxd::model
