// SPDX-License-Identifier: MIT
//
// The bench: how good the simulated instrument is. What each body does wrong, and the numbers with
// which the instrument corrects itself. A default Bench is `plain`: the published statistics.
// docs/simulated-bench.md is the user's page. SI (rates of the furnace in K/min, as people say
// them). Plain values.

#pragma once

#include <complex>
#include <string_view>
#include <vector>

namespace relaxd::simulator {

/// The furnace and its controller. Without `heater` only the two greatest rates count.
struct FurnaceOptions {
    FurnaceOptions() = default;
    bool heater = false;  ///< False: the simple furnace, which follows its set point by itself.
    double heat_capacity_J_per_K = 250.0;
    double power_max_W = 400.0;
    double heater_lag_s = 5.0;  ///< First-order lag of the heat behind the command.
    double loss_W_per_K = 0.25;
    double cooling_max_W = 150.0;  ///< Active cooling; 0: none is fitted.
    double specimen_lag_s = 15.0;  ///< First-order lag of the specimen behind the block.
    double heating_max_K_per_min = 20.0;
    double cooling_max_K_per_min = 10.0;
    double approach_s = 20.0;  ///< The controller's own set point nears a new one like this.
    double gain_W_per_K = 12.0;
    double integral_W_per_K_s = 0.03;
    double derivative_W_s_per_K = 0.0;
    double feed_forward = 0.95;  ///< Share of the power a ramp and the loss need, given ahead.
};

/// What is shown for a temperature T: T + offset + gain_error (T - 298.15 K), plus noise in a
/// reading. The controller sees it too, without the noise.
struct ThermocoupleOptions {
    ThermocoupleOptions() = default;
    double offset_K = 0.0;
    double gain_error = 0.0;
    double lag_s = 2.0;  ///< Behind the block; with `heater` only.
    double noise_K = 0.0;

    [[nodiscard]] bool exact() const { return offset_K == 0.0 && gain_error == 0.0; }
    [[nodiscard]] double shown_K(double true_K) const;
    /// The true temperature at which `shown_K` is shown.
    [[nodiscard]] double true_K(double shown_K) const;
};

/// One measured signal: force in N or displacement in m.
struct ChannelOptions {
    explicit ChannelOptions(double max_in) : max(max_in) {}
    double gain = 1.0;         ///< Shown over true, what is left after its calibration.
    double noise = 0.0;        ///< Standard deviation of each quadrature in a window of 1 s.
    double resolution = 0.0;   ///< Amplitudes are multiples of it; 0: as the wire rounds.
    double drift_per_s = 0.0;  ///< Of the zero, from the run's start.
    double pickup = 0.0;       ///< Amplitude of the mains' sine in the signal.
    double max = 0.0;          ///< The signal ends here.

    bool operator==(const ChannelOptions&) const = default;
};

/// How the machine stands between specimen and signals. The same numbers, as somebody measured
/// them, are the calibration with which the instrument corrects.
///
/// K_raw = [(1 + i b) / (1/K_s + c (1 - i l)) - m omega^2] exp(i phi), b and phi of frequency.
struct Machine {
    Machine() = default;
    double compliance_m_per_N = 0.0;  ///< c, in series with the specimen.
    double compliance_loss = 0.0;     ///< l, its tan delta.
    double mass_kg = 0.0;             ///< m, clamp and drive shaft.
    double phase_offset_rad = 0.0;    ///< phi = offset + omega delay, added to the phase.
    double phase_delay_s = 0.0;
    double tan_delta = 0.0;             ///< b at 1 Hz: loss of clamp and instrument.
    double tan_delta_per_decade = 0.0;  ///< b's rise a decade of frequency; b is at least 0.

    bool operator==(const Machine&) const = default;
    [[nodiscard]] double background(double frequency_Hz) const;
    [[nodiscard]] double phase_rad(double frequency_Hz) const;
    /// What force over displacement would be for a specimen of this stiffness, without phase phi.
    [[nodiscard]] std::complex<double> driven_N_per_m(
        std::complex<double> specimen_N_per_m, double frequency_Hz
    ) const;
    /// The same as the signals show it: turned by phi.
    [[nodiscard]] std::complex<double> raw_N_per_m(
        std::complex<double> specimen_N_per_m, double frequency_Hz
    ) const;
    /// Of the raw stiffness what clamp and specimen carry: phase, inertia and background taken off.
    [[nodiscard]] std::complex<double> series_N_per_m(
        std::complex<double> raw_N_per_m, double frequency_Hz
    ) const;
    /// The specimen's stiffness of the raw one: the inverse of `raw_N_per_m`. Finite.
    [[nodiscard]] std::complex<double> specimen_N_per_m(
        std::complex<double> raw_N_per_m, double frequency_Hz
    ) const;
};

/// How the analyser samples; it counts where there is pick-up or drift.
struct AnalyserOptions {
    AnalyserOptions() = default;
    double samples_per_cycle = 64.0;  ///< A whole number.
    double line_Hz = 50.0;            ///< Of the mains.
};

inline constexpr double force_limit_N = 18.0;  ///< Q800 brochure.
inline constexpr double displacement_limit_m = 0.01;
inline constexpr double amplitude_min_m = 0.5e-6;

struct Bench {
    Bench() = default;
    FurnaceOptions furnace;
    ThermocoupleOptions thermocouple;
    ChannelOptions force{force_limit_N};
    ChannelOptions displacement{displacement_limit_m};
    AnalyserOptions analyser;
    Machine machine;
    Machine calibration;  ///< The instrument's idea of `machine`.

    /// Nothing stands between the specimen's modulus and what is shown.
    [[nodiscard]] bool ideal_analyser() const;
    /// No noise in any signal; systematic errors stay.
    void silence();
};

/// One number or switch of a bench, by section and key of a bench file.
struct BenchKey {
    BenchKey() = default;
    std::string_view section;
    std::string_view key;
    double* number = nullptr;  ///< Null: a switch.
    bool* flag = nullptr;
    double low = 0.0;  ///< Both bounds are allowed.
    double high = 0.0;
    bool whole = false;
};

/// All of them, by section; they point into `bench`.
[[nodiscard]] std::vector<BenchKey> bench_keys(Bench& bench);

}  // namespace relaxd::simulator
