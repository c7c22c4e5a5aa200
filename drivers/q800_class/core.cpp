// SPDX-License-Identifier: MIT
#include "drivers/q800_class/core.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <cmath>
#include <exception>

namespace relaxd::drivers::q800_class {
namespace {

/// Readings asked for at once: their answer must come soon, and a stop must not queue behind them.
constexpr std::uint64_t slice_fast = 512;
constexpr std::uint64_t slice_slow = 32;
constexpr std::string_view settings_changed = "settings_changed";  // flag of readings

milliseconds heartbeat_period(const Options& options) {
    return milliseconds(static_cast<std::int64_t>(options.heartbeat_s * 1000.0 / 3.0));
}

Result<Status> to_status(const Reply& reply) {
    Status status;
    const auto word = reply.text("state");
    const auto segment = reply.count("segment");
    const auto reading = reply.count("reading");
    const auto kept = reply.count("kept");
    const auto time_s = reply.number("time_s");
    const auto temperature_K = reply.number("temperature_K");
    const auto set_temperature_K = reply.number("set_temperature_K");
    if (!word || !segment || *segment > 20'000 || !reading || !time_s || !temperature_K ||
        !set_temperature_K) {
        return fail(
            Errc::corrupt,
            "the instrument's status lacks state, segment or reading, or holds a word for a number",
            "status"
        );
    }
    status.state = state_from(*word);
    if (status.state == State::unknown) {
        return fail(
            Errc::corrupt, "the instrument reports the unknown state '" + *word + "'", "status"
        );
    }
    status.run_token = reply.text("token").value_or("");
    status.end_cause = reply.text("cause").value_or("");
    status.segment = static_cast<int>(*segment);
    if (status.state != State::armed) {  // else those of the run before: `start` forgets them
        status.last_number = *reading;
        status.first_kept = kept.value_or(0);
    }
    status.time_s = *time_s;
    status.temperature_K = *temperature_K;
    status.set_temperature_K = *set_temperature_K;
    return status;
}

Awaitable<void> send_allow(CorePtr core, SessionPtr session) {
    const std::uint64_t number = *core->allow_wanted;
    core->allow_wanted.reset();
    Request request("allow", std::to_string(number), core->options.deadlines.reply);
    Result<Reply> answer = co_await session->exchange(std::move(request));
    if (!answer && answer.error().code == Errc::timeout && !core->allow_wanted) {
        core->allow_wanted = number;  // again, after the link has proved that it is in step
    }
}

Awaitable<void> send_acknowledgement(CorePtr core, SessionPtr session) {
    const std::uint64_t number = core->ack_wanted;
    Request request("ack", std::to_string(number), core->options.deadlines.reply);
    Result<Reply> answer = co_await session->exchange(std::move(request));
    if (answer || (answer.error().code != Errc::timeout && !session->has_ended())) {
        core->ack_sent = number;  // else again, after the next open() if need be
    }
    core->ack_due = link::after(core->now(), core->options.acknowledge_after);
}

}  // namespace

Core::Core(
    boost::asio::any_io_executor on,
    std::unique_ptr<link::Opener> way,
    link::Timing& host_timing,
    Options chosen
)
    : executor(std::move(on)),
      opener(std::move(way)),
      timing(host_timing),
      options(chosen),
      delivery_signal(executor),
      keeper_signal(executor),
      recovery_signal(executor) {
    const std::int64_t ms = std::max<std::int64_t>(timing.clock().utc().ns / 1'000'000, 0);
    first_id = static_cast<std::uint64_t>(ms) % 900'000'000U;
    if (!(options.heartbeat_s >= 1.0)) {
        options.heartbeat_s = 1.0;
    }
    options.heartbeat_s = std::floor(std::min(options.heartbeat_s, 3600.0));
}

Result<SessionPtr> Core::use() const {
    if (open && session && !session->has_ended()) {
        return session;
    }
    std::string why = "the instrument is not connected";
    if (session && session->has_ended() && !closed) {
        why += ": " + session->end_error().message;
    }
    return fail(Errc::unreachable, why, {}, "it is tried again after open()");
}

void Core::close(const std::string& why) {
    closed = true;
    opener->cancel();
    if (session) {
        session->end(Error{Errc::cancelled, why, {}, {}});
    }
    on_end();
}

void Core::on_end() {
    open = false;
    state = State::unknown;
    starting = false;
    delivery_signal.notify();
    keeper_signal.notify();
    recovery_signal.notify();
}

void Core::begin_run() {
    starting = false;
    ack_wanted = ack_sent = 0;
    sequencer.restart_at(1, token, true);
    recovery_signal.notify();
}

bool Core::take_settings(const Reply& status, const SessionPtr& asked) {
    const Settings now = Settings::of(status);
    if (!settings) {
        settings = now;
    }
    if (!settings->boot.empty() && !now.boot.empty() && settings->boot != now.boot) {
        settings.reset();
        changed_settings.clear();
        asked->end(Error{
            Errc::unreachable,
            "the instrument was restarted (its start " + now.boot +
                "): it is identified and "
                "guarded anew",
            "status",
            "what it measured before its restart is lost where it had not been fetched"
        });
        return false;
    }
    if (settings->clamp.empty()) {
        settings->clamp = now.clamp;  // a method's commit does not repeat it
    }
    changed_settings = difference(*settings, now);
    return true;
}

void Core::on_frame(Frame& frame) {
    if (auto* line = std::get_if<ReadingLine>(&frame)) {
        record::Reading& reading = line->reading;
        reading.received_steady = timing.clock().steady();
        reading.received_utc = timing.clock().utc();
        reading.simulated = simulated;
        validate(reading);
        if (!changed_settings.empty()) {
            reading.flags += (reading.flags.empty() ? "" : " ") + std::string(settings_changed);
        }
        if (!starting) {  // the run before, or the new one: its first readings are asked for again
            sequencer.on_reading(std::move(reading));
        }
    } else if (const auto* change = std::get_if<StateLine>(&frame)) {
        state = state_from(change->state);
        if (starting && change->token == token && state == State::running) {
            begin_run();
        }
        sequencer.on_state(*change);
    } else if (const auto* truth = std::get_if<TruthLine>(&frame); truth && truth_sink != nullptr) {
        record::Truth row;
        row.seq = truth->number;
        row.parameter = truth->name;
        row.value = truth->value;
        truth_sink->push_back(std::move(row));
    }
    if (sequencer.has_delivery()) {
        delivery_signal.notify();
    }
    if (sequencer.wanted()) {
        recovery_signal.notify();
    }
}

void Core::spawn(Awaitable<void> loop, const SessionPtr& owner) {
    boost::asio::co_spawn(executor, std::move(loop), [owner](const std::exception_ptr& thrown) {
        if (thrown) {  // a bug of ours: the session ends, the instrument's guard acts
            owner->end(Error{Errc::internal, "the driver's loop threw an exception", {}, {}});
        }
    });
}

Awaitable<Result<Status>> read_status(CorePtr core, SessionPtr session, bool urgent) {
    Request request("status", {}, core->options.deadlines.reply);
    request.urgent = urgent;
    Result<Reply> answer = co_await session->exchange(std::move(request));
    if (!answer) {
        core->state = State::unknown;
        co_return fail(answer.error());
    }
    Result<Status> status = to_status(*answer);
    if (!status) {
        core->state = State::unknown;
        co_return fail(status.error());
    }
    if (!core->take_settings(*answer, session)) {
        core->state = State::unknown;
        co_return fail(session->end_error());
    }
    status->changed_settings = core->changed_settings;
    core->state = status->state;
    if (!core->starting && status->run_token == core->token) {
        core->sequencer.on_newest(status->last_number);
        core->recovery_signal.notify();
    }
    co_return status;
}

Awaitable<Result<Reply>> beat(CorePtr core, SessionPtr session) {
    const auto seconds = static_cast<std::int64_t>(core->options.heartbeat_s);
    core->beat_sent = core->now();
    Request request("heartbeat", std::to_string(seconds), core->options.deadlines.reply);
    Result<Reply> answer = co_await session->exchange(std::move(request));
    if (answer && answer->count("seconds") != static_cast<std::uint64_t>(seconds)) {
        co_return fail(
            Errc::corrupt,
            "the instrument's guard is set to " + answer->text("seconds").value_or("nothing") +
                " s, it was told " + std::to_string(seconds) + " s",
            "heartbeat",
            "without its guard it would go on heating when nobody is there"
        );
    }
    co_return answer;
}

Awaitable<void> keep(CorePtr core, SessionPtr session) {
    const milliseconds period = heartbeat_period(core->options);
    while (!session->has_ended()) {
        // Whatever else is sent: a unit that was restarted, or set at its panel, has no guard.
        const SteadyTime beat_due = link::after(core->beat_sent, period);
        const bool ack_waits = core->ack_wanted > core->ack_sent;
        const bool ack_now =
            ack_waits && (core->ack_wanted - core->ack_sent >= core->options.acknowledge_every ||
                          core->now() >= core->ack_due);
        if (core->allow_wanted) {
            co_await send_allow(core, session);
        } else if (ack_now) {
            co_await send_acknowledgement(core, session);
        } else if (core->now() >= beat_due) {
            Result<Reply> armed = co_await beat(core, session);
            if (!armed && armed.error().code == Errc::corrupt) {
                session->end(armed.error());  // a link that is dead ends the session by itself
            }
        } else {
            SteadyTime due = beat_due;
            if (ack_waits) {
                due = std::min(due, core->ack_due);
            }
            co_await core->keeper_signal.wait_until(core->timing, due);
        }
    }
}

Awaitable<void> recover(CorePtr core, SessionPtr session) {
    const std::uint64_t slice = core->opener->is_slow() ? slice_slow : slice_fast;
    while (!session->has_ended()) {
        auto hole = core->sequencer.wanted();
        if (!hole || core->starting) {
            co_await core->recovery_signal.wait();
            continue;
        }
        hole->last = std::min(hole->last, hole->first + slice - 1);
        const std::string range = std::to_string(hole->first) + " " + std::to_string(hole->last);
        const std::uint64_t generation = core->sequencer.generation();
        Request request("resend", range, core->options.deadlines.reply);
        request.streams_to = hole->last;
        Result<Reply> answer = co_await session->exchange(std::move(request));
        if (session->has_ended() || generation != core->sequencer.generation()) {
            continue;
        }
        if (answer) {
            const auto first = answer->count("first").value_or(0);
            core->counters->resent += answer->count("count").value_or(0);
            core->sequencer.on_resent(*hole, first, answer->count("last").value_or(0));
        } else if (answer.error().code != Errc::timeout) {
            core->sequencer.on_refused(*hole, answer.error().message);
        }
        core->delivery_signal.notify();
    }
}

}  // namespace relaxd::drivers::q800_class
