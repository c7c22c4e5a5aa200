// SPDX-License-Identifier: MIT
//
// Replies of the MODBUS Application Protocol V1.1b3 and how one is matched to its request: the
// function, the byte count and the size must be those the request implies, an echoed address,
// count or value must be the one sent. Anything else is an `Error` of code `corrupt` with one
// sentence, never a value. Pure: bytes in, values out.

#pragma once

#include "drivers/modbus/request.hpp"

#include <variant>

namespace relaxd::drivers::modbus {

/// What was read; both empty after a write, which the unit has confirmed by its echo.
struct Reply {
    std::vector<bool> bits;                ///< Functions 1 and 2: as many as asked for.
    std::vector<std::uint16_t> registers;  ///< 3, 4, 23: as many as asked for; 8: the word.
    Reply() = default;
    friend bool operator==(const Reply&, const Reply&) = default;
};

/// The unit heard the request and says why it does not answer it (MAP 7).
struct ExceptionReply {
    Function function = Function::read_coils;
    std::uint8_t code = 0;
    ExceptionReply() = default;
    ExceptionReply(Function f, std::uint8_t c) : function(f), code(c) {}
    friend bool operator==(const ExceptionReply&, const ExceptionReply&) = default;
};

using Answer = std::variant<Reply, ExceptionReply>;

/// Bytes of the reply to `request`, without frame; an exception has 2.
[[nodiscard]] std::size_t reply_size(const Request& request);

/// The whole of `pdu` as the answer to `request`, or `corrupt`. Bits that fill the last byte of a
/// reply to functions 1 and 2 are not looked at.
[[nodiscard]] Result<Answer> decode_reply(View pdu, const Request& request);

/// What a server sends. Fails with `invalid` when `reply` does not have what was asked for.
[[nodiscard]] Result<Bytes> encode_reply(const Request& request, const Reply& reply);

/// `function_code` without the exception bit, which is added.
[[nodiscard]] Bytes encode_exception(std::uint8_t function_code, std::uint8_t code);

/// The reply, or the exception as an `Error` that names unit and request: 5 and 6 are `busy`, 10
/// and 11 `unreachable`, the others `refused`.
[[nodiscard]] Result<Reply> reply_or_error(
    const Answer& answer, std::uint8_t unit, const Request& request
);

namespace detail {
/// "unit 3, read holding registers 100 to 101"
[[nodiscard]] std::string where_of(std::uint8_t unit, const Request& request);
}  // namespace detail

}  // namespace relaxd::drivers::modbus
