// SPDX-License-Identifier: MIT
#include "drivers/link/traced_link.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <utility>

namespace relaxd::drivers::link {
namespace {

namespace asio = boost::asio;

/// What the operations in flight share with the link that may be gone before them.
struct Tap {
    Tap(std::shared_ptr<TrafficSink> to, Timing& time) : sink(std::move(to)), timing(time) {}
    std::shared_ptr<TrafficSink> sink;
    Timing& timing;
    bool is_over = false;  ///< The end has been told.

    void tell(Mark mark, std::string_view bytes) const {
        if (!sink->wants()) {
            return;
        }
        Chunk chunk;
        chunk.steady = timing.clock().steady();
        chunk.utc = timing.clock().utc();
        chunk.mark = mark;
        chunk.bytes = std::string(bytes);
        sink->take(std::move(chunk));
    }
    void end(std::string_view how) {
        if (!is_over) {
            is_over = true;
            tell(Mark::note, how);
        }
    }
    void fail_with(const Error& error) {
        if (error.code != Errc::cancelled) {
            end(std::string(note::lost) + ": " + error.message);
        }
    }
};
using TapPtr = std::shared_ptr<Tap>;

asio::awaitable<Result<std::size_t>> read_traced(
    TapPtr tap, asio::awaitable<Result<std::size_t>> reading, std::span<char> buffer
) {
    Result<std::size_t> got = co_await std::move(reading);
    if (got) {
        tap->tell(Mark::to_host, std::string_view(buffer.data(), *got));
    } else {
        tap->fail_with(got.error());
    }
    co_return got;
}

asio::awaitable<Result<void>> write_traced(TapPtr tap, asio::awaitable<Result<void>> writing) {
    Result<void> written = co_await std::move(writing);
    if (!written) {
        tap->fail_with(written.error());
    }
    co_return written;
}

asio::awaitable<Error> lost_traced(TapPtr tap, asio::awaitable<Error> waiting) {
    Error why = co_await std::move(waiting);
    if (why.code == Errc::unreachable) {
        tap->fail_with(why);
    }
    co_return why;
}

class TracedLink final : public ByteLink {
  public:
    TracedLink(std::unique_ptr<ByteLink> link, TapPtr tap)
        : link_(std::move(link)), tap_(std::move(tap)) {
        tap_->tell(Mark::note, note::opened);
    }
    ~TracedLink() override { tap_->end(note::closed); }
    TracedLink(const TracedLink&) = delete;
    TracedLink& operator=(const TracedLink&) = delete;

    asio::awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override {
        return read_traced(tap_, link_->read_some(buffer), buffer);
    }
    asio::awaitable<Result<void>> write(std::string bytes, std::chrono::milliseconds deadline)
        override {
        tap_->tell(Mark::to_instrument, bytes);
        return write_traced(tap_, link_->write(std::move(bytes), deadline));
    }
    void close() override {
        tap_->end(note::closed);
        link_->close();
    }
    bool is_open() const override { return link_->is_open(); }
    asio::awaitable<Error> lost() override { return lost_traced(tap_, link_->lost()); }

  private:
    std::unique_ptr<ByteLink> link_;
    TapPtr tap_;
};

asio::awaitable<LinkResult> open_traced(
    std::shared_ptr<TrafficSink> sink, Timing* timing, asio::awaitable<LinkResult> opening
) {
    LinkResult opened = co_await std::move(opening);
    if (!opened) {
        co_return opened;
    }
    auto tap = std::make_shared<Tap>(std::move(sink), *timing);
    co_return std::make_unique<TracedLink>(std::move(*opened), std::move(tap));
}

class TracedOpener final : public Opener {
  public:
    TracedOpener(std::unique_ptr<Opener> opener, std::shared_ptr<TrafficSink> sink, Timing& timing)
        : opener_(std::move(opener)), sink_(std::move(sink)), timing_(timing) {}
    asio::awaitable<LinkResult> open(std::chrono::milliseconds deadline) override {
        return open_traced(sink_, &timing_, opener_->open(deadline));
    }
    void cancel() override { opener_->cancel(); }
    bool is_slow() const override { return opener_->is_slow(); }

  private:
    std::unique_ptr<Opener> opener_;
    std::shared_ptr<TrafficSink> sink_;
    Timing& timing_;
};

}  // namespace

std::unique_ptr<Opener> traced(
    std::unique_ptr<Opener> opener, std::shared_ptr<TrafficSink> sink, Timing& timing
) {
    if (!sink) {
        return opener;
    }
    return std::make_unique<TracedOpener>(std::move(opener), std::move(sink), timing);
}

}  // namespace relaxd::drivers::link
