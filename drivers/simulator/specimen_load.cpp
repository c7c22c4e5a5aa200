// SPDX-License-Identifier: MIT
#include "drivers/simulator/specimen_load.hpp"

#include "schema/base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr double strain_at_rest = 1e-13;  // a millionth of what 1 nm means on any specimen
constexpr double tolerance_floor = 1e-13;
constexpr double shortest_share = 1e-13;  // of a driven step: shorter ones change nothing

// (1 - exp(-x)) / x and what follows from it, without cancellation.
struct Factors {
    Factors() = default;
    double decay = 1.0;       ///< exp(-x): of the strain at the beginning.
    double from_first = 0.0;  ///< Of the goal at the beginning: p - exp(-x).
    double from_last = 0.0;   ///< Of the goal at the end: 1 - p.
};

Factors factors(double x) {
    Factors f;
    if (x < 1e-3) {
        // Taylor; what is left out is below 1e-13 of each factor.
        f.decay = 1.0 - x * (1.0 - x * (0.5 - x * (1.0 / 6.0 - x / 24.0)));
        f.from_first = x * (0.5 - x * (1.0 / 3.0 - x * (0.125 - x / 30.0)));
        f.from_last = x * (0.5 - x * (1.0 / 6.0 - x * (1.0 / 24.0 - x / 120.0)));
    } else {
        const double gone = x > 40.0 ? 1.0 : -std::expm1(-x);  // exp(-40) = 4e-18
        const double p = gone / x;
        f.decay = 1.0 - gone;
        f.from_first = p - f.decay;
        f.from_last = 1.0 - p;
    }
    return f;
}

}  // namespace

LoadedSpecimen::LoadedSpecimen(const Specimen& specimen, double T_max_K)
    : specimen_(&specimen), last_T_K_(T_max_K) {
    const auto [low, high] = specimen.chi_range(T_max_K);
    grid_ = stretched_grid(low, high);
    add_branch(Clock::beta, 0, specimen.beta_compliance_per_Pa(), specimen.beta_lines());
    const double chi = specimen.chi_at(0.0);
    add_branch(Clock::anelastic, 0, specimen.params().A_an_per_Pa, stretched_lines(chi, grid_));
    shape_chi_ = chi;
    for (std::size_t i = 0; i < specimen.fast_processes().size(); ++i) {
        const Specimen::FastProcess& process = specimen.fast_processes()[i];
        add_branch(Clock::fast, i, process.numbers.A_per_Pa, process.lines);
    }
    state_.mode.assign(rate_.size(), 0.0);
    full_ = half_ = twice_ = state_;
    decay_.assign(rate_.size(), 0.0);
    last_.assign(rate_.size(), 0.0);
    now_ = structure(last_T_K_);
}

void LoadedSpecimen::add_branch(
    Clock clock, std::size_t process, double A_per_Pa, const std::vector<SpectrumLine>& lines
) {
    Branch branch;
    branch.clock = clock;
    branch.process = process;
    branch.A_per_Pa = A_per_Pa;
    branch.begin = rate_.size();
    for (const SpectrumLine& line : lines) {
        rate_.push_back(line.rate);
        weight_.push_back(line.weight);
    }
    branch.end = rate_.size();
    branches_.push_back(branch);
}

// The weights of the stretched exponential follow chi; the rates stay where they are.
void LoadedSpecimen::reshape(double chi) {
    // Where chi relaxes it moves a little all the time: 1e-5 of it is 1e-4 of a weight at most.
    const double moved = specimen_->options().structural_relaxation ? 1e-5 : 1e-7;
    if (std::abs(chi - shape_chi_) <= moved) {
        return;
    }
    const std::vector<SpectrumLine> lines = stretched_lines(chi, grid_);
    const Branch& branch = branches_[1];
    RELAXD_ASSERT(branch.clock == Clock::anelastic && lines.size() == branch.end - branch.begin);
    for (std::size_t k = 0; k < lines.size(); ++k) {
        weight_[branch.begin + k] = lines[k].weight;
    }
    shape_chi_ = chi;
}

Structure LoadedSpecimen::structure(double temperature_K) const {
    return structure_ ? *structure_ : specimen_->structure_at(temperature_K);
}

void LoadedSpecimen::set_structure(const Structure& structure) {
    const double before = structure_ ? structure_->crystal_share : 0.0;
    if (structure.crystal_share > before && before < 1.0) {
        const double stays = (1.0 - structure.crystal_share) / (1.0 - before);
        for (double& e : state_.mode) {
            state_.flow += e * (1.0 - stays);
            e *= stays;
        }
    }
    structure_ = structure;
}

double LoadedSpecimen::tau_s(const Branch& branch, const SpecimenTimes& times, double stress)
    const {
    switch (branch.clock) {
        case Clock::beta: return times.tau_beta_s;
        case Clock::anelastic: return times.tau_an_s;
        default: return specimen_->fast_beta_s(branch.process, T_K_, stress);
    }
}

void LoadedSpecimen::retune(double dt_s, double temperature_K) {
    reshape(now_.chi);
    const SpecimenTimes times = specimen_->times_at(temperature_K, now_.chi);
    for (const Branch& branch : branches_) {
        const double tau = tau_s(branch, times, 0.0);
        for (std::size_t k = branch.begin; k < branch.end; ++k) {
            decay_[k] = std::exp(-dt_s * rate_[k] / tau);
        }
    }
    tuned_dt_s_ = dt_s;
    tuned_T_K_ = temperature_K;
    tuned_chi_ = now_.chi;
    tuned_tau_max_s_ = times.tau_max_s;
}

bool LoadedSpecimen::times_move() const {
    return specimen_->stress_acts() || specimen_->strain_acts();
}

void LoadedSpecimen::advance(double dt_s, double temperature_K) {
    if (times_move()) {
        advance_stress(dt_s, state_.stress_Pa, temperature_K);
        return;
    }
    if (dt_s <= 0.0) {
        return;
    }
    last_T_K_ = temperature_K;
    if (at_rest_ && state_.stress_Pa == 0.0) {
        return;
    }
    T_K_ = temperature_K;
    now_ = structure(temperature_K);
    // 1e-5 K moves ln tau by 2e-6 / chi at most: far below the 1e-6 of a strain that is kept.
    if (std::abs(dt_s - tuned_dt_s_) > 1e-9 * dt_s || std::abs(temperature_K - tuned_T_K_) > 1e-5 ||
        std::abs(now_.chi - tuned_chi_) > 1e-7) {
        retune(dt_s, temperature_K);
    }
    const double drive_Pa = now_.defect_share * state_.stress_Pa;
    double recoverable = 0.0;
    for (const Branch& branch : branches_) {
        const double scale = branch.A_per_Pa * drive_Pa;
        for (std::size_t k = branch.begin; k < branch.end; ++k) {
            const double goal = scale * weight_[k];
            state_.mode[k] = goal + (state_.mode[k] - goal) * decay_[k];
            recoverable += std::abs(state_.mode[k]);
        }
    }
    state_.flow += specimen_->params().A_vp_per_Pa * drive_Pa * dt_s / tuned_tau_max_s_;
    at_rest_ = recoverable < strain_at_rest;
}

void LoadedSpecimen::advance_stress(double dt_s, double stress_end_Pa, double temperature_K) {
    last_T_K_ = temperature_K;
    if (dt_s <= 0.0) {
        state_.stress_Pa = stress_end_Pa;
        return;
    }
    if (at_rest_ && state_.stress_Pa == 0.0 && stress_end_Pa == 0.0) {
        return;
    }
    if (!times_move() && stress_end_Pa == state_.stress_Pa) {
        advance(dt_s, temperature_K);
        return;
    }
    Drive drive;
    drive.end = stress_end_Pa;
    follow(dt_s, drive, temperature_K);
}

void LoadedSpecimen::advance_strain(
    double dt_s, double strain_end, double temperature_K, double series_per_Pa
) {
    last_T_K_ = temperature_K;
    T_K_ = temperature_K;
    now_ = structure(temperature_K);
    elastic_per_Pa_ = specimen_->elastic_compliance_per_Pa(temperature_K, now_);
    if (dt_s <= 0.0) {
        const double now = total(state_, temperature_K) + series_per_Pa * state_.stress_Pa;
        state_.stress_Pa += (strain_end - now) / (elastic_per_Pa_ + series_per_Pa);
        return;
    }
    // A change of temperature at constant strain moves the elastic part at once.
    Drive drive;
    drive.by_strain = true;
    drive.end = strain_end;
    drive.series_per_Pa = series_per_Pa;
    follow(dt_s, drive, temperature_K);
}

// One driven step, in pieces of the length that halving leaves unchanged.
void LoadedSpecimen::follow(double dt_s, const Drive& drive, double temperature_K) {
    T_K_ = temperature_K;
    now_ = structure(temperature_K);
    elastic_per_Pa_ = specimen_->elastic_compliance_per_Pa(temperature_K, now_);
    reshape(now_.chi);
    at_rest_ = false;
    if (!drive.by_strain && !times_move()) {
        step(state_, dt_s, drive, full_);  // exact
        std::swap(state_, full_);
        return;
    }
    const double begin = drive.by_strain
                             ? total(state_, temperature_K) + drive.series_per_Pa * state_.stress_Pa
                             : state_.stress_Pa;
    const auto at = [&](double time_s) {
        Drive part = drive;
        part.end = time_s >= dt_s ? drive.end : begin + (drive.end - begin) * (time_s / dt_s);
        return part;
    };
    double done_s = 0.0;
    double h_s = try_s_ > 0.0 ? std::min(try_s_, dt_s) : dt_s;
    while (done_s < dt_s) {
        const bool last = done_s + h_s >= dt_s * (1.0 - 1e-12);
        const double end_s = last ? dt_s : done_s + h_s;
        const double middle_s = done_s + 0.5 * (end_s - done_s);
        step(state_, end_s - done_s, at(end_s), full_);
        step(state_, middle_s - done_s, at(middle_s), half_);
        step(half_, end_s - middle_s, at(end_s), twice_);
        const double error = difference(full_, twice_);
        if (error > 1.0 && h_s > shortest_share * dt_s) {
            h_s = 0.5 * (end_s - done_s);
            continue;
        }
        std::swap(state_, twice_);
        done_s = end_s;
        if (error < 0.1) {
            h_s *= 2.0;
        }
    }
    try_s_ = h_s;
}

// Times at the beginning, then at the middle that they lead to: second order.
void LoadedSpecimen::step(const State& from, double h_s, const Drive& drive, State& to) {
    const double anelastic = branch_sum(from, Clock::anelastic);
    pass(from, h_s, drive, from.stress_Pa, anelastic, to);
    if (times_move()) {
        const double stress_Pa = 0.5 * (from.stress_Pa + to.stress_Pa);
        const double middle = 0.5 * (anelastic + branch_sum(to, Clock::anelastic));
        pass(from, h_s, drive, stress_Pa, middle, to);
    }
}

// The step with the times of the given stress and anelastic strain: stress is linear over it, so
// that the strain at its end is linear in the stress at its end, and a strain can be solved for.
void LoadedSpecimen::pass(
    const State& from, double h_s, const Drive& drive, double stress_Pa, double anelastic, State& to
) {
    const double a2 = specimen_->strain_acts() ? specimen_->params().a2 : 0.0;
    const SpecimenTimes times = specimen_->times_at(T_K_, now_.chi + a2 * anelastic, stress_Pa);
    const double share = now_.defect_share;
    double fixed = 0.0;  // strain at the end that does not depend on its stress
    double compliant =
        elastic_per_Pa_ + drive.series_per_Pa;  // what one pascal more at the end adds
    for (const Branch& branch : branches_) {
        const double h_per_tau = h_s / tau_s(branch, times, stress_Pa);
        for (std::size_t k = branch.begin; k < branch.end; ++k) {
            const Factors f = factors(h_per_tau * rate_[k]);
            const double J = share * branch.A_per_Pa * weight_[k];
            to.mode[k] = from.mode[k] * f.decay + J * from.stress_Pa * f.from_first;
            last_[k] = J * f.from_last;
            fixed += to.mode[k];
            compliant += last_[k];
        }
    }
    const double flow = 0.5 * share * specimen_->params().A_vp_per_Pa * (h_s / times.tau_max_s);
    to.flow = from.flow + flow * from.stress_Pa;
    fixed += to.flow;
    compliant += flow;
    to.stress_Pa = drive.by_strain ? (drive.end - fixed) / compliant : drive.end;
    to.flow += flow * to.stress_Pa;
    for (std::size_t k = 0; k < last_.size(); ++k) {
        to.mode[k] += last_[k] * to.stress_Pa;
    }
}

// How far two results are apart, in units of what is allowed.
double LoadedSpecimen::difference(const State& a, const State& b) const {
    double sum = 0.0;
    double mode = 0.0;
    for (std::size_t k = 0; k < a.mode.size(); ++k) {
        mode += a.mode[k] - b.mode[k];
        sum += std::abs(b.mode[k]);
    }
    const double elastic = elastic_per_Pa_ * (a.stress_Pa - b.stress_Pa);
    const double scale = sum + std::abs(b.flow) + elastic_per_Pa_ * std::abs(b.stress_Pa);
    const double apart = std::max({std::abs(mode), std::abs(elastic), std::abs(a.flow - b.flow)});
    return apart / (tolerance_ * scale + tolerance_floor);
}

double LoadedSpecimen::branch_sum(const State& state, Clock clock) const {
    double sum = 0.0;
    for (const Branch& branch : branches_) {
        if (branch.clock == clock) {
            for (std::size_t k = branch.begin; k < branch.end; ++k) {
                sum += state.mode[k];
            }
        }
    }
    return sum;
}

double LoadedSpecimen::total(const State& state, double temperature_K) const {
    const double elastic =
        specimen_->elastic_compliance_per_Pa(temperature_K, structure(temperature_K));
    double sum = state.flow + elastic * state.stress_Pa;
    for (const double e : state.mode) {
        sum += e;
    }
    return sum;
}

double LoadedSpecimen::strain(double temperature_K) const {
    return total(state_, temperature_K);
}

double LoadedSpecimen::anelastic_strain() const {
    return branch_sum(state_, Clock::anelastic);
}

SpecimenTimes LoadedSpecimen::times_at(double temperature_K) const {
    double chi = structure(temperature_K).chi;
    if (specimen_->strain_acts()) {
        chi += specimen_->params().a2 * anelastic_strain();
    }
    return specimen_->times_at(temperature_K, chi, state_.stress_Pa);
}

}  // namespace relaxd::simulator
