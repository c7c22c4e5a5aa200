// SPDX-License-Identifier: MIT
//
// What a row of the dynamic fit should read: the specimen's modulus, in shear where the row is,
// seen through its instrument (constant loss background, geometry scale). Where a fit has nothing
// of this, it costs nothing.

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/qpd/live_model.hpp"

namespace relaxd::model {

/// One object a thread; the layout must outlive it.
class DynamicModel {
  public:
    DynamicModel(const Layout& layout, record::Form form);

    void set(const Coordinates& q);
    /// Value and gradient along the layout's active coordinates; the others' are not set. False as
    /// LiveModel::at.
    [[nodiscard]] bool at(const DynamicRow& row, LiveModel::Value& out) {
        return is_plain_ ? live_.at(row.temperature_K, row.ln_omega, out) : at_instrument(row, out);
    }

  private:
    [[nodiscard]] bool at_instrument(const DynamicRow& row, LiveModel::Value& out);
    /// G* of E* with its derivatives: of 1/E* = 1/(9K) + 1/(3G*), or of a constant Poisson's ratio.
    void to_shear(LiveModel::Value& out) const;

    const Layout& layout_;
    LiveModel live_;
    bool is_plain_ = true;
    Coordinates q_{};
};

}  // namespace relaxd::model
