// SPDX-License-Identifier: MIT
//
// One run while it goes on: deliveries become rows, rows are committed, committed rows are
// published, acknowledged to the instrument and given to the fits; then the one end. io thread
// only.
//
// Owned by the laboratory through a shared_ptr and kept until its tasks have ended.

#pragma once

#include "daemon/acquire/intake.hpp"
#include "daemon/acquire/session.hpp"
#include "daemon/fits/run_fits.hpp"
#include "daemon/persist/store_thread.hpp"
#include "daemon/run/run_state_machine.hpp"
#include "daemon/run/segment_condition.hpp"
#include "daemon/run/static_elongation.hpp"
#include "daemon/run/stationarity.hpp"
#include "daemon/serve/laboratory.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::daemon {

/// What a run needs of the house. Everything outlives the run.
struct RunHouse {
    boost::asio::any_io_executor executor;
    StoreThread* store = nullptr;
    FitWorker* worker = nullptr;
    Timing* timing = nullptr;
    std::function<void(std::shared_ptr<const Published>)> publish;
};

/// What a stored run's readings were corrected with.
struct StoredReduction {
    std::vector<record::RunFact> facts;
    std::vector<record::Calibration> sets;
    StoredReduction() = default;
};

/// What a run is.
struct RunIdentity {
    std::int64_t run_id = 0;
    std::string token;  ///< In the instrument's status; the run's uuid.
    method::Method method;
    std::vector<method::Executed> executed;
    record::Specimen specimen;
    bool simulated = false;
    std::string serial_number;              ///< Of the instrument at the start; empty = not known.
    GivenKnowledge given;                   ///< Of an earlier run and a material, for the fits.
    std::vector<record::Calibration> sets;  ///< For its clamp and instrument.
    std::string sets_told;                  ///< What was left out of the configured ones.
};

class ActiveRun : public std::enable_shared_from_this<ActiveRun> {
  public:
    ActiveRun(RunHouse house, InstrumentSession& session, RunIdentity identity);

    [[nodiscard]] std::int64_t run_id() const { return identity_.run_id; }
    [[nodiscard]] const std::string& token() const { return identity_.token; }
    [[nodiscard]] InstrumentSession& session() { return session_; }
    [[nodiscard]] record::RunState state() const { return machine_.state(); }
    [[nodiscard]] Verdict judge(Verb verb) const { return machine_.judge(verb); }
    [[nodiscard]] std::uint64_t last_seq() const { return last_seq_; }
    [[nodiscard]] bool is_simulated() const { return identity_.simulated; }
    /// For the log: its number, and the mark of a simulation.
    [[nodiscard]] std::string log_name() const;  // active_run_marks.cpp
    [[nodiscard]] bool is_over() const { return is_over_; }
    [[nodiscard]] bool is_ending() const { return is_ending_; }

    /// Goes on from what is stored (restart of the daemon).
    void restore(const StoredRun& stored);
    /// Reads the stored points again for the fits.
    [[nodiscard]] Awaitable<void> reload_points();

    /// active_run_calibration.cpp: what the readings are corrected with, recorded as the run's
    /// facts. `in_force`: dimensions set at the instrument, where the specimen says none.
    void begin_reduction(const drivers::Geometry& in_force);
    /// The same after a restart of the daemon.
    void continue_reduction(const StoredReduction& stored);

    /// Deliveries are held back until started() so that STATE running is the first row of the run.
    void hold_back() { is_held_back_ = true; }
    /// The instrument has confirmed the start.
    [[nodiscard]] Awaitable<void> started();
    /// Takes what was held back, in order, and holds nothing back any more.
    [[nodiscard]] Awaitable<void> stop_holding_back();
    [[nodiscard]] Awaitable<void> deliver(drivers::Delivery delivery);

    void link_lost(const Error& error);
    /// After open(): same token? goes on and fetches what is missing; else the run ends.
    void link_back(const drivers::Status& status, bool after_restart);
    /// A status that was asked for while this run ran: finds an end whose message was lost.
    void check_status(const drivers::Status& status);

    /// The event that names what the fits take from an earlier run.
    void tell_given();
    /// The event that says what every modulus and temperature of the run is uncertain by.
    void tell_systematic_errors();
    /// Records a change of state with its event. False when it cannot follow.
    bool change_state(record::RunState next, const std::string& message);
    void record_event(
        record::Severity severity, const char* code, std::string message, std::string detail = {}
    );
    /// What a person asked for: explains the end that the instrument reports.
    void want_end(RunEnd end) { wanted_ = std::move(end); }
    /// Begins the end, once.
    void request_end(RunEnd end);
    /// The end, under way or to come, leaves the last fits out and gathers for 1.5 s from now.
    void hurry();
    /// Makes the instrument safe and ends the run with this.
    void fail_safe(std::string cause);
    /// Before start: the gate of `fits = "every"`.
    void open_first_gate();

    [[nodiscard]] Awaitable<void> wait_over(double seconds);
    [[nodiscard]] Awaitable<void> wait_tasks();
    /// Drops all tasks; the run keeps no end (a restarted daemon finds it).
    void cancel();

  private:
    /// A task that keeps this run alive.
    void spawn(const char* name, Awaitable<void> task);
    /// Gaps and events carry the mark of a simulated run; points and estimates have it already.
    void mark(std::vector<record::Row>& rows) const;
    /// Nothing is recorded after the end.
    void record_rows(std::vector<record::Row> rows);
    void on_committed(const Result<void>& result, std::vector<record::Row> rows);
    void note_point(const record::Point& point, std::vector<int>& touched);
    void publish(record::Row row);
    void enter_segment(int segment, UtcTime time);
    void put_segment(const record::Segment& segment);
    void take_reading(record::Reading reading);
    /// The reading's row, and what it makes known: one append, so that the order is always the
    /// same.
    void record_reading(record::Reading reading);  // active_run_marks.cpp
    void flush_held(bool is_all);
    void take_change(const drivers::StateChange& change);
    void open_gate();
    [[nodiscard]] Awaitable<void> wait_for_room();
    [[nodiscard]] Awaitable<void> fit_then_open_gate();
    [[nodiscard]] Awaitable<void> take_delivery(drivers::Delivery delivery);
    [[nodiscard]] Awaitable<void> fetch(std::uint64_t first_number);
    [[nodiscard]] Awaitable<void> fetch_missed();
    [[nodiscard]] Awaitable<void> make_safe_and_end(std::string cause);

    // active_run_fits.cpp
    void take_fit_rows(std::vector<record::Row> rows);
    void store_mask(double T_max_K);
    /// Tells the instrument what take_fit_rows decided; nothing where it decided nothing.
    [[nodiscard]] Awaitable<void> end_known_segment(std::uint64_t lead);

    // active_run_stationarity.cpp
    void watch_stationarity(const record::Reading& reading);
    /// The same of a reading that was stored before a restart: its segment was judged then.
    void watch_stored(const record::Reading& reading);
    /// Decides whether the present segment has waited long enough for tan delta to be steady.
    void end_steady_segment();
    /// What the reference readings of the watched segment say, once no more of them come.
    void judge_stationarity();
    /// What the check isotherm says, where the method asks for one; at the end of the run.
    void judge_check_isotherm();

    // active_run_calibration.cpp
    void continue_torsion(const StoredReduction& stored);
    void take_told_errors(const std::vector<record::RunFact>& facts);
    void begin_torsion(const std::vector<record::RunFact>& instrument_facts);
    void put_facts(std::vector<record::RunFact> facts);
    void tell_calibration_error(const std::vector<record::Row>& rows);

    /// Of a read-only instrument: the segments it says it has executed, as an event.
    void tell_executed_segments();  // follow_run.cpp
    /// Somebody changed at its panel what the run was told, or changed it back: an event each.
    void tell_changed_settings(const drivers::Status& status);  // active_run_settings.cpp

    // active_run_end.cpp
    [[nodiscard]] Awaitable<void> finish(RunEnd end);
    [[nodiscard]] Awaitable<void> fetch_the_rest();
    [[nodiscard]] Awaitable<void> store_barrier();
    [[nodiscard]] Awaitable<void> store_truth();
    /// What is left of the time for gathering when hurried.
    [[nodiscard]] double limit_s(double otherwise_s) const;
    [[nodiscard]] Awaitable<void> record_end(RunEnd end);
    void note_given_up(const Error& error, const std::vector<record::Row>& rows);

    RunHouse house_;
    InstrumentSession& session_;
    RunIdentity identity_;
    RunStateMachine machine_;
    Intake intake_;
    RunFits fits_;
    StaticElongation elongation_;
    TaskGroup tasks_;
    Notifier over_;

    Stationarity stationarity_;
    SteadyWatch steady_;
    CheckIsotherm check_isotherm_;
    int watched_segment_ = 0;

    std::map<int, record::Segment> segments_;
    int segment_ = 0;
    std::uint64_t last_seq_ = 0;
    std::uint64_t committed_number_ = 0;
    std::vector<record::Gap> given_up_;  ///< By the store; recorded before the end.
    std::uint64_t gate_ = 0;             ///< fits = "every": the instrument stops here.
    bool is_gate_fit_running_ = false;
    int ended_segment_ = 0;  ///< Told to end: its condition is met.
    std::string known_;      ///< What met it, until the instrument is told.
    std::optional<RunEnd> wanted_;
    bool is_ending_ = false;
    bool is_hurried_ = false;
    bool is_never_started_ = false;  ///< What the instrument keeps is of the run before.
    bool is_tail_unknown_ = false;   ///< The instrument could not be asked for its newest reading.
    SteadyTime hurried_until_;
    bool is_over_ = false;
    bool is_calibration_told_ = false;
    bool is_foreign_ = false;       ///< What answers is another instrument: nothing is asked of it.
    std::string changed_settings_;  ///< As told last.
    bool is_held_back_ = false;
    std::deque<drivers::Delivery> held_back_;  ///< Until started().
    bool is_fetch_due_ = false;                ///< Until the driver was told where to begin.
    bool is_fetching_ = false;
    std::map<std::uint64_t, record::Reading> ahead_;  ///< Newer than what is being fetched.
};

}  // namespace relaxd::daemon
