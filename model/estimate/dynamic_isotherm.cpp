// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_isotherm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double damping_start = 1.0;
constexpr double step_max_sd = 2.0;
constexpr double weak_ln_tau_sd = 4.0;  ///< A prior of tau_max at T_g that says as good as nothing.
constexpr std::array<std::size_t, 2> carriers = {q_U, q_T_g};

const PriorTerm* prior_of(const Layout& layout, std::size_t coordinate) {
    const auto it = std::find_if(
        layout.priors.begin(),
        layout.priors.end(),
        [coordinate](const PriorTerm& term) {
            return term.quantity == Quantity::coordinate && term.coordinate == coordinate;
        }
    );
    return it != layout.priors.end() ? &*it : nullptr;
}

/// Whether nothing but the weak priors connects what holds at the temperature of the data with U,
/// T_g and tau_max there.
bool is_unconnected(const Layout& layout) {
    const bool has_derived =
        layout.ln_tau_beta0 || layout.ln_t0 ||
        std::any_of(layout.priors.begin(), layout.priors.end(), [](const PriorTerm& term) {
            return term.quantity == Quantity::ln_tau_beta0 || term.quantity == Quantity::ln_t0;
        });
    const PriorTerm* tau_max = prior_of(layout, q_ln_tau_max_Tg);
    return layout.is_one_temperature && layout.a1_is_unknown && !has_derived &&
           layout.mode[q_ln_tau_max_Tg] == Mode::free && tau_max != nullptr &&
           tau_max->sd >= weak_ln_tau_sd;
}

/// ln tau_max at T_ref_K less that at T_g, chi being the same at both.
double way_to_T_g(const Coordinates& q, double T_ref_K) {
    return q[q_U] * (1.0 / T_ref_K - 1.0 / q[q_T_g]) / (gas_constant_J_mol_K * q[q_chi_Tg]);
}

}  // namespace

DynamicIsotherm::DynamicIsotherm(const Layout& layout) : whole_(layout) {
    const auto is_free = [&layout](std::size_t i) { return layout.mode[i] == Mode::free; };
    if (!is_unconnected(layout) || !std::any_of(carriers.begin(), carriers.end(), is_free)) {
        return;
    }
    // What the priors say of tau_max at the temperature of the data.
    Coordinates q = layout.value;
    Coordinates sd{};
    for (const std::size_t i : {q_U, q_T_g, q_chi_Tg}) {
        const PriorTerm* prior = prior_of(layout, i);
        q[i] = is_free(i) && prior != nullptr ? prior->mean : q[i];
        sd[i] = is_free(i) && prior != nullptr ? prior->sd : 0.0;
    }
    const double way = way_to_T_g(q, layout.T_ref_K);
    const double by_T_g = q[q_U] / (gas_constant_J_mol_K * q[q_chi_Tg] * q[q_T_g] * q[q_T_g]);
    held_ = layout;
    for (PriorTerm& term : held_->priors) {
        if (term.quantity == Quantity::coordinate && term.coordinate == q_ln_tau_max_Tg) {
            term.mean += way;
            term.sd = std::hypot(
                std::hypot(term.sd, by_T_g * sd[q_T_g]),
                way * std::hypot(sd[q_U] / q[q_U], sd[q_chi_Tg] / q[q_chi_Tg])
            );
        }
    }
    for (const std::size_t i : carriers) {
        held_->mode[i] = Mode::fixed;
        at_prior_[i] = q[i];
        std::erase(held_->free, i);
    }
    held_->value[q_U] = q[q_U];
    held_->value[q_T_g] = layout.T_ref_K;
}

Eigen::VectorXd DynamicIsotherm::collect(Coordinates q) const {
    if (held_) {
        q[q_ln_tau_max_Tg] += way_to_T_g(q, whole_.T_ref_K);
    }
    return layout().collect(q);
}

void DynamicIsotherm::bound(SolverOptions& options) const {
    if (!whole_.is_one_temperature) {
        return;
    }
    const Layout& in = layout();
    options.damping_scale = Eigen::VectorXd::Ones(static_cast<Eigen::Index>(in.free.size()));
    for (std::size_t k = 0; k < in.free.size(); ++k) {
        if (const PriorTerm* prior = prior_of(in, in.free[k])) {
            options.damping_scale[static_cast<Eigen::Index>(k)] = 1.0 / prior->sd;
        }
    }
    options.damping = damping_start;
    options.step_max = step_max_sd;
    options.newton_after = 0;
}

SolverResult DynamicIsotherm::whole(SolverResult fit) const {
    Coordinates q{};
    const auto n = static_cast<Eigen::Index>(whole_.free.size());
    if (!held_) {
        return fit;
    }
    const bool has_value =
        held_->expand(fit.p, q, nullptr) && fit.at.gradient.size() == fit.p.size();
    for (const std::size_t i : carriers) {
        q[i] = at_prior_[i];
    }
    const double way = way_to_T_g(q, whole_.T_ref_K);
    q[q_ln_tau_max_Tg] -= way;
    const Eigen::VectorXd p = whole_.collect(q);
    if (!has_value) {
        fit.p = p;
        return fit;
    }
    // d (searched) / d (all)
    Eigen::MatrixXd derivative = Eigen::MatrixXd::Zero(fit.p.size(), n);
    Eigen::MatrixXd curvature = Eigen::MatrixXd::Zero(n, n);
    for (Eigen::Index k = 0; k < n; ++k) {
        const std::size_t i = whole_.free[static_cast<std::size_t>(k)];
        for (Eigen::Index a = 0; a < fit.p.size(); ++a) {
            const std::size_t j = held_->free[static_cast<std::size_t>(a)];
            if (i == j) {
                derivative(a, k) = 1.0;
            } else if (i == q_chi_Tg && j == q_ln_tau_max_Tg) {
                derivative(a, k) = -way / q[q_chi_Tg];
            }
        }
        if (held_->mode[i] != Mode::free) {
            const double sd = prior_of(whole_, i)->sd;
            curvature(k, k) = 1.0 / (sd * sd);
        }
    }
    fit.p = p;
    fit.at.gradient = (derivative.transpose() * fit.at.gradient).eval();
    fit.at.curvature = curvature + derivative.transpose() * fit.at.curvature * derivative;
    return fit;
}

}  // namespace relaxd::model
