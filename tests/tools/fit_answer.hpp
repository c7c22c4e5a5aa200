// SPDX-License-Identifier: MIT
//
// Numbers and texts out of the JSON that relaxctl prints, without a parser: the tests read what a
// colleague's script would see.
#pragma once

#include "tests/tools/command.hpp"

#include <cmath>
#include <sstream>
#include <string>

namespace relaxd::test {

/// The text between the end of `key` and the next quote.
inline std::string text_after(const std::string& text, const std::string& key) {
    const std::size_t at = text.find(key);
    REQUIRE(at != std::string::npos);
    const std::size_t from = at + key.size();
    return text.substr(from, text.find('"', from) - from);
}

inline double number_after(const std::string& text, const std::string& key) {
    const std::size_t at = text.find(key);
    REQUIRE(at != std::string::npos);
    double value = std::nan("");
    std::istringstream(text.substr(at + key.size(), 30)) >> value;
    return value;
}

/// The object of one parameter.
inline std::string parameter_of(const std::string& text, const std::string& name) {
    const std::string key = "\"" + name + "\":{";
    const std::size_t at = text.find(key);
    REQUIRE(at != std::string::npos);
    return text.substr(at, text.find('}', at) - at);
}

/// The parameter is known and within `most` of its standard errors of the truth.
inline void check_within(
    const std::string& text, const std::string& name, double truth, double most
) {
    const std::string one = parameter_of(text, name);
    INFO(one);
    const double value = number_after(one, "\"value\":");
    const double error = number_after(one, "\"standard_error\":");
    CHECK(error > 0.0);
    CHECK(std::fabs(value - truth) < most * error);
}

}  // namespace relaxd::test
