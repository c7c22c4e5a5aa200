// SPDX-License-Identifier: MIT
//
// What a seed lets happen: a person at the page, a bad cable, a bad disk, a killed daemon, a wall
// clock that is set.
#include "schema/base/number.hpp"
#include "tests/simulation/methods.hpp"
#include "tests/simulation/world.hpp"

#include <array>
#include <utility>

namespace relaxd::test::simulation {
namespace {

// Longest times that a call may take (CONTRACT.md I-8: deadline times attempts, twice that after a
// time-out, turns in the order made). A start asks for status, loads some ten lines, starts.
constexpr double start_limit_s = 90.0;
constexpr double command_limit_s = 40.0;  // its turn, the call, reading back, 10 s for the end
constexpr double shut_down_limit_s = 8.0;
// Status every 2 s, 3 attempts, then the proof: 1 more, or 3 where something was heard meanwhile.
constexpr double silent_loss_s = 8.5;

std::string outcome(const Result<daemon::RunStatus>& answer) {
    return answer ? std::string(record::to_word(answer->state)) : answer.error().sentence();
}

}  // namespace

World::ActPtr World::begin_act(const std::string& name, double limit_s) {
    ++report_.acts;
    note("> " + name);
    Act act;
    act.name = name;
    act.begun = now();
    act.limit_s = limit_s;
    return acts_.insert(acts_.end(), std::move(act));
}

void World::end_act(ActPtr act, const std::string& answer) {
    note("< " + act->name + ": " + answer);
    acts_.erase(act);
}

std::optional<std::uint64_t> World::lease_or_none() {
    return lease_;
}

daemon::Awaitable<void> World::start_run(World* self) {
    const ActPtr act = self->begin_act("start", start_limit_s);
    daemon::StartRequest request = random_start(self->dice_);
    auto answer =
        co_await self->life_->laboratory().start_run(std::move(request), self->lease_or_none());
    self->end_act(act, outcome(answer));
}

daemon::Awaitable<void> World::command(World* self, std::int64_t run_id, std::string verb) {
    const ActPtr act = self->begin_act(verb, command_limit_s);
    if (verb == "abort") {
        Stop stop;
        stop.when = self->now();
        stop.struck = self->struck();
        self->stops_.push_back(stop);
    }
    auto answer =
        co_await self->life_->laboratory().command_run(run_id, verb, self->lease_or_none());
    const bool is_end = verb == "abort" || verb == "stop";
    if (answer && is_end && self->device_->is_heating()) {
        self->broken("R6", verb + " was confirmed and the instrument heats");
    }
    self->end_act(act, outcome(answer));
}

daemon::Awaitable<void> World::press_stop(World* self) {
    const ActPtr act = self->begin_act("STOP", command_limit_s);
    Stop stop;
    stop.when = self->now();
    stop.struck = self->struck();
    self->stops_.push_back(stop);
    auto answer = co_await self->life_->laboratory().safe(instrument_name);
    if (answer && self->device_->is_heating()) {
        self->broken("R6", "STOP was confirmed and the instrument heats");
    }
    self->end_act(act, answer ? *answer : answer.error().sentence());
}

daemon::Awaitable<void> World::shut_down(World* self) {
    const ActPtr act = self->begin_act("shut down", shut_down_limit_s);
    co_await self->life_->laboratory().shut_down();
    self->end_act(act, "done");
    self->is_ended_in_order_ = true;
}

void World::use_leases() {
    daemon::LaboratoryCore& laboratory = life_->laboratory();
    if (lease_ && dice_.happens(0.5)) {
        (void)laboratory.release_lease(instrument_name, *lease_);
        lease_.reset();
        return;
    }
    const auto granted = laboratory.acquire_lease(
        instrument_name, dice_.happens(0.5) ? "A" : "B", "", dice_.happens(0.3)
    );
    note(granted ? "lease granted" : "lease refused: " + granted.error().message);
    if (granted) {
        lease_ = granted->lease;
    }
}

void World::act() {
    if (!life_ || !life_->has_started() || is_ended_in_order_ || !acts_.empty()) {
        return;
    }
    if (dice_.happens(0.1)) {
        use_leases();
    }
    if (dice_.happens(0.03)) {
        life_->spawn("shut down", shut_down(this));
        return;
    }
    const auto runs = life_->laboratory().current_runs();
    if (runs.empty()) {
        if (dice_.happens(0.9)) {
            life_->spawn("start", start_run(this));
        } else {
            life_->spawn("STOP", press_stop(this));
        }
        return;
    }
    static const std::array<std::string, 8> verbs{
        "pause", "pause", "resume", "resume", "resume", "stop", "abort", "STOP"
    };
    const std::string verb = dice_.happens(0.6) ? verbs[static_cast<std::size_t>(dice_.pick(5))]
                                                : verbs[static_cast<std::size_t>(dice_.pick(8))];
    if (verb == "STOP") {
        life_->spawn("STOP", press_stop(this));
    } else {
        life_->spawn("command", command(this, runs.front().run_id, verb));
    }
}

void World::lose(const char* how, double limit_s) {
    note(how);
    ++report_.troubles;
    disturbed_ = now();
    if (!life_ || !life_->has_started()) {
        return;
    }
    const bool is_known = life_->laboratory().instruments().front().link_state == "connected" &&
                          cable_->is_connected();
    for (const daemon::CurrentRun& run : life_->laboratory().current_runs()) {
        if (is_known && !record::is_end(run.state) && run.state != record::RunState::armed) {
            Loss loss;
            loss.run_id = run.run_id;
            loss.when = now();
            loss.limit_s = limit_s;
            losses_.push_back(loss);
        }
    }
}

void World::hurt_cable() {
    const std::uint64_t kind = dice_.pick(10);
    if (kind < 5) {
        lose("the connection is reset", 3.0);
        cable_->reset();
        if (dice_.happens(0.5)) {
            cable_->refuse(dice_.between(0.2, dice_.happens(0.2) ? 90.0 : 20.0));
        }
    } else if (kind < 8) {
        const double seconds = dice_.between(0.3, dice_.happens(0.3) ? 60.0 : 12.0);
        const bool keepalive = dice_.happens(0.5);
        note("the cable is silent for " + to_text(seconds) + " s");
        const double limit_s = keepalive ? 5.0 + 3.0 : silent_loss_s;
        if (seconds > limit_s) {
            lose("... and that is long", limit_s);
        }
        ++report_.troubles;
        cable_->vanish(seconds, keepalive);
    } else {
        note("the cable is slow");
        ++report_.troubles;
        cable_->slow_down(dice_.between(5.0, 30.0), dice_.between(0.05, 1.5));
    }
}

void World::trouble() {
    const std::uint64_t kind = dice_.pick(20);
    if (kind < 10) {
        hurt_cable();
    } else if (kind < 15) {
        steps_to_kill_ = dice_.pick(60);
        kill_says_so_ = dice_.happens(0.8);
    } else if (kind < 17) {
        const double by_s = dice_.between(-3600.0, 3600.0);
        note("somebody sets the wall clock by " + to_text(by_s) + " s");
        timing_.manual_clock().set_wall_clock_by_s(by_s);
    } else {
        disk_.fails_after_write = dice_.happens(0.3);
        disk_.fails_until =
            in(dice_.happens(0.8) ? dice_.between(0.01, 8.0) : dice_.between(8.0, 90.0));
        note("the disk fails");
    }
}

}  // namespace relaxd::test::simulation
