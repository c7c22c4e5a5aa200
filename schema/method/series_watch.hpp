// SPDX-License-Identifier: MIT
//
// The tests in time of a run (a load with its recovery, one ageing isotherm, one strain that is
// held): readings in, and when one is worth a fit, its window and data out. Fits come at ten a
// decade of the test's own time since the last change of load, of ageing at least once a minute, on
// readings that are thinned, so the work is bounded however long a test lasts; instrument time and
// not the host's decides, so the same readings give the same fits. Pure; the same live
// (daemon/fits) and offline (relaxctl fit run:ID).

#pragma once

#include "schema/method/method.hpp"
#include "schema/record/series_thinning.hpp"
#include "schema/record/series_window.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::method {

/// One test that the method calls for.
struct SeriesTest {
    record::SeriesKind kind = record::SeriesKind::creep;
    std::vector<int> segments;    ///< Ascending.
    std::vector<double> first_s;  ///< Of each: how long after its start its first reading comes.
    int loads = 0;                ///< Of creep.
};

/// The tests of a method in mode creep, aging or stress-relaxation; none of other modes. A strain
/// that is held after another without a recovery between them relaxes both, and is no test.
[[nodiscard]] std::vector<SeriesTest> series_tests(
    const Method& method, const std::vector<Executed>& executed
);

/// One test as it stands.
struct SeriesSnapshot {
    record::SeriesWindow window;
    record::SeriesData data;
    std::uint64_t up_to_seq = 0;
    std::string trouble;       ///< Why it cannot be fitted; empty where it can.
    bool is_afresh = false;    ///< The first fit of a test, and its last.
    std::size_t left_out = 0;  ///< Readings that a long test does without.
};

class SeriesWatch {
  public:
    explicit SeriesWatch(std::vector<SeriesTest> tests) : tests_(std::move(tests)) {}

    /// A committed reading, in seq order, flagged ones too.
    void add(const record::Point& point);
    [[nodiscard]] bool is_due() const { return is_due_ || !ended_.empty(); }
    /// The tests that ended since, then the present one; `also_undue` for the last fits of a run.
    [[nodiscard]] std::vector<SeriesSnapshot> take(bool also_undue);
    /// Of the present test.
    [[nodiscard]] std::size_t points() const { return points_.size(); }

  private:
    void enter(std::size_t test, const record::Point& point, bool follows);
    void enter_segment(const record::Point& point, bool follows);
    void keep(const record::Point& point);
    [[nodiscard]] SeriesSnapshot snapshot() const;

    std::vector<SeriesTest> tests_;
    std::optional<std::size_t> test_;  ///< The present one.
    record::SeriesWindow window_;
    std::string trouble_;
    std::vector<record::SeriesPoint> points_;
    record::SeriesThinning thinning_;
    std::vector<SeriesSnapshot> ended_;
    std::uint64_t last_number_ = 0;
    int segment_ = 0;
    bool has_start_ = false;
    double last_strain_ = 0.0;  ///< Of the newest usable reading of a creep test.
    bool is_due_ = false;
    bool is_unfitted_ = false;  ///< Readings came since the last snapshot.
    bool is_first_ = true;
    double since_s_ = 0.0;  ///< Run time of the last change of load.
    double next_s_ = 0.0;   ///< Seconds after it at which a fit is due.
};

}  // namespace relaxd::method
