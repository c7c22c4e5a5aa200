// SPDX-License-Identifier: MIT
//
// The specimen of the torsion pendulum as a body: bar or cylinder, Saint-Venant's torsion.
//
// A twist theta of the length L needs the torque G (J / L) theta. SI. Pure values, no threads.

#pragma once

#include "schema/base/result.hpp"

namespace relaxd::simulator {

/// J = beta a b^3 of a rectangle a x b, a >= b, by the argument a/b >= 1: 20 terms of the series
/// (Timoshenko, Goodier, Theory of Elasticity, 3rd ed., section 109), better than 1e-7.
[[nodiscard]] double torsion_beta(double a_over_b);

/// The largest shear strain is kappa theta b / L, in the middle of the long side; 20 terms.
[[nodiscard]] double torsion_kappa(double a_over_b);

class TorsionBar {
  public:
    /// The bar of metallic glass of the literature: 30 x 5 x 1 mm between the clamps.
    TorsionBar() : TorsionBar(0.030, 5e-3, 1e-3, false) {}

    /// Free length between the clamps and the two sides, in any order. Error `invalid` names the
    /// number that is not above 0, or a side as long as the bar.
    [[nodiscard]] static Result<TorsionBar> rectangle(
        double length_m, double width_m, double thickness_m
    );
    [[nodiscard]] static Result<TorsionBar> cylinder(double length_m, double diameter_m);

    /// Linear thermal expansion of all dimensions from 298.15 K in 1/K; 0 (the default) = none.
    void set_expansion_per_K(double expansion_per_K) { expansion_per_K_ = expansion_per_K; }

    /// J in m^4 at 298.15 K.
    [[nodiscard]] double J_m4() const { return J_m4_; }

    /// J / L in m^3: the stiffness in N m/rad is G times it. Grows with the cube of the dimensions.
    [[nodiscard]] double form_m3(double temperature_K) const;
    [[nodiscard]] double form_m3() const { return J_m4_ / length_m_; }

    /// Largest shear strain at 1 rad of twist (of the specimen itself, clamps excluded).
    [[nodiscard]] double strain_per_rad() const { return strain_per_rad_; }

    [[nodiscard]] double length_m() const { return length_m_; }
    [[nodiscard]] double width_m() const { return width_m_; }          ///< The longer side.
    [[nodiscard]] double thickness_m() const { return thickness_m_; }  ///< The shorter side.
    [[nodiscard]] bool is_cylinder() const { return cylinder_; }

  private:
    TorsionBar(double length_m, double width_m, double thickness_m, bool cylinder);

    double length_m_;
    double width_m_;
    double thickness_m_;
    bool cylinder_;
    double J_m4_;
    double strain_per_rad_;
    double expansion_per_K_ = 0.0;
};

}  // namespace relaxd::simulator
