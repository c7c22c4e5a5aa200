// SPDX-License-Identifier: MIT
//
// Requests of the MODBUS Application Protocol V1.1b3 ("MAP" below), sections 6.1-6.6, 6.8, 6.11,
// 6.12 and 6.17, as values that are right by construction: a `Request` made by a factory or by the
// decoder is within the limits of its function and of the address space, so it can be encoded
// without error.
//
// Addresses are those on the wire, 0 to 65535 (a manual's "register 40001" is holding register 0).
// Pure: bytes in, values out.

#pragma once

#include "schema/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::drivers::modbus {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

/// The functions that this codec speaks, by their codes.
enum class Function : std::uint8_t {
    read_coils = 1,
    read_discrete_inputs = 2,
    read_holding_registers = 3,
    read_input_registers = 4,
    write_coil = 5,
    write_register = 6,
    diagnostics = 8,  ///< Sub-function 0 (return query data) with one word only.
    write_coils = 15,
    write_registers = 16,
    read_write_registers = 23,
};

/// The function of a code without its exception bit; nothing for a code that is not spoken here.
[[nodiscard]] std::optional<Function> to_function(std::uint8_t code);

/// "read holding registers"
[[nodiscard]] std::string_view to_words(Function function);

inline constexpr std::size_t max_pdu = 253;              ///< Bytes, MAP 4.1.
inline constexpr std::size_t max_read_bits = 2000;       ///< MAP 6.1, 6.2.
inline constexpr std::size_t max_read_registers = 125;   ///< MAP 6.3, 6.4, 6.17.
inline constexpr std::size_t max_write_bits = 1968;      ///< MAP 6.11.
inline constexpr std::size_t max_write_registers = 123;  ///< MAP 6.12.
inline constexpr std::size_t max_exchange_write = 121;   ///< MAP 6.17: written while reading.

/// Exception codes of MAP 7. Code 7 (negative acknowledge) is of the older PI-MBUS-300.
enum class ExceptionCode : std::uint8_t {
    illegal_function = 1,
    illegal_data_address = 2,
    illegal_data_value = 3,
    server_device_failure = 4,
    acknowledge = 5,
    server_device_busy = 6,
    negative_acknowledge = 7,
    memory_parity_error = 8,
    gateway_path_unavailable = 10,
    gateway_target_failed_to_respond = 11,
};

/// "exception 2 (illegal data address)"; a code without a name is "exception 9 (no name)".
[[nodiscard]] std::string exception_name(std::uint8_t code);

class Request {
  public:
    // Each factory fails with `invalid` when the count is 0 or above the function's limit, or when
    // the last address would be above 65535.
    [[nodiscard]] static Result<Request> read_coils(std::uint32_t address, std::size_t count);
    [[nodiscard]] static Result<Request> read_discrete_inputs(
        std::uint32_t address, std::size_t count
    );
    [[nodiscard]] static Result<Request> read_holding_registers(
        std::uint32_t address, std::size_t count
    );
    [[nodiscard]] static Result<Request> read_input_registers(
        std::uint32_t address, std::size_t count
    );
    [[nodiscard]] static Result<Request> write_coil(std::uint32_t address, bool on);
    [[nodiscard]] static Result<Request> write_register(std::uint32_t address, std::uint16_t value);
    [[nodiscard]] static Result<Request> write_coils(std::uint32_t address, std::vector<bool> bits);
    [[nodiscard]] static Result<Request> write_registers(
        std::uint32_t address, std::vector<std::uint16_t> registers
    );
    /// Writes first, then reads (MAP 6.17).
    [[nodiscard]] static Result<Request> read_write_registers(
        std::uint32_t read_address,
        std::size_t read_count,
        std::uint32_t write_address,
        std::vector<std::uint16_t> registers
    );
    /// Diagnostics, return query data: the unit sends `data` back and does nothing else.
    [[nodiscard]] static Request loopback(std::uint16_t data);

    [[nodiscard]] Function function() const { return function_; }
    /// First address; of function 23 the first one read; of diagnostics the sub-function.
    [[nodiscard]] std::uint16_t address() const { return address_; }
    /// Bits or registers read, or written where nothing is read. Never 0.
    [[nodiscard]] std::size_t count() const { return count_; }
    /// First address written by function 23.
    [[nodiscard]] std::uint16_t write_address() const { return write_address_; }
    /// What is written to coils (functions 5 and 15).
    [[nodiscard]] const std::vector<bool>& bits() const { return bits_; }
    /// What is written to registers (6, 16, 23), or the word of the loopback.
    [[nodiscard]] const std::vector<std::uint16_t>& registers() const { return registers_; }

    /// False for functions that only write; a broadcast must write (MODBUS over Serial Line, 2.1).
    [[nodiscard]] bool reads() const;
    /// "read holding registers 100 to 101", for messages.
    [[nodiscard]] std::string sentence() const;

    friend bool operator==(const Request&, const Request&) = default;

  private:
    Request(Function function, std::uint32_t address, std::size_t count);
    [[nodiscard]] static Result<Request> make(
        Function function, std::uint32_t address, std::size_t count, std::size_t limit
    );

    Function function_;
    std::uint16_t address_;
    std::uint16_t write_address_ = 0;
    std::size_t count_;
    std::vector<bool> bits_;
    std::vector<std::uint16_t> registers_;
};

/// Function code and data, at most `max_pdu` bytes.
[[nodiscard]] Bytes encode_request(const Request& request);

/// Why a server refuses a request, and with which exception (the order of checks is MAP 6's).
struct Refusal {
    ExceptionCode code = ExceptionCode::illegal_function;
    std::string message;
    Refusal() = default;
    Refusal(ExceptionCode c, std::string text) : code(c), message(std::move(text)) {}
};

/// The whole of `pdu` as a request. What a server would answer with an exception is that exception.
[[nodiscard]] Result<Request, Refusal> decode_request(View pdu);

}  // namespace relaxd::drivers::modbus
