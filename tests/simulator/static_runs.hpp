// SPDX-License-Identifier: MIT
// Whole runs with their readings and truth, for tests of static modes, forces and columns; and a
// glass with one relaxation time, whose answers are closed forms.
#pragma once

#include "schema/base/number.hpp"
#include "tests/simulator/sim_host.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace relaxd::test {

using Lines = std::vector<std::string>;

struct Taken {
    Taken() = default;
    std::vector<simulator::SimReading> readings;
    Lines lines;   ///< `R`
    Lines states;  ///< `S`
};

inline Taken taken(
    const Lines& method, const simulator::SimOptions& options, double step_s = 0.05
) {
    SimHost host(options);
    Taken result;
    host.device.on_reading([&result](const simulator::SimReading& r, const std::string&) {
        result.readings.push_back(r);
    });
    const std::string answer = host.download(method);
    INFO(answer);
    REQUIRE(answer.rfind("= method", 0) == 0);
    REQUIRE(host.ask("start run-1") == "= start token=run-1");
    REQUIRE(host.finish(step_s, 40000));
    result.lines = host.with("R ");
    result.states = host.with("S ");
    return result;
}

/// The readings of one segment.
inline std::vector<simulator::SimReading> of_segment(const Taken& run, int segment) {
    std::vector<simulator::SimReading> found;
    for (const auto& r : run.readings) {
        if (r.segment == segment) {
            found.push_back(r);
        }
    }
    return found;
}

/// One beta time, no anelastic strain, no flow: a standard linear solid.
inline material::Params one_time() {
    material::Params p = table1();
    p.E_r_Pa = 1.1e10;
    p.B = std::numeric_limits<double>::quiet_NaN();
    p.A_an_per_Pa = 1e-40;
    p.A_vp_per_Pa = 1e-40;
    return p;
}

/// And without any relaxation.
inline material::Params elastic() {
    material::Params p = one_time();
    p.E_r_Pa = p.E_u_Pa;
    return p;
}

inline simulator::SimOptions quiet(const material::Params& params, std::uint64_t seed = 1) {
    auto options = sim_options(10000.0, seed);
    options.params = params;
    options.noise = simulator::NoiseSizes::none();
    return options;
}

/// The standard linear solid by hand, with something elastic in series.
struct LinearSolid {
    explicit LinearSolid(double T_K, double series_per_Pa = 0.0)
        : J_u(1.0 / 3.3e10 + series_per_Pa),
          J_r(1.0 / 1.1e10 + series_per_Pa),
          tau_s(1.86e-13 * std::exp(83120.0 / (8.31446261815324 * T_K))),
          relaxing_s(tau_s * J_u / J_r) {}

    /// Of a jump to strain 1.
    [[nodiscard]] double modulus_Pa(double t) const {
        return 1.0 / J_r + (1.0 / J_u - 1.0 / J_r) * std::exp(-t / relaxing_s);
    }
    /// Stress at a strain rate of 1/s.
    [[nodiscard]] double viscosity_Pa_s(double t) const {
        return t / J_r - (1.0 / J_u - 1.0 / J_r) * relaxing_s * std::expm1(-t / relaxing_s);
    }
    [[nodiscard]] double compliance_per_Pa(double t) const {
        return J_u - (J_r - J_u) * std::expm1(-t / tau_s);
    }
    /// Integral of the compliance over time: strain at a stress rate of 1 Pa/s.
    [[nodiscard]] double ramp(double t) const {
        return J_u * t + (J_r - J_u) * (t + tau_s * std::expm1(-t / tau_s));
    }

    double J_u;
    double J_r;
    double tau_s;
    double relaxing_s;
};

inline constexpr const char* bar_geometry =
    "geometry length_m=0.01 width_m=0.0005 thickness_m=0.0005 poisson_ratio=0.35";
inline constexpr double bar_area_m2 = 0.25e-6;

/// A static method on the bar in tension at ambient temperature, which never moves.
inline Lines at_ambient(const std::string& mode, const Lines& rest) {
    Lines lines{"mode " + mode, "clamp tension", bar_geometry};
    for (const std::string& line : rest) {
        lines.push_back(line);
    }
    return lines;
}

}  // namespace relaxd::test
