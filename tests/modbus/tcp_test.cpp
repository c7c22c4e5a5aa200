// SPDX-License-Identifier: MIT
//
// The MBAP header (MODBUS Messaging on TCP/IP V1.0b, 3.1.3) and the stream of a connection.
#include "drivers/modbus/tcp.hpp"

#include "tests/modbus/bytes.hpp"
#include "tests/support/catch.hpp"

using namespace relaxd::drivers::modbus;
using relaxd::Errc;
using relaxd::test::hex;
using relaxd::test::to_hex;

namespace {

const Request two = *Request::read_holding_registers(107, 2);
const Bytes good = hex("15 01 00 00 00 07 FF 03 04 02 2B 00 64");

std::string refused(const std::string& bytes) {
    const auto frame = decode_tcp(hex(bytes));
    REQUIRE_FALSE(frame);
    CHECK(frame.error().code == Errc::corrupt);
    CHECK(frame.error().where == "modbus tcp");
    return frame.error().message;
}

}  // namespace

TEST_CASE("the header is transaction, protocol 0, length from the unit on, unit") {
    CHECK(to_hex(encode_tcp(0x1501, 0xFF, two)) == "15 01 00 00 00 06 FF 03 00 6B 00 02");
    CHECK(decode_tcp(good)->transaction == 0x1501);
    CHECK(decode_tcp(good)->unit == 0xFF);
    CHECK(to_hex(decode_tcp(good)->pdu) == "03 04 02 2B 00 64");
    CHECK(to_hex(tcp_frame(0x1501, 0xFF, hex("03 04 02 2B 00 64"))) == to_hex(good));
}

TEST_CASE("a frame with an impossible header or of another size is refused") {
    CHECK(refused("15 01 00 01 00 03 FF 83 02") == "a header names protocol 1, Modbus is 0");
    CHECK(refused("15 01 00 00 00 01 FF") == "a header announces 1 bytes, possible are 2 to 254");
    CHECK(
        refused("15 01 00 00 00 FF FF 03 02") ==
        "a header announces 255 bytes, possible are 2 to 254"
    );
    CHECK(refused("15 01 00 00 00 03 FF 83") == "the frame has 8 bytes, its header announces 9");
    CHECK(
        refused("15 01 00 00 00 03 FF 83 02 00") == "the frame has 10 bytes, its header announces 9"
    );
    CHECK(refused("15 01 00") == "the frame has 3 bytes, at least 8");
    CHECK(refused("") == "the frame has 0 bytes, at least 8");
}

TEST_CASE("only the frame of the same transaction and unit is the answer") {
    const TcpFrame frame = *decode_tcp(good);
    const auto answer = match(frame, 0x1501, 0xFF, two);
    REQUIRE(answer);
    CHECK(std::get<Reply>(*answer).registers == std::vector<std::uint16_t>{0x022B, 0x0064});
    CHECK(
        match(frame, 0x1502, 0xFF, two).error().sentence() ==
        "unit 255, read holding registers 107 to 108: the reply is to transaction 5377, this is "
        "5378"
    );
    CHECK(match(frame, 0x1501, 1, two).error().message == "the reply is of unit 255");
    const Request three = *Request::read_holding_registers(107, 3);
    CHECK(
        match(frame, 0x1501, 0xFF, three).error().sentence() ==
        "unit 255, read holding registers 107 to 109: the reply has the byte count 4, 6 belongs "
        "to it"
    );
}

TEST_CASE("every truncation of a frame is refused, and waited for in a stream") {
    for (std::size_t size = 0; size < good.size(); ++size) {
        CHECK_FALSE(decode_tcp(View(good).first(size)));
        TcpDecoder decoder;
        decoder.feed(View(good).first(size));
        CHECK_FALSE(decoder.next());
        CHECK(decoder.buffered() == size);
        decoder.feed(View(good).subspan(size));
        const auto frame = decoder.next();
        REQUIRE(frame);
        REQUIRE(*frame);
        CHECK(**frame == *decode_tcp(good));
    }
}

TEST_CASE("a late reply of an earlier request is passed over and the right one behind it found") {
    TcpDecoder decoder;
    for (std::uint16_t transaction = 7; transaction <= 9; ++transaction) {
        decoder.feed(tcp_frame(transaction, 1, hex("03 04 00 07 00 08")));
    }
    std::vector<bool> fits;
    while (const auto frame = decoder.next()) {
        REQUIRE(*frame);
        fits.push_back(match(**frame, 9, 1, two).has_value());
    }
    CHECK(fits == std::vector<bool>{false, false, true});
}

TEST_CASE("after an impossible header nothing is believed until there is a new connection") {
    TcpDecoder decoder;
    Bytes stream = good;
    const Bytes wrong = hex("15 02 00 07");
    stream.insert(stream.end(), wrong.begin(), wrong.end());
    stream.insert(stream.end(), good.begin(), good.end());
    decoder.feed(stream);
    REQUIRE(decoder.next().value().has_value());
    const auto lost = decoder.next();
    REQUIRE(lost);
    REQUIRE_FALSE(*lost);
    CHECK(lost->error().message == "a header names protocol 7, Modbus is 0");
    CHECK(lost->error().size == 4 + good.size());
    CHECK(decoder.lost());
    CHECK(decoder.feed(good) == good.size());
    CHECK_FALSE(decoder.next());
    decoder.reset();
    CHECK_FALSE(decoder.lost());
    decoder.feed(good);
    CHECK(decoder.next().value().has_value());
}

TEST_CASE("an impossible protocol or length is noticed as soon as it has come") {
    TcpDecoder protocol;
    protocol.feed(hex("15 01 01 00"));
    CHECK_FALSE(protocol.next().value().has_value());
    TcpDecoder length;
    length.feed(hex("15 01 00 00 7F"));
    CHECK_FALSE(length.next());
    length.feed(hex("00"));
    CHECK_FALSE(length.next().value().has_value());
}
