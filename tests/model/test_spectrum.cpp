// SPDX-License-Identifier: MIT
//
// The stretched exponential as a positive spectrum of rates, against the function itself.
#include "model/kww/spectrum.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

/// The largest |sum - exp(-x^chi)| over x = 1e-20 … 1e20, in long double.
double worst_error(const std::vector<RateMode>& modes, double chi) {
    double worst = 0.0;
    for (long double ln_x = -46.1L; ln_x < 46.2L; ln_x += 0.331L) {
        long double sum = 0.0L;
        for (const RateMode& mode : modes) {
            sum += static_cast<long double>(mode.weight) *
                   std::exp(-std::exp(ln_x + static_cast<long double>(mode.ln_rate)));
        }
        const long double truth = std::exp(-std::exp(static_cast<long double>(chi) * ln_x));
        worst = std::max(worst, static_cast<double>(std::abs(sum - truth)));
    }
    return worst;
}

}  // namespace

TEST_CASE("a stretched exponential is the sum of its modes to the tolerance, at every chi") {
    for (const double tolerance : {1e-3, 1e-5, 1e-8, 1e-12}) {
        for (const double chi :
             {0.05, 0.1, 0.17, 0.25, 0.4, 0.5, 0.52, 0.63, 0.75, 0.86, 0.93, 0.99, 0.9999}) {
            const auto modes = stretched_exponential_spectrum(chi, tolerance);
            REQUIRE(modes);
            CAPTURE(chi, tolerance, modes->size());
            CHECK(worst_error(*modes, chi) < tolerance);
        }
    }
}

TEST_CASE("the modes of a stretched exponential are positive, ordered and a distribution") {
    for (const double chi : {0.05, 0.3, 0.5, 0.8, 0.99, 0.999999}) {
        const auto modes = stretched_exponential_spectrum(chi, 1e-10);
        REQUIRE(modes);
        double sum = 0.0;
        double last = -std::numeric_limits<double>::infinity();
        for (const RateMode& mode : *modes) {
            CHECK(mode.weight > 0.0);
            CHECK(mode.ln_rate > last);
            last = mode.ln_rate;
            sum += mode.weight;
        }
        CHECK(sum == Approx(1.0).epsilon(1e-13));
    }
}

TEST_CASE("at chi = 1/2 the weights follow Levy's closed density") {
    // p(ln u) = exp(-1/(4u))/(2 sqrt(pi u)); the cumulative share below u is erfc(1/(2 sqrt u)).
    const auto modes = stretched_exponential_spectrum(0.5, 1e-12);
    REQUIRE(modes);
    double below = 0.0;
    for (std::size_t k = 0; k + 1 < modes->size(); ++k) {
        below += (*modes)[k].weight;
        const double middle = 0.5 * ((*modes)[k].ln_rate + (*modes)[k + 1].ln_rate);
        const double truth = std::erfc(0.5 * std::exp(-0.5 * middle));
        CHECK(std::abs(below - truth) < 3e-3);  // a midpoint, between modes a quarter apart
    }
}

TEST_CASE("a spectrum outside its domain is refused by name") {
    CHECK(stretched_exponential_spectrum(0.0, 1e-6).error().where == "chi");
    CHECK(stretched_exponential_spectrum(1.0, 1e-6).error().where == "chi");
    CHECK(stretched_exponential_spectrum(0.4, 0.1).error().where == "tolerance");
    CHECK(stretched_exponential_spectrum(0.4, 1e-14).error().where == "tolerance");
}

}  // namespace relaxd::model
