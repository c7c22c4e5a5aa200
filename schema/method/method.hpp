// SPDX-License-Identifier: MIT
//
// A method (CONTRACT 7): TOML in, validated segments out. Sentences are the Q series' own wording.
//
// Pure: text in, values out. Units: SI inside; K, °C, degC, C, um, mm, MPa, Hz, min, h at the edge.
// Repeats and increments are kept as segments; `expand()` unrolls them for an executor.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::method {

enum class Mode : std::uint8_t {
    multi_frequency_strain,
    multi_strain,
    creep,
    stress_relaxation,
    controlled_force,
    strain_rate,
    isostrain,
    frequency_sweep,
    aging,
    torsion_forced,
    torsion_free_decay,
    torsion_creep,
};
[[nodiscard]] std::string_view to_word(Mode mode);

enum class SegmentKind : std::uint8_t {
    equilibrate,        ///< "Equilibrate at 300 K": temperature_K.
    isothermal,         ///< "Isothermal for 10 min": duration_s.
    ramp,               ///< "Ramp 3 K/min to 550 K": rate_K_per_s, temperature_K.
    jump,               ///< "Jump to 400 K": temperature_K, does not wait.
    frequency_sweep,    ///< "Frequency sweep 0.01 Hz to 2 Hz, 5 points per decade".
    increment,          ///< "Increment 10 K": temperature step, then waits as equilibrate does.
    repeat_until,       ///< "Repeat segment 3 until 492 K": target_segment, temperature_K.
    repeat_times,       ///< "Repeat segment 3 for 5 times": target_segment, count.
    displace,           ///< "Displace 25 MPa for 330 s": stress_Pa, duration_s.
    recover,            ///< "Recover for 1000 s": duration_s at zero stress.
    strain_rate,        ///< "Strain rate 0.0003 1/s to 10 %": rate_per_s, strain (either sign).
    hold_strain,        ///< "Hold strain 0.1 % for 1000 s": strain, duration_s.
    sampling_interval,  ///< "Sampling interval 0.10 s/pt": interval_s. A setting, not timed.
    sampling_log,       ///< "Sampling 20 points per decade from 0.05 s". A setting.
    data_storage,       ///< "Data storage on|off": on. A setting.
    isothermal_until,  ///< "Isothermal until chi is known to 0.005, at most 60 min", "… steady to".
    force_ramp,        ///< "Ramp force 3 N/min to 18 N": force_rate_N_per_s, force_N.
    measure_length,    ///< "Measure length": what it finds is the reference of strain.
    twist,             ///< "Twist 1e-5 N m for 300 s": torque_N_m (either sign), duration_s.
};

/// What "Isothermal until tan_delta is steady to …" watches.
inline constexpr const char* steady_parameter = "tan_delta";

/// One sentence, understood. Fields that its kind does not use are 0.
struct Segment {
    SegmentKind kind = SegmentKind::equilibrate;
    std::string text;            ///< As the user wrote it.
    double temperature_K = 0.0;  ///< Target; a difference for `increment`.
    double rate_K_per_s = 0.0;   ///< Always positive.
    double duration_s = 0.0;     ///< Also "at most" of isothermal_until.
    double frequency_first_Hz = 0.0;
    double frequency_last_Hz = 0.0;
    int points_per_decade = 0;
    double stress_Pa = 0.0;
    double strain = 0.0;
    double rate_per_s = 0.0;          ///< Always positive.
    double force_rate_N_per_s = 0.0;  ///< Always positive.
    double force_N = 0.0;
    double torque_N_m = 0.0;
    double interval_s = 0.0;
    double start_s = 0.0;  ///< First time of log sampling.
    bool on = false;
    int target_segment = 0;  ///< 1-based, into Method::segments.
    int count = 0;
    std::string parameter;   ///< isothermal_until: chi …
    double tolerance = 0.0;  ///< isothermal_until: one standard error; a share where per_s > 0.
    double per_s = 0.0;      ///< isothermal_until steady: the drift per this time is what counts.

    /// Settings act at once and take no time.
    [[nodiscard]] bool is_setting() const;
};

enum class FitsMode : std::uint8_t { newest, every, off };

struct FitSettings {
    record::Form form = record::Form::exact;
    std::optional<double> T_g_K;
    std::string material;
    std::map<std::string, record::Prior> priors;
    std::string prior_run;            ///< ID of `prior = "run:ID"`; empty = none.
    bool allow_state_change = false;  ///< Take that run's estimates across a changed specimen.
};

/// What strain and modulus refer to: one length for the whole run, or the one measured last.
enum class ReferenceLength : std::uint8_t { initial, current };
[[nodiscard]] std::string_view to_word(ReferenceLength reference);

/// Elongation of an oscillating specimen that is told once a run. The modulus of a specimen that
/// grew by e at constant volume is off by (1 + e)^2: at 0.5 % that is 1 %, the precision of a
/// Q800's modulus (vendor's brochure).
inline constexpr double static_elongation_alarm_default = 0.005;

/// What a torsion pendulum is asked for beside the segments (docs/methods.md); 0 = not given.
struct TorsionSettings {
    double reference_frequency_Hz = 0.0;  ///< With which each sweep begins and ends …
    int reference_every = 0;              ///< … and comes back to after so many points; 0 = never.
    double torque_amplitude_N_m = 0.0;    ///< Peak; instead of Method::strain_amplitude …
    double drive_amplitude_V = 0.0;       ///< … or this, peak, at the excitation …
    double deflection_rad = 0.0;          ///< … or, of a free decay, the angle it starts from.
    double torque_N_m = 0.0;              ///< Of creep: in `Isothermal for`; either sign.
    int cycles = 3;                       ///< Whole periods a window.
    int windows_at_most = 6;              ///< Of one point, until two of them agree.
    bool checks_isotherm = false;         ///< The first isotherm again after the hottest one.
    TorsionSettings() = default;
};

struct Method {
    Mode mode = Mode::multi_frequency_strain;
    std::string clamp;         ///< single-cantilever, dual-cantilever, 3-point-bending, tension …
    double amplitude_m = 0.0;  ///< Displacement amplitude (peak), 0 if not given.
    double strain_amplitude = 0.0;          ///< Peak, instead of amplitude_m; 0 if not given.
    std::vector<double> amplitudes_m;       ///< Of multi-strain, ascending …
    std::vector<double> strain_amplitudes;  ///< … or these.
    std::vector<double> frequencies_Hz;
    std::optional<double> preload_N;                ///< Absent: the instrument's default.
    std::optional<double> force_track_percent;      ///< Static force, per cent of the dynamic one.
    std::optional<double> minimum_dynamic_force_N;  ///< The amplitude is adjusted to stay above …
    std::optional<double> maximum_dynamic_force_N;  ///< … and below.
    double strain = 0.0;                            ///< Of isostrain.
    ReferenceLength reference_length = ReferenceLength::initial;
    double static_elongation_alarm = static_elongation_alarm_default;
    std::optional<double> clamp_torque_N_m;  ///< How tight the clamp was screwed.
    std::string purge_gas;                   ///< In the operator's words.
    TorsionSettings torsion;
    std::vector<Segment> segments;  ///< In order; numbered from 1.
    FitsMode fits = FitsMode::newest;
    FitSettings fit;
    std::string text;  ///< The TOML as given.
    std::string name;  ///< Optional; what the run is called.
};

/// Does an oscillating mode of the analyser or the pendulum measure with frequencies?
[[nodiscard]] bool is_oscillation(Mode mode);
/// May a sentence of this kind stand in a method of this mode?
[[nodiscard]] bool is_possible(Mode mode, SegmentKind kind);

/// What a method says beside its segments, as (name with SI unit, value) in a fixed order: what was
/// written, and the defaults that count for its mode.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> understood(const Method& method);

/// Parses and checks one method. Errors name the source and line ("method.toml:4"), the key or
/// sentence, and the nearest known wording.
[[nodiscard]] Result<Method> parse(std::string_view toml, std::string_view source_name = "method");

/// One sentence alone. `where` goes into the error.
[[nodiscard]] Result<Segment> parse_sentence(
    std::string_view sentence, std::string_view where = {}
);

/// f_k = f_1 · 10^(k/n) while below f_2, then f_2 itself (CONTRACT 7). Downwards if f_2 < f_1.
[[nodiscard]] std::vector<double> sweep_frequencies_Hz(
    double first_Hz, double last_Hz, int points_per_decade
);

/// One executed segment: the sentence with repeats unrolled. Numbers run from 1 in execution order.
struct Executed {
    int number = 0;          ///< Executed-segment number, what `segment` in the record means.
    int method_segment = 0;  ///< 1-based index into Method::segments.
    Segment segment;         ///< Increments are turned into equilibrate with the absolute target.
    bool is_check = false;   ///< Of the first isotherm when it is repeated after the hottest one.
};

/// Unrolls repeats and increments. At most 10 000 executed segments, else an error.
[[nodiscard]] Result<std::vector<Executed>> expand(const Method& method);

}  // namespace relaxd::method
