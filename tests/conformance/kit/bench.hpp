// SPDX-License-Identifier: MIT
//
// The loop of a test and its time, and the way from a driver through the chaos.
#pragma once

#include "drivers/link/timing.hpp"
#include "tests/conformance/kit/chaos_proxy.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_timing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace relaxd::test::kit {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

enum class Carrier : std::uint8_t { memory, tcp, pty };
[[nodiscard]] std::string_view to_word(Carrier carrier);

/// The machine's time, so many times faster: deadlines of seconds need not be waited for.
class HastyTiming final : public drivers::link::Timing, private Clock {
  public:
    explicit HastyTiming(int hurry);
    [[nodiscard]] const Clock& clock() const override { return *this; }
    void arm(boost::asio::steady_timer& timer, SteadyTime when) override;
    void disarm(boost::asio::steady_timer& timer) override;

  private:
    [[nodiscard]] SteadyTime steady() const override;
    [[nodiscard]] UtcTime utc() const override { return clock_.utc(); }
    SystemClock clock_;
    drivers::link::IoTiming timing_{clock_};
    SteadyTime begun_;
    int hurry_;
};

/// The loop and its time: virtual for Carrier::memory, else that of the machine, or `hurry` times
/// as fast.
class Bench {
  public:
    explicit Bench(Carrier carrier, int hurry = 1);

    /// Runs what is ready, and lets time pass, until `is_so`; false after `limit` of its time.
    template <typename Condition>
    bool until(Condition is_so, std::chrono::nanoseconds limit) {
        const SteadyTime end = drivers::link::after(now(), limit);
        while (!is_so()) {
            if (now() >= end) {
                return false;
            }
            step(end);
        }
        return true;
    }

    /// Runs one call to its end.
    template <typename T>
    T run(boost::asio::awaitable<T> call, std::chrono::nanoseconds limit = 120s) {
        auto result = std::make_shared<std::optional<T>>();
        spawn(std::move(call), result);
        until([&] { return result->has_value(); }, limit);
        REQUIRE(result->has_value());
        return std::move(**result);
    }

    /// Starts a call and leaves it in flight.
    template <typename T>
    void spawn(boost::asio::awaitable<T> call, std::shared_ptr<std::optional<T>> result) {
        boost::asio::co_spawn(
            io,
            std::move(call),
            [result](const std::exception_ptr& thrown, T value) {
                if (thrown) {
                    std::rethrow_exception(thrown);
                }
                result->emplace(std::move(value));
            }
        );
    }

    void pass(std::chrono::nanoseconds time) {
        until([] { return false; }, time);
    }
    [[nodiscard]] SteadyTime now() const { return timing().clock().steady(); }
    [[nodiscard]] drivers::link::Timing& timing() const {
        return is_virtual_ ? static_cast<drivers::link::Timing&>(*manual_)
                           : static_cast<drivers::link::Timing&>(*real_);
    }
    [[nodiscard]] int hurry() const { return is_virtual_ ? 1 : hurry_; }
    /// Runs out of work within 2 s: nothing was left behind.
    [[nodiscard]] bool comes_to_rest();

    boost::asio::io_context io{1};

  private:
    void step(SteadyTime end);
    bool is_virtual_;
    std::unique_ptr<ManualTiming> manual_;
    int hurry_;
    std::unique_ptr<HastyTiming> real_;
};

/// Scratch path of this process and test.
[[nodiscard]] std::string scratch_path(const std::string& name);

/// An opener for what stands behind the proxy, over this carrier. `serial_query` follows the path
/// of a pty. Fails the test if that cannot be had.
[[nodiscard]] std::unique_ptr<drivers::link::Opener> way_through(
    ChaosProxy& proxy, Bench& bench, Carrier carrier, const std::string& serial_query
);

}  // namespace relaxd::test::kit
