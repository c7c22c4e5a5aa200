// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/labjack_t7_stream.hpp"

#include <algorithm>

namespace relaxd::simulator {

namespace {
constexpr std::uint16_t recovering = 2940;
constexpr std::uint16_t recovered = 2941;
constexpr std::uint16_t skipped_too_many = 2943;
constexpr std::uint64_t most_skipped = 0xFFFF;
constexpr std::uint16_t dummy = 0xFFFF;
}  // namespace

void LabJackT7Stream::start(std::size_t inputs, std::size_t capacity) {
    *this = LabJackT7Stream();
    is_on_ = true;
    inputs_ = inputs;
    capacity_ = capacity;
}

void LabJackT7Stream::stop() {
    is_on_ = false;
    codes_.clear();
}

void LabJackT7Stream::put(const std::vector<std::uint16_t>& scan, bool may_lose) {
    if (!is_on_ || is_broken_) {
        return;
    }
    if ((may_lose && is_full()) || (is_recovering_ && !codes_.empty())) {
        is_recovering_ = true;
        ++skipped_;
        ++lost_;
        is_broken_ = skipped_ > most_skipped;
        return;
    }
    if (is_recovering_) {
        is_recovering_ = false;
        marked_ = skipped_;
        skipped_ = 0;
        codes_.insert(codes_.end(), inputs_, dummy);
    }
    codes_.insert(codes_.end(), scan.begin(), scan.end());
}

LabJackT7Samples LabJackT7Stream::take(std::size_t most) {
    LabJackT7Samples out;
    const auto count = static_cast<std::ptrdiff_t>(std::min(most, codes_.size()));
    out.codes.assign(codes_.begin(), codes_.begin() + count);
    codes_.erase(codes_.begin(), codes_.begin() + count);
    out.backlog = codes_.size();
    if (is_broken_) {
        out.status = skipped_too_many;
    } else if (marked_ > 0 && out.codes.size() >= inputs_) {
        out.status = recovered;
        out.info = static_cast<std::uint16_t>(marked_);
        marked_ = 0;
    } else if (is_recovering_) {
        out.status = recovering;
    }
    return out;
}

}  // namespace relaxd::simulator
