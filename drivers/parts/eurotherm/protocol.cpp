// SPDX-License-Identifier: MIT
#include "drivers/parts/eurotherm/protocol.hpp"

#include "schema/base/number.hpp"

#include <algorithm>

namespace relaxd::drivers::parts::eurotherm {

namespace {

constexpr std::size_t mnemonic_size = 2;
constexpr std::size_t hex_digits_max = 4;

std::string address_of(int address) {
    const char group = static_cast<char>('0' + address / 10);
    const char unit = static_cast<char>('0' + address % 10);
    return {eot, group, group, unit, unit};
}

std::optional<double> hex_number(std::string_view digits) {
    if (digits.empty() || digits.size() > hex_digits_max) {
        return std::nullopt;
    }
    unsigned value = 0;
    for (const char c : digits) {
        unsigned digit = 0;
        if (c >= '0' && c <= '9') {
            digit = static_cast<unsigned>(c - '0');
        } else if (c >= 'A' && c <= 'F') {
            digit = static_cast<unsigned>(c - 'A') + 10U;
        } else {
            return std::nullopt;
        }
        value = 16U * value + digit;
    }
    return value;
}

}  // namespace

char block_check(std::string_view from_mnemonic_to_etx) {
    unsigned check = 0;
    for (const char c : from_mnemonic_to_etx) {
        check ^= static_cast<unsigned char>(c);
    }
    return static_cast<char>(check);
}

std::string poll(int address, std::string_view mnemonic) {
    return address_of(address) + std::string(mnemonic) + enq;
}

std::string select(int address, std::string_view mnemonic, std::string_view data) {
    const std::string block = std::string(mnemonic) + std::string(data) + etx;
    return address_of(address) + stx + block + block_check(block);
}

std::optional<std::size_t> frame_size(std::string_view received) {
    if (received.empty()) {
        return 0;
    }
    const char first = received.front();
    if (first == eot || first == ack || first == nak) {
        return 1;
    }
    if (first != stx) {
        return std::nullopt;
    }
    const std::size_t end = received.find(etx);
    return end == std::string_view::npos || received.size() < end + 2 ? 0 : end + 2;
}

std::optional<std::string_view> data_of(std::string_view frame, std::string_view mnemonic) {
    if (frame.size() < mnemonic_size + 4 || frame.front() != stx) {
        return std::nullopt;
    }
    const std::string_view block = frame.substr(1, frame.size() - 2);
    if (block.find(etx) != block.size() - 1 || block_check(block) != frame.back() ||
        !block.starts_with(mnemonic)) {
        return std::nullopt;
    }
    const std::string_view data = block.substr(mnemonic_size, block.size() - mnemonic_size - 1);
    const bool is_text = std::ranges::all_of(data, [](char c) { return c >= ' ' && c <= '~'; });
    return is_text ? std::optional(data) : std::nullopt;
}

bool is_absent(std::string_view frame) {
    return frame.size() == 1 && frame.front() == eot;
}

std::optional<double> number_of(std::string_view data) {
    data.remove_prefix(std::min(data.find_first_not_of(' '), data.size()));
    if (data.starts_with('>')) {
        return hex_number(data.substr(1));
    }
    if (data.find_first_not_of("+-.0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    return to_double(data);
}

std::string error_sentence(int code) {
    switch (code) {
        case 0: return "it says of no error";
        case 1: return "it knows no such mnemonic";
        case 2: return "the parameter is read only";
        case 7: return "the message was not understood";
        case 8: return "the value is outside its limits";
        default: return "error " + std::to_string(code);
    }
}

}  // namespace relaxd::drivers::parts::eurotherm
