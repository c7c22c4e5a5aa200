// SPDX-License-Identifier: MIT
#include "tests/conformance/kit/device_host.hpp"

#include "drivers/link/signal.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace relaxd::test::kit {
namespace {

namespace asio = boost::asio;
using drivers::link::ByteLink;
using drivers::link::LinkResult;
using std::chrono_literals::operator""s;

constexpr std::int64_t least_wait_ns = 50'000;  // of a device that wants to be asked at once

}  // namespace

struct DeviceHost::Shared {
    Shared(const asio::any_io_executor& on, drivers::link::Timing& time, simulator::SimDevice& unit)
        : executor(on), timing(time), device(unit), news(on) {}
    asio::any_io_executor executor;
    drivers::link::Timing& timing;
    simulator::SimDevice& device;
    drivers::link::Signal news;
    std::shared_ptr<ByteLink> end;
    bool stopped = false;
    [[nodiscard]] SteadyTime now() const { return timing.clock().steady(); }

    void lose() {
        if (end) {
            end->close();
            end.reset();
            device.advance_to(now());
            device.disconnect();
        }
    }
};

namespace {

using SharedPtr = std::shared_ptr<DeviceHost::Shared>;

void spawn(const asio::any_io_executor& executor, asio::awaitable<void> loop) {
    asio::co_spawn(executor, std::move(loop), [](const std::exception_ptr& thrown) {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
    });
}

asio::awaitable<void> hear(SharedPtr shared, std::shared_ptr<ByteLink> end) {
    std::vector<char> buffer(4096);
    while (true) {
        const std::span<char> room(buffer);
        Result<std::size_t> got = co_await end->read_some(room);
        if (shared->end != end || shared->stopped) {
            co_return;
        }
        if (!got) {
            shared->lose();
            co_return;
        }
        const std::string_view bytes(buffer.data(), *got);
        shared->device.advance_to(shared->now());
        shared->device.receive(bytes, shared->now());
        shared->news.notify();
    }
}

asio::awaitable<void> run(SharedPtr shared) {
    while (!shared->stopped) {
        shared->device.advance_to(shared->now());
        std::shared_ptr<ByteLink> end = shared->end;
        if (end) {
            std::string out = shared->device.take_output();
            if (!out.empty()) {
                Result<void> written = co_await end->write(std::move(out), 3600s);
                if (!written && shared->end == end && !shared->stopped) {
                    shared->lose();
                }
                continue;
            }
            if (shared->device.take_hang_up()) {
                shared->lose();
            }
        }
        const std::int64_t wake_ns = shared->device.next_wake().ns;
        const SteadyTime when{std::max(wake_ns, shared->now().ns + least_wait_ns)};
        co_await shared->news.wait_until(shared->timing, when);
    }
}

class HostOpener final : public drivers::link::Opener {
  public:
    explicit HostOpener(SharedPtr shared) : shared_(std::move(shared)) {}
    asio::awaitable<LinkResult> open(std::chrono::milliseconds) override {
        return open_on(shared_);
    }
    void cancel() override {}
    bool is_slow() const override { return false; }

  private:
    static asio::awaitable<LinkResult> open_on(SharedPtr shared) {
        shared->device.advance_to(shared->now());
        if (shared->stopped || !shared->device.accepting()) {
            co_return fail(Errc::unreachable, "the simulated device refuses", "memory");
        }
        shared->lose();
        auto ends = drivers::link::make_memory_pair(shared->executor, shared->timing);
        shared->end = std::move(ends.second);
        shared->device.connect();
        spawn(shared->executor, hear(shared, shared->end));
        shared->news.notify();
        co_return std::move(ends.first);
    }
    SharedPtr shared_;
};

}  // namespace

DeviceHost::DeviceHost(
    asio::any_io_executor executor, drivers::link::Timing& timing, simulator::SimDevice& device
)
    : shared_(std::make_shared<Shared>(executor, timing, device)) {
    device.disconnect();
    spawn(executor, run(shared_));
}

DeviceHost::~DeviceHost() {
    stop();
}

std::unique_ptr<drivers::link::Opener> DeviceHost::make_opener() {
    return std::make_unique<HostOpener>(shared_);
}

void DeviceHost::stop() {
    shared_->stopped = true;
    if (shared_->end) {
        shared_->end->close();
        shared_->end.reset();
    }
    shared_->news.notify();
}

}  // namespace relaxd::test::kit
