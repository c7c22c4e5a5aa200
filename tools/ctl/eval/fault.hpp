// SPDX-License-Identifier: MIT
//
// Why one element of a batch has no outputs: the codes of CONTRACT 3 and the input to blame.

#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd::ctl::eval {

enum class Code : std::uint8_t {
    unknown_function,
    missing_input,
    unknown_input,
    bad_type,
    bad_length,
    domain,
    overflow,
    not_converged,
};
[[nodiscard]] std::string_view to_word(Code code);

struct Fault {
    Code code = Code::domain;
    std::string message;
    std::string input;  ///< Empty where no input is to blame (null in JSON).
};

template <typename T>
using Checked = Result<T, Fault>;

[[nodiscard]] inline tl::unexpected<Fault> blame(
    Code code, std::string_view input, std::string message
) {
    return tl::unexpected<Fault>(Fault{code, std::move(message), std::string(input)});
}
[[nodiscard]] inline tl::unexpected<Fault> blame(Fault fault) {
    return tl::unexpected<Fault>(std::move(fault));
}

}  // namespace relaxd::ctl::eval
