// SPDX-License-Identifier: MIT
//
// A text instrument described in a file: what is understood, what is refused and where, what goes
// over the line.
#include "schema/protocol/description.hpp"

#include "schema/protocol/wire.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <fstream>
#include <iterator>
#include <string>

using namespace relaxd::protocol;
using relaxd::Errc;

namespace {

std::string example() {
    std::ifstream file(RELAXD_SOURCE_DIR "/docs/examples/pendulum_electronics.toml");
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// The example with one text exchanged, which must be in it.
std::string changed(const std::string& from, const std::string& to) {
    std::string text = example();
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("checksums give their published check values", "[protocol]") {
    const std::string nine = "123456789";
    CHECK(checksum_of(Checksum::sum8, nine) == 0xDD);
    CHECK(checksum_of(Checksum::xor8, nine) == 0x31);
    CHECK(checksum_of(Checksum::lrc, nine) == 0x23);
    CHECK(checksum_of(Checksum::crc16_modbus, nine) == 0x4B37);
    CHECK(checksum_of(Checksum::crc16_ccitt, nine) == 0x29B1);
    CHECK(checksum_text(Checksum::crc16_ccitt, true, nine) == "29B1");
    CHECK(checksum_text(Checksum::crc16_modbus, false, nine) == "\x37\x4B");
    CHECK(checksum_text(Checksum::lrc, true, nine) == "23");
    CHECK(checksum_text(Checksum::none, true, nine).empty());
}

TEST_CASE("a line comes back from the wire as it went, and not when a bit is wrong", "[protocol]") {
    LinkRules link;
    link.checksum = GENERATE(
        Checksum::none,
        Checksum::sum8,
        Checksum::xor8,
        Checksum::lrc,
        Checksum::crc16_modbus,
        Checksum::crc16_ccitt
    );
    link.is_hex = GENERATE(true, false);
    link.checksum_mark = GENERATE(std::string(), std::string("*"));
    link.covers_mark = GENERATE(true, false);
    const std::string text = "T 24.95 OK";
    const std::string line = on_wire(link, text, "\r\n");
    CHECK(off_wire(link, line, "\r\n") == text);
    if (link.checksum != Checksum::none) {
        for (std::size_t i = 0; i < 8 * (line.size() - 2); ++i) {
            std::string hit = line;
            hit[i / 8] = static_cast<char>(hit[i / 8] ^ (1 << (i % 8)));
            INFO(i);
            CHECK_FALSE(off_wire(link, hit, "\r\n").has_value());
        }
    }
    CHECK_FALSE(off_wire(link, line.substr(0, line.size() - 1), "\r\n").has_value());
}

TEST_CASE("a reply fits as a whole or not at all", "[protocol]") {
    const auto reply = Template::of_reply("T {temperature_degC:number},{status:word}");
    REQUIRE(reply.has_value());
    const auto fields = reply->match("T  24.95,OK");
    REQUIRE(fields.has_value());
    CHECK(fields->at("temperature_degC") == "24.95");
    CHECK(fields->at("status") == "OK");
    for (const char* wrong :
         {"",
          "T 24.95",
          "T 24.95,",
          "T 24.95,OK ",
          " T 24.95,OK",
          "T 24.95x,OK",
          "T ,OK",
          "T 24.95,OK,1",
          "T nan,OK",
          "T inf,OK",
          "T 1e999,OK",
          "T 24.95,O K",
          "T 24,95,OK",
          "T --,OK"}) {
        INFO(wrong);
        CHECK_FALSE(reply->match(wrong).has_value());
    }
}

TEST_CASE("a decimal comma makes no number", "[protocol]") {
    CHECK_FALSE(Template::of_reply("{a:number}")->match("5,2.0000E-2").has_value());
    CHECK_FALSE(Template::of_reply("{a:number}")->match("5,2").has_value());
}

TEST_CASE("what a template writes it reads", "[protocol]") {
    CHECK(rc::check("numbers with four decimals", [] {
        const auto command = Template::of_command("SET {value:4} #{tag}");
        RC_ASSERT(command.has_value());
        const int whole = *rc::gen::inRange(-1000000, 1000000);
        const auto tag = *rc::gen::inRange<std::uint64_t>(0, 100000);
        const std::string line = command->rendered(whole / 1e4, tag);
        const auto fields = command->match(line);
        RC_ASSERT(fields.has_value());
        RC_ASSERT(fields->at("tag") == std::to_string(tag));
        const auto again = command->rendered(whole / 1e4, tag);
        RC_ASSERT(again == line);
    }));
}

TEST_CASE("a template that cannot be read without doubt is refused", "[protocol]") {
    for (const char* wrong :
         {"",
          "{a:number}{b:number}",
          "{a:nummer}",
          "{a}",
          "{a:number",
          "a}",
          "{a:number} {a:word}",
          "{:number}",
          "x\r\n"}) {
        INFO(wrong);
        CHECK_FALSE(Template::of_reply(wrong).has_value());
    }
    CHECK(Template::of_reply("{{{a:number}}}")->match("{5}").has_value());
    CHECK_FALSE(Template::of_command("SET {value}").has_value());
    CHECK_FALSE(Template::of_command("SET {other:2}").has_value());
}

TEST_CASE("units at the end of names become SI", "[protocol]") {
    CHECK(named("temperature_degC").name == "temperature_K");
    CHECK(named("temperature_degC").to_si(25.0) == Approx(298.15));
    CHECK(named("temperature_degC").to_device(298.15) == Approx(25.0));
    CHECK(named("angle_mrad").name == "angle_rad");
    CHECK(named("torque_mN_m").name == "torque_N_m");
    CHECK(named("pressure_mbar").to_si(1.0) == Approx(100.0));
    CHECK(named("humidity_percent").name == "humidity");
    CHECK(named("gain").name == "gain");
    CHECK(named("rate_K_per_min").name == "rate_K_per_s");
}

TEST_CASE("the example is understood", "[protocol]") {
    const auto read = parse(example(), "pendulum_electronics.toml");
    INFO((read ? std::string() : read.error().sentence()));
    REQUIRE(read.has_value());
    CHECK(read->queries.size() == 3);
    CHECK(read->sets.size() == 3);
    REQUIRE(read->safe.size() == 2);
    CHECK(read->safe[0].quantity == "drive_amplitude_A");  // in the order of the file
    CHECK(read->safe[1].quantity == "set_temperature_K");
    CHECK(read->safe[1].value_SI == Approx(293.15));
    CHECK(read->find_set("set_temperature_K")->query == 1);
    CHECK(read->find_measured("angle_rad")->highest == 50.0);
    CHECK(read->reboot.has_value());
    const std::string told = describe(*read);
    for (const char* word :
         {"crc16_ccitt", "M? {tag}", "angle_rad", "set_temperature_K", "P NEW", "every 5 s"}) {
        INFO(told);
        CHECK(told.find(word) != std::string::npos);
    }
}

TEST_CASE("a mistake is told with its line, its key and the nearest known one", "[protocol]") {
    struct Case {
        const char* from;
        const char* to;
        const char* message;
        const char* hint;
    };
    const Case wrong = GENERATE(
        Case{"gap_ms = 10", "gap_sm = 10", "gap_sm", "gap_ms"},
        Case{"gap_ms = 10", "gap_ms = \"ten\"", "gap_ms", ""},
        Case{"gap_ms = 10", "gap_ms = -1", "gap_ms", ""},
        Case{"[safe] ", "[save] ", "save", "safe"},
        Case{"crc16_ccitt", "crc16_citt", "crc16_citt", "crc16_ccitt"},
        Case{"{angle_mrad:number}", "{angle_mrad:numbr}", "numbr", "number"},
        Case{"angle_mrad = [-50, 50]", "angle_mard = [-50, 50]", "angle_mard", "angle_mrad"},
        Case{"angle_mrad = [-50, 50]", "angle_mrad = [50, -50]", "lowest", ""},
        Case{"worst_latency_ms = 500", "worst_latency_ms = 300", "shorter", ""},
        Case{"good = [\"OK\"]\nbad = { OVL", "bad = { OVL", "good", ""},
        Case{"\"drive_amplitude_mA\"\ncommand", "\"drive_amplitude_A\"\ncommand", "mA", ""},
        Case{"drive_amplitude_mA = 10", "drive_amplitude_mA = 1000", "100", ""},
        Case{"quantity = \"frequency_Hz\"", "quantity = \"speed_Hz\"", "read back", ""},
        Case{"DF {value:4}", "DF", "{value", ""},
        Case{"P NEW", "Q NEW", "Q NEW", ""},
        Case{"[identity]", "[identity", "TOML", ""},
        Case{"query = \"ID?\"", "query = \"M? {tag}\"", "told apart", "sentinel"}
    );
    INFO(wrong.to);
    const auto read = parse(changed(wrong.from, wrong.to), "p.toml");
    REQUIRE_FALSE(read.has_value());
    const std::string said = read.error().sentence();
    INFO(said);
    CHECK(read.error().code == Errc::invalid);
    CHECK(read.error().where.find("p.toml:") == 0);
    CHECK(said.find(wrong.message) != std::string::npos);
    CHECK(said.find(wrong.hint) != std::string::npos);
}

TEST_CASE("no text makes the reader crash", "[protocol]") {
    CHECK(rc::check("the example with bytes exchanged", [] {
        std::string text = example();
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        const auto size = *rc::gen::inRange<std::size_t>(0, 20);
        text.replace(at, size, *rc::gen::arbitrary<std::string>());
        const auto read = parse(text, "p.toml");
        RC_ASSERT(read.has_value() || !read.error().message.empty());
    }));
}
