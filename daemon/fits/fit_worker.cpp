// SPDX-License-Identifier: MIT
#include "daemon/fits/fit_worker.hpp"

#include "daemon/core/io_thread.hpp"
#include "daemon/core/logging.hpp"
#include "daemon/fits/worker_loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <ctime>
#include <fstream>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace relaxd::daemon {

namespace asio = boost::asio;

namespace {
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::string os_error(int number) {
    return std::generic_category().message(number);
}

/// All that a process has computed so far; 0 where it is gone.
double processor_time_s(pid_t pid) {
    clockid_t clock{};
    timespec spent{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &spent) != 0) {
        return 0.0;
    }
    return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

/// How long and how often the thread that computes has run, as the kernel counts it. A runtime's
/// own threads (of a sanitizer, say) do not count.
std::string times_run(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/schedstat");
    std::string line;
    std::getline(file, line);
    return line;
}

/// Neither computing nor waiting for a processor or a disk.
bool is_asleep(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) {
        return false;
    }
    const std::size_t behind_name = line.rfind(')');  // the name may hold anything
    if (behind_name == std::string::npos || behind_name + 2 >= line.size()) {
        return false;
    }
    const char state = line[behind_name + 2];
    return state != 'R' && state != 'D';
}
}  // namespace

Result<WorkerHandle> spawn_fit_worker(const std::string& executable) {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return fail(Errc::io, "no socket for the fit worker: " + os_error(errno));
    }
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], worker_descriptor);
    // Nothing else is inherited: a connection that the worker held too would not close with ours.
    ::posix_spawn_file_actions_addclosefrom_np(&actions, worker_descriptor + 1);
    std::string program = "relaxd";
    std::string option = "--fit-worker";
    std::array<char*, 3> arguments{program.data(), option.data(), nullptr};
    pid_t pid = 0;
    const int failed =
        ::posix_spawn(&pid, executable.c_str(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) {
        ::close(ends[0]);
        return fail(Errc::io, "the fit worker cannot be started: " + os_error(failed), executable);
    }
    return WorkerHandle{pid, ends[0]};
}

ProcessFitWorker::ProcessFitWorker(
    const asio::any_io_executor& executor, Timing* timing, SpawnWorker spawn, HangLimit limit
)
    : timing_(timing),
      spawn_(std::move(spawn)),
      limit_(limit),
      mutex_(executor),
      socket_(executor) {}

ProcessFitWorker::~ProcessFitWorker() {
    kill_worker();
    for (const pid_t pid : ended_) {
        // Killed already: this returns as soon as the kernel has let go.
        ::waitpid(pid, nullptr, 0);
    }
}

void ProcessFitWorker::reap() {
    std::erase_if(ended_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
}

void ProcessFitWorker::kill_worker() {
    boost::system::error_code ignored;
    socket_.close(ignored);  // NOLINT(bugprone-unused-return-value): nothing to do about it
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ended_.push_back(pid_);
        pid_ = 0;
    }
    sent_ = 0;
    data_set_ = 0;
}

Result<void> ProcessFitWorker::ensure_running() {
    reap();
    if (is_mid_exchange_) {
        kill_worker();  // the one who asked was cancelled: its answer must not be taken for ours
        is_mid_exchange_ = false;
    }
    if (pid_ > 0) {
        return {};
    }
    auto handle = spawn_();
    if (!handle) {
        return fail(handle.error());
    }
    pid_ = handle->pid;
    boost::system::error_code failed;
    socket_.assign(asio::local::stream_protocol(), handle->descriptor, failed);
    if (failed) {
        ::close(handle->descriptor);
        kill_worker();
        return fail(Errc::io, "the fit worker's socket cannot be used: " + failed.message());
    }
    log_for("fits")->debug("worker started pid={}", pid_);
    return {};
}

Awaitable<Result<record::FitResult>> ProcessFitWorker::exchange(std::string frame) {
    const auto to_send = asio::buffer(frame);
    const auto sent = co_await asio::async_write(socket_, to_send, as_result);
    if (std::get<0>(sent)) {
        co_return fail(Errc::unreachable, "the fit worker died before it took the points");
    }
    std::array<char, frame_head_bytes> head{};
    const auto head_buffer = asio::buffer(head);
    const auto headed = co_await asio::async_read(socket_, head_buffer, as_result);
    if (std::get<0>(headed)) {
        co_return fail(Errc::unreachable, "the fit worker died during a fit");
    }
    const auto length = decode_head({head.data(), head.size()});
    if (!length) {
        co_return fail(length.error());
    }
    std::string body(*length, '\0');
    const auto body_buffer = asio::buffer(body);
    const auto bodied = co_await asio::async_read(socket_, body_buffer, as_result);
    if (std::get<0>(bodied)) {
        co_return fail(Errc::unreachable, "the fit worker died while it answered");
    }
    co_return decode_result(body);
}

Awaitable<Result<record::FitResult>> ProcessFitWorker::compute(FitRequest request) {
    assert_on_io_thread();
    co_await mutex_.lock();
    const AsyncLock lock(mutex_);
    if (auto running = ensure_running(); !running) {
        co_return fail(running.error());
    }
    FitJob job;
    const PointsSoFar& points = request.points;
    std::size_t computed_on = points.size();
    if (request.series) {
        computed_on = request.series->points.size();
        job.data_set = data_set_;  // the points it has stay as they are
        job.keep = sent_;
    } else {
        job.data_set = request.data_set;
        job.keep =
            request.data_set == data_set_ ? std::min<std::uint64_t>(sent_, points.size()) : 0;
        const auto fresh = points.behind(job.keep);
        job.appended.assign(fresh.begin(), fresh.end());
        data_set_ = request.data_set;
        sent_ = points.size();
    }
    job.options = std::move(request.options);
    job.segments = std::move(request.segments);
    job.dynamic = std::move(request.dynamic);
    job.series = std::move(request.series);
    std::string frame = encode(job);
    Awaitable<Result<record::FitResult>> talk = exchange(std::move(frame));
    Awaitable<std::string> hang = until_hung(limit_.of(computed_on));
    is_mid_exchange_ = true;
    using asio::experimental::awaitable_operators::operator||;
    auto outcome = co_await (std::move(talk) || std::move(hang));
    is_mid_exchange_ = false;
    if (outcome.index() == 0 && std::get<0>(outcome)) {
        co_return std::get<0>(std::move(outcome));
    }
    kill_worker();
    ++restarts_;
    if (outcome.index() == 1) {
        co_return fail(Errc::timeout, std::get<1>(std::move(outcome)));
    }
    co_return std::get<0>(std::move(outcome));
}

Awaitable<std::string> ProcessFitWorker::until_hung(double processor_limit_s) {
    const pid_t pid = pid_;
    const double began_s = processor_time_s(pid);
    const auto idle_looks_max = static_cast<int>(std::ceil(limit_.idle_s / limit_.look_every_s));
    std::string ran_before;
    // Looks are counted, not the time between them: a daemon that was itself held up saw nothing.
    int idle_looks = 0;
    while (true) {
        co_await timing_->pause(limit_.look_every_s);
        const double now_s = processor_time_s(pid);
        if (now_s - began_s > processor_limit_s) {
            co_return "the fit worker computed for more than " +
                std::to_string(static_cast<int>(processor_limit_s)) +
                " s of processor time and was killed";
        }
        const std::string ran = times_run(pid);
        const bool is_idle = ran == ran_before && is_asleep(pid);
        ran_before = ran;
        idle_looks = is_idle ? idle_looks + 1 : 0;
        if (idle_looks >= idle_looks_max) {
            co_return "the fit worker neither answered nor computed for " +
                std::to_string(static_cast<int>(limit_.idle_s)) + " s and was killed";
        }
    }
}

}  // namespace relaxd::daemon
