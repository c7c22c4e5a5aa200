// SPDX-License-Identifier: MIT
//
// Dual numbers: a value with its exact derivatives along N directions, for marches whose
// derivatives a fit needs. Written so that a template runs with plain `double` as well.

#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace relaxd::model {

template <std::size_t N>
struct Dual {
    double value = 0.0;
    std::array<double, N> slope{};

    Dual() = default;
    Dual(double v) : value(v) {}  // NOLINT(google-explicit-constructor): constants have no slope

    /// The variable of direction `n`.
    [[nodiscard]] static Dual variable(double v, std::size_t n) {
        Dual out(v);
        out.slope[n] = 1.0;
        return out;
    }

    Dual& operator+=(const Dual& b) {
        value += b.value;
        for (std::size_t k = 0; k < N; ++k) {
            slope[k] += b.slope[k];
        }
        return *this;
    }
    Dual& operator-=(const Dual& b) {
        value -= b.value;
        for (std::size_t k = 0; k < N; ++k) {
            slope[k] -= b.slope[k];
        }
        return *this;
    }
    Dual& operator*=(const Dual& b) {
        for (std::size_t k = 0; k < N; ++k) {
            slope[k] = slope[k] * b.value + value * b.slope[k];
        }
        value *= b.value;
        return *this;
    }
    Dual& operator/=(const Dual& b) {
        value /= b.value;
        for (std::size_t k = 0; k < N; ++k) {
            slope[k] = (slope[k] - value * b.slope[k]) / b.value;
        }
        return *this;
    }
    Dual& operator*=(double b) {
        value *= b;
        for (double& s : slope) {
            s *= b;
        }
        return *this;
    }

    friend Dual operator+(Dual a, const Dual& b) { return a += b; }
    friend Dual operator-(Dual a, const Dual& b) { return a -= b; }
    friend Dual operator*(Dual a, const Dual& b) { return a *= b; }
    friend Dual operator*(Dual a, double b) { return a *= b; }
    friend Dual operator*(double a, Dual b) { return b *= a; }
    friend Dual operator/(Dual a, const Dual& b) { return a /= b; }
    friend Dual operator-(Dual a) { return a *= -1.0; }
};

/// f(a) with f'(a) known.
template <std::size_t N>
[[nodiscard]] Dual<N> chain(double f, double derivative, const Dual<N>& a) {
    Dual<N> out(f);
    for (std::size_t k = 0; k < N; ++k) {
        out.slope[k] = derivative * a.slope[k];
    }
    return out;
}

template <std::size_t N>
[[nodiscard]] Dual<N> exp(const Dual<N>& a) {
    const double e = std::exp(a.value);
    return chain(e, e, a);
}
template <std::size_t N>
[[nodiscard]] Dual<N> expm1(const Dual<N>& a) {
    const double e = std::expm1(a.value);
    return chain(e, e + 1.0, a);
}
template <std::size_t N>
[[nodiscard]] Dual<N> log(const Dual<N>& a) {
    return chain(std::log(a.value), 1.0 / a.value, a);
}

[[nodiscard]] inline double value_of(double a) {
    return a;
}
template <std::size_t N>
[[nodiscard]] double value_of(const Dual<N>& a) {
    return a.value;
}

}  // namespace relaxd::model
