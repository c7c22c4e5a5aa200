// SPDX-License-Identifier: MIT
#include "drivers/modbus/rtu.hpp"

#include "drivers/modbus/crc16.hpp"
#include "schema/base/assert.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace relaxd::drivers::modbus {

namespace {

constexpr std::uint64_t bits_of_character = 11;  // start, 8 data, parity or second stop, stop
constexpr std::uint32_t fastest_timed_baud = 19200;
constexpr std::chrono::nanoseconds fixed_t1_5 = std::chrono::microseconds(750);
constexpr std::chrono::nanoseconds fixed_t3_5 = std::chrono::microseconds(1750);

std::string hex(std::uint8_t byte) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    return {digits[byte >> 4U], digits[byte & 0xFU]};
}

std::string hex_word(std::uint16_t word) {
    return "0x" + hex(static_cast<std::uint8_t>(word >> 8U)) +
           hex(static_cast<std::uint8_t>(word & 0xFFU));
}

/// The CRC that the frame carries; `frame` has at least 2 bytes.
std::uint16_t carried_crc(View frame) {
    return static_cast<std::uint16_t>(frame[frame.size() - 2] | frame[frame.size() - 1] << 8U);
}

/// `frame` has at least 2 bytes.
bool crc_fits(View frame) {
    return crc16(frame.first(frame.size() - 2)) == carried_crc(frame);
}

Result<std::uint64_t> character_ns(std::uint32_t baud, std::uint64_t tenths) {
    if (baud == 0) {
        return fail(Errc::invalid, "a line has more than 0 baud", "modbus line");
    }
    const std::uint64_t numerator = tenths * bits_of_character * 100'000'000U;
    return (numerator + baud - 1) / baud;
}

}  // namespace

Bytes rtu_frame(std::uint8_t unit, View pdu) {
    RELAXD_ASSERT(!pdu.empty() && pdu.size() <= max_pdu);
    Bytes frame;
    frame.reserve(pdu.size() + 3);
    frame.push_back(unit);
    frame.insert(frame.end(), pdu.begin(), pdu.end());
    const std::uint16_t crc = crc16(frame);
    frame.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
    frame.push_back(static_cast<std::uint8_t>(crc >> 8U));
    return frame;
}

Result<Bytes> encode_rtu(std::uint8_t unit, const Request& request) {
    if (unit == 0 && request.reads()) {
        return fail(
            Errc::invalid,
            "a broadcast (unit 0) is not answered and cannot read",
            request.sentence(),
            "name the unit, 1 to 247"
        );
    }
    return rtu_frame(unit, encode_request(request));
}

Result<RtuFrame> decode_rtu(View bytes) {
    if (bytes.size() < min_rtu_frame || bytes.size() > max_rtu_frame) {
        return fail(
            Errc::corrupt,
            "a frame has 4 to 256 bytes, this one " + std::to_string(bytes.size()),
            "modbus rtu"
        );
    }
    const View covered = bytes.first(bytes.size() - 2);
    if (!crc_fits(bytes)) {
        return fail(
            Errc::corrupt,
            "the frame carries CRC " + hex_word(carried_crc(bytes)) + ", its bytes have " +
                hex_word(crc16(covered)),
            "modbus rtu"
        );
    }
    return RtuFrame(bytes[0], Bytes(covered.begin() + 1, covered.end()));
}

Result<Answer> match(const RtuFrame& frame, std::uint8_t unit, const Request& request) {
    if (unit == 0) {
        return fail(
            Errc::invalid, "a broadcast (unit 0) is not answered", detail::where_of(unit, request)
        );
    }
    if (frame.unit != unit) {
        return fail(
            Errc::corrupt,
            "the reply is of unit " + std::to_string(frame.unit),
            detail::where_of(unit, request)
        );
    }
    auto answer = decode_reply(frame.pdu, request);
    if (!answer) {
        answer.error().where = detail::where_of(unit, request);
    }
    return answer;
}

std::size_t rtu_reply_size(const Request& request) {
    return reply_size(request) + 3;
}

Result<Silence> rtu_silence(std::uint32_t baud) {
    if (baud > fastest_timed_baud) {
        return Silence(fixed_t1_5, fixed_t3_5);
    }
    const auto short_ns = character_ns(baud, 15);
    const auto long_ns = character_ns(baud, 35);
    if (!short_ns || !long_ns) {
        return fail(short_ns.error());
    }
    return Silence(std::chrono::nanoseconds(*short_ns), std::chrono::nanoseconds(*long_ns));
}

Result<std::chrono::nanoseconds> line_time(std::size_t bytes, std::uint32_t baud) {
    const auto duration = character_ns(baud, 10 * std::uint64_t{bytes});
    if (!duration) {
        return fail(duration.error());
    }
    return std::chrono::nanoseconds(*duration);
}

// --- the stream

namespace {

constexpr std::size_t no_frame = 0;
constexpr std::size_t sample_size = 12;

/// A frame with as much data as its byte count says, which is at `count_at`. A count that the
/// function cannot have is not judged here: with its CRC right the frame deserves a clear answer.
std::optional<std::size_t> counted(View begin, std::size_t count_at) {
    if (begin.size() <= count_at) {
        return std::nullopt;
    }
    const std::size_t size = count_at + 1 + begin[count_at] + 2;
    return size <= max_rtu_frame ? size : no_frame;
}

/// Size of the frame that begins here, `no_frame`, or nothing while that cannot be known.
std::optional<std::size_t> frame_size(RtuDecoder::Side side, View begin) {
    if (begin.size() < 2) {
        return std::nullopt;
    }
    const bool replies = side == RtuDecoder::Side::replies;
    const bool exception = (begin[1] & 0x80U) != 0;
    const auto function = to_function(static_cast<std::uint8_t>(begin[1] & 0x7FU));
    if (!function || (exception && !replies)) {
        return no_frame;
    }
    if (exception) {
        return 5;
    }
    constexpr std::optional<std::size_t> eight = 8;
    switch (*function) {
        case Function::read_coils:
        case Function::read_discrete_inputs:
        case Function::read_holding_registers:
        case Function::read_input_registers: return replies ? counted(begin, 2) : eight;
        case Function::write_coils:
        case Function::write_registers: return replies ? eight : counted(begin, 6);
        case Function::read_write_registers: return counted(begin, replies ? 2 : 10);
        default: return eight;
    }
}

}  // namespace

std::size_t RtuDecoder::feed(View bytes) {
    if (quiet_) {
        return 0;
    }
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
    const std::size_t taken = std::min(bytes.size(), capacity - buffer_.size());
    buffer_.insert(
        buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken)
    );
    return taken;
}

void RtuDecoder::silence() {
    quiet_ = buffered() > 0 || dropped_ > 0;
}

std::optional<Result<RtuFrame, Dropped>> RtuDecoder::next() {
    while (buffered() > 0) {
        const View rest = View(buffer_).subspan(head_);
        const auto size = frame_size(side_, rest);
        const bool incomplete = !size || *size > rest.size();
        if (incomplete && !quiet_) {
            return std::nullopt;
        }
        if (!incomplete && *size != no_frame && crc_fits(rest.first(*size))) {
            if (dropped_ > 0) {
                return report();
            }
            head_ += *size;
            const auto pdu_end = static_cast<std::ptrdiff_t>(*size) - 2;
            return RtuFrame(rest[0], Bytes(rest.begin() + 1, rest.begin() + pdu_end));
        }
        drop_one();
    }
    if (quiet_) {
        quiet_ = false;
        if (dropped_ > 0) {
            return report();
        }
    }
    return std::nullopt;
}

void RtuDecoder::drop_one() {
    if (sample_.size() < sample_size) {
        sample_.push_back(buffer_[head_]);
    }
    ++head_;
    ++dropped_;
}

tl::unexpected<Dropped> RtuDecoder::report() {
    std::string text = std::to_string(dropped_) + " bytes make no frame:";
    for (const std::uint8_t byte : sample_) {
        text += ' ';
        text += hex(byte);
    }
    if (dropped_ > sample_.size()) {
        text += " ...";
    }
    const std::size_t size = dropped_;
    dropped_ = 0;
    sample_.clear();
    return tl::unexpected<Dropped>(Dropped(size, std::move(text)));
}

}  // namespace relaxd::drivers::modbus
