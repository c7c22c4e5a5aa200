// SPDX-License-Identifier: MIT
//
// An instrument driver and a fake instrument on one io_context, joined in memory, in time that
// moves only when nothing else is left to do: a time-out costs no real time and never comes too
// early. Fails when something is left running at the end.
#pragma once

#include "drivers/q800_class/instrument.hpp"
#include "tests/q800_class/fake_instrument.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_timing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>

namespace relaxd::test {

namespace q800 = drivers::q800_class;

/// Each open() makes a new pair in memory and lets the fake serve the other end.
class MemoryOpener final : public drivers::link::Opener {
  public:
    MemoryOpener(
        boost::asio::any_io_executor executor,
        drivers::link::Timing& timing,
        std::shared_ptr<FakeInstrument> fake
    )
        : executor_(std::move(executor)), timing_(timing), fake_(std::move(fake)) {}
    boost::asio::awaitable<drivers::link::LinkResult> open(std::chrono::milliseconds) override {
        auto ends = drivers::link::make_memory_pair(executor_, timing_);
        boost::asio::co_spawn(
            executor_,
            FakeInstrument::serve(fake_, std::move(ends.second)),
            [](const std::exception_ptr& thrown) {
                if (thrown) {
                    std::rethrow_exception(thrown);
                }
            }
        );
        return done(std::move(ends.first));
    }
    void cancel() override {}
    bool is_slow() const override { return false; }

  private:
    static boost::asio::awaitable<drivers::link::LinkResult> done(
        std::unique_ptr<drivers::link::ByteLink> end
    ) {
        co_return std::move(end);
    }
    boost::asio::any_io_executor executor_;
    drivers::link::Timing& timing_;
    std::shared_ptr<FakeInstrument> fake_;
};

class Bench {
  public:
    explicit Bench(std::chrono::milliseconds reply = std::chrono::milliseconds(2000)) {
        fake = std::make_shared<FakeInstrument>(io.get_executor());
        q800::Options options;
        options.deadlines.reply = reply;
        options.deadlines.commit = 2 * reply;
        options.heartbeat_s = 3600.0;
        options.acknowledge_after = std::chrono::milliseconds(5);
        instrument = std::make_unique<q800::Q800Instrument>(
            io.get_executor(),
            std::make_unique<MemoryOpener>(io.get_executor(), timing, fake),
            timing,
            options
        );
    }
    ~Bench() {
        instrument.reset();
        fake->hang_up();
        io.restart();
        io.poll();
        CHECK(io.stopped());  // no task is left behind
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    /// Runs one call to its end; see until().
    template <typename T>
    T run(boost::asio::awaitable<T> call) {
        std::optional<T> result;
        spawn(std::move(call), result);
        until([&] { return result.has_value(); });
        REQUIRE(result.has_value());
        return std::move(*result);
    }

    /// Starts a call and leaves it in flight; `result` must outlive it.
    template <typename T>
    void spawn(boost::asio::awaitable<T> call, std::optional<T>& result) {
        boost::asio::co_spawn(
            io,
            std::move(call),
            [&result](const std::exception_ptr& thrown, T value) {
                if (thrown) {
                    std::rethrow_exception(thrown);
                }
                result.emplace(std::move(value));
            }
        );
    }

    /// Does what is ready, then moves the clock to the next deadline, until the condition holds;
    /// fails the test if that takes longer than a minute of the manual clock.
    template <typename Condition>
    void until(Condition condition) {
        const SteadyTime end = drivers::link::after(now(), std::chrono::minutes(1));
        while (!condition() && now() < end) {
            io.restart();
            if (io.poll_one() == 0) {
                const auto due = timing.next_due();
                timing.advance_to(due && *due < end ? *due : end);
            }
        }
        CHECK(condition());
    }
    [[nodiscard]] SteadyTime now() const { return timing.clock().steady(); }

    /// The next delivery, which must be a T.
    template <typename T>
    T next() {
        auto delivery = run(instrument->next());
        INFO((delivery ? "index " + std::to_string(delivery->index()) : delivery.error().sentence())
        );
        REQUIRE(delivery.has_value());
        REQUIRE(std::holds_alternative<T>(*delivery));
        return std::get<T>(std::move(*delivery));
    }

    ManualTiming timing;
    boost::asio::io_context io{1};
    std::shared_ptr<FakeInstrument> fake;
    std::unique_ptr<q800::Q800Instrument> instrument;
};

/// A small method that every check accepts.
inline method::Method small_method() {
    method::Method m;
    m.mode = method::Mode::multi_frequency_strain;
    m.clamp = "single-cantilever";
    m.amplitude_m = 15e-6;
    m.frequencies_Hz = {1.0, 2.0};
    method::Segment equilibrate;
    equilibrate.kind = method::SegmentKind::equilibrate;
    equilibrate.text = "Equilibrate at 300 K";
    equilibrate.temperature_K = 300.0;
    method::Segment ramp;
    ramp.kind = method::SegmentKind::ramp;
    ramp.text = "Ramp 3 K/min to 550 K";
    ramp.rate_K_per_s = 0.05;
    ramp.temperature_K = 550.0;
    m.segments = {equilibrate, ramp};
    return m;
}

inline record::Specimen small_specimen() {
    record::Specimen s;
    s.name = "bar";
    s.length_m = 0.0175;
    s.width_m = 0.003;
    s.thickness_m = 0.001;
    s.poisson_ratio = 0.35;
    return s;
}

/// A run that has begun, its first state change taken.
inline void open_and_run(Bench& bench) {
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    REQUIRE(bench.run(bench.instrument->load(small_method(), small_specimen(), "run-1")).has_value()
    );
    REQUIRE(bench.run(bench.instrument->start()).has_value());
    REQUIRE(bench.next<drivers::StateChange>().state == drivers::State::running);
}

/// The instrument takes reading `number`: kept for resend, and sent unless it gets lost.
inline void take_reading(Bench& bench, std::uint64_t number, bool lost = false) {
    bench.fake->readings[number] = reading_line(number);
    bench.fake->newest = number;
    if (!lost) {
        bench.fake->emit(reading_line(number));
    }
}

}  // namespace relaxd::test
