// SPDX-License-Identifier: MIT
//
// What every instrument driver promises (CONTRACT.md beside this file has the numbered clauses).
//
// All calls run on the one io thread. Every operation ends within its deadline: by result, error or
// cancellation. After a failed command the state is `unknown` until `status()` has read it back.
// After a link failure every call says `unreachable` until `open()` succeeds again.

#pragma once

#include "schema/base/result.hpp"
#include "schema/method/method.hpp"
#include "schema/record/records.hpp"
#include "schema/record/run_fact.hpp"
#include "schema/record/waveform.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace relaxd::drivers {

template <typename T>
using Awaitable = boost::asio::awaitable<T>;

struct Identity {
    std::string vendor;
    std::string model;
    std::string serial_number;
    std::string firmware;
    bool simulated = false;
    /// What a simulator says it simulates: `material`, `bench`, `faults`; absent = not said.
    std::map<std::string, std::string> simulation;
    Identity() = default;
    /// "vendor model, serial S, firmware F", without what is not known.
    [[nodiscard]] std::string text() const;
};

/// `refused` where a serial number is expected (not empty) and another instrument answers.
[[nodiscard]] Result<void> check_serial_number(
    const Identity& identity, const std::string& expected
);

enum class State : std::uint8_t { idle, armed, running, holding, cooling, fault, unknown };
[[nodiscard]] std::string_view to_word(State state);

/// What `status()` reads back.
struct Status {
    State state = State::unknown;
    std::string run_token;          ///< Of the run that is loaded, running or last ended.
    std::string end_cause;          ///< Why the last run ended; empty while it runs.
    int segment = 0;                ///< Executed segment, from 1; 0 = none.
    std::uint64_t last_number = 0;  ///< Newest reading of the run.
    std::uint64_t first_kept = 0;   ///< Oldest reading that resend can still deliver.
    double time_s = record::unknown;
    double temperature_K = record::unknown;
    double set_temperature_K = record::unknown;
    /// What is set at the instrument otherwise than the run was told, `name=NEW, was OLD`; its
    /// readings are flagged `settings_changed`. Empty: nothing, or it does not tell.
    std::string changed_settings;
    UtcTime last_row_utc;  ///< read_only(): when its newest row was written; ns = 0: not known.
    Status() = default;
};

/// The instrument's own message that something changed.
struct StateChange {
    State state = State::unknown;
    int segment = 0;
    std::string run_token;
    std::string cause;  ///< Empty, or why: "completed", "stopped", "heartbeat", "safe" …
    StateChange() = default;
};

/// The dimensions an instrument computes moduli with; unknown where it does not say.
struct Geometry {
    double length_m = record::unknown;
    double width_m = record::unknown;
    double thickness_m = record::unknown;
    double poisson_ratio = record::unknown;
    Geometry() = default;
};

/// One thing the instrument delivered, in the order taken. A missing reading is a Gap, never
/// closed.
using Delivery = std::variant<record::Reading, record::Gap, StateChange>;

/// Counters that never lie; shown by the API.
struct LinkCounters {
    std::uint64_t frames = 0;
    std::uint64_t corrupt_frames = 0;
    std::uint64_t late_replies = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t reconnects = 0;
    std::uint64_t resent = 0;
    std::uint64_t dropped_bytes = 0;
};

/// What the host finds in a window of raw signals; drivers compute nothing of the kind themselves.
struct WindowVerdict {
    bool is_settled = false;  ///< It agrees with the window before: this one may be recorded.
    bool is_clipped = false;  ///< A channel left its range: measure again with less excitation.
    double angle_V = record::unknown;  ///< Amplitudes (peak) of the fundamental.
    double torque_V = record::unknown;
    double worth_waiting_s = 0.0;  ///< Longer the answer will not change by more than its error.
    std::string why;               ///< One sentence where it is not settled or clipped.
    WindowVerdict() = default;
};
/// `before` may be null (the first window after a change). Called on the io thread.
using WindowJudge =
    std::function<WindowVerdict(const record::Waveform* before, const record::Waveform& now)>;

class Instrument {
  public:
    virtual ~Instrument() = default;

    /// Connects and reads the identity; either an identified instrument or an error.
    [[nodiscard]] virtual Awaitable<Result<Identity>> open() = 0;
    /// Closes the link at once; pending calls end with `cancelled`. The instrument is not told.
    virtual void close() = 0;
    [[nodiscard]] virtual bool is_open() const = 0;

    [[nodiscard]] virtual Awaitable<Result<Status>> status() = 0;

    /// Checks a method against this instrument's limits before any byte is sent.
    [[nodiscard]] virtual Result<void> check(
        const method::Method& method, const record::Specimen& specimen
    ) const = 0;
    /// Downloads the method; the instrument is `armed` with this token afterwards. Dimensions that
    /// the specimen lacks are those set at the instrument: geometry_in_force() has them afterwards.
    [[nodiscard]] virtual Awaitable<Result<void>> load(
        const method::Method& method, const record::Specimen& specimen, std::string run_token
    ) = 0;
    /// As told by the last load() that succeeded.
    [[nodiscard]] virtual Geometry geometry_in_force() const { return {}; }
    [[nodiscard]] virtual Awaitable<Result<void>> start() = 0;
    [[nodiscard]] virtual Awaitable<Result<void>> hold() = 0;
    [[nodiscard]] virtual Awaitable<Result<void>> resume() = 0;
    [[nodiscard]] virtual Awaitable<Result<void>> stop() = 0;
    /// STOP, heater off. Valid in every state, needs no reply to begin, confirmed by reading back.
    [[nodiscard]] virtual Awaitable<Result<void>> safe() = 0;

    /// The next delivery, in order; waits without limit but ends when the link is lost
    /// (`unreachable`) or closed (`cancelled`).
    [[nodiscard]] virtual Awaitable<Result<Delivery>> next() = 0;
    /// Asks for all readings from `first_number` on again; they come through next(), before newer
    /// ones. What the instrument no longer keeps comes as one Gap.
    [[nodiscard]] virtual Awaitable<Result<void>> fetch_from(std::uint64_t first_number) = 0;
    /// Readings up to `number` are committed: the instrument need not keep them, and a simulator
    /// that runs fast waits for this rather than lose data.
    virtual void acknowledge(std::uint64_t number) = 0;
    /// `fits = "every"`: the simulator does not pass reading `number` until told a higher one.
    virtual void allow_until(std::uint64_t number) = 0;
    /// Ends the present segment after reading `number` (ends by condition).
    [[nodiscard]] virtual Awaitable<Result<void>> end_segment_after(std::uint64_t number) = 0;

    /// Truth of a simulation: run parameters first (seq 0), then per reading, where `seq` holds the
    /// READING NUMBER (the daemon maps it to the point's seq). `refused` by real instruments.
    [[nodiscard]] virtual Awaitable<Result<std::vector<record::Truth>>> truth(
        std::uint64_t first_number, std::uint64_t last_number
    ) = 0;

    /// Numbers by which its readings' voltages become angle and torque, with their standard
    /// deviations and where they come from (docs/pendulum.md); recorded with each run.
    [[nodiscard]] virtual std::vector<record::RunFact> facts() const { return {}; }
    /// Of an instrument that delivers waveforms: who says whether a window is settled. Without one
    /// the driver takes each window after its computed waiting time.
    virtual void judge_with(WindowJudge /*judge*/) {}
    /// What a method will cost and spoil before it is started, one sentence each (minutes a point,
    /// kelvin a point smears, noise expected); `refused` by check() where it cannot be done.
    [[nodiscard]] virtual std::vector<std::string> forecast(
        const method::Method& /*method*/, const record::Specimen& /*specimen*/
    ) const {
        return {};
    }

    [[nodiscard]] virtual LinkCounters counters() const = 0;
    /// True once this driver has executed runs on the real hardware it is for. The conformance
    /// suite, which stands on simulated instruments, comes before that and does not replace it.
    [[nodiscard]] virtual bool proven() const { return false; }

    /// What a person should know of it now, one sentence: its description's file is wrong …
    [[nodiscard]] virtual std::string note() const { return {}; }

    /// It is only listened to (CONTRACT I-14): what it measures is started and stopped at the
    /// instrument itself.
    [[nodiscard]] virtual bool read_only() const { return false; }
    /// Of a read-only instrument: the host follows the run of this token of status(); deliveries,
    /// status and open() are of this run until told another. Empty = of whatever is newest.
    virtual void keep_to(std::string /*run_token*/) {}
    /// Of a read-only instrument: the method of its present run as TOML, as far as it tells.
    [[nodiscard]] virtual Result<std::string> own_method() const {
        return fail(Errc::refused, "this instrument does not tell its method");
    }
    /// Of a read-only instrument: the segments it has executed, once it has told them; the times
    /// are local wall time.
    [[nodiscard]] virtual std::vector<record::Segment> executed_segments() const { return {}; }
};

}  // namespace relaxd::drivers
