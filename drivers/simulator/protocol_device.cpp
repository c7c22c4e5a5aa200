// SPDX-License-Identifier: MIT
#include "drivers/simulator/protocol_device.hpp"

#include "schema/base/number.hpp"
#include "schema/protocol/wire.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace relaxd::simulator {

namespace {

constexpr std::size_t command_max = 4096;  ///< Bytes without an end are thrown away.

using Fields = std::map<std::string, std::string>;

bool has_firmware(const protocol::Ask& ask) {
    return std::ranges::any_of(ask.answer.pieces(), [](const protocol::Piece& piece) {
        return piece.is_field && piece.text == "firmware" &&
               (piece.kind == protocol::FieldKind::word || piece.kind == protocol::FieldKind::text);
    });
}

std::uint64_t tag_of(const Fields& fields) {
    const auto found = fields.find("tag");
    return found == fields.end() ? 0 : to_count(found->second).value_or(0);
}

/// Where nothing is said of it: 0, or the middle of what is plausible.
double plain_value(const protocol::Measured& measured) {
    const bool is_inside = measured.lowest <= 0.0 && measured.highest >= 0.0;
    return is_inside ? 0.0 : 0.5 * (measured.lowest + measured.highest);
}

}  // namespace

Result<void> ProtocolDevice::check(const protocol::Description& description) {
    if (!has_firmware(description.identity)) {
        return fail(
            Errc::invalid,
            "the answer '" + description.identity.answer.text() +
                "' has no {firmware:word}: the simulation could not say that it is one",
            description.source + ", [identity]",
            "add {firmware:word} to the answer"
        );
    }
    return {};
}

ProtocolDevice::ProtocolDevice(
    protocol::Description description, std::uint64_t seed, std::string serial
)
    : description_(std::move(description)), random_(seed), serial_(std::move(serial)) {
    if (serial_.empty()) {
        serial_ = description_.serial_number.empty() ? "0001" : description_.serial_number;
    }
    reboot();
}

void ProtocolDevice::reboot() {
    is_new_ = true;
    received_.clear();
    for (const protocol::QueryRule& rule : description_.queries) {
        for (const protocol::Measured& one : rule.values) {
            values_[one.quantity.device_name] = plain_value(one);
        }
    }
    for (const protocol::SetRule& rule : description_.sets) {
        put(rule, rule.lowest);
    }
    for (const auto& [name, played] : description_.played) {
        values_[name] = played.value;
    }
}

/// What is set may have another unit than what reads it back.
void ProtocolDevice::put(const protocol::SetRule& rule, double number) {
    if (const protocol::Measured* read = description_.find_measured(rule.quantity.name)) {
        const protocol::Named& as_read = read->quantity;
        const bool is_same = as_read.device_name == rule.quantity.device_name;
        values_[as_read.device_name] =
            is_same ? number : as_read.to_device(rule.quantity.to_si(number));
    }
}

double ProtocolDevice::target_of(const protocol::Played& played) const {
    const protocol::Measured* read =
        description_.find_measured(protocol::named(played.follows).name);
    return read == nullptr ? 0.0 : value(read->quantity.device_name);
}

double ProtocolDevice::value(const std::string& device_name) const {
    const auto found = values_.find(device_name);
    return found == values_.end() ? 0.0 : found->second;
}

void ProtocolDevice::connect() {
    is_connected_ = true;
    received_.clear();
    output_.clear();
    if (!is_begun_) {
        is_begun_ = true;
        since_ = now_;
    }
}

RunPosition ProtocolDevice::run_position() const {
    RunPosition position;
    position.run = is_begun_ ? 1 : 0;
    position.time_s = is_begun_ ? static_cast<double>(now_.ns - since_.ns) * 1e-9 : 0.0;
    return position;
}

SteadyTime ProtocolDevice::next_wake() const {
    return SteadyTime{std::numeric_limits<std::int64_t>::max()};  // it only answers
}

void ProtocolDevice::advance_to(SteadyTime now) {
    const double passed_s = static_cast<double>(now.ns - now_.ns) * 1e-9;
    if (now <= now_) {
        return;
    }
    now_ = now;
    for (const auto& [name, played] : description_.played) {
        if (played.follows.empty()) {
            continue;
        }
        double& value = values_[name];
        const double target = target_of(played);
        const double step = played.rate_per_s * passed_s;
        const bool is_there = played.rate_per_s == 0.0 || std::abs(target - value) <= step;
        value = is_there ? target : value + (target > value ? step : -step);
    }
}

std::string ProtocolDevice::take_output() {
    return std::exchange(output_, std::string());
}

void ProtocolDevice::say(const std::string& text) {
    output_ += protocol::on_wire(description_.link, text, description_.link.reply_terminator);
}

void ProtocolDevice::receive(std::string_view bytes, SteadyTime now) {
    advance_to(now);
    received_ += bytes;
    const std::string& end = description_.link.command_terminator;
    for (std::size_t at = received_.find(end); at != std::string::npos; at = received_.find(end)) {
        const std::string line = received_.substr(0, at + end.size());
        received_.erase(0, at + end.size());
        if (description_.link.echo == protocol::EchoRule::expect) {
            output_ += line;
        }
        if (const auto text = protocol::off_wire(description_.link, line, end)) {
            answer(*text);
        }
    }
    if (received_.size() > command_max) {
        received_.clear();
    }
}

std::string ProtocolDevice::shown(const std::string& device_name) {
    const auto played = description_.played.find(device_name);
    int decimals = 4;
    double number = value(device_name);
    if (played != description_.played.end()) {
        decimals = played->second.decimals;
        if (played->second.noise > 0.0) {
            number += std::normal_distribution<double>(0.0, played->second.noise)(random_);
        }
    }
    std::array<char, 400> text{};
    const auto end = std::to_chars(
        text.data(), text.data() + text.size(), number, std::chars_format::fixed, decimals
    );
    return std::string(text.data(), end.ptr);
}

bool ProtocolDevice::answer_query(const std::string& text) {
    for (const protocol::QueryRule& rule : description_.queries) {
        const auto asked = rule.ask.command.match(text);
        if (!asked) {
            continue;
        }
        Fields fields;
        for (const protocol::Measured& one : rule.values) {
            fields[one.quantity.device_name] = shown(one.quantity.device_name);
        }
        if (!rule.good.empty()) {
            fields["status"] = status_.empty() ? rule.good.front() : status_;
        }
        say(rule.ask.answer.filled(fields, tag_of(*asked)));
        return true;
    }
    return false;
}

bool ProtocolDevice::answer_set(const std::string& text) {
    for (const protocol::SetRule& rule : description_.sets) {
        const auto asked = rule.command.match(text);
        if (!asked) {
            continue;
        }
        const auto number = to_double(asked->at("value"));
        if (number && *number >= rule.lowest && *number <= rule.highest) {
            put(rule, *number);
            if (!rule.reply.empty()) {
                say(rule.reply.filled({}, tag_of(*asked)));
            }
        }
        return true;
    }
    return false;
}

bool ProtocolDevice::answer_reboot(const std::string& text) {
    if (!description_.reboot) {
        return false;
    }
    const protocol::RebootRule& rule = *description_.reboot;
    if (!rule.clear.empty() && text == rule.clear) {
        is_new_ = false;
        return true;
    }
    const auto asked = rule.ask.command.match(text);
    if (!asked) {
        return false;
    }
    std::string normal = rule.ask.answer.filled({}, tag_of(*asked));
    if (normal == rule.rebooted) {
        Fields other;
        for (const protocol::Piece& piece : rule.ask.answer.pieces()) {
            if (piece.is_field) {
                other[piece.text] = "1";
            }
        }
        normal = rule.ask.answer.filled(other, tag_of(*asked));
    }
    say(is_new_ ? rule.rebooted : normal);
    if (rule.clear.empty()) {
        is_new_ = false;
    }
    return true;
}

void ProtocolDevice::answer(std::string_view line) {
    const std::string text(line);
    Fields who;
    who["serial"] = serial_;
    who["firmware"] = "simulated";
    for (const protocol::Ask* ask : {&description_.identity, &description_.sentinel}) {
        if (const auto asked = ask->command.match(text)) {
            say(ask->answer.filled(who, tag_of(*asked)));
            return;
        }
    }
    if (!answer_reboot(text) && !answer_query(text)) {
        static_cast<void>(answer_set(text));
    }
}

}  // namespace relaxd::simulator
