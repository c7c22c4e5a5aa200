// SPDX-License-Identifier: MIT
#include "schema/record/waveform.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>
#include <zlib.h>

namespace relaxd::record {
namespace {

// docs/pendulum.md, "A waveform as stored".
constexpr std::string_view magic{"RLXWAVE\x01", 8};  // the last byte is the version
constexpr std::size_t frame_bytes = 16;              // magic, length and CRC of the content
constexpr std::size_t channels_max = 16;
constexpr std::size_t samples_max = std::size_t{1} << 24U;
constexpr std::size_t name_max = 255;
constexpr std::size_t content_max = 4 * channels_max * samples_max + 32 + 300 * channels_max;
// Deflate cannot make more of a byte (zlib's technical notes: 1032:1), nor of nothing.
constexpr std::size_t content_per_byte = 1040;
constexpr unsigned order_max = 2;

void put_u32(std::string& out, std::uint32_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out.push_back(static_cast<char>((value >> shift) & 0xFFU));
    }
}

void put_double(std::string& out, double value) {
    const auto bits =
        std::isnan(value) ? std::uint64_t{0x7FF8000000000000} : std::bit_cast<std::uint64_t>(value);
    put_u32(out, static_cast<std::uint32_t>(bits));
    put_u32(out, static_cast<std::uint32_t>(bits >> 32U));
}

std::uint32_t crc_of(std::string_view bytes) {
    auto crc = ::crc32(0L, Z_NULL, 0);
    while (!bytes.empty()) {
        const std::size_t now = std::min<std::size_t>(bytes.size(), 1U << 30U);
        // zlib's bytes are unsigned.
        crc =
            ::crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<unsigned>(now));
        bytes.remove_prefix(now);
    }
    return static_cast<std::uint32_t>(crc);
}

// Small numbers of either sign become small: 0, -1, 1, -2 … are 0, 1, 2, 3 …
std::uint32_t folded(std::uint32_t difference) {
    return (difference << 1U) ^ ((difference >> 31U) != 0 ? 0xFFFFFFFFU : 0U);
}

std::uint32_t unfolded(std::uint32_t value) {
    return (value >> 1U) ^ ((value & 1U) != 0 ? 0xFFFFFFFFU : 0U);
}

// Differences of differences, modulo 2^32, the first as it stands: nothing overflows.
void differentiate(std::vector<std::uint32_t>& values) {
    std::uint32_t before = 0;
    for (std::uint32_t& value : values) {
        before = std::exchange(value, value - before);
    }
}

void integrate(std::vector<std::uint32_t>& values) {
    std::uint32_t sum = 0;
    for (std::uint32_t& value : values) {
        sum += value;
        value = sum;
    }
}

std::uint64_t bits_needed(const std::vector<std::uint32_t>& values) {
    std::uint64_t sum = 0;
    for (const std::uint32_t value : values) {
        sum += static_cast<std::uint64_t>(std::bit_width(folded(value)));
    }
    return sum;
}

struct Coded {
    unsigned order = 0;
    std::vector<std::uint32_t> values;
    Coded() = default;
};

// As they are, their differences, or the differences of those: what is smallest.
Coded coded(const std::vector<std::int32_t>& codes) {
    std::vector<std::uint32_t> values;
    values.reserve(codes.size());
    for (const std::int32_t code : codes) {
        values.push_back(static_cast<std::uint32_t>(code));
    }
    Coded best;
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (unsigned order = 0; order <= order_max; ++order) {
        if (order > 0) {
            differentiate(values);
        }
        if (const std::uint64_t bits = bits_needed(values); bits < least) {
            least = bits;
            best.order = order;
            best.values = values;
        }
    }
    return best;
}

bool can_be_packed(const Waveform& waveform) {
    const auto fits = [&waveform](const WaveformChannel& one) {
        return one.codes.size() == waveform.samples() && one.name.size() <= name_max;
    };
    return waveform.channels.size() <= channels_max && waveform.samples() <= samples_max &&
           std::all_of(waveform.channels.begin(), waveform.channels.end(), fits);
}

std::string content_of(const Waveform& waveform) {
    std::string out;
    out.reserve(64 + waveform.channels.size() * (300 + 4 * waveform.samples()));
    out.push_back(static_cast<char>(waveform.kind));
    out.push_back(static_cast<char>(waveform.channels.size()));
    out.append(2, '\0');
    put_u32(out, static_cast<std::uint32_t>(waveform.samples()));
    put_double(out, waveform.rate_Hz);
    put_double(out, waveform.first_time_s);
    put_double(out, waveform.frequency_Hz);
    std::vector<Coded> all;
    for (const WaveformChannel& one : waveform.channels) {
        all.push_back(coded(one.codes));
        out.push_back(static_cast<char>(all.back().order));
        out.push_back(static_cast<char>(one.name.size()));
        out += one.name;
        for (const double value : {one.volt_per_code, one.offset_V, one.low_V, one.high_V}) {
            put_double(out, value);
        }
    }
    for (const Coded& one : all) {
        for (unsigned shift = 0; shift < 32; shift += 8) {
            for (const std::uint32_t value : one.values) {
                out.push_back(static_cast<char>((folded(value) >> shift) & 0xFFU));
            }
        }
    }
    return out;
}

// Reads forward; what is not there makes `is_good` false, once and for all.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}
    std::string_view take(std::size_t count) {
        if (count > bytes_.size()) {
            is_good_ = false;
            return {};
        }
        const std::string_view taken = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return taken;
    }
    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0;
        const std::string_view taken = take(bytes);
        for (std::size_t i = taken.size(); i-- > 0;) {
            value = (value << 8U) | static_cast<unsigned char>(taken[i]);
        }
        return value;
    }
    double real() { return std::bit_cast<double>(number(8)); }
    [[nodiscard]] std::size_t left() const { return bytes_.size(); }
    [[nodiscard]] bool is_good() const { return is_good_; }

  private:
    std::string_view bytes_;
    bool is_good_ = true;
};

tl::unexpected<Error> corrupt(std::string what) {
    return fail(
        Errc::corrupt,
        "the stored waveform " + std::move(what),
        "waveform",
        "its bytes were changed, or written by another version; the reading's other values stand"
    );
}

std::vector<std::int32_t> codes_of(std::string_view planes, std::size_t samples, unsigned order) {
    std::vector<std::uint32_t> values(samples, 0);
    for (unsigned plane = 0; plane < 4; ++plane) {
        for (std::size_t i = 0; i < samples; ++i) {
            const auto byte = static_cast<unsigned char>(planes[plane * samples + i]);
            values[i] |= std::uint32_t{byte} << (8U * plane);
        }
    }
    for (std::uint32_t& value : values) {
        value = unfolded(value);
    }
    for (unsigned k = 0; k < order; ++k) {
        integrate(values);
    }
    std::vector<std::int32_t> codes;
    codes.reserve(samples);
    for (const std::uint32_t value : values) {
        codes.push_back(static_cast<std::int32_t>(value));
    }
    return codes;
}

Result<Waveform> decoded(std::string_view content) {
    Reader in(content);
    Waveform waveform;
    const std::uint64_t kind = in.number(1);
    const std::uint64_t channels = in.number(1);
    const std::uint64_t spare = in.number(2);
    const std::uint64_t samples = in.number(4);
    waveform.rate_Hz = in.real();
    waveform.first_time_s = in.real();
    waveform.frequency_Hz = in.real();
    if (!in.is_good() || kind > static_cast<std::uint64_t>(WaveformKind::steady) ||
        channels > channels_max || spare != 0 || samples > samples_max) {
        return corrupt("has a header that cannot be");
    }
    waveform.kind = static_cast<WaveformKind>(kind);
    std::vector<unsigned> orders;
    for (std::uint64_t c = 0; c < channels; ++c) {
        WaveformChannel one;
        orders.push_back(static_cast<unsigned>(in.number(1)));
        const std::uint64_t length = in.number(1);
        one.name = in.take(length);
        for (double* value : {&one.volt_per_code, &one.offset_V, &one.low_V, &one.high_V}) {
            *value = in.real();
        }
        if (!in.is_good() || orders.back() > order_max) {
            return corrupt("has a channel header that cannot be");
        }
        waveform.channels.push_back(std::move(one));
    }
    if (in.left() != 4 * channels * samples || (channels == 0 && samples != 0)) {
        return corrupt("has another number of samples than its header says");
    }
    for (std::size_t c = 0; c < waveform.channels.size(); ++c) {
        waveform.channels[c].codes = codes_of(in.take(4 * samples), samples, orders[c]);
    }
    return waveform;
}

}  // namespace

std::string_view to_word(WaveformKind kind) {
    switch (kind) {
        case WaveformKind::forced: return "forced";
        case WaveformKind::decay: return "decay";
        case WaveformKind::steady: return "steady";
    }
    return "forced";
}

const WaveformChannel* Waveform::channel(std::string_view name) const {
    for (const WaveformChannel& one : channels) {
        if (one.name == name) {
            return &one;
        }
    }
    return nullptr;
}

std::string pack(const Waveform& waveform) {
    if (!can_be_packed(waveform)) {
        return {};
    }
    const std::string content = content_of(waveform);
    std::string out(magic);
    put_u32(out, static_cast<std::uint32_t>(content.size()));
    put_u32(out, crc_of(content));
    uLongf room = ::compressBound(static_cast<uLong>(content.size()));
    out.resize(frame_bytes + room);
    const int ended = ::compress2(
        reinterpret_cast<Bytef*>(out.data() + frame_bytes),
        &room,
        reinterpret_cast<const Bytef*>(content.data()),
        static_cast<uLong>(content.size()),
        Z_DEFAULT_COMPRESSION
    );
    if (ended != Z_OK) {
        return {};
    }
    out.resize(frame_bytes + room);
    put_u32(out, crc_of(out));
    return out;
}

Result<Waveform> unpack(std::string_view bytes) {
    if (bytes.substr(0, 7) != magic.substr(0, 7)) {
        return corrupt("does not begin as a waveform does");
    }
    if (bytes.size() < frame_bytes + 4) {
        return corrupt("is cut off");
    }
    if (bytes[7] != magic[7]) {
        return corrupt("is of another version");
    }
    Reader tail(bytes.substr(bytes.size() - 4));
    if (tail.number(4) != crc_of(bytes.substr(0, bytes.size() - 4))) {
        return corrupt("has another CRC than its bytes: it is cut off or changed");
    }
    Reader head(bytes.substr(8));
    const std::uint64_t size = head.number(4);
    const std::uint64_t crc = head.number(4);
    const std::string_view stream = bytes.substr(frame_bytes, bytes.size() - frame_bytes - 4);
    if (size > content_max || size > content_per_byte * stream.size()) {
        return corrupt("says that it is larger than it can be");
    }
    std::string content(size, '\0');
    auto room = static_cast<uLongf>(content.size());
    auto used = static_cast<uLong>(stream.size());
    const int ended = ::uncompress2(
        reinterpret_cast<Bytef*>(content.data()),
        &room,
        reinterpret_cast<const Bytef*>(stream.data()),
        &used
    );
    if (ended != Z_OK || room != content.size() || used != stream.size()) {
        return corrupt("cannot be decompressed to the length that it says");
    }
    if (crc_of(content) != crc) {
        return corrupt("has another CRC than its content");
    }
    return decoded(content);
}

}  // namespace relaxd::record
