// SPDX-License-Identifier: MIT
//
// Creep under a constant stress and recovery after its removal (S1 Fig. 11, E1-14, E1-24).
#include "model/domain.hpp"
#include "model/rate/linear_recovery.hpp"
#include "model/rate/march.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double level = 110.0;  ///< Recovered parts count down to exp(-level) of themselves.

StrainParts parts_of(const RateState& state, const RateMaterial& material) {
    return {
        state.stress_Pa * material.elastic_per_Pa(), state.eps_beta, state.eps_an, state.eps_vp
    };
}

/// The times in ascending order, as places in the caller's list.
std::vector<std::size_t> ascending(std::span<const double> times_s) {
    std::vector<std::size_t> order(times_s.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return times_s[a] < times_s[b];
    });
    return order;
}

/// Loading from 0, then recovery from the load time on.
class Test {
  public:
    Test(const RateMaterial& material, Formulation formulation, double stress_Pa, double load_s)
        : material_(material),
          stepper_(material, formulation, level),
          stress_Pa_(stress_Pa),
          load_s_(load_s),
          state_(stepper_.start()) {}

    Result<void> run(std::span<const double> times_s, std::vector<StrainParts>& out) {
        const std::vector<std::size_t> order = ascending(times_s);
        auto at = order.begin();
        Drive load;
        load.stress_Pa = stress_Pa_;
        state_.stress_Pa = stress_Pa_;
        Marcher loading(stepper_, load);
        for (; at != order.end() && times_s[*at] <= load_s_; ++at) {
            if (auto ok = loading.to(times_s[*at], state_); !ok) {
                return ok;
            }
            out[*at] = parts_of(state_, material_);
        }
        if (at == order.end()) {
            return {};
        }
        if (auto ok = loading.to(load_s_, state_); !ok) {
            return ok;
        }
        unload();
        Drive free;
        free.clock_start_s = load_s_;
        Marcher recovering(stepper_, free);
        for (; at != order.end(); ++at) {
            if (auto ok = recovering.to(times_s[*at] - load_s_, state_); !ok) {
                return ok;
            }
            out[*at] = parts_of(state_, material_);
        }
        return {};
    }

  private:
    void unload() {
        state_.time_s = 0.0;
        state_.stress_Pa = 0.0;
        state_.stress_slope = 0.0;
        state_.an_slope = 0.0;
    }

    const RateMaterial& material_;
    RateStepper stepper_;
    double stress_Pa_;
    double load_s_;
    RateState state_;
};

Result<void> check_finite(const std::vector<StrainParts>& strains) {
    for (const StrainParts& s : strains) {
        if (!std::isfinite(s.total())) {
            return fail(
                Errc::overflow, "eps leaves the range of double at this stress", "stress_Pa"
            );
        }
    }
    return {};
}

}  // namespace

Result<std::vector<StrainParts>> creep_recovery(
    const QpdParameters& p,
    double temperature_K,
    double stress_Pa,
    double load_time_s,
    std::span<const double> times_s,
    Formulation formulation
) {
    const auto material = RateMaterial::at(p, temperature_K);
    if (!material) {
        return fail(material.error());
    }
    if (auto ok = all_of(
            need_finite("stress_Pa", stress_Pa), need_not_negative("load_time_s", load_time_s)
        );
        !ok) {
        return fail(ok.error());
    }
    for (const double t : times_s) {
        if (auto ok = need_not_negative("time_s", t); !ok) {
            return fail(ok.error());
        }
    }
    if (formulation == Formulation::linear) {
        return linear_recovery(*material, temperature_K, stress_Pa, load_time_s, times_s);
    }
    std::vector<StrainParts> out(times_s.size());
    Test test(*material, formulation, stress_Pa, load_time_s);
    if (auto ok = test.run(times_s, out); !ok) {
        return fail(ok.error());
    }
    if (auto ok = check_finite(out); !ok) {
        return fail(ok.error());
    }
    return out;
}

}  // namespace relaxd::model
