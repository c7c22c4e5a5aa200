// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/lake_shore_device.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace relaxd::simulator {

namespace {

constexpr double zero_C_K = 273.15;
constexpr double s_per_min = 60.0;
constexpr double highest_K = 2000.0;
constexpr std::int64_t rest_ns = 50'000'000;
constexpr unsigned power_on = 1U << 7U;
constexpr unsigned command_error = 1U << 5U;
constexpr unsigned in_celsius = 2;

std::string signed_number(double value, int decimals) {
    const std::string text = fixed_point(std::abs(value), decimals);
    return (value < 0.0 ? "-" : "+") + text;
}

std::vector<double> numbers_of(const std::string& text) {
    std::vector<double> numbers;
    std::size_t begin = 0;
    while (true) {
        const std::size_t end = text.find(',', begin);
        const auto number = to_double(text.substr(begin, end - begin));
        if (!number) {
            return {};
        }
        numbers.push_back(*number);
        if (end == std::string::npos) {
            return numbers;
        }
        begin = end + 1;
    }
}

}  // namespace

LakeShoreDevice::LakeShoreDevice(PendulumRig& rig, LakeShoreOptions options)
    : ThermalDevice(rig), options_(std::move(options)) {
    for (Loop& loop : loops_) {
        loop.target_K = ambient_K;
    }
    reboot();
}

void LakeShoreDevice::reboot() {
    events_ = power_on;
    received_.clear();
    output_.clear();
    for (Loop& loop : loops_) {
        loop.range = 0;
    }
    drive();
}

void LakeShoreDevice::break_heater(unsigned code) {
    loops_[0].heater_code = code;
    if (code != 0) {
        press_range(0);
    }
}

void LakeShoreDevice::turn_set_point(double set_K) {
    loops_[0].target_K = set_K;
    drive();
}

void LakeShoreDevice::press_range(int range) {
    loops_[0].range = range;
    drive();
}

/// Output 1 is the furnace's.
void LakeShoreDevice::drive() {
    const Loop& loop = loops_[0];
    rig_.set_temperature(loop.target_K, loop.ramps ? loop.rate_K_per_min / s_per_min : 0.0);
    rig_.heater(loop.range > 0 && loop.mode != 0);
}

int LakeShoreDevice::most_range(std::size_t output) const {
    if (output > 2) {
        return 1;
    }
    return options_.model == "350" ? 5 : 3;
}

double LakeShoreDevice::temperature_K() const {
    return shown_K_.value_or(rig_.temperature_K());
}

void LakeShoreDevice::refuse() {
    events_ |= command_error;
}

void LakeShoreDevice::hear() {
    if (received_.empty()) {
        return;
    }
    if (last_said_.ns != 0 && now_.ns - last_said_.ns < rest_ns) {
        ++hurried_;
    }
    for (std::size_t end = received_.find('\n'); end != std::string::npos;
         end = received_.find('\n')) {
        std::string line = received_.substr(0, end);
        received_.erase(0, end + 1);
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        if (!line.empty()) {
            obey(line);
        }
        last_said_ = now_;
    }
}

/// Several commands and queries in a line, with semicolons; the answers likewise.
void LakeShoreDevice::obey(const std::string& line) {
    std::string said;
    std::size_t begin = 0;
    while (begin <= line.size()) {
        const std::size_t end = std::min(line.find(';', begin), line.size());
        const std::string one = line.substr(begin, end - begin);
        begin = end + 1;
        const std::size_t space = std::min(one.find(' '), one.size());
        const std::string word = one.substr(0, space);
        const std::string rest = space < one.size() ? one.substr(space + 1) : std::string();
        if (word.ends_with('?')) {
            const std::string reply = answer(word, rest);
            if (!reply.empty()) {
                said += (said.empty() ? "" : ";") + reply;
            } else {
                refuse();
            }
        } else if (!command(word, rest)) {
            refuse();
        } else if (options_.says_blank) {
            output_ += options_.reply_end;
        }
    }
    if (!said.empty()) {
        output_ += said + options_.reply_end;
    }
}

std::string LakeShoreDevice::answer(const std::string& word, const std::string& of) {
    if (word == "*IDN?") {
        return "LSCI,MODEL" + options_.model + "," + options_.serial_number + "/none,1.0";
    }
    if (word == "*ESR?") {
        const std::string bits = std::to_string(std::exchange(events_, 0U));
        return std::string(3 - std::min<std::size_t>(3, bits.size()), '0') + bits;
    }
    if (word == "*OPC?") {
        return "1";
    }
    if (of.size() == 1 && of[0] >= '1' && of[0] <= '4') {
        const auto output = static_cast<std::size_t>(of[0] - '0');
        return output <= outputs() ? answer_loop(word, output) : "";
    }
    const std::string inputs = options_.model == "335" ? "AB" : "ABCD";
    if (of.size() == 1 && inputs.find(of) != std::string::npos) {
        return answer_input(word, of);
    }
    return {};
}

/// Nothing is connected to the others: 0 K, which is no measurement.
std::string LakeShoreDevice::answer_input(const std::string& word, const std::string& input) {
    const bool is_furnace = input == "A";
    if (word == "KRDG?") {
        return signed_number(is_furnace ? temperature_K() : 0.0, 3);
    }
    if (word == "CRDG?") {
        return signed_number((is_furnace ? temperature_K() : 0.0) - zero_C_K, 3);
    }
    if (word == "RDGST?") {
        const std::string bits = std::to_string(is_furnace ? status_ : 1U);
        return std::string(3 - std::min<std::size_t>(3, bits.size()), '0') + bits;
    }
    if (word == "INTYPE?") {
        return "2,1,0,0," + std::to_string(is_furnace ? units_ : 1U);
    }
    return {};
}

std::string LakeShoreDevice::answer_loop(const std::string& word, std::size_t output) {
    const Loop& loop = loops_[output - 1];
    const bool is_furnace = output == 1;
    const double offset_K = units_ == in_celsius ? -zero_C_K : 0.0;
    if (word == "SETP?") {
        const double now_K = is_furnace && loop.ramps ? rig_.set_point_K() : loop.target_K;
        return signed_number(now_K + offset_K, 3);
    }
    if (word == "RAMP?") {
        return std::string(loop.ramps ? "1," : "0,") + signed_number(loop.rate_K_per_min, 1);
    }
    if (word == "RAMPST?") {
        const bool is_on = is_furnace && loop.ramps;
        return is_on && std::abs(rig_.set_point_K() - loop.target_K) > 1e-9 ? "1" : "0";
    }
    if (word == "RANGE?") {
        return std::to_string(loop.range);
    }
    if (word == "OUTMODE?") {
        return std::to_string(loop.mode) + "," + std::to_string(loop.input) + ",0";
    }
    const double percent = is_furnace && loop.range > 0 ? rig_.heater_percent() : 0.0;
    if (word == "HTR?" && output <= 2) {
        return signed_number(percent, 1);
    }
    if (word == "AOUT?" && output > 2) {
        return signed_number(percent, 1);
    }
    if (word == "HTRST?" && output <= 2) {
        return std::to_string(loop.heater_code);
    }
    return {};
}

bool LakeShoreDevice::command(const std::string& word, const std::string& arguments) {
    if (word == "*CLS") {
        events_ = 0;
        return true;
    }
    const std::vector<double> numbers = numbers_of(arguments);
    if (numbers.size() < 2 || numbers.size() > 3 || numbers[0] != std::floor(numbers[0]) ||
        numbers[0] < 1.0 || numbers[0] > static_cast<double>(outputs())) {
        return false;
    }
    const std::array<double, 2> rest{numbers[1], numbers.size() == 3 ? numbers[2] : 0.0};
    const bool is_done = command_loop(word, static_cast<std::size_t>(numbers[0]), rest);
    drive();
    return is_done;
}

bool LakeShoreDevice::command_loop(
    const std::string& word, std::size_t output, const std::array<double, 2>& numbers
) {
    Loop& loop = loops_[output - 1];
    if (word == "SETP") {
        const double target_K = numbers[0] + (units_ == in_celsius ? zero_C_K : 0.0);
        const bool can_be = target_K > 0.0 && target_K <= highest_K;
        loop.target_K = can_be ? target_K : loop.target_K;
        return can_be;
    }
    if (word == "RAMP" && numbers[1] >= 0.0 && numbers[1] <= 100.0) {
        loop.ramps = numbers[0] == 1.0 && numbers[1] > 0.0;
        loop.rate_K_per_min = std::round(10.0 * numbers[1]) / 10.0;
        return true;
    }
    if (word == "RANGE" && numbers[0] >= 0.0 && numbers[0] <= most_range(output)) {
        const bool is_broken = loop.heater_code != 0;
        loop.range = is_broken ? 0 : static_cast<int>(numbers[0]);
        return true;
    }
    return false;
}

}  // namespace relaxd::simulator
