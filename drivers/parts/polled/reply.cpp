// SPDX-License-Identifier: MIT
#include "drivers/parts/polled/reply.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace relaxd::drivers::parts {

std::optional<std::string_view> line_of(std::string_view frame, std::string_view terminator) {
    if (!frame.ends_with(terminator)) {
        return std::nullopt;
    }
    frame.remove_suffix(terminator.size());
    const bool is_text = std::ranges::all_of(frame, [](char c) { return c >= ' ' && c <= '~'; });
    return is_text ? std::optional(frame) : std::nullopt;
}

std::optional<std::vector<double>> numbers_in(
    std::string_view line, char separator, std::size_t count
) {
    std::vector<double> numbers;
    while (true) {
        const std::size_t end = line.find(separator);
        const std::optional<double> number = to_double(line.substr(0, end));
        if (!number) {
            return std::nullopt;
        }
        numbers.push_back(*number);
        if (end == std::string_view::npos) {
            break;
        }
        line.remove_prefix(end + 1);
    }
    return numbers.size() == count ? std::optional(std::move(numbers)) : std::nullopt;
}

std::string fixed_text(double value, int decimals) {
    std::array<char, 400> text{};  // the largest double has 309 digits
    const auto end = std::to_chars(
        text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals
    );
    return std::string(text.data(), end.ptr);
}

std::optional<std::size_t> place_of(std::span<const double> table, double value) {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (std::abs(table[i] - value) <= 1e-6 * table[i]) {
            return i;
        }
    }
    return std::nullopt;
}

Result<std::string> chosen(
    const std::map<std::string, std::string>& options,
    const std::string& key,
    const std::vector<std::string>& words
) {
    const auto found = options.find(key);
    if (found == options.end()) {
        return words.front();
    }
    if (std::ranges::find(words, found->second) == words.end()) {
        std::string known;
        for (const std::string& word : words) {
            known += (known.empty() ? "" : ", ") + word;
        }
        return fail(
            Errc::invalid,
            "'" + found->second + "' is none of the words for it",
            key,
            "one of: " + known
        );
    }
    return found->second;
}

}  // namespace relaxd::drivers::parts
