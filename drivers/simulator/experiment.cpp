// SPDX-License-Identifier: MIT
#include "drivers/simulator/experiment.hpp"

#include "drivers/simulator/physics_faults.hpp"
#include "schema/base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace relaxd::simulator {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr double band_K = 0.1;  // section 3: equilibrate
constexpr double band_time_s = 60.0;

// How an expanding specimen moves the clamp: along its length only.
double axial(ClampKind clamp) {
    switch (clamp) {
        case ClampKind::tension: return 1.0;
        case ClampKind::compression: return -1.0;  // its displacement counts towards the specimen
        default: return 0.0;
    }
}

}  // namespace

Experiment::Experiment(
    Specimen& specimen,
    Furnace& furnace,
    const SimMethod& method,
    std::uint64_t seed,
    const NoiseSizes& noise,
    const Bench& bench
)
    : specimen_(specimen),
      furnace_(furnace),
      method_(method),
      seed_(seed),
      noise_(noise),
      thermocouple_noise_K_(bench.thermocouple.noise_K),
      analyser_(bench, method.mounting, seed),
      drift_(seed, noise),
      glass_(specimen),
      middle_s_(never),
      measured_s_(never),
      sample_s_(never) {
    furnace_.reset();
    if (method_.creep) {
        load_ = std::make_unique<LoadedSpecimen>(specimen_, method_.highest_K());
    }
}

const Step& Experiment::step() const {
    RELAXD_ASSERT(stepping());
    return method_.steps[static_cast<std::size_t>(step_index_)];
}

bool Experiment::stepping() const {
    return step_index_ >= 0 && static_cast<std::size_t>(step_index_) < method_.steps.size();
}

double Experiment::program_s(double time_s) const {
    return (hold_start_s_ >= 0.0 ? hold_start_s_ : time_s) - step_start_s_ - held_s_;
}

double Experiment::set_K(double time_s) const {
    if (!stepping()) {
        return from_K_;
    }
    switch (step().kind) {
        case StepKind::equilibrate:
        case StepKind::jump: return step().temperature_K;
        case StepKind::ramp: {
            const double moved = step().rate_K_per_s * std::max(0.0, program_s(time_s));
            return step().temperature_K >= from_K_
                       ? std::min(step().temperature_K, from_K_ + moved)
                       : std::max(step().temperature_K, from_K_ - moved);
        }
        default: return from_K_;
    }
}

double Experiment::step_end_s() const {
    if (!stepping() || hold_start_s_ >= 0.0) {
        return never;
    }
    const double zero_s = step_start_s_ + held_s_;
    switch (step().kind) {
        case StepKind::equilibrate:
        case StepKind::sweep: return never;
        case StepKind::isothermal:
        case StepKind::isothermal_until:
        case StepKind::displace:
        case StepKind::recover: return zero_s + step().duration_s;
        case StepKind::ramp:
            return zero_s + std::abs(step().temperature_K - from_K_) / step().rate_K_per_s;
        default: return zero_s;  // settings and jump take no time
    }
}

double Experiment::next_event_s() const {
    if (end_now_) {
        return now_s_;
    }
    return std::min({middle_s_, measured_s_, sample_s_, step_end_s()});
}

Experiment::Event Experiment::run_to(double target_s) {
    while (!finished_) {
        if (end_now_) {
            return begin_step();
        }
        const double end_s = step_end_s();
        // A sample on the segment's last instant belongs to it, up to rounding.
        if (sample_s_ > end_s && sample_s_ <= end_s + 1e-9 * (1.0 + end_s - step_start_s_)) {
            sample_s_ = end_s;
        }
        const double event_s = next_event_s();
        const double next_s = std::min(event_s, target_s);
        if (move_clock(next_s)) {
            end_now_ = true;  // equilibrated
            continue;
        }
        if (event_s > target_s) {
            return Event::none;
        }
        if (now_s_ >= middle_s_) {
            take_middle();
        } else if (now_s_ >= measured_s_) {
            if (finish_measurement()) {
                return Event::reading;
            }
        } else if (now_s_ >= sample_s_) {
            advance_load(now_s_);
            ++sample_index_;
            schedule_sample();
            if (storage_on_) {
                read_creep();
                return Event::reading;
            }
        } else {
            end_now_ = true;
        }
    }
    return Event::none;
}

// Moves to `time_s`; true (and stops there) when equilibration is reached on the way.
bool Experiment::move_clock(double time_s) {
    while (furnace_.reached_s() <= time_s) {
        const double grid_s = std::max(now_s_, furnace_.reached_s());
        now_s_ = grid_s;
        advance_glass(grid_s);
        advance_load(grid_s);
        if (settled(grid_s)) {
            return true;
        }
        HeaterOrder order{set_K(grid_s), true};
        if (faults_ != nullptr) {
            order = faults_->heater(grid_s, order);
        }
        furnace_.step(order.set_K, order.on);
    }
    now_s_ = std::max(now_s_, time_s);
    return false;
}

bool Experiment::settled(double time_s) {
    if (!stepping() || step().kind != StepKind::equilibrate) {
        return false;
    }
    if (std::abs(furnace_.shown_K() - step().temperature_K) > band_K) {
        in_band_since_s_ = -1.0;
        return false;
    }
    if (in_band_since_s_ < 0.0) {
        in_band_since_s_ = time_s;
    }
    return hold_start_s_ < 0.0 && time_s - in_band_since_s_ >= band_time_s - 1e-9;
}

// On the furnace's grid only, so that it does not matter when somebody looks.
void Experiment::advance_glass(double grid_s) {
    const double middle_s = 0.5 * (glass_time_s_ + grid_s);
    glass_.advance(grid_s - glass_time_s_, furnace_.specimen_K(middle_s));
    glass_time_s_ = grid_s;
}

void Experiment::advance_load(double time_s) {
    if (load_) {
        const double middle_s = 0.5 * (load_time_s_ + time_s);
        const double temperature_K = furnace_.specimen_K(middle_s);
        load_->set_structure(glass_.structure(temperature_K));
        load_->advance(time_s - load_time_s_, temperature_K);
        load_time_s_ = time_s;
    }
}

Experiment::Event Experiment::begin_step() {
    end_now_ = false;
    from_K_ = set_K(now_s_);
    held_s_ = 0.0;
    if (hold_start_s_ >= 0.0) {
        hold_start_s_ = now_s_;
    }
    step_start_s_ = now_s_;
    in_band_since_s_ = -1.0;
    middle_s_ = measured_s_ = sample_s_ = never;
    list_Hz_.clear();
    once_ = false;
    ++step_index_;
    advance_load(now_s_);
    if (!stepping()) {
        finished_ = true;
        return Event::finished;
    }
    const Step& now = step();
    switch (now.kind) {
        case StepKind::storage: storage_on_ = now.storage_on; break;
        case StepKind::sampling:
            interval_s_ = now.interval_s;
            log_per_decade_ = 0.0;
            break;
        case StepKind::sampling_log:
            log_per_decade_ = now.points_per_decade;
            log_start_s_ = now.start_s;
            break;
        case StepKind::sweep:
            list_Hz_ = sweep_list_Hz(now.first_Hz, now.last_Hz, now.points_per_decade);
            once_ = true;
            break;
        case StepKind::isothermal:
        case StepKind::isothermal_until:
        case StepKind::ramp: list_Hz_ = method_.frequencies_Hz; break;
        default: break;
    }
    const bool timed = now.kind != StepKind::storage && now.kind != StepKind::sampling &&
                       now.kind != StepKind::sampling_log && now.kind != StepKind::jump;
    if (load_ && timed) {
        asked_stress_Pa_ = now.kind == StepKind::displace ? now.stress_Pa : 0.0;
        load_->set_stress_Pa(asked_stress_Pa_ * analyser_.stress_share());
        if (now.kind == StepKind::displace || now.kind == StepKind::recover) {
            sample_index_ = 0;
            schedule_sample();
        }
    } else if (!method_.creep && !list_Hz_.empty()) {
        list_index_ = 0;
        begin_measurement();
    }
    return Event::step;
}

void Experiment::begin_measurement() {
    const double duration_s = measurement_s(list_Hz_[list_index_]);
    middle_s_ = now_s_ + 0.5 * duration_s;
    measured_s_ = now_s_ + duration_s;
}

void Experiment::schedule_sample() {
    if (log_per_decade_ > 0.0) {
        const double decades = static_cast<double>(sample_index_) / log_per_decade_;
        sample_s_ = step_start_s_ + log_start_s_ * std::pow(10.0, decades);
    } else {
        sample_s_ = step_start_s_ + interval_s_ * static_cast<double>(sample_index_ + 1);
    }
}

void Experiment::take_middle() {
    middle_time_s_ = middle_s_;
    middle_T_K_ = furnace_.specimen_K(middle_s_);
    middle_structure_ = glass_.structure(middle_T_K_);
    middle_shown_K_ = furnace_.shown_K(middle_s_);
    middle_set_K_ = set_K(middle_s_);
    middle_s_ = never;
}

// True if the measurement became a reading.
bool Experiment::finish_measurement() {
    const double frequency_Hz = list_Hz_[list_index_];
    measured_s_ = never;
    // While held a sweep repeats its frequency: the method is frozen, readings go on.
    if (!(once_ && hold_start_s_ >= 0.0)) {
        ++list_index_;
    }
    if (list_index_ == list_Hz_.size()) {
        list_index_ = 0;
        end_now_ = once_;
    }
    if (!end_now_) {
        begin_measurement();
    }
    if (!storage_on_) {
        return false;
    }
    read_oscillation(frequency_Hz);
    return true;
}

// What the reading to come says where the thermocouple, without noise, shows `quiet_K`.
double Experiment::shown_K(double quiet_K) const {
    if (thermocouple_noise_K_ == 0.0) {
        return quiet_K;
    }
    return quiet_K + thermocouple_noise_K_ *
                         normal_deviate(seed_, reading_.number + 1, NoiseChannel::thermocouple);
}

void Experiment::read_oscillation(double frequency_Hz) {
    SimReading r;
    r.number = reading_.number + 1;
    r.time_s = middle_time_s_;
    r.segment = segment();
    r.temperature_K = shown_K(middle_shown_K_);
    r.true_temperature_K = middle_T_K_;
    r.set_temperature_K = middle_set_K_;
    r.frequency_Hz = frequency_Hz;
    const Mounting& mounting = method_.mounting;
    const double omega = 2.0 * std::numbers::pi * frequency_Hz;
    const std::complex<double> truth =
        mounting.modulus_share() *
        specimen_.modulus_Pa(r.true_temperature_K, omega, middle_structure_);
    r.truth = specimen_.times_at(r.true_temperature_K, middle_structure_.chi);
    r.true_storage_modulus_Pa = truth.real();
    r.true_loss_modulus_Pa = truth.imag();

    const double drift = 1.0 + drift_.next(r.number, r.time_s);
    const double loss_sigma_Pa = noise_.loss_relative * truth.imag() + noise_.loss_floor_Pa;
    const double storage_Pa =
        truth.real() * drift *
        (1.0 + noise_.storage_relative * normal_deviate(seed_, r.number, NoiseChannel::storage));
    const double loss_Pa =
        truth.imag() * drift + loss_sigma_Pa * normal_deviate(seed_, r.number, NoiseChannel::loss);
    // The stiffness grows as the lengths do; the moduli are computed with those at 298.15 K.
    const double longer = 1.0 + specimen_.thermal_strain(r.true_temperature_K);
    analyser_.oscillate(r, {storage_Pa * longer, loss_Pa * longer}, method_.amplitude_m);
    reading_ = r;
}

void Experiment::read_creep() {
    SimReading r;
    r.number = reading_.number + 1;
    r.oscillation = false;
    r.time_s = now_s_;
    r.segment = segment();
    r.temperature_K = shown_K(furnace_.shown_K(now_s_));
    r.true_temperature_K = furnace_.specimen_K(now_s_);
    r.set_temperature_K = set_K(now_s_);
    const Mounting& mounting = method_.mounting;
    load_->set_structure(glass_.structure(r.true_temperature_K));
    r.truth = load_->times_at(r.true_temperature_K);
    r.true_strain = load_->strain(r.true_temperature_K) / mounting.modulus_share();
    const double thermal = specimen_.thermal_strain(r.true_temperature_K);
    const double seen_strain = r.true_strain / (1.0 + thermal) + axial(mounting.clamp) * thermal;
    const double true_m = seen_strain / mounting.strain_per_displacement();
    const double sigma_m =
        noise_.displacement_relative * std::abs(true_m) + noise_.displacement_floor_m;
    const double seen_m =
        true_m + sigma_m * normal_deviate(seed_, r.number, NoiseChannel::displacement);
    analyser_.creep(r, seen_m, asked_stress_Pa_);
    reading_ = r;
}

void Experiment::hold() {
    if (hold_start_s_ < 0.0) {
        hold_start_s_ = now_s_;
    }
}

void Experiment::resume() {
    if (hold_start_s_ >= 0.0) {
        held_s_ += now_s_ - hold_start_s_;
        hold_start_s_ = -1.0;
    }
}

}  // namespace relaxd::simulator
