// SPDX-License-Identifier: MIT
//
// What a torsion pendulum adds to its specimen (INSTRUMENTS 8.2), from nominal numbers or from
// calibration sets, with the joint covariance of all of it:
//
//   K_shown = exp(i phi) [ B + 1/(1/K_s + C_c) ]
//   B(s)    = K_w' + K_w'' [ (2/pi) ln(s / 2 pi i) + i ] + I s^2 + C(p) s,   s = i omega
//
// K_w' is that at 1 Hz (with magnet and gravity in it); a loss that does not change with the
// frequency stiffens the wire by 2/pi of it per factor e (Kramers and Kronig; Nowick and Berry,
// Anelastic Relaxation, 1972, ch. 1). A free decay has s = -Lambda f + 2 pi i f and no torque.
// phi is the electronics' (angle shown later than it is: above 0). Pure, SI.

#pragma once

#include "model/geometry/clamp.hpp"
#include "model/geometry/correction.hpp"
#include "schema/base/result.hpp"
#include "schema/record/calibration.hpp"
#include "schema/record/run_fact.hpp"

#include <array>
#include <optional>
#include <vector>

namespace relaxd::model {

/// Kinds of a pendulum's sets.
inline constexpr const char* kind_pendulum_empty = "pendulum_empty";
inline constexpr const char* kind_pendulum_bar = "pendulum_bar";
/// Numbers of those sets.
inline constexpr const char* number_scale = "stiffness_per_ratio_N_m";
/// Below this all is one vacuum: damping by gas falls as p where the free path (7 cm of air at 0.1
/// Pa, by 6.7 mm Pa / p) exceeds every gap, to a few per mille of that in air; pumps go on pumping.
inline constexpr double one_vacuum_Pa = 0.1;
[[nodiscard]] inline double counted_pressure_Pa(double shown_Pa) {
    return shown_Pa < one_vacuum_Pa ? one_vacuum_Pa : shown_Pa;
}

inline constexpr const char* number_delay = "delay_s";
inline constexpr const char* number_lowest_Hz = "lowest_frequency_Hz";
inline constexpr const char* number_highest_Hz = "highest_frequency_Hz";

/// Volts to SI. Not known (NaN) where readings are SI already.
struct PendulumScale {
    Measured angle_V_per_rad;
    Measured torque_N_m_per_V;
    [[nodiscard]] bool is_known() const;
    /// (torque V / angle V) times this is torque over angle in N m/rad.
    [[nodiscard]] double stiffness_per_ratio_N_m() const {
        return torque_N_m_per_V.value * angle_V_per_rad.value;
    }
    [[nodiscard]] double relative_sigma() const;  ///< Of it; 0 where not known.
};

/// Parameters of B and the delay: I, K_w', K_w'', delay, C at each pressure.
struct PendulumBackground {
    static constexpr std::size_t inertia = 0;
    static constexpr std::size_t wire = 1;
    static constexpr std::size_t wire_loss = 2;
    static constexpr std::size_t delay = 3;
    static constexpr std::size_t damping = 4;

    std::vector<double> values;        ///< 4 + one or more.
    std::vector<double> covariance;    ///< Row by row.
    std::vector<double> pressures_Pa;  ///< Ascending, one for each C; empty: one C for all.
    /// Made with the pendulum's own torque and angle: a wrong scale is in it as it is in a reading.
    bool is_of_scale = false;

    PendulumBackground() = default;
    [[nodiscard]] std::size_t size() const { return values.size(); }
    /// B at a complex frequency; `slopes`, if any: its derivatives, of size().
    [[nodiscard]] Complex at(
        Complex s_per_s, double pressure_Pa, std::vector<Complex>* slopes = nullptr
    ) const;
    /// More than a factor 2 beyond the pressures of the set.
    [[nodiscard]] bool is_outside(double pressure_Pa) const;
};

/// All at one place.
struct PendulumAt {
    MachineAt machine;
    /// Of one reading as the sets' runs had it; unknown without sets.
    double torque_noise_N_m = record::unknown;
    double angle_noise_rad = record::unknown;
    bool is_outside = false;
    bool is_corrected = false;  ///< By a set.
    PendulumAt() = default;
};

class PendulumMachine {
  public:
    PendulumMachine() = default;
    /// Facts inertia_kg_m2, wire_N_m, wire_tan_phi, damping_N_m_s, clamp_rad_per_N_m; what is not
    /// said is 0. Errors `invalid`: a negative one (but wire_N_m), no inertia and no empty set, a
    /// set that is not of these kinds or cannot be used.
    [[nodiscard]] static Result<PendulumMachine> make(
        const std::vector<record::RunFact>& facts,
        const PendulumScale& scale,
        std::optional<record::Calibration> empty,
        std::optional<record::Calibration> bar
    );
    /// For a forced oscillation that showed `apparent_N_m`.
    [[nodiscard]] PendulumAt forced(
        Complex apparent_N_m, double frequency_Hz, double temperature_K, double pressure_Pa
    ) const;
    /// For a free decay: apparent stiffness 0, no electronics.
    [[nodiscard]] PendulumAt decay(Complex s_per_s, double temperature_K, double pressure_Pa) const;
    /// For means under constant torque: K_w' and the clamp.
    [[nodiscard]] PendulumAt steady(double temperature_K) const;

    [[nodiscard]] const PendulumBackground& background() const { return background_; }
    [[nodiscard]] const std::optional<record::Calibration>& empty() const { return empty_; }
    [[nodiscard]] const std::optional<record::Calibration>& bar() const { return bar_; }

  private:
    [[nodiscard]] bool frame_at(
        PendulumAt& out, double frequency_Hz, double temperature_K, bool with_phase
    ) const;
    [[nodiscard]] bool is_beyond(double frequency_Hz) const;

    PendulumBackground background_;
    Measured clamp_rad_per_N_m_{0.0, 0.0};
    double scale_relative_sigma_ = 0.0;
    double bar_scale_ = 1.0;  ///< Run's scale over the bar set's.
    std::optional<record::Calibration> empty_;
    std::optional<record::Calibration> bar_;
};

/// The value and s.d. of a fact; NaN and 0 where there is none.
[[nodiscard]] Measured fact_of(const std::vector<record::RunFact>& facts, std::string_view name);
/// The run's torque over angle in the set's: what the set's stiffnesses are to be multiplied by. 1
/// where either does not say.
[[nodiscard]] double scale_ratio(const record::Calibration& set, const PendulumScale& scale);
/// `background` of a set of kind pendulum_empty, times `scale`. Error `invalid` where its columns
/// are not those of the kind.
[[nodiscard]] Result<PendulumBackground> background_of(
    const record::Calibration& set, double scale = 1.0
);
/// The nominal one.
[[nodiscard]] PendulumBackground nominal_background(const std::vector<record::RunFact>& facts);

}  // namespace relaxd::model
