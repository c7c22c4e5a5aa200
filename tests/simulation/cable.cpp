// SPDX-License-Identifier: MIT
#include "tests/simulation/cable.hpp"

#include "drivers/simulator/frame.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace relaxd::test::simulation {
namespace {

namespace asio = boost::asio;
using drivers::link::after;
using drivers::link::ByteLink;
using drivers::link::LinkResult;

constexpr std::int64_t silent_ns = 5'000'000'000;     // docs/protocols/q800_class.md 1.1
constexpr std::int64_t keepalive_ns = 5'000'000'000;  // drivers/link/link.cpp: idle 2 s + 3 x 1 s
constexpr std::size_t capacity = 64UL * 1024;

std::int64_t to_ns(double seconds) {
    return static_cast<std::int64_t>(seconds * 1e9);
}

}  // namespace

/// One connection: two ways, and what each end knows.
struct Cable::Connection {
    struct Portion {
        Portion(SteadyTime when, std::string what) : due(when), bytes(std::move(what)) {}
        SteadyTime due;
        std::string bytes;
    };
    struct Way {
        std::deque<Portion> queue;
        std::size_t size = 0;
        void put(SteadyTime due, std::string bytes) {
            if (!queue.empty()) {
                due = std::max(due, queue.back().due);  // nothing overtakes
            }
            size += bytes.size();
            queue.emplace_back(due, std::move(bytes));
        }
        std::string take() {
            std::string bytes = std::move(queue.front().bytes);
            queue.pop_front();
            size -= bytes.size();
            return bytes;
        }
    };

    explicit Connection(const asio::any_io_executor& executor)
        : readable(executor), writable(executor) {}
    Way out;  ///< To the device.
    Way in;
    std::string arrived;  ///< At the driver, not read yet.
    bool is_closed_by_driver = false;
    std::optional<std::string> ended;  ///< At the driver: why.
    drivers::link::Signal readable;
    drivers::link::Signal writable;
};

namespace {

asio::awaitable<Result<std::size_t>> read_from(
    Cable::ConnectionPtr connection, std::span<char> buffer
) {
    while (connection->arrived.empty() && !connection->ended && !connection->is_closed_by_driver) {
        co_await connection->readable.wait();
    }
    if (connection->is_closed_by_driver) {
        co_return fail(Errc::cancelled, "the link was closed", "cable");
    }
    if (connection->arrived.empty()) {
        co_return fail(Errc::unreachable, *connection->ended, "cable");
    }
    const std::size_t size = std::min(buffer.size(), connection->arrived.size());
    std::memcpy(buffer.data(), connection->arrived.data(), size);
    connection->arrived.erase(0, size);
    co_return size;
}

asio::awaitable<Result<void>> write_to(
    Cable::ConnectionPtr connection,
    drivers::link::Timing* timing,
    SteadyTime due,
    std::string bytes,
    std::chrono::milliseconds deadline
) {
    const SteadyTime end = after(timing->clock().steady(), deadline);
    while (true) {
        if (connection->is_closed_by_driver) {
            co_return fail(Errc::cancelled, "the link was closed", "cable");
        }
        if (connection->ended) {
            co_return fail(Errc::unreachable, *connection->ended, "cable");
        }
        if (connection->out.size + bytes.size() <= capacity) {
            connection->out.put(due, std::move(bytes));
            co_return Result<void>();
        }
        if (timing->clock().steady() >= end) {
            connection->is_closed_by_driver = true;
            connection->readable.notify();
            co_return fail(Errc::timeout, "the device does not read", "cable");
        }
        co_await connection->writable.wait_until(*timing, end);
    }
}

}  // namespace

class CableLink final : public ByteLink {
  public:
    CableLink(Cable& cable, Cable::ConnectionPtr connection)
        : cable_(cable), connection_(std::move(connection)) {}
    ~CableLink() override { CableLink::close(); }
    CableLink(const CableLink&) = delete;
    CableLink& operator=(const CableLink&) = delete;

    asio::awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override {
        return read_from(connection_, buffer);
    }
    asio::awaitable<Result<void>> write(std::string bytes, std::chrono::milliseconds deadline)
        override {
        const SteadyTime due{cable_.now().ns + to_ns(cable_.latency_s())};
        return write_to(connection_, &cable_.timing_, due, std::move(bytes), deadline);
    }
    void close() override {
        connection_->is_closed_by_driver = true;
        connection_->readable.notify();
        connection_->writable.notify();
    }
    bool is_open() const override {
        return !connection_->is_closed_by_driver && !connection_->ended;
    }

  private:
    Cable& cable_;
    Cable::ConnectionPtr connection_;
};

class CableOpener final : public drivers::link::Opener {
  public:
    CableOpener(Cable& cable, asio::any_io_executor executor)
        : cable_(cable),
          executor_(std::move(executor)),
          patience_(std::make_shared<Patience>(executor_)) {}
    asio::awaitable<LinkResult> open(std::chrono::milliseconds deadline) override {
        patience_ = std::make_shared<Patience>(executor_);
        return try_open(&cable_, executor_, patience_, deadline);
    }
    void cancel() override {
        patience_->is_over = true;
        patience_->signal.notify();
    }
    bool is_slow() const override { return cable_.is_slow_; }

  private:
    struct Patience {
        explicit Patience(const asio::any_io_executor& executor) : signal(executor) {}
        drivers::link::Signal signal;
        bool is_over = false;
    };
    static asio::awaitable<LinkResult> try_open(
        Cable* cable,
        asio::any_io_executor executor,
        std::shared_ptr<Patience> patience,
        std::chrono::milliseconds deadline
    ) {
        const SteadyTime end = after(cable->now(), deadline);
        while (cable->is_vanished() && cable->now() < end && !patience->is_over) {
            const SteadyTime when = std::min(end, cable->vanished_until_);
            co_await patience->signal.wait_until(cable->timing_, when);
        }
        if (patience->is_over) {
            co_return fail(Errc::cancelled, "the attempt was cancelled", "cable");
        }
        if (cable->is_vanished()) {
            co_return fail(Errc::unreachable, "nobody answers", "cable");
        }
        Result<Cable::ConnectionPtr> connected = cable->connect(executor);
        if (!connected) {
            co_return fail(connected.error());
        }
        co_return std::make_unique<CableLink>(*cable, *connected);
    }

    Cable& cable_;
    asio::any_io_executor executor_;
    std::shared_ptr<Patience> patience_;
};

Cable::Cable(simulator::SimDevice& device, ManualTiming& timing, double latency_s, bool is_slow)
    : device_(device), timing_(timing), usual_latency_s_(latency_s), is_slow_(is_slow) {
    device_.disconnect();
}

std::unique_ptr<drivers::link::Opener> Cable::make_opener(const asio::any_io_executor& executor) {
    return std::make_unique<CableOpener>(*this, executor);
}

double Cable::latency_s() const {
    return now() < slow_until_ ? slow_latency_s_ : usual_latency_s_;
}

bool Cable::is_connected() const {
    return served_ && !served_->ended && !served_->is_closed_by_driver;
}

bool Cable::is_hurt() const {
    return is_vanished() || now() < refused_until_ || now() < slow_until_;
}

Result<Cable::ConnectionPtr> Cable::connect(const asio::any_io_executor& executor) {
    if (now() < refused_until_ || !device_.accepting()) {
        return fail(Errc::unreachable, "connection refused", "cable");
    }
    auto connection = std::make_shared<Connection>(executor);
    device_.advance_to(now());
    if (device_.connected() && now().ns - last_received_.ns < silent_ns) {
        connection->arrived = simulator::framed("! 0 busy another host is connected");
        connection->ended = "the device turned this host away";
        return connection;
    }
    if (device_.connected()) {
        end_at_device();
    }
    given_up_at_.reset();
    served_ = connection;
    last_received_ = now();
    device_.connect();
    return connection;
}

void Cable::to_driver(Connection& connection, std::string bytes) {
    connection.in.put(SteadyTime{now().ns + to_ns(latency_s())}, std::move(bytes));
    worst_queue_ = std::max(worst_queue_, connection.in.size + connection.arrived.size());
}

void Cable::end_at_driver(Connection& connection, const char* why) {
    if (!connection.ended) {
        connection.ended = why;
        connection.readable.notify();
        connection.writable.notify();
    }
}

void Cable::end_at_device() {
    device_.advance_to(now());
    device_.disconnect();
    served_.reset();
}

bool Cable::deliver_to_device() {
    bool has_moved = false;
    Connection& connection = *served_;
    worst_queue_ = std::max(worst_queue_, connection.out.size);
    while (!connection.out.queue.empty() && connection.out.queue.front().due <= now() &&
           device_.reading()) {
        last_received_ = now();
        device_.receive(connection.out.take(), now());
        connection.writable.notify();
        has_moved = true;
    }
    if (connection.is_closed_by_driver && connection.out.queue.empty()) {
        end_at_device();
    }
    return has_moved;
}

bool Cable::deliver_to_driver() {
    if (!served_) {  // to a host that died without a word
        while (!device_.take_output().empty()) {}
        return false;
    }
    Connection& connection = *served_;
    while (connection.in.size + connection.arrived.size() < capacity) {
        std::string bytes = device_.take_output();
        if (bytes.empty()) {
            break;
        }
        to_driver(connection, std::move(bytes));
    }
    bool has_moved = false;
    while (!connection.in.queue.empty() && connection.in.queue.front().due <= now()) {
        connection.arrived += connection.in.take();
        has_moved = true;
    }
    if (has_moved) {
        connection.readable.notify();
    }
    return has_moved;
}

bool Cable::step() {
    device_.advance_to(now());
    bool has_news = false;
    if (given_up_at_ && now() >= *given_up_at_) {
        given_up_at_.reset();
        if (served_) {
            end_at_driver(*served_, "connection timed out");
            has_news = true;
        }
    }
    if (is_vanished()) {
        return has_news;
    }
    if (served_) {
        has_news = deliver_to_device() || has_news;
    }
    const bool hangs_up = device_.take_hang_up();
    has_news = deliver_to_driver() || has_news;
    if (hangs_up) {
        if (served_) {
            while (!served_->in.queue.empty()) {  // its last words
                served_->arrived += served_->in.take();
            }
            end_at_driver(*served_, "the device closed the connection");
        }
        end_at_device();
        has_news = true;
    }
    return has_news;
}

SteadyTime Cable::next_event() const {
    SteadyTime next = std::max(device_.next_wake(), now());
    if (given_up_at_) {
        next = std::min(next, *given_up_at_);
    }
    if (is_vanished()) {
        return std::min(next, vanished_until_);
    }
    if (served_) {
        for (const Connection::Way* way : {&served_->in, &served_->out}) {
            if (!way->queue.empty() && way->queue.front().due > now()) {
                next = std::min(next, way->queue.front().due);
            }
        }
    }
    return next;
}

void Cable::reset() {
    if (served_) {
        end_at_driver(*served_, "connection reset");
        end_at_device();
    }
}

void Cable::refuse(double seconds) {
    refused_until_ = SteadyTime{now().ns + to_ns(seconds)};
}

void Cable::vanish(double seconds, bool keepalive) {
    vanished_until_ = SteadyTime{now().ns + to_ns(seconds)};
    if (keepalive && is_connected() && to_ns(seconds) > keepalive_ns) {
        given_up_at_ = SteadyTime{now().ns + keepalive_ns};
    }
}

void Cable::slow_down(double seconds, double latency_s) {
    slow_until_ = SteadyTime{now().ns + to_ns(seconds)};
    slow_latency_s_ = latency_s;
}

void Cable::heal() {
    refused_until_ = vanished_until_ = slow_until_ = now();
}

void Cable::host_died(bool says_so) {
    if (served_) {
        served_->is_closed_by_driver = true;
        served_.reset();
    }
    given_up_at_.reset();
    if (says_so && !is_vanished()) {
        end_at_device();
    }
}

}  // namespace relaxd::test::simulation
