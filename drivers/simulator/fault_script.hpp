// SPDX-License-Identifier: MIT
//
// What is to go wrong with a simulated instrument, and when: a plain value, built in code or read
// from a TOML file (docs/fault-scripts.md). SI; times of the instrument unless called host time.
//
// Byte faults hurt the line between host and instrument (FaultyWire); physics faults hurt furnace,
// specimen and electronics (PhysicsFaults). A script begins anew with every run.

#pragma once

#include "schema/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::simulator {

enum class FaultKind : std::uint8_t {
    // Bytes
    late,          ///< A line, and what stands behind it, comes `delay_s` later.
    split,         ///< A line comes in `pieces`, `delay_s` apart.
    merged,        ///< `together` lines come at once, at most `delay_s` after the first.
    duplicated,    ///< A line comes `copies` times.
    reordered,     ///< A line comes `places` lines later.
    garbled,       ///< `bits` random bits of a line are flipped.
    truncated,     ///< A line loses its end and its LF.
    endless_line,  ///< `size_bytes` bytes without LF stand before a line.
    silence,       ///< Requests are obeyed, nothing is said, for `duration_s` of host time.
    hang_up,       ///< The session is closed; connections are refused for `refused_s` (host time).
    wrong_device,  ///< Hang-up; after it another unit (`serial`) answers, for `duration_s` (host).
    baud_garbage,  ///< Every byte of `count` lines is random, line ends included.
    half_open,     ///< Nothing is read or written for `duration_s` (host), else until reconnection.
    // Physics
    specimen_breaks,     ///< No force any more, the displacement runs to its limit.
    thermocouple_opens,  ///< `value` K or stuck; the unit goes to `fault` after `delay_s`.
    furnace_runs_away,   ///< Heater stuck at full power until `value` K (over-temperature cut-out).
    clamp_slips,         ///< Displacement + `step_m` in creep, stiffness x (1 - `value`) otherwise.
    phase_jump,          ///< The phase is `value` rad more, the complex modulus turned by it.
    drift,               ///< `column` drifts by `value` per second (temperature: K/s, else 1/s).
    stuck_value,         ///< `column` repeats what it was.
    not_a_number,        ///< `column` holds `word`, which the protocol does not allow.
    overload,            ///< The flag `overload` without reason.
    reboot,  ///< Run, token and readings are forgotten mid-line; back after `delay_s` (host time).
};

enum class FaultDirection : std::uint8_t { to_host, to_instrument, both };

/// Which lines to the host a byte fault may hit.
enum class FaultLines : std::uint8_t { any, readings, replies, states };

/// Make one with `fault_of`: it fills in the defaults of the kind.
struct Fault {
    Fault() = default;
    FaultKind kind = FaultKind::late;

    // When: one of these three.
    std::optional<double> at_s;               ///< Time of the run.
    std::optional<std::uint64_t> at_reading;  ///< Reading number, from 1.
    std::optional<double> probability;        ///< Per line (bytes) or per reading (physics).
    std::optional<double> every_s;            ///< With `at_s`: again and again.

    // How long. Neither: once (bytes), to the end of the run (physics).
    std::optional<std::uint64_t> count;  ///< Lines or readings in succession.
    std::optional<double> duration_s;

    // Bytes
    FaultDirection direction = FaultDirection::to_host;
    FaultLines lines = FaultLines::any;
    double delay_s = 0.0;
    double refused_s = 0.0;
    std::uint64_t pieces = 3;
    std::uint64_t together = 5;
    std::uint64_t copies = 2;
    std::uint64_t places = 1;
    std::uint64_t bits = 1;
    std::uint64_t size_bytes = 1'000'000;
    std::string serial = "SIM-OTHER";

    // Physics
    std::optional<double> value;  ///< Meaning by kind; thermocouple_opens without: stuck.
    double step_m = 20e-6;
    bool reacts = true;  ///< thermocouple_opens: the unit notices.
    std::string column;  ///< CONTRACT's name of a column, such as `loss_modulus_Pa`.
    std::string word = "nan";

    std::size_t line = 0;  ///< In the script; 0: made in code.
};

/// A fault of this kind with its defaults, which never happens: give it a time.
[[nodiscard]] Fault fault_of(FaultKind kind);

/// The word of a kind in scripts.
[[nodiscard]] std::string_view to_word(FaultKind kind);
[[nodiscard]] bool is_physics(FaultKind kind);

struct FaultScript {
    FaultScript() = default;
    std::optional<std::uint64_t> seed;  ///< Without: the instrument's.
    std::vector<Fault> faults;

    [[nodiscard]] bool empty() const { return faults.empty(); }
    /// The parts for FaultyWire and for PhysicsFaults; the seed goes with both.
    [[nodiscard]] FaultScript bytes() const;
    [[nodiscard]] FaultScript physics() const;
};

/// Errors (invalid) name `source`:LINE, the key and the nearest known word.
[[nodiscard]] Result<FaultScript> parse_faults(std::string_view toml, const std::string& source);
[[nodiscard]] Result<FaultScript> load_faults(const std::filesystem::path& file);

/// A script made in code: the same checks, `faults[3]` in place of a line.
[[nodiscard]] Result<void> check_faults(const FaultScript& script);

/// A plausible bad night of `run_seconds`: rare byte faults throughout, a few losses of the line,
/// and in some of the seeds one physics fault. Passes `check_faults`.
[[nodiscard]] FaultScript random_faults(std::uint64_t seed, double run_seconds);

}  // namespace relaxd::simulator
