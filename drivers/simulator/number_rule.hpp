// SPDX-License-Identifier: MIT
//
// Bounds of the numbers of a plain struct as a table, and their check. Pure.

#pragma once

#include "schema/base/number.hpp"
#include "schema/base/result.hpp"

#include <cmath>
#include <span>
#include <string>
#include <string_view>

namespace relaxd::simulator {

/// One number of a `Body`, by its name.
template <typename Body>
struct NumberRule {
    std::string_view name;
    double Body::* member = nullptr;
    double low = 0.0;
    bool low_allowed = false;
    double high = 0.0;  ///< Allowed.
};

/// `body`, or the error (`invalid`) that names the first number outside of its rule.
template <typename Body>
[[nodiscard]] Result<Body> checked_numbers(
    const Body& body, std::span<const NumberRule<Body>> rules, std::string_view owner
) {
    for (const NumberRule<Body>& rule : rules) {
        const double value = body.*rule.member;
        const bool above = rule.low_allowed ? value >= rule.low : value > rule.low;
        if (!(above && value <= rule.high)) {
            return fail(
                Errc::invalid,
                std::string(owner) + " " + std::string(rule.name) + " is " +
                    (std::isfinite(value) ? to_text(value) : std::string("unknown")) + ", not " +
                    (rule.low_allowed ? "from " : "above ") + to_text(rule.low) + " to " +
                    to_text(rule.high),
                std::string(rule.name),
                "give a number within these limits"
            );
        }
    }
    return body;
}

}  // namespace relaxd::simulator
