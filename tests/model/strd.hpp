// SPDX-License-Identifier: MIT
//
// The 27 nonlinear problems of NIST's Statistical Reference Datasets (public domain): their files
// in tests/model/strd, their models as templates over the number, so that any solver's derivative
// type goes through the same code.

#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

namespace relaxd::test {

inline constexpr std::array strd_names = {
    "Misra1a", "Chwirut2", "Chwirut1", "Lanczos3", "Gauss1", "Gauss2",   "DanWood",
    "Misra1b", "Kirby2",   "Hahn1",    "Nelson",   "MGH17",  "Lanczos1", "Lanczos2",
    "Gauss3",  "Misra1c",  "Misra1d",  "Roszman1", "ENSO",   "MGH09",    "Thurber",
    "BoxBOD",  "Rat42",    "MGH10",    "Eckerle4", "Rat43",  "Bennett5",
};

struct StrdProblem {
    std::string name;
    std::array<std::vector<double>, 2> starts;
    std::vector<double> certified;
    std::vector<double> certified_sd;
    double rss = 0.0;
    std::vector<double> y;  ///< Nelson: its logarithm, as the certified model is of log y.
    std::vector<std::array<double, 2>> x;
};

/// Empty (no rows) where the file cannot be read.
inline StrdProblem read_strd(const std::string& folder, const std::string& name) {
    StrdProblem out;
    out.name = name;
    std::ifstream file(folder + "/" + name + ".txt");
    std::string line;
    std::size_t parameters = 0;
    while (std::getline(file, line)) {
        if (line.empty() || line[0] == '#') {
            continue;
        }
        std::istringstream words(line);
        std::string first;
        words >> first;
        if (first == "parameters") {
            words >> parameters;
        } else if (first == "rss") {
            words >> out.rss;
        } else if (first == "rows") {
            continue;
        } else {
            std::istringstream numbers(line);
            std::vector<double> row;
            for (double v = 0.0; numbers >> v;) {
                row.push_back(v);
            }
            if (out.certified.size() < parameters && row.size() == 4) {
                out.starts[0].push_back(row[0]);
                out.starts[1].push_back(row[1]);
                out.certified.push_back(row[2]);
                out.certified_sd.push_back(row[3]);
            } else if (row.size() >= 2) {
                out.y.push_back(name == "Nelson" ? std::log(row[0]) : row[0]);
                out.x.push_back({row[1], row.size() > 2 ? row[2] : 0.0});
            }
        }
    }
    return out;
}

/// The model of `name` at b and x; exp, log, cos, sin, atan, pow of T are found by its namespace.
template <class T>
T strd_model(const std::string& name, const T* b, const std::array<double, 2>& at) {
    using std::atan;
    using std::cos;
    using std::exp;
    using std::pow;
    using std::sin;
    const double x = at[0];
    const double pi = std::numbers::pi;
    if (name == "Misra1a" || name == "BoxBOD") {
        return b[0] * (1.0 - exp(-b[1] * x));
    }
    if (name == "Chwirut1" || name == "Chwirut2") {
        return exp(-b[0] * x) / (b[1] + b[2] * x);
    }
    if (name.compare(0, 7, "Lanczos") == 0) {
        return b[0] * exp(-b[1] * x) + b[2] * exp(-b[3] * x) + b[4] * exp(-b[5] * x);
    }
    if (name.compare(0, 5, "Gauss") == 0) {
        const T u = (x - b[3]) / b[4];
        const T v = (x - b[6]) / b[7];
        return b[0] * exp(-b[1] * x) + b[2] * exp(-u * u) + b[5] * exp(-v * v);
    }
    if (name == "DanWood") {
        return b[0] * exp(b[1] * std::log(x));
    }
    if (name == "Misra1b") {
        const T d = 1.0 + b[1] * (0.5 * x);
        return b[0] * (1.0 - 1.0 / (d * d));
    }
    if (name == "Misra1c") {
        return b[0] * (1.0 - pow(1.0 + b[1] * (2.0 * x), -0.5));
    }
    if (name == "Misra1d") {
        return b[0] * b[1] * x / (1.0 + b[1] * x);
    }
    if (name == "Kirby2") {
        return (b[0] + x * (b[1] + x * b[2])) / (1.0 + x * (b[3] + x * b[4]));
    }
    if (name == "Hahn1" || name == "Thurber") {
        return (b[0] + x * (b[1] + x * (b[2] + x * b[3]))) /
               (1.0 + x * (b[4] + x * (b[5] + x * b[6])));
    }
    if (name == "Nelson") {
        return b[0] - b[1] * x * exp(-b[2] * at[1]);
    }
    if (name == "MGH17") {
        return b[0] + b[1] * exp(-x * b[3]) + b[2] * exp(-x * b[4]);
    }
    if (name == "Roszman1") {
        return b[0] - b[1] * x - atan(b[2] / (x - b[3])) / pi;
    }
    if (name == "ENSO") {
        const double year = 2.0 * pi * x / 12.0;
        const T u = 2.0 * pi * x / b[3];
        const T v = 2.0 * pi * x / b[6];
        return b[0] + b[1] * std::cos(year) + b[2] * std::sin(year) + b[4] * cos(u) +
               b[5] * sin(u) + b[7] * cos(v) + b[8] * sin(v);
    }
    if (name == "MGH09") {
        return b[0] * (x * x + x * b[1]) / (x * x + x * b[2] + b[3]);
    }
    if (name == "Rat42") {
        return b[0] / (1.0 + exp(b[1] - b[2] * x));
    }
    if (name == "MGH10") {
        return b[0] * exp(b[1] / (x + b[2]));
    }
    if (name == "Eckerle4") {
        const T u = (x - b[2]) / b[1];
        return b[0] / b[1] * exp(-0.5 * u * u);
    }
    if (name == "Rat43") {
        return b[0] / pow(1.0 + exp(b[1] - b[2] * x), 1.0 / b[3]);
    }
    return b[0] * pow(b[1] + x, -1.0 / b[2]);  // Bennett5
}

/// Digits that agree, at most 11 (so many are certified); 0 where nothing does.
inline double log_relative_error(double value, double certified) {
    const double relative = std::abs(value - certified) / std::abs(certified);
    if (!std::isfinite(relative)) {
        return 0.0;
    }
    return std::max(0.0, std::min(11.0, -std::log10(std::max(relative, 1e-16))));
}

}  // namespace relaxd::test
