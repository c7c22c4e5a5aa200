// SPDX-License-Identifier: MIT
#include "tools/ctl/measured_text.hpp"

#include "schema/base/number.hpp"
#include "tools/ctl/verb.hpp"

#include <cmath>

namespace relaxd::ctl {

namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace

Result<model::Measured> measured_from(std::string_view text, const char* option) {
    std::string_view value = text;
    std::string_view sigma = "0";
    for (const std::string_view sign : {std::string_view("+-"), std::string_view("±")}) {
        if (const auto at = text.find(sign); at != std::string_view::npos) {
            value = text.substr(0, at);
            sigma = text.substr(at + sign.size());
        }
    }
    const auto number = to_double(trimmed(value));
    const auto error = to_double(trimmed(sigma));
    if (!number || !error || *error < 0.0) {
        return fail(
            Errc::invalid,
            "\"" + std::string(text) + "\" is not a number with its standard deviation",
            option,
            "for example 2.0e11+-1e9, in SI units"
        );
    }
    return model::Measured{*number, *error};
}

std::string measured_text(double value, double sigma, int digits) {
    const std::string text = rounded(value, digits);
    return std::isfinite(sigma) && sigma > 0.0 ? text + " +- " + rounded(sigma, 2) : text;
}

}  // namespace relaxd::ctl
