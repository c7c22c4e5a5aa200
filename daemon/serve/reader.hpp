// SPDX-License-Identifier: MIT
//
// The reader thread: every query of the API runs here, on a read-only connection of its own, and
// its result comes back to the io thread. So no page view delays acquisition.
//
// Ownership: the Reader owns the thread and the connection; destroy it on the io thread. A query
// sees the connection only on the reader thread and must take everything else by value.

#pragma once

#include "schema/base/result.hpp"
#include "schema/store/run_store.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace relaxd::daemon {

class Reader {
  public:
    explicit Reader(std::string database_path) : path_(std::move(database_path)) {}
    ~Reader() { join(); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// From now on every query ends with `cancelled`; a running one ends when it looks at
    /// `stopped`.
    void stop() { *stopped_ = true; }
    /// Stops, and returns when the thread has ended: nothing is posted to the io_context any more.
    void join() {
        stop();
        pool_.join();
    }
    /// For long queries, to be looked at between two pages. Any thread.
    [[nodiscard]] std::shared_ptr<const std::atomic<bool>> stopped() const { return stopped_; }

    template <typename T>
    using Query = std::function<Result<T>(store::RunReader&)>;

    /// The query's result; errors of opening the file are passed on.
    template <typename T>
    [[nodiscard]] boost::asio::awaitable<Result<T>> read(Query<T> query) {
        auto start = [this](auto handler, Query<T> work) {
            auto io = boost::asio::get_associated_executor(handler);
            auto keep = boost::asio::make_work_guard(io);
            auto job = [this,
                        io,
                        keep = std::move(keep),
                        handler = std::move(handler),
                        work = std::move(work)]() mutable {
                Result<T> result = run(work);
                auto back = [handler = std::move(handler), result = std::move(result)]() mutable {
                    std::move(handler)(std::move(result));
                };
                boost::asio::post(io, std::move(back));
            };
            boost::asio::post(pool_, std::move(job));
        };
        co_return co_await boost::asio::
            async_initiate<const boost::asio::use_awaitable_t<>&, void(Result<T>)>(
                start, boost::asio::use_awaitable, std::move(query)
            );
    }

  private:
    // On the reader thread.
    template <typename T>
    Result<T> run(const Query<T>& query) {
        if (*stopped_) {
            return fail(Errc::cancelled, "the daemon is stopping");
        }
        try {
            if (!reader_) {
                auto opened = store::RunReader::open(path_);
                if (!opened) {
                    return fail(std::move(opened.error()));
                }
                reader_.emplace(std::move(*opened));
            }
            Result<T> result = query(*reader_);
            if (!result &&
                (result.error().code == Errc::io || result.error().code == Errc::corrupt)) {
                reader_.reset();  // A fresh connection may see what this one cannot.
            }
            return result;
        } catch (const std::exception& exception) {
            reader_.reset();  // It may hold a snapshot open.
            return fail(Errc::internal, std::string("a query failed: ") + exception.what(), path_);
        }
    }

    std::string path_;
    std::shared_ptr<std::atomic<bool>> stopped_ = std::make_shared<std::atomic<bool>>(false);
    std::optional<store::RunReader> reader_;
    boost::asio::thread_pool pool_{1};
};

}  // namespace relaxd::daemon
