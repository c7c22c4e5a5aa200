// SPDX-License-Identifier: MIT
#include "drivers/protocol_file/kept.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::drivers::protocol_file {

namespace {
constexpr std::size_t entries_max = 20'000;
constexpr std::uint64_t acknowledged_kept = 1000;
}  // namespace

void Kept::begin() {
    entries_.clear();
    changes_.clear();
    first_ = 1;
    last_ = 0;
    next_ = 1;
    acknowledged_ = 0;
}

void Kept::forget_front() {
    forgotten_ += first_ > acknowledged_ ? 1 : 0;
    entries_.pop_front();
    ++first_;
}

void Kept::put(Entry entry) {
    ++last_;
    if (entries_.empty()) {
        first_ = last_;
    }
    entries_.push_back(std::move(entry));
    if (entries_.size() > entries_max) {
        forget_front();
    }
}

void Kept::add(record::Reading reading) {
    reading.number = last_ + 1;
    put(std::move(reading));
}

void Kept::miss(
    std::uint64_t count, double from_time_s, double to_time_s, std::string cause, UtcTime utc
) {
    for (std::uint64_t i = 0; i < count; ++i) {
        record::Gap gap;
        gap.first_number = last_ + 1;
        gap.missing = 1;
        gap.from_time_s = from_time_s;
        gap.to_time_s = to_time_s;
        gap.cause = cause;
        gap.time_utc = utc;
        put(std::move(gap));
    }
}

void Kept::tell(StateChange change) {
    constexpr std::size_t changes_max = 1000;
    changes_.emplace_back(last_, std::move(change));
    if (changes_.size() > changes_max) {
        changes_.pop_front();
    }
}

void Kept::acknowledge(std::uint64_t number) {
    acknowledged_ = std::max(acknowledged_, std::min(number, last_));
    while (entries_.size() > 1 && first_ + acknowledged_kept <= acknowledged_) {
        forget_front();
    }
}

/// Neighbours of one cause are one gap.
Delivery Kept::take_gap(record::Gap gap) {
    while (next_ <= last_) {
        const auto* more = std::get_if<record::Gap>(&entries_[next_ - first_]);
        const bool has_change = !changes_.empty() && changes_.front().first < next_;
        if (more == nullptr || more->cause != gap.cause || has_change) {
            break;
        }
        gap.to_time_s = more->to_time_s;
        gap.missing += more->missing;
        ++next_;
    }
    return Delivery(std::move(gap));
}

std::optional<Delivery> Kept::take() {
    if (next_ == 0) {
        return std::nullopt;
    }
    if (!changes_.empty() && changes_.front().first < next_) {
        Delivery change(std::move(changes_.front().second));
        changes_.pop_front();
        return change;
    }
    if (next_ > last_) {
        return std::nullopt;
    }
    if (next_ < first_) {
        record::Gap gap;
        gap.first_number = next_;
        gap.missing = first_ - next_;
        gap.cause = "no longer kept";
        next_ = first_;
        return Delivery(std::move(gap));
    }
    const Entry& entry = entries_[next_ - first_];
    ++next_;
    if (const auto* gap = std::get_if<record::Gap>(&entry)) {
        return take_gap(*gap);
    }
    return Delivery(std::get<record::Reading>(entry));
}

}  // namespace relaxd::drivers::protocol_file
