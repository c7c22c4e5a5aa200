// SPDX-License-Identifier: MIT
//
// The rows of the laboratory's record: plain values, no behaviour. Column meanings: CONTRACT 6.
//
// A *reading* is what the instrument sent; a *point* is a committed reading. Every point, gap,
// estimate and event of a run takes its own number of ONE sequence 1, 2, 3 … in commit order.
// Numbers are SI; NaN in a double means "unknown" and is NULL outside.

#pragma once

#include "schema/base/clock.hpp"
#include "schema/record/channel.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace relaxd::record {

inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

struct Waveform;  // schema/record/waveform.hpp

/// What the instrument sent, as decoded, with the bytes it came from and both host clocks.
struct Reading {
    std::uint64_t number = 0;  ///< The instrument's own count within the run, from 1.
    int segment = 0;           ///< Segment of the method, from 1.
    double time_s = 0.0;       ///< Instrument seconds since run start.
    Channels values;
    std::string flags;                    ///< Words separated by one blank, e.g. "overload".
    std::string raw;                      ///< The reply's bytes, whole, as received.
    SteadyTime received_steady;           ///< Host clock at the last byte.
    UtcTime received_utc;                 ///< Label only.
    bool simulated = false;               ///< The instrument said that it is a simulation.
    std::map<std::string, double> extra;  ///< Channels that the house has no column for.
    /// What `values` were demodulated from, where the instrument digitises; else null.
    std::shared_ptr<const Waveform> waveform;
};

/// A committed reading.
struct Point {
    std::uint64_t seq = 0;
    Reading reading;
};

/// Readings that are missing, or may be, and cannot be had any more.
struct Gap {
    std::uint64_t seq = 0;
    double from_time_s = unknown;
    double to_time_s = unknown;
    std::uint64_t first_number = 0;  ///< First missing reading number.
    std::uint64_t missing = 0;       ///< How many readings; 0 = unknown, at the end of a run.
    std::string cause;               ///< e.g. "link lost", "instrument memory overrun".
    UtcTime time_utc;
    bool simulated = false;  ///< Of the run.
};

enum class Severity : std::uint8_t { info, minor, major, invalid };
[[nodiscard]] std::string_view to_word(Severity severity);

/// Something a shift log-book would hold. A change of run state has code "STATE" and the new
/// state's word in `detail`.
struct Event {
    std::uint64_t seq = 0;
    UtcTime time_utc;
    Severity severity = Severity::info;
    std::string code;        ///< Upper-case word: STATE, NO_ESTIMATE, LINK_LOST, DAEMON_RESTARTED …
    std::string message;     ///< One sentence.
    std::string detail;      ///< Machine-readable part; for STATE the new state.
    bool simulated = false;  ///< Of the run.
};

/// How much the data say about a parameter (ANALYSIS 4.1).
enum class ParameterState : std::uint8_t {
    undetermined,
    hinted,
    determined,
    traded,
    at_limit,
    fixed
};
[[nodiscard]] std::string_view to_word(ParameterState state);

/// What one fit depended on beside the run's readings, as the texts of fit_inputs.hpp: enough to
/// compute it again bit for bit.
struct FitInputs {
    std::uint64_t fit_number = 0;
    std::string model;
    std::string options;                   ///< In full, but for the start.
    std::string start;                     ///< Of the search; empty = afresh.
    std::string segments;                  ///< Of which readings were used; empty = all.
    std::string series;                    ///< How rows became a series; empty = complex moduli.
    std::uint64_t up_to_seq = 0;           ///< The newest usable reading there was.
    std::uint64_t n_given = 0;             ///< Usable readings up to there.
    std::uint64_t dynamic_fit_number = 0;  ///< Of the dynamic result it took; 0 = none.
};

/// One row of v_estimate: one parameter of one fit.
struct Estimate {
    std::uint64_t seq = 0;
    std::uint64_t fit_number = 0;  ///< The same for all rows of one fit.
    UtcTime time_utc;
    std::string model;
    std::string parameter;
    double value = unknown;
    double standard_error = unknown;
    double lower_95 = unknown;
    double upper_95 = unknown;
    ParameterState state = ParameterState::undetermined;
    int segment = 0;                 ///< 0 = the whole run.
    double temperature_K = unknown;  ///< Of an isotherm, or at which a derived value holds.
    double frequency_Hz = unknown;
    std::string form;  ///< printed | gamma | exact; empty where it has no meaning.
    std::uint64_t n_points = 0;
    std::uint64_t first_seq = 0;  ///< Window of points used.
    std::uint64_t last_seq = 0;
    std::string options_sha256;
    std::string code_version;
    bool simulated = false;
    double systematic_error = unknown;  ///< Dimensions, temperature, start of a test …
    std::string traded_with;            ///< The parameter it cannot be told from; empty = none.
    double combined_error = unknown;    ///< Of standard and systematic error.
    std::string method;                 ///< How a T_g, T_x or T_p was found, with its rate.
    /// Where it is not determined: what is known instead, and the measurement that tells more.
    std::string known_combination;
    double known_combination_value = unknown;
    double known_combination_standard_error = unknown;
    std::string experiment;
    /// Recorded with the first row of a fit, and not read back with it (RunReader::fits).
    std::shared_ptr<const FitInputs> inputs;
};

struct Segment {
    int segment = 0;
    std::string text;  ///< The sentence as the user wrote it.
    UtcTime started_utc;
    UtcTime ended_utc;  ///< ns = 0 while it runs.
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    bool simulated = false;  ///< Of the run.
    std::string flags;       ///< Words separated by one blank: "not_stationary".
};

enum class RunState : std::uint8_t {
    armed,
    running,
    paused,
    completed,
    stopped,
    aborted,
    interrupted,
    rejected
};
[[nodiscard]] std::string_view to_word(RunState state);
/// `completed` and everything after it are ends: no row follows but the one that says so.
[[nodiscard]] bool is_end(RunState state);

struct Run {
    std::int64_t run_id = 0;
    std::string uuid;
    std::string name;
    std::string instrument;
    std::string specimen;  ///< Its name.
    std::string method;    ///< The TOML text as given.
    RunState state = RunState::armed;
    std::string end_cause;
    UtcTime started_utc;
    UtcTime ended_utc;  ///< ns = 0 while it runs.
    std::uint64_t last_seq = 0;
    bool simulated = false;
    std::string code_version;
};

/// An anneal that somebody declares the specimen has had.
struct Anneal {
    double temperature_K = unknown;
    double duration_s = unknown;
    std::string atmosphere;
};

/// A glass with a history. Dimensions carry one standard deviation.
struct Specimen {
    std::string name;
    std::string id;
    std::string parent_plate;
    std::map<std::string, double> composition_at_percent;  ///< Element to at. %, sum 100.
    std::string form;                                      ///< bulk | ribbon
    std::string production;                                ///< e.g. "suction cast", "melt spun"
    std::string state;  ///< as-cast | annealed | rejuvenated | unknown
    std::vector<Anneal> anneals;
    std::string surface;
    double T_g_K = unknown;  ///< DSC, at `dsc_rate_K_per_s`.
    double T_x_K = unknown;
    double dsc_rate_K_per_s = unknown;
    std::string clamp;
    double length_m = unknown;
    double length_sigma_m = unknown;
    double width_m = unknown;
    double width_sigma_m = unknown;
    double thickness_m = unknown;
    double thickness_sigma_m = unknown;
    double poisson_ratio = unknown;
    std::string atmosphere;
    std::map<std::string, std::string> extra;  ///< Keys kept that the house has no field for.
};

/// Truth of a simulated run: run parameters have seq 0 (NULL outside), per-point values the
/// point's.
struct Truth {
    std::uint64_t seq = 0;
    std::string parameter;
    double value = unknown;
};

struct Instrument {
    std::string name;
    std::string driver;
    std::string uri;
    std::string link_state;  ///< offline connecting unreachable no_answer connected
    std::string state;       ///< idle busy armed running holding cooling fault unknown
    std::string identity;
    std::string serial_number;
    bool simulated = false;
    bool proven = false;
};

/// What the daemon commits: any row that takes a number of the run's one sequence.
using Row = std::variant<Point, Gap, Event, Estimate>;

}  // namespace relaxd::record
