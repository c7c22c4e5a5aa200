// SPDX-License-Identifier: MIT
#include "model/series/tension_data.hpp"

#include "model/domain.hpp"
#include "model/series/creep_data.hpp"
#include "model/series/median.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace relaxd::model {

namespace {

constexpr std::size_t most_rows = 160;   ///< Means of one input, but for the next two.
constexpr double rest_mean = 1.1;        ///< Times since the rest began, in one mean.
constexpr double pull_mean = 0.01;       ///< Of the largest strain, in one mean.
constexpr double rest_share = 0.02;      ///< Of the largest stress: none.
constexpr double turn_share = 0.01;      ///< Of the largest strain: the drive turned.
constexpr double drop_share = 0.05;      ///< Of the largest stress, at once: localised.
constexpr double drop_slope = 0.2;       ///< Of the initial modulus.
constexpr double least_relative = 2e-4;  ///< Sigma of the largest value, without given ones.
constexpr double mad_to_sd = 1.4826;
constexpr double large_strain = 0.02;

struct Raw {
    double time_s = 0.0;
    double strain = 0.0;
    double stress_Pa = 0.0;
    double stress_sigma_Pa = record::unknown;
    double strain_sigma = record::unknown;
    std::uint64_t seq = 0;
};

/// One input on its way from rows to legs.
class CurveBuilder {
  public:
    CurveBuilder(const record::SeriesData& data, std::size_t index, double machine_m_per_N)
        : data_(data), index_(index), head_(data.inputs[index]), machine_m_per_N_(machine_m_per_N) {
        out_.name = head_.name;
    }

    Result<TensionCurve> build(std::vector<std::string>& warnings) {
        read();
        if (rows_.size() < 6) {
            return fail(
                Errc::invalid,
                head_.name + " has " + std::to_string(rows_.size()) +
                    " rows with strain and stress_Pa; tension needs 6 at least"
            );
        }
        if (auto ok = set_times(); !ok) {
            return fail(ok.error());
        }
        if (auto ok = make_true(warnings); !ok) {
            return fail(ok.error());
        }
        if (auto ok = set_signs(warnings); !ok) {
            return fail(ok.error());
        }
        find_kinds();
        mask_localised(warnings);
        if (auto ok = set_sigmas(); !ok) {
            return fail(ok.error());
        }
        make_legs();
        if (out_.rows.size() < 4) {
            return fail(Errc::invalid, head_.name + " has fewer than 4 rows that can be used");
        }
        return std::move(out_);
    }

  private:
    enum class Kind { pull, unload, rest };

    void read() {
        std::vector<double> temperatures;
        for (const record::SeriesPoint& p : data_.points) {
            if (p.input != static_cast<int>(index_) || !std::isfinite(p.strain) ||
                !std::isfinite(p.stress_Pa)) {
                continue;
            }
            rows_.push_back(
                {p.time_s, p.strain, p.stress_Pa, p.stress_sigma_Pa, p.strain_sigma, p.seq}
            );
            if (std::isfinite(p.temperature_K)) {
                temperatures.push_back(p.temperature_K);
            }
        }
        if (!temperatures.empty()) {
            out_.temperature_K = median(temperatures);
        }
    }

    Result<void> set_times() {
        bool has_times = rows_.back().time_s > rows_.front().time_s;
        for (std::size_t k = 0; k < rows_.size() && has_times; ++k) {
            has_times = std::isfinite(rows_[k].time_s);
            if (has_times && k > 0 && rows_[k].time_s < rows_[k - 1].time_s) {
                return fail(
                    Errc::invalid,
                    "time_s goes back at " + shown(rows_[k].time_s) + " s of " + head_.name
                );
            }
        }
        if (has_times) {
            return {};
        }
        const double rate = head_.strain_rate_per_s;
        if (!(rate > 0.0 && std::isfinite(rate))) {
            return fail(
                Errc::invalid,
                head_.name +
                    " says neither time_s nor strain_rate_per_s: give a column time_s or the key "
                    "# strain_rate_per_s"
            );
        }
        double time = std::abs(rows_.front().strain) / rate;
        rows_.front().time_s = time;
        for (std::size_t k = 1; k < rows_.size(); ++k) {
            time += std::abs(rows_[k].strain - rows_[k - 1].strain) / rate;
            rows_[k].time_s = time;
        }
        return {};
    }

    /// Strain of the machine per stress before the test, from its compliance and the specimen.
    Result<double> machine_per_Pa() const {
        if (machine_m_per_N_ == 0.0) {
            return 0.0;
        }
        const double per_Pa = machine_m_per_N_ * head_.area_m2 / head_.length_m;
        if (!(head_.area_m2 > 0.0 && head_.length_m > 0.0 && std::isfinite(per_Pa))) {
            return fail(
                Errc::invalid,
                "machine_compliance_m_per_N needs the length and the cross-section of the specimen "
                "of " +
                    head_.name +
                    ": give the keys # specimen_length_m and # specimen_width_m with # "
                    "specimen_thickness_m (or # specimen_area_m2)"
            );
        }
        if (!(per_Pa > 0.0)) {
            return out_of_domain("machine_compliance_m_per_N", machine_m_per_N_, "positive");
        }
        return per_Pa;
    }

    Result<void> make_true(std::vector<std::string>& warnings) {
        const bool is_engineering = head_.stress_kind == "engineering";
        if (!is_engineering && head_.stress_kind != "true" && !head_.stress_kind.empty()) {
            return fail(
                Errc::invalid,
                "the stress of " + head_.name + " is said to be \"" + head_.stress_kind +
                    "\" and must be engineering or true"
            );
        }
        const auto machine = machine_per_Pa();
        if (!machine) {
            return fail(machine.error());
        }
        out_.machine_per_Pa = *machine;
        if (!is_engineering && *machine == 0.0) {
            return {};
        }
        for (Raw& r : rows_) {
            const double stretch = is_engineering ? 1.0 + r.strain : std::exp(r.strain);
            const double stress = is_engineering ? r.stress_Pa : r.stress_Pa / stretch;
            const double own = stretch - *machine * stress;  // of the specimen, without machine
            if (!(stretch > 0.0 && own > 0.0)) {
                return fail(
                    Errc::invalid,
                    "the strain of " + head_.name + " is " + shown(r.strain) +
                        ": no specimen of positive length has that (strain is no percentage)"
                );
            }
            r.stress_sigma_Pa *= is_engineering ? own : own / stretch;
            r.strain_sigma /= is_engineering ? own : own / stretch;
            r.stress_Pa = stress * own;
            r.strain = std::log(own) + *machine * r.stress_Pa;
        }
        if (is_engineering) {
            warnings.push_back(
                head_.name +
                ": engineering stress and strain were converted to true ones (stress "
                "x (1 + strain), ln(1 + strain): volume constant, as in flow)"
            );
        }
        return {};
    }

    Result<void> set_signs(std::vector<std::string>& warnings) {
        double stress = 0.0;
        double strain = 0.0;
        for (const Raw& r : rows_) {
            stress = std::abs(r.stress_Pa) > std::abs(stress) ? r.stress_Pa : stress;
            strain = std::abs(r.strain) > std::abs(strain) ? r.strain : strain;
        }
        if (stress == 0.0 || strain == 0.0) {
            return fail(
                Errc::invalid, "the stress or the strain of " + head_.name + " is zero in every row"
            );
        }
        if ((stress > 0.0) != (strain > 0.0)) {
            return fail(
                Errc::invalid,
                "stress and strain of " + head_.name +
                    " have opposite signs: no elastic solid does that"
            );
        }
        if (stress < 0.0) {
            warnings.push_back(head_.name + " is compression: the barrier falls with |stress|");
            for (Raw& r : rows_) {
                r.stress_Pa = -r.stress_Pa;
                r.strain = -r.strain;
            }
        }
        largest_stress_ = std::abs(stress);
        largest_strain_ = std::abs(strain);
        out_.largest_stress_Pa = largest_stress_;
        return {};
    }

    /// Pull, unload or rest, by the turns of the strain and where the stress has gone.
    void find_kinds() {
        kinds_.assign(rows_.size(), Kind::pull);
        bool was_loaded = false;
        double extreme = rows_.front().strain;
        std::size_t extreme_at = 0;
        Kind now = Kind::pull;
        for (std::size_t k = 0; k < rows_.size(); ++k) {
            was_loaded = was_loaded || rows_[k].stress_Pa > 0.1 * largest_stress_;
            const double strain = rows_[k].strain;
            const double turn = turn_share * largest_strain_;
            const bool goes_on = now == Kind::pull ? strain >= extreme : strain <= extreme;
            if (goes_on) {
                extreme = strain;
                extreme_at = k;
            } else if (std::abs(strain - extreme) > turn) {
                now = now == Kind::pull ? Kind::unload : Kind::pull;
                for (std::size_t j = extreme_at + 1; j <= k; ++j) {
                    kinds_[j] = now;
                }
                extreme = strain;
                extreme_at = k;
            }
            kinds_[k] = now;
        }
        // Rest: three rows or more without stress after a load.
        was_loaded = false;
        for (std::size_t k = 0; k < rows_.size(); ++k) {
            was_loaded = was_loaded || rows_[k].stress_Pa > 0.1 * largest_stress_;
            std::size_t end = k;
            while (was_loaded && end < rows_.size() &&
                   std::abs(rows_[end].stress_Pa) < rest_share * largest_stress_) {
                ++end;
            }
            if (end >= k + 3) {
                std::fill(
                    kinds_.begin() + static_cast<std::ptrdiff_t>(k),
                    kinds_.begin() + static_cast<std::ptrdiff_t>(end),
                    Kind::rest
                );
                k = end - 1;
            }
        }
    }

    /// A stress that falls at once while the strain goes on: the specimen localised or broke.
    void mask_localised(std::vector<std::string>& warnings) {
        const double modulus = largest_stress_ / largest_strain_;
        double steepest = modulus;
        for (std::size_t k = 1; k < rows_.size(); ++k) {
            const double run = rows_[k].strain - rows_.front().strain;
            if (run > 0.02 * largest_strain_ && run < 0.3 * largest_strain_) {
                steepest = std::max(steepest, (rows_[k].stress_Pa - rows_.front().stress_Pa) / run);
            }
        }
        const std::size_t wide = std::max<std::size_t>(1, rows_.size() / most_rows);
        for (std::size_t k = wide; k < rows_.size(); ++k) {
            const Raw& a = rows_[k - wide];
            const Raw& b = rows_[k];
            const double run = b.strain - a.strain;
            const double drop = a.stress_Pa - b.stress_Pa;
            const bool is_pull = kinds_[k] == Kind::pull && kinds_[k - wide] == Kind::pull;
            const bool is_break = kinds_[k] == Kind::rest && kinds_[k - wide] == Kind::pull;
            if ((is_pull || is_break) && run >= 0.0 && drop > drop_share * largest_stress_ &&
                drop > drop_slope * steepest * run) {
                warnings.push_back(
                    head_.name + ": the stress falls by " +
                    shown(std::round(100.0 * drop / largest_stress_)) + " % at strain " +
                    shown(a.strain) + "; rows from there on are masked (localised or broken)"
                );
                rows_.resize(k - wide + 1);
                kinds_.resize(k - wide + 1);
                return;
            }
        }
    }

    /// Median difference of a strain at rest from the line between its neighbours, as a standard
    /// deviation.
    [[nodiscard]] double rest_scatter() const {
        std::vector<double> rough;
        for (std::size_t k = 1; k + 1 < rows_.size(); ++k) {
            if (kinds_[k - 1] != Kind::rest || kinds_[k] != Kind::rest ||
                kinds_[k + 1] != Kind::rest) {
                continue;
            }
            const double span = rows_[k + 1].time_s - rows_[k - 1].time_s;
            const double w = span > 0.0 ? (rows_[k].time_s - rows_[k - 1].time_s) / span : 0.5;
            const double line = (1.0 - w) * rows_[k - 1].strain + w * rows_[k + 1].strain;
            rough.push_back(
                std::abs(rows_[k].strain - line) / std::sqrt(1.0 + w * w + (1.0 - w) * (1.0 - w))
            );
        }
        return mad_to_sd * median(std::move(rough));
    }

    Result<void> set_sigmas() {
        std::vector<CreepRow> pulls;
        for (std::size_t k = 0; k < rows_.size(); ++k) {
            if (kinds_[k] != Kind::rest) {
                pulls.emplace_back();
                pulls.back().time_s = rows_[k].time_s;
                pulls.back().strain = rows_[k].stress_Pa;
            }
        }
        out_.is_smooth = running_sigma(pulls, least_relative * largest_stress_);
        std::size_t pull = 0;
        const double strain = std::max(rest_scatter(), 0.1 * least_relative * largest_strain_);
        for (std::size_t k = 0; k < rows_.size(); ++k) {
            const bool is_rest = kinds_[k] == Kind::rest;
            double& sigma = is_rest ? rows_[k].strain_sigma : rows_[k].stress_sigma_Pa;
            const double own = is_rest ? strain : pulls[pull++].sigma;
            if (!std::isfinite(sigma)) {
                out_.sigma_given = false;
                sigma = own;
            }
            const double largest = is_rest ? largest_strain_ : largest_stress_;
            if (!(sigma > 0.0) || sigma > largest) {
                return fail(
                    Errc::invalid,
                    std::string(is_rest ? "strain_sigma" : "stress_sigma_Pa") + " is " +
                        shown(sigma) + " at strain " + shown(rows_[k].strain) + " of " +
                        head_.name + "; it must be positive and below the largest value"
                );
            }
        }
        return {};
    }

    /// Where loading began: at zero strain, at the rate of the first rows.
    [[nodiscard]] double begin_s() const {
        const std::size_t k = std::min<std::size_t>(rows_.size() - 1, 5);
        const double rate =
            (rows_[k].strain - rows_.front().strain) / (rows_[k].time_s - rows_.front().time_s);
        const double back = rate > 0.0 ? rows_.front().strain / rate : 0.0;
        return rows_.front().time_s - std::max(0.0, back);
    }

    /// May they share a mean? Where the curve bends between rows their mean lies beside it.
    [[nodiscard]] bool are_close(std::size_t first, std::size_t other, double began_s) const {
        if (kinds_[other] != kinds_[first]) {
            return false;
        }
        const Raw& a = rows_[first];
        const Raw& b = rows_[other];
        return kinds_[first] == Kind::rest
                   ? b.time_s - began_s <= rest_mean * (a.time_s - began_s)
                   : std::abs(b.strain - a.strain) <= pull_mean * largest_strain_;
    }

    void make_legs() {
        const double start = begin_s();
        const std::size_t wide = (rows_.size() + most_rows - 1) / most_rows;
        std::size_t k = 0;
        while (k < rows_.size() && !(rows_[k].time_s > start && rows_[k].strain > 0.0)) {
            ++k;
        }
        Kind before = Kind::pull;
        bool is_first = true;
        double began_s = start;
        while (k < rows_.size()) {
            const bool anew = is_first || kinds_[k] != before;
            began_s = anew && k > 0 ? rows_[k - 1].time_s : began_s;
            std::size_t end = k + 1;
            while (end < rows_.size() && end < k + wide && are_close(k, end, began_s)) {
                ++end;
            }
            // The last row before a turn stands alone: the drive goes through it.
            if (end > k + 1 && end < rows_.size() && kinds_[end] != kinds_[k]) {
                --end;
            }
            add_leg(k, end, start, anew);
            before = kinds_[k];
            is_first = false;
            k = end;
        }
    }

    void add_leg(std::size_t first, std::size_t end, double start, bool anew) {
        double weight = 0.0;
        double time = 0.0;
        double strain = 0.0;
        double stress = 0.0;
        const bool is_rest = kinds_[first] == Kind::rest;
        TensionRow row;
        for (std::size_t k = first; k < end; ++k) {
            const double sigma = is_rest ? rows_[k].strain_sigma : rows_[k].stress_sigma_Pa;
            const double w = 1.0 / (sigma * sigma);
            weight += w;
            time += w * rows_[k].time_s;
            strain += w * rows_[k].strain;
            stress += w * rows_[k].stress_Pa;
            row.seqs.push_back(rows_[k].seq);
        }
        TensionLeg leg{time / weight - start, strain / weight, is_rest, anew};
        const double before = out_.legs.empty() ? 0.0 : out_.legs.back().end_s;
        if (!(leg.end_s > before)) {
            return;
        }
        row.leg = out_.legs.size();
        row.is_strain = is_rest;
        row.value = is_rest ? leg.end_strain : stress / weight;
        row.sigma = 1.0 / std::sqrt(weight);
        out_.has_rest = out_.has_rest || is_rest;
        out_.turns = out_.turns || kinds_[first] == Kind::unload;
        if (!out_.turns && !out_.has_rest) {
            out_.last_strain = leg.end_strain - out_.machine_per_Pa * row.value;
            out_.rate_per_s = leg.end_strain / leg.end_s;
        }
        out_.legs.push_back(leg);
        out_.rows.push_back(std::move(row));
    }

    const record::SeriesData& data_;
    std::size_t index_;
    const record::SeriesInput& head_;
    double machine_m_per_N_;
    TensionCurve out_;
    std::vector<Raw> rows_;
    std::vector<Kind> kinds_;
    double largest_stress_ = 0.0;
    double largest_strain_ = 0.0;
};

}  // namespace

Result<TensionData> prepare_tension(const record::SeriesData& data, double machine_m_per_N) {
    TensionData out;
    if (data.points.empty() || data.inputs.empty()) {
        return fail(Errc::invalid, "there is no row with strain and stress_Pa");
    }
    double largest = 0.0;
    for (std::size_t k = 0; k < data.inputs.size(); ++k) {
        auto curve = CurveBuilder(data, k, machine_m_per_N).build(out.warnings);
        if (!curve) {
            return fail(curve.error());
        }
        out.sigma_given = out.sigma_given && curve->sigma_given;
        out.is_smooth = out.is_smooth || curve->is_smooth;
        if (data.inputs[k].stress_kind.empty()) {
            largest = std::max(largest, curve->last_strain);
        }
        out.curves.push_back(std::move(*curve));
    }
    if (largest > large_strain) {
        out.warnings.push_back(
            "stress and strain are taken as true ones: if they are engineering ones, the stress is "
            "too low by the strain (here up to " +
            shown(std::round(1000.0 * largest) / 10.0) +
            " %); say so with # stress: engineering (or true), or --stress"
        );
    }
    return out;
}

}  // namespace relaxd::model
