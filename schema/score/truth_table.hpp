// SPDX-License-Identifier: MIT
//
// What was true of a run, for questions by name, by reading and by estimate.

#pragma once

#include "schema/record/records.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::score {

/// A truth, or why there is none.
struct TruthOf {
    double value = record::unknown;
    std::string none_because;  ///< Empty where `value` is known.
};

/// What the other rows of the same fit say about the meaning of one row. NaN = not in the fit.
struct FitFrame {
    double T_g_fixed_K = record::unknown;  ///< T_g_K where it was held.
    bool is_a1_held_at_zero = false;       ///< chi_Tg means chi at the measured temperatures.
    bool has_E_u_slope = false;            ///< Not held at 0.
    double E_u_T_ref_K = record::unknown;  ///< Where the fit's E_u_Pa holds, if it has a slope.
};

class TruthTable {
  public:
    explicit TruthTable(std::span<const record::Truth> truth);

    [[nodiscard]] bool is_empty() const { return run_.empty() && by_seq_.empty(); }
    /// The number that `estimate` means to estimate.
    [[nodiscard]] TruthOf of(const record::Estimate& estimate, const FitFrame& fit) const;

  private:
    using Series = std::vector<std::pair<std::uint64_t, double>>;

    /// A parameter of the run; unknown where it was not told.
    [[nodiscard]] double of_run(std::string_view name) const;
    /// Of the newest reading up to `seq`.
    [[nodiscard]] double at(std::string_view name, std::uint64_t seq) const;
    /// Mean over the readings first_seq … last_seq.
    [[nodiscard]] double mean(
        std::string_view name, std::uint64_t first_seq, std::uint64_t last_seq
    ) const;
    [[nodiscard]] TruthOf told_for_run(std::string_view name) const;
    [[nodiscard]] TruthOf chi_over(const record::Estimate& estimate) const;
    [[nodiscard]] TruthOf chi_at_T_g(const record::Estimate& estimate, const FitFrame& fit) const;
    [[nodiscard]] TruthOf tau_max_at_T_g(const FitFrame& fit) const;
    [[nodiscard]] TruthOf elastic(std::string_view name, const FitFrame& fit) const;

    std::map<std::string, double, std::less<>> run_;
    std::map<std::string, Series, std::less<>> by_seq_;
};

}  // namespace relaxd::score
