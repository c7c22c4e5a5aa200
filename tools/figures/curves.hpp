// SPDX-License-Identifier: MIT
//
// What the figures share: grids, peaks, straight lines, minima, and the book of figures with the
// numbers that docs/physics.md quotes. Plain functions; an equation that answers with an error ends
// the program through `Trouble`.

#pragma once

#include "model/qpd/qpd.hpp"
#include "schema/base/result.hpp"
#include "tools/figures/plot.hpp"

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::figures {

/// One line of the table: what the paper says, what the library gives.
struct Number {
    std::string figure;
    std::string quantity;
    std::string paper;
    std::string library;
    std::string remark;
};

struct Book {
    std::vector<Figure> figures;
    std::vector<Number> numbers;
};

struct Trouble : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The value, or the end of the program with the error's sentence.
template <typename T>
[[nodiscard]] T need(Result<T> result) {
    if (!result) {
        throw Trouble(result.error().sentence());
    }
    return *std::move(result);
}

/// S1 Table 1 with B = 1 (assumed, E1-13), from the built-in material.
[[nodiscard]] model::QpdParameters la60ni15al25();

/// `count` values from `from` to `to`, equally spaced, or by equal factors.
[[nodiscard]] std::vector<double> linear(double from, double to, int count);
[[nodiscard]] std::vector<double> logarithmic(double from, double to, int count);

using Function = std::function<double(double)>;

/// Place of the first maximum inside the range that a walk in `step` finds, refined to 1e-6 of the
/// range; nothing where the function rises or falls all the way.
[[nodiscard]] std::optional<double> first_maximum(
    const Function& f, double from, double to, double step
);
/// All maxima along the walk, unrefined.
[[nodiscard]] std::vector<double> maxima(
    const Function& f, double from, double to, double step, double least
);
/// Place of the minimum of a function with one minimum.
[[nodiscard]] double minimum(const Function& f, double from, double to);
/// Place of the zero between two values of different sign.
[[nodiscard]] double zero(const Function& f, double from, double to);

struct Line {
    double slope = 0.0;
    double intercept = 0.0;
};
/// Least squares.
[[nodiscard]] Line line_through(const std::vector<double>& x, const std::vector<double>& y);

inline constexpr double eV_J_mol = 96485.332;  ///< 1 eV a particle.

}  // namespace relaxd::figures
