// SPDX-License-Identifier: MIT
//
// A laboratory on one thread: daemon core, driver, simulated instrument, a cable, a disk, a person,
// and a clock that jumps to whatever happens next. Everything that happens follows from one seed.
#pragma once

#include "drivers/simulator/faulty_wire.hpp"
#include "drivers/simulator/q800_device.hpp"
#include "tests/simulation/cable.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/life.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::test::simulation {

/// What a seed gave.
struct Report {
    std::vector<std::string> broken;  ///< Promises, each with its time; empty when all were kept.
    std::string digest;               ///< Of the campaign file, as `relaxctl digest`.
    std::uint64_t runs = 0;
    std::uint64_t readings = 0;  ///< Taken by the device.
    std::uint64_t points = 0;    ///< In the file.
    std::uint64_t gaps = 0;
    std::uint64_t missing = 0;  ///< Readings in gaps.
    std::uint64_t kills = 0;
    std::uint64_t restarts = 0;  ///< By an orderly end.
    std::uint64_t troubles = 0;  ///< Of the cable.
    std::uint64_t struck = 0;    ///< Faults of the line.
    std::uint64_t acts = 0;
    std::uint64_t disk_failures = 0;
    double seconds = 0.0;  ///< Simulated.
};

/// One seed, so many minutes. `trace` gets a line for everything that is done to the world.
[[nodiscard]] Report simulate(std::uint64_t seed, double minutes, bool trace = false);

/// The device itself, under watch: when it last heard of its host, and every reading it took.
class WatchedDevice final : public simulator::SimDevice {
  public:
    WatchedDevice(const simulator::SimOptions& options, Ledger& ledger);
    void receive(std::string_view bytes, SteadyTime now) override {
        last_heard_ = now;
        device_.receive(bytes, now);
    }
    void advance_to(SteadyTime now) override { device_.advance_to(now); }
    std::string take_output() override { return device_.take_output(); }
    SteadyTime next_wake() const override { return device_.next_wake(); }
    void connect() override { device_.connect(); }
    void disconnect() override { device_.disconnect(); }
    bool connected() const override { return device_.connected(); }
    bool take_hang_up() override { return device_.take_hang_up(); }
    bool accepting() const override { return device_.accepting(); }
    bool reading() const override { return device_.reading(); }
    simulator::RunPosition run_position() const override { return device_.run_position(); }
    void pause_at(double run_time_s) override { device_.pause_at(run_time_s); }

    [[nodiscard]] SteadyTime last_heard() const { return last_heard_; }
    [[nodiscard]] bool is_heating() const {
        return device_.state_word() == "running" || device_.state_word() == "holding";
    }
    [[nodiscard]] std::string_view state_word() const { return device_.state_word(); }

  private:
    simulator::Q800Device device_;
    SteadyTime last_heard_;
};

class World {
  public:
    World(std::uint64_t seed, double minutes, bool trace);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    [[nodiscard]] Report run();

  private:
    struct Act {
        std::string name;
        SteadyTime begun;
        double limit_s = 0.0;  ///< Then somebody waits without end.
    };
    using ActPtr = std::list<Act>::iterator;
    struct Loss {
        std::int64_t run_id = 0;
        SteadyTime when;
        double limit_s = 0.0;
    };
    struct Stop {
        SteadyTime when;
        std::uint64_t struck = 0;  ///< Faults of the line by then.
        bool was_disturbed = false;
    };

    [[nodiscard]] SteadyTime now() const { return timing_.clock().steady(); }
    [[nodiscard]] SteadyTime in(double seconds) const;
    void note(const std::string& text) const;
    void broken(const char* promise, const std::string& what);

    // The clock
    void live_until(SteadyTime end);
    void work();
    [[nodiscard]] SteadyTime next_event(SteadyTime end) const;

    // Lives
    void begin_life();
    void kill(bool says_so);
    void end_in_order();
    void calm_down();

    // What happens
    void act();
    void trouble();
    void hurt_cable();
    void lose(const char* how, double limit_s);
    [[nodiscard]] std::optional<std::uint64_t> lease_or_none();

    // What a person does (coroutines of the present life)
    [[nodiscard]] static daemon::Awaitable<void> start_run(World* self);
    [[nodiscard]] static daemon::Awaitable<void> command(
        World* self, std::int64_t run_id, std::string verb
    );
    [[nodiscard]] static daemon::Awaitable<void> press_stop(World* self);
    [[nodiscard]] static daemon::Awaitable<void> shut_down(World* self);
    void use_leases();
    ActPtr begin_act(const std::string& name, double limit_s);
    void end_act(ActPtr act, const std::string& answer);

    // Watch
    void watch();
    [[nodiscard]] std::uint64_t struck() const;
    void watch_losses();
    void watch_stops();
    void on_published(const std::shared_ptr<const daemon::Published>& published);
    void audit();

    std::uint64_t seed_;
    double minutes_;
    bool trace_;
    Dice dice_;
    Report report_;

    ManualTiming timing_;
    Ledger ledger_;
    std::unique_ptr<WatchedDevice> device_;
    std::unique_ptr<simulator::FaultyWire> wire_;
    std::unique_ptr<Cable> cable_;
    Disk disk_;
    std::string path_;
    int files_ = 0;
    std::unique_ptr<Life> life_;

    Published published_;
    std::map<std::int64_t, SteadyTime> told_lost_;  ///< Newest LINK_LOST by run.
    std::list<Act> acts_;
    std::vector<Loss> losses_;
    std::vector<Stop> stops_;
    std::optional<std::uint64_t> lease_;
    bool is_calm_ = false;
    bool is_ended_in_order_ = false;
    std::optional<std::uint64_t> steps_to_kill_;
    bool kill_says_so_ = true;
    SteadyTime next_act_;
    SteadyTime next_trouble_;
    std::optional<SteadyTime> begin_life_at_;
    SteadyTime life_began_;
    SteadyTime disturbed_;  ///< When the line was last in trouble.
    double trouble_every_s_ = 0.0;
    double act_every_s_ = 0.0;
};

/// Compares the campaign file with the books; adds to `report.broken`.
void audit(
    const std::string& path, const Ledger& ledger, const Published& published, Report& report
);

}  // namespace relaxd::test::simulation
