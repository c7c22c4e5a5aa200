// SPDX-License-Identifier: MIT
#include "model/geometry/reduction.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>
#include <utility>

namespace relaxd::model {

namespace {

using record::Channel;

/// Half a step of the Q800's channels as a standard deviation (brochure: 0.00001 N, 1 nm).
constexpr double force_step_N = 1e-5;
constexpr double displacement_step_m = 1e-9;
constexpr double step_to_sigma = 0.28867513459481287;  // 1/sqrt(12)
constexpr const char* storage_systematic = "storage_modulus_systematic_Pa";
constexpr const char* loss_systematic = "loss_modulus_systematic_Pa";
constexpr const char* tan_delta_systematic = "tan_delta_systematic";
constexpr const char* shown_temperature = "instrument_temperature_K";

/// The instrument's own columns that are computed here, and where they are kept.
constexpr std::array<std::pair<Channel, const char*>, 5> computed{{
    {Channel::storage_modulus_Pa, "instrument_storage_modulus_Pa"},
    {Channel::loss_modulus_Pa, "instrument_loss_modulus_Pa"},
    {Channel::tan_delta, "instrument_tan_delta"},
    {Channel::strain, "instrument_strain"},
    {Channel::stress_Pa, "instrument_stress_Pa"},
}};
constexpr std::array<Channel, 5> sigmas{
    Channel::storage_modulus_sigma_Pa,
    Channel::loss_modulus_sigma_Pa,
    Channel::tan_delta_sigma,
    Channel::strain_sigma,
    Channel::stress_sigma_Pa,
};

void add_flag(std::string& flags, std::string_view word) {
    flags += flags.empty() ? "" : " ";
    flags += word;
}

void drop_flag(std::string& flags, std::string_view word) {
    std::string kept;
    std::string_view rest = flags;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        if (rest.substr(0, end) != word && end > 0) {
            add_flag(kept, rest.substr(0, end));
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    flags = std::move(kept);
}

/// The reading as the instrument sent it.
void restore(record::Reading& reading) {
    for (const char* word : {flag_uncorrected, flag_outside, flag_dominates}) {
        drop_flag(reading.flags, word);
    }
    if (const auto shown = reading.extra.find(shown_temperature); shown != reading.extra.end()) {
        reading.values[Channel::temperature_K] = shown->second;
        reading.extra.erase(shown);
    }
    if (!reading.extra.contains(storage_systematic)) {
        return;  // its moduli were not computed here
    }
    for (const auto& [channel, name] : computed) {
        const auto own = reading.extra.find(name);
        reading.values[channel] = own == reading.extra.end() ? record::unknown : own->second;
        reading.extra.erase(name);
    }
    for (const Channel channel : sigmas) {
        reading.values[channel] = record::unknown;
    }
    for (const char* name : {storage_systematic, loss_systematic, tan_delta_systematic}) {
        reading.extra.erase(name);
    }
}

/// An oscillation with its raw columns.
bool is_oscillation(const record::Channels& values) {
    return values[Channel::frequency_Hz] > 0.0 && values[Channel::dynamic_force_N] > 0.0 &&
           values[Channel::displacement_m] > 0.0 && std::isfinite(values[Channel::phase_rad]);
}

bool is_mechanical(const record::Calibration& set) {
    return set.kind == "steel" || set.kind == "empty";
}

Result<void> check_set(const record::Calibration& set, const std::string& clamp) {
    if (const auto fine = record::check(set); !fine) {
        return fine;
    }
    const std::size_t columns = set.kind == "empty" ? 2 : 3;
    if ((!is_mechanical(set) && set.kind != "temperature") || set.columns.size() != columns) {
        return fail(
            Errc::invalid,
            "a set of kind \"" + set.kind + "\" cannot correct force and displacement",
            "calibration " + set.name,
            "the kinds are steel, empty and temperature"
        );
    }
    if (!set.clamp.empty() && set.clamp != clamp) {
        return fail(
            Errc::invalid,
            "the set is of the clamp " + set.clamp + ", the run of " + clamp,
            "calibration " + set.name,
            "each clamp has sets of its own"
        );
    }
    return {};
}

}  // namespace

Result<Reduction> Reduction::make(ReductionInput input) {
    std::set<std::string> kinds;
    for (const record::Calibration& set : input.sets) {
        if (const auto fine = check_set(set, input.clamp); !fine) {
            return fail(fine.error());
        }
        if (!kinds.insert(set.kind).second) {
            return fail(
                Errc::invalid,
                "two sets of kind " + set.kind + " for the clamp " + input.clamp,
                "calibration " + set.name,
                "name one of them"
            );
        }
    }
    const ClampNumbers& n = input.numbers;
    input.recomputes = input.recomputes || kinds.contains("steel") || kinds.contains("empty") ||
                       n.clamp_factor.value != 1.0 || n.compliance_m_per_N.value != 0.0 ||
                       n.mass_kg.value != 0.0;
    Reduction out;
    if (input.recomputes) {
        const auto clamp = clamp_from(input.clamp);
        const auto factors = clamp ? clamp_factors(*clamp, n) : fail(clamp.error());
        if (!factors) {
            return fail(factors.error());
        }
        out.factors_ = *factors;
    }
    out.input_ = std::move(input);
    return out;
}

const record::Calibration* Reduction::set_of(std::string_view kind) const {
    for (const record::Calibration& set : input_.sets) {
        if (set.kind == kind) {
            return &set;
        }
    }
    return nullptr;
}

void Reduction::apply(record::Reading& reading) const {
    restore(reading);
    const double shown_K = reading.values[Channel::temperature_K];
    correct_temperature(reading);
    if (!is_oscillation(reading.values)) {
        return;
    }
    if (input_.recomputes) {
        compute_moduli(reading, shown_K);
    } else if (reading.values.has(Channel::storage_modulus_Pa)) {
        add_flag(reading.flags, flag_uncorrected);
    }
}

// T = T_shown + a + b (T_shown - T0) + tau dT/dt; the columns of a set of kind temperature.
void Reduction::correct_temperature(record::Reading& reading) const {
    const record::Calibration* set = set_of("temperature");
    const double shown_K = reading.values[Channel::temperature_K];
    if (set == nullptr || !std::isfinite(shown_K)) {
        return;
    }
    const record::CalibrationNumber* reference = set->number("reference_temperature_K");
    const double T0_K = reference == nullptr ? shown_K : reference->value;
    const auto index = static_cast<std::size_t>(std::max(reading.segment, 1)) - 1;
    const double rate = index < input_.rates_K_per_s.size() ? input_.rates_K_per_s[index] : 0.0;
    const std::vector<double>& c = set->nodes.front().values;
    reading.values[Channel::temperature_K] = shown_K + c[0] + c[1] * (shown_K - T0_K) + c[2] * rate;
    reading.extra[shown_temperature] = shown_K;
    const record::CalibrationNumber* low = set->number("lowest_temperature_K");
    const record::CalibrationNumber* high = set->number("highest_temperature_K");
    if ((low != nullptr && shown_K < low->value) || (high != nullptr && shown_K > high->value)) {
        add_flag(reading.flags, flag_outside);
    }
}

double Reduction::temperature_sigma_K(double shown_K) const {
    const record::Calibration* set = set_of("temperature");
    const record::CalibrationNumber* reference =
        set == nullptr ? nullptr : set->number("reference_temperature_K");
    if (reference == nullptr || !std::isfinite(shown_K)) {
        return 0.0;
    }
    const std::vector<double>& cov = set->nodes.front().covariance;
    const double d = shown_K - reference->value;
    return std::sqrt(std::max(0.0, cov[0] + 2.0 * d * cov[1] + d * d * cov[4]));
}

/// False where a set does not reach this frequency.
bool Reduction::machine_at(
    double frequency_Hz, double temperature_K, MachineAt& machine, Noise& noise, bool& outside
) const {
    const ClampNumbers& n = input_.numbers;
    machine.compliance_m_per_N = n.compliance_m_per_N.value;
    machine.frame_covariance[4] = n.compliance_m_per_N.sigma * n.compliance_m_per_N.sigma;
    machine.mass_kg = n.mass_kg.value;
    machine.mass_sigma_kg = n.mass_kg.sigma;
    noise.force_N = force_step_N * step_to_sigma;
    noise.displacement_m = displacement_step_m * step_to_sigma;
    const auto with = [](double floor, double own) {
        return std::isfinite(own) ? std::hypot(floor, own) : floor;
    };
    if (const record::Calibration* set = set_of("empty")) {
        const auto at = record::calibration_at(*set, frequency_Hz, temperature_K);
        if (!at) {
            return false;
        }
        const record::CalibrationNumber* mass = set->number("mass_kg");
        const double omega = 2.0 * std::numbers::pi * frequency_Hz;
        const double inertia = mass == nullptr ? 0.0 : mass->value * omega * omega;
        machine.background_N_per_m = Complex(at->values[0] - inertia, at->values[1]);
        machine.background_covariance = {at->covariance[0], at->covariance[1], at->covariance[3]};
        noise.force_N = with(noise.force_N, at->noise);
        noise.is_known = true;
        outside = outside || at->is_outside;
    }
    if (const record::Calibration* set = set_of("steel")) {
        const auto at = record::calibration_at(*set, frequency_Hz, temperature_K);
        if (!at) {
            return false;
        }
        machine.phase_rad = at->values[0];
        machine.compliance_m_per_N += Complex(at->values[1], at->values[2]);
        for (std::size_t k = 0; k < machine.frame_covariance.size(); ++k) {
            machine.frame_covariance[k] += at->covariance[k];
        }
        noise.displacement_m = with(noise.displacement_m, at->noise);
        noise.is_known = true;
        outside = outside || at->is_outside;
    }
    return true;
}

void Reduction::compute_moduli(record::Reading& reading, double shown_K) const {
    const record::Channels& values = reading.values;
    const double f = values[Channel::frequency_Hz];
    MachineAt machine;
    Noise noise;
    bool is_outside = false;
    if (!machine_at(f, shown_K, machine, noise, is_outside)) {
        drop_flag(reading.flags, flag_outside);
        add_flag(reading.flags, flag_uncorrected);
        add_flag(reading.flags, flag_outside);
        return;
    }
    const Complex apparent = std::polar(
        values[Channel::dynamic_force_N] / values[Channel::displacement_m],
        values[Channel::phase_rad]
    );
    const SpecimenStiffness found =
        specimen_stiffness(apparent, 2.0 * std::numbers::pi * f, machine);
    if (!noise.is_known) {
        add_flag(reading.flags, flag_uncorrected);
    }
    if (is_outside) {
        drop_flag(reading.flags, flag_outside);
        add_flag(reading.flags, flag_outside);
    }
    put(reading, found, machine, noise);
}

void Reduction::put(
    record::Reading& reading,
    const SpecimenStiffness& found,
    const MachineAt& machine,
    const Noise& noise
) const {
    record::Channels& values = reading.values;
    for (const auto& [channel, name] : computed) {
        if (values.has(channel)) {
            reading.extra[name] = values[channel];
        }
        values[channel] = record::unknown;
    }
    reading.extra[storage_systematic] = 0.0;
    if (!found.is_known) {
        add_flag(reading.flags, flag_dominates);
        return;
    }
    const double g = factors_.modulus_per_stiffness;
    const Complex K = found.specimen_N_per_m;
    const double size = std::abs(K);
    const double x = values[Channel::displacement_m];
    const double carried_N = std::abs(found.carried_N_per_m) * x;
    values[Channel::storage_modulus_Pa] = K.real() * g;
    values[Channel::loss_modulus_Pa] = K.imag() * g;
    values[Channel::stress_Pa] = carried_N * factors_.stress_per_force;
    values[Channel::strain] = carried_N / size * factors_.strain_per_displacement;
    const double tan_delta = K.imag() / K.real();
    const double tan_gain = size / (K.real() * K.real());  // of an isotropic s.d. of K
    if (std::isfinite(tan_delta)) {
        values[Channel::tan_delta] = tan_delta;
    }
    const double random =
        found.random_gain_N_per_m *
        std::hypot(noise.force_N / values[Channel::dynamic_force_N], noise.displacement_m / x);
    if (noise.is_known) {
        values[Channel::storage_modulus_sigma_Pa] = random * g;
        values[Channel::loss_modulus_sigma_Pa] = random * g;
        values[Channel::stress_sigma_Pa] =
            factors_.stress_per_force *
            std::hypot(noise.force_N, std::abs(machine.background_N_per_m) * noise.displacement_m);
        values[Channel::strain_sigma] =
            factors_.strain_per_displacement *
            std::hypot(noise.displacement_m, std::abs(machine.compliance_m_per_N) * noise.force_N);
        if (std::isfinite(random * tan_gain)) {
            values[Channel::tan_delta_sigma] = random * tan_gain;
        }
    }
    const Covariance2& cov = found.systematic;
    const double scale = factors_.relative_sigma;
    reading.extra[storage_systematic] = g * std::hypot(std::sqrt(cov.rr), K.real() * scale);
    reading.extra[loss_systematic] = g * std::hypot(std::sqrt(cov.ii), K.imag() * scale);
    const double a = -K.imag() / (K.real() * K.real());  // d tan delta / d K'
    const double b = 1.0 / K.real();
    const double tan_variance = a * a * cov.rr + 2.0 * a * b * cov.ri + b * b * cov.ii;
    if (std::isfinite(tan_variance)) {
        reading.extra[tan_delta_systematic] = std::sqrt(std::max(0.0, tan_variance));
    }
    const double sigma = std::sqrt(0.5 * (cov.rr + cov.ii) + random * random);
    if (found.force_share < specimen_share_min || found.displacement_share < specimen_share_min ||
        sigma > relative_sigma_max * size || K.real() <= 0.0) {
        add_flag(reading.flags, flag_dominates);
    }
}

}  // namespace relaxd::model
