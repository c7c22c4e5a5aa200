// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_record.hpp"

#include "schema/base/number.hpp"

#include <cmath>
#include <string_view>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr double every_s = 1.0;

void add(std::string& text, std::string_view key, double value) {
    text += text.ends_with('{') ? "\"" : ",\"";
    text += key;
    text += "\":";
    text += std::isfinite(value) ? to_text(value) : std::string("null");
}

// A name; what JSON would have to escape becomes an underscore.
std::string quoted(std::string name) {
    for (char& c : name) {
        if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') {
            c = '_';
        }
    }
    return '"' + name + '"';
}

}  // namespace

std::string pendulum_record_line(const PendulumRig& rig) {
    const PendulumTruth truth = rig.bench().truth();
    const PendulumMotion motion = rig.bench().body().motion();
    const CoilDrive& drive = rig.bench().body().drive();
    const double none = material::Params::unknown;
    std::string text = "{";
    add(text, "time_s", rig.time_s());
    add(text, "temperature_K", truth.temperature_K);
    add(text, "shown_temperature_K", rig.temperature_K());
    add(text, "set_temperature_K", rig.set_point_K());
    add(text, "pressure_Pa", truth.pressure_Pa);
    add(text, "shown_pressure_Pa", rig.gauge().pressure_Pa.value_or(none));
    add(text, "frequency_Hz", truth.frequency_Hz);
    add(text, "drive_A", drive.amplitude_A);
    add(text, "offset_A", drive.offset_A);
    add(text, "angle_rad", motion.angle_rad);
    add(text, "current_A", motion.current_A);
    add(text, "shear_storage_modulus_Pa", truth.G_storage_Pa);
    add(text, "shear_loss_modulus_Pa", truth.G_loss_Pa);
    add(text, "tan_delta", truth.tan_phi);
    add(text, "chi", truth.chi);
    add(text, "tau_beta_s", truth.tau_beta_s);
    add(text, "tau_max_s", truth.tau_max_s);
    return text + "}";
}

std::string pendulum_setup_json(const PendulumRig& rig, const std::string& specimen) {
    const PendulumSetup& setup = rig.setup();
    const TorsionBar& bar = rig.bench().body().bar();
    std::string text = "{\"specimen\":" + quoted(specimen);
    add(text, "seed", static_cast<double>(setup.seed));
    add(text, "length_m", bar.length_m());
    add(text, "width_m", bar.width_m());
    add(text, "thickness_m", bar.thickness_m());
    add(text, "form_m3", bar.form_m3());
    add(text, "inertia_kg_m2", setup.body.inertia_kg_m2);
    add(text, "wire_N_m", setup.body.wire_N_m);
    add(text, "wire_tan_phi", setup.body.wire_tan_phi);
    add(text, "field_N_m", setup.body.field_N_m);
    add(text, "eddy_N_m_s", setup.body.eddy_N_m_s);
    add(text, "gas_N_m_s", setup.body.gas_N_m_s);
    add(text, "gas_half_Pa", setup.body.gas_half_Pa);
    add(text, "clamp_rad_per_N_m", setup.body.clamp_rad_per_N_m);
    add(text, "torque_N_m_per_A", setup.body.torque_N_m_per_A);
    add(text, "angle_V_per_rad", setup.sensors.angle_V_per_rad);
    add(text, "sense_V_per_A", setup.sensors.sense_V_per_A);
    add(text, "angle_delay_s", setup.sensors.angle_delay_s);
    add(text, "drive_A_per_V", rig.wiring().coil_A_per_V);
    return text + "}";
}

Result<std::unique_ptr<PendulumRecord>> PendulumRecord::create(const std::string& path) {
    std::unique_ptr<PendulumRecord> file(new PendulumRecord(path));
    if (!file->good()) {
        return fail(
            Errc::io, "cannot write the record file", path, "name a file in an existing folder"
        );
    }
    return file;
}

void PendulumRecord::follow(PendulumRig& rig, const std::string& specimen) {
    rig.on_interval(every_s, [this, specimen](const PendulumRig& now) {
        std::string line = pendulum_record_line(now);
        if (std::exchange(is_first_, false)) {
            line.pop_back();
            line += ",\"setup\":" + pendulum_setup_json(now, specimen) + "}";
        }
        stream_ << line << '\n';
    });
}

}  // namespace relaxd::simulator
