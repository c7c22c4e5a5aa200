// SPDX-License-Identifier: MIT
#include "model/series/decay_rows.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace relaxd::model {

namespace {

constexpr std::size_t rows_for_median = 5;
constexpr double outlier_sd = 6.0;
constexpr std::size_t early_rows = 10;

double median(std::vector<double> v) {
    const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    std::nth_element(v.begin(), middle, v.end());
    return *middle;
}

class Bins {
  public:
    explicit Bins(DecayRows& out) : out_(out) {}

    /// Appends the mean of `rows` (not empty, of one group).
    void add(const std::vector<DecayRow>& rows) {
        const auto [centre, reach] = limits(rows);
        DecayRow bin;
        bin.group = rows.front().group;
        bin.count = 0.0;
        double weights = 0.0;
        double information = 0.0;
        for (const auto& row : rows) {
            if (std::abs(row.value - centre) > reach) {
                out_.outliers.push_back(row.seq);
                continue;
            }
            const double w = out_.has_sigmas ? 1.0 / (row.sigma * row.sigma) : 1.0;
            weights += w;
            information += std::isfinite(row.sigma) ? 1.0 / (row.sigma * row.sigma) : 0.0;
            bin.time_s += w * row.time_s;
            bin.value += w * row.value;
            bin.count += 1.0;
            bin.seq = row.seq;
        }
        bin.time_s /= weights;
        bin.value /= weights;
        bin.sigma = out_.has_sigmas ? 1.0 / std::sqrt(information) : record::unknown;
        out_.rows.push_back(bin);
    }

  private:
    [[nodiscard]] static std::pair<double, double> limits(const std::vector<DecayRow>& rows) {
        if (rows.size() < rows_for_median) {
            return {rows.front().value, 1e300};
        }
        std::vector<double> values;
        values.reserve(rows.size());
        for (const auto& row : rows) {
            values.push_back(row.value);
        }
        const double centre = median(values);
        for (double& v : values) {
            v = std::abs(v - centre);
        }
        const double sd = 1.4826 * median(values);
        return {centre, sd > 0.0 ? outlier_sd * sd : 1e300};
    }

    DecayRows& out_;
};

}  // namespace

std::size_t DecayRows::groups() const {
    return rows.empty() ? 0 : rows.back().group + 1;
}

double DecayRows::last_time_s() const {
    double last = 0.0;
    for (const auto& row : rows) {
        last = std::max(last, row.time_s);
    }
    return last;
}

std::vector<std::size_t> DecayRows::group_ends() const {
    std::vector<std::size_t> ends;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i + 1 == rows.size() || rows[i + 1].group != rows[i].group) {
            ends.push_back(i + 1);
        }
    }
    return ends;
}

DecayRows thinned_decay(std::vector<DecayRow> rows, std::size_t places) {
    DecayRows out;
    std::sort(rows.begin(), rows.end(), [](const DecayRow& a, const DecayRow& b) {
        return std::tie(a.group, a.time_s, a.seq) < std::tie(b.group, b.time_s, b.seq);
    });
    out.has_sigmas = !rows.empty() && std::all_of(rows.begin(), rows.end(), [](const DecayRow& r) {
        return std::isfinite(r.sigma);
    });
    Bins bins(out);
    std::size_t first = 0;
    while (first < rows.size()) {
        std::size_t last = first;
        while (last < rows.size() && rows[last].group == rows[first].group) {
            ++last;
        }
        if (last - first <= places) {
            out.rows.insert(
                out.rows.end(),
                rows.begin() + static_cast<std::ptrdiff_t>(first),
                rows.begin() + static_cast<std::ptrdiff_t>(last)
            );
            first = last;
            continue;
        }
        // ln(t + an early interval): finite at t = 0, linear where the rows are sparse in ln t. Not
        // the mean interval: in rows spaced as ln t that is longer than all but the last times.
        const double span = rows[last - 1].time_s - rows[first].time_s;
        const double start = rows[first].time_s;
        const std::size_t early = std::min(early_rows, last - 1 - first);
        const double near = (rows[first + early].time_s - start) / static_cast<double>(early);
        const double step = near > 0.0 ? near : span / static_cast<double>(last - first);
        const double width = std::log1p(span / step) / static_cast<double>(places);
        std::vector<DecayRow> bin;
        long number = 0;
        for (std::size_t i = first; i < last; ++i) {
            const long here =
                step > 0.0 ? static_cast<long>(std::log1p((rows[i].time_s - start) / step) / width)
                           : 0;
            if (!bin.empty() && here != number) {
                bins.add(bin);
                bin.clear();
            }
            number = here;
            bin.push_back(rows[i]);
        }
        bins.add(bin);
        first = last;
    }
    return out;
}

}  // namespace relaxd::model
