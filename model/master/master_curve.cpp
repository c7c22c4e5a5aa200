// SPDX-License-Identifier: MIT
//
// Model "master-curve" (ANALYSIS 4.2 F): what the superpositions of one set of sweeps say together.

#include "model/fit/distributions.hpp"
#include "model/fit/named_fit.hpp"
#include "model/fit/short_text.hpp"
#include "model/master/master.hpp"
#include "model/master/superposition.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

using record::ParameterEstimate;
using record::ParameterState;

constexpr double p_rejected = 0.01;
constexpr double shift_prior = 4.6;  ///< Two decades: a shift known no better is not known.
constexpr double determined_share = 0.3;
constexpr double hinted_share = 0.9;
constexpr double outlier_sd = 4.0;
constexpr const char* energy_name = "E_alpha_J_mol";
constexpr const char* reference_name = "T_ref_K";

const char* long_name(Family family) {
    switch (family) {
        case Family::spline: return "spline";
        case Family::kww: return "stretched exponential";
        case Family::eq9: return "S2 Eq. 9";
    }
    return "";
}

class MasterCurve {
  public:
    MasterCurve(const Sweeps& sweeps, const record::FitOptions& options)
        : sweeps_(sweeps),
          options_(options),
          reference_(reference_isotherm()),
          fits_(sweeps, reference_, options.iterations_max) {
        result_.model = "master-curve";
        result_.warnings = sweeps.warnings;
        result_.first_seq = sweeps.first_seq;
        result_.last_seq = sweeps.last_seq;
        result_.n_points = sweeps.rows.size();
    }

    record::FitResult run() {
        if (!read_options()) {
            return result_;
        }
        if (!fits_.run(energy_, asked_)) {
            result_.reason = "no superposition converged: the isotherms have no common curve";
            return result_;
        }
        choose_family();
        const bool has_shifts = report_shifts();
        if (!has_shifts) {
            result_.shifts.clear();
            result_.reason =
                "no isotherm overlaps with another in both moduli: there is nothing "
                "to superpose";
            return result_;
        }
        report_quality();
        report_tests();
        report_energy();
        report_shape();
        list_alternatives();
        humble();
        result_.status = "converged";
        return result_;
    }

  private:
    [[nodiscard]] std::size_t reference_isotherm() const {
        const auto asked = options_.fixed.find(reference_name);
        const double target = asked != options_.fixed.end()
                                  ? asked->second
                                  : sweeps_.isotherms[sweeps_.isotherms.size() / 2].temperature_K;
        std::size_t best = 0;
        for (std::size_t k = 1; k < sweeps_.isotherms.size(); ++k) {
            if (std::abs(sweeps_.isotherms[k].temperature_K - target) <
                std::abs(sweeps_.isotherms[best].temperature_K - target)) {
                best = k;
            }
        }
        return best;
    }

    bool refuse(std::string reason) {
        result_.reason = std::move(reason);
        return false;
    }

    bool read_options() {
        for (const auto& [name, value] : options_.fixed) {
            if (name == reference_name) {
                if (!(value > 0.0)) {
                    return refuse("T_ref_K must be a temperature above 0 K");
                }
            } else if (name == energy_name) {
                energy_.fixed_J_mol = value;
            } else {
                return refuse(
                    "master-curve has no parameter \"" + name +
                    "\" to fix; known are E_alpha_J_mol and T_ref_K"
                );
            }
        }
        for (const auto& [name, prior] : options_.priors) {
            if (name != energy_name || !(prior.sd > 0.0) || !std::isfinite(prior.mean)) {
                return refuse("master-curve takes one prior, E_alpha_J_mol=MEAN+-SD with SD above 0"
                );
            }
            energy_.mean_J_mol = prior.mean;
            energy_.sd_J_mol = prior.sd;
        }
        if (!options_.formulation.empty()) {
            const auto found = std::find_if(families.begin(), families.end(), [&](Family family) {
                return to_word(family) == options_.formulation;
            });
            if (found == families.end()) {
                return refuse(
                    "master-curve has no formulation \"" + options_.formulation +
                    "\"; known are spline, kww and eq9"
                );
            }
            asked_ = *found;
        }
        return true;
    }

    void choose_family() {
        family_ = asked_.value_or(fits_.best());
        if (!fits_.of(family_).free.is_usable) {
            result_.warnings.push_back(
                std::string("the ") + long_name(family_) +
                " does not describe these data: another superposition stands in for it"
            );
            family_ = fits_.best();
        }
        result_.formulation = std::string(to_word(family_));
    }

    [[nodiscard]] const FamilyFits& chosen() const { return fits_.of(family_); }

    /// Normal, or Student's where the noise is known from the residuals alone.
    [[nodiscard]] double quantile() const {
        const SweepFit& fit = chosen().free;
        return student_975(sweeps_.has_sigmas ? 1e9 : std::max(1.0, fit.n_values - fit.n_free));
    }

    /// A spline tells nothing across a gap; a shape does.
    bool report_shifts() {
        const bool is_spline = family_ == Family::spline;
        const std::vector<bool> joined =
            is_spline ? fits_.joined() : std::vector<bool>(sweeps_.isotherms.size(), true);
        std::size_t known = 0;
        std::size_t lost = 0;
        for (std::size_t k = 0; k < sweeps_.isotherms.size(); ++k) {
            record::ShiftEstimate shift;
            shift.temperature_K = sweeps_.isotherms[k].temperature_K;
            ParameterEstimate& e = shift.ln_aT;
            e.name = "ln_aT";
            if (k == reference_) {
                e.value = 0.0;
                e.state = ParameterState::fixed;
                e.method = "reference";
                result_.shifts.push_back(std::move(shift));
                continue;
            }
            const double sd = fits_.shift_sd(family_, k);
            e.shrinkage = joined[k] ? sd / shift_prior : 1.0;
            lost += joined[k] ? 0 : 1;
            if (e.shrinkage <= hinted_share) {
                e.value = fits_.shift(family_, k);
                e.standard_error = sd;
                e.lower_95 = e.value - quantile() * sd;
                e.upper_95 = e.value + quantile() * sd;
                e.state = e.shrinkage < determined_share ? ParameterState::determined
                                                         : ParameterState::hinted;
                ++known;
            }
            result_.shifts.push_back(std::move(shift));
        }
        if (lost > 0 && known > 0) {
            result_.warnings.push_back(
                to_text(static_cast<double>(lost)) +
                " isotherms do not overlap with those joined to the reference: their shifts are "
                "not known"
            );
        }
        return known > 0;
    }

    void report_quality() {
        const SweepFit& fit = chosen().free;
        const double degrees = fit.n_values - fit.n_free;
        result_.reduced_chi2 = degrees > 0.0 ? fit.chi2 / degrees : record::unknown;
        const ResidualSeries series = residual_series(fit, sweeps_);
        result_.residuals = check_residuals(
            series.residuals,
            series.ends,
            static_cast<int>(std::lround(fit.n_free)),
            sweeps_.has_sigmas
        );
        for (std::size_t i = 0; i < sweeps_.rows.size(); ++i) {
            const double a = std::abs(fit.residuals[2 * i]) / fit.scale[0];
            const double b = std::abs(fit.residuals[2 * i + 1]) / fit.scale[1];
            if (std::max(a, b) > outlier_sd) {
                result_.flagged_seqs.push_back(sweeps_.rows[i].seq);
            }
        }
        std::sort(result_.flagged_seqs.begin(), result_.flagged_seqs.end());
        result_.n_flagged = result_.flagged_seqs.size();
    }

    void report_tests() {
        if (const auto test = fits_.shape_test(); test && test->n_extra >= 1.0) {
            result_.tts_holds = record::SuperpositionTest{
                .holds = test->p_value >= p_rejected, .p_value = test->p_value
            };
            if (!result_.tts_holds->holds) {
                result_.warnings.push_back(
                    "the isotherms differ in shape by more than their noise (p = " +
                    short_text(test->p_value, 2) +
                    "): the shifts are those of the best common curve, horizontal alone"
                );
            }
        }
    }

    void report_energy() {
        ParameterEstimate e;
        e.name = energy_name;
        if (energy_.fixed_J_mol) {
            e.value = *energy_.fixed_J_mol;
            e.state = ParameterState::fixed;
            e.method = "given";
        } else {
            const double p = fits_.arrhenius_p(family_);
            const bool is_line = p < p_rejected || !chosen().arrhenius.is_usable;
            is_line ? energy_of_line(e, p) : energy_of_fit(e);
        }
        result_.parameters.push_back(e);
        result_.correlation_names = {energy_name};
        result_.correlations = {1.0};

        ParameterEstimate T_ref;
        T_ref.name = reference_name;
        T_ref.value = sweeps_.isotherms[reference_].temperature_K;
        T_ref.state = ParameterState::fixed;
        T_ref.method = options_.fixed.contains(reference_name)
                           ? "the isotherm nearest to the one asked for"
                           : "the middle isotherm";
        result_.derived.push_back(std::move(T_ref));
    }

    void judge_energy(ParameterEstimate& e, double value, double sd, double half_width) {
        const double prior = std::isfinite(energy_.sd_J_mol) ? energy_.sd_J_mol : std::abs(value);
        const double share = sd / prior;
        if (std::isfinite(energy_.sd_J_mol)) {
            e.shrinkage = share;
        }
        if (!(share <= hinted_share) || !std::isfinite(value)) {
            return;
        }
        e.value = value;
        e.standard_error = sd;
        e.lower_95 = value - half_width;
        e.upper_95 = value + half_width;
        e.state = share < determined_share ? ParameterState::determined : ParameterState::hinted;
    }

    void energy_of_fit(ParameterEstimate& e) {
        const SweepFit& fit = chosen().arrhenius;
        const Eigen::Index last = fit.q.size() - 1;
        const double sd = std::sqrt(fit.covariance(last, last));
        judge_energy(e, fit.q[last], sd, quantile() * sd);
        e.method = std::string("one activation energy for all isotherms, ") + long_name(family_);
    }

    /// Not one Arrhenius law: the mean slope of the shifts that are known, with their scatter.
    void energy_of_line(ParameterEstimate& e, double p) {
        std::vector<double> x;
        std::vector<double> y;
        std::vector<double> T_K;
        const Eigen::VectorXd u = fits_.inverse_temperatures();
        for (std::size_t k = 0; k < result_.shifts.size(); ++k) {
            const auto& shift = result_.shifts[k].ln_aT;
            if (std::isfinite(shift.value)) {
                x.push_back(u[static_cast<Eigen::Index>(k)]);
                y.push_back(shift.value);
                T_K.push_back(result_.shifts[k].temperature_K);
            }
        }
        const auto n = static_cast<double>(x.size());
        if (x.size() < 3) {
            return;
        }
        const Eigen::Map<const Eigen::VectorXd> X(x.data(), static_cast<Eigen::Index>(x.size()));
        const Eigen::Map<const Eigen::VectorXd> Y(y.data(), static_cast<Eigen::Index>(y.size()));
        const Eigen::VectorXd dx = X.array() - X.mean();
        const double slope = dx.dot(Y) / dx.squaredNorm();
        const Eigen::VectorXd rest = Y.array() - Y.mean() - slope * dx.array();
        const double sd = std::sqrt(rest.squaredNorm() / (n - 2.0) / dx.squaredNorm());
        judge_energy(e, slope, sd, student_975(n - 2.0) * sd);
        e.method = "mean slope of ln a_T against 1/T";
        if (e.state == ParameterState::determined) {
            e.state = ParameterState::hinted;
        }
        result_.warnings.push_back(
            "the shifts do not follow one Arrhenius law (p = " + short_text(p, 2) +
            "): E_alpha_J_mol is their mean slope over " + short_text(T_K.front()) + " to " +
            short_text(T_K.back()) + " K and changes with the temperatures chosen"
        );
    }

    void add_derived(const char* name, double value, double sd, bool is_logarithm) {
        ParameterEstimate e;
        e.name = name;
        const double half = quantile() * sd;
        e.value = is_logarithm ? std::exp(value) : value;
        e.standard_error = is_logarithm ? e.value * sd : sd;
        e.lower_95 = is_logarithm ? std::exp(value - half) : value - half;
        e.upper_95 = is_logarithm ? std::exp(value + half) : value + half;
        e.state = ParameterState::determined;
        if (std::isfinite(e.value) && std::isfinite(e.lower_95) && std::isfinite(e.upper_95) &&
            (!is_logarithm || sd < determined_share)) {
            result_.derived.push_back(std::move(e));
        }
    }

    /// Of the common shape, tau at the reference temperature.
    void report_shape() {
        if (family_ == Family::spline) {
            return;
        }
        const SweepFit& fit = chosen().free;
        const Eigen::Index p = chosen().shape_size;
        const auto sd = [&](Eigen::Index i) { return std::sqrt(fit.full_covariance(i, i)); };
        const Eigen::Index tau = p + static_cast<Eigen::Index>(reference_);
        if (family_ == Family::kww) {
            add_derived("dG_Pa", fit.full[0], sd(0), true);
            add_derived("beta", fit.full[1], sd(1), false);
            add_derived("tau_s", fit.full[tau], sd(tau), true);
            return;
        }
        const double unit = fits_.unit();
        add_derived("G_r_Pa", fit.full[1] * unit, sd(1) * unit, false);
        add_derived("eta", fit.full[2], sd(2), true);
        add_derived("chi", fit.full[3], sd(3), false);
        add_derived("tau_mol_s", fit.full[tau], sd(tau), true);
    }

    /// A shape that was asked for and does not describe the data determines nothing.
    void humble() {
        if (fits_.describes(chosen().free)) {
            return;
        }
        const auto lower = [](ParameterEstimate& e) {
            if (e.state == ParameterState::determined) {
                e.state = ParameterState::hinted;
            }
        };
        std::for_each(result_.parameters.begin(), result_.parameters.end(), lower);
        std::for_each(result_.derived.begin(), result_.derived.end(), lower);
        for (auto& shift : result_.shifts) {
            lower(shift.ln_aT);
        }
        result_.warnings.push_back(
            std::string("the ") + long_name(family_) +
            " leaves larger residuals than a free curve: nothing it says is determined"
        );
    }

    void list_alternatives() {
        for (const Family family : families) {
            const FamilyFits& fits = fits_.of(family);
            const auto add = [&](const SweepFit& fit, double bic, const char* shifts, bool is_it) {
                if (!fit.is_usable) {
                    return;
                }
                record::Alternative a;
                a.name = std::string(long_name(family)) + ", " + shifts;
                a.chi2 = fit.chi2;
                a.n_free = static_cast<int>(std::lround(fit.n_free));
                a.bic = bic;
                a.aic = fits_.criterion(fit, 2.0);
                a.is_chosen = is_it;
                result_.alternatives.push_back(std::move(a));
            };
            add(fits.free, fits.bic_free, "shifts free", family == family_);
            add(fits.arrhenius, fits.bic_arrhenius, "one activation energy", false);
        }
    }

    const Sweeps& sweeps_;
    const record::FitOptions& options_;
    std::size_t reference_;
    Superposition fits_;
    EnergyPrior energy_;
    std::optional<Family> asked_;
    Family family_ = Family::spline;
    record::FitResult result_;
};

}  // namespace

record::FitResult fit_master_curve(
    std::span<const record::DynamicPoint> points, const record::FitOptions& options
) {
    const double T_max_K = std::isfinite(options.T_max_K) ? options.T_max_K : 1e300;
    const Sweeps sweeps = read_sweeps(points, T_max_K);
    if (!sweeps.refusal.empty()) {
        record::FitResult result;
        result.model = "master-curve";
        result.reason = sweeps.refusal;
        result.warnings = sweeps.warnings;
        return result;
    }
    return MasterCurve(sweeps, options).run();
}

}  // namespace relaxd::model
