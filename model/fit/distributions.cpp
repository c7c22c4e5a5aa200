// SPDX-License-Identifier: MIT
#include "model/fit/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {

namespace {

constexpr double tiny = 1e-300;
constexpr double enough = 1e-15;
constexpr int terms_max = 100000;

/// ln of x^a e^-x / Gamma(a).
double gamma_front(double a, double x) {
    return a * std::log(x) - x - std::lgamma(a);
}

/// P(a, x) = x^a e^-x/Gamma(a + 1) (1 + x/(a+1) + …), for x < a + 1.
double lower_gamma(double a, double x) {
    double term = 1.0 / a;
    double sum = term;
    for (int k = 1; k < terms_max && term > enough * sum; ++k) {
        term *= x / (a + k);
        sum += term;
    }
    return sum * std::exp(gamma_front(a, x));
}

/// Q(a, x) by Lentz's method, for x >= a + 1.
double upper_gamma(double a, double x) {
    double b = x + 1.0 - a;
    double c = 1.0 / tiny;
    double d = 1.0 / b;
    double h = d;
    for (int k = 1; k < terms_max; ++k) {
        const double an = -static_cast<double>(k) * (k - a);
        b += 2.0;
        d = 1.0 / std::copysign(std::max(std::abs(an * d + b), tiny), an * d + b);
        c = b + an / c;
        c = std::copysign(std::max(std::abs(c), tiny), c);
        const double step = d * c;
        h *= step;
        if (std::abs(step - 1.0) < enough) {
            break;
        }
    }
    return h * std::exp(gamma_front(a, x));
}

double away_from_zero(double x) {
    return std::abs(x) < tiny ? tiny : x;
}

/// The continued fraction of I_x(a, b), for x < (a + 1)/(a + b + 2).
double beta_fraction(double a, double b, double x) {
    double c = 1.0;
    double d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    double h = d;
    for (int k = 1; k < terms_max; ++k) {
        const double m = k;
        const double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        h *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        h *= d * c;
        if (std::abs(d * c - 1.0) < enough) {
            break;
        }
    }
    return h;
}

/// The regularised incomplete beta function I_x(a, b).
double incomplete_beta(double a, double b, double x) {
    if (x <= 0.0) {
        return 0.0;
    }
    if (x >= 1.0) {
        return 1.0;
    }
    const double front = std::exp(
        std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x)
    );
    if (x < (a + 1.0) / (a + b + 2.0)) {
        return front * beta_fraction(a, b, x) / a;
    }
    return 1.0 - front * beta_fraction(b, a, 1.0 - x) / b;
}

}  // namespace

double chi2_upper(double chi2, double degrees) {
    const double a = 0.5 * degrees;
    const double x = 0.5 * chi2;
    if (!(x > 0.0)) {
        return 1.0;
    }
    if (std::isinf(x)) {
        return 0.0;
    }
    const double p = x < a + 1.0 ? 1.0 - lower_gamma(a, x) : upper_gamma(a, x);
    return std::clamp(p, 0.0, 1.0);
}

double normal_two_sided(double z) {
    return std::erfc(std::abs(z) / std::numbers::sqrt2);
}

double fisher_upper(double f, double above, double below) {
    if (!(f > 0.0)) {
        return 1.0;
    }
    if (std::isinf(f)) {
        return 0.0;
    }
    const double p = incomplete_beta(0.5 * below, 0.5 * above, below / (below + above * f));
    return std::clamp(p, 0.0, 1.0);
}

double student_975(double degrees) {
    constexpr double normal = 1.959963984540054;
    if (degrees > 1e6) {
        return normal;
    }
    // |t| exceeded with 5 %: t^2 is an F(1, degrees). Bisection in ln t.
    double low = std::log(normal);
    double high = std::log(1e4);
    for (int k = 0; k < 60; ++k) {
        const double middle = 0.5 * (low + high);
        const double t = std::exp(middle);
        (fisher_upper(t * t, 1.0, degrees) > 0.05 ? low : high) = middle;
    }
    return std::exp(0.5 * (low + high));
}

}  // namespace relaxd::model
