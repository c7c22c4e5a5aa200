// SPDX-License-Identifier: MIT
//
// The worked examples of the MODBUS Application Protocol Specification V1.1b3, byte for byte, and
// the limits it sets.
#include "drivers/modbus/reply.hpp"
#include "tests/modbus/bytes.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

using namespace relaxd::drivers::modbus;
using relaxd::Errc;
using relaxd::test::hex;
using relaxd::test::to_hex;

namespace {

struct Example {
    std::string section;
    Request request;
    std::string request_bytes;
    Reply reply;
    std::string reply_bytes;
};

/// `count` bits, the first one lowest in the first byte.
std::vector<bool> bits(const std::string& bytes, std::size_t count) {
    std::vector<bool> out;
    const Bytes from = hex(bytes);
    for (std::size_t i = 0; i < count; ++i) {
        out.push_back((from[i / 8] & 1U << i % 8) != 0);
    }
    return out;
}

Reply of_bits(std::vector<bool> values) {
    Reply reply;
    reply.bits = std::move(values);
    return reply;
}

Reply of_registers(std::vector<std::uint16_t> values) {
    Reply reply;
    reply.registers = std::move(values);
    return reply;
}

std::vector<Example> examples() {
    return {
        {"6.1 read coils 20-38",
         *Request::read_coils(19, 19),
         "01 00 13 00 13",
         of_bits(bits("CD 6B 05", 19)),
         "01 03 CD 6B 05"},
        {"6.2 read discrete inputs 197-218",
         *Request::read_discrete_inputs(196, 22),
         "02 00 C4 00 16",
         of_bits(bits("AC DB 35", 22)),
         "02 03 AC DB 35"},
        {"6.3 read holding registers 108-110",
         *Request::read_holding_registers(107, 3),
         "03 00 6B 00 03",
         of_registers({555, 0, 100}),
         "03 06 02 2B 00 00 00 64"},
        {"6.4 read input register 9",
         *Request::read_input_registers(8, 1),
         "04 00 08 00 01",
         of_registers({10}),
         "04 02 00 0A"},
        {"6.5 coil 173 on",
         *Request::write_coil(172, true),
         "05 00 AC FF 00",
         Reply(),
         "05 00 AC FF 00"},
        {"6.6 register 2 to 3",
         *Request::write_register(1, 3),
         "06 00 01 00 03",
         Reply(),
         "06 00 01 00 03"},
        {"6.8.1 return query data 0xA537",
         Request::loopback(0xA537),
         "08 00 00 A5 37",
         of_registers({0xA537}),
         "08 00 00 A5 37"},
        {"6.11 ten coils from 20",
         *Request::write_coils(19, bits("CD 01", 10)),
         "0F 00 13 00 0A 02 CD 01",
         Reply(),
         "0F 00 13 00 0A"},
        {"6.12 two registers from 2 to 0x000A and 0x0102",
         *Request::write_registers(1, {0x000A, 0x0102}),
         "10 00 01 00 02 04 00 0A 01 02",
         Reply(),
         "10 00 01 00 02"},
        {"6.17 read six registers from 4, write three from 15",
         *Request::read_write_registers(3, 6, 14, {0xFF, 0xFF, 0xFF}),
         "17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF",
         of_registers({0x00FE, 0x0ACD, 0x0001, 0x0003, 0x000D, 0x00FF}),
         "17 0C 00 FE 0A CD 00 01 00 03 00 0D 00 FF"},
    };
}

/// The message of the refusal, which must be of code `corrupt`.
std::string refused(const std::string& reply, const Request& request) {
    const auto answer = decode_reply(hex(reply), request);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::corrupt);
    CHECK(answer.error().where == request.sentence());
    return answer.error().message;
}

}  // namespace

TEST_CASE("the specification's requests are encoded and decoded byte for byte") {
    for (const Example& example : examples()) {
        INFO(example.section);
        CHECK(to_hex(encode_request(example.request)) == example.request_bytes);
        const auto decoded = decode_request(hex(example.request_bytes));
        REQUIRE(decoded);
        CHECK(*decoded == example.request);
    }
}

TEST_CASE("the specification's replies are encoded and decoded byte for byte") {
    for (const Example& example : examples()) {
        INFO(example.section);
        const auto encoded = encode_reply(example.request, example.reply);
        REQUIRE(encoded);
        CHECK(to_hex(*encoded) == example.reply_bytes);
        CHECK(reply_size(example.request) == encoded->size());
        const auto decoded = decode_reply(hex(example.reply_bytes), example.request);
        REQUIRE(decoded);
        CHECK(std::get<Reply>(*decoded) == example.reply);
    }
}

TEST_CASE("the exception of MAP 7 is an answer, and an error with its name where a value is due") {
    const Request request = *Request::read_coils(0x04A1, 1);
    CHECK(to_hex(encode_request(request)) == "01 04 A1 00 01");
    CHECK(to_hex(encode_exception(1, 2)) == "81 02");
    const auto answer = decode_reply(hex("81 02"), request);
    REQUIRE(answer);
    CHECK(std::get<ExceptionReply>(*answer) == ExceptionReply(Function::read_coils, 2));
    const auto reply = reply_or_error(*answer, 10, request);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == Errc::refused);
    CHECK(
        reply.error().sentence() ==
        "unit 10, read coils 1185: the unit answers exception 2 (illegal data address) (compare "
        "with the manual's list; addresses on the wire count from 0)"
    );
}

TEST_CASE("an exception says whether to ask again, to look at the line or to give up") {
    const Request request = *Request::read_coils(0, 1);
    const auto code_of = [&](std::uint8_t exception) {
        const Answer answer = ExceptionReply(Function::read_coils, exception);
        return reply_or_error(answer, 1, request).error().code;
    };
    for (const std::uint8_t code : hex("01 02 03 04 07 08 09 00 FF")) {
        CHECK(code_of(code) == Errc::refused);
    }
    CHECK(code_of(5) == Errc::busy);
    CHECK(code_of(6) == Errc::busy);
    CHECK(code_of(10) == Errc::unreachable);
    CHECK(code_of(11) == Errc::unreachable);
    CHECK(exception_name(4) == "exception 4 (server device failure)");
    CHECK(exception_name(9) == "exception 9 (no name)");
}

TEST_CASE("the count of each function ends at its limit") {
    using Registers = std::vector<std::uint16_t>;
    using Bits = std::vector<bool>;
    CHECK(Request::read_coils(0, 2000));
    CHECK_FALSE(Request::read_coils(0, 2001));
    CHECK(Request::read_discrete_inputs(0, 2000));
    CHECK_FALSE(Request::read_discrete_inputs(0, 2001));
    CHECK(Request::read_holding_registers(0, 125));
    CHECK_FALSE(Request::read_holding_registers(0, 126));
    CHECK(Request::read_input_registers(0, 125));
    CHECK_FALSE(Request::read_input_registers(0, 126));
    CHECK(Request::write_coils(0, Bits(1968)));
    CHECK_FALSE(Request::write_coils(0, Bits(1969)));
    CHECK(Request::write_registers(0, Registers(123)));
    CHECK_FALSE(Request::write_registers(0, Registers(124)));
    CHECK(Request::read_write_registers(0, 125, 0, Registers(121)));
    CHECK_FALSE(Request::read_write_registers(0, 126, 0, Registers(121)));
    CHECK_FALSE(Request::read_write_registers(0, 125, 0, Registers(122)));
    CHECK_FALSE(Request::read_coils(0, 0));
    CHECK_FALSE(Request::write_registers(0, {}));
    const auto failed = Request::read_holding_registers(40001, 126);
    CHECK(failed.error().code == Errc::invalid);
    CHECK(
        failed.error().message ==
        "read holding registers: 126 at once is not possible, 1 to 125 are"
    );
}

TEST_CASE("the last address of a request is 65535") {
    CHECK(Request::read_holding_registers(65535, 1));
    CHECK(Request::read_holding_registers(65411, 125));
    CHECK_FALSE(Request::read_holding_registers(65412, 125));
    CHECK_FALSE(Request::read_coils(65536, 1));
    CHECK_FALSE(Request::write_coil(65536, true));
    CHECK_FALSE(Request::write_register(400'001, 1));
    CHECK_FALSE(Request::write_registers(65535, {1, 2}));
    CHECK_FALSE(Request::read_write_registers(0, 1, 65535, {1, 2}));
    CHECK_FALSE(Request::read_write_registers(65535, 2, 0, {1, 2}));
    CHECK(
        Request::read_coils(65530, 7).error().message ==
        "read coils 65530 to 65536: the last address is 65535"
    );
}

TEST_CASE("a server refuses a wrong request with the exception of the specification") {
    const auto exception_to = [](const std::string& pdu) {
        const auto request = decode_request(hex(pdu));
        REQUIRE_FALSE(request);
        INFO(request.error().message);
        return static_cast<int>(request.error().code);
    };
    CHECK(exception_to("2B 0E 01 00") == 1);                          // not spoken
    CHECK(exception_to("08 00 01 00 00") == 1);                       // another sub-function
    CHECK(exception_to("03 FF FF 00 02") == 2);                       // beyond 65535
    CHECK(exception_to("03 00 00 00 00") == 3);                       // no register
    CHECK(exception_to("03 00 00 00 7E") == 3);                       // 126 of them
    CHECK(exception_to("03 00 00 00") == 3);                          // cut
    CHECK(exception_to("03 00 00 00 01 00") == 3);                    // too long
    CHECK(exception_to("05 00 00 00 01") == 3);                       // neither on nor off
    CHECK(exception_to("0F 00 13 00 0A 01 CD") == 3);                 // one byte for ten coils
    CHECK(exception_to("10 00 01 00 02 04 00 0A 01") == 3);           // cut
    CHECK(exception_to("10 FF FF 00 02 04 00 0A 01 02") == 2);        // beyond 65535
    CHECK(exception_to("10 00") == 3);                                // hardly begun
    CHECK(exception_to("17 00 03 00 7E 00 0E 00 01 02 00 FF") == 3);  // reads 126
    CHECK(exception_to("17 FF FF 00 02 00 0E 00 01 02 00 FF") == 2);  // beyond 65535
    CHECK(decode_request({}).error().code == ExceptionCode::illegal_data_value);
}

TEST_CASE("a reply that does not fit its request is one sentence and no value") {
    const Request two = *Request::read_holding_registers(100, 2);
    CHECK(
        refused("03 02 00 0A", two) == "the reply has the byte count 2, 4 belongs to it"
    );  // the dialect that sends what it has
    CHECK(
        refused("03 06 00 0A 00 0B 00 0C", two) == "the reply has the byte count 6, 4 belongs to it"
    );
    CHECK(refused("04 04 00 0A 00 0B", two) == "the reply has the function 4, 3 belongs to it");
    CHECK(refused("03 04 00 0A 00", two) == "the reply has a size of 5, 6 belongs to it");
    CHECK(refused("03 04 00 0A 00 0B 00", two) == "the reply has a size of 7, 6 belongs to it");
    CHECK(refused("03", two) == "the reply has 1 bytes, at least 2 belong");
    CHECK(refused("", two) == "the reply has 0 bytes, at least 2 belong");
    CHECK(refused("84 02", two) == "the reply has the function 132, 3 belongs to it");
    CHECK(refused("83 02 00", two) == "the reply has a size of 3, 2 belongs to it as an exception");

    const Request coil = *Request::write_coil(172, true);
    CHECK(refused("05 00 AD FF 00", coil) == "the reply has the address 173, 172 belongs to it");
    CHECK(refused("05 00 AC 00 00", coil) == "the reply has the value 0, 65280 belongs to it");
    CHECK(refused("05 00 AC FF", coil) == "the reply has a size of 4, 5 belongs to it");
    const Request many = *Request::write_registers(1, {10, 258});
    CHECK(refused("10 00 01 00 01", many) == "the reply has the count 1, 2 belongs to it");
    const Request loop = Request::loopback(0xA537);
    CHECK(refused("08 00 00 A5 36", loop) == "the reply has the value 42294, 42295 belongs to it");
}

TEST_CASE("a server cannot send a reply of the wrong size") {
    const Request two = *Request::read_holding_registers(100, 2);
    CHECK(encode_reply(two, of_registers({1, 2})));
    CHECK(encode_reply(two, of_registers({1})).error().code == Errc::invalid);
    CHECK(encode_reply(two, of_bits({true, false})).error().code == Errc::invalid);
}
