// SPDX-License-Identifier: MIT
//
// What the dynamic fit keeps of points that come one after another, so that one point more costs
// the same among a thousand and a million.

#pragma once

#include "model/estimate/dynamic_data.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace relaxd::model {

/// A sum that keeps what each addition rounds away (Knuth, TAOCP 2, 4.2.2, Theorem B): the order
/// of the terms does not show in the result.
class ExactSum {
  public:
    void add(double term) {
        const double sum = high_ + term;
        const double of_term = sum - high_;
        low_ += (high_ - (sum - of_term)) + (term - of_term);
        high_ = sum;
    }
    void add(const ExactSum& other) {
        add(other.high_);
        add(other.low_);
    }
    [[nodiscard]] double value() const { return high_ + low_; }

  private:
    double high_ = 0.0;
    double low_ = 0.0;
};

/// The points so far. Up to 4000 as they are; above, in cells of one input, one kind of modulus,
/// one frequency (to 0.1 %) and 0.5 K, the cells twice as wide whenever they would be more than
/// 4000. The cells depend on which points there are, not on their order.
class DynamicTally {
  public:
    /// Points above `T_max_K` are masked; NaN = none.
    explicit DynamicTally(double T_max_K) : T_max_K_(T_max_K) {}

    void add(const record::DynamicPoint& point);
    void add(std::span<const record::DynamicPoint> points);
    /// Masked, weighed, sorted: what dynamic_data() of the same points is.
    [[nodiscard]] DynamicData data() const;
    [[nodiscard]] double T_max_K() const { return T_max_K_; }
    /// Points given so far, whether used or not.
    [[nodiscard]] std::size_t n_seen() const { return n_seen_; }

  private:
    struct Line {
        int input = 0;
        bool is_shear = false;
        std::int64_t frequency = 0;  ///< ln omega in thousandths.
        friend auto operator<=>(const Line&, const Line&) = default;
    };
    /// Of one modulus: points with a sigma of their own are weighed by it, the others count alike.
    struct Sums {
        ExactSum weight;
        ExactSum weighted;
        std::uint64_t n_plain = 0;
        ExactSum plain;
        ExactSum squares;

        void add(double value, double sigma);
        void add(const Sums& other);
        [[nodiscard]] double plain_mean() const;
        /// Mean and its sigma, where one plain point has `plain_sigma`.
        [[nodiscard]] std::pair<double, double> mean(double plain_sigma) const;
        /// Standard deviation of the plain points; 0 for fewer than two.
        [[nodiscard]] double scatter() const;
    };
    struct Cell {
        std::uint64_t count = 0;
        std::uint64_t first_seq = 0;
        ExactSum temperature;
        ExactSum ln_omega;
        Sums storage;
        Sums loss;

        void add(const DynamicRow& row);
        void add(const Cell& other);
    };
    using Place = std::pair<Line, std::int64_t>;   ///< Line and bin of temperature.
    using Grouped = std::pair<int, std::int64_t>;  ///< Group and bin of temperature.

    /// Noise found over noise declared, of one group.
    struct Scales {
        double storage = 1.0;
        double loss = 1.0;
    };

    [[nodiscard]] static DynamicRow row_of(
        const Grouped& place, const Cell& cell, const Line& line, const Scales& scales
    );
    [[nodiscard]] static Scales scales_of(
        std::span<const DynamicRow> rows, std::span<const Cell* const> cells
    );
    void put(const DynamicRow& row);
    void widen();
    [[nodiscard]] std::map<Grouped, Cell> grouped(std::vector<Line>& line_of_group) const;
    [[nodiscard]] std::vector<DynamicRow> rows_of_cells() const;

    double T_max_K_;
    std::size_t n_seen_ = 0;
    std::size_t n_shear_seen_ = 0;
    DynamicData summary_;           ///< Without rows.
    std::vector<DynamicRow> rows_;  ///< While they are few, in order of arrival.
    std::map<Place, Cell> cells_;   ///< Once they are many.
    double width_K_ = 0.5;
};

}  // namespace relaxd::model
