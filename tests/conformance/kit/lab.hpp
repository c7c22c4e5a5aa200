// SPDX-License-Identifier: MIT
//
// A laboratory for one test: a simulated unit and another like it, the chaos between, the driver on
// one of three carriers. In memory time is virtual; over TCP and a pty it is real.
#pragma once

#include "drivers/link/finally.hpp"
#include "tests/conformance/kit/chaos_proxy.hpp"
#include "tests/conformance/kit/device_host.hpp"
#include "tests/conformance/kit/subject.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_timing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace relaxd::test::kit {

enum class Carrier : std::uint8_t { memory, tcp, pty };
[[nodiscard]] std::string_view to_word(Carrier carrier);

/// The loop and its time: virtual for Carrier::memory, else that of the machine.
class Bench {
  public:
    explicit Bench(Carrier carrier);

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
    /// Runs out of work within 2 s: nothing was left behind.
    [[nodiscard]] bool comes_to_rest();

    SystemClock clock;
    boost::asio::io_context io{1};

  private:
    void step(SteadyTime end);
    bool is_virtual_;
    std::unique_ptr<ManualTiming> manual_;
    std::unique_ptr<drivers::link::IoTiming> real_;
};

/// Scratch path of this process and test.
[[nodiscard]] std::string scratch_path(const std::string& name);

class Lab {
  public:
    Lab(const Subject& subject,
        Carrier carrier,
        const ChaosPlan& plan = {},
        const UnitOptions& unit_options = {},
        const DriverOptions& driver_options = {});
    ~Lab();
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;

    template <typename T>
    T run(boost::asio::awaitable<T> call) {
        return bench.run(std::move(call));
    }
    void pass(std::chrono::nanoseconds time) { bench.pass(time); }
    /// The call succeeds.
    template <typename T>
    T ok(boost::asio::awaitable<Result<T>> call) {
        auto result = run(std::move(call));
        INFO((result ? std::string() : result.error().sentence()));
        INFO(proxy->text());
        REQUIRE(result.has_value());
        if constexpr (!std::is_void_v<T>) {
            return std::move(*result);
        }
    }
    void to_running(const std::string& token);  ///< open, load the long method, start.
    /// Lines heard from the driver on which is_command() says yes; of the other unit, or ours.
    [[nodiscard]] std::vector<std::string> commands_to(bool other) const;

    const Subject& about;
    Bench bench;
    Unit unit;
    Unit other;
    std::shared_ptr<ChaosProxy> proxy;
    std::unique_ptr<drivers::Instrument> instrument;
    method::Method method;
    method::Method long_method;
    record::Specimen specimen;

  private:
    std::unique_ptr<DeviceHost> unit_host_;
    std::unique_ptr<DeviceHost> other_host_;
};

[[nodiscard]] method::Method parsed(const std::string& toml);
[[nodiscard]] record::Specimen small_bar();

/// `line` of the unit's record and the reading delivered are the same numbers.
void check_recorded(const std::string& line, const record::Reading& reading);
/// All of them, in order, each once.
void check_whole(
    const std::vector<std::string>& record, const std::vector<record::Reading>& readings
);

}  // namespace relaxd::test::kit
