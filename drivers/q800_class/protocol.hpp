// SPDX-License-Identifier: MIT
//
// The q800_class line protocol, without I/O: bytes in, whole frames out, and request lines to send.
// The law is docs/protocols/q800_class.md; clause numbers below are its.
//
// Pure: no descriptor, no clock, no thread, no log. A line that fails its checksum or its grammar
// is dropped whole and reported; nothing of it is delivered, and the next LF is in step again.
// Memory is bounded by `Decoder::capacity` whatever comes in. Units: SI, as on the wire.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/records.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace relaxd::drivers::q800_class {

inline constexpr std::size_t max_payload = 480;  ///< 1.2
inline constexpr std::size_t max_line = 512;     ///< 1.2, with LF
inline constexpr std::uint64_t max_id = 999'999'999;

/// `= ID VERB key=value …`
struct Reply {
    std::uint64_t id = 0;
    std::string verb;
    std::map<std::string, std::string> values;
    Reply() = default;
    [[nodiscard]] std::optional<std::string> text(const std::string& key) const;
    [[nodiscard]] std::optional<std::uint64_t> count(const std::string& key) const;
    /// `-` and a missing key are `record::unknown`; text that is no number is nothing.
    [[nodiscard]] std::optional<double> number(const std::string& key) const;
};

/// `! ID CODE TEXT`; ID 0 answers no request.
struct ErrorReply {
    std::uint64_t id = 0;
    std::string code;
    std::string text;
    ErrorReply() = default;
};

/// `S STATE SEGMENT TOKEN READING CAUSE`; `-` is empty here.
struct StateLine {
    std::string state;
    int segment = 0;
    std::string token;
    std::uint64_t reading = 0;
    std::string cause;
    StateLine() = default;
};

/// `T NUMBER NAME VALUE`; number 0 is a parameter of the run.
struct TruthLine {
    std::uint64_t number = 0;
    std::string name;
    double value = 0.0;
    TruthLine() = default;
};

/// `R …` as decoded, with its further columns (4.4): those that the house has a channel for there,
/// all others in Reading::extra. A column that is absent or `-` is unknown. `raw` holds the whole
/// line with its LF, both clocks are left at 0.
struct ReadingLine {
    record::Reading reading;
    ReadingLine() = default;
};

using Frame = std::variant<Reply, ErrorReply, StateLine, TruthLine, ReadingLine>;

enum class FrameErrc : std::uint8_t { too_long, bad_checksum, bad_byte, bad_syntax, bad_number };
[[nodiscard]] std::string_view to_word(FrameErrc code);

/// Why a line was dropped. `size` counts its bytes, LF included.
struct FrameError {
    FrameErrc code = FrameErrc::bad_syntax;
    std::string message;
    std::size_t size = 0;
    FrameError() = default;
    FrameError(FrameErrc c, std::string text) : code(c), message(std::move(text)) {}
};

using Decoded = Result<Frame, FrameError>;

class Decoder {
  public:
    static constexpr std::size_t capacity = 65536;

    /// Takes bytes in any split; returns how many fitted. Call next() until it is empty, then go
    /// on.
    std::size_t feed(std::string_view bytes);

    /// The next whole frame, or why a line was dropped; nothing when more bytes are needed.
    [[nodiscard]] std::optional<Decoded> next();

    [[nodiscard]] std::size_t buffered() const { return buffer_.size() - head_; }

  private:
    std::string buffer_;
    std::size_t head_ = 0;     ///< First byte not yet looked at.
    std::size_t scanned_ = 0;  ///< Up to here there is no LF.
    std::size_t dropped_ = 0;  ///< Bytes of a line that is too long, so far.
};

/// One line without its LF: checksum, bytes, grammar, numbers.
[[nodiscard]] Decoded decode_line(std::string_view line);

/// `PAYLOAD *CRC LF`. The payload must be 1 to 480 printable ASCII bytes (asserted).
[[nodiscard]] std::string encode_line(std::string_view payload);

/// True if `payload` can be sent: printable, and not too long.
[[nodiscard]] bool is_sendable(std::string_view payload);

/// 1 to 64 of `A-Za-z0-9._-` (section 2).
[[nodiscard]] bool is_token(std::string_view text);

/// What the house asks for of the further columns that an instrument offers in `identify` (4.4), in
/// a fixed order.
[[nodiscard]] std::vector<std::string> wanted_columns(const Reply& identity);

/// Adds the flags `invalid` (a value that cannot be) and `inconsistent` (tan delta is not E''/E'
/// within rounding: resolution 0.00001, 4.1). Values stay as they came.
void validate(record::Reading& reading);

}  // namespace relaxd::drivers::q800_class
