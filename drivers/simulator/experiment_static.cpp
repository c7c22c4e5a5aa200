// SPDX-License-Identifier: MIT
//
// The drive in a run: static modes, the static force of an oscillation, measured lengths.
#include "drivers/simulator/experiment.hpp"
#include "schema/base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::simulator {
namespace {

// Under the static force of an oscillation: at 20 K/min the temperature moves 0.33 K meanwhile.
constexpr double coarse_step_s = 1.0;

// From `from` towards `to`, `moved` of the way's length.
double towards(double from, double to, double moved) {
    return to >= from ? std::min(to, from + moved) : std::max(to, from - moved);
}

}  // namespace

// On the furnace's grid and at what happens in the run, so that it does not matter when somebody
// looks. An oscillation takes longer steps unless `for_certain`.
void Experiment::advance_load(double time_s, bool for_certain) {
    if (!drive_) {
        return;
    }
    const double dt_s = time_s - load_time_s_;
    double temperature_K = furnace_.specimen_K(0.5 * (load_time_s_ + time_s));
    if (method_.oscillates()) {
        heat_K_s_ += (time_s - heat_time_s_) * furnace_.specimen_K(0.5 * (heat_time_s_ + time_s));
        heat_time_s_ = time_s;
        if (!for_certain && dt_s < coarse_step_s * (1.0 - 1e-9)) {
            return;
        }
        temperature_K = dt_s > 0.0 ? heat_K_s_ / dt_s : temperature_K;
        heat_K_s_ = 0.0;
    }
    const double end_K = furnace_.specimen_K(time_s);
    drive_->set_structure(glass_.structure(temperature_K));
    drive_->advance(dt_s, asked_at(time_s), temperature_K, end_K);
    load_time_s_ = time_s;
    limit_met_ = limit_met_ || (method_.is_static() && drive_->beyond_limits(end_K));
}

// What the drive is asked to hold at this time: m or Pa.
double Experiment::asked_at(double time_s) const {
    if (!stepping()) {
        return drive_->asked();
    }
    const Step& now = step();
    const double moved = std::abs(now.rate_per_s) * std::max(0.0, program_s(time_s));
    if (now.kind == StepKind::strain_rate) {
        return towards(asked_strain_, now.strain, moved) / analyser_.strain_per_displacement();
    }
    if (now.kind == StepKind::force_ramp) {
        return towards(asked_force_N_, now.force_N, moved) * method_.mounting.stress_per_force();
    }
    return drive_->asked();
}

// What the segment has led to is where the next one begins.
void Experiment::end_static_step() {
    if (!drive_) {
        return;
    }
    advance_load(now_s_, true);
    if (!stepping()) {
        return;
    }
    const Step& now = step();
    if (now.kind == StepKind::strain_rate) {
        asked_strain_ = drive_->asked() * analyser_.strain_per_displacement();
    } else if (now.kind == StepKind::force_ramp) {
        asked_force_N_ = drive_->asked() / method_.mounting.stress_per_force();
    } else if (now.kind == StepKind::measure_length && method_.mounting.axial() != 0.0) {
        const double temperature_K = furnace_.specimen_K(now_s_);
        analyser_.refer_to(drive_->position_m(temperature_K), now_s_);
        if (!method_.oscillates()) {
            drive_->set_zero(temperature_K);
            zeroed_ = true;
            asked_strain_ = 0.0;
        }
    }
}

void Experiment::hold_strain(double strain) {
    const double temperature_K = furnace_.specimen_K(now_s_);
    drive_->set_structure(glass_.structure(temperature_K));
    if (!zeroed_) {
        drive_->set_zero(temperature_K);
        zeroed_ = true;
    }
    drive_->hold_displacement_m(strain / analyser_.strain_per_displacement(), temperature_K);
    asked_strain_ = strain;
    strained_ = true;
}

void Experiment::hold_force(double force_N) {
    drive_->hold_stress_Pa(force_N * method_.mounting.stress_per_force());
    asked_force_N_ = force_N;
}

// A segment that takes time begins: the drive takes its orders.
void Experiment::begin_load() {
    const Step& now = step();
    if (now.kind == StepKind::measure_length && method_.mounting.axial() != 0.0) {
        hold_force(method_.static_preload_N());
        return;
    }
    if (method_.mode == SimMode::creep) {
        asked_stress_Pa_ = now.kind == StepKind::displace ? now.stress_Pa : 0.0;
        drive_->hold_stress_Pa(asked_stress_Pa_);
    } else if (method_.is_static()) {
        begin_held(now.kind);
        limit_met_ = limit_met_ || drive_->beyond_limits(furnace_.specimen_K(now_s_));
    }
}

// Modes of 3.3.
void Experiment::begin_held(StepKind kind) {
    switch (method_.mode) {
        case SimMode::stress_relaxation:
            if (kind == StepKind::hold_strain) {
                hold_strain(step().strain);
                return;
            }
            hold_force(0.0);
            if (kind == StepKind::recover && !zeroed_) {
                drive_->set_zero(furnace_.specimen_K(now_s_));
                zeroed_ = true;
            }
            return;
        case SimMode::strain_rate:
            if (kind == StepKind::hold_strain) {
                hold_strain(step().strain);
            } else if (kind == StepKind::strain_rate || strained_) {
                hold_strain(asked_strain_);
            } else {
                hold_force(0.0);  // nothing has been strained yet: expansion is free
            }
            return;
        case SimMode::isostrain:
            if (kind != StepKind::equilibrate && kind != StepKind::measure_length) {
                hold_strain(method_.strain_level.value_or(0.0));
            } else if (strained_) {
                hold_strain(asked_strain_);
            }
            return;
        default: return;  // controlled force: it holds what it has, and a ramp moves it
    }
}

// The static force that goes with the measurement that begins.
void Experiment::track_force(const Tone& tone) {
    if (!drive_) {
        return;
    }
    advance_load(now_s_, true);
    const double temperature_K = furnace_.specimen_K(now_s_);
    const double omega = 2.0 * std::numbers::pi * tone.frequency_Hz;
    const std::complex<double> seen_Pa =
        method_.mounting.modulus_share() * (1.0 + specimen_.thermal_strain(temperature_K)) *
        specimen_.modulus_Pa(temperature_K, omega, glass_.structure(temperature_K));
    hold_force(analyser_.static_force_N(seen_Pa, tone.frequency_Hz, amplitude_m(tone)));
}

void Experiment::read_static() {
    SimReading r;
    r.number = reading_.number + 1;
    r.oscillation = false;
    r.time_s = now_s_;
    r.segment = segment();
    r.temperature_K = shown_K(furnace_.shown_K(now_s_), NoiseChannel::thermocouple);
    r.temperature_start_K = r.temperature_end_K = r.temperature_K;
    r.true_temperature_K = furnace_.specimen_K(now_s_);
    r.set_temperature_K = set_K(now_s_);
    r.columns = method_.columns;
    drive_->set_structure(glass_.structure(r.true_temperature_K));
    r.truth = drive_->times_at(r.true_temperature_K);
    r.true_strain = drive_->strain(r.true_temperature_K);
    const double ends_m = drive_->ends_m(r.true_temperature_K);
    if (method_.mode == SimMode::creep) {
        const double sigma_m =
            noise_.displacement_relative * std::abs(ends_m) + noise_.displacement_floor_m;
        const double seen_m =
            ends_m + sigma_m * normal_deviate(seed_, r.number, NoiseChannel::displacement);
        analyser_.creep(r, seen_m - drive_->zero_m(), asked_stress_Pa_);
    } else {
        read_held(r, ends_m);
    }
    analyser_.place(r, drive_->zero_m());
    const Mounting& mounting = method_.mounting;
    if (mounting.axial() != 0.0 && r.columns.has(Column::length)) {
        r.true_length_m = mounting.grip_length_m() + mounting.axial() * ends_m;
    }
    reading_ = r;
}

// Modes of 3.3: what is held is exact, what answers has the noise.
void Experiment::read_held(SimReading& r, double ends_m) {
    // As many counts of the force's resolution as the floor is of the displacement's (1 nm).
    constexpr double floor_N_per_m = 1e4;
    StaticState state;
    state.by_displacement = drive_->by_displacement();
    state.asked = drive_->asked();
    state.force_N = drive_->force_N();
    state.displacement_m = drive_->position_m(r.true_temperature_K) - drive_->zero_m();
    if (state.by_displacement) {
        const double sigma_N = noise_.displacement_relative * std::abs(state.force_N) +
                               noise_.displacement_floor_m * floor_N_per_m;
        state.force_N += sigma_N * normal_deviate(seed_, r.number, NoiseChannel::answer);
    } else {
        const double sigma_m =
            noise_.displacement_relative * std::abs(ends_m) + noise_.displacement_floor_m;
        state.displacement_m +=
            sigma_m * normal_deviate(seed_, r.number, NoiseChannel::displacement);
    }
    r.true_stress_Pa = drive_->stress_Pa();
    analyser_.hold(r, state);
}

}  // namespace relaxd::simulator
