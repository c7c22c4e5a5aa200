// SPDX-License-Identifier: MIT
//
// What is simulated says so in every row and log line of its run; and the row of a reading.
#include "daemon/core/logging.hpp"
#include "daemon/run/active_run.hpp"

#include <utility>
#include <variant>

namespace relaxd::daemon {

namespace {

const record::Point* find_point(const std::vector<record::Row>& rows) {
    for (const record::Row& row : rows) {
        if (const auto* point = std::get_if<record::Point>(&row)) {
            return point;
        }
    }
    return nullptr;
}

}  // namespace

std::string ActiveRun::log_name() const {
    return marked(identity_.run_id, identity_.simulated);
}

void ActiveRun::mark(std::vector<record::Row>& rows) const {
    for (record::Row& row : rows) {
        if (auto* gap = std::get_if<record::Gap>(&row)) {
            gap->simulated = identity_.simulated;
        } else if (auto* event = std::get_if<record::Event>(&row)) {
            event->simulated = identity_.simulated;
        }
    }
}

void ActiveRun::record_reading(record::Reading reading) {
    enter_segment(reading.segment, reading.received_utc);
    reading.simulated = reading.simulated || identity_.simulated;
    std::vector<record::Row> rows = intake_.take(std::move(reading));
    if (rows.empty()) {
        return;  // it came twice
    }
    if (const auto* point = std::get_if<record::Point>(&rows.back())) {
        if (auto told = elongation_.look(point->reading)) {
            told->time_utc = house_.timing->clock().utc();
            rows.emplace_back(std::move(*told));
        }
    }
    tell_calibration_error(rows);
    if (const auto* point = find_point(rows)) {
        watch_stationarity(point->reading);
    }
    record_rows(std::move(rows));
    end_steady_segment();
}

}  // namespace relaxd::daemon
