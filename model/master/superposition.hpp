// SPDX-License-Identifier: MIT
//
// All superpositions of one set of sweeps, side by side: a spline, the stretched exponential and S2
// Eq. 9, each with free shifts and with shifts from one activation energy.

#pragma once

#include "model/master/shape_curve.hpp"
#include "model/master/spline_curve.hpp"
#include "model/master/sweep_fit.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace relaxd::model {

enum class Family : std::uint8_t { spline, kww, eq9 };
inline constexpr std::array families{Family::spline, Family::kww, Family::eq9};
/// "spline", "kww", "eq9": what `FitOptions::formulation` may ask for.
[[nodiscard]] std::string_view to_word(Family family);

/// What is asked of the activation energy; infinite sd = nothing known.
struct EnergyPrior {
    double mean_J_mol = 0.0;
    double sd_J_mol = std::numeric_limits<double>::infinity();
    std::optional<double> fixed_J_mol;
};

struct FamilyFits {
    SweepFit free;
    SweepFit arrhenius;
    double bic_free = std::numeric_limits<double>::infinity();
    double bic_arrhenius = std::numeric_limits<double>::infinity();
    Eigen::Index shape_size = 0;
};

class Superposition {
  public:
    Superposition(const Sweeps& sweeps, std::size_t reference, int evaluations_max);

    /// False where no family has a usable fit with free shifts. One activation energy is fitted for
    /// the best family, those near it and `wanted`.
    [[nodiscard]] bool run(const EnergyPrior& energy, std::optional<Family> wanted);

    [[nodiscard]] const FamilyFits& of(Family family) const {
        return fits_[static_cast<std::size_t>(family)];
    }
    /// Whether the residuals of either modulus are about as small as those of the spline.
    [[nodiscard]] bool describes(const SweepFit& fit) const;
    /// Of the usable families that describe the data, the one with the smallest BIC of free shifts.
    [[nodiscard]] Family best() const;
    /// N ln(robust sum/N) + penalty x free coordinates, with the scales of the spline.
    [[nodiscard]] double criterion(const SweepFit& fit, double penalty) const;
    /// (1/T - 1/T_middle)/R of every isotherm, mol/J.
    [[nodiscard]] Eigen::VectorXd inverse_temperatures() const;
    /// Of the straight line through ln a_T, each isotherm counting the same.
    [[nodiscard]] double slope_J_mol(const Eigen::VectorXd& shifts) const;
    /// ln a_T of all isotherms over the middle one, to which all fits are tied: results do not
    /// depend on the reference.
    [[nodiscard]] Eigen::VectorXd anchored(Family family) const;
    /// ln a_T of isotherm k over the reference, and its standard error.
    [[nodiscard]] double shift(Family family, std::size_t k) const;
    [[nodiscard]] double shift_sd(Family family, std::size_t k) const;
    /// Of G_r among the coordinates of Eq. 9, Pa.
    [[nodiscard]] double unit() const { return eq9_.unit(); }
    /// Of one shape for all temperatures, on the spline; none where there is no spline fit.
    [[nodiscard]] std::optional<ShapeTest> shape_test();
    /// Of one activation energy: p of the gain by free shifts. 1 with fewer than 3 isotherms.
    [[nodiscard]] double arrhenius_p(Family family) const;
    /// Isotherms whose window is joined to the reference's by overlaps in which both moduli agree.
    [[nodiscard]] std::vector<bool> joined() const;

  private:
    void fit_spline(const Eigen::VectorXd& shifts);
    void fit_shape(Family family, const Eigen::VectorXd& shifts);
    void fit_arrhenius(Family family, const EnergyPrior& energy);

    const Sweeps& sweeps_;
    std::size_t anchor_;
    std::size_t reference_;
    int evaluations_max_;
    std::array<FamilyFits, 3> fits_;
    SplineCurve spline_;
    ShapeCurve kww_;
    ShapeCurve eq9_;
};

}  // namespace relaxd::model
