// SPDX-License-Identifier: MIT
#include "model/estimate/transitions.hpp"

#include "model/estimate/glass_transition.hpp"
#include "schema/base/number.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/QR>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <string>
#include <utility>

namespace relaxd::model {

namespace {

constexpr std::size_t window = 15;       // points behind a prediction
constexpr std::size_t history_min = 10;  // one-step errors before the noise is known
constexpr std::size_t history_max = 20;
constexpr std::size_t excursion_max = 12;  // longer is no transition: learn anew
constexpr double bin_K = 0.5;
constexpr double cooling_K = 2.0;
constexpr double drift = 1.0;
constexpr double threshold = 8.0;
constexpr std::size_t hinge_window = 22;  // points before the alarm in which T_x is sought
constexpr double hinge_step_K = 0.25;
constexpr double clip = 4.0;            // one outlier is no transition
constexpr double softened = 0.1823216;  // ln 1.2
constexpr double rise_min = 0.02;
constexpr double rise_sd = 5.0;
constexpr double fall_sd = 3.0;
constexpr double agreement_K = 6.0;
constexpr double below_T_x_K = 5.0;   // crystals bias the modulus before T_x shows
constexpr double noise_floor = 1e-5;  // of ln E' and ln tan delta

struct Sample {
    double T_K = 0.0;
    double ln_tan = 0.0;
    double ln_storage = 0.0;
    std::uint64_t seq = 0;
};

/// A quadratic's prediction and what its error would be for noise of 1.
struct Predicted {
    double ln_tan = 0.0;
    double ln_storage = 0.0;
    double widening = 1.0;
    double ln_tan_noise = 0.0;  ///< Of the window about its quadratic, robust.
    double ln_storage_noise = 0.0;
};

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Standard deviation of zero-mean numbers that may hold outliers.
double robust_sd(const std::vector<double>& errors) {
    std::vector<double> sizes;
    sizes.reserve(errors.size());
    for (const double e : errors) {
        sizes.push_back(std::abs(e));
    }
    return median(std::move(sizes)) / 0.6745;
}

struct Alarm {
    double onset_K = 0.0;  ///< T_x of this frequency.
    double alarm_K = 0.0;
    double spacing_K = 0.0;
    double statistic = 0.0;
    double frequency_Hz = 0.0;
    std::uint64_t seq = 0;
};

/// The points of one frequency.
class Watch {
  public:
    void add(const record::DynamicPoint& p) {
        if (alarm_) {
            return;
        }
        const double T = p.temperature_K;
        if (!samples_.empty() && T < samples_.back().T_K - cooling_K) {
            *this = Watch();
        }
        if (count_ > 0 && T - first_K_ >= bin_K) {
            close_bin();
        }
        if (count_ == 0) {
            first_K_ = T;
        }
        ++count_;
        sum_.T_K += T;
        sum_.ln_tan += std::log(p.loss_modulus_Pa / p.storage_modulus_Pa);
        sum_.ln_storage += std::log(p.storage_modulus_Pa);
        sum_.seq = p.seq;
    }
    void close_bin() {
        if (count_ == 0 || alarm_) {
            return;
        }
        const double n = static_cast<double>(count_);
        Sample mean{sum_.T_K / n, sum_.ln_tan / n, sum_.ln_storage / n, sum_.seq};
        sum_ = Sample();
        count_ = 0;
        if (samples_.empty() || mean.T_K > samples_.back().T_K) {
            samples_.push_back(mean);
            step();
        }
    }
    [[nodiscard]] const std::optional<Alarm>& alarm() const { return alarm_; }

  private:
    [[nodiscard]] Predicted predict(std::size_t end, double T_K) const {
        const double span_K = samples_[end - 1].T_K - samples_[end - window].T_K;
        Eigen::Matrix<double, window, 3> x;
        Eigen::Matrix<double, window, 2> y;
        for (std::size_t i = 0; i < window; ++i) {
            const Sample& s = samples_[end - window + i];
            const double t = (s.T_K - samples_[end - 1].T_K) / span_K;
            const auto row = static_cast<Eigen::Index>(i);
            x.row(row) << 1.0, t, t * t;
            y.row(row) << s.ln_tan, s.ln_storage;
        }
        const Eigen::LLT<Eigen::Matrix3d> normal(Eigen::Matrix3d(x.transpose() * x));
        const Eigen::Matrix<double, 3, 2> c = normal.solve(x.transpose() * y);
        const double t = (T_K - samples_[end - 1].T_K) / span_K;
        const Eigen::Vector3d at(1.0, t, t * t);
        const Eigen::Matrix<double, window, 2> error = y - x * c;
        std::vector<double> tan_errors(error.col(0).begin(), error.col(0).end());
        std::vector<double> storage_errors(error.col(1).begin(), error.col(1).end());
        const double lost = std::sqrt(static_cast<double>(window) / (window - 3.0));
        Predicted out;
        out.ln_tan = at.dot(c.col(0));
        out.ln_storage = at.dot(c.col(1));
        out.widening = std::sqrt(1.0 + at.dot(normal.solve(at)));
        out.ln_tan_noise = lost * robust_sd(tan_errors);
        out.ln_storage_noise = lost * robust_sd(storage_errors);
        return out;
    }

    void forget_excursion() {
        sum_of_drifts_ = 0.0;
        for (std::size_t i = 0; i < tan_pending_.size(); ++i) {
            tan_history_.push_back(tan_pending_[i]);
            storage_history_.push_back(storage_pending_[i]);
        }
        tan_pending_.clear();
        storage_pending_.clear();
        if (tan_history_.size() > history_max) {
            const auto surplus = static_cast<std::ptrdiff_t>(tan_history_.size() - history_max);
            tan_history_.erase(tan_history_.begin(), tan_history_.begin() + surplus);
            storage_history_.erase(storage_history_.begin(), storage_history_.begin() + surplus);
        }
    }

    void step() {
        const std::size_t i = samples_.size() - 1;
        if (i < window) {
            return;
        }
        const std::size_t onset = sum_of_drifts_ > 0.0 ? onset_ : i;
        const Predicted p = predict(onset, samples_[i].T_K);
        const double tan_error = (samples_[i].ln_tan - p.ln_tan) / p.widening;
        const double storage_error = (samples_[i].ln_storage - p.ln_storage) / p.widening;
        tan_pending_.push_back(tan_error);
        storage_pending_.push_back(storage_error);
        if (tan_history_.size() < history_min) {
            forget_excursion();
            return;
        }
        tan_noise_ = std::max({robust_sd(tan_history_), p.ln_tan_noise, noise_floor});
        storage_noise_ = std::max({robust_sd(storage_history_), p.ln_storage_noise, noise_floor});
        const double fall = std::clamp(-tan_error / tan_noise_, -clip, clip);
        const double rise = std::clamp(storage_error / storage_noise_, -clip, clip);
        sum_of_drifts_ =
            std::max(0.0, sum_of_drifts_ + (fall + rise) / std::numbers::sqrt2 - drift);
        onset_ = onset;
        if (sum_of_drifts_ > threshold && is_crystallising(onset, i)) {
            alarm_ = Alarm{
                hinge_K(i),
                samples_[i].T_K,
                samples_[i].T_K - samples_[i - 1].T_K,
                sum_of_drifts_,
                0.0,
                samples_[i].seq
            };
        } else if (sum_of_drifts_ <= 0.0 || i - onset >= excursion_max) {
            forget_excursion();
        }
    }

    /// Where a quadratic in T gets a further (T - T_x)^2: least squares over both quantities.
    [[nodiscard]] double hinge_K(std::size_t i) const {
        const std::size_t first = i + 1 - hinge_window;
        const double T_end_K = samples_[i].T_K;
        const double span_K = T_end_K - samples_[first].T_K;
        Eigen::Matrix<double, hinge_window, 4> x;
        Eigen::Matrix<double, hinge_window, 2> y;
        double best = std::numeric_limits<double>::infinity();
        double best_K = T_end_K;
        for (double c_K = samples_[first + 7].T_K; c_K < samples_[i - 1].T_K; c_K += hinge_step_K) {
            for (std::size_t k = 0; k < hinge_window; ++k) {
                const Sample& s = samples_[first + k];
                const double t = (s.T_K - T_end_K) / span_K;
                const double above = std::max(0.0, (s.T_K - c_K) / span_K);
                const auto row = static_cast<Eigen::Index>(k);
                x.row(row) << 1.0, t, t * t, above * above;
                y.row(row) << s.ln_tan / tan_noise_, s.ln_storage / storage_noise_;
            }
            const double cost = (y - x * x.colPivHouseholderQr().solve(y)).squaredNorm();
            if (cost < best) {
                best = cost;
                best_K = c_K;
            }
        }
        return best_K;
    }

    /// In fact, not against a prediction: E' was soft and rises, tan delta falls.
    [[nodiscard]] bool is_crystallising(std::size_t onset, std::size_t i) const {
        double highest = samples_.front().ln_storage;
        for (std::size_t k = 0; k <= onset; ++k) {
            highest = std::max(highest, samples_[k].ln_storage);
        }
        // The newest two against all before: what still falls is below its own mean.
        double lowest = samples_[onset - window].ln_storage;
        double tan_highest = samples_[onset - window].ln_tan;
        for (std::size_t k = onset - window; k + 2 <= i; ++k) {
            lowest = std::min(lowest, samples_[k].ln_storage);
            tan_highest = std::max(tan_highest, samples_[k].ln_tan);
        }
        const double storage = 0.5 * (samples_[i].ln_storage + samples_[i - 1].ln_storage);
        const double tan = 0.5 * (samples_[i].ln_tan + samples_[i - 1].ln_tan);
        return highest - lowest > softened &&
               storage - lowest > std::max(rise_min, rise_sd * storage_noise_) &&
               tan_highest - tan > fall_sd * tan_noise_;
    }

    std::vector<Sample> samples_;
    Sample sum_;
    std::size_t count_ = 0;
    double first_K_ = 0.0;
    double sum_of_drifts_ = 0.0;
    std::size_t onset_ = 0;  ///< First point that the prediction must not have seen.
    double tan_noise_ = noise_floor;
    double storage_noise_ = noise_floor;
    std::vector<double> tan_history_;
    std::vector<double> storage_history_;
    std::vector<double> tan_pending_;  ///< Of the present excursion: not yet taken for noise.
    std::vector<double> storage_pending_;
    std::optional<Alarm> alarm_;
};

bool is_usable(const record::DynamicPoint& p) {
    const auto positive = [](double value) { return std::isfinite(value) && value > 0.0; };
    return positive(p.temperature_K) && positive(p.frequency_Hz) &&
           positive(p.storage_modulus_Pa) && positive(p.loss_modulus_Pa);
}

std::string tenths(double value) {
    return to_text(std::round(value * 10.0) / 10.0);
}

Detection detection_of(const Alarm& earlier, const Alarm& later) {
    Detection out;
    out.T_x_K = 0.5 * (earlier.onset_K + later.onset_K);
    out.T_x_sd_K =
        std::max({std::abs(earlier.onset_K - later.onset_K), earlier.spacing_K, later.spacing_K});
    out.alarm_K = later.alarm_K;
    out.alarm_seq = later.seq;
    out.statistic = std::min(earlier.statistic, later.statistic);
    out.frequencies_Hz.push_back(earlier.frequency_Hz);
    if (later.frequency_Hz != earlier.frequency_Hz) {
        out.frequencies_Hz.push_back(later.frequency_Hz);
    }
    return out;
}

}  // namespace

std::optional<Detection> detect_T_x(std::span<const record::DynamicPoint> points) {
    std::map<long long, Watch> watches;  // by frequency to 0.1 %
    std::map<long long, double> frequencies_Hz;
    for (const auto& p : points) {
        if (is_usable(p)) {
            const long long key = std::llround(std::log(p.frequency_Hz) * 1e3);
            watches[key].add(p);
            frequencies_Hz[key] = p.frequency_Hz;
        }
    }
    std::vector<Alarm> alarms;
    for (auto& [key, watch] : watches) {
        watch.close_bin();
        if (watch.alarm()) {
            alarms.push_back(*watch.alarm());
            alarms.back().frequency_Hz = frequencies_Hz[key];
        }
    }
    std::sort(alarms.begin(), alarms.end(), [](const Alarm& a, const Alarm& b) {
        return a.seq < b.seq;
    });
    if (watches.size() == 1 && !alarms.empty()) {
        return detection_of(alarms.front(), alarms.front());
    }
    for (std::size_t k = 1; k < alarms.size(); ++k) {
        for (std::size_t j = 0; j < k; ++j) {
            if (std::abs(alarms[k].onset_K - alarms[j].onset_K) <= agreement_K) {
                return detection_of(alarms[j], alarms[k]);
            }
        }
    }
    return std::nullopt;
}

namespace {

/// Heating rate of the ramp that ends with the point `seq`.
double rate_up_to(std::span<const record::DynamicPoint> points, std::uint64_t seq) {
    const record::DynamicPoint* first = nullptr;
    const record::DynamicPoint* last = nullptr;
    for (const auto& p : points) {
        if (!is_usable(p) || !std::isfinite(p.time_s)) {
            continue;
        }
        if (last == nullptr || p.temperature_K < last->temperature_K - cooling_K) {
            first = &p;
        }
        last = &p;
        if (p.seq == seq) {
            break;
        }
    }
    const double minutes = last != nullptr ? (last->time_s - first->time_s) / 60.0 : 0.0;
    const double rise_K = last != nullptr ? last->temperature_K - first->temperature_K : 0.0;
    return minutes > 0.0 && rise_K > 0.0 ? rise_K / minutes : record::unknown;
}

/// "chi kink, 3 K/min"; the rate to two digits, where it is known.
std::string method_with_rate(std::string method, double rate_K_min) {
    if (!std::isfinite(rate_K_min)) {
        return method;
    }
    std::array<char, 32> text{};
    const auto end = std::to_chars(
        text.data(), text.data() + text.size(), rate_K_min, std::chars_format::general, 2
    );
    return method + ", " + std::string(text.data(), end.ptr) + " K/min";
}

record::ParameterEstimate transition(
    const char* name, double value_K, double sd_K, std::string method
) {
    record::ParameterEstimate e;
    e.name = name;
    e.value = value_K;
    e.standard_error = sd_K;
    e.lower_95 = value_K - 1.96 * sd_K;
    e.upper_95 = value_K + 1.96 * sd_K;
    e.state = record::ParameterState::determined;
    e.method = std::move(method);
    return e;
}

std::string sentence_of(const Detection& found) {
    std::string text = "crystallisation begins at " + tenths(found.T_x_K) +
                       " K: E' rises and tan delta falls, certain at " + tenths(found.alarm_K) +
                       " K (CUSUM " + tenths(found.statistic) + " at";
    for (const double f : found.frequencies_Hz) {
        text += (f == found.frequencies_Hz.front() ? " " : " and ") + to_text(f) + " Hz";
    }
    return text + ")";
}

}  // namespace

record::FitResult fit_transitions(std::span<const record::DynamicPoint> points) {
    record::FitResult result;
    result.model = "transitions";
    result.n_points = points.size();
    const auto crystals = detect_T_x(points);
    // What crystals have changed says nothing of the glass.
    std::vector<record::DynamicPoint> glass(points.begin(), points.end());
    if (crystals) {
        std::erase_if(glass, [&crystals](const record::DynamicPoint& p) {
            return p.seq > crystals->alarm_seq || p.temperature_K > crystals->T_x_K - below_T_x_K;
        });
    }
    const auto bend = detect_T_g(glass);
    if (!crystals && !bend) {
        result.reason =
            "no crystallisation is seen in the heating ramps so far, and no break of chi either";
        return result;
    }
    result.first_seq = points.front().seq;
    result.last_seq = crystals ? crystals->alarm_seq : bend->alarm_seq;
    if (bend) {
        result.parameters.push_back(transition(
            "T_g_K", bend->T_g_K, bend->T_g_sd_K, method_with_rate("chi kink", bend->rate_K_min)
        ));
        result.reason = "chi begins to rise at " + tenths(bend->T_g_K) + " K (gain in chi2 " +
                        tenths(bend->statistic) + ", alarm from " + tenths(bend->threshold) + ")";
    }
    if (crystals) {
        const double rate = rate_up_to(points, crystals->alarm_seq);
        result.parameters.push_back(transition(
            "T_x_K",
            crystals->T_x_K,
            crystals->T_x_sd_K,
            method_with_rate("E' rises and tan delta falls", rate)
        ));
        result.reason = sentence_of(*crystals);
    }
    result.status = "converged";
    return result;
}

}  // namespace relaxd::model
