// SPDX-License-Identifier: MIT
//
// From the JSON of one call to typed values: every check of presence, name, type and length.

#pragma once

#include "tools/ctl/eval/fault.hpp"
#include "tools/ctl/eval/function.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::ctl::eval {

namespace json = boost::json;

/// A numeric input: one value, or one for each element of the call.
struct Numbers {
    std::vector<double> values;
    bool is_array = false;

    [[nodiscard]] double at(std::size_t index) const { return values[is_array ? index : 0]; }
};

struct Inputs {
    Fixed fixed;
    std::vector<Numbers> numbers;         ///< Kinds number, scalar and grid, in order.
    std::vector<std::string_view> names;  ///< Of `numbers`.
    std::size_t length = 1;               ///< Elements of the call.
    bool is_array = false;                ///< Any number is.
};

/// Reads the inputs of `function`; every fault names the input, without the function.
[[nodiscard]] Checked<Inputs> read_inputs(const Function& function, const json::object& inputs);

/// The parameters of CONTRACT 3; a fault names the parameter, e.g. `chi_Tg`,
/// `fast_beta[0].tau0_s`.
[[nodiscard]] Checked<model::QpdParameters> read_params(const json::value& value);

/// "; did you mean 'NAME'?", "; known are …" where nothing is near.
[[nodiscard]] std::string suggestion(
    std::string_view word, const std::vector<std::string_view>& known
);

}  // namespace relaxd::ctl::eval
