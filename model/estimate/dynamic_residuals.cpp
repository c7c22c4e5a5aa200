// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_residuals.hpp"

#include "model/fit/named_fit.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <numbers>
#include <numeric>
#include <span>
#include <string>
#include <utility>

namespace relaxd::model {

namespace {

constexpr std::size_t shortest_window = 8;
constexpr std::size_t pairs_min = 60;      ///< Neighbours from which the noise is read …
constexpr std::size_t own_pairs_min = 40;  ///< … of one frequency by itself.
constexpr std::size_t series_min = 48;
constexpr double clip_sd = 4.0;
constexpr double noise_min = 0.1;  ///< In units of sigma: clean data have no noise to compare with.
constexpr double window_step = 0.25;  // of its length
constexpr double window_growth = 1.5;

/// One residual, outliers clipped, in units of the noise between neighbours.
struct Item {
    double value = 0.0;
    double temperature_K = 0.0;
    double difference2 = 0.0;  ///< Half square of the difference from the one before.
    bool has_difference = false;
    int group = 0;
};

struct Window {
    double statistic = 0.0;
    double mean = 0.0;
    std::size_t n = 0;
    double low_K = 0.0;
    double high_K = 0.0;
    bool is_loss = false;
    bool is_of_one_frequency = false;
    double frequency_Hz = 0.0;
};

/// Rows in the order of measurement.
std::vector<std::size_t> measured_order(const std::vector<DynamicRow>& rows) {
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&rows](std::size_t a, std::size_t b) {
        return rows[a].seq != rows[b].seq ? rows[a].seq < rows[b].seq : a < b;
    });
    return order;
}

double noise_of(std::vector<double>& differences) {
    const auto middle = differences.begin() + static_cast<std::ptrdiff_t>(differences.size() / 2);
    std::nth_element(differences.begin(), middle, differences.end());
    return std::max(noise_min, *middle / (0.6745 * std::numbers::sqrt2));
}

/// Divides by the noise between neighbours, of the frequency where it has enough, else of all.
/// False where the neighbours are too few to tell noise from misfit.
bool standardize(std::vector<Item>& items) {
    std::map<int, std::vector<double>> differences;
    std::map<int, double> last;
    std::vector<double> all;
    for (const Item& item : items) {
        if (const auto it = last.find(item.group); it != last.end()) {
            differences[item.group].push_back(std::abs(item.value - it->second));
            all.push_back(differences[item.group].back());
        }
        last[item.group] = item.value;
    }
    if (all.size() < pairs_min) {
        return false;
    }
    const double common = noise_of(all);
    std::map<int, double> noise;
    for (auto& [group, list] : differences) {
        noise[group] = list.size() < own_pairs_min ? common : std::max(common, noise_of(list));
    }
    last.clear();
    for (Item& item : items) {
        const auto own = noise.find(item.group);
        const double scale = own == noise.end() ? common : own->second;
        item.value = std::clamp(item.value / scale, -clip_sd, clip_sd);
        if (const auto it = last.find(item.group); it != last.end()) {
            const double d = item.value - it->second;
            item.difference2 = 0.5 * d * d;
            item.has_difference = true;
        }
        last[item.group] = item.value;
    }
    return true;
}

/// The window with the largest mean over its standard deviation.
Window worst_window(const std::vector<Item>& items) {
    const std::size_t n = items.size();
    std::vector<double> sum(n + 1, 0.0);
    std::vector<double> noise(n + 1, 0.0);
    std::vector<double> pairs(n + 1, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        sum[i + 1] = sum[i] + items[i].value;
        noise[i + 1] = noise[i] + items[i].difference2;
        pairs[i + 1] = pairs[i] + (items[i].has_difference ? 1.0 : 0.0);
    }
    Window worst;
    std::size_t from = 0;
    std::size_t to = 0;
    for (std::size_t length = shortest_window; length <= n;) {
        const auto step = std::max<std::size_t>(
            1, static_cast<std::size_t>(window_step * static_cast<double>(length))
        );
        const double size = static_cast<double>(length);
        for (std::size_t first = 0; first + length <= n; first += step) {
            const std::size_t end = first + length;
            const double m = pairs[end] - pairs[first];
            // Noise that is larger here than elsewhere explains a larger mean.
            const double variance = m > 0.0 ? std::max(1.0, (noise[end] - noise[first]) / m) : 1.0;
            const double mean = (sum[end] - sum[first]) / size;
            const double statistic = std::abs(mean) * std::sqrt(size / variance);
            if (statistic > worst.statistic) {
                worst.statistic = statistic;
                worst.mean = mean;
                worst.n = length;
                from = first;
                to = end;
            }
        }
        length = std::max(
            length + 1, static_cast<std::size_t>(window_growth * static_cast<double>(length))
        );
    }
    if (worst.n > 0) {
        worst.low_K = worst.high_K = items[from].temperature_K;
        for (std::size_t i = from; i < to; ++i) {
            worst.low_K = std::min(worst.low_K, items[i].temperature_K);
            worst.high_K = std::max(worst.high_K, items[i].temperature_K);
        }
    }
    return worst;
}

/// Over all frequencies together and over each by itself.
void look(
    std::vector<Item> items, bool is_loss, const std::map<int, double>& frequency, Window& worst
) {
    if (!standardize(items)) {
        return;
    }
    const auto take = [&worst, is_loss](Window found) {
        if (found.statistic > worst.statistic) {
            found.is_loss = is_loss;
            worst = found;
        }
    };
    take(worst_window(items));
    if (frequency.size() < 2) {
        return;
    }
    for (const auto& [group, frequency_Hz] : frequency) {
        std::vector<Item> own;
        std::copy_if(
            items.begin(),
            items.end(),
            std::back_inserter(own),
            [g = group](const Item& item) { return item.group == g; }
        );
        if (own.size() < series_min) {
            continue;
        }
        Window found = worst_window(own);
        found.is_of_one_frequency = true;
        found.frequency_Hz = frequency_Hz;
        take(found);
    }
}

/// With 1, 10, 100 … steps per unit.
std::string rounded(double value, double steps) {
    return to_text(std::round(value * steps) / steps);
}

std::string guess(const Window& w, double T_g_K) {
    if (!std::isfinite(T_g_K)) {
        return "the model does not describe the specimen there";
    }
    if (w.high_K <= T_g_K + 5.0) {
        return "below T_g this is what ageing (structural relaxation) or drift does";
    }
    return w.low_K >= T_g_K - 5.0
               ? "above T_g this is what crystallisation or a changing specimen does"
               : "the model does not describe the specimen there";
}

std::string sentence_of(const Window& w, double T_g_K) {
    std::string text = std::string("residuals of ") + (w.is_loss ? "E''" : "E'");
    if (w.is_of_one_frequency) {
        text += " at " + rounded(w.frequency_Hz, 1000.0) + " Hz";
    }
    text += " run together between " + rounded(w.low_K, 1.0) + " and " + rounded(w.high_K, 1.0) +
            " K: mean " + (w.mean > 0.0 ? "+" : "") + rounded(w.mean, 100.0) + " s.d. over " +
            std::to_string(w.n) + " rows, " + rounded(w.statistic, 10.0) +
            " of its standard deviations (alarm from " + rounded(window_alarm, 10.0) + "); ";
    return text + guess(w, T_g_K);
}

}  // namespace

record::ResidualCheck check_dynamic_residuals(
    const std::vector<DynamicRow>& rows,
    const std::vector<RowResidual>& residuals,
    const ResidualContext& context
) {
    std::vector<double> flat;
    std::vector<std::size_t> ends;
    Window worst;
    std::map<int, double> frequency;
    for (const DynamicRow& row : rows) {
        frequency[row.group] = std::exp(row.ln_omega) / (2.0 * std::numbers::pi);
    }
    const std::vector<std::size_t> order = measured_order(rows);
    for (const auto member : {&RowResidual::storage, &RowResidual::loss}) {
        std::vector<Item> items;
        std::map<int, std::vector<double>> series;
        for (const std::size_t i : order) {
            const RowResidual& r = residuals[i];
            Item item;
            item.value = std::clamp(r.*member, -context.flag_sd, context.flag_sd);
            item.temperature_K = rows[i].temperature_K;
            item.group = rows[i].group;
            items.push_back(item);
            series[item.group].push_back(item.value);
        }
        for (const auto& [group, list] : series) {
            flat.insert(flat.end(), list.begin(), list.end());
            ends.push_back(flat.size());
        }
        look(std::move(items), member == &RowResidual::loss, frequency, worst);
    }
    record::ResidualCheck check = check_residuals(flat, ends, context.n_free);
    // check_residuals also takes a large chi2 for an alarm.
    const bool is_correlated = check.runs_p < 1e-4 && std::abs(check.lag1) > 0.3;
    check.is_alarm = worst.statistic > window_alarm || is_correlated;
    check.sentence.clear();
    if (worst.statistic > window_alarm) {
        check.sentence = sentence_of(worst, context.T_g_K);
    } else if (is_correlated) {
        check.sentence = "neighbouring residuals are alike everywhere (correlation " +
                         rounded(check.lag1, 100.0) +
                         "): slow drift, or a model that misses a little of everything";
    }
    return check;
}

bool is_alarmed(
    const std::vector<DynamicRow>& rows,
    const Layout& layout,
    record::Form form,
    const Eigen::VectorXd& p,
    double factor
) {
    DynamicObjective objective(layout, form, rows, CauchyLoss{});
    Coordinates q{};
    std::vector<RowResidual> residuals;
    if (!layout.expand(p, q, nullptr) || !objective.residuals(q, residuals)) {
        return false;
    }
    ResidualContext context;
    context.flag_sd *= std::sqrt(std::max(1.0, factor));
    return check_dynamic_residuals(rows, residuals, context).is_alarm;
}

}  // namespace relaxd::model
