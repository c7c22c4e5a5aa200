// SPDX-License-Identifier: MIT
//
// The store thread: owns the campaign file, commits whatever waits at once (one transaction a run),
// and posts the rows with their numbers back to the io thread. Commit, then publish.
//
// A failed COMMIT is never acknowledged: the connection is opened anew, the file is asked whether
// the rows are there after all, and otherwise the same rows are tried again for a bounded time
// while `on_trouble` has been told. Public functions: io thread, except where stated.
//
// A simulation that must repeat gives it no thread: then everything happens on the io thread, when
// its io_context is polled.

#pragma once

#include "daemon/core/timing.hpp"
#include "daemon/core/watchdog.hpp"
#include "daemon/persist/campaign.hpp"

#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace relaxd::daemon {

struct StoreLimits {
    std::size_t rows_waiting_max = 8192;  ///< More means back-pressure.
    std::size_t rows_a_transaction_max = 2000;
    double retry_every_s = 0.5;
    double retry_for_s = 60.0;  ///< Then the rows are given up and said to be lost.
};

class StoreThread {
  public:
    /// Called on the io thread: the error, or the same rows with their seq filled.
    using RowsDone = std::function<void(Result<void>, std::vector<record::Row>)>;
    using TroubleHook = std::function<void(const Error&)>;

    /// `clock` must outlive this.
    StoreThread(
        boost::asio::any_io_executor io,
        std::unique_ptr<Campaign> campaign,
        const Clock& clock,
        StoreLimits limits = {}
    );
    /// Without a thread: jobs are done on `io` one poll later, and what is tried again waits in
    /// `timing`'s time. `timing` must outlive this.
    StoreThread(
        boost::asio::any_io_executor io,
        std::unique_ptr<Campaign> campaign,
        Timing& timing,
        StoreLimits limits = {}
    );
    ~StoreThread();
    StoreThread(const StoreThread&) = delete;
    StoreThread& operator=(const StoreThread&) = delete;

    void append(std::int64_t run_id, std::vector<record::Row> rows, RowsDone done);
    /// The STATE event is among `rows`; state and rows become visible together.
    void append_state(
        std::int64_t run_id,
        std::vector<record::Row> rows,
        record::RunState state,
        std::string end_cause,
        RowsDone done
    );

    /// Runs `work` on the store thread after everything that was given before, and answers here.
    template <typename T>
    [[nodiscard]] Awaitable<Result<T>> call(std::function<Result<T>(Campaign&)> work);
    /// As `call` without waiting; a failure is logged.
    void post(std::string what, std::function<Result<void>(Campaign&)> work);

    /// False when there was no room for more rows within `seconds`.
    [[nodiscard]] Awaitable<bool> wait_for_room(Timing* timing, double seconds);
    [[nodiscard]] bool has_room() const;
    [[nodiscard]] std::size_t rows_waiting() const { return rows_waiting_.load(); }
    /// Time of the newest commit; 0 before the first.
    [[nodiscard]] SteadyTime last_commit() const { return SteadyTime{last_commit_ns_.load()}; }
    [[nodiscard]] bool is_in_trouble() const { return in_trouble_.load(); }
    [[nodiscard]] const TurnCounter& turns() const { return turns_; }
    /// Told on the io thread once when a commit has failed for the first time.
    void on_trouble(TroubleHook hook) { shared_->on_trouble = std::move(hook); }

    /// Commits what waits and ends the thread. Completions posted before stay valid.
    void close();
    /// As a killed process, only without a thread: what waits is forgotten, and what is given from
    /// now on is not done.
    void abandon();

  private:
    struct Job {
        std::int64_t run_id = 0;
        std::vector<record::Row> rows;
        bool sets_state = false;
        record::RunState state = record::RunState::armed;
        std::string end_cause;
        RowsDone done;
        /// Instead of rows: work that answers with what the io thread shall do.
        std::function<std::function<void()>(Campaign&)> work;
    };
    // Lives as long as any posted completion.
    struct Shared {
        explicit Shared(const boost::asio::any_io_executor& io) : room(io) {}
        Notifier room;
        TroubleHook on_trouble;
        StoreThread* here = nullptr;  ///< While it is to work without a thread.
    };
    /// Work, or what becomes one transaction: consecutive rows of one run.
    struct Batch {
        explicit Batch(std::vector<Job> of);
        std::vector<Job> jobs;
        std::vector<record::Row> rows;
        std::vector<std::size_t> lengths;     ///< Of the jobs, in rows.
        std::optional<std::uint64_t> before;  ///< Newest number in the file before it.
        UtcTime time;
        std::uint64_t tries = 0;
    };
    template <typename T>
    struct Answer {
        explicit Answer(const boost::asio::any_io_executor& io) : ready(io) {}
        std::optional<Result<T>> value;
        Notifier ready;
    };

    void enqueue(Job job);
    void loop();
    void work_here();
    void wait_here();
    void take(std::deque<Job> jobs);
    /// The oldest batch; false when it is to be tried again after a pause. `is_last`: no more
    /// pauses.
    [[nodiscard]] bool advance(bool is_last);
    void tell(Batch batch, const Result<void>& result);
    [[nodiscard]] Result<void> commit(Batch& batch);
    /// Nothing: to be tried again.
    [[nodiscard]] std::optional<Result<void>> try_first(Batch& batch);
    [[nodiscard]] std::optional<Result<void>> try_again(Batch& batch, bool is_last);
    [[nodiscard]] Result<void> recommit(Batch& batch);
    [[nodiscard]] std::optional<std::uint64_t> known_last_seq(std::int64_t run_id);
    [[nodiscard]] static bool can_be_tried_again(const Error& error);
    void tell_trouble(const Error& error);
    [[nodiscard]] bool wait_before_retry();

    boost::asio::any_io_executor io_;
    std::unique_ptr<Campaign> campaign_;
    const Clock& clock_;
    StoreLimits limits_;
    std::shared_ptr<Shared> shared_;
    TurnCounter turns_;
    std::atomic<std::size_t> rows_waiting_{0};
    std::atomic<std::int64_t> last_commit_ns_{0};
    std::atomic<bool> in_trouble_{false};

    /// Newest committed number of each run written to; store thread only.
    std::map<std::int64_t, std::uint64_t> last_seqs_;
    std::deque<Batch> batches_;  ///< Store thread only.

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> queue_;    // guarded by mutex_
    bool is_closing_ = false;  // guarded by mutex_

    // Without a thread.
    Timing* timing_ = nullptr;
    std::optional<boost::asio::steady_timer> retry_timer_;
    bool is_due_ = false;  ///< work_here() is posted.
    bool is_abandoned_ = false;

    std::thread thread_;
};

template <typename T>
Awaitable<Result<T>> StoreThread::call(std::function<Result<T>(Campaign&)> work) {
    auto answer = std::make_shared<Answer<T>>(co_await boost::asio::this_coro::executor);
    Job job;
    job.work = [answer, work = std::move(work)](Campaign& campaign) {
        auto value = std::make_shared<Result<T>>(work(campaign));
        return std::function<void()>([answer, value] {
            answer->value.emplace(std::move(*value));
            answer->ready.notify_all();
        });
    };
    enqueue(std::move(job));
    while (!answer->value) {
        co_await answer->ready.wait();
    }
    co_return std::move(*answer->value);
}

}  // namespace relaxd::daemon
