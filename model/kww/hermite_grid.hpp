// SPDX-License-Identifier: MIT
//
// A complex function of two variables on a rectangular grid, interpolated by quintic Hermite
// polynomials in both: twice differentiable across cells. Nodes are computed when first touched and
// depend on their place alone, so a value never depends on what was asked before.
//
// Not safe for concurrent use. Memory: at most `cells_max` cells (576 bytes) and twice as many
// nodes (144 bytes); when full everything is forgotten and computed again.

#pragma once

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace relaxd::model {

/// Where the grid lies; both coordinates in the units of their steps.
struct HermiteLayout {
    double x_low = 0.0;
    double x_step = 1.0;
    int columns = 2;  ///< nodes along x
    double y_low = 0.0;
    double y_step = 1.0;
    int rows = 2;  ///< nodes along y
    std::size_t cells_max = 2048;

    [[nodiscard]] double x_of(int column) const { return x_low + column * x_step; }
    [[nodiscard]] double y_of(int row) const { return y_low + row * y_step; }
    [[nodiscard]] double x_high() const { return x_of(columns - 1); }
    [[nodiscard]] double y_high() const { return y_of(rows - 1); }
};

/// d^(i+j) f / dx^i dy^j at `derivative[i][j]`, i, j = 0, 1, 2.
struct HermiteNode {
    std::complex<double> derivative[3][3];
};

/// A place along y: between row and row + 1.
struct HermiteRow {
    int row = 0;
    double fraction = 0.0;
};

class HermiteGrid {
  public:
    using Complex = std::complex<double>;
    struct Value {
        Complex f;
        Complex f_x;
        Complex f_y;
    };
    /// Computes the node at (layout.x_of(column), layout.y_of(row)).
    using Compute = HermiteNode (*)(int column, int row);

    HermiteGrid(const HermiteLayout& layout, Compute compute);

    /// y within the grid as a place between two rows.
    [[nodiscard]] HermiteRow row_of(double y) const {
        const double position = (y - layout_.y_low) * inverse_y_;
        const int row = std::min(static_cast<int>(position), layout_.rows - 2);
        return {row, position - row};
    }

    /// The function at x within the grid, on a place along y.
    [[nodiscard]] Value value(double x, const HermiteRow& at) {
        const double position = (x - layout_.x_low) * inverse_x_;
        const int column = std::min(static_cast<int>(position), layout_.columns - 2);
        return evaluate(cell(column, at.row), position - column, at.fraction);
    }

    /// Along x at one place along y: powers 0 … 5 of x, in lanes f (2) and f_y (2).
    struct Strip {
        double c[6][4];
    };
    [[nodiscard]] Strip strip(int column, const HermiteRow& at);

    [[nodiscard]] const HermiteLayout& layout() const { return layout_; }
    [[nodiscard]] std::size_t cells() const { return cells_.size(); }

  private:
    static constexpr int lanes = 12;  ///< Powers 0 … 5 of y, real and imaginary part each.
    struct Cell {
        double c[6][lanes];  ///< By powers of x; lane 2 j + part belongs to y^j.
    };
    struct Row {
        std::vector<std::int32_t> cell;  ///< Place in `cells_`, -1 unknown; empty = untouched.
        std::vector<std::int32_t> node;
    };

    const Cell& cell(int column, int row) {
        const auto& known = rows_[static_cast<std::size_t>(row)].cell;
        if (!known.empty()) {
            const std::int32_t at = known[static_cast<std::size_t>(column)];
            if (at >= 0) {
                return cells_[static_cast<std::size_t>(at)];
            }
        }
        return make_cell(column, row);
    }
    const Cell& make_cell(int column, int row);
    const HermiteNode& node(int column, int row);
    void forget();
    [[nodiscard]] Value evaluate(const Cell& cell, double t, double w) const;

    HermiteLayout layout_;
    double inverse_x_;
    double inverse_y_;
    Compute compute_;
    std::vector<Row> rows_;
    std::vector<Cell> cells_;
    std::vector<HermiteNode> nodes_;
};

/// A grid at one y: what depends on y alone is done once a column, so that a value costs a third.
class HermiteSlice {
  public:
    /// Every value from now on is at this place of `grid`, which outlives the slice.
    void set(HermiteGrid& grid, const HermiteRow& at) {
        grid_ = &grid;
        at_ = at;
        inverse_x_ = 1.0 / grid.layout().x_step;
        inverse_y_ = 1.0 / grid.layout().y_step;
        strips_.clear();
        known_.assign(static_cast<std::size_t>(grid.layout().columns), -1);
    }

    [[nodiscard]] HermiteGrid::Value value(double x) {
        const HermiteLayout& layout = grid_->layout();
        const double position = (x - layout.x_low) * inverse_x_;
        const int column = std::min(static_cast<int>(position), layout.columns - 2);
        std::int32_t& known = known_[static_cast<std::size_t>(column)];
        if (known < 0) {
            known = static_cast<std::int32_t>(strips_.size());
            strips_.push_back(grid_->strip(column, at_));
        }
        return evaluate(strips_[static_cast<std::size_t>(known)], position - column);
    }

  private:
    [[nodiscard]] HermiteGrid::Value evaluate(const HermiteGrid::Strip& strip, double t) const {
        double f[4];
        double slope[2] = {strip.c[5][0], strip.c[5][1]};
        for (int k = 0; k < 4; ++k) {
            f[k] = strip.c[5][k] * t + strip.c[4][k];
        }
        for (int i = 3; i >= 0; --i) {
            for (int k = 0; k < 2; ++k) {
                slope[k] = slope[k] * t + f[k];
            }
            for (int k = 0; k < 4; ++k) {
                f[k] = f[k] * t + strip.c[i][k];
            }
        }
        return {
            {f[0], f[1]},
            {slope[0] * inverse_x_, slope[1] * inverse_x_},
            {f[2] * inverse_y_, f[3] * inverse_y_}
        };
    }

    HermiteGrid* grid_ = nullptr;
    HermiteRow at_;
    double inverse_x_ = 1.0;
    double inverse_y_ = 1.0;
    std::vector<std::int32_t> known_;  ///< Place in `strips_` by column, -1 unknown.
    std::vector<HermiteGrid::Strip> strips_;
};

inline HermiteGrid::Value HermiteGrid::evaluate(const Cell& cell, double t, double w) const {
    double f[lanes];
    double slope[lanes];
    for (int k = 0; k < lanes; ++k) {
        slope[k] = cell.c[5][k];
        f[k] = cell.c[5][k] * t + cell.c[4][k];
    }
    for (int i = 3; i >= 0; --i) {
        for (int k = 0; k < lanes; ++k) {
            slope[k] = slope[k] * t + f[k];
            f[k] = f[k] * t + cell.c[i][k];
        }
    }
    double v[2];
    double v_x[2];
    double v_y[2];
    for (int part = 0; part < 2; ++part) {
        v_y[part] = f[10 + part];
        v[part] = f[10 + part] * w + f[8 + part];
        v_x[part] = slope[10 + part] * w + slope[8 + part];
    }
    for (int j = 6; j >= 0; j -= 2) {
        for (int part = 0; part < 2; ++part) {
            v_y[part] = v_y[part] * w + v[part];
            v[part] = v[part] * w + f[j + part];
            v_x[part] = v_x[part] * w + slope[j + part];
        }
    }
    return {
        {v[0], v[1]},
        {v_x[0] * inverse_x_, v_x[1] * inverse_x_},
        {v_y[0] * inverse_y_, v_y[1] * inverse_y_}
    };
}

}  // namespace relaxd::model
