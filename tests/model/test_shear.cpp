// SPDX-License-Identifier: MIT
//
// The forms of S2 in shear against complex arithmetic in long double, their limits, and the
// relation between creep and dynamic compliance.
#include "model/qpd/shear.hpp"
#include "tests/support/catch.hpp"

#include <boost/math/quadrature/exp_sinh.hpp>
#include <boost/math/quadrature/gauss.hpp>

#include <cmath>
#include <complex>
#include <limits>

namespace relaxd::model {

namespace {

using Wide = long double;
using WideComplex = std::complex<Wide>;
constexpr double infinity = std::numeric_limits<double>::infinity();
const Wide pi = std::acos(Wide{-1});

Wide wide(double x) {
    return static_cast<Wide>(x);
}

double relative_error(double value, Wide truth) {
    return static_cast<double>(std::abs(wide(value) / truth - 1));
}

ThreeProcesses three() {
    ThreeProcesses p;
    p.J_el_per_Pa = 4.1e-11;
    p.dJ_beta_per_Pa = 3e-12;
    p.dJ_ve_per_Pa = 2.2e-11;
    p.dJ_vp_per_Pa = 4e-11;
    p.tau_beta_s = 1e-3;
    p.tau_ve_s = 12.0;
    p.tau_vp_s = 70.0;
    return p;
}

/// int exp(y - e^y) f(tau/tau_mode) dy at tau = tau_mode e^(y/B), panels of Gauss's rule.
template <typename F>
Wide spread(double B, F f) {
    if (std::isinf(B)) {
        return f(Wide{1});
    }
    Wide sum = 0;
    for (int k = -240; k < 6; ++k) {
        sum += boost::math::quadrature::gauss<Wide, 15>::integrate(
            [&](Wide y) { return std::exp(y - std::exp(y)) * f(std::exp(y / wide(B))); },
            static_cast<Wide>(k),
            static_cast<Wide>(k + 1)
        );
    }
    return sum;
}

}  // namespace

TEST_CASE("the modulus of S2 Eq. 9 is complex arithmetic, each part to full accuracy") {
    for (const double chi : {0.1, 0.334, 0.5, 0.9, 0.999}) {
        for (const double G_r : {0.0, 3e8}) {
            for (const double eta : {0.0, 0.8, 1.0, 30.0}) {
                for (double ln_x = -80.0; ln_x < 80.0; ln_x += 3.7) {
                    const double x = std::exp(ln_x);
                    const Wide angle = pi / 2 * wide(chi);
                    const Wide power = wide(eta) * std::pow(wide(x), -wide(chi));
                    const WideComplex D(
                        1 + power * std::cos(angle), -power * std::sin(angle) - 1 / wide(x)
                    );
                    const WideComplex truth = wide(G_r) + (24e9L - wide(G_r)) / D;
                    const auto G = qpd_modulus({24e9, G_r, eta, chi}, x);
                    CAPTURE(chi, G_r, eta, x);
                    REQUIRE(G);
                    CHECK(relative_error(G->real(), truth.real()) < 1e-12);
                    CHECK(relative_error(G->imag(), truth.imag()) < 1e-12);
                }
            }
        }
    }
    // E2-14: the slope of the loss passes from -1 to -chi; flow alone is Maxwell's.
    CHECK(qpd_modulus({1.0, 0.0, 0.0, 0.4}, 1.0)->imag() == Approx(0.5).epsilon(1e-15));
    CHECK(qpd_modulus({1.0, 0.0, 1.0, 0.4}, 1e-320)->real() >= 0.0);
    CHECK(qpd_modulus({24e9, 0.0, 1.0, 0.4}, 1e300)->real() == Approx(24e9).epsilon(1e-14));
    CHECK(qpd_modulus({24e9, 25e9, 1.0, 0.4}, 1.0).error().where == "G_r_Pa");
    CHECK(qpd_modulus({24e9, 0.0, -1.0, 0.4}, 1.0).error().where == "eta");
    CHECK(qpd_modulus({24e9, 0.0, 1.0, 1.0}, 1.0).error().where == "chi");
    CHECK(qpd_modulus({24e9, 0.0, 1.0, 0.4}, 0.0).error().where == "omega_tau_mol");
}

TEST_CASE("the compliance of S2 Eq. 8 is printed as it stands") {
    for (const double chi : {0.1, 0.383, 0.9}) {
        for (double t = 1e-9; t < 1e16; t *= 23.0) {
            const Wide x = wide(t) / 70;
            const Wide truth =
                1 / 24e9L - 4e-11L * std::expm1(-std::pow(x, wide(chi))) + 5e-11L * x;
            CAPTURE(chi, t);
            CHECK(
                relative_error(*qpd_compliance({24e9, 4e-11, 5e-11, 70.0, chi}, t), truth) < 1e-13
            );
        }
    }
    CHECK(*qpd_compliance({24e9, 4e-11, 5e-11, 70.0, 0.4}, 0.0) == 1.0 / 24e9);
    // The ratio alone would leave the range of double.
    CHECK(*qpd_compliance({24e9, 0.0, 1e-11, 1e-300, 0.4}, 1e15) == Approx(1e304).epsilon(1e-10));
    const Error error = qpd_compliance({24e9, 0.0, 1e5, 1e-300, 0.4}, 1e15).error();
    CHECK(error.code == Errc::overflow);
    CHECK(error.where == "time_s");
    CHECK(qpd_compliance({24e9, -1.0, 0.0, 70.0, 0.4}, 1.0).error().where == "A_per_Pa");
    CHECK(qpd_compliance({24e9, 0.0, 0.0, 70.0, 0.4}, -1.0).error().where == "time_s");
}

TEST_CASE("three processes in creep and in oscillation are the averages over their spreads") {
    for (const double B : {0.4, 1.0, 2.5, infinity}) {
        for (const double B_vp : {1.05, 1.7, infinity}) {
            ThreeProcesses p = three();
            p.B_beta = B;
            p.B_ve = std::isinf(B) ? B : 0.7 * B;
            p.B_vp = B_vp;
            const Wide rate =
                4e-11L / 70 * (std::isinf(B_vp) ? 1 : std::tgamma(1 - 1 / wide(B_vp)));
            for (double x = 1e-6; x < 1e7; x *= 40.0) {
                const auto relaxed = [&](double tau, double width) {
                    return spread(width, [&](Wide r) {
                        return -std::expm1(-wide(x) / (wide(tau) * r));
                    });
                };
                const auto debye = [&](double tau, double width, bool lost) {
                    return spread(width, [&](Wide r) {
                        const Wide w = wide(x) * wide(tau) * r;
                        return (lost ? w : 1) / (1 + w * w);
                    });
                };
                CAPTURE(B, B_vp, x);
                const Wide J = 4.1e-11L + 3e-12L * relaxed(p.tau_beta_s, p.B_beta) +
                               2.2e-11L * relaxed(p.tau_ve_s, p.B_ve) + rate * wide(x);
                CHECK(relative_error(*three_process_creep(p, x), J) < 1e-11);
                const auto dynamic = three_process_dynamic(p, x);
                REQUIRE(dynamic);
                const Wide real = 4.1e-11L + 3e-12L * debye(p.tau_beta_s, p.B_beta, false) +
                                  2.2e-11L * debye(p.tau_ve_s, p.B_ve, false);
                const Wide loss = 3e-12L * debye(p.tau_beta_s, p.B_beta, true) +
                                  2.2e-11L * debye(p.tau_ve_s, p.B_ve, true) + rate / wide(x);
                CHECK(relative_error(dynamic->real(), real) < 1e-11);
                CHECK(relative_error(-dynamic->imag(), loss) < 1e-11);
            }
        }
    }
}

TEST_CASE("the dynamic compliance is the Carson transform of the creep compliance") {
    // s L[J](s) on the real axis, s = 1/70 per s, by exp-sinh quadrature; the dynamic form has no
    // value there, so both are compared through single times, where it is known.
    ThreeProcesses p = three();
    const double s = 1.0 / 70.0;
    boost::math::quadrature::exp_sinh<double> integrator;
    const double carson = integrator.integrate([&](double x) {
        return x > 700.0 ? 0.0 : std::exp(-x) * *three_process_creep(p, x / s);
    });
    const double expected = p.J_el_per_Pa + p.dJ_beta_per_Pa / (1 + s * p.tau_beta_s) +
                            p.dJ_ve_per_Pa / (1 + s * p.tau_ve_s) +
                            p.dJ_vp_per_Pa / (s * p.tau_vp_s);
    CHECK(carson == Approx(expected).epsilon(1e-8));
}

TEST_CASE("three processes refuse what has no meaning") {
    ThreeProcesses p = three();
    CHECK(*three_process_creep(p, 0.0) == p.J_el_per_Pa);
    CHECK(three_process_creep(p, -1.0).error().where == "time_s");
    CHECK(three_process_dynamic(p, 0.0).error().where == "omega_rad_s");
    p.B_vp = 1.0;
    CHECK(three_process_creep(p, 1.0).error().where == "B_vp");
    CHECK(three_process_dynamic(p, 1.0).error().message.find("B_vp is 1 ") == 0);
    p = three();
    p.B_beta = 0.0;
    CHECK(three_process_creep(p, 1.0).error().where == "B_beta");
    p = three();
    p.tau_ve_s = std::nan("");
    CHECK(three_process_creep(p, 1.0).error().where == "tau_ve_s");
    p = three();
    p.dJ_vp_per_Pa = 1e10;
    CHECK(three_process_dynamic(p, 1e-305).error().code == Errc::overflow);
    CHECK(three_process_creep(p, 1e305).error().where == "time_s");
}

TEST_CASE("the split of the compliance sums to the inverse of the modulus") {
    for (double omega = 1e-4; omega < 1e5; omega *= 7.0) {
        const auto G = *qpd_modulus({24e9, 0.0, 1.0, 0.383}, omega * 70.0);
        const auto split = compliance_split(omega, G.real(), G.imag(), 1.68e12);
        REQUIRE(split);
        // 1/G* = (1 + eta (i x)^-chi + 1/(i x))/G_el: the parts are known (E2-13, E2-14).
        const Wide x = wide(omega) * 70;
        const Wide power = std::pow(x, -0.383L) / 24e9L;
        CHECK(relative_error(split->J_vp_per_Pa, 1 / (24e9L * x)) < 1e-13);
        CHECK(
            relative_error(split->J_el_per_Pa, 1 / 24e9L + power * std::cos(0.383L * pi / 2)) <
            1e-12
        );
        CHECK(relative_error(split->J_ve_per_Pa, power * std::sin(0.383L * pi / 2)) < 1e-9);
    }
    CHECK(compliance_split(1.0, 0.0, 0.0, 1.0).error().where == "shear_storage_modulus_Pa");
    CHECK(compliance_split(1.0, -1.0, 0.0, 1.0).error().where == "shear_storage_modulus_Pa");
    CHECK(compliance_split(1.0, 1.0, -1.0, 1.0).error().where == "shear_loss_modulus_Pa");
    CHECK(compliance_split(1.0, 1.0, 1.0, 0.0).error().where == "viscosity_Pa_s");
    CHECK(compliance_split(1e-200, 1.0, 1.0, 1e-200).error().code == Errc::overflow);
    CHECK(compliance_split(1.0, 1e-320, 0.0, 1.0).error().code == Errc::overflow);
}

}  // namespace relaxd::model
