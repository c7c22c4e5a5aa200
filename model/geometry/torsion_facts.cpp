// SPDX-License-Identifier: MIT
//
// A pendulum's reduction as facts of a run, and back.
#include "model/geometry/torsion_shown.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace relaxd::model {

namespace {

constexpr std::string_view set_prefix = "calibration:";

struct Dimension {
    const char* name;
    double record::Specimen::* value;
    double record::Specimen::* sigma;
};
constexpr std::array<Dimension, 3> dimensions{{
    {"length_m", &record::Specimen::length_m, &record::Specimen::length_sigma_m},
    {"width_m", &record::Specimen::width_m, &record::Specimen::width_sigma_m},
    {"thickness_m", &record::Specimen::thickness_m, &record::Specimen::thickness_sigma_m},
}};
/// Further keys of a specimen that the reduction takes.
constexpr std::array<std::pair<const char*, const char*>, 2> further{{
    {"diameter_m", "diameter_sigma_m"},
    {"thermal_expansion_per_K", "thermal_expansion_sigma_per_K"},
}};

bool is_own(const record::RunFact& fact) {
    const auto is_name = [&fact](const auto& one) { return fact.name == one.name; };
    return fact.name == "clamp" || fact.name == "moduli" || fact.name.starts_with(set_prefix) ||
           std::any_of(dimensions.begin(), dimensions.end(), is_name) ||
           fact.name == further[0].first || fact.name == further[1].first;
}

void put_number(
    std::vector<record::RunFact>& facts, const char* name, double value, double sigma, const char* u
) {
    if (std::isfinite(value)) {
        record::RunFact fact;
        fact.name = name;
        fact.value = value;
        fact.sigma = std::isfinite(sigma) ? sigma : 0.0;
        fact.unit = u;
        fact.source = "specimen";
        facts.push_back(std::move(fact));
    }
}

void put_text(
    std::vector<record::RunFact>& facts, std::string name, std::string text, std::string source
) {
    record::RunFact fact;
    fact.name = std::move(name);
    fact.text = std::move(text);
    fact.source = std::move(source);
    facts.push_back(std::move(fact));
}

double number_of(const record::Specimen& specimen, const char* key) {
    const auto found = specimen.extra.find(key);
    return found == specimen.extra.end() ? record::unknown
                                         : to_double(found->second).value_or(record::unknown);
}

}  // namespace

void take_dimensions(record::Specimen& specimen, const std::vector<record::RunFact>& facts) {
    for (const Dimension& one : dimensions) {
        const Measured given = fact_of(facts, one.name);
        if (std::isfinite(given.value)) {
            specimen.*one.value = given.value;
            specimen.*one.sigma = given.sigma;
        }
    }
    for (const auto& [name, sigma_name] : further) {
        const Measured given = fact_of(facts, name);
        if (std::isfinite(given.value)) {
            specimen.extra[name] = to_text(given.value);
            specimen.extra[sigma_name] = to_text(given.sigma);
        }
    }
}

void put_torsion_facts(
    std::vector<record::RunFact>& facts, const record::Specimen& specimen, bool computes
) {
    std::erase_if(facts, is_own);
    put_text(facts, "clamp", torsion_clamp, "specimen");
    put_text(facts, "moduli", computes ? "relaxd" : "instrument", "relaxd");
    for (const Dimension& one : dimensions) {
        put_number(facts, one.name, specimen.*one.value, specimen.*one.sigma, "m");
    }
    for (const auto& [name, sigma_name] : further) {
        put_number(
            facts,
            name,
            number_of(specimen, name),
            number_of(specimen, sigma_name),
            std::string_view(name) == "diameter_m" ? "m" : "1/K"
        );
    }
}

void put_set_fact(std::vector<record::RunFact>& facts, const record::Calibration& set) {
    put_text(facts, std::string(set_prefix) + set.name, record::calibration_sha256(set), set.kind);
    facts.back().value = static_cast<double>(set.version);
}

Result<PendulumScale> pendulum_scale(const std::vector<record::RunFact>& facts) {
    PendulumScale out;
    out.angle_V_per_rad = fact_of(facts, "angle_V_per_rad");
    out.torque_N_m_per_V = fact_of(facts, "torque_N_m_per_V");
    for (const auto& [name, number] :
         {std::pair{"angle_V_per_rad", out.angle_V_per_rad},
          std::pair{"torque_N_m_per_V", out.torque_N_m_per_V}}) {
        const bool is_absent = std::isnan(number.value);
        if ((is_absent && (std::isfinite(out.angle_V_per_rad.value) ||
                           std::isfinite(out.torque_N_m_per_V.value))) ||
            (!is_absent &&
             (!(number.value > 0.0) || !std::isfinite(number.value) || !(number.sigma >= 0.0)))) {
            return fail(
                Errc::invalid,
                is_absent ? std::string("the pendulum does not say ") + name
                          : std::string(name) + " must be above 0",
                std::string("instrument.pendulum: ") + name,
                "volts to SI; turn the wires round where the sign is wrong"
            );
        }
    }
    return out;
}

}  // namespace relaxd::model
