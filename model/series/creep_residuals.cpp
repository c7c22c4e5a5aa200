// SPDX-License-Identifier: MIT
#include "model/series/creep_residuals.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace relaxd::model {

namespace {

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

}  // namespace

CreepResiduals::CreepResiduals(const CreepData& data, const CreepSetup& setup)
    : data_(&data), setup_(&setup) {
    for (const CreepTest& test : data.tests) {
        Prepared p;
        std::size_t piece = 0;
        for (const CreepRow& row : test.bins) {
            const std::size_t now = test.history.piece_at(row.time_s);
            if (now != piece && !p.times_s.empty()) {
                ends_.push_back(rows_ + p.times_s.size());
            }
            piece = now;
            p.times_s.push_back(row.time_s);
            p.stress_Pa.push_back(test.history.pieces[now].at(row.time_s));
        }
        p.beta = beta_strain(setup.laws, test.history, p.times_s);
        rows_ += p.times_s.size();
        ends_.push_back(rows_);
        prepared_.push_back(std::move(p));
    }
}

CreepNumbers<CreepDual> CreepResiduals::dual_numbers(const Eigen::VectorXd& q) const {
    const double ln_A_vp = setup_->is_A_vp_tied ? q[creep_ln_A_an] : q[creep_ln_A_vp];
    return {
        CreepDual::variable(q[creep_ln_A_an], 0),
        CreepDual::variable(q[creep_chi], 1),
        CreepDual::variable(setup_->ln_tau_max(q), 2),
        CreepDual::variable(ln_A_vp, 3),
        CreepDual::variable(q[creep_ln_ratio], 4),
    };
}

Eigen::VectorXd CreepResiduals::in_coordinates(const CreepDual& value, const Eigen::VectorXd& q)
    const {
    Eigen::VectorXd out = Eigen::VectorXd::Zero(q.size());
    double by_chi = 0.0;
    (void)setup_->ln_tau_max(q, &by_chi);
    out[creep_ln_A_an] = value.slope[0];
    out[creep_chi] = value.slope[1] + by_chi * value.slope[2];
    out[creep_ln_tau_max] = setup_->fixed_t0 ? 0.0 : value.slope[2];
    out[setup_->is_A_vp_tied ? creep_ln_A_an : creep_ln_A_vp] += value.slope[3];
    out[creep_ln_ratio] = value.slope[4];
    return out;
}

bool CreepResiduals::residuals(
    const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
) {
    const CreepLaws& laws = setup_->laws;
    const double J_0 = std::exp(q[creep_ln_J_0]);
    const auto numbers = dual_numbers(q);
    r.resize(at(rows_));
    if (derivative != nullptr) {
        derivative->setZero(at(rows_), q.size());
    }
    Eigen::Index row = 0;
    for (std::size_t k = 0; k < data_->tests.size(); ++k) {
        const CreepTest& test = data_->tests[k];
        const Prepared& p = prepared_[k];
        if (!march_creep(laws, test.history, p.times_s, numbers, strain_)) {
            return false;
        }
        const auto offset = at(creep_main_count + 2 * k);
        for (std::size_t j = 0; j < p.times_s.size(); ++j, ++row) {
            const CreepDual moving = strain_[j].an + strain_[j].vp;
            const double since = p.times_s[j] - test.baseline.centre_s;
            const double by_offset = test.baseline.is_there ? test.baseline.offset_sd : 0.0;
            const double by_drift =
                test.baseline.is_there ? since * test.baseline.drift_sd_per_s : 0.0;
            const double strain = (J_0 - laws.A_beta_per_Pa) * p.stress_Pa[j] + p.beta[j] +
                                  moving.value + q[offset] * by_offset + q[offset + 1] * by_drift;
            const double weight = 1.0 / test.bins[j].sigma;
            r[row] = (strain - test.bins[j].strain) * weight;
            if (derivative != nullptr) {
                derivative->row(row) = in_coordinates(moving, q).transpose() * weight;
                (*derivative)(row, creep_ln_J_0) = J_0 * p.stress_Pa[j] * weight;
                (*derivative)(row, offset) = by_offset * weight;
                (*derivative)(row, offset + 1) = by_drift * weight;
            }
        }
    }
    return r.allFinite();
}

bool CreepResiduals::strains(
    const Eigen::VectorXd& q,
    const CreepTest& test,
    std::span<const double> times_s,
    std::vector<double>& out
) const {
    const auto dual = dual_numbers(q);
    const CreepNumbers<double> numbers{
        dual.ln_A_an.value,
        dual.chi.value,
        dual.ln_tau_max.value,
        dual.ln_A_vp.value,
        dual.ln_ratio.value
    };
    std::vector<CreepStrain<double>> moving;
    if (!march_creep(setup_->laws, test.history, times_s, numbers, moving)) {
        return false;
    }
    out = beta_strain(setup_->laws, test.history, times_s);
    const double elastic = std::exp(q[creep_ln_J_0]) - setup_->laws.A_beta_per_Pa;
    for (std::size_t k = 0; k < times_s.size(); ++k) {
        const StressPiece& p = test.history.pieces[test.history.piece_at(times_s[k])];
        out[k] += elastic * p.at(times_s[k]) + moving[k].an + moving[k].vp;
    }
    return true;
}

bool CreepResiduals::parts(
    const Eigen::VectorXd& q, const CreepTest& test, double time_s, CreepParts& out
) const {
    const std::array<double, 1> times{time_s};
    std::vector<CreepStrain<CreepDual>> moving;
    if (!march_creep(setup_->laws, test.history, times, dual_numbers(q), moving)) {
        return false;
    }
    const double stress = test.history.pieces[test.history.piece_at(time_s)].at(time_s);
    const double J_0 = std::exp(q[creep_ln_J_0]);
    out.el = (J_0 - setup_->laws.A_beta_per_Pa) * stress;
    out.beta = beta_strain(setup_->laws, test.history, times)[0];
    out.an = moving[0].an.value;
    out.vp = moving[0].vp.value;
    out.d_el = Eigen::VectorXd::Zero(q.size());
    out.d_el[creep_ln_J_0] = J_0 * stress;
    out.d_an = in_coordinates(moving[0].an, q);
    out.d_vp = in_coordinates(moving[0].vp, q);
    return true;
}

}  // namespace relaxd::model
