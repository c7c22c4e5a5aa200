// SPDX-License-Identifier: MIT
//
// One implicit step of the rate form (PHYSICS 2): every mode is exact for a stress that is linear
// in the mode's own material time, the material clocks are those of the end of the step. First
// order, no ringing however long the step; `march.hpp` raises the order by extrapolation.

#pragma once

#include "model/rate/modes.hpp"
#include "model/rate/rate_form.hpp"
#include "model/rate/rate_material.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace relaxd::model {

/// Where the material is. `time_s` counts from the start of the phase (loading, recovery).
struct RateState {
    double time_s = 0.0;
    double stress_Pa = 0.0;
    double eps_beta = 0.0;
    double eps_an = 0.0;
    double eps_vp = 0.0;
    std::vector<double> modes;  ///< Strain of each mode, branch after branch.
    double stress_slope = 0.0;  ///< Of the last step, for the next guess.
    double an_slope = 0.0;
};

/// What is prescribed: a strain rate, or a constant stress.
struct Drive {
    bool strain_controlled = false;
    double strain_rate_per_s = 0.0;
    double stress_Pa = 0.0;
    double clock_start_s = 0.0;  ///< Time since first loading at time_s = 0 (`eq16`).
};

/// Advance of a material clock over a step: ln of its length in units of the clock's time.
struct ClockAdvance {
    double ln_length = 0.0;
    double d_stress = 0.0;
    double d_chi = 0.0;
};

/// `hereditary`: dt/tau_an(sigma, chi).
[[nodiscard]] ClockAdvance hereditary_clock(const Times& times, double dt_s);
/// `eq16` (E1-14): the integral of dt/tau_1 = (t/t0)^(chi - 1) dt/tau_beta from end_s - dt_s to
/// end_s, t since first loading.
[[nodiscard]] ClockAdvance eq16_clock(
    const Times& times, double chi_now, double ln_t0, double end_s, double dt_s
);

class RateStepper {
  public:
    /// `level`: recovered parts are right down to exp(-level) of themselves.
    RateStepper(const RateMaterial& material, Formulation formulation, double level);

    [[nodiscard]] RateState start() const;
    /// False where Newton's method finds no end of the step.
    [[nodiscard]] bool step(const RateState& from, double dt_s, const Drive& drive, RateState& to)
        const;
    /// eps_beta and eps_an from the modes.
    void add_up(RateState& state) const;

    [[nodiscard]] const RateMaterial& material() const { return *material_; }
    [[nodiscard]] double chi_at(double eps_an) const;
    [[nodiscard]] Times times_at(double stress_Pa, double eps_an) const;

  private:
    enum class Clock { beta, fast_beta, anelastic };
    struct Branch {
        Clock clock = Clock::beta;
        std::size_t process = 0;  ///< Of the fast beta processes.
        double strength_per_Pa = 0.0;
        Modes modes;
        std::size_t first = 0;  ///< In RateState::modes.
    };
    /// Strain of a branch at the end of a step = history + stress * response, with the derivatives
    /// of both in ln(length of the clock's step).
    struct Sums {
        double history = 0.0;
        double response = 0.0;
        double d_history = 0.0;
        double d_response = 0.0;
    };
    struct Unknowns {
        double stress = 0.0;
        double eps_an = 0.0;
    };
    /// Residuals of the strain increment and of eps_an; how far the clocks swing.
    struct Balance {
        double strain = 0.0;
        double strain_by_stress = 0.0;
        double strain_by_an = 0.0;
        double an = 0.0;
        double an_by_stress = 0.0;
        double an_by_an = 0.0;
        double swing_by_stress = 0.0;
        double swing_by_an = 0.0;
    };
    struct Work;

    void add_branch(Clock clock, std::size_t process, double strength, Modes modes);
    [[nodiscard]] bool first_eq16(const Branch& branch, const RateState& from, const Drive& drive)
        const;
    [[nodiscard]] ClockAdvance advance(const Branch& branch, const Work& work, Unknowns at) const;
    [[nodiscard]] Sums sums(const Branch& branch, const Work& work, double ln_length) const;
    [[nodiscard]] Balance balance(Work& work, Unknowns at) const;
    [[nodiscard]] bool newton(Work& work, Unknowns& at) const;
    [[nodiscard]] bool improve(Work& work, Unknowns& at, bool& done) const;
    [[nodiscard]] double flow_over(const Work& work, const Times& times) const;
    void commit(const Work& work, Unknowns at, RateState& to) const;

    const RateMaterial* material_;
    Formulation formulation_;
    std::vector<Branch> branches_;
    std::size_t mode_count_ = 0;
};

}  // namespace relaxd::model
