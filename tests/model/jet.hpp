// SPDX-License-Identifier: MIT
//
// A number with its derivatives in up to nine directions: exact derivatives of a model that is
// written as a template.

#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace relaxd::test {

inline constexpr std::size_t jet_directions = 9;

struct Jet {
    double v = 0.0;
    std::array<double, jet_directions> d{};

    Jet() = default;
    Jet(double value) : v(value) {}
    Jet(double value, std::size_t direction) : v(value) { d.at(direction) = 1.0; }
};

/// f(a) whose derivative there is `slope`.
inline Jet chain(double value, double slope, const Jet& a) {
    Jet out(value);
    for (std::size_t k = 0; k < jet_directions; ++k) {
        out.d[k] = slope * a.d[k];
    }
    return out;
}

inline Jet combine(double value, double p, const Jet& a, double q, const Jet& b) {
    Jet out(value);
    for (std::size_t k = 0; k < jet_directions; ++k) {
        out.d[k] = p * a.d[k] + q * b.d[k];
    }
    return out;
}

inline Jet operator-(const Jet& a) {
    return chain(-a.v, -1.0, a);
}
inline Jet operator+(const Jet& a, const Jet& b) {
    return combine(a.v + b.v, 1.0, a, 1.0, b);
}
inline Jet operator-(const Jet& a, const Jet& b) {
    return combine(a.v - b.v, 1.0, a, -1.0, b);
}
inline Jet operator*(const Jet& a, const Jet& b) {
    return combine(a.v * b.v, b.v, a, a.v, b);
}
inline Jet operator/(const Jet& a, const Jet& b) {
    return combine(a.v / b.v, 1.0 / b.v, a, -a.v / (b.v * b.v), b);
}
inline Jet exp(const Jet& a) {
    return chain(std::exp(a.v), std::exp(a.v), a);
}
inline Jet cos(const Jet& a) {
    return chain(std::cos(a.v), -std::sin(a.v), a);
}
inline Jet sin(const Jet& a) {
    return chain(std::sin(a.v), std::cos(a.v), a);
}
inline Jet atan(const Jet& a) {
    return chain(std::atan(a.v), 1.0 / (1.0 + a.v * a.v), a);
}
inline Jet pow(const Jet& a, const Jet& b) {
    const double value = std::pow(a.v, b.v);
    return combine(value, b.v * value / a.v, a, value * std::log(a.v), b);
}

}  // namespace relaxd::test
