// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/labjack_t7_device.hpp"

#include "drivers/simulator/parts/labjack_t7_registers.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::simulator {

namespace t7 = labjack_t7_registers;

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::int64_t hour_ns = 3600 * ns_per_s;
constexpr std::int64_t busy_wake_ns = 20'000'000;
constexpr std::int64_t patience_ns = 10 * ns_per_s;  // the clock waits so long for who fetches

constexpr std::size_t header = 7;  // MBAP, unit included
constexpr std::size_t longest_request = 1040;
constexpr std::uint8_t illegal_function = 1;
constexpr std::uint8_t illegal_value = 3;

std::size_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

std::size_t word_at(std::string_view bytes, std::size_t at) {
    return byte_at(bytes, at) << 8U | byte_at(bytes, at + 1);
}

std::uint16_t address_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(word_at(bytes, at));
}

void put_word(std::string& out, std::size_t value) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> 8U & 0xFFU)));
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(value & 0xFFU)));
}

void put_words(std::string& out, const std::vector<std::uint16_t>& words) {
    for (const std::uint16_t word : words) {
        put_word(out, word);
    }
}

std::vector<std::uint16_t> words_in(std::string_view bytes) {
    std::vector<std::uint16_t> words;
    for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
        words.push_back(static_cast<std::uint16_t>(word_at(bytes, at)));
    }
    return words;
}

std::string exception_pdu(std::size_t function, std::uint8_t code) {
    std::string pdu(1, static_cast<char>(static_cast<std::uint8_t>(function | 0x80U)));
    pdu.push_back(static_cast<char>(code));
    return pdu;
}

}  // namespace

LabJackT7Device::LabJackT7Device(PendulumRig& rig, const LabJackT7Options& options)
    : rig_(rig), options_(options) {
    for (const auto& [address, value] : t7::kept_in_flash()) {
        put_u32(address, value);
    }
    power_up();
}

LabJackT7Device::~LabJackT7Device() {
    rig_.hold(this, false);
}

double LabJackT7Device::volt_of(std::uint16_t code) {
    return t7::volt_of(code);
}

void LabJackT7Device::power_up() {
    stream_.stop();
    rig_.hold(this, false);
    for (const auto& [address, value] : t7::after_power_up()) {
        put_u32(address, value);
    }
    for (const std::uint16_t address : t7::single_words()) {
        registers_[address] = t7::single_word_after_power_up(address);
    }
    put_u32(t7::serial_number, options_.serial);
}

void LabJackT7Device::reboot() {
    rig_.digitise(0.0);
    power_up();
    booted_ = now_;
    received_.clear();
    output_.clear();
}

void LabJackT7Device::connect() {
    is_connected_ = true;
    received_.clear();
    output_.clear();
}

void LabJackT7Device::disconnect() {
    is_connected_ = false;
    rig_.hold(this, false);
}

std::string LabJackT7Device::take_output() {
    std::string out;
    out.swap(output_);
    return out;
}

SteadyTime LabJackT7Device::next_wake() const {
    return SteadyTime{now_.ns + (stream_.is_on() ? busy_wake_ns : ns_per_s)};
}

void LabJackT7Device::advance_to(SteadyTime now) {
    if (!is_begun_) {  // it has been on for an hour
        is_begun_ = true;
        booted_ = SteadyTime{now.ns - hour_ns};
        heard_ = now;
    }
    now_ = std::max(now_, now);
    rig_.follow(now_);
    follow_stream();
    watch();
}

void LabJackT7Device::watch() {
    const std::int64_t silent_ns = now_.ns - heard_.ns;
    if (count_at(t7::watchdog_enable) != 1 ||
        silent_ns < ns_per_s * static_cast<std::int64_t>(count_at(t7::watchdog_timeout_s))) {
        return;
    }
    for (const std::uint16_t output : {std::uint16_t{0}, std::uint16_t{1}}) {
        const auto enable = static_cast<std::uint16_t>(t7::watchdog_dac0_enable + 10 * output);
        if (count_at(enable) == 1) {
            const double volt = number_at(static_cast<std::uint16_t>(enable + 2));
            put_float(static_cast<std::uint16_t>(t7::dac0 + 2 * output), volt);
        }
    }
    heard_ = now_;
}

double LabJackT7Device::wired_V(const RigScan& scan, std::size_t input) const {
    if (fed_[input]) {
        return *fed_[input];
    }
    if (input == options_.angle_input) {
        return scan.angle_V;
    }
    return input == options_.torque_input ? scan.torque_V : 0.0;
}

void LabJackT7Device::follow_stream() {
    if (!stream_.is_on()) {
        return;
    }
    // At a speed of its own the rig waits for who fetches; left alone, it loses scans as ever.
    const bool waits = rig_.speed() != 1.0 && is_connected_ && now_.ns - fetched_.ns < patience_ns;
    std::vector<std::uint16_t> codes(scanned_.size());
    for (const RigScan& scan : rig_.take_scans()) {
        for (std::size_t i = 0; i < scanned_.size(); ++i) {
            const std::size_t input = scanned_[i];
            codes[i] = t7::code_of(signal_ ? signal_(scans_, input) : wired_V(scan, input));
        }
        ++scans_;
        stream_.put(codes, !waits);
    }
    rig_.hold(this, waits && stream_.is_full());
}

double LabJackT7Device::volt_at(std::size_t input) {
    constexpr double bandwidth_Hz = 1000.0;  // of a reading at the best resolution
    const PendulumSetup& setup = rig_.setup();
    const RawSample sample = sensed(
        setup.sensors,
        rig_.bench().body().motion(),
        setup.seed,
        ++readings_,
        bandwidth_Hz,
        PendulumReader::digitiser
    );
    RigScan scan;
    scan.angle_V = setup.sensors.angle_V_per_rad * sample.angle_rad;
    scan.torque_V = setup.sensors.sense_V_per_A * sample.current_A;
    return t7::shown_V(wired_V(scan, input));
}

void LabJackT7Device::receive(std::string_view bytes, SteadyTime now) {
    advance_to(now);
    received_.append(bytes);
    while (received_.size() >= header) {
        const std::size_t length = word_at(received_, 4);
        if (word_at(received_, 2) != 0 || length < 2 || length > longest_request - 6) {
            received_.clear();  // no Modbus: what else is there has no beginning
            return;
        }
        if (received_.size() < 6 + length) {
            return;
        }
        const std::string frame = received_.substr(0, 6 + length);
        received_.erase(0, 6 + length);
        heard_ = now_;
        answer(frame);
    }
}

void LabJackT7Device::answer(std::string_view frame) {
    const std::string pdu = answer_pdu(frame.substr(header));
    output_.append(frame.substr(0, 4));
    put_word(output_, 1 + pdu.size());
    output_.push_back(frame[6]);
    output_.append(pdu);
}

std::string LabJackT7Device::answer_pdu(std::string_view pdu) {
    const std::size_t function = byte_at(pdu, 0);
    const std::string_view data = pdu.substr(1);
    if (function == 76) {
        return answer_feedback(data);
    }
    if (function != 3 && function != 4 && function != 6 && function != 16) {
        return exception_pdu(function, illegal_function);
    }
    const bool is_sized = function == 16
                              ? data.size() >= 7 && data.size() == 5 + byte_at(data, 4) &&
                                    byte_at(data, 4) == 2 * word_at(data, 2)
                              : data.size() == 4;
    const std::size_t count = is_sized && function != 6 ? word_at(data, 2) : 1;
    if (!is_sized || count < 1 || count > 125) {
        return exception_pdu(function, illegal_value);
    }
    const std::uint16_t address = address_at(data, 0);
    if (function == 6 || function == 16) {
        const Outcome done = write(address, words_in(data.substr(function == 6 ? 2 : 5)));
        return done.exception != 0 ? exception_pdu(function, done.exception)
                                   : std::string(pdu.substr(0, 5));
    }
    const Outcome had = read(address, count);
    if (had.exception != 0) {
        return exception_pdu(function, had.exception);
    }
    std::string out(pdu.substr(0, 1));
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(2 * count)));
    put_words(out, had.words);
    return out;
}

std::string LabJackT7Device::answer_feedback(std::string_view data) {
    constexpr std::size_t function = 76;
    std::string out(1, static_cast<char>(function));
    while (!data.empty()) {
        const bool writes = byte_at(data, 0) == 1;
        const bool has_head = data.size() >= 4 && (writes || byte_at(data, 0) == 0);
        const std::size_t count = has_head ? byte_at(data, 3) : 0;
        const std::size_t size = 4 + (writes ? 2 * count : 0);
        if (count == 0 || data.size() < size) {
            return exception_pdu(function, illegal_value);
        }
        const std::uint16_t address = address_at(data, 1);
        const Outcome had =
            writes ? write(address, words_in(data.substr(4, 2 * count))) : read(address, count);
        if (had.exception != 0) {
            return exception_pdu(function, had.exception);
        }
        put_words(out, had.words);
        data.remove_prefix(size);
    }
    return out.size() + header <= longest_request ? out : exception_pdu(function, illegal_value);
}

}  // namespace relaxd::simulator
