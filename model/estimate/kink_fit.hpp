// SPDX-License-Identifier: MIT
//
// The dynamic fits that confirm a break of chi(T). They are made once a kelvin, mostly where there
// is no break or where the model does not describe the ramp, so their search is cheaper than that
// of `fit_dynamic`: the same starts on fewer rows, and once for all fits of a look. Pure.

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/estimate/dynamic_polish.hpp"
#include "schema/record/fit.hpp"

#include <optional>
#include <span>
#include <vector>

namespace relaxd::model {

/// A place where a fit may begin. The coordinates' time of the beta process is that at T_ref_K.
struct KinkStart {
    KinkStart() = default;
    KinkStart(double T_K, const Coordinates& at) : T_ref_K(T_K), q(at) {}
    double T_ref_K = 0.0;
    Coordinates q{};
};

class KinkFit {
  public:
    /// `options` have T_g given, fixed or with a prior, and no fast beta process.
    KinkFit(std::span<const record::DynamicPoint> points, const record::FitOptions& options);
    KinkFit(const KinkFit&) = delete;
    KinkFit& operator=(const KinkFit&) = delete;
    ~KinkFit() = default;

    /// Optima on few rows, the best first: the one next to the start from the data where it
    /// describes them, else of many starts. Empty where the data cannot be fitted.
    [[nodiscard]] std::vector<KinkStart> search() const;

    /// The whole fit from the best of `starts`, with T_g moved to where it is given. No estimate
    /// where it finds no end.
    [[nodiscard]] record::FitResult from(const std::vector<KinkStart>& starts) const;

    /// Where a fit that `from` gave has its optimum.
    [[nodiscard]] static std::optional<KinkStart> optimum(const record::FitResult& fit);

  private:
    [[nodiscard]] Coordinates moved(const KinkStart& start) const;

    record::FitOptions options_;
    DynamicData data_;
    std::optional<Layout> layout_;  ///< None where there is nothing to fit.
    DynamicStart origin_;
    std::vector<DynamicRow> few_;
};

}  // namespace relaxd::model
