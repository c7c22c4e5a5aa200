// SPDX-License-Identifier: MIT
#include "drivers/simulator/specimen_truth.hpp"

#include "schema/base/number.hpp"

#include <cmath>
#include <cstddef>

namespace relaxd::simulator {

std::vector<std::pair<std::string, std::string>> specimen_truth(
    const std::vector<material::FastBeta>& fast_beta, const GlassOptions& options
) {
    std::vector<std::pair<std::string, std::string>> told;
    for (std::size_t i = 0; i < fast_beta.size(); ++i) {
        const std::string list = i == 0 ? "fast_beta." : "fast_beta." + std::to_string(i + 1) + ".";
        for (const auto& [name, member] : material::fast_beta_members) {
            if (std::isfinite(fast_beta[i].*member)) {
                told.emplace_back(list + std::string(name), to_text(fast_beta[i].*member));
            }
        }
    }
    for (const auto& [name, member] : glass_switches) {
        if (options.*member) {
            told.emplace_back(name, "1");
        }
    }
    for (const auto& [name, member] : glass_numbers) {
        const bool ageing = name.starts_with("ageing_") && options.ageing;
        const bool crystals = name.starts_with("crystal_") && options.crystallisation;
        const bool expands = name.starts_with("thermal_") && options.*member != 0.0;
        const bool relaxes = (name.starts_with("equilibrium_") || name.starts_with("fictive_")) &&
                             options.structural_relaxation;
        if ((ageing || crystals || expands || relaxes) && std::isfinite(options.*member)) {
            told.emplace_back(name, to_text(options.*member));
        }
    }
    return told;
}

}  // namespace relaxd::simulator
