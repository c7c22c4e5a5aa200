// SPDX-License-Identifier: MIT
#include "model/geometry/torsion.hpp"

#include "model/geometry/torsion_shown.hpp"
#include "model/signal/decay.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::model {

namespace {

using record::Channel;

constexpr double two_pi = 2.0 * std::numbers::pi;
/// A torque below this many s.d. gives no compliance.
constexpr double torque_sigmas_min = 5.0;
/// What bringing a decay to a real frequency changes holds where the loss is the same at all
/// frequencies; of a relaxation's flank this much of it is its s.d. (chosen).
constexpr double decay_shift_share = 0.5;

double sigma_of_mean(const Covariance2& c) {
    return 0.5 * (c.rr + c.ii);
}

/// Covariance of a z where z has `c`.
Covariance2 turned(const Covariance2& c, Complex a) {
    const double x = a.real();
    const double y = a.imag();
    Covariance2 out;
    out.rr = x * x * c.rr - 2.0 * x * y * c.ri + y * y * c.ii;
    out.ri = x * y * (c.rr - c.ii) + (x * x - y * y) * c.ri;
    out.ii = y * y * c.rr + 2.0 * x * y * c.ri + x * x * c.ii;
    return out;
}

double tan_variance(Complex K, const Covariance2& c) {
    const double a = -K.imag() / (K.real() * K.real());
    const double b = 1.0 / K.real();
    return a * a * c.rr + 2.0 * a * b * c.ri + b * b * c.ii;
}

void put_if(double& column, double value) {
    if (std::isfinite(value)) {
        column = value;
    }
}

/// Covariance of K_s from that of K_3.
Covariance2 of_specimen(const Covariance2& carried, const SpecimenStiffness& found) {
    const Complex share = found.specimen_N_per_m / found.carried_N_per_m;
    return turned(carried, share * share);
}

/// Moduli with their errors. `own`: what is random in K_s.
void put_moduli(
    record::Reading& reading,
    const SpecimenStiffness& found,
    const Covariance2& own,
    const TorsionFactors& factors
) {
    record::Channels& values = reading.values;
    const Complex K = found.specimen_N_per_m;
    const double g = 1.0 / factors.J_over_L_m3;
    const double tan_phi = K.imag() / K.real();
    put_if(values[Channel::shear_storage_modulus_Pa], K.real() * g);
    put_if(values[Channel::shear_loss_modulus_Pa], K.imag() * g);
    put_if(values[Channel::tan_delta], tan_phi);
    put_if(values[Channel::shear_storage_modulus_sigma_Pa], std::sqrt(own.rr) * g);
    put_if(values[Channel::shear_loss_modulus_sigma_Pa], std::sqrt(own.ii) * g);
    const double tan_random = std::max(0.0, tan_variance(K, own));
    put_if(values[Channel::tan_delta_sigma], std::sqrt(tan_random));
    const Covariance2& common = found.systematic;
    const double scale = factors.J_over_L_relative_sigma;
    const auto put = [&reading](const char* name, double value) {
        if (std::isfinite(value)) {
            reading.extra[name] = value;
        }
    };
    put(shear_storage_systematic, g * std::hypot(std::sqrt(common.rr), K.real() * scale));
    put(shear_loss_systematic, g * std::hypot(std::sqrt(common.ii), K.imag() * scale));
    put(tan_phi_systematic, std::sqrt(std::max(0.0, tan_variance(K, common))));
    const double random_part = std::isfinite(own.rr) ? sigma_of_mean(own) : 0.0;
    const double sigma = std::sqrt(sigma_of_mean(common) + random_part);
    if (!(sigma <= torsion_relative_sigma_max * std::abs(K)) || K.real() <= 0.0) {
        add_word(reading.flags, flag_dominates);
    }
}

void put_flags(record::Reading& reading, const PendulumAt& at) {
    if (!at.is_corrected) {
        add_word(reading.flags, flag_uncorrected);
    }
    if (at.is_outside) {
        add_word(reading.flags, flag_outside);
    }
}

}  // namespace

Result<TorsionReduction> TorsionReduction::make(
    record::Specimen specimen,
    std::vector<record::RunFact> facts,
    std::vector<record::Calibration> sets,
    std::vector<double> rates_K_per_s
) {
    take_dimensions(specimen, facts);
    TorsionReduction out;
    out.is_known_ = true;
    out.computes_ = has_dimensions(specimen);
    if (out.computes_) {
        if (const auto factors = torsion_factors(specimen, record::unknown); !factors) {
            return fail(factors.error());
        }
    }
    const auto scale = pendulum_scale(facts);
    if (!scale) {
        return fail(scale.error());
    }
    out.scale_ = *scale;
    put_torsion_facts(facts, specimen, out.computes_);
    out.facts_ = std::move(facts);
    out.specimen_ = std::move(specimen);
    ReductionInput temperature;
    temperature.clamp = torsion_clamp;
    temperature.rates_K_per_s = std::move(rates_K_per_s);
    for (const record::Calibration& set : sets) {
        if (set.kind == "temperature") {
            temperature.sets.push_back(set);
        }
    }
    auto made = Reduction::make(std::move(temperature));
    if (!made) {
        return fail(made.error());
    }
    out.temperature_ = std::move(*made);
    if (const auto taken = out.take_sets(std::move(sets)); !taken) {
        return fail(taken.error());
    }
    return out;
}

Result<void> TorsionReduction::take_sets(std::vector<record::Calibration> sets) {
    std::optional<record::Calibration> empty;
    std::optional<record::Calibration> bar;
    for (record::Calibration& set : sets) {
        put_set_fact(facts_, set);
        if (set.kind == "temperature") {
            continue;
        }
        if (set.kind != kind_pendulum_empty && set.kind != kind_pendulum_bar) {
            return fail(
                Errc::invalid,
                "a set of kind \"" + set.kind + "\" cannot correct torque and angle",
                "calibration " + set.name,
                "the kinds are pendulum_empty, pendulum_bar and temperature"
            );
        }
        if (!set.clamp.empty() && set.clamp != torsion_clamp) {
            return fail(
                Errc::invalid,
                "the set is of the clamp " + set.clamp + ", the run of torsion",
                "calibration " + set.name,
                "make it from runs of this pendulum"
            );
        }
        std::optional<record::Calibration>& place = set.kind == kind_pendulum_empty ? empty : bar;
        if (place) {
            return fail(
                Errc::invalid,
                "two sets of kind " + set.kind,
                "calibration " + set.name,
                "name one of them"
            );
        }
        place = std::move(set);
    }
    auto machine = PendulumMachine::make(facts_, scale_, std::move(empty), std::move(bar));
    if (!machine) {
        return fail(machine.error());
    }
    machine_ = std::move(*machine);
    return {};
}

std::optional<TorsionShown> torsion_shown(
    record::Reading reading, const PendulumScale& scale, std::string* flags
) {
    restore_torsion(reading);
    Reduction().apply(reading);  // the temperature as shown
    demodulate_into(reading);
    if (flags != nullptr) {
        *flags = reading.flags;
    }
    return shown_of(reading, scale);
}

void TorsionReduction::apply(record::Reading& reading) const {
    restore_torsion(reading);
    temperature_.apply(reading);
    if (!is_known_) {
        return;
    }
    demodulate_into(reading);
    const auto shown = shown_of(reading, scale_);
    if (!shown) {
        return;
    }
    begin_torsion(reading);
    record::Channels& values = reading.values;
    put_if(values[Channel::angle_rad], shown->angle_rad);
    put_if(values[Channel::torque_N_m], shown->torque_N_m);
    switch (shown->kind) {
        case TorsionShown::Kind::forced: put_forced(reading, *shown); break;
        case TorsionShown::Kind::decay: put_decay(reading, *shown); break;
        case TorsionShown::Kind::steady: put_steady(reading, *shown); break;
    }
}

/// Of each quadrature of torque over angle; and of torque and angle. The reading's own where it was
/// demodulated, else what the sets' runs had.
double TorsionReduction::relative_sigma_of(
    const TorsionShown& shown, const PendulumAt& at, double& torque, double& angle
) const {
    torque = shown.torque_sigma_N_m;
    angle = shown.angle_sigma_rad;
    if (std::isfinite(shown.stiffness_relative_sigma)) {
        return shown.stiffness_relative_sigma;
    }
    torque = std::isfinite(torque) ? torque : at.torque_noise_N_m;
    angle = std::isfinite(angle) ? angle : at.angle_noise_rad;
    if (!std::isfinite(torque) && !std::isfinite(angle)) {
        return record::unknown;
    }
    torque = std::isfinite(torque) ? torque : 0.0;
    angle = std::isfinite(angle) ? angle : 0.0;
    return std::hypot(torque / shown.torque_N_m, angle / shown.angle_rad);
}

void TorsionReduction::put_forced(record::Reading& reading, const TorsionShown& shown) const {
    record::Channels& values = reading.values;
    values[Channel::phase_rad] = shown.phase_rad;
    const auto factors = computes_ ? torsion_factors(specimen_, values[Channel::temperature_K])
                                   : fail(Errc::invalid, "no specimen");
    if (!factors) {
        return;
    }
    const PendulumAt at = machine_.forced(
        shown.stiffness_N_m, shown.frequency_Hz, shown.temperature_K, shown.pressure_Pa
    );
    put_flags(reading, at);
    const SpecimenStiffness found =
        specimen_stiffness(shown.stiffness_N_m, two_pi * shown.frequency_Hz, at.machine);
    if (!found.is_known) {
        add_word(reading.flags, flag_dominates);
        return;
    }
    double torque_sigma = 0.0;
    double angle_sigma = 0.0;
    const double relative = relative_sigma_of(shown, at, torque_sigma, angle_sigma);
    const double sigma = std::abs(shown.stiffness_N_m) * relative;
    const Covariance2 random{sigma * sigma, 0.0, sigma * sigma};
    put_moduli(reading, found, of_specimen(random, found), *factors);
    const double carried_N_m = std::abs(found.carried_N_per_m) * shown.angle_rad;
    const double B = std::abs(at.machine.known_background_N_per_m);
    const double C = std::abs(at.machine.compliance_m_per_N);
    put_if(values[Channel::shear_stress_Pa], carried_N_m * factors->stress_per_N_m);
    put_if(
        values[Channel::shear_strain],
        carried_N_m / std::abs(found.specimen_N_per_m) * factors->strain_per_rad
    );
    put_if(
        values[Channel::shear_stress_sigma_Pa],
        std::hypot(torque_sigma, B * angle_sigma) * factors->stress_per_N_m
    );
    put_if(
        values[Channel::shear_strain_sigma],
        std::hypot(angle_sigma, C * torque_sigma) * factors->strain_per_rad
    );
}

// I s^2 + C s + K_w* + K_carried = 0 with s = -Lambda f + 2 pi i f (8.2 with zero torque): the
// stiffness at a complex frequency, which is then brought to the real one (model/signal/decay.hpp).
void TorsionReduction::put_decay(record::Reading& reading, const TorsionShown& shown) const {
    record::Channels& values = reading.values;
    values[Channel::frequency_Hz] = shown.frequency_Hz;
    const auto factors = computes_ ? torsion_factors(specimen_, values[Channel::temperature_K])
                                   : fail(Errc::invalid, "no specimen");
    if (!factors) {
        return;
    }
    const double f = shown.frequency_Hz;
    const Complex s(-shown.decrement * f, two_pi * f);
    const PendulumAt at = machine_.decay(s, shown.temperature_K, shown.pressure_Pa);
    put_flags(reading, at);
    SpecimenStiffness found = specimen_stiffness(Complex(), two_pi * f, at.machine);
    if (!found.is_known) {
        add_word(reading.flags, flag_dominates);
        return;
    }
    const std::vector<double>& p = machine_.background().values;
    const Complex slope = 2.0 * p[PendulumBackground::inertia] * s + p[PendulumBackground::damping];
    const Complex by_f = slope * Complex(-shown.decrement, two_pi) * shown.frequency_sigma_Hz;
    const Complex by_decrement = slope * f * shown.decrement_sigma;
    Covariance2 random;
    for (const Complex d : {by_f, by_decrement}) {
        random.rr += d.real() * d.real();
        random.ri += d.real() * d.imag();
        random.ii += d.imag() * d.imag();
    }
    random = of_specimen(random, found);
    const Complex real = at_real_frequency(found.specimen_N_per_m, s);
    const Complex turn = real / found.specimen_N_per_m;
    const Complex shift = decay_shift_share * (real - found.specimen_N_per_m);
    found.specimen_N_per_m = real;
    found.systematic = turned(found.systematic, turn);
    found.systematic.rr += shift.real() * shift.real();
    found.systematic.ri += shift.real() * shift.imag();
    found.systematic.ii += shift.imag() * shift.imag();
    put_moduli(reading, found, turned(random, turn), *factors);
    const double carried_N_m = std::abs(found.carried_N_per_m) * shown.angle_rad;
    put_if(values[Channel::shear_stress_Pa], carried_N_m * factors->stress_per_N_m);
    put_if(
        values[Channel::shear_strain],
        carried_N_m / std::abs(found.specimen_N_per_m) * factors->strain_per_rad
    );
    const Complex K = found.specimen_N_per_m;
    if (!(K.imag() <= decay_tan_phi_max * K.real())) {
        add_word(reading.flags, flag_high_damping);
    }
}

void TorsionReduction::put_steady(record::Reading& reading, const TorsionShown& shown) const {
    record::Channels& values = reading.values;
    const auto factors = computes_ ? torsion_factors(specimen_, values[Channel::temperature_K])
                                   : fail(Errc::invalid, "no specimen");
    if (!factors) {
        return;
    }
    const PendulumAt at = machine_.steady(shown.temperature_K);
    put_flags(reading, at);
    const double B = at.machine.known_background_N_per_m.real();
    const double C = at.machine.compliance_m_per_N.real();
    const double torque = shown.torque_N_m - B * shown.angle_rad;
    const double twist = shown.angle_rad - C * torque;
    const double torque_sigma = std::hypot(shown.torque_sigma_N_m, B * shown.angle_sigma_rad);
    const double twist_sigma = std::hypot(shown.angle_sigma_rad, C * shown.torque_sigma_N_m);
    values[Channel::shear_stress_Pa] = torque * factors->stress_per_N_m;
    values[Channel::shear_strain] = twist * factors->strain_per_rad;
    put_if(values[Channel::shear_stress_sigma_Pa], torque_sigma * factors->stress_per_N_m);
    put_if(values[Channel::shear_strain_sigma], twist_sigma * factors->strain_per_rad);
    // Without a torque of its own (recovery) the wire's is all that is left: no compliance.
    const double least = std::isfinite(torque_sigma) ? torque_sigmas_min * torque_sigma : 0.0;
    if (!(std::abs(torque) > std::max(least, 0.5 * std::abs(shown.torque_N_m))) ||
        !(std::abs(shown.torque_N_m) > std::abs(B * shown.angle_rad))) {
        return;
    }
    const double compliance = twist / torque * factors->J_over_L_m3;
    values[Channel::compliance_per_Pa] = compliance;
    put_if(
        values[Channel::compliance_sigma_per_Pa],
        std::abs(compliance) * std::hypot(torque_sigma / torque, twist_sigma / twist)
    );
    const double wire_sigma = std::sqrt(at.machine.known_background_covariance.rr);
    const double clamp_sigma = std::sqrt(at.machine.frame_covariance[4]);
    const double machine =
        std::hypot(shown.angle_rad / torque * wire_sigma, torque / twist * clamp_sigma);
    const double systematic =
        std::abs(compliance) *
        std::hypot(machine, factors->J_over_L_relative_sigma, scale_.relative_sigma());
    if (std::isfinite(systematic)) {
        reading.extra[compliance_systematic] = systematic;
    }
}

bool is_torsion(const std::vector<record::RunFact>& facts) {
    return std::any_of(facts.begin(), facts.end(), [](const record::RunFact& fact) {
        return fact.name == "torque_N_m_per_V";
    });
}

}  // namespace relaxd::model
