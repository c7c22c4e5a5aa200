// SPDX-License-Identifier: MIT
#include "model/estimate/glass_transition.hpp"

#include "model/estimate/estimate.hpp"

#include <Eigen/Core>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace relaxd::model {

namespace {

constexpr double bin_K = 1.0;
constexpr double cooling_K = 2.0;
constexpr double window_K = 40.0;        // behind the newest point
constexpr std::size_t samples_min = 12;  // of one frequency in a window
constexpr double before_K = 12.0;        // of the window that a hinge must leave below it …
constexpr double after_K = 3.0;          // … and above it
constexpr double hinge_step_K = 1.0;
constexpr double threshold_at_1_percent = 25.0;
constexpr double noise_of_threshold = 0.01;
constexpr double noise_floor = 5e-4;  // of ln tan delta
constexpr double clip_sd = 4.0;
constexpr double ramp_min_K = 60.0;
constexpr double window_step_K = 5.0;
constexpr double same_break_K = 8.0;
constexpr double a1_seen_sd = 3.0;
constexpr double beyond_doubt = 40.0;  // times the threshold: no other start would close it
constexpr std::size_t points_max = 300;
constexpr int evaluations_max = 80;  // what creeps longer confirms nothing

struct Sample {
    double T_K = 0.0;
    double y = 0.0;  ///< ln tan delta
};

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Noise of ln tan delta from the distance of each sample to the line through its neighbours.
double noise_of(const std::vector<Sample>& samples) {
    std::vector<double> distances;
    for (std::size_t i = 1; i + 1 < samples.size(); ++i) {
        const double w =
            (samples[i].T_K - samples[i - 1].T_K) / (samples[i + 1].T_K - samples[i - 1].T_K);
        const double d = samples[i].y - (1.0 - w) * samples[i - 1].y - w * samples[i + 1].y;
        distances.push_back(std::abs(d) / std::sqrt(1.0 + w * w + (1.0 - w) * (1.0 - w)));
    }
    return distances.empty() ? 1.0 : std::max(noise_floor, median(distances) / 0.6745);
}

/// What is left of vectors of one frequency after the null (a polynomial in 1/T), over the noise.
class Residual {
  public:
    Residual(const std::vector<Sample>& samples, int degree, double noise) : noise_(noise) {
        const auto n = static_cast<Eigen::Index>(samples.size());
        const double x0 = 1.0 / samples.front().T_K;
        const double span = 1.0 / samples.back().T_K - x0;
        Eigen::MatrixXd basis(n, degree + 1);
        T_K_.resize(n);
        y_.resize(n);
        for (Eigen::Index i = 0; i < n; ++i) {
            const Sample& s = samples[static_cast<std::size_t>(i)];
            const double x = 2.0 * (1.0 / s.T_K - x0) / span - 1.0;
            basis(i, 0) = 1.0;
            for (int k = 1; k <= degree; ++k) {
                basis(i, k) = basis(i, k - 1) * x;
            }
            T_K_[i] = s.T_K;
            y_[i] = s.y / noise_;
        }
        const Eigen::HouseholderQR<Eigen::MatrixXd> qr(basis);
        q_ = qr.householderQ() * Eigen::MatrixXd::Identity(n, degree + 1);
        y_ = clipped(without(y_));
        y_ = without(y_);
    }

    /// Of a hinge at `T_K`: h'r and h'h.
    void add(double T_K, double& by_data, double& by_itself) const {
        Eigen::VectorXd h(T_K_.size());
        for (Eigen::Index i = 0; i < h.size(); ++i) {
            h[i] = T_K_[i] > T_K ? 1e3 * (1.0 / T_K - 1.0 / T_K_[i]) / noise_ : 0.0;
        }
        h = without(h);
        by_data += h.dot(y_);
        by_itself += h.squaredNorm();
    }

  private:
    [[nodiscard]] Eigen::VectorXd without(const Eigen::VectorXd& v) const {
        return v - q_ * (q_.transpose() * v);
    }
    [[nodiscard]] static Eigen::VectorXd clipped(const Eigen::VectorXd& v) {
        std::vector<double> sizes;
        for (const double e : v) {
            sizes.push_back(std::abs(e));
        }
        const double bound = clip_sd * std::max(1.0, median(sizes) / 0.6745);
        return v.cwiseMin(bound).cwiseMax(-bound);
    }

    double noise_;
    Eigen::VectorXd T_K_;
    Eigen::VectorXd y_;
    Eigen::MatrixXd q_;
};

struct Hinge {
    double T_K = 0.0;
    double ratio = 0.0;  ///< Gain in chi2 of the hinge; bends upwards only.
};

/// The place where a hinge gains most.
Hinge best_hinge(const std::vector<Residual>& residuals, double from_K, double to_K) {
    Hinge best;
    for (double T_K = from_K; T_K <= to_K; T_K += hinge_step_K) {
        double by_data = 0.0;
        double by_itself = 0.0;
        for (const Residual& r : residuals) {
            r.add(T_K, by_data, by_itself);
        }
        const bool bends_up = by_data > 0.0 && by_itself > 0.0;
        if (bends_up && by_data * by_data / by_itself > best.ratio) {
            best = {T_K, by_data * by_data / by_itself};
        }
    }
    return best;
}

/// One heating ramp: the samples of every frequency.
class Ramp {
  public:
    void add(const record::DynamicPoint& p) {
        Series& s = series_[std::llround(std::log(p.frequency_Hz) * 1e3)];
        if (s.count > 0 && p.temperature_K - s.first_K >= bin_K) {
            close(s);
        }
        if (s.count == 0) {
            s.first_K = p.temperature_K;
        }
        ++s.count;
        s.sum_T += p.temperature_K;
        s.sum_y += std::log(p.loss_modulus_Pa / p.storage_modulus_Pa);
        if (points_.empty()) {
            oldest_K_ = p.temperature_K;
        }
        newest_K_ = std::max(newest_K_, p.temperature_K);
        points_.push_back(p);
    }

    /// The break, if there is one so far.
    [[nodiscard]] std::optional<GlassTransition> find() {
        for (auto& [key, s] : series_) {
            close(s);
        }
        if (newest_K_ - oldest_K_ < ramp_min_K) {
            return std::nullopt;
        }
        const std::vector<record::DynamicPoint> few = thinned_points();
        for (const Candidate& c : candidates()) {
            if (auto found = confirmed(few, c)) {
                found->alarm_K = newest_K_;
                found->alarm_seq = points_.back().seq;
                found->rate_K_min = rate_K_min();
                return found;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] double newest_K() const { return newest_K_; }

  private:
    struct Series {
        std::vector<Sample> samples;
        std::size_t count = 0;
        double first_K = 0.0;
        double sum_T = 0.0;
        double sum_y = 0.0;
    };
    struct Candidate {
        double T_K = 0.0;
        double threshold = 0.0;
        double clearness = 0.0;
    };

    static void close(Series& s) {
        if (s.count == 0) {
            return;
        }
        const double n = static_cast<double>(s.count);
        const Sample mean{s.sum_T / n, s.sum_y / n};
        if (s.samples.empty() || mean.T_K > s.samples.back().T_K) {
            s.samples.push_back(mean);
        }
        s.count = 0;
        s.sum_T = s.sum_y = 0.0;
    }

    /// What is left of every frequency in a window after a polynomial; the mean noise.
    std::vector<Residual> residuals(double from_K, double to_K, int degree, double& noise) const {
        std::vector<Residual> out;
        noise = 0.0;
        for (const auto& [key, s] : series_) {
            std::vector<Sample> in;
            std::copy_if(
                s.samples.begin(),
                s.samples.end(),
                std::back_inserter(in),
                [from_K, to_K](const Sample& v) { return v.T_K >= from_K && v.T_K <= to_K; }
            );
            if (in.size() >= samples_min) {
                const double own = noise_of(in);
                noise += own;
                out.emplace_back(in, degree, own);
            }
        }
        noise /= std::max(1.0, static_cast<double>(out.size()));
        return out;
    }

    /// Where a hinge beats a cubic in 1/T, in windows that end now, 5 K before …: the two
    /// clearest (the valley between beta and alpha peak bends too).
    [[nodiscard]] std::vector<Candidate> candidates() const {
        std::vector<Candidate> out;
        for (double end_K = newest_K_; end_K - window_K > oldest_K_; end_K -= window_step_K) {
            double noise = 0.0;
            const double from_K = end_K - window_K;
            const auto window = residuals(from_K, end_K, 3, noise);
            if (window.empty()) {
                continue;
            }
            const double threshold =
                threshold_at_1_percent * std::max(1.0, noise_of_threshold / noise);
            const Hinge best = best_hinge(window, from_K + before_K, end_K - after_K);
            const bool is_new = std::none_of(out.begin(), out.end(), [&best](const Candidate& c) {
                return std::abs(c.T_K - best.T_K) < same_break_K;
            });
            if (best.ratio > threshold && is_new) {
                out.push_back({best.T_K, threshold});
            }
        }
        return out;
    }

    /// At most about 300 points, evenly.
    [[nodiscard]] std::vector<record::DynamicPoint> thinned_points() const {
        const std::size_t stride = std::max<std::size_t>(1, points_.size() / points_max);
        std::vector<record::DynamicPoint> out;
        if (stride == 1) {
            return points_;
        }
        std::map<long long, std::size_t> seen;  // a frequency must not fall between
        for (const auto& p : points_) {
            if (seen[std::llround(std::log(p.frequency_Hz) * 1e3)]++ % stride == 0) {
                out.push_back(p);
            }
        }
        return out;
    }

    [[nodiscard]] static double chi2_of(const record::FitResult& r) {
        const double numbers = 2.0 * static_cast<double>(r.n_points);
        return r.is_usable() ? r.reduced_chi2 * (numbers - r.n_free) : record::unknown;
    }

    /// chi, its rise and where it begins are all seen.
    [[nodiscard]] static bool is_chi_rising(const record::FitResult& r) {
        const auto is_bad = [](const record::ParameterEstimate& e) {
            const bool is_flat = !(e.value > a1_seen_sd * e.standard_error);
            return (e.name == "a1_per_K" && is_flat) ||
                   ((e.name == "T_g_K" || e.name == "chi_Tg") &&
                    e.state == record::ParameterState::undetermined);
        };
        return r.is_usable() && std::none_of(r.parameters.begin(), r.parameters.end(), is_bad);
    }

    [[nodiscard]] static bool is_at(const record::FitResult& r, double T_K) {
        const auto T_g = r.warm_start.find("T_g_K");
        return T_g != r.warm_start.end() && std::abs(T_g->second - T_K) < same_break_K;
    }

    /// The whole model with a rising chi against chi constant, on the same points.
    [[nodiscard]] static std::optional<GlassTransition> confirmed(
        std::vector<record::DynamicPoint> points, const Candidate& c
    ) {
        // Further up the flow says nothing of where chi begins to rise.
        std::erase_if(points, [&c](const record::DynamicPoint& p) {
            return p.temperature_K > c.T_K + window_K;
        });
        record::FitOptions bent;
        bent.T_g_prior_K = record::Prior{c.T_K, same_break_K};
        bent.fixed["E_u_slope_per_K"] = 0.0;
        bent.iterations_max = evaluations_max;
        record::FitResult with = fit_dynamic(points, bent);
        if (!is_at(with, c.T_K) || !is_chi_rising(with)) {
            return std::nullopt;
        }
        if (with.n_flagged > 0) {
            const std::set<std::uint64_t> flagged(
                with.flagged_seqs.begin(), with.flagged_seqs.end()
            );
            std::erase_if(points, [&flagged](const record::DynamicPoint& p) {
                return flagged.contains(p.seq);
            });
            bent.start = with.warm_start;
            with = fit_dynamic(points, bent);
        }
        if (!is_at(with, c.T_K) || !is_chi_rising(with)) {
            return std::nullopt;
        }
        record::FitOptions straight = bent;
        straight.fixed["a1_per_K"] = 0.0;
        straight.T_g_prior_K.reset();
        straight.T_g_fixed_K = c.T_K;
        // From the bent optimum first: a better straight one can only lower the gain.
        straight.start = with.warm_start;
        const auto gain_over = [&with](const record::FitResult& without) {
            return (chi2_of(without) - chi2_of(with)) / std::max(1.0, with.reduced_chi2);
        };
        double gain = gain_over(fit_dynamic(points, straight));
        const bool is_refuted = gain <= c.threshold;
        const bool is_clear = gain >= beyond_doubt * c.threshold;
        if (!is_refuted && !is_clear) {
            straight.start.clear();
            gain = std::fmin(gain, gain_over(fit_dynamic(points, straight)));
        }
        if (!(gain > c.threshold)) {
            return std::nullopt;
        }
        GlassTransition out;
        out.T_g_K = with.warm_start.at("T_g_K");
        out.statistic = gain;
        out.threshold = c.threshold;
        for (const auto& e : with.parameters) {
            if (e.name == "T_g_K" && std::isfinite(e.standard_error)) {
                out.T_g_sd_K = std::max(hinge_step_K, e.standard_error);
            }
        }
        if (!std::isfinite(out.T_g_sd_K)) {
            return std::nullopt;
        }
        return out;
    }

    [[nodiscard]] double rate_K_min() const {
        const auto& first = points_.front();
        const auto& last = points_.back();
        const double minutes = (last.time_s - first.time_s) / 60.0;
        const double rise_K = last.temperature_K - first.temperature_K;
        return minutes > 0.0 && rise_K > 0.0 ? rise_K / minutes : record::unknown;
    }

    std::map<long long, Series> series_;  // by frequency to 0.1 %
    std::vector<record::DynamicPoint> points_;
    double oldest_K_ = 0.0;
    double newest_K_ = 0.0;
};

bool is_usable(const record::DynamicPoint& p) {
    const auto positive = [](double value) { return std::isfinite(value) && value > 0.0; };
    return positive(p.temperature_K) && positive(p.frequency_Hz) &&
           positive(p.storage_modulus_Pa) && positive(p.loss_modulus_Pa);
}

}  // namespace

std::optional<GlassTransition> detect_T_g(std::span<const record::DynamicPoint> points) {
    Ramp ramp;
    for (const auto& p : points) {
        if (!is_usable(p)) {
            continue;
        }
        if (p.temperature_K < ramp.newest_K() - cooling_K) {
            if (auto found = ramp.find()) {
                return found;
            }
            ramp = Ramp();
        }
        ramp.add(p);
    }
    return ramp.find();
}

}  // namespace relaxd::model
