// SPDX-License-Identifier: MIT
//
// libFuzzer on both Modbus decoders. It looks for a crash, for memory that grows, for a stream that
// decodes differently when it is split, for an RTU frame whose CRC does not fit by a bitwise second
// look, for a request that does not come back from its bytes, and for a reply of another size than
// its request asks for.
//
// The seed corpus is made here: a custom mutator starts from real frames and puts right CRCs and
// lengths half of the time, because random bytes alone never pass a CRC-16.
#include "drivers/modbus/rtu.hpp"
#include "drivers/modbus/tcp.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

using namespace relaxd::drivers::modbus;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

[[noreturn]] void broken(const char* promise) {
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

std::vector<Request> requests() {
    return {
        *Request::read_coils(19, 19),
        *Request::read_discrete_inputs(196, 22),
        *Request::read_holding_registers(107, 3),
        *Request::read_input_registers(8, 1),
        *Request::write_coil(172, true),
        *Request::write_register(1, 3),
        Request::loopback(0xA537),
        *Request::write_coils(19, std::vector<bool>(10, true)),
        *Request::write_registers(1, {10, 258}),
        *Request::read_write_registers(3, 6, 14, {255, 255, 255}),
    };
}

Reply reply_to(const Request& request) {
    Reply reply;
    reply.bits.assign(request.count(), true);
    reply.registers.assign(request.count(), 0x0102);
    if (request.function() == Function::read_coils ||
        request.function() == Function::read_discrete_inputs) {
        reply.registers.clear();
    } else {
        reply.bits.clear();
    }
    return reply;
}

std::uint16_t crc_by_bits(View bytes) {
    unsigned crc = 0xFFFF;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int n = 0; n < 8; ++n) {
            crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0xA001U : crc >> 1U;
        }
    }
    return static_cast<std::uint16_t>(crc);
}

/// A PDU that a decoder delivered: as a request and as a reply to every kind of request.
void check_pdu(View pdu) {
    if (const auto request = decode_request(pdu)) {
        const Bytes again = encode_request(*request);
        Bytes expected(pdu.begin(), pdu.end());
        if (request->function() == Function::write_coils) {
            // The bits that fill the last byte are sent as 0.
            expected.back() = again.back();
        }
        if (again != expected) {
            broken("a request comes back from its bytes");
        }
    }
    static const std::vector<Request> asked = requests();
    for (const Request& request : asked) {
        const auto answer = decode_reply(pdu, request);
        if (!answer) {
            continue;
        }
        if (const auto* reply = std::get_if<Reply>(&*answer)) {
            const auto again = encode_reply(request, *reply);
            if (!again || again->size() != pdu.size() || pdu.size() != reply_size(request)) {
                broken("a reply has the size that its request asks for");
            }
        } else if (pdu.size() != 2) {
            broken("an exception has two bytes");
        }
    }
}

void check_frame(const RtuFrame& frame) {
    Bytes covered{frame.unit};
    covered.insert(covered.end(), frame.pdu.begin(), frame.pdu.end());
    const Bytes whole = rtu_frame(frame.unit, frame.pdu);
    const std::uint16_t crc = crc_by_bits(covered);
    if (whole[whole.size() - 2] != (crc & 0xFFU) || whole.back() != crc >> 8U) {
        broken("the CRC is the bitwise one");
    }
    check_pdu(frame.pdu);
}

void check_frame(const TcpFrame& frame) {
    check_pdu(frame.pdu);
}

template <typename Frame>
struct Heard {
    std::vector<Frame> frames;
    std::size_t dropped = 0;
};

template <typename Decoder, typename Frame>
void drain(Decoder& decoder, Heard<Frame>& heard) {
    while (const auto next = decoder.next()) {
        if (*next) {
            check_frame(**next);
            heard.frames.push_back(**next);
        } else {
            heard.dropped += next->error().size;
        }
    }
}

template <typename Decoder, typename Frame>
void listen(Decoder& decoder, View bytes, Heard<Frame>& heard) {
    while (!bytes.empty()) {
        const std::size_t taken = decoder.feed(bytes);
        bytes = bytes.subspan(taken);
        drain(decoder, heard);
        if (decoder.buffered() > max_tcp_frame) {
            broken("what waits for its end is shorter than a frame");
        }
    }
}

void check_rtu(View bytes, std::size_t cut, RtuDecoder::Side side) {
    Heard<RtuFrame> whole;
    RtuDecoder at_once(side);
    listen(at_once, bytes, whole);
    at_once.silence();
    drain(at_once, whole);
    Heard<RtuFrame> split;
    RtuDecoder in_two(side);
    listen(in_two, bytes.first(cut), split);
    listen(in_two, bytes.subspan(cut), split);
    in_two.silence();
    drain(in_two, split);
    if (whole.frames != split.frames || whole.dropped != split.dropped) {
        broken("a split changes nothing on a line");
    }
    std::size_t total = whole.dropped;
    for (const RtuFrame& frame : whole.frames) {
        total += frame.pdu.size() + 3;
    }
    if (total != bytes.size() || at_once.buffered() != 0) {
        broken("every byte is in a frame or reported");
    }
}

void check_tcp(View bytes, std::size_t cut) {
    Heard<TcpFrame> whole;
    TcpDecoder at_once;
    listen(at_once, bytes, whole);
    Heard<TcpFrame> split;
    TcpDecoder in_two;
    listen(in_two, bytes.first(cut), split);
    listen(in_two, bytes.subspan(cut), split);
    if (whole.frames != split.frames || at_once.lost() != in_two.lost()) {
        broken("a split changes nothing in a connection");
    }
}

/// Puts the last two bytes right as a CRC, or the header right as one frame.
void repair(Bytes& bytes, bool tcp) {
    if (tcp && bytes.size() > mbap_header && bytes.size() <= max_tcp_frame) {
        bytes[2] = bytes[3] = 0;
        bytes[4] = static_cast<std::uint8_t>((bytes.size() - 6) >> 8U);
        bytes[5] = static_cast<std::uint8_t>((bytes.size() - 6) & 0xFFU);
    } else if (!tcp && bytes.size() >= min_rtu_frame) {
        const std::uint16_t crc = crc_by_bits(View(bytes).first(bytes.size() - 2));
        bytes[bytes.size() - 2] = static_cast<std::uint8_t>(crc & 0xFFU);
        bytes[bytes.size() - 1] = static_cast<std::uint8_t>(crc >> 8U);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const View bytes(data, size);
    const std::size_t cut = size == 0 ? 0 : data[0] * std::size_t{7} % size;
    check_rtu(bytes, cut, RtuDecoder::Side::replies);
    check_rtu(bytes, cut, RtuDecoder::Side::requests);
    check_tcp(bytes, cut);
    check_pdu(bytes);
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(
    std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned int seed
) {
    Bytes bytes(data, data + size);
    const bool tcp = seed % 3 == 0;
    if (size < 4 || seed % 16 == 0) {  // the seed corpus
        static const std::vector<Request> asked = requests();
        const Request& request = asked[seed / 48 % asked.size()];
        const bool answers = seed / 480 % 2 == 0;
        const Bytes pdu =
            answers ? *encode_reply(request, reply_to(request)) : encode_request(request);
        const Bytes frame = tcp ? tcp_frame(7, 17, pdu) : rtu_frame(17, pdu);
        bytes.insert(seed / 960 % 2 == 0 ? bytes.begin() : bytes.end(), frame.begin(), frame.end());
    }
    std::vector<std::uint8_t> room(std::max(max_size, bytes.size()));
    std::copy(bytes.begin(), bytes.end(), room.begin());
    const std::size_t mutated = LLVMFuzzerMutate(room.data(), bytes.size(), room.size());
    bytes.assign(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(mutated));
    if (seed % 2 == 0) {
        repair(bytes, tcp);
    }
    const std::size_t result = std::min(bytes.size(), max_size);
    std::memcpy(data, bytes.data(), result);
    return result;
}
