// SPDX-License-Identifier: MIT
#include "tests/conformance/kit/chaos.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::test::kit {
namespace {

constexpr std::array<std::string_view, hurts> hurt_words{
    "split",
    "delayed",
    "late",
    "duplicated",
    "reordered",
    "dropped",
    "flipped",
    "nulled",
    "cut",
    "ended_short",
    "junk",
    "stray"
};
constexpr std::array<std::string_view, 4> break_words{
    "hang_up", "half_close", "half_open", "wrong_device"
};
constexpr std::size_t notes_max = 12;
constexpr std::int64_t piece_ns = 1'000'000;

SteadyTime later(SteadyTime time, double seconds) {
    return SteadyTime{time.ns + static_cast<std::int64_t>(std::llround(seconds * 1e9))};
}

}  // namespace

std::string_view to_word(Hurt hurt) {
    return hurt_words[static_cast<std::size_t>(hurt)];
}

std::string_view to_word(Break kind) {
    return break_words[static_cast<std::size_t>(kind)];
}

Rates& Rates::with(Hurt hurt, double probability) {
    rates_[static_cast<std::size_t>(hurt)] = probability;
    return *this;
}

// --- the report

void ChaosReport::note(std::string what) {
    ++total_;
    last_.push_back(std::move(what));
    if (last_.size() > notes_max) {
        last_.pop_front();
    }
}

void ChaosReport::count(Hurt hurt, bool to_host, std::uint64_t line) {
    ++hurts_[static_cast<std::size_t>(hurt)];
    note(
        "line " + std::to_string(line) + (to_host ? " to the host " : " to the device ") +
        std::string(to_word(hurt))
    );
}

void ChaosReport::count(Break kind, std::uint64_t after_lines) {
    ++breaks_[static_cast<std::size_t>(kind)];
    note(std::string(to_word(kind)) + " after line " + std::to_string(after_lines));
}

std::uint64_t ChaosReport::of(Hurt hurt) const {
    return hurts_[static_cast<std::size_t>(hurt)];
}

std::uint64_t ChaosReport::of(Break kind) const {
    return breaks_[static_cast<std::size_t>(kind)];
}

std::string ChaosReport::text(const ChaosPlan& plan) const {
    std::string out = "chaos '" + plan.name + "', seed " + std::to_string(plan.seed) + ":";
    const auto list = [&out](std::string_view word, std::uint64_t times) {
        if (times > 0) {
            out += " " + std::string(word) + " " + std::to_string(times);
        }
    };
    for (std::size_t i = 0; i < hurts; ++i) {
        list(hurt_words[i], hurts_[i]);
    }
    for (std::size_t i = 0; i < breaks_.size(); ++i) {
        list(break_words[i], breaks_[i]);
    }
    for (const std::string& what : last_) {
        out += "\n  " + what;
    }
    return out;
}

// --- one way

ChaosWay::ChaosWay(const ChaosPlan& plan, bool to_host, ChaosReport& report)
    : plan_(plan),
      rates_(to_host ? plan.to_host : plan.to_device),
      end_of_line_(plan.end_of_line(to_host)),
      to_host_(to_host),
      report_(report),
      dice_(plan.seed * 2 + (to_host ? 1 : 0)) {}

std::uint64_t ChaosWay::below(std::uint64_t bound) {
    return bound == 0 ? 0 : dice_() % bound;
}

double ChaosWay::between(double low, double high) {
    return low + (high - low) * (static_cast<double>(dice_() >> 11U) * 0x1.0p-53);
}

bool ChaosWay::happens(Hurt hurt) {
    const bool it_does = between(0.0, 1.0) < rates_.of(hurt);
    if (it_does) {
        report_.count(hurt, to_host_, lines_);
    }
    return it_does;
}

void ChaosWay::take(std::string_view bytes, SteadyTime now) {
    if (end_of_line_.empty()) {
        pass(std::string(bytes), now);
        return;
    }
    partial_ += bytes;
    std::size_t begin = 0;
    while (true) {
        const std::size_t end = partial_.find(end_of_line_, begin);
        if (end == std::string::npos) {
            break;
        }
        const std::size_t size = end + end_of_line_.size() - begin;
        pass(partial_.substr(begin, size), now);
        begin += size;
    }
    partial_.erase(0, begin);
}

void ChaosWay::pass_on(std::string_view bytes, SteadyTime now) {
    put(std::exchange(partial_, std::string()) + std::string(bytes), now);
}

void ChaosWay::pass(std::string line, SteadyTime now) {
    ++lines_;
    if (happens(Hurt::junk)) {
        std::string noise(1 + below(20), ' ');
        std::generate(noise.begin(), noise.end(), [this] {
            return static_cast<char>(dice_() & 0xFFU);
        });
        put(std::move(noise), now);
    }
    if (happens(Hurt::stray)) {
        put(plan_.stray, now);
    }
    if (happens(Hurt::dropped)) {
        return;
    }
    spoil(line);
    SteadyTime due = now;
    if (happens(Hurt::late)) {
        due = later(now, between(plan_.late_from_s, plan_.late_to_s));
    } else if (happens(Hurt::delayed)) {
        due = later(now, between(0.0, plan_.delay_s));
    }
    if (happens(Hurt::duplicated)) {
        line += line;
    }
    const bool in_pieces = happens(Hurt::split);
    if (happens(Hurt::reordered) && !held_) {
        held_.emplace(std::move(line), later(due, plan_.hold_s));
        return;
    }
    emit(std::move(line), due, in_pieces);
    if (held_) {
        put(std::move(held_->bytes), due);
        held_.reset();
    }
}

void ChaosWay::spoil(std::string& line) {
    if (happens(Hurt::flipped)) {
        char& byte = line[below(line.size())];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << below(8)));
    }
    if (happens(Hurt::nulled)) {
        line[below(line.size())] = '\0';
    }
    if (happens(Hurt::cut)) {
        const std::size_t at = below(line.size());
        line.erase(at, 1 + below(8));
    }
    if (happens(Hurt::ended_short)) {
        line.resize(line.size() - std::min(line.size(), end_of_line_.size()));
    }
}

void ChaosWay::emit(std::string line, SteadyTime due, bool in_pieces) {
    if (!in_pieces || line.size() < 2) {
        put(std::move(line), due);
        return;
    }
    while (!line.empty()) {
        const std::size_t size = 1 + below(std::min<std::size_t>(line.size(), 40));
        put(line.substr(0, size), due);
        line.erase(0, size);
        due.ns += piece_ns;
    }
}

void ChaosWay::put(std::string bytes, SteadyTime due) {
    if (bytes.empty()) {
        return;
    }
    if (!queue_.empty()) {
        due = std::max(due, queue_.back().due);
    }
    queue_.emplace_back(std::move(bytes), due);
}

std::optional<SteadyTime> ChaosWay::next_release() const {
    std::optional<SteadyTime> next;
    if (!queue_.empty()) {
        next = queue_.front().due;
    }
    if (held_ && (!next || held_->due < *next)) {
        next = held_->due;
    }
    return next;
}

std::string ChaosWay::release(SteadyTime now) {
    if (held_ && held_->due <= now) {
        put(std::move(held_->bytes), now);
        held_.reset();
    }
    if (queue_.empty() || queue_.front().due > now) {
        return {};
    }
    std::string bytes = std::move(queue_.front().bytes);
    queue_.pop_front();
    return bytes;
}

void ChaosWay::hurry() {
    if (held_) {
        put(std::move(held_->bytes), held_->due);
        held_.reset();
    }
    put(std::exchange(partial_, std::string()), SteadyTime{});
    for (Portion& portion : queue_) {
        portion.due = SteadyTime{};
    }
}

void ChaosWay::clear() {
    partial_.clear();
    queue_.clear();
    held_.reset();
}

}  // namespace relaxd::test::kit
