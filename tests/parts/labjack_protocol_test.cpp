// SPDX-License-Identifier: MIT
//
// The LabJack T7's bytes: packets typed from LabJack's documentation and the open drivers that
// drivers/parts/labjack_t7/README.md names, and what is no reply.
#include "drivers/parts/labjack_t7/dialect.hpp"
#include "drivers/parts/labjack_t7/protocol.hpp"
#include "drivers/parts/labjack_t7/stream.hpp"
#include "tests/support/catch.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace relaxd::drivers::parts::labjack_t7;
namespace drivers = relaxd::drivers;
using relaxd::Errc;

namespace {

/// "00 2a" as bytes.
std::string bytes(const std::string& hex) {
    std::string out;
    unsigned value = 0;
    int digits = 0;
    for (const char c : hex) {
        if (c == ' ') {
            continue;
        }
        value = value * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
        if (++digits == 2) {
            out.push_back(static_cast<char>(value));
            value = 0;
            digits = 0;
        }
    }
    return out;
}

drivers::link::Answer answer(const std::string& frame) {
    drivers::link::Answer out;
    out.frame = frame;
    out.received.ns = 5;
    return out;
}

/// Words behind function 76's header, as the reply to transaction 7.
std::string feedback_reply(const std::vector<std::uint16_t>& words) {
    std::string out = bytes("00 07 00 00");
    const std::size_t length = 2 + 2 * words.size();
    out.push_back(static_cast<char>(length >> 8U));
    out.push_back(static_cast<char>(length & 0xFFU));
    out += bytes("01 4c");
    for (const std::uint16_t word : words) {
        out.push_back(static_cast<char>(word >> 8U));
        out.push_back(static_cast<char>(word & 0xFFU));
    }
    return out;
}

std::string with_flipped(std::string frame, std::size_t bit) {
    frame[bit / 8] = static_cast<char>(frame[bit / 8] ^ static_cast<char>(1U << bit % 8));
    return frame;
}

}  // namespace

TEST_CASE("requests are the bytes of the documentation", "[labjack]") {
    // TEST (55100 = 0xd73c), two registers; the reply is 0x00112233.
    const Question test = Question::read(55100, 2);
    CHECK(test.bytes(0x2a) == bytes("00 2a 00 00 00 06 01 03 d7 3c 00 02"));
    CHECK(test.fits(bytes("00 2a 00 00 00 07 01 03 04 00 11 22 33"), 0x2a));

    // DAC0 = 2.5 V: 1000 = 0x03e8, 2.5 is 0x40200000.
    Words volt;
    put_float(volt, 2.5F);
    const Question dac = Question::write(1000, volt);
    CHECK(dac.bytes(1) == bytes("00 01 00 00 00 0b 01 10 03 e8 00 02 04 40 20 00 00"));
    CHECK(dac.fits(bytes("00 01 00 00 00 06 01 10 03 e8 00 02"), 1));

    // Function 76 as async_labjack's tests have it: writes, then reads.
    std::vector<Access> accesses;
    accesses.emplace_back(std::uint16_t{3}, Words{0x1234, 0x5678});
    accesses.emplace_back(std::uint16_t{4}, Words{0x9abc});
    accesses.emplace_back(std::uint16_t{1}, std::uint8_t{1});
    accesses.emplace_back(std::uint16_t{2}, std::uint8_t{2});
    const Question both = Question::feedback(accesses);
    CHECK(
        both.bytes(9) == bytes("00 09 00 00 00 18 01 4c 01 00 03 02 12 34 56 78 01 00 04 01 9a bc "
                               "00 00 01 01 00 00 02 02")
    );
    CHECK(both.fits(bytes("00 09 00 00 00 08 01 4c 00 01 00 02 00 03"), 9));

    // STREAM_DATA_CR (4500 = 0x1194): four registers of header and the samples.
    CHECK(Question::stream(250).bytes(7) == bytes("00 07 00 00 00 06 01 4c 00 11 94 fe"));
}

TEST_CASE("a reply that is cut or has another header is none", "[labjack]") {
    struct Case {
        Question question;
        std::string reply;
        std::size_t fixed;  ///< Bytes of which every bit matters.
    };
    std::vector<Access> write_only;
    write_only.emplace_back(std::uint16_t{4024}, Words{0, 0});
    const std::vector<Case> cases{
        {Question::read(55100, 2), bytes("00 07 00 00 00 07 01 03 04 00 11 22 33"), 9},
        {Question::write(1000, Words{0, 0}), bytes("00 07 00 00 00 06 01 10 03 e8 00 02"), 12},
        {Question::feedback(write_only), bytes("00 07 00 00 00 02 01 4c"), 8},
        {Question::stream(4), feedback_reply({2, 0, 0, 0, 0x8000, 0x8001}), 10},
        {Question::stream(2), bytes("00 07 00 00 00 03 01 cc 04"), 8}
    };
    for (const Case& one : cases) {
        REQUIRE(one.question.fits(one.reply, 7));
        CHECK_FALSE(one.question.fits(one.reply, 8));
        CHECK_FALSE(one.question.fits(one.reply + '\0', 7));
        for (std::size_t size = 0; size < one.reply.size(); ++size) {
            CHECK_FALSE(one.question.fits(one.reply.substr(0, size), 7));
        }
        for (std::size_t bit = 0; bit < 8 * one.fixed; ++bit) {
            INFO("bit " << bit);
            CHECK_FALSE(one.question.fits(with_flipped(one.reply, bit), 7));
        }
    }
}

TEST_CASE("frames end where their header says, in any split", "[labjack]") {
    const auto frame_of = framing();
    const std::string two = bytes("00 2a 00 00 00 07 01 03 04 00 11 22 33 00 2b");
    for (std::size_t size = 0; size < 13; ++size) {
        CHECK(frame_of(two.substr(0, size)).bytes == 0);
        CHECK_FALSE(frame_of(two.substr(0, size)).is_junk);
    }
    CHECK(frame_of(two).bytes == 13);
    CHECK(frame_of(bytes("00 2a 00 01 00 07")).is_junk);
    CHECK(frame_of(bytes("00 2a 00 00 00 01")).is_junk);
    CHECK(frame_of(bytes("00 2a 00 00 04 0b")).is_junk);  // 1041 bytes; 1040 is the most
    CHECK_FALSE(frame_of(bytes("00 2a 00 00 04 0a")).is_junk);
}

TEST_CASE("an exception is an error that names it", "[labjack]") {
    const auto refused = decode_words(bytes("00 07 00 00 00 03 01 cc 02"));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::refused);
    CHECK(refused.error().message.find("illegal data address") != std::string::npos);
}

TEST_CASE("codes become volts by the constants in the device", "[labjack]") {
    // T-series datasheet 20.0.1: PSlope, NSlope, Center, Offset of each gain.
    Words flash;
    for (const float gain : {1.0F, 0.1F, 0.01F, 0.001F}) {
        put_float(flash, 0.000315805780F * gain * 1.001F);
        put_float(flash, -0.000315805800F * gain * 1.001F);
        put_float(flash, 33500.0F);
        put_float(flash, -10.586956522F * gain);
    }
    const auto ten = decode_slopes(flash, 10.0);
    REQUIRE(ten.has_value());
    CHECK(ten->volt(33500.0) == 0.0);
    CHECK(ten->volt(65535.0) == Approx(10.126890).epsilon(1e-5));
    CHECK(ten->volt(0.0) == Approx(-10.590073).epsilon(1e-5));
    const auto small = decode_slopes(flash, 0.01);
    REQUIRE(small.has_value());
    CHECK(small->volt(34500.0) == Approx(0.001 * 0.31612159).epsilon(1e-5));

    // What every open driver of a T7 has, and a test of one of them: 65535 is 10.1 to 10.2 V.
    CHECK(nominal_slopes(10.0).volt(65535.0) == Approx(10.1095).epsilon(1e-4));
    CHECK(nominal_slopes(10.0).volt(0.0) == Approx(-10.5868).epsilon(1e-4));

    CHECK(decode_slopes(Words(32, 0xFFFF), 10.0).error().code == Errc::corrupt);  // empty flash
    CHECK(decode_slopes(Words(), 10.0).error().code == Errc::corrupt);
    CHECK(decode_slopes(flash, 5.0).error().code == Errc::corrupt);
    Words bent = flash;
    bent[3] = static_cast<std::uint16_t>(bent[3] + 0x800);  // a slope that is another below 0 V
    CHECK(decode_slopes(bent, 10.0).error().code == Errc::corrupt);
}

TEST_CASE("samples become whole scans, also those that a reply cuts", "[labjack]") {
    StreamDecoder decoder(2);
    REQUIRE(decoder.take(answer(feedback_reply({3, 10, 0, 0, 11, 12, 21}))));
    auto block = decoder.next();
    REQUIRE(block.has_value());
    CHECK(block->first_scan == 0);
    CHECK(block->scans == 1);
    CHECK(block->codes == std::vector<std::int32_t>{11, 12});
    CHECK(block->waiting == 3);  // one sample here and five there
    CHECK(block->received_steady.ns == 5);
    CHECK_FALSE(decoder.next().has_value());
    CHECK_FALSE(decoder.is_drained());

    // Filled up to what was asked for: what follows the samples is nothing.
    REQUIRE(decoder.take(answer(feedback_reply({3, 0, 2940, 0, 22, 31, 32, 0, 0, 0}))));
    block = decoder.next();
    REQUIRE(block.has_value());
    CHECK(block->first_scan == 1);
    CHECK(block->codes == std::vector<std::int32_t>{21, 22, 31, 32});
    CHECK(block->waiting == 0);
    CHECK(decoder.is_drained());
    CHECK(decoder.newest() == std::vector<std::int32_t>{31, 32});

    REQUIRE(decoder.take(answer(feedback_reply({0, 0, 0, 0}))));
    CHECK_FALSE(decoder.next().has_value());
}

TEST_CASE("lost scans stand in their place and are counted", "[labjack]") {
    StreamDecoder decoder(2);
    const std::vector<std::uint16_t> words{8, 0, 2941, 500, 1, 2, 3, 4, 0xFFFF, 0xFFFF, 5, 6};
    REQUIRE(decoder.take(answer(feedback_reply(words))));
    auto block = decoder.next();
    REQUIRE(block.has_value());
    CHECK(block->codes == std::vector<std::int32_t>{1, 2, 3, 4});
    CHECK(block->waiting == 501);
    block = decoder.next();
    REQUIRE(block.has_value());
    CHECK(block->is_lost);
    CHECK(block->first_scan == 2);
    CHECK(block->scans == 500);
    CHECK(block->codes.empty());
    block = decoder.next();
    REQUIRE(block.has_value());
    CHECK(block->first_scan == 502);
    CHECK(block->codes == std::vector<std::int32_t>{5, 6});
    CHECK_FALSE(decoder.next().has_value());
}

TEST_CASE("full scale is a number where nothing was lost", "[labjack]") {
    StreamDecoder decoder(1);
    REQUIRE(decoder.take(answer(feedback_reply({2, 0, 0, 0, 0xFFFF, 0xFFFF}))));
    const auto block = decoder.next();
    REQUIRE(block.has_value());
    CHECK(block->codes == std::vector<std::int32_t>{0xFFFF, 0xFFFF});
}

TEST_CASE("a stream whose place is not known is broken", "[labjack]") {
    const std::vector<std::vector<std::uint16_t>> wrong{
        {2, 0, 2941, 500, 1, 2},                            // no mark
        {4, 0, 2941, 500, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF},  // two marks
        {2, 0, 2941, 0, 0xFFFF, 0xFFFF},                    // how many?
        {2, 0, 2942, 0, 1, 2},                              // scans overlap
        {2, 0, 2943, 0, 1, 2},                              // too many to count
        {2, 0, 2944, 0, 1, 2},                              // a burst was set
        {2, 0, 2945, 0, 1, 2},                              // full, recovery switched off
        {2, 0, 1, 0, 1, 2},                                 // of which nobody knows
        {2, 3, 0, 0, 1, 2},                                 // half a sample waits
        {2, 0xFFFE, 0, 0, 1, 2},                            // more than its memory
        {3, 0, 0, 0, 1, 2},                                 // fewer samples than announced
        {0, 0}
    };
    for (const auto& words : wrong) {
        StreamDecoder decoder(2);
        const auto taken = decoder.take(answer(feedback_reply(words)));
        INFO(words.size() << " words, status " << (words.size() > 2 ? words[2] : 0));
        REQUIRE_FALSE(taken.has_value());
        CHECK(taken.error().code == Errc::corrupt);
        CHECK_FALSE(decoder.next().has_value());
    }
}

TEST_CASE("options are checked, and an error names the key", "[labjack]") {
    const auto settings = parse_settings(
        {{"range_V", "1"}, {"resolution", "12"}, {"watchdog_s", "0"}, {"settling_us", "50"}}
    );
    REQUIRE(settings.has_value());
    CHECK(settings->range_V == 1.0);
    CHECK(settings->resolution == 12);
    CHECK(settings->watchdog_s == 0);
    CHECK(settings->settling_us == 50.0);
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"range_V", "5"},
        {"range_V", ""},
        {"resolution", "0"},
        {"resolution", "13"},
        {"watchdog_s", "2"},
        {"watchdog_s", "-1"},
        {"settling_us", "4401"},
        {"settling_us", "nan"},
        {"stream_resolution", "9"},
        {"gain", "1"}
    };
    for (const auto& [key, value] : wrong) {
        INFO(key << " = " << value);
        const auto refused = parse_settings({{key, value}});
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == Errc::invalid);
        CHECK(refused.error().sentence().find(key) != std::string::npos);
    }
}
