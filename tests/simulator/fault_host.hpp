// SPDX-License-Identifier: MIT
// A host that obeys hang-ups as SimServer does, and a device that says what the test gives it.
#pragma once

#include "drivers/simulator/faulty_wire.hpp"
#include "drivers/simulator/frame.hpp"

#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

/// Says lines when told to, keeps what it hears.
class Talker final : public simulator::SimDevice {
  public:
    void say(const std::string& payload) {
        if (connected_) {
            out_ += simulator::framed(payload);
        }
    }
    void receive(std::string_view bytes, SteadyTime now) override {
        now_ = now;
        heard += bytes;
    }
    void advance_to(SteadyTime now) override { now_ = now; }
    [[nodiscard]] std::string take_output() override { return std::exchange(out_, std::string()); }
    [[nodiscard]] SteadyTime next_wake() const override {
        return SteadyTime{now_.ns + 10'000'000'000};
    }
    void connect() override { connected_ = true; }
    void disconnect() override {
        connected_ = false;
        out_.clear();
    }
    [[nodiscard]] bool connected() const override { return connected_; }
    [[nodiscard]] simulator::RunPosition run_position() const override { return position; }
    void pause_at(double run_time_s) override { pause_s = run_time_s; }

    std::string heard;
    simulator::RunPosition position{1, 0.0};
    double pause_s = 0.0;

  private:
    bool connected_ = true;
    std::string out_;
    SteadyTime now_;
};

/// One end of a session in-process.
class FaultHost {
  public:
    explicit FaultHost(simulator::SimDevice& device) : device_(device) { collect(); }

    void send(const std::string& sent) {
        device_.receive(sent, SteadyTime{now_ns});
        collect();
    }
    void advance_s(double seconds) {
        now_ns += static_cast<std::int64_t>(seconds * 1e9);
        device_.advance_to(SteadyTime{now_ns});
        collect();
    }
    /// Reads everything; after a hang-up the session is closed.
    void collect() {
        for (std::string out = device_.take_output(); !out.empty(); out = device_.take_output()) {
            bytes += out;
            portions.push_back(std::move(out));
        }
        if (device_.take_hang_up()) {
            ++hang_ups;
            device_.disconnect();
        }
    }
    bool reconnect() {
        device_.advance_to(SteadyTime{now_ns});
        if (!device_.accepting()) {
            return false;
        }
        device_.connect();
        collect();
        return true;
    }

    std::int64_t now_ns = 0;
    int hang_ups = 0;
    std::string bytes;
    std::vector<std::string> portions;

  private:
    simulator::SimDevice& device_;
};

/// `text` at its line ends, the ends included.
inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        lines.push_back(text.substr(begin, end - begin));
        begin = end;
    }
    return lines;
}

}  // namespace relaxd::test
