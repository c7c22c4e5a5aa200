// SPDX-License-Identifier: MIT
#include "drivers/modbus/registers.hpp"

#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <limits>
#include <string>

using namespace relaxd::drivers::modbus;

TEST_CASE("a 32-bit number is read in the order that is said, and in no other") {
    const std::uint32_t test = 0x00112233;  // LabJack's TEST register
    const auto registers_of = [&](std::string_view word) {
        return from_u32(test, *to_order(word));
    };
    CHECK(registers_of("abcd") == Pair{0x0011, 0x2233});
    CHECK(registers_of("cdab") == Pair{0x2233, 0x0011});
    CHECK(registers_of("badc") == Pair{0x1100, 0x3322});
    CHECK(registers_of("dcba") == Pair{0x3322, 0x1100});
    for (const Order order : all_orders) {
        INFO(to_word(order));
        CHECK(to_u32(from_u32(test, order), order) == test);
        CHECK(order_that_reads(test, from_u32(test, order)) == order);
        CHECK(to_order(to_word(order)) == order);
    }
    CHECK_FALSE(order_that_reads(test, {0x0011, 0x2234}));
    CHECK_FALSE(order_that_reads(0, {0, 0}));  // reads 0 in every order: proves none
    CHECK_FALSE(to_order("big"));
}

TEST_CASE("floats are IEEE 754 singles, and infinity and NaN are no values") {
    CHECK(to_float({0x3F80, 0x0000}, Order::abcd) == 1.0F);
    CHECK(to_float({0x0000, 0x803F}, Order::dcba) == 1.0F);
    CHECK(to_float({0xC2F6, 0xE979}, Order::abcd) == -123.456F);
    CHECK_FALSE(to_float({0x7F80, 0x0000}, Order::abcd));
    CHECK_FALSE(to_float({0xFF80, 0x0000}, Order::abcd));
    CHECK_FALSE(to_float({0x7FC0, 0x0001}, Order::abcd));
    CHECK_FALSE(from_float(std::numeric_limits<float>::infinity(), Order::abcd));
    CHECK_FALSE(from_float(std::numeric_limits<float>::quiet_NaN(), Order::cdab));
}

TEST_CASE("every number comes back from its registers, in each order") {
    CHECK(rc::check([](std::uint32_t value, std::int32_t negative, std::int16_t small) {
        for (const Order order : all_orders) {
            RC_ASSERT(to_u32(from_u32(value, order), order) == value);
            RC_ASSERT(to_i32(from_i32(negative, order), order) == negative);
            const auto number = to_float(from_u32(value, order), order);
            if (number) {
                RC_ASSERT(from_float(*number, order) == from_u32(value, order));
            }
        }
        RC_ASSERT(to_i16(from_i16(small)) == small);
    }));
    CHECK(to_i16(0xFFFF) == -1);
    CHECK(to_i16(0x8000) == -32768);
    CHECK(to_i32({0xFFFF, 0xFFFE}, Order::abcd) == -2);
}
