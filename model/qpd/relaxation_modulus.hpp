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
    /// 5 to 300 ms, the longer the smaller chi and B. Errors: those of `check_parameters`.
    [[nodiscard]] static Result<RelaxationModulus> at(const QpdParameters& p, double temperature_K);

    /// E(t) in Pa, time_s >= 0 (below 0 counts as 0); error below 1e-6 max(E, 1e-9 E_u).
    [[nodiscard]] double value_Pa(double time_s) const;

  private:
    std::vector<double> weight_Pa_;
    std::vector<double> ln_rate_per_s_;
};

}  // namespace relaxd::model
