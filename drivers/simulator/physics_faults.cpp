// SPDX-License-Identifier: MIT
#include "drivers/simulator/physics_faults.hpp"

#include "drivers/simulator/bench.hpp"
#include "drivers/simulator/noise.hpp"
#include "schema/base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr double full_power_K = 3000.0;  ///< A set point that no furnace reaches.
constexpr double look_s = 1.0;           ///< The cut-out looks so often.

double SimReading::* member_of(std::string_view column) {
    const auto found =
        std::ranges::find(reading_columns, column, [](const auto& one) { return one.first; });
    RELAXD_ASSERT(found != reading_columns.end());
    return found->second;
}

/// The force that belongs to the displacement is `factor` times what it was.
void scale_force(SimReading& r, double factor) {
    for (const auto member :
         {&SimReading::static_force_N, &SimReading::dynamic_force_N, &SimReading::stress_Pa}) {
        r.*member *= factor;
    }
    if (r.oscillation) {
        r.storage_modulus_Pa *= factor;
        r.loss_modulus_Pa *= factor;
    }
}

void clip(SimReading& r, double strain_per_m) {
    if (std::abs(r.displacement_m) > displacement_limit_m) {
        r.displacement_m = std::copysign(displacement_limit_m, r.displacement_m);
        r.strain = r.displacement_m * strain_per_m;
        r.flag("clipped");
    }
}

/// The drive's end stop; nothing is between the grips any more.
void break_specimen(SimReading& r, double strain_per_m) {
    r.position_m = displacement_limit_m;
    r.length_m = unknown_number;
    scale_force(r, 0.0);
    r.phase_rad = r.tan_delta = 0.0;
    r.displacement_m = displacement_limit_m;
    r.strain = r.displacement_m * strain_per_m;
    r.flag("clipped");
}

void turn(SimReading& r, double phase_rad) {
    if (!r.oscillation) {
        return;
    }
    const double modulus_Pa = std::hypot(r.storage_modulus_Pa, r.loss_modulus_Pa);
    r.phase_rad += phase_rad;
    r.storage_modulus_Pa = modulus_Pa * std::cos(r.phase_rad);
    r.loss_modulus_Pa = modulus_Pa * std::sin(r.phase_rad);
    r.tan_delta = modulus_Pa > 0.0 ? r.loss_modulus_Pa / r.storage_modulus_Pa : 0.0;
}

void drift(SimReading& r, const Fault& fault, double moved) {
    const double factor = std::max(1e-3, 1.0 + moved);
    if (fault.column == "temperature_K" || fault.column == "set_temperature_K") {
        r.*member_of(fault.column) += moved;
        if (fault.column == "temperature_K") {
            r.temperature_start_K += moved;
            r.temperature_end_K += moved;
        }
    } else if (fault.column == "dynamic_force_N" || fault.column == "static_force_N") {
        scale_force(r, factor);
    } else if (fault.column == "displacement_m") {
        r.displacement_m *= factor;
        r.strain *= factor;
        if (r.oscillation) {
            r.storage_modulus_Pa /= factor;
            r.loss_modulus_Pa /= factor;
        }
    } else {
        r.*member_of(fault.column) *= factor;
    }
}

}  // namespace

PhysicsFaults::PhysicsFaults(const FaultScript& script) : seed_(script.seed.value_or(1)) {
    RELAXD_ASSERT(check_faults(script).has_value());
    for (const Fault& fault : script.physics().faults) {
        Armed armed;
        armed.fault = fault;
        armed.index = faults_.size();
        faults_.push_back(armed);
    }
    begin_run();
}

void PhysicsFaults::begin_run() {
    active_.clear();
    last_.clear();
    for (Armed& armed : faults_) {
        armed.next_s = armed.fault.at_s.value_or(never);
        armed.waits = armed.fault.at_reading.has_value();
    }
}

bool PhysicsFaults::is_on(const Active& active, double time_s) const {
    return time_s >= active.since_s && time_s < active.until_s &&
           (!active.fault.count || active.left > 0);
}

void PhysicsFaults::begin(const Armed& armed, double time_s) {
    Active active;
    active.fault = armed.fault;
    active.since_s = time_s;
    active.until_s = armed.fault.duration_s ? time_s + *armed.fault.duration_s : never;
    active.left = armed.fault.count.value_or(0);
    active_.push_back(std::move(active));
}

HeaterOrder PhysicsFaults::heater(double time_s, HeaterOrder order) const {
    bool stuck = false;
    bool open = false;
    for (const Active& active : active_) {
        if (is_on(active, time_s)) {
            stuck = stuck || (active.fault.kind == FaultKind::furnace_runs_away && !active.tripped);
            open = open || active.fault.kind == FaultKind::thermocouple_opens;
        }
    }
    if (stuck) {
        order.set_K = full_power_K;
        order.on = true;
    } else if (open) {
        order.on = false;  // burn-out protection: no temperature, no power
    }
    return order;
}

bool PhysicsFaults::heater_is_stuck(double time_s) const {
    return std::ranges::any_of(active_, [&](const Active& active) {
        return active.fault.kind == FaultKind::furnace_runs_away && !active.tripped &&
               is_on(active, time_s);
    });
}

double PhysicsFaults::shown_K(double time_s, double temperature_K) const {
    for (const Active& active : active_) {
        if (active.fault.kind == FaultKind::thermocouple_opens && is_on(active, time_s)) {
            return active.fault.value.value_or(active.has_stuck ? active.stuck : temperature_K);
        }
    }
    return temperature_K;
}

double PhysicsFaults::next_s(double time_s) const {
    double next = never;
    const auto consider = [&](double at_s) {
        if (at_s > time_s) {
            next = std::min(next, at_s);
        }
    };
    for (const Armed& armed : faults_) {
        consider(armed.next_s);
    }
    for (const Active& active : active_) {
        if (active.fault.kind == FaultKind::thermocouple_opens && active.fault.reacts) {
            consider(active.since_s + active.fault.delay_s);
        }
    }
    if (heater_is_stuck(time_s)) {
        consider(look_s * (std::floor(time_s / look_s) + 1.0));
    }
    return next;
}

UnitFault PhysicsFaults::meet(double time_s, double furnace_K, bool in_run) {
    UnitFault met;
    for (Armed& armed : faults_) {
        while (in_run && armed.next_s <= time_s) {
            if (armed.fault.kind == FaultKind::reboot) {
                met.reboots = true;
                met.back_after_s = armed.fault.delay_s;
            } else {
                begin(armed, armed.next_s);
            }
            armed.next_s += armed.fault.every_s.value_or(never);
        }
    }
    for (Active& active : active_) {
        if (active.fault.kind == FaultKind::reboot) {  // by reading number or by chance
            met.reboots = true;
            met.back_after_s = active.fault.delay_s;
        }
        if (active.tripped || !is_on(active, time_s)) {
            continue;
        }
        const bool open = active.fault.kind == FaultKind::thermocouple_opens &&
                          active.fault.reacts && time_s >= active.since_s + active.fault.delay_s;
        const bool hot =
            active.fault.kind == FaultKind::furnace_runs_away && furnace_K >= *active.fault.value;
        if (open || hot) {
            active.tripped = true;
            met.cause = open ? "fault:thermocouple_open" : "fault:over_temperature";
        }
    }
    if (met.reboots) {
        active_.clear();
    }
    return met;
}

std::string PhysicsFaults::standing_cause(double time_s) const {
    for (const Active& active : active_) {
        if (active.tripped && is_on(active, time_s)) {
            return active.fault.kind == FaultKind::thermocouple_opens ? "fault:thermocouple_open"
                                                                      : "fault:over_temperature";
        }
    }
    return {};
}

// Faults by reading number and by chance.
void PhysicsFaults::begin_with(const SimReading& reading) {
    for (Armed& armed : faults_) {
        const bool due = armed.waits && reading.number >= *armed.fault.at_reading;
        const bool drawn = armed.fault.probability &&
                           random_share(seed_, (armed.index << 32U) | 0xF15, reading.number) <=
                               *armed.fault.probability;
        if (due || drawn) {
            armed.waits = false;
            begin(armed, reading.time_s);
        }
    }
}

SimReading PhysicsFaults::reported(const SimReading& taken, double strain_per_m) {
    begin_with(taken);
    SimReading reading = taken;
    for (Active& active : active_) {
        if (is_on(active, reading.time_s)) {
            distort(active, reading, strain_per_m);
            active.left -= active.left > 0 ? 1 : 0;
            add_word(reading.faults, to_word(active.fault.kind));
        }
    }
    std::erase_if(active_, [](const Active& active) {
        return active.fault.count && active.left == 0;
    });
    remember(reading);
    return reading;
}

void PhysicsFaults::remember(const SimReading& reading) {
    for (const auto& [name, member] : reading_columns) {
        last_.insert_or_assign(std::string(name), reading.*member);
    }
}

void PhysicsFaults::distort(Active& active, SimReading& r, double strain_per_m) const {
    const Fault& fault = active.fault;
    const auto stuck = [&](std::string_view column) {
        if (!active.has_stuck) {
            const auto before = last_.find(column);
            active.stuck = before != last_.end() ? before->second : r.*member_of(column);
            active.has_stuck = true;
        }
        return active.stuck;
    };
    switch (fault.kind) {
        case FaultKind::specimen_breaks: break_specimen(r, strain_per_m); break;
        case FaultKind::thermocouple_opens:
            r.temperature_K = fault.value ? *fault.value : stuck("temperature_K");
            r.temperature_start_K = r.temperature_end_K = r.temperature_K;
            if (fault.reacts) {
                r.flag("thermocouple_open");
            }
            break;
        case FaultKind::clamp_slips:
            if (r.oscillation) {
                scale_force(r, 1.0 - *fault.value);
            } else {
                r.displacement_m += fault.step_m;
                r.position_m += fault.step_m;
                r.length_m += r.length_sense * fault.step_m;
                r.strain += fault.step_m * strain_per_m;
                clip(r, strain_per_m);
            }
            break;
        case FaultKind::phase_jump: turn(r, *fault.value); break;
        case FaultKind::drift: drift(r, fault, *fault.value * (r.time_s - active.since_s)); break;
        case FaultKind::stuck_value: r.*member_of(fault.column) = stuck(fault.column); break;
        case FaultKind::not_a_number:
            r.broken_column = fault.column;
            r.broken_word = fault.word;
            break;
        case FaultKind::overload: r.flag("overload"); break;
        default: break;  // furnace_runs_away shows by itself; reboot ends all
    }
}

}  // namespace relaxd::simulator
