// SPDX-License-Identifier: MIT
#include "model/master/shift_start.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

constexpr double grid_step = 0.1;     ///< Of ln a_T.
constexpr double backwards = 1.0;     ///< A hotter isotherm may seem slower by this much.
constexpr double overlap_min = 3.0;   ///< Points of either isotherm within the other's window.
constexpr double noise_floor = 0.01;  ///< Relative: small errors of geometry are no mismatch.
constexpr double worst = 100.0;       ///< One wild point counts for no more.
constexpr double agreement_sigma = 5.0;
constexpr double agreement_ln = 0.1;
constexpr double per_overlap = 4.0;  ///< In favour of overlap, where the distances are equal.

double variance_of(const SweepRow& row, std::size_t channel, double floor) {
    return 1.0 / (row.inverse[channel] * row.inverse[channel]) + floor * floor;
}

struct Distance {
    double sum = 0.0;
    double points = 0.0;
};

/// Squared distances of the rows of `b` to the polygon of `a` shifted by `shift`.
void add_distance(
    const Sweeps& s,
    const Isotherm& a,
    const Isotherm& b,
    double shift,
    Moduli moduli,
    double floor,
    Distance& out
) {
    const std::size_t first = moduli == Moduli::loss ? loss_channel : storage_channel;
    const std::size_t end = moduli == Moduli::storage ? loss_channel : loss_channel + 1;
    std::size_t j = a.first;
    for (std::size_t i = b.first; i < b.last; ++i) {
        const SweepRow& row = s.rows[i];
        const double x = row.ln_omega - shift;
        while (j + 1 < a.last && s.rows[j + 1].ln_omega < x) {
            ++j;
        }
        if (j + 1 >= a.last || x < s.rows[j].ln_omega) {
            continue;
        }
        const SweepRow& left = s.rows[j];
        const SweepRow& right = s.rows[j + 1];
        const double width = right.ln_omega - left.ln_omega;
        const double w = width > 0.0 ? (x - left.ln_omega) / width : 0.5;
        for (std::size_t channel = first; channel < end; ++channel) {
            const double y = (1.0 - w) * left.y[channel] + w * right.y[channel];
            const double variance = variance_of(row, channel, floor) +
                                    (1.0 - w) * (1.0 - w) * variance_of(left, channel, floor) +
                                    w * w * variance_of(right, channel, floor);
            const double d = row.y[channel] - y;
            out.sum += std::min(d * d / variance, worst);
        }
        out.points += 1.0;
    }
}

/// Mean squared distance at this shift of the colder isotherm `a`; infinite without overlap.
double mismatch(
    const Sweeps& s, const Isotherm& a, const Isotherm& b, double shift, Moduli moduli
) {
    Distance d;
    add_distance(s, a, b, shift, moduli, noise_floor, d);
    const double forwards = d.points;
    add_distance(s, b, a, -shift, moduli, noise_floor, d);
    if (forwards + 0.5 < overlap_min || d.points - forwards + 0.5 < overlap_min) {
        return 1e300;
    }
    return (d.sum + per_overlap) / d.points;
}

/// ln a_T of `a` over that of `b`, which is the next hotter one.
double step_between(const Sweeps& s, const Isotherm& a, const Isotherm& b, Moduli moduli) {
    if (b.temperature_K - a.temperature_K < 0.05) {
        return 0.0;
    }
    const double highest = s.rows[b.last - 1].ln_omega - s.rows[a.first].ln_omega;
    const double lowest =
        std::max(-backwards, s.rows[b.first].ln_omega - s.rows[a.last - 1].ln_omega);
    double best = 0.0;
    double least = 1e300;
    for (double shift = lowest; shift <= highest; shift += grid_step) {
        const double now = mismatch(s, a, b, shift, moduli);
        if (now < least) {
            least = now;
            best = shift;
        }
    }
    return best;
}

}  // namespace

Eigen::VectorXd pairwise_shifts(const Sweeps& sweeps, std::size_t reference, Moduli moduli) {
    const auto n = static_cast<Eigen::Index>(sweeps.isotherms.size());
    Eigen::VectorXd shifts = Eigen::VectorXd::Zero(n);
    for (Eigen::Index k = 1; k < n; ++k) {
        const auto i = static_cast<std::size_t>(k);
        shifts[k] = shifts[k - 1] -
                    step_between(sweeps, sweeps.isotherms[i - 1], sweeps.isotherms[i], moduli);
    }
    const double at_reference = shifts[static_cast<Eigen::Index>(reference)];
    shifts.array() -= at_reference;
    return shifts;
}

bool agree(const Sweeps& sweeps, std::size_t a, std::size_t b, double shift) {
    constexpr double floor = agreement_ln / agreement_sigma;
    Distance d;
    add_distance(sweeps, sweeps.isotherms[a], sweeps.isotherms[b], shift, Moduli::both, floor, d);
    add_distance(sweeps, sweeps.isotherms[b], sweeps.isotherms[a], -shift, Moduli::both, floor, d);
    return d.points >= 2.0 && d.sum <= 2.0 * d.points * agreement_sigma * agreement_sigma;
}

}  // namespace relaxd::model
