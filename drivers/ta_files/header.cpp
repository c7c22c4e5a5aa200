// SPDX-License-Identifier: MIT
#include "drivers/ta_files/header.hpp"

#include "schema/base/number.hpp"

#include <optional>

namespace relaxd::ta_files {

namespace {

constexpr std::size_t signals_max = 200;
constexpr std::uint64_t segments_max = 10'000;

/// "3: Ramp 10.00 °C/min to 180.00 °C" by its number.
void put_planned(Header& header, std::string_view value) {
    const std::size_t colon = value.find(':');
    if (colon == std::string_view::npos) {
        return;
    }
    const auto number = to_count(trimmed(value.substr(0, colon)));
    if (number && *number >= 1 && *number <= segments_max) {
        header.planned[static_cast<int>(*number)] = std::string(trimmed(value.substr(colon + 1)));
    }
}

/// "2022-02-22", "17:09:26" counted as if they were UTC; 0 if they are not of that form.
UtcTime local_time(const std::string& date, const std::string& time) {
    const auto year = to_count(std::string_view(date).substr(0, 4));
    if (date.size() != 10 || time.size() != 8 || !year || *year < 1970 || *year > 2200) {
        return UtcTime{};
    }
    const UtcTime utc = utc_from_text(date + "T" + time + ".000000Z");
    return utc.ns < 0 ? UtcTime{} : utc;
}

tl::unexpected<Error> bad(std::string message, std::string_view source, std::size_t line) {
    return fail(
        Errc::corrupt,
        std::move(message),
        std::string(source) + ":" + std::to_string(line),
        "the file is damaged or cut; export it again"
    );
}

/// The signals Sig1 … SigN, as many as Nsig says.
Result<std::vector<Signal>> signals_of(
    const std::map<int, Signal>& found, std::optional<std::uint64_t> count, std::string_view source
) {
    if (!count || *count == 0 || *count > signals_max) {
        return bad("the header has no usable Nsig (number of signals)", source, 1);
    }
    std::vector<Signal> signals;
    for (int i = 1; i <= static_cast<int>(*count); ++i) {
        const auto place = found.find(i);
        if (place == found.end()) {
            return bad(
                "the header says Nsig " + std::to_string(*count) + " and has no Sig" +
                    std::to_string(i),
                source,
                1
            );
        }
        signals.push_back(place->second);
    }
    return signals;
}

}  // namespace

Result<Header> read_header(
    std::span<const std::string_view> lines, char separator, std::string_view source
) {
    Header header;
    if (lines.empty() || (lines[0] != "CLOSED" && lines[0] != "OPEN")) {
        return bad("the first word is neither CLOSED nor OPEN", source, 1);
    }
    header.closed = lines[0] == "CLOSED";
    std::map<int, Signal> signals;
    std::optional<std::uint64_t> count;
    for (const std::string_view line : lines.subspan(1)) {
        const std::size_t end = line.find(separator);
        const std::string_view key = trimmed(line.substr(0, end));
        const std::string_view value =
            end == std::string_view::npos ? std::string_view{} : trimmed(line.substr(end + 1));
        const auto signal =
            key.starts_with("Sig") ? to_count(key.substr(3)) : std::optional<std::uint64_t>{};
        if (key == "Nsig") {
            count = to_count(value);
        } else if (signal && *signal >= 1 && *signal <= signals_max) {
            signals[static_cast<int>(*signal)] = signal_from(value);
        } else if (key == "OrgMethod") {
            put_planned(header, value);
        } else {
            std::string text(value);
            for (char& c : text) {
                c = c == '\t' ? ' ' : c;
            }
            header.facts.put(key, text);
        }
    }
    Result<std::vector<Signal>> all = signals_of(signals, count, source);
    if (!all) {
        return fail(all.error());
    }
    header.signals = std::move(*all);
    header.started = local_time(header.facts.get("Date"), header.facts.get("Time"));
    return header;
}

std::map<std::string, std::string> keys_of(const Header& header) {
    std::map<std::string, std::string> keys = header.facts.all();
    for (const auto& [number, text] : header.planned) {
        keys["OrgMethod " + std::to_string(number)] = text;
    }
    return keys;
}

Loading loading_of(const Facts& facts, Loading otherwise) {
    for (const auto& [key, value] : facts.all()) {
        const std::string name = lower_case(key);
        const bool of_clamp = name.find("clamp") != std::string::npos ||
                              name.find("geometry") != std::string::npos ||
                              name.find("module") != std::string::npos;
        if (of_clamp && lower_case(value).find("shear") != std::string::npos) {
            return Loading::shear;
        }
    }
    return otherwise;
}

}  // namespace relaxd::ta_files
