// SPDX-License-Identifier: MIT
#include "daemon/persist/store_thread.hpp"

#include "daemon/core/logging.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace relaxd::daemon {

namespace {

constexpr std::chrono::milliseconds idle_turn{500};

void set_seq(record::Row& row, std::uint64_t seq) {
    std::visit([seq](auto& value) { value.seq = seq; }, row);
}

bool is_simulated(const std::vector<record::Row>& rows) {
    return std::any_of(rows.begin(), rows.end(), [](const record::Row& row) {
        if (const auto* point = std::get_if<record::Point>(&row)) {
            return point->reading.simulated;
        }
        if (const auto* gap = std::get_if<record::Gap>(&row)) {
            return gap->simulated;
        }
        if (const auto* event = std::get_if<record::Event>(&row)) {
            return event->simulated;
        }
        return std::get<record::Estimate>(row).simulated;
    });
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

StoreThread::StoreThread(
    boost::asio::any_io_executor io,
    std::unique_ptr<Campaign> campaign,
    Timing& timing,
    StoreLimits limits
)
    : io_(std::move(io)),
      campaign_(std::move(campaign)),
      clock_(timing.clock()),
      limits_(limits),
      shared_(std::make_shared<Shared>(io_)),
      timing_(&timing) {
    shared_->here = this;
}

StoreThread::~StoreThread() {
    close();
}

void StoreThread::abandon() {
    is_abandoned_ = true;
    queue_.clear();
    batches_.clear();
    close();
}

void StoreThread::close() {
    if (timing_ != nullptr) {
        if (retry_timer_) {
            timing_->disarm(*retry_timer_);
            retry_timer_.reset();
        }
        take(std::exchange(queue_, {}));
        while (!batches_.empty()) {
            (void)advance(true);
        }
        shared_->here = nullptr;
        return;
    }
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
    if (is_abandoned_) {
        return;
    }
    rows_waiting_.fetch_add(job.rows.size());
    if (timing_ != nullptr) {
        queue_.push_back(std::move(job));
        if (!is_due_) {
            is_due_ = true;
            boost::asio::post(io_, [shared = shared_] {
                if (shared->here != nullptr) {
                    shared->here->is_due_ = false;
                    shared->here->work_here();
                }
            });
        }
        return;
    }
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
        take(std::move(jobs));
        bool is_last = false;
        while (!batches_.empty()) {
            if (!advance(is_last)) {
                is_last = !wait_before_retry();
            }
        }
    }
}

void StoreThread::work_here() {
    if (retry_timer_) {
        return;  // what failed comes first
    }
    turns_.turn();
    take(std::exchange(queue_, {}));
    while (!batches_.empty()) {
        if (!advance(false)) {
            wait_here();
            return;
        }
    }
}

void StoreThread::wait_here() {
    const auto pause_ns = static_cast<std::int64_t>(limits_.retry_every_s * 1e9);
    retry_timer_.emplace(io_);
    timing_->arm(*retry_timer_, SteadyTime{clock_.steady().ns + pause_ns});
    retry_timer_->async_wait([shared = shared_](const boost::system::error_code&) {
        if (shared->here != nullptr) {
            shared->here->timing_->disarm(*shared->here->retry_timer_);
            shared->here->retry_timer_.reset();
            shared->here->work_here();
        }
    });
}

StoreThread::Batch::Batch(std::vector<Job> of) : jobs(std::move(of)) {
    for (Job& job : jobs) {
        lengths.push_back(job.rows.size());
        for (record::Row& row : job.rows) {
            rows.push_back(std::move(row));
        }
        job.rows.clear();
    }
}

void StoreThread::take(std::deque<Job> jobs) {
    // Consecutive rows of one run become one transaction; work and changes of state end it.
    std::map<std::int64_t, std::vector<Job>> open;
    std::map<std::int64_t, std::size_t> sizes;
    const auto take_open = [this, &open, &sizes] {
        for (auto& [run_id, batch] : open) {
            batches_.emplace_back(std::move(batch));
        }
        open.clear();
        sizes.clear();
    };
    for (Job& job : jobs) {
        if (job.work) {
            take_open();
            std::vector<Job> one;
            one.push_back(std::move(job));
            batches_.emplace_back(std::move(one));
            continue;
        }
        const std::int64_t run_id = job.run_id;
        const bool ends_batch = job.sets_state;
        sizes[run_id] += job.rows.size();
        open[run_id].push_back(std::move(job));
        if (ends_batch || sizes[run_id] >= limits_.rows_a_transaction_max) {
            batches_.emplace_back(std::move(open[run_id]));
            open.erase(run_id);
            sizes.erase(run_id);
        }
    }
    take_open();
}

bool StoreThread::advance(bool is_last) {
    Batch& batch = batches_.front();
    if (batch.jobs.back().work) {
        if (auto answer = batch.jobs.back().work(*campaign_)) {
            boost::asio::post(io_, std::move(answer));
        }
        batches_.pop_front();
        return true;
    }
    const auto result = batch.tries == 0 ? try_first(batch) : try_again(batch, is_last);
    if (!result) {
        ++batch.tries;
        return false;
    }
    if (*result) {
        last_commit_ns_.store(clock_.steady().ns);
    }
    rows_waiting_.fetch_sub(batch.rows.size());
    tell(std::move(batch), *result);
    batches_.pop_front();
    return true;
}

void StoreThread::tell(Batch batch, const Result<void>& result) {
    auto tell = [shared = shared_, told = std::make_shared<Batch>(std::move(batch)), result] {
        std::size_t at = 0;
        for (std::size_t i = 0; i < told->jobs.size(); ++i) {
            std::vector<record::Row> part;
            part.reserve(told->lengths[i]);
            for (std::size_t k = 0; k < told->lengths[i]; ++k) {
                part.push_back(std::move(told->rows[at++]));
            }
            if (told->jobs[i].done) {
                told->jobs[i].done(result, std::move(part));
            }
        }
        shared->room.notify_all();
    };
    boost::asio::post(io_, std::move(tell));
}

Result<void> StoreThread::commit(Batch& batch) {
    const Job& last = batch.jobs.back();
    if (last.sets_state) {
        return campaign_->append_state(
            last.run_id, batch.rows, last.state, last.end_cause, batch.time
        );
    }
    return campaign_->append(last.run_id, batch.rows);
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

std::optional<Result<void>> StoreThread::try_first(Batch& batch) {
    const std::int64_t run_id = batch.jobs.back().run_id;
    batch.time = clock_.utc();
    // Rows are committed in order and there is no other writer: `before` decides after a failure
    // whether the rows are in the file all the same.
    batch.before = known_last_seq(run_id);
    auto first = commit(batch);
    if (first) {
        if (batch.before) {  // else the file is asked again
            last_seqs_[run_id] = *batch.before + batch.rows.size();
        }
        in_trouble_.store(false);
        return first;
    }
    if (!batch.before || !can_be_tried_again(first.error())) {
        return first;  // the request itself is wrong: trying again cannot help
    }
    tell_trouble(first.error());
    return std::nullopt;
}

std::optional<Result<void>> StoreThread::try_again(Batch& batch, bool is_last) {
    turns_.turn();
    const std::int64_t run_id = batch.jobs.back().run_id;
    auto again = recommit(batch);
    if (again) {
        last_seqs_[run_id] = *batch.before + batch.rows.size();
        in_trouble_.store(false);
        log_for("store")->warn(
            "commits work again run={} rows={}",
            marked(run_id, is_simulated(batch.rows)),
            batch.rows.size()
        );
        return again;
    }
    // A daemon that is ending tries once more at once, then gives up.
    const auto tries_max = static_cast<std::uint64_t>(limits_.retry_for_s / limits_.retry_every_s);
    if (batch.tries < tries_max && !is_last) {
        return std::nullopt;
    }
    last_seqs_.erase(run_id);
    log_for("store")->critical(
        "rows given up run={} rows={} error=\"{}\"",
        marked(run_id, is_simulated(batch.rows)),
        batch.rows.size(),
        again.error().sentence()
    );
    return again;
}

Result<void> StoreThread::recommit(Batch& batch) {
    if (const auto reopened = campaign_->reopen(); !reopened) {
        return fail(reopened.error());
    }
    const auto present = campaign_->run(batch.jobs.back().run_id);
    if (!present) {
        return fail(present.error());
    }
    if (present->last_seq == *batch.before + batch.rows.size()) {
        std::uint64_t seq = *batch.before;
        for (record::Row& row : batch.rows) {  // the COMMIT that failed had reached the file
            set_seq(row, ++seq);
        }
        return {};
    }
    return commit(batch);
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
