// SPDX-License-Identifier: MIT
//
// One reading's force, displacement and phase to moduli, strain and stress of the specimen alone,
// with a run's named numbers and calibration sets: the one code for live runs (daemon/acquire) and
// for computing a stored run again, to the last bit. Pure; SI.
//
// The raw columns (dynamic_force_N, displacement_m, phase_rad) are never touched. What the
// instrument itself made of them is kept in `extra` as `instrument_…`, so that applying again, with
// the same or with other numbers, starts from the same reading.

#pragma once

#include "model/geometry/clamp.hpp"
#include "model/geometry/correction.hpp"
#include "schema/record/calibration.hpp"
#include "schema/record/records.hpp"
#include "schema/record/run_fact.hpp"

#include <string>
#include <vector>

namespace relaxd::model {

/// Flags (words of a reading). No calibration set was applied to this modulus: clamp, frame and
/// electronics are in it as far as the instrument left them. Not unfit for fits.
inline constexpr const char* flag_uncorrected = "background_uncorrected";
/// The reading lies beyond a set's table: at another temperature the nearest one's correction was
/// applied; at another frequency none was.
inline constexpr const char* flag_outside = "calibration_outside";
/// See `specimen_share_min`: no fit sees it.
inline constexpr const char* flag_dominates = "correction_dominates";

/// All that a reduction depends on beside the reading.
struct ReductionInput {
    std::string clamp;
    ClampNumbers numbers;
    /// Compute moduli from the raw columns also without a calibration set.
    bool recomputes = false;
    std::vector<record::Calibration> sets;  ///< At most one of each kind.
    /// Of the temperature, by segment from 1 at index 0, negative on cooling.
    std::vector<double> rates_K_per_s;
};

class Reduction {
  public:
    /// Computes nothing, marks what is not corrected.
    Reduction() = default;
    /// Errors: an unknown clamp, a missing dimension, a set of a clamp or kind that does not fit,
    /// two sets of one kind.
    [[nodiscard]] static Result<Reduction> make(ReductionInput input);

    void apply(record::Reading& reading) const;

    [[nodiscard]] bool recomputes() const { return input_.recomputes; }
    [[nodiscard]] const ReductionInput& input() const { return input_; }
    /// What a temperature set leaves uncertain at this shown temperature; 0 without one.
    [[nodiscard]] double temperature_sigma_K(double shown_K) const;

  private:
    struct Noise {
        double force_N = 0.0;  ///< Of each quadrature of a reading.
        double displacement_m = 0.0;
        bool is_known = false;
    };
    [[nodiscard]] const record::Calibration* set_of(std::string_view kind) const;
    void correct_temperature(record::Reading& reading) const;
    void compute_moduli(record::Reading& reading, double shown_K) const;
    [[nodiscard]] bool machine_at(
        double frequency_Hz, double temperature_K, MachineAt& machine, Noise& noise, bool& outside
    ) const;
    void put(
        record::Reading& reading,
        const SpecimenStiffness& found,
        const MachineAt& machine,
        const Noise& noise
    ) const;

    ReductionInput input_;
    ClampFactors factors_;
};

/// As recorded with a run (v_run_fact): clamp numbers, how moduli were made, names, versions and
/// hashes of the sets. The sets themselves and the rates are not in it.
[[nodiscard]] std::vector<record::RunFact> reduction_facts(
    const ReductionInput& input, const std::string& source
);

/// A set that a run's facts name.
struct SetReference {
    std::string name;
    std::uint64_t version = 0;
    std::string sha256;
};

struct RecordedReduction {
    ReductionInput input;  ///< Without sets and rates.
    std::vector<SetReference> sets;
};
/// What `reduction_facts` wrote; other facts are ignored.
[[nodiscard]] RecordedReduction reduction_from(const std::vector<record::RunFact>& facts);

}  // namespace relaxd::model
