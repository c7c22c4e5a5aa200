// SPDX-License-Identifier: MIT
//
// What a run's moduli are computed with: from specimen, method, the geometry in force and the
// instrument's calibration sets to the numbers that model/geometry takes, and to the run's facts.
// Pure.

#pragma once

#include "drivers/api/instrument.hpp"
#include "model/geometry/reduction.hpp"
#include "schema/method/method.hpp"

#include <string>
#include <vector>

namespace relaxd::daemon {

/// Code of the event: a configured set was not applied, or a modulus stays the instrument's own.
inline constexpr const char* calibration_event_code = "CALIBRATION";
/// Fact of a run: what its SYSTEMATIC_ERRORS event said last.
inline constexpr const char* systematic_fact = "modulus_relative_sigma";
inline constexpr const char* temperature_fact = "temperature_sigma_K";

/// Clamp numbers of a specimen: its own dimensions, else those in force, and what its further keys
/// say (clamp_factor, clamp_compliance_m_per_N, clamp_mass_kg, each with ..._sigma, and
/// poisson_ratio_sigma). Error `invalid` names a key whose text is no number.
[[nodiscard]] Result<model::ClampNumbers> clamp_numbers(
    const record::Specimen& specimen, const drivers::Geometry& in_force
);

/// The sets for this clamp and instrument. Those of another clamp are left out and named in `told`.
/// Error `refused`: a set of an instrument with another serial number, or two of one kind.
[[nodiscard]] Result<std::vector<record::Calibration>> sets_for(
    std::vector<record::Calibration> configured,
    const std::string& clamp,
    const std::string& serial_number,
    std::string& told
);

/// What is recorded with the run, beside what `model::reduction_facts` says.
[[nodiscard]] std::vector<record::RunFact> method_facts(const method::Method& method);

}  // namespace relaxd::daemon
