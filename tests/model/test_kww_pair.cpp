// SPDX-License-Identifier: MIT
//
// F and 1 - F without derivatives: each part to relative accuracy, against the integral of -phi'
// in 40 digits (Boost.Multiprecision), the closed form at beta = 1, and limits.
#include "model/kww/kww.hpp"
#include "model/kww/special.hpp"
#include "tests/support/catch.hpp"

#include <boost/math/constants/constants.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>

#include <cmath>
#include <complex>

namespace relaxd::model {

namespace {

using Wide = boost::multiprecision::
    number<boost::multiprecision::cpp_bin_float<34>, boost::multiprecision::et_off>;

struct WidePair {
    Wide F_re = 0;
    Wide F_im = 0;
    Wide M_re = 0;
    Wide M_im = 0;
};

/// F = int beta z exp(-z - i x t) dln t and 1 - F = int i x t exp(-z - i x t) dln t, z = t^beta, on
/// t = s exp(-i theta), theta = half of what phi allows; trapezoid, two sums of their own.
WidePair reference(double v, double beta) {
    const Wide pi = boost::math::constants::pi<Wide>();
    const Wide b = beta;
    const Wide theta = std::min<Wide>(pi / 2, pi / (4 * b) * Wide(1.1));
    const Wide h = Wide(1) / 16;
    const Wide x = exp(Wide(v));
    const Wide turn_re = cos(theta * b);
    const Wide turn_im = sin(theta * b);
    const Wide c_re = sin(theta);
    const Wide c_im = cos(theta);
    const Wide by_phi = log(80 / turn_re) / b;
    const Wide by_kernel = log(80 / c_re) - v;
    const Wide low_F = -40 / b - std::max(0.0, v);
    const Wide low_M = Wide(-44 - std::max(0.0, v));
    WidePair out;
    for (Wide y = floor(std::min(low_F, low_M) / h) * h; y <= std::min(by_phi, by_kernel); y += h) {
        const Wide t = exp(y);
        const Wide z = exp(b * y);
        const Wide size = exp(-z * turn_re - x * t * c_re);
        const Wide angle = z * turn_im - x * t * c_im;
        const Wide f = size * b * z;
        out.F_re += f * cos(angle - theta * b);
        out.F_im += f * sin(angle - theta * b);
        if (y >= low_M) {
            const Wide m = size * x * t;
            out.M_re += m * cos(angle - theta + pi / 2);
            out.M_im += m * sin(angle - theta + pi / 2);
        }
    }
    out.F_re *= h;
    out.F_im *= h;
    out.M_re *= h;
    out.M_im *= h;
    return out;
}

double relative(double value, const Wide& truth) {
    return static_cast<double>(abs(Wide(value) / truth - 1));
}

}  // namespace

TEST_CASE("both parts of F are right to 1e-9 of themselves, the storage to 1e-9 of the strength") {
    for (const double beta : {0.1, 0.22, 0.386, 0.551, 0.66, 0.8, 0.9, 0.995}) {
        for (double v = -50.0; v < 90.0; v += (std::abs(v) < 12.0 ? 1.94 : 15.7)) {
            const KwwPair k = kww_pair(v, beta);
            const WidePair truth = reference(v, beta);
            CAPTURE(beta, v);
            CHECK(relative(k.compliance.real(), truth.F_re) < 1e-9);
            // Each oracle where it does not cancel.
            const Wide& loss = v < 0.0 ? truth.M_im : truth.F_im;
            CHECK(relative(std::abs(k.compliance.imag()), abs(loss)) < 1e-9);
            CHECK(k.modulus.imag() == Approx(-k.compliance.imag()).epsilon(1e-15));
            CHECK(std::abs(k.modulus.real() - static_cast<double>(truth.M_re)) < 1e-9);
        }
    }
}

TEST_CASE("kww_pair and kww, two different sums, agree") {
    for (double beta = 0.1; beta <= 1.0; beta += 0.045) {
        for (double v = -20.0; v < 40.0; v += 0.71) {
            CAPTURE(beta, v);
            CHECK(std::abs(kww_pair(v, beta).compliance - kww(v, beta).compliance) < 2e-9);
        }
    }
}

TEST_CASE("kww_pair at beta = 1 is Debye's, and stays finite and right at times beyond double") {
    for (const double v : {-300.0, -3.0, 0.0, 0.7, 300.0}) {
        const double x = std::exp(v);
        const KwwPair k = kww_pair(v, 1.0);
        CHECK(k.compliance.real() == Approx(1.0 / (1.0 + x * x)).epsilon(1e-14));
        CHECK(-k.compliance.imag() == Approx(1.0 / (x + 1.0 / x)).epsilon(1e-14));
        CHECK(k.modulus.real() == Approx(1.0 / (1.0 + 1.0 / (x * x))).epsilon(1e-14));
    }
    for (const double beta : {0.1, 0.4, 0.9}) {
        for (const double v : {-5000.0, -600.0, 600.0, 5000.0}) {
            const KwwPair k = kww_pair(v, beta);
            CAPTURE(beta, v);
            // The leading terms: Gamma(1 + beta) (i x)^-beta and i x Gamma(1 + 1/beta).
            const double size = v > 0.0 ? std::exp(ln_gamma(1.0 + beta) - beta * v) *
                                              std::sin(0.5 * std::acos(-1.0) * beta)
                                        : std::exp(ln_gamma(1.0 + 1.0 / beta) + v);
            CHECK(-k.compliance.imag() == Approx(size).epsilon(1e-9).margin(1e-290));
            CHECK(std::isfinite(k.compliance.real()));
            CHECK(k.modulus.real() == Approx(v > 0.0 ? 1.0 : 0.0).margin(1e-9 + 3.0 * size));
        }
    }
}

}  // namespace relaxd::model
