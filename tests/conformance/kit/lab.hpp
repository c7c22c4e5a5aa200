// SPDX-License-Identifier: MIT
//
// A laboratory for one test: a simulated unit and another like it, the chaos between, the driver on
// one of three carriers. In memory time is virtual; over TCP and a pty it is real.
#pragma once

#include "tests/conformance/kit/bench.hpp"
#include "tests/conformance/kit/device_host.hpp"
#include "tests/conformance/kit/subject.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace relaxd::test::kit {

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
