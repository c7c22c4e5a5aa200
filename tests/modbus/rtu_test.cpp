// SPDX-License-Identifier: MIT
//
// RTU frames and their stream: published frames, the CRC against its definition, the gaps.
#include "drivers/modbus/rtu.hpp"

#include "drivers/modbus/crc16.hpp"
#include "tests/modbus/bytes.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <chrono>
#include <string_view>

using namespace relaxd::drivers::modbus;
using relaxd::Errc;
using relaxd::test::hex;
using relaxd::test::to_hex;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

namespace {

/// Bit for bit as the flow chart of MODBUS over Serial Line V1.02, 6.2.2, says.
std::uint16_t crc_by_bits(const Bytes& bytes) {
    unsigned crc = 0xFFFF;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int n = 0; n < 8; ++n) {
            const bool carry = crc % 2 == 1;
            crc /= 2;
            if (carry) {
                crc ^= 0xA001U;
            }
        }
    }
    return static_cast<std::uint16_t>(crc);
}

Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

/// Frames as text, drops as "-SIZE".
std::vector<std::string> heard(RtuDecoder& decoder) {
    std::vector<std::string> out;
    while (auto next = decoder.next()) {
        out.push_back(
            *next ? std::to_string((*next)->unit) + ": " + to_hex((*next)->pdu)
                  : "-" + std::to_string(next->error().size)
        );
    }
    return out;
}

using Heard = std::vector<std::string>;

const Bytes good = rtu_frame(17, hex("03 04 00 0A 01 02"));
const std::string good_text = "17: 03 04 00 0A 01 02";

}  // namespace

TEST_CASE("the CRC has its published check value") {
    const std::string_view text = "123456789";
    CHECK(crc16(Bytes(text.begin(), text.end())) == 0x4B37);
    CHECK(crc16(hex("02 07")) == 0x1241);  // MODBUS over Serial Line V1.02, 6.2.2
    CHECK(crc16({}) == 0xFFFF);
}

TEST_CASE("the CRC by table is the CRC by bits") {
    CHECK(rc::check([](const Bytes& bytes) { RC_ASSERT(crc16(bytes) == crc_by_bits(bytes)); }));
}

TEST_CASE("a frame ends with the low byte of the CRC first, as in published frames") {
    const auto frame_of = [](const relaxd::Result<Request>& request) {
        return to_hex(*encode_rtu(17, *request));
    };
    CHECK(to_hex(rtu_frame(2, hex("07"))) == "02 07 41 12");
    // Unit 17 in the examples of Modicon's PI-MBUS-300, as widely reprinted.
    CHECK(frame_of(Request::read_coils(19, 37)) == "11 01 00 13 00 25 0E 84");
    CHECK(frame_of(Request::read_discrete_inputs(196, 22)) == "11 02 00 C4 00 16 BA A9");
    CHECK(frame_of(Request::read_holding_registers(107, 3)) == "11 03 00 6B 00 03 76 87");
    CHECK(frame_of(Request::read_input_registers(8, 1)) == "11 04 00 08 00 01 B2 98");
    CHECK(frame_of(Request::write_coil(172, true)) == "11 05 00 AC FF 00 4E 8B");
    CHECK(frame_of(Request::write_register(1, 3)) == "11 06 00 01 00 03 9A 9B");
    CHECK(
        frame_of(Request::write_registers(1, {10, 258})) == "11 10 00 01 00 02 04 00 0A 01 02 C6 F0"
    );
}

TEST_CASE("a frame is whole and has its CRC, or it is refused") {
    REQUIRE(decode_rtu(good));
    CHECK(*decode_rtu(good) == RtuFrame(17, hex("03 04 00 0A 01 02")));
    CHECK(
        decode_rtu(hex("02 07 41 13")).error().sentence() ==
        "modbus rtu: the frame carries CRC 0x1341, its bytes have 0x1241"
    );
    CHECK(decode_rtu(hex("02 07 41")).error().message == "a frame has 4 to 256 bytes, this one 3");
    CHECK_FALSE(decode_rtu({}));
    Bytes long_one(255, 1);
    const std::uint16_t crc = crc16(long_one);
    long_one.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
    long_one.push_back(static_cast<std::uint8_t>(crc >> 8U));
    CHECK_FALSE(decode_rtu(long_one));
}

TEST_CASE("a frame of another unit is no answer") {
    const Request request = *Request::read_holding_registers(100, 2);
    CHECK(match(*decode_rtu(good), 17, request));
    const auto other = match(*decode_rtu(good), 18, request);
    REQUIRE_FALSE(other);
    CHECK(
        other.error().sentence() ==
        "unit 18, read holding registers 100 to 101: the reply is of unit 17"
    );
    const Request three = *Request::read_holding_registers(100, 3);
    CHECK(
        match(*decode_rtu(good), 17, three).error().where ==
        "unit 17, read holding registers 100 to 102"
    );
}

TEST_CASE("a broadcast writes and has no answer") {
    const Request write = *Request::write_register(1, 3);
    CHECK(encode_rtu(0, write));
    CHECK(encode_rtu(0, *Request::read_coils(0, 1)).error().code == Errc::invalid);
    CHECK(encode_rtu(0, Request::loopback(1)).error().code == Errc::invalid);
    CHECK(match(RtuFrame(0, encode_request(write)), 0, write).error().code == Errc::invalid);
}

TEST_CASE("the expected size of a reply is that of its frame") {
    CHECK(rtu_reply_size(*Request::read_holding_registers(100, 2)) == good.size());
    CHECK(rtu_reply_size(*Request::write_coils(0, std::vector<bool>(9))) == 8);
    CHECK(rtu_reply_size(*Request::read_coils(0, 2000)) == 255);
}

TEST_CASE("the gaps follow the baud rate up to 19200 and are fixed above") {
    // 3.5 characters of 11 bits: 38.5 bits at 9600 are 4.010417 ms, rounded up to the nanosecond.
    CHECK(rtu_silence(9600)->t3_5 == nanoseconds(4'010'417));
    CHECK(rtu_silence(9600)->t1_5 == nanoseconds(1'718'750));
    CHECK(rtu_silence(19200)->t3_5 == nanoseconds(2'005'209));
    CHECK(rtu_silence(1)->t3_5 == std::chrono::milliseconds(38'500));
    for (const std::uint32_t baud : {19201U, 38400U, 115'200U, 4'000'000'000U}) {
        CHECK(rtu_silence(baud)->t1_5 == microseconds(750));
        CHECK(rtu_silence(baud)->t3_5 == microseconds(1750));
    }
    CHECK(rtu_silence(0).error().code == Errc::invalid);
    CHECK(*line_time(256, 11'000) == std::chrono::milliseconds(256));
    CHECK(line_time(1, 0).error().code == Errc::invalid);
}

TEST_CASE("frames that follow each other without a gap are told apart by their length") {
    RtuDecoder decoder(RtuDecoder::Side::replies);
    const Bytes all = joined(
        {good,
         rtu_frame(1, hex("83 02")),
         rtu_frame(2, hex("10 00 01 00 02")),
         good,
         rtu_frame(3, hex("01 01 05"))}
    );
    CHECK(decoder.feed(all) == all.size());
    CHECK(
        heard(decoder) ==
        Heard{good_text, "1: 83 02", "2: 10 00 01 00 02", good_text, "3: 01 01 05"}
    );
    CHECK(decoder.buffered() == 0);
}

TEST_CASE("a server hears every kind of request") {
    RtuDecoder decoder(RtuDecoder::Side::requests);
    std::vector<Request> requests{
        *Request::read_coils(19, 19),
        *Request::read_input_registers(8, 1),
        *Request::write_coil(172, true),
        Request::loopback(0xA537),
        *Request::write_coils(19, std::vector<bool>(1968, true)),
        *Request::write_registers(1, std::vector<std::uint16_t>(123, 0xFFFF)),
        *Request::read_write_registers(3, 6, 14, std::vector<std::uint16_t>(121, 7)),
    };
    for (const Request& request : requests) {
        decoder.feed(*encode_rtu(9, request));
        const auto frame = decoder.next();
        REQUIRE(frame);
        REQUIRE(*frame);
        CHECK(*decode_request((*frame)->pdu) == request);
        CHECK_FALSE(decoder.next());
    }
}

TEST_CASE("noise before, between and after frames costs no frame") {
    RtuDecoder decoder(RtuDecoder::Side::replies);
    // 00: the line turning round; 05 03: looks like the head of a reply; FF 83: like an exception
    decoder.feed(joined({hex("00"), good, hex("05 03"), good, hex("FF 83 02 00 00"), good}));
    decoder.silence();
    CHECK(heard(decoder) == Heard{"-1", good_text, "-2", good_text, "-5", good_text});
    decoder.feed(good);
    CHECK(heard(decoder) == Heard{good_text});
}

TEST_CASE("a whole frame with a count that cannot be gets a clear answer, on both sides") {
    RtuDecoder replies(RtuDecoder::Side::replies);
    const Request two = *Request::read_holding_registers(100, 2);
    for (const char* dialect : {"03 00", "03 03 00 0A 01"}) {
        replies.feed(rtu_frame(17, hex(dialect)));
        const auto frame = replies.next();
        REQUIRE(frame);
        REQUIRE(*frame);
        const auto answer = match(**frame, 17, two);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().message.starts_with("the reply has the byte count"));
    }
    RtuDecoder requests(RtuDecoder::Side::requests);
    for (const char* wrong : {"10 00 01 00 00 00", "10 00 01 00 01 03 00 0A 00"}) {
        requests.feed(rtu_frame(17, hex(wrong)));
        const auto frame = requests.next();
        REQUIRE(frame);
        REQUIRE(*frame);
        CHECK(decode_request((*frame)->pdu).error().code == ExceptionCode::illegal_data_value);
    }
}

TEST_CASE("a sentence instead of a frame is no frame") {
    RtuDecoder decoder(RtuDecoder::Side::replies);
    const std::string_view sentence = "ERROR 02: ILLEGAL ADDRESS\r\n\r\n";
    decoder.feed(Bytes(sentence.begin(), sentence.end()));
    decoder.silence();
    CHECK(heard(decoder) == Heard{"-" + std::to_string(sentence.size())});
}

TEST_CASE("the report of what was dropped shows how it began") {
    RtuDecoder decoder(RtuDecoder::Side::replies);
    Bytes noise(20, 0xFF);
    decoder.feed(joined({noise, good}));
    const auto report = decoder.next();
    REQUIRE(report);
    REQUIRE_FALSE(*report);
    CHECK(report->error().size == 20);
    CHECK(
        report->error().message == "20 bytes make no frame: FF FF FF FF FF FF FF FF FF FF FF FF ..."
    );
}

TEST_CASE("a head that announces more than comes holds a reply up only until the silence") {
    RtuDecoder decoder(RtuDecoder::Side::replies);
    decoder.feed(joined({hex("01 03 FA"), good}));
    CHECK(heard(decoder).empty());
    decoder.silence();
    CHECK(decoder.feed(good) == 0);
    CHECK(heard(decoder) == Heard{"-3", good_text});
    CHECK(decoder.feed(good) == good.size());
    CHECK(heard(decoder) == Heard{good_text});
}

TEST_CASE("a frame that the silence cuts is dropped whole, and what comes later is its own") {
    for (std::size_t cut = 1; cut < good.size(); ++cut) {
        RtuDecoder decoder(RtuDecoder::Side::replies);
        decoder.feed(View(good).first(cut));
        CHECK(heard(decoder).empty());
        decoder.silence();
        CHECK(heard(decoder) == Heard{"-" + std::to_string(cut)});
        decoder.feed(View(good).subspan(cut));  // the rest, too late
        decoder.silence();
        CHECK(heard(decoder) == Heard{"-" + std::to_string(good.size() - cut)});
    }
}

TEST_CASE("endless noise takes no memory") {
    RtuDecoder decoder(RtuDecoder::Side::replies);
    std::size_t sent = 0;
    for (int i = 0; i < 2000; ++i) {
        const Bytes noise(97, static_cast<std::uint8_t>(i));
        View rest(noise);
        while (!rest.empty()) {
            const std::size_t taken = decoder.feed(rest);
            rest = rest.subspan(taken);
            sent += taken;
            heard(decoder);
            REQUIRE(decoder.buffered() <= max_rtu_frame);
        }
    }
    decoder.silence();
    heard(decoder);
    CHECK(sent == 2000 * 97);
    CHECK(decoder.buffered() == 0);
}
