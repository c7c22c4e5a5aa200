// SPDX-License-Identifier: MIT
//
// A part and a simulated device on a link in memory, in a time that stands still until a test moves
// it. What the part sends is heard, whole.
#pragma once

#include "drivers/link/link.hpp"
#include "drivers/parts/polled/polled_part.hpp"
#include "drivers/simulator/sim_device.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_timing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace relaxd::test {

using std::chrono_literals::operator""ms;

/// Opens memory pairs whose other ends a bench serves.
class PartOpener final : public drivers::link::Opener {
  public:
    using Serve = std::function<void(std::unique_ptr<drivers::link::ByteLink>)>;
    PartOpener(boost::asio::any_io_executor executor, drivers::link::Timing& timing, Serve serve)
        : executor_(std::move(executor)), timing_(timing), serve_(std::move(serve)) {}
    boost::asio::awaitable<drivers::link::LinkResult> open(std::chrono::milliseconds /*limit*/
    ) override {
        auto [host, device] = drivers::link::make_memory_pair(executor_, timing_);
        serve_(std::move(device));
        co_return std::move(host);
    }
    void cancel() override {}
    [[nodiscard]] bool is_slow() const override { return false; }

  private:
    boost::asio::any_io_executor executor_;
    drivers::link::Timing& timing_;
    Serve serve_;
};

class PartBench {
  public:
    /// `simulated` outlives it.
    explicit PartBench(simulator::SimDevice& simulated) : device(simulated) {
        device.advance_to(timing.clock().steady());
    }
    ~PartBench() {
        part.reset();
        unplug();
        run_ready();
    }
    PartBench(const PartBench&) = delete;
    PartBench& operator=(const PartBench&) = delete;

    [[nodiscard]] std::unique_ptr<drivers::link::Opener> make_opener() {
        const auto serve = [this](std::unique_ptr<drivers::link::ByteLink> end) {
            wire_ = std::move(end);
            device.advance_to(timing.clock().steady());
            device.connect();
            boost::asio::co_spawn(io, answer(wire_), [](const std::exception_ptr&) {});
        };
        return std::make_unique<PartOpener>(io.get_executor(), timing, serve);
    }
    drivers::Part& make(
        std::unique_ptr<drivers::parts::Dialect> dialect, const std::string& serial = {}
    ) {
        part = std::make_unique<drivers::parts::PolledPart>(
            io.get_executor(), make_opener(), timing, std::move(dialect), serial
        );
        return *part;
    }

    template <typename T>
    void spawn(boost::asio::awaitable<T> call, std::shared_ptr<std::optional<T>> result) {
        const auto ended = [result](const std::exception_ptr& thrown, T value) {
            if (thrown) {
                std::rethrow_exception(thrown);
            }
            result->emplace(std::move(value));
        };
        boost::asio::co_spawn(io, std::move(call), ended);
    }
    /// Lets time pass until the call has ended.
    template <typename T>
    T run(boost::asio::awaitable<T> call) {
        auto result = std::make_shared<std::optional<T>>();
        spawn(std::move(call), result);
        run_ready();
        for (int i = 0; i < 100'000 && !result->has_value(); ++i) {
            const auto due = timing.next_due();
            REQUIRE(due.has_value());
            timing.advance_to(*due);
            run_ready();
        }
        REQUIRE(result->has_value());
        return std::move(**result);
    }
    /// The same, and it succeeds.
    template <typename T>
    T must(boost::asio::awaitable<Result<T>> call) {
        Result<T> result = run(std::move(call));
        INFO((result ? std::string() : result.error().sentence()));
        REQUIRE(result.has_value());
        if constexpr (!std::is_void_v<T>) {
            return std::move(*result);
        }
    }
    /// One quantity.
    [[nodiscard]] drivers::PartValue value_of(const std::string& name) {
        std::vector<std::string> names{name};
        const std::vector<drivers::PartValue> values = must(part->read(std::move(names)));
        REQUIRE(values.size() == 1);
        return values.front();
    }
    void pass(double seconds) {
        const std::int64_t end =
            timing.clock().steady().ns + static_cast<std::int64_t>(seconds * 1e9);
        run_ready();
        while (timing.next_due() && timing.next_due()->ns <= end) {
            timing.advance_to(*timing.next_due());
            run_ready();
        }
        timing.advance_to(SteadyTime{end});
        run_ready();
    }
    void run_ready() {
        io.restart();
        io.poll();
    }
    void unplug() {
        if (wire_) {
            wire_->close();
        }
        run_ready();
    }

    ManualTiming timing;
    boost::asio::io_context io{1};
    simulator::SimDevice& device;
    std::unique_ptr<drivers::Part> part;
    std::string heard;       ///< All that the part has sent.
    double latency_s = 0.0;  ///< Of the device's answers.
    bool is_mute = false;    ///< It hears nothing.

  private:
    boost::asio::awaitable<void> answer(std::shared_ptr<drivers::link::ByteLink> end) {
        std::array<char, 512> buffer{};
        while (true) {
            const auto got = co_await end->read_some(buffer);
            if (!got) {
                co_return;
            }
            const std::string bytes(buffer.data(), *got);
            heard += bytes;
            if (is_mute) {
                continue;
            }
            if (latency_s > 0.0) {
                co_await timing.pause(latency_s);
            }
            device.receive(bytes, timing.clock().steady());
            std::string out = device.take_output();
            if (!out.empty()) {
                const auto written = co_await end->write(std::move(out), 1000ms);
                static_cast<void>(written);
            }
        }
    }
    std::shared_ptr<drivers::link::ByteLink> wire_;
};

}  // namespace relaxd::test
