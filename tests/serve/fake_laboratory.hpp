// SPDX-License-Identifier: MIT
//
// A laboratory that remembers what it was asked and answers what the test says. io thread only.

#pragma once

#include "daemon/serve/laboratory.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

class FakeLaboratory final : public daemon::Laboratory {
  public:
    struct Started {
        daemon::StartRequest request;
        std::optional<std::uint64_t> lease;
    };
    struct Commanded {
        std::int64_t run_id = 0;
        std::string verb;
        std::optional<std::uint64_t> lease;
    };

    std::vector<record::Instrument> known;
    std::vector<daemon::CurrentRun> current;
    SteadyTime committed;
    std::size_t waiting = 0;
    std::string reason;
    std::optional<Error> refusal;  ///< What every command answers, if set.
    std::vector<Started> started;
    std::vector<Commanded> commanded;
    std::vector<std::string> made_safe;
    std::uint64_t lease = 0;
    bool starts_slowly = false;  ///< start_run lets others run before it acts.
    std::vector<daemon::PublishHook> hooks;

    [[nodiscard]] std::vector<record::Instrument> instruments() const override { return known; }
    [[nodiscard]] std::vector<daemon::CurrentRun> current_runs() const override { return current; }
    [[nodiscard]] SteadyTime last_commit() const override { return committed; }
    [[nodiscard]] std::size_t rows_waiting() const override { return waiting; }
    [[nodiscard]] std::string not_ready_because() const override { return reason; }

    [[nodiscard]] daemon::Awaitable<Result<daemon::RunStatus>> start_run(
        daemon::StartRequest request, std::optional<std::uint64_t> given
    ) override {
        for (int i = 0; starts_slowly && i < 200; ++i) {
            const auto executor = co_await boost::asio::this_coro::executor;
            co_await boost::asio::post(executor, boost::asio::use_awaitable);
        }
        if (refusal) {
            co_return fail(*refusal);
        }
        Started one;
        one.request = std::move(request);
        one.lease = given;
        started.push_back(std::move(one));
        daemon::RunStatus status;
        status.run_id = static_cast<std::int64_t>(6 + started.size());
        status.state = record::RunState::running;
        co_return status;
    }

    [[nodiscard]] daemon::Awaitable<Result<daemon::RunStatus>> command_run(
        std::int64_t run_id, std::string verb, std::optional<std::uint64_t> given
    ) override {
        if (refusal) {
            co_return fail(*refusal);
        }
        daemon::RunStatus status;
        status.run_id = run_id;
        status.state = verb == "pause" ? record::RunState::paused : record::RunState::stopped;
        Commanded one;
        one.run_id = run_id;
        one.verb = std::move(verb);
        one.lease = given;
        commanded.push_back(std::move(one));
        co_return status;
    }

    [[nodiscard]] daemon::Awaitable<Result<std::string>> safe(std::string instrument) override {
        if (instrument != "dma1") {
            co_return fail(Errc::not_found, "there is no instrument \"" + instrument + "\"");
        }
        made_safe.push_back(instrument);
        co_return std::string("idle");
    }

    [[nodiscard]] daemon::Awaitable<Result<daemon::TrafficView>> set_trace(
        std::string instrument, bool on, std::optional<std::uint64_t> given
    ) override {
        if (refusal) {
            co_return fail(*refusal);
        }
        if (instrument != "dma1") {
            co_return fail(Errc::not_found, "there is no instrument \"" + instrument + "\"");
        }
        trace.state = on ? "on" : "off";
        trace.file = "/data/traffic/dma1.traffic";
        trace.since.ns = 1'767'225'600'000'000'000;
        trace_lease = given;
        co_return trace;
    }
    [[nodiscard]] std::string proof_of(const std::string& driver) const override {
        return driver == "q800_class" ? "the conformance kit" : "";
    }
    [[nodiscard]] daemon::TrafficView trace_of(const std::string& instrument) const override {
        return instrument == "dma1" ? trace : daemon::TrafficView();
    }

    [[nodiscard]] Result<daemon::LeaseGrant> acquire_lease(
        const std::string& instrument,
        const std::string& client,
        const std::string& note,
        bool take_over
    ) override {
        holder_note = client + "/" + note;
        if (instrument != "dma1") {
            return fail(Errc::not_found, "there is no instrument \"" + instrument + "\"");
        }
        if (lease != 0 && !take_over) {
            return fail(Errc::refused, "lease_held: held by J. Doe");
        }
        daemon::LeaseGrant grant;
        grant.lease = ++lease;
        grant.expires.ns = 1'767'225'630'000'000'000;
        return grant;
    }
    [[nodiscard]] Result<void> release_lease(const std::string& instrument, std::uint64_t given)
        override {
        if (instrument != "dma1" || given != lease) {
            return fail(Errc::refused, "lease_held: held by J. Doe");
        }
        lease = 0;
        return {};
    }

    void on_publish(daemon::PublishHook hook) override { hooks.push_back(std::move(hook)); }

    std::string holder_note;
    daemon::TrafficView trace;
    std::optional<std::uint64_t> trace_lease;
};

}  // namespace relaxd::test
