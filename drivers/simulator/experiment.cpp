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
      analyser_(bench, method.mounting, seed, method.forces()),
      drift_(seed, noise),
      glass_(specimen),
      middle_s_(never),
      measured_s_(never),
      sample_s_(never) {
    furnace_.reset();
    const bool asks_place =
        method_.columns.has(Column::position) || method_.columns.has(Column::length);
    if (!method_.oscillates() || asks_place) {
        drive_ =
            std::make_unique<StaticDrive>(specimen_, method_.mounting, bench, method_.highest_K());
    }
    if (method_.mode == SimMode::controlled_force) {
        hold_force(method_.static_preload_N());
    } else if (drive_ && method_.oscillates()) {
        hold_force(method_.forces().preload_N);
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
        case StepKind::recover:
        case StepKind::hold_strain:
        case StepKind::measure_length: return zero_s + step().duration_s;
        case StepKind::ramp:
            return zero_s + std::abs(step().temperature_K - from_K_) / step().rate_K_per_s;
        case StepKind::strain_rate:
            return zero_s + std::abs((step().strain - asked_strain_) / step().rate_per_s);
        case StepKind::force_ramp:
            return zero_s + std::abs((step().force_N - asked_force_N_) / step().rate_per_s);
        default: return zero_s;  // settings and jump take no time
    }
}

double Experiment::next_event_s() const {
    if (end_now_ || limit_met_) {
        return now_s_;
    }
    return std::min({middle_s_, measured_s_, sample_s_, step_end_s()});
}

Experiment::Event Experiment::run_to(double target_s) {
    while (!finished_) {
        if (limit_met_) {
            finished_ = true;
            return Event::limit;
        }
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
        if (limit_met_) {
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
            advance_load(now_s_, true);
            ++sample_index_;
            schedule_sample();
            if (storage_on_ && !limit_met_) {
                read_static();
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
        advance_load(grid_s, false);
        if (limit_met_) {
            return false;
        }
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

Experiment::Event Experiment::begin_step() {
    end_now_ = false;
    end_static_step();
    from_K_ = set_K(now_s_);
    held_s_ = 0.0;
    if (hold_start_s_ >= 0.0) {
        hold_start_s_ = now_s_;
    }
    step_start_s_ = now_s_;
    in_band_since_s_ = -1.0;
    middle_s_ = measured_s_ = sample_s_ = never;
    list_.clear();
    once_ = false;
    ++step_index_;
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
            list_tones(sweep_list_Hz(now.first_Hz, now.last_Hz, now.points_per_decade));
            once_ = true;
            break;
        case StepKind::isothermal:
        case StepKind::isothermal_until:
        case StepKind::ramp: list_tones(method_.frequencies_Hz); break;
        default: break;
    }
    if (drive_ && takes_time(now.kind)) {
        begin_load();
    }
    if (method_.samples(now.kind)) {
        sample_index_ = 0;
        schedule_sample();
    }
    if (!list_.empty()) {
        list_index_ = 0;
        begin_measurement();
    }
    return Event::step;
}

// At each frequency every amplitude, lowest first.
void Experiment::list_tones(const std::vector<double>& frequencies_Hz) {
    if (!method_.oscillates()) {
        return;
    }
    for (const double frequency_Hz : frequencies_Hz) {
        for (const double amplitude : method_.amplitudes) {
            Tone tone;
            tone.frequency_Hz = frequency_Hz;
            tone.amplitude = amplitude;
            list_.push_back(tone);
        }
    }
}

double Experiment::amplitude_m(const Tone& tone) const {
    return method_.amplitude_is_strain ? tone.amplitude / analyser_.strain_per_displacement()
                                       : tone.amplitude;
}

void Experiment::begin_measurement() {
    const Tone& tone = list_[list_index_];
    const double duration_s = measurement_s(tone.frequency_Hz);
    middle_s_ = now_s_ + 0.5 * duration_s;
    measured_s_ = now_s_ + duration_s;
    begin_shown_K_ = furnace_.shown_K(now_s_);
    track_force(tone);
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
    if (drive_) {
        advance_load(middle_s_, true);
        middle_position_m_ = drive_->position_m(middle_T_K_);
        middle_ends_m_ = drive_->ends_m(middle_T_K_);
    }
    middle_s_ = never;
}

// True if the measurement became a reading.
bool Experiment::finish_measurement() {
    const Tone tone = list_[list_index_];
    const double began_K = begin_shown_K_;
    measured_s_ = never;
    // While held a sweep repeats its frequency: the method is frozen, readings go on.
    if (!(once_ && hold_start_s_ >= 0.0)) {
        ++list_index_;
    }
    if (list_index_ == list_.size()) {
        list_index_ = 0;
        end_now_ = once_;
    }
    if (!end_now_) {
        begin_measurement();
    }
    if (!storage_on_) {
        return false;
    }
    read_oscillation(tone, began_K);
    return true;
}

// What the reading to come says where the thermocouple, without noise, shows `quiet_K`.
double Experiment::shown_K(double quiet_K, NoiseChannel channel) const {
    if (thermocouple_noise_K_ == 0.0) {
        return quiet_K;
    }
    return quiet_K + thermocouple_noise_K_ * normal_deviate(seed_, reading_.number + 1, channel);
}

void Experiment::read_oscillation(const Tone& tone, double began_K) {
    SimReading r;
    r.number = reading_.number + 1;
    r.time_s = middle_time_s_;
    r.segment = segment();
    r.temperature_K = shown_K(middle_shown_K_, NoiseChannel::thermocouple);
    r.true_temperature_K = middle_T_K_;
    r.set_temperature_K = middle_set_K_;
    r.frequency_Hz = tone.frequency_Hz;
    r.columns = method_.columns;
    r.temperature_start_K = shown_K(began_K, NoiseChannel::thermocouple_start);
    r.temperature_end_K = shown_K(furnace_.shown_K(now_s_), NoiseChannel::thermocouple_end);
    const Mounting& mounting = method_.mounting;
    const double omega = 2.0 * std::numbers::pi * tone.frequency_Hz;
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
    analyser_.oscillate(r, {storage_Pa * longer, loss_Pa * longer}, amplitude_m(tone));
    if (drive_) {
        const double sigma_m = noise_.displacement_relative * std::abs(middle_position_m_) +
                               noise_.displacement_floor_m;
        const double noise_m =
            sigma_m * normal_deviate(seed_, r.number, NoiseChannel::displacement);
        analyser_.place_mean(r, middle_position_m_ + noise_m);
        if (mounting.axial() != 0.0) {
            r.true_length_m = mounting.grip_length_m() + mounting.axial() * middle_ends_m_;
        }
    }
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
