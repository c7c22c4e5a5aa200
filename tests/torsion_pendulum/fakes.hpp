// SPDX-License-Identifier: MIT
//
// Parts of a pendulum in memory, and the pendulum: an ideal spring with a loss angle whose
// amplitude follows the drive in `tau_s`, and swings freely when it is let go.
#pragma once

#include "drivers/api/digitiser.hpp"
#include "drivers/link/signal.hpp"
#include "tests/support/manual_timing.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

/// What all fakes share: the excitation as set, and the specimen.
struct FakePendulum {
    double stiffness_N_m = 1e-2;
    double delta_rad = 0.1;
    double tau_s = 0.0;  ///< Of the transient after a change.
    double angle_V_per_rad = 2000.0;
    double sense_V_per_A = 100.0;
    double torque_N_m_per_A = 1e-3;
    double drive_A_per_V = 0.01;
    double free_Hz = 2.0;
    double decrement = 0.1;
    double angle_offset_V = 0.02;

    double frequency_Hz = 0.0;
    double amplitude_V = 0.0;
    double offset_V = 0.0;
    bool is_on = false;
    double changed_s = 0.0;  ///< When one of them last changed.
    double released_rad = 0.0;

    void change(double now_s) {
        released_rad = deflection_rad(now_s);
        changed_s = now_s;
    }
    [[nodiscard]] double torque_N_m(double drive_V) const {
        return drive_V * drive_A_per_V * torque_N_m_per_A;
    }
    [[nodiscard]] double deflection_rad(double t_s) const {
        if (!is_on) {
            const double s = t_s - changed_s;
            return released_rad * std::exp(-decrement * free_Hz * s) *
                   std::cos(2.0 * std::numbers::pi * free_Hz * s);
        }
        const double grown = tau_s > 0.0 ? 1.0 - std::exp(-(t_s - changed_s) / tau_s) : 1.0;
        const double phase = 2.0 * std::numbers::pi * frequency_Hz * t_s;
        return grown *
               (torque_N_m(amplitude_V) * std::sin(phase - delta_rad) + torque_N_m(offset_V)) /
               stiffness_N_m;
    }
    [[nodiscard]] double angle_V(double t_s) const {
        return angle_V_per_rad * deflection_rad(t_s) + angle_offset_V;
    }
    [[nodiscard]] double torque_V(double t_s) const {
        if (!is_on) {
            return 0.0;
        }
        const double phase = 2.0 * std::numbers::pi * frequency_Hz * t_s;
        return (amplitude_V * std::sin(phase) + offset_V) * drive_A_per_V * sense_V_per_A;
    }
};

/// A part whose numbers a test turns.
class FakePart : public drivers::Digitiser {
  public:
    FakePart(
        const boost::asio::any_io_executor& executor, ManualTiming& timing, FakePendulum& pendulum
    )
        : timing_(timing), pendulum_(pendulum), news_(executor) {
        identity.vendor = "Fake";
        identity.simulated = true;
    }

    drivers::Awaitable<Result<drivers::Identity>> open() override {
        ++openings;
        if (!open_error.message.empty()) {
            co_return fail(open_error);
        }
        state_ = drivers::PartState::ready;
        co_return identity;
    }
    void close() override {
        state_ = drivers::PartState::absent;
        is_streaming_ = false;
        news_.notify();
    }
    drivers::PartState state() const override { return state_; }
    std::string trouble() const override { return why; }
    std::vector<drivers::Quantity> quantities() const override { return has; }

    drivers::Awaitable<Result<std::vector<drivers::PartValue>>> read(std::vector<std::string> names
    ) override {
        if (!is_open()) {
            co_return fail(Errc::unreachable, "the link is lost");
        }
        if (is_silent) {
            co_return fail(Errc::timeout, "no answer");
        }
        std::vector<drivers::PartValue> out;
        for (const std::string& name : names) {
            drivers::PartValue value;
            value.quantity = name;
            value.raw = name + "\r\n";
            value.received_steady = timing_.clock().steady();
            const auto word = words.find(name);
            if (word != words.end()) {
                value.status = word->second;
            } else {
                value.number = numbers[name];
            }
            out.push_back(value);
        }
        co_return out;
    }
    drivers::Awaitable<Result<double>> set(std::string name, double value) override {
        if (!is_open()) {
            co_return fail(Errc::unreachable, "the link is lost");
        }
        if (is_silent) {
            co_return fail(Errc::timeout, "no answer");
        }
        if (refuses == name) {
            co_return fail(Errc::refused, "it does not want to");
        }
        numbers[name] = value;
        sets.emplace_back(name, value);
        apply();
        if (name == "set_temperature_K" && follows) {
            numbers["temperature_K"] = value;
        }
        co_return value;
    }
    drivers::Awaitable<Result<drivers::PartCheck>> verify() override {
        if (!is_open()) {
            co_return fail(Errc::unreachable, "the link is lost");
        }
        if (is_silent) {
            co_return fail(Errc::timeout, "no answer");
        }
        co_return std::exchange(check, drivers::PartCheck());
    }
    drivers::Awaitable<Result<void>> safe() override {
        ++safes;
        if (state_ != drivers::PartState::ready) {
            co_return fail(Errc::unreachable, "the link is lost");
        }
        for (const char* name : {"output", "heater", "amplitude_V", "offset_V"}) {
            if (numbers.contains(name)) {
                numbers[name] = 0.0;
            }
        }
        apply();
        co_return Result<void>();
    }
    drivers::LinkCounters counters() const override { return {}; }

    // --- Digitiser
    drivers::Awaitable<Result<drivers::StreamInfo>> start_stream(drivers::StreamSettings settings
    ) override {
        if (!is_open()) {
            co_return fail(Errc::unreachable, "the link is lost");
        }
        ++streams;
        rate_Hz_ = settings.rate_Hz;
        is_streaming_ = true;
        next_ = 0;
        began_s_ = now_s();
        drivers::StreamInfo info;
        info.rate_Hz = rate_Hz_;
        for (const std::string& name : settings.inputs) {
            drivers::StreamInfo::Input input;
            input.name = name;
            input.volt_per_code = volt_per_code;
            input.low_V = -10.0;
            input.high_V = 10.0;
            info.inputs.push_back(input);
        }
        news_.notify();
        co_return info;
    }
    drivers::Awaitable<Result<drivers::SampleBlock>> next_block() override {
        while (true) {
            if (!is_open()) {
                co_return fail(Errc::unreachable, "the link is lost");
            }
            if (!is_streaming_) {
                co_return fail(Errc::cancelled, "nothing streams");
            }
            if (std::exchange(breaks, false)) {
                co_return fail(Errc::corrupt, "the stream broke");
            }
            const double until_s = began_s_ + static_cast<double>(next_ + block) / rate_Hz_;
            if (now_s() >= until_s - 1e-9 && !is_stalled) {
                co_return take_block();
            }
            const double wait_s = is_stalled ? now_s() + 1.0 : until_s;
            const SteadyTime when{static_cast<std::int64_t>(std::ceil(wait_s * 1e9))};
            co_await news_.wait_until(timing_, when);
        }
    }
    drivers::Awaitable<Result<void>> stop_stream() override {
        is_streaming_ = false;
        news_.notify();
        co_return Result<void>();
    }

    void lose() {
        state_ = drivers::PartState::lost;
        why = "the cable was pulled";
        news_.notify();
    }

    drivers::Identity identity;
    std::vector<drivers::Quantity> has;
    std::map<std::string, double> numbers;
    std::map<std::string, std::string> words;  ///< Instead of a number.
    std::vector<std::pair<std::string, double>> sets;
    drivers::PartCheck check;
    Error open_error{Errc::unreachable, {}, {}, {}};
    std::string why;
    std::string refuses;
    bool is_silent = false;
    bool follows = true;  ///< The temperature is where it is set at once.
    bool drives = false;  ///< It is the excitation.
    bool breaks = false;
    bool is_stalled = false;
    int lose_blocks = 0;
    int openings = 0;
    int safes = 0;
    int streams = 0;
    std::uint64_t block = 20;
    double volt_per_code = 1e-4;

  private:
    [[nodiscard]] double now_s() const {
        return static_cast<double>(timing_.clock().steady().ns) * 1e-9;
    }
    void apply() {
        if (!drives) {
            return;
        }
        pendulum_.change(now_s());
        pendulum_.frequency_Hz = numbers["frequency_Hz"];
        pendulum_.amplitude_V = numbers["amplitude_V"];
        pendulum_.offset_V = numbers["offset_V"];
        pendulum_.is_on = numbers["output"] > 0.5;
    }
    drivers::SampleBlock take_block() {
        drivers::SampleBlock out;
        out.first_scan = next_;
        out.scans = block;
        out.received_steady = timing_.clock().steady();
        out.received_utc = timing_.clock().utc();
        if (lose_blocks > 0) {
            --lose_blocks;
            out.is_lost = true;
            next_ += block;
            return out;
        }
        for (std::uint64_t i = 0; i < block; ++i, ++next_) {
            const double t_s = began_s_ + static_cast<double>(next_) / rate_Hz_;
            for (const double volt : {pendulum_.angle_V(t_s), pendulum_.torque_V(t_s)}) {
                const double code = std::clamp(volt, -10.0, 10.0) / volt_per_code;
                out.codes.push_back(static_cast<std::int32_t>(std::lround(code)));
            }
        }
        return out;
    }

    ManualTiming& timing_;
    FakePendulum& pendulum_;
    drivers::link::Signal news_;
    drivers::PartState state_ = drivers::PartState::absent;
    bool is_streaming_ = false;
    double rate_Hz_ = 200.0;
    double began_s_ = 0.0;
    std::uint64_t next_ = 0;
};

}  // namespace relaxd::test
