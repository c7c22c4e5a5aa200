// SPDX-License-Identifier: MIT
#include "model/series/creep_report.hpp"

#include "model/domain.hpp"
#include "model/series/creep_residuals.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::model {

namespace {

using record::FitResult;
using record::ParameterEstimate;

constexpr double known_error = 0.3;  ///< Of the logarithm of a combination.
constexpr double much_better = 0.5;  ///< Than each of its members.

class Report {
  public:
    Report(const CreepData& data, const CreepSetup& setup, const NamedFit& fit, bool is_shear)
        : data_(data), setup_(setup), fit_(fit), is_shear_(is_shear) {}

    void fill(FitResult& out) const {
        add_parameters(out);
        add_derived(out);
        add_correlations(out);
        add_combinations(out);
    }

  private:
    [[nodiscard]] Eigen::VectorXd unit(CreepCoordinate which) const {
        Eigen::VectorXd g = Eigen::VectorXd::Zero(fit_.q.size());
        g[static_cast<Eigen::Index>(which)] = 1.0;
        return g;
    }

    [[nodiscard]] ParameterEstimate estimate(
        std::string name, double value, const Eigen::VectorXd& gradient, bool is_logarithm
    ) const {
        return report(fit_, setup_.coordinates, std::move(name), value, gradient, is_logarithm);
    }

    /// ln tau_max in the coordinates.
    [[nodiscard]] Eigen::VectorXd tau_max_gradient() const {
        double by_chi = 0.0;
        (void)setup_.ln_tau_max(fit_.q, &by_chi);
        Eigen::VectorXd g = Eigen::VectorXd::Zero(fit_.q.size());
        if (setup_.fixed_t0) {
            g[creep_chi] = by_chi;
        } else {
            g[creep_ln_tau_max] = 1.0;
        }
        return g;
    }

    [[nodiscard]] Eigen::Index flow_index() const { return static_cast<Eigen::Index>(flow()); }
    [[nodiscard]] CreepCoordinate flow() const {
        return setup_.is_A_vp_tied ? creep_ln_A_an : creep_ln_A_vp;
    }

    void add_parameters(FitResult& out) const {
        const auto& q = fit_.q;
        auto& p = out.parameters;
        p.push_back(estimate("J_0_per_Pa", q[creep_ln_J_0], unit(creep_ln_J_0), true));
        p.push_back(estimate("A_an_per_Pa", q[creep_ln_A_an], unit(creep_ln_A_an), true));
        p.push_back(estimate("chi", q[creep_chi], unit(creep_chi), false));
        p.push_back(estimate("tau_max_s", setup_.ln_tau_max(q), tau_max_gradient(), true));
        p.push_back(estimate("A_vp_per_Pa", q[flow_index()], unit(flow()), true));
        const bool recovers = std::any_of(
            data_.tests.begin(), data_.tests.end(), [](const auto& t) { return t.has_recovery; }
        );
        if (recovers) {
            p.push_back(
                estimate("recovery_time_ratio", q[creep_ln_ratio], unit(creep_ln_ratio), true)
            );
        }
    }

    void add_derived(FitResult& out) const {
        const CreepTest& test = data_.tests.back();
        const double last_s = test.rows.back().time_s;
        const CreepResiduals model(data_, setup_);
        CreepParts parts;
        if (model.parts(fit_.q, test, last_s, parts)) {
            auto& d = out.derived;
            d.push_back(estimate("eps_el", parts.el, parts.d_el, false));
            if (setup_.laws.has_beta) {
                d.push_back(
                    estimate("eps_beta", parts.beta, Eigen::VectorXd::Zero(fit_.q.size()), false)
                );
            } else {
                ParameterEstimate beta;
                beta.name = "eps_beta";
                d.push_back(beta);
                out.warnings.push_back("eps_el holds the beta part: E_u_Pa and A_beta are not known"
                );
            }
            d.push_back(estimate("eps_an", parts.an, parts.d_an, false));
            d.push_back(estimate("eps_vp", parts.vp, parts.d_vp, false));
            if (test.has_recovery) {
                d.push_back(estimate("eps_permanent", parts.vp, parts.d_vp, false));
            }
            for (std::size_t k = 0; k < d.size(); ++k) {
                d[k].method = "at " + shown(last_s) + " s of " + test.name;
            }
        }
        // Elongation carries three times the viscosity of shear.
        const Eigen::VectorXd viscosity = tau_max_gradient() - unit(flow());
        const double ln_viscosity = setup_.ln_tau_max(fit_.q) - fit_.q[flow_index()];
        out.derived.push_back(estimate(
            "viscosity_flow_Pa_s", ln_viscosity - (is_shear_ ? 0.0 : std::log(3.0)), viscosity, true
        ));
        if (setup_.laws.has_beta) {
            const double chi = fit_.q[creep_chi];
            const double ln_max = setup_.ln_tau_max(fit_.q);
            const double above = ln_max - setup_.laws.ln_tau_beta;
            const double height = chi / (1.0 - chi) * above;
            Eigen::VectorXd g = -chi / (1.0 - chi) * tau_max_gradient();
            g[creep_chi] -= above / ((1.0 - chi) * (1.0 - chi));
            out.derived.push_back(estimate("t0_s", setup_.laws.ln_tau_beta - height, g, true));
        }
    }

    void add_correlations(FitResult& out) const {
        std::vector<std::size_t> free;
        for (std::size_t k = 0; k < setup_.coordinates.size(); ++k) {
            const auto i = static_cast<Eigen::Index>(k);
            if (!setup_.coordinates[k].is_fixed && fit_.covariance(i, i) > 0.0) {
                free.push_back(k);
                out.correlation_names.push_back(setup_.coordinates[k].name);
            }
        }
        for (const std::size_t a : free) {
            for (const std::size_t b : free) {
                const auto i = static_cast<Eigen::Index>(a);
                const auto j = static_cast<Eigen::Index>(b);
                const double c = fit_.covariance(i, j) /
                                 std::sqrt(fit_.covariance(i, i) * fit_.covariance(j, j));
                out.correlations.push_back(std::clamp(c, -1.0, 1.0));
            }
        }
    }

    [[nodiscard]] double sd(const Eigen::VectorXd& gradient) const {
        return std::sqrt(std::max(0.0, gradient.dot(fit_.covariance * gradient)));
    }

    /// Adds exp(`value`) where it is known and its members are not.
    void add_combination(
        FitResult& out,
        std::string expression,
        std::vector<std::string> names,
        double value,
        const Eigen::VectorXd& gradient,
        std::string experiment
    ) const {
        const double error = sd(gradient);
        double weakest = 0.0;
        for (Eigen::Index k = 0; k < gradient.size(); ++k) {
            weakest = std::max(weakest, std::abs(gradient[k]) * std::sqrt(fit_.covariance(k, k)));
        }
        const bool is_open = std::any_of(
            out.parameters.begin(),
            out.parameters.end(),
            [&](const ParameterEstimate& p) {
                return p.state != record::ParameterState::determined &&
                       p.state != record::ParameterState::fixed &&
                       std::find(names.begin(), names.end(), p.name) != names.end();
            }
        );
        if (!is_open || !(error < known_error) || !(error < much_better * weakest)) {
            return;
        }
        record::KnownCombination c;
        c.expression = std::move(expression);
        c.names = std::move(names);
        c.value = std::exp(value);
        c.standard_error = c.value * error;
        c.experiment = std::move(experiment);
        out.known_combinations.push_back(std::move(c));
    }

    void add_combinations(FitResult& out) const {
        const double ln_max = setup_.ln_tau_max(fit_.q);
        const double chi = fit_.q[creep_chi];
        if (!setup_.is_A_vp_tied) {
            add_combination(
                out,
                "A_vp_per_Pa / tau_max_s",
                {"A_vp_per_Pa", "tau_max_s"},
                fit_.q[creep_ln_A_vp] - ln_max,
                unit(creep_ln_A_vp) - tau_max_gradient(),
                "Remove the load and follow the recovery for three times the loading time (or tie "
                "A_vp to A_an): what comes back is anelastic and fixes tau_max."
            );
        }
        Eigen::VectorXd early = unit(creep_ln_A_an) - chi * tau_max_gradient();
        early[creep_chi] -= ln_max + 1.0 / chi;
        add_combination(
            out,
            "A_an_per_Pa tau_max_s^-chi / chi",
            {"A_an_per_Pa", "tau_max_s", "chi"},
            fit_.q[creep_ln_A_an] - chi * ln_max - std::log(chi),
            early,
            "Load for longer than tau_an, or at a higher temperature: before t = tau_an only the "
            "rise as t^chi is seen."
        );
        if (out.known_combinations.empty()) {
            add_traded_pair(out);
        }
    }

    /// What is left of a traded pair: a power of one times the other.
    void add_traded_pair(FitResult& out) const {
        for (std::size_t a = 0; a < creep_main_count; ++a) {
            const std::size_t b = fit_.traded_with[a];
            if (b <= a || b >= creep_main_count || a == creep_chi || b == creep_chi ||
                fit_.states[a] != record::ParameterState::traded) {
                continue;
            }
            const auto i = static_cast<Eigen::Index>(a);
            const auto j = static_cast<Eigen::Index>(b);
            const double power = -fit_.covariance(i, j) / fit_.covariance(j, j);
            Eigen::VectorXd g = Eigen::VectorXd::Zero(fit_.q.size());
            g[i] = 1.0;
            g[j] = power;
            const std::string rounded = shown(std::round(100.0 * power) / 100.0);
            const auto& c = setup_.coordinates;
            add_combination(
                out,
                c[a].name + " " + c[b].name + "^" + rounded,
                {c[a].name, c[b].name},
                fit_.q[i] + std::round(100.0 * power) / 100.0 * fit_.q[j],
                g,
                "Follow the recovery after the load for three times the loading time: what comes "
                "back is anelastic."
            );
            return;
        }
    }

    const CreepData& data_;
    const CreepSetup& setup_;
    const NamedFit& fit_;
    bool is_shear_;
};

}  // namespace

void report_creep(
    const CreepData& data,
    const CreepSetup& setup,
    const NamedFit& fit,
    bool is_shear,
    FitResult& out
) {
    Report(data, setup, fit, is_shear).fill(out);
}

}  // namespace relaxd::model
