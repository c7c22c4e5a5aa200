// SPDX-License-Identifier: MIT
//
// A LabJackT7 and a simulated device on a link in memory, in a time that a test moves, over a line
// that may split, delay, drop and repeat what the device says.
#pragma once

#include "drivers/parts/labjack_t7/labjack_t7.hpp"
#include "drivers/simulator/parts/labjack_t7_device.hpp"
#include "tests/parts/part_bench.hpp"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

inline simulator::PendulumSetup quiet_pendulum() {
    simulator::PendulumSetup setup(simulator::ShearMaterial::elastic(3.0e10));
    setup.sensors = simulator::PendulumSensors::ideal();
    return setup;
}

/// What may happen to one portion of the device's bytes; probabilities.
struct LineTroubles {
    double split = 0.0;
    double delayed = 0.0;  ///< Up to 20 ms.
    double late = 0.0;     ///< 1.2 to 4 s: after the deadline.
    double dropped = 0.0;
    double doubled = 0.0;
    LineTroubles() = default;
};

/// A device as its wire sees it through that line: all of a portion comes at once or in pieces.
class TroubledWire {
  public:
    explicit TroubledWire(std::uint64_t seed) : dice_(seed) {}
    LineTroubles troubles;

    [[nodiscard]] bool happens(double probability) {
        return std::uniform_real_distribution<double>(0.0, 1.0)(dice_) < probability;
    }
    [[nodiscard]] double between(double low, double high) {
        return std::uniform_real_distribution<double>(low, high)(dice_);
    }
    [[nodiscard]] std::size_t below(std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(dice_);
    }

  private:
    std::mt19937_64 dice_;
};

class LabJackBench {
  public:
    explicit LabJackBench(
        double speed = 1.0,
        drivers::parts::labjack_t7::Settings settings = {},
        const std::string& serial = {}
    )
        : rig(quiet_pendulum(), speed), device(rig), wire(7) {
        const auto serve = [this](std::unique_ptr<drivers::link::ByteLink> end) {
            end_ = std::move(end);
            device.advance_to(now());
            device.connect();
            boost::asio::co_spawn(io, answer(end_), [](const std::exception_ptr&) {});
        };
        t7 = std::make_unique<drivers::parts::labjack_t7::LabJackT7>(
            io.get_executor(),
            std::make_unique<PartOpener>(io.get_executor(), timing, serve),
            timing,
            settings,
            serial
        );
    }
    ~LabJackBench() {
        t7.reset();
        unplug();
    }
    LabJackBench(const LabJackBench&) = delete;
    LabJackBench& operator=(const LabJackBench&) = delete;

    [[nodiscard]] SteadyTime now() const { return timing.clock().steady(); }
    void run_ready() {
        io.restart();
        io.poll();
    }
    void unplug() {
        if (end_) {
            end_->close();
        }
        run_ready();
    }
    template <typename T>
    std::shared_ptr<std::optional<T>> spawn(boost::asio::awaitable<T> call) {
        auto result = std::make_shared<std::optional<T>>();
        const auto ended = [result](const std::exception_ptr& thrown, T value) {
            if (thrown) {
                std::rethrow_exception(thrown);
            }
            result->emplace(std::move(value));
        };
        boost::asio::co_spawn(io, std::move(call), ended);
        run_ready();
        return result;
    }
    template <typename T>
    T run(boost::asio::awaitable<T> call) {
        auto result = spawn(std::move(call));
        for (int i = 0; i < 100'000 && !result->has_value(); ++i) {
            step();
        }
        REQUIRE(result->has_value());
        return std::move(**result);
    }
    template <typename T>
    T must(boost::asio::awaitable<Result<T>> call) {
        Result<T> result = run(std::move(call));
        INFO((result ? std::string() : result.error().sentence()));
        REQUIRE(result.has_value());
        if constexpr (!std::is_void_v<T>) {
            return std::move(*result);
        }
    }
    void pass(double seconds) {
        const SteadyTime end = drivers::link::after(
            now(), std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9))
        );
        while (now() < end) {
            step(end);
        }
    }
    drivers::PartValue value_of(const std::string& name) {
        std::vector<std::string> names{name};
        return must(t7->read(std::move(names))).at(0);
    }
    drivers::StreamInfo start(double rate_Hz, std::vector<std::string> inputs = {"AIN0", "AIN1"}) {
        drivers::StreamSettings wanted;
        wanted.rate_Hz = rate_Hz;
        wanted.inputs = std::move(inputs);
        return must(t7->start_stream(std::move(wanted)));
    }

    ManualTiming timing;
    boost::asio::io_context io{1};
    simulator::PendulumRig rig;
    simulator::LabJackT7Device device;
    TroubledWire wire;
    std::unique_ptr<drivers::parts::labjack_t7::LabJackT7> t7;
    std::string heard;
    bool is_mute = false;

  private:
    /// To the next timer, or the device's next wake.
    void step(SteadyTime most = SteadyTime{INT64_MAX}) {
        SteadyTime next = std::min(most, device.next_wake());
        if (timing.next_due()) {
            next = std::min(next, *timing.next_due());
        }
        timing.advance_to(next);
        device.advance_to(now());
        run_ready();
    }
    boost::asio::awaitable<void> answer(std::shared_ptr<drivers::link::ByteLink> end) {
        std::array<char, 512> buffer{};
        while (true) {
            const auto got = co_await end->read_some(buffer);
            if (!got) {
                co_return;
            }
            const std::string bytes(buffer.data(), *got);
            heard += bytes;
            device.receive(bytes, now());
            std::string out = device.take_output();
            if (is_mute || wire.happens(wire.troubles.dropped)) {
                continue;
            }
            if (wire.happens(wire.troubles.late)) {
                co_await timing.pause(wire.between(1.2, 4.0));
            } else if (wire.happens(wire.troubles.delayed)) {
                co_await timing.pause(wire.between(0.0, 0.02));
            }
            if (wire.happens(wire.troubles.doubled)) {
                const std::string twice = out + out;
                out = twice;
            }
            while (!out.empty()) {
                std::size_t size = out.size();
                if (wire.happens(wire.troubles.split)) {
                    size = 1 + wire.below(out.size());
                    co_await timing.pause(0.001);
                }
                std::string piece = out.substr(0, size);
                out.erase(0, size);
                const auto written = co_await end->write(std::move(piece), 1000ms);
                static_cast<void>(written);
            }
        }
    }
    std::shared_ptr<drivers::link::ByteLink> end_;
};

}  // namespace relaxd::test
