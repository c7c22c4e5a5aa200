// SPDX-License-Identifier: MIT
//
// Dual numbers a + b eps, eps^2 = 0, over complex long double: b carries the exact derivative along
// one direction through + - * / exp log, without any step size.
#pragma once

#include "tests/model/simulation.hpp"

#include <complex>

namespace relaxd::test {

struct Dual {
    LongComplex value;
    LongComplex slope;

    // Constants have no slope.
    Dual(LongComplex v = {}, LongComplex s = {}) : value(v), slope(s) {}
    Dual(long double v) : value(v) {}
};

inline Dual operator+(const Dual& a, const Dual& b) {
    return {a.value + b.value, a.slope + b.slope};
}
inline Dual operator-(const Dual& a, const Dual& b) {
    return {a.value - b.value, a.slope - b.slope};
}
inline Dual operator*(const Dual& a, const Dual& b) {
    return {a.value * b.value, a.slope * b.value + a.value * b.slope};
}
inline Dual operator/(const Dual& a, const Dual& b) {
    const LongComplex quotient = a.value / b.value;
    return {quotient, (a.slope - quotient * b.slope) / b.value};
}
inline Dual exp(const Dual& a) {
    const LongComplex e = std::exp(a.value);
    return {e, e * a.slope};
}
inline Dual log(const Dual& a) {
    return {std::log(a.value), a.slope / a.value};
}

/// F of `stretched_exponential` with its slope: on the same fixed contour z = r exp(-i angle), on
/// which only t = exp(ln(z)/beta + ln x) moves.
inline Dual stretched_exponential(const Dual& ln_x, const Dual& beta) {
    const long double pi = std::numbers::pi_v<long double>;
    const long double at = beta.value.real();
    const long double angle = std::min(0.45L * pi, 0.5L * pi * at);
    const LongComplex i{0.0L, 1.0L};
    const long double h = 1.0L / 40.0L;
    const long double top = std::log(60.0L / std::cos(angle));
    const long double low = std::min(0.0L, -at * ln_x.value.real()) - 46.0L;
    Dual sum;
    for (long double y = low; y <= top; y += h) {
        const LongComplex ln_z{y, -angle};
        const LongComplex z = std::exp(ln_z);
        const Dual exponent = Dual(-z) - Dual(i) * exp(Dual(ln_z) / beta + ln_x);
        if (exponent.value.real() >= -80.0L) {
            sum = sum + Dual(z) * exp(exponent);
        }
    }
    return Dual(h) * sum;
}

/// The Gumbel average of `gumbel_average` with its slope.
inline Dual gumbel_average(const Dual& ln_x, const Dual& B) {
    const long double h = 1.0L / 64.0L;
    const LongComplex i{0.0L, 1.0L};
    Dual sum;
    for (long double y = -60.0L; y <= 4.5L; y += h) {
        const long double w = std::exp(y - std::exp(y));
        sum = sum + Dual(w) / (Dual(1.0L) + Dual(i) * exp(ln_x + Dual(y) / B));
    }
    return Dual(h) * sum;
}

}  // namespace relaxd::test
