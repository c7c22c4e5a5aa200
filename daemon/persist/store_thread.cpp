// SPDX-License-Identifier: MIT
#include "daemon/persist/store_thread.hpp"

#include "daemon/core/logging.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>
#include <variant>

namespace relaxd::daemon {

namespace {

constexpr std::chrono::milliseconds idle_turn{500};

void set_seq(record::Row& row, std::uint64_t seq) {
    std::visit([seq](auto& value) { value.seq = seq; }, row);
}

}  // namespace

StoreThread::StoreThread(
    boost::asio::any_io_executor io,
    std::unique_ptr<Campaign> campaign,
    const Clock& clock,
    StoreLimits limits
)
    : io_(std::move(io)),
      campaign_(std::move(campaign)),
      clock_(clock),
      limits_(limits),
      shared_(std::make_shared<Shared>(io_)),
      thread_([this] { loop(); }) {}

StoreThread::~StoreThread() {
    close();
}

void StoreThread::close() {
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        is_closing_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void StoreThread::enqueue(Job job) {
    rows_waiting_.fetch_add(job.rows.size());
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        queue_.push_back(std::move(job));
    }
    wake_.notify_all();
}

void StoreThread::append(std::int64_t run_id, std::vector<record::Row> rows, RowsDone done) {
    Job job;
    job.run_id = run_id;
    job.rows = std::move(rows);
    job.done = std::move(done);
    enqueue(std::move(job));
}

void StoreThread::append_state(
    std::int64_t run_id,
    std::vector<record::Row> rows,
    record::RunState state,
    std::string end_cause,
    RowsDone done
) {
    Job job;
    job.run_id = run_id;
    job.rows = std::move(rows);
    job.sets_state = true;
    job.state = state;
    job.end_cause = std::move(end_cause);
    job.done = std::move(done);
    enqueue(std::move(job));
}

void StoreThread::post(std::string what, std::function<Result<void>(Campaign&)> work) {
    Job job;
    job.work = [what = std::move(what), work = std::move(work)](Campaign& campaign) {
        if (const auto done = work(campaign); !done) {
            log_for("store")->error("{} failed error=\"{}\"", what, done.error().sentence());
        }
        return std::function<void()>{};
    };
    enqueue(std::move(job));
}

bool StoreThread::has_room() const {
    return rows_waiting_.load() < limits_.rows_waiting_max;
}

Awaitable<bool> StoreThread::wait_for_room(Timing* timing, double seconds) {
    std::function<bool()> is_so = [this] { return has_room(); };
    co_return co_await wait_until(timing, seconds, &shared_->room, std::move(is_so));
}

void StoreThread::loop() {
    while (true) {
        std::deque<Job> jobs;
        bool is_closing = false;
        {
            std::unique_lock<std::mutex> lock(mutex_);
            wake_.wait_for(lock, idle_turn, [this] { return !queue_.empty() || is_closing_; });
            jobs.swap(queue_);
            is_closing = is_closing_;
        }
        turns_.turn();
        if (jobs.empty() && is_closing) {
            return;
        }
        process(std::move(jobs));
    }
}

void StoreThread::process(std::deque<Job> jobs) {
    // Consecutive rows of one run become one transaction; work and changes of state end it.
    std::map<std::int64_t, std::vector<Job>> open;
    std::map<std::int64_t, std::size_t> sizes;
    for (Job& job : jobs) {
        if (job.work) {
            for (auto& [run_id, batch] : open) {
                flush(std::move(batch));
            }
            open.clear();
            sizes.clear();
            if (auto answer = job.work(*campaign_)) {
                boost::asio::post(io_, std::move(answer));
            }
            continue;
        }
        const std::int64_t run_id = job.run_id;
        const bool ends_batch = job.sets_state;
        sizes[run_id] += job.rows.size();
        open[run_id].push_back(std::move(job));
        if (ends_batch || sizes[run_id] >= limits_.rows_a_transaction_max) {
            flush(std::move(open[run_id]));
            open.erase(run_id);
            sizes.erase(run_id);
        }
    }
    for (auto& [run_id, batch] : open) {
        flush(std::move(batch));
    }
}

void StoreThread::flush(std::vector<Job> batch) {
    std::vector<record::Row> rows;
    std::vector<std::size_t> lengths;
    for (Job& job : batch) {
        lengths.push_back(job.rows.size());
        for (record::Row& row : job.rows) {
            rows.push_back(std::move(row));
        }
        job.rows.clear();
    }
    const Result<void> result = commit_until_done(batch.back(), rows);
    if (result) {
        last_commit_ns_.store(clock_.steady().ns);
    }
    rows_waiting_.fetch_sub(rows.size());
    auto tell = [shared = shared_,
                 batch = std::make_shared<std::vector<Job>>(std::move(batch)),
                 lengths = std::move(lengths),
                 rows = std::make_shared<std::vector<record::Row>>(std::move(rows)),
                 result] {
        std::size_t at = 0;
        for (std::size_t i = 0; i < batch->size(); ++i) {
            std::vector<record::Row> part;
            part.reserve(lengths[i]);
            for (std::size_t k = 0; k < lengths[i]; ++k) {
                part.push_back(std::move((*rows)[at++]));
            }
            if ((*batch)[i].done) {
                (*batch)[i].done(result, std::move(part));
            }
        }
        shared->room.notify_all();
    };
    boost::asio::post(io_, std::move(tell));
}

Result<void> StoreThread::commit(const Job& last, std::vector<record::Row>& rows, UtcTime time) {
    if (last.sets_state) {
        return campaign_->append_state(last.run_id, rows, last.state, last.end_cause, time);
    }
    return campaign_->append(last.run_id, rows);
}

std::optional<std::uint64_t> StoreThread::known_last_seq(std::int64_t run_id) {
    const auto known = last_seqs_.find(run_id);
    if (known != last_seqs_.end()) {
        return known->second;
    }
    const auto run = campaign_->run(run_id);
    return run ? std::optional<std::uint64_t>(run->last_seq) : std::nullopt;
}

bool StoreThread::can_be_tried_again(const Error& error) {
    return error.code == Errc::io || error.code == Errc::busy || error.code == Errc::corrupt ||
           error.code == Errc::internal;
}

Result<void> StoreThread::commit_until_done(const Job& last, std::vector<record::Row>& rows) {
    const UtcTime time = clock_.utc();
    // Rows are committed in order and this thread is the only writer: `before` decides after a
    // failure whether the rows are in the file all the same.
    const std::optional<std::uint64_t> before = known_last_seq(last.run_id);
    auto first = commit(last, rows, time);
    if (first) {
        if (before) {  // else the file is asked again
            last_seqs_[last.run_id] = *before + rows.size();
        }
        in_trouble_.store(false);
        return first;
    }
    if (!before || !can_be_tried_again(first.error())) {
        return first;  // the request itself is wrong: trying again cannot help
    }
    tell_trouble(first.error());
    auto again = retry(last, rows, *before, time);
    if (again) {
        last_seqs_[last.run_id] = *before + rows.size();
        in_trouble_.store(false);
        log_for("store")->warn("commits work again run={} rows={}", last.run_id, rows.size());
        return again;
    }
    last_seqs_.erase(last.run_id);
    log_for("store")->critical(
        "rows given up run={} rows={} error=\"{}\"",
        last.run_id,
        rows.size(),
        again.error().sentence()
    );
    return again;
}

Result<void> StoreThread::retry(
    const Job& last, std::vector<record::Row>& rows, std::uint64_t before, UtcTime time
) {
    Error error{Errc::io, "the daemon ended before the rows could be written", {}, {}};
    const auto tries_max = static_cast<std::uint64_t>(limits_.retry_for_s / limits_.retry_every_s);
    // A daemon that is ending tries once more at once, then gives up.
    for (std::uint64_t tries = 0; tries < tries_max && (wait_before_retry() || tries == 0);
         ++tries) {
        turns_.turn();
        if (const auto reopened = campaign_->reopen(); !reopened) {
            error = reopened.error();
            continue;
        }
        const auto present = campaign_->run(last.run_id);
        if (!present) {
            error = present.error();
            continue;
        }
        if (present->last_seq == before + rows.size()) {
            std::uint64_t seq = before;
            for (record::Row& row : rows) {  // the COMMIT that failed here had reached the file
                set_seq(row, ++seq);
            }
            return {};
        }
        auto again = commit(last, rows, time);
        if (again) {
            return again;
        }
        error = again.error();
    }
    return fail(std::move(error));
}

bool StoreThread::wait_before_retry() {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto pause = std::chrono::duration<double>(limits_.retry_every_s);
    const bool was_closing = is_closing_;
    wake_.wait_for(lock, pause, [this] { return is_closing_; });
    return !was_closing;
}

void StoreThread::tell_trouble(const Error& error) {
    if (in_trouble_.exchange(true)) {
        return;
    }
    log_for("store")->error("commit failed error=\"{}\"", error.sentence());
    boost::asio::post(io_, [shared = shared_, error] {
        if (shared->on_trouble) {
            shared->on_trouble(error);
        }
    });
}

}  // namespace relaxd::daemon
