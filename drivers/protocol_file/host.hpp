// SPDX-License-Identifier: MIT
//
// What a FileInstrument and its coroutines share, and the run that the host executes. Internal to
// drivers/protocol_file.
//
// The run's place is kept here and not in a coroutine: when the link is lost, the coroutine that
// executes ends, and open() begins another at the same place. Readings that were due meanwhile are
// a gap.

#pragma once

#include "drivers/link/signal.hpp"
#include "drivers/protocol_file/instrument.hpp"
#include "drivers/protocol_file/kept.hpp"
#include "drivers/protocol_file/part.hpp"
#include "drivers/protocol_file/program.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace relaxd::drivers::protocol_file {

/// Where a run stands.
struct Progress {
    std::size_t step = 0;
    bool is_begun = false;  ///< This step: its set point is set, its time runs.
    SteadyTime since;       ///< When it began, later by what was held.
    int readings = 0;       ///< Of this step, due ones counted.
    double ramp_from_K = 0.0;
    std::optional<SteadyTime> in_band_since;  ///< Of equilibrate.
    Progress() = default;
};

struct Host {
    Host(
        boost::asio::any_io_executor on,
        std::unique_ptr<link::Opener> opener,
        link::Timing& host_timing,
        DescriptionPtr description,
        Options chosen
    );

    boost::asio::any_io_executor executor;
    link::Timing& timing;
    Options options;
    FilePart part;
    Kept kept;
    link::Signal news;  ///< Of deliveries and the end of the link.
    link::Signal turn;  ///< Of the coroutine that executes.

    State state = State::unknown;
    bool is_closed = false;
    bool is_next_waiting = false;
    bool must_be_safe = true;  ///< Whatever ran before is not known: safe() before anything else.
    bool is_simulated = false;
    std::uint64_t executions = 0;  ///< Each ends the one before.

    std::string token;
    std::string end_cause;
    std::string asked_to_end;  ///< While nobody could be reached: the cause.
    Program program;
    Progress progress;
    SteadyTime started;
    SteadyTime held_since;
    SteadyTime lost_since;
    SteadyTime verified;
    double temperature_K = record::unknown;
    double set_temperature_K = record::unknown;
    std::string flags;                          ///< For the next reading: what verify() found.
    std::map<std::size_t, SteadyTime> read_at;  ///< By query.

    std::string note;  ///< What is wrong with the description's file now; empty = nothing.
    std::filesystem::file_time_type seen_time;
    std::uintmax_t seen_size = 0;
    std::string seen_sha256;

    [[nodiscard]] SteadyTime now() const { return timing.clock().steady(); }
    [[nodiscard]] double run_s(SteadyTime when) const {
        return static_cast<double>(when.ns - started.ns) * 1e-9;
    }
    [[nodiscard]] bool is_run_on() const {
        return state == State::running || state == State::holding;
    }
    void tell(State next, std::string cause);
    /// Looks at the description's file; a good one that is other is taken up. True: it was.
    bool look_at_file();
};

using HostPtr = std::shared_ptr<Host>;

/// Executes the run from where it stands, until it ends or the link does.
void go_on(const HostPtr& host);

/// Ends the run with the safe state; `must_be_safe` stays where it was not confirmed.
[[nodiscard]] Awaitable<Result<void>> end_run(HostPtr host, std::string cause);

}  // namespace relaxd::drivers::protocol_file
