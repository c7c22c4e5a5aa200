// SPDX-License-Identifier: MIT
#include "model/geometry/reduction.hpp"

#include <array>
#include <cmath>
#include <tuple>

namespace relaxd::model {

namespace {

constexpr std::string_view set_prefix = "calibration:";
constexpr const char* clamp_name = "clamp";
constexpr const char* moduli_name = "moduli";
constexpr const char* recomputed = "relaxd";

constexpr std::array<std::tuple<const char*, Measured ClampNumbers::*, const char*>, 7> numbers{{
    {"length_m", &ClampNumbers::length_m, "m"},
    {"width_m", &ClampNumbers::width_m, "m"},
    {"thickness_m", &ClampNumbers::thickness_m, "m"},
    {"poisson_ratio", &ClampNumbers::poisson_ratio, ""},
    {"clamp_factor", &ClampNumbers::clamp_factor, ""},
    {"clamp_compliance_m_per_N", &ClampNumbers::compliance_m_per_N, "m/N"},
    {"clamp_mass_kg", &ClampNumbers::mass_kg, "kg"},
}};

bool is_default(const char* name, const Measured& number) {
    const std::string_view word = name;
    if (word == "clamp_factor") {
        return number.value == 1.0 && number.sigma == 0.0;
    }
    return (word == "clamp_compliance_m_per_N" || word == "clamp_mass_kg") && number.value == 0.0 &&
           number.sigma == 0.0;
}

}  // namespace

std::vector<record::RunFact> reduction_facts(
    const ReductionInput& input, const std::string& source
) {
    std::vector<record::RunFact> facts;
    const auto add = [&facts](std::string name, std::string text, std::string from) {
        record::RunFact fact;
        fact.name = std::move(name);
        fact.text = std::move(text);
        fact.source = std::move(from);
        facts.push_back(std::move(fact));
    };
    add(clamp_name, input.clamp, source);
    add(moduli_name, input.recomputes ? recomputed : "instrument", "relaxd");
    for (const auto& [name, member, unit] : numbers) {
        const Measured& number = input.numbers.*member;
        if (!std::isfinite(number.value)) {
            continue;
        }
        record::RunFact fact;
        fact.name = name;
        fact.value = number.value;
        fact.sigma = number.sigma;
        fact.unit = unit;
        fact.source = is_default(name, number) ? "assumed" : source;
        facts.push_back(std::move(fact));
    }
    for (const record::Calibration& set : input.sets) {
        add(std::string(set_prefix) + set.name, record::calibration_sha256(set), set.kind);
        facts.back().value = static_cast<double>(set.version);
    }
    return facts;
}

RecordedReduction reduction_from(const std::vector<record::RunFact>& facts) {
    RecordedReduction out;
    for (const record::RunFact& fact : facts) {
        if (fact.name == clamp_name) {
            out.input.clamp = fact.text;
        } else if (fact.name == moduli_name) {
            out.input.recomputes = fact.text == recomputed;
        } else if (fact.name.starts_with(set_prefix) && fact.value >= 1.0) {
            out.sets.push_back(
                {fact.name.substr(set_prefix.size()),
                 static_cast<std::uint64_t>(fact.value),
                 fact.text}
            );
        }
        for (const auto& [name, member, unit] : numbers) {
            if (fact.name == name) {
                (out.input.numbers.*member).value = fact.value;
                (out.input.numbers.*member).sigma = std::isfinite(fact.sigma) ? fact.sigma : 0.0;
            }
        }
    }
    return out;
}

}  // namespace relaxd::model
