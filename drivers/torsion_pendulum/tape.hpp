// SPDX-License-Identifier: MIT
//
// What a digitiser has delivered of angle and torque and is still wanted, and the clock that its
// scans are. Pure.
//
// A stream that is started again counts its scans from 0: that is another epoch, whose scans follow
// in time on those before. Times are seconds of the tape; the first scan of the first stream is 0.

#pragma once

#include "drivers/api/digitiser.hpp"
#include "schema/record/waveform.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace relaxd::drivers::torsion_pendulum {

class Tape {
  public:
    /// A stream begins: `angle` and `torque` are places among its inputs; its scan 0 is at
    /// `begins_s`. What was kept is gone.
    void restart(StreamInfo info, std::size_t angle, std::size_t torque, double begins_s);
    /// Blocks of one epoch, in order. False: this one does not follow on the one before.
    [[nodiscard]] bool add(const SampleBlock& block);
    /// Scans before this one need not be kept, from now on.
    void want_from(std::uint64_t scan);
    void want_nothing() { want_from(UINT64_MAX); }

    [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
    [[nodiscard]] double rate_Hz() const { return info_.rate_Hz; }
    /// The first scan that has not come yet.
    [[nodiscard]] std::uint64_t next_scan() const { return next_; }
    /// The first scan that the device had not taken when it sent the newest block.
    [[nodiscard]] std::uint64_t device_scan() const { return next_ + waiting_; }
    [[nodiscard]] double time_s(std::uint64_t scan) const {
        return begins_s_ + static_cast<double>(scan) / info_.rate_Hz;
    }
    /// What has come reaches to here.
    [[nodiscard]] double now_s() const { return epoch_ == 0 ? 0.0 : time_s(next_); }
    /// The first scan at or after this time.
    [[nodiscard]] std::uint64_t scan_at(double time_s) const;

    /// Are all these scans here, and none lost?
    [[nodiscard]] bool is_whole(std::uint64_t from, std::uint64_t scans) const;
    /// Channels "angle" and "torque"; null where is_whole() is not so.
    [[nodiscard]] std::shared_ptr<record::Waveform> cut(std::uint64_t from, std::uint64_t scans)
        const;
    [[nodiscard]] std::uint64_t lost_scans() const { return lost_scans_; }

  private:
    void forget();

    StreamInfo info_;
    std::size_t angle_ = 0;
    std::size_t torque_ = 0;
    double begins_s_ = 0.0;
    std::uint64_t epoch_ = 0;
    std::uint64_t first_ = 0;  ///< Kept from here …
    std::uint64_t next_ = 0;   ///< … to before here.
    std::uint64_t waiting_ = 0;
    std::uint64_t wanted_ = UINT64_MAX;
    std::uint64_t lost_scans_ = 0;
    std::deque<std::int32_t> angle_codes_;
    std::deque<std::int32_t> torque_codes_;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> lost_;  ///< From, to.
};

}  // namespace relaxd::drivers::torsion_pendulum
