// SPDX-License-Identifier: MIT
#include "schema/base/number.hpp"
#include "schema/protocol/description.hpp"

#include <cmath>

namespace relaxd::protocol {

namespace {

std::string range(double lowest, double highest) {
    if (lowest == -unbounded && highest == unbounded) {
        return "any";
    }
    return to_text(lowest) + " to " + to_text(highest);
}

std::string visible(const std::string& bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\r') {
            out += "CR ";
        } else if (c == '\n') {
            out += "LF ";
        } else if (byte < 0x20 || byte > 0x7E) {
            out += std::string("0x") + digits[byte >> 4U] + digits[byte & 0xFU] + " ";
        } else {
            out += std::string(1, c) + " ";
        }
    }
    return out.empty() ? out : out.substr(0, out.size() - 1);
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) {
        text.resize(width, ' ');
    }
    return text;
}

std::string link_text(const LinkRules& link) {
    constexpr const char* echoes[] = {"off", "expect", "detect"};
    std::string out = "  link       commands end with " + visible(link.command_terminator) +
                      ", replies with " + visible(link.reply_terminator) + "; gap " +
                      std::to_string(link.gap_ms) + " ms; reply within " +
                      std::to_string(link.reply_ms) + " ms, never later than " +
                      std::to_string(link.worst_latency_ms) + " ms; echo " +
                      echoes[static_cast<std::size_t>(link.echo)] + "\n";
    if (link.checksum != Checksum::none) {
        out +=
            "  checksum   " + std::string(to_word(link.checksum)) +
            (link.is_hex ? ", hexadecimal" : ", binary") +
            (link.checksum_mark.empty() ? std::string() : ", behind '" + link.checksum_mark + "'") +
            (link.covers_mark ? ", over text and mark\n" : ", over the text\n");
    }
    return out;
}

std::string query_text(const QueryRule& rule) {
    std::string out =
        "  query      " + padded(rule.ask.command.text(), 12) + " -> " + rule.ask.answer.text();
    if (rule.every_s > 0.0) {
        out += "   every " + to_text(rule.every_s) + " s";
    }
    out += '\n';
    for (const Measured& one : rule.values) {
        out += "    " + padded(one.quantity.device_name, 26) + padded(one.quantity.name, 22) +
               "x " + to_text(one.quantity.factor);
        if (one.quantity.offset != 0.0) {
            out += " + " + to_text(one.quantity.offset);
        }
        out += "   plausible " + range(one.lowest, one.highest) + "\n";
    }
    if (!rule.good.empty()) {
        out += "    numbers are values while status is";
        for (const std::string& word : rule.good) {
            out += " " + word;
        }
        out += '\n';
    }
    return out;
}

}  // namespace

std::string describe(const Description& description) {
    std::string out = description.source + ": " + description.vendor + " " + description.model +
                      "   sha256 " + description.sha256.substr(0, 12) + "\n";
    out += "  identity   " + padded(description.identity.command.text(), 12) + " -> " +
           description.identity.answer.text() +
           (description.serial_number.empty() ? "" : "   serial " + description.serial_number) +
           "\n";
    out += link_text(description.link);
    out += "  sentinel   " + padded(description.sentinel.command.text(), 12) + " -> " +
           description.sentinel.answer.text() + "\n";
    for (const QueryRule& rule : description.queries) {
        out += query_text(rule);
    }
    for (const SetRule& rule : description.sets) {
        out += "  set        " + padded(rule.command.text(), 20) + padded(rule.quantity.name, 22) +
               range(rule.lowest, rule.highest) + ", to " + to_text(rule.resolution) + " (" +
               rule.quantity.device_name + ")\n";
    }
    for (const Setting& setting : description.start) {
        out += "  start      " + setting.quantity + " = " + to_text(setting.value_SI) + "\n";
    }
    for (const std::string& command : description.safe_commands) {
        out += "  safe       " + command + "\n";
    }
    for (const Setting& setting : description.safe) {
        out += "  safe       " + setting.quantity + " = " + to_text(setting.value_SI) + "\n";
    }
    out += description.reboot
               ? "  reboot     " + padded(description.reboot->ask.command.text(), 12) + " -> " +
                     description.reboot->rebooted + "\n"
               : std::string();
    return out;
}

}  // namespace relaxd::protocol
