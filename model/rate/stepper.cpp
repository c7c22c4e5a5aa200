// SPDX-License-Identifier: MIT
#include "model/rate/stepper.hpp"

#include "model/rate/mode_response.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::model {

namespace {

constexpr int most_iterations = 60;
constexpr double close_enough = 1e-8;  ///< Newton's last relative move; the error is its square.
constexpr double longest_move = 2.0;   ///< Of a logarithm of a time in one iteration.

double bounded_exp(double x) {
    return std::exp(std::min(x, 690.0));
}

}  // namespace

/// A step in the making.
struct RateStepper::Work {
    const RateState* from = nullptr;
    const Drive* drive = nullptr;
    double dt_s = 0.0;
    std::vector<double> ln_length;  ///< Of each branch, where `sums` stand.
    std::vector<Sums> sums;
    std::vector<bool> known;
};

RateStepper::RateStepper(const RateMaterial& material, Formulation formulation, double level)
    : material_(&material), formulation_(formulation) {
    const QpdParameters& p = material.parameters();
    add_branch(Clock::beta, 0, p.A_beta_per_Pa(), gumbel_modes(p.B, level));
    for (std::size_t j = 0; j < p.fast_beta.size(); ++j) {
        const FastBeta& f = p.fast_beta[j];
        add_branch(Clock::fast_beta, j, f.A_per_Pa, gumbel_modes(f.B, level));
    }
    // In `eq16` the anelastic strain is one variable, in `hereditary` the spectrum frozen at
    // chi(T).
    Modes anelastic = formulation == Formulation::eq16 ? Modes{{1.0}, {1.0}}
                                                       : levy_modes(material.chi_T(), level);
    add_branch(Clock::anelastic, 0, p.A_an_per_Pa, std::move(anelastic));
}

void RateStepper::add_branch(Clock clock, std::size_t process, double strength, Modes modes) {
    Branch branch;
    branch.clock = clock;
    branch.process = process;
    branch.strength_per_Pa = strength;
    branch.first = mode_count_;
    mode_count_ += modes.weight.size();
    branch.modes = std::move(modes);
    branches_.push_back(std::move(branch));
}

RateState RateStepper::start() const {
    RateState state;
    state.modes.assign(mode_count_, 0.0);
    return state;
}

double RateStepper::chi_at(double eps_an) const {
    return material_->chi_T() + material_->parameters().a2 * eps_an;
}

Times RateStepper::times_at(double stress_Pa, double eps_an) const {
    return material_->times(stress_Pa, chi_at(eps_an));
}

void RateStepper::add_up(RateState& state) const {
    state.eps_beta = 0.0;
    for (const Branch& branch : branches_) {
        double sum = 0.0;
        for (std::size_t k = 0; k < branch.modes.weight.size(); ++k) {
            sum += state.modes[branch.first + k];
        }
        (branch.clock == Clock::anelastic ? state.eps_an : state.eps_beta) =
            (branch.clock == Clock::anelastic ? 0.0 : state.eps_beta) + sum;
    }
}

/// The first step of `eq16` at a constant rate: the stress goes as clock^(1/chi), not linearly.
bool RateStepper::first_eq16(const Branch& branch, const RateState& from, const Drive& drive)
    const {
    return branch.clock == Clock::anelastic && formulation_ == Formulation::eq16 &&
           drive.strain_controlled && from.time_s == 0.0;
}

ClockAdvance RateStepper::advance(const Branch& branch, const Work& work, Unknowns at) const {
    if (branch.clock == Clock::fast_beta) {
        const LnTime tau = material_->fast_beta(branch.process, at.stress);
        return {std::log(work.dt_s) - tau.value, -tau.d_stress, 0.0};
    }
    const double chi_now = chi_at(at.eps_an);
    const Times times = material_->times(at.stress, chi_now);
    if (branch.clock == Clock::beta) {
        return {std::log(work.dt_s) - times.beta.value, -times.beta.d_stress, 0.0};
    }
    if (formulation_ == Formulation::hereditary) {
        return hereditary_clock(times, work.dt_s);
    }
    const double end_s = work.drive->clock_start_s + work.from->time_s + work.dt_s;
    return eq16_clock(times, chi_now, material_->ln_t0(), end_s, work.dt_s);
}

RateStepper::Sums RateStepper::sums(const Branch& branch, const Work& work, double ln_length)
    const {
    const double length = bounded_exp(ln_length);
    Sums out;
    if (first_eq16(branch, *work.from, *work.drive)) {
        const double c = 1.0 + 1.0 / material_->chi_T();
        out.response = branch.strength_per_Pa * length / (length + c);
        out.d_response = out.response * c / (length + c);
        return out;
    }
    const double* e = work.from->modes.data() + branch.first;
    const double sigma = work.from->stress_Pa;
    for (std::size_t k = 0; k < branch.modes.weight.size(); ++k) {
        const double z = branch.modes.rate[k] * length;
        const ModeResponse r(z);
        const double strength = branch.strength_per_Pa * branch.modes.weight[k];
        const double drop = r.decay > 0.0 ? z * r.decay : 0.0;
        out.history += e[k] * r.decay + strength * sigma * r.begin;
        out.response += strength * r.end;
        out.d_history += -e[k] * drop + strength * sigma * (drop - r.begin);
        out.d_response += strength * r.begin;
    }
    return out;
}

/// The residuals at `at` and their derivatives; sums are kept while their clock stands still.
RateStepper::Balance RateStepper::balance(Work& work, Unknowns at) const {
    const RateState& a = *work.from;
    const Times times = times_at(at.stress, at.eps_an);
    const double a2 = material_->parameters().a2;
    Balance b;
    b.strain = (at.stress - a.stress_Pa) * material_->elastic_per_Pa() - a.eps_beta - a.eps_an;
    b.strain_by_stress = material_->elastic_per_Pa();
    b.an = -at.eps_an;
    b.an_by_an = -1.0;
    b.swing_by_stress = std::abs(times.max.d_stress);
    b.swing_by_an = std::abs(a2 * times.max.d_chi);
    for (std::size_t j = 0; j < branches_.size(); ++j) {
        const Branch& branch = branches_[j];
        const ClockAdvance clock = advance(branch, work, at);
        if (!work.known[j] || work.ln_length[j] != clock.ln_length) {
            work.sums[j] = sums(branch, work, clock.ln_length);
            work.ln_length[j] = clock.ln_length;
            work.known[j] = true;
        }
        const Sums& s = work.sums[j];
        const double value = s.history + at.stress * s.response;
        const double moved = s.d_history + at.stress * s.d_response;
        const double by_stress = s.response + moved * clock.d_stress;
        const double by_an = moved * clock.d_chi * a2;
        b.strain += value;
        b.strain_by_stress += by_stress;
        b.strain_by_an += by_an;
        if (branch.clock == Clock::anelastic) {
            b.an += value;
            b.an_by_stress += by_stress;
            b.an_by_an += by_an;
            b.swing_by_stress = std::max(b.swing_by_stress, std::abs(clock.d_stress));
            b.swing_by_an = std::max(b.swing_by_an, std::abs(clock.d_chi * a2));
        }
    }
    const double flow = flow_over(work, times);
    b.strain += at.stress * flow - work.drive->strain_rate_per_s * work.dt_s;
    b.strain_by_stress += flow * (1.0 - at.stress * times.max.d_stress);
    b.strain_by_an -= flow * at.stress * times.max.d_chi * a2;
    return b;
}

/// One iteration; `done` once it moved by less than `close_enough`. False when it went astray.
bool RateStepper::improve(Work& work, Unknowns& at, bool& done) const {
    const bool pulled = work.drive->strain_controlled;
    const Balance b = balance(work, at);
    double move_stress = 0.0;
    double move_an = -b.an / b.an_by_an;
    if (pulled) {
        const double det = b.strain_by_stress * b.an_by_an - b.strain_by_an * b.an_by_stress;
        move_stress = -(b.strain * b.an_by_an - b.strain_by_an * b.an) / det;
        move_an = -(b.strain_by_stress * b.an - b.an_by_stress * b.strain) / det;
    }
    const double swing =
        std::abs(b.swing_by_stress * move_stress) + std::abs(b.swing_by_an * move_an);
    if (!std::isfinite(swing) || !std::isfinite(move_stress) || !std::isfinite(move_an)) {
        return false;
    }
    const double share = swing > longest_move ? longest_move / swing : 1.0;
    const double before = at.stress;
    at.stress += share * move_stress;
    at.eps_an += share * move_an;
    if (pulled) {
        at.stress = std::max(at.stress, 0.1 * before);
    }
    done = share == 1.0 && std::abs(move_stress) <= close_enough * std::abs(at.stress) &&
           std::abs(move_an) <= close_enough * std::abs(at.eps_an) + 1e-300;
    return true;
}

bool RateStepper::newton(Work& work, Unknowns& at) const {
    bool done = false;
    for (int k = 0; k < most_iterations && !done; ++k) {
        if (!improve(work, at, done)) {
            return false;
        }
    }
    return done;
}

/// Flow strain per stress over the step; half of it in the first, whose stress grows from 0.
double RateStepper::flow_over(const Work& work, const Times& times) const {
    const double share = work.drive->strain_controlled && work.from->time_s == 0.0 ? 0.5 : 1.0;
    const double A = material_->parameters().A_vp_per_Pa;
    return share * A * bounded_exp(std::log(work.dt_s) - times.max.value);
}

void RateStepper::commit(const Work& work, Unknowns at, RateState& to) const {
    const RateState& a = *work.from;
    to.time_s = a.time_s + work.dt_s;
    to.stress_Pa = at.stress;
    to.modes.resize(mode_count_);
    for (const Branch& branch : branches_) {
        const double length = bounded_exp(advance(branch, work, at).ln_length);
        if (first_eq16(branch, a, *work.drive)) {
            to.modes[branch.first] = at.stress * sums(branch, work, std::log(length)).response;
            continue;
        }
        for (std::size_t k = 0; k < branch.modes.weight.size(); ++k) {
            const ModeResponse r(branch.modes.rate[k] * length);
            const double strength = branch.strength_per_Pa * branch.modes.weight[k];
            to.modes[branch.first + k] = a.modes[branch.first + k] * r.decay +
                                         strength * (a.stress_Pa * r.begin + at.stress * r.end);
        }
    }
    add_up(to);
    to.eps_vp = a.eps_vp + at.stress * flow_over(work, times_at(at.stress, at.eps_an));
    to.stress_slope = (to.stress_Pa - a.stress_Pa) / work.dt_s;
    to.an_slope = (to.eps_an - a.eps_an) / work.dt_s;
}

bool RateStepper::step(const RateState& from, double dt_s, const Drive& drive, RateState& to)
    const {
    Work work;
    work.from = &from;
    work.drive = &drive;
    work.dt_s = dt_s;
    work.ln_length.resize(branches_.size());
    work.sums.resize(branches_.size());
    work.known.assign(branches_.size(), false);
    Unknowns at{drive.stress_Pa, from.eps_an + from.an_slope * dt_s};
    if (drive.strain_controlled) {
        at.stress = from.stress_Pa + from.stress_slope * dt_s;
        if (!(at.stress > 0.1 * from.stress_Pa)) {
            at.stress = from.stress_Pa;
        }
        if (from.time_s == 0.0) {
            at.stress = drive.strain_rate_per_s * dt_s / material_->elastic_per_Pa();
        }
    }
    if (!newton(work, at)) {
        return false;
    }
    commit(work, at, to);
    return true;
}

}  // namespace relaxd::model
