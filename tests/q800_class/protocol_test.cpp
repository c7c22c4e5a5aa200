// SPDX-License-Identifier: MIT
//
// The decoder: whole frames or nothing, in any split, from any bytes, in bounded memory (I-11).
#include "drivers/q800_class/protocol.hpp"

#include "drivers/q800_class/crc32.hpp"
#include "tests/q800_class/fake_instrument.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <vector>

using namespace relaxd::drivers::q800_class;
using relaxd::record::Channel;
using relaxd::test::framed;
using relaxd::test::reading_line;

namespace {

/// What a decoder says about a stream that is fed in the given pieces.
struct Heard {
    std::vector<std::string> frames;
    std::vector<FrameErrc> errors;
    std::size_t dropped = 0;
    friend bool operator==(const Heard&, const Heard&) = default;
};

std::string shown(const Frame& frame) {
    if (const auto* reply = std::get_if<Reply>(&frame)) {
        std::string text = "= " + std::to_string(reply->id) + " " + reply->verb;
        for (const auto& [key, value] : reply->values) {
            text += " " + key + "=" + value;
        }
        return text;
    }
    if (const auto* error = std::get_if<ErrorReply>(&frame)) {
        return "! " + std::to_string(error->id) + " " + error->code + " " + error->text;
    }
    if (const auto* state = std::get_if<StateLine>(&frame)) {
        return "S " + state->state + " " + std::to_string(state->reading) + state->cause;
    }
    if (const auto* truth = std::get_if<TruthLine>(&frame)) {
        return "T " + std::to_string(truth->number) + " " + truth->name;
    }
    return std::get<ReadingLine>(frame).reading.raw;
}

void listen(Decoder& decoder, std::string_view bytes, Heard& heard) {
    while (!bytes.empty()) {
        bytes.remove_prefix(decoder.feed(bytes));
        while (auto decoded = decoder.next()) {
            if (*decoded) {
                heard.frames.push_back(shown(decoded->value()));
            } else {
                heard.errors.push_back(decoded->error().code);
                heard.dropped += decoded->error().size;
            }
        }
        REQUIRE(decoder.buffered() <= Decoder::capacity);
    }
}

Heard hear(std::string_view bytes) {
    Decoder decoder;
    Heard heard;
    listen(decoder, bytes, heard);
    return heard;
}

const std::string& conversation() {
    static const std::string text =
        framed("= 1 identify protocol=1 vendor=A model=B serial=C firmware=1 simulated=1 keeps=4096"
        ) +
        reading_line(1) + framed("! 2 state cannot hold in idle") + framed("S running 1 tok 0 -") +
        framed("T 3 chi 0.35") + reading_line(2) + framed("= 3 hold");
    return text;
}

Frame decoded_one(const std::string& payload) {
    const auto decoded = decode_line(framed(payload).substr(0, framed(payload).size() - 1));
    INFO(payload);
    REQUIRE(decoded.has_value());
    return *decoded;
}

FrameErrc refused_one(const std::string& payload) {
    const auto decoded = decode_line(framed(payload).substr(0, framed(payload).size() - 1));
    INFO(payload);
    REQUIRE_FALSE(decoded.has_value());
    return decoded.error().code;
}

}  // namespace

TEST_CASE("CRC-32 has the document's check value and equals a bit-by-bit one", "[drivers][q800]") {
    CHECK(crc32("123456789") == 0xCBF43926U);
    CHECK(rc::check("same as bit by bit", [](const std::string& bytes) {
        RC_ASSERT(crc32(bytes) == relaxd::test::slow_crc32(bytes));
    }));
}

TEST_CASE("a stream split at any byte decodes to the same frames", "[drivers][q800]") {
    const std::string& bytes = conversation();
    const Heard whole = hear(bytes);
    REQUIRE(whole.frames.size() == 7);
    REQUIRE(whole.errors.empty());
    for (std::size_t at = 0; at <= bytes.size(); ++at) {
        Decoder decoder;
        Heard heard;
        listen(decoder, std::string_view(bytes).substr(0, at), heard);
        listen(decoder, std::string_view(bytes).substr(at), heard);
        REQUIRE(heard == whole);
    }
    Decoder decoder;
    Heard bytewise;
    for (const char c : bytes) {
        listen(decoder, std::string_view(&c, 1), bytewise);
    }
    CHECK(bytewise == whole);
}

TEST_CASE(
    "every field of a reading reaches its channel, and dashes stay unknown", "[drivers][q800]"
) {
    const auto frame = decoded_one(
        "R 7 12.5 3 400.25 400 - 0.1 - 2e-05 - - - - 0.001 25000000 overload,not_settled"
    );
    const auto& r = std::get<ReadingLine>(frame).reading;
    CHECK(r.number == 7);
    CHECK(r.time_s == 12.5);
    CHECK(r.segment == 3);
    CHECK(r.values.get(Channel::temperature_K) == 400.25);
    CHECK(r.values.get(Channel::set_temperature_K) == 400.0);
    CHECK_FALSE(r.values.has(Channel::frequency_Hz));
    CHECK(r.values.get(Channel::static_force_N) == 0.1);
    CHECK_FALSE(r.values.has(Channel::dynamic_force_N));
    CHECK(r.values.get(Channel::displacement_m) == 2e-5);
    CHECK_FALSE(r.values.has(Channel::phase_rad));
    CHECK_FALSE(r.values.has(Channel::tan_delta));
    CHECK(r.values.get(Channel::strain) == 0.001);
    CHECK(r.values.get(Channel::stress_Pa) == 2.5e7);
    CHECK(r.flags == "overload not_settled");
}

TEST_CASE("further columns reach their channels, unknown ones are kept", "[drivers][q800]") {
    const std::string reading =
        "R 7 12.5 3 400.25 400 1 0.1 0.2 2e-05 0.1 3e9 - - 0.001 25e6 adjusted";
    const auto frame = decoded_one(
        reading +
        " stiffness_N_per_m=10000 position_m=-1.5e-05 length_m=- drive_force_N=0.3 "
        "temperature_start_K=400.1 temperature_end_K=400.4 GCA_pressure_kPa=420 humidity=-"
    );
    const auto& r = std::get<ReadingLine>(frame).reading;
    CHECK(r.values.get(Channel::stiffness_N_per_m) == 10000.0);
    CHECK(r.values.get(Channel::position_m) == -1.5e-5);
    CHECK_FALSE(r.values.has(Channel::length_m));
    CHECK(r.values.get(Channel::drive_force_N) == 0.3);
    CHECK(r.flags == "adjusted");
    const std::map<std::string, double> extra{
        {"GCA_pressure_kPa", 420.0}, {"temperature_end_K", 400.4}, {"temperature_start_K", 400.1}
    };
    CHECK(r.extra == extra);
    CHECK(std::get<ReadingLine>(decoded_one(reading)).reading.extra.empty());
    for (const char* wrong :
         {" stiffness_N_per_m",
          " stiffness_N_per_m=",
          " =3",
          " stiff/ness=3",
          " length_m=1e-2 length_m=1e-2",
          " novelty=1 novelty=1",
          " length_m=0.01=0.01",
          " strain=0.002",
          " length_m=nan",
          " length_m=1e999",
          " length_m=0.01x"}) {
        const FrameErrc code = refused_one(reading + wrong);
        CHECK((code == FrameErrc::bad_syntax || code == FrameErrc::bad_number));
    }
}

TEST_CASE("of the columns on offer those are asked for that the house knows", "[drivers][q800]") {
    const auto wanted = [](const std::string& offered) {
        return wanted_columns(std::get<Reply>(decoded_one("= 1 identify protocol=1" + offered)));
    };
    CHECK(wanted("").empty());
    CHECK(wanted(" columns=-").empty());
    CHECK(wanted(" columns=length,drive").empty());
    const std::vector<std::string> some{"position_m", "length_m"};
    CHECK(wanted(" columns=humidity,length_m,position_m") == some);
    CHECK(
        wanted(" columns=stiffness_N_per_m,position_m,length_m,drive_force_N,temperature_start_K,"
               "temperature_end_K")
            .size() == 6
    );
}

TEST_CASE("the raw bytes of a reading decode to the same reading again", "[drivers][q800]") {
    Decoder decoder;
    const std::string line = reading_line(5);
    const std::string with_cr = line.substr(0, line.size() - 1) + "\r\n";
    decoder.feed(with_cr);
    const auto first = decoder.next();
    REQUIRE((first && *first));
    const auto& raw = std::get<ReadingLine>(first->value()).reading.raw;
    CHECK(raw == with_cr);
    Decoder again;
    again.feed(raw);
    const auto second = again.next();
    REQUIRE((second && *second));
    CHECK(std::get<ReadingLine>(second->value()).reading.number == 5);
}

TEST_CASE(
    "one flipped bit anywhere never yields a value from the line it hits", "[drivers][q800]"
) {
    const std::string line = reading_line(123);
    const std::string after = framed("= 9 hold");
    for (std::size_t at = 0; at < line.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string hurt = line;
            hurt[at] = static_cast<char>(static_cast<unsigned char>(hurt[at]) ^ (1U << bit));
            const Heard heard = hear(hurt + after + after);
            CAPTURE(at, bit);
            // a hurt LF joins the next line to this one: both are dropped, the third is in step
            REQUIRE(!heard.frames.empty());
            for (const std::string& frame : heard.frames) {
                REQUIRE(frame == "= 9 hold");
            }
            REQUIRE(!heard.errors.empty());
        }
    }
}

TEST_CASE("a line cut at any byte is dropped, the next is in step", "[drivers][q800]") {
    const std::string line = reading_line(1);
    for (std::size_t size = 0; size + 1 < line.size(); ++size) {
        const Heard lost_end = hear(line.substr(0, size) + "\n" + framed("= 9 hold"));
        REQUIRE(lost_end.frames == std::vector<std::string>{"= 9 hold"});
        REQUIRE(lost_end.errors.size() == 1);
        REQUIRE(lost_end.dropped == size + 1);
        const Heard nothing = hear(line.substr(0, size));
        REQUIRE(nothing.frames.empty());
        REQUIRE(nothing.errors.empty());
    }
}

TEST_CASE(
    "garbage never becomes a frame and costs at most the line it touches", "[drivers][q800]"
) {
    CHECK(rc::check("garbage", [](const std::vector<unsigned char>& noise) {
        std::string bytes(noise.begin(), noise.end());
        const Heard heard = hear(bytes + "\n" + framed("= 9 hold"));
        RC_ASSERT(heard.frames == std::vector<std::string>{"= 9 hold"});
    }));
}

TEST_CASE(
    "memory stays bounded whatever comes in, and a long line is one error", "[drivers][q800]"
) {
    Decoder decoder;
    Heard heard;
    const std::string flood(200'000, 'x');
    listen(decoder, flood, heard);
    CHECK(decoder.buffered() <= 512);
    CHECK(heard.errors.empty());
    listen(decoder, "\n" + framed("= 9 hold"), heard);
    CHECK(heard.errors == std::vector<FrameErrc>{FrameErrc::too_long});
    CHECK(heard.dropped == flood.size() + 1);
    CHECK(heard.frames == std::vector<std::string>{"= 9 hold"});
    // a caller that never asks for frames is told that nothing fits any more
    Decoder full;
    std::size_t taken = 0;
    for (int i = 0; i < 10; ++i) {
        taken += full.feed(std::string(20'000, '\n'));
    }
    CHECK(taken == Decoder::capacity);
}

TEST_CASE("a line of 512 bytes is the longest, one more is dropped", "[drivers][q800]") {
    const std::string head = "= 1 x a=";
    const std::string longest = framed(head + std::string(max_payload - head.size(), 'v'));
    CHECK(hear(longest).frames.size() == 1);
    const std::string over = framed(head + std::string(max_payload - head.size() + 1, 'v'));
    CHECK(hear(over).errors == std::vector<FrameErrc>{FrameErrc::too_long});
}

TEST_CASE("numbers are strict: nothing but a whole finite decimal", "[drivers][q800]") {
    const std::string bad = GENERATE(
        as<std::string>(),
        "nan",
        "inf",
        "-inf",
        "0x10",
        "1e999",
        "1,5",
        "1.5K",
        "--1",
        "+",
        "1e",
        "1d5"
    );
    CHECK(refused_one("R 1 0.5 1 " + bad + " 300 1 0 0 0 0 1 1 1 0 0 -") == FrameErrc::bad_number);
    CHECK(refused_one("T 1 chi " + bad) == FrameErrc::bad_number);
}

TEST_CASE("a line with a right checksum and a wrong grammar is dropped", "[drivers][q800]") {
    CHECK(refused_one("R 0 0.5 1 300 300 1 0 0 0 0 1 1 1 0 0 -") == FrameErrc::bad_number);
    CHECK(refused_one("R 1 0.5 0 300 300 1 0 0 0 0 1 1 1 0 0 -") == FrameErrc::bad_number);
    CHECK(refused_one("R 1 - 1 300 300 1 0 0 0 0 1 1 1 0 0 -") == FrameErrc::bad_number);
    CHECK(
        refused_one("R 18446744073709551615 1 1 300 300 1 0 0 0 0 1 1 1 0 0 -") ==
        FrameErrc::bad_number
    );
    CHECK(refused_one("R 1 0.5 1 300 300 1 0 0 0 0 1 1 1 0 0") == FrameErrc::bad_syntax);
    CHECK(refused_one("R 1 0.5 1 300 300 1 0 0 0 0 1 1 1 0 0 - -") == FrameErrc::bad_syntax);
    CHECK(refused_one("R  1 0.5 1 300 300 1 0 0 0 0 1 1 1 0 -") == FrameErrc::bad_syntax);
    CHECK(refused_one("R 1 0.5 1 300 300 1 0 0 0 0 1 1 1 0 0 Over;load") == FrameErrc::bad_syntax);
    CHECK(refused_one("X 1") == FrameErrc::bad_syntax);
    CHECK(refused_one("= 0 hold") == FrameErrc::bad_syntax);
    CHECK(refused_one("= 1000000000 hold") == FrameErrc::bad_syntax);
    CHECK(refused_one("! x state no") == FrameErrc::bad_syntax);
    CHECK(refused_one("= 1 hold ") == FrameErrc::bad_syntax);
    CHECK(refused_one("= 1 a=\tb") == FrameErrc::bad_byte);
    CHECK(hear("\n").errors.size() == 1);
}

TEST_CASE("lower-case checksum digits are not the document's", "[drivers][q800]") {
    std::string line = framed("= 1 hold");
    const auto star = line.find('*');
    std::transform(
        line.begin() + static_cast<std::ptrdiff_t>(star),
        line.end(),
        line.begin() + static_cast<std::ptrdiff_t>(star),
        [](unsigned char c) { return static_cast<char>(std::tolower(c)); }
    );
    CHECK(hear(line).frames.empty());
}

TEST_CASE("pairs come in any order and unknown keys are ignored", "[drivers][q800]") {
    const auto frame = decoded_one("= 5 status reading=7 humour=good state=idle temperature_K=-");
    const auto& reply = std::get<Reply>(frame);
    CHECK(reply.text("state") == "idle");
    CHECK(reply.count("reading") == 7U);
    CHECK(std::isnan(*reply.number("temperature_K")));
    CHECK(std::isnan(*reply.number("time_s")));
    CHECK_FALSE(reply.number("state").has_value());
    CHECK_FALSE(reply.text("token").has_value());
}

TEST_CASE("what the encoder writes is the document's line", "[drivers][q800]") {
    CHECK(encode_line("1 identify") == framed("1 identify"));
    CHECK_FALSE(is_sendable(""));
    CHECK_FALSE(is_sendable("a\nb"));
    CHECK_FALSE(is_sendable(std::string(481, 'a')));
    CHECK(is_token("run-2026_01.A"));
    CHECK_FALSE(is_token(""));
    CHECK_FALSE(is_token("a b"));
    CHECK_FALSE(is_token(std::string(65, 'a')));
}

TEST_CASE("impossible values are flagged and kept as they came", "[drivers][q800]") {
    const auto flags_of = [](const std::string& payload) {
        auto reading = std::get<ReadingLine>(decoded_one(payload)).reading;
        validate(reading);
        return reading.flags;
    };
    CHECK(flags_of("R 1 0.5 1 300 300 1 0 0 0 0 30000000000 600000000 0.02 0 0 -").empty());
    CHECK(flags_of("R 1 0.5 1 300 300 1 0 0 0 0 30000000000 600000000 0.02001 0 0 -").empty());
    CHECK(
        flags_of("R 1 0.5 1 300 300 1 0 0 0 0 30000000000 600000000 0.0201 0 0 -") == "inconsistent"
    );
    CHECK(flags_of("R 1 0.5 1 0 300 1 0 0 0 0 1000 20 0.02 0 0 -") == "invalid");
    CHECK(flags_of("R 1 0.5 1 300 300 -1 0 0 0 0 1000 20 0.02 0 0 clipped") == "clipped invalid");
    CHECK(flags_of("R 1 0.5 1 300 300 - 0 - 0 - - - - 0 0 -").empty());
}
