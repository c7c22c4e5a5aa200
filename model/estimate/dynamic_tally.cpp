// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_tally.hpp"

#include "model/estimate/dynamic_rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <tuple>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double widest_K = 64.0;
constexpr double ln_omega_step = 1e-3;
constexpr std::uint64_t scatter_points_min = 20;
// Weights whose products with moduli stay finite.
constexpr double weight_least = 1e-250;
constexpr double weight_most = 1e200;

bool is_usable(const record::DynamicPoint& p) {
    return std::isfinite(p.temperature_K) && p.temperature_K > 0.0 &&
           std::isfinite(p.frequency_Hz) && p.frequency_Hz > 0.0 &&
           std::isfinite(p.storage_modulus_Pa) && std::isfinite(p.loss_modulus_Pa);
}

double weight_of(double sigma) {
    return std::clamp(1.0 / (sigma * sigma), weight_least, weight_most);
}

/// Of a few ratios of a scatter and the declared noise; 1 without any.
double median_scale(std::vector<double> ratios) {
    constexpr double least = 0.2;
    constexpr double most = 100.0;
    if (ratios.empty()) {
        return 1.0;
    }
    const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
    std::nth_element(ratios.begin(), middle, ratios.end());
    return std::clamp(*middle, least, most);
}

DynamicRow row_of_point(const record::DynamicPoint& p) {
    DynamicRow row;
    row.temperature_K = p.temperature_K;
    row.ln_omega = std::log(2.0 * std::numbers::pi * p.frequency_Hz);
    row.storage_Pa = p.storage_modulus_Pa;
    row.loss_Pa = p.loss_modulus_Pa;
    row.storage_sigma_Pa = p.storage_modulus_sigma_Pa;
    row.loss_sigma_Pa = p.loss_modulus_sigma_Pa;
    row.seq = p.seq;
    row.input = p.input;
    row.is_shear = p.is_shear;
    return row;
}

}  // namespace

void DynamicTally::Sums::add(double value, double sigma) {
    if (is_sigma(sigma)) {
        const double w = weight_of(sigma);
        weight.add(w);
        weighted.add(w * value);
    } else {
        ++n_plain;
        plain.add(value);
        squares.add(value * value);
    }
}

void DynamicTally::Sums::add(const Sums& other) {
    weight.add(other.weight);
    weighted.add(other.weighted);
    n_plain += other.n_plain;
    plain.add(other.plain);
    squares.add(other.squares);
}

double DynamicTally::Sums::plain_mean() const {
    return n_plain == 0 ? 0.0 : plain.value() / static_cast<double>(n_plain);
}

std::pair<double, double> DynamicTally::Sums::mean(double plain_sigma) const {
    const double w = n_plain == 0 ? 0.0 : weight_of(plain_sigma);
    const double all = weight.value() + w * static_cast<double>(n_plain);
    return {(weighted.value() + w * plain.value()) / all, 1.0 / std::sqrt(all)};
}

double DynamicTally::Sums::scatter() const {
    if (n_plain < 2) {
        return 0.0;
    }
    const auto n = static_cast<double>(n_plain);
    const double variance = (squares.value() - plain.value() * plain.value() / n) / (n - 1.0);
    return std::sqrt(std::max(variance, 0.0));
}

void DynamicTally::Cell::add(const DynamicRow& row) {
    first_seq = count == 0 ? row.seq : std::min(first_seq, row.seq);
    ++count;
    temperature.add(row.temperature_K);
    ln_omega.add(row.ln_omega);
    storage.add(row.storage_Pa, row.storage_sigma_Pa);
    loss.add(row.loss_Pa, row.loss_sigma_Pa);
}

void DynamicTally::Cell::add(const Cell& other) {
    first_seq = count == 0 ? other.first_seq : std::min(first_seq, other.first_seq);
    count += other.count;
    temperature.add(other.temperature);
    ln_omega.add(other.ln_omega);
    storage.add(other.storage);
    loss.add(other.loss);
}

void DynamicTally::add(std::span<const record::DynamicPoint> points) {
    for (const auto& point : points) {
        add(point);
    }
}

void DynamicTally::add(const record::DynamicPoint& p) {
    ++n_seen_;
    n_shear_seen_ += p.is_shear ? 1 : 0;
    if (!is_usable(p)) {
        ++summary_.n_refused;
        return;
    }
    if (p.temperature_K > T_max_K_) {
        ++summary_.n_masked;
        return;
    }
    DynamicData& s = summary_;
    (p.is_shear ? s.has_shear : s.has_tensile) = true;
    const bool is_first = s.n_points == 0;
    s.first_seq = is_first ? p.seq : std::min(s.first_seq, p.seq);
    s.last_seq = is_first ? p.seq : std::max(s.last_seq, p.seq);
    s.T_min_K = is_first ? p.temperature_K : std::min(s.T_min_K, p.temperature_K);
    s.T_max_K = is_first ? p.temperature_K : std::max(s.T_max_K, p.temperature_K);
    s.T_last_K = p.temperature_K;
    ++s.n_points;
    const DynamicRow row = row_of_point(p);
    if (s.n_points <= rows_max) {
        rows_.push_back(row);
        return;
    }
    for (const DynamicRow& earlier : rows_) {
        put(earlier);
    }
    rows_.clear();
    put(row);
}

void DynamicTally::put(const DynamicRow& row) {
    const Line line{
        row.input,
        row.is_shear,
        std::llround(row.ln_omega / ln_omega_step),
    };
    const auto bin = static_cast<std::int64_t>(std::floor(row.temperature_K / width_K_));
    cells_[{line, bin}].add(row);
    while (cells_.size() > rows_max && width_K_ < widest_K) {
        widen();
    }
}

/// Two neighbouring cells become one: floor(T/2w) is floor(floor(T/w)/2).
void DynamicTally::widen() {
    width_K_ *= 2.0;
    std::map<Place, Cell> wide;
    for (const auto& [place, cell] : cells_) {
        wide[{place.first, place.second / 2}].add(cell);  // bins are never negative
    }
    cells_ = std::move(wide);
}

/// Lines whose mean frequencies lie within 0.1 % are one group, as with single rows.
std::map<DynamicTally::Grouped, DynamicTally::Cell> DynamicTally::grouped(
    std::vector<Line>& line_of_group
) const {
    std::map<Line, std::pair<double, double>> lines;  // sum of ln omega, count
    for (const auto& [place, cell] : cells_) {
        auto& [sum, n] = lines[place.first];
        sum += cell.ln_omega.value();
        n += static_cast<double>(cell.count);
    }
    std::map<Line, int> group_of;
    double first_ln_omega = 0.0;
    for (const auto& [line, sums] : lines) {  // in order of input, kind, frequency
        const double ln_omega = sums.first / sums.second;
        const bool is_same = !line_of_group.empty() && line.input == line_of_group.back().input &&
                             line.is_shear == line_of_group.back().is_shear &&
                             ln_omega <= first_ln_omega + ln_omega_step;
        if (!is_same) {
            line_of_group.push_back(line);
            first_ln_omega = ln_omega;
        }
        group_of[line] = static_cast<int>(line_of_group.size()) - 1;
    }
    std::map<Grouped, Cell> out;
    for (const auto& [place, cell] : cells_) {
        out[{group_of.at(place.first), place.second}].add(cell);
    }
    return out;
}

DynamicRow DynamicTally::row_of(
    const Grouped& place, const Cell& cell, const Line& line, const Scales& scales
) {
    const auto n = static_cast<double>(cell.count);
    const double storage = scales.storage * declared_storage_sigma_Pa(cell.storage.plain_mean());
    const double loss = scales.loss * declared_loss_sigma_Pa(cell.loss.plain_mean());
    DynamicRow row;
    row.temperature_K = cell.temperature.value() / n;
    row.ln_omega = cell.ln_omega.value() / n;
    std::tie(row.storage_Pa, row.storage_sigma_Pa) = cell.storage.mean(storage);
    std::tie(row.loss_Pa, row.loss_sigma_Pa) = cell.loss.mean(loss);
    row.group = place.first;
    row.input = line.input;
    row.is_shear = line.is_shear;
    row.seq = cell.first_seq;
    row.count = cell.count;
    return row;
}

/// From the means of neighbouring cells; of an isotherm, which has few cells, from the scatter
/// inside them.
DynamicTally::Scales DynamicTally::scales_of(
    std::span<const DynamicRow> rows, std::span<const Cell* const> cells
) {
    Scales scales;
    const auto scatter = [&cells](Sums Cell::* sums, double (*declared)(double)) {
        std::vector<double> ratios;
        for (const Cell* cell : cells) {
            const Sums& of = cell->*sums;
            if (of.n_plain >= scatter_points_min) {
                ratios.push_back(of.scatter() / declared(of.plain_mean()));
            }
        }
        return median_scale(std::move(ratios));
    };
    const auto storage =
        noise_scale_of_means(rows, &DynamicRow::storage_Pa, &DynamicRow::storage_sigma_Pa);
    const auto loss = noise_scale_of_means(rows, &DynamicRow::loss_Pa, &DynamicRow::loss_sigma_Pa);
    scales.storage = storage ? *storage : scatter(&Cell::storage, declared_storage_sigma_Pa);
    scales.loss = loss ? *loss : scatter(&Cell::loss, declared_loss_sigma_Pa);
    return scales;
}

std::vector<DynamicRow> DynamicTally::rows_of_cells() const {
    std::vector<Line> lines;
    const auto places = grouped(lines);
    std::vector<DynamicRow> out;
    for (auto at = places.begin(); at != places.end();) {
        const int group = at->first.first;
        const Line& line = lines[static_cast<std::size_t>(group)];
        const auto first = at;
        std::vector<DynamicRow> rows;
        std::vector<const Cell*> cells;
        for (; at != places.end() && at->first.first == group; ++at) {
            rows.push_back(row_of(at->first, at->second, line, {}));
            cells.push_back(&at->second);
        }
        const Scales scales = scales_of(rows, cells);
        for (auto again = first; again != at; ++again) {
            out.push_back(row_of(again->first, again->second, line, scales));
        }
    }
    return out;
}

DynamicData DynamicTally::data() const {
    DynamicData out = summary_;
    out.is_all_shear = n_seen_ > 0 && n_shear_seen_ == n_seen_;
    if (cells_.empty()) {
        out.rows = rows_;
        out.n_inputs = number_inputs(out.rows);
        number_groups(out.rows);
        sort_rows(out.rows);
        assign_sigmas(out.rows);
        return out;
    }
    out.rows = rows_of_cells();
    out.n_inputs = number_inputs(out.rows);
    sort_rows(out.rows);
    return out;
}

}  // namespace relaxd::model
