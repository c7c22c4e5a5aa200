// SPDX-License-Identifier: MIT
//
// Numbers in registers. The specification knows 16-bit registers only; how a device lays a 32-bit
// number over two of them is in its manual, and must be said explicitly: a wrong order gives a
// number, not an error. Where the device has a register of known content, `order_that_reads` proves
// the order (LabJack: TEST, address 55100, reads 0x00112233).

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace relaxd::drivers::modbus {

/// The bytes of a number, A the highest, in the order in which they come on the wire; the first two
/// are the first register. `abcd`: big-endian; `cdab`: low word first; `badc`: bytes swapped in
/// each register; `dcba`: little-endian.
enum class Order : std::uint8_t { abcd, cdab, badc, dcba };

inline constexpr std::array<Order, 4> all_orders{
    Order::abcd, Order::cdab, Order::badc, Order::dcba
};

/// "abcd" and so on, as written in configuration files.
[[nodiscard]] std::string_view to_word(Order order);
[[nodiscard]] std::optional<Order> to_order(std::string_view word);

/// Two registers in the order received.
using Pair = std::array<std::uint16_t, 2>;

/// Two's complement.
[[nodiscard]] std::int16_t to_i16(std::uint16_t value);
[[nodiscard]] std::uint16_t from_i16(std::int16_t value);

[[nodiscard]] std::uint32_t to_u32(Pair registers, Order order);
[[nodiscard]] std::int32_t to_i32(Pair registers, Order order);
/// IEEE 754 single; nothing for infinity and NaN, with which devices say that there is no value.
[[nodiscard]] std::optional<float> to_float(Pair registers, Order order);

[[nodiscard]] Pair from_u32(std::uint32_t value, Order order);
[[nodiscard]] Pair from_i32(std::int32_t value, Order order);
/// Nothing for infinity and NaN, which are not sent.
[[nodiscard]] std::optional<Pair> from_float(float value, Order order);

/// The one order in which `registers` read `expected`; nothing when none or more than one does.
[[nodiscard]] std::optional<Order> order_that_reads(std::uint32_t expected, Pair registers);

}  // namespace relaxd::drivers::modbus
