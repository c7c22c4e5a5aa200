// SPDX-License-Identifier: MIT
// Stored waveforms: nothing is lost, nothing that was changed is believed.
#include "schema/record/waveform.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

namespace relaxd::record {
namespace {

std::uint64_t bits(double value) {
    return std::bit_cast<std::uint64_t>(value);
}

bool same(double a, double b) {
    return bits(a) == bits(b) || (std::isnan(a) && std::isnan(b));
}

void require_same(const Waveform& a, const Waveform& b) {
    REQUIRE(a.kind == b.kind);
    REQUIRE(same(a.rate_Hz, b.rate_Hz));
    REQUIRE(same(a.first_time_s, b.first_time_s));
    REQUIRE(same(a.frequency_Hz, b.frequency_Hz));
    REQUIRE(a.channels.size() == b.channels.size());
    for (std::size_t c = 0; c < a.channels.size(); ++c) {
        REQUIRE(a.channels[c].name == b.channels[c].name);
        REQUIRE(same(a.channels[c].volt_per_code, b.channels[c].volt_per_code));
        REQUIRE(same(a.channels[c].offset_V, b.channels[c].offset_V));
        REQUIRE(same(a.channels[c].low_V, b.channels[c].low_V));
        REQUIRE(same(a.channels[c].high_V, b.channels[c].high_V));
        REQUIRE(a.channels[c].codes == b.channels[c].codes);
    }
}

// Two sines with the last bits noisy, `samples` a channel.
Waveform example(std::size_t samples) {
    Waveform waveform;
    waveform.rate_Hz = 200.0;
    waveform.first_time_s = 12.5;
    waveform.frequency_Hz = 0.5;
    std::uint32_t state = 1;
    for (const char* name : {"angle", "torque"}) {
        WaveformChannel one;
        one.name = name;
        one.volt_per_code = 10.0 / 32768.0;
        one.low_V = -10.0;
        one.high_V = 10.0;
        for (std::size_t i = 0; i < samples; ++i) {
            state = state * 1664525U + 1013904223U;
            const double t = static_cast<double>(i) / waveform.rate_Hz;
            one.codes.push_back(
                static_cast<std::int32_t>(3000.0 * std::cos(std::numbers::pi * t)) +
                static_cast<std::int32_t>(state >> 30U)
            );
        }
        waveform.channels.push_back(one);
    }
    return waveform;
}

std::string little(std::uint32_t value) {
    std::string out;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out.push_back(static_cast<char>((value >> shift) & 0xFFU));
    }
    return out;
}

// CRC-32 bit by bit: zlib is not ours here.
std::uint32_t crc_of(const std::string& bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
        }
    }
    return ~crc;
}

// A zlib stream of one stored block (RFC 1950, 1951) in a frame with right sums.
std::string framed(const std::string& content) {
    std::uint32_t a = 1;
    std::uint32_t b = 0;
    for (const char byte : content) {
        a = (a + static_cast<unsigned char>(byte)) % 65521U;
        b = (b + a) % 65521U;
    }
    const auto size = static_cast<std::uint32_t>(content.size());
    const std::string sum = little((b << 16U) | a);
    std::string out = "RLXWAVE\x01" + little(size) + little(crc_of(content)) + "\x78\x01\x01";
    out += little(size).substr(0, 2) + little(~size).substr(0, 2) + content;
    out.append(sum.rbegin(), sum.rend());
    return out + little(crc_of(out));
}

// As docs/pendulum.md has it, order 0, of a waveform with channels of few samples.
std::string content_of(const Waveform& waveform) {
    const auto real = [](double value) {
        return little(static_cast<std::uint32_t>(bits(value))) +
               little(static_cast<std::uint32_t>(bits(value) >> 32U));
    };
    std::string out;
    out.push_back(static_cast<char>(waveform.kind));
    out.push_back(static_cast<char>(waveform.channels.size()));
    out.append(2, '\0');
    out += little(static_cast<std::uint32_t>(waveform.samples())) + real(waveform.rate_Hz) +
           real(waveform.first_time_s) + real(waveform.frequency_Hz);
    for (const WaveformChannel& one : waveform.channels) {
        out.push_back('\0');
        out.push_back(static_cast<char>(one.name.size()));
        out += one.name + real(one.volt_per_code) + real(one.offset_V) + real(one.low_V) +
               real(one.high_V);
    }
    for (const WaveformChannel& one : waveform.channels) {
        for (std::size_t plane = 0; plane < 4; ++plane) {
            for (const std::int32_t code : one.codes) {
                const auto word =
                    (static_cast<std::uint32_t>(code) << 1U) ^ (code < 0 ? 0xFFFFFFFFU : 0U);
                out.push_back(little(word)[plane]);
            }
        }
    }
    return out;
}

}  // namespace

TEST_CASE("any waveform comes back as it was stored", "[signal][waveform]") {
    const bool passes = rc::check([] {
        Waveform waveform;
        waveform.kind =
            *rc::gen::element(WaveformKind::forced, WaveformKind::decay, WaveformKind::steady);
        waveform.rate_Hz = *rc::gen::arbitrary<double>();
        waveform.first_time_s = *rc::gen::arbitrary<double>();
        waveform.frequency_Hz = *rc::gen::element(unknown, 0.01, -0.0, 5e-324);
        const auto samples = *rc::gen::inRange<std::size_t>(0, 40);
        const auto channels = *rc::gen::inRange(samples > 0 ? 1 : 0, 5);
        for (int c = 0; c < channels; ++c) {
            WaveformChannel one;
            one.name = *rc::gen::arbitrary<std::string>();
            one.volt_per_code = *rc::gen::arbitrary<double>();
            one.offset_V = *rc::gen::arbitrary<double>();
            one.low_V = *rc::gen::element(unknown, -10.0);
            one.high_V = *rc::gen::element(10.0, std::numeric_limits<double>::infinity());
            one.codes = *rc::gen::container<std::vector<std::int32_t>>(
                samples,
                rc::gen::oneOf(
                    rc::gen::arbitrary<std::int32_t>(),
                    rc::gen::element(
                        std::numeric_limits<std::int32_t>::min(),
                        std::numeric_limits<std::int32_t>::max()
                    )
                )
            );
            waveform.channels.push_back(one);
        }
        const Result<Waveform> back = unpack(pack(waveform));
        REQUIRE(back);
        require_same(waveform, *back);
    });
    CHECK(passes);
}

TEST_CASE("a stored waveform that is cut off is refused", "[signal][waveform]") {
    const std::string bytes = pack(example(100));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const Result<Waveform> back = unpack(std::string_view(bytes).substr(0, size));
        REQUIRE_FALSE(back);
        REQUIRE(back.error().code == Errc::corrupt);
    }
    CHECK_FALSE(unpack(bytes + '\0'));
    CHECK(unpack(bytes));
}

TEST_CASE("one flipped bit anywhere is found", "[signal][waveform]") {
    std::string bytes = pack(example(100));
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
            REQUIRE_FALSE(unpack(bytes));
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
        }
    }
    CHECK(unpack(bytes));
}

TEST_CASE(
    "a length that the bytes cannot hold is refused before room is made", "[signal][waveform]"
) {
    // Right sums around a claim of 1 GiB.
    std::string bytes = pack(example(10));
    bytes.replace(8, 4, little(0x3FFFFFFFU));
    bytes.resize(bytes.size() - 4);
    bytes += little(crc_of(bytes));
    const Result<Waveform> back = unpack(bytes);
    REQUIRE_FALSE(back);
    CHECK(back.error().message == "the stored waveform says that it is larger than it can be");
}

TEST_CASE(
    "content that cannot be is refused even where all its sums are right", "[signal][waveform]"
) {
    const std::string content = content_of(example(20));
    const Result<Waveform> whole = unpack(framed(content));
    REQUIRE(whole);
    require_same(*whole, example(20));
    const bool passes = rc::check([&content] {
        std::string changed = content;
        const auto changes = *rc::gen::inRange(1, 6);
        for (int k = 0; k < changes; ++k) {
            // Mostly in the headers.
            const auto at =
                *rc::gen::inRange<std::size_t>(0, *rc::gen::element<std::size_t>(120, 40, 8));
            changed[at] = *rc::gen::arbitrary<char>();
        }
        changed.resize(changed.size() - *rc::gen::inRange<std::size_t>(0, 3));
        const Result<Waveform> back = unpack(framed(changed));
        if (back) {
            RC_ASSERT(back->channels.size() <= 16U);
            for (const WaveformChannel& one : back->channels) {
                RC_ASSERT(one.codes.size() == back->samples());
            }
            RC_ASSERT(changed.size() == content.size());
        } else {
            RC_ASSERT(back.error().code == Errc::corrupt);
        }
    });
    CHECK(passes);
    std::string changed = content;
    changed[0] = 3;  // no such kind
    CHECK_FALSE(unpack(framed(changed)));
    changed = content;
    changed[2] = 1;  // must be 0
    CHECK_FALSE(unpack(framed(changed)));
    changed = content;
    changed[32] = 3;  // no such order
    CHECK_FALSE(unpack(framed(changed)));
    CHECK_FALSE(unpack(framed(content + '\0')));
    CHECK_FALSE(unpack(framed("")));
}

TEST_CASE("what cannot be stored is no bytes, which are no waveform", "[signal][waveform]") {
    Waveform waveform = example(10);
    waveform.channels[1].codes.pop_back();
    CHECK(pack(waveform).empty());
    waveform = example(10);
    waveform.channels.resize(17, waveform.channels[0]);
    CHECK(pack(waveform).empty());
    waveform = example(10);
    waveform.channels[0].name.assign(256, 'x');
    CHECK(pack(waveform).empty());
    CHECK_FALSE(unpack(""));
}

TEST_CASE("slow sines with noise in their last bits are stored in a fifth", "[signal][waveform]") {
    const Waveform waveform = example(20000);
    const double share = static_cast<double>(pack(waveform).size()) / (2.0 * 4.0 * 20000.0);
    INFO(share);
    CHECK(share < 0.2);
}

TEST_CASE("every kind of waveform has its word", "[signal][waveform]") {
    CHECK(to_word(WaveformKind::forced) == "forced");
    CHECK(to_word(WaveformKind::decay) == "decay");
    CHECK(to_word(WaveformKind::steady) == "steady");
    CHECK(example(3).channel("torque")->name == "torque");
    CHECK(example(3).channel("force") == nullptr);
}

}  // namespace relaxd::record
