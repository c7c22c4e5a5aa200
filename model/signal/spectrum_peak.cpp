// SPDX-License-Identifier: MIT
#include "model/signal/spectrum_peak.hpp"

#include "model/signal/signal_check.hpp"
#include "model/signal/window_fit.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

namespace relaxd::model {
namespace {

constexpr std::size_t looked_at = std::size_t{1} << 18U;
constexpr std::size_t padding = 2;

// The discrete Fourier transform in place by halves (Cooley and Tukey 1965); a power of two.
void transform(std::vector<std::complex<double>>& values) {
    const std::size_t size = values.size();
    for (std::size_t i = 1, j = 0; i < size; ++i) {
        std::size_t bit = size >> 1U;
        for (; (j & bit) != 0; bit >>= 1U) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            std::swap(values[i], values[j]);
        }
    }
    for (std::size_t length = 2; length <= size; length *= 2) {
        const std::size_t half = length / 2;
        std::vector<std::complex<double>> turn(half);
        for (std::size_t k = 0; k < half; ++k) {
            turn[k] = std::polar(
                1.0, -2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length)
            );
        }
        for (std::size_t first = 0; first < size; first += length) {
            for (std::size_t k = 0; k < half; ++k) {
                const std::complex<double> even = values[first + k];
                const std::complex<double> odd = turn[k] * values[first + k + half];
                values[first + k] = even + odd;
                values[first + k + half] = even - odd;
            }
        }
    }
}

// Without the parabola that fits best; empty where that cannot be computed.
std::vector<std::complex<double>> without_drift(
    const record::WaveformChannel& channel, std::size_t samples
) {
    const double middle = 0.5 * (static_cast<double>(samples) - 1.0);
    const auto powers = [middle](std::size_t sample) {
        const double s = (static_cast<double>(sample) - middle) / middle;
        return Eigen::RowVector3d(1.0, s, s * s);
    };
    WindowProblem problem;
    problem.rows = samples;
    problem.columns = 3;
    problem.fill = [&](std::size_t first, Eigen::MatrixXd& block) {
        for (Eigen::Index row = 0; row < block.rows(); ++row) {
            const std::size_t sample = first + static_cast<std::size_t>(row);
            block.row(row).head(3) = powers(sample);
            block(row, 3) = channel.volt(sample);
        }
    };
    const std::optional<WindowFit> fit = fit_window(problem);
    if (!fit) {
        return {};
    }
    std::vector<std::complex<double>> out(padding * std::bit_ceil(samples));
    for (std::size_t i = 0; i < samples; ++i) {
        out[i] = channel.volt(i) - powers(i).dot(fit->coefficients.col(0));
    }
    return out;
}

}  // namespace

double strongest_line_Hz(const record::WaveformChannel& channel, double rate_Hz) {
    const std::size_t samples = std::min(channel.codes.size(), looked_at);
    std::vector<std::complex<double>> values = without_drift(channel, samples);
    if (values.empty()) {
        return 0.0;
    }
    transform(values);
    const double bin_Hz = rate_Hz / static_cast<double>(values.size());
    const double resolution_Hz = rate_Hz / static_cast<double>(samples);
    double best = 0.0;
    std::size_t at = 0;
    for (std::size_t k = 2; k + 1 < values.size() / 2; ++k) {
        const double f_Hz = bin_Hz * static_cast<double>(k);
        if (f_Hz < resolution_Hz || f_Hz > usable_share_of_rate * rate_Hz) {
            continue;
        }
        if (std::norm(values[k]) > best &&
            mains_near_Hz(f_Hz, rate_Hz, 2.0 * resolution_Hz) == 0.0) {
            best = std::norm(values[k]);
            at = k;
        }
    }
    if (at == 0) {
        return 0.0;
    }
    // The parabola through the largest value and its neighbours.
    const double below = std::abs(values[at - 1]);
    const double above = std::abs(values[at + 1]);
    const double bend = 2.0 * std::abs(values[at]) - below - above;
    const double shift = bend > 0.0 ? std::clamp(0.5 * (above - below) / bend, -0.5, 0.5) : 0.0;
    return bin_Hz * (static_cast<double>(at) + shift);
}

}  // namespace relaxd::model
