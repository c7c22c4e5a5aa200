// SPDX-License-Identifier: MIT
//
// One life of the daemon in a simulation: the real core, driver and campaign file, on one thread.
// It ends by shutting down or by being killed.
#pragma once

#include "daemon/core/task_group.hpp"
#include "daemon/run/laboratory_core.hpp"
#include "drivers/q800_class/instrument.hpp"
#include "tests/simulation/cable.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/store_faults.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace relaxd::test::simulation {

inline constexpr double heartbeat_s = 10.0;  ///< Of the instrument's guard.
inline constexpr const char* instrument_name = "dma1";

/// Answers after a random time with what a fit might say.
class SimFits final : public daemon::FitWorker {
  public:
    SimFits(const boost::asio::any_io_executor& executor, ManualTiming& timing, Dice dice)
        : timing_(timing), dice_(dice), ended_(executor) {}
    daemon::Awaitable<Result<record::FitResult>> compute(daemon::FitRequest request) override;
    /// The process has ended.
    void end() {
        is_ended_ = true;
        ended_.notify();
    }

  private:
    ManualTiming& timing_;
    Dice dice_;
    drivers::link::Signal ended_;
    bool is_ended_ = false;
};

class Life {
  public:
    /// `path` is opened or created; the parts outlive this. `guard_s`: the instrument's.
    Life(
        const std::string& path,
        Disk& disk,
        ManualTiming& timing,
        Cable& cable,
        Dice dice,
        double guard_s = heartbeat_s
    );
    ~Life();
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    /// Why it could not begin; empty when it could.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }
    [[nodiscard]] daemon::LaboratoryCore& laboratory() { return *laboratory_; }
    [[nodiscard]] daemon::StoreThread& store() { return *store_; }
    [[nodiscard]] bool has_started() const { return has_started_; }

    /// One thing that is ready; false when there is none.
    bool poll_one() {
        io_.restart();
        return io_.poll_one() > 0;
    }
    /// Starts what a person does.
    void spawn(const char* name, daemon::Awaitable<void> act) {
        acts_->spawn(name, std::move(act));
    }
    /// From now on nothing is committed, told or answered. False: something went on all the same.
    [[nodiscard]] bool kill();

  private:
    [[nodiscard]] daemon::Awaitable<void> begin();

    boost::asio::io_context io_{1};
    std::string trouble_;
    bool has_started_ = false;
    std::unique_ptr<SimFits> fits_;
    std::unique_ptr<daemon::StoreThread> store_;
    std::unique_ptr<daemon::LaboratoryCore> laboratory_;
    std::unique_ptr<daemon::TaskGroup> acts_;
};

}  // namespace relaxd::test::simulation
