// SPDX-License-Identifier: MIT
#include "drivers/q800_class/sequencer.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::drivers::q800_class {
namespace {

constexpr const char* overrun = "instrument memory overrun";
constexpr const char* unreadable = "no valid line in repeated resends";

StateChange to_change(const StateLine& line) {
    StateChange change;
    change.state = state_from(line.state);
    change.segment = line.segment;
    change.run_token = line.token;
    change.cause = line.cause;
    return change;
}

}  // namespace

State state_from(std::string_view word) {
    for (const State state :
         {State::idle, State::armed, State::running, State::holding, State::cooling, State::fault
         }) {
        if (to_word(state) == word) {
            return state;
        }
    }
    return State::unknown;
}

void Sequencer::reset() {
    const std::uint64_t seen = duplicates_;
    const std::uint64_t generation = generation_;
    *this = Sequencer();
    duplicates_ = seen;
    generation_ = generation + 1;
}

void Sequencer::restart_at(std::uint64_t first, std::string token, bool fresh) {
    std::erase_if(ready_, [](const Delivery& d) {
        return !std::holds_alternative<StateChange>(d);
    });
    ahead_.clear();
    gap_.reset();
    expected_ = std::max<std::uint64_t>(first, 1);
    newest_ = expected_ - 1;
    fruitless_ = 0;
    asked_first_ = 0;
    ++generation_;
    last_time_s_ = record::unknown;
    token_ = std::move(token);
    for (StateLine& line : held_) {
        if (fresh || line.token != token_) {
            line.reading = 0;
        } else {
            newest_ = std::max(newest_, line.reading);
        }
    }
    advance();
}

void Sequencer::on_reading(record::Reading reading) {
    if (!is_anchored()) {
        return;  // fetch_from() gets it again
    }
    if (reading.number < expected_) {
        ++duplicates_;
        return;
    }
    newest_ = std::max(newest_, reading.number);
    const bool next = reading.number == expected_;
    if (next ? ready_.size() >= capacity : ahead_.size() >= ahead_capacity) {
        return;  // no room: it becomes a hole and is asked for again
    }
    const std::uint64_t number = reading.number;
    if (!ahead_.try_emplace(number, std::move(reading)).second) {
        ++duplicates_;
    }
    advance();
}

void Sequencer::on_state(const StateLine& line) {
    if (held_.size() >= held_capacity) {
        held_.pop_front();  // `status` finds a lost one (4.3)
    }
    held_.push_back(line);
    if (!is_anchored()) {
        return;
    }
    if (line.token == token_) {
        newest_ = std::max(newest_, line.reading);
    } else {
        held_.back().reading = 0;  // of another run: delivered at once
    }
    advance();
}

void Sequencer::on_newest(std::uint64_t number) {
    if (is_anchored()) {
        newest_ = std::max(newest_, number);
    }
}

std::optional<Sequencer::Range> Sequencer::wanted() const {
    if (!is_anchored() || ready_.size() >= capacity / 2 || newest_ < expected_) {
        return std::nullopt;
    }
    if (ahead_.empty()) {
        return Range(expected_, newest_);
    }
    const std::uint64_t first = ahead_.begin()->first;
    if (first == expected_) {
        return std::nullopt;  // waits for room only
    }
    return Range(expected_, first - 1);
}

void Sequencer::on_resent(Range asked, std::uint64_t first, std::uint64_t last) {
    if (!is_anchored() || expected_ > asked.last) {
        fruitless_ = 0;
        return;
    }
    if (first == 0 || first > asked.last) {
        give_up(std::min(asked.last, first == 0 ? asked.last : first - 1), overrun);
        return;
    }
    if (first > expected_) {
        give_up(first - 1, overrun);
    }
    if (last < first || ready_.size() >= capacity / 2) {
        return;
    }
    fruitless_ = asked_first_ == expected_ ? fruitless_ + 1 : 1;
    asked_first_ = expected_;
    if (fruitless_ >= patience) {
        give_up(expected_, unreadable);
    }
}

void Sequencer::on_refused(Range asked, std::string cause) {
    if (is_anchored() && expected_ <= asked.last) {
        give_up(asked.last, cause);
    }
}

void Sequencer::give_up(std::uint64_t up_to, const std::string& cause) {
    if (!ahead_.empty()) {
        up_to = std::min(up_to, ahead_.begin()->first - 1);
    }
    if (up_to < expected_) {
        return;
    }
    if (gap_ && gap_->cause != cause) {
        push_gap(record::unknown);
    }
    if (!gap_) {
        gap_.emplace();
        gap_->first_number = expected_;
        gap_->from_time_s = last_time_s_;
        gap_->cause = cause;
    }
    gap_->missing += up_to - expected_ + 1;
    expected_ = up_to + 1;
    fruitless_ = 0;
    advance();
    if (gap_ && newest_ < expected_) {
        push_gap(record::unknown);  // nothing after it is known
        advance();
    }
}

void Sequencer::advance() {
    if (!is_anchored()) {
        return;
    }
    while (!ahead_.empty() && ahead_.begin()->first == expected_ && ready_.size() < capacity) {
        auto node = ahead_.extract(ahead_.begin());
        push_reading(std::move(node.mapped()));
    }
    if (!gap_) {
        push_states_before(expected_);
    }
}

void Sequencer::push_reading(record::Reading reading) {
    push_gap(reading.time_s);
    push_states_before(reading.number);
    last_time_s_ = reading.time_s;
    expected_ = reading.number + 1;
    fruitless_ = 0;
    ready_.emplace_back(std::move(reading));
}

void Sequencer::push_gap(double to_time_s) {
    if (!gap_) {
        return;
    }
    push_states_before(gap_->first_number);
    gap_->to_time_s = to_time_s;
    ready_.emplace_back(std::move(*gap_));
    gap_.reset();
}

void Sequencer::push_states_before(std::uint64_t number) {
    while (!held_.empty() && held_.front().reading < number &&
           ready_.size() < capacity + held_capacity) {
        ready_.emplace_back(to_change(held_.front()));
        held_.pop_front();
    }
}

std::optional<Delivery> Sequencer::take() {
    if (!is_anchored() && ready_.empty() && !held_.empty()) {
        Delivery change = to_change(held_.front());
        held_.pop_front();
        return change;
    }
    if (ready_.empty()) {
        return std::nullopt;
    }
    Delivery delivery = std::move(ready_.front());
    ready_.pop_front();
    advance();
    return delivery;
}

}  // namespace relaxd::drivers::q800_class
