// SPDX-License-Identifier: MIT
//
// Turns, and what is asked in them.
#include "drivers/parts/polled/core.hpp"

#include <array>
#include <utility>

namespace relaxd::drivers::parts {

namespace {

constexpr std::size_t shown_max = 40;  ///< Bytes of a query in a message.

/// 'FREQ?' or, where it is no text, "01 03 0f a0".
std::string shown(std::string_view bytes) {
    constexpr std::array<char, 16> digits{
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
    };
    std::string_view text = bytes;
    while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) {
        text.remove_suffix(1);
    }
    bool is_text = true;
    std::string hex;
    for (const char byte : text.substr(0, shown_max)) {
        const auto code = static_cast<unsigned char>(byte);
        is_text = is_text && code >= 0x20U && code < 0x7fU;
        hex += hex.empty() ? "" : " ";
        hex += digits.at(code >> 4U);
        hex += digits.at(code & 0xfU);
    }
    std::string out = is_text ? "'" + std::string(text.substr(0, shown_max)) + "'" : hex;
    return text.size() > shown_max ? out + " …" : out;
}

}  // namespace

Call::Call(CorePtr core, Rank rank)
    : core_(std::move(core)),
      opening_(core_->openings),
      generation_(core_->generation),
      safes_(core_->safes),
      number_(rank == Rank::urgent ? ++core_->last_urgent : ++core_->last_turn) {
    core_->turns.insert(number_);
}

Call::~Call() {
    core_->turns.erase(number_);
    if (is_taken_) {
        core_->is_turn_taken = false;
    }
    core_->turn.notify();
}

std::optional<Error> Call::over() const {
    if (core_->openings != opening_) {
        if (core_->state == PartState::absent && core_->end.code == Errc::cancelled) {
            return core_->end;
        }
        return Error{Errc::cancelled, "the device was opened anew", core_->dialect->name(), {}};
    }
    if (core_->state == PartState::lost || core_->state == PartState::absent ||
        !core_->exchange->is_open()) {
        return core_->not_open();
    }
    if (sets_ && core_->safes != safes_) {
        return Error{
            Errc::cancelled, "the device was made safe meanwhile", core_->dialect->name(), {}
        };
    }
    return std::nullopt;
}

bool Call::is_current() const {
    return core_->openings == opening_ && core_->safes == safes_;
}

void Call::degrade(std::string why) const {
    if (is_current() && (core_->state == PartState::ready || core_->state == PartState::degraded)) {
        core_->state = PartState::degraded;
        core_->trouble = std::move(why);
    }
}

Awaitable<std::optional<Error>> wait_turn(Call& call) {
    const CorePtr core = call.core_;
    while (*core->turns.begin() != call.number_ || core->is_turn_taken) {
        if (auto error = call.over()) {
            co_return error;
        }
        co_await core->turn.wait();
    }
    if (auto error = call.over()) {
        co_return error;
    }
    call.is_taken_ = core->is_turn_taken = true;
    co_return std::nullopt;
}

Awaitable<Result<link::Answer>> ask(Call& call, link::Query query) {
    const CorePtr core = call.core();
    if (auto error = call.over()) {
        co_return fail(std::move(*error));
    }
    const std::shared_ptr<link::Exchange> exchange = core->exchange;
    const std::string named = shown(query.bytes);
    const std::uint64_t failed = exchange->counters().failed_proofs;
    Result<link::Answer> answer = co_await exchange->ask(call.generation(), std::move(query));
    if (answer) {
        co_return answer;
    }
    Error error = answer.error();
    error.where = core->dialect->name() + ", " + (error.where.empty() ? named : error.where);
    if (auto over = call.over()) {
        co_return fail(std::move(*over));
    }
    if (exchange->counters().failed_proofs != failed) {
        core->lose(error);
        co_return fail(core->not_open());
    }
    co_return fail(std::move(error));
}

Awaitable<Result<Heard>> ask_all(Call& call, std::vector<link::Query> queries) {
    const std::shared_ptr<link::Exchange> exchange = call.core()->exchange;
    Heard heard;
    std::uint64_t quarantines = 0;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        Result<link::Answer> answer = co_await ask(call, std::move(queries[i]));
        if (!answer) {
            co_return fail(answer.error());
        }
        if (i > 0 && exchange->counters().quarantines != quarantines) {
            co_return fail(
                Errc::corrupt,
                "the line fell out of step between the parts of one answer",
                call.dialect().name()
            );
        }
        quarantines = exchange->counters().quarantines;
        heard.frames.push_back(answer->frame);
        heard.last = std::move(*answer);
    }
    co_return heard;
}

Awaitable<Result<std::vector<std::string>>> write_all(
    Call& call, std::vector<link::Query> queries
) {
    std::vector<std::string> frames;
    for (link::Query& query : queries) {
        Result<link::Answer> answer = co_await ask(call, std::move(query));
        if (!answer) {
            co_return fail(answer.error());
        }
        frames.push_back(std::move(answer->frame));
    }
    co_return frames;
}

Awaitable<Result<std::string>> take_complaint(Call& call) {
    const std::optional<ErrorQueue> queue = call.dialect().error_queue();
    std::string first;
    for (int i = 0; queue && i < queue->most; ++i) {
        link::Query query = queue->ask;
        Result<link::Answer> answer = co_await ask(call, std::move(query));
        if (!answer) {
            co_return fail(answer.error());
        }
        std::string said = queue->complaint(answer->frame);
        if (said.empty()) {
            break;
        }
        if (first.empty()) {
            first = std::move(said);
        }
    }
    co_return first;
}

}  // namespace relaxd::drivers::parts
