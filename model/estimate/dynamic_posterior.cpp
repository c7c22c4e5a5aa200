// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_posterior.hpp"

#include "model/estimate/dynamic_names.hpp"
#include "model/estimate/dynamic_pseudo.hpp"
#include "model/estimate/dynamic_slope.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::model {

namespace {

using record::ParameterState;

constexpr double traded_from = 0.98;
constexpr double hinted_below = 0.9;
constexpr double determined_below = 0.3;
constexpr double at_T_g_K = 1.0;  ///< So near T_g one temperature is that of T_g.
constexpr double break_seen_sd = 5.0;
constexpr double break_room_K = 10.0;  ///< Above any T_g, before no break is a finding.
constexpr double slope_sure_sd = 5.0;
constexpr double slope_absent_sd = 2.0;
/// In chi2, of the whole anelastic term over a power law. The error of ln tau_max goes as one over
/// the root of this gain, and 2 s.d. further out the root is 2 less: the error there is the same
/// within `profile_tolerance` from a gain of (2 * 1.3/0.3)^2 = 75 on.
constexpr double end_seen_root = 2.0 * (1.0 + profile_tolerance) / profile_tolerance;
constexpr double end_seen_gain = end_seen_root * end_seen_root;
constexpr double flag_from_sd = 4.0;

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

/// What the correlation of neighbouring residuals costs: (1 + r)/(1 - r) where r is significant.
double correlation_factor(
    const std::vector<DynamicRow>& rows, const std::vector<RowResidual>& residuals
) {
    double factor = 1.0;
    for (const auto member : {&RowResidual::storage, &RowResidual::loss}) {
        double square = 0.0;
        double product = 0.0;
        double n = 0.0;
        for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
            if (rows[i].group != rows[i + 1].group ||
                rows[i + 1].temperature_K - rows[i].temperature_K > 5.0) {
                continue;
            }
            const double a = std::clamp(residuals[i].*member, -flag_from_sd, flag_from_sd);
            const double b = std::clamp(residuals[i + 1].*member, -flag_from_sd, flag_from_sd);
            product += a * b;
            square += 0.5 * (a * a + b * b);
            n += 1.0;
        }
        if (n < 20.0 || square <= 0.0) {
            continue;
        }
        const double r = std::min(product / square, 0.95);
        if (r > 2.0 / std::sqrt(n)) {
            factor = std::max(factor, (1.0 + r) / (1.0 - r));
        }
    }
    return factor;
}

std::string_view reported_name(std::size_t coordinate) {
    if (coordinate >= q_plain_count) {
        return added_name(coordinate);
    }
    constexpr std::array<std::string_view, q_plain_count> names = {
        "E_u_Pa",
        "A_beta_per_Pa",
        "U_beta_J_mol",
        "tau_beta0_s",
        "B",
        "A_an_per_Pa",
        "chi_Tg",
        "a1_per_K",
        "tau_max_Tg_s",
        "T_g_K",
        "A_vp_per_Pa",
    };
    return names.at(coordinate);
}
class Posterior {
  public:
    Posterior(
        const DynamicData& data,
        const Layout& layout,
        record::Form form,
        const Eigen::VectorXd& optimum,
        record::FitResult& result
    )
        : data_(data), layout_(layout), form_(form), p_(optimum), result_(result) {}

    std::optional<DynamicPosterior> run() {
        DynamicObjective objective(layout_, form_, data_.rows, CauchyLoss{});
        std::vector<RowResidual> residuals;
        Eigen::MatrixXd information;
        if (!layout_.expand(p_, out_.q, &derivative_) || !objective.residuals(out_.q, residuals) ||
            !objective.information(out_.q, information)) {
            result_.reason = "the optimum is not inside the model's domain";
            return std::nullopt;
        }
        scale_and_flags(residuals);
        if (!invert_positive(curvature_of(information, scale_), covariance_p_)) {
            result_.reason = "the covariance of the fit does not exist";
            return std::nullopt;
        }
        out_.covariance = derivative_ * covariance_p_ * derivative_.transpose();
        widen_by_unsure_slope();
        out_.residuals = std::move(residuals);
        Eigen::MatrixXd prior_p;
        if (!invert_positive(
                curvature_of(Eigen::MatrixXd::Zero(at(q_count), at(q_count)), 1.0), prior_p
            )) {
            result_.reason = "the priors do not hold every parameter";
            return std::nullopt;
        }
        out_.prior_covariance = derivative_ * prior_p * derivative_.transpose();
        judge_coordinates(out_.prior_covariance);
        return out_;
    }

  private:
    void scale_and_flags(const std::vector<RowResidual>& residuals) {
        const CauchyLoss loss;
        RobustScale robust;
        for (const auto& r : residuals) {
            robust.add(r.storage, loss);
            robust.add(r.loss, loss);
        }
        mean_psi1_ = std::max(0.1, robust.psi1 / std::max(1.0, robust.n));
        const double n_free = static_cast<double>(layout_.free.size());
        const double degrees = robust.n - n_free;
        result_.reduced_chi2 = degrees > 0.0 ? robust.square / degrees : record::unknown;
        // Never below the factor that the loss costs with perfect noise.
        const double factor = std::max(1.0, robust.factor(n_free));
        out_.robust_factor = factor;
        out_.correlation = correlation_factor(data_.rows, residuals);
        scale_ = factor * out_.correlation;
        const double flag = flag_from_sd * std::sqrt(std::max(1.0, factor));
        out_.flag_sd = flag;
        for (std::size_t i = 0; i < residuals.size(); ++i) {
            if (std::abs(residuals[i].storage) > flag || std::abs(residuals[i].loss) > flag) {
                result_.n_flagged += data_.rows[i].count;
                result_.flagged_seqs.push_back(data_.rows[i].seq);
            }
        }
        std::sort(result_.flagged_seqs.begin(), result_.flagged_seqs.end());
    }

    /// Information / scale + priors, in the free coordinates.
    [[nodiscard]] Eigen::MatrixXd curvature_of(const Eigen::MatrixXd& information, double scale)
        const {
        Eigen::MatrixXd full = information / scale;
        for (const auto& term : layout_.priors) {
            const Scalar s = quantity_of(term, out_.q, layout_.T_ref_K);
            const Eigen::Map<const Eigen::VectorXd> g(s.gradient.data(), at(q_count));
            full += (1.0 / (term.sd * term.sd)) * g * g.transpose();
        }
        return derivative_.transpose() * full * derivative_;
    }

    /// Whether E_u falls with temperature was decided by these very data, and neither answer is
    /// sure as long as a slope differs from 0 by 2 to 5 of its errors: one that was freed was freed
    /// because it looked real, one that was held at 0 may be there. Then every error reaches to
    /// where the optimum would be with the other answer.
    void widen_by_unsure_slope() {
        if (!layout_.slope_is_automatic) {
            return;
        }
        const auto place = std::find(layout_.free.begin(), layout_.free.end(), q_E_u_slope);
        if (place == layout_.free.end()) {
            widen_by_held_slope();
            return;
        }
        const auto k = at(static_cast<std::size_t>(place - layout_.free.begin()));
        const double variance = covariance_p_(k, k);
        slope_is_unsure_ = p_[k] * p_[k] < slope_sure_sd * slope_sure_sd * variance;
        if (slope_is_unsure_) {
            widen(derivative_ * ((p_[k] / variance) * covariance_p_.col(k)), 1.0);
        }
    }

    void widen(const Eigen::VectorXd& to_other, double share) {
        out_.covariance += share * to_other * to_other.transpose();
    }

    /// The slope that one Newton step would give, and what moves with it: from 2 of its errors on.
    void widen_by_held_slope() {
        const Layout other = with_free_slope(layout_);
        const Eigen::VectorXd p = other.collect(out_.q);
        DynamicObjective objective(other, form_, data_.rows, CauchyLoss{});
        Evaluation here;
        Eigen::MatrixXd inverse;
        if (!objective.evaluate(p, here) || !invert_positive(here.curvature, inverse)) {
            return;
        }
        const Eigen::VectorXd step = -(inverse * here.gradient);
        const auto place = std::find(other.free.begin(), other.free.end(), q_E_u_slope);
        const auto k = at(static_cast<std::size_t>(place - other.free.begin()));
        // The robust curvature is mean(psi') times the full one.
        const double z2 = step[k] * step[k] / (scale_ * mean_psi1_ * inverse(k, k));
        const double sure2 = slope_absent_sd * slope_absent_sd;
        Coordinates q{};
        Eigen::MatrixXd derivative;
        if (z2 > sure2 && other.expand(p, q, &derivative)) {
            widen(derivative * step, 1.0 - sure2 / z2);
        }
    }

    /// `prior`: the covariance that all priors together give without any data. A prior on one name
    /// may narrow others; only what the data add to that counts.
    void judge_coordinates(const Eigen::MatrixXd& prior) {
        for (std::size_t i = 0; i < q_count; ++i) {
            const double sd = std::sqrt(std::max(0.0, out_.covariance(at(i), at(i))));
            if (layout_.mode[i] == Mode::fixed || sd <= 1e-14 * (1.0 + std::abs(out_.q[i]))) {
                out_.state[i] = ParameterState::fixed;
                continue;
            }
            out_.shrinkage[i] = sd / std::sqrt(prior(at(i), at(i)));
            out_.state[i] = state_of_shrinkage(out_.shrinkage[i]);
        }
        mark_traded();
        mark_limits();
        mark_unseen_break();
        if (slope_is_unsure_ && out_.state[q_E_u_slope] == ParameterState::determined) {
            out_.state[q_E_u_slope] = ParameterState::hinted;
        }
        check_profiles();
        if (layout_.vp_is_tied) {
            out_.state[q_ln_A_vp] = out_.state[q_ln_A_an];
            out_.shrinkage[q_ln_A_vp] = out_.shrinkage[q_ln_A_an];
            out_.traded_with[q_ln_A_vp] = out_.traded_with[q_ln_A_an];
        }
        if (layout_.is_one_temperature) {
            mark_extrapolated();
        }
    }

    /// Data of one temperature tell chi_Tg, which is chi there, and tau_max there. How things go
    /// with temperature the priors alone say, and so they do what that would carry to T_g.
    void mark_extrapolated() {
        const auto forget = [this](std::size_t i) {
            if (layout_.mode[i] == Mode::free) {
                out_.state[i] = ParameterState::undetermined;
                out_.shrinkage[i] = 1.0;
                out_.traded_with[i].clear();
            }
        };
        for (const std::size_t i : {q_U, q_T_g, q_a1, q_E_u_slope, q_U_fast, q_ln_tau_fast_ref}) {
            forget(i);
        }
        const bool T_g_is_given = layout_.mode[q_T_g] != Mode::free && !layout_.T_g_is_unknown;
        const double above_K = data_.T_last_K - out_.q[q_T_g];
        const bool is_way_given =
            layout_.mode[q_U] != Mode::free && (above_K <= 0.0 || !layout_.a1_is_unknown);
        if (!T_g_is_given || !(is_way_given || std::abs(above_K) <= at_T_g_K)) {
            forget(q_ln_tau_max_Tg);
        }
    }

    void mark_traded() {
        const auto& C = covariance_p_;
        for (std::size_t a = 0; a < layout_.free.size(); ++a) {
            double largest = traded_from;
            for (std::size_t b = 0; b < layout_.free.size(); ++b) {
                const double r =
                    std::abs(C(at(a), at(b))) / std::sqrt(C(at(a), at(a)) * C(at(b), at(b)));
                if (a != b && r > largest) {
                    largest = r;
                    out_.traded_with[layout_.free[a]] = std::string(reported_name(layout_.free[b]));
                }
            }
            const std::size_t i = layout_.free[a];
            if (!out_.traded_with[i].empty() && out_.state[i] != ParameterState::undetermined) {
                out_.state[i] = ParameterState::traded;
            }
        }
    }

    /// T_g and a1 mean nothing before a break of chi(T) is seen: as long as T_g may lie above the
    /// data (within 3 prior s.d.), a low T_g with a1 near 0 fits as well, and the local covariance
    /// around either is far too small.
    void mark_unseen_break() {
        if (layout_.mode[q_T_g] != Mode::free || layout_.mode[q_a1] != Mode::free) {
            return;
        }
        double T_g_high = 0.0;
        for (const auto& term : layout_.priors) {
            if (term.quantity == Quantity::coordinate && term.coordinate == q_T_g) {
                T_g_high = term.mean + 3.0 * term.sd;
            }
        }
        const double sd = std::sqrt(out_.covariance(at(q_a1), at(q_a1)));
        const bool is_inside = !layout_.T_g_is_from_data && data_.T_max_K > T_g_high + break_room_K;
        const bool is_refuted = layout_.T_g_is_from_data && !layout_.T_g_is_detected;
        const bool is_seen = std::abs(out_.q[q_a1]) > break_seen_sd * sd && !is_refuted;
        if (is_inside || is_seen) {
            return;
        }
        for (const std::size_t i : {q_T_g, q_a1}) {
            if (out_.state[i] != ParameterState::fixed) {
                out_.state[i] = ParameterState::undetermined;
            }
        }
        // In the data, the place of the break moves the others more than their covariance says.
        if (out_.q[q_T_g] < data_.T_max_K) {
            for (const std::size_t i : {q_chi_Tg, q_ln_A_an, q_ln_tau_max_Tg}) {
                if (out_.state[i] == ParameterState::determined) {
                    out_.state[i] = ParameterState::hinted;
                }
            }
        }
    }

    void mark_limits() {
        const auto near = [this](std::size_t i, double low, double high) {
            const double margin = 0.01 * (high - low);
            if (layout_.mode[i] == Mode::free &&
                (out_.q[i] < low + margin || out_.q[i] > high - margin)) {
                out_.state[i] = ParameterState::at_limit;
            }
        };
        near(q_chi_Tg, chi_box_low, chi_box_high);
        near(q_ln_B, ln_B_low, ln_B_high);
        near(q_ln_B_fast, ln_B_low, ln_B_high);
    }

    /// A coordinate stays `determined` only where the profile at ±2 s.d. rises by 4 within 30 %
    /// (ANALYSIS 4.1), at one temperature only where nothing far away fits as well.
    void check_profiles() {
        const DynamicPseudo pseudo(layout_, form_, data_.rows, out_.q, scale_);
        if (!pseudo.is_valid()) {
            return;
        }
        for (std::size_t a = 0; a < layout_.free.size(); ++a) {
            const std::size_t i = layout_.free[a];
            const double sd = std::sqrt(covariance_p_(at(a), at(a)));
            if (out_.state[i] == ParameterState::determined &&
                (!pseudo.profile_holds(a, sd) ||
                 (layout_.is_one_temperature && !pseudo.is_alone(a, sd)))) {
                out_.state[i] = ParameterState::hinted;
            }
        }
        mark_unseen_end(pseudo);
    }

    /// A_an and tau_max (with them t0, the viscosities and a free A_vp) are apart only as far as
    /// the loss leaves the power law (omega tau_max)^-chi: as long as the power law alone would do,
    /// noise that looks like its end puts both too low, with an error that is far too small
    /// (ANALYSIS 4.3). The profile at ±2 s.d. does not show it: it starts from that very place.
    void mark_unseen_end(const DynamicPseudo& pseudo) {
        constexpr std::array<std::size_t, 3> traders = {q_ln_A_an, q_ln_tau_max_Tg, q_ln_A_vp};
        const auto is_determined = [this](std::size_t i) {
            return layout_.mode[i] == Mode::free && out_.state[i] == ParameterState::determined;
        };
        if (layout_.mode[q_ln_tau_max_Tg] != Mode::free || layout_.mode[q_ln_A_an] != Mode::free ||
            std::none_of(traders.begin(), traders.end(), is_determined) ||
            pseudo.gain_over_power_law() >= end_seen_gain) {
            return;
        }
        for (const std::size_t i : traders) {
            if (layout_.mode[i] == Mode::free && (out_.state[i] == ParameterState::determined ||
                                                  out_.state[i] == ParameterState::hinted)) {
                out_.state[i] = ParameterState::traded;
                out_.traded_with[i] =
                    reported_name(i == q_ln_tau_max_Tg ? q_ln_A_an : q_ln_tau_max_Tg);
            }
        }
    }

    const DynamicData& data_;
    const Layout& layout_;
    record::Form form_;
    const Eigen::VectorXd& p_;
    record::FitResult& result_;
    DynamicPosterior out_;
    Eigen::MatrixXd derivative_;
    Eigen::MatrixXd covariance_p_;
    double scale_ = 1.0;
    double mean_psi1_ = 1.0;  ///< Of the robust loss.
    bool slope_is_unsure_ = false;
};

}  // namespace

ParameterState state_of_shrinkage(double shrinkage) {
    if (!(shrinkage <= hinted_below)) {
        return ParameterState::undetermined;
    }
    return shrinkage >= determined_below ? ParameterState::hinted : ParameterState::determined;
}

std::optional<DynamicPosterior> dynamic_posterior(
    const DynamicData& data,
    const Layout& layout,
    record::Form form,
    const Eigen::VectorXd& optimum,
    record::FitResult& result
) {
    return Posterior(data, layout, form, optimum, result).run();
}

}  // namespace relaxd::model
