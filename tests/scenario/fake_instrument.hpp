// SPDX-License-Identifier: MIT
//
// An instrument on the bench whose cable a test can pull. The bench outlives the instrument object,
// as real hardware outlives the daemon.
#pragma once

#include "daemon/core/timing.hpp"
#include "drivers/api/instrument.hpp"
#include "schema/base/clock.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

/// The hardware: what it remembers and what was done to it.
struct Bench {
    bool is_reachable = true;
    drivers::State state = drivers::State::idle;
    std::string token;
    std::string end_cause;
    int segment = 0;
    std::vector<record::Reading> readings;
    std::uint64_t first_kept = 1;  ///< Older readings are gone.
    std::string serial_number = "S-1";
    std::string expected_serial_number;  ///< As configured; empty = any.
    std::string changed_settings;        ///< At its panel.
    int opens = 0;
    drivers::Geometry geometry;  ///< Set at the instrument itself.
    bool fails_load = false;
    bool fails_start = false;
    bool loses_start_answer = false;  ///< It starts, takes 3 readings, and nobody hears of it.
    bool holds_open = false;          ///< open() waits until this is false.
    bool holds_load = false;
    bool holds_fetch = false;  ///< fetch_from() waits, while newer readings come.
    int fails_fetch = 0;       ///< So many times.
    int starts = 0;
    bool is_simulated = true;
    std::uint64_t acknowledged = 0;
    std::uint64_t allowed = 0;
    std::vector<std::uint64_t> ended_after;  ///< Reading numbers of end_segment_after().
    std::uint64_t allowed_at_end = 0;        ///< Gate when the last of them came.
    int refuses_end = 0;                     ///< So many times.
    int safes = 0;
    std::deque<drivers::StateChange> changes;
    std::vector<std::pair<std::size_t, drivers::StateChange>>
        queued;  ///< After that many readings.

    void change(drivers::State next, std::string cause) {
        state = next;
        drivers::StateChange said;
        said.state = next;
        said.segment = segment;
        said.run_token = token;
        said.cause = cause;
        if (!cause.empty()) {
            end_cause = std::move(cause);
        }
        queued.emplace_back(readings.size(), std::move(said));
    }
    /// `count` more readings of the present segment.
    void measure(int count) {
        for (int i = 0; i < count; ++i) {
            record::Reading reading;
            reading.number = readings.size() + 1;
            reading.segment = segment;
            reading.time_s = static_cast<double>(reading.number);
            reading.values[record::Channel::temperature_K] = 300.0 + reading.time_s;
            reading.values[record::Channel::frequency_Hz] = 1.0;
            reading.values[record::Channel::storage_modulus_Pa] = 8e10 - reading.time_s;
            reading.values[record::Channel::loss_modulus_Pa] = 1e9;
            reading.raw = "R " + std::to_string(reading.number);
            reading.received_utc.ns = 1'767'225'600'000'000'000;
            reading.simulated = is_simulated;
            readings.push_back(std::move(reading));
        }
    }
};

class FakeInstrument final : public drivers::Instrument {
  public:
    FakeInstrument(const boost::asio::any_io_executor& executor, std::shared_ptr<Bench> bench)
        : bench_(std::move(bench)), news_(executor) {}

    /// Something happened on the bench.
    void poke() { news_.notify_all(); }

    drivers::Awaitable<Result<drivers::Identity>> open() override {
        next_ = 0;
        ++bench_->opens;
        while (bench_->holds_open) {
            co_await news_.wait();
        }
        is_open_ = bench_->is_reachable;
        if (!is_open_) {
            co_return fail(Errc::unreachable, "no route to the bench");
        }
        drivers::Identity identity;
        identity.vendor = "Bench";
        identity.model = "Fake";
        identity.serial_number = bench_->serial_number;
        identity.simulated = bench_->is_simulated;
        co_return identity;
    }
    void close() override {
        is_open_ = false;
        news_.notify_all();
    }
    bool is_open() const override { return is_open_; }
    drivers::Awaitable<Result<drivers::Status>> status() override {
        if (!is_up()) {
            co_return down<drivers::Status>();
        }
        drivers::Status status;
        status.state = bench_->state;
        status.run_token = bench_->token;
        status.end_cause = bench_->end_cause;
        status.segment = bench_->segment;
        status.last_number = bench_->readings.size();
        status.first_kept = bench_->first_kept;
        status.changed_settings = bench_->changed_settings;
        co_return status;
    }
    Result<void> check(const method::Method& method, const record::Specimen&) const override {
        if (method.amplitude_m > 0.01) {
            return fail(Errc::refused, "amplitude above 10 mm", "amplitude");
        }
        return {};
    }
    drivers::Awaitable<Result<void>> load(
        const method::Method&, const record::Specimen&, std::string run_token
    ) override {
        if (bench_->fails_load) {
            co_return fail(Errc::refused, "frequency above 200 Hz", "load");
        }
        while (bench_->holds_load && is_up()) {
            co_await news_.wait();
        }
        if (!is_up()) {
            co_return down<void>();
        }
        bench_->token = std::move(run_token);
        bench_->state = drivers::State::armed;
        co_return Result<void>{};
    }
    drivers::Geometry geometry_in_force() const override { return bench_->geometry; }
    drivers::Awaitable<Result<void>> start() override {
        if (bench_->fails_start) {
            co_return fail(Errc::timeout, "no answer to start", "start");
        }
        ++bench_->starts;
        bench_->readings.clear();
        bench_->queued.clear();
        bench_->end_cause.clear();
        bench_->segment = 1;
        bench_->change(drivers::State::running, "");
        next_ = 1;
        poke();
        if (bench_->loses_start_answer) {
            bench_->measure(3);
            co_return fail(Errc::timeout, "no answer to start", "start");
        }
        co_return Result<void>{};
    }
    drivers::Awaitable<Result<void>> hold() override {
        bench_->change(drivers::State::holding, "");
        poke();
        co_return Result<void>{};
    }
    drivers::Awaitable<Result<void>> resume() override {
        bench_->change(drivers::State::running, "");
        poke();
        co_return Result<void>{};
    }
    drivers::Awaitable<Result<void>> stop() override {
        bench_->change(drivers::State::cooling, "stopped");
        poke();
        co_return Result<void>{};
    }
    drivers::Awaitable<Result<void>> safe() override {
        if (!is_up()) {
            co_return down<void>();
        }
        ++bench_->safes;
        bench_->change(drivers::State::idle, "safe");
        poke();
        co_return Result<void>{};
    }
    drivers::Awaitable<Result<drivers::Delivery>> next() override {
        while (is_up()) {
            if (next_ > 0) {
                const auto said = take_change();
                if (said) {
                    co_return drivers::Delivery(*said);
                }
                if (next_ < bench_->first_kept && bench_->first_kept <= bench_->readings.size()) {
                    record::Gap gap;
                    gap.first_number = next_;
                    gap.missing = bench_->first_kept - next_;
                    gap.cause = "instrument memory overrun";
                    next_ = bench_->first_kept;
                    co_return drivers::Delivery(gap);
                }
                if (next_ <= bench_->readings.size()) {
                    const record::Reading reading = bench_->readings[next_ - 1];
                    ++next_;
                    co_return drivers::Delivery(reading);
                }
            }
            co_await news_.wait();
        }
        co_return down<drivers::Delivery>();
    }
    drivers::Awaitable<Result<void>> fetch_from(std::uint64_t first_number) override {
        if (!is_up()) {
            co_return down<void>();
        }
        if (bench_->fails_fetch > 0) {
            --bench_->fails_fetch;
            co_return fail(Errc::corrupt, "no status", "fetch");
        }
        if (bench_->holds_fetch) {
            next_ = bench_->readings.size() + 1;
        }
        while (bench_->holds_fetch && is_up()) {
            co_await news_.wait();
        }
        if (!is_up()) {
            co_return down<void>();
        }
        next_ = first_number;
        poke();
        co_return Result<void>{};
    }
    void acknowledge(std::uint64_t number) override {
        bench_->acknowledged = std::max(bench_->acknowledged, number);
    }
    void allow_until(std::uint64_t number) override { bench_->allowed = number; }
    drivers::Awaitable<Result<void>> end_segment_after(std::uint64_t number) override {
        if (bench_->refuses_end > 0) {
            --bench_->refuses_end;
            co_return fail(Errc::timeout, "no answer", "end_segment");
        }
        bench_->ended_after.push_back(number);
        bench_->allowed_at_end = bench_->allowed;
        co_return Result<void>{};
    }
    drivers::Awaitable<Result<std::vector<record::Truth>>> truth(
        std::uint64_t first_number, std::uint64_t last_number
    ) override {
        std::vector<record::Truth> rows;
        rows.push_back({0, "E_u_Pa", 8.6e10});
        for (std::uint64_t n = first_number; n <= last_number; ++n) {
            rows.push_back({n, "chi", static_cast<double>(n)});
        }
        co_return rows;
    }
    drivers::LinkCounters counters() const override { return {}; }
    bool proven() const override { return false; }

  private:
    [[nodiscard]] bool is_up() const { return is_open_ && bench_->is_reachable; }
    template <typename T>
    [[nodiscard]] Result<T> down() const {
        return fail(Errc::unreachable, "the cable is out");
    }
    [[nodiscard]] std::optional<drivers::StateChange> take_change() {
        if (bench_->queued.empty() || bench_->queued.front().first >= next_) {
            return std::nullopt;
        }
        drivers::StateChange said = bench_->queued.front().second;
        bench_->queued.erase(bench_->queued.begin());
        return said;
    }

    std::shared_ptr<Bench> bench_;
    daemon::Notifier news_;
    std::uint64_t next_ = 0;  ///< 0 = nothing is delivered yet.
    bool is_open_ = false;
};

}  // namespace relaxd::test
