// SPDX-License-Identifier: MIT
//
// Real worker processes, forked from this test with fits of their own: one that answers, one that
// hangs, one that dies. Time is the real one with short limits.
#include "daemon/fits/fit_worker.hpp"

#include "daemon/fits/worker_loop.hpp"
#include "schema/base/clock.hpp"
#include "tests/daemon/manual_timing.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using relaxd::Errc;
using relaxd::daemon::FitFunction;
using relaxd::daemon::FitRequest;
using relaxd::daemon::ProcessFitWorker;
using relaxd::daemon::WorkerHandle;
using relaxd::record::DynamicPoint;
using relaxd::record::FitOptions;
using relaxd::record::FitResult;

namespace {

FitResult count_series(const relaxd::record::SeriesData& data, const FitOptions& options) {
    FitResult result;
    result.model = options.model;
    result.status = "converged";
    result.n_points = data.points.size();
    result.reason = data.inputs.at(0).name;
    return result;
}

relaxd::Result<WorkerHandle> fork_worker(const FitFunction& fit) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return relaxd::fail(Errc::io, "socketpair");
    }
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::close(ends[0]);
        relaxd::daemon::limit_worker_memory();
        ::_exit(relaxd::daemon::serve_fits(ends[1], fit, count_series));
    }
    ::close(ends[1]);
    return WorkerHandle{pid, ends[0]};
}

/// Waits without computing, as a machine with something better to do lets it.
void nap(long milliseconds) {
    const timespec pause{0, milliseconds * 1'000'000};
    (void)::nanosleep(&pause, nullptr);
}

/// What a hostile or unlucky model does.
void misbehave(const std::string& how) {
    if (how == "hang") {
        while (true) {
            ::pause();
        }
    }
    if (how == "spin") {
        for (std::uint64_t i = 1; i != 0; ++i) {
            std::atomic_signal_fence(std::memory_order_seq_cst);
        }
    }
    if (how == "slow") {
        for (int i = 0; i < 30; ++i) {
            nap(50);  // 1.5 s of the host, nothing of the processor
        }
    }
    if (how == "die") {
        ::_exit(3);  // not abort: Catch would report the signal of the child
    }
    if (how == "throw") {
        throw std::runtime_error("singular matrix");
    }
    if (how == "throw a number") {
        throw 42;
    }
    if (how == "eat") {
        std::vector<std::vector<char>> eaten;
        while (true) {
            eaten.emplace_back(std::size_t{1} << 20U, 'x');
        }
    }
}

/// Counts points and segments, if the model does not misbehave.
FitResult count_points(
    relaxd::model::GrowingPoints& points, const FitOptions& options, const FitResult* dynamic
) {
    misbehave(options.model);
    FitResult result;
    result.model = options.model;
    result.status = "converged";
    result.n_points = points.points().size();
    result.reason = dynamic == nullptr ? "" : dynamic->model;
    return result;
}

struct Bench {
    relaxd::SystemClock clock;
    relaxd::daemon::IoTiming timing{clock};
    boost::asio::io_context io{1};
    int spawned = 0;
    pid_t pid = 0;
    ProcessFitWorker worker{
        io.get_executor(),
        &timing,
        [this] {
            ++spawned;
            auto handle = fork_worker(count_points);
            pid = handle ? handle->pid : 0;
            return handle;
        },
        limit()
    };
    static relaxd::daemon::HangLimit limit() {
        relaxd::daemon::HangLimit short_one;
        short_one.processor_s = 0.3;
        short_one.idle_s = 0.4;
        short_one.look_every_s = 0.02;
        return short_one;
    }

    relaxd::Result<FitResult> fit(
        const std::string& model, const std::vector<DynamicPoint>& points, std::int64_t data_set = 1
    ) {
        FitRequest request;
        request.data_set = data_set;
        request.points = relaxd::daemon::PointsSoFar(points);
        request.options.model = model;
        auto answer = relaxd::test::await(io, worker.compute(std::move(request)));
        return answer ? std::move(*answer)
                      : relaxd::Result<FitResult>(relaxd::fail(Errc::internal, "no answer"));
    }
};

std::vector<DynamicPoint> some_points(std::size_t count) {
    std::vector<DynamicPoint> points(count);
    for (std::size_t i = 0; i < count; ++i) {
        points[i].seq = i + 1;
        points[i].segment = i < count / 2 ? 1 : 2;
    }
    return points;
}

}  // namespace

TEST_CASE("the worker sees the whole snapshot although only new points travel", "[fits]") {
    Bench bench;
    for (const std::size_t count : {3U, 10U, 10U, 25U}) {
        const auto result = bench.fit("dynamic", some_points(count));
        REQUIRE(result);
        CHECK(result->n_points == count);
        CHECK(result->last_seq == count);
    }
    const auto other = bench.fit("dynamic", some_points(4), 2);
    REQUIRE(other);
    CHECK(other->n_points == 4);
    CHECK(bench.spawned == 1);
}

TEST_CASE("a test in time goes whole and leaves the worker's snapshot as it is", "[fits]") {
    Bench bench;
    REQUIRE(bench.fit("dynamic", some_points(10)));
    FitRequest request;
    request.data_set = 1;
    request.options.model = "creep";
    request.series.emplace();
    request.series->inputs.emplace_back();
    request.series->inputs.back().name = "segment 3";
    request.series->points.resize(40);
    request.series->points.front().seq = 7;
    request.series->points.back().seq = 46;
    const auto creep = relaxd::test::await(bench.io, bench.worker.compute(std::move(request)));
    REQUIRE(creep);
    REQUIRE(*creep);
    CHECK((*creep)->n_points == 40);
    CHECK((*creep)->reason == "segment 3");
    CHECK((*creep)->first_seq == 7);
    CHECK((*creep)->last_seq == 46);
    CHECK(bench.fit("dynamic", some_points(12))->n_points == 12);
    CHECK(bench.spawned == 1);
}

TEST_CASE("a fit that hangs loses its worker, the next fit gets a new one", "[fits]") {
    Bench bench;
    REQUIRE(bench.fit("dynamic", some_points(5)));
    const auto hung = bench.fit("hang", some_points(6));
    REQUIRE_FALSE(hung);
    CHECK(hung.error().code == Errc::timeout);
    const auto next = bench.fit("dynamic", some_points(7));
    REQUIRE(next);
    CHECK(next->n_points == 7);  // everything was sent again
    CHECK(bench.spawned == 2);
    CHECK(bench.worker.restarts() == 1);
}

TEST_CASE("a fit that computes for ever loses its worker, the next fit gets a new one", "[fits]") {
    Bench bench;
    const auto hung = bench.fit("spin", some_points(6));
    REQUIRE_FALSE(hung);
    CHECK(hung.error().code == Errc::timeout);
    CHECK(hung.error().message.find("processor time") != std::string::npos);
    CHECK(bench.fit("dynamic", some_points(7)));
    CHECK(bench.spawned == 2);
}

TEST_CASE("a fit that gets no processor for long is not shortened", "[fits]") {
    Bench bench;
    const auto slow = bench.fit("slow", some_points(6));  // five limits of the host's time
    REQUIRE(slow);
    CHECK(slow->n_points == 6);
    CHECK(bench.spawned == 1);
    CHECK(bench.worker.restarts() == 0);
}

TEST_CASE("the limit of a fit grows with its points", "[fits]") {
    const relaxd::daemon::HangLimit limit;
    CHECK(limit.of(0) == 2.0);
    CHECK(limit.of(200'000) == Approx(42.0));
}

TEST_CASE("a fit that eats all memory is a no_estimate and the worker goes on", "[fits]") {
    Bench bench;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    const auto full = bench.fit("eat", some_points(5));
    REQUIRE(full);
    CHECK_FALSE(full->is_usable());
    CHECK(full->reason.find("the fit failed") != std::string::npos);
#endif
    CHECK(bench.fit("dynamic", some_points(6))->n_points == 6);
    CHECK(bench.spawned == 1);
}

TEST_CASE("a fit that throws something else is a no_estimate too", "[fits]") {
    Bench bench;
    const auto result = bench.fit("throw a number", some_points(5));
    REQUIRE(result);
    CHECK_FALSE(result->is_usable());
    CHECK_FALSE(result->reason.empty());
}

TEST_CASE("a fit that kills its worker is an error, the next one works", "[fits]") {
    Bench bench;
    const auto died = bench.fit("die", some_points(5));
    REQUIRE_FALSE(died);
    CHECK(died.error().code == Errc::unreachable);
    CHECK(bench.fit("dynamic", some_points(5)));
}

TEST_CASE("a worker that died between two fits costs one fit and nothing else", "[fits]") {
    Bench bench;
    REQUIRE(bench.fit("dynamic", some_points(5)));
    REQUIRE(::kill(bench.pid, SIGKILL) == 0);
    siginfo_t ended{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(bench.pid), &ended, WEXITED | WNOWAIT) == 0);
    const auto lost = bench.fit("dynamic", some_points(6));
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == Errc::unreachable);
    CHECK(bench.fit("dynamic", some_points(7))->n_points == 7);
}

TEST_CASE("the worker inherits its socket and nothing else", "[fits]") {
    const int ours = ::fcntl(STDERR_FILENO, F_DUPFD, 50);  // not closed by exec, as Asio's sockets
    REQUIRE(ours >= 50);
    const std::string list = "/tmp/relaxd-descriptors-" + std::to_string(::getpid());
    const std::string script = list + ".sh";
    std::ofstream(script) << "#!/bin/sh\nls /proc/$$/fd > " << list << "\n";
    REQUIRE(::chmod(script.c_str(), S_IRWXU) == 0);
    const auto handle = relaxd::daemon::spawn_fit_worker(script);
    REQUIRE(handle);
    REQUIRE(::waitpid(handle->pid, nullptr, 0) == handle->pid);
    ::close(handle->descriptor);
    ::close(ours);
    std::ifstream in(list);
    std::set<int> inherited;
    for (int number = 0; in >> number;) {
        inherited.insert(number);
    }
    std::filesystem::remove(script);
    std::filesystem::remove(list);
    CHECK(inherited.contains(relaxd::daemon::worker_descriptor));
    CHECK_FALSE(inherited.contains(ours));
}

TEST_CASE("a fit that throws is a no_estimate with the reason", "[fits]") {
    Bench bench;
    const auto result = bench.fit("throw", some_points(5));
    REQUIRE(result);
    CHECK_FALSE(result->is_usable());
    CHECK(result->reason.find("singular matrix") != std::string::npos);
    CHECK(bench.spawned == 1);
}
