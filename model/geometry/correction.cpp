// SPDX-License-Identifier: MIT
#include "model/geometry/correction.hpp"

#include <cmath>

namespace relaxd::model {

namespace {

bool is_finite(Complex z) {
    return std::isfinite(z.real()) && std::isfinite(z.imag());
}

void add(Covariance2& sum, Complex d, double variance) {
    sum.rr += variance * d.real() * d.real();
    sum.ri += variance * d.real() * d.imag();
    sum.ii += variance * d.imag() * d.imag();
}

void add_cross(Covariance2& sum, Complex a, Complex b, double covariance) {
    sum.rr += covariance * 2.0 * a.real() * b.real();
    sum.ri += covariance * (a.real() * b.imag() + b.real() * a.imag());
    sum.ii += covariance * 2.0 * a.imag() * b.imag();
}

}  // namespace

SpecimenStiffness specimen_stiffness(
    Complex apparent_N_per_m, double omega_rad_s, const MachineAt& machine
) {
    const Complex i(0.0, 1.0);
    const double omega2 = omega_rad_s * omega_rad_s;
    const Complex turn = std::polar(1.0, -machine.phase_rad);
    const Complex turned = (apparent_N_per_m - machine.background_N_per_m) * turn;
    SpecimenStiffness out;
    const Complex carried = turned + machine.mass_kg * omega2 - machine.known_background_N_per_m;
    out.carried_N_per_m = carried;
    if (!is_finite(carried) || std::abs(carried) == 0.0) {
        return out;
    }
    const Complex rest = 1.0 - carried * machine.compliance_m_per_N;  // K_3 / K_s
    if (!is_finite(rest) || std::abs(rest) == 0.0) {
        return out;
    }
    const Complex K = carried / rest;
    if (!is_finite(K)) {
        return out;
    }
    out.is_known = true;
    out.specimen_N_per_m = K;
    const Complex of_carried = 1.0 / (rest * rest);  // dK_s / dK_3
    out.random_gain_N_per_m = std::abs(of_carried) * std::abs(apparent_N_per_m);
    const double parallel = std::abs(machine.background_N_per_m) +
                            std::abs(machine.mass_kg) * omega2 +
                            std::abs(machine.known_background_N_per_m);
    out.force_share = std::abs(carried) / (std::abs(carried) + parallel);
    out.displacement_share = 1.0 / (1.0 + std::abs(K) * std::abs(machine.compliance_m_per_N));

    Covariance2& sum = out.systematic;
    const Complex of_B = -of_carried * turn;
    const Covariance2& B = machine.background_covariance;
    add(sum, of_B, B.rr);
    add(sum, i * of_B, B.ii);
    add_cross(sum, of_B, i * of_B, B.ri);
    const Covariance2& B_0 = machine.known_background_covariance;
    add(sum, of_carried, B_0.rr);
    add(sum, i * of_carried, B_0.ii);
    add_cross(sum, of_carried, i * of_carried, B_0.ri);
    add(sum, of_carried * omega2, machine.mass_sigma_kg * machine.mass_sigma_kg);
    const std::array<Complex, 3> of_frame{-i * turned * of_carried, K * K, i * K * K};
    for (std::size_t a = 0; a < 3; ++a) {
        add(sum, of_frame[a], machine.frame_covariance[a * 3 + a]);
        for (std::size_t b = a + 1; b < 3; ++b) {
            add_cross(sum, of_frame[a], of_frame[b], machine.frame_covariance[a * 3 + b]);
        }
    }
    return out;
}

}  // namespace relaxd::model
