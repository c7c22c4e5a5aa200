// SPDX-License-Identifier: MIT
#include "daemon/persist/traffic_recorder.hpp"

#include "daemon/core/logging.hpp"
#include "daemon/persist/traffic_file.hpp"
#include "schema/base/version.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace relaxd::daemon {

namespace link = drivers::link;

/// The queue and its thread. Shared by the traces, which may live longer than the recorder.
class TrafficRecorder::Writer {
  public:
    Writer(std::string folder, TrafficLimits limits) : folder_(std::move(folder)), limits_(limits) {
        thread_ = std::thread([this] { loop(); });
    }
    ~Writer() { close(); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// False where there is no room, or the thread has ended.
    bool add(std::size_t bytes, std::function<void()> work) {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (is_closing_ || (bytes > 0 && waiting_bytes_ + bytes > limits_.waiting_bytes_max)) {
                return false;
            }
            waiting_bytes_ += bytes;
            queue_.push_back(Job{bytes, std::move(work)});
        }
        wake_.notify_one();
        return true;
    }
    void close() {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            is_closing_ = true;
        }
        wake_.notify_one();
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    [[nodiscard]] const std::string& folder() const { return folder_; }
    [[nodiscard]] const TrafficLimits& limits() const { return limits_; }

  private:
    struct Job {
        std::size_t bytes = 0;
        std::function<void()> work;
    };

    void loop() {
        std::unique_lock<std::mutex> lock(mutex_);
        while (true) {
            wake_.wait(lock, [this] { return !queue_.empty() || is_closing_; });
            if (queue_.empty()) {
                return;
            }
            const Job job = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            job.work();
            lock.lock();
            waiting_bytes_ -= job.bytes;
        }
    }

    std::string folder_;
    TrafficLimits limits_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> queue_;          // guarded by mutex_
    std::size_t waiting_bytes_ = 0;  // guarded by mutex_
    bool is_closing_ = false;        // guarded by mutex_
    std::thread thread_;
};

namespace {

link::Chunk note_of(const Clock& clock, std::string text) {
    link::Chunk chunk;
    chunk.steady = clock.steady();
    chunk.utc = clock.utc();
    chunk.mark = link::Mark::note;
    chunk.bytes = std::move(text);
    return chunk;
}

/// `dma1-20260131T120000.123456Z.traffic`
std::string file_name_of(const std::string& instrument, UtcTime time) {
    std::string stamp = to_text(time);
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    return instrument + "-" + stamp + ".traffic";
}

}  // namespace

class TrafficRecorder::Trace final : public TrafficTrace,
                                     public std::enable_shared_from_this<TrafficRecorder::Trace> {
  public:
    Trace(
        boost::asio::any_io_executor io,
        std::shared_ptr<Writer> writer,
        const Clock& clock,
        drivers::InstrumentConfig config
    )
        : io_(std::move(io)),
          writer_(std::move(writer)),
          clock_(clock),
          config_(std::move(config)),
          turn_(io_) {}

    [[nodiscard]] bool wants() const override { return file_ != nullptr && !file_->is_full(); }

    void take(link::Chunk chunk) override {
        if (!wants()) {
            return;
        }
        const std::shared_ptr<TrafficFile> file = file_;
        const std::size_t bytes = chunk.bytes.size() + sizeof chunk;
        const bool has_room =
            writer_->add(bytes, [file, chunk = std::move(chunk)] { file->append(chunk); });
        if (!has_room) {
            file->miss("more traffic than the disk takes");
        }
    }

    [[nodiscard]] Awaitable<Result<void>> switch_on() override { return begin(shared_from_this()); }
    [[nodiscard]] Awaitable<Result<void>> switch_off() override {
        return finish(shared_from_this());
    }

    [[nodiscard]] TrafficView view() const override {
        TrafficView out;
        const TrafficFile* shown = file_ != nullptr ? file_.get() : last_.get();
        if (shown != nullptr) {
            out.file = shown->path();
            out.since = since_;
            out.chunks = shown->chunks();
            out.lost_chunks = shown->lost_chunks();
        }
        if (file_ != nullptr) {
            out.state = file_->is_full() ? "full" : "on";
        }
        return out;
    }

  private:
    using Self = std::shared_ptr<Trace>;

    /// `work` done by the thread; at once where that has ended.
    static Awaitable<void> do_there(Self self, std::function<void()> work) {
        struct Answer {
            explicit Answer(const boost::asio::any_io_executor& io) : ready(io) {}
            bool is_done = false;
            Notifier ready;
        };
        auto answer = std::make_shared<Answer>(self->io_);
        const auto io = self->io_;
        std::function<void()> job = [work = std::move(work), answer, io] {
            work();
            boost::asio::post(io, [answer] {
                answer->is_done = true;
                answer->ready.notify_all();
            });
        };
        if (!self->writer_->add(0, std::move(job))) {
            co_return;
        }
        while (!answer->is_done) {
            co_await answer->ready.wait();
        }
    }

    static Awaitable<Result<void>> begin(Self self) {
        co_await self->turn_.lock();
        const AsyncLock turn(self->turn_);
        if (self->wants()) {
            co_return Result<void>();
        }
        const UtcTime now = self->clock_.utc();
        link::TrafficHeader header;
        header.instrument = self->config_.name;
        header.driver = self->config_.driver;
        header.uri = self->config_.uri;
        header.code_version = std::string(code_version());
        const std::string path =
            self->writer_->folder() + "/" + file_name_of(self->config_.name, now);
        auto file = std::make_shared<TrafficFile>(
            path, std::move(header), self->writer_->limits().file_bytes_max
        );
        auto made = std::make_shared<Result<void>>(
            fail(Errc::cancelled, "the daemon is shutting down", self->config_.name)
        );
        const link::Chunk first = note_of(self->clock_, std::string(link::note::on));
        std::function<void()> open = [file, made, first] {
            *made = file->open();
            if (*made) {
                file->append(first);
            }
        };
        co_await do_there(self, std::move(open));
        if (*made) {
            self->file_ = file;
            self->since_ = now;
            log_for("acquire")->info(
                "traffic trace on instrument={} file={}", self->config_.name, path
            );
        }
        co_return *made;
    }

    static Awaitable<Result<void>> finish(Self self) {
        co_await self->turn_.lock();
        const AsyncLock turn(self->turn_);
        if (self->file_ == nullptr) {
            co_return Result<void>();
        }
        const std::shared_ptr<TrafficFile> file = std::exchange(self->file_, nullptr);
        self->last_ = file;
        const link::Chunk last = note_of(self->clock_, std::string(link::note::off));
        std::function<void()> close = [file, last] {
            file->append(last);
            file->close();
        };
        co_await do_there(self, std::move(close));
        log_for("acquire")->info(
            "traffic trace off instrument={} file={} chunks={} lost_chunks={}",
            self->config_.name,
            file->path(),
            file->chunks(),
            file->lost_chunks()
        );
        co_return Result<void>();
    }

    boost::asio::any_io_executor io_;
    std::shared_ptr<Writer> writer_;
    const Clock& clock_;
    drivers::InstrumentConfig config_;
    AsyncMutex turn_;  ///< One switch at a time.
    std::shared_ptr<TrafficFile> file_;
    std::shared_ptr<TrafficFile> last_;
    UtcTime since_;
};

TrafficRecorder::TrafficRecorder(
    boost::asio::any_io_executor io, std::string folder, const Clock& clock, TrafficLimits limits
)
    : io_(std::move(io)),
      clock_(clock),
      writer_(std::make_shared<Writer>(std::move(folder), limits)) {}

TrafficRecorder::~TrafficRecorder() {
    writer_->close();
}

std::shared_ptr<TrafficTrace> TrafficRecorder::trace_of(const drivers::InstrumentConfig& config) {
    return std::make_shared<Trace>(io_, writer_, clock_, config);
}

}  // namespace relaxd::daemon
