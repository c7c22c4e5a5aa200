// SPDX-License-Identifier: MIT
#include "schema/method/series_watch.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::method {

namespace {

using record::SeriesKind;

constexpr double default_interval_s = 1.0;            // docs/protocols/q800_class.md
constexpr double step_of_a_fit = 1.2589254117941673;  // ten a decade
constexpr double ageing_every_s = 60.0;               // … and at least each minute of an ageing
constexpr double band_K = 0.5;                        // where an ageing isotherm begins
constexpr std::size_t points_before_fit = 8;
constexpr std::size_t points_max = 50'000;  // 10 MB of the worker's memory

std::string full_sentence() {
    return "the test has changed its load so often that it has more than " +
           std::to_string(points_max) +
           " readings, thinned as they are: its fits end here, the record goes on. What to do: "
           "\"Sampling 50 points per decade from 0.1 s\" in the method, a change of temperature "
           "between tests, or relaxctl fit on an export of the rows of some segments";
}

bool is_load(SegmentKind kind) {
    return kind == SegmentKind::displace || kind == SegmentKind::recover;
}

/// Consecutive loads and recoveries, with settings between them, are one test.
std::vector<SeriesTest> creep_tests(const std::vector<Executed>& executed) {
    std::vector<SeriesTest> tests;
    double first_s = default_interval_s;
    bool is_open = false;
    for (const Executed& one : executed) {
        const SegmentKind kind = one.segment.kind;
        if (kind == SegmentKind::sampling_interval) {
            first_s = one.segment.interval_s;
        } else if (kind == SegmentKind::sampling_log) {
            first_s = one.segment.start_s;
        } else if (is_load(kind) && (is_open || kind == SegmentKind::displace)) {
            if (!is_open) {
                tests.emplace_back();
                is_open = true;
            }
            tests.back().segments.push_back(one.number);
            tests.back().first_s.push_back(first_s);
            tests.back().loads += kind == SegmentKind::displace ? 1 : 0;
        } else if (!one.segment.is_setting()) {
            is_open = false;
        }
    }
    return tests;
}

std::vector<SeriesTest> relaxation_tests(const std::vector<Executed>& executed) {
    std::vector<SeriesTest> tests;
    double first_s = default_interval_s;
    bool is_strained = false;
    for (const Executed& one : executed) {
        const SegmentKind kind = one.segment.kind;
        if (kind == SegmentKind::sampling_interval) {
            first_s = one.segment.interval_s;
        } else if (kind == SegmentKind::sampling_log) {
            first_s = one.segment.start_s;
        }
        if (one.segment.is_setting()) {
            continue;
        }
        if (kind == SegmentKind::hold_strain && !is_strained) {
            tests.emplace_back();
            tests.back().kind = SeriesKind::relaxation;
            tests.back().segments.push_back(one.number);
            tests.back().first_s.push_back(first_s);
        }
        is_strained = kind == SegmentKind::hold_strain;
    }
    return tests;
}

}  // namespace

std::vector<SeriesTest> series_tests(const Method& method, const std::vector<Executed>& executed) {
    if (method.mode == Mode::creep) {
        return creep_tests(executed);
    }
    if (method.mode == Mode::stress_relaxation) {
        return relaxation_tests(executed);
    }
    std::vector<SeriesTest> tests;
    for (const Executed& one : executed) {
        if (method.mode == Mode::aging && one.segment.kind == SegmentKind::isothermal) {
            tests.emplace_back();
            tests.back().kind = SeriesKind::aging;
            tests.back().segments.push_back(one.number);
            tests.back().first_s.push_back(0.0);
        }
    }
    return tests;
}

void SeriesWatch::add(const record::Point& point) {
    const int segment = point.reading.segment;
    const bool follows = point.reading.number == last_number_ + 1;
    last_number_ = std::max(last_number_, point.reading.number);
    if (segment != segment_) {
        const auto found = std::find_if(tests_.begin(), tests_.end(), [segment](const auto& test) {
            return std::find(test.segments.begin(), test.segments.end(), segment) !=
                   test.segments.end();
        });
        const auto index = static_cast<std::size_t>(found - tests_.begin());
        if (test_ && (found == tests_.end() || index != *test_)) {
            if (is_unfitted_) {
                ended_.push_back(snapshot());
                ended_.back().is_afresh = true;
            }
            test_.reset();
        }
        segment_ = segment;
        if (found != tests_.end()) {
            if (!test_) {
                enter(index, point, follows);
            }
            enter_segment(point, follows);
        }
    }
    if (test_) {
        keep(point);
    }
}

void SeriesWatch::enter(std::size_t test, const record::Point& point, bool follows) {
    test_ = test;
    window_ = {};
    window_.kind = tests_[test].kind;
    points_.clear();
    thinning_ = {};
    trouble_.clear();
    is_first_ = true;
    is_due_ = false;
    is_unfitted_ = false;
    has_start_ = false;
    if (window_.kind == SeriesKind::creep) {
        window_.strain_before = last_strain_;
    }
    const bool is_known = follows && point.reading.segment == tests_[test].segments.front();
    if (window_.kind != SeriesKind::aging && !is_known) {
        trouble_ = "the first readings under load are missing: when the load began is unknown";
    }
}

void SeriesWatch::enter_segment(const record::Point& point, bool follows) {
    const SeriesTest& test = tests_[*test_];
    const auto place = std::find(test.segments.begin(), test.segments.end(), segment_);
    const auto index = static_cast<std::size_t>(place - test.segments.begin());
    const double began_s = point.reading.time_s - test.first_s[index];
    window_.segments.push_back(segment_);
    since_s_ = began_s;
    next_s_ = 0.0;
    if (window_.kind == SeriesKind::aging) {
        return;
    }
    if (!has_start_) {
        window_.start_time_s = began_s;
        has_start_ = true;
    } else if (test.loads == 1 && index == 1 && follows) {
        window_.load_time_s = began_s - window_.start_time_s;
    }
}

void SeriesWatch::keep(const record::Point& point) {
    const auto usable = record::series_point(point, window_.kind);
    if (!usable) {
        return;
    }
    if (window_.kind == SeriesKind::creep) {
        last_strain_ = usable->strain;
    }
    if (!has_start_) {  // ageing: thermal settling comes before
        const double set_K = point.reading.values[record::Channel::set_temperature_K];
        if (std::isfinite(set_K) && !(std::abs(usable->temperature_K - set_K) <= band_K)) {
            return;
        }
        window_.start_time_s = since_s_ = usable->time_s;
        has_start_ = true;
    }
    if (points_.size() >= points_max) {
        if (trouble_.empty()) {
            trouble_ = full_sentence();
            is_unfitted_ = is_due_ = true;  // to be told at once
        }
        return;
    }
    if (!thinning_.add(*usable)) {
        return;
    }
    points_.push_back(*usable);
    is_unfitted_ = true;
    const double time_s = usable->time_s - since_s_;
    if (points_.size() >= points_before_fit && time_s >= next_s_) {
        is_due_ = true;
        next_s_ = time_s * step_of_a_fit;
        if (window_.kind == SeriesKind::aging) {
            next_s_ = std::min(next_s_, time_s + ageing_every_s);
        }
    }
}

SeriesSnapshot SeriesWatch::snapshot() const {
    SeriesSnapshot out;
    out.window = window_;
    out.trouble = trouble_;
    out.is_afresh = is_first_;
    out.left_out = thinning_.left_out();
    out.up_to_seq = points_.empty() ? 0 : points_.back().seq;
    if (trouble_.empty()) {
        out.data = record::series_data(points_, window_, out.up_to_seq);
    }
    return out;
}

std::vector<SeriesSnapshot> SeriesWatch::take(bool also_undue) {
    std::vector<SeriesSnapshot> out = std::exchange(ended_, {});
    if (test_ && is_unfitted_ && (is_due_ || also_undue)) {
        out.push_back(snapshot());
        out.back().is_afresh = is_first_ || also_undue;
        is_first_ = false;
        is_unfitted_ = false;
        is_due_ = false;
    }
    return out;
}

}  // namespace relaxd::method
