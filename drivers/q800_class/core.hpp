// SPDX-License-Identifier: MIT
//
// What a Q800Instrument and its coroutines share. Internal to drivers/q800_class.
//
// Every coroutine takes the shared_ptr by value. `keeper` renews the heartbeat and sends the newest
// acknowledgement and allowance; `recoverer` asks for holes. Both end with their session.

#pragma once

#include "drivers/q800_class/instrument.hpp"
#include "drivers/q800_class/sequencer.hpp"
#include "drivers/q800_class/settings.hpp"

#include <optional>
#include <vector>

namespace relaxd::drivers::q800_class {

using CorePtr = std::shared_ptr<Core>;
using SessionPtr = std::shared_ptr<Session>;

struct Core : std::enable_shared_from_this<Core> {
    Core(
        boost::asio::any_io_executor on,
        std::unique_ptr<link::Opener> way,
        link::Timing& host_timing,
        Options chosen
    );

    boost::asio::any_io_executor executor;
    std::unique_ptr<link::Opener> opener;
    link::Timing& timing;
    Options options;
    std::shared_ptr<LinkCounters> counters = std::make_shared<LinkCounters>();

    SessionPtr session;  ///< The present or the last one.
    bool open = false;
    bool was_open = false;  ///< Some open() succeeded: the next one is a reconnect.
    bool closed = false;    ///< By close(), not by the link.
    std::uint64_t openings = 0;
    std::uint64_t first_id = 0;  ///< From the clock: a restarted daemon uses other IDs.
    bool simulated = false;
    std::vector<std::string> columns;  ///< Further ones of a reading that it offers and we want.
    std::optional<Settings> settings;  ///< In force: as committed, or as told first.
    std::string changed_settings;      ///< What differs from them since then; empty = nothing.
    SteadyTime beat_sent;
    State state = State::unknown;
    std::string token;      ///< Of the run that is loaded or running.
    Geometry geometry;      ///< What the last commit said; unknown where it did not.
    bool starting = false;  ///< `start` is sent: its S line or its answer begins the numbers anew.

    Sequencer sequencer;
    link::Signal delivery_signal;
    link::Signal keeper_signal;
    link::Signal recovery_signal;
    bool next_waits = false;
    std::vector<record::Truth>* truth_sink = nullptr;  ///< Of the one truth request in flight.

    std::uint64_t ack_wanted = 0;
    std::uint64_t ack_sent = 0;
    SteadyTime ack_due;
    std::optional<std::uint64_t> allow_wanted;

    [[nodiscard]] SteadyTime now() const { return timing.clock().steady(); }
    /// The open session, or why there is none.
    [[nodiscard]] Result<SessionPtr> use() const;
    void close(const std::string& why);
    void on_frame(Frame& frame);
    void on_end();
    void begin_run();
    /// Compares what `status` says is set with what is in force. False: the instrument has been
    /// restarted, and the session is over.
    bool take_settings(const Reply& status, const SessionPtr& asked);
    void spawn(Awaitable<void> loop, const SessionPtr& owner);
};

/// Reads `status` back into the API's form. `urgent`: does not wait for its turn.
[[nodiscard]] Awaitable<Result<Status>> read_status(CorePtr core, SessionPtr session, bool urgent);

/// The two loops of an open session.
[[nodiscard]] Awaitable<void> keep(CorePtr core, SessionPtr session);
[[nodiscard]] Awaitable<void> recover(CorePtr core, SessionPtr session);

/// `heartbeat S`, and whether the instrument says the same S; `corrupt` where it does not.
[[nodiscard]] Awaitable<Result<Reply>> beat(CorePtr core, SessionPtr session);

}  // namespace relaxd::drivers::q800_class
