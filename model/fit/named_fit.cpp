// SPDX-License-Identifier: MIT
#include "model/fit/named_fit.hpp"

#include "model/fit/distributions.hpp"
#include "model/fit/named_profile.hpp"
#include "model/fit/named_search.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

using record::ParameterState;

constexpr double traded_from = 0.98;
constexpr double hinted_below = 0.9;
constexpr double determined_below = 0.3;
constexpr double flag_from_sd = 4.0;
constexpr double limit_share = 1e-3;      ///< Of the box: so near its end is at the end.
constexpr double weakest_prior_sd = 1e4;  ///< Times weak_sd: only where the data leave a hole.

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

/// E psi^2/E psi' of standard normal residuals: what turns the robust sum into a chi2.
double normal_ratio(const CauchyLoss& loss) {
    if (std::isinf(loss.c)) {
        return 1.0;
    }
    double psi2 = 0.0;
    double psi1 = 0.0;
    for (double r = -9.0; r <= 9.0; r += 0.05) {
        const double density = std::exp(-0.5 * r * r);
        psi2 += density * std::pow(loss.weight(r) * r, 2);
        psi1 += density * loss.curvature(r);
    }
    return psi2 / psi1;
}

class Fit {
  public:
    Fit(ResidualModel& model,
        std::span<const NamedCoordinate> coordinates,
        const NamedFitOptions& options)
        : coordinates_(coordinates),
          options_(options),
          search_(model, coordinates, options, out_) {}

    NamedFit run() {
        if (!search_.run()) {
            return out_;
        }
        Eigen::MatrixXd information;
        if (!search_.objective().information(out_.q, out_.residuals, information)) {
            out_.termination = Termination::stalled;
            return out_;
        }
        judge_residuals();
        if (!find_covariance(information)) {
            out_.termination = Termination::stalled;
            return out_;
        }
        judge_coordinates(information);
        return out_;
    }

  private:
    void judge_residuals() {
        out_.variance_factor = search_.robust_factor() * search_.correlation();
        out_.data_weight = 1.0 / search_.weight_divisor();
        out_.chi2 = out_.residuals.squaredNorm();
        out_.reduced_chi2 = static_cast<double>(search_.rows()) > out_.n_free
                                ? out_.chi2 / (static_cast<double>(search_.rows()) - out_.n_free)
                                : record::unknown;
        if (options_.sigma_is_relative) {
            out_.quantile_95 = student_975(search_.degrees());
        }
        const double flag = flag_from_sd * std::sqrt(search_.robust_factor());
        double sum = 0.0;
        for (Eigen::Index i = 0; i < out_.residuals.size(); ++i) {
            if (std::abs(out_.residuals[i]) > flag && !std::isinf(options_.loss.c)) {
                out_.flagged.push_back(static_cast<std::size_t>(i));
            }
            const double scale = out_.loss_scale;
            sum += scale * scale * options_.loss.cost(out_.residuals[i] / scale);
        }
        const double unit2 = out_.sigma_unit * out_.sigma_unit;
        const double n = std::max(1.0, static_cast<double>(search_.rows()));
        const double likelihood =
            n * std::log(std::max(1e-300, unit2 * sum / normal_ratio(options_.loss) / n));
        out_.aic = likelihood + 2.0 * out_.n_free;
        out_.bic = likelihood + std::log(n) * out_.n_free;
        out_.check = check_residuals(
            {out_.residuals.data(), search_.rows()},
            options_.series_ends,
            out_.n_free,
            !options_.sigma_is_relative
        );
    }

    // --- covariance and states

    bool find_covariance(const Eigen::MatrixXd& information) {
        std::vector<std::size_t> free;
        for (std::size_t i = 0; i < coordinates_.size(); ++i) {
            if (!coordinates_[i].is_fixed) {
                free.push_back(i);
            }
        }
        const auto n = at(free.size());
        Eigen::MatrixXd h(n, n);
        for (Eigen::Index a = 0; a < n; ++a) {
            for (Eigen::Index b = 0; b < n; ++b) {
                h(a, b) =
                    information(
                        at(free[static_cast<std::size_t>(a)]), at(free[static_cast<std::size_t>(b)])
                    ) /
                    out_.variance_factor;
            }
            const auto& c = coordinates_[free[static_cast<std::size_t>(a)]];
            if (std::isfinite(c.prior_sd)) {
                h(a, a) += 1.0 / (c.prior_sd * c.prior_sd);
            }
        }
        Eigen::MatrixXd inverse;
        if (!invert_positive(h, inverse) || inverse.diagonal().minCoeff() <= 0.0) {
            for (Eigen::Index a = 0; a < n; ++a) {
                const auto& c = coordinates_[free[static_cast<std::size_t>(a)]];
                const double sd = weakest_prior_sd * c.weak_sd;
                h(a, a) += 1.0 / (sd * sd);
            }
            if (!invert_positive(h, inverse)) {
                return false;
            }
        }
        const auto all = at(coordinates_.size());
        out_.covariance = Eigen::MatrixXd::Zero(all, all);
        for (Eigen::Index a = 0; a < n; ++a) {
            for (Eigen::Index b = 0; b < n; ++b) {
                out_.covariance(
                    at(free[static_cast<std::size_t>(a)]), at(free[static_cast<std::size_t>(b)])
                ) = inverse(a, b);
            }
        }
        return true;
    }

    void judge_coordinates(const Eigen::MatrixXd& information) {
        const std::size_t n = coordinates_.size();
        out_.states.assign(n, ParameterState::fixed);
        out_.shrinkage.assign(n, record::unknown);
        out_.traded_with.resize(n);
        const bool has_scale = !options_.sigma_is_relative ||
                               search_.rows() > static_cast<std::size_t>(std::max(0, out_.n_free));
        for (std::size_t i = 0; i < n; ++i) {
            out_.traded_with[i] = i;
            const auto& c = coordinates_[i];
            if (c.is_fixed) {
                continue;
            }
            const double sd = std::sqrt(out_.covariance(at(i), at(i)));
            const bool has_prior = std::isfinite(c.prior_sd);
            const double share = sd / (has_prior ? c.prior_sd : c.weak_sd);
            if (has_prior) {
                out_.shrinkage[i] = share;
            }
            if (share > hinted_below || !has_scale || information(at(i), at(i)) <= 0.0) {
                out_.states[i] = ParameterState::undetermined;
            } else {
                out_.states[i] =
                    share < determined_below ? ParameterState::determined : ParameterState::hinted;
            }
        }
        mark_traded();
        mark_limits();
        if (options_.wants_profile_check) {
            check_profiles();
        }
    }

    void mark_traded() {
        const auto& C = out_.covariance;
        for (std::size_t a = 0; a < coordinates_.size(); ++a) {
            double largest = traded_from;
            for (std::size_t b = 0; b < coordinates_.size(); ++b) {
                if (a == b || coordinates_[a].is_fixed || coordinates_[b].is_fixed) {
                    continue;
                }
                const double r =
                    std::abs(C(at(a), at(b))) / std::sqrt(C(at(a), at(a)) * C(at(b), at(b)));
                if (r > largest) {
                    largest = r;
                    out_.traded_with[a] = b;
                }
            }
            if (out_.traded_with[a] != a && out_.states[a] != ParameterState::undetermined) {
                out_.states[a] = ParameterState::traded;
            }
        }
    }

    void mark_limits() {
        for (std::size_t i = 0; i < coordinates_.size(); ++i) {
            const auto& c = coordinates_[i];
            const double q = out_.q[at(i)];
            const double margin =
                std::isfinite(c.high - c.low) ? limit_share * (c.high - c.low) : 0.0;
            const bool is_near = q <= c.low + margin || q >= c.high - margin;
            if (!c.is_fixed && (search_.is_pinned(i) || is_near)) {
                out_.states[i] = ParameterState::at_limit;
            }
        }
    }

    void check_profiles() {
        ProfileOnPseudoData profile(search_.objective(), coordinates_, out_);
        for (std::size_t i = 0; i < coordinates_.size(); ++i) {
            if (out_.states[i] == ParameterState::determined && !profile.is_parabola(i)) {
                out_.states[i] = ParameterState::hinted;
            }
        }
    }

    std::span<const NamedCoordinate> coordinates_;
    const NamedFitOptions& options_;
    NamedFit out_;
    NamedSearch search_;
};

}  // namespace

NamedFit fit_named(
    ResidualModel& model,
    std::span<const NamedCoordinate> coordinates,
    const NamedFitOptions& options
) {
    return Fit(model, coordinates, options).run();
}

}  // namespace relaxd::model
