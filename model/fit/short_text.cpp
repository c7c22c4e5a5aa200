// SPDX-License-Identifier: MIT
#include "model/fit/short_text.hpp"

#include <array>
#include <charconv>

namespace relaxd::model {

std::string short_text(double value, int digits) {
    std::array<char, 64> text{};
    const auto end = std::to_chars(
        text.data(), text.data() + text.size(), value, std::chars_format::general, digits
    );
    return {text.data(), end.ptr};
}

}  // namespace relaxd::model
