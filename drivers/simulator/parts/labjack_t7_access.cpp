// SPDX-License-Identifier: MIT
//
// Registers of the simulated LabJack T7 as one reads and writes them.
#include "drivers/simulator/parts/labjack_t7_device.hpp"
#include "drivers/simulator/parts/labjack_t7_registers.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace relaxd::simulator {

namespace t7 = labjack_t7_registers;

namespace {

constexpr std::uint8_t illegal_address = 2;
constexpr std::uint8_t illegal_value = 3;
constexpr std::uint8_t failure = 4;

// ljm_constants.json, errors.
constexpr std::uint16_t no_channel = 2600;
constexpr std::uint16_t is_active = 2605;
constexpr std::uint16_t list_invalid = 2607;
constexpr std::uint16_t rate_invalid = 2608;
constexpr std::uint16_t type_invalid = 2611;
constexpr std::uint16_t target_invalid = 2612;
constexpr std::uint16_t buffer_invalid = 2615;
constexpr std::uint16_t not_running = 2620;

constexpr std::size_t stream_header = 4;
constexpr double most_samples_per_s = 100e3;
constexpr std::uint32_t by_command = 16;
constexpr double highest_V = 5.0;
constexpr double dac_step_V = 5.0 / 4095.0;

float float_of(std::uint32_t bits) {
    return std::bit_cast<float>(bits);
}

std::uint32_t u32_of(std::uint16_t high, std::uint16_t low) {
    return static_cast<std::uint32_t>(high) << 16U | low;
}

void put_pair(std::vector<std::uint16_t>& words, std::uint32_t value) {
    words.push_back(static_cast<std::uint16_t>(value >> 16U));
    words.push_back(static_cast<std::uint16_t>(value & 0xFFFFU));
}

}  // namespace

void LabJackT7Device::put_u32(std::uint16_t address, std::uint32_t value) {
    registers_[address] = static_cast<std::uint16_t>(value >> 16U);
    registers_[static_cast<std::uint16_t>(address + 1)] = static_cast<std::uint16_t>(value);
}

void LabJackT7Device::put_float(std::uint16_t address, double value) {
    put_u32(address, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
}

void LabJackT7Device::poke_float(std::uint16_t address, double value) {
    put_float(address, value);
}

std::uint32_t LabJackT7Device::count_at(std::uint16_t address) const {
    return u32_of(registers_.at(address), registers_.at(static_cast<std::uint16_t>(address + 1)));
}

double LabJackT7Device::number_at(std::uint16_t address) const {
    return static_cast<double>(float_of(count_at(address)));
}

double LabJackT7Device::output_V(std::size_t output) const {
    return number_at(static_cast<std::uint16_t>(t7::dac0 + 2 * output));
}

LabJackT7Device::Outcome LabJackT7Device::refuse(
    std::uint8_t exception, std::uint16_t labjack_error
) {
    registers_[t7::last_error] = labjack_error;
    return Outcome(exception);
}

std::optional<LabJackT7Device::Outcome> LabJackT7Device::read_special(
    std::uint16_t address, std::size_t count
) {
    Outcome out;
    const bool is_even = count % 2 == 0;
    if (address < 2 * inputs) {
        if (address % 2 != 0 || !is_even || address + count > 2 * inputs) {
            return Outcome(illegal_address);
        }
        if (stream_.is_on()) {
            return refuse(failure, is_active);
        }
        for (std::size_t i = 0; i < count / 2; ++i) {
            const double volt = volt_at(address / 2U + i);
            put_pair(out.words, std::bit_cast<std::uint32_t>(static_cast<float>(volt)));
        }
        return out;
    }
    if (address == t7::stream_data) {
        if (!stream_.is_on() || count <= stream_header) {
            return refuse(failure, not_running);
        }
        fetched_ = now_;
        follow_stream();
        const LabJackT7Samples had = stream_.take(count - stream_header);
        follow_stream();
        out.words.push_back(static_cast<std::uint16_t>(had.codes.size()));
        out.words.push_back(static_cast<std::uint16_t>(
            std::min<std::uint64_t>(2 * had.backlog, count_at(t7::buffer_bytes))
        ));
        out.words.push_back(had.status);
        out.words.push_back(had.info);
        out.words.insert(out.words.end(), had.codes.begin(), had.codes.end());
        out.words.resize(count, 0);
        return out;
    }
    if (address == t7::flash_read && is_even) {
        for (std::size_t i = 0; i < count / 2; ++i) {
            const auto at = count_at(t7::flash_pointer) + static_cast<std::uint32_t>(4 * i);
            put_pair(out.words, t7::flash_at(at));
        }
        return out;
    }
    if ((address == t7::system_timer || address == t7::core_timer) && count == 2) {
        const std::int64_t per_s = address == t7::system_timer ? 20 : 40'000'000;
        const std::int64_t up_us = (now_.ns - booted_.ns) / 1000;
        put_pair(out.words, static_cast<std::uint32_t>(up_us * per_s / 1'000'000));
        return out;
    }
    return std::nullopt;
}

LabJackT7Device::Outcome LabJackT7Device::read(std::uint16_t address, std::size_t count) {
    if (auto special = read_special(address, count)) {
        return std::move(*special);
    }
    Outcome out;
    for (std::size_t i = 0; i < count; ++i) {
        const auto found = registers_.find(static_cast<std::uint16_t>(address + i));
        if (found == registers_.end()) {
            return Outcome(illegal_address);
        }
        out.words.push_back(found->second);
    }
    return out;
}

LabJackT7Device::Outcome LabJackT7Device::write(std::uint16_t address, const Words& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto at = static_cast<std::uint16_t>(address + i);
        if (!registers_.contains(at) || t7::is_read_only(at)) {
            return Outcome(illegal_address);
        }
    }
    if (address == t7::stream_enable) {
        return words.size() == 2 ? enable_stream(words[1] == 1) : Outcome(illegal_value);
    }
    const bool is_watchdog = address > t7::watchdog_enable + 1 && address <= t7::watchdog_last;
    if (is_watchdog && count_at(t7::watchdog_enable) == 1) {
        return Outcome(failure);  // only while it is off
    }
    return write_known(address, words);
}

LabJackT7Device::Outcome LabJackT7Device::write_known(std::uint16_t address, const Words& words) {
    const bool is_dac = address >= t7::dac0 && address < t7::dac0 + 4;
    const bool has_float = is_dac || address == t7::scan_rate || address == t7::ain_all_range;
    if (has_float && words.size() < 2) {
        return Outcome(illegal_value);
    }
    const double first =
        has_float ? static_cast<double>(float_of(u32_of(words[0], words[1]))) : 0.0;
    if (has_float && !std::isfinite(first)) {
        return Outcome(illegal_value);
    }
    if (address == t7::ain_all_range && first != 0.0 && first != 10.0) {
        return Outcome(illegal_value);  // this one has no other range
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
        registers_[static_cast<std::uint16_t>(address + i)] = words[i];
    }
    if (address == t7::scan_rate && first > 0.0) {
        put_float(t7::scan_rate, t7::actual_rate_Hz(first));
    }
    for (std::size_t i = 0; is_dac && i + 1 < words.size(); i += 2) {
        const auto at = static_cast<std::uint16_t>(address + i);
        const double volt = number_at(at);
        const double held = std::isfinite(volt) ? std::clamp(volt, 0.0, highest_V) : 0.0;
        put_float(at, dac_step_V * std::round(held / dac_step_V));
    }
    return {};
}

LabJackT7Device::Outcome LabJackT7Device::enable_stream(bool on) {
    if (on == stream_.is_on()) {
        return refuse(failure, on ? is_active : not_running);
    }
    if (on) {
        return start_stream();
    }
    stream_.stop();
    rig_.digitise(0.0);
    rig_.hold(this, false);
    put_u32(t7::stream_enable, 0);
    return {};
}

LabJackT7Device::Outcome LabJackT7Device::start_stream() {
    const std::uint32_t count = count_at(t7::num_addresses);
    const double rate_Hz = number_at(t7::scan_rate);
    std::uint32_t bytes = count_at(t7::buffer_bytes);
    bytes = bytes == 0 ? 4096 : bytes;
    if (count == 0 || count > 128) {
        return refuse(failure, no_channel);
    }
    if (!(rate_Hz > 0.0) || rate_Hz * count > most_samples_per_s) {
        return refuse(failure, rate_invalid);
    }
    if (count_at(t7::auto_target) != by_command) {
        return refuse(failure, target_invalid);  // a real one also streams to port 702
    }
    if (count_at(t7::data_type) != 0) {
        return refuse(failure, type_invalid);
    }
    if (bytes > 32768 || !std::has_single_bit(bytes)) {
        return refuse(failure, buffer_invalid);
    }
    std::vector<std::size_t> list;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t at = count_at(static_cast<std::uint16_t>(t7::scan_list + 2 * i));
        if (at % 2 != 0 || at >= 2 * inputs) {
            return refuse(failure, list_invalid);
        }
        list.push_back(at / 2);
    }
    scanned_ = std::move(list);
    stream_.start(scanned_.size(), bytes / 2);
    fetched_ = now_;
    scans_ = 0;
    rig_.digitise(rate_Hz);
    static_cast<void>(rig_.take_scans());
    put_u32(t7::stream_enable, 1);
    return {};
}

}  // namespace relaxd::simulator
