// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_draws.hpp"

#include "model/estimate/dynamic_start.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace relaxd::model {

namespace {

constexpr double cut_sd = 2.0;
constexpr std::uint64_t seed = 0x5eed;

/// Splitmix64 (Steele, Lea, Flood, OOPSLA 2014): uniform numbers, the same everywhere.
class Uniform {
  public:
    double operator()() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        z ^= z >> 31U;
        return (static_cast<double>(z >> 11U) + 0.5) / 9007199254740992.0;
    }

  private:
    std::uint64_t state_ = seed;
};

/// Standard normal by Box and Muller, cut.
double normal(Uniform& uniform) {
    const double u = uniform();
    const double v = uniform();
    const double z = std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
    return std::clamp(z, -cut_sd, cut_sd);
}

}  // namespace

std::vector<Coordinates> prior_draws(const DynamicStart& start, int count) {
    Uniform uniform;
    std::vector<Coordinates> out;
    for (int k = 0; k < count; ++k) {
        Coordinates q = start.q;
        for (std::size_t i = 0; i < q_count; ++i) {
            const double z = normal(uniform);
            const bool is_fixed =
                (i == q_T_g && start.T_g_is_fixed) || (i == q_a1 && start.is_one_temperature);
            q[i] += is_fixed ? 0.0 : z * start.prior_sd[i];
        }
        q[q_chi_Tg] = std::clamp(q[q_chi_Tg], chi_box_low + 0.05, chi_box_high - 0.05);
        q[q_a1] = std::max(q[q_a1], 0.0);
        q[q_U] = std::max(q[q_U], 0.3 * start.q[q_U]);
        q[q_ln_B] = std::clamp(q[q_ln_B], ln_B_low + 0.1, ln_B_high - 0.1);
        if (start.q[q_fast_T_ref] > 0.0) {
            q[q_U_fast] = std::max(q[q_U_fast], 0.3 * start.q[q_U_fast]);
            q[q_ln_B_fast] = std::clamp(q[q_ln_B_fast], ln_B_low + 0.1, ln_B_high - 0.1);
            q = faster_first(q, start.T_ref_K);
        }
        out.push_back(q);
    }
    return out;
}

}  // namespace relaxd::model
