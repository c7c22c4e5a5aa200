// SPDX-License-Identifier: MIT
//
// libFuzzer on the method language: any text is a method or one error with a sentence; never a
// crash. What is a method can be unrolled or refused.
#include "schema/method/method.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto method = relaxd::method::parse(text);
    if (method) {
        (void)relaxd::method::expand(*method);  // either answer is fine here
    } else if (method.error().message.empty()) {
        std::abort();
    }
    const auto segment = relaxd::method::parse_sentence(text);
    if (!segment && segment.error().message.empty()) {
        std::abort();
    }
    return 0;
}
