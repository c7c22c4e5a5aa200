// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_setup.hpp"

#include "schema/base/nearest.hpp"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::simulator {
namespace {

// The modes lie as finely as chi needs up to here; above they are coarser.
constexpr double above_T_g_K = 100.0;

constexpr std::array<std::string_view, 3> specimen_words{"glass", "elastic", "none"};

void silence(PendulumSetup& setup) {
    setup.sensors.angle_noise_rad_per_sqrtHz = 0.0;
    setup.sensors.sense_noise_A_per_sqrtHz = 0.0;
    setup.thermocouple.noise_K = 0.0;
    setup.gauge.noise_relative = 0.0;
}

}  // namespace

Result<PendulumSpecimen> pendulum_specimen(const std::string& word) {
    for (std::size_t i = 0; i < specimen_words.size(); ++i) {
        if (word == specimen_words[i]) {
            return static_cast<PendulumSpecimen>(i);
        }
    }
    return fail(
        Errc::invalid,
        "'" + word + "' is no specimen of the simulated pendulum",
        "--specimen",
        "glass, elastic (a steel bar) or none; the nearest is " +
            std::string(nearest(word, specimen_words))
    );
}

Result<PendulumSetup> pendulum_setup(
    const material::Material& material, const PendulumChoice& choice
) {
    auto bar = ShearMaterial::none();
    if (choice.specimen == PendulumSpecimen::elastic) {
        bar = ShearMaterial::elastic(steel_G_Pa, steel_tan_phi);
    } else if (choice.specimen == PendulumSpecimen::glass) {
        auto params = checked_params(material.params);
        if (!params) {
            return fail(std::move(params.error()));
        }
        auto fast_beta = checked_fast_beta(material.fast_beta);
        if (!fast_beta) {
            return fail(std::move(fast_beta.error()));
        }
        bar = ShearMaterial::glass(Specimen(*params, *fast_beta), params->T_g_K + above_T_g_K);
    }
    PendulumSetup setup(bar);
    setup.seed = choice.seed;
    if (choice.is_noise_free) {
        silence(setup);
    }
    return setup;
}

}  // namespace relaxd::simulator
