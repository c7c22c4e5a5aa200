// SPDX-License-Identifier: MIT
//
// The readings of the coverage studies: a ramp of the simulated laboratory (drivers/simulator,
// which shares no mathematics with model/), in-process and without a wire, with what was true.
//
// A run depends on material, world and seed alone. SI. Plain values; one object, one thread.
#pragma once

#include "drivers/simulator/experiment.hpp"
#include "schema/record/fit.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::bench {

/// A glass of our own choosing; the numbers are nobody's measurement.
struct Glass {
    std::string_view name;
    std::string_view title;
    material::Params params;
    std::vector<material::FastBeta> fast_beta;
    std::vector<std::string> freed;  ///< What a person who looks at such data frees.
};

/// Resolved beta peak, shoulder with a fast beta process, excess wing (B = 0.2).
[[nodiscard]] const std::vector<Glass>& glasses();

/// What the fits do not expect. As it stands: nothing, the bench `plain`.
struct World {
    World() = default;
    World(std::string_view name_in, std::string_view title_in) : name(name_in), title(title_in) {}
    std::string_view name;
    std::string_view title;
    double E_u_slope_per_K = 0.0;
    double modulus_scale = 1.0;  ///< Wrong dimensions: what is reported over what is.
    simulator::NoiseSizes noise;
    simulator::Bench bench;
    simulator::GlassOptions glass;
    /// What an operator who knows of the trouble frees.
    std::vector<std::string> remedy;
};

/// The world that the fits expect, then those of the second study.
[[nodiscard]] const std::vector<World>& worlds();

/// One run: what the fits see, and the truth by the names that they report.
struct Readings {
    std::vector<record::DynamicPoint> points;
    std::map<std::string, double, std::less<>> truth;
};

/// Temperature from which E_u_Pa holds where it has a slope.
inline constexpr double E_u_T_ref_K = 300.0;

class Laboratory {
  public:
    /// The ramp ends `beyond_T_g_K` above T_g (below where negative). `keep_every`: of the rounds
    /// through the five frequencies.
    Laboratory(const Glass& glass, const World& world, double beyond_T_g_K, std::size_t keep_every);

    [[nodiscard]] Readings run(std::uint64_t seed);

    /// As a live fit of a run gets them: T_g of the specimen's record ± 3 K (CONTRACT 4), which is
    /// off by a draw of that size. The sizes of the systematic errors are those of `worlds()`.
    [[nodiscard]] record::FitOptions options(std::uint64_t seed, bool with_remedy) const;

  private:
    Glass glass_;
    World world_;
    std::size_t keep_every_;
    simulator::SimMethod method_;
    simulator::Specimen specimen_;
    simulator::Furnace furnace_;
};

/// The truth of a reported parameter, NaN where there is none. E_u and its slope at the fit's own
/// reference temperature.
[[nodiscard]] double truth_of(
    std::string_view parameter, const Readings& readings, const record::FitResult& result
);

}  // namespace relaxd::bench
