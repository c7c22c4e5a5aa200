// SPDX-License-Identifier: MIT
//
// What the API needs of the running laboratory. `daemon/run` implements it; `daemon/serve` and its
// tests see only this. All calls on the io thread.

#pragma once

#include "daemon/core/traffic_view.hpp"
#include "schema/base/result.hpp"
#include "schema/record/records.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::daemon {

template <typename T>
using Awaitable = boost::asio::awaitable<T>;

struct StartRequest {
    std::string instrument;
    std::string method_toml;
    record::Specimen specimen;
    std::string name;
    bool follow = false;  ///< Of a read-only instrument: record what it measures; no method needed.
    StartRequest() = default;
};

struct RunStatus {
    std::int64_t run_id = 0;
    record::RunState state = record::RunState::armed;
    RunStatus() = default;
};

struct LeaseGrant {
    std::uint64_t lease = 0;  ///< Fencing number, growing.
    UtcTime expires;
    LeaseGrant() = default;
};

/// Of an instrument that is only read: it is started and stopped at the instrument itself.
struct ReadOnlyView {
    bool read_only = false;
    UtcTime last_row_utc;  ///< When its newest row was written; ns = 0: not known.
    double last_row_age_s = record::unknown;
    ReadOnlyView() = default;
};

/// One committed row, as published.
struct Published {
    std::int64_t run_id = 0;
    std::string instrument;
    record::Row row;
    Published() = default;
};

using PublishHook = std::function<void(std::shared_ptr<const Published>)>;

struct CurrentRun {
    std::int64_t run_id = 0;
    std::string instrument;
    std::uint64_t last_seq = 0;
    record::RunState state = record::RunState::armed;
    bool simulated = false;
    CurrentRun() = default;
};

class Laboratory {
  public:
    virtual ~Laboratory() = default;

    [[nodiscard]] virtual std::vector<record::Instrument> instruments() const = 0;
    [[nodiscard]] virtual std::vector<CurrentRun> current_runs() const = 0;
    /// Of an instrument that can be commanded, or is not known: not read-only.
    [[nodiscard]] virtual ReadOnlyView read_only_view(const std::string& /*instrument*/) const {
        return {};
    }
    /// What has been shown of a driver, and on what; empty = not said.
    [[nodiscard]] virtual std::string proof_of(const std::string& /*driver*/) const { return {}; }
    /// What a person should know of an instrument now, one sentence; empty = nothing.
    [[nodiscard]] virtual std::string note_of(const std::string& /*instrument*/) const {
        return {};
    }
    /// Time of the newest commit on the steady clock and how many rows wait; the recording lamp.
    [[nodiscard]] virtual SteadyTime last_commit() const = 0;
    [[nodiscard]] virtual std::size_t rows_waiting() const = 0;
    /// Empty when ready; else why not (for /readyz).
    [[nodiscard]] virtual std::string not_ready_because() const = 0;

    /// Arms and starts in one step. `lease` is the X-Relaxd-Lease header, if any. `refused` with
    /// message "instrument_busy …" or "lease_held …" maps to 409, `invalid` with "invalid_method …"
    /// to 400.
    [[nodiscard]] virtual Awaitable<Result<RunStatus>> start_run(
        StartRequest request, std::optional<std::uint64_t> lease
    ) = 0;
    /// What start_run would say to this method, without touching anything: `invalid`
    /// "invalid_method …", or what it will cost and spoil, one sentence each.
    [[nodiscard]] virtual Result<std::vector<std::string>> check_method(
        const StartRequest& /*request*/
    ) {
        return std::vector<std::string>();
    }
    /// verb: pause | resume | stop | abort; unfollow ends the record of a read-only instrument,
    /// which is told nothing. Repeating one is success; impossible is `refused`.
    [[nodiscard]] virtual Awaitable<Result<RunStatus>> command_run(
        std::int64_t run_id, std::string verb, std::optional<std::uint64_t> lease
    ) = 0;
    /// STOP, heater off. Needs no lease, is never queued.
    [[nodiscard]] virtual Awaitable<Result<std::string>> safe(std::string instrument) = 0;

    /// Switches the traffic trace of an instrument's link; repeating it is success. `refused` while
    /// somebody else holds its lease, `io` where the file cannot be made.
    [[nodiscard]] virtual Awaitable<Result<TrafficView>> set_trace(
        std::string instrument, bool on, std::optional<std::uint64_t> lease
    ) = 0;
    /// Off for an instrument that is not known.
    [[nodiscard]] virtual TrafficView trace_of(const std::string& instrument) const = 0;

    [[nodiscard]] virtual Result<LeaseGrant> acquire_lease(
        const std::string& instrument,
        const std::string& client,
        const std::string& note,
        bool take_over
    ) = 0;
    [[nodiscard]] virtual Result<void> release_lease(
        const std::string& instrument, std::uint64_t lease
    ) = 0;

    /// Called on the io thread after each commit, in seq order of each run.
    virtual void on_publish(PublishHook hook) = 0;
};

}  // namespace relaxd::daemon
