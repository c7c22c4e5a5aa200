// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_steady.hpp"

#include <cmath>
#include <numbers>

namespace relaxd::simulator {
namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;

}  // namespace

std::complex<double> specimen_stiffness_N_m(const PendulumBody& body, double frequency_Hz) {
    if (!body.material().present()) {
        return 0.0;
    }
    const double form_m3 = body.bar().form_m3(body.temperature_K());
    const std::complex<double> soft =
        body.spectrum().compliance_per_Pa(two_pi * frequency_Hz) / form_m3;
    return 1.0 / (soft + body.parameters().clamp_rad_per_N_m);
}

std::complex<double> dynamic_stiffness_N_m(const PendulumBody& body, double frequency_Hz) {
    const PendulumParameters& p = body.parameters();
    const double omega = two_pi * frequency_Hz;
    const std::complex<double> member(
        p.field_N_m - p.inertia_kg_m2 * omega * omega, omega * p.damping_N_m_s(body.pressure_Pa())
    );
    return wire_stiffness_N_m(p, omega) + specimen_stiffness_N_m(body, frequency_Hz) + member;
}

PendulumResponse steady_response(
    const PendulumBody& body, double frequency_Hz, double amplitude_A
) {
    const PendulumParameters& p = body.parameters();
    PendulumResponse response;
    response.torque_N_m = p.torque_N_m_per_A * amplitude_A;
    const std::complex<double> angle =
        response.torque_N_m / dynamic_stiffness_N_m(body, frequency_Hz);
    response.angle_rad = std::abs(angle);
    response.delta_rad = -std::arg(angle);
    const std::complex<double> torque = specimen_stiffness_N_m(body, frequency_Hz) * angle;
    if (body.material().present()) {
        response.strain =
            std::abs(angle - p.clamp_rad_per_N_m * torque) * body.bar().strain_per_rad();
    }
    return response;
}

double resonance_Hz(const PendulumBody& body) {
    double found_Hz = 1.0;
    for (int round = 0; round < 60; ++round) {
        const double omega = two_pi * found_Hz;
        const double inertia = body.parameters().inertia_kg_m2;
        const double stiffness =
            dynamic_stiffness_N_m(body, found_Hz).real() + inertia * omega * omega;
        if (!(stiffness > 0.0)) {
            return 0.0;
        }
        const double next_Hz = std::sqrt(stiffness / inertia) / two_pi;
        if (std::abs(next_Hz - found_Hz) < 1e-12 * next_Hz) {
            return next_Hz;
        }
        found_Hz = next_Hz;
    }
    return found_Hz;
}

PendulumTruth pendulum_truth(const PendulumBody& body, double frequency_Hz) {
    PendulumTruth truth;
    truth.temperature_K = body.temperature_K();
    truth.pressure_Pa = body.pressure_Pa();
    truth.frequency_Hz = frequency_Hz;
    const ShearMaterial& material = body.material();
    if (const Specimen* glass = material.specimen()) {
        const SpecimenTimes times = glass->times_at(truth.temperature_K, body.structure().chi);
        truth.chi = times.chi;
        truth.tau_beta_s = times.tau_beta_s;
        truth.tau_max_s = times.tau_max_s;
    }
    if (material.present() && frequency_Hz > 0.0) {
        const std::complex<double> G =
            material.at(truth.temperature_K, body.structure()).modulus_Pa(two_pi * frequency_Hz);
        truth.G_storage_Pa = G.real();
        truth.G_loss_Pa = G.imag();
        truth.tan_phi = G.imag() / G.real();
    }
    return truth;
}

}  // namespace relaxd::simulator
