// SPDX-License-Identifier: MIT
#include "model/qpd/relaxation_modulus.hpp"

#include "model/domain.hpp"
#include "model/kww/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace relaxd::model {

namespace {

constexpr double tolerance = 1e-12;  ///< Of each spectrum.

/// One exponential of J(t): strength (1 - exp(-rate t)), the strength in units of 1/E_u(T).
struct Retardation {
    double strength = 0.0;
    double ln_rate = 0.0;
};

/// S1 Eq. 24 as modes: trapezoid in y = B ln(tau/tau_mode), left out below e^y = tolerance.
void add_gumbel(std::vector<Retardation>& modes, double strength, double ln_tau, double B) {
    if (strength == 0.0) {
        return;
    }
    if (std::isinf(B)) {
        modes.push_back({strength, -ln_tau});
        return;
    }
    const double step = 0.22 * std::min(1.0, B);
    const double low = std::log(tolerance);
    double kept = 0.0;
    const std::size_t first = modes.size();
    for (double y = 3.65; y > low; y -= step) {
        const double weight = std::exp(y - std::exp(y));
        kept += weight;
        modes.push_back({weight, -ln_tau - y / B});
    }
    for (std::size_t k = first; k < modes.size(); ++k) {
        modes[k].strength *= strength / kept;
    }
}

constexpr double never = -std::numeric_limits<double>::infinity();
constexpr double ln_fastest = 25.3;   ///< 1e11/s: over after 1e-9 s.
constexpr double ln_slowest = -53.0;  ///< 1e-23/s: flow, as far as 1e15 s can tell.

/// J E_u: retardations and ln(a), the rate of flow in 1/s.
struct Compliance {
    std::vector<Retardation> modes;
    double ln_flow = never;
};

/// One mode for all that are over before the first time asked for, and flow for all that only begin
/// at the last: bounds the number of modes at any chi and B.
void narrow(Compliance& J) {
    std::vector<Retardation> kept;
    double fast = 0.0;
    for (const Retardation& mode : J.modes) {
        if (mode.strength < 1e-22) {  // beyond what E_u can feel
            continue;
        }
        if (mode.ln_rate > ln_fastest) {
            fast += mode.strength;
        } else if (mode.ln_rate < ln_slowest) {
            const double ln_slope = std::log(mode.strength) + mode.ln_rate;
            const double high = std::max(J.ln_flow, ln_slope);
            J.ln_flow = high + std::log1p(std::exp(std::min(J.ln_flow, ln_slope) - high));
        } else {
            kept.push_back(mode);
        }
    }
    if (fast > 0.0) {
        kept.push_back({fast, ln_fastest + 1.0});
    }
    J.modes = std::move(kept);
}

/// Slowest first; rates closer than 1e-7 become one, at their mean.
std::vector<Retardation> sorted(std::vector<Retardation> modes) {
    std::sort(modes.begin(), modes.end(), [](const Retardation& a, const Retardation& b) {
        return a.ln_rate < b.ln_rate;
    });
    std::vector<Retardation> out;
    for (const Retardation& mode : modes) {
        if (!out.empty() && mode.ln_rate - out.back().ln_rate < 1e-7) {
            Retardation& last = out.back();
            const double sum = last.strength + mode.strength;
            last.ln_rate += (mode.ln_rate - last.ln_rate) * (mode.strength / sum);
            last.strength = sum;
        } else {
            out.push_back(mode);
        }
    }
    return out;
}

Result<Compliance> compliance(const QpdParameters& p, double T) {
    const double E_u = unrelaxed_modulus_Pa(p, T);
    Compliance J;
    std::vector<Retardation>& modes = J.modes;
    add_gumbel(modes, p.A_beta_per_Pa() * E_u, ln_tau_beta(p, T), p.B);
    for (const FastBeta& fast : p.fast_beta) {
        add_gumbel(modes, fast.A_per_Pa * E_u, ln_tau_fast(p, fast, T), fast.B);
    }
    if (p.A_an_per_Pa > 0.0) {
        const auto spectrum = stretched_exponential_spectrum(chi(p, T), tolerance);
        if (!spectrum) {
            return out_of_domain("chi_Tg", p.chi_Tg, "such that chi(T) is 1e-3 or more");
        }
        const double ln_tau = ln_tau_an(p, T);
        for (const RateMode& mode : *spectrum) {
            modes.push_back({p.A_an_per_Pa * E_u * mode.weight, mode.ln_rate - ln_tau});
        }
    }
    if (p.A_vp_per_Pa > 0.0) {
        J.ln_flow = std::log(p.A_vp_per_Pa * E_u) - ln_tau_max(p, T);
    }
    narrow(J);
    J.modes = sorted(std::move(J.modes));
    return J;
}

/// Q(-lambda) = 1 + sum A_k/(1 - lambda/r_k) - a/lambda, the Laplace-Carson transform of J E_u,
/// seen from its pole r_p: lambda = r_p e^delta. Q rises from pole to pole.
class FromPole {
  public:
    FromPole(std::span<const Retardation> modes, std::size_t pole, double ln_flow)
        : modes_(modes), pole_(pole), flow_(std::exp(ln_flow - modes[pole].ln_rate)) {
        ratio_.reserve(modes.size());
        for (const Retardation& mode : modes) {
            ratio_.push_back(std::exp(std::min(700.0, modes[pole].ln_rate - mode.ln_rate)));
        }
    }

    /// A_p - (e^delta - 1) R: Q times -(e^delta - 1), without a pole at delta = 0. R is Q without
    /// the term of the pole.
    struct Smooth {
        double value = 0.0;
        double slope = 0.0;
    };
    [[nodiscard]] Smooth smooth(double delta) const {
        const double mu = std::exp(delta);
        const double e = std::expm1(delta);
        const auto [R, R_slope] = rest(mu);
        return {modes_[pole_].strength - e * R, -mu * R - e * R_slope};
    }

    [[nodiscard]] bool is_positive(double delta) const {
        const double value = smooth(delta).value;
        return delta > 0.0 ? value < 0.0 : value > 0.0;
    }

    /// The zero between `near` = 0 (the pole) and `far`, where Q has the other sign.
    [[nodiscard]] double zero(double far) const {
        double inner = 0.0;  // smooth > 0
        double outer = far;  // smooth < 0
        double delta = 0.5 * far;
        for (int k = 0; k < 200; ++k) {
            const Smooth now = smooth(delta);
            (now.value > 0.0 ? inner : outer) = delta;
            double next = delta - now.value / now.slope;
            const bool inside =
                far > 0.0 ? next > inner && next < outer : next < inner && next > outer;
            if (!inside) {
                next = 0.5 * (inner + outer);
            }
            const bool settled = std::abs(next - delta) <= 1e-14 * std::abs(next);
            delta = next;
            if (settled) {
                break;
            }
        }
        return delta;
    }

    /// The weight of exp(-lambda t) in E(t)/E_u at a zero.
    [[nodiscard]] double weight(double delta) const {
        const double mu = std::exp(delta);
        const double e = std::expm1(delta);
        return 1.0 / (modes_[pole_].strength * mu / (e * e) + rest(mu).slope);
    }

  private:
    [[nodiscard]] Smooth rest(double mu) const {
        double R = 1.0 - flow_ / mu;
        double slope = flow_ / mu;
        for (std::size_t k = 0; k < modes_.size(); ++k) {
            if (k == pole_) {
                continue;
            }
            const double x = mu * ratio_[k];
            const double share = modes_[k].strength / (1.0 - x);
            R += share;
            slope += share * (x / (1.0 - x));
        }
        return {R, slope};
    }

    std::span<const Retardation> modes_;
    std::size_t pole_;
    double flow_;                ///< a/r_p
    std::vector<double> ratio_;  ///< r_p/r_k
};

/// A mode of E(t)/E_u.
struct Relaxation {
    double weight = 0.0;
    double ln_rate = 0.0;
};

/// The zero of Q between modes `below` and `below` + 1, from the nearer pole.
Relaxation between(std::span<const Retardation> modes, std::size_t below, double ln_flow) {
    const double half = 0.5 * (modes[below + 1].ln_rate - modes[below].ln_rate);
    const FromPole lower(modes, below, ln_flow);
    if (lower.is_positive(half)) {
        const double delta = lower.zero(half);
        return {lower.weight(delta), modes[below].ln_rate + delta};
    }
    const FromPole upper(modes, below + 1, ln_flow);
    const double delta = upper.zero(-half);
    return {upper.weight(delta), modes[below + 1].ln_rate + delta};
}

/// The zero beyond the slowest (`direction` -1) or fastest (+1) mode.
Relaxation beyond(std::span<const Retardation> modes, double direction, double ln_flow) {
    const std::size_t pole = direction > 0.0 ? modes.size() - 1 : 0;
    const FromPole from(modes, pole, ln_flow);
    double far = direction;
    while (from.is_positive(far) != (direction > 0.0) && std::abs(far) < 1e6) {
        far *= 2.0;
    }
    const double delta = from.zero(far);
    return {from.weight(delta), modes[pole].ln_rate + delta};
}

}  // namespace

Result<RelaxationModulus> RelaxationModulus::at(const QpdParameters& p, double temperature_K) {
    if (auto ok = check_parameters(p, temperature_K); !ok) {
        return fail(ok.error());
    }
    const auto J = compliance(p, temperature_K);
    if (!J) {
        return fail(J.error());
    }
    const std::span<const Retardation> modes = J->modes;
    const double ln_flow = J->ln_flow;
    double sum = 0.0;
    for (const Retardation& mode : modes) {
        sum += mode.strength;
    }
    if (!std::isfinite(sum) || ln_flow > 700.0) {
        return fail(
            Errc::overflow,
            "the compliance in units of 1/E_u leaves the range of double at temperature_K = " +
                shown(temperature_K),
            "temperature_K"
        );
    }
    std::vector<Relaxation> found;
    if (ln_flow == never) {
        found.push_back({1.0 / (1.0 + sum), never});  // the equilibrium modulus
    } else if (modes.empty()) {
        found.push_back({1.0, ln_flow});
    } else {
        found.push_back(beyond(modes, -1.0, ln_flow));
    }
    if (!modes.empty()) {
        for (std::size_t k = 0; k + 1 < modes.size(); ++k) {
            found.push_back(between(modes, k, ln_flow));
        }
        found.push_back(beyond(modes, 1.0, ln_flow));
    }
    const double E_u = unrelaxed_modulus_Pa(p, temperature_K);
    RelaxationModulus out;
    for (const Relaxation& mode : found) {
        if (mode.weight > 1e-20) {
            out.weight_Pa_.push_back(E_u * mode.weight);
            out.ln_rate_per_s_.push_back(mode.ln_rate);
        }
    }
    return out;
}

double RelaxationModulus::value_Pa(double time_s) const {
    const double ln_t = std::log(std::max(0.0, time_s));
    double sum = 0.0;
    for (std::size_t k = 0; k < weight_Pa_.size(); ++k) {
        const double ln_age = time_s > 0.0 ? ln_rate_per_s_[k] + ln_t : -1e3;
        sum += ln_age < 7.0 ? weight_Pa_[k] * std::exp(-std::exp(ln_age)) : 0.0;
    }
    return sum;
}

}  // namespace relaxd::model
