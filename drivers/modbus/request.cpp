// SPDX-License-Identifier: MIT
#include "drivers/modbus/request.hpp"

#include "drivers/modbus/bits.hpp"

#include <array>
#include <utility>

namespace relaxd::drivers::modbus {

namespace {

using detail::bytes_for_bits;
using detail::put_word;
using detail::word_at;

constexpr std::size_t addresses = 65536;
constexpr std::uint16_t coil_on = 0xFF00;  // MAP 6.5; off is 0, anything else is illegal

struct Name {
    std::uint8_t code;
    std::string_view words;
};

constexpr std::array<Name, 10> function_names{{
    {1, "read coils"},
    {2, "read discrete inputs"},
    {3, "read holding registers"},
    {4, "read input registers"},
    {5, "write coil"},
    {6, "write register"},
    {8, "diagnostics"},
    {15, "write coils"},
    {16, "write registers"},
    {23, "read and write registers"},
}};

constexpr std::array<Name, 10> exception_names{{
    {1, "illegal function"},
    {2, "illegal data address"},
    {3, "illegal data value"},
    {4, "server device failure"},
    {5, "acknowledge: accepted, takes long"},
    {6, "server device busy"},
    {7, "negative acknowledge"},
    {8, "memory parity error"},
    {10, "gateway path unavailable"},
    {11, "gateway target device failed to respond"},
}};

std::string range_words(std::string_view what, std::size_t address, std::size_t count) {
    std::string text(what);
    text += ' ';
    text += std::to_string(address);
    if (count > 1) {
        text += " to ";
        text += std::to_string(address + count - 1);
    }
    return text;
}

}  // namespace

std::optional<Function> to_function(std::uint8_t code) {
    for (const Name& name : function_names) {
        if (name.code == code) {
            return static_cast<Function>(code);
        }
    }
    return std::nullopt;
}

std::string_view to_words(Function function) {
    for (const Name& name : function_names) {
        if (name.code == static_cast<std::uint8_t>(function)) {
            return name.words;
        }
    }
    return "unknown function";
}

std::string exception_name(std::uint8_t code) {
    std::string_view words = "no name";
    for (const Name& name : exception_names) {
        if (name.code == code) {
            words = name.words;
        }
    }
    return "exception " + std::to_string(code) + " (" + std::string(words) + ")";
}

// --- factories

Request::Request(Function function, std::uint32_t address, std::size_t count)
    : function_(function), address_(static_cast<std::uint16_t>(address)), count_(count) {}

Result<Request> Request::make(
    Function function, std::uint32_t address, std::size_t count, std::size_t limit
) {
    if (count == 0 || count > limit) {
        return fail(
            Errc::invalid,
            std::string(to_words(function)) + ": " + std::to_string(count) +
                " at once is not possible, 1 to " + std::to_string(limit) + " are",
            "modbus request",
            "split the request"
        );
    }
    if (address >= addresses || count > addresses - address) {
        return fail(
            Errc::invalid,
            range_words(to_words(function), address, count) + ": the last address is 65535",
            "modbus request",
            "addresses count from 0; a manual's 40001 is holding register 0"
        );
    }
    return Request(function, address, count);
}

Result<Request> Request::read_coils(std::uint32_t address, std::size_t count) {
    return make(Function::read_coils, address, count, max_read_bits);
}

Result<Request> Request::read_discrete_inputs(std::uint32_t address, std::size_t count) {
    return make(Function::read_discrete_inputs, address, count, max_read_bits);
}

Result<Request> Request::read_holding_registers(std::uint32_t address, std::size_t count) {
    return make(Function::read_holding_registers, address, count, max_read_registers);
}

Result<Request> Request::read_input_registers(std::uint32_t address, std::size_t count) {
    return make(Function::read_input_registers, address, count, max_read_registers);
}

Result<Request> Request::write_coil(std::uint32_t address, bool on) {
    auto request = make(Function::write_coil, address, 1, 1);
    if (request) {
        request->bits_ = {on};
    }
    return request;
}

Result<Request> Request::write_register(std::uint32_t address, std::uint16_t value) {
    auto request = make(Function::write_register, address, 1, 1);
    if (request) {
        request->registers_ = {value};
    }
    return request;
}

Result<Request> Request::write_coils(std::uint32_t address, std::vector<bool> bits) {
    auto request = make(Function::write_coils, address, bits.size(), max_write_bits);
    if (request) {
        request->bits_ = std::move(bits);
    }
    return request;
}

Result<Request> Request::write_registers(
    std::uint32_t address, std::vector<std::uint16_t> registers
) {
    auto request = make(Function::write_registers, address, registers.size(), max_write_registers);
    if (request) {
        request->registers_ = std::move(registers);
    }
    return request;
}

Result<Request> Request::read_write_registers(
    std::uint32_t read_address,
    std::size_t read_count,
    std::uint32_t write_address,
    std::vector<std::uint16_t> registers
) {
    const Function function = Function::read_write_registers;
    auto written = make(function, write_address, registers.size(), max_exchange_write);
    if (!written) {
        return written;
    }
    auto request = make(function, read_address, read_count, max_read_registers);
    if (request) {
        request->write_address_ = written->address_;
        request->registers_ = std::move(registers);
    }
    return request;
}

Request Request::loopback(std::uint16_t data) {
    Request request(Function::diagnostics, 0, 1);
    request.registers_ = {data};
    return request;
}

bool Request::reads() const {
    switch (function_) {
        case Function::write_coil:
        case Function::write_register:
        case Function::write_coils:
        case Function::write_registers: return false;
        default: return true;
    }
}

std::string Request::sentence() const {
    if (function_ == Function::diagnostics) {
        return "diagnostics, return query data";
    }
    if (function_ == Function::read_write_registers) {
        return range_words("read registers", address_, count_) +
               range_words(" and write", write_address_, registers_.size());
    }
    return range_words(to_words(function_), address_, count_);
}

// --- on the wire

Bytes encode_request(const Request& request) {
    Bytes out{static_cast<std::uint8_t>(request.function())};
    put_word(out, request.address());
    switch (request.function()) {
        case Function::read_coils:
        case Function::read_discrete_inputs:
        case Function::read_holding_registers:
        case Function::read_input_registers: put_word(out, request.count()); break;
        case Function::write_coil: put_word(out, request.bits().front() ? coil_on : 0U); break;
        case Function::write_register:
        case Function::diagnostics: put_word(out, request.registers().front()); break;
        case Function::write_coils:
            put_word(out, request.count());
            out.push_back(static_cast<std::uint8_t>(bytes_for_bits(request.count())));
            detail::put_bits(out, request.bits());
            break;
        case Function::read_write_registers:
            put_word(out, request.count());
            put_word(out, request.write_address());
            [[fallthrough]];
        case Function::write_registers:
            put_word(out, request.registers().size());
            out.push_back(static_cast<std::uint8_t>(2 * request.registers().size()));
            detail::put_registers(out, request.registers());
            break;
    }
    return out;
}

namespace {

using Decoded = Result<Request, Refusal>;

tl::unexpected<Refusal> refuse(ExceptionCode code, std::string message) {
    return tl::unexpected<Refusal>(Refusal(code, std::move(message)));
}

tl::unexpected<Refusal> wrong_size(std::size_t size, std::size_t right) {
    return refuse(
        ExceptionCode::illegal_data_value,
        "the request has " + std::to_string(size) + " bytes, " + std::to_string(right) +
            " belong to it"
    );
}

/// A factory's failure is a count (MAP: exception 3) or, with a count that can be, an address (2).
Decoded judged(Result<Request> request, std::size_t count, std::size_t limit) {
    if (request) {
        return std::move(*request);
    }
    const bool fits = count >= 1 && count <= limit;
    return refuse(
        fits ? ExceptionCode::illegal_data_address : ExceptionCode::illegal_data_value,
        std::move(request.error().message)
    );
}

Decoded decode_read(Function function, View pdu) {
    const std::uint16_t address = word_at(pdu, 1);
    const std::size_t count = word_at(pdu, 3);
    switch (function) {
        case Function::read_coils:
            return judged(Request::read_coils(address, count), count, max_read_bits);
        case Function::read_discrete_inputs:
            return judged(Request::read_discrete_inputs(address, count), count, max_read_bits);
        case Function::read_holding_registers:
            return judged(
                Request::read_holding_registers(address, count), count, max_read_registers
            );
        default:
            return judged(Request::read_input_registers(address, count), count, max_read_registers);
    }
}

Decoded decode_single(Function function, View pdu) {
    const std::uint16_t address = word_at(pdu, 1);
    const std::uint16_t value = word_at(pdu, 3);
    if (function == Function::write_register) {
        return judged(Request::write_register(address, value), 1, 1);
    }
    if (function == Function::write_coil) {
        if (value != 0 && value != coil_on) {
            return refuse(ExceptionCode::illegal_data_value, "a coil is 0x0000 or 0xFF00");
        }
        return judged(Request::write_coil(address, value == coil_on), 1, 1);
    }
    if (address != 0) {
        return refuse(
            ExceptionCode::illegal_function,
            "diagnostics sub-function " + std::to_string(address) + " is not spoken here, 0 is"
        );
    }
    return Request::loopback(value);
}

/// Functions 15, 16 and 23: a count, a byte count that must agree with it, and data to the end.
Decoded decode_write(Function function, View pdu) {
    const std::size_t data_at = function == Function::read_write_registers ? 10 : 6;
    if (pdu.size() < data_at) {
        return wrong_size(pdu.size(), data_at);
    }
    const std::size_t count = word_at(pdu, data_at - 3);
    const std::size_t bytes = pdu[data_at - 1];
    const bool of_bits = function == Function::write_coils;
    if (bytes != (of_bits ? bytes_for_bits(count) : 2 * count)) {
        return refuse(
            ExceptionCode::illegal_data_value,
            "the byte count " + std::to_string(bytes) + " does not fit the count " +
                std::to_string(count)
        );
    }
    if (pdu.size() != data_at + bytes) {
        return wrong_size(pdu.size(), data_at + bytes);
    }
    const View data = pdu.subspan(data_at);
    const std::uint16_t address = word_at(pdu, 1);
    if (of_bits) {
        return judged(
            Request::write_coils(address, detail::bits_of(data, count)), count, max_write_bits
        );
    }
    auto registers = detail::registers_of(data);
    if (function == Function::write_registers) {
        return judged(
            Request::write_registers(address, std::move(registers)), count, max_write_registers
        );
    }
    const std::size_t read_count = word_at(pdu, 3);
    const bool fits = read_count >= 1 && read_count <= max_read_registers;
    return judged(
        Request::read_write_registers(address, read_count, word_at(pdu, 5), std::move(registers)),
        fits ? count : 0,
        max_exchange_write
    );
}

}  // namespace

Result<Request, Refusal> decode_request(View pdu) {
    if (pdu.empty() || pdu.size() > max_pdu) {
        return refuse(
            ExceptionCode::illegal_data_value,
            "a request has 1 to " + std::to_string(max_pdu) + " bytes, this one " +
                std::to_string(pdu.size())
        );
    }
    const auto function = to_function(pdu[0]);
    if (!function) {
        return refuse(
            ExceptionCode::illegal_function,
            "function " + std::to_string(pdu[0]) + " is not spoken here"
        );
    }
    switch (*function) {
        case Function::write_coils:
        case Function::write_registers:
        case Function::read_write_registers: return decode_write(*function, pdu);
        default: break;
    }
    if (pdu.size() != 5) {
        return wrong_size(pdu.size(), 5);
    }
    switch (*function) {
        case Function::write_coil:
        case Function::write_register:
        case Function::diagnostics: return decode_single(*function, pdu);
        default: return decode_read(*function, pdu);
    }
}

}  // namespace relaxd::drivers::modbus
