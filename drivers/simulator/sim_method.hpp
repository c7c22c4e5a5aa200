// SPDX-License-Identifier: MIT
//
// The method as the instrument holds it: method lines in, checked segments out
// (docs/protocols/q800_class.md, section 3). The simulator's own parser. SI.

#pragma once

#include "drivers/simulator/bench.hpp"
#include "drivers/simulator/clamp.hpp"
#include "drivers/simulator/sim_reading.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::simulator {

enum class SimMode {
    multi_frequency,  ///< And aging: the instrument does the same.
    frequency_sweep,
    multi_strain,
    creep,
    stress_relaxation,
    strain_rate,
    controlled_force,
    isostrain,
};

enum class StepKind {
    equilibrate,
    isothermal,
    isothermal_until,
    ramp,
    jump,
    sweep,
    displace,
    recover,
    sampling,
    sampling_log,
    storage,
    hold_strain,
    strain_rate,
    force_ramp,
    measure_length,
};
/// Settings and jump take no time.
[[nodiscard]] bool takes_time(StepKind kind);

inline constexpr double measure_length_s = 10.0;   ///< Section 3.4.
inline constexpr double default_preload_N = 0.01;  ///< Section 3.1.

/// One `segment` line. Members that its kind does not use are 0.
struct Step {
    Step() = default;
    StepKind kind = StepKind::equilibrate;
    double temperature_K = 0.0;
    double duration_s = 0.0;
    double rate_K_per_s = 0.0;
    double first_Hz = 0.0;
    double last_Hz = 0.0;
    double points_per_decade = 0.0;
    double stress_Pa = 0.0;
    double interval_s = 0.0;
    double start_s = 0.0;
    double strain = 0.0;
    double force_N = 0.0;
    double rate_per_s = 0.0;  ///< Of strain (1/s) or force (N/s); the target says which way.
    bool storage_on = true;
};

struct SimMethod {
    SimMethod() = default;
    SimMode mode = SimMode::multi_frequency;
    bool needs_frequencies = false;
    Mounting mounting;
    std::vector<double> amplitudes;  ///< Ascending; displacements (m) or strains.
    bool amplitude_is_strain = false;
    std::vector<double> frequencies_Hz;  ///< Ascending.
    std::optional<double> preload_N;
    std::optional<double> force_track;  ///< Static over dynamic force.
    std::optional<std::pair<double, double>> dynamic_force_N;
    std::optional<double> strain_level;  ///< Mode isostrain.
    ColumnList columns;
    std::vector<Step> steps;

    [[nodiscard]] bool oscillates() const { return mode <= SimMode::multi_strain; }
    /// The modes of 3.3; creep is older and has its own rules.
    [[nodiscard]] bool is_static() const { return mode > SimMode::creep; }
    /// This mode sends readings by the sampling interval in such a segment.
    [[nodiscard]] bool samples(StepKind kind) const;
    /// Of static modes and of `measure_length`.
    [[nodiscard]] double static_preload_N() const;
    /// Of an oscillation. The default preload counts where the method says anything of forces:
    /// what does not is executed as it was before there was one.
    [[nodiscard]] ForceControl forces() const;
    /// The highest set point of the programme, at least ambient.
    [[nodiscard]] double highest_K() const;
};

/// f_k = f_1 10^(k/n) while before f_2, then f_2; downwards if f_2 < f_1.
[[nodiscard]] std::vector<double> sweep_list_Hz(double first_Hz, double last_Hz, double per_decade);

/// Why a line or a method is not taken: a code of section 2 and one sentence.
struct Refusal {
    Refusal() = default;
    Refusal(std::string code_in, std::string text_in)
        : code(std::move(code_in)), text(std::move(text_in)) {}
    std::string code;
    std::string text;
};

/// What the instrument can do: the Q800 brochure, or less.
struct MethodLimits {
    MethodLimits() = default;
    /// Of this bench: slower furnace, less force, nothing below ambient without a chiller.
    explicit MethodLimits(const Bench& bench);
    double temperature_min_K = 123.15;
    double temperature_max_K = 873.15;
    double heating_max_K_per_s = 20.0 / 60.0;
    double cooling_max_K_per_s = 10.0 / 60.0;
    double force_max_N = force_limit_N;
    double displacement_max_m = displacement_limit_m;
};

/// Takes the lines of one download in order.
class MethodReader {
  public:
    explicit MethodReader(const MethodLimits& limits = MethodLimits());

    /// Nothing if the line is taken; a refused line leaves the reader as it was.
    [[nodiscard]] std::optional<Refusal> take(std::string_view line);

    /// Nothing if the lines taken so far make a whole method.
    [[nodiscard]] std::optional<Refusal> check_whole() const;

    [[nodiscard]] const SimMethod& method() const { return method_; }

  private:
    using Words = std::vector<std::string_view>;
    [[nodiscard]] std::optional<Refusal> take_mode(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_clamp(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_geometry(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_setting(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_amplitude(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_amplitudes(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_columns(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_preload(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_force_track(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_dynamic_force(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_level(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_frequencies(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_segment(const Words& words);
    [[nodiscard]] std::optional<Refusal> fits_mode(StepKind kind) const;
    [[nodiscard]] std::optional<Refusal> fits_limits(const Step& step) const;
    [[nodiscard]] std::optional<Refusal> amplitude_fits(double value, bool is_strain) const;
    [[nodiscard]] std::optional<Refusal> strain_fits(double strain) const;
    [[nodiscard]] std::optional<Refusal> rate_fits(const Step& step) const;
    void follow_programme(const Step& step);

    MethodLimits limits_;
    SimMethod method_;
    bool has_mode_ = false;
    bool has_clamp_ = false;
    bool has_geometry_ = false;
    bool has_columns_ = false;
    double set_K_;  ///< The set point the programme has reached; decides a ramp's direction.
    /// The same of a strain; nothing where only the instrument knows (after a measured length).
    std::optional<double> strain_ = 0.0;
};

}  // namespace relaxd::simulator
