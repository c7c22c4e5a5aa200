// SPDX-License-Identifier: MIT
//
// E(t) that belongs to J(t) of S1 Eq. 25a (S1 Fig. 9): J as a discrete retardation spectrum plus
// flow, whose zeros give E(t) as an exact sum of decaying exponentials (PHYSICS 3).

#pragma once

#include "model/qpd/qpd.hpp"
#include "schema/base/result.hpp"

#include <vector>

namespace relaxd::model {

/// E(t) at one temperature; built once, evaluated at any number of times.
class RelaxationModulus {
  public:
    /// 5 to 100 ms. Errors: those of `check_parameters`; `chi_Tg` where chi(T) < 1e-3.
    [[nodiscard]] static Result<RelaxationModulus> at(const QpdParameters& p, double temperature_K);

    /// E(t) in Pa; error below 1e-6 max(E, 1e-9 E_u) at time_s 0 (and below it) and 1e-9 to 1e15.
    /// Between, the fastest processes are one; beyond, the slowest are flow.
    [[nodiscard]] double value_Pa(double time_s) const;

  private:
    std::vector<double> weight_Pa_;
    std::vector<double> ln_rate_per_s_;
};

}  // namespace relaxd::model
