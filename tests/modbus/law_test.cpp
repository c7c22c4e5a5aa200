// SPDX-License-Identifier: MIT
//
// Laws over random requests: encoding and decoding are inverse, a split changes nothing, and a
// damaged reply never becomes a value.
#include "drivers/modbus/rtu.hpp"
#include "drivers/modbus/tcp.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <utility>
#include <vector>

using namespace relaxd::drivers::modbus;

namespace {

using Registers = std::vector<std::uint16_t>;

std::size_t up_to(std::size_t limit) {
    return *rc::gen::inRange<std::size_t>(1, limit + 1);
}

Registers some_registers(std::size_t limit) {
    return *rc::gen::container<Registers>(up_to(limit), rc::gen::arbitrary<std::uint16_t>());
}

std::vector<bool> some_bits(std::size_t limit) {
    return *rc::gen::container<std::vector<bool>>(up_to(limit), rc::gen::arbitrary<bool>());
}

std::uint32_t address_for(std::size_t count) {
    return *rc::gen::inRange<std::uint32_t>(0, static_cast<std::uint32_t>(65537 - count));
}

/// Any request that can be made.
Request some_request() {
    const std::size_t bits = up_to(max_read_bits);
    const std::size_t words = up_to(max_read_registers);
    switch (*rc::gen::inRange(0, 10)) {
        case 0: return *Request::read_coils(address_for(bits), bits);
        case 1: return *Request::read_discrete_inputs(address_for(bits), bits);
        case 2: return *Request::read_holding_registers(address_for(words), words);
        case 3: return *Request::read_input_registers(address_for(words), words);
        case 4: return *Request::write_coil(address_for(1), *rc::gen::arbitrary<bool>());
        case 5: return *Request::write_register(address_for(1), some_registers(1).front());
        case 6: {
            auto values = some_bits(max_write_bits);
            const std::uint32_t address = address_for(values.size());
            return *Request::write_coils(address, std::move(values));
        }
        case 7: {
            auto values = some_registers(max_write_registers);
            const std::uint32_t address = address_for(values.size());
            return *Request::write_registers(address, std::move(values));
        }
        case 8: {
            auto values = some_registers(max_exchange_write);
            const std::uint32_t address = address_for(values.size());
            return *Request::read_write_registers(
                address_for(words), words, address, std::move(values)
            );
        }
        default: return Request::loopback(some_registers(1).front());
    }
}

Reply some_reply(const Request& request) {
    Reply reply;
    switch (request.function()) {
        case Function::read_coils:
        case Function::read_discrete_inputs:
            reply.bits =
                *rc::gen::container<std::vector<bool>>(request.count(), rc::gen::arbitrary<bool>());
            break;
        case Function::read_holding_registers:
        case Function::read_input_registers:
        case Function::read_write_registers:
            reply.registers = *rc::gen::container<Registers>(
                request.count(), rc::gen::arbitrary<std::uint16_t>()
            );
            break;
        case Function::diagnostics: reply.registers = request.registers(); break;
        default: break;
    }
    return reply;
}

std::uint8_t some_unit() {
    return *rc::gen::inRange<std::uint8_t>(1, 248);
}

/// The frame of the reply, or now and then of an exception.
Bytes some_rtu_answer(std::uint8_t unit, const Request& request) {
    if (*rc::gen::inRange(0, 5) == 0) {
        const std::uint8_t code = *rc::gen::inRange<std::uint8_t>(1, 12);
        return rtu_frame(
            unit, encode_exception(static_cast<std::uint8_t>(request.function()), code)
        );
    }
    return rtu_frame(unit, *encode_reply(request, some_reply(request)));
}

/// True if the bytes, cut anywhere, ever become an answer to the request.
bool ever_answers(View bytes, std::uint8_t unit, const Request& request) {
    RtuDecoder decoder(RtuDecoder::Side::replies);
    decoder.feed(bytes);
    bool answers = false;
    const auto listen = [&] {
        while (const auto frame = decoder.next()) {
            answers = answers || (*frame && match(**frame, unit, request));
        }
    };
    listen();
    decoder.silence();
    listen();
    return answers;
}

bool refused_whole(View bytes, std::uint8_t unit, const Request& request) {
    const auto frame = decode_rtu(bytes);
    return !frame || !match(*frame, unit, request);
}

/// Frames and sizes of drops, after a silence at the end.
template <typename Decoder, typename Frame>
std::vector<std::pair<std::size_t, Frame>> played(Decoder decoder, View bytes, std::size_t piece) {
    std::vector<std::pair<std::size_t, Frame>> heard;
    const auto listen = [&] {
        while (const auto next = decoder.next()) {
            if (*next) {
                heard.emplace_back(0, **next);
            } else {
                heard.emplace_back(next->error().size, Frame());
            }
        }
    };
    while (!bytes.empty()) {
        const std::size_t taken = decoder.feed(bytes.first(std::min(piece, bytes.size())));
        bytes = bytes.subspan(taken);
        listen();
    }
    if constexpr (std::is_same_v<Decoder, RtuDecoder>) {
        decoder.silence();
        listen();
    }
    return heard;
}

}  // namespace

TEST_CASE("a request comes back from its bytes") {
    CHECK(rc::check([] {
        const Request request = some_request();
        const Bytes pdu = encode_request(request);
        RC_ASSERT(pdu.size() <= max_pdu);
        RC_ASSERT(*decode_request(pdu) == request);
        const auto unit = some_unit();
        RC_ASSERT(decode_rtu(*encode_rtu(unit, request))->pdu == pdu);
        RC_ASSERT(decode_tcp(encode_tcp(7, unit, request))->pdu == pdu);
    }));
}

TEST_CASE("a truncated or lengthened request is refused") {
    CHECK(rc::check([] {
        Bytes pdu = encode_request(some_request());
        for (std::size_t size = 0; size < pdu.size(); ++size) {
            RC_ASSERT_FALSE(decode_request(View(pdu).first(size)).has_value());
        }
        pdu.push_back(0);
        RC_ASSERT_FALSE(decode_request(pdu).has_value());
    }));
}

TEST_CASE("a reply comes back from its bytes, over RTU and TCP") {
    CHECK(rc::check([] {
        const Request request = some_request();
        const Reply reply = some_reply(request);
        const auto pdu = encode_reply(request, reply);
        RC_ASSERT(pdu.has_value());
        const auto unit = some_unit();
        const Bytes rtu = rtu_frame(unit, *pdu);
        RC_ASSERT(rtu.size() == rtu_reply_size(request));
        RC_ASSERT(std::get<Reply>(*match(*decode_rtu(rtu), unit, request)) == reply);
        RC_ASSERT(ever_answers(rtu, unit, request));
        const auto number = *rc::gen::arbitrary<std::uint16_t>();
        const TcpFrame tcp = *decode_tcp(tcp_frame(number, unit, *pdu));
        RC_ASSERT(std::get<Reply>(*match(tcp, number, unit, request)) == reply);
    }));
}

TEST_CASE("every truncation of an RTU reply is refused") {
    CHECK(rc::check([] {
        const Request request = some_request();
        const auto unit = some_unit();
        const Bytes frame = some_rtu_answer(unit, request);
        for (std::size_t size = 0; size < frame.size(); ++size) {
            RC_ASSERT(refused_whole(View(frame).first(size), unit, request));
            RC_ASSERT_FALSE(ever_answers(View(frame).first(size), unit, request));
        }
    }));
}

TEST_CASE("every flipped bit of an RTU reply is refused") {
    CHECK(rc::check([] {
        const Request request = some_request();
        const auto unit = some_unit();
        Bytes frame = some_rtu_answer(unit, request);
        for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
            const auto mask = static_cast<std::uint8_t>(1U << bit % 8);
            frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] ^ mask);
            RC_ASSERT(refused_whole(frame, unit, request));
            RC_ASSERT_FALSE(ever_answers(frame, unit, request));
            frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] ^ mask);
        }
    }));
}

TEST_CASE("the reply to one request answers no other of another shape") {
    CHECK(rc::check([] {
        const Request asked = some_request();
        const Request other = some_request();
        const auto unit = some_unit();
        const Bytes late = rtu_frame(unit, *encode_reply(other, some_reply(other)));
        const bool same_shape =
            asked.function() == other.function() && asked.count() == other.count();
        RC_PRE(!same_shape && reply_size(asked) != reply_size(other));
        RC_ASSERT_FALSE(ever_answers(late, unit, asked));
    }));
}

TEST_CASE("a stream split anywhere gives the same frames, whatever is between them") {
    CHECK(rc::check([] {
        Bytes rtu;
        Bytes tcp;
        const int frames = *rc::gen::inRange(1, 6);
        for (int i = 0; i < frames; ++i) {
            const Request request = some_request();
            const Bytes frame = some_rtu_answer(some_unit(), request);
            rtu.insert(rtu.end(), frame.begin(), frame.end());
            const Bytes noise = *rc::gen::arbitrary<Bytes>();
            rtu.insert(rtu.end(), noise.begin(), noise.end());
            const Bytes header = encode_tcp(static_cast<std::uint16_t>(i), 1, request);
            tcp.insert(tcp.end(), header.begin(), header.end());
        }
        tcp.insert(tcp.end(), rtu.begin(), rtu.begin() + 5);  // no header: the stream is lost
        const std::size_t piece = up_to(40);
        const RtuDecoder replies(RtuDecoder::Side::replies);
        RC_ASSERT(
            (played<RtuDecoder, RtuFrame>(replies, rtu, piece)) ==
            (played<RtuDecoder, RtuFrame>(replies, rtu, 100))
        );
        const auto whole = played<TcpDecoder, TcpFrame>(TcpDecoder(), tcp, 100);
        const auto split = played<TcpDecoder, TcpFrame>(TcpDecoder(), tcp, piece);
        RC_ASSERT(whole.size() >= static_cast<std::size_t>(frames));
        for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) {
            RC_ASSERT(whole[i] == split[i]);
        }
    }));
}
