// SPDX-License-Identifier: MIT
//
// Tension at a constant strain rate (S1 Fig. 10, E1-14, E1-15).
#include "model/domain.hpp"
#include "model/rate/march.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double level = 50.0;        ///< Nothing recovers here.
constexpr double least_drop = 1e-7;   ///< Of the stress after a peak, relative.
constexpr int refined_steps = 24;     ///< Between the nodes around the peak.
constexpr double first_share = 1e-5;  ///< Of the first strain, where the integration starts.

/// The highest node so far, with what is needed to find the maximum between its neighbours.
struct Summit {
    RateState before;
    double stress_Pa = 0.0;
    double end_s = 0.0;
    bool is_last = true;

    void see(const RateState& from, const RateState& to) {
        if (to.stress_Pa > stress_Pa) {
            before = from;
            stress_Pa = to.stress_Pa;
            end_s = to.time_s;
            is_last = true;
        } else if (is_last) {
            end_s = to.time_s;
            is_last = false;
        }
    }
};

struct Peak {
    double time_s = 0.0;
    double stress_Pa = 0.0;
};

/// The maximum between the nodes around the highest one, by equal steps and a parabola; nothing
/// where the stress still rises at the end.
std::optional<Peak> refined(const Marcher& marcher, const Summit& summit) {
    RateState state = summit.before;
    const double dt = (summit.end_s - state.time_s) / refined_steps;
    std::vector<double> stress{state.stress_Pa};
    RateState next;
    for (int k = 0; k < refined_steps; ++k) {
        double error = 0.0;
        if (!marcher.step(state, dt, next, error)) {
            return std::nullopt;
        }
        std::swap(state, next);
        stress.push_back(state.stress_Pa);
    }
    const auto highest = std::max_element(stress.begin(), stress.end());
    if (highest == stress.begin() || highest == stress.end() - 1) {
        return std::nullopt;
    }
    const double rise = *highest - *(highest - 1);
    const double fall = *highest - *(highest + 1);
    const double shift = 0.5 * (rise - fall) / (rise + fall);
    const auto index = static_cast<double>(highest - stress.begin());
    return Peak{
        summit.before.time_s + dt * (index + shift),
        *highest + 0.25 * shift * (rise - fall),
    };
}

/// A first time so short that stress and strain do not yet move the clocks, and nothing flows.
Result<RateState> begin(const RateStepper& stepper, const Drive& drive, double first_time_s) {
    const RateState rest = stepper.start();
    const double a2 = stepper.material().parameters().a2;
    double dt = first_share * first_time_s;
    RateState state;
    for (int k = 0; k < 40; ++k, dt *= 0.01) {
        if (!stepper.step(rest, dt, drive, state)) {
            continue;
        }
        const Times t = stepper.times_at(state.stress_Pa, state.eps_an);
        const double swing =
            std::abs(t.max.d_stress * state.stress_Pa) + std::abs(a2 * t.max.d_chi * state.eps_an);
        if (swing < 1e-4 && state.eps_vp < 1e-4 * drive.strain_rate_per_s * dt) {
            break;
        }
    }
    if (state.modes.empty()) {
        return fail(Errc::not_converged, "the first step of the tension curve does not converge");
    }
    return state;
}

class Curve {
  public:
    Curve(const RateMaterial& material, double rate, Formulation formulation)
        : material_(material), stepper_(material, formulation, level) {
        drive_.strain_controlled = true;
        drive_.strain_rate_per_s = rate;
    }

    Result<void> run(std::span<const double> strains, Tension& out) {
        const auto positive =
            std::find_if(strains.begin(), strains.end(), [](double s) { return s > 0.0; });
        for (auto at = strains.begin(); at != positive; ++at) {
            add(stepper_.start(), out);
        }
        if (positive == strains.end()) {
            return {};
        }
        // Strains below 1e-13 of the last are within the contract's tolerance whatever they are.
        const double rate = drive_.strain_rate_per_s;
        const double first = std::max(*positive, 1e-13 * strains.back());
        auto state = begin(stepper_, drive_, first / rate);
        if (!state) {
            return fail(state.error());
        }
        Marcher marcher(stepper_, drive_);
        marcher.set_floor(1e-13 * strains.back());
        marcher.try_step(state->time_s);
        Summit summit;
        const auto see = [&](const RateState& from, const RateState& to) { summit.see(from, to); };
        for (auto at = positive; at != strains.end(); ++at) {
            if (auto ok = marcher.to(*at / rate, *state, see); !ok) {
                return ok;
            }
            add(*state, out);
        }
        add_peak(marcher, summit, *state, out);
        return check_range(out);
    }

  private:
    void add(const RateState& state, Tension& out) const {
        TensionPoint point;
        point.stress_Pa = state.stress_Pa;
        point.strain = {
            state.stress_Pa * material_.elastic_per_Pa(), state.eps_beta, state.eps_an, state.eps_vp
        };
        point.chi = stepper_.chi_at(state.eps_an);
        point.tau_max_s = std::exp(stepper_.times_at(state.stress_Pa, state.eps_an).max.value);
        out.points.push_back(point);
    }

    /// Without softening by anelastic strain no mode drives the stress back: it only rises.
    void add_peak(const Marcher& marcher, const Summit& summit, const RateState& last, Tension& out)
        const {
        if (material_.parameters().a2 == 0.0 || summit.before.modes.empty()) {
            return;
        }
        const auto peak = refined(marcher, summit);
        if (peak && peak->stress_Pa - last.stress_Pa > least_drop * peak->stress_Pa) {
            out.peak_stress_Pa = peak->stress_Pa;
            out.peak_strain = peak->time_s * drive_.strain_rate_per_s;
        }
    }

    static Result<void> check_range(const Tension& out) {
        for (const TensionPoint& point : out.points) {
            if (!std::isfinite(point.tau_max_s)) {
                return fail(
                    Errc::overflow, "tau_max_s leaves the range of double", "temperature_K"
                );
            }
        }
        return {};
    }

    const RateMaterial& material_;
    RateStepper stepper_;
    Drive drive_;
};

Result<void> check_strains(std::span<const double> strains) {
    for (std::size_t k = 0; k < strains.size(); ++k) {
        if (auto ok = need_not_negative("strain", strains[k]); !ok) {
            return ok;
        }
        if (k > 0 && strains[k] < strains[k - 1]) {
            return out_of_domain("strain", strains[k], "ascending");
        }
    }
    return {};
}

}  // namespace

Result<Tension> tension(
    const QpdParameters& p,
    double temperature_K,
    double strain_rate_per_s,
    std::span<const double> strains,
    Formulation formulation
) {
    if (formulation == Formulation::linear) {
        return fail(
            Errc::invalid, "formulation is linear and must be hereditary or eq16", "formulation"
        );
    }
    const auto material = RateMaterial::at(p, temperature_K);
    if (!material) {
        return fail(material.error());
    }
    if (auto ok =
            all_of(need_positive("strain_rate_per_s", strain_rate_per_s), check_strains(strains));
        !ok) {
        return fail(ok.error());
    }
    Tension out;
    out.steady_stress_Pa = material->steady_stress_Pa(strain_rate_per_s);
    if (!out.steady_stress_Pa && out.steady_stress_Pa.error().code != Errc::invalid) {
        return fail(out.steady_stress_Pa.error());
    }
    out.points.reserve(strains.size());
    Curve curve(*material, strain_rate_per_s, formulation);
    if (auto ok = curve.run(strains, out); !ok) {
        return fail(ok.error());
    }
    return out;
}

}  // namespace relaxd::model
