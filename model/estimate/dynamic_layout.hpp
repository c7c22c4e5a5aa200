// SPDX-License-Identifier: MIT
//
// Which coordinates of the dynamic fit are free, which are fixed, tied or eliminated, and the
// Gaussian priors: the translation of FitOptions.

#pragma once

#include "model/qpd/live_model.hpp"
#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"

#include <Eigen/Core>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::model {

/// The physical box (ANALYSIS 4.1); a step out of it is refused.
inline constexpr double chi_box_low = 0.05;
inline constexpr double chi_box_high = 0.95;
inline constexpr double ln_B_low = -2.995732273553991;   ///< ln 0.05
inline constexpr double ln_B_high = 1.0986122886681098;  ///< ln 3

inline constexpr double slope_box_per_K = 0.005;
inline constexpr double background_box = 0.3;

enum class Mode : std::uint8_t { free, fixed, tied };

/// A quantity on which a prior can act: a coordinate, or the logarithm of a derived parameter.
enum class Quantity : std::uint8_t { coordinate, ln_tau_beta0, ln_t0, ln_E_r, ln_tau_fast0 };

struct PriorTerm {
    Quantity quantity = Quantity::coordinate;
    std::size_t coordinate = 0;
    double mean = 0.0;
    double sd = 1.0;
};

/// Value and gradient of a scalar of the coordinates.
struct Scalar {
    double value = 0.0;
    Coordinates gradient{};
};
[[nodiscard]] Scalar quantity_of(const PriorTerm& term, const Coordinates& q, double T_ref_K);
[[nodiscard]] Scalar ln_E_r_of(const Coordinates& q);
[[nodiscard]] Scalar ln_tau_beta0_of(const Coordinates& q, double T_ref_K);
/// Of the fast beta process, which must be on.
[[nodiscard]] Scalar ln_tau_fast0_of(const Coordinates& q);

struct Layout {
    double T_ref_K = 0.0;
    std::array<Mode, q_count> mode{};
    Coordinates value{};  ///< Of fixed coordinates.
    Coordinates start{};  ///< What the data say before any fit.
    std::vector<std::size_t> free;
    std::vector<std::size_t> active;  ///< What the data can act on: all but what is off.
    std::vector<PriorTerm> priors;
    std::optional<double> ln_tau_beta0;  ///< Given: eliminates ln_tau_beta_ref.
    std::optional<double> ln_t0;         ///< Given: eliminates ln_tau_max_Tg.
    std::optional<double> E_r_Pa;        ///< Given: eliminates ln_A_beta.
    std::optional<double> ln_tau_fast0;  ///< Given: eliminates ln_tau_fast_ref.
    bool vp_is_tied = true;              ///< A_vp = A_an.
    bool T_g_is_from_data = false;       ///< Nobody gave T_g.
    bool T_g_is_detected = false;        ///< … and a break of chi(T) gains 25 in chi2.
    /// chi_Tg is then chi there: a1 is held at 0 unless it was fixed, T_g there unless given.
    bool is_one_temperature = false;
    bool T_g_is_unknown = false;  ///< Held, but nobody gave it.
    bool a1_is_unknown = false;

    bool has_fast = false;                 ///< The fast beta process is on.
    bool slope_is_automatic = false;       ///< BIC decides between no slope of E_u and a free one.
    std::array<bool, q_count> is_shown{};  ///< From q_plain_count on: free, or fixed by its name.

    std::size_t n_inputs = 1;
    bool is_joint_shear = false;   ///< Rows of shear beside tensile ones: one of these is given.
    double bulk_modulus_Pa = 0.0;  ///< 1/E* = 1/(9K) + 1/(3G*)
    double poisson_ratio = 0.0;    ///< Where K is not given: G* = E*/(2 (1 + nu))

    /// All coordinates of the free vector, and the q_count x free matrix of derivatives; false
    /// where an elimination has no solution (E_r above E_u).
    [[nodiscard]] bool expand(const Eigen::VectorXd& p, Coordinates& q, Eigen::MatrixXd* derivative)
        const;
    [[nodiscard]] Eigen::VectorXd collect(const Coordinates& q) const;
};

/// What the data say before any fit: prior means are also the cold start.
struct DynamicStart {
    double T_ref_K = 0.0;
    double ln_omega = 0.0;   ///< Mean of the readings.
    bool sees_peak = false;  ///< Of the beta process; else its place is a guess.
    Coordinates q{};
    Coordinates prior_sd{};
    bool T_g_is_fixed = false;
    bool is_one_temperature = false;
    bool T_g_is_from_data = false;  ///< Nobody gave T_g: its prior comes from these very points.
    bool T_g_is_unknown = false;    ///< … at one temperature, where nothing can tell it.
    bool T_g_is_detected = false;
    bool slope_is_automatic = false;
    std::size_t n_inputs = 1;
    bool is_joint_shear = false;

    /// Lets E_u fall with temperature: by 2e-4/K of itself, give or take as much. Source: the shear
    /// modulus of metallic glasses falls to 0.85 of its value at 0 K when they reach T_g (Lu, Li,
    /// Shao, Gleiter, Ni, Appl. Phys. Lett. 94, March 2009), that is 2 to 3e-4/K for T_g of 500 to
    /// 700 K, linearly while the structure is frozen (Thomas, Duan, Johnson, Phys. Rev. Lett. 97,
    /// 015501, 2006); E follows G.
    void free_slope();
};

/// Fails with a sentence for a name that is unknown, not positive, or over-determined.
[[nodiscard]] Result<Layout> dynamic_layout(
    const DynamicStart& start, const record::FitOptions& options
);

}  // namespace relaxd::model
