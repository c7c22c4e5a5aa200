// SPDX-License-Identifier: MIT
#include "model/signal/decay.hpp"

#include "model/fit/short_text.hpp"
#include "model/signal/damped_cosine.hpp"
#include "model/signal/extrema.hpp"
#include "model/signal/signal_check.hpp"
#include "model/signal/spectrum_peak.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

namespace relaxd::model {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double samples_a_period_min = 10.0;
constexpr std::size_t samples_min = 40;
constexpr std::size_t extrema_min = 5;
constexpr std::size_t half_extrema_min = 3;
constexpr double tan_phi_max = 0.3;  // INSTRUMENTS 7: there free decay gets worse (BF01984628)
constexpr double disagree_sigmas = 3.0;
constexpr double better_share = 0.5;

Result<Extrema> extrema_of(const record::WaveformChannel& angle, double rate_Hz) {
    if (angle.codes.size() < samples_min) {
        return bad_signal(
            "the decay has " + std::to_string(angle.codes.size()) + " samples, it needs " +
                std::to_string(samples_min),
            "sample faster or longer"
        );
    }
    if (const double share = clipped_share(angle); share > 0.0) {
        return bad_signal(
            "the angle left its range in " + short_text(100.0 * share, 3) +
                " % of the decay's samples",
            "let the pendulum go from a smaller angle"
        );
    }
    const double f_Hz = strongest_line_Hz(angle, rate_Hz);
    if (!(f_Hz > 0.0)) {
        return bad_signal("the angle does not swing", "a longer window, or a larger deflection");
    }
    if (f_Hz * samples_a_period_min > rate_Hz) {
        return bad_signal(
            "the decay of " + short_text(f_Hz) + " Hz has " + short_text(rate_Hz / f_Hz, 3) +
                " samples a period, it needs " + short_text(samples_a_period_min),
            "sample faster"
        );
    }
    Extrema extrema = find_extrema(angle, 0.5 * rate_Hz / f_Hz);
    if (extrema.all.size() < extrema_min) {
        return bad_signal(
            "the decay has " + std::to_string(extrema.all.size()) + " extrema above its noise of " +
                short_text(extrema.sigma_V, 2) + " V, it needs " + std::to_string(extrema_min),
            "a larger deflection or a longer window; where tan phi is above 0.3 force the "
            "oscillation instead"
        );
    }
    return extrema;
}

// The fit, and the sample at which its range begins.
struct Begun {
    std::size_t first = 0;
    DampedCosine fit;
    Begun() = default;
};

// A specimen that was held creeps back after the release, fastest at first and as no parabola does.
// So the range begins up to four periods later where that makes the error told less than half.
std::optional<Begun> fit_from_best(
    const record::WaveformChannel& angle,
    double rate_Hz,
    const Extrema& extrema,
    std::size_t end,
    const DampedCosine& start
) {
    std::optional<Begun> best;
    for (const std::size_t skipped : {0U, 2U, 4U, 8U}) {
        if (skipped + extrema_min > extrema.all.size()) {
            break;
        }
        const std::size_t first =
            skipped == 0 ? 0 : static_cast<std::size_t>(extrema.all[skipped].sample);
        const auto fit = fit_damped_cosine(angle, rate_Hz, first, end - first, start);
        if (fit && (!best || fit->decrement_sigma < better_share * best->fit.decrement_sigma)) {
            best.emplace();
            best->first = first;
            best->fit = *fit;
        }
    }
    return best;
}

// Decrement of the first half of the extrema minus that of the second, over its error.
double halves_differ(
    const record::WaveformChannel& angle,
    double rate_Hz,
    const Extrema& extrema,
    std::size_t end,
    const Begun& whole
) {
    std::vector<std::size_t> used;
    for (const Extremum& one : extrema.all) {
        if (one.sample >= static_cast<double>(whole.first)) {
            used.push_back(static_cast<std::size_t>(one.sample));
        }
    }
    const std::size_t half = used.size() / 2;
    if (half < half_extrema_min) {
        return 0.0;
    }
    const std::size_t middle = used[half];
    const auto first =
        fit_damped_cosine(angle, rate_Hz, whole.first, middle - whole.first, whole.fit);
    const auto second = fit_damped_cosine(angle, rate_Hz, middle, end - middle, whole.fit);
    if (!first || !second) {
        return 0.0;
    }
    const double error = std::hypot(first->decrement_sigma, second->decrement_sigma);
    return error > 0.0 ? (first->decrement() - second->decrement()) / error : 0.0;
}

void warn(Decay& out) {
    const double x = out.decrement / (2.0 * pi);
    const double tan_phi = x < 1.0 ? 2.0 * x / (1.0 - x * x) : 1e9;  // I p^2 + K* = 0
    if (tan_phi > tan_phi_max) {
        out.warnings.push_back(
            "the decrement of " + short_text(out.decrement) +
            " is a loss tangent above 0.3, where free decay is a poor method: force the oscillation"
        );
    }
    const double apart = std::abs(out.decrement - out.extrema_decrement);
    const double error = std::hypot(out.decrement_sigma, out.extrema_decrement_sigma);
    if (apart > disagree_sigmas * error) {
        out.warnings.push_back(
            "the decrement is " + short_text(out.decrement) + " by the fit and " +
            short_text(out.extrema_decrement) + " by the extrema, " + short_text(apart / error, 2) +
            " standard deviations apart: look at the waveform"
        );
    }
    if (std::abs(out.halves_differ) > disagree_sigmas) {
        out.warnings.push_back(
            "the decrement of the first half differs from that of the second by " +
            short_text(out.halves_differ, 2) +
            " standard deviations: it depends on the amplitude or changes with time"
        );
    }
}

}  // namespace

Result<Decay> fit_decay(const record::Waveform& waveform) {
    const auto channel = usable_channel(waveform, "angle");
    if (!channel) {
        return fail(channel.error());
    }
    const record::WaveformChannel& angle = **channel;
    const double rate_Hz = waveform.rate_Hz;
    const Result<Extrema> extrema = extrema_of(angle, rate_Hz);
    if (!extrema) {
        return fail(extrema.error());
    }
    const ExtremaDecrement by_extrema = decrement_of(*extrema);
    const double spans = static_cast<double>(extrema->all.size() - 1);
    const double half = (extrema->all.back().sample - extrema->all.front().sample) / spans;
    DampedCosine start;
    start.omega_rad_s = pi * rate_Hz / half;
    start.beta_per_s = by_extrema.decrement * start.omega_rad_s / (2.0 * pi);
    // Half a period after the last extremum only noise and drift are left.
    const auto end = std::min(
        angle.codes.size(), static_cast<std::size_t>(std::ceil(extrema->all.back().sample + half))
    );
    const std::optional<Begun> begun = fit_from_best(angle, rate_Hz, *extrema, end, start);
    if (!begun) {
        return bad_signal(
            "no damped cosine fits the angle", "look at the waveform: is it a free decay?"
        );
    }
    const DampedCosine* fit = &begun->fit;
    Decay out;
    out.frequency_Hz = fit->omega_rad_s / (2.0 * pi);
    out.frequency_sigma_Hz = fit->omega_sigma_rad_s / (2.0 * pi);
    out.decrement = fit->decrement();
    out.decrement_sigma = fit->decrement_sigma;
    out.extrema_decrement = by_extrema.decrement;
    out.extrema_decrement_sigma = by_extrema.sigma;
    const double later_s = static_cast<double>(begun->first) / rate_Hz;
    out.amplitude_V = std::abs(fit->amplitude_V) * std::exp(fit->beta_per_s * later_s);
    out.residual_rms_V = fit->residual_rms_V;
    out.periods = static_cast<int>(spans / 2.0);
    out.halves_differ = halves_differ(angle, rate_Hz, *extrema, end, *begun);
    warn(out);
    return out;
}

Complex complex_frequency(double frequency_Hz, double decrement) {
    return {-decrement * frequency_Hz, 2.0 * pi * frequency_Hz};
}

Complex free_stiffness_N_m(Complex p_per_s, double inertia_kg_m2, double damping_N_m_s) {
    return -(inertia_kg_m2 * p_per_s * p_per_s + damping_N_m_s * p_per_s);
}

Complex at_real_frequency(Complex at_p, Complex p_per_s) {
    // K* = k p^n with n = 2 phi/pi: arg K*(p) = n arg p, and arg p = pi/2 + a.
    const double n = std::arg(at_p) / std::arg(p_per_s);
    const double stretch = std::pow(p_per_s.imag() / std::abs(p_per_s), n);
    return std::polar(std::abs(at_p) * stretch, 0.5 * pi * n);
}

}  // namespace relaxd::model
