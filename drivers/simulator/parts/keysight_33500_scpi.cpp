// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/keysight_33500_scpi.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace relaxd::simulator::scpi {
namespace {

struct Word {
    std::string_view in_short;
    std::string_view in_long;
};

// The nodes that it knows; a header is compared by their short forms.
constexpr std::array words{
    Word{"SOUR", "SOURCE"},   Word{"FREQ", "FREQUENCY"}, Word{"VOLT", "VOLTAGE"},
    Word{"OFFS", "OFFSET"},   Word{"FUNC", "FUNCTION"},  Word{"OUTP", "OUTPUT"},
    Word{"LOAD", "LOAD"},     Word{"STAT", "STATE"},     Word{"UNIT", "UNIT"},
    Word{"PHAS", "PHASE"},    Word{"SYST", "SYSTEM"},    Word{"ERR", "ERROR"},
    Word{"SYNC", "SYNC"},     Word{"AMPL", "AMPLITUDE"}, Word{"LEV", "LEVEL"},
    Word{"IMM", "IMMEDIATE"}, Word{"CW", "CW"},          Word{"FIX", "FIXED"},
    Word{"NEXT", "NEXT"},     Word{"VERS", "VERSION"},   Word{"APPL", "APPLY"},
    Word{"SIN", "SINUSOID"},  Word{"SHAP", "SHAPE"},     Word{"LOC", "LOCAL"},
    Word{"REM", "REMOTE"},    Word{"RWL", "RWLOCK"},     Word{"COMM", "COMMUNICATE"},
    Word{"TCP", "TCPIP"},     Word{"CONT", "CONTROL"},   Word{"BEEP", "BEEPER"},
};

}  // namespace

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
        text.remove_suffix(1);
    }
    return text;
}

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t end = text.find(at); end != std::string_view::npos;
         end = text.find(at, begin)) {
        parts.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    parts.emplace_back(text.substr(begin));
    return parts;
}

std::string shown(double value) {
    std::array<char, 40> text{};
    const int size = std::snprintf(text.data(), text.size(), "%+.13E", value);
    return std::string(text.data(), static_cast<std::size_t>(size));
}

Header header_of(const std::vector<std::string>& nodes) {
    Header header;
    std::vector<std::string> kept;
    for (const std::string& node : nodes) {
        const std::size_t digits = node.find_last_not_of("0123456789") + 1;
        if (digits < node.size()) {
            header.channel = static_cast<int>(
                std::min<std::uint64_t>(to_count(node.substr(digits)).value_or(99), 99)
            );
        }
        const std::string letters = upper(std::string_view(node).substr(0, digits));
        const auto found = std::ranges::find_if(words, [&letters](const Word& word) {
            return letters == word.in_short || letters == word.in_long;
        });
        if (found == words.end()) {
            header.is_known = false;
            return header;
        }
        kept.emplace_back(found->in_short);
    }
    if (kept.size() > 1 && kept.front() == "SOUR") {
        kept.erase(kept.begin());
    }
    const std::array<std::string_view, 8> optional{
        "LEV", "IMM", "AMPL", "CW", "FIX", "STAT", "NEXT", "SHAP"
    };
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (i > 0 && std::ranges::find(optional, kept[i]) != optional.end()) {
            continue;
        }
        header.name += header.name.empty() ? kept[i] : ":" + kept[i];
    }
    return header;
}

std::optional<double> number_of(std::string_view argument, std::string_view unit) {
    const std::string text = upper(trimmed(argument));
    std::size_t end = text.find_first_not_of("+-.0123456789E");
    if (end == std::string::npos) {
        return to_double(text);
    }
    while (end > 0 && text[end - 1] == 'E') {
        --end;  // the E of a unit is none of an exponent
    }
    const auto number = to_double(trimmed(std::string_view(text).substr(0, end)));
    std::string_view suffix = trimmed(std::string_view(text).substr(end));
    if (!number || !suffix.ends_with(unit)) {
        return std::nullopt;
    }
    suffix.remove_suffix(unit.size());
    if (suffix.empty()) {
        return number;
    }
    const bool is_hertz = unit == "HZ";
    const std::array<std::pair<std::string_view, double>, 4> scales{
        {{"U", 1e-6}, {"M", is_hertz ? 1e6 : 1e-3}, {"K", 1e3}, {"MA", 1e6}}
    };
    for (const auto& [word, factor] : scales) {
        if (suffix == word) {
            return *number * factor;
        }
    }
    return std::nullopt;
}

}  // namespace relaxd::simulator::scpi
