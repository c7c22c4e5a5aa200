// SPDX-License-Identifier: MIT
#include "drivers/modbus/reply.hpp"

#include "drivers/modbus/bits.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::drivers::modbus {

namespace {

constexpr std::uint8_t exception_bit = 0x80;  // MAP 4.1
constexpr std::size_t echo_size = 5;          // function, address, count or value

bool reads_bits(Function function) {
    return function == Function::read_coils || function == Function::read_discrete_inputs;
}

/// Data bytes of a reply that carries data; 0 for one that echoes.
std::size_t data_bytes(const Request& request) {
    switch (request.function()) {
        case Function::read_coils:
        case Function::read_discrete_inputs: return detail::bytes_for_bits(request.count());
        case Function::read_holding_registers:
        case Function::read_input_registers:
        case Function::read_write_registers: return 2 * request.count();
        default: return 0;
    }
}

tl::unexpected<Error> corrupt(const Request& request, std::string message) {
    return fail(Errc::corrupt, std::move(message), request.sentence());
}

std::string against(std::string_view what, std::size_t came, std::size_t asked) {
    return "the reply has " + std::string(what) + " " + std::to_string(came) + ", " +
           std::to_string(asked) + " belongs to it";
}

/// The first five bytes of the request are what a confirming unit sends back.
Result<Answer> decode_echo(View pdu, const Request& request) {
    const Bytes sent = encode_request(request);
    const std::uint16_t address = detail::word_at(pdu, 1);
    if (address != request.address()) {
        return corrupt(request, against("the address", address, request.address()));
    }
    if (!std::equal(pdu.begin() + 3, pdu.end(), sent.begin() + 3)) {
        return corrupt(
            request,
            against(
                request.function() == Function::write_coils ||
                        request.function() == Function::write_registers
                    ? "the count"
                    : "the value",
                detail::word_at(pdu, 3),
                detail::word_at(sent, 3)
            )
        );
    }
    Reply reply;
    if (request.function() == Function::diagnostics) {
        reply.registers = request.registers();
    }
    return reply;
}

Answer decode_data(View data, const Request& request) {
    Reply reply;
    if (reads_bits(request.function())) {
        reply.bits = detail::bits_of(data, request.count());
    } else {
        reply.registers = detail::registers_of(data);
    }
    return reply;
}

}  // namespace

std::size_t reply_size(const Request& request) {
    const std::size_t bytes = data_bytes(request);
    return bytes == 0 ? echo_size : 2 + bytes;
}

Result<Answer> decode_reply(View pdu, const Request& request) {
    const std::uint8_t asked = static_cast<std::uint8_t>(request.function());
    if (pdu.size() < 2) {
        return corrupt(
            request, "the reply has " + std::to_string(pdu.size()) + " bytes, at least 2 belong"
        );
    }
    if (pdu[0] == (asked | exception_bit)) {
        if (pdu.size() != 2) {
            return corrupt(request, against("a size of", pdu.size(), 2) + " as an exception");
        }
        return ExceptionReply(request.function(), pdu[1]);
    }
    if (pdu[0] != asked) {
        return corrupt(request, against("the function", pdu[0], asked));
    }
    const std::size_t bytes = data_bytes(request);
    // Before the size, because it says more: a unit that sends fewer registers than asked for.
    if (bytes != 0 && pdu[1] != bytes) {
        return corrupt(request, against("the byte count", pdu[1], bytes));
    }
    if (pdu.size() != reply_size(request)) {
        return corrupt(request, against("a size of", pdu.size(), reply_size(request)));
    }
    if (bytes == 0) {
        return decode_echo(pdu, request);
    }
    return decode_data(pdu.subspan(2), request);
}

Result<Bytes> encode_reply(const Request& request, const Reply& reply) {
    const std::size_t bytes = data_bytes(request);
    if (bytes == 0) {
        Bytes echo = encode_request(request);
        echo.resize(echo_size);
        return echo;
    }
    const bool of_bits = reads_bits(request.function());
    const std::size_t held = of_bits ? reply.bits.size() : reply.registers.size();
    if (held != request.count()) {
        return fail(
            Errc::invalid,
            "the reply holds " + std::to_string(held) + " values, " +
                std::to_string(request.count()) + " were asked for",
            request.sentence()
        );
    }
    Bytes out{static_cast<std::uint8_t>(request.function()), static_cast<std::uint8_t>(bytes)};
    if (of_bits) {
        detail::put_bits(out, reply.bits);
    } else {
        detail::put_registers(out, reply.registers);
    }
    return out;
}

Bytes encode_exception(std::uint8_t function_code, std::uint8_t code) {
    return {static_cast<std::uint8_t>(function_code | exception_bit), code};
}

Result<Reply> reply_or_error(const Answer& answer, std::uint8_t unit, const Request& request) {
    if (const auto* reply = std::get_if<Reply>(&answer)) {
        return *reply;
    }
    const std::uint8_t code = std::get<ExceptionReply>(answer).code;
    Errc kind = Errc::refused;
    std::string hint;
    switch (static_cast<ExceptionCode>(code)) {
        case ExceptionCode::acknowledge:
        case ExceptionCode::server_device_busy:
            kind = Errc::busy;
            hint = "ask again later";
            break;
        case ExceptionCode::gateway_path_unavailable:
        case ExceptionCode::gateway_target_failed_to_respond:
            kind = Errc::unreachable;
            hint = "the gateway answers, the unit behind it does not: look at its line and power";
            break;
        case ExceptionCode::illegal_data_address:
            hint = "compare with the manual's list; addresses on the wire count from 0";
            break;
        default: break;
    }
    return fail(
        kind,
        "the unit answers " + exception_name(code),
        detail::where_of(unit, request),
        std::move(hint)
    );
}

std::string detail::where_of(std::uint8_t unit, const Request& request) {
    return "unit " + std::to_string(unit) + ", " + request.sentence();
}

}  // namespace relaxd::drivers::modbus
