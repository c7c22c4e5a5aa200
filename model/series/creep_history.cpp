// SPDX-License-Identifier: MIT
#include "model/series/creep_history.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double plateau_share = 0.02;  ///< Of the largest stress: one plateau.
constexpr double no_stress_share = 0.05;
constexpr std::size_t most_ramp_rows = 12;

struct Group {
    std::size_t first = 0;
    std::size_t count = 0;
    double mean_Pa = 0.0;

    [[nodiscard]] std::size_t last() const { return first + count - 1; }
    [[nodiscard]] bool is_plateau() const { return count >= 3; }
};

/// Neighbours of the same stress.
std::vector<Group> group_rows(const std::vector<StressRow>& rows, double tolerance_Pa) {
    std::vector<Group> groups;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const double s = rows[k].stress_Pa;
        if (!groups.empty() && std::abs(s - groups.back().mean_Pa) <= tolerance_Pa) {
            Group& g = groups.back();
            g.mean_Pa += (s - g.mean_Pa) / static_cast<double>(g.count + 1);
            ++g.count;
        } else {
            groups.push_back({k, 1, s});
        }
    }
    return groups;
}

void add_ramp(StressHistory& out, double to_s, double to_Pa) {
    const StressPiece& last = out.pieces.back();
    if (to_s > last.end_s) {
        out.pieces.push_back({last.end_s, to_s, last.end_Pa, to_Pa, false});
    }
}

/// At most twelve of the rows from `first` to `last`, the last among them.
std::vector<std::size_t> thinned(std::size_t first, std::size_t last) {
    std::vector<std::size_t> out;
    const std::size_t count = last + 1 - first;
    const std::size_t kept = std::min(count, most_ramp_rows);
    for (std::size_t k = 1; k <= kept; ++k) {
        out.push_back(first + count * k / kept - 1);
    }
    return out;
}

}  // namespace

StressHistory held_history(double stress_Pa, double load_time_s) {
    StressHistory out;
    const bool ends = std::isfinite(load_time_s);
    out.pieces.push_back({0.0, ends ? load_time_s : infinite, stress_Pa, stress_Pa, false});
    if (ends) {
        out.pieces.push_back({load_time_s, infinite, 0.0, 0.0, true});
    }
    return out;
}

Result<StressHistory> read_history(const std::vector<StressRow>& rows, double load_time_s) {
    double largest = 0.0;
    for (const StressRow& r : rows) {
        largest = std::abs(r.stress_Pa) > std::abs(largest) ? r.stress_Pa : largest;
    }
    if (largest == 0.0) {
        return fail(Errc::invalid, "the stress is zero in every row: nothing creeps");
    }
    std::size_t start = 0;  // the first row of the load
    double preload = 0.0;
    const auto is_before = [&](const StressRow& r) {
        return r.time_s < 0.0 ||
               std::abs(r.stress_Pa - preload) < no_stress_share * std::abs(largest);
    };
    while (start < rows.size() && rows[start].time_s < 0.0) {
        preload += (rows[start].stress_Pa - preload) / static_cast<double>(start + 1);
        ++start;
    }
    while (start < rows.size() && is_before(rows[start])) {
        ++start;
    }
    if (start == rows.size()) {
        return fail(Errc::invalid, "the stress never rises above the preload: nothing creeps");
    }
    StressHistory out;
    out.preload_Pa = preload;
    const double begin = start > 0 ? std::max(0.0, rows[start - 1].time_s) : 0.0;
    std::vector<StressRow> loaded(rows.begin() + static_cast<std::ptrdiff_t>(start), rows.end());
    const auto groups = group_rows(loaded, plateau_share * std::abs(largest));
    // A piece of no length carries the start.
    out.pieces.push_back({begin, begin, 0.0, 0.0, false});
    bool first_plateau = true;
    bool after_ramp = false;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        const Group& group = groups[g];
        const bool is_last = g + 1 == groups.size();
        const bool alone = groups.size() == 1;
        if (!group.is_plateau() && !is_last && !alone) {
            for (const std::size_t k : thinned(group.first, group.last())) {
                add_ramp(out, loaded[k].time_s, loaded[k].stress_Pa - preload);
            }
            after_ramp = true;
            continue;
        }
        double level = group.mean_Pa - preload;
        const bool is_rest = std::abs(level) < no_stress_share * std::abs(largest - preload);
        level = is_rest ? 0.0 : level;
        double from = out.pieces.back().end_s;
        const double first_s = loaded[group.first].time_s;
        if (after_ramp) {
            add_ramp(out, first_s, level);
            from = out.pieces.back().end_s;
        } else if (!first_plateau && load_time_s > from && load_time_s <= first_s) {
            out.pieces.back().end_s = load_time_s;
            from = load_time_s;
        }
        const double until = is_last ? infinite : loaded[group.last()].time_s;
        if (until > from) {
            out.pieces.push_back({from, until, level, level, is_rest && !first_plateau});
        }
        first_plateau = false;
        after_ramp = false;
    }
    out.pieces.erase(out.pieces.begin());
    if (out.pieces.empty()) {
        return fail(Errc::invalid, "no row under load: the stress column ends with its rise");
    }
    refine_ramps(out);
    return out;
}

void refine_ramps(StressHistory& history, std::size_t least) {
    std::vector<StressPiece> out;
    const auto& pieces = history.pieces;
    for (std::size_t k = 0; k < pieces.size();) {
        std::size_t end = k;
        while (end < pieces.size() && pieces[end].begin_Pa != pieces[end].end_Pa) {
            ++end;
        }
        if (end == k) {
            out.push_back(pieces[k++]);
            continue;
        }
        const std::size_t parts = (least + end - k - 1) / (end - k);
        for (; k < end; ++k) {
            const StressPiece& p = pieces[k];
            for (std::size_t j = 0; j < parts; ++j) {
                StressPiece part = p;
                const auto edge = [&](std::size_t at) {
                    return p.begin_s + (p.end_s - p.begin_s) * static_cast<double>(at) /
                                           static_cast<double>(parts);
                };
                part.begin_s = j == 0 ? p.begin_s : out.back().end_s;
                part.end_s = j + 1 == parts ? p.end_s : edge(j + 1);
                part.begin_Pa = j == 0 ? p.begin_Pa : out.back().end_Pa;
                part.end_Pa = j + 1 == parts ? p.end_Pa : p.at(part.end_s);
                out.push_back(part);
            }
        }
    }
    history.pieces = std::move(out);
}

}  // namespace relaxd::model
