// SPDX-License-Identifier: MIT
//
// The built-in bench `realistic`: chosen so that every correction matters somewhere in a usual
// method, in sizes that the Q800's brochure and the literature on machine compliance make likely;
// not measured on an instrument. docs/simulated-bench.md shows the same text.
#include "drivers/simulator/bench_file.hpp"

namespace relaxd::simulator {

std::string_view realistic_bench() {
    return R"([furnace]
heater = true

[thermocouple]
offset_K = 0.4
gain_error = 0.001
noise_K = 0.01

[force]
gain = 1.002
noise_N = 3e-5
resolution_N = 1e-5
drift_N_per_s = 2e-8
pickup_N = 5e-4

[displacement]
gain = 0.999
noise_m = 2e-9
resolution_m = 1e-9
drift_m_per_s = 1e-10
pickup_m = 1e-8

[clamp]
compliance_m_per_N = 8e-7
compliance_loss = 0.01
mass_kg = 0.15

[analyser]
phase_offset_rad = 0.002
phase_delay_s = 2e-5
tan_delta = 0.001
tan_delta_per_decade = 0.0003
line_Hz = 50

# What the last calibration found: near the truth, not it.
[calibration]
compliance_m_per_N = 7.7e-7
compliance_loss = 0
mass_kg = 0.1497
phase_offset_rad = 0.0019
phase_delay_s = 1.97e-5
tan_delta = 0.0009
tan_delta_per_decade = 0.0003

# The signals have their own noise; the gain of the whole wanders.
[noise]
storage_relative = 0
loss_relative = 0
loss_floor_Pa = 0
displacement_relative = 0
displacement_floor_m = 0
drift_relative = 0.0005
drift_time_s = 3600
)";
}

}  // namespace relaxd::simulator
