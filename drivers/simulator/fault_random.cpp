// SPDX-License-Identifier: MIT
//
// Random schedules for simulation tests.
#include "drivers/simulator/fault_script.hpp"
#include "drivers/simulator/noise.hpp"
#include "schema/base/assert.hpp"

#include <array>
#include <cmath>

namespace relaxd::simulator {
namespace {

/// Draws in order; the schedule is a function of the seed alone.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : seed_(seed) {}
    double share() { return random_share(seed_, 0xFA17, ++drawn_); }
    bool happens(double probability) { return share() <= probability; }
    double between(double low, double high) { return low + (high - low) * share(); }
    /// Evenly distributed in the logarithm.
    double decade(double low, double high) { return low * std::pow(high / low, share()); }
    std::uint64_t pick(std::uint64_t count) { return random_bits(seed_, 0xFA17, ++drawn_) % count; }

  private:
    std::uint64_t seed_;
    std::uint64_t drawn_ = 0;
};

constexpr std::array line_kinds{
    FaultKind::late,
    FaultKind::split,
    FaultKind::merged,
    FaultKind::duplicated,
    FaultKind::reordered,
    FaultKind::garbled,
    FaultKind::truncated,
    FaultKind::baud_garbage,
};
constexpr std::array loss_kinds{FaultKind::silence, FaultKind::hang_up, FaultKind::half_open};
constexpr std::array physics_kinds{
    FaultKind::specimen_breaks,
    FaultKind::thermocouple_opens,
    FaultKind::furnace_runs_away,
    FaultKind::clamp_slips,
    FaultKind::phase_jump,
    FaultKind::drift,
    FaultKind::stuck_value,
    FaultKind::not_a_number,
    FaultKind::overload,
    FaultKind::reboot,
};

Fault line_fault(Dice& dice) {
    Fault fault = fault_of(line_kinds[dice.pick(line_kinds.size())]);
    fault.probability = dice.decade(3e-4, 3e-2);
    switch (fault.kind) {
        case FaultKind::late: fault.delay_s = dice.decade(0.02, 1.5); break;
        case FaultKind::split: fault.pieces = 2 + dice.pick(6); break;
        case FaultKind::merged: fault.together = 2 + dice.pick(20); break;
        case FaultKind::reordered: fault.places = 1 + dice.pick(5); break;
        case FaultKind::garbled: fault.bits = 1 + dice.pick(3); break;
        case FaultKind::baud_garbage:
            fault.count = 1 + dice.pick(20);
            *fault.probability *= 0.05;
            break;
        default: break;
    }
    if (dice.happens(0.3)) {
        fault.direction = FaultDirection::both;
    }
    return fault;
}

Fault loss(Dice& dice, double run_seconds) {
    Fault fault = fault_of(loss_kinds[dice.pick(loss_kinds.size())]);
    fault.at_s = std::floor(dice.between(0.02, 0.95) * run_seconds);
    if (fault.kind == FaultKind::hang_up) {
        fault.refused_s = dice.happens(0.5) ? 0.0 : dice.decade(0.2, 20.0);
    } else {
        fault.duration_s = dice.decade(0.3, 20.0);
    }
    return fault;
}

Fault physics_fault(Dice& dice, double run_seconds) {
    Fault fault = fault_of(physics_kinds[dice.pick(physics_kinds.size())]);
    fault.at_s = std::floor(dice.between(0.1, 0.9) * run_seconds);
    if (fault.kind == FaultKind::stuck_value || fault.kind == FaultKind::phase_jump) {
        fault.count = 1 + dice.pick(100);
    }
    return fault;
}

}  // namespace

FaultScript random_faults(std::uint64_t seed, double run_seconds) {
    RELAXD_ASSERT(run_seconds > 0.0);
    Dice dice(seed);
    FaultScript script;
    script.seed = seed;
    const std::uint64_t kinds = 1 + dice.pick(4);
    for (std::uint64_t i = 0; i < kinds; ++i) {
        script.faults.push_back(line_fault(dice));
    }
    const std::uint64_t losses = dice.pick(4);
    for (std::uint64_t i = 0; i < losses; ++i) {
        script.faults.push_back(loss(dice, run_seconds));
    }
    if (dice.happens(0.1)) {
        Fault endless = fault_of(FaultKind::endless_line);
        endless.at_s = std::floor(dice.between(0.0, 1.0) * run_seconds);
        script.faults.push_back(endless);
    }
    if (dice.happens(0.35)) {
        script.faults.push_back(physics_fault(dice, run_seconds));
    }
    return script;
}

}  // namespace relaxd::simulator
