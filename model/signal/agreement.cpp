// SPDX-License-Identifier: MIT
#include "model/fit/short_text.hpp"
#include "model/signal/demodulate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {

namespace {
/// Of noise that stays the same two windows of 100 samples differ by less in 99 of 100 pairs
/// (chosen: a false alarm costs one more window).
constexpr double dying = 0.75;
}  // namespace

Agreement agreement(
    const Demodulated& before, const Demodulated& now, double sigmas, double relative
) {
    Agreement out;
    if (before.frequency_Hz != now.frequency_Hz) {
        out.why = "the window before is of another frequency, " +
                  short_text(before.frequency_Hz, 6) + " Hz instead of " +
                  short_text(now.frequency_Hz, 6) + " Hz";
        return out;
    }
    const double size = std::abs(now.stiffness);
    if (!(size > 0.0) || !(std::abs(before.stiffness) > 0.0)) {
        out.why = "there is no torque to compare";
        return out;
    }
    // The error of a difference of complex numbers is that of its two quadratures; of the later
    // window, for a transient that dies away is noise to the fit, and more of it in the earlier.
    const double error = 2.0 * now.stiffness_sigma;
    out.relative_change = std::abs(now.stiffness - before.stiffness) / size;
    out.relative_allowed = std::max(sigmas * error / size, relative);
    const bool is_dying = now.angle.residual_rms_V < dying * before.angle.residual_rms_V &&
                          now.stiffness_sigma > relative * size;
    out.holds = out.relative_change <= out.relative_allowed && !is_dying;
    if (is_dying) {
        out.why = "what the fit leaves of the angle still falls, from " +
                  short_text(before.angle.residual_rms_V, 3) + " V to " +
                  short_text(now.angle.residual_rms_V, 3) + " V: a transient dies away";
    } else if (!out.holds) {
        out.why = "torque over angle changed by " + short_text(100.0 * out.relative_change, 3) +
                  " % from one window to the next, allowed are " +
                  short_text(100.0 * out.relative_allowed, 3) + " %";
    }
    return out;
}

double settling_s(double frequency_Hz, double eigenfrequency_Hz, double tan_phi, double eps) {
    const double period_s = 1.0 / frequency_Hz;
    const double rate_per_s = std::numbers::pi * eigenfrequency_Hz * tan_phi;
    if (!(rate_per_s > 0.0) || !(eps > 0.0)) {
        return period_s;
    }
    return std::max(period_s, -std::log(eps) / rate_per_s);
}

}  // namespace relaxd::model
