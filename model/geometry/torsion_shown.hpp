// SPDX-License-Identifier: MIT
//
// From what a pendulum's reading holds (a waveform, volts, a ratio, SI) to torque and angle.
// And what of a reduction is recorded as
// facts of a run (torsion_facts.cpp). Private to model/geometry; the ways are listed in
// torsion.hpp.

#pragma once

#include "model/geometry/torsion.hpp"

namespace relaxd::model {

/// Version of the equations; the mark of a reduced reading.
inline constexpr const char* torsion_mark = "torsion_reduction";
inline constexpr double torsion_version = 1.0;
inline constexpr const char* shear_storage_systematic = "shear_storage_modulus_systematic_Pa";
inline constexpr const char* shear_loss_systematic = "shear_loss_modulus_systematic_Pa";
inline constexpr const char* tan_phi_systematic = "tan_delta_systematic";
inline constexpr const char* compliance_systematic = "compliance_systematic_per_Pa";

void add_word(std::string& flags, std::string_view word);  ///< Unless it is there.
void drop_word(std::string& flags, std::string_view word);

/// The reading as the instrument sent it, but for what was demodulated.
void restore_torsion(record::Reading& reading);
/// Before anything is computed: keeps the instrument's own, empties the columns, sets the mark.
void begin_torsion(record::Reading& reading);
/// The waveform, if any, into extras (volts). Flags where it cannot be, and where it is clipped.
void demodulate_into(record::Reading& reading);
/// Nothing where there is no measurement in it, or volts and no scale. Touches nothing.
[[nodiscard]] std::optional<TorsionShown> shown_of(
    const record::Reading& reading, const PendulumScale& scale
);

/// What a stored run's facts say of the dimensions overrules the specimen.
void take_dimensions(record::Specimen& specimen, const std::vector<record::RunFact>& facts);
/// Clamp, how moduli are made, and dimensions, instead of those that are there.
void put_torsion_facts(
    std::vector<record::RunFact>& facts, const record::Specimen& specimen, bool computes
);
void put_set_fact(std::vector<record::RunFact>& facts, const record::Calibration& set);

}  // namespace relaxd::model
