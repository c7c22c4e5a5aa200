// SPDX-License-Identifier: MIT
//
// A run's fits with a worker that answers when and what the test says.

#pragma once

#include "daemon/fits/run_fits.hpp"
#include "tests/daemon/manual_timing.hpp"

#include <cmath>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

/// Answers when the test says so.
class FakeWorker final : public daemon::FitWorker {
  public:
    struct Seen {
        std::string model;
        std::size_t points = 0;
        bool is_warm = false;
        std::vector<int> segments;
        double T_max_K = record::unknown;
        std::optional<record::Prior> T_g_prior_K;
    };
    explicit FakeWorker(const boost::asio::any_io_executor& executor) : released_(executor) {}

    daemon::Awaitable<Result<record::FitResult>> compute(daemon::FitRequest request) override {
        Seen seen;
        seen.model = request.options.model;
        seen.points = request.points.size();
        seen.is_warm = !request.options.start.empty();
        seen.segments = request.segments;
        seen.T_max_K = request.options.T_max_K;
        seen.T_g_prior_K = request.options.T_g_prior_K;
        const std::uint64_t last_seq =
            request.series ? request.series->points.back().seq : request.points.back().seq;
        requests.push_back(std::move(seen));
        while (allowed == 0) {
            co_await released_.wait();
        }
        --allowed;
        if (!error.message.empty()) {
            co_return fail(error);
        }
        record::FitResult result;
        result.model = request.options.model;
        result.status = reason.empty() ? "converged" : "no_estimate";
        result.reason = reason;
        result.n_points = requests.back().points;
        result.last_seq = last_seq;
        result.warm_start["x"] = 1.0;
        if (!alarm.empty()) {
            result.residuals.emplace();
            result.residuals->is_alarm = alarm != "none";
            result.residuals->sentence = result.residuals->is_alarm ? alarm : "";
        }
        record::ParameterEstimate parameter;
        parameter.name = "E_u_Pa";
        parameter.value = 8.6e10;
        if (result.model == "transitions") {
            add_transitions(result);
            co_return result;
        }
        result.parameters.push_back(parameter);
        parameter.name = "tau_beta_s";
        result.derived.push_back(parameter);
        co_return result;
    }
    void allow(int count) {
        allowed += count;
        released_.notify_all();
    }
    std::deque<Seen> requests;
    int allowed = 0;
    std::string reason;
    std::string alarm;  ///< "none": residuals without one.
    double T_x_K = record::unknown;
    double T_g_K = record::unknown;
    Error error;
    /// Of the requests so far.
    [[nodiscard]] int asked_for(const std::string& model) const {
        int count = 0;
        for (const Seen& one : requests) {
            count += one.model == model ? 1 : 0;
        }
        return count;
    }

  private:
    void add_transitions(record::FitResult& result) const {
        result.status = std::isfinite(T_x_K) || std::isfinite(T_g_K) ? "converged" : "no_estimate";
        result.reason = "crystallisation begins";
        for (const auto& [name, value_K] : {std::pair("T_g_K", T_g_K), std::pair("T_x_K", T_x_K)}) {
            if (std::isfinite(value_K)) {
                record::ParameterEstimate parameter;
                parameter.name = name;
                parameter.value = value_K;
                parameter.standard_error = 1.5;
                parameter.method = "chi kink, 3 K/min";
                result.parameters.push_back(parameter);
            }
        }
    }

    daemon::Notifier released_;
};

inline record::Point point(std::uint64_t seq, int segment = 1) {
    record::Point out;
    out.seq = seq;
    out.reading.number = seq;
    out.reading.segment = segment;
    out.reading.values[record::Channel::temperature_K] = 300.0 + static_cast<double>(seq);
    out.reading.values[record::Channel::frequency_Hz] = 1.0;
    out.reading.values[record::Channel::storage_modulus_Pa] = 8e10;
    out.reading.values[record::Channel::loss_modulus_Pa] = 1e9;
    return out;
}

inline daemon::FitPlan plan(
    std::size_t cycle, std::vector<daemon::SegmentRole> roles = {daemon::SegmentRole::none}
) {
    daemon::FitPlan out;
    out.cycle = cycle;
    out.roles = std::move(roles);
    return out;
}

struct Bench {
    explicit Bench(daemon::FitPlan chosen)
        : fits(
              io.get_executor(),
              worker,
              &timing,
              7,
              std::move(chosen),
              true,
              [this](std::vector<record::Row> more) {
                  rows.insert(rows.end(), more.begin(), more.end());
              }
          ) {}
    ~Bench() {
        fits.stop();
        (void)await(io, fits.wait_stopped());
    }
    void add(std::uint64_t first, std::uint64_t last, int segment = 1) {
        for (std::uint64_t seq = first; seq <= last; ++seq) {
            fits.add(point(seq, segment));
        }
        fits.request_if_due();
        settle();
    }
    void settle() {
        io.restart();
        io.poll();
    }
    [[nodiscard]] std::vector<record::Event> events() const {
        std::vector<record::Event> out;
        for (const record::Row& row : rows) {
            if (const auto* event = std::get_if<record::Event>(&row)) {
                out.push_back(*event);
            }
        }
        return out;
    }
    ManualTiming timing;
    boost::asio::io_context io{1};
    FakeWorker worker{io.get_executor()};
    std::vector<record::Row> rows;
    daemon::RunFits fits;
};

}  // namespace relaxd::test
