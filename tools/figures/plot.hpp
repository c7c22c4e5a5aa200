// SPDX-License-Identifier: MIT
//
// Line plots as SVG text: panels with linear or logarithmic axes, ticks, legend and notes. The same
// figure gives the same bytes; coordinates are rounded to 0.1 px. Pure functions.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace relaxd::figures {

/// One axis; `from` = `to` takes the range of the data.
struct Axis {
    std::string label;  ///< With its unit.
    bool log = false;
    double from = 0.0;
    double to = 0.0;
};

enum class Mark { line, dashed, dotted, points };

struct Curve {
    std::string name;  ///< Empty: not in the legend.
    std::vector<double> x;
    std::vector<double> y;
    Mark mark = Mark::line;
    std::string colour;  ///< "#rrggbb"

    /// Adds one point.
    void add(double at, double value) {
        x.push_back(at);
        y.push_back(value);
    }
};

struct Panel {
    std::string title;
    Axis x;
    Axis y;
    std::vector<Curve> curves;
};

struct Figure {
    std::string name;  ///< File name without ".svg".
    std::string title;
    std::vector<Panel> panels;
    int columns = 1;                 ///< Panels in a row.
    std::vector<std::string> notes;  ///< Below the panels: what was assumed.
};

/// One of eight colours that people with colour-blindness tell apart.
[[nodiscard]] std::string colour(std::size_t index);

/// From blue (cold, 0) to red (hot, 1).
[[nodiscard]] std::string temperature_colour(double place);

/// `value` with `decimals` digits after the point, without locale.
[[nodiscard]] std::string fixed(double value, int decimals);

/// The figure as SVG 1.1. Numbers that are not finite, and on logarithmic axes those that are not
/// positive, interrupt a curve.
[[nodiscard]] std::string svg(const Figure& figure);

}  // namespace relaxd::figures
