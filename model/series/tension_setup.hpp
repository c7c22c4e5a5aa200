// SPDX-License-Identifier: MIT
//
// What a tension fit knows (the linear material, from DMA) and what it looks for, and the residuals
// of its curves.

#pragma once

#include "model/fit/named_fit.hpp"
#include "model/series/tension_data.hpp"
#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"

#include <string>
#include <vector>

namespace relaxd::model {

/// The coordinates, in the order of the directions of the march: ln sigma_1, a_2, ln of the factor
/// on all times, compliance of the machine in units of 1/E_u.
enum TensionCoordinate : std::size_t {
    tension_ln_sigma1,
    tension_a2,
    tension_ln_time_scale,
    tension_machine,
};

struct TensionSetup {
    Formulation formulation = Formulation::hereditary;
    double E_u_Pa = 0.0;
    std::vector<TensionLaws> laws;  ///< Of each curve, at its temperature.
    std::vector<NamedCoordinate> coordinates;
    std::vector<std::string> warnings;
};

/// The name of a machine's compliance that `prepare_tension` takes off: displacement per force.
inline constexpr const char* machine_m_per_N = "machine_compliance_m_per_N";

/// `Errc::invalid` with the sentence for `no_estimate`; it names what is missing.
[[nodiscard]] Result<TensionSetup> set_up_tension(
    const TensionData& data, const record::FitOptions& options
);

class TensionResiduals final : public ResidualModel {
  public:
    /// Both must outlive it.
    TensionResiduals(const TensionData& data, const TensionSetup& setup);

    [[nodiscard]] std::size_t rows() const override { return rows_; }
    [[nodiscard]] bool residuals(
        const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
    ) override;
    [[nodiscard]] const std::vector<std::size_t>& series_ends() const { return ends_; }

    /// The best of a few pairs of sigma_1 and a_2; false where the march answers at none.
    [[nodiscard]] bool find_start(std::vector<NamedCoordinate>& coordinates) const;
    /// The model at the last strain of the first pull of a curve.
    [[nodiscard]] bool at_last_strain(
        const Eigen::VectorXd& q, std::size_t curve, TensionState<TensionDual>& out
    ) const;

  private:
    const TensionData* data_;
    const TensionSetup* setup_;
    std::vector<std::size_t> ends_;
    std::size_t rows_ = 0;
    std::vector<TensionState<TensionDual>> states_;
};

}  // namespace relaxd::model
