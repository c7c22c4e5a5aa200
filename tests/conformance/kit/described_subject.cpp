// SPDX-License-Identifier: MIT
#include "tests/conformance/kit/described_subject.hpp"

#include "drivers/protocol_file/part.hpp"
#include "drivers/simulator/protocol_device.hpp"
#include "schema/base/number.hpp"
#include "schema/protocol/description.hpp"
#include "schema/protocol/wire.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace relaxd::test::kit {

namespace {

using protocol::Description;
using DescriptionPtr = std::shared_ptr<const Description>;

constexpr double latest_reply = 4.0;  ///< Times the deadline, of the plans.
constexpr int steps_max = 997;        ///< Different numbers that the device shows.

/// What stands before the first field: how the line begins.
std::string beginning(const protocol::Template& command) {
    const auto& pieces = command.pieces();
    return pieces.empty() || pieces.front().is_field ? std::string() : pieces.front().text;
}

bool tells_serial(const Description& description) {
    const protocol::Template& answer = description.identity.answer;
    const auto fields = answer.match(answer.filled({}, 1));
    return fields && fields->contains("serial");
}

/// As the file says, but what is shown stays as it was put there.
Description for_the_kit(const std::string& file) {
    auto description = protocol::load(file);
    if (!description) {
        throw std::invalid_argument(description.error().sentence());
    }
    protocol::LinkRules& link = description->link;
    link.worst_latency_ms = std::max(
        link.worst_latency_ms, static_cast<int>(std::ceil((latest_reply + 0.4) * link.reply_ms))
    );
    for (auto& [name, played] : description->played) {
        played.noise = 0.0;
        played.follows.clear();
    }
    return std::move(*description);
}

/// Where the number that is polled stands.
struct Polled {
    std::size_t query = 0;
    protocol::Measured value;
    double step = 0.0;  ///< Of its last decimal, device units.
};

Polled polled_of(const Description& description) {
    for (std::size_t i = 0; i < description.queries.size(); ++i) {
        for (const protocol::Measured& one : description.queries[i].values) {
            if (description.find_set(one.quantity.name) == nullptr) {
                const auto played = description.played.find(one.quantity.device_name);
                const int decimals = played == description.played.end()
                                         ? protocol::Played().decimals
                                         : played->second.decimals;
                return {i, one, std::pow(10.0, -decimals)};
            }
        }
    }
    throw std::invalid_argument(description.source + " measures nothing that it does not set");
}

PartUnit unit_of(const DescriptionPtr& about, const Polled& polled, const std::string& serial) {
    auto device = std::make_unique<simulator::ProtocolDevice>(*about, 1, serial);
    simulator::ProtocolDevice* seen = device.get();
    const protocol::Named set = about->sets.front().quantity;
    const protocol::Named shown = polled.value.quantity;
    PartUnit unit;
    unit.shows = [seen, shown](double si) { seen->turn(shown.device_name, shown.to_device(si)); };
    unit.set_point = [seen, set] { return set.to_si(seen->value(set.device_name)); };
    unit.is_safe = [seen, about] {
        return std::ranges::all_of(about->safe, [&](const protocol::Setting& wanted) {
            const protocol::SetRule& rule = *about->find_set(wanted.quantity);
            const double held = rule.quantity.to_si(seen->value(rule.quantity.device_name));
            return std::abs(held - wanted.value_SI) <=
                   1.001 * rule.resolution * std::abs(rule.quantity.factor);
        });
    };
    if (about->reboot) {
        unit.reboots = [seen] { seen->reboot(); };
    }
    unit.is_turned = [seen, set](double si) { seen->turn(set.device_name, set.to_device(si)); };
    const auto& bad = about->queries[polled.query].bad;
    if (!bad.empty()) {
        unit.says_bad = [seen, word = bad.begin()->first] { seen->say_status(word); };
    }
    unit.device = std::move(device);
    return unit;
}

/// Numbers on the grid of what the device shows, in the middle of what is plausible.
std::vector<double> shown_by(const Polled& polled) {
    const double low = std::max(polled.value.lowest, -1e4 * polled.step);
    const double high = std::min(polled.value.highest, 1e4 * polled.step);
    const double room = std::floor((high - low) / polled.step);
    const double count = std::min<double>(steps_max, room);
    const double first = std::ceil(low / polled.step) + std::floor(0.5 * (room - count));
    std::vector<double> shown;
    for (double i = 0.0; i < count; i += 1.0) {
        shown.push_back(polled.value.quantity.to_si((first + i) * polled.step));
    }
    return shown;
}

void describe_set_points(
    PartSubject& s, const protocol::SetRule& rule, const std::vector<protocol::Setting>& safe
) {
    const double range = rule.highest - rule.lowest;
    const auto si = [&](double share) {
        const double exact = rule.lowest + share * range;
        const double grid = std::max(rule.resolution, 1e-9 * std::abs(range));
        return rule.quantity.to_si(std::round(exact / grid) * grid);
    };
    s.settable = rule.quantity.name;
    s.is_made_safe = std::ranges::any_of(safe, [&](const protocol::Setting& one) {
        return one.quantity == rule.quantity.name;
    });
    s.set_to = {si(0.31), si(0.57), si(0.83)};
    s.too_far = {si(-0.05), si(1.05), si(1e6)};
    std::erase_if(s.too_far, [&](double value) {  // coarse: the grid is wider than the range
        const double device = rule.quantity.to_device(value);
        return device >= rule.lowest && device <= rule.highest;
    });
}

void describe_line(PartSubject& s, const DescriptionPtr& about, const Polled& polled) {
    const protocol::LinkRules& link = about->link;
    const auto ms = [](int count) { return milliseconds(count); };
    s.detects.checksum = link.checksum != protocol::Checksum::none;
    s.detects.tags = about->queries[polled.query].ask.answer.has(protocol::FieldKind::tag);
    s.detects.serial = tells_serial(*about);
    s.detects.terminator = link.reply_terminator;
    s.detects.command_terminator = link.command_terminator;
    s.reply = ms(link.reply_ms);
    // Three sentinels, each after silence, then a call of three exchanges.
    s.longest_call =
        3 * ms(link.worst_latency_ms + link.reply_ms) + 3 * ms(link.reply_ms + link.gap_ms) + 1s;
    std::vector<std::string> commands = about->safe_commands;
    for (const protocol::SetRule& rule : about->sets) {
        commands.push_back(beginning(rule.command));
    }
    if (about->reboot && !about->reboot->clear.empty()) {
        commands.push_back(about->reboot->clear);
    }
    s.is_command = [commands](std::string_view line) {
        return std::ranges::any_of(commands, [line](const std::string& begins) {
            return !begins.empty() && line.starts_with(begins);
        });
    };
    s.naive_question = [about, polled](std::uint64_t count) {
        const std::string text = about->queries[polled.query].ask.command.rendered(0.0, count);
        return protocol::on_wire(about->link, text, about->link.command_terminator);
    };
    s.naive_answer = [about, polled](std::string_view line) -> std::optional<double> {
        const std::string& end = about->link.reply_terminator;
        const auto text = protocol::off_wire(about->link, std::string(line) + end, end);
        const auto fields =
            text ? about->queries[polled.query].ask.answer.match(*text) : std::nullopt;
        if (!fields) {
            return std::nullopt;
        }
        const auto number = to_double(fields->at(polled.value.quantity.device_name));
        return number ? std::optional(polled.value.quantity.to_si(*number)) : std::nullopt;
    };
}

}  // namespace

PartSubject described_subject(const std::string& file) {
    const auto about = std::make_shared<const Description>(for_the_kit(file));
    if (about->sets.empty()) {
        throw std::invalid_argument(file + " has no [[set]]: nothing to prove about set points");
    }
    const Polled polled = polled_of(*about);
    PartSubject s;
    s.name = about->vendor + " " + about->model + ", as " + file + " describes it";
    s.unit = [about, polled](const std::string& serial) { return unit_of(about, polled, serial); };
    s.make = [about](const auto& executor, auto way, drivers::link::Timing& timing) {
        return std::make_unique<drivers::protocol_file::FilePart>(
            executor, std::move(way), timing, about, tells_serial(*about) ? "UNIT-A" : ""
        );
    };
    s.serial_query = "?baudrate=9600";
    s.polled = polled.value.quantity.name;
    s.shown = shown_by(polled);
    s.told_within = 0.51 * polled.step * std::abs(polled.value.quantity.factor);
    describe_set_points(s, about->sets.front(), about->safe);
    describe_line(s, about, polled);
    return s;
}

}  // namespace relaxd::test::kit
