// SPDX-License-Identifier: MIT
#include "model/signal/extrema.hpp"

#include "model/signal/signal_check.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>

namespace relaxd::model {
namespace {

using Index = Eigen::Index;

constexpr Index degree = 4;
constexpr Index reach_min = 3;       // seven points for five numbers
constexpr double reach_share = 0.2;  // of a period
constexpr double least_swing = 5.0;  // of its deviations
constexpr double vertex_max = 0.5;   // of the reach: further out the polynomial is worse
constexpr int recentred_max = 4;

// Polynomials of degree 4 through 2 reach + 1 samples, u = -1 … 1.
class LocalPolynomial {
  public:
    LocalPolynomial(const record::WaveformChannel& channel, Index reach)
        : channel_(channel), reach_(reach), design_(2 * reach + 1, degree + 1) {
        for (Index i = 0; i <= 2 * reach; ++i) {
            const double u = static_cast<double>(i - reach) / static_cast<double>(reach);
            double power = 1.0;
            for (Index k = 0; k <= degree; ++k) {
                design_(i, k) = power;
                power *= u;
            }
        }
        const Eigen::MatrixXd normal = design_.transpose() * design_;
        inverse_ = normal.inverse();
        solve_ = inverse_ * design_.transpose();
    }

    [[nodiscard]] bool fits(double centre) const {
        return centre >= static_cast<double>(reach_) &&
               centre + static_cast<double>(reach_) <
                   static_cast<double>(channel_.codes.size()) - 0.5;
    }

    // The vertex nearest to `centre`; adds to the scatter. Nothing where there is none of `side`
    // (1 a maximum, -1 a minimum).
    [[nodiscard]] std::optional<Extremum> vertex(double centre, double side) {
        for (int round = 0; round < recentred_max && fits(std::round(centre)); ++round) {
            const auto middle = static_cast<Index>(std::llround(centre));
            Eigen::VectorXd volts(2 * reach_ + 1);
            for (Index i = 0; i <= 2 * reach_; ++i) {
                volts[i] = channel_.volt(static_cast<std::size_t>(middle - reach_ + i));
            }
            const Eigen::VectorXd c = solve_ * volts;
            double u = 0.0;
            for (int step = 0; step < 20; ++step) {
                const double slope = c[1] + u * (2.0 * c[2] + u * (3.0 * c[3] + u * 4.0 * c[4]));
                const double bend = 2.0 * c[2] + u * (6.0 * c[3] + u * 12.0 * c[4]);
                if (!(side * bend < 0.0)) {
                    return std::nullopt;
                }
                u = std::clamp(u - slope / bend, -1.0, 1.0);
            }
            const double at = static_cast<double>(middle) + u * static_cast<double>(reach_);
            if (std::abs(u) > vertex_max && std::llround(at) != middle) {
                centre = at;
                continue;
            }
            scatter_ += (volts - design_ * c).squaredNorm();
            freedom_ += static_cast<double>(2 * reach_ - degree);
            return Extremum(at, c[0] + u * (c[1] + u * (c[2] + u * (c[3] + u * c[4]))));
        }
        return std::nullopt;
    }

    // Of the value at a vertex in the middle.
    [[nodiscard]] double sigma_V() const {
        const double variance =
            std::max(freedom_ > 0.0 ? scatter_ / freedom_ : 0.0, rounding_variance(channel_));
        return std::sqrt(variance * inverse_(0, 0));
    }

  private:
    const record::WaveformChannel& channel_;
    Index reach_;
    Eigen::MatrixXd design_;
    Eigen::MatrixXd inverse_;
    Eigen::MatrixXd solve_;
    double scatter_ = 0.0;
    double freedom_ = 0.0;
};

// The sample farthest from the mean of the first period, and on which side.
Extremum first_guess(const record::WaveformChannel& channel, double half_period, Index reach) {
    const auto count =
        std::min(channel.codes.size(), static_cast<std::size_t>(std::ceil(2.0 * half_period)) + 1);
    double mean = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        mean += channel.volt(i) / static_cast<double>(count);
    }
    Extremum best;
    for (auto i = static_cast<std::size_t>(reach); i < count; ++i) {
        if (std::abs(channel.volt(i) - mean) > std::abs(best.volt)) {
            best = Extremum(static_cast<double>(i), channel.volt(i) - mean);
        }
    }
    return best;
}

double swing(const std::vector<Extremum>& all, std::size_t k) {
    return std::abs(all[k].volt - 0.5 * (all[k - 1].volt + all[k + 1].volt));
}

}  // namespace

Extrema find_extrema(const record::WaveformChannel& channel, double half_period) {
    const Index reach =
        std::max(reach_min, static_cast<Index>(std::lround(2.0 * reach_share * half_period)));
    LocalPolynomial local(channel, reach);
    const Extremum guess = first_guess(channel, half_period, reach);
    double side = guess.volt > 0.0 ? 1.0 : -1.0;
    double centre = guess.sample;
    Extrema out;
    // A swing is a difference of extrema with the variance 1.5 of one.
    const auto is_lost_in_noise = [&out, &local] {
        const std::size_t n = out.all.size();
        return n >= 3 && swing(out.all, n - 2) < least_swing * std::sqrt(1.5) * local.sigma_V();
    };
    while (const std::optional<Extremum> found = local.vertex(centre, side)) {
        const bool goes_on =
            out.all.empty() || found->sample > out.all.back().sample + 0.5 * half_period;
        if (!goes_on) {
            break;
        }
        out.all.push_back(*found);
        if (is_lost_in_noise()) {
            out.all.pop_back();
            break;
        }
        const auto spans = static_cast<double>(out.all.size() - 1);
        const double measured =
            spans >= 4.0 ? (out.all.back().sample - out.all.front().sample) / spans : half_period;
        centre = found->sample + measured;
        side = -side;
    }
    out.sigma_V = local.sigma_V();
    return out;
}

ExtremaDecrement decrement_of(const Extrema& extrema) {
    // Covariance of swings in units of an extremum's variance: x_k counts 1, its neighbours 1/2.
    constexpr std::array shared{1.5, 1.0, 0.25};
    const std::size_t n = extrema.all.size() - 2;
    Eigen::Matrix2d normal = Eigen::Matrix2d::Zero();
    Eigen::Matrix2d met = Eigen::Matrix2d::Zero();
    Eigen::Vector2d right = Eigen::Vector2d::Zero();
    const double middle = 0.5 * (static_cast<double>(n) - 1.0);
    const auto row = [middle](std::size_t k) {
        return Eigen::Vector2d(1.0, static_cast<double>(k) - middle);
    };
    for (std::size_t k = 0; k < n; ++k) {
        const double size = swing(extrema.all, k + 1);
        normal += size * size * row(k) * row(k).transpose();
        right += size * size * std::log(size) * row(k);
        for (std::size_t m = 0; m < shared.size() && k + m < n; ++m) {
            const Eigen::Matrix2d cross =
                shared[m] * size * swing(extrema.all, k + m + 1) * row(k) * row(k + m).transpose();
            met += m == 0 ? cross : Eigen::Matrix2d(cross + cross.transpose());
        }
    }
    const Eigen::Matrix2d inverse = normal.inverse();
    const Eigen::Vector2d line = inverse * right;
    double left = 0.0;
    for (std::size_t k = 0; k < n; ++k) {
        const double size = swing(extrema.all, k + 1);
        left += std::pow(size * (std::log(size) - line.dot(row(k))), 2);
    }
    const double freedom = shared[0] * static_cast<double>(n) - (inverse * met).trace();
    double variance = extrema.sigma_V * extrema.sigma_V;
    if (n > 2 && freedom > 0.0) {
        variance = std::max(variance, left / freedom);
    }
    ExtremaDecrement out;
    out.decrement = -2.0 * line[1];
    out.sigma = 2.0 * std::sqrt(variance * (inverse * met * inverse)(1, 1));
    return out;
}

}  // namespace relaxd::model
