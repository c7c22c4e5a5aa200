// SPDX-License-Identifier: MIT
//
// The simulated glass under a history of stress or strain: the strain of every mode, from which
// creep, recovery, relaxation, ramps and tension all come (PHYSICS 2, `hereditary`).
//
// de_k/dt = (A w_k sigma - e_k) rate_k / tau(sigma, chi + a2 eps_an), flow A_vp sigma / tau_max.
// Stress (or strain) is linear in time over a step; the modes are followed by exponential-linear
// steps with the times of the middle of the step: second order, halved until halving changes
// nothing that is kept. With times that do not move (linear glass, driven by stress) a step of any
// length is exact. SI. One object, one thread; the specimen must outlive it.

#pragma once

#include "drivers/simulator/specimen.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace relaxd::simulator {

class LoadedSpecimen {
  public:
    /// `T_max_K`: the highest temperature of the programme (it fixes how fine the modes lie).
    LoadedSpecimen(const Specimen& specimen, double T_max_K);

    /// The structure from now on; without a call it is `Specimen::structure_at` of the temperature.
    /// What crystallises keeps the recoverable strain it has: that part becomes permanent.
    void set_structure(const Structure& structure);

    /// A stress jump: the elastic strain follows at once.
    void set_stress_Pa(double stress_Pa) { state_.stress_Pa = stress_Pa; }

    /// `dt_s` later at constant stress, at the constant temperature `temperature_K`.
    void advance(double dt_s, double temperature_K);

    /// `dt_s` later, the stress having gone linearly to `stress_end_Pa`. dt_s = 0 is a jump.
    void advance_stress(double dt_s, double stress_end_Pa, double temperature_K);

    /// `dt_s` later, the strain having gone linearly to `strain_end` (elastic + beta + anelastic +
    /// flow, without thermal expansion): solves for the stress. dt_s = 0 is a jump, taken
    /// elastically. With `series_per_Pa` something elastic stands in series (a compliant clamp):
    /// `strain_end` is then the sum of the specimen's strain and series_per_Pa x stress.
    void advance_strain(
        double dt_s, double strain_end, double temperature_K, double series_per_Pa = 0.0
    );

    /// Share of the present strain that halving a step may still change; 1e-7 unless set. Above 1
    /// every step is taken as it is given (tests measure the order so).
    void set_tolerance(double share) { tolerance_ = share; }

    [[nodiscard]] double stress_Pa() const { return state_.stress_Pa; }

    /// Elastic + beta + anelastic + flow strain now, at the temperature of the last step.
    [[nodiscard]] double strain() const { return strain(last_T_K_); }
    [[nodiscard]] double strain(double temperature_K) const;

    [[nodiscard]] double anelastic_strain() const;
    [[nodiscard]] double flow_strain() const { return state_.flow; }

    /// chi and times as structure, present stress and anelastic strain leave them.
    [[nodiscard]] SpecimenTimes times_at(double temperature_K) const;

  private:
    enum class Clock { beta, anelastic, fast };
    struct Branch {
        Clock clock = Clock::beta;
        std::size_t process = 0;  ///< Of `Clock::fast`.
        std::size_t begin = 0;
        std::size_t end = 0;
        double A_per_Pa = 0.0;
    };
    struct State {
        std::vector<double> mode;  ///< Strain of every mode, branch after branch.
        double flow = 0.0;         ///< Permanent strain.
        double stress_Pa = 0.0;
    };
    /// What is held linear over a step, and where it ends.
    struct Drive {
        bool by_strain = false;
        double end = 0.0;
        double series_per_Pa = 0.0;
    };

    void add_branch(
        Clock clock, std::size_t process, double A_per_Pa, const std::vector<SpectrumLine>& lines
    );
    void reshape(double chi);
    [[nodiscard]] Structure structure(double temperature_K) const;
    void retune(double dt_s, double temperature_K);
    [[nodiscard]] bool times_move() const;
    [[nodiscard]] double branch_sum(const State& state, Clock clock) const;
    [[nodiscard]] double total(const State& state, double temperature_K) const;
    [[nodiscard]] double tau_s(const Branch& branch, const SpecimenTimes& times, double stress)
        const;
    void follow(double dt_s, const Drive& drive, double temperature_K);
    void step(const State& from, double h_s, const Drive& drive, State& to);
    void pass(
        const State& from,
        double h_s,
        const Drive& drive,
        double stress_Pa,
        double anelastic,
        State& to
    );
    [[nodiscard]] double difference(const State& a, const State& b) const;

    const Specimen* specimen_;
    SpectrumGrid grid_;
    std::vector<Branch> branches_;
    std::vector<double> rate_;    ///< Of every mode, in units of 1/tau of its branch.
    std::vector<double> weight_;  ///< Those of a branch sum to 1.
    double shape_chi_ = 0.0;      ///< chi of the anelastic weights.
    std::optional<Structure> structure_;
    State state_;
    bool at_rest_ = true;  ///< No recoverable strain: nothing happens until a stress acts.
    double last_T_K_;
    // Of the step in progress.
    double T_K_ = 0.0;
    Structure now_;
    double elastic_per_Pa_ = 0.0;
    // Chosen: the sum over a tension test of 10^4 steps stays below 1e-5 of the stress.
    double tolerance_ = 1e-7;
    double try_s_ = 0.0;  ///< Length that the last controlled step ended with.
    State full_;
    State half_;
    State twice_;
    // Decay factors of the last step at constant stress, reused while nothing changes.
    double tuned_dt_s_ = -1.0;
    double tuned_T_K_ = -1.0;
    double tuned_chi_ = -1.0;
    double tuned_tau_max_s_ = 1.0;
    std::vector<double> decay_;
    std::vector<double> last_;  ///< Scratch of `pass`: what the stress at the end adds.
};

}  // namespace relaxd::simulator
