// SPDX-License-Identifier: MIT
//
// What every equation asks of its inputs, and says of its result: errors whose `where` is the
// contract's name of the input and whose message names input, value and bound.

#pragma once

#include "schema/base/number.hpp"
#include "schema/base/result.hpp"

#include <cmath>
#include <string>
#include <string_view>

namespace relaxd::model {

/// `value` as text, also where it is not a number.
[[nodiscard]] inline std::string shown(double value) {
    return std::isfinite(value) ? to_text(value) : std::string("not finite");
}

/// `Errc::invalid`: "NAME is VALUE and must be BOUND".
[[nodiscard]] inline tl::unexpected<Error> out_of_domain(
    std::string_view name, double value, std::string_view bound
) {
    return fail(
        Errc::invalid,
        std::string(name) + " is " + shown(value) + " and must be " + std::string(bound),
        std::string(name)
    );
}

[[nodiscard]] inline Result<void> need_finite(std::string_view name, double value) {
    if (std::isfinite(value)) {
        return {};
    }
    return out_of_domain(name, value, "a finite number");
}

[[nodiscard]] inline Result<void> need_positive(std::string_view name, double value) {
    if (std::isfinite(value) && value > 0.0) {
        return {};
    }
    return out_of_domain(name, value, "positive and finite");
}

[[nodiscard]] inline Result<void> need_not_negative(std::string_view name, double value) {
    if (std::isfinite(value) && value >= 0.0) {
        return {};
    }
    return out_of_domain(name, value, "0 or more and finite");
}

/// Strictly between 0 and 1: chi, and exponents that must not be Debye's.
[[nodiscard]] inline Result<void> need_fraction(std::string_view name, double value) {
    if (value > 0.0 && value < 1.0) {
        return {};
    }
    return out_of_domain(name, value, "between 0 and 1, both excluded");
}

/// `Errc::overflow` of `output`, blaming the input `name` of `value`.
[[nodiscard]] inline tl::unexpected<Error> out_of_range(
    std::string_view output, std::string_view name, double value
) {
    return fail(
        Errc::overflow,
        std::string(output) + " leaves the range of double (1.8e308) at " + std::string(name) +
            " = " + shown(value),
        std::string(name)
    );
}

/// `result` where it is finite, else `out_of_range`.
[[nodiscard]] inline Result<double> in_range(
    double result, std::string_view output, std::string_view name, double value
) {
    if (std::isfinite(result)) {
        return result;
    }
    return out_of_range(output, name, value);
}

/// The first of several checks that fails.
template <typename... Checks>
[[nodiscard]] Result<void> all_of(Result<void> first, Checks... rest) {
    if (!first) {
        return first;
    }
    if constexpr (sizeof...(rest) == 0) {
        return {};
    } else {
        return all_of(std::move(rest)...);
    }
}

}  // namespace relaxd::model
