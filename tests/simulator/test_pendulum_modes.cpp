// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_body.hpp"
#include "drivers/simulator/pendulum_modes.hpp"
#include "drivers/simulator/pendulum_steady.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <complex>
#include <numbers>

namespace relaxd::simulator {

TEST_CASE("the glass in shear is the tensile glass over 2 (1 + nu)", "[simulator][pendulum]") {
    const double temperature_K = GENERATE(150.0, 300.0, 453.0, 480.0, 530.0);
    const double omega = GENERATE(1e-3, 1.0, 12.0, 1e3);
    Specimen tensile(test::table1());
    const ShearMaterial shear = ShearMaterial::glass(test::table1(), 540.0, 0.38);
    const std::complex<double> expected = tensile.modulus_Pa(temperature_K, omega) / 2.76;
    const std::complex<double> G = shear.at(temperature_K).modulus_Pa(omega);
    CHECK(std::abs(G / expected - 1.0) < 2e-6);  // two grids, each 1e-6 of the strength
    CHECK(shear.at(temperature_K).modes.size() == shear.at(300.0).modes.size());
}

TEST_CASE("the standard linear solid is the textbook's", "[simulator][pendulum]") {
    const ShearMaterial material = ShearMaterial::standard_linear(3e9, 1e9, 0.7);
    for (const double omega : {0.01, 1.0, 30.0}) {
        const std::complex<double> ix(0.0, omega * 0.7);
        const std::complex<double> G = 1e9 + 2e9 * ix / (1.0 + ix);
        CHECK(std::abs(material.at(300.0).modulus_Pa(omega) / G - 1.0) < 1e-12);
    }
    // Creep from 1/G_u to 1/G_r.
    CHECK(material.at(300.0).creep_per_Pa(0.0) == Approx(1.0 / 3e9));
    CHECK(material.at(300.0).creep_per_Pa(1e3) == Approx(1e-9));
}

TEST_CASE("the wire loses the same share of energy at every frequency", "[simulator][pendulum]") {
    PendulumParameters p;
    p.wire_tan_phi = 1e-3;
    for (double ln_omega = std::log(1e-3); ln_omega < std::log(1e3); ln_omega += 0.3) {
        const std::complex<double> K = wire_stiffness_N_m(p, std::exp(ln_omega));
        CHECK(K.imag() == Approx(1e-3 * p.wire_N_m).epsilon(0.01));
        CHECK(K.real() == Approx(p.wire_N_m).epsilon(0.01));
    }
    CHECK(wire_stiffness_N_m(p, 2.0 * std::numbers::pi).real() == Approx(p.wire_N_m));
}

TEST_CASE("truth names the specimen's chi, times and modulus", "[simulator][pendulum]") {
    PendulumBody body(
        PendulumParameters(), TorsionBar(), ShearMaterial::glass(test::table1(), 540.0)
    );
    body.set_surroundings(480.0, 0.5);
    const PendulumTruth truth = pendulum_truth(body, 1.0);
    Specimen tensile(test::table1());
    const std::complex<double> G = tensile.modulus_Pa(480.0, 2.0 * std::numbers::pi) / 2.7;
    CHECK(truth.chi == Approx(0.4 + 0.00231 * 27.0));
    CHECK(truth.tau_beta_s == Approx(1.86e-13 * std::exp(83120.0 / (8.31446261815324 * 480.0))));
    CHECK(truth.tau_max_s == tensile.times_at(480.0).tau_max_s);
    CHECK(truth.G_storage_Pa == Approx(G.real()).epsilon(1e-5));
    CHECK(truth.G_loss_Pa == Approx(G.imag()).epsilon(1e-5));
    CHECK(truth.tan_phi == Approx(G.imag() / G.real()).epsilon(1e-5));
    CHECK(truth.pressure_Pa == 0.5);
    CHECK(std::isnan(pendulum_truth(body, 0.0).G_storage_Pa));

    const PendulumBody empty(PendulumParameters(), TorsionBar(), ShearMaterial::none());
    CHECK(std::isnan(pendulum_truth(empty, 1.0).chi));
    CHECK(std::isnan(pendulum_truth(empty, 1.0).G_storage_Pa));
}

}  // namespace relaxd::simulator
