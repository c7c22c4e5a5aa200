// SPDX-License-Identifier: MIT
//
// What the search does otherwise at one temperature, where the data leave most directions flat and
// the priors alone hold them. SI.

#pragma once

#include "model/estimate/dynamic_layout.hpp"
#include "model/fit/levenberg_marquardt.hpp"

#include <optional>

namespace relaxd::model {

/// Of several temperatures all of it does nothing.
class DynamicIsotherm {
  public:
    /// `layout` must outlive the object.
    explicit DynamicIsotherm(const Layout& layout);

    /// To search in: U and T_g act through tau_max at the temperature of the data alone. That is
    /// searched for, with the prior that all of them give it, and they are held.
    [[nodiscard]] const Layout& layout() const { return held_ ? *held_ : whole_; }

    /// `q`, a point of the whole layout, in the coordinates of `layout()`.
    [[nodiscard]] Eigen::VectorXd collect(Coordinates q) const;

    /// Steps are damped and bounded in prior standard deviations. Marquardt's scaling lets no flat
    /// direction move along which the single coordinates matter; true curvature is negative as
    /// often as not.
    void bound(SolverOptions& options) const;

    /// In all coordinates, U and T_g where their priors put them; nothing pulls at these.
    [[nodiscard]] SolverResult whole(SolverResult fit) const;

  private:
    const Layout& whole_;
    std::optional<Layout> held_;
    Coordinates at_prior_{};
};

}  // namespace relaxd::model
