// SPDX-License-Identifier: MIT
//
// The clock, the lives of the daemon, and what is watched while time passes.
#include "tests/simulation/world.hpp"

#include "schema/base/number.hpp"
#include "tests/simulator/table1.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <unistd.h>

namespace relaxd::test::simulation {
namespace {

constexpr double safe_s = 5.0;            // R6
constexpr double guard_slack_s = 0.05;    // the device looks every 50 ms
constexpr std::size_t timers_max = 200;   // R7
constexpr std::size_t rows_max = 10'192;  // R7: 8192 waiting and one transaction
constexpr std::size_t queue_max = 4UL * 1024 * 1024;

/// Below shared memory where there is some: fsync costs nothing there.
std::string folder() {
    const std::filesystem::path shared = "/dev/shm";
    std::error_code ec;
    const bool is_usable = ::access(shared.c_str(), W_OK) == 0;
    const auto base = is_usable ? shared : std::filesystem::temp_directory_path(ec);
    return (base / ("relaxd-simulation-" + std::to_string(::getpid()))).string();
}

void remove_file(const std::string& path) {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
        std::filesystem::remove(path + suffix, ignored);
    }
}

simulator::SimOptions sim_options(std::uint64_t seed, Dice& dice, double minutes) {
    simulator::SimOptions options;
    options.params = table1();
    options.seed = seed;
    options.speed = std::array{1.0, 2.0, 5.0}[static_cast<std::size_t>(dice.pick(3))];
    options.keeps = dice.happens(0.1) ? 64 : 65536;
    if (dice.happens(0.8)) {
        options.faults = simulator::random_faults(seed, minutes * 60.0 * 0.3);
    }
    return options;
}

}  // namespace

WatchedDevice::WatchedDevice(const simulator::SimOptions& options, Ledger& ledger)
    : device_(options) {
    device_.on_reading([&ledger](const simulator::SimReading& reading, const std::string& token) {
        ledger.take(reading, token);
    });
}

World::World(std::uint64_t seed, double minutes, bool trace)
    : seed_(seed), minutes_(minutes), trace_(trace), dice_(seed, 1) {
    disk_.seed = seed;
    simulator::SimOptions options = sim_options(seed, dice_, minutes);
    device_ = std::make_unique<WatchedDevice>(options, ledger_);
    simulator::SimOptions other = options;
    other.faults = {};
    wire_ = std::make_unique<simulator::FaultyWire>(
        *device_,
        options.faults,
        [this, other](const std::string& serial) {
            simulator::SimOptions posing = other;
            posing.serial = serial;
            return std::make_unique<WatchedDevice>(posing, ledger_);
        }
    );
    const double latency_s = dice_.happens(0.5) ? 0.0005 : dice_.between(0.001, 0.1);
    cable_ = std::make_unique<Cable>(*wire_, timing_, latency_s, dice_.happens(0.3));
    trouble_every_s_ = dice_.happens(0.15) ? 1e9 : dice_.between(60.0, 400.0);
    act_every_s_ = dice_.between(20.0, 200.0);
    path_ = folder() + "-0.sqlite";
    remove_file(path_);
}

World::~World() {
    if (life_) {
        (void)life_->kill();
        life_.reset();
    }
    remove_file(path_);
}

SteadyTime World::in(double seconds) const {
    return SteadyTime{now().ns + static_cast<std::int64_t>(seconds * 1e9)};
}

void World::note(const std::string& text) const {
    if (trace_) {
        std::printf("%10.3f %s\n", static_cast<double>(now().ns) * 1e-9, text.c_str());
    }
}

void World::broken(const char* promise, const std::string& what) {
    note("BROKEN " + std::string(promise) + " " + what);
    if (report_.broken.size() < 20) {
        char when[32];
        (void)std::snprintf(when, sizeof when, "%.3f s", static_cast<double>(now().ns) * 1e-9);
        report_.broken.push_back(std::string(promise) + " at " + when + ": " + what);
    }
}

// --- the clock

Report World::run() {
    begin_life();
    next_act_ = in(dice_.between(1.0, 10.0));
    next_trouble_ = in(dice_.between(5.0, 2.0 * std::min(trouble_every_s_, 1e6)));
    live_until(in(minutes_ * 60.0));
    calm_down();
    audit();
    report_.seconds = static_cast<double>(now().ns) * 1e-9;
    report_.readings = ledger_.readings();
    report_.disk_failures = disk_.failures;
    report_.struck = struck();
    return report_;
}

std::uint64_t World::struck() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t times : wire_->struck()) {
        sum += times;
    }
    return sum;
}

void World::work() {
    bool goes_on = true;
    for (int round = 0; goes_on; ++round) {
        if (round > 20'000) {
            broken("R8", "the loop never comes to rest");
            return;
        }
        goes_on = cable_->step();
        while (life_ && life_->poll_one()) {
            goes_on = true;
            if (steps_to_kill_ && (*steps_to_kill_)-- == 0) {
                kill(kill_says_so_);
                break;
            }
        }
    }
}

SteadyTime World::next_event(SteadyTime end) const {
    SteadyTime next = std::min(end, cable_->next_event());
    if (const auto due = timing_.next_due()) {
        next = std::min(next, *due);
    }
    if (!is_calm_) {
        next = std::min({next, next_act_, next_trouble_});
    }
    if (begin_life_at_) {
        next = std::min(next, *begin_life_at_);
    }
    return std::max(next, SteadyTime{now().ns + 1000});
}

void World::live_until(SteadyTime end) {
    while (now() < end && report_.broken.size() < 20) {
        work();
        watch();
        if (is_ended_in_order_) {
            end_in_order();
        }
        timing_.advance_to(next_event(end));
        if (begin_life_at_ && now() >= *begin_life_at_) {
            begin_life();
        }
        if (is_calm_) {
            continue;
        }
        if (now() >= next_trouble_) {
            next_trouble_ = in(dice_.between(0.0, 2.0 * trouble_every_s_));
            trouble();
        }
        if (now() >= next_act_) {
            next_act_ = in(6.0 + dice_.between(0.0, 2.0 * act_every_s_));
            act();
        }
    }
}

// --- lives of the daemon

void World::begin_life() {
    begin_life_at_.reset();
    note("a daemon begins");
    life_ =
        std::make_unique<Life>(path_, disk_, timing_, *cable_, Dice(seed_, 100 + report_.kills));
    life_began_ = now();
    is_ended_in_order_ = false;
    lease_.reset();
    if (!life_->trouble().empty()) {
        broken("R3", "the file cannot be opened again: " + life_->trouble());
        return;
    }
    life_->laboratory().on_publish([this](const std::shared_ptr<const daemon::Published>& row) {
        on_published(row);
    });
}

void World::kill(bool says_so) {
    steps_to_kill_.reset();
    if (!life_) {
        return;
    }
    note(says_so ? "the daemon is killed" : "the daemon's computer loses power");
    disturbed_ = now();
    ++report_.kills;
    cable_->host_died(says_so);
    if (!life_->kill()) {
        broken("R8", "something of the killed daemon goes on");
    }
    // What a killed process leaves: the file and its log, not closed.
    const std::string left = folder() + "-" + std::to_string(++files_) + ".sqlite";
    std::error_code ignored;
    std::filesystem::copy_file(path_, left, ignored);
    std::filesystem::copy_file(path_ + "-wal", left + "-wal", ignored);
    life_.reset();
    remove_file(path_);
    path_ = left;
    acts_.clear();
    losses_.clear();
    begin_life_at_ =
        in(is_calm_               ? 0.5
           : dice_.happens(0.5)   ? dice_.between(0.2, 3.0)
           : dice_.happens(0.667) ? dice_.between(3.0, 40.0)
                                  : dice_.between(40.0, 120.0));
}

void World::end_in_order() {
    note("the daemon has ended");
    ++report_.restarts;
    cable_->host_died(true);
    for (const daemon::CurrentRun& run : life_->laboratory().current_runs()) {
        broken("R5", "run " + std::to_string(run.run_id) + " has no end after the shut-down");
    }
    life_.reset();
    is_ended_in_order_ = false;
    acts_.clear();
    losses_.clear();
    if (!is_calm_) {
        begin_life_at_ = in(dice_.between(0.5, 30.0));
    }
}

void World::calm_down() {
    note("calm");
    is_calm_ = true;
    steps_to_kill_.reset();
    cable_->heal();
    losses_.clear();  // what was silent may go on as if nothing had been
    disk_.fails_until = now();
    if (!life_ && !begin_life_at_) {
        begin_life_at_ = in(0.1);
    }
    live_until(in(75.0));  // reconnects, recovers
    if (life_ && life_->has_started()) {
        life_->spawn("shut down", shut_down(this));
        const SteadyTime limit = in(20.0);
        while (life_ && now() < limit && report_.broken.size() < 20) {
            live_until(std::min(limit, in(0.5)));
        }
    }
    if (life_) {
        broken("R8", "the daemon does not end");
        (void)life_->kill();
        life_.reset();
    }
}

// --- watch

void World::on_published(const std::shared_ptr<const daemon::Published>& published) {
    published_[published->run_id].push_back(published);
    if (const auto* event = std::get_if<record::Event>(&published->row)) {
        note(
            "run " + std::to_string(published->run_id) + ": " + event->code + " " + event->detail +
            " " + event->message
        );
        if (event->code == "LINK_LOST") {
            told_lost_[published->run_id] = now();
        }
    } else if (const auto* gap = std::get_if<record::Gap>(&published->row)) {
        note(
            "run " + std::to_string(published->run_id) + ": gap from " +
            std::to_string(gap->first_number) + ", " + std::to_string(gap->missing) + ": " +
            gap->cause
        );
    }
}

void World::watch() {
    const double silent_s = static_cast<double>(now().ns - device_->last_heard().ns) * 1e-9;
    if (device_->is_heating() && silent_s > heartbeat_s + guard_slack_s) {
        broken("R6", "the instrument heats and has heard nothing for " + to_text(silent_s) + " s");
    }
    if (cable_->is_hurt() || now() < disk_.fails_until || steps_to_kill_) {
        disturbed_ = now();
    }
    if (timing_.armed() > timers_max) {
        broken("R7", std::to_string(timing_.armed()) + " timers wait");
    }
    if (cable_->worst_queue() > queue_max) {
        broken("R7", std::to_string(cable_->worst_queue()) + " bytes wait on the cable");
    }
    if (!life_ || !life_->trouble().empty()) {
        if (life_) {
            broken("R5", "the daemon cannot start: " + life_->trouble());
        }
        return;
    }
    if (life_->store().rows_waiting() > rows_max) {
        broken("R7", std::to_string(life_->store().rows_waiting()) + " rows wait");
    }
    for (Act& act : acts_) {
        const double since_s = static_cast<double>(now().ns - act.begun.ns) * 1e-9;
        if (since_s > act.limit_s) {
            broken("R8", act.name + " has not ended after " + to_text(since_s) + " s");
            act.limit_s = 1e9;
        }
    }
    watch_losses();
    watch_stops();
}

void World::watch_losses() {
    std::erase_if(losses_, [this](const Loss& loss) {
        const auto told = told_lost_.find(loss.run_id);
        if (told != told_lost_.end() && told->second >= loss.when) {
            return true;
        }
        const auto runs = life_->laboratory().current_runs();
        const bool goes_on = std::any_of(runs.begin(), runs.end(), [&](const auto& run) {
            return run.run_id == loss.run_id;
        });
        if (!goes_on || now() < disk_.fails_until || life_->store().is_in_trouble()) {
            return true;
        }
        const double since_s = static_cast<double>(now().ns - loss.when.ns) * 1e-9;
        if (since_s <= loss.limit_s) {
            return false;
        }
        broken("R10", "a lost link was not told within " + to_text(loss.limit_s) + " s");
        return true;
    });
}

void World::watch_stops() {
    std::erase_if(stops_, [this](Stop& stop) {
        const double since_s = static_cast<double>(now().ns - stop.when.ns) * 1e-9;
        stop.was_disturbed = stop.was_disturbed || disturbed_ >= stop.when || report_.kills > 0 ||
                             !wire_->struck().empty();
        if (since_s < safe_s) {
            return false;
        }
        if (device_->is_heating() && !stop.was_disturbed) {
            broken("R6", "the instrument heats 5 s after it was to be made safe");
        }
        return true;
    });
}

void World::audit() {
    simulation::audit(path_, ledger_, published_, report_);
}

Report simulate(std::uint64_t seed, double minutes, bool trace) {
    World world(seed, minutes, trace);
    return world.run();
}

}  // namespace relaxd::test::simulation
