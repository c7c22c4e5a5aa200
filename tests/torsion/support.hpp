// SPDX-License-Identifier: MIT
//
// What the tests of the torsion pendulum share: repeatable noise, a specimen, an instrument's
// facts, and readings of a machine in closed form.

#pragma once

#include "model/geometry/calibrate_torsion.hpp"
#include "model/geometry/torsion.hpp"
#include "schema/base/number.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

using model::Complex;
using record::Channel;

inline constexpr double pi = std::numbers::pi;
inline constexpr double two_pi = 2.0 * pi;

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
        return std::sqrt(-2.0 * std::log(u)) * std::cos(two_pi * v);
    }
    Complex pair() {
        const double x = (*this)();
        return {x, (*this)()};
    }

  private:
    std::mt19937_64 bits_;
};

/// 30 x 5 x 1 mm, the bar of the literature.
inline record::Specimen bar(
    double length_m = 0.030, double width_m = 5e-3, double thickness_m = 1e-3, double relative = 0.0
) {
    record::Specimen s;
    s.name = "bar";
    s.clamp = "torsion";
    s.length_m = length_m;
    s.length_sigma_m = relative * length_m;
    s.width_m = width_m;
    s.width_sigma_m = relative * width_m;
    s.thickness_m = thickness_m;
    s.thickness_sigma_m = relative * thickness_m;
    return s;
}

inline record::RunFact fact(std::string name, double value, double sigma = 0.0) {
    record::RunFact f;
    f.name = std::move(name);
    f.value = value;
    f.sigma = sigma;
    f.source = "instrument";
    return f;
}

/// A pendulum as it is.
struct Pendulum {
    double inertia_kg_m2 = 5e-5;
    double wire_N_m = 1.2e-4;
    double wire_tan_phi = 0.0;
    double damping_N_m_s = 2e-6;
    double clamp_rad_per_N_m = 0.0;
    double delay_s = 0.0;

    /// INSTRUMENTS 8.2, with the wire's dispersion.
    [[nodiscard]] Complex background(Complex s) const {
        const double loss = wire_N_m * wire_tan_phi;
        return wire_N_m + loss * (2.0 / pi * std::log(s / Complex(0.0, two_pi)) + Complex(0, 1)) +
               inertia_kg_m2 * s * s + damping_N_m_s * s;
    }
    [[nodiscard]] Complex carried(Complex specimen_N_m) const {
        return 1.0 / (1.0 / specimen_N_m + clamp_rad_per_N_m);
    }
    /// Torque over angle as it is shown; a specimen of 0 is none.
    [[nodiscard]] Complex shown(Complex specimen_N_m, double frequency_Hz) const {
        const double omega = two_pi * frequency_Hz;
        Complex K = background(Complex(0.0, omega));
        K += specimen_N_m == Complex() ? Complex() : carried(specimen_N_m);
        return K * std::polar(1.0, omega * delay_s);
    }
    [[nodiscard]] std::vector<record::RunFact> facts(double relative = 0.0) const {
        return {
            fact("angle_V_per_rad", 2000.0),
            fact("torque_N_m_per_V", 1e-5),
            fact("inertia_kg_m2", inertia_kg_m2, relative * inertia_kg_m2),
            fact("wire_N_m", wire_N_m, relative * wire_N_m),
            fact("wire_tan_phi", wire_tan_phi, relative * wire_tan_phi),
            fact("damping_N_m_s", damping_N_m_s, relative * damping_N_m_s),
            fact("clamp_rad_per_N_m", clamp_rad_per_N_m, relative * clamp_rad_per_N_m)
        };
    }
};

inline record::Reading at_frequency(double frequency_Hz, double temperature_K = 298.15) {
    record::Reading r;
    r.values[Channel::frequency_Hz] = frequency_Hz;
    r.values[Channel::temperature_K] = temperature_K;
    return r;
}

/// In SI, as an instrument that computes might give it.
inline record::Reading SI_reading(Complex stiffness_N_m, double frequency_Hz) {
    record::Reading r = at_frequency(frequency_Hz);
    r.values[Channel::angle_rad] = 1e-3;
    r.values[Channel::torque_N_m] = 1e-3 * std::abs(stiffness_N_m);
    r.values[Channel::phase_rad] = std::arg(stiffness_N_m);
    return r;
}

/// As a demodulated waveform leaves it, with this relative s.d.
inline record::Reading volts_reading(
    Complex stiffness_N_m, double frequency_Hz, double relative_sigma, double angle_rad = 1e-3
) {
    record::Reading r = at_frequency(frequency_Hz);
    r.extra["angle_V"] = 2000.0 * angle_rad;
    r.extra["torque_V"] = std::abs(stiffness_N_m) * angle_rad / 1e-5;
    r.extra["demodulated_phase_rad"] = std::arg(stiffness_N_m);
    r.extra["stiffness_relative_sigma"] = relative_sigma;
    return r;
}

inline double J_over_L(const record::Specimen& specimen) {
    return must(model::torsion_factors(specimen, 298.15)).J_over_L_m3;
}

/// NaN is equal to NaN; all else to the last bit.
inline bool same(const record::Reading& a, const record::Reading& b) {
    for (std::size_t k = 0; k < record::channel_count; ++k) {
        const auto c = static_cast<Channel>(k);
        if (a.values.get(c) != b.values.get(c)) {
            return false;
        }
    }
    return a.extra == b.extra && a.flags == b.flags;
}

}  // namespace relaxd::test
