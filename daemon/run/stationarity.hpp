// SPDX-License-Identifier: MIT
//
// Does the specimen stay what it is while it is measured? A sweep comes back to a reference
// frequency; what G' and tan delta drift by there, between its first and its last reading, is the
// specimen's own change (ageing, crystallisation), not a spectrum. And: is tan delta steady enough
// to end "Isothermal until tan_delta is steady to 1 % per 10 min". Pure; SI.

#pragma once

#include "schema/method/method.hpp"
#include "schema/record/records.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::daemon {

/// Flag of a segment (v_segment): its isotherm stays out of chi(T) and the master curve.
inline constexpr const char* flag_not_stationary = "not_stationary";
/// Word in the flags of readings taken at the reference frequency of a sweep.
inline constexpr const char* flag_reference = "reference";

/// A straight line through one quantity over time, by weighted least squares.
struct Drift {
    double relative = 0.0;  ///< Over the whole span, of the mean.
    double sigma = 0.0;     ///< From the readings' own errors, or their scatter where larger.
    double span_s = 0.0;
    std::size_t readings = 0;
};

/// One quantity at one frequency, in the order taken.
class DriftWatch {
  public:
    void add(double time_s, double value, double sigma);
    /// Over readings not older than `window_s` before the newest (0: all). Nothing with fewer than
    /// `at_least` readings or no span.
    [[nodiscard]] std::optional<Drift> drift(double window_s, std::size_t at_least) const;
    [[nodiscard]] double span_s() const;

  private:
    struct Row {
        double time_s = 0.0;
        double value = 0.0;
        double sigma = 0.0;
    };
    std::vector<Row> rows_;
};

/// What a sweep's reference readings say once it has ended.
struct StationarityVerdict {
    bool is_stationary = true;
    std::string message;  ///< One sentence with both drifts and their errors.
    std::string detail;   ///< JSON: segment, drifts, sigmas, tolerance, span.
};

/// Above this and above three errors a drift over the sweep makes the isotherm not stationary
/// (the paper's chi comes from slopes over two decades: 1 % of G'' there is 0.002 of chi).
inline constexpr double drift_tolerance = 0.01;

/// The reference readings of one segment.
class Stationarity {
  public:
    void add(const record::Reading& reading);
    /// Nothing with fewer than two reference readings.
    [[nodiscard]] std::optional<StationarityVerdict> verdict(int segment) const;
    void clear();

  private:
    DriftWatch storage_;
    DriftWatch tan_delta_;
};

/// The first isotherm of a run and the same again after the hottest one (check_isotherm).
class CheckIsotherm {
  public:
    void add(const record::Reading& reading);
    /// What G' and tan delta of `segment` differ by from those of `first`, at the frequencies of
    /// both; nothing where they share none.
    [[nodiscard]] std::optional<StationarityVerdict> verdict(int first, int segment) const;

  private:
    struct Row {
        double storage_Pa = record::unknown;
        double storage_sigma_Pa = record::unknown;
        double tan_delta = record::unknown;
        double tan_delta_sigma = record::unknown;
    };
    std::map<int, std::map<double, Row>> segments_;  ///< By frequency, the newest reading.
};

/// tan delta of one segment that waits "until tan_delta is steady to X per T".
class SteadyWatch {
  public:
    void add(const record::Reading& reading);
    void clear();
    /// Steady: of every frequency, in the shortest of the windows T, 2 T, 4 T, 8 T before the
    /// newest reading whose error allows a verdict, |drift per T| plus its error is at most X. The
    /// sentence for the event; nothing while it is not, or not known.
    [[nodiscard]] std::optional<std::string> steady(double tolerance, double per_s) const;

  private:
    std::map<double, DriftWatch> by_frequency_;
};

}  // namespace relaxd::daemon
