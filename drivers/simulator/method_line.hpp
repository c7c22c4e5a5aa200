// SPDX-License-Identifier: MIT
//
// What the lines of a method are made of (docs/protocols/q800_class.md, section 3): KEY=VALUE with
// bounds, and the keys of each segment. Used by MethodReader only. SI, plain values.

#pragma once

#include "drivers/simulator/sim_method.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd::simulator {

using Pairs = std::map<std::string, std::string, std::less<>>;

/// A refusal with code `method`.
[[nodiscard]] Refusal bad(std::string text);

/// Nothing within the bounds (up to rounding), else a refusal with code `limit` that names them.
[[nodiscard]] std::optional<Refusal> within(
    double value, double low, double high, std::string_view what, std::string_view unit
);

/// Reads the keys that a line needs; keeps the first refusal. The pairs must outlive it.
class LineReader {
  public:
    LineReader(const Pairs& pairs, const MethodLimits& limits) : pairs_(pairs), limits_(limits) {}

    [[nodiscard]] double number(std::string_view key);
    [[nodiscard]] double positive(std::string_view key);
    /// Any number but 0.
    [[nodiscard]] double nonzero(std::string_view key);
    [[nodiscard]] double limited(
        std::string_view key, double low, double high, std::string_view unit
    );
    [[nodiscard]] double temperature_K();
    /// A dimension; nothing happens where it is `-`.
    void length_if_given(std::string_view key, double low_m, double& length_m);

    [[nodiscard]] bool has(std::string_view key) const { return pairs_.contains(key); }
    /// `-`: the host does not know it.
    [[nodiscard]] bool is_absent(std::string_view key) const;
    [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

  private:
    const Pairs& pairs_;
    const MethodLimits& limits_;
    std::optional<Refusal> refusal_;
};

[[nodiscard]] std::optional<StepKind> step_from(std::string_view word);

/// Fills `step` from the keys of its line.
void read_step(LineReader& read, Step& step);

/// Frequencies are 0.01 to 200 Hz (Q800 brochure).
[[nodiscard]] std::optional<Refusal> frequency_fits(double frequency_Hz);

}  // namespace relaxd::simulator
