// SPDX-License-Identifier: MIT
#include "drivers/parts/lake_shore/protocol.hpp"

#include "drivers/parts/polled/reply.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace relaxd::drivers::parts::lake_shore {

namespace {

constexpr unsigned most_count = 999;
constexpr std::size_t most_fields = 8;

constexpr std::array<Model, 3> known{
    Model{"MODEL335", "335", "AB", 2, 3},
    Model{"MODEL336", "336", "ABCD", 4, 3},
    Model{"MODEL350", "350", "ABCD", 4, 5}
};

std::vector<std::string_view> fields_of(std::string_view text) {
    std::vector<std::string_view> fields;
    while (fields.size() < most_fields) {
        const std::size_t end = text.find(',');
        fields.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            break;
        }
        text.remove_prefix(end + 1);
    }
    return fields;
}

std::optional<unsigned> to_unsigned(std::string_view text) {
    const auto count = to_count(text);
    return count && *count <= most_count ? std::optional(static_cast<unsigned>(*count))
                                         : std::nullopt;
}

/// So many whole numbers, nothing else.
std::optional<std::vector<unsigned>> counts_in(std::string_view frame, std::size_t many) {
    const auto text = text_of(frame);
    if (!text) {
        return std::nullopt;
    }
    std::vector<unsigned> counts;
    for (const std::string_view field : fields_of(*text)) {
        const auto count = to_unsigned(field);
        if (!count) {
            return std::nullopt;
        }
        counts.push_back(*count);
    }
    return counts.size() == many ? std::optional(std::move(counts)) : std::nullopt;
}

}  // namespace

std::span<const Model> models() {
    return known;
}

const Model* find_model(std::string_view word) {
    const auto* const found = std::ranges::find(known, word, &Model::word);
    return found == known.end() ? nullptr : found;
}

Result<void> check_terminals(const Model& model, std::string_view channel, int output, int range) {
    const std::string who = "a Lake Shore " + std::string(model.number);
    if (model.inputs.find(channel.front()) == std::string_view::npos) {
        return fail(
            Errc::refused,
            who + " has no input " + std::string(channel),
            "channel",
            "its inputs are " + std::string(model.inputs)
        );
    }
    if (output > model.outputs) {
        return fail(
            Errc::refused,
            who + " has no output " + std::to_string(output),
            "output",
            "its outputs are 1 to " + std::to_string(model.outputs)
        );
    }
    const int most = is_heater_output(output) ? model.most_range : 1;
    if (range > most) {
        return fail(
            Errc::refused,
            who + " has no range " + std::to_string(range) + " at output " + std::to_string(output),
            "range",
            "its ranges there are 1 to " + std::to_string(most)
        );
    }
    return {};
}

std::optional<std::string_view> text_of(std::string_view frame) {
    return line_of(frame, frame.ends_with("\r\n") ? "\r\n" : terminator);
}

bool is_blank(std::string_view frame) {
    return frame == "\r\n" || frame == "\n";
}

std::optional<Name> name_of(std::string_view frame) {
    const auto text = text_of(frame);
    if (!text) {
        return std::nullopt;
    }
    const std::vector<std::string_view> fields = fields_of(*text);
    if (fields.size() != 4 || std::ranges::any_of(fields, &std::string_view::empty)) {
        return std::nullopt;
    }
    Name name;
    name.vendor = fields[0];
    name.model = fields[1];
    name.serial_number = fields[2].substr(0, fields[2].find('/'));
    name.firmware = fields[3];
    return name.serial_number.empty() ? std::nullopt : std::optional(std::move(name));
}

std::optional<double> number_of(std::string_view frame) {
    const auto text = text_of(frame);
    return text ? to_double(*text) : std::nullopt;
}

std::optional<unsigned> count_of(std::string_view frame) {
    const auto counts = counts_in(frame, 1);
    return counts ? std::optional(counts->front()) : std::nullopt;
}

std::optional<Ramp> ramp_of(std::string_view frame) {
    const auto text = text_of(frame);
    if (!text) {
        return std::nullopt;
    }
    const std::vector<std::string_view> fields = fields_of(*text);
    if (fields.size() != 2 || (fields[0] != "0" && fields[0] != "1")) {
        return std::nullopt;
    }
    const auto rate = to_double(fields[1]);
    if (!rate || *rate < 0.0) {
        return std::nullopt;
    }
    Ramp ramp;
    ramp.is_on = fields[0] == "1";
    ramp.rate_K_per_min = *rate;
    return ramp;
}

std::optional<unsigned> units_of(std::string_view frame) {
    const auto counts = counts_in(frame, 5);
    return counts ? std::optional(counts->back()) : std::nullopt;
}

std::optional<OutputMode> output_mode_of(std::string_view frame) {
    const auto counts = counts_in(frame, 3);
    if (!counts) {
        return std::nullopt;
    }
    OutputMode mode;
    mode.mode = counts->at(0);
    mode.input = counts->at(1);
    return mode;
}

std::string reading_status(unsigned bits) {
    struct Bit {
        unsigned mask;
        const char* word;
    };
    constexpr std::array bad{
        Bit{1U << 7U, "sensor_over_range"},
        Bit{1U << 6U, "sensor_zero"},
        Bit{1U << 5U, "over_range"},
        Bit{1U << 4U, "under_range"},
        Bit{1U << 0U, "invalid_reading"}
    };
    for (const Bit& one : bad) {
        if ((bits & one.mask) != 0) {
            return one.word;
        }
    }
    return bits == 0 ? "" : "unknown_status";
}

std::string heater_status(unsigned code) {
    switch (code) {
        case 0: return "";
        case 1: return "heater_open";
        case 2: return "heater_short";
        default: return "heater_fault";
    }
}

std::string set_point_command(int output, double set_K) {
    return "SETP " + std::to_string(output) + "," + fixed_text(set_K, 3);
}

std::string ramp_command(int output, double rate_K_per_min) {
    const std::string to = "RAMP " + std::to_string(output);
    return rate_K_per_min == 0.0 ? to + ",0,0" : to + ",1," + fixed_text(rate_K_per_min, 1);
}

std::string range_command(int output, int range) {
    return "RANGE " + std::to_string(output) + "," + std::to_string(range);
}

}  // namespace relaxd::drivers::parts::lake_shore
