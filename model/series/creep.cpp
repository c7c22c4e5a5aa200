// SPDX-License-Identifier: MIT
//
// Creep and recovery (ANALYSIS 4.2 D; S1 Eqs. 17-21, 25a; PHYSICS 2).
#include "model/domain.hpp"
#include "model/series/creep_report.hpp"
#include "model/series/creep_residuals.hpp"
#include "model/series/series.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace relaxd::model {

namespace {

using record::FitResult;
using record::ParameterEstimate;

constexpr double outlier_sd = 6.0;  ///< Of single rows, in units of their scatter.
constexpr int evaluations_alternative = 60;

FitResult no_estimate(FitResult result, std::string reason) {
    result.status = "no_estimate";
    result.reason = std::move(reason);
    return result;
}

class Creep {
  public:
    Creep(const record::FitOptions& options, CreepData data, CreepSetup setup)
        : options_(options), data_(std::move(data)), setup_(std::move(setup)) {}

    FitResult run() {
        FitResult out;
        fill_head(out);
        if (!fit_all()) {
            return no_estimate(std::move(out), failure());
        }
        if (mark_outliers() && !fit_all()) {
            return no_estimate(std::move(out), failure());
        }
        if (!fit_.q.allFinite() || !std::isfinite(fit_.reduced_chi2)) {
            return no_estimate(std::move(out), "the fit has no finite result");
        }
        out.status = "converged";
        out.reduced_chi2 = fit_.reduced_chi2;
        out.residuals = fit_.check;
        report_creep(data_, setup_, fit_, is_shear_, out);
        if (options_.wants_profiles) {
            add_profiles(out);
        }
        if (options_.wants_alternatives) {
            add_alternatives(out);
        }
        count_rows(out);
        for (std::size_t k = 0; k < setup_.coordinates.size(); ++k) {
            out.warm_start[setup_.coordinates[k].name] = fit_.q[static_cast<Eigen::Index>(k)];
        }
        return out;
    }

  private:
    void fill_head(FitResult& out) const {
        out.model = "creep";
        out.form = to_word(options_.form);
        out.formulation = to_word(setup_.laws.formulation);
        out.warnings = data_.warnings;
        out.warnings.insert(out.warnings.end(), setup_.warnings.begin(), setup_.warnings.end());
        if (!data_.sigma_given) {
            out.warnings.push_back(
                data_.is_smooth
                    ? "sigmas: none given and no scatter seen; 2e-5 of the largest strain"
                    : "sigmas: from the scatter of neighbouring rows"
            );
        }
        if (!data_.stress_known) {
            out.warnings.push_back("no stress given: the compliance is taken as it stands");
        }
    }

    [[nodiscard]] std::string failure() const {
        return "the fit found no optimum (" + std::string(to_word(fit_.termination)) + ")";
    }

    [[nodiscard]] NamedFitOptions fit_options(const CreepResiduals& model) const {
        NamedFitOptions o;
        o.evaluations_max = options_.iterations_max;
        o.series_ends = model.series_ends();
        o.sigma_is_relative = data_.sigma_is_relative();
        return o;
    }

    /// From the warm start where there is one, else (or when that ends badly) from the data.
    bool fit_all() {
        CreepResiduals model(data_, setup_);
        const NamedFitOptions o = fit_options(model);
        const bool is_warm = take_warm_start();
        if (!is_warm) {
            set_starts(model.start());
        }
        fit_ = fit_named(model, setup_.coordinates, o);
        const bool is_bad =
            !fit_.is_usable() || (!data_.sigma_is_relative() && fit_.reduced_chi2 > 4.0);
        if (is_warm && is_bad) {
            const NamedFit first = fit_;
            set_starts(model.start());
            fit_ = fit_named(model, setup_.coordinates, o);
            if (first.is_usable() && (!fit_.is_usable() || first.cost < fit_.cost)) {
                fit_ = first;
            }
        }
        if (!fit_.is_usable() && set_prior_starts()) {
            fit_ = fit_named(model, setup_.coordinates, o);
        }
        return fit_.is_usable();
    }

    void set_starts(const Eigen::VectorXd& q) {
        for (std::size_t k = 0; k < creep_main_count; ++k) {
            if (!setup_.coordinates[k].is_fixed) {
                setup_.coordinates[k].start = q[static_cast<Eigen::Index>(k)];
            }
        }
    }

    bool set_prior_starts() {
        for (std::size_t k = 0; k < creep_main_count; ++k) {
            NamedCoordinate& c = setup_.coordinates[k];
            c.start = c.is_fixed ? c.start : std::clamp(c.prior_mean, c.low, c.high);
        }
        return true;
    }

    bool take_warm_start() {
        const auto& from = own_start_.empty() ? options_.start : own_start_;
        bool all = !from.empty();
        for (std::size_t k = 0; k < creep_main_count && all; ++k) {
            NamedCoordinate& c = setup_.coordinates[k];
            const auto found = from.find(c.name);
            all = c.is_fixed || (found != from.end() && std::isfinite(found->second));
            if (all && !c.is_fixed) {
                c.start = std::clamp(found->second, c.low, c.high);
            }
        }
        return all;
    }

    /// Rows far from the curve leave their bins; a bin of one row is the robust loss's business.
    bool mark_outliers() {
        bool any = false;
        std::size_t bin = 0;
        for (CreepTest& test : data_.tests) {
            const std::size_t first = bin;
            bin += test.bins.size();
            if (test.rows.size() < 2 * test.bins.size()) {
                continue;
            }
            std::vector<double> z = deviations(test, first);
            std::vector<double> sorted = z;
            const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
            std::nth_element(sorted.begin(), middle, sorted.end());
            const double least = data_.sigma_is_relative() ? 0.0 : 1.0;
            const double limit = outlier_sd * std::max(least, 1.4826 * *middle);
            bool here = false;
            for (std::size_t k = 0; k < z.size(); ++k) {
                test.rows[k].is_out = z[k] > limit;
                here = here || test.rows[k].is_out;
            }
            if (here) {
                bin_rows(test);
                any = true;
            }
        }
        for (std::size_t k = 0; any && k < creep_main_count; ++k) {
            own_start_[setup_.coordinates[k].name] = fit_.q[static_cast<Eigen::Index>(k)];
        }
        return any;
    }

    /// |row - curve| in standard deviations, the curve between the bins straight in time.
    [[nodiscard]] std::vector<double> deviations(const CreepTest& test, std::size_t first) const {
        const double unit = data_.sigma_is_relative() ? fit_.sigma_unit : 1.0;
        std::vector<double> curve;
        for (std::size_t k = 0; k < test.bins.size(); ++k) {
            const double r = fit_.residuals[static_cast<Eigen::Index>(first + k)];
            curve.push_back(test.bins[k].strain + r * unit * test.bins[k].sigma);
        }
        std::vector<double> z(test.rows.size(), 0.0);
        for (std::size_t b = 0; b < test.bins.size(); ++b) {
            const CreepRow& bin = test.bins[b];
            const std::size_t piece = test.history.piece_at(bin.time_s);
            for (std::size_t k = bin.first; k < bin.first + bin.count && bin.count > 1; ++k) {
                const CreepRow& row = test.rows[k];
                std::size_t other = row.time_s < bin.time_s ? b - 1 : b + 1;
                const auto is_near = [&](std::size_t o) {
                    return o < test.bins.size() &&
                           test.history.piece_at(test.bins[o].time_s) == piece;
                };
                if (!is_near(other)) {
                    other = row.time_s < bin.time_s ? b + 1 : b - 1;
                }
                double value = curve[b];
                if (is_near(other)) {
                    value += (curve[other] - curve[b]) * (row.time_s - bin.time_s) /
                             (test.bins[other].time_s - bin.time_s);
                }
                z[k] = std::abs(row.strain - value) / row.sigma;
            }
        }
        return z;
    }

    // --- the answer

    void add_profiles(FitResult& out) {
        CreepResiduals model(data_, setup_);
        const NamedFitOptions o = fit_options(model);
        for (ParameterEstimate& p : out.parameters) {
            for (std::size_t k = 0; k < creep_main_count; ++k) {
                const NamedCoordinate& c = setup_.coordinates[k];
                if (c.name != p.name || c.is_fixed) {
                    continue;
                }
                const auto ends = profile_interval(model, setup_.coordinates, o, fit_, k);
                if (ends) {
                    const bool is_log = k != creep_chi;
                    p.profile_low = is_log ? std::exp(ends->first) : ends->first;
                    p.profile_high = is_log ? std::exp(ends->second) : ends->second;
                }
            }
        }
    }

    /// A_vp tied and free, on the same rows.
    void add_alternatives(FitResult& out) const {
        const auto& vp = setup_.coordinates[creep_ln_A_vp];
        if (vp.is_fixed && !setup_.is_A_vp_tied) {
            return;
        }
        CreepSetup other = setup_;
        for (std::size_t k = 0; k < other.coordinates.size(); ++k) {
            other.coordinates[k].start = fit_.q[static_cast<Eigen::Index>(k)];
        }
        other.is_A_vp_tied = !setup_.is_A_vp_tied;
        other.coordinates[creep_ln_A_vp].is_fixed = other.is_A_vp_tied;
        if (!other.is_A_vp_tied) {
            other.coordinates[creep_ln_A_vp].start = fit_.q[creep_ln_A_an];
        }
        CreepResiduals model(data_, other);
        NamedFitOptions o = fit_options(model);
        o.evaluations_max = evaluations_alternative;
        const NamedFit fit = fit_named(model, other.coordinates, o);
        if (!fit.is_usable() || !std::isfinite(fit.bic)) {
            return;
        }
        const auto add = [&](bool is_tied, const NamedFit& f, bool is_chosen) {
            out.alternatives.push_back(
                {is_tied ? "A_vp = A_an" : "A_vp free", f.chi2, f.n_free, f.aic, f.bic, is_chosen}
            );
        };
        add(setup_.is_A_vp_tied, fit_, true);
        add(other.is_A_vp_tied, fit, false);
    }

    void count_rows(FitResult& out) const {
        std::size_t bin = 0;
        for (const CreepTest& test : data_.tests) {
            out.n_points += test.rows.size();
            for (const CreepRow& r : test.rows) {
                if (r.is_out) {
                    out.flagged_seqs.push_back(r.seq);
                }
                out.first_seq = out.first_seq == 0 ? r.seq : std::min(out.first_seq, r.seq);
                out.last_seq = std::max(out.last_seq, r.seq);
            }
            for (const CreepRow& b : test.bins) {
                const bool is_flagged =
                    std::find(fit_.flagged.begin(), fit_.flagged.end(), bin) != fit_.flagged.end();
                for (std::size_t k = 0; is_flagged && k < b.count; ++k) {
                    if (!test.rows[b.first + k].is_out) {
                        out.flagged_seqs.push_back(test.rows[b.first + k].seq);
                    }
                }
                ++bin;
            }
        }
        std::sort(out.flagged_seqs.begin(), out.flagged_seqs.end());
        out.n_flagged = out.flagged_seqs.size();
    }

  public:
    void set_shear(bool is_shear) { is_shear_ = is_shear; }

  private:
    const record::FitOptions& options_;
    CreepData data_;
    CreepSetup setup_;
    NamedFit fit_;
    bool is_shear_ = false;
    std::map<std::string, double> own_start_;
};

}  // namespace

FitResult fit_creep(const record::SeriesData& data, const record::FitOptions& options) {
    FitResult out;
    out.model = "creep";
    out.form = to_word(options.form);
    auto prepared = prepare_creep(data);
    if (!prepared) {
        return no_estimate(std::move(out), prepared.error().message);
    }
    auto setup = set_up_creep(*prepared, options);
    if (!setup) {
        return no_estimate(std::move(out), setup.error().message);
    }
    Creep creep(options, std::move(*prepared), std::move(*setup));
    creep.set_shear(std::any_of(data.points.begin(), data.points.end(), [](const auto& p) {
        return p.is_shear;
    }));
    return creep.run();
}

}  // namespace relaxd::model
