// SPDX-License-Identifier: MIT
#include "daemon/acquire/intake.hpp"

#include <cmath>
#include <utility>

namespace relaxd::daemon {

std::vector<record::Row> Intake::take(record::Reading reading) {
    std::vector<record::Row> rows;
    if (reading.number <= last_number_) {
        ++duplicates_;
        return rows;
    }
    if (reading.number > last_number_ + 1) {
        record::Gap gap;
        gap.from_time_s = last_time_s_;
        gap.to_time_s = reading.time_s;
        gap.first_number = last_number_ + 1;
        gap.missing = reading.number - last_number_ - 1;
        gap.cause = "reading numbers jumped";
        gap.time_utc = reading.received_utc;
        missing_ += gap.missing;
        rows.emplace_back(std::move(gap));
    }
    last_number_ = reading.number;
    last_time_s_ = reading.time_s;
    if (torsion_) {
        torsion_->apply(reading);
    } else {
        reduction_.apply(reading);
    }
    record::Point point;
    point.reading = std::move(reading);
    rows.emplace_back(std::move(point));
    return rows;
}

std::vector<record::Row> Intake::take(record::Gap gap) {
    std::vector<record::Row> rows;
    if (gap.missing == 0) {
        return rows;
    }
    if (gap.first_number == 0) {
        gap.first_number = last_number_ + 1;  // the driver knows how many, not which
    }
    const std::uint64_t last = gap.first_number + gap.missing - 1;
    if (last <= last_number_) {
        ++duplicates_;
        return rows;
    }
    // What lies between the last row and the gap is missing as well; what is recorded is not.
    gap.first_number = last_number_ + 1;
    gap.missing = last - last_number_;
    if (!std::isfinite(gap.from_time_s)) {
        gap.from_time_s = last_time_s_;
    }
    last_number_ = last;
    missing_ += gap.missing;
    rows.emplace_back(std::move(gap));
    return rows;
}

record::Gap gap_of_unknown_size(std::uint64_t last_number, double last_time_s, UtcTime time_utc) {
    record::Gap gap;
    gap.first_number = last_number + 1;
    gap.from_time_s = last_time_s;
    gap.cause = "the instrument could not be asked for its newest reading at the end of the run";
    gap.time_utc = time_utc;
    return gap;
}

}  // namespace relaxd::daemon
