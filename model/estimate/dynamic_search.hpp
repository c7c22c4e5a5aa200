// SPDX-License-Identifier: MIT
//
// Where the dynamic fit looks for its optimum: starts from the data, a fixed list, draws from the
// prior, raced on a few rows; the best go on on more of them. Every course is a function of rows,
// layout and start alone.

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/fit/levenberg_marquardt.hpp"
#include "schema/record/fit.hpp"

#include <vector>

namespace relaxd::model {

/// Robust variance factor from which a fit is poor: other starts are tried.
inline constexpr double poor_factor = 1.7;

class DynamicSearch {
  public:
    /// `rows` must outlive the object.
    DynamicSearch(const std::vector<DynamicRow>& rows, record::Form form, int evaluations_max);

    /// The rows on which the search runs: at most about 500, evenly.
    [[nodiscard]] const std::vector<DynamicRow>& rows() const { return thin_; }

    /// Square loss, then Cauchy, loosely.
    [[nodiscard]] SolverResult solve(const Layout& layout, const Coordinates& start) const;

    /// Robust variance factor at p; 1e9 outside the model's domain and far from the data.
    [[nodiscard]] double variance_factor(const Layout& layout, const Eigen::VectorXd& p) const;

    /// From the data: their own start beside `warm`, where that is given, and where both are poor
    /// many others. All that were solved go to `all` too, where it is given.
    [[nodiscard]] SolverResult cold(
        const Layout& layout,
        const DynamicStart& origin,
        const Coordinates* warm = nullptr,
        std::vector<SolverResult>* all = nullptr
    ) const;

    /// All starts that there are, whatever the first of them gives.
    [[nodiscard]] SolverResult afresh(const Layout& layout, const DynamicStart& origin) const;

    /// The best of `best` and of fits from `starts`.
    [[nodiscard]] SolverResult best_of(
        const Layout& layout,
        SolverResult best,
        const std::vector<Coordinates>& starts,
        std::vector<SolverResult>* all = nullptr
    ) const;

    /// Other optima that a power law which ends elsewhere could have: solved, the best first.
    [[nodiscard]] std::vector<SolverResult> beside(const Layout& layout, const SolverResult& found)
        const;

  private:
    /// The `keep` starts that a few steps on a few rows bring lowest, moved by these steps.
    [[nodiscard]] std::vector<Coordinates> raced(
        const Layout& layout, const std::vector<Coordinates>& starts, std::size_t keep
    ) const;
    [[nodiscard]] SolverResult many(
        const Layout& layout,
        const DynamicStart& origin,
        SolverResult best,
        std::vector<SolverResult>* all
    ) const;
    [[nodiscard]] SolverResult many_fast(
        const Layout& layout,
        const DynamicStart& origin,
        bool with_all,
        std::vector<SolverResult>* all
    ) const;
    /// The draws beyond the first.
    [[nodiscard]] SolverResult more(
        const Layout& layout,
        const DynamicStart& origin,
        SolverResult best,
        std::vector<SolverResult>* all
    ) const;
    [[nodiscard]] bool is_poor(const Layout& layout, const SolverResult& fit) const;

    record::Form form_;
    int evaluations_max_;
    std::vector<DynamicRow> thin_;
    std::vector<DynamicRow> few_;
};

}  // namespace relaxd::model
