// SPDX-License-Identifier: MIT
#include "model/kww/hermite_grid.hpp"

namespace relaxd::model {

namespace {

/// Powers 0 … 5 of t in [0, 1] from value, slope and half the curvature at 0 and at 1.
template <typename Number>
void quintic(const Number (&at)[6], Number (&power)[6]) {
    const Number a = at[3] - at[0] - at[1] - at[2];
    const Number b = at[4] - at[1] - 2.0 * at[2];
    const Number c = at[5] - at[2];
    power[0] = at[0];
    power[1] = at[1];
    power[2] = at[2];
    power[3] = 10.0 * a - 4.0 * b + c;
    power[4] = -15.0 * a + 7.0 * b - 2.0 * c;
    power[5] = 6.0 * a - 3.0 * b + c;
}

}  // namespace

HermiteGrid::HermiteGrid(const HermiteLayout& layout, Compute compute)
    : layout_(layout),
      inverse_x_(1.0 / layout.x_step),
      inverse_y_(1.0 / layout.y_step),
      compute_(compute),
      rows_(static_cast<std::size_t>(layout.rows)) {}

void HermiteGrid::forget() {
    for (auto& row : rows_) {
        row.cell.clear();
        row.node.clear();
    }
    cells_.clear();
    nodes_.clear();
}

const HermiteNode& HermiteGrid::node(int column, int row) {
    auto& known = rows_[static_cast<std::size_t>(row)].node;
    if (known.empty()) {
        known.assign(static_cast<std::size_t>(layout_.columns), -1);
    }
    std::int32_t& at = known[static_cast<std::size_t>(column)];
    if (at < 0) {
        at = static_cast<std::int32_t>(nodes_.size());
        nodes_.push_back(compute_(column, row));
    }
    return nodes_[static_cast<std::size_t>(at)];
}

const HermiteGrid::Cell& HermiteGrid::make_cell(int column, int row) {
    if (cells_.size() >= layout_.cells_max || nodes_.size() + 4 > 2 * layout_.cells_max) {
        forget();
    }
    // Four corners: both along x at row, then both at row + 1, in units of the steps.
    Complex corner[6][6];  // [x: value, slope, half curvature at 0, at 1][y: the same]
    const double x_scale[3] = {1.0, layout_.x_step, 0.5 * layout_.x_step * layout_.x_step};
    const double y_scale[3] = {1.0, layout_.y_step, 0.5 * layout_.y_step * layout_.y_step};
    for (int p = 0; p < 2; ++p) {
        for (int q = 0; q < 2; ++q) {
            const HermiteNode& n = node(column + p, row + q);
            for (int i = 0; i < 3; ++i) {
                for (int j = 0; j < 3; ++j) {
                    corner[3 * p + i][3 * q + j] = x_scale[i] * y_scale[j] * n.derivative[i][j];
                }
            }
        }
    }
    Complex along_y[6][6];
    for (int i = 0; i < 6; ++i) {
        quintic(corner[i], along_y[i]);
    }
    Cell& cell = cells_.emplace_back();
    for (int j = 0; j < 6; ++j) {
        Complex at[6];
        Complex power[6];
        for (int i = 0; i < 6; ++i) {
            at[i] = along_y[i][j];
        }
        quintic(at, power);
        const int lane = 2 * j;
        for (int i = 0; i < 6; ++i) {
            cell.c[i][lane] = power[i].real();
            cell.c[i][lane + 1] = power[i].imag();
        }
    }
    auto& known = rows_[static_cast<std::size_t>(row)].cell;
    if (known.empty()) {
        known.assign(static_cast<std::size_t>(layout_.columns), -1);
    }
    known[static_cast<std::size_t>(column)] = static_cast<std::int32_t>(cells_.size()) - 1;
    return cell;
}

HermiteGrid::Strip HermiteGrid::strip(int column, const HermiteRow& at) {
    const Cell& from = cell(column, at.row);
    const double w = at.fraction;
    Strip out{};
    for (int i = 0; i < 6; ++i) {
        const double* c = from.c[i];
        for (int part = 0; part < 2; ++part) {
            double f_y = c[10 + part];
            double f = c[10 + part] * w + c[8 + part];
            for (int j = 6; j >= 0; j -= 2) {
                f_y = f_y * w + f;
                f = f * w + c[j + part];
            }
            out.c[i][part] = f;
            out.c[i][2 + part] = f_y;
        }
    }
    return out;
}

}  // namespace relaxd::model
