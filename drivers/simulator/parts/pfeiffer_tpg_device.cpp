// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/pfeiffer_tpg_device.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace relaxd::simulator {

namespace {

constexpr char enq = '\x05';
constexpr char etx = '\x03';
constexpr std::array pascals{100.0, 101325.0 / 760.0, 1.0};  ///< mbar, Torr, Pa
constexpr std::array stream_times_s{0.1, 1.0, 60.0};         ///< COM,0 … COM,2
constexpr double without_gauge = 2.0e-2;

}  // namespace

PfeifferTpgDevice::PfeifferTpgDevice(PendulumRig& rig, PfeifferTpgOptions options)
    : ThermalDevice(rig), options_(std::move(options)) {
    reboot();
}

void PfeifferTpgDevice::reboot() {
    received_.clear();
    output_.clear();
    mnemonic_.clear();
    errors_ = "0000";
    every_s_ = options_.stream_s;
    next_line_ = now_;
}

SteadyTime PfeifferTpgDevice::next_wake() const {
    return every_s_ > 0.0 && connected() ? next_line_ : ThermalDevice::next_wake();
}

void PfeifferTpgDevice::tick() {
    if (every_s_ <= 0.0 || !connected()) {
        return;
    }
    const auto step = static_cast<std::int64_t>(every_s_ * 1e9);
    if (now_.ns >= next_line_.ns) {  // what was missed is not made up for
        output_ += gauge_line(1) + "," + gauge_line(2) + "\r\n";
        next_line_.ns = std::max(next_line_.ns + step, now_.ns);
    }
}

void PfeifferTpgDevice::hear() {
    if (received_.find_first_not_of("\r\n") != std::string::npos) {
        every_s_ = 0.0;
    }
    std::string bytes = std::exchange(received_, {});
    for (const char byte : bytes) {
        if (byte == etx) {
            received_.clear();
        } else if (byte == enq && !options_.needs_crlf) {
            fetch();
        } else if (byte == '\r') {
            std::string word = std::exchange(received_, {});
            if (word == std::string(1, enq)) {
                fetch();
            } else {
                obey(std::move(word));
            }
        } else if (byte != '\n') {
            received_ += byte;
        }
    }
}

void PfeifferTpgDevice::obey(std::string word) {
    std::erase(word, ' ');
    if (word.empty()) {
        return;
    }
    if (understand(word)) {
        output_ += "\x06\r\n";
    } else {
        errors_[3] = '1';
        mnemonic_ = "ERR";
        output_ += "\x15\r\n";
    }
}

bool PfeifferTpgDevice::understand(const std::string& word) {
    constexpr std::array known{"PR1", "PR2", "UNI", "PNR", "ERR"};
    if (std::ranges::find(known, word) != known.end()) {
        mnemonic_ = word;
        return true;
    }
    const bool has_number = word.size() == 5 && word[3] == ',' && word[4] >= '0' && word[4] <= '2';
    if (has_number && word.starts_with("UNI")) {
        options_.unit = static_cast<unsigned>(word[4] - '0');
        mnemonic_ = "UNI";
        return true;
    }
    if (has_number && word.starts_with("COM")) {
        every_s_ = stream_times_s.at(static_cast<std::size_t>(word[4] - '0'));
        next_line_ = now_;
        return true;
    }
    return false;
}

void PfeifferTpgDevice::fetch() {
    std::string said;
    if (mnemonic_ == "PR1" || mnemonic_ == "PR2") {
        said = gauge_line(mnemonic_ == "PR1" ? 1 : 2);
    } else if (mnemonic_ == "UNI") {
        said = std::to_string(options_.unit);
    } else if (mnemonic_ == "PNR") {
        said = options_.firmware;
    } else if (mnemonic_ == "ERR") {
        said = std::exchange(errors_, "0000");
    } else {
        return;
    }
    output_ += said + "\r\n";
}

std::string PfeifferTpgDevice::gauge_line(int gauge) const {
    if (gauge != 1) {
        return "5,+" + scientific(without_gauge, 4, 2);
    }
    const GaugeReading read = rig_.gauge();
    unsigned status = status_;
    if (status == 0 && !shown_Pa_ && read.state != GaugeState::in_range) {
        status = read.state == GaugeState::under_range ? 1 : 2;
    }
    const double pressure_Pa = shown_Pa_.value_or(read.pressure_Pa.value_or(without_gauge));
    const double number = status == 5 ? without_gauge : pressure_Pa / pascals.at(options_.unit);
    return std::to_string(status) + ",+" + scientific(number, 4, 2);
}

}  // namespace relaxd::simulator
