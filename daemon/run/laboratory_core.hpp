// SPDX-License-Identifier: MIT
//
// The running laboratory: instruments, runs and leases behind the API's interface. io thread only.
//
// Order of life: start() → serving → shut_down() → destruction.

#pragma once

#include "daemon/acquire/session.hpp"
#include "daemon/config/config.hpp"
#include "daemon/core/watchdog.hpp"
#include "daemon/persist/store_thread.hpp"
#include "daemon/run/active_run.hpp"
#include "daemon/run/follow_run.hpp"
#include "daemon/run/lease.hpp"
#include "daemon/serve/laboratory.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace relaxd::daemon {

/// What the laboratory is made of. Everything outlives it.
struct LaboratoryParts {
    boost::asio::any_io_executor executor;
    StoreThread* store = nullptr;
    FitWorker* worker = nullptr;
    Timing* timing = nullptr;
};

/// `not_found`: nothing of this name is configured.
[[nodiscard]] tl::unexpected<Error> no_instrument(const std::string& name);

class LaboratoryCore final : public Laboratory, private SessionListener {
  public:
    explicit LaboratoryCore(LaboratoryParts parts);
    ~LaboratoryCore() override;
    LaboratoryCore(const LaboratoryCore&) = delete;
    LaboratoryCore& operator=(const LaboratoryCore&) = delete;

    /// Before start().
    void add_instrument(
        drivers::InstrumentConfig config,
        std::unique_ptr<drivers::Instrument> instrument,
        std::shared_ptr<TrafficTrace> trace = nullptr
    );
    /// Looks for runs that have not ended, then begins to connect.
    [[nodiscard]] Awaitable<Result<void>> start();
    /// Refuses new work, makes instruments with a run safe, ends the runs, closes the links. At
    /// most about 4 s, and 2 s for a start that is under way.
    [[nodiscard]] Awaitable<void> shut_down();
    /// Drops everything as a killed process does: nothing is told, no end is written (tests).
    void abandon();
    /// For a failed assertion: every instrument safe, nothing recorded.
    [[nodiscard]] Awaitable<void> make_everything_safe();

    /// Acquisition's sign of progress for the watchdog.
    [[nodiscard]] const TurnCounter& turns() const { return turns_; }

    // Laboratory
    [[nodiscard]] std::vector<record::Instrument> instruments() const override;
    [[nodiscard]] std::vector<CurrentRun> current_runs() const override;
    [[nodiscard]] ReadOnlyView read_only_view(const std::string& instrument) const override;
    [[nodiscard]] std::string proof_of(const std::string& driver) const override;
    [[nodiscard]] std::string note_of(const std::string& instrument) const override;
    [[nodiscard]] SteadyTime last_commit() const override;
    [[nodiscard]] std::size_t rows_waiting() const override;
    [[nodiscard]] std::string not_ready_because() const override;
    [[nodiscard]] Awaitable<Result<RunStatus>> start_run(
        StartRequest request, std::optional<std::uint64_t> lease
    ) override;
    [[nodiscard]] Result<std::vector<std::string>> check_method(const StartRequest& request
    ) override;
    [[nodiscard]] Awaitable<Result<RunStatus>> command_run(
        std::int64_t run_id, std::string verb, std::optional<std::uint64_t> lease
    ) override;
    [[nodiscard]] Awaitable<Result<std::string>> safe(std::string instrument) override;
    [[nodiscard]] Awaitable<Result<TrafficView>> set_trace(
        std::string instrument, bool on, std::optional<std::uint64_t> lease
    ) override;
    [[nodiscard]] TrafficView trace_of(const std::string& instrument) const override;
    [[nodiscard]] Result<LeaseGrant> acquire_lease(
        const std::string& instrument,
        const std::string& client,
        const std::string& note,
        bool take_over
    ) override;
    [[nodiscard]] Result<void> release_lease(const std::string& instrument, std::uint64_t lease)
        override;
    void on_publish(PublishHook hook) override { hooks_.push_back(std::move(hook)); }

  private:
    using RunPtr = std::shared_ptr<ActiveRun>;

    // SessionListener
    void on_changed(const InstrumentSession& session) override;
    void on_connected(InstrumentSession& session, const drivers::Status& status) override;
    [[nodiscard]] Awaitable<void> on_delivery(
        InstrumentSession& session, drivers::Delivery delivery
    ) override;
    void on_lost(InstrumentSession& session, const Error& error) override;
    void on_status(
        InstrumentSession& session, const drivers::Status& status, std::int64_t asked_for
    ) override;
    [[nodiscard]] std::int64_t subject(const InstrumentSession& session) const override;

    [[nodiscard]] InstrumentSession* session_of(const std::string& instrument) const;
    [[nodiscard]] RunPtr run_on(const std::string& instrument) const;
    [[nodiscard]] RunPtr run_by_id(std::int64_t run_id) const;
    void adopt(const std::string& instrument, const RunPtr& run);
    [[nodiscard]] Awaitable<void> retire_when_over(RunPtr run);
    [[nodiscard]] RunHouse house();

    // start_run.cpp
    [[nodiscard]] Result<InstrumentSession*> find_free(
        const std::string& instrument, std::optional<std::uint64_t> lease
    );
    [[nodiscard]] static Result<RunIdentity> understand(
        const StartRequest& request, InstrumentSession& session
    );
    /// What the method's [fits] names: an earlier run's estimates, a material.
    [[nodiscard]] Awaitable<Result<GivenKnowledge>> look_up_knowledge(
        method::FitSettings settings, record::Specimen specimen
    );
    // calibration_sets.cpp
    /// The sets that the instrument's configuration names, for this clamp; into `identity`.
    [[nodiscard]] Awaitable<Result<void>> look_up_calibration(
        RunIdentity& identity, const InstrumentSession& session
    );
    /// Those that a stored run began with.
    [[nodiscard]] Awaitable<void> take_reduction_up(RunPtr run);
    [[nodiscard]] Awaitable<Result<RunPtr>> create(
        StartRequest request, RunIdentity identity, InstrumentSession* session
    );
    [[nodiscard]] Awaitable<Result<RunStatus>> load_and_start(RunPtr run, RunIdentity identity);
    [[nodiscard]] Awaitable<Result<RunStatus>> start_reserved(
        StartRequest request, InstrumentSession* session
    );

    // follow_new.cpp
    void follow_if_new(InstrumentSession& session, const drivers::Status& status);
    [[nodiscard]] Awaitable<void> follow_new(std::string instrument, std::string run_token);
    [[nodiscard]] Awaitable<Result<RunStatus>> follow_unless_recorded(
        const std::string& instrument, const std::string& run_token
    );

    // follow_run.cpp
    [[nodiscard]] Awaitable<Result<RunStatus>> follow_created(RunPtr run);
    [[nodiscard]] Awaitable<Result<RunStatus>> unfollow(
        RunPtr run, std::optional<std::uint64_t> lease
    );

    // commands
    [[nodiscard]] Awaitable<Result<void>> tell_instrument(RunPtr run, Verb verb);

    // recovery.cpp
    [[nodiscard]] Awaitable<void> recover(StoredRun stored);
    [[nodiscard]] Awaitable<void> end_unreachable(RunPtr run, double limit_s);
    [[nodiscard]] Awaitable<void> end_stored(StoredRun stored, std::string cause);

    [[nodiscard]] Awaitable<void> turn();
    [[nodiscard]] Awaitable<void> end_for_shut_down(RunPtr run);
    [[nodiscard]] Awaitable<void> end_traces();
    /// Until no start is under way, for a short time.
    [[nodiscard]] Awaitable<void> wait_for_starts();

    LaboratoryParts parts_;
    LeaseTable leases_;
    TaskGroup tasks_;
    std::map<std::string, std::unique_ptr<InstrumentSession>> sessions_;
    std::map<std::string, RunPtr> active_;  ///< By instrument.
    std::set<std::string> starting_;        ///< Instruments between request and run.
    Notifier start_ended_;
    std::map<std::string, FollowNew> followed_;  ///< By instrument that is followed by itself.
    std::set<std::int64_t> restarted_;  ///< Runs that wait for their instrument since start().
    std::vector<PublishHook> hooks_;
    TurnCounter turns_;
    bool is_started_ = false;
    bool is_closing_ = false;
};

}  // namespace relaxd::daemon
