// SPDX-License-Identifier: MIT
#include "model/geometry/torsion_shown.hpp"

#include "model/signal/decay.hpp"
#include "model/signal/demodulate.hpp"
#include "model/signal/steady.hpp"
#include "schema/record/waveform.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::model {

namespace {

using record::Channel;
using record::Reading;

/// What is computed here, and where the instrument's own is kept.
constexpr std::array<std::pair<Channel, const char*>, 15> computed{{
    {Channel::torque_N_m, "instrument_torque_N_m"},
    {Channel::angle_rad, "instrument_angle_rad"},
    {Channel::phase_rad, "instrument_phase_rad"},
    {Channel::shear_storage_modulus_Pa, "instrument_shear_storage_modulus_Pa"},
    {Channel::shear_loss_modulus_Pa, "instrument_shear_loss_modulus_Pa"},
    {Channel::tan_delta, "instrument_tan_delta"},
    {Channel::shear_strain, "instrument_shear_strain"},
    {Channel::shear_stress_Pa, "instrument_shear_stress_Pa"},
    {Channel::compliance_per_Pa, "instrument_compliance_per_Pa"},
    {Channel::shear_storage_modulus_sigma_Pa, "instrument_shear_storage_modulus_sigma_Pa"},
    {Channel::shear_loss_modulus_sigma_Pa, "instrument_shear_loss_modulus_sigma_Pa"},
    {Channel::tan_delta_sigma, "instrument_tan_delta_sigma"},
    {Channel::shear_strain_sigma, "instrument_shear_strain_sigma"},
    {Channel::shear_stress_sigma_Pa, "instrument_shear_stress_sigma_Pa"},
    {Channel::compliance_sigma_per_Pa, "instrument_compliance_sigma_per_Pa"},
}};
constexpr const char* own_frequency = "instrument_frequency_Hz";
constexpr const char* decay_frequency = "decay_frequency_Hz";

double extra(const Reading& reading, const char* name) {
    const auto found = reading.extra.find(name);
    return found == reading.extra.end() ? record::unknown : found->second;
}

void keep(Reading& reading, const std::string& name, double value) {
    if (std::isfinite(value)) {
        reading.extra[name] = value;
    } else {
        reading.extra.erase(name);
    }
}

void keep_channel(Reading& reading, const std::string& name, const ChannelFit& fit) {
    const double size = std::abs(fit.amplitude_V);
    keep(reading, name + "_V", size);
    keep(reading, name + "_sigma_V", fit.amplitude_sigma_V);
    keep(reading, name + "_second_share", std::abs(fit.second_V) / size);
    keep(reading, name + "_third_share", std::abs(fit.third_V) / size);
    keep(reading, name + "_offset_V", fit.offset_V);
    keep(reading, name + "_drift_V_per_s", fit.drift_V_per_s);
    keep(reading, name + "_residual_V", fit.residual_rms_V);
}

bool keep_forced(Reading& reading, const record::Waveform& waveform) {
    const auto found = demodulate(waveform);
    if (!found || !(std::abs(found->angle.amplitude_V) > 0.0) ||
        !(std::abs(found->torque.amplitude_V) > 0.0)) {
        return false;
    }
    keep_channel(reading, "angle", found->angle);
    keep_channel(reading, "torque", found->torque);
    keep(reading, "demodulated_phase_rad", std::arg(found->stiffness));
    keep(reading, "stiffness_relative_sigma", found->stiffness_sigma / std::abs(found->stiffness));
    keep(reading, "dft_disagreement", found->dft_disagreement);
    keep(reading, "window_s", found->duration_s);
    keep(
        reading, "clipped_share", std::max(found->angle.clipped_share, found->torque.clipped_share)
    );
    if (!reading.values.has(Channel::frequency_Hz)) {
        reading.values[Channel::frequency_Hz] = found->frequency_Hz;
    }
    return true;
}

bool keep_decay(Reading& reading, const record::Waveform& waveform) {
    const auto found = fit_decay(waveform);
    if (!found || !(found->frequency_Hz > 0.0)) {
        return false;
    }
    keep(reading, decay_frequency, found->frequency_Hz);
    keep(reading, "decay_frequency_sigma_Hz", found->frequency_sigma_Hz);
    keep(reading, "decrement", found->decrement);
    keep(reading, "decrement_sigma", found->decrement_sigma);
    keep(reading, "extrema_decrement", found->extrema_decrement);
    keep(reading, "extrema_decrement_sigma", found->extrema_decrement_sigma);
    keep(reading, "decay_halves_differ", found->halves_differ);
    keep(reading, "decay_periods", found->periods);
    keep(reading, "angle_V", found->amplitude_V);
    keep(reading, "angle_residual_V", found->residual_rms_V);
    return true;
}

void keep_mean(Reading& reading, const std::string& name, const SteadyFit& fit) {
    keep(reading, name + "_mean_V", fit.value_V);
    keep(reading, name + "_mean_sigma_V", fit.sigma_V);
    keep(reading, name + "_drift_V_per_s", fit.drift_V_per_s);
}

bool keep_steady(Reading& reading, const record::Waveform& waveform) {
    const auto found = fit_steady(waveform);
    if (!found) {
        return false;
    }
    keep_mean(reading, "angle", found->angle);
    keep_mean(reading, "torque", found->torque);
    keep(reading, "window_s", found->duration_s);
    keep(
        reading, "clipped_share", std::max(found->angle.clipped_share, found->torque.clipped_share)
    );
    return true;
}

void take_stiffness(TorsionShown& out, Complex ratio, const PendulumScale& scale) {
    out.stiffness_N_m = ratio * scale.stiffness_per_ratio_N_m();
    out.phase_rad = std::arg(ratio);
}

/// Amplitudes in volts, peak.
void take_sizes(TorsionShown& out, double angle_V, double torque_V, const PendulumScale& scale) {
    out.angle_rad = angle_V / scale.angle_V_per_rad.value;
    out.torque_N_m = torque_V * scale.torque_N_m_per_V.value;
}

bool take_demodulated(TorsionShown& out, const Reading& r, const PendulumScale& scale) {
    const double angle_V = extra(r, "angle_V");
    const double torque_V = extra(r, "torque_V");
    const double phase = extra(r, "demodulated_phase_rad");
    if (!(angle_V > 0.0 && torque_V > 0.0 && std::isfinite(phase))) {
        return false;
    }
    take_stiffness(out, std::polar(torque_V / angle_V, phase), scale);
    out.phase_rad = phase;
    take_sizes(out, angle_V, torque_V, scale);
    out.stiffness_relative_sigma = extra(r, "stiffness_relative_sigma");
    out.angle_sigma_rad = extra(r, "angle_sigma_V") / scale.angle_V_per_rad.value;
    out.torque_sigma_N_m = extra(r, "torque_sigma_V") * scale.torque_N_m_per_V.value;
    return true;
}

bool take_decay(TorsionShown& out, const Reading& r, const PendulumScale& scale) {
    out.frequency_Hz = extra(r, decay_frequency);
    out.decrement = extra(r, "decrement");
    if (!(out.frequency_Hz > 0.0) || !std::isfinite(out.decrement)) {
        return false;
    }
    out.kind = TorsionShown::Kind::decay;
    out.frequency_sigma_Hz = extra(r, "decay_frequency_sigma_Hz");
    out.decrement_sigma = extra(r, "decrement_sigma");
    out.angle_rad = extra(r, "angle_V") / scale.angle_V_per_rad.value;
    return true;
}

double or_zero(double x) {
    return std::isfinite(x) ? x : 0.0;
}

bool take_steady(TorsionShown& out, const Reading& r, const PendulumScale& scale) {
    const double angle_V = extra(r, "angle_mean_V") - or_zero(extra(r, "angle_zero_V"));
    const double torque_V = extra(r, "torque_mean_V") - or_zero(extra(r, "torque_zero_V"));
    if (!std::isfinite(angle_V) || !std::isfinite(torque_V)) {
        return false;
    }
    out.kind = TorsionShown::Kind::steady;
    take_sizes(out, angle_V, torque_V, scale);
    out.angle_sigma_rad = extra(r, "angle_mean_sigma_V") / scale.angle_V_per_rad.value;
    out.torque_sigma_N_m = extra(r, "torque_mean_sigma_V") * scale.torque_N_m_per_V.value;
    return true;
}

bool take_lock_in(TorsionShown& out, const Reading& r, const PendulumScale& scale) {
    const Complex angle_V(extra(r, "angle_x_V"), extra(r, "angle_y_V"));
    const Complex torque_V(extra(r, "torque_x_V"), extra(r, "torque_y_V"));
    if (!(std::abs(angle_V) > 0.0) || !(std::abs(torque_V) > 0.0)) {
        return false;
    }
    take_stiffness(out, torque_V / angle_V, scale);
    const double peak = std::numbers::sqrt2;
    take_sizes(out, peak * std::abs(angle_V), peak * std::abs(torque_V), scale);
    return true;
}

bool take_ratio(TorsionShown& out, const Reading& r, const PendulumScale& scale) {
    const Complex ratio(extra(r, "ratio_real"), extra(r, "ratio_imag"));
    if (!(std::abs(ratio) > 0.0)) {
        return false;
    }
    take_stiffness(out, 1.0 / ratio, scale);
    const double torque_V =
        std::numbers::sqrt2 * std::hypot(extra(r, "torque_x_V"), extra(r, "torque_y_V"));
    take_sizes(out, torque_V * std::abs(ratio), torque_V, scale);
    return true;
}

bool take_SI(TorsionShown& out, const Reading& r) {
    out.angle_rad = r.values[Channel::angle_rad];
    out.torque_N_m = r.values[Channel::torque_N_m];
    const double phase = r.values[Channel::phase_rad];
    if (std::isfinite(phase)) {
        out.stiffness_N_m = std::polar(std::abs(out.torque_N_m / out.angle_rad), phase);
        out.phase_rad = phase;
        return out.angle_rad > 0.0 && out.torque_N_m > 0.0;
    }
    out.kind = TorsionShown::Kind::steady;
    return std::isfinite(out.angle_rad) && std::isfinite(out.torque_N_m);
}

}  // namespace

void add_word(std::string& flags, std::string_view word) {
    std::string kept = flags;
    drop_word(kept, word);
    if (kept.size() == flags.size()) {
        flags += flags.empty() ? "" : " ";
        flags += word;
    }
}

void drop_word(std::string& flags, std::string_view word) {
    std::string kept;
    std::string_view rest = flags;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        if (rest.substr(0, end) != word && end > 0) {
            kept += kept.empty() ? "" : " ";
            kept += rest.substr(0, end);
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    flags = std::move(kept);
}

void restore_torsion(Reading& reading) {
    for (const char* word : {flag_uncorrected, flag_outside, flag_dominates, flag_high_damping}) {
        drop_word(reading.flags, word);
    }
    if (reading.extra.erase(torsion_mark) == 0) {
        return;
    }
    for (const auto& [channel, name] : computed) {
        reading.values[channel] = extra(reading, name);
        reading.extra.erase(name);
    }
    if (reading.extra.contains(decay_frequency)) {
        reading.values[Channel::frequency_Hz] = extra(reading, own_frequency);
        reading.extra.erase(own_frequency);
    }
    for (const char* name :
         {shear_storage_systematic, shear_loss_systematic, tan_phi_systematic, compliance_systematic
         }) {
        reading.extra.erase(name);
    }
}

void begin_torsion(Reading& reading) {
    for (const auto& [channel, name] : computed) {
        keep(reading, name, reading.values[channel]);
        reading.values[channel] = record::unknown;
    }
    if (reading.extra.contains(decay_frequency)) {
        keep(reading, own_frequency, reading.values[Channel::frequency_Hz]);
    }
    reading.extra[torsion_mark] = torsion_version;
}

void demodulate_into(Reading& reading) {
    if (reading.waveform == nullptr) {
        return;
    }
    drop_word(reading.flags, flag_not_demodulated);
    const record::Waveform& waveform = *reading.waveform;
    bool done = false;
    switch (waveform.kind) {
        case record::WaveformKind::forced: done = keep_forced(reading, waveform); break;
        case record::WaveformKind::decay: done = keep_decay(reading, waveform); break;
        case record::WaveformKind::steady: done = keep_steady(reading, waveform); break;
    }
    if (!done) {
        add_word(reading.flags, flag_not_demodulated);
    } else if (extra(reading, "clipped_share") > 0.0) {
        add_word(reading.flags, "clipped");
    }
}

std::optional<TorsionShown> shown_of(const Reading& reading, const PendulumScale& scale) {
    TorsionShown out;
    out.temperature_K = reading.values[Channel::temperature_K];
    out.pressure_Pa = extra(reading, "pressure_Pa");
    if (scale.is_known()) {
        if (take_decay(out, reading, scale) || take_steady(out, reading, scale)) {
            return out;
        }
        out.frequency_Hz = reading.values[Channel::frequency_Hz];
        if (take_demodulated(out, reading, scale) || take_lock_in(out, reading, scale) ||
            take_ratio(out, reading, scale)) {
            return out.frequency_Hz > 0.0 ? std::optional(out) : std::nullopt;
        }
    }
    out.frequency_Hz = reading.values[Channel::frequency_Hz];
    if (!take_SI(out, reading)) {
        return std::nullopt;
    }
    const bool is_forced = out.kind == TorsionShown::Kind::forced;
    return !is_forced || out.frequency_Hz > 0.0 ? std::optional(out) : std::nullopt;
}

}  // namespace relaxd::model
