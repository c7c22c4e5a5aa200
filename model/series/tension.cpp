// SPDX-License-Identifier: MIT
//
// sigma_1 and a_2 from curves of stress against strain (ANALYSIS 4.2 H; S1 Eqs. 9, 22c; PHYSICS 2).
#include "model/domain.hpp"
#include "model/fit/named_systematic.hpp"
#include "model/series/creep_setup.hpp"
#include "model/series/series.hpp"
#include "model/series/tension_setup.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace relaxd::model {

namespace {

using record::FitResult;
using record::ParameterEstimate;

FitResult no_estimate(FitResult result, std::string reason) {
    result.status = "no_estimate";
    result.reason = std::move(reason);
    return result;
}

/// A number with three digits, for sentences.
std::string brief(double value) {
    const double power = 2.0 - std::floor(std::log10(std::abs(value)));
    const double factor = std::pow(10.0, std::abs(power));
    return shown(
        power < 0.0 ? std::round(value / factor) * factor : std::round(value * factor) / factor
    );
}

class TensionFit {
  public:
    TensionFit(const record::FitOptions& options, TensionData data, TensionSetup setup)
        : options_(options),
          data_(std::move(data)),
          setup_(std::move(setup)),
          model_(data_, setup_) {}

    FitResult run(FitResult out) {
        out.formulation = to_word(setup_.formulation);
        out.warnings = data_.warnings;
        out.warnings.insert(out.warnings.end(), setup_.warnings.begin(), setup_.warnings.end());
        if (!data_.sigma_given) {
            out.warnings.push_back(
                data_.is_smooth
                    ? "sigmas: none given and no scatter seen; 2e-4 of the largest stress"
                    : "sigmas: from the scatter of neighbouring rows"
            );
        }
        fit_options_.evaluations_max = options_.iterations_max;
        fit_options_.series_ends = model_.series_ends();
        fit_options_.sigma_is_relative = data_.sigma_is_relative();
        if (!take_warm_start() && !model_.find_start(setup_.coordinates)) {
            return no_estimate(
                std::move(out),
                "the rate form has no answer at any start: chi leaves (0, 1) or the numbers "
                "overflow; check T, rate and the material"
            );
        }
        fit_ = fit_named(model_, setup_.coordinates, fit_options_);
        if (!fit_.is_usable() || !fit_.q.allFinite() || !std::isfinite(fit_.reduced_chi2)) {
            return no_estimate(
                std::move(out),
                "the fit found no optimum (" + std::string(to_word(fit_.termination)) + ")"
            );
        }
        out.status = "converged";
        out.reduced_chi2 = fit_.reduced_chi2;
        out.residuals = fit_.check;
        add_parameters(out);
        add_correlations(out);
        add_combinations(out);
        count_rows(out);
        for (std::size_t k = 0; k < setup_.coordinates.size(); ++k) {
            out.warm_start[setup_.coordinates[k].name] = fit_.q[static_cast<Eigen::Index>(k)];
        }
        return out;
    }

  private:
    bool take_warm_start() {
        std::vector<double> starts;
        for (const NamedCoordinate& c : setup_.coordinates) {
            const auto found = options_.start.find(c.name);
            if (!c.is_fixed && (found == options_.start.end() || !std::isfinite(found->second))) {
                return false;
            }
            starts.push_back(c.is_fixed ? c.start : std::clamp(found->second, c.low, c.high));
        }
        for (std::size_t k = 0; k < starts.size(); ++k) {
            setup_.coordinates[k].start = starts[k];
        }
        return true;
    }

    void add_parameters(FitResult& out) {
        for (std::size_t k = 0; k < setup_.coordinates.size(); ++k) {
            const NamedCoordinate& c = setup_.coordinates[k];
            const bool is_machine = k == tension_machine;
            if (is_machine && c.is_fixed && c.start == 0.0) {
                continue;
            }
            const bool is_log = k == tension_ln_sigma1 || k == tension_ln_time_scale;
            Eigen::VectorXd g = Eigen::VectorXd::Zero(fit_.q.size());
            const double unit = is_machine ? 1.0 / setup_.E_u_Pa : 1.0;
            const auto i = static_cast<Eigen::Index>(k);
            g[i] = unit;
            ParameterEstimate p =
                report(fit_, setup_.coordinates, c.name, unit * fit_.q[i], g, is_log);
            if (options_.wants_profiles && !c.is_fixed) {
                const auto ends =
                    profile_interval(model_, setup_.coordinates, fit_options_, fit_, k);
                if (ends) {
                    p.profile_low = is_log ? std::exp(ends->first) : unit * ends->first;
                    p.profile_high = is_log ? std::exp(ends->second) : unit * ends->second;
                }
            }
            out.parameters.push_back(std::move(p));
        }
    }

    void add_correlations(FitResult& out) const {
        std::vector<Eigen::Index> free;
        for (std::size_t k = 0; k < setup_.coordinates.size(); ++k) {
            const auto i = static_cast<Eigen::Index>(k);
            if (!setup_.coordinates[k].is_fixed && fit_.covariance(i, i) > 0.0) {
                free.push_back(i);
                out.correlation_names.push_back(setup_.coordinates[k].name);
            }
        }
        for (const Eigen::Index i : free) {
            for (const Eigen::Index j : free) {
                const double c = fit_.covariance(i, j) /
                                 std::sqrt(fit_.covariance(i, i) * fit_.covariance(j, j));
                out.correlations.push_back(std::clamp(c, -1.0, 1.0));
            }
        }
    }

    /// The stress at the last strain of each first pull is known, whatever trades.
    void add_combinations(FitResult& out) {
        for (std::size_t k = 0; k < data_.curves.size(); ++k) {
            const TensionCurve& curve = data_.curves[k];
            TensionState<TensionDual> end;
            if (curve.rows.empty() || !model_.at_last_strain(fit_.q, k, end)) {
                continue;
            }
            Eigen::VectorXd g(fit_.q.size());
            for (std::size_t d = 0; d < tension_directions; ++d) {
                g[static_cast<Eigen::Index>(d)] = end.stress_Pa.slope[d];
            }
            record::KnownCombination c;
            c.expression = "stress in Pa at strain " + brief(curve.last_strain) + " and " +
                           brief(curve.rate_per_s) + " 1/s";
            c.names = {"sigma1_Pa", "a2"};
            c.value = end.stress_Pa.value;
            c.standard_error = std::sqrt(std::max(0.0, g.dot(fit_.covariance * g)));
            c.experiment =
                "Pull a second specimen ten times faster or slower, or unload at several strains "
                "and follow the recovery: sigma_1 acts at once, a_2 with the anelastic strain.";
            out.known_combinations.push_back(std::move(c));
        }
    }

    void count_rows(FitResult& out) const {
        std::size_t row = 0;
        for (const TensionCurve& curve : data_.curves) {
            for (const TensionRow& r : curve.rows) {
                const bool is_flagged =
                    std::find(fit_.flagged.begin(), fit_.flagged.end(), row) != fit_.flagged.end();
                out.n_points += r.seqs.size();
                for (const std::uint64_t seq : r.seqs) {
                    out.first_seq = out.first_seq == 0 ? seq : std::min(out.first_seq, seq);
                    out.last_seq = std::max(out.last_seq, seq);
                    if (is_flagged) {
                        out.flagged_seqs.push_back(seq);
                    }
                }
                ++row;
            }
        }
        out.n_flagged = out.flagged_seqs.size();
    }

    const record::FitOptions& options_;
    TensionData data_;
    TensionSetup setup_;
    TensionResiduals model_;
    NamedFitOptions fit_options_;
    NamedFit fit_;
};

/// With the machine's displacement per force `machine` taken off.
FitResult fit_corrected(
    const record::SeriesData& data, const record::FitOptions& options, double machine
) {
    FitResult out;
    out.model = "tension";
    out.form = to_word(options.form);
    auto prepared = prepare_tension(data, machine);
    if (!prepared) {
        return no_estimate(std::move(out), prepared.error().message);
    }
    auto setup = set_up_tension(*prepared, options);
    if (!setup) {
        return no_estimate(std::move(out), setup.error().message);
    }
    TensionFit fit(options, std::move(*prepared), std::move(*setup));
    return fit.run(std::move(out));
}

/// What an error of the machine's compliance does, by a refit.
void add_machine_error(
    const record::SeriesData& data,
    const record::FitOptions& options,
    const GivenNumber& machine,
    FitResult& result
) {
    record::FitOptions again = options;
    again.start = result.warm_start;
    again.wants_profiles = false;
    const FitResult other = fit_corrected(data, again, machine.value + machine.sd);
    for (std::size_t k = 0; k < result.parameters.size(); ++k) {
        ParameterEstimate& e = result.parameters[k];
        const bool is_there = k < other.parameters.size() && other.parameters[k].name == e.name;
        set_systematic(e, {is_there ? other.parameters[k].value - e.value : record::unknown});
    }
    result.warnings.push_back(
        std::string(machine_m_per_N) +
        " is taken off as given; what its error changes is in systematic_error"
    );
}

}  // namespace

FitResult fit_tension(const record::SeriesData& data, const record::FitOptions& options) {
    const GivenNumber machine = given_number(options, machine_m_per_N);
    FitResult out = fit_corrected(data, options, machine.is_there() ? machine.value : 0.0);
    if (out.is_usable() && machine.sd > 0.0) {
        add_machine_error(data, options, machine, out);
    }
    return out;
}

}  // namespace relaxd::model
