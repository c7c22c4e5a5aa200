// SPDX-License-Identifier: MIT
//
// What many fits said of their parameters against the truth: one row a parameter. Pure.
#pragma once

#include "schema/record/fit.hpp"
#include "tests/bench/coverage_world.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace relaxd::bench {

/// One parameter over all runs. Everything but `estimates` counts the determined ones alone: only
/// those promise their interval.
struct Tally {
    explicit Tally(std::string parameter_in) : parameter(std::move(parameter_in)) {}
    std::string parameter;
    std::uint64_t estimates = 0;
    std::uint64_t determined = 0;
    std::uint64_t inside = 0;
    std::uint64_t beyond_4 = 0;
    double sum = 0.0;              ///< Of z.
    double sum_square = 0.0;       ///< Of z squared.
    double worst = 0.0;            ///< Largest |z|.
    double combined = 0.0;         ///< Sum of errors in combined errors (standard ones where none).
    std::uint64_t silent = 0;      ///< Determined in runs without the model alarm.
    double silent_combined = 0.0;  ///< Sum over those.

    [[nodiscard]] double share_inside() const;
    [[nodiscard]] double mean_z() const;
    [[nodiscard]] double rms_z() const;
    [[nodiscard]] double mean_combined() const;
    [[nodiscard]] double mean_silent() const;
};

/// The error of an estimate in standard errors: in the logarithm where the interval is symmetric in
/// it, as that of a positive parameter is.
[[nodiscard]] double z_of(const record::ParameterEstimate& estimate, double truth);

/// A determined value more than 4 standard errors off.
struct Beyond {
    std::uint64_t seed = 0;
    record::ParameterEstimate estimate;
    double truth = record::unknown;
    double z = record::unknown;
    double reduced_chi2 = record::unknown;
};

class CoverageTable {
  public:
    void add(std::uint64_t seed, const record::FitResult& result, const Readings& readings);

    [[nodiscard]] const std::vector<Tally>& rows() const { return rows_; }
    [[nodiscard]] const std::vector<Beyond>& beyond_4() const { return beyond_4_; }
    [[nodiscard]] std::uint64_t runs() const { return runs_; }
    [[nodiscard]] std::uint64_t failed() const { return failed_; }
    [[nodiscard]] std::uint64_t alarms() const { return alarms_; }
    [[nodiscard]] const std::string& first_reason() const { return first_reason_; }
    /// Names that the fits report and the simulation does not tell.
    [[nodiscard]] const std::vector<std::string>& untold() const { return untold_; }

  private:
    [[nodiscard]] Tally& row(const std::string& parameter);

    void count(
        std::uint64_t seed,
        const record::FitResult& result,
        const record::ParameterEstimate& estimate,
        double truth
    );

    std::vector<Tally> rows_;
    std::vector<Beyond> beyond_4_;
    std::vector<std::string> untold_;
    std::uint64_t runs_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t alarms_ = 0;
    std::string first_reason_;
};

}  // namespace relaxd::bench
