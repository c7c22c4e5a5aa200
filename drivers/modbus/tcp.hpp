// SPDX-License-Identifier: MIT
//
// Modbus/TCP: the MBAP header (MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3) is
// transaction, protocol (0), length of what follows, unit; no CRC, for TCP has its own.
//
// The transaction number tells a late reply from the right one: give each request the next number.
// Pure: no descriptor, no clock, no thread.

#pragma once

#include "drivers/modbus/reply.hpp"
#include "drivers/modbus/rtu.hpp"

#include <optional>

namespace relaxd::drivers::modbus {

inline constexpr std::size_t mbap_header = 7;      ///< Bytes, unit included.
inline constexpr std::size_t max_tcp_frame = 260;  ///< MAP 4.1: 253 + 7.

/// A whole frame. Over TCP unit 0 and 255 mean the device itself (4.4.2) and are answered.
struct TcpFrame {
    std::uint16_t transaction = 0;
    std::uint8_t unit = 0;
    Bytes pdu;
    TcpFrame() = default;
    TcpFrame(std::uint16_t t, std::uint8_t u, Bytes p)
        : transaction(t), unit(u), pdu(std::move(p)) {}
    friend bool operator==(const TcpFrame&, const TcpFrame&) = default;
};

[[nodiscard]] Bytes encode_tcp(
    std::uint16_t transaction, std::uint8_t unit, const Request& request
);

/// A frame around any PDU of 1 to `max_pdu` bytes (asserted), for servers and tests.
[[nodiscard]] Bytes tcp_frame(std::uint16_t transaction, std::uint8_t unit, View pdu);

/// The whole of `bytes` as one frame; `corrupt` when its protocol, length or size cannot be.
[[nodiscard]] Result<TcpFrame> decode_tcp(View bytes);

/// The frame as the answer of `unit` to `request` of number `transaction`, else `corrupt`.
[[nodiscard]] Result<Answer> match(
    const TcpFrame& frame, std::uint16_t transaction, std::uint8_t unit, const Request& request
);

/// Frames from a connection, in any split. Each header tells where the next frame begins, so a
/// frame that fits no request costs itself alone. A header that cannot be is different: without a
/// checksum nothing behind it can be told from data, so the decoder is `lost`, drops everything
/// from there on, and only a new connection (`reset`) helps.
class TcpDecoder {
  public:
    static constexpr std::size_t capacity = 1024;

    /// Returns how many bytes were taken: what fits; all of them while lost. Call next() until it
    /// is empty, then go on.
    std::size_t feed(View bytes);

    /// The next whole frame, or once why the stream is lost; nothing when more bytes are needed.
    [[nodiscard]] std::optional<Result<TcpFrame, Dropped>> next();

    [[nodiscard]] bool lost() const { return lost_; }
    [[nodiscard]] std::size_t buffered() const { return buffer_.size() - head_; }

    /// For a new connection.
    void reset();

  private:
    [[nodiscard]] tl::unexpected<Dropped> lose(std::string message);

    bool lost_ = false;
    Bytes buffer_;
    std::size_t head_ = 0;
};

}  // namespace relaxd::drivers::modbus
