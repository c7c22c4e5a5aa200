// SPDX-License-Identifier: MIT
#include "drivers/link/exchange_state.hpp"

#include <utility>

namespace relaxd::drivers::link {

FrameEnd FrameEnd::junk() {
    FrameEnd end;
    end.is_junk = true;
    return end;
}

Framing by_terminator(std::string terminator) {
    return [terminator = std::move(terminator)](std::string_view received) {
        const std::size_t at = received.find(terminator);
        return at == std::string_view::npos ? FrameEnd() : FrameEnd(at + terminator.size());
    };
}

Framing by_count(std::size_t bytes) {
    return [bytes](std::string_view received) {
        return received.size() < bytes ? FrameEnd() : FrameEnd(bytes);
    };
}

std::optional<Error> Exchange::State::gone(std::uint64_t of) const {
    if (end) {
        return end;
    }
    if (of != generation) {
        return Error{Errc::unreachable, "the link was opened anew since", {}, {}};
    }
    return std::nullopt;
}

void Exchange::State::finish(Error why) {
    if (end) {
        return;
    }
    end = std::move(why);
    byte_link->close();
    received.clear();
    news.notify();
    turn.notify();
    if (settings.on_end) {
        settings.on_end();
    }
}

void Exchange::State::drop_received() {
    counters.dropped_bytes += received.size();
    received.clear();
}

void Exchange::State::on_bytes(std::string_view bytes) {
    last_byte = now();
    last_byte_utc = timing.clock().utc();
    if (received.size() + bytes.size() > settings.receive_limit) {
        drop_received();
        counters.dropped_bytes += bytes.size();
        is_overfull = true;
        is_suspect = true;
    } else {
        received.append(bytes);
    }
    if (!is_awaiting) {
        sort_out_idle();
    }
    news.notify();
}

/// Takes one copy of the command away. False: more bytes are needed to tell.
bool Exchange::State::strip_echo() {
    if (echo.empty()) {
        return true;
    }
    if (received.size() >= echo.size()) {
        if (received.compare(0, echo.size(), echo) == 0) {
            received.erase(0, echo.size());
        }
        echo.clear();
        return true;
    }
    if (echo.compare(0, received.size(), received) == 0) {
        return false;
    }
    echo.clear();
    return true;
}

bool Exchange::State::take_unsolicited(std::string_view frame) {
    if (!settings.is_unsolicited || !settings.is_unsolicited(frame)) {
        return false;
    }
    ++counters.unsolicited;
    if (settings.on_unsolicited) {
        settings.on_unsolicited(std::string(frame));
    }
    return true;
}

/// Bytes while nobody waits: messages of the device itself are told, anything else makes suspect.
void Exchange::State::sort_out_idle() {
    if (!strip_echo()) {
        return;
    }
    while (!received.empty()) {
        const FrameEnd frame = settings.framing(received);
        if (frame.bytes == 0 && !frame.is_junk) {
            return;  // whole or not, the next request finds it
        }
        const std::size_t count = frame.is_junk ? received.size() : frame.bytes;
        if (frame.is_junk || !take_unsolicited(std::string_view(received).substr(0, count))) {
            ++counters.unmatched;
            counters.dropped_bytes += count;
            is_suspect = true;
        }
        received.erase(0, count);
    }
}

tl::unexpected<Error> suspicious(Exchange::State& state, Error error) {
    state.is_suspect = true;
    return fail(std::move(error));
}

tl::unexpected<Error> too_late(
    Exchange::State& state, const char* what, std::chrono::milliseconds limit
) {
    ++state.counters.timeouts;
    std::string said = state.received.empty() ? "" : "; it said only part of one";
    state.drop_received();
    return suspicious(
        state,
        Error{
            Errc::timeout,
            std::string(what) + " within " + std::to_string(limit.count()) + " ms" + said,
            {},
            "check cable, speed and terminator, or give it longer"
        }
    );
}

Result<std::optional<Answer>> take_reply(Exchange::State& state, const Query& query) {
    const Framing& framing = query.framing ? query.framing : state.settings.framing;
    if (state.is_overfull) {
        state.is_overfull = false;
        return suspicious(
            state,
            Error{
                Errc::corrupt,
                "more than " + std::to_string(state.settings.receive_limit) +
                    " bytes came without the end of a reply",
                {},
                "check the speed of the line and the terminator"
            }
        );
    }
    while (!state.received.empty()) {
        const FrameEnd end = framing(state.received);
        if (end.is_junk) {
            ++state.counters.refused_frames;
            state.drop_received();
            return suspicious(
                state, Error{Errc::corrupt, "what came is not the beginning of a reply", {}, {}}
            );
        }
        if (end.bytes == 0) {
            return std::optional<Answer>();
        }
        Answer answer;
        answer.frame = state.received.substr(0, end.bytes);
        state.received.erase(0, end.bytes);
        if (state.take_unsolicited(answer.frame)) {
            continue;
        }
        const bool is_command = answer.frame == query.bytes;
        if (is_command || (query.fits && !query.fits(answer.frame))) {
            ++state.counters.refused_frames;
            state.counters.dropped_bytes += answer.frame.size();
            std::string why = is_command ? "the reply is the command itself"
                                         : "what came does not have the form of the reply";
            std::string hint = is_command ? "the device echoes: say so with echo" : "";
            return suspicious(state, Error{Errc::corrupt, std::move(why), {}, std::move(hint)});
        }
        answer.received = state.last_byte;
        answer.received_utc = state.last_byte_utc;
        return std::optional<Answer>(std::move(answer));
    }
    return std::optional<Answer>();
}

Result<Answer> only_one(Exchange::State& state, Answer answer) {
    const std::uint64_t before = state.counters.unmatched;
    state.sort_out_idle();
    if (state.counters.unmatched != before || !state.received.empty()) {
        return suspicious(
            state, Error{Errc::corrupt, "more than one reply came to one request", {}, {}}
        );
    }
    ++state.counters.frames;
    return answer;
}

}  // namespace relaxd::drivers::link
