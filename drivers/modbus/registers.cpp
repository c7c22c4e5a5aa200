// SPDX-License-Identifier: MIT
#include "drivers/modbus/registers.hpp"

#include <bit>
#include <cmath>

namespace relaxd::drivers::modbus {

namespace {

constexpr std::array<std::string_view, 4> order_words{"abcd", "cdab", "badc", "dcba"};

std::uint16_t swapped(std::uint16_t word) {
    return static_cast<std::uint16_t>(word >> 8U | word << 8U);
}

/// From the wire to big-endian and back: each order is its own inverse.
Pair reordered(Pair words, Order order) {
    const bool low_word_first = order == Order::cdab || order == Order::dcba;
    const bool low_byte_first = order == Order::badc || order == Order::dcba;
    if (low_word_first) {
        words = {words[1], words[0]};
    }
    if (low_byte_first) {
        words = {swapped(words[0]), swapped(words[1])};
    }
    return words;
}

}  // namespace

std::string_view to_word(Order order) {
    return order_words[static_cast<std::size_t>(order)];
}

std::optional<Order> to_order(std::string_view word) {
    for (const Order order : all_orders) {
        if (to_word(order) == word) {
            return order;
        }
    }
    return std::nullopt;
}

std::int16_t to_i16(std::uint16_t value) {
    return std::bit_cast<std::int16_t>(value);
}

std::uint16_t from_i16(std::int16_t value) {
    return std::bit_cast<std::uint16_t>(value);
}

std::uint32_t to_u32(Pair registers, Order order) {
    const Pair words = reordered(registers, order);
    return std::uint32_t{words[0]} << 16U | words[1];
}

std::int32_t to_i32(Pair registers, Order order) {
    return std::bit_cast<std::int32_t>(to_u32(registers, order));
}

std::optional<float> to_float(Pair registers, Order order) {
    const float value = std::bit_cast<float>(to_u32(registers, order));
    if (!std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

Pair from_u32(std::uint32_t value, Order order) {
    return reordered(
        {static_cast<std::uint16_t>(value >> 16U), static_cast<std::uint16_t>(value & 0xFFFFU)},
        order
    );
}

Pair from_i32(std::int32_t value, Order order) {
    return from_u32(std::bit_cast<std::uint32_t>(value), order);
}

std::optional<Pair> from_float(float value, Order order) {
    if (!std::isfinite(value)) {
        return std::nullopt;
    }
    return from_u32(std::bit_cast<std::uint32_t>(value), order);
}

std::optional<Order> order_that_reads(std::uint32_t expected, Pair registers) {
    std::optional<Order> found;
    for (const Order order : all_orders) {
        if (to_u32(registers, order) == expected) {
            if (found) {
                return std::nullopt;
            }
            found = order;
        }
    }
    return found;
}

}  // namespace relaxd::drivers::modbus
