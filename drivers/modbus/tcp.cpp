// SPDX-License-Identifier: MIT
#include "drivers/modbus/tcp.hpp"

#include "drivers/modbus/bits.hpp"
#include "schema/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::drivers::modbus {

namespace {

constexpr std::size_t unit_at = 6;
constexpr std::size_t shortest = 2;           // what a header's length counts: unit, function
constexpr std::size_t longest = 1 + max_pdu;  // unit, PDU
constexpr std::string_view here = "modbus tcp";

/// What is impossible about as much of a header as there is; empty if nothing is.
std::string header_fault(View begin) {
    if (begin.size() >= 4 && detail::word_at(begin, 2) != 0) {
        return "a header names protocol " + std::to_string(detail::word_at(begin, 2)) +
               ", Modbus is 0";
    }
    if (begin.size() >= unit_at) {
        const std::size_t length = detail::word_at(begin, 4);
        if (length < shortest || length > longest) {
            return "a header announces " + std::to_string(length) + " bytes, possible are 2 to 254";
        }
    }
    return {};
}

}  // namespace

Bytes tcp_frame(std::uint16_t transaction, std::uint8_t unit, View pdu) {
    RELAXD_ASSERT(!pdu.empty() && pdu.size() <= max_pdu);
    Bytes frame;
    detail::put_word(frame, transaction);
    detail::put_word(frame, 0);
    detail::put_word(frame, 1 + pdu.size());
    frame.push_back(unit);
    frame.insert(frame.end(), pdu.begin(), pdu.end());
    return frame;
}

Bytes encode_tcp(std::uint16_t transaction, std::uint8_t unit, const Request& request) {
    return tcp_frame(transaction, unit, encode_request(request));
}

Result<TcpFrame> decode_tcp(View bytes) {
    if (std::string fault = header_fault(bytes); !fault.empty()) {
        return fail(Errc::corrupt, std::move(fault), std::string(here));
    }
    const bool has_length = bytes.size() >= unit_at;
    const std::size_t right = has_length ? unit_at + detail::word_at(bytes, 4) : mbap_header + 1;
    if (bytes.size() != right) {
        return fail(
            Errc::corrupt,
            "the frame has " + std::to_string(bytes.size()) + " bytes, " +
                (has_length ? "its header announces " : "at least ") + std::to_string(right),
            std::string(here)
        );
    }
    const View pdu = bytes.subspan(mbap_header);
    return TcpFrame(detail::word_at(bytes, 0), bytes[unit_at], Bytes(pdu.begin(), pdu.end()));
}

Result<Answer> match(
    const TcpFrame& frame, std::uint16_t transaction, std::uint8_t unit, const Request& request
) {
    const std::string where = detail::where_of(unit, request);
    if (frame.transaction != transaction) {
        return fail(
            Errc::corrupt,
            "the reply is to transaction " + std::to_string(frame.transaction) + ", this is " +
                std::to_string(transaction),
            where
        );
    }
    if (frame.unit != unit) {
        return fail(Errc::corrupt, "the reply is of unit " + std::to_string(frame.unit), where);
    }
    auto answer = decode_reply(frame.pdu, request);
    if (!answer) {
        answer.error().where = where;
    }
    return answer;
}

std::size_t TcpDecoder::feed(View bytes) {
    if (lost_) {
        return bytes.size();
    }
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
    const std::size_t taken = std::min(bytes.size(), capacity - buffer_.size());
    buffer_.insert(
        buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken)
    );
    return taken;
}

std::optional<Result<TcpFrame, Dropped>> TcpDecoder::next() {
    const View rest = View(buffer_).subspan(head_);
    if (std::string fault = header_fault(rest); !fault.empty()) {
        return lose(std::move(fault));
    }
    if (rest.size() < unit_at) {
        return std::nullopt;
    }
    const std::size_t size = unit_at + detail::word_at(rest, 4);
    if (rest.size() < size) {
        return std::nullopt;
    }
    auto frame = decode_tcp(rest.first(size));
    if (!frame) {  // header_fault has looked already
        return lose(std::move(frame.error().message));
    }
    head_ += size;
    return std::move(*frame);
}

tl::unexpected<Dropped> TcpDecoder::lose(std::string message) {
    const std::size_t size = buffered();
    lost_ = true;
    buffer_.clear();
    head_ = 0;
    return tl::unexpected<Dropped>(Dropped(size, std::move(message)));
}

void TcpDecoder::reset() {
    *this = TcpDecoder();
}

}  // namespace relaxd::drivers::modbus
