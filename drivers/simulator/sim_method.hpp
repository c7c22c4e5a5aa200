// SPDX-License-Identifier: MIT
//
// The method as the instrument holds it: method lines in, checked segments out
// (docs/protocols/q800_class.md, section 3). The simulator's own parser. SI.

#pragma once

#include "drivers/simulator/bench.hpp"
#include "drivers/simulator/clamp.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::simulator {

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
};

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
    bool storage_on = true;
};

struct SimMethod {
    SimMethod() = default;
    bool creep = false;
    bool needs_frequencies = false;
    Mounting mounting;
    double amplitude_m = 0.0;
    std::vector<double> frequencies_Hz;  ///< Ascending.
    std::vector<Step> steps;

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
    [[nodiscard]] std::optional<Refusal> take_amplitude(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_frequencies(const Words& words);
    [[nodiscard]] std::optional<Refusal> take_segment(const Words& words);
    [[nodiscard]] std::optional<Refusal> fits_mode(StepKind kind) const;

    MethodLimits limits_;
    SimMethod method_;
    bool has_mode_ = false;
    bool has_clamp_ = false;
    bool has_geometry_ = false;
    bool has_amplitude_ = false;
    double set_K_;  ///< The set point the programme has reached; decides a ramp's direction.
};

}  // namespace relaxd::simulator
