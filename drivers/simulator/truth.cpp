// SPDX-License-Identifier: MIT
#include "drivers/simulator/truth.hpp"

#include "schema/base/number.hpp"

#include <cmath>

namespace relaxd::simulator {

ReadingTruth truth_of(const SimReading& reading) {
    ReadingTruth truth;
    truth.chi = reading.truth.chi;
    truth.tau_beta_s = reading.truth.tau_beta_s;
    truth.tau_max_s = reading.truth.tau_max_s;
    truth.temperature_K = reading.true_temperature_K;
    if (reading.oscillation) {
        truth.storage_modulus_Pa = reading.true_storage_modulus_Pa;
        truth.loss_modulus_Pa = reading.true_loss_modulus_Pa;
    } else {
        truth.strain = reading.true_strain;
        truth.stress_Pa = reading.true_stress_Pa;
    }
    if (reading.columns.has(Column::length)) {
        truth.length_m = reading.true_length_m;
    }
    return truth;
}

std::vector<std::pair<std::string, std::string>> run_truth(
    const material::Params& params, std::uint64_t seed, const NoiseSizes& noise
) {
    std::vector<std::pair<std::string, std::string>> told;
    const auto tell = [&told](std::string_view name, double value) {
        if (std::isfinite(value)) {
            told.emplace_back(name, to_text(value));
        }
    };
    for (const auto& [name, member] : material::param_members) {
        tell(name, params.*member);
    }
    const Specimen specimen(params);
    tell("A_beta_per_Pa", specimen.beta_compliance_per_Pa());
    tell("tau_max_Tg_s", specimen.times_at(params.T_g_K).tau_max_s);
    told.emplace_back("seed", std::to_string(seed));
    tell("noise_storage_relative", noise.storage_relative);
    tell("noise_loss_relative", noise.loss_relative);
    tell("noise_loss_floor_Pa", noise.loss_floor_Pa);
    tell("noise_displacement_relative", noise.displacement_relative);
    tell("noise_displacement_floor_m", noise.displacement_floor_m);
    tell("drift_relative", noise.drift_relative);
    tell("drift_time_s", noise.drift_time_s);
    return told;
}

std::vector<std::pair<std::string, std::string>> bench_truth(const Bench& bench) {
    Bench copy = bench;
    Bench plain;
    const auto keys = bench_keys(copy);
    const auto defaults = bench_keys(plain);
    std::vector<std::pair<std::string, std::string>> told;
    bool is_plain = true;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const BenchKey& key = keys[i];
        const bool is_flag = key.flag != nullptr;
        is_plain = is_plain &&
                   (is_flag ? *key.flag == *defaults[i].flag : *key.number == *defaults[i].number);
        told.emplace_back(
            "bench_" + std::string(key.section) + "_" + std::string(key.key),
            is_flag ? std::string(*key.flag ? "1" : "0") : to_text(*key.number)
        );
    }
    return is_plain ? std::vector<std::pair<std::string, std::string>>() : told;
}

std::string identity_word(std::string_view text) {
    constexpr std::size_t characters_max = 64;
    std::string word;
    for (const char c : text.substr(0, characters_max)) {
        word += c > ' ' && c <= '~' && c != '=' ? c : '_';
    }
    return word.empty() ? "-" : word;
}

}  // namespace relaxd::simulator
