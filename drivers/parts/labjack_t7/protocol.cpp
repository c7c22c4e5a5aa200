// SPDX-License-Identifier: MIT
#include "drivers/parts/labjack_t7/protocol.hpp"

#include "drivers/modbus/registers.hpp"
#include "drivers/modbus/request.hpp"
#include "drivers/parts/labjack_t7/registers.hpp"
#include "schema/base/assert.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace relaxd::drivers::parts::labjack_t7 {

namespace {

constexpr std::uint8_t f_read = 3;
constexpr std::uint8_t f_write = 16;
constexpr std::uint8_t f_feedback = 76;
constexpr unsigned exception_bit = 0x80;
constexpr char unit = 1;  // LabJack's own examples say 1; the device answers with it
constexpr std::size_t unit_at = 6;
constexpr std::size_t function_at = 7;
constexpr const char* here = "LabJack T7";

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

std::size_t word_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::size_t>(byte_at(bytes, at)) << 8U | byte_at(bytes, at + 1);
}

void put_byte(std::string& out, std::size_t value) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(value & 0xFFU)));
}

void put_word(std::string& out, std::size_t value) {
    put_byte(out, value >> 8U);
    put_byte(out, value);
}

void put_words(std::string& out, const Words& words) {
    for (const std::uint16_t word : words) {
        put_word(out, word);
    }
}

/// Has `frame` a header of its own length, our unit, and something behind the function code?
bool is_whole(std::string_view frame) {
    return frame.size() > header_bytes && word_at(frame, 2) == 0 &&
           word_at(frame, 4) == frame.size() - unit_at && frame[unit_at] == unit;
}

}  // namespace

void put_u32(Words& words, std::uint32_t value) {
    const modbus::Pair pair = modbus::from_u32(value, modbus::Order::abcd);
    words.insert(words.end(), pair.begin(), pair.end());
}

void put_float(Words& words, float value) {
    const auto pair = modbus::from_float(value, modbus::Order::abcd);
    RELAXD_ASSERT(pair.has_value());
    words.insert(words.end(), pair->begin(), pair->end());
}

std::uint32_t u32_at(const Words& words, std::size_t at) {
    RELAXD_ASSERT(at + 1 < words.size());
    const modbus::Pair pair{words[at], words[at + 1]};
    return modbus::to_u32(pair, modbus::Order::abcd);
}

std::optional<double> float_at(const Words& words, std::size_t at) {
    RELAXD_ASSERT(at + 1 < words.size());
    const modbus::Pair pair{words[at], words[at + 1]};
    const std::optional<float> value = modbus::to_float(pair, modbus::Order::abcd);
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

Question Question::read(std::uint16_t address, std::size_t count) {
    RELAXD_ASSERT(count >= 1 && count <= modbus::max_read_registers);
    std::string data;
    put_word(data, address);
    put_word(data, count);
    Question question(f_read, std::move(data));
    question.payload_bytes_ = 1 + 2 * count;
    put_byte(question.payload_begins_, 2 * count);
    return question;
}

Question Question::write(std::uint16_t address, const Words& values) {
    RELAXD_ASSERT(!values.empty() && values.size() <= modbus::max_write_registers);
    std::string data;
    put_word(data, address);
    put_word(data, values.size());
    const std::string echo = data;
    put_byte(data, 2 * values.size());
    put_words(data, values);
    Question question(f_write, std::move(data));
    question.payload_bytes_ = echo.size();
    question.payload_begins_ = echo;
    return question;
}

Question Question::feedback(const std::vector<Access>& accesses) {
    std::string data;
    std::size_t read = 0;
    for (const Access& access : accesses) {
        RELAXD_ASSERT(access.count >= 1);
        put_byte(data, access.written.empty() ? 0 : 1);
        put_word(data, access.address);
        put_byte(data, access.count);
        put_words(data, access.written);
        read += access.written.empty() ? access.count : 0;
    }
    RELAXD_ASSERT(header_bytes + 2 * read <= longest_frame);
    Question question(f_feedback, std::move(data));
    question.payload_bytes_ = 2 * read;
    return question;
}

Question Question::stream(std::size_t samples) {
    RELAXD_ASSERT(samples >= 1 && samples <= most_samples);
    const auto count = static_cast<std::uint8_t>(stream_header_words + samples);
    const std::vector<Access> accesses(1, Access(reg::stream_data_cr, count));
    Question question = feedback(accesses);
    question.is_stream_ = true;
    return question;
}

std::string Question::bytes(std::uint16_t transaction) const {
    std::string frame;
    put_word(frame, transaction);
    put_word(frame, 0);
    put_word(frame, 2 + data_.size());
    frame.push_back(unit);
    put_byte(frame, function_);
    return frame + data_;
}

bool Question::fits(std::string_view reply, std::uint16_t transaction) const {
    // A write alone by function 76 is answered by the function code alone.
    const bool is_bare = function_ == f_feedback && payload_bytes_ == 0 &&
                         reply.size() == header_bytes && word_at(reply, 2) == 0 &&
                         word_at(reply, 4) == 2 && reply[unit_at] == unit;
    if ((!is_bare && !is_whole(reply)) || word_at(reply, 0) != transaction) {
        return false;
    }
    const std::string_view payload = reply.substr(header_bytes);
    const unsigned function = byte_at(reply, function_at);
    if (function == (function_ | exception_bit)) {
        return payload.size() == 1 && payload[0] != 0;
    }
    if (function != function_ || !payload.starts_with(payload_begins_)) {
        return false;
    }
    if (is_stream_ && payload.size() >= 2 * stream_header_words &&
        payload.size() < payload_bytes_) {  // no filling behind the samples
        return payload.size() == 2 * (stream_header_words + word_at(payload, 0));
    }
    return payload.size() == payload_bytes_;
}

link::Query Question::query(std::uint16_t transaction) const {
    link::Query out(bytes(transaction));
    out.fits = [self = *this, transaction](std::string_view reply) {
        return self.fits(reply, transaction);
    };
    return out;
}

Result<Words> decode_words(std::string_view reply) {
    if (reply.size() < header_bytes) {
        return fail(Errc::corrupt, "a reply of " + std::to_string(reply.size()) + " bytes", here);
    }
    const unsigned function = byte_at(reply, function_at);
    std::string_view payload = reply.substr(header_bytes);
    if ((function & exception_bit) != 0) {
        const std::uint8_t code = payload.empty() ? std::uint8_t{0} : byte_at(payload, 0);
        return fail(
            Errc::refused,
            "the device refuses function " + std::to_string(function & ~exception_bit) + ": " +
                modbus::exception_name(code),
            here,
            "register LAST_ERR_DETAIL (55000) says more"
        );
    }
    if (function == f_write) {
        return Words();
    }
    if (function == f_read) {
        payload.remove_prefix(std::min<std::size_t>(1, payload.size()));
    }
    Words words;
    words.reserve(payload.size() / 2);
    for (std::size_t at = 0; at + 1 < payload.size(); at += 2) {
        words.push_back(static_cast<std::uint16_t>(word_at(payload, at)));
    }
    return words;
}

link::Framing framing() {
    return [](std::string_view received) {
        const bool has_protocol = received.size() >= 4;
        const bool has_length = received.size() >= unit_at;
        const std::size_t length = has_length ? word_at(received, 4) : 0;
        if ((has_protocol && word_at(received, 2) != 0) ||
            (has_length && (length < 2 || length > longest_frame - unit_at))) {
            return link::FrameEnd::junk();
        }
        if (!has_length || received.size() < unit_at + length) {
            return link::FrameEnd();
        }
        return link::FrameEnd(unit_at + length);
    };
}

Slopes nominal_slopes(double range_V) {
    // T-series datasheet 20.0.1, range 10 V.
    const double gain = range_V / 10.0;
    return Slopes(0.000315805780 * gain, -0.000315805800 * gain, 33523.0);
}

Result<Slopes> decode_slopes(const Words& flash, double range_V) {
    constexpr std::size_t registers_each = 8;
    constexpr double within = 0.05;  // LabJack's own check of a T7's constants
    constexpr double half_scale = 33523.0;
    const std::array<double, 4> ranges{10.0, 1.0, 0.1, 0.01};
    const auto* const found = std::ranges::find(ranges, range_V);
    const auto at = registers_each * static_cast<std::size_t>(found - ranges.begin());
    if (found == ranges.end() || at + registers_each > flash.size()) {
        return fail(
            Errc::corrupt,
            "no calibration constants of the range of " + to_text(range_V) + " V",
            here
        );
    }
    const auto up = float_at(flash, at);
    const auto down = float_at(flash, at + 2);
    const auto center = float_at(flash, at + 4);
    const Slopes nominal = nominal_slopes(range_V);
    const auto is_near = [](std::optional<double> value, double expected) {
        return value && std::abs(*value - expected) <= within * std::abs(expected);
    };
    if (!is_near(up, nominal.positive) || !is_near(down, nominal.negative) ||
        !is_near(center, nominal.center) || half_scale * std::abs(*up + *down) > 2.0 * *up) {
        return fail(
            Errc::corrupt,
            "the calibration constants in the device make no sense at a range of " +
                to_text(range_V) + " V",
            here,
            "check them with LabJack's Kipling"
        );
    }
    return Slopes(*up, *down, *center);
}

}  // namespace relaxd::drivers::parts::labjack_t7
