// SPDX-License-Identifier: MIT
//
// The three wires of the simulated controller: frames, checksums, registers and mnemonics.
#include "drivers/simulator/parts/eurotherm_device.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

namespace relaxd::simulator {

namespace {

constexpr char stx = '\x02';
constexpr char etx = '\x03';
constexpr char eot = '\x04';
constexpr char enq = '\x05';
constexpr char ack = '\x06';
constexpr char nak = '\x15';
constexpr int ieee_region = 0x8000;
constexpr int unknown_mnemonic = 1;
constexpr int bad_message = 7;
constexpr unsigned illegal_address = 2;
constexpr unsigned illegal_value = 3;
constexpr std::size_t crc_size = 2;
constexpr std::size_t tcp_head = 6;  ///< Before the unit.
constexpr unsigned padding = 0x8000;

unsigned byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

unsigned word_at(std::string_view text, std::size_t at) {
    return byte_at(text, at) * 256U + byte_at(text, at + 1);
}

void put_word(std::string& out, unsigned word) {
    out += static_cast<char>(word / 256U % 256U);
    out += static_cast<char>(word % 256U);
}

/// CRC-16 as the handbook computes it, bit by bit (3.9), low byte first.
std::string crc_of(std::string_view bytes) {
    unsigned crc = 0xFFFF;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) {
            const bool carries = crc % 2U == 1U;
            crc /= 2U;
            crc = carries ? crc ^ 0xA001U : crc;
        }
    }
    std::string out;
    out += static_cast<char>(crc % 256U);
    out += static_cast<char>(crc / 256U);
    return out;
}

char check_of(std::string_view block) {
    char check = '\0';
    for (const char c : block) {
        check = static_cast<char>(check ^ c);
    }
    return check;
}

std::string hex_word(unsigned word) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out = ">";
    for (unsigned shift : {4096U, 256U, 16U, 1U}) {
        out += digits[word / shift % 16U];
    }
    return out;
}

unsigned from_signed(double value) {
    const auto whole = static_cast<std::int64_t>(std::llround(std::clamp(value, -32767., 32767.)));
    return static_cast<unsigned>(whole < 0 ? whole + 65536 : whole);
}

double to_signed(unsigned word) {
    return word >= 32768U ? static_cast<double>(word) - 65536.0 : static_cast<double>(word);
}

}  // namespace

const EurothermDevice::Entry& EurothermDevice::entry_of(int address, bool is_nanodac) {
    static constexpr Entry nothing{What::none, 0, "", false};
    static constexpr std::array nanodac{
        Entry{What::process_value, 512, "", true},
        Entry{What::manual, 513, "", false},
        Entry{What::target, 514, "", true},
        Entry{What::working_set_point, 515, "", true},
        Entry{What::working_output, 516, "", true},
        Entry{What::inhibit, 517, "", false},
        Entry{What::sensor_break, 531, "", false}
    };
    static constexpr std::array controller{
        Entry{What::process_value, 1, "PV", true},
        Entry{What::target, 2, "SL", true},
        Entry{What::output, 3, "OP", true},
        Entry{What::working_output, 4, "WO", true},
        Entry{What::working_set_point, 5, "SP", true},
        Entry{What::remote, 26, "RI", true},
        Entry{What::rate, 35, "RR", true},
        Entry{What::status, 75, "SO", false},
        Entry{What::identifier, 122, "II", false},
        Entry{What::sensor_break, 258, "sb", false},
        Entry{What::manual, 273, "mA", false},
        Entry{What::remote_select, 276, "rE", false},
        Entry{What::unit, 516, "Q1", false},
        Entry{What::decimals, 525, "QD", false},
        Entry{What::rate_unit, 531, "QJ", false},
        Entry{What::customer, 629, "ID", false}
    };
    const auto pick = [address](const auto& table) -> const Entry* {
        const auto found = std::ranges::find(table, address, &Entry::address);
        return found == table.end() ? nullptr : &*found;
    };
    const Entry* found = is_nanodac ? pick(nanodac) : pick(controller);
    return found == nullptr ? nothing : *found;
}

const EurothermDevice::Entry& EurothermDevice::entry_of(std::string_view mnemonic) {
    constexpr int last_address = 700;
    for (int address = 1; address < last_address; ++address) {
        const Entry& one = entry_of(address, false);
        if (one.what != What::none && mnemonic == one.mnemonic) {
            return one;
        }
    }
    return entry_of(0, false);
}

void EurothermDevice::hear() {
    switch (options_.wire) {
        case EurothermOptions::Wire::rtu: hear_rtu(); break;
        case EurothermOptions::Wire::tcp: hear_tcp(); break;
        case EurothermOptions::Wire::bisynch: hear_bisynch(); break;
    }
}

// --- EI-Bisynch

/// EOT begins anew; digits of another's address, or that differ, are not answered.
void EurothermDevice::hear_bisynch() {
    constexpr std::size_t head = 5;
    const std::string group(2, static_cast<char>('0' + options_.address / 10));
    const std::string unit(2, static_cast<char>('0' + options_.address % 10));
    while (true) {
        const std::size_t begin = std::min(received_.find(eot), received_.size());
        received_.erase(0, begin);
        if (received_.size() <= head) {
            return;
        }
        const bool is_select = received_[head] == stx;
        const std::size_t end = received_.find(is_select ? etx : enq, head);
        const std::size_t size = end + (is_select ? 2 : 1);
        if (end == std::string::npos || received_.size() < size) {
            const std::size_t again = received_.find(eot, 1);
            if (again == std::string::npos) {
                return;
            }
            received_.erase(0, again);
            continue;
        }
        const std::string message = received_.substr(0, size);
        received_.erase(0, size);
        if (message.substr(1, 4) != group + unit) {
            continue;
        }
        if (!is_select) {
            poll(std::string_view(message).substr(head, end - head));
            continue;
        }
        const std::string_view block = std::string_view(message).substr(head + 1, end - head);
        error_ = bad_message;
        if (check_of(block) == message.back() && block.size() > 3) {
            error_ = select(block.substr(0, 2), block.substr(2, block.size() - 3));
        }
        output_ += error_ == 0 ? ack : nak;
    }
}

void EurothermDevice::poll(std::string_view mnemonic) {
    const Entry& entry = entry_of(mnemonic);
    std::string data;
    if (mnemonic == "EE") {
        data = hex_word(static_cast<unsigned>(std::exchange(error_, 0)));
    } else if (entry.what == What::none) {
        error_ = unknown_mnemonic;
        output_ += eot;
        return;
    } else if (entry.what == What::identifier || entry.what == What::status) {
        data = hex_word(static_cast<unsigned>(value_of(entry.what)));
    } else {
        data = fixed_point(value_of(entry.what), entry.is_float ? options_.decimals : 0);
    }
    const std::string block = std::string(mnemonic) + data + etx;
    output_ += stx + block + check_of(block);
}

int EurothermDevice::select(std::string_view mnemonic, std::string_view data) {
    const Entry& entry = entry_of(mnemonic);
    const auto number = to_double(data);
    if (entry.what == What::none) {
        return unknown_mnemonic;
    }
    return number ? put(entry.what, *number) : bad_message;
}

// --- Modbus

void EurothermDevice::hear_rtu() {
    constexpr std::size_t head = 7;
    constexpr std::size_t shortest = 8;
    while (received_.size() >= shortest) {
        const bool is_block = byte_at(received_, 1) == 16;
        const std::size_t size = is_block ? head + byte_at(received_, 6) + crc_size : shortest;
        if (byte_at(received_, 0) == static_cast<unsigned>(options_.address) &&
            received_.size() < size) {
            return;
        }
        const std::string body = received_.substr(0, std::min(size, received_.size()) - crc_size);
        const bool is_frame =
            received_.size() >= size && crc_of(body) == received_.substr(size - crc_size, crc_size);
        if (!is_frame) {  // noise: a real one waits for silence
            received_.erase(0, 1);
            continue;
        }
        received_.erase(0, size);
        const std::string reply = answer(body);
        if (byte_at(body, 0) == static_cast<unsigned>(options_.address) && !reply.empty()) {
            output_ += reply + crc_of(reply);
        }
    }
}

void EurothermDevice::hear_tcp() {
    while (received_.size() > tcp_head) {
        const std::size_t length = word_at(received_, 4);
        if (word_at(received_, 2) != 0 || length < 2 || length > 254) {
            received_.clear();
            return;
        }
        if (received_.size() < tcp_head + length) {
            return;
        }
        const std::string transaction = received_.substr(0, 4);
        const std::string reply = answer(received_.substr(tcp_head, length));
        received_.erase(0, tcp_head + length);
        if (!reply.empty()) {
            output_ += transaction;
            put_word(output_, static_cast<unsigned>(reply.size()));
            output_ += reply;
        }
    }
}

/// Unit, function and data of the reply; empty: it says nothing.
std::string EurothermDevice::answer(const std::string& request) {
    constexpr std::size_t shortest = 6;
    if (request.size() < shortest) {
        return {};
    }
    switch (byte_at(request, 1)) {
        case 3:
        case 4: return answer_read(request);
        case 6:
        case 16: return answer_write(request);
        default: return {};
    }
}

namespace {

std::string exception(const std::string& request, unsigned code) {
    std::string reply = request.substr(0, 1);
    reply += static_cast<char>(byte_at(request, 1) + 0x80U);
    reply += static_cast<char>(code);
    return reply;
}

}  // namespace

std::string EurothermDevice::answer_read(const std::string& request) {
    const int first = static_cast<int>(word_at(request, 2));
    const int count = static_cast<int>(word_at(request, 4));
    if (count < 1 || count > 125) {
        return exception(request, illegal_value);
    }
    std::string data;
    for (int i = 0; i < count; ++i) {
        const int at = first + i;
        const bool is_ieee = at >= ieee_region;
        const Entry& entry = entry_of(is_ieee ? (at - ieee_region) / 2 : at, options_.is_nanodac);
        if (entry.what == What::none) {
            return exception(request, illegal_address);
        }
        const double value = value_of(entry.what);
        if (is_ieee && entry.is_float) {
            const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
            put_word(data, at % 2 == 0 ? bits / 65536U : bits % 65536U);
        } else if (is_ieee) {
            put_word(data, at % 2 == 0 ? from_signed(value) : padding);
        } else {
            const double scale = entry.is_float ? std::pow(10.0, options_.decimals) : 1.0;
            put_word(data, from_signed(value * scale));
        }
    }
    return request.substr(0, 2) + static_cast<char>(data.size()) + data;
}

/// Function 6, and 16 with one parameter.
std::string EurothermDevice::answer_write(const std::string& request) {
    const int at = static_cast<int>(word_at(request, 2));
    const bool is_block = byte_at(request, 1) == 16;
    const bool is_ieee = at >= ieee_region;
    const std::size_t data = is_block ? 7 : 4;
    const std::size_t words = is_block ? word_at(request, 4) : 1;
    const Entry& entry = entry_of(is_ieee ? (at - ieee_region) / 2 : at, options_.is_nanodac);
    if (entry.what == What::none || (is_ieee && !is_block)) {
        return exception(request, illegal_address);
    }
    const bool is_pair = is_ieee && entry.is_float;
    if (request.size() != data + 2 * words || words != (is_pair ? 2U : 1U)) {
        return exception(request, illegal_value);
    }
    double value = to_signed(word_at(request, data));
    if (is_pair) {
        const std::uint32_t bits = word_at(request, data) * 65536U + word_at(request, data + 2);
        value = static_cast<double>(std::bit_cast<float>(bits));
    } else if (entry.is_float) {
        value /= std::pow(10.0, options_.decimals);
    }
    if (!std::isfinite(value) || put(entry.what, value) != 0) {
        return exception(request, illegal_value);
    }
    return request.substr(0, 6);
}

}  // namespace relaxd::simulator
