// SPDX-License-Identifier: MIT
//
// Two ends in memory. Each direction is a bounded pipe; both ends share both pipes.
#include "drivers/link/link.hpp"
#include "drivers/link/signal.hpp"

#include <algorithm>
#include <cstring>

namespace relaxd::drivers::link {
namespace {

namespace asio = boost::asio;

struct Pipe {
    Pipe(const asio::any_io_executor& executor, Timing& time, std::size_t room)
        : timing(time), readable(executor), writable(executor), capacity(room) {}
    Timing& timing;
    std::string bytes;
    bool closed_by_writer = false;
    bool closed_by_reader = false;
    Signal readable;
    Signal writable;
    std::size_t capacity;
};

asio::awaitable<Result<std::size_t>> pipe_read(std::shared_ptr<Pipe> pipe, std::span<char> buffer) {
    while (pipe->bytes.empty() && !pipe->closed_by_writer && !pipe->closed_by_reader) {
        co_await pipe->readable.wait();
    }
    if (pipe->closed_by_reader) {
        co_return fail(Errc::cancelled, "the link was closed", "memory");
    }
    if (pipe->bytes.empty()) {
        co_return fail(Errc::unreachable, "the peer closed the link", "memory");
    }
    const std::size_t size = std::min(buffer.size(), pipe->bytes.size());
    std::memcpy(buffer.data(), pipe->bytes.data(), size);
    pipe->bytes.erase(0, size);
    pipe->writable.notify();
    co_return size;
}

asio::awaitable<Result<void>> pipe_write(
    std::shared_ptr<Pipe> pipe, std::string bytes, std::chrono::milliseconds deadline
) {
    const SteadyTime end = after(pipe->timing.clock().steady(), deadline);
    std::size_t done = 0;
    while (done < bytes.size()) {
        if (pipe->closed_by_writer) {
            co_return fail(Errc::cancelled, "the link was closed", "memory");
        }
        if (pipe->closed_by_reader) {
            co_return fail(Errc::unreachable, "the peer closed the link", "memory");
        }
        const std::size_t room = pipe->capacity - pipe->bytes.size();
        if (room == 0) {
            if (pipe->timing.clock().steady() >= end) {
                pipe->closed_by_writer = true;
                pipe->readable.notify();
                co_return fail(Errc::timeout, "the peer does not read", "memory");
            }
            co_await pipe->writable.wait_until(pipe->timing, end);
            continue;
        }
        const std::size_t size = std::min(room, bytes.size() - done);
        pipe->bytes.append(bytes, done, size);
        done += size;
        pipe->readable.notify();
    }
    co_return Result<void>();
}

asio::awaitable<Error> pipe_lost(std::shared_ptr<Pipe> pipe) {
    while (!pipe->closed_by_writer && !pipe->closed_by_reader) {
        co_await pipe->readable.wait();
    }
    if (pipe->closed_by_reader) {
        co_return Error{Errc::cancelled, "the link was closed", "memory", {}};
    }
    co_return Error{Errc::unreachable, "the peer closed the link", "memory", {}};
}

class MemoryLink final : public ByteLink {
  public:
    MemoryLink(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out)
        : in_(std::move(in)), out_(std::move(out)) {}
    ~MemoryLink() override { MemoryLink::close(); }
    MemoryLink(const MemoryLink&) = delete;
    MemoryLink& operator=(const MemoryLink&) = delete;

    asio::awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override {
        return pipe_read(in_, buffer);
    }
    asio::awaitable<Result<void>> write(std::string bytes, std::chrono::milliseconds deadline)
        override {
        return pipe_write(out_, std::move(bytes), deadline);
    }
    void close() override {
        in_->closed_by_reader = true;
        out_->closed_by_writer = true;
        in_->readable.notify();
        in_->writable.notify();
        out_->readable.notify();
        out_->writable.notify();
    }
    bool is_open() const override { return !in_->closed_by_reader && !out_->closed_by_writer; }
    asio::awaitable<Error> lost() override { return pipe_lost(in_); }

  private:
    std::shared_ptr<Pipe> in_;
    std::shared_ptr<Pipe> out_;
};

}  // namespace

std::pair<std::unique_ptr<ByteLink>, std::unique_ptr<ByteLink>> make_memory_pair(
    const asio::any_io_executor& executor, Timing& timing, std::size_t capacity
) {
    auto there = std::make_shared<Pipe>(executor, timing, capacity);
    auto back = std::make_shared<Pipe>(executor, timing, capacity);
    return {std::make_unique<MemoryLink>(back, there), std::make_unique<MemoryLink>(there, back)};
}

}  // namespace relaxd::drivers::link
