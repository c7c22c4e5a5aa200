// SPDX-License-Identifier: MIT
#include "drivers/q800_class/protocol.hpp"

#include "drivers/q800_class/crc32.hpp"
#include "schema/base/assert.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace relaxd::drivers::q800_class {
namespace {

using record::Channel;

constexpr std::size_t tail_size = 10;                          // " *" and 8 digits
constexpr std::uint64_t max_reading_number = 999'999'999'999;  // a hole must stay countable
constexpr std::uint64_t max_segment = 20'000;                  // method lines, section 2

/// 4.4: those that have a channel or a use.
constexpr std::array<std::string_view, 6> house_columns{
    "stiffness_N_per_m",
    "position_m",
    "length_m",
    "drive_force_N",
    "temperature_start_K",
    "temperature_end_K",
};

tl::unexpected<FrameError> refuse(FrameErrc code, std::string message) {
    return tl::unexpected<FrameError>(FrameError(code, std::move(message)));
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Eight upper-case hexadecimal digits, or nothing.
std::optional<std::uint32_t> to_crc(std::string_view digits) {
    std::uint32_t value = 0;
    for (const char c : digits) {
        std::uint32_t digit = 0;
        if (c >= '0' && c <= '9') {
            digit = static_cast<std::uint32_t>(c - '0');
        } else if (c >= 'A' && c <= 'F') {
            digit = static_cast<std::uint32_t>(c - 'A') + 10U;
        } else {
            return std::nullopt;
        }
        value = (value << 4U) | digit;
    }
    return value;
}

/// Words separated by exactly one blank; empty if the payload breaks that rule.
std::vector<std::string_view> split(std::string_view payload) {
    std::vector<std::string_view> words;
    while (true) {
        const auto blank = payload.find(' ');
        const std::string_view word = payload.substr(0, blank);
        if (word.empty()) {
            return {};
        }
        words.push_back(word);
        if (blank == std::string_view::npos) {
            return words;
        }
        payload.remove_prefix(blank + 1);
    }
}

std::string absent_or(std::string_view word) {
    return word == "-" ? std::string() : std::string(word);
}

/// `-` is unknown; anything else must be a whole finite number.
std::optional<double> to_value(std::string_view word) {
    if (word == "-") {
        return record::unknown;
    }
    return to_double(word);
}

bool is_flags(std::string_view word) {
    return std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == ',';
    });
}

Decoded parse_reply(const std::vector<std::string_view>& words) {
    Reply reply;
    const auto id = words.size() < 3 ? std::nullopt : to_count(words[1]);
    if (!id || *id == 0 || *id > max_id) {
        return refuse(FrameErrc::bad_syntax, "a reply without a request number and a verb");
    }
    reply.id = *id;
    reply.verb = std::string(words[2]);
    for (std::size_t i = 3; i < words.size(); ++i) {
        const auto equal = words[i].find('=');
        if (equal != std::string_view::npos) {
            reply.values[std::string(words[i].substr(0, equal))] =
                std::string(words[i].substr(equal + 1));
        }
    }
    return Frame(std::move(reply));
}

Decoded parse_error(std::string_view payload) {
    ErrorReply reply;
    payload.remove_prefix(std::min<std::size_t>(2, payload.size()));
    const auto first = payload.find(' ');
    const auto id = to_count(payload.substr(0, first));
    if (!id || *id > max_id || first == std::string_view::npos) {
        return refuse(FrameErrc::bad_syntax, "an error reply without a request number and a code");
    }
    payload.remove_prefix(first + 1);
    const auto second = payload.find(' ');
    reply.id = *id;
    reply.code = std::string(payload.substr(0, second));
    if (reply.code.empty()) {
        return refuse(FrameErrc::bad_syntax, "an error reply without a code");
    }
    if (second != std::string_view::npos) {
        reply.text = std::string(payload.substr(second + 1));
    }
    return Frame(std::move(reply));
}

/// Words 5 to 16 of a reading, in the order of clause 4.1.
constexpr std::array<Channel, 12> reading_channels{
    Channel::temperature_K,
    Channel::set_temperature_K,
    Channel::frequency_Hz,
    Channel::static_force_N,
    Channel::dynamic_force_N,
    Channel::displacement_m,
    Channel::phase_rad,
    Channel::storage_modulus_Pa,
    Channel::loss_modulus_Pa,
    Channel::tan_delta,
    Channel::strain,
    Channel::stress_Pa,
};

constexpr std::size_t reading_words = 17;

/// `NAME=VALUE` after the flags (4.4); why the line must be dropped, or nothing. A name that one of
/// the 17 words has, or that stands there twice, would give one thing two values.
std::optional<FrameError> add_column(record::Reading& reading, std::string_view word) {
    const auto equal = word.find('=');
    const std::string_view name = word.substr(0, equal);
    if (equal == std::string_view::npos || !is_token(name)) {
        return FrameError(
            FrameErrc::bad_syntax, "a further column is no NAME=VALUE: " + std::string(word)
        );
    }
    const auto value = to_value(word.substr(equal + 1));
    if (!value) {
        return FrameError(
            FrameErrc::bad_number, "a further column is no number: " + std::string(word)
        );
    }
    const std::optional<Channel> channel = record::channel_from(name);
    const bool is_own =
        channel && std::find(reading_channels.begin(), reading_channels.end(), *channel) !=
                       reading_channels.end();
    if (is_own || (channel && reading.values.has(*channel)) ||
        reading.extra.contains(std::string(name))) {
        return FrameError(FrameErrc::bad_syntax, "a reading says " + std::string(name) + " twice");
    }
    if (channel) {
        reading.values[*channel] = *value;
    } else if (std::isfinite(*value)) {
        reading.extra.emplace(name, *value);
    }
    return std::nullopt;
}

Decoded parse_reading(const std::vector<std::string_view>& words) {
    if (words.size() < reading_words) {
        return refuse(
            FrameErrc::bad_syntax,
            "a reading has at least 17 words, this one has " + std::to_string(words.size())
        );
    }
    ReadingLine line;
    record::Reading& reading = line.reading;
    const auto number = to_count(words[1]);
    const auto time_s = to_double(words[2]);
    const auto segment = to_count(words[3]);
    if (!number || *number == 0 || *number > max_reading_number || !time_s || !segment ||
        *segment == 0 || *segment > max_segment) {
        return refuse(FrameErrc::bad_number, "a reading's number, time or segment is none");
    }
    reading.number = *number;
    reading.time_s = *time_s;
    reading.segment = static_cast<int>(*segment);
    for (std::size_t i = 0; i < reading_channels.size(); ++i) {
        const auto value = to_value(words[4 + i]);
        if (!value) {
            return refuse(
                FrameErrc::bad_number,
                std::string(record::to_name(reading_channels[i])) + " of reading " +
                    std::string(words[1]) + " is not a number: " + std::string(words[4 + i])
            );
        }
        reading.values[reading_channels[i]] = *value;
    }
    if (words[16] != "-") {
        if (!is_flags(words[16])) {
            return refuse(FrameErrc::bad_syntax, "a reading's flags are not words");
        }
        reading.flags = std::string(words[16]);
        std::replace(reading.flags.begin(), reading.flags.end(), ',', ' ');
    }
    for (std::size_t i = reading_words; i < words.size(); ++i) {
        if (auto wrong = add_column(reading, words[i])) {
            return tl::unexpected<FrameError>(std::move(*wrong));
        }
    }
    return Frame(std::move(line));
}

Decoded parse_state(const std::vector<std::string_view>& words) {
    if (words.size() != 6) {
        return refuse(FrameErrc::bad_syntax, "a state line does not have 6 words");
    }
    const auto segment = to_count(words[2]);
    const auto reading = to_count(words[4]);
    if (!segment || *segment > max_segment || !reading || *reading > max_reading_number) {
        return refuse(FrameErrc::bad_number, "a state line's segment or reading is no number");
    }
    StateLine line;
    line.state = std::string(words[1]);
    line.segment = static_cast<int>(*segment);
    line.token = absent_or(words[3]);
    line.reading = *reading;
    line.cause = absent_or(words[5]);
    return Frame(std::move(line));
}

Decoded parse_truth(const std::vector<std::string_view>& words) {
    if (words.size() != 4) {
        return refuse(FrameErrc::bad_syntax, "a truth line does not have 4 words");
    }
    const auto number = to_count(words[1]);
    const auto value = to_value(words[3]);
    if (!number || *number > max_reading_number || !value) {
        return refuse(FrameErrc::bad_number, "a truth line's number or value is none");
    }
    TruthLine line;
    line.number = *number;
    line.name = std::string(words[2]);
    line.value = *value;
    return Frame(std::move(line));
}

Decoded parse_payload(std::string_view payload) {
    const std::vector<std::string_view> words = split(payload);
    if (payload.starts_with("! ")) {
        return parse_error(payload);
    }
    if (words.empty()) {
        return refuse(FrameErrc::bad_syntax, "words are not separated by exactly one blank");
    }
    if (words[0] == "=") {
        return parse_reply(words);
    }
    if (words[0] == "R") {
        return parse_reading(words);
    }
    if (words[0] == "S") {
        return parse_state(words);
    }
    if (words[0] == "T") {
        return parse_truth(words);
    }
    return refuse(FrameErrc::bad_syntax, "a line of unknown kind '" + std::string(words[0]) + "'");
}

void add_flag(std::string& flags, std::string_view word) {
    if (!flags.empty()) {
        flags += ' ';
    }
    flags += word;
}

}  // namespace

std::string_view to_word(FrameErrc code) {
    switch (code) {
        case FrameErrc::too_long: return "too_long";
        case FrameErrc::bad_checksum: return "bad_checksum";
        case FrameErrc::bad_byte: return "bad_byte";
        case FrameErrc::bad_syntax: return "bad_syntax";
        case FrameErrc::bad_number: return "bad_number";
    }
    return "bad_syntax";
}

std::optional<std::string> Reply::text(const std::string& key) const {
    const auto it = values.find(key);
    if (it == values.end()) {
        return std::nullopt;
    }
    return absent_or(it->second);
}

std::optional<std::uint64_t> Reply::count(const std::string& key) const {
    const auto it = values.find(key);
    return it == values.end() ? std::nullopt : to_count(it->second);
}

std::optional<double> Reply::number(const std::string& key) const {
    const auto it = values.find(key);
    return it == values.end() ? std::optional<double>(record::unknown) : to_value(it->second);
}

std::size_t Decoder::feed(std::string_view bytes) {
    if (head_ == buffer_.size()) {
        buffer_.clear();
        scanned_ = head_ = 0;
    } else if (head_ > capacity / 2) {
        buffer_.erase(0, head_);
        scanned_ -= head_;
        head_ = 0;
    }
    const std::size_t size = std::min(bytes.size(), capacity - buffer_.size());
    buffer_.append(bytes.substr(0, size));
    return size;
}

std::optional<Decoded> Decoder::next() {
    const auto end = buffer_.find('\n', scanned_);
    if (end == std::string::npos) {
        if (dropped_ > 0 || buffered() >= max_line) {  // too long already: keep nothing of it
            dropped_ += buffered();
            head_ = buffer_.size();
        }
        scanned_ = buffer_.size();
        if (head_ == buffer_.size()) {
            buffer_.clear();
            scanned_ = head_ = 0;
        }
        return std::nullopt;
    }
    const std::string_view line = std::string_view(buffer_).substr(head_, end - head_);
    const std::size_t size = dropped_ + line.size() + 1;
    std::optional<Decoded> decoded;
    if (size > max_line) {
        decoded = refuse(FrameErrc::too_long, "a line of " + std::to_string(size) + " bytes");
    } else {
        decoded = decode_line(line);
    }
    if (!*decoded) {
        decoded->error().size = size;
    } else if (auto* reading = std::get_if<ReadingLine>(&decoded->value())) {
        reading->reading.raw = std::string(line) + '\n';
    }
    dropped_ = 0;
    head_ = scanned_ = end + 1;
    return decoded;
}

Decoded decode_line(std::string_view line) {
    if (line.size() + 1 > max_line) {
        return refuse(
            FrameErrc::too_long, "a line of " + std::to_string(line.size() + 1) + " bytes"
        );
    }
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    if (line.size() <= tail_size) {
        return refuse(FrameErrc::bad_syntax, "a line too short to hold a checksum");
    }
    const std::string_view payload = line.substr(0, line.size() - tail_size);
    const std::string_view tail = line.substr(payload.size());
    const auto crc = to_crc(tail.substr(2));
    if (!tail.starts_with(" *") || !crc || *crc != crc32(payload)) {
        return refuse(FrameErrc::bad_checksum, "a line whose checksum does not fit its bytes");
    }
    if (payload.size() > max_payload) {
        return refuse(FrameErrc::too_long, "a payload of more than 480 bytes");
    }
    if (!is_printable(payload)) {
        return refuse(FrameErrc::bad_byte, "a line with a byte that is not printable ASCII");
    }
    return parse_payload(payload);
}

bool is_sendable(std::string_view payload) {
    return !payload.empty() && payload.size() <= max_payload && is_printable(payload);
}

std::string encode_line(std::string_view payload) {
    RELAXD_ASSERT(is_sendable(payload));
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string line(payload);
    line += " *";
    const std::uint32_t crc = crc32(payload);
    for (unsigned shift = 32; shift != 0; shift -= 4) {
        line += digits[(crc >> (shift - 4U)) & 0xFU];
    }
    line += '\n';
    return line;
}

bool is_token(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
}

std::vector<std::string> wanted_columns(const Reply& identity) {
    const std::string offered = "," + identity.text("columns").value_or("") + ",";
    std::vector<std::string> wanted;
    for (const std::string_view column : house_columns) {
        if (offered.find("," + std::string(column) + ",") != std::string::npos) {
            wanted.emplace_back(column);
        }
    }
    return wanted;
}

void validate(record::Reading& reading) {
    const record::Channels& v = reading.values;
    // Of SCPI-1999, volume 1, 7.2.1.5: 9.9E37 stands for infinity, 9.91E37 for "not a number".
    constexpr double no_number = 9.9e37;
    bool is_no_number = false;
    for (std::size_t i = 0; i < record::channel_count; ++i) {
        is_no_number = is_no_number || std::abs(v[static_cast<Channel>(i)]) >= no_number;
    }
    const bool impossible = is_no_number || v[Channel::temperature_K] <= 0.0 ||
                            v[Channel::frequency_Hz] <= 0.0 || v[Channel::dynamic_force_N] < 0.0 ||
                            v[Channel::length_m] <= 0.0 || reading.time_s < 0.0;
    if (impossible) {
        add_flag(reading.flags, "invalid");
    }
    const double storage = v[Channel::storage_modulus_Pa];
    const double loss = v[Channel::loss_modulus_Pa];
    const double tan_delta = v[Channel::tan_delta];
    if (std::isnan(storage) || std::isnan(loss) || std::isnan(tan_delta) || storage == 0.0) {
        return;
    }
    // Half a step of 0.00001 in tan delta and half a unit of the sixth digit in each modulus,
    // doubled.
    const double ratio = loss / storage;
    const double tolerance = 1e-5 + 2e-5 * std::abs(ratio);
    if (!(std::abs(tan_delta - ratio) <= tolerance)) {
        add_flag(reading.flags, "inconsistent");
    }
}

}  // namespace relaxd::drivers::q800_class
