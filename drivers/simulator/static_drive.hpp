// SPDX-License-Identifier: MIT
//
// The drive at rest: a static force, or a displacement that is held, on the simulated glass behind
// its clamp. What the motor is asked for is what its channel shows; the truth is off by the gain.
//
// Displacement and clamp: position = ends of the specimen + c F. With a held displacement the split
// between the two is solved for in every step (the clamp's give stands in series with the glass).
// Expansion moves the ends in tension and compression. Stress counts on the dimensions at 298.15 K.
// SI. One object, one thread; the specimen must outlive it.

#pragma once

#include "drivers/simulator/bench.hpp"
#include "drivers/simulator/clamp.hpp"
#include "drivers/simulator/specimen.hpp"
#include "drivers/simulator/specimen_load.hpp"

namespace relaxd::simulator {

class StaticDrive {
  public:
    /// Without force. `T_max_K`: the highest temperature of the programme.
    StaticDrive(
        const Specimen& specimen, const Mounting& mounting, const Bench& bench, double T_max_K
    );

    /// From now on the force channel shows this stress: a jump, taken elastically.
    void hold_stress_Pa(double asked_Pa);

    /// From now on the displacement channel shows this displacement from the zero: a jump.
    void hold_displacement_m(double asked_m, double temperature_K);

    /// Displacement counts from the present position.
    void set_zero(double temperature_K) { zero_m_ = position_m(temperature_K); }

    /// `dt_s` later; what is held (Pa or m) has gone linearly to `asked_end`. `middle_K` is the
    /// temperature of the step, `end_K` the one at its end.
    void advance(double dt_s, double asked_end, double middle_K, double end_K);

    /// Before `advance` and before a look.
    void set_structure(const Structure& structure) { load_.set_structure(structure); }

    [[nodiscard]] bool by_displacement() const { return by_displacement_; }
    /// What is held, as the channel shows it: Pa or m.
    [[nodiscard]] double asked() const { return asked_; }

    [[nodiscard]] double stress_Pa() const { return load_.stress_Pa(); }
    [[nodiscard]] double force_N() const {
        return load_.stress_Pa() / mounting_.stress_per_force();
    }
    /// Of the specimen, as the clamp counts it (shear: gamma), without expansion.
    [[nodiscard]] double strain(double temperature_K) const;
    /// How far the specimen's ends have moved since the run began.
    [[nodiscard]] double ends_m(double temperature_K) const;
    /// The same of the drive.
    [[nodiscard]] double position_m(double temperature_K) const;
    [[nodiscard]] double zero_m() const { return zero_m_; }
    [[nodiscard]] SpecimenTimes times_at(double temperature_K) const {
        return load_.times_at(temperature_K);
    }

    /// Force or displacement is beyond the bench's bounds.
    [[nodiscard]] bool beyond_limits(double temperature_K) const;

  private:
    [[nodiscard]] double goal(double asked_m, double temperature_K) const;
    [[nodiscard]] double series_per_Pa(double temperature_K) const;

    const Specimen* specimen_;
    Mounting mounting_;
    ChannelOptions force_;
    ChannelOptions displacement_;
    double compliance_m_per_N_;
    LoadedSpecimen load_;
    bool by_displacement_ = false;
    double asked_ = 0.0;
    double zero_m_ = 0.0;
};

}  // namespace relaxd::simulator
