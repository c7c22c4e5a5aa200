// SPDX-License-Identifier: MIT
#include "model/fit/named_objective.hpp"

#include <cmath>

namespace relaxd::model {

namespace {

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

}  // namespace

NamedObjective::NamedObjective(ResidualModel& model, std::span<const NamedCoordinate> coordinates)
    : model_(model), coordinates_(coordinates), q_(at(coordinates.size())) {
    std::vector<bool> is_held;
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
        q_[at(i)] = coordinates[i].start;
        is_held.push_back(coordinates[i].is_fixed);
    }
    hold(Eigen::VectorXd(q_), is_held);
}

void NamedObjective::hold(const Eigen::VectorXd& q, const std::vector<bool>& is_held) {
    q_ = q;
    free_.clear();
    for (std::size_t i = 0; i < is_held.size(); ++i) {
        if (!is_held[i]) {
            free_.push_back(i);
        }
    }
}

Eigen::VectorXd NamedObjective::expand(const Eigen::VectorXd& p) const {
    Eigen::VectorXd q = q_;
    for (std::size_t k = 0; k < free_.size(); ++k) {
        q[at(free_[k])] = p[at(k)];
    }
    return q;
}

Eigen::VectorXd NamedObjective::collect(const Eigen::VectorXd& q) const {
    Eigen::VectorXd p(at(free_.size()));
    for (std::size_t k = 0; k < free_.size(); ++k) {
        p[at(k)] = q[at(free_[k])];
    }
    return p;
}

bool NamedObjective::is_inside(const Eigen::VectorXd& q) const {
    for (const std::size_t i : free_) {
        const auto& c = coordinates_[i];
        if (!(q[at(i)] >= c.low && q[at(i)] <= c.high)) {
            return false;
        }
    }
    return true;
}

bool NamedObjective::residuals_at(const Eigen::VectorXd& q) {
    const auto rows = at(model_.rows());
    r_.resize(rows);
    j_.resize(rows, q.size());
    return model_.residuals(q, r_, &j_) && r_.size() == rows && j_.rows() == rows &&
           j_.cols() == q.size() && r_.allFinite() && j_.allFinite();
}

bool NamedObjective::evaluate(const Eigen::VectorXd& p, Evaluation& out) {
    const Eigen::VectorXd q = expand(p);
    if (!q.allFinite() || !is_inside(q) || !residuals_at(q)) {
        return false;
    }
    const bool is_pseudo = pseudo_residuals.size() > 0;
    r_ /= scaling.unit;
    if (is_pseudo) {
        r_ -= pseudo_residuals;
    }
    const double scale = scaling.loss_scale;
    out.cost = 0.0;
    Eigen::VectorXd weights(r_.size());
    for (Eigen::Index i = 0; i < r_.size(); ++i) {
        const double r = r_[i] / scale;
        out.cost += scaling.weight * (is_pseudo ? r_[i] * r_[i] : scale * scale * loss.cost(r));
        weights[i] = scaling.weight * (is_pseudo ? 1.0 : loss.weight(r));
    }
    const auto n = at(free_.size());
    Eigen::MatrixXd j(r_.size(), n);
    for (Eigen::Index k = 0; k < n; ++k) {
        j.col(k) = j_.col(at(free_[static_cast<std::size_t>(k)])) / scaling.unit;
    }
    const Eigen::MatrixXd weighted = weights.asDiagonal() * j;
    out.gradient = weighted.transpose() * r_;
    out.curvature = weighted.transpose() * j;
    for (Eigen::Index k = 0; k < n; ++k) {
        const std::size_t i = free_[static_cast<std::size_t>(k)];
        const auto& c = coordinates_[i];
        if (!std::isfinite(c.prior_sd)) {
            continue;
        }
        const double mean = is_pseudo ? pseudo_q[at(i)] : c.prior_mean;
        const double z = (q[at(i)] - mean) / c.prior_sd;
        out.cost += z * z;
        out.gradient[k] += z / c.prior_sd;
        out.curvature(k, k) += 1.0 / (c.prior_sd * c.prior_sd);
    }
    return std::isfinite(out.cost);
}

bool NamedObjective::information(
    const Eigen::VectorXd& q, Eigen::VectorXd& residuals, Eigen::MatrixXd& information
) {
    if (!residuals_at(q)) {
        return false;
    }
    residuals = r_ / scaling.unit;
    information = j_.transpose() * j_ / (scaling.unit * scaling.unit);
    return information.allFinite();
}

}  // namespace relaxd::model
