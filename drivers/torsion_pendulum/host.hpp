// SPDX-License-Identifier: MIT
//
// What a TorsionPendulum and its coroutines share: the parts, the tape, and where the run stands.
// Internal to drivers/torsion_pendulum.
//
// The run's place is kept here and not in a coroutine: when a part is lost, the coroutine that
// executes ends, and open() begins another at the same place.

#pragma once

#include "drivers/link/signal.hpp"
#include "drivers/torsion_pendulum/instrument.hpp"
#include "drivers/torsion_pendulum/kept.hpp"
#include "drivers/torsion_pendulum/program.hpp"
#include "drivers/torsion_pendulum/tape.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::drivers::torsion_pendulum {

/// One part and what is known of it.
struct Slot {
    Slot(ComposedPart what_it_is, parts::MadePart made, const boost::asio::any_io_executor& on);
    ComposedPart what;
    std::unique_ptr<Part> part;
    Digitiser* digitiser = nullptr;  ///< The same object, where it streams angle and torque.
    Identity identity;
    std::vector<std::string> polled;  ///< Quantities that are asked twice a second.
    link::Signal tick;
    SteadyTime verified;
    std::optional<SteadyTime> silent_since;
    std::string trouble;  ///< One sentence; empty = none.
    /// "part 'controller' (lake_shore)".
    [[nodiscard]] std::string name() const;
    /// The role by which flags name it: "excitation", "temperature" …
    [[nodiscard]] std::string role() const;
    [[nodiscard]] bool has(const std::string& role_name) const {
        return what.roles.contains(role_name);
    }
};

/// What a polled part said, dated by the clock of the run.
struct Polled {
    double clock_s = 0.0;
    std::map<std::string, double> numbers;
    std::string flags;
    std::string raw;
    Polled() = default;
};

/// What the excitation is to do.
struct Drive {
    double frequency_Hz = 0.0;
    double amplitude_V = 0.0;
    double offset_V = 0.0;
    bool is_on = false;
    Drive() = default;
};

/// Where a run stands; times are of the run's clock.
struct Progress {
    std::size_t step = 0;
    bool is_begun = false;                     ///< This step: its set point is set, its time runs.
    double since_s = 0.0;                      ///< When it began, later by what was held.
    double length_s = 0.0;                     ///< Of a ramp.
    std::size_t ask = 0;                       ///< Of a sweep: the frequency that is next.
    int windows = 0;                           ///< Of creep and decays: taken.
    double in_band_since_s = record::unknown;  ///< Of equilibrate.
    std::uint64_t ends_after = 0;              ///< end_segment_after(); 0 = nothing asked.
    Progress() = default;
};

struct Host {
    Host(
        boost::asio::any_io_executor on,
        link::Timing& host_timing,
        Composition composed,
        std::vector<parts::MadePart> made,
        Options chosen
    );

    boost::asio::any_io_executor executor;
    link::Timing& timing;
    Composition composition;
    Options options;
    std::vector<std::unique_ptr<Slot>> slots;
    Kept kept;
    Tape tape;
    link::Signal news;   ///< Of deliveries and the end of the instrument.
    link::Signal turn;   ///< Of the coroutine that executes: scans, hold, end.
    link::Signal saved;  ///< Of safe states that nobody waits for.
    WindowJudge judge;

    State state = State::unknown;
    bool is_closed = false;
    bool is_up = false;  ///< All parts are open and the stream runs.
    bool is_next_waiting = false;
    bool must_be_safe = true;  ///< Whatever ran before is not known: safe() before anything else.
    bool is_simulated = false;
    int saving = 0;                  ///< How many parts are being made safe after a loss.
    std::uint64_t openings = 0;      ///< Each ends what belonged to the one before.
    std::uint64_t executions = 0;    ///< The same of runs.
    std::uint64_t disturbances = 0;  ///< Hold, reboot, stream begun again: a window is worthless.
    Error end;                       ///< Why it is not open.

    std::string token;
    std::string end_cause;
    std::string asked_to_end;  ///< While nobody could be reached: the cause.
    Program program;
    Progress progress;
    bool must_restore = false;  ///< Heater, set point and drive are as safe() left them.
    double started_s = 0.0;
    double held_since_s = 0.0;
    SteadyTime lost_since;
    SteadyTime last_block;
    SteadyTime stall_asked;  ///< When a silent stream was last begun again.
    UtcTime last_block_utc;
    int stream_breaks = 0;
    std::uint64_t windows_thrown = 0;

    Drive drive;                                 ///< As it is …
    bool is_drive_known = false;                 ///< … if it is.
    double true_frequency_Hz = record::unknown;  ///< As read back.
    double true_amplitude_V = record::unknown;
    std::map<double, double> V_per_rad;  ///< Drive over angle, by frequency, as last seen.
    std::map<double, double> cap_V;      ///< By frequency: more overloaded an input.
    double worth_waiting_s = 0.0;        ///< As the judge said last.
    std::shared_ptr<record::Waveform> last_window;  ///< Of the drive as it is; may be null.
    double angle_zero_V = record::unknown;          ///< Means before the first torque of creep.
    double torque_zero_V = record::unknown;
    double target_K = record::unknown;
    std::map<std::size_t, Polled> newest;          ///< By part.
    std::deque<std::pair<double, double>> warmth;  ///< Clock and temperature, as polled.
    std::string flags;                             ///< For the next reading.

    [[nodiscard]] SteadyTime now() const { return timing.clock().steady(); }
    [[nodiscard]] bool is_digitised() const { return streamer.has_value(); }
    /// The run's clock now: the newest scan that the device had taken, or the host's time.
    [[nodiscard]] double clock_s() const;
    /// As far as the signals have come.
    [[nodiscard]] double heard_s() const;
    [[nodiscard]] double run_s(double clock) const { return clock - started_s; }
    [[nodiscard]] bool is_run_on() const {
        return state == State::running || state == State::holding;
    }
    [[nodiscard]] bool is_mine(std::uint64_t mine) const {
        return executions == mine && is_run_on();
    }
    /// end_segment_after(): its reading has been delivered.
    [[nodiscard]] bool is_segment_over() const {
        return progress.ends_after != 0 && kept.last_number() >= progress.ends_after;
    }
    [[nodiscard]] const Step& step() const { return program.steps[progress.step]; }
    [[nodiscard]] Abilities abilities() const;
    [[nodiscard]] Part& part_of(std::size_t slot) const { return *slots[slot]->part; }
    [[nodiscard]] double number(const std::string& quantity) const;
    [[nodiscard]] std::string note() const;

    void tell(State next, std::string cause);
    void flag(const std::string& word);
    void disturb();
    /// A reading of the present step with what the polled parts said at `clock`.
    [[nodiscard]] record::Reading reading_at(double clock);
    void deliver(record::Reading reading);

    std::optional<std::size_t> streamer;  ///< Slots by what they do.
    std::optional<std::size_t> vacuum;
    std::optional<std::size_t> lock_in_angle;
    std::optional<std::size_t> lock_in_torque;
    std::optional<std::size_t> analyser;
    std::size_t excitation = 0;
    std::size_t temperature = 0;
};

using HostPtr = std::shared_ptr<Host>;

/// Adds a word to words separated by one blank, once.
void add_flag(std::string& flags, const std::string& word);
[[nodiscard]] SteadyTime after_s(SteadyTime time, double seconds);

// --- parts.cpp: all of them at once
/// Opens every part and the stream. Either all are open or none is.
[[nodiscard]] Awaitable<Result<Identity>> open_all(HostPtr host);
/// Every part's declared safe state, at once; the error names the parts that did not confirm it.
[[nodiscard]] Awaitable<Result<void>> safe_all(HostPtr host);
void close_all(Host& host);
/// A part is gone: the run stops where it is, the others are made safe.
void lose(const HostPtr& host, std::size_t slot, Error error);
/// Begins what looks after the parts: the stream, polls, verification.
void look_after(const HostPtr& host);

// --- drive.cpp: setting things in a run
/// How a wait or a measurement ended.
enum class Wake : std::uint8_t {
    due,        ///< As asked.
    disturbed,  ///< What was measured meanwhile is worthless.
    over,       ///< This execution is over.
};
/// Sets a quantity of a part, again where the link failed it; ends the run where the part does not
/// obey. Nothing: this execution is over.
[[nodiscard]] Awaitable<std::optional<double>> set_part(
    HostPtr host, std::uint64_t mine, std::size_t slot, std::string quantity, double value
);
[[nodiscard]] Awaitable<Wake> drive_to(HostPtr host, std::uint64_t mine, Drive wanted);
[[nodiscard]] Awaitable<Wake> heat_to(
    HostPtr host, std::uint64_t mine, double temperature_K, double rate_K_per_s
);
/// Whatever executes: the excitation off, and a ramp stopped where it is.
[[nodiscard]] Awaitable<Result<void>> stand_still(HostPtr host);
/// Until the clock is there and the signals have come as far; waits while the run is held.
[[nodiscard]] Awaitable<Wake> wait_clock(
    HostPtr host, std::uint64_t mine, double clock_s, std::uint64_t calm
);

// --- points.cpp: measuring
/// One reading at this frequency, or the end of what it belongs to.
[[nodiscard]] Awaitable<Wake> take_point(HostPtr host, std::uint64_t mine, Ask ask, bool settles);
/// The drive off, and what the pendulum then does until `until_s`.
[[nodiscard]] Awaitable<Wake> take_decay(HostPtr host, std::uint64_t mine, double until_s);
/// Digitised scans of the clock from `from_s` to `to_s` as one reading of kind steady.
[[nodiscard]] Awaitable<Wake> take_steady(
    HostPtr host, std::uint64_t mine, double from_s, double to_s
);
/// Means of angle and torque before anything is loaded.
[[nodiscard]] Awaitable<Wake> take_zero(HostPtr host, std::uint64_t mine);

// --- run.cpp
/// Executes the run from where it stands, until it ends or a part is lost.
void go_on(const HostPtr& host);
/// Ends the run with the safe state; `must_be_safe` stays where it was not confirmed.
[[nodiscard]] Awaitable<Result<void>> end_run(HostPtr host, std::string cause);

}  // namespace relaxd::drivers::torsion_pendulum
