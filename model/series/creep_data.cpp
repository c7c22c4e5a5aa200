// SPDX-License-Identifier: MIT
#include "model/series/creep_data.hpp"

#include "model/domain.hpp"
#include "model/series/creep_history.hpp"
#include "model/series/median.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double bins_per_decade = 30.0;
constexpr double least_relative = 2e-5;  ///< Of the largest strain, without given sigmas.
constexpr double same_temperature_K = 1.0;
constexpr double beside_share = 0.02;     ///< Of the rows, with a temperature beside the others.
constexpr double no_stress_share = 0.05;  ///< As in creep_history.cpp.

/// The rows of one input, as numbers.
struct Input {
    std::vector<StressRow> stress;
    std::vector<CreepRow> rows;
    bool has_stress = false;
    bool steps = false;  ///< The stress column moves.
    bool sigma_given = true;
    bool is_compliance = false;
};

Result<void> check_sigmas(const Input& in, const std::string& name) {
    double largest = 0.0;
    std::vector<double> sigmas;
    for (const CreepRow& r : in.rows) {
        largest = std::max(largest, std::abs(r.strain));
        if (std::isfinite(r.sigma)) {
            sigmas.push_back(r.sigma);
            if (!(r.sigma > 0.0)) {
                return fail(
                    Errc::invalid,
                    "the sigma of the strain is " + shown(r.sigma) + " at " + shown(r.time_s) +
                        " s of " + name + "; a standard deviation must be positive"
                );
            }
        }
    }
    if (!sigmas.empty() && median(sigmas) > largest) {
        return fail(
            Errc::invalid,
            "the sigmas of " + name + " (" + shown(median(sigmas)) +
                ") exceed the largest strain itself (" + shown(largest) + "): nothing is measured"
        );
    }
    return {};
}

Result<Input> read_input(const record::SeriesData& data, std::size_t index) {
    Input in;
    const record::SeriesInput& head = data.inputs[index];
    double lowest = std::numeric_limits<double>::infinity();
    double highest = -lowest;
    double before = -std::numeric_limits<double>::infinity();
    for (const record::SeriesPoint& p : data.points) {
        if (p.input != static_cast<int>(index) || !std::isfinite(p.time_s)) {
            continue;
        }
        const bool is_strain = std::isfinite(p.strain);
        const double value = is_strain ? p.strain : p.compliance_per_Pa;
        if (!std::isfinite(value)) {
            continue;
        }
        if (p.time_s < before) {
            return fail(
                Errc::invalid,
                "time_s goes back from " + shown(before) + " to " + shown(p.time_s) + " s in " +
                    head.name + "; creep needs one clock from the load on"
            );
        }
        before = p.time_s;
        in.is_compliance = in.is_compliance || !is_strain;
        CreepRow row;
        row.time_s = p.time_s;
        row.strain = value;
        row.sigma = is_strain ? p.strain_sigma : p.compliance_sigma_per_Pa;
        row.seq = p.seq;
        in.sigma_given = in.sigma_given && std::isfinite(row.sigma);
        in.rows.push_back(row);
        const double s = std::isfinite(p.stress_Pa) ? p.stress_Pa : head.stress_Pa;
        in.has_stress = in.has_stress || std::isfinite(s);
        in.stress.push_back({p.time_s, s});
        if (std::isfinite(p.stress_Pa)) {
            lowest = std::min(lowest, p.stress_Pa);
            highest = std::max(highest, p.stress_Pa);
        }
    }
    in.steps = highest - lowest > 0.05 * std::max(std::abs(highest), std::abs(lowest));
    if (auto ok = check_sigmas(in, head.name); !ok) {
        return fail(ok.error());
    }
    return in;
}

/// History of the stress of one input; a compliance without stress is one at 1 Pa.
Result<StressHistory> history_of(const Input& in, const record::SeriesInput& head) {
    if (in.has_stress && in.steps) {
        std::vector<StressRow> rows = in.stress;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            if (!std::isfinite(rows[k].stress_Pa)) {
                rows[k].stress_Pa = k > 0 ? rows[k - 1].stress_Pa : 0.0;
            }
        }
        return read_history(rows, head.load_time_s);
    }
    double stress = in.is_compliance ? 1.0 : record::unknown;
    if (in.has_stress) {
        std::vector<double> all;
        for (const StressRow& r : in.stress) {
            if (std::isfinite(r.stress_Pa)) {
                all.push_back(r.stress_Pa);
            }
        }
        stress = median(all);
    }
    if (!std::isfinite(stress)) {
        return fail(
            Errc::invalid,
            "the strain of " + head.name +
                " has no stress: give a column stress_Pa or the key # stress_Pa"
        );
    }
    if (stress == 0.0) {
        return fail(Errc::invalid, "the stress of " + head.name + " is zero: nothing creeps");
    }
    return held_history(stress, head.load_time_s);
}

/// Rows measured while the stress stood, after the load began.
bool is_usable(const StressHistory& history, double time_s) {
    if (!(time_s > history.pieces.front().begin_s)) {
        return false;
    }
    const StressPiece& p = history.pieces[history.piece_at(time_s)];
    return p.begin_Pa == p.end_Pa;
}

/// So little stress above the preload that `read_history` counts it as none.
bool is_at_preload(const CreepTest& test, double stress_Pa) {
    return std::abs(stress_Pa - test.history.preload_Pa) <
           no_stress_share * std::abs(test.stress_Pa);
}

/// So few rows show no scatter of their own: the smallest of the others, whose strain is larger.
void lend_sigma(const std::vector<CreepRow>& from, std::vector<CreepRow>& to) {
    double sigma = from.front().sigma;
    for (const CreepRow& r : from) {
        sigma = std::min(sigma, r.sigma);
    }
    for (CreepRow& r : to) {
        r.sigma = sigma;
    }
}

std::string baseline_sentence(const CreepTest& test) {
    const CreepBaseline& b = test.baseline;
    if (b.drift_sd_per_s == 0.0) {
        return test.name + ": the strain before the load was subtracted, its error " +
               shown(b.offset_sd) +
               " is in the errors of the result; no drift is known from so few rows. Where an "
               "earlier "
               "load left it, its recovery should have lasted three times that load; else give the "
               "rows of that load too";
    }
    return test.name + ": a drift of " + shown(b.drift_per_s) +
           " 1/s before the load was subtracted, its error " + shown(b.drift_sd_per_s) +
           " 1/s is in the errors of the result";
}

Result<CreepTest> make_test(Input in, const record::SeriesInput& head) {
    auto history = history_of(in, head);
    if (!history) {
        return fail(history.error());
    }
    CreepTest test;
    test.name = head.name;
    test.history = std::move(*history);
    for (const StressPiece& p : test.history.pieces) {
        const double s = p.end_Pa;
        test.stress_Pa = std::abs(s) > std::abs(test.stress_Pa) ? s : test.stress_Pa;
    }
    double largest = 0.0;
    for (CreepRow& r : in.rows) {
        if (in.is_compliance) {
            r.strain *= test.stress_Pa;
            r.sigma *= std::abs(test.stress_Pa);
        }
        largest = std::max(largest, std::abs(r.strain));
    }
    if (largest == 0.0) {
        return fail(Errc::invalid, "the strain of " + head.name + " is zero in every row");
    }
    test.sigma_given = in.sigma_given;
    std::vector<CreepRow> before;
    const double begin_s = test.history.pieces.front().begin_s;
    for (std::size_t k = 0; k < in.rows.size(); ++k) {
        const CreepRow& r = in.rows[k];
        // The last row without the load is often at the very instant of loading.
        const bool is_without_load = in.steps && is_at_preload(test, in.stress[k].stress_Pa);
        if (r.time_s < begin_s || (r.time_s == begin_s && is_without_load)) {
            before.push_back(r);
        } else if (is_usable(test.history, r.time_s)) {
            test.rows.push_back(r);
        }
    }
    if (!test.sigma_given) {
        running_sigma(before, least_relative * largest);
        test.is_smooth = running_sigma(test.rows, least_relative * largest);
        if (before.size() < least_baseline && !test.rows.empty()) {
            lend_sigma(test.rows, before);
        }
    }
    double offset = 0.0;
    double drift = 0.0;
    auto baseline = fit_baseline(before, test.sigma_given, offset, drift);
    if (!baseline) {
        return fail(Errc::invalid, head.name + ": " + baseline.error().message);
    }
    test.baseline = *baseline;
    for (CreepRow& r : test.rows) {
        r.strain -= offset + drift * (r.time_s - test.baseline.centre_s);
        const std::size_t p = test.history.piece_at(r.time_s);
        test.has_recovery = test.has_recovery || test.history.pieces[p].is_recovery;
    }
    bin_rows(test);
    return test;
}

Result<void> check_test(const CreepTest& test) {
    if (test.bins.size() < 6) {
        return fail(
            Errc::invalid,
            test.name + " has " + std::to_string(test.rows.size()) +
                " usable rows after the load began (" + std::to_string(test.bins.size()) +
                " at different times); creep needs 6 at least"
        );
    }
    const double start = test.history.pieces.front().begin_s;
    const double span = (test.bins.back().time_s - start) / (test.bins.front().time_s - start);
    if (!(span > 3.0)) {
        return fail(
            Errc::invalid,
            test.name + " spans a factor of " + shown(span) +
                " in time since the load; creep needs half a decade at least"
        );
    }
    double sum = 0.0;
    double loaded = 0.0;
    for (const CreepRow& r : test.bins) {
        const StressPiece& p = test.history.pieces[test.history.piece_at(r.time_s)];
        if (p.end_Pa != 0.0) {
            sum += r.strain / p.end_Pa;
            loaded += 1.0;
        }
    }
    if (loaded < 3.0) {
        return fail(
            Errc::invalid,
            test.name +
                " has fewer than 3 rows under load; recovery alone does not tell the "
                "compliance from the permanent strain"
        );
    }
    if (sum <= 0.0) {
        return fail(
            Errc::invalid,
            "strain and stress of " + test.name +
                " have opposite signs: a compliance must be positive"
        );
    }
    return {};
}

/// The median; single readings of the thermometer beside it are told and forgiven.
Result<double> temperature_of(const record::SeriesData& data, std::vector<std::string>& warnings) {
    std::vector<double> all;
    for (const record::SeriesPoint& p : data.points) {
        if (std::isfinite(p.temperature_K) && p.time_s >= 0.0) {
            all.push_back(p.temperature_K);
        }
    }
    if (all.empty()) {
        return record::unknown;
    }
    const double middle = median(all);
    const auto [lowest, highest] = std::minmax_element(all.begin(), all.end());
    const auto is_beside = [&](double T_K) { return std::abs(T_K - middle) > same_temperature_K; };
    const auto beside = static_cast<double>(std::count_if(all.begin(), all.end(), is_beside));
    const bool has_run = std::adjacent_find(all.begin(), all.end(), [&](double a, double b) {
                             return is_beside(a) && is_beside(b);
                         }) != all.end();
    const bool is_far = *highest - *lowest > 2.0 * same_temperature_K;
    const double most = std::max(1.0, beside_share * static_cast<double>(all.size()));
    if (is_far && (has_run || beside > most)) {
        return fail(
            Errc::invalid,
            "the rows lie between " + shown(*lowest) + " and " + shown(*highest) +
                " K; chi and tau_max of a creep fit belong to one temperature (within 1 K of the "
                "middle): fit the temperatures one by one"
        );
    }
    if (is_far) {
        warnings.push_back(
            shown(beside) + " of " + shown(static_cast<double>(all.size())) +
            " rows lie more than 1 K beside " + shown(middle) +
            " K, each by itself: taken as errors of the thermometer, their strain is fitted"
        );
    }
    if (!(middle > 0.0)) {
        return fail(Errc::invalid, "temperature_K is " + shown(middle) + " and must be positive");
    }
    return middle;
}

}  // namespace

void bin_rows(CreepTest& test) {
    test.bins.clear();
    long bin_index = 0;
    std::size_t piece_index = 0;
    double weight = 0.0;
    double strain = 0.0;
    double time = 0.0;
    double last_s = 0.0;
    const auto close = [&] {
        if (weight > 0.0) {
            CreepRow& b = test.bins.back();
            // Rounding must not carry the last row of a piece into the next one.
            b.time_s = std::clamp(time / weight, b.time_s, last_s);
            b.strain = strain / weight;
            b.sigma = 1.0 / std::sqrt(weight);
        }
    };
    for (std::size_t k = 0; k < test.rows.size(); ++k) {
        const CreepRow& r = test.rows[k];
        if (r.is_out) {
            continue;
        }
        const std::size_t p = test.history.piece_at(r.time_s);
        const double since = r.time_s - test.history.pieces[p].begin_s;
        const long index = std::lround(bins_per_decade * std::log10(since));
        if (weight == 0.0 || index != bin_index || p != piece_index) {
            close();
            CreepRow fresh = r;
            fresh.first = k;
            fresh.count = 0;
            test.bins.push_back(fresh);
            bin_index = index;
            piece_index = p;
            weight = 0.0;
            strain = 0.0;
            time = 0.0;
        }
        const double w = 1.0 / (r.sigma * r.sigma);
        weight += w;
        strain += w * r.strain;
        time += w * r.time_s;
        last_s = r.time_s;
        test.bins.back().count = k + 1 - test.bins.back().first;
    }
    close();
}

Result<CreepData> prepare_creep(const record::SeriesData& data) {
    CreepData out;
    if (data.points.empty() || data.inputs.empty()) {
        return fail(Errc::invalid, "there is no row with time and strain or compliance");
    }
    auto temperature = temperature_of(data, out.warnings);
    if (!temperature) {
        return fail(temperature.error());
    }
    out.temperature_K = *temperature;
    for (std::size_t k = 0; k < data.inputs.size(); ++k) {
        auto in = read_input(data, k);
        if (!in) {
            return fail(in.error());
        }
        if (in->rows.empty()) {
            return fail(
                Errc::invalid,
                data.inputs[k].name + " has no row with time_s and strain or compliance_per_Pa"
            );
        }
        out.stress_known = out.stress_known && in->has_stress;
        auto test = make_test(std::move(*in), data.inputs[k]);
        if (!test) {
            return fail(test.error());
        }
        if (auto ok = check_test(*test); !ok) {
            return fail(ok.error());
        }
        out.sigma_given = out.sigma_given && test->sigma_given;
        out.is_smooth = out.is_smooth || test->is_smooth;
        if (test->baseline.is_there) {
            out.warnings.push_back(baseline_sentence(*test));
        }
        out.tests.push_back(std::move(*test));
    }
    return out;
}

}  // namespace relaxd::model
