// SPDX-License-Identifier: MIT
#include "drivers/torsion_pendulum/tape.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::drivers::torsion_pendulum {

void Tape::restart(StreamInfo info, std::size_t angle, std::size_t torque, double begins_s) {
    info_ = std::move(info);
    angle_ = angle;
    torque_ = torque;
    begins_s_ = begins_s;
    ++epoch_;
    first_ = 0;
    next_ = 0;
    waiting_ = 0;
    wanted_ = UINT64_MAX;
    angle_codes_.clear();
    torque_codes_.clear();
    lost_.clear();
}

bool Tape::add(const SampleBlock& block) {
    const std::size_t inputs = info_.inputs.size();
    if (block.first_scan != next_ ||
        (!block.is_lost && block.codes.size() != block.scans * inputs)) {
        return false;
    }
    if (block.is_lost) {
        lost_.emplace_back(next_, next_ + block.scans);
        lost_scans_ += block.scans;
        angle_codes_.insert(angle_codes_.end(), block.scans, 0);
        torque_codes_.insert(torque_codes_.end(), block.scans, 0);
    } else {
        for (std::size_t i = 0; i < block.scans; ++i) {
            angle_codes_.push_back(block.codes[i * inputs + angle_]);
            torque_codes_.push_back(block.codes[i * inputs + torque_]);
        }
    }
    next_ += block.scans;
    waiting_ = block.waiting;
    forget();
    return true;
}

void Tape::want_from(std::uint64_t scan) {
    wanted_ = scan;
    forget();
}

void Tape::forget() {
    const std::uint64_t until = std::min(wanted_, next_);
    if (until <= first_) {
        return;
    }
    const auto count = static_cast<std::ptrdiff_t>(until - first_);
    angle_codes_.erase(angle_codes_.begin(), angle_codes_.begin() + count);
    torque_codes_.erase(torque_codes_.begin(), torque_codes_.begin() + count);
    first_ = until;
    const auto is_past = [until](const auto& range) { return range.second <= until; };
    lost_.erase(std::remove_if(lost_.begin(), lost_.end(), is_past), lost_.end());
}

std::uint64_t Tape::scan_at(double time_s) const {
    // A hair less, so that a time that is a scan's is that scan.
    const double scan = std::ceil((time_s - begins_s_) * info_.rate_Hz - 1e-6);
    return scan > 0.0 ? static_cast<std::uint64_t>(scan) : 0;
}

bool Tape::is_whole(std::uint64_t from, std::uint64_t scans) const {
    if (from < first_ || from + scans > next_) {
        return false;
    }
    return std::none_of(lost_.begin(), lost_.end(), [&](const auto& range) {
        return range.first < from + scans && range.second > from;
    });
}

std::shared_ptr<record::Waveform> Tape::cut(std::uint64_t from, std::uint64_t scans) const {
    if (!is_whole(from, scans)) {
        return nullptr;
    }
    auto out = std::make_shared<record::Waveform>();
    out->rate_Hz = info_.rate_Hz;
    out->first_time_s = time_s(from);
    const auto begin = static_cast<std::ptrdiff_t>(from - first_);
    const auto end = begin + static_cast<std::ptrdiff_t>(scans);
    const auto channel =
        [&](const char* name, std::size_t place, const std::deque<std::int32_t>& codes) {
            const StreamInfo::Input& input = info_.inputs[place];
            record::WaveformChannel one;
            one.name = name;
            one.volt_per_code = input.volt_per_code;
            one.offset_V = input.offset_V;
            one.low_V = input.low_V;
            one.high_V = input.high_V;
            one.codes.assign(codes.begin() + begin, codes.begin() + end);
            out->channels.push_back(std::move(one));
        };
    channel("angle", angle_, angle_codes_);
    channel("torque", torque_, torque_codes_);
    return out;
}

}  // namespace relaxd::drivers::torsion_pendulum
