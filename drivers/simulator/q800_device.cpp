// SPDX-License-Identifier: MIT
//
// The instrument's clock, states and memory. Requests are in q800_requests.cpp.
#include "drivers/simulator/q800_device.hpp"

#include "drivers/simulator/fault_kinds.hpp"
#include "schema/base/assert.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::simulator {
namespace {

constexpr std::size_t output_high_water = 256UL * 1024;  ///< The clock waits above this.
constexpr int readings_per_call = 512;                   ///< Bounds the time of one advance_to.
constexpr double run_seconds_per_call = 1000.0;          ///< Instrument time, for the same reason.
constexpr double cooling_seconds_per_call = 20000.0;
constexpr double cooled_K = 15.0;  ///< Above ambient: cooling is over.
constexpr std::int64_t wake_ns = 50'000'000;
constexpr std::int64_t idle_wake_ns = 500'000'000;

std::string count_text(std::uint64_t value) {
    return std::to_string(value);
}

// A column of a faulty unit: a word that the protocol does not allow.
std::string with_broken_word(const std::string& text, const SimReading& r) {
    constexpr std::size_t columns_begin = 4;
    const auto names = fault_columns();
    const auto words = split_words(text);
    std::string broken;
    for (std::size_t i = 0; i < words->size(); ++i) {
        const bool here = i >= columns_begin && i - columns_begin < names.size() &&
                          names[i - columns_begin] == r.broken_column && (*words)[i] != "-";
        broken += i == 0 ? "" : " ";
        broken += here ? std::string_view(r.broken_word) : (*words)[i];
    }
    return broken;
}

std::string_view column_name(Column column) {
    const auto found =
        std::ranges::find(further_columns, column, [](const auto& one) { return one.second; });
    return found->first;
}

// Those that follow from others are of what the reading says, whatever a fault has made of it.
std::string column_text(const SimReading& r, Column column) {
    const auto or_absent = [](double value, double per_unit) {
        return std::isfinite(value) ? on_grid(value, per_unit) : std::string("-");
    };
    switch (column) {
        case Column::stiffness:
            return r.oscillation && r.displacement_m > 0.0
                       ? significant(r.dynamic_force_N / r.displacement_m)
                       : std::string("-");
        case Column::position: return or_absent(r.position_m, 1e9);
        case Column::length: return or_absent(r.length_m, 1e9);
        case Column::drive_force:
            return or_absent(
                std::abs(r.static_force_N) + (r.oscillation ? r.dynamic_force_N : 0.0), 1e5
            );
        case Column::temperature_start: return or_absent(r.temperature_start_K, 100.0);
        case Column::temperature_end: return or_absent(r.temperature_end_K, 100.0);
    }
    return "-";
}

}  // namespace

std::string reading_payload(const SimReading& r) {
    const bool osc = r.oscillation;
    const std::string absent = "-";
    std::string text = "R " + count_text(r.number);
    const auto add = [&text](const std::string& word) {
        text += ' ';
        text += word;
    };
    add(on_grid(r.time_s, 1e6));
    add(std::to_string(r.segment));
    add(on_grid(r.temperature_K, 100.0));
    add(on_grid(r.set_temperature_K, 100.0));
    add(osc ? to_text(r.frequency_Hz) : absent);
    add(on_grid(r.static_force_N, 1e5));
    add(osc ? on_grid(r.dynamic_force_N, 1e5) : absent);
    add(on_grid(r.displacement_m, 1e9));
    add(osc ? on_grid(r.phase_rad, 1e6) : absent);
    add(osc ? significant(r.storage_modulus_Pa) : absent);
    add(osc ? significant(r.loss_modulus_Pa) : absent);
    add(osc ? on_grid(r.tan_delta, 1e5) : absent);
    add(significant(r.strain));
    add(significant(r.stress_Pa));
    add(r.flags);
    for (const Column column : r.columns) {
        add(std::string(column_name(column)) + "=" + column_text(r, column));
    }
    return r.broken_column.empty() ? text : with_broken_word(text, r);
}

Q800Device::Q800Device(const SimOptions& options)
    : options_(options),
      specimen_(options.params, options.fast_beta, options.glass),
      furnace_(options.bench.furnace, options.bench.thermocouple),
      faults_(options.faults) {
    RELAXD_ASSERT(options.speed > 0.0 && options.keeps > 0);
}

std::string_view Q800Device::word(State state) {
    switch (state) {
        case State::idle: return "idle";
        case State::armed: return "armed";
        case State::running: return "running";
        case State::holding: return "holding";
        case State::cooling: return "cooling";
        case State::fault: return "fault";
    }
    return "fault";
}

void Q800Device::connect() {
    disconnect();
    connected_ = true;
}

void Q800Device::disconnect() {
    connected_ = false;
    output_.clear();
    jobs_.clear();
    answered_.clear();
    cutter_.clear();
}

void Q800Device::receive(std::string_view bytes, SteadyTime now) {
    advance_to(now);
    if (hung_up_) {
        return;
    }
    for (const IncomingLine& line : cutter_.feed(bytes)) {
        if (!line.valid) {
            send("! 0 bad_crc line dropped");
            continue;
        }
        last_sign_ = std::max(last_sign_, now);
        guard_fired_ = false;
        take_line(line.payload);
    }
}

void Q800Device::advance_to(SteadyTime now) {
    if (guard_s_ > 0.0 && !guard_fired_) {
        const SteadyTime deadline{last_sign_.ns + static_cast<std::int64_t>(guard_s_ * 1e9)};
        if (now > deadline) {
            run_clock(std::max(deadline, host_));
            guard_fired_ = true;
            if (state_ != State::idle) {
                make_safe("heartbeat");
            }
        }
    }
    run_clock(now);
}

void Q800Device::run_clock(SteadyTime now) {
    if (now <= host_) {
        return;
    }
    const double host_s = static_cast<double>(now.ns - host_.ns) * 1e-9;
    host_ = now;
    const double most_s = in_run() ? run_seconds_per_call : cooling_seconds_per_call;
    const double target_s = time_s_ + std::min(host_s * options_.speed, most_s);
    work_left_ = false;
    if (in_run()) {
        run_experiment(target_s);
    }
    // A run that ended on the way leaves the rest of the time for cooling.
    if (!in_run() && time_s_ < target_s) {
        cool_down(target_s);
    }
}

bool Q800Device::gated() const {
    return (allowed_ != 0 && newest_ >= allowed_) || newest_ - acked_ >= options_.keeps;
}

void Q800Device::run_experiment(double target_s) {
    int taken = 0;
    while (in_run() && time_s_ < target_s) {
        if (gated() || output_.size() > output_high_water || time_s_ >= pause_s_) {
            return;
        }
        if (taken == readings_per_call) {
            work_left_ = true;
            return;
        }
        meet_faults();
        if (!in_run()) {
            return;
        }
        const double until_s = std::min({target_s, pause_s_, faults_.next_s(time_s_)});
        const Experiment::Event event = experiment_->run_to(until_s);
        time_s_ = run_time_s_ = experiment_->now_s();
        switch (event) {
            case Experiment::Event::none: break;
            case Experiment::Event::reading:
                take_reading();
                ++taken;
                break;
            case Experiment::Event::step:
                segment_ = experiment_->segment();
                end_after_ = 0;
                change_state(state_, "-");
                break;
            case Experiment::Event::finished: end_run(State::cooling, "completed"); break;
            case Experiment::Event::limit: end_run(State::idle, "fault:limit"); break;
        }
    }
}

void Q800Device::cool_down(double target_s) {
    // The grid need not begin where the run ended: at most one step of 0.1 s early.
    while (furnace_.reached_s() <= target_s) {
        const double at_s = furnace_.reached_s();
        const HeaterOrder order = faults_.heater(at_s, HeaterOrder{ambient_K, false});
        if (!order.on && furnace_.at_rest()) {
            const double rest_s = target_s - furnace_.reached_s();
            furnace_.skip(static_cast<std::int64_t>(rest_s / furnace_step_s) + 1);
            break;
        }
        furnace_.step(order.set_K, order.on);
        if (order.on) {  // against orders: somebody must look
            time_s_ = at_s;
            meet_faults();
        }
    }
    time_s_ = target_s;
    meet_faults();
    if (state_ == State::cooling && std::abs(furnace_.shown_K() - ambient_K) < cooled_K) {
        change_state(State::idle, cause_);
    }
}

// Faults of the unit as a whole that are due now.
void Q800Device::meet_faults() {
    const UnitFault met = faults_.meet(time_s_, furnace_.specimen_K(), in_run());
    if (met.reboots) {
        reboot(met.back_after_s);
    } else if (!met.cause.empty()) {
        end_run(State::fault, met.cause);
    } else if (state_ == State::fault && faults_.standing_cause(time_s_).empty()) {
        change_state(State::idle, cause_);
    }
}

// All memory is lost, in the middle of a line.
void Q800Device::reboot(double back_after_s) {
    experiment_.reset();
    if (connected_) {
        const std::string line =
            ring_.empty() ? framed("S running 1 " + token_) : ring_.back().line;
        output_ += line.substr(0, line.size() / 2);
        hung_up_ = true;
    }
    booted_ = SteadyTime{host_.ns + static_cast<std::int64_t>(back_after_s * 1e9)};
    jobs_.clear();
    answered_.clear();
    cutter_.clear();
    ring_.clear();
    state_ = State::idle;
    token_ = cause_ = "-";
    segment_ = 0;
    run_time_s_ = guard_s_ = 0.0;
    newest_ = acked_ = allowed_ = end_after_ = download_lines_ = 0;
}

void Q800Device::take_reading() {
    const double strain_per_m = method_.mounting.strain_per_displacement();
    const SimReading reading = faults_.reported(experiment_->reading(), strain_per_m);
    newest_ = reading.number;
    Kept kept_reading;
    kept_reading.line = framed(reading_payload(reading));
    kept_reading.segment = reading.segment;
    kept_reading.truth = truth_of(reading);
    if (connected_) {
        output_ += kept_reading.line;
    }
    ring_.push_back(std::move(kept_reading));
    if (ring_.size() > options_.keeps) {
        ring_.pop_front();
    }
    if (reading_hook_) {
        reading_hook_(reading, token_);
    }
    if (end_after_ != 0 && newest_ >= end_after_) {
        experiment_->end_step();
    }
}

std::uint64_t Q800Device::oldest() const {
    return ring_.empty() ? 0 : newest_ - ring_.size() + 1;
}

const Q800Device::Kept* Q800Device::kept(std::uint64_t number) const {
    if (ring_.empty() || number < oldest() || number > newest_) {
        return nullptr;
    }
    return &ring_[static_cast<std::size_t>(number - oldest())];
}

void Q800Device::change_state(State state, std::string_view cause) {
    state_ = state;
    send(
        "S " + std::string(word(state_)) + " " + std::to_string(segment_) + " " + token_ + " " +
        count_text(newest_) + " " + std::string(cause)
    );
}

void Q800Device::end_run(State state, std::string_view cause) {
    cause_ = std::string(cause);
    segment_ = 0;
    end_after_ = 0;
    experiment_.reset();
    change_state(state, cause);
}

void Q800Device::forget_armed(std::string_view cause) {
    change_state(State::idle, cause);
    token_ = "-";  // The readings still kept are of the run before.
}

void Q800Device::make_safe(std::string_view cause) {
    if (in_run()) {
        end_run(State::idle, cause);
    } else if (state_ == State::armed) {
        forget_armed(cause);
    } else if (state_ != State::idle && state_ != State::fault) {
        change_state(State::idle, cause);
    }
}

void Q800Device::send(std::string_view payload) {
    if (connected_) {
        output_ += framed(payload.substr(0, payload_bytes_max));
    }
}

std::string Q800Device::take_output() {
    pump_jobs();
    std::string taken;
    taken.swap(output_);
    return taken;
}

SteadyTime Q800Device::next_wake() const {
    if (work_left_) {
        return host_;
    }
    std::int64_t wait_ns = idle_wake_ns;
    if (in_run() && !gated()) {
        const double ahead_s = (experiment_->next_event_s() - time_s_) / options_.speed;
        wait_ns = wake_ns;
        if (ahead_s < 1.0) {
            wait_ns =
                std::min(wake_ns, static_cast<std::int64_t>(std::max(0.0, ahead_s) * 1e9) + 1);
        }
    } else if (state_ == State::cooling) {
        wait_ns = wake_ns;
    }
    if (guard_s_ > 0.0 && !guard_fired_) {
        const std::int64_t guard_ns = static_cast<std::int64_t>(guard_s_ * 1e9);
        wait_ns = std::clamp<std::int64_t>(last_sign_.ns + guard_ns - host_.ns + 1, 0, wait_ns);
    }
    return SteadyTime{host_.ns + wait_ns};
}

}  // namespace relaxd::simulator
