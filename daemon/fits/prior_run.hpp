// SPDX-License-Identifier: MIT
//
// What the fits of a run take from an earlier run and from a material because its method says so
// ([fits] prior = "run:ID", material = "NAME"; CONTRACT 7). Pure.

#pragma once

#include "schema/base/result.hpp"
#include "schema/method/method.hpp"
#include "schema/record/fit.hpp"
#include "schema/record/records.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::daemon {

/// What is stored of the earlier run.
struct EarlierRun {
    record::Run run;
    record::Specimen specimen;
    std::string T_x_passed;  ///< "yes", "no", "unknown", as its thermal history says.
    std::vector<record::Estimate> estimates;  ///< Of its last `dynamic` fit.
    EarlierRun() = default;
};

/// What fits are given beside the method's own words.
struct GivenKnowledge {
    std::map<std::string, record::Prior> priors;  ///< Of model dynamic, by reported name.
    std::optional<record::Prior> T_g_K;
    std::map<std::string, double> material;  ///< What creep cannot tell itself.
    std::string told;                        ///< One sentence for the event; empty = nothing.
    bool is_across_states = false;           ///< The operator allowed a changed specimen state.
    double temperature_error_K = 0.0;        ///< Of the instrument's thermocouple; 0 = not said.
    GivenKnowledge() = default;
};

/// Parameters of a built-in material. Errors: `invalid` for a name that is none; files are not
/// read on behalf of a client.
[[nodiscard]] Result<std::map<std::string, double>> material_of(const std::string& name);

/// Determined parameters of the earlier run's last dynamic fit as priors with their standard
/// errors, and as material for creep. Errors (`refused`): another specimen, a run that goes on or
/// has no such estimate, a changed state of the specimen unless the method allows it.
[[nodiscard]] Result<GivenKnowledge> knowledge_from(
    const EarlierRun& earlier, const record::Specimen& specimen, const method::FitSettings& settings
);

}  // namespace relaxd::daemon
