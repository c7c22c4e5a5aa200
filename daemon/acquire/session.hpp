// SPDX-License-Identifier: MIT
//
// One configured instrument: opens its link with back-off, reads its identity, takes deliveries one
// by one, says when the link is lost and when it is back. It knows no run. io thread only.
//
// A loss is told as soon as the driver knows of it. Silence takes longer: its state is asked every
// two seconds, and 1 s after a question that is not answered the state is `unknown` (so at most 3.5
// s after its last word); the driver says when it gives up (q800_class: 4 s after the question).

#pragma once

#include "daemon/core/logging.hpp"
#include "daemon/core/task_group.hpp"
#include "daemon/persist/traffic_recorder.hpp"
#include "drivers/api/instrument.hpp"
#include "drivers/registry/registry.hpp"

#include <memory>
#include <random>
#include <string>

namespace relaxd::daemon {

class InstrumentSession;

/// Who is told. Calls come on the io thread; `session` is the one that speaks.
class SessionListener {
  public:
    virtual ~SessionListener() = default;
    /// link_state, state or identity changed.
    virtual void on_changed(const InstrumentSession& session) = 0;
    /// Open, identified and read back; deliveries are taken from now on.
    virtual void on_connected(InstrumentSession& session, const drivers::Status& status) = 0;
    /// One delivery; the next is taken when this has ended (that is the back-pressure).
    [[nodiscard]] virtual Awaitable<void> on_delivery(
        InstrumentSession& session, drivers::Delivery delivery
    ) = 0;
    virtual void on_lost(InstrumentSession& session, const Error& error) = 0;
    /// Every two seconds while connected. `asked_for` is what subject() said when it was asked.
    virtual void on_status(
        InstrumentSession& session, const drivers::Status& status, std::int64_t asked_for
    ) = 0;
    /// Whatever an answer must belong to: the run id of the moment.
    [[nodiscard]] virtual std::int64_t subject(const InstrumentSession& session) const = 0;
};

class InstrumentSession {
  public:
    /// `timing` and `listener` outlive this. `trace`, if any, is what the instrument's link tells
    /// its traffic to; it is switched on first where the configuration says so.
    InstrumentSession(
        const boost::asio::any_io_executor& executor,
        drivers::InstrumentConfig config,
        std::unique_ptr<drivers::Instrument> instrument,
        Timing* timing,
        SessionListener& listener,
        std::shared_ptr<TrafficTrace> trace = nullptr
    );

    /// Begins to connect; returns at once.
    void start();
    /// Closes the link and ends all tasks; the instrument is not told.
    void close();
    [[nodiscard]] Awaitable<void> wait_closed();

    [[nodiscard]] drivers::Instrument& instrument() { return *instrument_; }
    [[nodiscard]] const drivers::InstrumentConfig& config() const { return config_; }
    [[nodiscard]] const drivers::Identity& identity() const { return identity_; }
    [[nodiscard]] bool is_connected() const { return link_state_ == "connected"; }
    /// Until the first attempt to connect has succeeded or failed, at most `limit_s`; at once if it
    /// has, or when this is closed.
    [[nodiscard]] Awaitable<void> wait_first_attempt(double limit_s);
    /// Why it is not connected: what the newest attempt or the loss of the link said.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }
    /// Since when the link is down, before the first connection since start(); meaningless while
    /// connected.
    [[nodiscard]] SteadyTime lost_since() const { return lost_since_; }
    /// Of the link; may be null.
    [[nodiscard]] const std::shared_ptr<TrafficTrace>& trace() const { return trace_; }
    /// As the API and the store show it.
    [[nodiscard]] record::Instrument view() const;
    /// It is only read: nothing is ever told to it.
    [[nodiscard]] bool is_read_only() const { return instrument_->read_only(); }
    /// Of a read-only instrument: when its newest row was written; ns = 0: not known.
    [[nodiscard]] UtcTime last_row_utc() const { return last_row_utc_; }
    /// What a person should know of it now; empty = nothing.
    [[nodiscard]] const std::string& note() const { return note_; }
    /// The newest state that the instrument itself has told.
    void note_state(drivers::State state);

  private:
    [[nodiscard]] Awaitable<void> connect_for_ever();
    [[nodiscard]] Awaitable<void> begin_trace();
    /// One attempt; false when it failed.
    [[nodiscard]] Awaitable<bool> connect_once();
    [[nodiscard]] Awaitable<Error> take_deliveries();
    [[nodiscard]] Awaitable<void> poll_status();
    [[nodiscard]] Awaitable<void> watch_silence();
    void look_for_silence();
    void note_failure(const Error& error);
    void set_link(const char* state);
    /// What the driver wants a person to know, told once in the log and shown in the view.
    void take_note();
    [[nodiscard]] double next_back_off_s();

    drivers::InstrumentConfig config_;
    std::unique_ptr<drivers::Instrument> instrument_;
    Timing* timing_;
    SessionListener& listener_;
    std::shared_ptr<TrafficTrace> trace_;
    TaskGroup tasks_;
    drivers::Identity identity_;
    drivers::State state_ = drivers::State::unknown;
    UtcTime last_row_utc_;
    std::string note_;
    std::string link_state_ = "connecting";  ///< Only before the first attempt has ended.
    std::string trouble_ = "still connecting";
    Notifier link_news_;
    SteadyTime lost_since_;
    double back_off_s_ = 0.0;
    std::minstd_rand jitter_;
    RepeatGate failures_;
    RepeatGate silences_;
    std::uint64_t frames_ = 0;    ///< Of the counters at the last look.
    std::uint64_t timeouts_ = 0;  ///< The same.
    SteadyTime last_frame_;       ///< When frames_ was last seen to grow.
    bool is_closing_ = false;
};

}  // namespace relaxd::daemon
