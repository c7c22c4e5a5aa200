// SPDX-License-Identifier: MIT
//
// A laboratory for one test of a part: two simulated devices, the chaos between, the part on one of
// three carriers. In memory time is virtual; over TCP and a pty it is real.
#pragma once

#include "tests/conformance/kit/bench.hpp"
#include "tests/conformance/kit/chaos_proxy.hpp"
#include "tests/conformance/kit/device_host.hpp"
#include "tests/conformance/kit/part_subject.hpp"

#include <memory>
#include <string>
#include <vector>

namespace relaxd::test::kit {

class PartLab {
  public:
    PartLab(const PartSubject& subject, Carrier carrier, const ChaosPlan& plan = {});
    ~PartLab();
    PartLab(const PartLab&) = delete;
    PartLab& operator=(const PartLab&) = delete;

    template <typename T>
    T run(boost::asio::awaitable<T> call) {
        return bench.run(std::move(call));
    }
    void pass(std::chrono::nanoseconds time) { bench.pass(time); }
    /// So much of the machine's time.
    [[nodiscard]] std::chrono::nanoseconds real(std::chrono::nanoseconds time) const {
        return bench.hurry() * time;
    }
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
    /// open() until it succeeds.
    void insist();
    /// Sets the first of `set_to`, where anything can be set.
    void set_first();
    /// The polled quantity alone.
    [[nodiscard]] Result<drivers::PartValue> poll();
    /// Lines of the part on which is_command() says yes; to the other device, or to ours.
    [[nodiscard]] std::vector<std::string> commands_to(bool other) const;
    [[nodiscard]] drivers::Quantity quantity(const std::string& name) const;

    const PartSubject& about;
    Bench bench;
    PartUnit unit;
    PartUnit other;
    std::shared_ptr<ChaosProxy> proxy;
    std::unique_ptr<drivers::Part> part;

  private:
    std::unique_ptr<DeviceHost> unit_host_;
    std::unique_ptr<DeviceHost> other_host_;
};

}  // namespace relaxd::test::kit
