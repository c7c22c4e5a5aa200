// SPDX-License-Identifier: MIT
//
// What the tests of model/geometry share: a repeatable noise and a synthetic machine.

#pragma once

#include "drivers/simulator/bench.hpp"
#include "model/geometry/calibrate.hpp"
#include "model/geometry/clamp.hpp"
#include "model/geometry/correction.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

namespace relaxd::test {

using model::Complex;

template <typename T>
T must(Result<T> result) {
    INFO((result ? std::string() : result.error().sentence()));
    REQUIRE(result);
    return std::move(*result);
}

/// Normal deviates, the same on every machine (Box and Muller 1958).
class Deviates {
  public:
    explicit Deviates(std::uint64_t seed) : bits_(seed) {}
    double operator()() {
        const double u = (static_cast<double>(bits_() >> 11U) + 0.5) * 0x1p-53;
        const double v = static_cast<double>(bits_() >> 11U) * 0x1p-53;
        return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
    }

  private:
    std::mt19937_64 bits_;
};

inline simulator::Machine machine() {
    simulator::Machine m;
    m.compliance_m_per_N = 3e-6;
    m.compliance_loss = 0.01;
    m.mass_kg = 0.15;
    m.phase_offset_rad = 0.004;
    m.phase_delay_s = 3e-5;
    return m;
}

inline model::ClampNumbers beam(double length_m, double width_m, double thickness_m) {
    model::ClampNumbers n;
    n.length_m = {length_m, 0.0};
    n.width_m = {width_m, 0.0};
    n.thickness_m = {thickness_m, 0.0};
    n.poisson_ratio = {0.3, 0.0};
    return n;
}

struct Signals {
    double force_N = 3e-5;  ///< Noise, each quadrature of a reading.
    double displacement_m = 2e-9;
    double amplitude_m = 15e-6;
};

/// Readings of a specimen of this stiffness in the machine, `count` a frequency.
inline model::RawRun measured(
    const simulator::Machine& m,
    Complex specimen_N_per_m,
    const std::vector<double>& frequencies,
    int count,
    Deviates& draw,
    const Signals& signals = {},
    double temperature_K = 300.0
) {
    model::RawRun run;
    run.uuid = "run";
    for (int k = 0; k < count; ++k) {
        for (const double f : frequencies) {
            const Complex force = m.raw_N_per_m(specimen_N_per_m, f) * signals.amplitude_m +
                                  signals.force_N * Complex(draw(), draw());
            const Complex position =
                signals.amplitude_m + signals.displacement_m * Complex(draw(), draw());
            model::RawReading r;
            r.frequency_Hz = f;
            r.temperature_K = temperature_K + 0.02 * draw();
            r.force_N = std::abs(force);
            r.displacement_m = std::abs(position);
            r.phase_rad = std::arg(force * std::conj(position));
            run.readings.push_back(r);
        }
    }
    return run;
}

}  // namespace relaxd::test
