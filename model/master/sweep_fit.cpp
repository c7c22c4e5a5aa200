// SPDX-License-Identifier: MIT
#include "model/master/sweep_fit.hpp"

#include "model/fit/named_fit.hpp"
#include "model/fit/robust.hpp"
#include "model/qpd/qpd.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

constexpr int robust_passes = 8;
constexpr double settled = 0.02;     ///< Of a standard error, between two robust passes.
constexpr double shift_prior = 4.6;  ///< Two decades.
const CauchyLoss cauchy;

class MappedObjective final : public Objective {
  public:
    MappedObjective(SweepModel& model, const SweepMap& map, const PerValue& weights)
        : model_(model), map_(map), weights_(weights) {}

    bool evaluate(const Eigen::VectorXd& q, Evaluation& out) override {
        const Eigen::VectorXd full = map_.map * q + map_.origin;
        if (!full.allFinite() || !model_.evaluate(full, weights_, full_, r_)) {
            return false;
        }
        const Eigen::VectorXd pull =
            (q - map_.prior_mean).cwiseProduct(map_.prior_inverse_sd).eval();
        out.cost = full_.cost + pull.squaredNorm();
        out.gradient = map_.map.transpose() * full_.gradient;
        out.gradient += pull.cwiseProduct(map_.prior_inverse_sd);
        out.curvature = map_.map.transpose() * full_.curvature * map_.map;
        out.curvature.diagonal() += map_.prior_inverse_sd.cwiseAbs2();
        return true;
    }
    [[nodiscard]] const PerValue& residuals() const { return r_; }

  private:
    SweepModel& model_;
    const SweepMap& map_;
    const PerValue& weights_;
    Evaluation full_;
    PerValue r_;
};

double median_of(std::vector<double>& values) {
    if (values.empty()) {
        return 0.0;
    }
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Given sigmas are believed unless the residuals are larger; otherwise each modulus has a scale of
/// its own.
std::array<double, 2> scales_of(const PerValue& r, const Sweeps& sweeps) {
    std::vector<double> size[2];
    for (std::size_t i = 0; i < r.size(); ++i) {
        size[i % 2].push_back(std::abs(r[i]));
    }
    if (sweeps.has_sigmas) {
        size[0].insert(size[0].end(), size[1].begin(), size[1].end());
        const double scale = std::max(1.0, 1.4826 * median_of(size[0]));
        return {scale, scale};
    }
    return {
        std::max(1e-5, 1.4826 * median_of(size[0])), std::max(1e-5, 1.4826 * median_of(size[1]))
    };
}

class Passes {
  public:
    Passes(SweepModel& model, const Sweeps& sweeps, const SweepMap& map, int evaluations_max)
        : model_(model), sweeps_(sweeps), map_(map), evaluations_max_(evaluations_max) {
        fit_.weights.assign(2 * sweeps.rows.size(), 1.0);
    }

    SweepFit run(const Eigen::VectorXd& start) {
        fit_.q = start;
        for (int pass = 0; pass <= robust_passes; ++pass) {
            model_.recentre(map_.map * fit_.q + map_.origin);
            const Eigen::VectorXd before = fit_.q;
            const Termination end = solve(pass == 0);
            if (end == Termination::bad_start) {
                return fit_;
            }
            if (end != Termination::evaluations && pass > 1 && moved(before) < settled * settled) {
                break;
            }
            if (pass == robust_passes && end == Termination::evaluations) {
                return fit_;
            }
            if (pass < robust_passes) {
                reweight();
            }
        }
        finish();
        return fit_;
    }

  private:
    /// Largest step of a coordinate, in standard errors, squared.
    [[nodiscard]] double moved(const Eigen::VectorXd& before) const {
        return before.size() == 0
                   ? 0.0
                   : ((fit_.q - before).cwiseAbs2().array() * at_.curvature.diagonal().array())
                         .maxCoeff();
    }

    /// To a hundredth of a standard error; the first pass, whose scale is not known, roughly.
    Termination solve(bool is_first) {
        SolverOptions options;
        options.evaluations_max = std::max(2, evaluations_max_ / 5);
        options.cost_tolerance = is_first ? 1e-4 : 1e-8;
        options.decrement_tolerance = is_first ? 1e-4 : 1e-9;
        options.decrement_absolute = is_first ? 0.0 : 1e-4;
        MappedObjective objective(model_, map_, fit_.weights);
        const SolverResult solved = minimize(objective, fit_.q, options);
        fit_.evaluations += solved.evaluations;
        if (solved.termination == Termination::bad_start) {
            return solved.termination;
        }
        fit_.q = solved.p;
        at_ = solved.at;
        fit_.full = map_.map * fit_.q + map_.origin;
        Evaluation again;  // the last step tried may not be the one taken
        return model_.evaluate(fit_.full, fit_.weights, again, fit_.residuals)
                   ? solved.termination
                   : Termination::bad_start;
    }

    void reweight() {
        fit_.scale = scales_of(fit_.residuals, sweeps_);
        for (std::size_t i = 0; i < fit_.weights.size(); ++i) {
            const double scale = fit_.scale[i % 2];
            fit_.weights[i] = cauchy.weight(fit_.residuals[i] / scale) / (scale * scale);
        }
    }

    void finish() {
        fit_.n_values = static_cast<double>(fit_.residuals.size());
        fit_.n_free = static_cast<double>(fit_.q.size()) + model_.inner_size();
        RobustScale robust;
        PerValue plain(fit_.weights.size());
        for (std::size_t i = 0; i < plain.size(); ++i) {
            const double scale = fit_.scale[i % 2];
            plain[i] = 1.0 / (scale * scale);
            robust.add(fit_.residuals[i] / scale, cauchy);
            fit_.chi2 += fit_.residuals[i] * fit_.residuals[i];
        }
        const ResidualSeries series = residual_series(fit_, sweeps_);
        double factor = robust.factor(std::min(fit_.n_free, 0.9 * fit_.n_values));
        factor = sweeps_.has_sigmas ? std::max(1.0, factor) : factor;
        fit_.correlation = correlation_factor(series.residuals, series.ends);
        fit_.variance_factor = factor * fit_.correlation;

        MappedObjective objective(model_, map_, plain);
        Evaluation at;
        Eigen::MatrixXd inverse;
        if (!objective.evaluate(fit_.q, at) ||
            (fit_.q.size() > 0 && !invert_positive(at.curvature, inverse))) {
            return;
        }
        fit_.covariance = fit_.variance_factor * inverse;
        fit_.full_covariance = map_.map * fit_.covariance * map_.map.transpose();
        fit_.is_usable = fit_.covariance.allFinite();
    }

    SweepModel& model_;
    const Sweeps& sweeps_;
    const SweepMap& map_;
    int evaluations_max_;
    Evaluation at_;
    SweepFit fit_;
};

SweepMap without_prior(Eigen::Index full, Eigen::Index q) {
    SweepMap map;
    map.map = Eigen::MatrixXd::Zero(full, q);
    map.origin = Eigen::VectorXd::Zero(full);
    map.prior_mean = Eigen::VectorXd::Zero(q);
    map.prior_inverse_sd = Eigen::VectorXd::Zero(q);
    return map;
}

}  // namespace

double SweepFit::robust_chi2(const SweepFit& reference) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < residuals.size(); ++i) {
        const double s = reference.scale[i % 2];
        sum += cauchy.cost(residuals[i] / s);
    }
    return sum;
}

ResidualSeries residual_series(const SweepFit& fit, const Sweeps& sweeps) {
    ResidualSeries out;
    for (const auto& isotherm : sweeps.isotherms) {
        for (std::size_t channel = 0; channel < 2; ++channel) {
            for (std::size_t i = isotherm.first; i < isotherm.last; ++i) {
                const double scale = sweeps.has_sigmas ? 1.0 : fit.scale[channel];
                out.residuals.push_back(fit.residuals[2 * i + channel] / scale);
            }
            out.ends.push_back(out.residuals.size());
        }
    }
    return out;
}

SweepFit fit_sweeps(
    SweepModel& model,
    const Sweeps& sweeps,
    const SweepMap& map,
    const Eigen::VectorXd& start,
    int evaluations_max
) {
    return Passes(model, sweeps, map, evaluations_max).run(start);
}

SweepMap free_shifts(
    Eigen::Index shape, const Eigen::VectorXd& shifts, std::size_t reference, bool is_anchored
) {
    const Eigen::Index n = shifts.size();
    SweepMap map = without_prior(shape + n, shape + n - (is_anchored ? 1 : 0));
    map.map.topLeftCorner(shape, shape).setIdentity();
    Eigen::Index column = shape;
    for (Eigen::Index k = 0; k < n; ++k) {
        if (is_anchored && k == static_cast<Eigen::Index>(reference)) {
            continue;
        }
        map.map(shape + k, column) = 1.0;
        map.prior_mean[column] = shifts[k];
        map.prior_inverse_sd[column] = 1.0 / shift_prior;
        ++column;
    }
    return map;
}

SweepMap arrhenius_shifts(
    Eigen::Index shape, const Sweeps& sweeps, double T_ref_K, bool is_anchored
) {
    const auto n = static_cast<Eigen::Index>(sweeps.isotherms.size());
    const Eigen::Index common = is_anchored ? 0 : 1;
    SweepMap map = without_prior(shape + n, shape + common + 1);
    map.map.topLeftCorner(shape, shape).setIdentity();
    for (Eigen::Index k = 0; k < n; ++k) {
        const double T_K = sweeps.isotherms[static_cast<std::size_t>(k)].temperature_K;
        if (!is_anchored) {
            map.map(shape + k, shape) = 1.0;
        }
        map.map(shape + k, shape + common) = (1.0 / T_K - 1.0 / T_ref_K) / gas_constant_J_mol_K;
    }
    return map;
}

}  // namespace relaxd::model
