// SPDX-License-Identifier: MIT
//
// The daemon's side of the fit worker: one child process, one job in flight, killed and started
// anew when it hangs or dies. A fit that throws, hangs or eats memory costs no reading. io thread
// only.

#pragma once

#include "daemon/core/timing.hpp"
#include "daemon/fits/codec.hpp"
#include "daemon/fits/points_so_far.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace relaxd::daemon {

/// One fit that somebody wants.
struct FitRequest {
    std::int64_t data_set = 0;  ///< Run id: points of one data set are only ever appended to.
    PointsSoFar points;
    record::FitOptions options;
    std::vector<int> segments;
    std::optional<record::FitResult> dynamic;
    std::optional<record::SeriesData> series;  ///< A test in time, instead of the points.
    FitRequest() = default;
};

class FitWorker {
  public:
    virtual ~FitWorker() = default;
    /// The result, also when it is a `no_estimate`. Errors: `timeout` (hung, was killed),
    /// `unreachable` (died), `corrupt` (garbage), `io` (cannot be started). One at a time: others
    /// wait.
    [[nodiscard]] virtual Awaitable<Result<record::FitResult>> compute(FitRequest request) = 0;
};

struct WorkerHandle {
    pid_t pid = 0;
    int descriptor = -1;  ///< Our end of the socket pair.
};
using SpawnWorker = std::function<Result<WorkerHandle>()>;

/// Starts `executable --fit-worker` with its socket as descriptor 3.
[[nodiscard]] Result<WorkerHandle> spawn_fit_worker(const std::string& executable);

/// When a worker counts as hung. Processor time and not the host's, so that a busy machine never
/// shortens a fit that counts: bounded evaluations of the largest snapshot stay far below it. A
/// worker that neither computes nor waits for a processor for `idle_s` is hung too.
struct HangLimit {
    double processor_s = 2.0;
    double processor_s_a_point = 2e-4;
    double idle_s = 2.0;
    double look_every_s = 0.1;

    [[nodiscard]] double of(std::size_t points) const {
        return processor_s + processor_s_a_point * static_cast<double>(points);
    }
};

class ProcessFitWorker final : public FitWorker {
  public:
    /// `timing` outlives this.
    ProcessFitWorker(
        const boost::asio::any_io_executor& executor,
        Timing* timing,
        SpawnWorker spawn,
        HangLimit limit = {}
    );
    ~ProcessFitWorker() override;

    [[nodiscard]] Awaitable<Result<record::FitResult>> compute(FitRequest request) override;
    /// How often a worker had to be killed or was found dead.
    [[nodiscard]] std::uint64_t restarts() const { return restarts_; }
    /// Collects ended children; call now and then.
    void reap();

  private:
    [[nodiscard]] Result<void> ensure_running();
    [[nodiscard]] Awaitable<Result<record::FitResult>> exchange(std::string frame);
    /// Ends when the present worker hangs; why.
    [[nodiscard]] Awaitable<std::string> until_hung(double processor_limit_s);
    void kill_worker();

    Timing* timing_;
    SpawnWorker spawn_;
    HangLimit limit_;
    AsyncMutex mutex_;
    boost::asio::local::stream_protocol::socket socket_;  ///< Its writes raise no SIGPIPE.
    pid_t pid_ = 0;
    bool is_mid_exchange_ = false;
    std::vector<pid_t> ended_;
    std::int64_t data_set_ = 0;
    std::uint64_t sent_ = 0;  ///< Points of data_set_ that the present worker has.
    std::uint64_t restarts_ = 0;
};

}  // namespace relaxd::daemon
