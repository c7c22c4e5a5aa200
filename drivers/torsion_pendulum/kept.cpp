// SPDX-License-Identifier: MIT
#include "drivers/torsion_pendulum/kept.hpp"

#include "schema/record/waveform.hpp"

#include <algorithm>

namespace relaxd::drivers::torsion_pendulum {

namespace {

constexpr std::uint64_t acknowledged_kept = 100;
constexpr std::size_t changes_max = 1000;

std::size_t bytes_of(const record::Reading& reading) {
    std::size_t bytes = sizeof(record::Reading) + reading.raw.size() + reading.flags.size();
    if (reading.waveform) {
        for (const record::WaveformChannel& channel : reading.waveform->channels) {
            bytes += channel.codes.size() * sizeof(std::int32_t);
        }
    }
    return bytes;
}

}  // namespace

void Kept::begin() {
    entries_.clear();
    changes_.clear();
    bytes_ = 0;
    first_ = 1;
    last_ = 0;
    next_ = 1;
    acknowledged_ = 0;
}

void Kept::forget_front() {
    bytes_ -= bytes_of(entries_.front());
    entries_.pop_front();
    ++first_;
}

void Kept::add(record::Reading reading) {
    reading.number = ++last_;
    if (entries_.empty()) {
        first_ = last_;
    }
    bytes_ += bytes_of(reading);
    entries_.push_back(std::move(reading));
    while (bytes_ > bytes_max_ && entries_.size() > 1) {
        forget_front();
    }
}

void Kept::tell(StateChange change) {
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
        gap.to_time_s = entries_.front().time_s;
        gap.cause = "no longer kept";
        gap.time_utc = entries_.front().received_utc;
        next_ = first_;
        return Delivery(std::move(gap));
    }
    const record::Reading& reading = entries_[next_ - first_];
    ++next_;
    return Delivery(reading);
}

}  // namespace relaxd::drivers::torsion_pendulum
