// SPDX-License-Identifier: MIT
#include "drivers/q800_class/session.hpp"

#include "drivers/link/finally.hpp"
#include "drivers/link/watch.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>
#include <vector>

namespace relaxd::drivers::q800_class {
namespace {

constexpr std::size_t read_size = 16384;

/// The reading that a line tells of; nothing for lines of other kinds.
std::optional<std::uint64_t> reading_of(const Frame& frame) {
    if (const auto* line = std::get_if<ReadingLine>(&frame)) {
        return line->reading.number;
    }
    if (const auto* truth = std::get_if<TruthLine>(&frame)) {
        return truth->number;
    }
    return std::nullopt;
}

}  // namespace

Error to_error(const ErrorReply& reply, const std::string& verb) {
    Errc code = Errc::refused;
    if (reply.code == "syntax" || reply.code == "unknown_verb" || reply.code == "bad_argument" ||
        reply.code == "method") {
        code = Errc::invalid;
    } else if (reply.code == "busy") {
        code = Errc::busy;
    } else if (reply.code == "bad_crc") {
        code = Errc::corrupt;
    }
    return Error{
        code, "the instrument refused '" + verb + "': " + reply.code + ": " + reply.text, {}, {}
    };
}

Session::Session(
    boost::asio::any_io_executor executor,
    std::unique_ptr<link::ByteLink> byte_link,
    link::Timing& timing,
    Deadlines deadlines,
    std::shared_ptr<LinkCounters> counters,
    std::uint64_t last_id
)
    : executor_(std::move(executor)),
      link_(std::move(byte_link)),
      timing_(timing),
      deadlines_(deadlines),
      counters_(std::move(counters)),
      unsent_signal_(executor_),
      turn_signal_(executor_),
      last_id_(last_id),
      last_sent_(now()),
      last_heard_(now()) {}

void Session::start(Sink sink, Ended ended) {
    sink_ = std::move(sink);
    ended_ = std::move(ended);
    spawn(read_loop(shared_from_this()));
    spawn(write_loop(shared_from_this()));
}

void Session::spawn(Awaitable<void> loop) {
    auto self = shared_from_this();
    boost::asio::co_spawn(executor_, std::move(loop), [self](const std::exception_ptr& thrown) {
        if (thrown) {  // a bug of ours: the session ends, the instrument's guard acts
            self->end(Error{Errc::internal, "the driver's loop threw an exception", {}, {}});
        }
    });
}

Awaitable<void> Session::read_loop(Self self) {
    std::vector<char> buffer(read_size);
    while (!self->has_ended()) {
        const std::span<char> room(buffer);
        Result<std::size_t> got = co_await self->link_->read_some(room);
        if (!got) {
            self->end(got.error());
            co_return;
        }
        self->on_bytes(std::string_view(buffer.data(), *got));
    }
}

Awaitable<void> Session::write_loop(Self self) {
    while (!self->has_ended()) {
        if (self->unsent_.empty()) {
            co_await self->unsent_signal_.wait();
            continue;
        }
        std::string batch;
        while (!self->unsent_.empty() && batch.size() < 4096) {
            batch += self->unsent_.front();
            self->unsent_.pop_front();
        }
        self->last_sent_ = self->now();
        Result<void> written =
            co_await self->link_->write(std::move(batch), self->deadlines_.write);
        if (!written) {
            Error error = written.error();
            if (error.code == Errc::timeout) {
                ++self->counters_->timeouts;
                error.code = Errc::unreachable;
            }
            self->end(std::move(error));
            co_return;
        }
    }
}

void Session::on_bytes(std::string_view bytes) {
    last_heard_ = now();
    heard_since_ = true;
    while (!bytes.empty() && !has_ended()) {
        bytes.remove_prefix(decoder_.feed(bytes));
        while (auto decoded = decoder_.next()) {
            if (has_ended()) {
                return;
            }
            if (*decoded) {
                ++counters_->frames;
                on_frame(decoded->value());
            } else {
                ++counters_->corrupt_frames;
                counters_->dropped_bytes += decoded->error().size;
            }
        }
    }
}

void Session::on_frame(Frame& frame) {
    const std::optional<std::uint64_t> number = reading_of(frame);
    for (auto& [id, pending] : pending_) {
        if (number && pending->streams_to && *number <= *pending->streams_to) {
            pending->deadline = link::after(now(), pending->patience);
        }
    }
    if (auto* reply = std::get_if<Reply>(&frame)) {
        const std::uint64_t id = reply->id;
        on_reply(id, std::move(*reply));
    } else if (const auto* error = std::get_if<ErrorReply>(&frame)) {
        on_error_reply(*error);
    } else if (sink_) {
        sink_(frame);
    }
}

void Session::on_reply(std::uint64_t id, Result<Reply> answer) {
    const auto it = pending_.find(id);
    if (it == pending_.end() || it->second->answer) {
        ++counters_->late_replies;
        return;
    }
    Pending& pending = *it->second;
    if (answer && answer->verb != pending.verb) {
        answer = fail(
            Errc::corrupt,
            "the instrument answered '" + pending.verb + "' with '" + answer->verb + "'",
            "request " + std::to_string(id)
        );
    }
    pending.answer = std::move(answer);
    pending.signal.notify();
}

void Session::on_error_reply(const ErrorReply& reply) {
    if (reply.id != 0) {
        const auto it = pending_.find(reply.id);
        const std::string verb = it == pending_.end() ? std::string() : it->second->verb;
        on_reply(reply.id, fail(to_error(reply, verb)));
        return;
    }
    if (reply.code == "bad_crc") {  // one of our lines was hurt on its way: send it again at once
        for (auto& [id, pending] : pending_) {
            pending->send_again = true;
            pending->signal.notify();
        }
        return;
    }
    refusal_ = reply.code + ": " + reply.text;
    if (reply.code == "busy") {
        end(Error{
            Errc::busy,
            "the instrument serves another host: " + reply.text,
            {},
            "close the other program, or wait until it has been silent for 5 s"
        });
    }
}

void Session::end(Error error) {
    if (end_) {
        return;
    }
    if (!refusal_.empty()) {
        error.message += "; it said " + refusal_;
    }
    end_ = std::move(error);
    link_->close();
    unsent_.clear();
    unsent_signal_.notify();
    turn_signal_.notify();
    for (auto& [id, pending] : pending_) {
        pending->signal.notify();
    }
    sink_ = nullptr;
    const Ended ended = std::exchange(ended_, nullptr);
    if (ended) {
        ended();
    }
}

tl::unexpected<Error> Session::ended_failure() const {
    Error error = *end_;
    if (error.code != Errc::cancelled && error.code != Errc::busy) {
        error.code = Errc::unreachable;
    }
    return fail(std::move(error));
}

void Session::send(std::string line, bool urgent) {
    if (urgent) {
        unsent_.push_front(std::move(line));
    } else {
        unsent_.push_back(std::move(line));
    }
    unsent_signal_.notify();
}

std::uint64_t Session::fresh_id() {
    last_id_ = last_id_ % max_id + 1;
    return last_id_;
}

Awaitable<Result<Reply>> Session::exchange(Request request) {
    return run_exchange(shared_from_this(), std::move(request));
}

Awaitable<Result<void>> Session::wait_turn(Self self, std::uint64_t turn) {
    while (*self->turns_.begin() != turn && !self->has_ended()) {
        co_await self->turn_signal_.wait();
    }
    if (self->has_ended()) {
        co_return self->ended_failure();
    }
    Result<void> in_step;
    if (self->suspect_) {
        in_step = co_await prove_in_step(self);
    }
    co_return in_step;
}

Awaitable<Result<Reply>> Session::run_exchange(Self self, Request request) {
    const int attempts = self->deadlines_.attempts;
    if (request.urgent) {
        co_return co_await attempt(self, std::move(request), attempts);
    }
    const std::uint64_t turn = ++self->last_turn_;
    self->turns_.insert(turn);
    const auto give_back = [self, turn] {
        self->turns_.erase(turn);
        self->turn_signal_.notify();
    };
    const link::Finally at_the_end(give_back);
    Result<void> in_step = co_await wait_turn(self, turn);
    Result<Reply> answer = fail(Errc::internal, "no answer");
    if (in_step) {
        answer = co_await attempt(self, std::move(request), attempts);
    } else {
        answer = fail(in_step.error());
    }
    co_return answer;
}

/// Does not wait for the next request: an instrument that is gone is told soon.
Awaitable<void> Session::prove_at_once(Self self) {
    const std::uint64_t turn = ++self->last_turn_;
    self->turns_.insert(turn);
    const auto give_back = [self, turn] {
        self->turns_.erase(turn);
        self->turn_signal_.notify();
    };
    const link::Finally at_the_end(give_back);
    Result<void> ignored = co_await wait_turn(self, turn);  // one that fails ends the session
    static_cast<void>(ignored);
}

Awaitable<Result<void>> Session::prove_in_step(Self self) {
    Request sentinel("status", {}, self->deadlines_.reply);
    const int attempts = self->heard_since_ ? self->deadlines_.attempts : 1;
    Result<Reply> answer = co_await attempt(self, std::move(sentinel), attempts);
    if (!answer && !self->has_ended()) {
        self->end(
            link::silent("the instrument does not answer any more: " + answer.error().message, {})
        );
    }
    if (!answer) {
        co_return self->ended_failure();
    }
    co_return Result<void>();
}

Awaitable<Result<Reply>> Session::attempt(Self self, Request request, int attempts) {
    const SteadyTime begun = self->now();
    const std::uint64_t id = self->fresh_id();
    std::string payload = std::to_string(id) + " " + request.verb;
    if (!request.arguments.empty()) {
        payload += " " + request.arguments;
    }
    if (!is_sendable(payload)) {
        co_return fail(Errc::invalid, "this request cannot be sent: " + request.verb);
    }
    const std::string line = encode_line(payload);
    auto pending = std::make_shared<Pending>(self->executor_);
    pending->verb = request.verb;
    pending->patience = request.deadline;
    pending->streams_to = request.streams_to;
    self->pending_[id] = pending;
    const auto forget = [self, id] { self->pending_.erase(id); };
    const link::Finally at_the_end(forget);
    for (int i = 0; i < attempts && !pending->answer && !self->has_ended(); ++i) {
        pending->send_again = false;
        pending->deadline = link::after(self->now(), request.deadline);
        self->send(line, request.urgent);
        while (!pending->answer && !self->has_ended() && !pending->send_again &&
               self->now() < pending->deadline) {
            co_await pending->signal.wait_until(self->timing_, pending->deadline);
        }
        if (!pending->answer && !self->has_ended() && !pending->send_again) {
            ++self->counters_->timeouts;
        }
    }
    if (pending->answer) {
        self->suspect_ = false;
        co_return std::move(*pending->answer);
    }
    if (self->has_ended()) {
        co_return self->ended_failure();
    }
    if (!self->suspect_) {
        self->suspect_ = true;
        self->heard_since_ = self->last_heard_ > begun;
        self->spawn(prove_at_once(self));
    }
    co_return fail(
        Errc::timeout,
        "no answer to '" + request.verb + "' within " + std::to_string(request.deadline.count()) +
            " ms, asked " + std::to_string(attempts) + (attempts == 1 ? " time" : " times"),
        {},
        "its state is unknown until status has read it back"
    );
}

}  // namespace relaxd::drivers::q800_class
