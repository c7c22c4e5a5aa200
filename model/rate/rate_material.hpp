// SPDX-License-Identifier: MIT
//
// A material at one temperature as the rate form sees it: the times of S1 Eqs. 9, 11b, 17b at a
// stress and a correlation parameter, with the slopes that Newton's method needs, and the steady
// state. Immutable; SI units.

#pragma once

#include "model/qpd/qpd.hpp"
#include "schema/base/result.hpp"

#include <vector>

namespace relaxd::model {

/// A logarithm of a time with its slopes in stress (1/Pa) and chi.
struct LnTime {
    double value = 0.0;
    double d_stress = 0.0;
    double d_chi = 0.0;
};

/// What moves with stress and chi.
struct Times {
    LnTime beta;
    LnTime max;
    LnTime an;
};

class RateMaterial {
  public:
    /// `Errc::invalid` names the parameter outside its domain; chi(T) outside (0, 1) is `chi_Tg`.
    [[nodiscard]] static Result<RateMaterial> at(const QpdParameters& p, double temperature_K);

    /// S1 Eq. 9 with |stress| and the athermal limit beyond sigma1 (E1-16); S1 Eqs. 11b, 17b with
    /// the chi given. chi is held at 0.001 below; above 1 the laws go on.
    [[nodiscard]] Times times(double stress_Pa, double chi_now) const;
    /// ln of the mode time of the fast beta process `index`; Eq. 9 acts on its barrier too.
    [[nodiscard]] LnTime fast_beta(std::size_t index, double stress_Pa) const;

    /// The stress of steady flow, A_vp sigma/tau_max(sigma, chi(T) + a2 A_an sigma) = rate; the
    /// smallest where there are several. `Errc::invalid` names a2 where there is none with chi in
    /// (0, 1), `Errc::overflow` where it leaves the range of double.
    [[nodiscard]] Result<double> steady_stress_Pa(double strain_rate_per_s) const;

    [[nodiscard]] const QpdParameters& parameters() const { return p_; }
    [[nodiscard]] double elastic_per_Pa() const { return elastic_per_Pa_; }
    [[nodiscard]] double chi_T() const { return chi_T_; }
    [[nodiscard]] double ln_t0() const { return ln_t0_; }

  private:
    RateMaterial() = default;
    struct Barrier {
        double ln_tau0 = 0.0;
        double height = 0.0;  ///< U/RT
    };
    [[nodiscard]] LnTime over(const Barrier& barrier, double stress_Pa) const;
    [[nodiscard]] double ln_rate_misfit(double ln_stress, double ln_rate) const;

    QpdParameters p_;
    double elastic_per_Pa_ = 0.0;
    double chi_T_ = 0.0;
    double ln_t0_ = 0.0;
    Barrier beta_;
    std::vector<Barrier> fast_;
};

}  // namespace relaxd::model
