// SPDX-License-Identifier: MIT
//
// The measured columns of the house (CONTRACT 2): one enumerator, one name, one unit each.
//
// A `Channels` holds one number a channel, NaN where the instrument said nothing. NaN never leaves
// the program: it is NULL in SQL, null in JSON, empty in CSV.
//
// Conventions, stated once: fields ~ exp(+i omega t); E* = E' + iE''; J* = 1/E* = J' - iJ'';
// phase_rad is the lag of displacement behind force, positive for loss; tension is positive.

#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace relaxd::record {

enum class Channel : std::uint8_t {
    temperature_K,
    set_temperature_K,
    frequency_Hz,
    storage_modulus_Pa,
    loss_modulus_Pa,
    tan_delta,
    strain,
    stress_Pa,
    displacement_m,
    static_force_N,
    dynamic_force_N,
    drive_force_N,
    phase_rad,
    force_N,
    stiffness_N_per_m,
    position_m,
    length_m,
    torque_N_m,
    angle_rad,
    compliance_per_Pa,
    relaxation_modulus_Pa,
    storage_modulus_sigma_Pa,
    loss_modulus_sigma_Pa,
    tan_delta_sigma,
    strain_sigma,
    stress_sigma_Pa,
    compliance_sigma_per_Pa,
    shear_storage_modulus_Pa,
    shear_loss_modulus_Pa,
    shear_stress_Pa,
    shear_strain,
    shear_storage_modulus_sigma_Pa,
    shear_loss_modulus_sigma_Pa,
    shear_stress_sigma_Pa,
    shear_strain_sigma,
    storage_modulus_relative,
    loss_modulus_relative,
    storage_modulus_relative_sigma,
    loss_modulus_relative_sigma,
    omega_rad_s,
};

inline constexpr std::array<std::string_view, 40> channel_names{
    "temperature_K",
    "set_temperature_K",
    "frequency_Hz",
    "storage_modulus_Pa",
    "loss_modulus_Pa",
    "tan_delta",
    "strain",
    "stress_Pa",
    "displacement_m",
    "static_force_N",
    "dynamic_force_N",
    "drive_force_N",
    "phase_rad",
    "force_N",
    "stiffness_N_per_m",
    "position_m",
    "length_m",
    "torque_N_m",
    "angle_rad",
    "compliance_per_Pa",
    "relaxation_modulus_Pa",
    "storage_modulus_sigma_Pa",
    "loss_modulus_sigma_Pa",
    "tan_delta_sigma",
    "strain_sigma",
    "stress_sigma_Pa",
    "compliance_sigma_per_Pa",
    "shear_storage_modulus_Pa",
    "shear_loss_modulus_Pa",
    "shear_stress_Pa",
    "shear_strain",
    "shear_storage_modulus_sigma_Pa",
    "shear_loss_modulus_sigma_Pa",
    "shear_stress_sigma_Pa",
    "shear_strain_sigma",
    "storage_modulus_relative",
    "loss_modulus_relative",
    "storage_modulus_relative_sigma",
    "loss_modulus_relative_sigma",
    "omega_rad_s",
};
inline constexpr std::size_t channel_count = channel_names.size();
static_assert(static_cast<std::size_t>(Channel::omega_rad_s) + 1 == channel_count);

[[nodiscard]] constexpr std::string_view to_name(Channel channel) {
    return channel_names[static_cast<std::size_t>(channel)];
}

/// The channel of a column name, or nothing: an unknown column is an extra channel, not an error.
[[nodiscard]] constexpr std::optional<Channel> channel_from(std::string_view name) {
    for (std::size_t i = 0; i < channel_count; ++i) {
        if (channel_names[i] == name) {
            return static_cast<Channel>(i);
        }
    }
    return std::nullopt;
}

/// One number a channel, in the unit of the channel's name; NaN = absent.
class Channels {
  public:
    constexpr Channels() { values_.fill(std::numeric_limits<double>::quiet_NaN()); }
    [[nodiscard]] constexpr double& operator[](Channel c) {
        return values_[static_cast<std::size_t>(c)];
    }
    [[nodiscard]] constexpr double operator[](Channel c) const {
        return values_[static_cast<std::size_t>(c)];
    }
    [[nodiscard]] bool has(Channel c) const {
        return !std::isnan(values_[static_cast<std::size_t>(c)]);
    }
    [[nodiscard]] std::optional<double> get(Channel c) const {
        return has(c) ? std::optional<double>((*this)[c]) : std::nullopt;
    }

  private:
    std::array<double, channel_count> values_{};
};

}  // namespace relaxd::record
