// SPDX-License-Identifier: MIT
//
// The beta strain under a history of stress, which no creep fit moves.
#include "model/qpd/gumbel.hpp"
#include "model/series/creep_march.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

constexpr std::size_t beta_substeps = 2;  ///< Of a piece of a ramp.

}  // namespace

std::size_t StressHistory::piece_at(double time_s) const {
    std::size_t p = 0;
    while (p + 1 < pieces.size() && time_s > pieces[p].end_s) {
        ++p;
    }
    return p;
}

double CreepLaws::beta_shift(double stress_Pa) const {
    const double left = std::max(0.0, 1.0 - std::abs(stress_Pa) / sigma1_Pa);
    return barrier * (left * std::sqrt(left) - 1.0);
}

std::vector<double> beta_strain(
    const CreepLaws& laws, const StressHistory& history, std::span<const double> times_s
) {
    std::vector<double> out(times_s.size(), 0.0);
    if (!laws.has_beta || laws.A_beta_per_Pa == 0.0) {
        return out;
    }
    // Ramps as small jumps at their middles; the clock of each piece at its mean stress.
    struct Jump {
        double at_s = 0.0;
        double stress_Pa = 0.0;
    };
    std::vector<Jump> jumps;
    double before = 0.0;
    for (const StressPiece& p : history.pieces) {
        if (p.begin_Pa != before) {
            jumps.push_back({p.begin_s, p.begin_Pa - before});
        }
        before = p.end_Pa;
        const double rise = p.end_Pa - p.begin_Pa;
        for (std::size_t k = 0; rise != 0.0 && k < beta_substeps; ++k) {
            const double share = (static_cast<double>(k) + 0.5) / beta_substeps;
            jumps.push_back(
                {p.begin_s + share * (p.end_s - p.begin_s),
                 rise / static_cast<double>(beta_substeps)}
            );
        }
    }
    const auto clock = [&](double time_s) {
        double sum = 0.0;
        for (const StressPiece& p : history.pieces) {
            const double length = std::min(time_s, p.end_s) - p.begin_s;
            if (length > 0.0) {
                const double mean = 0.5 * (p.begin_Pa + p.at(p.begin_s + length));
                const double shift = laws.formulation == Formulation::linear
                                         ? 0.0
                                         : laws.beta_shift(mean + history.preload_Pa);
                sum += length * std::exp(-laws.ln_tau_beta - shift);
            }
        }
        return sum;
    };
    const double all_grown = 3.6 + 3.6 / laws.B;  // what is left is below 1e-13
    for (const Jump& jump : jumps) {
        const double start = clock(jump.at_s);
        for (std::size_t k = 0; k < times_s.size(); ++k) {
            const double since = clock(times_s[k]) - start;
            if (times_s[k] > jump.at_s && since > 0.0) {
                const double x = std::log(since);
                const double grown = x > all_grown ? 1.0 : gumbel_one_minus_exp(x, laws.B);
                out[k] += laws.A_beta_per_Pa * jump.stress_Pa * grown;
            }
        }
    }
    return out;
}

}  // namespace relaxd::model
