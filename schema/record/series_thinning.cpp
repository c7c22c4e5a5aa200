// SPDX-License-Identifier: MIT
#include "schema/record/series_thinning.hpp"

namespace relaxd::record {

bool SeriesThinning::add(const SeriesPoint& point) {
    const bool is_first = used_ == 0 || point.segment != segment_;
    if (is_first) {
        segment_ = point.segment;
        begin_s_ = point.time_s;
    }
    const double gap_s = (point.time_s - begin_s_) / series_per_efold;
    if (!is_first && used_ >= series_whole && point.time_s - last_s_ < gap_s) {
        ++left_out_;
        return false;
    }
    ++used_;
    last_s_ = point.time_s;
    return true;
}

}  // namespace relaxd::record
