// SPDX-License-Identifier: MIT
#include "model/series/decay_second.hpp"

#include "model/fit/short_text.hpp"
#include "model/series/decay_model.hpp"

#include <cmath>
#include <iterator>

namespace relaxd::model {

namespace {

constexpr double bic_gain = 10.0;
constexpr double noise_p = 0.01;
constexpr double starts[] = {-6.5, -4.5, -2.5, -0.5};  ///< ln of the second time over the last.

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

/// The coordinates of DecayModel, then ln of the second time and its share.
class TwoProcesses final : public ResidualModel {
  public:
    TwoProcesses(const DecayRows& rows, double unit) : one_(rows, unit), rows_(rows), unit_(unit) {}
    [[nodiscard]] std::size_t rows() const override { return rows_.rows.size(); }
    [[nodiscard]] bool residuals(
        const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
    ) override {
        const Eigen::Index n = q.size() - 2;
        const double share = q[n + 1];
        Eigen::MatrixXd j(r.size(), n);
        if (!one_.residuals(q.head(n), r, &j)) {
            return false;
        }
        for (std::size_t i = 0; i < rows_.rows.size(); ++i) {
            const auto& row = rows_.rows[i];
            const double sigma = rows_.has_sigmas ? row.sigma / unit_ : 1.0 / std::sqrt(row.count);
            const Eigen::Index first = at(decay_value_0(row.group));
            const double amplitude = q[first] - q[first + 1];
            const double kww = j(at(i), first) * sigma;  // the law's own shape
            const double x = row.time_s / std::exp(q[n]);
            const double step = std::exp(-x);
            const double both = (1.0 - share) * kww + share * step;
            r[at(i)] += amplitude * (both - kww) / sigma;
            if (derivative == nullptr) {
                continue;
            }
            auto& out = *derivative;
            out.row(at(i)).setZero();
            out(at(i), 0) = (1.0 - share) * j(at(i), 0);
            out(at(i), 1) = (1.0 - share) * j(at(i), 1);
            out(at(i), first) = both / sigma;
            out(at(i), first + 1) = (1.0 - both) / sigma;
            out(at(i), n) = share * amplitude * x * step / sigma;
            out(at(i), n + 1) = amplitude * (step - kww) / sigma;
        }
        return r.allFinite();
    }

  private:
    DecayModel one_;
    const DecayRows& rows_;
    double unit_;
};

record::Alternative alternative(std::string name, const NamedFit& fit, bool is_chosen) {
    record::Alternative out;
    out.name = std::move(name);
    out.chi2 = fit.chi2;
    out.n_free = fit.n_free;
    out.aic = fit.aic;
    out.bic = fit.bic;
    out.is_chosen = is_chosen;
    return out;
}

std::string sentence_of(const NamedFit& one, const NamedFit& two) {
    const Eigen::Index n = two.q.size() - 2;
    if (two.bic > one.bic - bic_gain) {
        return "a second, exponential process does not explain it";
    }
    const std::string process = "a second process of " + short_text(std::exp(two.q[n]), 2) +
                                " s that carries " + short_text(100.0 * two.q[n + 1], 2) +
                                " % of the change ";
    if (two.check.runs_p > noise_p) {
        return process + "would leave noise (runs p = " + short_text(two.check.runs_p, 2) + ")";
    }
    return process + "would describe it better (BIC lower by " + short_text(one.bic - two.bic, 3) +
           ") but still leaves a pattern: the change has no few single times";
}

}  // namespace

SecondProcess second_process(
    const DecayRows& rows, const DecayFit& decay, const NamedFitOptions& options
) {
    SecondProcess out;
    out.alternatives.push_back(alternative("one stretched exponential", decay.fit, true));
    NamedFitOptions quick = options;
    quick.wants_profile_check = false;
    TwoProcesses model(rows, decay.unit);
    NamedFit best;
    for (std::size_t k = 0; k < 2 * std::size(starts); ++k) {
        const double start = starts[k / 2];
        auto coordinates = decay.coordinates;
        for (std::size_t i = 0; i < coordinates.size(); ++i) {
            coordinates[i].start = decay.fit.q[at(i)];
        }
        if (k % 2 == 1) {  // one law across both steps is too broad and too slow for the first
            auto& tau = coordinates[decay_ln_tau];
            auto& beta = coordinates[decay_beta];
            tau.start = tau.is_fixed ? tau.start : tau.start - 2.0;
            beta.start = beta.is_fixed ? beta.start : 0.5;
        }
        NamedCoordinate time;
        time.name = "second_tau_s";
        time.prior_mean = std::log(decay.last_time_s) - 3.0;
        time.prior_sd = 4.0;
        time.start = std::log(decay.last_time_s) + start;
        NamedCoordinate share;
        share.name = "second_share";
        share.start = k % 2 == 1 ? 0.4 : 0.2;
        share.prior_mean = 0.2;
        share.prior_sd = 0.5;
        share.low = 0.0;
        share.high = 1.0;
        coordinates.push_back(time);
        coordinates.push_back(share);
        NamedFit fit = fit_named(model, coordinates, quick);
        if (fit.is_usable() && (!best.is_usable() || fit.bic < best.bic)) {
            best = std::move(fit);
        }
    }
    if (best.is_usable()) {
        out.alternatives.push_back(
            alternative("one stretched and one simple exponential", best, false)
        );
        out.sentence = sentence_of(decay.fit, best);
    }
    return out;
}

}  // namespace relaxd::model
