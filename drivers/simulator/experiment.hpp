// SPDX-License-Identifier: MIT
//
// One run of a method on the simulated bench: furnace, specimen, clamp and analyser in instrument
// time. Event driven: every reading happens at its exact instrument time, whatever the steps in
// which the caller moves on. Knows no protocol and no host clock. SI; one object, one thread.

#pragma once

#include "drivers/simulator/analyser.hpp"
#include "drivers/simulator/bench.hpp"
#include "drivers/simulator/furnace.hpp"
#include "drivers/simulator/glass.hpp"
#include "drivers/simulator/noise.hpp"
#include "drivers/simulator/sim_method.hpp"
#include "drivers/simulator/sim_reading.hpp"
#include "drivers/simulator/specimen.hpp"
#include "drivers/simulator/static_drive.hpp"

#include <complex>
#include <cstdint>
#include <memory>
#include <string>

namespace relaxd::simulator {

class PhysicsFaults;

class Experiment {
  public:
    enum class Event {
        none,      ///< The target was reached.
        reading,   ///< `reading()` is new.
        step,      ///< Another segment began.
        finished,  ///< The last segment has ended.
        limit,     ///< A static test went beyond the bounds of force or displacement: it is over.
    };

    /// `specimen` and `furnace` must outlive the experiment; the furnace is reset.
    Experiment(
        Specimen& specimen,
        Furnace& furnace,
        const SimMethod& method,
        std::uint64_t seed,
        const NoiseSizes& noise,
        const Bench& bench
    );

    /// From now on orders to the heater go through these; they must outlive the experiment.
    void set_faults(const PhysicsFaults* faults) { faults_ = faults; }

    /// Moves on to `target_s` or to the next event, whichever comes first.
    [[nodiscard]] Event run_to(double target_s);

    [[nodiscard]] double now_s() const { return now_s_; }
    [[nodiscard]] const SimReading& reading() const { return reading_; }
    [[nodiscard]] std::uint64_t readings() const { return reading_.number; }
    /// Number of the present `segment` line, from 1; 0 before the first event.
    [[nodiscard]] int segment() const { return step_index_ + 1; }
    [[nodiscard]] double set_temperature_K() const { return set_K(now_s_); }
    /// When something happens next if nobody interferes; infinity while equilibrating.
    [[nodiscard]] double next_event_s() const;

    void hold();
    void resume();
    /// The present segment ends now.
    void end_step() { end_now_ = true; }

  private:
    /// What one measurement of an oscillation is asked to do.
    struct Tone {
        double frequency_Hz = 0.0;
        double amplitude = 0.0;  ///< Displacement or strain, as the method says.
    };

    [[nodiscard]] const Step& step() const;
    [[nodiscard]] bool stepping() const;
    [[nodiscard]] double program_s(double time_s) const;
    [[nodiscard]] double set_K(double time_s) const;
    [[nodiscard]] double step_end_s() const;
    [[nodiscard]] bool move_clock(double time_s);
    [[nodiscard]] bool settled(double time_s);
    void advance_glass(double grid_s);
    [[nodiscard]] Event begin_step();
    void begin_measurement();
    void schedule_sample();
    void take_middle();
    [[nodiscard]] bool finish_measurement();
    [[nodiscard]] double shown_K(double quiet_K, NoiseChannel channel) const;
    [[nodiscard]] double amplitude_m(const Tone& tone) const;
    void list_tones(const std::vector<double>& frequencies_Hz);
    void read_oscillation(const Tone& tone, double began_K);

    // experiment_static.cpp
    void advance_load(double time_s, bool for_certain);
    [[nodiscard]] double asked_at(double time_s) const;
    void end_static_step();
    void begin_load();
    void begin_held(StepKind kind);
    void hold_strain(double strain);
    void hold_force(double force_N);
    void track_force(const Tone& tone);
    void read_static();
    void read_held(SimReading& reading, double ends_m);

    Specimen& specimen_;
    Furnace& furnace_;
    const PhysicsFaults* faults_ = nullptr;
    SimMethod method_;
    std::uint64_t seed_;
    NoiseSizes noise_;
    double thermocouple_noise_K_;
    Analyser analyser_;
    Drift drift_;
    /// Static modes, and oscillations that are asked where the drive stands.
    std::unique_ptr<StaticDrive> drive_;
    double load_time_s_ = 0.0;
    double heat_K_s_ = 0.0;  ///< Integral of the temperature since `load_time_s_` (oscillations).
    double heat_time_s_ = 0.0;
    bool zeroed_ = false;     ///< Displacement counts from a position that a test began with.
    bool strained_ = false;   ///< A strain is held or driven.
    bool limit_met_ = false;  ///< Beyond the bounds of force or displacement.
    GlassState glass_;        ///< Of the whole run, from the furnace's grid.
    double glass_time_s_ = 0.0;

    double now_s_ = 0.0;
    int step_index_ = -1;
    bool finished_ = false;
    bool end_now_ = true;  ///< The first run_to begins the first segment.
    double step_start_s_ = 0.0;
    double from_K_ = ambient_K;  ///< Set point at the segment's start.
    double held_s_ = 0.0;
    double hold_start_s_ = -1.0;  ///< Negative: not holding.
    double in_band_since_s_ = -1.0;

    // Settings
    double asked_stress_Pa_ = 0.0;  ///< Mode creep.
    double asked_strain_ = 0.0;     ///< At the segment's start, like the next.
    double asked_force_N_ = 0.0;
    bool storage_on_ = true;
    double interval_s_ = 1.0;
    double log_per_decade_ = 0.0;  ///< 0: linear sampling.
    double log_start_s_ = 0.0;

    // The measurement in progress (oscillation) and the next sample (static); infinity = none.
    std::vector<Tone> list_;
    std::size_t list_index_ = 0;
    bool once_ = false;  ///< A sweep: each frequency once, then the segment ends.
    double middle_s_;
    double measured_s_;
    double middle_time_s_ = 0.0;
    double middle_T_K_ = 0.0;  ///< Of the specimen.
    Structure middle_structure_;
    double middle_shown_K_ = 0.0;
    double middle_set_K_ = 0.0;
    double middle_position_m_ = 0.0;  ///< Of the drive, where it is asked for.
    double middle_ends_m_ = 0.0;      ///< Of the specimen's ends.
    double begin_shown_K_ = 0.0;
    double sample_s_;
    std::int64_t sample_index_ = 0;

    SimReading reading_;
};

}  // namespace relaxd::simulator
