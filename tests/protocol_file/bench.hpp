// SPDX-License-Identifier: MIT
//
// The driver of a described device against its simulator over memory, in a time that stands still
// until a test moves it. The simulated device answers after `latency`.
#pragma once

#include "drivers/link/link.hpp"
#include "drivers/protocol_file/instrument.hpp"
#include "drivers/protocol_file/part.hpp"
#include "drivers/simulator/protocol_device.hpp"
#include "schema/method/method.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_timing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

namespace asio = boost::asio;
namespace link = drivers::link;
using std::chrono_literals::operator""ms;
using drivers::protocol_file::FileInstrument;
using drivers::protocol_file::FilePart;

inline std::string pendulum_text() {
    std::ifstream file(RELAXD_SOURCE_DIR "/docs/examples/pendulum_electronics.toml");
    return std::string(std::istreambuf_iterator<char>(file), {});
}

inline std::shared_ptr<const protocol::Description> described(const std::string& text) {
    auto read = protocol::parse(text, "pendulum.toml");
    INFO((read ? std::string() : read.error().sentence()));
    REQUIRE(read.has_value());
    return std::make_shared<const protocol::Description>(std::move(*read));
}

/// Opens memory pairs whose other ends the bench serves.
class MemoryOpener final : public link::Opener {
  public:
    MemoryOpener(
        asio::any_io_executor executor,
        link::Timing& timing,
        std::function<void(std::unique_ptr<link::ByteLink>)> serve
    )
        : executor_(std::move(executor)), timing_(timing), serve_(std::move(serve)) {}
    asio::awaitable<link::LinkResult> open(std::chrono::milliseconds /*deadline*/) override {
        if (!is_there) {
            co_return fail(Errc::unreachable, "no such device");
        }
        auto [host, device] = link::make_memory_pair(executor_, timing_);
        serve_(std::move(device));
        co_return std::move(host);
    }
    void cancel() override {}
    [[nodiscard]] bool is_slow() const override { return false; }
    bool is_there = true;

  private:
    asio::any_io_executor executor_;
    link::Timing& timing_;
    std::function<void(std::unique_ptr<link::ByteLink>)> serve_;
};

struct Bench {
    explicit Bench(const std::string& text = pendulum_text(), const std::string& path = {})
        : description(described(text)), device(*description, 1) {
        device.advance_to(timing.clock().steady());
        drivers::protocol_file::Options options;
        options.path = path;
        instrument = std::make_unique<FileInstrument>(
            io.get_executor(), make_opener(), timing, description, options
        );
    }
    ~Bench() {
        instrument.reset();
        part.reset();
        unplug();
        settle();
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    std::unique_ptr<link::Opener> make_opener() {
        auto made = std::make_unique<MemoryOpener>(
            io.get_executor(),
            timing,
            [this](std::unique_ptr<link::ByteLink> end) {
                wire = std::move(end);
                device.connect();
                asio::co_spawn(io, serve(wire), [](const std::exception_ptr&) {});
            }
        );
        opener = made.get();
        return made;
    }
    FilePart& make_part() {
        part = std::make_unique<FilePart>(io.get_executor(), make_opener(), timing, description);
        return *part;
    }
    asio::awaitable<void> serve(std::shared_ptr<link::ByteLink> end) {
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
                (void)co_await end->write(std::move(out), 1000ms);
            }
        }
    }
    void unplug() {
        if (wire) {
            wire->close();
        }
    }
    void settle() {
        io.restart();
        io.poll();
    }
    template <typename T>
    void spawn(asio::awaitable<T> call, std::optional<T>& result) {
        asio::co_spawn(io, std::move(call), [&result](const std::exception_ptr& thrown, T value) {
            if (thrown) {
                std::rethrow_exception(thrown);
            }
            result.emplace(std::move(value));
        });
    }
    template <typename T>
    T run(asio::awaitable<T> call) {
        std::optional<T> result;
        spawn(std::move(call), result);
        settle();
        while (!result) {
            REQUIRE(timing.next_due().has_value());
            timing.advance_to(*timing.next_due());
            settle();
        }
        return std::move(*result);
    }
    template <typename T>
    T must(asio::awaitable<Result<T>> call) {
        Result<T> result = run(std::move(call));
        INFO((result ? std::string() : result.error().sentence()));
        REQUIRE(result.has_value());
        if constexpr (!std::is_void_v<T>) {
            return std::move(*result);
        }
    }
    void pass_s(double seconds) {
        const SteadyTime end{timing.clock().steady().ns + static_cast<std::int64_t>(seconds * 1e9)};
        settle();
        while (timing.next_due() && *timing.next_due() <= end) {
            timing.advance_to(*timing.next_due());
            settle();
        }
        timing.advance_to(end);
        settle();
    }
    /// Armed and started.
    void begin(const std::string& method_text) {
        const auto parsed = method::parse(method_text);
        INFO((parsed ? std::string() : parsed.error().sentence()));
        REQUIRE(parsed.has_value());
        must(instrument->load(*parsed, {}, "token"));
        must(instrument->start());
    }
    /// Deliveries until the state change that ends the run.
    std::vector<drivers::Delivery> until_end() {
        std::vector<drivers::Delivery> all;
        while (true) {
            all.push_back(must(instrument->next()));
            const auto* change = std::get_if<drivers::StateChange>(&all.back());
            const bool is_end = change != nullptr && !change->cause.empty();
            if (is_end) {
                return all;
            }
        }
    }

    ManualTiming timing;
    asio::io_context io;
    std::shared_ptr<const protocol::Description> description;
    simulator::ProtocolDevice device;
    std::shared_ptr<link::ByteLink> wire;
    MemoryOpener* opener = nullptr;
    std::unique_ptr<FileInstrument> instrument;
    std::unique_ptr<FilePart> part;
    std::string heard;
    double latency_s = 0.005;
    bool is_mute = false;
};

inline const char* const isothermal = R"(mode = "torsion-forced"
clamp = "torsion"
frequencies = ["0.5 Hz"]
segments = ["Equilibrate at 320 K", "Sampling interval 0.5 s/pt",
    "Isothermal for 20 s", "Ramp 60 K/min to 330 K"]
)";

}  // namespace relaxd::test
