// SPDX-License-Identifier: MIT
//
// RTU frames: unit, function and data, CRC-16 with its low byte first (MODBUS over Serial Line
// V1.02, 2.5.1). RTU over TCP (a transparent serial server) is the same bytes.
//
// RTU does not number its requests: a late reply to an earlier request of the same shape looks
// like the reply to this one. Whoever sends must see to it that none is left in the line after a
// time-out. And functions 5, 6 and 8 are confirmed by the request's own bytes, so on a line that
// echoes what is sent the echo must be taken off before anything is decoded here.
//
// Pure: no descriptor, no clock, no thread.

#pragma once

#include "drivers/modbus/reply.hpp"

#include <chrono>
#include <optional>

namespace relaxd::drivers::modbus {

inline constexpr std::size_t max_rtu_frame = 256;  ///< Bytes, 2.5.1.
inline constexpr std::size_t min_rtu_frame = 4;    ///< Unit, function, CRC.

/// A whole frame whose CRC fits.
struct RtuFrame {
    std::uint8_t unit = 0;
    Bytes pdu;
    RtuFrame() = default;
    RtuFrame(std::uint8_t u, Bytes p) : unit(u), pdu(std::move(p)) {}
    friend bool operator==(const RtuFrame&, const RtuFrame&) = default;
};

/// The frame of `request`. Unit 0 is the broadcast, which nobody answers: `invalid` for a request
/// that reads. Units above 247 are reserved (2.2) and allowed here: Eurotherm's go to 254.
[[nodiscard]] Result<Bytes> encode_rtu(std::uint8_t unit, const Request& request);

/// A frame around any PDU of 1 to `max_pdu` bytes (asserted), for servers and tests.
[[nodiscard]] Bytes rtu_frame(std::uint8_t unit, View pdu);

/// The whole of `bytes` as one frame; `corrupt` when its size cannot be or its CRC does not fit.
[[nodiscard]] Result<RtuFrame> decode_rtu(View bytes);

/// The frame as the answer of `unit` to `request`; `corrupt` when it is of another unit or does not
/// fit the request. `invalid` for unit 0, which does not answer.
[[nodiscard]] Result<Answer> match(
    const RtuFrame& frame, std::uint8_t unit, const Request& request
);

/// Bytes of the frame that answers `request`; an exception has 5.
[[nodiscard]] std::size_t rtu_reply_size(const Request& request);

/// The gaps of 2.5.1.1: more than t1_5 inside a frame makes it incomplete, t3_5 ends one. A PC
/// behind a USB adapter cannot time them (its bytes arrive in lumps, up to 16 ms apart): use t3_5
/// as the pause to keep before a request, and frames end by their length.
struct Silence {
    std::chrono::nanoseconds t1_5{};
    std::chrono::nanoseconds t3_5{};
    Silence() = default;
    Silence(std::chrono::nanoseconds a, std::chrono::nanoseconds b) : t1_5(a), t3_5(b) {}
};

/// 1.5 and 3.5 characters of 11 bits; 750 us and 1.75 ms above 19200 baud. Rounded up.
/// `invalid` for 0 baud.
[[nodiscard]] Result<Silence> rtu_silence(std::uint32_t baud);

/// What `bytes` characters of 11 bits last on the line, rounded up, for computed deadlines.
/// `invalid` for 0 baud.
[[nodiscard]] Result<std::chrono::nanoseconds> line_time(std::size_t bytes, std::uint32_t baud);

/// Bytes that were thrown away, and what they began with.
struct Dropped {
    std::size_t size = 0;
    std::string message;
    Dropped() = default;
    Dropped(std::size_t n, std::string text) : size(n), message(std::move(text)) {}
};

/// Frames from a line, in any split. A frame ends by its length, which its function and byte count
/// tell. What is no frame is dropped byte by byte until one begins: noise before a reply costs
/// nothing, and a frame is delivered only whole and with its CRC.
///
/// `match` decides whether a frame is the answer; the decoder knows no request.
class RtuDecoder {
  public:
    enum class Side : std::uint8_t { replies, requests };
    static constexpr std::size_t capacity = 1024;

    explicit RtuDecoder(Side side) : side_(side) {}

    /// Returns how many bytes were taken: what fits, nothing while a silence is not yet worked off.
    /// Call next() until it is empty, then go on.
    std::size_t feed(View bytes);

    /// The line was silent for 3.5 characters, or for whatever gap its owner trusts: what waits for
    /// its end will not get it. next() then delivers whole frames behind it and reports the rest.
    void silence();

    /// The next whole frame, or what was dropped before it; nothing when more bytes are needed.
    [[nodiscard]] std::optional<Result<RtuFrame, Dropped>> next();

    /// Bytes that are not yet judged.
    [[nodiscard]] std::size_t buffered() const { return buffer_.size() - head_; }
    /// Bytes dropped and not yet reported.
    [[nodiscard]] std::size_t dropped() const { return dropped_; }

  private:
    void drop_one();
    [[nodiscard]] tl::unexpected<Dropped> report();

    Side side_;
    bool quiet_ = false;
    Bytes buffer_;
    std::size_t head_ = 0;
    std::size_t dropped_ = 0;
    Bytes sample_;  ///< The first of what was dropped.
};

}  // namespace relaxd::drivers::modbus
