// SPDX-License-Identifier: MIT
//
// What was true: of a run (material, seed, noise) and of a reading, by the names that the query
// `truth` and the record file tell. Names are SI with unit last; where `v_truth` and
// `relaxctl score` know a name, it is the name of the fits. Plain values, no state.

#pragma once

#include "drivers/simulator/experiment.hpp"
#include "schema/material/material.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::simulator {

/// The truth behind one reading; NaN = has no meaning in this kind of measurement.
struct ReadingTruth {
    static constexpr double none = std::numeric_limits<double>::quiet_NaN();
    double chi = none;
    double tau_beta_s = none;
    double tau_max_s = none;
    double temperature_K = none;       ///< Of the specimen itself, unrounded.
    double storage_modulus_Pa = none;  ///< Oscillation.
    double loss_modulus_Pa = none;
    double strain = none;     ///< Static measurements, without expansion.
    double stress_Pa = none;  ///< Static measurements but creep.
    double length_m = none;   ///< Between the grips; where the host asks for `length_m`.
};

/// Every member of ReadingTruth by the name it is told under, in the order of telling.
inline constexpr std::array<std::pair<std::string_view, double ReadingTruth::*>, 9> truth_members{{
    {"chi", &ReadingTruth::chi},
    {"tau_beta_s", &ReadingTruth::tau_beta_s},
    {"tau_max_s", &ReadingTruth::tau_max_s},
    {"temperature_K", &ReadingTruth::temperature_K},
    {"storage_modulus_Pa", &ReadingTruth::storage_modulus_Pa},
    {"loss_modulus_Pa", &ReadingTruth::loss_modulus_Pa},
    {"strain", &ReadingTruth::strain},
    {"stress_Pa", &ReadingTruth::stress_Pa},
    {"length_m", &ReadingTruth::length_m},
}};

[[nodiscard]] ReadingTruth truth_of(const SimReading& reading);

/// Name and number (as text) of every run parameter that is known: the material's, what follows
/// from them (A_beta_per_Pa, tau_max_Tg_s), the seed, the sizes of the noise.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> run_truth(
    const material::Params& params, std::uint64_t seed, const NoiseSizes& noise
);

/// The same of the bench: every number and switch as `bench_SECTION_KEY`; nothing if all is as in
/// `plain`.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> bench_truth(const Bench& bench);

/// `text` as a value of `identify`: printable, `_` in place of blanks and of what is not ASCII, at
/// most 64 characters, `-` for none.
[[nodiscard]] std::string identity_word(std::string_view text);

}  // namespace relaxd::simulator
