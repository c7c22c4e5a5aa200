// SPDX-License-Identifier: MIT
//
// The store thread: owns the campaign file, commits whatever waits at once (one transaction a run),
// and posts the rows with their numbers back to the io thread. Commit, then publish.
//
// A failed COMMIT is never acknowledged: the connection is opened anew, the file is asked whether
// the rows are there after all, and otherwise the same rows are tried again for a bounded time
// while `on_trouble` has been told. Public functions: io thread, except where stated.

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
    };
    template <typename T>
    struct Answer {
        explicit Answer(const boost::asio::any_io_executor& io) : ready(io) {}
        std::optional<Result<T>> value;
        Notifier ready;
    };

    void enqueue(Job job);
    void loop();
    void process(std::deque<Job> jobs);
    void flush(std::vector<Job> batch);
    [[nodiscard]] Result<void> commit(
        const Job& last, std::vector<record::Row>& rows, UtcTime time
    );
    [[nodiscard]] Result<void> commit_until_done(const Job& last, std::vector<record::Row>& rows);
    [[nodiscard]] std::optional<std::uint64_t> known_last_seq(std::int64_t run_id);
    [[nodiscard]] static bool can_be_tried_again(const Error& error);
    [[nodiscard]] Result<void> retry(
        const Job& last, std::vector<record::Row>& rows, std::uint64_t before, UtcTime time
    );
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

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> queue_;    // guarded by mutex_
    bool is_closing_ = false;  // guarded by mutex_
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
