// SPDX-License-Identifier: MIT
#include "daemon/run/reduction_input.hpp"

#include "schema/base/number.hpp"

#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace relaxd::daemon {

namespace {

model::Measured given_or(double given, double sigma, double in_force) {
    model::Measured out;
    out.value = std::isfinite(given) ? given : in_force;
    out.sigma = std::isfinite(given) && std::isfinite(sigma) ? sigma : 0.0;
    return out;
}

Result<void> take_key(const record::Specimen& specimen, const char* key, double& number) {
    const auto found = specimen.extra.find(key);
    if (found == specimen.extra.end()) {
        return {};
    }
    const auto value = to_double(found->second);
    if (!value) {
        return fail(
            Errc::invalid,
            "\"" + found->second + "\" is not a number",
            std::string("specimen: ") + key,
            "write a number in SI units"
        );
    }
    number = *value;
    return {};
}

}  // namespace

Result<model::ClampNumbers> clamp_numbers(
    const record::Specimen& specimen, const drivers::Geometry& in_force
) {
    model::ClampNumbers n;
    n.length_m = given_or(specimen.length_m, specimen.length_sigma_m, in_force.length_m);
    n.width_m = given_or(specimen.width_m, specimen.width_sigma_m, in_force.width_m);
    n.thickness_m =
        given_or(specimen.thickness_m, specimen.thickness_sigma_m, in_force.thickness_m);
    n.poisson_ratio = given_or(specimen.poisson_ratio, 0.0, in_force.poisson_ratio);
    const std::array<std::tuple<const char*, double*>, 7> keys{
        {{"poisson_ratio_sigma", &n.poisson_ratio.sigma},
         {"clamp_factor", &n.clamp_factor.value},
         {"clamp_factor_sigma", &n.clamp_factor.sigma},
         {"clamp_compliance_m_per_N", &n.compliance_m_per_N.value},
         {"clamp_compliance_sigma_m_per_N", &n.compliance_m_per_N.sigma},
         {"clamp_mass_kg", &n.mass_kg.value},
         {"clamp_mass_sigma_kg", &n.mass_kg.sigma}}
    };
    for (const auto& [key, number] : keys) {
        if (const auto taken = take_key(specimen, key, *number); !taken) {
            return fail(taken.error());
        }
    }
    return n;
}

Result<std::vector<record::Calibration>> sets_for(
    std::vector<record::Calibration> configured,
    const std::string& clamp,
    const std::string& serial_number,
    std::string& told
) {
    std::vector<record::Calibration> sets;
    std::set<std::string> kinds;
    for (record::Calibration& set : configured) {
        if (!set.clamp.empty() && set.clamp != clamp) {
            told += (told.empty() ? "" : "; ") + std::string("calibration ") + set.name +
                    " is of the clamp " + set.clamp + " and is not applied";
            continue;
        }
        if (!set.serial_number.empty() && set.serial_number != serial_number) {
            return fail(
                Errc::refused,
                "calibration " + set.name + " was made on the instrument with serial number " +
                    set.serial_number + ", this one has " +
                    (serial_number.empty() ? std::string("none") : serial_number),
                "instrument: calibration",
                "make sets for this instrument, or take the name out of the configuration"
            );
        }
        if (!kinds.insert(set.kind).second) {
            return fail(
                Errc::refused,
                "two calibration sets of kind " + set.kind + " for the clamp " + clamp,
                "instrument: calibration",
                "leave one of them in the configuration"
            );
        }
        sets.push_back(std::move(set));
    }
    return sets;
}

std::vector<record::RunFact> method_facts(const method::Method& method) {
    std::vector<record::RunFact> facts;
    const auto put = [&facts](const char* name, std::optional<double> value, const char* unit) {
        if (value) {
            record::RunFact fact;
            fact.name = name;
            fact.value = *value;
            fact.unit = unit;
            fact.source = "method";
            facts.push_back(std::move(fact));
        }
    };
    put("clamp_torque_N_m", method.clamp_torque_N_m, "N m");
    put("preload_N", method.preload_N, "N");
    put("force_track_percent", method.force_track_percent, "%");
    put("minimum_dynamic_force_N", method.minimum_dynamic_force_N, "N");
    put("maximum_dynamic_force_N", method.maximum_dynamic_force_N, "N");
    const auto add = [&facts](const char* name, std::string text) {
        record::RunFact fact;
        fact.name = name;
        fact.text = std::move(text);
        fact.source = "method";
        facts.push_back(std::move(fact));
    };
    if (!method.purge_gas.empty()) {
        add("purge_gas", method.purge_gas);
    }
    add("reference_length", std::string(method::to_word(method.reference_length)));
    return facts;
}

}  // namespace relaxd::daemon
