// SPDX-License-Identifier: MIT
//
// One equation of CONTRACT 3 as `relaxctl model eval` calls it: names, kinds and order of its
// inputs, its outputs, its source, and the function that computes them. `all_functions` is the
// whole table; reading, broadcasting and errors are elsewhere (inputs.hpp, call.cpp).

#pragma once

#include "model/qpd/qpd.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::ctl::eval {

enum class Kind : std::uint8_t {
    number,     ///< A number or an array of numbers; broadcasts.
    scalar,     ///< One number, never an array.
    grid,       ///< An array of numbers, the variable of the curve.
    list,       ///< An array of numbers that does not broadcast.
    word,       ///< One of a list of words.
    flag,       ///< true or false.
    params,     ///< The parameters of the model.
    fractions,  ///< {element: fraction}
    pairs,      ///< {"A-B": value}
};

struct Input {
    std::string_view name;
    Kind kind = Kind::number;
    bool required = true;
    double absent = 0.0;          ///< The value of an optional number that is not given.
    bool null_is_absent = false;  ///< null gives `absent` although the input is required.
    std::vector<std::string_view> words;
};

struct Output {
    std::string_view name;
    std::string_view only_with;  ///< Present only where this input is given.
    bool once = false;           ///< One value for a whole curve, not one for each of its points.
    bool may_be_null = false;    ///< NaN is then "there is none".
};

/// What does not broadcast, read and typed.
struct Fixed {
    model::QpdParameters params;
    std::string word;  ///< form, formulation or direction: a function has one at most.
    bool flag = false;
    std::vector<double> list;
    std::map<std::string, double> fractions;
    std::map<std::string, double> pairs_kJ_mol;
    std::vector<bool> given;  ///< By place in Function::inputs.
};

/// What the caller should know about numbers that were computed all the same. One sentence a kind.
class Notes {
  public:
    /// Keeps the first sentence of each kind and counts the others.
    void add(std::string_view kind, std::string sentence);
    [[nodiscard]] std::vector<std::string> sentences() const;

  private:
    struct Note {
        std::string_view kind;
        std::string sentence;
        std::size_t count = 0;
    };
    std::vector<Note> notes_;
};

/// One element: `x` has a value for every input of kind number or scalar, in order; `y` takes one
/// for every output, in order (those without their `only_with` are ignored).
using Each =
    Result<void> (*)(const Fixed& in, std::span<const double> x, std::span<double> y, Notes& notes);

/// A whole curve at fixed other inputs: `x` as in Each without the curve's variable, `curve` its
/// values; `y[k]` has the curve's length, or 1 for an output that is there once.
using Curve = Result<void> (*)(
    const Fixed& in,
    std::span<const double> x,
    std::span<const double> curve,
    std::vector<std::vector<double>>& y,
    Notes& notes
);

struct Function {
    std::string_view name;
    std::vector<Input> inputs;
    std::vector<Output> outputs;
    std::string_view source;
    Each each = nullptr;
    Curve curve = nullptr;
    std::string_view variable;             ///< Of the curve.
    bool not_negative = false;             ///< The variable must be 0 or more,
    bool ascending = false;                ///< and not fall.
    std::vector<std::string_view> one_of;  ///< At least one of these must be given.
};

/// The functions of CONTRACT 3 in its order.
[[nodiscard]] const std::vector<Function>& all_functions();

// The parts of the table (laws.cpp, spread.cpp, material.cpp, forms.cpp).
[[nodiscard]] std::vector<Function> law_functions();
[[nodiscard]] std::vector<Function> spread_functions();
[[nodiscard]] std::vector<Function> material_functions();
[[nodiscard]] std::vector<Function> form_functions();

// Words of the table.
[[nodiscard]] inline Input number(std::string_view name) {
    return {name};
}
[[nodiscard]] inline Input optional_number(std::string_view name, double absent = 0.0) {
    return {name, Kind::number, false, absent};
}
[[nodiscard]] inline Input of_kind(Kind kind, std::string_view name) {
    return {name, kind};
}
[[nodiscard]] inline Input word(std::string_view name, std::vector<std::string_view> words) {
    Input input{name, Kind::word};
    input.words = std::move(words);
    return input;
}

inline constexpr double infinite = std::numeric_limits<double>::infinity();

/// Notes that tau_beta <= t0, where the model has no meaning and the formulas still have values.
void note_fast_beta_time(double ln_tau_beta, double t0_s, Notes& notes);

/// Puts `value` into `to`, or passes its error on.
[[nodiscard]] inline Result<void> put(const Result<double>& value, double& to) {
    if (!value) {
        return fail(value.error());
    }
    to = *value;
    return {};
}

}  // namespace relaxd::ctl::eval
