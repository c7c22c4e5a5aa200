// SPDX-License-Identifier: MIT
//
// libFuzzer on the q800_class decoder. It looks for a crash, for memory that grows, for a stream
// that decodes differently when it is split, and for a frame from a line whose checksum is wrong.
//
// The seed corpus is made here: a custom mutator starts from real lines and keeps their checksums
// right half of the time, because random bytes alone never pass a CRC-32.
#include "drivers/q800_class/crc32.hpp"
#include "drivers/q800_class/protocol.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

using namespace relaxd::drivers::q800_class;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

constexpr std::array<std::string_view, 10> seeds{
    "= 1 identify protocol=1 vendor=A model=B serial=C firmware=1 simulated=1 keeps=4096",
    "= 2 status state=running token=t segment=2 reading=7 kept=1 time_s=1.5 temperature_K=300 "
    "set_temperature_K=300 cause=-",
    "R 7 12.5 2 300.12 300 1 0.05 0.12345 1.5e-05 0.02 3e+10 6e+08 0.02 0.0001 3000000 -",
    "R 8 13.5 3 400.25 400 - 0.1 - 2e-05 - - - - 0.001 25000000 overload,not_settled",
    "R 9 14.5 3 400.25 400 1 0.1 0.2 2e-05 0.1 3e9 1e8 0.0333 0.001 25e6 adjusted "
    "stiffness_N_per_m=1e4 position_m=-1.5e-05 length_m=- temperature_start_K=400.1 humidity=3",
    "= 4 identify protocol=1 model=B simulated=0 columns=stiffness_N_per_m,length_m",
    "S cooling 0 t 7 completed",
    "T 7 chi 0.35",
    "! 3 state cannot hold in idle",
    "! 0 bad_crc line dropped",
};

[[noreturn]] void broken(const char* promise) {
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

struct Heard {
    std::vector<std::size_t> kinds;  ///< Index of each frame, 100 + code of each error.
    std::vector<std::string> raws;
    friend bool operator==(const Heard&, const Heard&) = default;
};

void listen(Decoder& decoder, std::string_view bytes, Heard& heard) {
    while (!bytes.empty()) {
        bytes.remove_prefix(decoder.feed(bytes));
        while (auto decoded = decoder.next()) {
            if (!*decoded) {
                heard.kinds.push_back(100 + static_cast<std::size_t>(decoded->error().code));
                continue;
            }
            heard.kinds.push_back(decoded->value().index());
            if (auto* line = std::get_if<ReadingLine>(&decoded->value())) {
                validate(line->reading);
                heard.raws.push_back(line->reading.raw);
            }
        }
        if (decoder.buffered() >= max_line) {
            broken("what waits for its LF is shorter than a line");
        }
    }
}

/// A reading's raw bytes must hold a checksum that fits, by a second look at them.
void check_raw(const std::string& raw) {
    const auto star = raw.rfind(" *");
    if (star == std::string::npos || raw.size() > max_line || raw.back() != '\n') {
        broken("raw is one whole line");
    }
    std::array<char, 16> digits{};
    std::snprintf(
        digits.data(), digits.size(), "%08X", crc32(std::string_view(raw).substr(0, star))
    );
    if (raw.compare(star + 2, 8, digits.data()) != 0) {
        broken("no reading from a line whose checksum is wrong");
    }
}

/// Gives each line of the input its right checksum, so that the grammar is reached.
std::string with_checksums(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const auto lf = bytes.find('\n');
        std::string_view payload = bytes.substr(0, lf);
        bytes.remove_prefix(lf == std::string_view::npos ? bytes.size() : lf + 1);
        payload = payload.substr(0, payload.rfind(" *"));
        out += is_sendable(payload) ? encode_line(payload) : std::string(payload) + "\n";
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(data, data + size);
    Heard whole;
    Decoder at_once;
    listen(at_once, bytes, whole);
    const std::size_t cut = size == 0 ? 0 : data[0] % size;
    Heard split;
    Decoder in_two;
    listen(in_two, std::string_view(bytes).substr(0, cut), split);
    listen(in_two, std::string_view(bytes).substr(cut), split);
    if (!(whole == split)) {
        broken("a split changes nothing");
    }
    for (const std::string& raw : whole.raws) {
        check_raw(raw);
    }
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(
    std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned int seed
) {
    std::string text(data, data + size);
    if (size < 4 || seed % 64 == 0) {  // the seed corpus
        text.clear();
        for (unsigned i = 0; i < 1 + seed % 5; ++i) {
            text += encode_line(seeds[(seed / 64 + i) % seeds.size()]);
        }
    }
    std::vector<std::uint8_t> room(std::max(max_size, text.size()));
    std::copy(text.begin(), text.end(), room.begin());
    const std::size_t mutated = LLVMFuzzerMutate(room.data(), text.size(), room.size());
    text.assign(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(mutated));
    if (seed % 2 == 0) {
        text = with_checksums(text);
    }
    const std::size_t result = std::min(text.size(), max_size);
    std::memcpy(data, text.data(), result);
    return result;
}
